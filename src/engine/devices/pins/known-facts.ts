import { type Fragments, FRAGMENTS_MAX, fragmentsOf } from '#core/devices/known-pin.ts'
import { type PinRule, pinRuleIn } from '#core/devices/pin-rule.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Account } from '#core/subscribers/account.ts'
import { placesOf, rulesFor } from '#core/subscribers/jurisdiction.ts'
import { contactsOf } from '#engine/contact/addresses.ts'
import { accountsOf } from '#engine/subscribers/accounts.ts'
import type { World } from '#engine/world.ts'
import { getIdentity } from '#store/subscribers/identities.ts'

/** What no PIN of this client may contain, and the version of the client that it was read of. */
export interface KnownOnRecord {
  readonly known: Fragments
  readonly version: number
}

/** What others know of a client, as it is on record now (R068). */
export async function knownOf(world: World, id: SubscriberId): Promise<KnownOnRecord> {
  const { value: identity, version } = await getIdentity(world.db, id)
  const [contacts, accounts] = await Promise.all([contactsOf(world, id), accountsOf(world, id)])
  const valuesOf = (wanted: string) =>
    contacts.filter(({ kind }) => kind === wanted).map(({ value }) => value)
  const known = fragmentsOf({
    birthDate: identity.birthDate,
    documents: identity.documents.map(({ number }) => number),
    postalAddresses: valuesOf('postal'),
    telephoneNumbers: valuesOf('mobile'),
    accountNumbers: accounts.map(({ value }) => value.number),
  })
  const { blocklist } = ruleOf(
    world,
    accounts.map(({ value }) => value),
  )
  return { known: new Set([...blocklist, ...known].slice(0, FRAGMENTS_MAX)), version }
}

/** What a PIN of this client has to be by the rules of where they live (R067). */
export async function pinRuleOf(world: World, id: SubscriberId): Promise<PinRule> {
  const accounts = await accountsOf(world, id)
  return ruleOf(
    world,
    accounts.map(({ value }) => value),
  )
}

/** A place that is not known any more is taken for the strictest there is. */
function ruleOf(
  { settings: { jurisdictions, pins } }: World,
  accounts: readonly Account[],
): PinRule {
  const places = placesOf(jurisdictions, accounts)
  const ids = places.flatMap(({ id, isKnown }) => (isKnown ? [id] : [...pins.places.keys()]))
  return pinRuleIn(pins, ids, rulesFor(jurisdictions, accounts).rules)
}

/** The same for a device that several hold: its PIN contains nothing of any of them. */
export async function knownOfHolders(
  world: World,
  holder: SubscriberId,
  subscriberIds: readonly SubscriberId[],
): Promise<KnownOnRecord> {
  const { known, version } = await knownOf(world, holder)
  const others = await Promise.all(
    subscriberIds.filter((id) => id !== holder).map((id) => knownOf(world, id)),
  )
  return {
    known: new Set([known, ...others.map((one) => one.known)].flatMap((one) => [...one])),
    version,
  }
}
