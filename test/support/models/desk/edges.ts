import type { History } from './acts.ts'

const AGENT = { caller: 'client', role: 'agent' } as const
const STRANGER = { caller: 'stranger', role: 'agent' } as const
const SUPERVISOR = { caller: 'client', role: 'supervisor' } as const

/** What chance meets too seldom: everything that is counted is in one of them. */
export const EDGES: readonly [History][] = [
  [
    {
      ...AGENT,
      acts: [
        { kind: 'relay' },
        { kind: 'call', of: 'device' },
        { kind: 'deed', deed: 'issue-passcode', warrant: 'fitting' },
        { kind: 'break-in', using: 'passcode' },
        { kind: 'break-in', using: 'response' },
        { kind: 'call', of: 'device' },
        { kind: 'deed', deed: 'release-passcode', warrant: 'fitting' },
        { kind: 'break-in', using: 'passcode' },
        { kind: 'deed', deed: 'block-device', warrant: 'none' },
        { kind: 'deed', deed: 'end-passcode', warrant: 'none' },
        { kind: 'break-in', using: 'response' },
      ],
    },
  ],
  [
    {
      ...AGENT,
      acts: [
        { kind: 'look' },
        { kind: 'open', by: 'user-name' },
        { kind: 'phone', of: 'access', answer: 'yes' },
        { kind: 'call', of: 'password' },
        { kind: 'look' },
        { kind: 'deed', deed: 'reset-password', warrant: 'fitting' },
        { kind: 'break-in', using: 'text' },
        { kind: 'break-in', using: 'reset' },
        { kind: 'call', of: 'device' },
        { kind: 'deed', deed: 'issue-passcode', warrant: 'any' },
        { kind: 'break-in', using: 'reset' },
      ],
    },
  ],
  [
    {
      ...STRANGER,
      acts: [
        { kind: 'call', of: 'device' },
        { kind: 'call', of: 'password' },
        { kind: 'call', of: 'access' },
        { kind: 'deed', deed: 'unlock-name', warrant: 'made-up' },
        { kind: 'command', deed: 'issue-passcode', verified: 'response', second: 'accomplice' },
        { kind: 'close' },
      ],
    },
  ],
  [
    {
      ...STRANGER,
      acts: [
        { kind: 'open', by: 'user-name' },
        ...Array.from({ length: 6 }, () => ({ kind: 'unmask' }) as const),
        { kind: 'look' },
        { kind: 'call-back', of: 'device', tells: 'heard' },
        { kind: 'deed', deed: 'issue-passcode', warrant: 'fitting' },
        { kind: 'call-back', of: 'stop', tells: 'heard' },
        { kind: 'press', which: 0 },
        { kind: 'deed', deed: 'block-device', warrant: 'fitting' },
        { kind: 'call-back', of: 'access', tells: 'guess' },
        { kind: 'break-in', using: 'passcode' },
      ],
    },
  ],
  [
    {
      ...AGENT,
      acts: [
        { kind: 'call', of: 'device' },
        { kind: 'press', which: 1 },
        { kind: 'deed', deed: 'issue-passcode', warrant: 'fitting' },
        { kind: 'break-in', using: 'passcode' },
      ],
    },
  ],
  [
    {
      ...AGENT,
      acts: [
        { kind: 'open', by: 'user-name' },
        { kind: 'page', of: 'device', does: 'taken-over' },
        { kind: 'wait', count: 9 },
        { kind: 'page', of: 'device', does: 'confirms' },
        { kind: 'deed', deed: 'replace-device', warrant: 'fitting' },
        { kind: 'break-in', using: 'signed' },
        { kind: 'find-card' },
        { kind: 'page', of: 'device', does: 'own-passkey' },
        { kind: 'wait', count: 3 },
        { kind: 'page', of: 'access', does: 'denies' },
        { kind: 'call', of: 'access' },
        { kind: 'find-card' },
      ],
    },
  ],
  [
    {
      ...STRANGER,
      acts: [
        { kind: 'command', deed: 'issue-passcode', verified: 'in-person', second: 'none' },
        { kind: 'break-in', using: 'passcode' },
        { kind: 'command', deed: 'release-passcode', verified: 'in-person', second: 'none' },
        { kind: 'break-in', using: 'passcode' },
        { kind: 'command', deed: 'reset-password', verified: 'document', second: 'none' },
        { kind: 'break-in', using: 'reset' },
      ],
    },
  ],
  [
    {
      ...AGENT,
      acts: [
        { kind: 'record' },
        { kind: 'open', by: 'user-name' },
        { kind: 'record' },
        { kind: 'queue', does: 'asks' },
        { kind: 'queue', does: 'of-another' },
        { kind: 'queue', does: 'takes' },
        { kind: 'queue', does: 'of-another' },
        { kind: 'record' },
        { kind: 'queue', does: 'returned' },
        { kind: 'queue', does: 'done' },
        { kind: 'queue', does: 'takes' },
        { kind: 'call', of: 'access' },
        { kind: 'record' },
        { kind: 'queue', does: 'done' },
        { kind: 'queue', does: 'takes' },
      ],
    },
  ],
  [
    {
      ...AGENT,
      acts: [
        { kind: 'program', deed: 'startHold', second: 'none' },
        { kind: 'program', deed: 'liftHold', second: 'none' },
        { kind: 'program', deed: 'liftHold', second: 'accomplice' },
        { kind: 'program', deed: 'setMobile', second: 'none' },
        { kind: 'call-back', of: 'access', tells: 'heard' },
        { kind: 'program', deed: 'setEmail', second: 'none' },
        { kind: 'program', deed: 'setEmail', second: 'self' },
        { kind: 'program', deed: 'setEmail', second: 'accomplice' },
        { kind: 'call', of: 'device' },
        { kind: 'deed', deed: 'issue-passcode', warrant: 'fitting' },
        { kind: 'command', deed: 'issue-passcode', verified: 'response', second: 'accomplice' },
        { kind: 'command', deed: 'end-passcode', verified: 'response', second: 'none' },
        { kind: 'program', deed: 'setPostal', second: 'accomplice' },
        { kind: 'program', deed: 'setPostal', second: 'accomplice' },
      ],
    },
  ],
  [
    {
      ...STRANGER,
      acts: [
        { kind: 'command', deed: 'issue-passcode', verified: 'in-person', second: 'accomplice' },
        { kind: 'break-in', using: 'passcode' },
        { kind: 'command', deed: 'release-passcode', verified: 'document', second: 'accomplice' },
        { kind: 'break-in', using: 'passcode' },
        { kind: 'command', deed: 'reset-password', verified: 'document', second: 'accomplice' },
        { kind: 'wait', count: 1_441 },
        { kind: 'command', deed: 'reset-password', verified: 'document', second: 'accomplice' },
        { kind: 'break-in', using: 'reset' },
        { kind: 'break-in', using: 'text' },
      ],
    },
  ],
  [
    {
      ...SUPERVISOR,
      acts: [
        { kind: 'program', deed: 'setEmail', second: 'none' },
        { kind: 'program', deed: 'setEmail', second: 'self' },
        { kind: 'command', deed: 'issue-passcode', verified: 'in-person', second: 'self' },
        { kind: 'break-in', using: 'passcode' },
      ],
    },
  ],
]
