import { createHmac } from 'node:crypto'
import type { ContactKind } from '#core/contact/address.ts'
import { type Tie, TIE_KINDS, type TieKind, tieText } from '#core/desk/member.ts'
import type { MemberId, SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { refusal, type World } from '#engine/world.ts'
import { internationalNumber } from '#methods/telephone-number.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { derivedKey, type Keys, oldestVersion } from '#store/database/keys.ts'
import { listStaffTies } from '#store/desk/members.ts'
import { findAuthenticator, listHoldings } from '#store/devices/authenticators.ts'
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
  const staff = await listStaffTies(world.db)
  const holderOf = new Map(
    staff.flatMap(({ id, ties }) => ties.map(({ print }) => [print, id] as const)),
  )
  const tieBy = (kind: TieKind, typed: string, of: StaffTie['of'] = kind): StaffTie | null => {
    const memberId = holderOf.get(tieOf(world.keys, kind, typed)?.print ?? '')
    return memberId === undefined ? null : { of, memberId }
  }
  const client = await findSubscriber(world.db, subscriberId)
  const itself = client && tieBy('user-name', client.value.userName)
  if (itself) return itself
  const contacts = await listContacts(world.db, subscriberId)
  const [common] = contacts.flatMap(({ kind, value }) => tieBy(KIND_OF[kind], value) ?? [])
  if (common) return common
  const holders = await holdersOfSame(world, subscriberId)
  const [shared] = holders.flatMap((userName) => tieBy('user-name', userName, 'device') ?? [])
  return shared ?? null
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
