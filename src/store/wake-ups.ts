/**
 * "Something has changed, look again." Hints only: the truth is in the database, and whoever waits for one
 * looks by himself from time to time.
 */
export interface WakeUps {
  publish(topic: string): void
  /** @returns how to stop listening. */
  subscribe(topic: string, listener: () => void): () => void
  close(): Promise<void>
}

/** For one process. */
export function memoryWakeUps(): WakeUps {
  throw new Error('not written yet')
}

/** For several. When Redis is away, listeners of the same process still hear; the others look by themselves. */
export async function redisWakeUps(
  url: string,
  onError: (error: Error) => void,
): Promise<WakeUps> {
  throw new Error('not written yet')
}
