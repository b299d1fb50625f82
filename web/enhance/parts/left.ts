/**
 * Counts down what the page says in words. The server said how long; the clock of this machine may
 * be wrong, so only its differences count.
 */
const MINUTE_S = 60
const HOUR_S = 3_600
const SOON_S = 20
/** The server has the last word on what is over: asked a moment later, it says so. */
const GRACE_MS = 500

export function countDown(over: () => void): void {
  const shown = document.querySelector<HTMLElement>('[data-minutes-left]')
  if (!shown) return
  const { seconds = '0', wholeLeft = '', minutesLeft = '', secondsLeft = '' } = shown.dataset
  const end = performance.now() + Number(seconds) * 1_000
  let last = Number(seconds)
  const timer = setInterval(tick, 1_000)
  tick()

  function tick(): void {
    const left = Math.ceil((end - performance.now()) / 1_000)
    if (left <= 0) {
      clearInterval(timer)
      setTimeout(over, GRACE_MS)
    }
    if (!shown) return
    const words = { whole: wholeLeft, minutes: minutesLeft, seconds: secondsLeft }
    shown.textContent = inWords(Math.max(left, 0), words)
    if (last > MINUTE_S && left <= MINUTE_S) announce('minute')
    if (last > SOON_S && left <= SOON_S) announce('soon')
    last = left
  }
}

/** What a length is said with. Only what may take hours has words for them. */
interface Words {
  readonly wholeHours?: string
  readonly hours?: string
  readonly whole: string
  readonly minutes: string
  readonly seconds: string
}

/** So many seconds, in the words that the server left open. */
export function inWords(left: number, words: Words): string {
  if (left >= HOUR_S && words.hours !== undefined) {
    const [hours, minutes] = [Math.floor(left / HOUR_S), Math.floor((left % HOUR_S) / MINUTE_S)]
    const template = minutes === 0 ? (words.wholeHours ?? words.hours) : words.hours
    return template.replace('{hours}', String(hours)).replace('{minutes}', String(minutes))
  }
  // Whole minutes are said without seconds.
  if (left <= MINUTE_S) return words.seconds.replace('{seconds}', String(left))
  const [minutes, seconds] = [Math.floor(left / MINUTE_S), left % MINUTE_S]
  const template = seconds === 0 ? words.whole : words.minutes
  return template.replace('{minutes}', String(minutes)).replace('{seconds}', String(seconds))
}

/** Says something to a reader of the screen: a word of the server that waits in the page. */
function announce(name: 'minute' | 'soon'): void {
  const status = document.getElementById('status')
  if (status?.dataset[name]) status.textContent = status.dataset[name]
}
