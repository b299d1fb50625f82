import { createHmac } from 'node:crypto'
import type { ContactKind } from '#core/contact/address.ts'
import { type Tie, TIE_KINDS, type TieKind, tieText } from '#core/desk/member.ts'
import type { MemberId, SubscriberId } from '#core/ids.ts'
import { serialKey } from '#core/inventory/hardware-token.ts'
import type { Refusal } from '#core/problems.ts'
import { refusal, type World } from '#engine/world.ts'
import { internationalNumber } from '#methods/telephone-number.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { derivedKey, type Keys, oldestVersion } from '#store/database/keys.ts'
import { listStaffTies } from '#store/desk/members.ts'
import { findAuthenticator, listHoldings } from '#store/devices/authenticators.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { findOrder } from '#store/orders/orders.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** What a member uses as a client, as it was typed. */
export type OwnTyped = Readonly<Partial<Record<TieKind, string>>>

/** All of it as it is kept; a telephone number that could never be compared is refused. */
export function readTies(
  keys: Keys,
  own: OwnTyped,
): { readonly ok: true; readonly ties: readonly Tie[] } | Refusal {
  const { telephone = '' } = own
  if (telephone.trim() !== '' && internationalNumber(telephone) === null)
    return refusal('telephone.malformed')
  return { ok: true, ties: TIE_KINDS.flatMap((kind) => tieOf(keys, kind, own[kind] ?? '') ?? []) }
}

/**
 * What is kept of something of a member. It stays the same when a new root key comes: otherwise a
 * member could act on themselves from then on.
 */
export function tieOf(keys: Keys, kind: TieKind, typed: string): Tie | null {
  const number = kind === 'telephone' ? internationalNumber(typed) : null
  const text = tieText(kind, number ?? typed)
  if (text === null) return null
  const key = derivedKey(keys, 'desk/tie', oldestVersion(keys))
  return { kind, print: createHmac('sha256', key).update(text).digest('base64url') }
}

const KIND_OF = {
  email: 'email',
  mobile: 'telephone',
  postal: 'postal',
} as const satisfies Readonly<Record<ContactKind, TieKind>>

/** What a client has in common with a member of staff, and with which. */
export interface StaffTie {
  readonly of: TieKind | 'device'
  readonly memberId: MemberId
}

/**
 * What a client has in common with the staff: the client is a member, has an address or number of
 * one, now or until lately, or holds a device together with one. `null` for nothing; with anything
 * else no member does anything for this client, and least of all a colleague.
 */
export async function tieToStaff(
  world: World,
  subscriberId: SubscriberId,
): Promise<StaffTie | null> {
  const [first] = await tiesToStaff(world, subscriberId)
  return first ?? null
}

/** All that a client has in common with the staff. */
export const tiesToStaff = async (
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly StaffTie[]> => await tiesBy(world, await staffTies(world), subscriberId)

/** Those of these clients who have something in common with the staff. */
export async function tiedAmong(
  world: World,
  ids: readonly SubscriberId[],
): Promise<ReadonlySet<SubscriberId>> {
  const tieBy = await staffTies(world)
  const all = await Promise.all(
    ids.map(async (id) => [id, await tiesBy(world, tieBy, id)] as const),
  )
  return new Set(all.flatMap(([id, ties]) => (ties.length > 0 ? [id] : [])))
}

async function tiesBy(
  world: World,
  tieBy: TieBy,
  subscriberId: SubscriberId,
): Promise<readonly StaffTie[]> {
  const [client, contacts, holders] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    listContacts(world.db, subscriberId),
    holdersOfSame(world, subscriberId),
  ])
  return [
    ...(client ? tieBy('user-name', client.value.userName) : []),
    ...contacts.flatMap(({ kind, value }) => tieBy(KIND_OF[kind], value)),
    ...holders.flatMap((userName) => tieBy('user-name', userName, 'device')),
  ]
}

/** Who of the staff has this, which is about to become that of a client. */
export async function tiesOf(
  world: World,
  kind: ContactKind | 'user-name',
  typed: string,
): Promise<readonly StaffTie[]> {
  const tieBy = await staffTies(world)
  return tieBy(kind === 'user-name' ? kind : KIND_OF[kind], typed)
}

type TieBy = (kind: TieKind, typed: string, of?: StaffTie['of']) => readonly StaffTie[]

async function staffTies({ db, keys }: World): Promise<TieBy> {
  const staff = await listStaffTies(db)
  const all = staff.flatMap(({ id, ties }) => ties.map(({ print }) => ({ print, id })))
  const holders = Map.groupBy(all, ({ print }) => print)
  return (kind, typed, of = kind) =>
    (holders.get(tieOf(keys, kind, typed)?.print ?? '') ?? []).map(({ id }) => ({
      of,
      memberId: id,
    }))
}

/** The user names of those who hold a device together with this client. */
async function holdersOfSame(world: World, client: SubscriberId): Promise<readonly string[]> {
  const holdings = await listHoldings(world.db, client)
  const devices = await Promise.all(holdings.map(({ id }) => findAuthenticator(world.db, id)))
  const all = new Set(devices.flatMap((device) => device?.subscriberIds ?? []))
  all.delete(client)
  const others = await Promise.all([...all].map((id) => findSubscriber(world.db, id)))
  return others.flatMap((other) => other?.value.userName ?? [])
}

/** Who holds the device with this serial number, or has ordered it. */
export async function clientsWithToken(
  { db }: World,
  serial: string,
): Promise<readonly SubscriberId[]> {
  const token = await findToken(db, serialKey(serial) ?? '')
  if (!token) return []
  const { authenticatorId, orderId } = token
  const held = authenticatorId && (await findAuthenticator(db, authenticatorId))
  const order = orderId && (await findOrder(db, orderId))
  return [...(held ? held.subscriberIds : []), ...(order ? [order.value.subscriberId] : [])]
}
