import { type Selectable, sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { OrderId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { LedgerEntry } from '#core/orders/ledger.ts'
import {
  type ActiveOrder,
  isDisowned,
  isTravelling,
  type Order,
  type OrderDraft,
  type PlacedIn,
} from '#core/orders/order.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorWrites, bindingWrites } from '#store/devices/authenticators.ts'
import { type Challenge, challengeWrite } from '#store/devices/challenges.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { behind, type Due, DUE_AT_ONCE, everyDue } from '#store/queries/due.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { notDisowned, type Standing, standingWrites } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

const DRAFT = [
  'order_draft.session_id',
  'order_draft.version',
  'order_draft.subscriber_id',
  'order_draft.begun_at_ms',
  'order_draft.body',
] as const
const ORDER = [
  'device_order.id',
  'device_order.version',
  'device_order.subscriber_id',
  'device_order.state',
  'device_order.stage',
  'device_order.activates_at_ms',
  'device_order.session_id',
  'device_order.stamp',
  'device_order.charge_due_ms',
  'device_order.body',
  'subscriber.order_stamp',
  'subscriber.security_stamp',
  'session.id as kept_session',
  'session.disowned_at_ms',
] as const

/** Orders, with what has become of the session that placed them. */
const orderRows = ({ read }: Pick<Db, 'read'>) =>
  read
    .selectFrom('device_order')
    .innerJoin('subscriber', 'subscriber.id', 'device_order.subscriber_id')
    .leftJoin('session', 'session.id', 'device_order.session_id')
    .select(ORDER)

/** What a client has chosen so far in this session; `null` when nothing. */
export async function findDraft(db: Db, sessionId: SessionId): Promise<StoredDraft | null> {
  const row = await db.read
    .selectFrom('order_draft')
    .select(DRAFT)
    .where('session_id', '=', sessionId)
    .executeTakeFirst()
  if (!row) return null
  const body = unsealed(db, draftPlace(sessionId), row.body) as unknown as DraftBody
  const subscriberId = row.subscriber_id as SubscriberId
  const { version } = row
  // One that was begun before there were stamps belongs to the first state.
  const stamp = body.stamp ?? 0
  const chosenIn = body.chosenIn ?? { wishes: null, account: null, over: null }
  const replaces = body.replaces ?? null
  return {
    ...body,
    replaces,
    stamp,
    chosenIn,
    version,
    sessionId,
    subscriberId,
    begunAt: instant(row.begun_at_ms),
  }
}

/** A draft, and the version at which it was read. */
export interface StoredDraft extends OrderDraft {
  readonly version: number
}

type DraftBody = Omit<OrderDraft, 'sessionId' | 'subscriberId' | 'begunAt'>

/**
 * @param over the version that was read, `null` where there was no draft: two windows share one,
 *   and what was chosen in the other since is not lost silently.
 * @returns the version of what is written; `null`, and writes nothing, when the draft is another by
 *   now.
 */
export async function saveDraft(
  db: Db,
  draft: OrderDraft,
  over: number | null,
): Promise<number | null> {
  const { sessionId, subscriberId, begunAt, method, wishes, replaces, account } = draft
  const { stamp, chosenIn } = draft
  const body: DraftBody = { method, wishes, replaces, account, stamp, chosenIn }
  const version = (over ?? 0) + 1
  const changed = {
    begun_at_ms: begunAt,
    version,
    body: sealed(db, draftPlace(sessionId), body as unknown as Json),
  }
  const save =
    over === null
      ? db.write
          .insertInto('order_draft')
          .values({ session_id: sessionId, subscriber_id: subscriberId, ...changed })
          .onConflict((oc) => oc.doNothing())
      : db.write
          .updateTable('order_draft')
          .set(changed)
          .where('session_id', '=', sessionId)
          .where('version', '=', over)
  return (await db.commit([one(save)])) ? version : null
}

export async function findOrder(db: Db, id: OrderId): Promise<Versioned<Order> | null> {
  const row = await orderRows(db).where('device_order.id', '=', id).executeTakeFirst()
  return row ? orderOf(db, row) : null
}

/** The orders of a subscriber, the latest first; at most 20. */
export async function listOrders(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Order>[]> {
  const rows = await orderRows(db)
    .where('device_order.subscriber_id', '=', subscriberId)
    .orderBy('device_order.id', 'desc')
    .limit(SHOWN_MAX)
    .execute()
  return rows.map((row) => orderOf(db, row))
}

const SHOWN_MAX = 20

/** What a client waits for, or `null`: there is at most one. */
export async function findOpenOrder(
  db: Db,
  subscriberId: SubscriberId,
): Promise<Versioned<Order> | null> {
  const [row] = await db.ask(openOrder(db, { subscriberId }))
  return row ? orderOf(db, row) : null
}

const openOrder = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  orderRows(db)
    .where('device_order.subscriber_id', '=', subscriberId)
    .where(sql<boolean>`device_order.state in ('ordered', 'sent')`),
)

/** Orders in one state, oldest first; `after` is the last one of the page before. */
export async function listOrdersIn(
  db: Db,
  {
    state,
    after,
    limit,
  }: { readonly state: Order['state']; readonly after: OrderId | null; readonly limit: number },
): Promise<readonly Versioned<Order>[]> {
  const rows = await orderRows(db)
    .where('device_order.state', '=', ROW_STATES[state])
    .where('device_order.stage', state in STAGES ? '=' : 'is', state in STAGES ? state : null)
    .where('device_order.id', '>', after ?? '')
    .orderBy('device_order.id')
    .limit(limit)
    .execute()
  return rows.map((row) => orderOf(db, row))
}

/** What has been sent so long ago that its day has come. */
export interface DueOrder extends Versioned<Order> {
  /** The session that placed it, `null` where none did. */
  readonly placedIn: SessionId | null
  /** The security stamp of its client at the moment the order was read. */
  readonly stamp: number
}

/** The oldest first. */
export async function* dueOrders(db: Db, now: Instant): AsyncGenerator<DueOrder> {
  const page = async (after: Due | null) => {
    const due = orderRows(db).where('device_order.activates_at_ms', '<=', now)
    const rows = await due
      .$if(after !== null, (query) =>
        query.where(behind('device_order.activates_at_ms', 'device_order.id', after)),
      )
      .orderBy('device_order.activates_at_ms')
      .orderBy('device_order.id')
      .limit(DUE_AT_ONCE)
      .execute()
    return rows.map((row) => ({ ...row, at: row.activates_at_ms }))
  }
  for await (const row of everyDue(page)) {
    const placedIn = row.session_id as SessionId | null
    yield { ...orderOf(db, row), placedIn, stamp: row.security_stamp }
  }
}

/** What should have been back by now, the longest overdue first. */
export async function* overdueOrders(db: Db, now: Instant): AsyncGenerator<Versioned<Order>> {
  const page = async (after: Due | null) => {
    const rows = await orderRows(db)
      .where('device_order.charge_due_ms', '<=', now)
      .$if(after !== null, (query) =>
        query.where(behind('device_order.charge_due_ms', 'device_order.id', after)),
      )
      .orderBy('device_order.charge_due_ms')
      .orderBy('device_order.id')
      .limit(DUE_AT_ONCE)
      .execute()
    return rows.map((row) => ({ ...row, at: row.charge_due_ms }))
  }
  for await (const row of everyDue(page)) yield orderOf(db, row)
}

/**
 * A draft becomes an order, once.
 *
 * @returns `false`, and writes nothing, when the draft has gone, or its subscriber waits for a
 *   device already.
 */
export async function placeOrder(
  db: Db,
  commit: {
    readonly now: Instant
    readonly order: Order
    /** As it was read; one that was written since is another. */
    readonly draft: Pick<StoredDraft, 'sessionId' | 'version'>
    readonly standing: Standing
    readonly entries: readonly LedgerEntry[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, order, draft, standing, entries, events } = commit
  return await db.commit([
    ...standingWrites(db, standing),
    draftUsed(db, draft),
    orderInsert(db, order, { sessionId: standing.within, stamp: standing.stamp }),
    ...ledgerWrites(db, entries),
    ...eventWrites(db, events, now),
  ])
}

/** A draft becomes an order once. */
export const draftUsed = (
  db: Db,
  { sessionId, version }: Pick<StoredDraft, 'sessionId' | 'version'>,
): Write =>
  one(
    db.write
      .deleteFrom('order_draft')
      .where('session_id', '=', sessionId)
      .where('version', '=', version),
  )

/** In which session and state it was placed. */
interface Placed {
  readonly sessionId: SessionId | null
  readonly stamp: number
}

const orderInsert = (db: Db, order: Order, { sessionId, stamp }: Placed): Write =>
  one(
    db.write
      .insertInto('device_order')
      .values({
        ...changeable(db, order),
        id: order.id,
        subscriber_id: order.subscriberId,
        session_id: sessionId,
        stamp,
        version: 1,
      })
      // Whichever key is taken: the client waits for one already.
      .onConflict((oc) => oc.doNothing()),
  )

/**
 * One that no session vouches for: no day accepts it, so its client proves that it has come. Fails
 * where the client waits for a device already.
 */
export const provenOrderInsert = (db: Db, order: Order): Write =>
  orderInsert(db, order, { sessionId: null, stamp: OF_NO_STATE })

/**
 * A device that was given by hand, and has had no order, has this one from now on. Fails where
 * another commit has written one for it. A commit that changes the device besides says so itself:
 * PostgreSQL changes no row twice.
 */
export const handedWrite = (db: Db, order: ActiveOrder): Write =>
  one(
    db.write
      .updateTable('token')
      .set({ order_id: order.id })
      .where('serial', '=', order.serial)
      .where('authenticator_id', '=', order.authenticatorId)
      .where('order_id', 'is', null)
      .where('returned_at_ms', 'is', null),
  )

/** Below every state of a client. */
const OF_NO_STATE = -1

export interface OrderCommit {
  readonly now: Instant
  readonly order: Versioned<Order>
  /** The serial number is this order's from now on; it was free. */
  readonly takes?: string
  /** It was this order's, and is free again: its card lies in no envelope any more. */
  readonly frees?: string
  /** It becomes an authenticator of the client who ordered it. */
  readonly binds?: { readonly authenticator: Authenticator; readonly serial: string }
  /** Authenticators that are another in the same moment. */
  readonly changed?: readonly Versioned<Authenticator>[]
  readonly ended?: Ended
  /** What it rests on, where nothing ends with it. */
  readonly standing?: Standing
  /** The session that placed it, where nothing else has ever vouched for it. */
  readonly placedIn?: SessionId | null
  readonly challenge?: Challenge
  /** What becomes of the deposits for others that end with it. */
  readonly besides?: readonly Write[]
  /** What becomes of its deposit. */
  readonly entries?: readonly LedgerEntry[]
  readonly events: readonly AuditEvent[]
}

/**
 * @returns `false`, and writes nothing, when the order, or what it is about, was written since it
 *   was read.
 */
export async function commitOrder(db: Db, commit: OrderCommit): Promise<boolean> {
  const {
    now,
    order,
    takes,
    frees,
    binds,
    changed = [],
    entries = [],
    besides = [],
    events,
  } = commit
  const { ended, standing, placedIn = null, challenge } = commit
  return await db.commit([
    ...(standing ? standingWrites(db, standing) : []),
    ...(ended ? endingWrites(db, ended, now) : []),
    ...(placedIn === null ? [] : [notDisowned(db, placedIn)]),
    ...authenticatorWrites(db, changed),
    ...(binds ? bindWrites(db, order.value, binds) : []),
    orderWrite(db, order),
    ...(frees === undefined ? [] : [freeWrite(db, frees, order.value.id)]),
    ...(takes === undefined ? [] : [takeWrite(db, takes, order.value.id)]),
    ...(challenge ? [challengeWrite(db, challenge, now)] : []),
    ...besides,
    ...ledgerWrites(db, entries),
    ...eventWrites(db, events, now),
  ])
}

export function orderWrite(db: Db, { value, version }: Versioned<Order>): Write {
  return one(
    db.write
      .updateTable('device_order')
      .set({ ...changeable(db, value), version: version + 1 })
      .where('id', '=', value.id)
      .where('version', '=', version),
  )
}

/** One row decides who gets it: another order, or a client to whom the desk gives it. */
const takeWrite = (db: Db, serial: string, id: OrderId): Write =>
  one(
    db.write
      .updateTable('token')
      .set({ order_id: id })
      .where('serial', '=', serial)
      .where('authenticator_id', 'is', null)
      .where('order_id', 'is', null)
      .where('returned_at_ms', 'is', null),
  )

const freeWrite = (db: Db, serial: string, id: OrderId): Write =>
  one(
    db.write
      .updateTable('token')
      .set({ order_id: null })
      .where('serial', '=', serial)
      .where('order_id', '=', id)
      .where('authenticator_id', 'is', null),
  )

/** The same where an order ends in the commit of something else. */
export const freeWrites = (db: Db, order: Order): readonly Write[] =>
  order.state === 'packed' ? [freeWrite(db, order.serial, order.id)] : []

const bindWrites = (
  db: Db,
  { id, subscriberId }: Order,
  { authenticator, serial }: NonNullable<OrderCommit['binds']>,
): readonly Write[] => [
  ...bindingWrites(db, authenticator, [subscriberId]),
  one(
    db.write
      .updateTable('token')
      .set({ state: null, authenticator_id: authenticator.id })
      .where('serial', '=', serial)
      .where('order_id', '=', id)
      .where('authenticator_id', 'is', null),
  ),
]

/**
 * In which of the first five states its row stands, so that what decides in SQL whether a client
 * waits, and for which day, needs to know no others. The stage says more of it.
 */
const STAGES = { packed: 'ordered', delivered: 'sent', lost: 'returned' } as const
const ROW_STATES = {
  ordered: 'ordered',
  withdrawn: 'withdrawn',
  sent: 'sent',
  active: 'active',
  returned: 'returned',
  ...STAGES,
} as const satisfies Readonly<Record<Order['state'], string>>

const changeable = (db: Db, value: Order) => {
  const { id, state, subscriberId: _, mustBeProven: __, ...body } = value
  return {
    state: ROW_STATES[state],
    stage: state in STAGES ? state : null,
    activates_at_ms: isTravelling(value) ? value.activatesAt : null,
    charge_due_ms: value.deposit.dueAt,
    body: sealed(db, orderPlace(id), body as unknown as Json),
  }
}

export const orderPlace = (row: string) => ({ table: 'device_order', column: 'body', row })
export const draftPlace = (row: string) => ({ table: 'order_draft', column: 'body', row })

type OrderRow = Selectable<Tables['device_order']> & {
  readonly order_stamp: number
  readonly kept_session: string | null
  readonly disowned_at_ms: number | null
}

function orderOf(db: Db, row: OrderRow): Versioned<Order> {
  const body = unsealed(db, orderPlace(row.id), row.body) as unknown as Order
  const names = { id: row.id, subscriberId: row.subscriber_id, state: stateOf(row) }
  // Which members there are follows from the state, as it was written.
  const mustBeProven = isDisowned(placedInOf(row))
  const deposit = { ...NO_LEDGER, ...body.deposit }
  // A parcel from before there were labels was a plain letter.
  const shipment = 'sentAt' in body ? { shipment: body.shipment ?? null } : {}
  const value = { ...body, ...names, mustBeProven, deposit, ...shipment } as Order
  return { value, version: row.version }
}

const stateOf = ({ state, stage }: Pick<OrderRow, 'state' | 'stage'>) =>
  (stage ?? state) as Order['state']

/** What the deposit of an order from before there was a ledger lacks. */
const NO_LEDGER = { accountId: null, dueAt: null, chargedAt: null, refundedAt: null } as const

const placedInOf = (row: OrderRow): PlacedIn => ({
  state: stateOf(row),
  stamp: row.stamp,
  orderStamp: row.order_stamp,
  session: sessionStateOf(row),
})

function sessionStateOf(row: OrderRow): PlacedIn['session'] {
  if (row.session_id === null) return 'none'
  if (row.kept_session === null) return 'forgotten'
  return row.disowned_at_ms === null ? 'kept' : 'disowned'
}
