import type { Language } from '#core/subscribers/account.ts'
import type { LetterId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * A notice that goes by post, because nothing else reaches its addressee but perhaps what was used
 * (S69).
 *
 *   waiting ──the operator has printed and posted it──▶ posted
 *
 * Its words are written once: what was told is what was printed, whenever that is.
 */
export interface Letter {
  readonly id: LetterId
  readonly subscriberId: SubscriberId
  readonly language: Language
  /** As on an envelope, line by line. */
  readonly address: string
  /** Who writes, as on an envelope. */
  readonly sender: string
  /** The day, in words. */
  readonly date: string
  readonly reference: string
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly writtenAt: Instant
  /** `null` while it waits. */
  readonly postedAt: Instant | null
}
