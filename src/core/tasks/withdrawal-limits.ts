import { type Acr, STRENGTHS } from '#core/assurance.ts'
import { before, days, type Instant, type Millis } from '#core/time/time.ts'

/**
 * What has left one account lately. Limits look back from now, over 24 hours and over five times
 * 24, so that no midnight and no change of the clocks gives anything away twice (R121).
 */
export interface Outflow {
  readonly payments: readonly Payment[]
}

interface Payment {
  readonly at: Instant
  readonly cents: number
  /** What was told to be in the account then, where anything was. */
  readonly ofUsd?: number
}

export const NOTHING_PAID: Outflow = { payments: [] }

/** What one method opens in one account, in whole US dollars; `null` means without limit. */
export interface Limit {
  readonly perDayUsd: number | null
  readonly per5DaysUsd: number | null
  /** What is in the account and not kept back there; `null` where that sets no limit. */
  readonly freeUsd: number | null
  /** What was told last to be in it; `null` where nothing was. */
  readonly equityUsd: number | null
}

/**
 * What is kept back in an account does not leave it (R117). How much is in it is what was told
 * last; where nothing was told, and where nothing is kept back, the platform alone knows.
 */
export const freeIn = ({
  equityUsd,
  reservedUsd,
}: {
  readonly equityUsd: number | null
  readonly reservedUsd: number
}): number | null =>
  equityUsd === null || reservedUsd === 0 ? null : Math.max(0, equityUsd - reservedUsd)

/**
 * Payments that are looked back on: no client makes more of them in five days.
 */
export const PAYMENTS_MAX = 500

/** What may still leave, in cents; `null` means any amount. */
export function roomIn(
  outflow: Outflow,
  { perDayUsd, per5DaysUsd, freeUsd, equityUsd }: Limit,
  now: Instant,
) {
  const rooms = [
    perDayUsd === null ? null : perDayUsd * 100 - paidWithin(outflow, days(1), now),
    per5DaysUsd === null ? null : per5DaysUsd * 100 - paidWithin(outflow, days(5), now),
    freeUsd === null ? null : freeUsd * 100 - paidOf(outflow, equityUsd),
  ].filter((room) => room !== null)
  return rooms.length === 0 ? null : Math.max(0, Math.min(...rooms))
}

/** The weakest that may let this much leave now, or `null` when nothing may. */
export function strengthFor(cents: number, { outflow, limitOf, now }: Allowing): Acr | null {
  const isEnough = (acr: Acr) => {
    const room = roomIn(outflow, limitOf(acr), now)
    return room === null || cents <= room
  }
  return STRENGTHS.find(isEnough) ?? null
}

export interface Allowing {
  readonly outflow: Outflow
  readonly limitOf: (acr: Acr) => Limit
  readonly now: Instant
}

/** The account after this much has left it, or `null` when that is more than it may. */
export function paid(
  outflow: Outflow,
  { cents, limit, now }: { readonly cents: number; readonly limit: Limit; readonly now: Instant },
): Outflow | null {
  const room = roomIn(outflow, limit, now)
  const recent = outflow.payments.filter(({ at }) => at > before(now, days(5)))
  if ((room !== null && cents > room) || recent.length >= PAYMENTS_MAX) return null
  const { equityUsd: ofUsd } = limit
  return { payments: [...recent, { at: now, cents, ...(ofUsd !== null && { ofUsd }) }] }
}

/**
 * What has left since this was told to be in the account: until another amount is told, it is not
 * in it any more.
 */
const paidOf = ({ payments }: Outflow, equityUsd: number | null): number =>
  payments.reduce((sum, { cents, ofUsd }) => (ofUsd === equityUsd ? sum + cents : sum), 0)

function paidWithin({ payments }: Outflow, length: Millis, now: Instant): number {
  const since = before(now, length)
  return payments.reduce((sum, { at, cents }) => (at > since ? sum + cents : sum), 0)
}
