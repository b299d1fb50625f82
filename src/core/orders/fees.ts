import type { OrderRules } from '#core/orders/order.ts'
import { after, days, type Instant } from '#core/time/time.ts'

/** Why a device is replaced, and is not expected back. */
export const LOSSES = [
  ...(['lost', 'stolen', 'broken', 'not-returned'] as const),
  ...(['battery', 'expired', 'fault'] as const),
] as const

export type Loss = (typeof LOSSES)[number]

/**
 * Whether a device is replaced for nothing: its battery is empty, its key has come to its end, or
 * it failed by itself within the warranty (R117).
 */
export function isFree(
  why: Loss,
  {
    since,
    now,
    rules,
  }: {
    readonly since: Instant
    readonly now: Instant
    readonly rules: Pick<OrderRules, 'warrantyDays'>
  },
): boolean {
  switch (why) {
    case 'battery':
    case 'expired':
      return true
    case 'fault':
      return now < after(since, days(rules.warrantyDays))
    case 'lost':
    case 'stolen':
    case 'broken':
    case 'not-returned':
      return false
  }
}
