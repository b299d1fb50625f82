import type { SessionId, SubscriberId } from '#core/ids.ts'
import type { Write } from '#store/connection.ts'
import type { Db } from '#store/database.ts'
import { prepared } from '#store/prepared.ts'
import { one } from '#store/writes.ts'

/**
 * What a decision about a client rests on beside the rows that it writes: the state that the client was in
 * when it was made, and the session that asked for it.
 */
export interface Standing {
  readonly subscriberId: SubscriberId
  /** The security stamp that was read before anything else. */
  readonly stamp: number
  /** Must not have ended; `null` where no session asks. */
  readonly within: SessionId | null
}

/** The security stamp of a client. Read it first: what is read after it is as old as it or newer. */
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
 * Holds a commit to what it was decided on: one whose client is in another state by now, or whose session
 * has ended, writes nothing. Both rows are written, so that an act which ends them waits or is waited for.
 */
export function standingWrites(db: Db, { subscriberId, stamp, within }: Standing): Write[] {
  return [
    one(stampUpdate(db, { subscriberId, stamp, next: stamp })),
    ...(within === null ? [] : [sessionStays(db, within)]),
  ]
}

/** The client is in another state from now on: over the one that was read, or over any. */
export function stampWrite(
  db: Db,
  { subscriberId, stamp }: { readonly subscriberId: SubscriberId; readonly stamp: number | null },
): Write {
  if (stamp !== null) return one(stampUpdate(db, { subscriberId, stamp, next: stamp + 1 }))
  const update = db.write
    .updateTable('subscriber')
    .set((eb) => ({ security_stamp: eb('security_stamp', '+', 1) }))
    .where('id', '=', subscriberId)
  return one(update)
}

const stampUpdate = prepared(
  (
    db,
    stamped: { readonly subscriberId: SubscriberId; readonly stamp: number; readonly next: number },
  ) =>
    db.write
      .updateTable('subscriber')
      .set({ security_stamp: stamped.next })
      .where('id', '=', stamped.subscriberId)
      .where('security_stamp', '=', stamped.stamp),
)

export const sessionStays = (db: Db, id: SessionId): Write => one(sessionUpdate(db, { id }))

const sessionUpdate = prepared((db, { id }: { readonly id: SessionId }) =>
  db.write
    .updateTable('session')
    .set({ ended_at_ms: null })
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null),
)
