import type { Delivered } from '#channels/channel.ts'
import { type Instant, type Millis, millis } from '#core/time/time.ts'

/** What a push service has answered. */
export interface PushAnswer {
  readonly status: number
  readonly retryAfter: string | null
}

/**
 * What follows from an answer of a push service.
 *
 *   2xx           it will bring the message
 *   404, 410      the phone is not there any more: nothing is sent to this address again
 *   408, 429      later, and not before `Retry-After`
 *   other 4xx     it does not take this message, or us: 400, 401 and 403 our signature (VAPID), 413
 *                 the size. The same message would be refused again, so the operator hears of it
 *   5xx, others   later, with growing waits
 *
 * @param lifeLeft for how long the message is worth anything: a wait that is longer ends it.
 * @see RFC 8030, sections 5 and 7.3; RFC 8292, section 4.2; RFC 6585, section 4
 */
export function outcomeOf(
  { status, retryAfter }: PushAnswer,
  { now, lifeLeft }: { readonly now: Instant; readonly lifeLeft: Millis },
): Delivered {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  if (status === 404 || status === 410) return { outcome: 'gone' }
  const isLater = status < 400 || status >= 500 || status === 408 || status === 429
  if (!isLater) return { outcome: 'failed', reason: 'rejected' }
  const wait = waitIn(retryAfter, now)
  if (wait !== null && wait > lifeLeft) return { outcome: 'failed', reason: 'expired' }
  return { outcome: 'later', reason: `status ${status}`, ...(wait !== null && { wait }) }
}

/** Seconds, or a date; `null` for neither. @see RFC 9110, section 10.2.3 */
function waitIn(retryAfter: string | null, now: Instant): Millis | null {
  if (retryAfter === null) return null
  if (/^[0-9]{1,9}$/.test(retryAfter)) return millis(Number(retryAfter) * 1_000)
  // Anything else might be read as a date, such as "-5".
  const at = retryAfter.endsWith(' GMT') ? Date.parse(retryAfter) : Number.NaN
  return Number.isNaN(at) ? null : millis(Math.max(0, at - now))
}
