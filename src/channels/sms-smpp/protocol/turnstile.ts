/** Lets in as many at a time, and as many a second, as the other side allows. */
export interface Turnstile {
  /**
   * @returns what to call on the way out; `null` when it took too long, or too many wait already.
   */
  enter(signal: AbortSignal): Promise<(() => void) | null>
}

/** Requests that wait for a place; a later request is told to come back. */
const WAITING_MAX = 500

export function turnstile({
  window,
  perSecond,
}: {
  readonly window: number
  readonly perSecond: number
}): Turnstile {
  const queue: (() => void)[] = []
  let inside = 0
  let pace: NodeJS.Timeout | null = null
  const next = () => {
    if (pace || inside >= window) return
    const enter = queue.shift()
    if (!enter) return
    inside += 1
    pace = setTimeout(() => {
      pace = null
      next()
    }, 1_000 / perSecond)
    pace.unref()
    enter()
  }
  const leave = () => {
    inside -= 1
    next()
  }
  return {
    async enter(signal) {
      if (queue.length >= WAITING_MAX || signal.aborted) return null
      return await new Promise((resolve) => {
        const abort = () => {
          queue.splice(queue.indexOf(enter), 1)
          resolve(null)
        }
        const enter = () => {
          signal.removeEventListener('abort', abort)
          resolve(leave)
        }
        signal.addEventListener('abort', abort)
        queue.push(enter)
        next()
      })
    },
  }
}
