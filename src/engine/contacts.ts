import type { Actor } from '#core/audit.ts'
import type { Contact, ContactKind } from '#core/contact.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { refusal, type World } from '#engine/world.ts'
import { listContacts, replaceContact } from '#store/contacts.ts'

/** Where a subscriber is written to: what counts now, and what was replaced lately. */
export const contactsOf = async (
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly Contact[]> => await listContacts(world.db, subscriberId)

/** The address of record of one kind. The same one again changes nothing; the one before is kept for a month. */
export async function setContact(
  world: World,
  set: {
    readonly subscriberId: SubscriberId
    readonly kind: ContactKind
    readonly value: string
    readonly by: Actor
  },
): Promise<({ readonly ok: true } & { readonly contact: Contact }) | Refusal> {
  const { subscriberId, kind, value, by } = set
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const all = await listContacts(world.db, subscriberId)
    const current = all.find((one) => one.kind === kind && one.replacedAt === null)
    if (current?.value === value) return { ok: true, contact: current }
    const since = world.now()
    const id = newId('con', since, world.random)
    const replaced = current?.id ?? null
    const contact = { ...{ id, subscriberId, kind, value, since }, replacedAt: null }
    const event = {
      ...({ kind: 'contact.set', subscriberId, contactId: id } as const),
      ...{ contact: kind, replaced, by },
    }
    if (await replaceContact(world.db, { contact, replaced, events: [event] })) {
      return { ok: true, contact }
    }
  }
  return refusal('account.conflict')
}

const ATTEMPTS = 3
