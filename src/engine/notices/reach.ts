import { type Contact, REPLACED_CONTACT_KEPT } from '#core/contact/address.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { AddressNow, Way } from '#core/notices/reach.ts'
import { before } from '#core/time/time.ts'
import { isStoppedAt } from '#engine/contact/text-opt-out.ts'
import type { World } from '#engine/world.ts'
import { listContacts } from '#store/contact/addresses.ts'

/**
 * Where a client can be reached now. Notices ask here whom they tell, and the outbox whether it may
 * send.
 */

const CHANNELS = { email: 'email', mobile: 'sms', postal: null } as const

/** The channel that goes to an address; `null` for those that only letters go to. */
export const channelTo = ({ kind }: Pick<Contact, 'kind'>): 'email' | 'sms' | null => CHANNELS[kind]

/** Whether something that is sent there now would leave. */
export async function wayTo(
  world: Pick<World, 'channels' | 'db' | 'keys' | 'now'>,
  to: { readonly channel: string; readonly address: unknown },
): Promise<Way> {
  if (!world.channels.has(to.channel)) return 'none'
  return (await isStoppedAt(world, to)) ? 'stopped' : 'open'
}

/**
 * Every address of a client, those that were replaced lately among them.
 *
 * @param used the channels that the login which is told of went through
 */
export async function addressesNow(
  world: World,
  subscriberId: SubscriberId,
  used: readonly string[],
): Promise<readonly AddressNow[]> {
  const since = before(world.now(), REPLACED_CONTACT_KEPT)
  const all = await listContacts(world.db, subscriberId)
  const kept = onceEach(all.filter(({ replacedAt }) => replacedAt === null || replacedAt > since))
  return await Promise.all(
    kept.map(async (contact): Promise<AddressNow> => {
      const channel = channelTo(contact)
      if (channel === null) return { contact, way: 'none', isUsed: false }
      const way = await wayTo(world, { channel, address: contact.value })
      // A login goes to the address that is valid: one that was replaced has heard nothing of it.
      const isUsed = contact.replacedAt === null && used.includes(channel)
      return { contact, way, isUsed }
    }),
  )
}

/** One that was replaced and is valid again stands in two rows; the valid one counts. */
function onceEach(contacts: readonly Contact[]): readonly Contact[] {
  const isValid = ({ replacedAt }: Contact) => replacedAt === null
  const validFirst = contacts.toSorted((a, b) => Number(isValid(b)) - Number(isValid(a)))
  const first = new Map<string, Contact>()
  for (const contact of validFirst) {
    const name = `${contact.kind} ${contact.value}`
    if (!first.has(name)) first.set(name, contact)
  }
  return contacts.filter((contact) => first.get(`${contact.kind} ${contact.value}`) === contact)
}
