import type { Instant, Millis } from '#core/time.ts'

/** At most `count` in `per`, for each key. */
export interface RateRule {
  /** Names the rule; two rules never share counts. */
  readonly name: string
  readonly count: number
  readonly per: Millis
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly until: Instant }

/** Counts that may be lost (a restart, Redis gone); what must not be lost is counted in the database. */
export interface RateLimits {
  take(rule: RateRule, key: string): Promise<Taken>
  close(): Promise<void>
}

export function memoryRateLimits(now: () => Instant): RateLimits {
  throw new Error('not written yet')
}

/** Counts shared by several processes; while Redis is away each counts by itself. */
export async function redisRateLimits(
  url: string,
  now: () => Instant,
  onError: (error: Error) => void,
): Promise<RateLimits> {
  throw new Error('not written yet')
}
