import type { AuditEvent } from '#core/audit/audit.ts'
import type { AddressChange } from '#core/contact/address-change.ts'
import type { SessionId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'

/** The one that a client waits for; `null` for none. */
export async function findAddressChange(
  db: Db,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<Versioned<AddressChange> | null> {
  const row = await db.read
    .selectFrom('address_change')
    .select(['version', 'expires_at_ms', 'body'])
    .where('subscriber_id', '=', subscriberId)
    .where('expires_at_ms', '>', now)
    .executeTakeFirst()
  if (!row) return null
  // Nothing but `commitAddressChange` has written what opens here.
  const kept = unsealed(db, addressChangePlace(subscriberId), row.body) as unknown as Kept
  const value = { ...kept, subscriberId, expiresAt: instant(row.expires_at_ms) }
  return { value, version: row.version }
}

interface Kept {
  readonly address: string
  readonly sessionId: SessionId
  readonly askedAt: Instant
}

interface AddressChangeCommit {
  readonly change: Written<AddressChange>
  readonly standing: Standing
  readonly events: readonly AuditEvent[]
  readonly now: Instant
}

/** @returns `false`, and writes nothing, when the client is in another state by now. */
export async function commitAddressChange(
  db: Db,
  { change, standing, events, now }: AddressChangeCommit,
): Promise<boolean> {
  return await db.commit([
    ...standingWrites(db, standing),
    changeWrite(db, change),
    ...eventWrites(db, events, now),
  ])
}

/** One that is over is written over, as one that was not there. */
function changeWrite(
  db: Db,
  { value: { subscriberId, expiresAt, ...kept }, version }: Written<AddressChange>,
): Write {
  const body = sealed(db, addressChangePlace(subscriberId), { ...kept })
  const row = { version: (version ?? 0) + 1, expires_at_ms: expiresAt, body }
  if (version !== null)
    return one(
      db.write
        .updateTable('address_change')
        .set(row)
        .where('subscriber_id', '=', subscriberId)
        .where('version', '=', version),
    )
  const insert = db.write
    .insertInto('address_change')
    .values({ subscriber_id: subscriberId, ...row })
  return one(
    insert.onConflict((oc) =>
      oc
        .column('subscriber_id')
        .doUpdateSet(row)
        .where('address_change.expires_at_ms', '<=', kept.askedAt),
    ),
  )
}

type Read = Pick<Versioned<AddressChange>, 'version'> & {
  readonly value: Pick<AddressChange, 'subscriberId'>
}

/** It is asked for still, and is what it was. */
export const addressChangeStays = (db: Db, { value, version }: Read): Write =>
  one(
    db.write
      .updateTable('address_change')
      .set({ version })
      .where('subscriber_id', '=', value.subscriberId)
      .where('version', '=', version),
  )

/** It is asked for no more, over the version that was read. */
export const addressChangeEnds = (db: Db, { value, version }: Read): Write =>
  one(
    db.write
      .deleteFrom('address_change')
      .where('subscriber_id', '=', value.subscriberId)
      .where('version', '=', version),
  )

/** @returns `false`, and writes nothing, when it is another by now. */
export async function endAddressChange(
  db: Db,
  held: Read,
  { standing, events, now }: Omit<AddressChangeCommit, 'change'>,
): Promise<boolean> {
  return await db.commit([
    ...standingWrites(db, standing),
    addressChangeEnds(db, held),
    ...eventWrites(db, events, now),
  ])
}

export const addressChangePlace = (row: string) => ({
  table: 'address_change',
  column: 'body',
  row,
})
