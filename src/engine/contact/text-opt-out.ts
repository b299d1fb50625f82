import type { Actor } from '#core/events/event.ts'
import type { SessionId, SubscriberId } from '#core/ids.ts'
import { REPLACED_CONTACT_KEPT } from '#core/contact/address.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { before, hours } from '#core/time/time.ts'
import { optOutKeywordIn } from '#core/contact/opt-out-keyword.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { refusal, type World } from '#engine/world.ts'
import type { TextedBack } from '#channels/channel.ts'
import { addressHash } from '#store/contact/address-hash.ts'
import { listHoldersOf } from '#store/contact/addresses.ts'
import {
  isStopped,
  startAddress,
  stopAddress,
  type Stoppable,
} from '#store/contact/text-opt-out.ts'

/**
 * Numbers that have answered STOP (R091). They are sent nothing more, so that no carrier blocks us
 * as spam; the holder of the number texts START, or says so in the portal.
 */

/**
 * Numbers that change their mind all day cost us writes. Each wish is counted apart: a sender can
 * be forged, and an attacker who forges one wish must not use up the other (A28).
 */
const PER_NUMBER = {
  stop: { name: 'texted-stop', count: 20, per: hours(1) },
  start: { name: 'texted-start', count: 20, per: hours(1) },
} as const

const CHANNEL = 'sms'

/**
 * What a client has texted back, as a carrier hands it on: perhaps twice, perhaps from a number of
 * no client.
 */
export async function noteTextedBack(
  world: Rooms & Pick<World, 'limits'>,
  { from, text }: TextedBack,
): Promise<void> {
  const wish = optOutKeywordIn(text)
  if (wish === null || !E164.test(from)) return
  const address = addressOf(world, from)
  const taken = await world.limits.take(PER_NUMBER[wish], address.addressHash)
  if (!taken.ok) return
  // The sender of a text can be forged: whose number it is, or was lately, hears of it by every
  // other way.
  const since = before(world.now(), REPLACED_CONTACT_KEPT)
  const holders = await listHoldersOf(world.db, { addressHash: address.addressHash, since })
  await set(world, address, { wish, by: 'holder', about: holders.length > 0 ? holders : [null] })
}

const E164 = /^\+[1-9][0-9]{4,14}$/

type Rooms = Pick<World, 'db' | 'keys' | 'now'>

/** Whether nothing may be sent there; never of a channel without answers. */
export async function isStoppedAt(
  world: Rooms,
  { channel, address }: { readonly channel: string; readonly address: unknown },
): Promise<boolean> {
  if (channel !== CHANNEL || typeof address !== 'string') return false
  return await isStopped(world.db, addressOf(world, address))
}

/** Why texts to one of these addresses would not be sent; `null` when they would. */
export async function obstacleToTexting(
  world: Rooms,
  deliveries: readonly { readonly channel: string; readonly address?: unknown }[],
): Promise<Problem | null> {
  const stopped = await Promise.all(
    deliveries.map(({ channel, address }) => isStoppedAt(world, { channel, address })),
  )
  return stopped.includes(true) ? 'telephone.stopped' : null
}

/** Whether the number of record of this client has answered STOP. */
export async function areTextsStopped(world: World, subscriberId: SubscriberId): Promise<boolean> {
  const number = await currentContact(world, { subscriberId, kind: 'mobile' })
  return number !== null && (await isStoppedAt(world, { channel: CHANNEL, address: number.value }))
}

/**
 * Its holder wants texts again. A number that is not proven may belong to a stranger, who has said
 * no.
 */
export async function resumeTexts(
  world: World,
  { subscriberId, id: within }: Session,
): Promise<{ readonly ok: true } | Refusal> {
  const number = await currentContact(world, { subscriberId, kind: 'mobile' })
  if (!number || number.verifiedAt === null) return refusal('subscriber.no-such-contact')
  const address = addressOf(world, number.value)
  await set(world, address, { wish: 'start', by: 'holder', about: [subscriberId], within })
  return { ok: true }
}

interface Said {
  readonly wish: 'stop' | 'start'
  readonly by: Actor
  /** Whose number it is; `null` where that is not known. */
  readonly about: readonly (SubscriberId | null)[]
  readonly within?: SessionId
}

/** A state that has not changed is not written again. */
async function set({ db, now: clock }: Rooms, address: Stoppable, said: Said): Promise<void> {
  const { wish, by, about, within } = said
  const now = clock()
  const kind = wish === 'stop' ? 'texts.stopped' : 'texts.resumed'
  const fact = { kind, ...(within && { within }), number: address.addressHash, by } as const
  const events = about.map((subscriberId) => ({ ...fact, subscriberId }))
  const write = wish === 'stop' ? stopAddress : startAddress
  await write(db, { ...address, now, events })
}

const addressOf = ({ keys }: Pick<World, 'keys'>, number: string): Stoppable => ({
  channel: CHANNEL,
  addressHash: addressHash(keys, number),
})
