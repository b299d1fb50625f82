import type { Language } from '#core/subscribers/account.ts'
import type { LetterId, SubscriberId } from '#core/ids.ts'
import type { NoticeKind } from '#core/events/hearing.ts'
import { after, days, type Instant } from '#core/time/time.ts'

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

/**
 * What happens often, and is told by letter where nothing else reaches the client: at most one
 * letter a day tells all of it. The first goes at once, and what comes within a day waits for the
 * next one.
 */
const GATHERED = ['logged-in', 'trades'] as const satisfies readonly NoticeKind[]
export type GatheredKind = (typeof GATHERED)[number]

export const isGathered = (kind: NoticeKind): kind is GatheredKind =>
  GATHERED.some((one) => one === kind)

const LETTERS_APART = days(1)

/** When a letter is written of what happens now; `lastAt` is when the last of its kind was. */
export function letterDueAt(lastAt: Instant | null, now: Instant): Instant {
  const next = lastAt === null ? now : after(lastAt, LETTERS_APART)
  return next > now ? next : now
}
