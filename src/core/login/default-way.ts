import { type Acr, atLeast } from '#core/assurance.ts'
import type { Rules } from '#core/subscribers/jurisdiction.ts'
import type { Instant } from '#core/time/time.ts'

/** One of the ways to confirm a login, as far as its place among them depends on it. */
export interface Way {
  readonly acr: Acr
  readonly createdAt: Instant
  readonly usedAt: Instant | null
  /** It waits to take the place of another, and opens little until then. */
  readonly waits: boolean
  /** Our desk vouches for its holder, for a few days. */
  readonly vouched: boolean
  /** Its client has chosen that it is asked first. */
  readonly chosen: boolean
}

/** What is asked before the rest. */
type First = Rules['askedFirst']

const ANY: First = 'as-used'

/**
 * The way that a client is asked at once: the strongest that they have used, and of several the one
 * that they used last. So one login by text never moves text above the phone. Where none was used
 * yet it is the first of the strongest, and what they have chosen comes before what is as strong.
 *
 * Where the rules of a place want devices first, one that is as strong as a phone comes before
 * codes that are sent or printed, used or not (R129).
 *
 * What our desk gave out is asked while nothing else was set up or used since: its client has just
 * said that they hold nothing else.
 *
 * It decides what is asked first, and nothing of what suffices: the other ways stay open.
 *
 * @returns `undefined` where there is no way at all.
 */
export function defaultWay<W extends Way>(ways: readonly W[], first = ANY): W | undefined {
  const given = ways.find((way) => way.vouched && ways.every((other) => isSince(way, other)))
  if (given) return given
  const strongest = knownOf(ways, first).reduce<W | undefined>(
    (best, way) => (isAbove(way, best) ? way : best),
    undefined,
  )
  const chosen = ways.find((way) => way.chosen)
  return chosen && strongest && isAsStrong(chosen, strongest) ? chosen : strongest
}

/**
 * Those that a client may choose among: as strong as what they are asked at once. None where there
 * is no choice.
 */
export function choosable<W extends Way>(ways: readonly W[], rule = ANY): readonly W[] {
  const first = defaultWay(ways, rule)
  if (!first || first.vouched) return []
  const equals = ways.filter((way) => !way.waits && !way.vouched && isAsStrong(way, first))
  return equals.length > 1 ? equals : []
}

/** Those that were used; where there are none, all that open everything, or all. */
function knownOf<W extends Way>(ways: readonly W[], first: First): readonly W[] {
  const whole = ways.filter(({ waits, vouched }) => !waits && !vouched)
  const devices = first === 'device' ? whole.filter(isDevice) : []
  const able = devices.length > 0 ? devices : whole.length > 0 ? whole : ways
  const used = able.filter(({ usedAt }) => usedAt !== null)
  return used.length > 0 ? used : able
}

const isSince = (way: Way, other: Way): boolean =>
  way === other || way.createdAt > (other.usedAt ?? other.createdAt)

function isAbove(way: Way, best: Way | undefined): boolean {
  if (!best) return true
  if (!isAsStrong(way, best)) return atLeast(way.acr, best.acr)
  const [used, bestUsed] = [way.usedAt ?? 0, best.usedAt ?? 0]
  if (used !== bestUsed) return used > bestUsed
  return way.acr !== best.acr && atLeast(way.acr, best.acr)
}

/**
 * Above the restricted ones (2t, 2s, 2c) all open the same; how much may leave an account with each
 * is asked when it is to leave.
 */
const isAsStrong = (one: Way, other: Way): boolean =>
  one.acr === other.acr || (isDevice(one) && isDevice(other))

/** A phone, a passkey or a card with keys: no code that was sent or printed. */
export const isDevice = ({ acr }: Pick<Way, 'acr'>): boolean => atLeast(acr, '3')
