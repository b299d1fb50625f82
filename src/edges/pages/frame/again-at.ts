import { type Instant, instant, minutes } from '#core/time/time.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/**
 * Seconds are counted, minutes are told by the clock: the first one at which it is true. Of another
 * day, with the day.
 */
export function againAt({ texts: { text }, formats, site }: PageContext, end: Instant): string {
  const seconds = Math.max(1, Math.ceil((end - site.now()) / 1_000))
  if (seconds <= 120) return text('login.again-in', { count: seconds })
  const minute = instant(Math.ceil(end / MINUTE_MS) * MINUTE_MS)
  const when = { time: formats.time(minute), zone: formats.zone }
  if (formats.date(minute) === formats.date(site.now())) return text('login.again-at', when)
  return text('login.again-on', { ...when, day: formats.date(minute) })
}

const MINUTE_MS = minutes(1)
