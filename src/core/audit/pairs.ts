import type { EventActor } from '#core/events/event.ts'
import type { SubscriberId } from '#core/ids.ts'
import { before, days, type Instant } from '#core/time/time.ts'

/**
 * Deeds that took two people, by the two who did them. The system draws the second, so the same two
 * meet again and again only by chance, or because they see to it.
 */
export interface JointDeed {
  readonly at: Instant
  readonly asker: EventActor
  readonly second: EventActor
  readonly subscriberId: SubscriberId
}

export interface Clue {
  readonly at: Instant
  readonly subscriberId: SubscriberId
}

export interface Pair {
  /** Who asked most often of the two, then the other. */
  readonly asker: EventActor
  readonly second: EventActor
  readonly deeds: number
  readonly clients: number
  /** Clients for whom proofs had failed in the week before the deed. */
  readonly failedBefore: number
  /** Clients who said that they had not called, in the month after the deed. */
  readonly denied: number
  /** What speaks against the two. With two marks the trail is to be looked at. */
  readonly marks: readonly Mark[]
}

/**
 *   again         together for three clients or more
 *   one-sided     nearly all that the one asks for is agreed to by the other, though others were drawn
 *   failed-before proofs had failed for two of the clients or more
 *   denied        a client said that they had not called
 */
export const MARKS = ['again', 'one-sided', 'failed-before', 'denied'] as const
export type Mark = (typeof MARKS)[number]

export const MARKS_OF_A_TRAIL = 2
const CLIENTS_AGAIN = 3
const CLIENTS_FAILED = 2
/** Of ten deeds of the one, so many with this other. */
const SHARE = 8
export const FAILED_WITHIN = days(7)
export const DENIED_WITHIN = days(30)

/** The pairs, those with most marks first, then those with most clients. */
export function pairsOf(
  deeds: readonly JointDeed[],
  { failed, denied }: { readonly failed: readonly Clue[]; readonly denied: readonly Clue[] },
): readonly Pair[] {
  const failures = Map.groupBy(failed, ({ subscriberId }) => subscriberId)
  const denials = Map.groupBy(denied, ({ subscriberId }) => subscriberId)
  const byAsker = Map.groupBy(deeds, ({ asker }) => asker)
  const byPair = Map.groupBy(deeds, ({ asker, second }) => [asker, second].toSorted().join(' '))
  const seconds = new Set(deeds.map(({ second }) => second)).size
  const pairs = [...byPair.values()].flatMap((joint) => {
    const asker = mostOf(joint)
    if (!asker) return []
    const second = joint.flatMap((one) => [one.asker, one.second]).find((one) => one !== asker)
    if (!second) return []
    const clientsWhere = (holds: (deed: JointDeed) => boolean): number =>
      new Set(joint.filter(holds).map(({ subscriberId }) => subscriberId)).size
    const clients = clientsWhere(() => true)
    const failedBefore = clientsWhere(({ at, subscriberId }) =>
      (failures.get(subscriberId) ?? []).some(
        (one) => one.at <= at && one.at > before(at, FAILED_WITHIN),
      ),
    )
    const deniedAfter = clientsWhere(({ at, subscriberId }) =>
      (denials.get(subscriberId) ?? []).some(
        (one) => one.at >= at && before(one.at, DENIED_WITHIN) < at,
      ),
    )
    const own = byAsker.get(asker) ?? []
    const isOneSided =
      seconds > 1 && joint.length >= CLIENTS_AGAIN && joint.length * 10 >= own.length * SHARE
    const speaks: Readonly<Record<Mark, boolean>> = {
      again: clients >= CLIENTS_AGAIN,
      'one-sided': isOneSided,
      'failed-before': failedBefore >= CLIENTS_FAILED,
      denied: deniedAfter > 0,
    }
    const marks = MARKS.filter((mark) => speaks[mark])
    return [
      { asker, second, deeds: joint.length, clients, failedBefore, denied: deniedAfter, marks },
    ]
  })
  return pairs.toSorted(
    (one, other) => other.marks.length - one.marks.length || other.clients - one.clients,
  )
}

/** Who of them asked most often. */
function mostOf(joint: readonly JointDeed[]): EventActor | null {
  const counts = [...Map.groupBy(joint, ({ asker }) => asker)]
  const [most] = counts.toSorted(([, one], [, other]) => other.length - one.length)
  return most?.[0] ?? null
}
