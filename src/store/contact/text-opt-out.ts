import type { AuditEvent } from '#core/audit/audit.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import { one } from '#store/queries/writes.ts'

/** Where to: a channel, and the keyed hash of an address. */
export interface Stoppable {
  readonly channel: string
  readonly addressHash: string
}

interface Change extends Stoppable {
  readonly now: Instant
  readonly events: readonly AuditEvent[]
}

/** Whether its holder has asked for no more. */
export async function isStopped(db: Db, asked: Stoppable): Promise<boolean> {
  return (await db.ask(stoppedRow(db, asked))).length > 0
}

const stoppedRow = prepared((db, { channel, addressHash }: Stoppable) =>
  db.read
    .selectFrom('stopped_address')
    .select('since_ms')
    .where('channel', '=', channel)
    .where('address_hash', '=', addressHash),
)

/** @returns `false`, and writes nothing, when it was stopped already. */
export async function stopAddress(db: Db, change: Change): Promise<boolean> {
  const { channel, addressHash, now, events } = change
  const insert = db.write
    .insertInto('stopped_address')
    .values({ channel, address_hash: addressHash, since_ms: now })
    .onConflict((oc) => oc.doNothing())
  return await db.commit([one(insert), ...eventWrites(db, events, now)])
}

/** @returns `false`, and writes nothing, when it was not stopped. */
export async function startAddress(db: Db, change: Change): Promise<boolean> {
  const { channel, addressHash, now, events } = change
  const removed = db.write
    .deleteFrom('stopped_address')
    .where('channel', '=', channel)
    .where('address_hash', '=', addressHash)
  return await db.commit([one(removed), ...eventWrites(db, events, now)])
}
