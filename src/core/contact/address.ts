import type { ContactId, SubscriberId } from '#core/ids.ts'
import { days, type Instant } from '#core/time/time.ts'

/**
 * Where a subscriber is written to or called. Notices go to all of them, also to those replaced
 * lately.
 */
export interface Contact {
  readonly id: ContactId
  readonly subscriberId: SubscriberId
  readonly kind: ContactKind
  /**
   * An address of electronic mail, a number as E.164 writes it, or a postal address line by line.
   */
  readonly value: string
  readonly since: Instant
  /**
   * When its holder typed the code that was sent there, or a document has shown that they live
   * there; `null` for one that was only told to us.
   */
  readonly verifiedAt: Instant | null
  /** `null` for the one that counts. */
  readonly replacedAt: Instant | null
}

export type ContactKind = 'email' | 'mobile' | 'postal'

export const CONTACT_KINDS = ['email', 'mobile', 'postal'] as const satisfies readonly ContactKind[]

/**
 * How long a replaced address still hears of what happens: an attacker may have replaced it, and
 * not its owner.
 */
export const REPLACED_CONTACT_KEPT = days(30)
