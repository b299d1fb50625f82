import { setTimeout as wait } from 'node:timers/promises'

export interface Redis {
  readonly client: Awaited<ReturnType<typeof clientOf>>
  /** Tells the operator, once each time that it goes away, unless we have closed it ourselves. */
  report(error: Error): void
  close(): void
}

/**
 * Connects to Redis, and goes on trying for ever: it only ever saves time, so nothing fails without
 * it. Returns after the first attempt, whatever came of it.
 */
export async function openRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  let closed = false
  let isAway = false
  const report = (error: Error): void => {
    if (!closed && !isAway) onError(error)
    isAway = true
  }
  const client = await clientOf(url)
  client.on('error', report)
  client.on('ready', () => {
    isAway = false
  })
  const attempted = new Promise<void>((resolve) => {
    client.once('ready', () => resolve())
    client.once('error', () => resolve())
  })
  client.connect().catch(report)
  await Promise.race([attempted, wait(FIRST_ATTEMPT_MS, undefined, { ref: false })])
  return {
    client,
    report,
    close() {
      closed = true
      client.destroy()
    },
  }
}

/** Its four hundred commands are loaded where a Redis is named; most start without one. */
async function clientOf(url: string) {
  const { createClient } = await import('@redis/client')
  return createClient({
    url,
    commandOptions: { timeout: COMMAND_TIMEOUT_MS },
    socket: { connectTimeout: CONNECT_TIMEOUT_MS },
    pingInterval: PING_INTERVAL_MS,
  })
}

/** A start of ours does not wait longer for a server that accepts and says nothing. */
const FIRST_ATTEMPT_MS = 1_000
const CONNECT_TIMEOUT_MS = 2_000
const COMMAND_TIMEOUT_MS = 250
/** Finds a connection that is dead and does not know it. */
const PING_INTERVAL_MS = 5_000
