import { inWords } from './left.ts'

/**
 * How long a hold still lasts, beside the date that the page tells anyway. Hours pass meanwhile:
 * the machine sleeps, or its clock is set. So only the server's time counts, and as soon as the
 * clocks of this machine disagree the server is asked again; until it has answered, nothing is
 * said.
 */
export function countHolds(): void {
  const holds = [...document.querySelectorAll<HTMLElement>('[data-hold-until]')].map(holdIn)
  const [first] = holds
  if (!first) return
  // Server minus the clock of this page, which runs evenly and cannot be set; unknown while it is
  // asked for.
  let ahead_ms: number | null = first.now_ms - performance.now()
  let skew_ms = skewNow_ms()
  const show = () => {
    const now_ms = ahead_ms === null ? null : performance.now() + ahead_ms
    for (const hold of holds) showAt(hold, now_ms)
  }
  const ask = async () => {
    ahead_ms = null
    show()
    const heard_ms = await serverTime_ms()
    if (heard_ms !== null) ahead_ms = heard_ms - performance.now()
    show()
  }
  const tick = () => {
    const before_ms = skew_ms
    skew_ms = skewNow_ms()
    if (Math.abs(skew_ms - before_ms) > JUMP_MS) void ask()
    else show()
  }
  setInterval(tick, 1_000)
  // A page that was away for long may have slept, and one without an answer tries again.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void ask()
  })
  addEventListener('online', () => void ask())
  tick()
}

/** Between two seconds, no clock runs away further than this by itself. */
const JUMP_MS = 2_000

/** How far the clock of the system is from the monotonic clock, which cannot be set. */
const skewNow_ms = (): number => Date.now() - performance.now()

interface Hold {
  readonly shown: HTMLElement
  /** By the server's clock: when it is over, and when the page was made. */
  readonly end_ms: number
  readonly now_ms: number
  readonly words: Parameters<typeof inWords>[1]
}

function holdIn(shown: HTMLElement): Hold {
  const { holdUntil, now, wholeHours = '', hours = '', ...others } = shown.dataset
  const { whole = '', minutes = '', seconds = '' } = others
  return {
    shown,
    end_ms: Number(holdUntil),
    now_ms: Number(now),
    words: { wholeHours, hours, whole, minutes, seconds },
  }
}

function showAt({ shown, end_ms, words }: Hold, now_ms: number | null): void {
  const left = now_ms === null ? 0 : Math.ceil((end_ms - now_ms) / 1_000)
  shown.hidden = left <= 0
  const said = left <= 0 ? '' : inWords(left, words)
  if (shown.textContent !== said) shown.textContent = said
}

/** Every answer tells the time; this file is asked for, because that keeps no session alive. */
async function serverTime_ms(): Promise<number | null> {
  const asked = { method: 'HEAD', cache: 'no-store' } as const
  const answer = await fetch(import.meta.url, asked).catch(() => null)
  const heard_ms = Date.parse(answer?.headers.get('date') ?? '')
  return Number.isNaN(heard_ms) ? null : heard_ms
}
