import type { History } from './play.ts'

/** What chance meets too seldom: everything that is counted is in one of them. */
export const EDGES: readonly [History][] = [
  [
    {
      caller: 'client',
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
      caller: 'client',
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
      caller: 'stranger',
      acts: [
        { kind: 'call', of: 'device' },
        { kind: 'call', of: 'password' },
        { kind: 'call', of: 'access' },
        { kind: 'deed', deed: 'unlock-name', warrant: 'made-up' },
        { kind: 'close' },
      ],
    },
  ],
  [
    {
      caller: 'stranger',
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
      caller: 'client',
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
      caller: 'client',
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
]
