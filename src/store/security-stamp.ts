import { type ExpressionBuilder, sql } from 'kysely'
import type { SessionId, SubscriberId } from '#core/ids.ts'
import { disownsOrders, type Ending, endsLogins, movesStamp } from '#core/sessions/under-way.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import type { Tables } from '#store/database/tables.ts'
import { ofSnapshot, one } from '#store/queries/writes.ts'

/**
 * What a decision about a client rests on beside the rows that it writes: the state that the client
 * was in when it was made, and the session that asked for it.
 */
export interface Standing {
  readonly subscriberId: SubscriberId
  /** The security stamp that was read before anything else. */
  readonly stamp: number
  /** Must not have ended; `null` where no session asks. */
  readonly within: SessionId | null
  /** Where it rests on what is recorded of the client, too: the version that was read. */
  readonly version?: number
}

/**
 * The security stamp of a client. Read it first: what is read after it is as old as it or newer.
 */
export async function findStamp(db: Db, subscriberId: SubscriberId): Promise<number> {
  const [row] = await db.ask(stampOf(db, { subscriberId }))
  return row?.security_stamp ?? STAMP_OF_NOBODY
}

/** No client has it, so no commit that names it is written. */
const STAMP_OF_NOBODY = -1

const stampOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read.selectFrom('subscriber').select('security_stamp').where('id', '=', subscriberId),
)

/**
 * Holds a commit to what it was decided on: one whose client is in another state by now, or whose
 * session has ended, writes nothing. Both rows are written, so that an act which ends them waits or
 * is waited for.
 */
export function standingWrites(
  db: Db,
  { subscriberId, stamp, within, version }: Standing,
): Write[] {
  return [
    version === undefined
      ? one(stampStays(db, { subscriberId, stamp }))
      : clientWrite(db, { subscriberId, stamp, version, moves: false }),
    ...(within === null ? [] : [sessionStays(db, within)]),
  ]
}

/**
 * The client is in the state that was read, and what is recorded of them is what it was. Where it
 * moves, another decision on the same record at the same moment is made anew.
 */
export const clientWrite = (db: Db, { subscriberId, stamp, version, moves }: ClientAsRead): Write =>
  one(
    db.write
      .updateTable('subscriber')
      .set({ version: moves ? version + 1 : version })
      .where('id', '=', subscriberId)
      .where('security_stamp', '=', stamp)
      .where('version', '=', version),
  )

interface ClientAsRead extends Omit<Standing, 'within' | 'version'> {
  readonly version: number
  readonly moves: boolean
}

/** The client is in another state from now on: over the one that was read, or over any. */
export function stampWrite(
  db: Db,
  { by, subscriberId, stamp, version }: StateWrite & { readonly subscriberId: SubscriberId },
): Write {
  const update = db.write
    .updateTable('subscriber')
    .set((eb) => nextState(eb, by))
    .where('id', '=', subscriberId)
  const rests = stamp === null ? update : update.where('security_stamp', '=', stamp)
  const over =
    version === undefined
      ? rests
      : rests.set({ version: version + 1 }).where('version', '=', version)
  return endsLogins(by) ? ofSnapshot(over.where(noArrival(subscriberId))) : one(over)
}

/**
 * No login has completed since the snapshot of this commit: PostgreSQL evaluates the condition
 * again after it waited for the row, and the select not. Without it a commit that waited for a
 * login would go on to end the sessions of its snapshot, where the one that was just opened is not
 * among them.
 *
 * @see PostgreSQL, "Read Committed Isolation Level"
 */
const noArrival = (id: SubscriberId) =>
  sql<boolean>`arrivals = (
    select before.arrivals from subscriber as before where before.id = ${id}
  )`

interface StateWrite {
  readonly by: Ending
  readonly stamp: number | null
  /** Of the row as it was read; without, whatever it is. */
  readonly version?: number | undefined
}

/**
 * The columns of a client that are others after an act. The stamps of orders and logins move with
 * the act that ends them: so no act misses one that comes on record at the same moment.
 */
export const nextState = (eb: ExpressionBuilder<Tables, 'subscriber'>, by: Ending) => ({
  ...(movesStamp(by) && { security_stamp: eb('security_stamp', '+', 1) }),
  ...(disownsOrders(by) && { order_stamp: eb('security_stamp', '+', 1) }),
  ...(endsLogins(by) && { login_stamp: eb('login_stamp', '+', 1) }),
})

/** Whether an act leaves the row of its client another one. */
export const movesState = (by: Ending): boolean => movesStamp(by) || endsLogins(by)

const stampStays = prepared(
  (db, { subscriberId, stamp }: { readonly subscriberId: SubscriberId; readonly stamp: number }) =>
    db.write
      .updateTable('subscriber')
      .set({ security_stamp: stamp })
      .where('id', '=', subscriberId)
      .where('security_stamp', '=', stamp),
)

/**
 * What a login goes on with after its first factor: no act has ended all logins since that was
 * read.
 */
export interface LoginStanding {
  readonly subscriberId: SubscriberId
  readonly loginStamp: number
}

/** What a session that is lifted rests on: its client is in the state that was read. */
export interface LiftStanding {
  readonly subscriberId: SubscriberId
  readonly stamp: number
}

/** Counted, so that such an act waits for the login and sees it, or the login for the act. */
export function arrivalWrite(db: Db, arrival: Arrival): Write {
  if ('stamp' in arrival) return one(arrivalAsIs(db, arrival))
  return one('loginStamp' in arrival ? arrivalOver(db, arrival) : arrivalOfAny(db, arrival))
}

type Arrival = LoginStanding | LiftStanding | Pick<LoginStanding, 'subscriberId'>

const arrivalOfAny = prepared((db, { subscriberId }: Pick<LoginStanding, 'subscriberId'>) =>
  db.write
    .updateTable('subscriber')
    .set((eb) => ({ arrivals: eb('arrivals', '+', 1) }))
    .where('id', '=', subscriberId),
)

const arrivalOver = prepared((db, { subscriberId, loginStamp }: LoginStanding) =>
  db.write
    .updateTable('subscriber')
    .set((eb) => ({ arrivals: eb('arrivals', '+', 1) }))
    .where('id', '=', subscriberId)
    .where('login_stamp', '=', loginStamp),
)

const arrivalAsIs = prepared((db, { subscriberId, stamp }: LiftStanding) =>
  db.write
    .updateTable('subscriber')
    .set((eb) => ({ arrivals: eb('arrivals', '+', 1) }))
    .where('id', '=', subscriberId)
    .where('security_stamp', '=', stamp),
)

export const sessionStays = (db: Db, id: SessionId): Write => one(sessionUpdate(db, { id }))

/**
 * The session has not been disowned since, whether it is over or not. One that is not kept any more
 * counts as disowned.
 */
export const notDisowned = (db: Db, id: SessionId): Write =>
  one(
    db.write
      .updateTable('session')
      .set({ disowned_at_ms: null })
      .where('id', '=', id)
      .where('disowned_at_ms', 'is', null),
  )

const sessionUpdate = prepared((db, { id }: { readonly id: SessionId }) =>
  db.write
    .updateTable('session')
    .set({ ended_at_ms: null })
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null),
)
