import { days, hours, type Instant, minutes, seconds } from '#core/time.ts'
import type { Take } from '#methods/delivery.ts'
import { isOfNobody, type TelephoneRules } from '#methods/telephone-number.ts'

/**
 * How often a number is texted or called, so that neither a client is bombed nor the brokerage made to
 * pay for it (A23). @see security limits 2.2 `sms`
 */

/** From one text to the next, and from one call to the next (R082, S34). */
export const RESEND = seconds(120)

/** How long a code counts, and how many answers to it, right or wrong; over all codes counts `hardCap` (S21). */
export const CODE_LIFETIME = minutes(5)
export const TRIES_PER_CODE = 5

/** The digits at the end of a number that tell the numbers of one block apart. */
const BLOCK_DIGITS = 4

const HOUR = hours(1)
const DAY = days(1)

export interface Sending {
  readonly number: string
  /** Stands for the end site that the claimant comes from. */
  readonly network: string
  readonly subscriber: string
  readonly rules: TelephoneRules
}

/**
 * What one text or call takes: first of whoever asks, then of the number, then of everybody, and of an
 * hour before a day. What comes after the one that is used up is not touched.
 */
export function takesOf({ number, network, subscriber, rules }: Sending): readonly Take[] {
  const { limits } = rules
  const own = { problem: 'telephone.too-many' as const }
  const all: readonly Take[] = [
    { name: 'telephone-address', count: limits.perAddressHour, per: HOUR, key: network, ...own },
    { name: 'telephone-hour', count: limits.perNumberHour, per: HOUR, key: number, ...own },
    { name: 'telephone-account', count: limits.perAccountDay, per: DAY, key: subscriber, ...own },
    { name: 'telephone-day', count: limits.perNumberDay, per: DAY, key: number, ...own },
  ]
  // Nobody pays for what is never sent, so nobody can use the house’s budget up with it.
  if (isOfNobody(number)) return all
  const paused = { problem: 'telephone.paused' as const }
  const block = number.slice(0, -BLOCK_DIGITS)
  return [
    ...all,
    { name: 'telephone-block', count: limits.perBlockHour, per: HOUR, key: block, ...paused },
    { name: 'telephone-house-hour', count: limits.houseHour, per: HOUR, key: '', ...paused },
    { name: 'telephone-house-day', count: limits.houseDay, per: DAY, key: '', ...paused },
  ]
}

/** From when on a number may be sent another, or `null` for at once. */
export function waitsUntil(sentAt: number | null, now: Instant): Instant | null {
  const next = sentAt === null ? null : ((sentAt + RESEND) as Instant)
  return next !== null && now < next ? next : null
}
