import { type Instant, instant, type Millis } from '#core/time.ts'
import { openRedis } from '#store/redis.ts'

/** At most `count` in `per`, for each key. */
export interface RateRule {
  /** Names the rule; two rules never share counts. */
  readonly name: string
  readonly count: number
  readonly per: Millis
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly until: Instant }

/**
 * Counts that may be lost (a restart, Redis gone); what must not be lost is counted in the database.
 *
 * Time is cut into windows of the rule's length, the same ones on every node, by the clock that the world
 * is given. Around the end of a window twice as many may pass.
 */
export interface RateLimits {
  /** @returns until when to wait, when as many were taken already. */
  take(rule: RateRule, key: string): Promise<Taken>
  close(): Promise<void>
}

/** For one process. */
export function memoryRateLimits(now: () => Instant): RateLimits {
  const count = memoryCounts()
  return {
    take: (rule, key) => {
      const window = windowOf(rule, now())
      return Promise.resolve(judged(rule, window, count(rule, window, key)))
    },
    close: () => Promise.resolve(),
  }
}

/** Counts shared by several processes; while Redis is away each counts by itself. */
export async function redisRateLimits(
  url: string,
  now: () => Instant,
  onError: (error: Error) => void,
): Promise<RateLimits> {
  const countHere = memoryCounts()
  const redis = await openRedis(url, onError)

  async function count(rule: RateRule, window: number, key: string): Promise<number> {
    if (!redis.client.isReady) return countHere(rule, window, key)
    const name = `countersign:limit:${rule.name}:${window}:${key}`
    try {
      // The window is part of the name, so that setting the expiry again prolongs nothing.
      const counting = redis.client
        .multi()
        .incr(name)
        .pExpire(name, 2 * rule.per)
      const [counted] = await counting.execTyped()
      return counted
    } catch (error) {
      redis.report(error as Error)
      return countHere(rule, window, key)
    }
  }

  return {
    async take(rule, key) {
      const window = windowOf(rule, now())
      return judged(rule, window, await count(rule, window, key))
    },
    close() {
      redis.close()
      return Promise.resolve()
    },
  }
}

/** Keys that one process remembers for one rule; beyond it the one that came first is forgotten. */
export const KEYS_MAX = 100_000

const windowOf = ({ per }: RateRule, now: Instant): number => Math.floor(now / per)

function judged({ count, per }: RateRule, window: number, counted: number): Taken {
  return counted <= count ? { ok: true } : { ok: false, until: instant((window + 1) * per) }
}

type Counting = (rule: RateRule, window: number, key: string) => number

function memoryCounts(): Counting {
  const windows = new Map<
    string,
    { readonly window: number; readonly counts: Map<string, number> }
  >()
  return ({ name }, window, key) => {
    const last = windows.get(name)
    const present = last?.window === window ? last : { window, counts: new Map<string, number>() }
    windows.set(name, present)
    const { counts } = present
    const [oldest] = counts.keys()
    if (oldest !== undefined && counts.size >= KEYS_MAX && !counts.has(key)) counts.delete(oldest)
    const counted = (counts.get(key) ?? 0) + 1
    counts.set(key, counted)
    return counted
  }
}
