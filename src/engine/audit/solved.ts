import { type Solved, SOLVED_WITHIN, STOPPED, toldBy } from '#core/audit/told.ts'
import type { Problem } from '#core/problems.ts'
import { after, before, hours, type Instant } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import type { Cursor } from '#store/audit/looks.ts'
import { listOfClients, listStretch } from '#store/audit/outcomes.ts'

export interface Outcome {
  readonly code: Problem
  readonly solved: Solved
}

/** How far the log was read. */
export type Place = Cursor

/** What is beyond waits for the next look. */
const BATCH = 500
/**
 * So much of the log at once: where no one has asked for a month, it is not all read in one look.
 */
const STRETCH = hours(1)

const ENDS = ['login.completed', 'desk.case-opened'] as const

/**
 * What became of clients who were told a problem after this place in the log, and how far it was
 * read: those of the last fifteen minutes are not judged yet.
 */
export async function outcomesAfter(
  { db, now }: Pick<World, 'db' | 'now'>,
  place: Place,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly place: Place }> {
  const until = before(now(), SOLVED_WITHIN)
  const all = await listStretch(db, { kinds: STOPPED, until, after: place, limit: BATCH })
  const [first] = all
  const told = all.filter(({ at }) => first && at <= after(first.at, STRETCH))
  const last = told.at(-1)
  if (!first || !last)
    return { outcomes: [], place: until > place.at ? { at: until, seq: 0 } : place }
  const ids = new Set(told.flatMap(({ event }) => event.subscriberId ?? []))
  const ends = await listOfClients(db, [...ids], {
    kinds: ENDS,
    from: first.at,
    until: after(last.at, SOLVED_WITHIN),
  })
  const endsOf = Map.groupBy(ends, ({ event }) => event.subscriberId)
  const outcomes = told.flatMap(({ at, event }) => {
    const code = toldBy(event)
    if (code === null || event.subscriberId === null) return []
    return [{ code, solved: solvedBy(endsOf.get(event.subscriberId) ?? [], at) }]
  })
  const isWhole = all.length < BATCH && told.length === all.length
  const next = isWhole ? { at: until, seq: 0 } : { at: last.at, seq: last.seq }
  return { outcomes, place: next }
}

/** A call counts although the client got in: the page has not helped. */
function solvedBy(ends: readonly WrittenEvent[], at: Instant): Solved {
  const until = after(at, SOLVED_WITHIN)
  const own = ends.filter((one) => one.at >= at && one.at <= until)
  if (own.some(({ event }) => event.kind === 'desk.case-opened')) return 'called'
  return own.length > 0 ? 'alone' : 'no'
}
