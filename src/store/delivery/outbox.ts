import type { Selectable } from 'kysely'
import type { AuthenticatorId, OutboxId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Effect } from '#core/login/state.ts'
import { after, type Instant, instant, type Millis } from '#core/time/time.ts'
import { type MessageNote, messageWrite } from '#store/delivery/carrier-messages.ts'
import { type OutcomeNote, outcomeWrite } from '#store/delivery/outcomes.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { among, any, one } from '#store/queries/writes.ts'

const OUTGOING = [
  'outbox.id',
  'outbox.channel',
  'outbox.authenticator_id',
  'outbox.payload',
  'outbox.created_at_ms',
  'outbox.due_at_ms',
  'outbox.lease',
  'outbox.attempts',
  'outbox.given_up_at_ms',
] as const

/** A delivery that was committed and is to be made: at least once; the id is the same each time. */
export interface Outgoing extends Omit<Effect, 'kind'> {
  readonly id: OutboxId
  readonly createdAt: Instant
  /** How often it was tried before. */
  readonly attempts: number
}

interface Taking {
  readonly now: Instant
  readonly limit: number
  readonly lease: Millis
  /** Channels that have enough to do: what is for them stays. */
  readonly without?: readonly string[]
}

/**
 * Takes what is due. No other node gets it until the lease is over; a node that dies with a lease
 * has only delayed it.
 */
export async function takeDue(
  db: Db,
  { now, limit, lease, without = [] }: Taking,
): Promise<readonly Outgoing[]> {
  const due = await dueNow(db, { now, limit: Math.min(limit, TAKEN_MAX), without })
  if (due.length === 0) return []
  const holder = Buffer.from(db.random(LEASE_LENGTH_BYTES)).toString('base64url')
  const until = after(now, lease)
  const ids = due.map(({ id }) => id)
  // Of two that saw the same rows the second finds them no longer due.
  const taking = db.write
    .updateTable('outbox')
    .set({ due_at_ms: until, lease: holder })
    .where('id', 'in', ids)
    .where('due_at_ms', '<=', now)
    .where('given_up_at_ms', 'is', null)
  const taken = await db.commitCounted([any(taking)])
  if (!taken?.[0]) return []
  const rows = await db.read
    .selectFrom('outbox')
    .select(OUTGOING)
    .where('id', 'in', ids)
    .where('lease', '=', holder)
    .orderBy('id')
    .execute()
  return rows.map((row) => outgoingOf(db, row))
}

const TAKEN_MAX = 100
const LEASE_LENGTH_BYTES = 12

type Due = Required<Omit<Taking, 'lease'>>

async function dueNow(
  db: Db,
  { without, ...page }: Due,
): Promise<readonly { readonly id: string }[]> {
  if (without.length === 0) return await db.ask(dueBy(db, page))
  return await dueQuery(db, page).where('channel', 'not in', without).execute()
}

const dueQuery = ({ read }: Pick<Db, 'read'>, { now, limit }: Pick<Taking, 'now' | 'limit'>) =>
  read
    .selectFrom('outbox')
    .select('id')
    .where('given_up_at_ms', 'is', null)
    .where('due_at_ms', '<=', now)
    .orderBy('due_at_ms')
    .limit(limit)

const dueBy = prepared(dueQuery)

/** What is written of a delivery beside it. */
export interface Noted {
  readonly messages?: readonly MessageNote[]
  readonly outcomes?: readonly OutcomeNote[]
}

const notedWrites = (db: Db, { messages = [], outcomes = [] }: Noted): readonly Write[] => [
  ...messages.map((note) => messageWrite(db, note)),
  ...outcomes.map((note) => outcomeWrite(db, note)),
]

/** Takes deliveries out, and writes with the same stroke what became of the messages. */
export async function markSent(db: Db, ids: readonly OutboxId[], noted: Noted = {}): Promise<void> {
  const gone = any(db.write.deleteFrom('outbox').where('id', 'in', among(ids)))
  await db.commit([...notedWrites(db, noted), gone])
}

/** Tries again later; `attempts` is how often it was tried by now. */
export async function postpone(
  db: Db,
  { id, dueAt, attempts, ...noted }: Postponed,
): Promise<void> {
  const later = { due_at_ms: dueAt, attempts, lease: null }
  const postponed = any(db.write.updateTable('outbox').set(later).where('id', '=', id))
  await db.commit([...notedWrites(db, noted), postponed])
}

interface Postponed extends Noted {
  readonly id: OutboxId
  readonly dueAt: Instant
  readonly attempts: number
}

/** Keeps it for the operator to see, and tries no more. */
export async function giveUp(
  db: Db,
  id: OutboxId,
  { now, ...noted }: Noted & { readonly now: Instant },
): Promise<void> {
  const given = any(givingUp(db, id, now))
  await db.commit([...notedWrites(db, noted), given])
}

const givingUp = (db: Db, id: OutboxId, now: Instant) =>
  db.write.updateTable('outbox').set({ given_up_at_ms: now, lease: null }).where('id', '=', id)

/** How a delivery ends whose end counts: once, however many nodes have tried it. */
export interface Ended {
  readonly id: OutboxId
  readonly now: Instant
  /** It stays for the operator to see. */
  readonly isGivenUp: boolean
}

/** Ends a delivery, and nothing with it. */
export const endDelivery = async (db: Db, ended: Ended): Promise<boolean> =>
  await db.commit([endingOf(db, ended)])

export const endingOf = (db: Db, { id, now, isGivenUp }: Ended): Write =>
  isGivenUp
    ? one(givingUp(db, id, now).where('given_up_at_ms', 'is', null))
    : one(db.write.deleteFrom('outbox').where('id', '=', id))

/**
 * The deliveries that one step of something leads to. Their ids are made of its id and version: a
 * step that is written twice breaks the primary key and is not written.
 */
export function outboxWrites(
  db: Db,
  effects: readonly Effect[],
  step: { readonly id: string; readonly version: number; readonly now: Instant },
): readonly Write[] {
  return effects.map(({ channel, to, address, payload, about, notice, beside }, index) => {
    const id = `out_${step.id}_${step.version}_${index}`
    const bytes = sealed(db, outboxPlace(id), { address, payload, about, notice, beside } as Json)
    return one(outgoingInsert(db, { id, channel, to, bytes, now: step.now }))
  })
}

interface OutgoingRow {
  readonly id: string
  readonly channel: string
  readonly to: AuthenticatorId | null
  readonly bytes: Uint8Array
  readonly now: Instant
}

const outgoingInsert = prepared((db, { id, channel, to, bytes, now }: OutgoingRow) =>
  db.write
    .insertInto('outbox')
    .values({
      id,
      channel,
      authenticator_id: to,
      payload: bytes,
      created_at_ms: now,
      due_at_ms: now,
      lease: null,
      attempts: 0,
      given_up_at_ms: null,
    })
    .onConflict((oc) => oc.column('id').doNothing()),
)

export const outboxPlace = (id: string) => ({ table: 'outbox', column: 'payload', row: id })

type Carried = Pick<Effect, 'address' | 'payload' | 'about' | 'notice' | 'beside'>

const outgoingOf = (db: Db, row: Selectable<Tables['outbox']>): Outgoing => ({
  id: row.id as OutboxId,
  channel: row.channel,
  to: row.authenticator_id as AuthenticatorId | null,
  ...(unsealed(db, outboxPlace(row.id), row.payload) as unknown as Carried),
  createdAt: instant(row.created_at_ms),
  attempts: row.attempts,
})
