import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import type { Account } from '#core/subscribers/account.ts'
import { type Contact, REPLACED_CONTACT_KEPT } from '#core/contact/address.ts'
import type { Case } from '#core/desk/case.ts'
import type { Signal } from '#core/desk/deeds.ts'
import { unmaskedLeft } from '#core/desk/unmasking.ts'
import { areProofsFailing, type CallStanding, isPressed } from '#core/desk/verification.ts'
import type { BrowserId, SubscriberId } from '#core/ids.ts'
import { before, days } from '#core/time/time.ts'
import { isOnTemporaryAccess } from '#engine/temporary-access/passcodes.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { hasFallen } from '#store/audit/looks.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { listUnmaskingsBy } from '#store/desk/unmaskings.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { listBrowsers } from '#store/login/browsers.ts'
import { listIssuedTo } from '#store/temporary-access/issued-passcodes.ts'

/**
 * What is unusual about a client and the agent now, and where the client has logged in with two
 * factors before.
 */
export interface Risk {
  readonly signals: readonly Signal[]
  readonly knownBrowsers: readonly BrowserId[]
}

/**
 * The agent hears the passcode, and may know the password: it opens nothing where they sit (A13).
 * Only for a client who has no browser that we know do two people give one that works in any.
 */
export const onlyWhereKnown = (
  { knownBrowsers }: Pick<Risk, 'knownBrowsers'>,
  isTogether: boolean,
): { readonly only?: readonly BrowserId[] } =>
  isTogether && knownBrowsers.length === 0 ? {} : { only: knownBrowsers }

const LATELY = days(30)

/** @see security A13: when two people are needed */
export async function riskOf(
  world: World,
  { id, subscriberId, memberId }: Pick<Case, 'id' | 'subscriberId' | 'memberId'>,
  standing: CallStanding,
): Promise<Risk> {
  const now = world.now()
  const [contacts, accounts, issued, held, browsers, unmaskings, wasLarge] = await Promise.all([
    listContacts(world.db, subscriberId),
    listAccounts(world.db, subscriberId),
    listIssuedTo(world.db, subscriberId, before(now, LATELY)),
    listAuthenticators(world.db, subscriberId),
    listBrowsers(world.db, subscriberId),
    listUnmaskingsBy(world.db, memberId),
    wasLargeLately(world, subscriberId),
  ])
  const knownBrowsers = browsers
    .filter(({ value }) => value.blockedAt === null)
    .map(({ value }) => value.id)
  const there: Readonly<Record<Signal, boolean>> = {
    ...unusualOf(world, { contacts, accounts, wasLarge }),
    'proof-failed': areProofsFailing(standing, now),
    'issued-lately': issued.length > 0 || isOnTemporaryAccess(world, held),
    'no-known-browser': knownBrowsers.length === 0,
    'unmasked-often': unmaskedLeft(unmaskings, now) === 0,
    pressed: isPressed(standing, id, now),
  }
  const signals = (Object.keys(there) as readonly Signal[]).filter((one) => there[one])
  return { signals, knownBrowsers }
}

/** Less in an account makes nothing usual for a while: one person says how much there is. */
export const wasLargeLately = async (world: World, id: SubscriberId): Promise<boolean> =>
  await hasFallen(world.db, id, before(world.now(), LATELY))

interface Facts {
  readonly contacts: readonly Contact[]
  readonly accounts: readonly Account[]
  readonly wasLarge: boolean
}

/** What is unusual about a client, in a call and without one. */
export function unusualOf(
  world: Pick<World, 'now' | 'settings'>,
  { contacts, accounts, wasLarge }: Facts,
): Readonly<Record<'contact-changed' | 'strict-rules' | 'large-account', boolean>> {
  const lately = before(world.now(), REPLACED_CONTACT_KEPT)
  const { jurisdictions, orders } = world.settings
  return {
    // The first address that is told to us replaces none.
    'contact-changed': contacts.some(
      ({ replacedAt }) => replacedAt !== null && replacedAt > lately,
    ),
    'strict-rules': !rulesFor(jurisdictions, accounts).rules.passcodeTrades,
    'large-account': wasLarge || accounts.some((one) => (one.equityUsd ?? 0) >= orders.equityUsd),
  }
}
