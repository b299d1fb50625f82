import { days, hours, type Instant, minutes, seconds } from '#core/time/time.ts'
import type { Take } from '#methods/delivery.ts'
import type { Way } from '#methods/sms-code/ways.ts'
import { isOfNobody, type TelephoneLimits, type TelephoneRules } from '#methods/telephone-number.ts'

/**
 * How often a number is texted or called, so that neither a client is bombed nor the brokerage made
 * to pay for it (A23). @see security limits 2.2 `sms`
 */

/** From one text to the next, and from one call to the next (R082, S34). */
export const RESEND = seconds(120)

/**
 * How long a code counts, and how many answers to it, right or wrong; over all codes counts
 * `hardCap` (S21).
 */
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
 * What a text or call takes that confirms a login or a task: its number is one that its holder has
 * proven.
 */
export const takesOf = ({ rules, ...sending }: Sending): readonly Take[] =>
  taken('telephone', sending, rules.limits)

/**
 * What a text or call takes that proves a number: every client may have typed it. So these have
 * budgets of their own, half of each, counted over all clients: a stranger uses up nothing that the
 * owner logs in with, and hears nothing of it (A28). The two minutes come last, because they cannot
 * be given back: a request that is refused for another reason does not start them.
 */
export function bindingTakesOf(way: Way, { rules, ...sending }: Sending): readonly Take[] {
  const { number: key } = sending
  const problem = 'telephone.too-soon'
  return [
    ...taken('telephone-binding', sending, halved(rules.limits)),
    { name: `telephone-binding-${way}`, count: 1, per: RESEND, key, apart: true, problem },
  ]
}

/**
 * So many clients one agent has called back in an hour: a conversation of three minutes each, all
 * of the hour. What a network address is allowed says nothing of a person who serves many (0056).
 */
const PER_AGENT_HOUR = 20

/**
 * What a call takes in which the client tells a code to an agent: budgets of its own, for the same
 * reason. A stranger who calls us in the name of a client leaves them their own logins (A28).
 */
export const deskTakesOf = ({ rules, ...sending }: Sending): readonly Take[] =>
  taken('telephone-desk', sending, { ...halved(rules.limits), perAddressHour: PER_AGENT_HOUR })

function halved(limits: TelephoneLimits): TelephoneLimits {
  const half = (limit: keyof TelephoneLimits) => Math.ceil(limits[limit] / 2)
  return {
    perNumberHour: half('perNumberHour'),
    perNumberDay: half('perNumberDay'),
    perAccountDay: half('perAccountDay'),
    perAddressHour: half('perAddressHour'),
    perBlockHour: half('perBlockHour'),
    houseHour: half('houseHour'),
    houseDay: half('houseDay'),
  }
}

/**
 * First of the caller, then of the number, then of all clients, and of an hour before a day.
 */
function taken(
  budget: string,
  { number, network, subscriber }: Omit<Sending, 'rules'>,
  limits: TelephoneLimits,
): readonly Take[] {
  const own = { problem: 'telephone.too-many' as const }
  const all: readonly Take[] = [
    { name: `${budget}-address`, count: limits.perAddressHour, per: HOUR, key: network, ...own },
    { name: `${budget}-hour`, count: limits.perNumberHour, per: HOUR, key: number, ...own },
    { name: `${budget}-account`, count: limits.perAccountDay, per: DAY, key: subscriber, ...own },
    { name: `${budget}-day`, count: limits.perNumberDay, per: DAY, key: number, ...own },
  ]
  // What is never sent costs nothing, so an attacker cannot use up the budget of the installation
  // with it.
  if (isOfNobody(number)) return all
  const paused = { problem: 'telephone.paused' as const }
  const block = number.slice(0, -BLOCK_DIGITS)
  return [
    ...all,
    { name: `${budget}-block`, count: limits.perBlockHour, per: HOUR, key: block, ...paused },
    { name: `${budget}-house-hour`, count: limits.houseHour, per: HOUR, key: '', ...paused },
    { name: `${budget}-house-day`, count: limits.houseDay, per: DAY, key: '', ...paused },
  ]
}

/** From when on a number may be sent another, or `null` for at once. */
export function waitsUntil(sentAt: number | null, now: Instant): Instant | null {
  const next = sentAt === null ? null : ((sentAt + RESEND) as Instant)
  return next !== null && now < next ? next : null
}
