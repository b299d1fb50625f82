import type { LoginServer } from './login-server.ts'
import type { Trade } from './trades.ts'

/**
 * Tells the login server of what was executed, so that the client is told of it from one place, by
 * another way than they logged in with. The client does not wait for it, and a login server that is
 * away is asked again: under the id of the trade it takes each once.
 */
export interface Reporter {
  tell(trade: Trade): void
  close(): void
}

/** Waits after a report that was not answered; when they are used up, it is given up. */
const WAITS_MS = [1_000, 5_000, 30_000, 300_000, 3_600_000] as const

export function reporter(
  server: Pick<LoginServer, 'report'>,
  waits: readonly number[] = WAITS_MS,
): Reporter {
  const waiting = new Set<NodeJS.Timeout>()
  const attempt = async (trade: Trade, tried: number): Promise<void> => {
    const wait = (await server.report(trade)) === 'away' ? waits[tried] : undefined
    if (wait === undefined) return
    const timer = setTimeout(() => {
      waiting.delete(timer)
      void attempt(trade, tried + 1)
    }, wait)
    waiting.add(timer)
    timer.unref()
  }
  return {
    // Of simulated money the login server wants to hear nothing.
    tell: (trade) => void (trade.environment === 'live' && attempt(trade, 0)),
    close: () => waiting.forEach((timer) => clearTimeout(timer)),
  }
}
