import type { AgentId } from '#core/agent.ts'
import type { Language } from '#core/subscribers/account.ts'
import { lineOf } from '#core/text/line.ts'
import { hours, type Instant, type Millis } from '#core/time/time.ts'

/** What an operator tells on the login page and on the status page: at most one at a time. */
export interface StatusNotice {
  readonly words: Readonly<Record<Language, string>>
  readonly by: AgentId
  readonly setAt: Instant
  /** It is not shown any more from then on: a notice that was forgotten does not stay. */
  readonly until: Instant
}

export const NOTICE_LENGTH_MAX = 200
export const REASON_LENGTH_MAX = 200
export const NOTICE_HOURS_MAX = 24 * 14

/** How long it is shown; `null` for what is no whole number of hours, or too many. */
function lastsFor(typed: number): Millis | null {
  const isRight = Number.isInteger(typed) && typed >= 1 && typed <= NOTICE_HOURS_MAX
  return isRight ? hours(typed) : null
}

/** What is refused of a notice. */
export type NoticeProblem = 'words' | 'reason' | 'hours'

export interface Typed {
  readonly words: Readonly<Record<Language, string>>
  readonly reason: string
  readonly hours: number
}

export interface ReadNotice {
  readonly ok: true
  readonly words: Readonly<Record<Language, string>>
  readonly reason: string
  readonly lasts: Millis
}

/** Reads a notice as an operator types it: one line in each language, and why. */
export function readNotice({
  words,
  reason,
  hours: typedHours,
}: Typed): ReadNotice | { readonly ok: false; readonly problem: NoticeProblem } {
  const [en, fr] = [lineOf(words.en, NOTICE_LENGTH_MAX), lineOf(words.fr, NOTICE_LENGTH_MAX)]
  const why = readReason(reason)
  const lasts = lastsFor(typedHours)
  if (en === null || fr === null) return { ok: false, problem: 'words' }
  if (why === null) return { ok: false, problem: 'reason' }
  if (lasts === null) return { ok: false, problem: 'hours' }
  return { ok: true, words: { en, fr }, reason: why, lasts }
}

export const readReason = (typed: string): string | null => lineOf(typed, REASON_LENGTH_MAX)
