import type { ContactKind } from '#core/contact/address.ts'
import type { CaseId, ContactId, MemberId, MemberSessionId } from '#core/ids.ts'
import { before, days, type Instant } from '#core/time/time.ts'

/**
 * One hidden field of a client that was shown to an agent before the caller was proven. It stays
 * visible in this session and while the case is open.
 */
export interface Unmasking {
  readonly memberId: MemberId
  /** Of this member, counted from 1. */
  readonly seq: number
  readonly caseId: CaseId
  readonly contactId: ContactId
  readonly field: ContactKind
  readonly sessionId: MemberSessionId
  readonly at: Instant
  /** Why, in the words of the agent. */
  readonly reason: string
}

/** So many in a day a member looks at alone; beyond that a second person agrees to each. */
export const UNMASKED_MAX = 5
const UNMASKED_WITHIN = days(1)

/** How many more this member looks at alone now. */
export const unmaskedLeft = (last: readonly Pick<Unmasking, 'at'>[], now: Instant): number =>
  Math.max(0, UNMASKED_MAX - last.filter(({ at }) => at > before(now, UNMASKED_WITHIN)).length)
