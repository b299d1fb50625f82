import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { prepared } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

/**
 * What clients are called in full. It stands beside the rest of a client, sealed: a login reads it
 * never, and the portal once on its first page.
 */
export async function findFullName(
  db: Db,
  id: SubscriberId,
): Promise<Versioned<string | null> | null> {
  const [row] = await db.ask(fullNameById(db, { id }))
  if (!row) return null
  const { full_name, version } = row
  return { value: full_name && (unsealed(db, fullNamePlace(id), full_name) as string), version }
}

const fullNameById = prepared((db, { id }: { readonly id: SubscriberId }) =>
  db.read.selectFrom('subscriber').select(['full_name', 'version']).where('id', '=', id),
)

/** @returns `false`, and writes nothing, when the client was written since. */
export async function writeFullName(
  db: Db,
  { id, name, now, event }: NameCommit,
): Promise<boolean> {
  const update = db.write
    .updateTable('subscriber')
    .set({ full_name: sealedName(db, id, name.value), version: name.version + 1 })
    .where('id', '=', id)
    .where('version', '=', name.version)
  return await db.commit([one(update), ...eventWrites(db, [event], now)])
}

interface NameCommit {
  readonly id: SubscriberId
  /** The new one, over the version that was read. */
  readonly name: Versioned<string>
  readonly now: Instant
  readonly event: AuditEvent
}

export const sealedName = (db: Db, id: SubscriberId, name: string): Uint8Array =>
  sealed(db, fullNamePlace(id), name)

export const fullNamePlace = (row: string) => ({ table: 'subscriber', column: 'full_name', row })
