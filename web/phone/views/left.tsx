import { useEffect, useRef, useState } from 'preact/hooks'
import type { PhoneList } from '#methods/phone-key/wire.ts'
import { usePhone } from '../context.ts'
import { announce } from '../layout/page.tsx'
import { minutesAndSeconds } from '../words/times.ts'
import { t } from '../words/words.ts'

/** The present, once a second, for what counts down or says how long ago. */
export function useNow(): number {
  const [now_ms, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    // A phone in the pocket stops its timers.
    const awake = () => setNow(Date.now())
    document.addEventListener('visibilitychange', awake)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', awake)
    }
  }, [])
  return now_ms
}

/**
 * The present by the server's clock, once a second; `null` while it is not known, because the clock
 * of this phone was set, or it slept: then the server is asked.
 */
function useServerNow(): number | null {
  const { inbox, look } = usePhone()
  useNow()
  // Looked at now, and not at the last second: an answer may have come in between, and speak of
  // another clock.
  const skew_ms = Date.now() - performance.now()
  const known_ms = useRef(skew_ms)
  const [doubted, setDoubted] = useState<PhoneList | null>(null)
  const hasJumped = Math.abs(skew_ms - known_ms.current) > JUMP_MS
  useEffect(() => {
    if (!hasJumped) return
    known_ms.current = skew_ms
    setDoubted(inbox.list)
    void look()
  }, [hasJumped])
  // Every list that is believed has set the clock anew.
  const isInDoubt = hasJumped || inbox.list === doubted
  return isInDoubt ? null : performance.now() + skew_ms + inbox.offset_ms
}

/** Between two looks at the clocks, no clock runs away further than this by itself. */
const JUMP_MS = 2_000

/**
 * How long a hold still lasts, beside the date. It must stand in no live region: a screen reader
 * reads it when it gets there, and not each second.
 */
export function HoldLeft({ until }: { readonly until: number }) {
  const now_ms = useServerNow()
  if (now_ms === null || now_ms >= until) return null
  const { minutes: all, seconds } = minutesAndSeconds(until - now_ms)
  const [hours, minutes] = [Math.floor(all / 60), all % 60]
  const inHours = minutes === 0 ? 'left.wholeHours' : 'left.hours'
  return <p class="quiet">{hours > 0 ? t(inHours, { hours, minutes }) : inMinutes(all, seconds)}</p>
}

const inMinutes = (minutes: number, seconds: number): string =>
  minutes * 60 + seconds <= 60
    ? t('left.seconds', { seconds: minutes * 60 + seconds })
    : t(seconds === 0 ? 'left.whole' : 'left.minutes', { minutes, seconds })

/**
 * The time left, in words. A reader of the screen hears it at one minute and at 20 seconds only.
 */
export function Left({ ends_ms, now_ms }: { readonly ends_ms: number; readonly now_ms: number }) {
  const { minutes, seconds } = minutesAndSeconds(ends_ms - now_ms)
  const all_s = minutes * 60 + seconds
  useEffect(() => {
    if (all_s === 60) announce(t('request.minute'))
    if (all_s === 20) announce(t('request.soon'))
  }, [all_s])
  return (
    <p class="quiet" role="timer">
      {inMinutes(minutes, seconds)}
    </p>
  )
}
