import { openRedis } from '#store/server/redis.ts'

/**
 * "Something has changed, look again." Hints only: the truth is in the database, and a waiting page
 * reads it from time to time without one.
 */
export interface WakeUps {
  /** Returns at once; listeners are called later, and none of them can make the publisher fail. */
  publish(topic: string): void
  /** @returns how to stop listening. */
  subscribe(topic: string, listener: () => void): () => void
  close(): Promise<void>
}

/** For one process. */
export function memoryWakeUps(): WakeUps {
  const { wake, subscribe } = listeners()
  return { publish: wake, subscribe, close: () => Promise.resolve() }
}

/**
 * For several processes: one pattern subscription each, whatever the number of listeners. While
 * Redis is away, listeners of the same process still hear, and the others look by themselves.
 */
export async function redisWakeUps(url: string, onError: (error: Error) => void): Promise<WakeUps> {
  const { wake, subscribe } = listeners()
  const both = [openRedis(url, onError), openRedis(url, onError)] as const
  const [publisher, subscriber] = await Promise.all(both)
  const heard = (_: string, channel: string): void => wake(channel.slice(PREFIX.length))
  // Not awaited: while Redis is away this waits, and is said again after each new connection.
  subscriber.client.pSubscribe(`${PREFIX}*`, heard).catch(subscriber.report)

  return {
    publish(topic) {
      // Our own message comes back through Redis as well, unless there is no listener.
      const echoed = subscriber.client.isReady
      if (!echoed) wake(topic)
      publisher.client.publish(PREFIX + topic, '').catch((error: Error) => {
        publisher.report(error)
        if (echoed) wake(topic)
      })
    },
    subscribe,
    close() {
      publisher.close()
      subscriber.close()
      return Promise.resolve()
    },
  }
}

const PREFIX = 'countersign:'

function listeners(): {
  readonly wake: (topic: string) => void
  readonly subscribe: WakeUps['subscribe']
} {
  const byTopic = new Map<string, Set<() => void>>()
  return {
    wake(topic) {
      // Each for itself and later, so that one that fails takes neither the publisher nor its
      // neighbours along.
      for (const listener of byTopic.get(topic) ?? []) queueMicrotask(listener)
    },
    subscribe(topic, listener) {
      const theirs = byTopic.get(topic) ?? new Set()
      // A function of its own, so that one listener may subscribe twice.
      const called = (): void => listener()
      byTopic.set(topic, theirs.add(called))
      return () => {
        theirs.delete(called)
        if (theirs.size === 0 && byTopic.get(topic) === theirs) byTopic.delete(topic)
      }
    },
  }
}
