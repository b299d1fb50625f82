import { instant, type Instant, seconds } from '#core/time/time.ts'
import { ClockWentBack } from '#engine/world.ts'

/** Small steps back are corrections of a running clock; what goes further back is a fault (A24). */
const STEP_BACK_MAX = seconds(5)

export interface Clock {
  /** @throws ClockWentBack while the clock stands before what has been written already. */
  now(): Instant
  /** Takes over the mark that other processes have written. */
  learn(mark: Instant): void
  /** The latest instant that this process has used. */
  readonly mark: Instant
}

/**
 * The server's clock, which never runs back: what has expired stays expired, and a time step that
 * was used stays used. When the machine's clock jumps back, nothing is judged until it has caught
 * up; when it jumps forward, everything open expires, which is safe.
 */
export function steadyClock(machine: () => number): Clock {
  let mark = 0
  return {
    now() {
      const read = machine()
      if (read < mark - STEP_BACK_MAX)
        throw new ClockWentBack('the clock is behind what was written')
      if (read > mark) mark = read
      return instant(mark)
    },
    learn: (other) => {
      mark = Math.max(mark, other)
    },
    get mark() {
      return instant(mark)
    },
  }
}
