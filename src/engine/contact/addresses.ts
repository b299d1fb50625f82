import type { AuditEvent } from '#core/audit/audit.ts'
import type { Actor } from '#core/events/event.ts'
import type { Contact, ContactKind } from '#core/contact/address.ts'
import { newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { retryStale } from '#engine/retry.ts'
import type { World } from '#engine/world.ts'
import { changeContact, type ContactChange, listContacts } from '#store/contact/addresses.ts'

/** Where a subscriber is written to: what counts now, and what was replaced lately. */
export const contactsOf = async (
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly Contact[]> => await listContacts(world.db, subscriberId)

interface Setting {
  readonly subscriberId: SubscriberId
  readonly kind: ContactKind
  readonly value: string
  readonly by: Actor
  /** The session of the portal in which it was done. */
  readonly within?: SessionId
}

type SetContact = { readonly ok: true; readonly contact: Contact } | Refusal

/**
 * The address of record of one kind. The same one again changes nothing; the one before is kept for
 * a month.
 */
export async function setContact(world: World, set: Setting): Promise<SetContact> {
  const { subscriberId, kind, value } = set
  return await retryStale<SetContact>('subscriber.conflict', async () => {
    const current = await currentContact(world, { subscriberId, kind })
    if (current?.value === value) return { ok: true, contact: current }
    const { contact, replaced, event } = another(world, { set, current, isVerified: false })
    const commit = { change: { contact, replaced }, events: [event], now: world.now() }
    return (await changeContact(world.db, commit)) ? { ok: true, contact } : 'stale'
  })
}

/** The one of a kind that counts; `null` for none. */
export async function currentContact(
  world: World,
  { subscriberId, kind }: Pick<Setting, 'subscriberId' | 'kind'>,
): Promise<Contact | null> {
  const all = await listContacts(world.db, subscriberId)
  return all.find((one) => one.kind === kind && one.replacedAt === null) ?? null
}

/**
 * What is to be written when its holder has proven an address; `null` when it was proven before.
 */
export async function provenContact(
  world: World,
  proven: Omit<Setting, 'by'>,
): Promise<{ readonly change: ContactChange; readonly event: AuditEvent } | null> {
  const { subscriberId, kind, value, within } = proven
  const current = await currentContact(world, proven)
  if (current?.value !== value) {
    const set = { ...proven, by: 'holder' } as const
    const { contact, replaced, event } = another(world, { set, current, isVerified: true })
    return { change: { contact, replaced }, event }
  }
  if (current.verifiedAt !== null) return null
  const { id: contactId } = current
  const about = { subscriberId, ...(within && { within }), contactId, contact: kind }
  const event = { kind: 'contact.verified', ...about } as const
  return { change: { verified: contactId, at: world.now() }, event }
}

function another(
  world: World,
  about: {
    readonly set: Setting
    readonly current: Contact | null
    readonly isVerified: boolean
  },
) {
  const { set, current, isVerified } = about
  const { subscriberId, kind, value, by, within } = set
  const since = world.now()
  const id = newId('con', since, world.random)
  const replaced = current?.id ?? null
  const times = { since, verifiedAt: isVerified ? since : null, replacedAt: null }
  const event = {
    ...({ kind: 'contact.set', subscriberId, contactId: id } as const),
    ...(within && { within }),
    contact: kind,
    replaced,
    by,
  }
  return { contact: { id, subscriberId, kind, value, ...times }, replaced, event }
}
