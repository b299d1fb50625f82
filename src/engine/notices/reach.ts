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
  const kept = all.filter(({ replacedAt }) => replacedAt === null || replacedAt > since)
  return await Promise.all(
    kept.map(async (contact): Promise<AddressNow> => {
      const channel = channelTo(contact)
      if (channel === null) return { contact, way: 'none', isUsed: false }
      const way = await wayTo(world, { channel, address: contact.value })
      return { contact, way, isUsed: used.includes(channel) }
    }),
  )
}
