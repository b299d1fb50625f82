import type { FailureReason } from '#core/delivery/delivery.ts'
import type { Outcome } from '#core/status/lateness.ts'
import type { Way } from '#core/status/subjects.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { About } from '#store/delivery/carrier-messages.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { any } from '#store/queries/writes.ts'

/** What is kept of one delivery for a while, so that a channel that is late is noticed. */
export interface OutcomeNote {
  /** Of the delivery: tried again, it has one outcome. */
  readonly id: string
  readonly way: string
  readonly place: string
  readonly about: About
  readonly state: Exclude<Outcome['state'], 'arrived'>
  readonly reason: FailureReason | null
  readonly begunAt: Instant
}

export const outcomeWrite = (db: Db, { about, begunAt, ...note }: OutcomeNote): Write =>
  any(
    outcomeUpsert(db, {
      ...note,
      login_id: about.loginId,
      opened_at_ms: about.openedAt,
      begun_at_ms: begunAt,
    }),
  )

interface OutcomeRow extends Omit<OutcomeNote, 'about' | 'begunAt'> {
  readonly login_id: string
  readonly opened_at_ms: number
  readonly begun_at_ms: number
}

const outcomeUpsert = prepared((db, row: OutcomeRow) =>
  db.write
    .insertInto('delivery_outcome')
    .values({
      id: row.id,
      way: row.way,
      place: row.place,
      login_id: row.login_id,
      opened_at_ms: row.opened_at_ms,
      state: row.state,
      reason: row.reason,
      begun_at_ms: row.begun_at_ms,
    })
    .onConflict((oc) => oc.column('id').doUpdateSet({ state: row.state, reason: row.reason })),
)

/** Enough to judge by; of the messages of a stretch the latest are looked at. */
const LOOKED_AT_MAX = 1_000
/** Parts of long texts, each with a receipt. */
const RECEIPTS_MAX = 4_000

/**
 * What became of the last messages that went this way in a stretch, with what carriers say of them.
 * One that carried the login of a name that no client has is none.
 */
export async function listOutcomes(db: Db, stretch: Stretch): Promise<readonly Outcome[]> {
  const rows = await db.ask(outcomesOf(db, stretch))
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((all) => {
    const [first] = all
    if (!first || first.subscriber_id === null) return []
    const { place, state, reason, begun_at_ms } = first
    const told = { witness: first.subscriber_id, place, begunAt: instant(begun_at_ms) }
    const said = { state: state as OutcomeNote['state'], reason: reason as FailureReason | null }
    if (state !== 'sent') return [{ ...told, ...said }]
    const failed = all.find(({ said }) => said === 'failed')
    if (failed)
      return [{ ...told, state: 'failed' as const, reason: failed.why as FailureReason | null }]
    const hasArrived = all.every(({ said }) => said === 'delivered')
    return [{ ...told, ...said, ...(hasArrived && { state: 'arrived' as const }) }]
  })
}

interface Stretch {
  readonly way: Way
  readonly since: Instant
  /** Included. */
  readonly until: Instant
}

const outcomesOf = prepared((db, { way, since, until }: Stretch) =>
  db.read
    .with('latest', (cte) =>
      cte
        .selectFrom('delivery_outcome')
        .select(['id', 'way', 'place', 'login_id', 'opened_at_ms'])
        .select(['state', 'reason', 'begun_at_ms'])
        .where('way', '=', way)
        .where('begun_at_ms', '>', since)
        .where('begun_at_ms', '<=', until)
        .orderBy('begun_at_ms', 'desc')
        .limit(atMost(LOOKED_AT_MAX)),
    )
    .selectFrom('latest')
    .innerJoin('login', 'login.id', 'latest.login_id')
    .leftJoin('carrier_message', (join) =>
      join
        .onRef('carrier_message.login_id', '=', 'latest.login_id')
        .onRef('carrier_message.opened_at_ms', '=', 'latest.opened_at_ms')
        .onRef('carrier_message.channel', '=', 'latest.way'),
    )
    .select(['latest.id', 'latest.place', 'latest.state', 'latest.reason'])
    .select(['latest.begun_at_ms', 'login.subscriber_id'])
    .select(['carrier_message.state as said', 'carrier_message.reason as why'])
    .orderBy('latest.begun_at_ms', 'desc')
    .limit(atMost(RECEIPTS_MAX)),
)

export const forgetOutcomes = (db: Db, before: Instant): Write =>
  any(db.write.deleteFrom('delivery_outcome').where('begun_at_ms', '<', before))
