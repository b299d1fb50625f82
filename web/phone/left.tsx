import { useEffect, useState } from 'preact/hooks'
import { announce } from './page.tsx'
import { minutesAndSeconds } from './times.ts'
import { t } from './words.ts'

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

/** The time left, in words. A reader of the screen hears it at one minute and at 20 seconds only. */
export function Left({ ends_ms, now_ms }: { readonly ends_ms: number; readonly now_ms: number }) {
  const { minutes, seconds } = minutesAndSeconds(ends_ms - now_ms)
  const all_s = minutes * 60 + seconds
  useEffect(() => {
    if (all_s === 60) announce(t('request.minute'))
    if (all_s === 20) announce(t('request.soon'))
  }, [all_s])
  return (
    <p class="quiet" role="timer">
      {all_s <= 60
        ? t('left.seconds', { seconds: all_s })
        : t(seconds === 0 ? 'left.whole' : 'left.minutes', { minutes, seconds })}
    </p>
  )
}
