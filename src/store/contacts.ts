import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit.ts'
import type { Contact, ContactKind } from '#core/contact.ts'
import type { ContactId, SubscriberId } from '#core/ids.ts'
import { instant } from '#core/time.ts'
import { eventWrites } from '#store/audit.ts'
import type { Db } from '#store/database.ts'
import { prepared } from '#store/prepared.ts'
import { sealed, unsealed } from '#store/sealed.ts'
import type { Tables } from '#store/tables.ts'
import { one } from '#store/writes.ts'

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
    .selectAll()
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id')
    .limit(CONTACTS_MAX),
)

/** @returns `false`, and writes nothing, when another one was set in between. */
export async function replaceContact(
  db: Db,
  commit: {
    readonly contact: Contact
    /** The one that counted so far. */
    readonly replaced: ContactId | null
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { contact, replaced, events } = commit
  const { id, subscriberId, kind, value, since, replacedAt } = contact
  const row = {
    ...{ id, subscriber_id: subscriberId, kind, since_ms: since, replaced_at_ms: replacedAt },
    value: sealed(db, placeOf(id), value),
  }
  const old = db.write
    .updateTable('contact')
    .set({ replaced_at_ms: since })
    .where('id', '=', replaced ?? '')
    .where('replaced_at_ms', 'is', null)
  const fresh = db.write
    .insertInto('contact')
    .values(row)
    .onConflict((oc) => oc.doNothing())
  return db.commit([
    ...(replaced === null ? [] : [one(old)]),
    one(fresh),
    ...eventWrites(db, events, since),
  ])
}

const placeOf = (row: string) => ({ table: 'contact', column: 'value', row })

const contactOf = (db: Db, row: Selectable<Tables['contact']>): Contact => ({
  id: row.id as ContactId,
  subscriberId: row.subscriber_id as SubscriberId,
  kind: row.kind as ContactKind,
  value: unsealed(db, placeOf(row.id), row.value) as string,
  since: instant(row.since_ms),
  replacedAt: row.replaced_at_ms === null ? null : instant(row.replaced_at_ms),
})
