import type { CaseId, MemberId, SubscriberId } from '#core/ids.ts'
import { after, days, hours, type Instant } from '#core/time/time.ts'
import { lineOf } from '#core/text/line.ts'

/**
 * A call, as the desk keeps it. Nothing of a client is seen or done without one: it names one
 * client, one member of staff and a reason, and its number stands in the client's activity.
 *
 *   open ──ended by its agent, or denied by the client, or two hours old──▶ closed
 */
export interface Case {
  readonly id: CaseId
  /** Six digits that can be said on the telephone; never given twice. */
  readonly number: string
  readonly subscriberId: SubscriberId
  readonly memberId: MemberId
  readonly reason: CaseReason
  readonly openedAt: Instant
  readonly closedAt: Instant | null
  /** When the client said that they had not called. */
  readonly deniedAt: Instant | null
  readonly notes: readonly Note[]
}

/** A call begins. */
export const opened = (
  call: Pick<Case, 'id' | 'number' | 'subscriberId' | 'memberId' | 'reason' | 'openedAt'>,
): Case => ({ ...call, closedAt: null, deniedAt: null, notes: [] })

/** What rests where a client has denied a call: the caller may have prepared either. */
export const deniedHold = (until: Instant) =>
  ({ kind: 'desk-denied', forbids: ['withdrawals', 'binding'], until }) as const

export interface Note {
  readonly at: Instant
  readonly text: string
}

/** Why the client calls; the log holds this word and no story. */
export const CASE_REASONS = [
  'lost-device',
  'stolen-device',
  'cannot-log-in',
  'forgotten-password',
  'forgotten-user-name',
  'suspicious',
  'question',
] as const
export type CaseReason = (typeof CASE_REASONS)[number]

/** A call that was left open overnight is no call any more. */
export const CASE_LIFETIME = hours(2)
/** Of a call that is older no caller speaks, and a number that is guessed is likely to be one. */
export const CASE_FOUND_FOR = days(90)
export const NOTES_MAX = 20
/** Code points. */
export const NOTE_LENGTH_MAX = 500

export const isCaseOpen = (one: Pick<Case, 'openedAt' | 'closedAt'>, now: Instant): boolean =>
  one.closedAt === null && now < after(one.openedAt, CASE_LIFETIME)

/** What an agent types as they listen: one line that can be shown, or `null` for none. */
export const noteOf = (typed: string): string | null => lineOf(typed, NOTE_LENGTH_MAX)

/** With one more note, or `null` where there is no room. */
export function noted(one: Case, note: Note): Case | null {
  return one.notes.length < NOTES_MAX ? { ...one, notes: [...one.notes, note] } : null
}
