import { after, type Instant, instant, type Millis } from '#core/time/time.ts'
import { openRedis } from '#store/server/redis.ts'

/** At most `count` in `per`, for each key. */
export interface RateRule {
  /** Names the rule; two rules never share counts. */
  readonly name: string
  readonly count: number
  readonly per: Millis
  /** Of which there is one only: the next when `per` has passed since, however windows fall. */
  readonly apart?: true
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly until: Instant }

/**
 * Counts that may be lost (a restart, Redis gone); what must not be lost is counted in the
 * database.
 *
 * Time is cut into windows of the rule's length, the same ones on every node, by the clock that the
 * world is given. Around the end of a window twice as many may pass, but of those that have to be
 * `apart`.
 */
export interface RateLimits {
  /**
   * @returns until when to wait, when as many were taken already. A refused caller takes nothing,
   * so that the next may pass as soon as one is given back.
   */
  take(rule: RateRule, key: string): Promise<Taken>
  /** Undoes one `take` of the window that `at` lies in; of rules that are not `apart`. */
  giveBack(rule: RateRule, key: string, at: Instant): Promise<void>
  close(): Promise<void>
}

/** For one process. */
export function memoryRateLimits(now: () => Instant): RateLimits {
  const { count, uncount } = memoryCounts()
  const lastOf = memoryLast()
  return {
    take: (rule, key) => {
      if (rule.apart) return Promise.resolve(judgedApart(rule, lastOf(rule, key, now())))
      const window = windowOf(rule, now())
      const taken = judged(rule, window, count(rule, window, key))
      if (!taken.ok) uncount(rule, window, key)
      return Promise.resolve(taken)
    },
    giveBack: (rule, key, at) => Promise.resolve(uncount(rule, windowOf(rule, at), key)),
    close: () => Promise.resolve(),
  }
}

/** Counts shared by several processes; while Redis is away each counts by itself. */
export async function redisRateLimits(
  url: string,
  now: () => Instant,
  onError: (error: Error) => void,
): Promise<RateLimits> {
  const here = memoryCounts()
  const lastHere = memoryLast()
  const redis = await openRedis(url, onError)

  async function count(rule: RateRule, window: number, key: string): Promise<number> {
    if (!redis.client.isReady) return here.count(rule, window, key)
    const name = nameOf(rule, window, key)
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
      return here.count(rule, window, key)
    }
  }

  async function uncount(rule: RateRule, window: number, key: string): Promise<void> {
    if (!redis.client.isReady) return here.uncount(rule, window, key)
    try {
      await redis.client.eval(UNCOUNT, { keys: [nameOf(rule, window, key)] })
    } catch (error) {
      redis.report(error as Error)
    }
  }

  async function last(rule: RateRule, key: string, at: Instant): Promise<Instant | null> {
    if (!redis.client.isReady) return lastHere(rule, key, at)
    const keys = [`countersign:last:${rule.name}:${key}`]
    try {
      const found = await redis.client.eval(LAST, { keys, arguments: [`${at}`, `${rule.per}`] })
      return found === null ? null : instant(Number(found))
    } catch (error) {
      redis.report(error as Error)
      return lastHere(rule, key, at)
    }
  }

  return {
    async take(rule, key) {
      if (rule.apart) return judgedApart(rule, await last(rule, key, now()))
      const window = windowOf(rule, now())
      const taken = judged(rule, window, await count(rule, window, key))
      if (!taken.ok) await uncount(rule, window, key)
      return taken
    },
    giveBack: async (rule, key, at) => await uncount(rule, windowOf(rule, at), key),
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

function judgedApart({ per }: RateRule, last: Instant | null): Taken {
  return last === null ? { ok: true } : { ok: false, until: after(last, per) }
}

const nameOf = ({ name }: RateRule, window: number, key: string): string =>
  `countersign:limit:${name}:${window}:${key}`

/**
 * One less, and never less than nothing: what is gone is not made anew, because it would not
 * expire.
 */
const UNCOUNT = `
local counted = redis.call('get', KEYS[1])
if counted and tonumber(counted) > 0 then redis.call('decr', KEYS[1]) end
return false`

/** When it was last taken, where that is too short a time ago; otherwise it is taken now. */
type Apart = (rule: RateRule, key: string, now: Instant) => Instant | null

/** The same over Redis, in one step; the time is ours. */
const LAST = `
local last = redis.call('get', KEYS[1])
if last and tonumber(ARGV[1]) < tonumber(last) + tonumber(ARGV[2]) then return last end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return false`

function memoryLast(): Apart {
  const rules = new Map<string, Map<string, Instant>>()
  return ({ name, per }, key, now) => {
    const lasts = rules.get(name) ?? new Map<string, Instant>()
    rules.set(name, lasts)
    const last = lasts.get(key)
    if (last !== undefined && now < after(last, per)) return last
    lasts.delete(key)
    lasts.set(key, now)
    const [oldest] = lasts.keys()
    if (oldest !== undefined && lasts.size > KEYS_MAX) lasts.delete(oldest)
    return null
  }
}

interface Counts {
  count(rule: RateRule, window: number, key: string): number
  uncount(rule: RateRule, window: number, key: string): void
}

function memoryCounts(): Counts {
  const windows = new Map<
    string,
    { readonly window: number; readonly counts: Map<string, number> }
  >()
  return {
    count({ name }, window, key) {
      const last = windows.get(name)
      const present = last?.window === window ? last : { window, counts: new Map<string, number>() }
      windows.set(name, present)
      const { counts } = present
      const [oldest] = counts.keys()
      if (oldest !== undefined && counts.size >= KEYS_MAX && !counts.has(key)) counts.delete(oldest)
      const counted = (counts.get(key) ?? 0) + 1
      counts.set(key, counted)
      return counted
    },
    uncount({ name }, window, key) {
      const present = windows.get(name)
      const counted = present?.window === window ? (present.counts.get(key) ?? 0) : 0
      if (counted > 0) present?.counts.set(key, counted - 1)
    },
  }
}
