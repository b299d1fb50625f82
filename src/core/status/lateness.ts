import type { FailureReason } from '#core/delivery/delivery.ts'
import { after, type Instant, minutes, seconds } from '#core/time/time.ts'

/**
 * When a channel is late: told from what carriers and push services say of our own messages.
 *
 * A client counts once, however many messages went to them and however many failed: an attacker who
 * makes those to his own numbers fail is one witness, and `LATE_MIN` are needed. A client who had
 * one message in time is no witness of a delay. What only the client's own side explains (a phone
 * that is off and known to be, a number that is refused) is no witness of anything.
 */

/** What became of a message that carried a login. */
export interface Outcome {
  /** Whose login it was: all of theirs count as one. */
  readonly witness: string
  /** The country of a number, or the vendor of a phone; empty where it has none. */
  readonly place: string
  readonly begunAt: Instant
  readonly state: /** The other side has taken it, and says nothing more of it. */
    | 'taken'
    /** The other side has taken it, and says later if it arrived. */
    | 'sent'
    | 'arrived'
    /** The other side has not taken it yet. */
    | 'waiting'
    | 'failed'
  readonly reason: FailureReason | null
}

/** What is looked at: messages that began so long ago. */
export const WINDOW = minutes(15)
/** A message that has not arrived by then is late. */
export const LATE_AFTER = seconds(60)
/** So many clients must be witnesses of a delay, */
export const LATE_MIN = 5
/** and at least this share of all who were sent something. */
const LATE_SHARE = 0.5
/**
 * It is over when no more than this share of all are still late: four have theirs for each who has
 * not. Between the two shares nothing changes.
 */
const OVER_SHARE = 0.2

/** Reasons that lie with the client, or with one number alone. */
const OWN_REASONS: ReadonlySet<FailureReason> = new Set(['unreachable', 'rejected', 'stopped'])

export interface Listening {
  readonly now: Instant
  /**
   * Whether the other side says of messages to this place that they arrived: silence means nothing
   * without. One carrier hears from the phones of some countries and never from those of others.
   */
  readonly givesReceipts: (place: string) => boolean
}

/** What a message is a witness of; `null` for nothing. */
export function witnessOf(
  { state, place, begunAt, reason }: Outcome,
  { now, givesReceipts }: Listening,
): 'good' | 'late' | null {
  const isOld = now > after(begunAt, LATE_AFTER)
  switch (state) {
    case 'taken':
    case 'arrived':
      return 'good'
    case 'sent':
      if (!givesReceipts(place)) return 'good'
      return isOld ? 'late' : null
    case 'waiting':
      return isOld ? 'late' : null
    case 'failed':
      return reason === null || !OWN_REASONS.has(reason) ? 'late' : null
  }
}

/** How many clients are witnesses. */
export interface Weight {
  readonly good: number
  readonly late: number
}

export function weighed(outcomes: readonly Outcome[], listening: Listening): Weight {
  const good = new Set<string>()
  const late = new Set<string>()
  for (const outcome of outcomes) {
    const of = witnessOf(outcome, listening)
    if (of === 'good') good.add(outcome.witness)
    if (of === 'late') late.add(outcome.witness)
  }
  return { good: good.size, late: [...late].filter((one) => !good.has(one)).length }
}

export type Condition = 'works' | 'late'

/**
 * The next condition. It becomes late with enough witnesses and over the upper share, and works
 * again below the lower one; where no message is looked at any more, there is no delay to tell.
 */
export function judged(before: Condition, { good, late }: Weight): Condition {
  const share = late / Math.max(1, good + late)
  if (before === 'works') return late >= LATE_MIN && share >= LATE_SHARE ? 'late' : 'works'
  return share <= OVER_SHARE ? 'works' : 'late'
}

/** Of a way as a whole there is no place. */
export const EVERYWHERE = ''

/**
 * The condition of a way at each place that is late or was, and of the way as a whole: that is
 * judged without the places that are late by themselves, so that one country does not speak for
 * all.
 */
export function conditionsOf(
  before: ReadonlyMap<string, Condition>,
  outcomes: readonly Outcome[],
  listening: Listening,
): ReadonlyMap<string, Condition> {
  const byPlace = Map.groupBy(
    outcomes.filter(({ place }) => place !== EVERYWHERE),
    ({ place }) => place,
  )
  const conditions = new Map<string, Condition>()
  for (const place of new Set([...before.keys(), ...byPlace.keys()])) {
    if (place === EVERYWHERE) continue
    const was = before.get(place) ?? 'works'
    const condition = judged(was, weighed(byPlace.get(place) ?? [], listening))
    if (condition === 'late' || before.has(place)) conditions.set(place, condition)
  }
  const others = outcomes.filter(({ place }) => conditions.get(place) !== 'late')
  const whole = judged(before.get(EVERYWHERE) ?? 'works', weighed(others, listening))
  return conditions.set(EVERYWHERE, whole)
}

/** Vendors of push services, by what the host of a subscription ends with. */
const VENDORS = [
  ['push.apple.com', 'apple'],
  ['googleapis.com', 'google'],
  ['push.services.mozilla.com', 'mozilla'],
  ['notify.windows.com', 'microsoft'],
] as const

/** Whose push service it is; empty for another one. */
export function vendorOf(host: string): string {
  const found = VENDORS.find(([name]) => host === name || host.endsWith(`.${name}`))
  return found?.[1] ?? EVERYWHERE
}
