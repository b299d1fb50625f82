import { type RawBuilder, sql } from 'kysely'
import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuditLook } from '#core/audit/look.ts'
import type { EventActor } from '#core/events/event.ts'
import type { SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { EVENT, eventOf, type WrittenEvent } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { POSTGRES, SQLITE } from '#store/migrations/words.ts'

/** After which event a page goes on. */
export interface Cursor {
  readonly at: Instant
  readonly seq: number
}

interface Page {
  readonly before: Cursor | null
  readonly limit: number
}

const BATCH_MAX = 1_000

/** Newest first; at most 1,000. Each question has an index that ends with the time. */
export async function listLook(
  db: Db,
  look: AuditLook,
  { before, limit }: Page,
): Promise<readonly WrittenEvent[]> {
  const rows = await asked(db, look)
    .select(EVENT)
    .$if(before !== null, (query) =>
      query
        // Said apart, so that the index begins there.
        .where('at_ms', '<=', before?.at ?? 0)
        .where(({ or, eb }) =>
          or([eb('at_ms', '<', before?.at ?? 0), eb('seq', '<', before?.seq ?? 0)]),
        ),
    )
    .orderBy('at_ms', 'desc')
    .orderBy('seq', 'desc')
    .limit(Math.min(limit, BATCH_MAX))
    .execute()
  return rows.map(eventOf)
}

/** Whether there are more events than this. */
export async function isLookLonger(db: Db, look: AuditLook, than: number): Promise<boolean> {
  const rows = await asked(db, look).select('seq').limit(1).offset(than).execute()
  return rows.length > 0
}

const asked = (db: Db, { subscriberId, agentId, caseId, of, from, until }: AuditLook) =>
  db.read
    .selectFrom('audit_event')
    .where('at_ms', '>=', from)
    .where('at_ms', '<', until)
    .$if(subscriberId !== null, (query) => query.where('subscriber_id', '=', subscriberId))
    .$if(agentId !== null, (query) => query.where(member(db, 'actor'), '=', `staff:${agentId}`))
    .$if(caseId !== null, (query) => query.where(member(db, 'caseId'), '=', caseId))
    .$if(of !== null, (query) => query.where('kind', '=', of ?? ''))

/** When a member exported what, since then: the latest first. */
export async function listExportsBy(
  db: Db,
  agentId: AgentId,
  { since, limit }: { readonly since: Instant; readonly limit: number },
): Promise<readonly Instant[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select('at_ms')
    .where(member(db, 'actor'), '=', `${STAFF}${agentId}`)
    .where('at_ms', '>', since)
    .where('kind', '=', 'desk.audit-read')
    .where(member(db, 'look'), '=', 'export')
    .orderBy('at_ms', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ at_ms: at }) => instant(at))
}

/** How often these two acted together elsewhere than at the desk, whichever of them asked. */
export async function countJointDeeds(
  db: Db,
  both: readonly [AgentId, AgentId],
  since: Instant,
): Promise<number> {
  const actors: readonly EventActor[] = both.flatMap(
    (id) => [`staff:${id}`, `operator:${id}`] as const,
  )
  const { count } = await db.read
    .selectFrom('audit_event')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where(member(db, 'actor'), 'in', actors)
    .where('at_ms', '>', since)
    .where('kind', 'in', ['desk.acted-together', 'desk.glass-broken'])
    .where(member(db, 'second'), 'in', actors)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Whether a large account of a client has become a small one since. */
export async function hasFallen(
  db: Db,
  subscriberId: SubscriberId,
  since: Instant,
): Promise<boolean> {
  const row = await db.read
    .selectFrom('audit_event')
    .select('seq')
    .where('subscriber_id', '=', subscriberId)
    .where('kind', '=', 'account.valued')
    .where('at_ms', '>', since)
    .where(member(db, 'fell'), 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

interface Within {
  readonly from: Instant
  readonly until: Instant
}

/** How often each member did what is of these kinds. */
export async function countByActor(
  db: Db,
  kinds: readonly AuditEvent['kind'][],
  { from, until }: Within,
): Promise<
  readonly {
    readonly agentId: AgentId
    readonly kind: AuditEvent['kind']
    readonly count: number
  }[]
> {
  const actor = member(db, 'actor')
  const rows = await db.read
    .selectFrom('audit_event')
    .select(({ fn }) => [actor.as('actor'), 'kind', fn.countAll<number | string>().as('count')])
    .where('kind', 'in', kinds)
    .where('at_ms', '>=', from)
    .where('at_ms', '<', until)
    .groupBy([actor, 'kind'])
    .execute()
  return rows.flatMap(({ actor: by, kind, count }) =>
    by?.startsWith(STAFF) === true
      ? [
          {
            agentId: by.slice(STAFF.length) as AgentId,
            kind: kind as AuditEvent['kind'],
            count: Number(count),
          },
        ]
      : [],
  )
}

const STAFF = 'staff:'

/** How many events there are of each of these kinds; what there is none of is left out. */
export async function countByKind<K extends AuditEvent['kind']>(
  db: Db,
  kinds: readonly K[],
  { from, until }: Within,
): Promise<ReadonlyMap<K, number>> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(({ fn }) => ['kind', fn.countAll<number | string>().as('count')])
    .where('kind', 'in', kinds)
    .where('at_ms', '>=', from)
    .where('at_ms', '<', until)
    .groupBy('kind')
    .execute()
  return new Map(rows.map(({ kind, count }) => [kind as K, Number(count)]))
}

interface Asked extends Within {
  readonly limit: number
  readonly isJoint?: boolean
}

/** Events of some kinds, oldest first: all of them, or those that took two people. */
export async function listOfKinds(
  db: Db,
  kinds: readonly AuditEvent['kind'][],
  { from, until, limit, isJoint = false }: Asked,
): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('kind', 'in', kinds)
    .where('at_ms', '>=', from)
    .where('at_ms', '<', until)
    .$if(isJoint, (query) => query.where(member(db, 'second'), 'is not', null))
    .orderBy('at_ms')
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(eventOf)
}

/** As the index has it, letter by letter. */
const member = (
  { dialect }: Db,
  name: 'actor' | 'caseId' | 'second' | 'look' | 'fell',
): RawBuilder<string | null> =>
  sql<string | null>`(${sql.raw(WORDS[dialect].member('body', name))})`

const WORDS = { sqlite: SQLITE, postgres: POSTGRES } as const
