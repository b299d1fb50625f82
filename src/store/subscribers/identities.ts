import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import { type IdentityDocument, type IdentityFacts, NO_FACTS } from '#core/subscribers/identity.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { prepared } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

/** Birth dates and numbers of papers, sealed. They are read where a PIN is chosen. */
export async function findIdentity(
  db: Db,
  id: SubscriberId,
): Promise<Versioned<IdentityFacts> | null> {
  const [row] = await db.ask(identityById(db, { id }))
  if (!row) return null
  const { identity, version } = row
  // Nothing but `writeIdentity` has written what opens here.
  const kept = identity && (unsealed(db, identityPlace(id), identity) as unknown as KeptFacts)
  return { value: kept ? factsOf(kept) : NO_FACTS, version }
}

/** What a version of before has written has numbers alone. */
interface KeptFacts extends Partial<Omit<IdentityFacts, 'documents'>> {
  readonly documents: readonly (string | IdentityDocument)[]
}

const factsOf = ({ documents, ...kept }: KeptFacts): IdentityFacts => ({
  ...NO_FACTS,
  ...kept,
  documents: documents.map((one) => (typeof one === 'string' ? { type: null, number: one } : one)),
})

/** Of a client who is there. */
export async function getIdentity(db: Db, id: SubscriberId): Promise<Versioned<IdentityFacts>> {
  const found = await findIdentity(db, id)
  if (!found) throw new Error('a PIN of no client')
  return found
}

const identityById = prepared((db, { id }: { readonly id: SubscriberId }) =>
  db.read.selectFrom('subscriber').select(['identity', 'version']).where('id', '=', id),
)

/** @returns `false`, and writes nothing, when the client was written since. */
export async function writeIdentity(
  db: Db,
  { id, identity: { value, version }, now, event }: IdentityCommit,
): Promise<boolean> {
  const { birthDate, citizenship, entity, documents } = value
  const isEmpty = [birthDate, citizenship, entity].every((one) => one === null)
  const papers = documents.map(({ type, number }) => ({ type, number }))
  const kept =
    isEmpty && documents.length === 0
      ? null
      : sealed(db, identityPlace(id), { birthDate, citizenship, entity, documents: papers })
  const update = db.write
    .updateTable('subscriber')
    .set({ identity: kept, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
  return await db.commit([one(update), ...eventWrites(db, [event], now)])
}

interface IdentityCommit {
  readonly id: SubscriberId
  /** The new facts, over the version that was read. */
  readonly identity: Versioned<IdentityFacts>
  readonly now: Instant
  readonly event: AuditEvent
}

export const identityPlace = (row: string) => ({ table: 'subscriber', column: 'identity', row })
