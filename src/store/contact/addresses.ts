import { type Selectable, sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Contact, ContactKind } from '#core/contact/address.ts'
import type { ContactId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { addressHash } from '#store/contact/address-hash.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { any, one } from '#store/queries/writes.ts'

const CONTACT = [
  'contact.id',
  'contact.subscriber_id',
  'contact.kind',
  'contact.value',
  'contact.since_ms',
  'contact.verified_at_ms',
  'contact.replaced_at_ms',
] as const

/** The addresses of a subscriber, those that were replaced lately among them; oldest first. */
export async function listContacts(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Contact[]> {
  const rows = await db.ask(contactsOf(db, { subscriberId }))
  return rows.map((row) => contactOf(db, row))
}

/** Each kind is replaced a few times a month at most. */
const CONTACTS_MAX = 100

const contactsOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read
    .selectFrom('contact')
    .select(CONTACT)
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id')
    .limit(CONTACTS_MAX),
)

/** Whose number this is, or was until lately. */
export async function listHoldersOf(
  db: Db,
  asked: { readonly addressHash: string; readonly since: Instant },
): Promise<readonly SubscriberId[]> {
  const rows = await db.ask(holdersOf(db, asked))
  return [...new Set(rows.map((row) => row.subscriber_id as SubscriberId))]
}

/** A number that more clients share than this belongs to no particular one. */
const HOLDERS_MAX = 100

const holdersOf = prepared(
  (db, { addressHash, since }: { readonly addressHash: string; readonly since: Instant }) =>
    db.read
      .selectFrom('contact')
      .select('subscriber_id')
      .where('address_hash', '=', addressHash)
      .where((eb) => eb.or([eb('replaced_at_ms', 'is', null), eb('replaced_at_ms', '>', since)]))
      .orderBy('id')
      .limit(atMost(HOLDERS_MAX)),
)

/** Hashes numbers that were stored before they were hashed; @returns how many: 0 when all are. */
export async function hashNumbers(db: Db): Promise<number> {
  const rows = await db.read
    .selectFrom('contact')
    .select(['id', 'value'])
    .where(isUnhashed)
    .orderBy('id')
    .limit(HASHED_AT_ONCE)
    .execute()
  const writes = rows.map(({ id, value }) => {
    const number = unsealed(db, contactPlace(id), value) as string
    const hashed = { address_hash: addressHash(db.keys, number) }
    return any(db.write.updateTable('contact').set(hashed).where('id', '=', id))
  })
  if (writes.length > 0) await db.commit(writes)
  return rows.length
}

/** Written out, not as parameters: the index is found by these words. */
const isUnhashed = sql<boolean>`kind = 'mobile' and address_hash is null`

const HASHED_AT_ONCE = 500

/** Another address takes the place of the one that counted so far; or that one was verified. */
export type ContactChange =
  | { readonly contact: Contact; readonly replaced: ContactId | null }
  | { readonly verified: ContactId; readonly at: Instant }

/** @returns `false`, and writes nothing, when another one was set in between. */
export async function changeContact(
  db: Db,
  commit: {
    readonly change: ContactChange
    readonly events: readonly AuditEvent[]
    readonly now: Instant
  },
): Promise<boolean> {
  const { change, events, now } = commit
  return db.commit([...contactWrites(db, change), ...eventWrites(db, events, now)])
}

export function contactWrites(db: Db, change: ContactChange): readonly Write[] {
  if ('verified' in change) {
    return [one(current(db, change.verified).set({ verified_at_ms: change.at }))]
  }
  const { contact, replaced } = change
  const { id, subscriberId, kind, value, since, verifiedAt, replacedAt } = contact
  const row = {
    id,
    subscriber_id: subscriberId,
    kind,
    since_ms: since,
    replaced_at_ms: replacedAt,
    value: sealed(db, contactPlace(id), value),
    verified_at_ms: verifiedAt,
    address_hash: kind === 'mobile' ? addressHash(db.keys, value) : null,
  }
  const old = current(db, replaced ?? '').set({ replaced_at_ms: since })
  const fresh = db.write
    .insertInto('contact')
    .values(row)
    .onConflict((oc) => oc.doNothing())
  return [...(replaced === null ? [] : [one(old)]), one(fresh)]
}

/** Nothing has replaced it since it was read. */
export const contactStays = (db: Db, id: ContactId, verifiedAt: Instant): Write =>
  one(current(db, id).where('verified_at_ms', '=', verifiedAt).set({ verified_at_ms: verifiedAt }))

/** Nothing has replaced it since it was read, whether it is proven or not. */
export const contactCounts = (db: Db, id: ContactId): Write =>
  one(current(db, id).set({ replaced_at_ms: null }))

/** The one that counts, while it does. */
const current = (db: Db, id: string) =>
  db.write.updateTable('contact').where('id', '=', id).where('replaced_at_ms', 'is', null)

export const contactPlace = (row: string) => ({ table: 'contact', column: 'value', row })

const contactOf = (db: Db, row: Omit<Selectable<Tables['contact']>, 'address_hash'>): Contact => ({
  id: row.id as ContactId,
  subscriberId: row.subscriber_id as SubscriberId,
  kind: row.kind as ContactKind,
  value: unsealed(db, contactPlace(row.id), row.value) as string,
  since: instant(row.since_ms),
  verifiedAt: row.verified_at_ms === null ? null : instant(row.verified_at_ms),
  replacedAt: row.replaced_at_ms === null ? null : instant(row.replaced_at_ms),
})
