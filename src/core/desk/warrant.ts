import { classOf, type Deed, type DeedClass, type Level } from '#core/desk/deeds.ts'
import type { Verification } from '#core/events/event.ts'
import type { CaseId, MemberId, SubscriberId, WarrantId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import { after, type Instant, minutes } from '#core/time/time.ts'

/**
 * What a proof opens: one deed of one class, on one case, by one member of staff, once and soon. It
 * is used up in the commit of the deed.
 */
export interface Warrant {
  readonly id: WarrantId
  readonly subscriberId: SubscriberId
  readonly memberId: MemberId
  readonly caseId: CaseId
  readonly of: DeedClass
  readonly level: Level
  /** How the caller proved who they are; `null` for what takes no proof. */
  readonly verified: Verification | null
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  readonly usedAt: Instant | null
  readonly usedFor: Deed | null
}

export const WARRANT_LIFETIME = minutes(10)

export type NewWarrant = Omit<Warrant, 'issuedAt' | 'expiresAt' | 'usedAt' | 'usedFor'>

export const warrantGiven = (given: NewWarrant, now: Instant): Warrant => ({
  ...given,
  issuedAt: now,
  expiresAt: after(now, WARRANT_LIFETIME),
  usedAt: null,
  usedFor: null,
})

/** What a warrant is held against. */
export interface WarrantUse extends Pick<Warrant, 'subscriberId' | 'memberId' | 'caseId'> {
  readonly deed: Deed
}

/** Why it does not open this deed now; `null` when it does. One of another case is none. */
export function obstacleIn(warrant: Warrant, use: WarrantUse, now: Instant): Problem | null {
  const isTheirs =
    warrant.caseId === use.caseId &&
    warrant.memberId === use.memberId &&
    warrant.subscriberId === use.subscriberId &&
    warrant.of === classOf(use.deed)
  if (!isTheirs) return 'desk.no-warrant'
  if (warrant.usedAt !== null) return 'desk.warrant-used'
  return now < warrant.expiresAt ? null : 'desk.warrant-expired'
}
