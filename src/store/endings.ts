import { sql } from 'kysely'
import { type LoginId, newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import { LOGIN_LIFETIME } from '#core/login/login.ts'
import { before, type Instant } from '#core/time/time.ts'
import {
  type Ending,
  ENDINGS,
  endsLogins,
  extentOf,
  forgetsNames,
} from '#core/sessions/under-way.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { movesState, sessionStays, stampWrite, standingWrites } from '#store/security-stamp.ts'
import { any, among, one } from '#store/queries/writes.ts'

/** An act that ends what is under way, and whose. */
export interface Ended {
  readonly by: Ending
  readonly subscriberId: SubscriberId
  /**
   * The session that does it: it must not have ended, and where `others` end it goes on. It may be
   * the one that is named.
   */
  readonly within?: SessionId | null
  /** The stamp that was read before this was decided; without, the act depends on nothing. */
  readonly stamp?: number
  /**
   * The row of the client as it was read, where whose account they use decides: another act that
   * was decided on it writes nothing.
   */
  readonly version?: number
  /** The sessions that end where the act names them. */
  readonly sessions?: readonly SessionId[]
  /** A login that is written in the same commit. */
  readonly besides?: LoginId
}

/**
 * Ends what an act ends, in the commit of the act (`core/sessions/under-way`): sessions, the state
 * of the client that enrolments, tasks, drafts, changes and the day of an order belong to, and
 * logins. Phones that wait and codes of the desk are authenticators, and are among those that the
 * commit writes.
 */
export function endingWrites(db: Db, ended: Ended, now: Instant): Write[] {
  const { by, subscriberId, within = null, stamp = null, version } = ended
  return [
    ...stampWrites(db, { by, subscriberId, stamp, version }),
    ...(within === null || endsItself(ended) ? [] : [sessionStays(db, within)]),
    ...sessionWrites(db, ended, now),
    ...(endsLogins(by) ? [loginsWrite(db, ended, now)] : []),
    ...(forgetsNames(by) ? [namesWrite(db, ended)] : []),
    ...(extentOf(by, 'order') === 'none' ? [] : [movesWrite(db, ended)]),
  ]
}

/** A row is written once in a commit: that it has not ended is asked where it is ended. */
const endsItself = ({ within, sessions }: Ended): boolean =>
  sessions?.some((id) => id === within) ?? false

/** No browser of the client fills in the user name any more. */
const namesWrite = (db: Db, { subscriberId }: Ended): Write =>
  any(
    db.write
      .updateTable('browser')
      .set({ named_at_ms: null })
      .where('subscriber_id', '=', subscriberId)
      .where('named_at_ms', 'is not', null),
  )

/** An act that leaves the row as it is still rests on the stamp that was read. */
function stampWrites(
  db: Db,
  { by, subscriberId, stamp, version }: Parameters<typeof stampWrite>[1],
): Write[] {
  // One statement for both: two of one commit must not write the same row.
  if (movesState(by) || version !== undefined)
    return [stampWrite(db, { by, subscriberId, stamp, version })]
  return stamp === null ? [] : standingWrites(db, { subscriberId, stamp, within: null })
}

/** Sessions alone, for a commit that moves the stamp itself. */
export function sessionWrites(db: Db, ended: Ended, now: Instant): Write[] {
  const { by, subscriberId, within = null, sessions = [] } = ended
  const ending = db.write
    .updateTable('session')
    .set({
      ended_at_ms: now,
      ...(extentOf(by, 'order') === 'of-sessions' && { disowned_at_ms: now }),
    })
    .where('ended_at_ms', 'is', null)
  const theirs = ending.where('subscriber_id', '=', subscriberId)
  switch (ENDINGS[by].sessions) {
    case 'none':
      return []
    case 'named':
      return [
        (endsItself(ended) ? one : any)(ending.where('id', 'in', among(sessions))),
        ...(by === 'others-ended' ? [ordersWrite(db, ended)] : []),
        ...(extentOf(by, 'order') === 'of-sessions' ? [sharesWrite(db, ended)] : []),
      ]
    case 'all':
      return [any(theirs)]
    case 'others':
      return [any(within === null ? theirs : theirs.where('id', '!=', within))]
  }
}

/**
 * What was ordered in another session, of which some are over already and others too idle to be
 * listed: it is of no state of its client any more. A client has one such order at a time.
 */
function ordersWrite(db: Db, { subscriberId, within = null }: Ended): Write {
  const update = db.write
    .updateTable('device_order')
    .set((eb) => ({ stamp: DISOWNED, version: eb('version', '+', 1) }))
    .where('subscriber_id', '=', subscriberId)
    .where(sql<boolean>`state in ('ordered', 'sent')`)
  return any(within === null ? update : update.where('session_id', '!=', within))
}

/**
 * An attacker in such a session can have asked for the device of another user name (R120). All
 * that waits is taken back, whichever session asked for it: its client can ask again.
 */
const sharesWrite = (db: Db, { subscriberId }: Ended): Write =>
  any(
    db.write
      .updateTable('share_request')
      .set((eb) => ({ state: 'withdrawn', version: eb('version', '+', 1) }))
      .where('asker_id', '=', subscriberId)
      .where('state', 'in', ['asked', 'idle', 'offered', 'declined']),
  )

/** Nor does the client move where an attacker in such a session may have asked for it. */
const movesWrite = (db: Db, { subscriberId }: Ended): Write =>
  any(db.write.deleteFrom('address_change').where('subscriber_id', '=', subscriberId))

/** Below every state: no order that was placed has it. */
const DISOWNED = -1

/**
 * Logins that have not opened their session. A request that is writing one of them at this moment
 * finds another version, and the login over.
 */
function loginsWrite(
  db: Db,
  { subscriberId, besides = '' as LoginId }: Ended,
  now: Instant,
): Write {
  // Ids begin with the time: what is older than a login lives is not even looked at.
  const oldest = newId('log', before(now, LOGIN_LIFETIME), (length) => new Uint8Array(length))
  const update = db.write
    .updateTable('login')
    .set((eb) => ({ state: 'expired', version: eb('version', '+', 1) }))
    .where('subscriber_id', '=', subscriberId)
    .where('id', '>=', oldest)
    .where('id', '!=', besides)
    .where('state', 'in', ['started', 'choosing', 'challenged', 'completed'])
  return any(update)
}
