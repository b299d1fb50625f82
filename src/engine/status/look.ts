import {
  type Condition,
  conditionsOf,
  EVERYWHERE,
  LATE_AFTER,
  type Outcome,
  WINDOW,
} from '#core/status/lateness.ts'
import {
  AWAY_AFTER,
  hourly,
  LOOK_EVERY,
  SHOWN_DAYS,
  type Subject,
  type Way,
  WAYS,
} from '#core/status/subjects.ts'
import { after, before, days, hours, type Instant, minutes, seconds } from '#core/time/time.ts'
import { isIntakeOn } from '#engine/documents/submissions.ts'
import type { World } from '#engine/world.ts'
import { forgetOutcomes, listOutcomes } from '#store/delivery/outcomes.ts'
import { findOldestDue } from '#store/documents/submissions.ts'
import { commitLook, type Lateness, listStandings, type Seen } from '#store/status/status.ts'

/** A carrier that has told of arrivals within this time is expected to go on. */
const HEARD_WITHIN = days(7)
/** Documents are opened within seconds. */
const OPENED_WITHIN = minutes(10)
/** Outcomes are looked at for a quarter of an hour only. */
const OUTCOMES_KEPT = hours(1)
/** Timers of two nodes are never quite apart. */
const EARLY = seconds(1)

/**
 * Looks at everything that the status page tells, and writes what was seen. Every node calls this,
 * and at each time one of them looks: with ten nodes it is not looked ten times as often.
 */
export async function lookAtStatus(world: World): Promise<void> {
  const { db } = world
  const now = world.now()
  const known = await listStandings(db)
  const mark = known.find(({ subject }) => subject === 'database') ?? null
  if (mark && now < after(mark.seenAt, LOOK_EVERY) - EARLY) return
  const ways = await Promise.all(WAYS.map((way) => lookAtWay(world, way, { known, now })))
  const seen = [
    ...ways.flat(),
    standing({ subject: 'login', isLate: !hasRoom(world) }, { known, now }),
    standing({ subject: 'documents', isLate: await areLate(world, now) }, { known, now }),
  ]
  const lookedAt = mark?.seenAt ?? now
  const isAway = now > after(lookedAt, AWAY_AFTER)
  const late: readonly Lateness[] = isAway
    ? [{ subject: 'database', place: EVERYWHERE, pieces: hourly(lookedAt, now) }]
    : seen
        .filter(({ condition }) => condition === 'late')
        .map(({ subject, place }) => ({ subject, place, pieces: hourly(lookedAt, now) }))
  await commitLook(db, {
    now,
    before: mark?.seenAt ?? null,
    standings: seen,
    late,
    forgetHoursBefore: before(now, days(SHOWN_DAYS + 1)),
    others: [forgetOutcomes(db, before(now, OUTCOMES_KEPT))],
  })
}

interface Looking {
  readonly known: readonly Seen[]
  readonly now: Instant
}

async function lookAtWay(
  { db }: World,
  way: Way,
  { known, now }: Looking,
): Promise<readonly Seen[]> {
  const ofWay = known.filter(({ subject }) => subject === way)
  const outcomes = await outcomesOf(db, way, now)
  const heardAt = heardAtEach(ofWay, outcomes, now)
  const givesReceipts = (place: string) => heardAt.has(place)
  const was = new Map(ofWay.map(({ place, condition }) => [place, condition]))
  const conditions = conditionsOf(was, outcomes, { now, givesReceipts })
  const heard = [...heardAt.keys()].map((place) => [place, 'works'] as const)
  return [...new Map([...heard, ...conditions])]
    .filter(
      ([place, condition]) => place === EVERYWHERE || condition === 'late' || heardAt.has(place),
    )
    .map(([place, condition]) => ({
      ...standing({ subject: way, place, isLate: condition === 'late' }, { known, now }),
      heardAt: heardAt.get(place) ?? null,
    }))
}

/**
 * Of both the old and the new ones as many as are looked at: where thousands are sent each minute,
 * the latest alone are too new to be late.
 */
async function outcomesOf(db: World['db'], way: Way, now: Instant): Promise<readonly Outcome[]> {
  const old = before(now, LATE_AFTER)
  const both = await Promise.all([
    listOutcomes(db, { way, since: before(now, WINDOW), until: old }),
    listOutcomes(db, { way, since: old, until: after(now, WINDOW) }),
  ])
  return both.flat()
}

/** When a carrier last told of an arrival, at each place where it is expected to go on. */
function heardAtEach(
  seen: readonly Seen[],
  outcomes: readonly Outcome[],
  now: Instant,
): ReadonlyMap<string, Instant> {
  const earlier = seen.flatMap(({ place, heardAt }) =>
    heardAt !== null && now < after(heardAt, HEARD_WITHIN) ? [[place, heardAt] as const] : [],
  )
  const heard = outcomes.filter(({ state }) => state === 'arrived')
  return new Map([...earlier, ...heard.map(({ place }) => [place, now] as const)])
}

interface Judged {
  readonly subject: Subject
  readonly place?: string
  readonly isLate: boolean
}

function standing({ subject, place = EVERYWHERE, isLate }: Judged, { known, now }: Looking): Seen {
  const condition: Condition = isLate ? 'late' : 'works'
  const was = known.find((one) => one.subject === subject && one.place === place)
  const since = was?.condition === condition ? was.since : now
  return { subject, place, condition, since, seenAt: now, heardAt: null }
}

/** Whether this node takes a password now, or tells its client to come back. */
function hasRoom({ passwords }: World): boolean {
  const leave = passwords.admit()
  leave?.()
  return leave !== null
}

async function areLate(world: World, now: Instant): Promise<boolean> {
  if (!(await isIntakeOn(world))) return true
  const due = await findOldestDue(world.db)
  return due !== null && now > after(due, OPENED_WITHIN)
}
