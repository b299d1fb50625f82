import {
  decided,
  type Deed,
  type Level,
  needsOf,
  riskOfDeed,
  type Signal,
} from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import { mayBeSecond } from '#core/desk/second-person.ts'
import type { SaidVerification } from '#core/events/event.ts'
import type { MemberId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'

/**
 * What the commands do for a client while the desk cannot: by the limits of the desk, and with an
 * alarm of compliance each time ("break glass").
 *
 * @see NIST SP 800-53 AC-3(10), "Audited Override of Access Control Mechanisms"
 */

/** Why a command does it and not the desk. */
export const EMERGENCIES = ['desk-away', 'nothing-to-prove-with', 'incident', 'exercise'] as const
export type Emergency = (typeof EMERGENCIES)[number]

/** What a command does that an agent does at the desk. */
export const EMERGENCY_DEEDS = [
  ...(['issue-passcode', 'release-passcode', 'end-passcode'] as const),
  ...(['reset-password', 'unlock-name'] as const),
] as const satisfies readonly Deed[]
export type EmergencyDeed = (typeof EMERGENCY_DEEDS)[number]

/**
 * How good the word of the agent is, who was there alone: never as good as what the client confirms
 * on a device of theirs.
 */
const SAID_LEVEL: Readonly<Record<SaidVerification, Level>> = {
  'call-back': 'L1',
  response: 'L2',
  document: 'L2',
  'in-person': 'L2',
}

/** Whether the client was on the telephone. */
export const isByTelephone = (verified: SaidVerification): boolean =>
  verified === 'call-back' || verified === 'response'

/** Who does it. Where no one was ever invited to the desk, names are all that there is. */
export interface EmergencyPeople {
  readonly isStaffed: boolean
  readonly by: string
  readonly member: Member | null
  /** `null` where none was named. */
  readonly second: string | null
  readonly secondMember: Member | null
  /** Members who have something in common with the client. */
  readonly tied: readonly MemberId[]
}

/** Why these people do nothing for this client; `null` for no reason. */
export function obstacleToPeople(people: EmergencyPeople): Problem | null {
  const { isStaffed, by, member, second, secondMember, tied } = people
  if (second === by) return 'desk.second-person'
  if (!isStaffed) return null
  if (member?.state !== 'active') return 'desk.not-on-behalf'
  if (second !== null && !(secondMember && mayBeSecond(secondMember, member)))
    return 'desk.second-person'
  return tied.length > 0 ? 'desk.not-allowed' : null
}

/** Why the table of the desk does not open it; `null` when it does. */
export function obstacleInEmergency(
  deed: EmergencyDeed,
  {
    role,
    verified,
    signals,
    isTogether,
  }: {
    readonly role: Member['role']
    readonly verified: SaidVerification
    readonly signals: readonly Signal[]
    readonly isTogether: boolean
  },
): Problem | null {
  const level = SAID_LEVEL[verified]
  const { may } = decided({ deed, role, level, risk: riskOfDeed(deed, signals) })
  if (may === 'not-this-role') return 'desk.not-this-role'
  if (may === 'not-proven') return 'desk.more-proof'
  // The caller is known by the word of one person, who was there alone: it lets no one in.
  const isEnough = may === 'alone' && needsOf(deed, 'raised').alone !== null
  return isEnough || isTogether ? null : 'desk.second-person'
}
