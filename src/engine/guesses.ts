import type { Login } from '#core/login.ts'
import type { Refusal } from '#core/problems.ts'
import { minutes } from '#core/time.ts'
import { refusal, type World } from '#engine/world.ts'
import type { RateRule } from '#store/rate-limits.ts'

/** How much one network address may try, whoever it tries to be. */
export interface Guesses {
  readonly perAddress: RateRule
  readonly perSubnet: RateRule
}

/** @see security limits 2.2 `password` */
export const PASSWORDS: Guesses = {
  perAddress: { name: 'password-address', count: 30, per: minutes(10) },
  perSubnet: { name: 'password-subnet', count: 120, per: minutes(10) },
}

/** Counted apart from passwords: whoever guesses those does not shut this door (A28). */
export const IDENTITIES: Guesses = {
  perAddress: { name: 'identify-address', count: 30, per: minutes(10) },
  perSubnet: { name: 'identify-subnet', count: 120, per: minutes(10) },
}

/** Never given back: whoever has a name and a password may not keep us hashing with them. */
const ARRIVALS = { name: 'login-arrivals', count: 1_200, per: minutes(10) } as const

/** Takes one attempt of an address, and one of its neighbourhood; neither, where one of them has none left. */
export async function tooMany(
  world: World,
  address: string,
  { perAddress, perSubnet }: Guesses,
): Promise<Refusal | null> {
  const { limits } = world
  const now = world.now()
  const arrived = await limits.take(ARRIVALS, address)
  const own = arrived.ok ? await limits.take(perAddress, address) : arrived
  if (!own.ok) return refusal('request.too-many', own.until)
  const shared = await limits.take(perSubnet, subnetOf(address))
  if (shared.ok) return null
  // It was not tried: this address is not to wait because its neighbours have to.
  await limits.giveBack(perAddress, address, now)
  return refusal('request.too-many', shared.until)
}

/**
 * A login that is complete was no guess: what it took is given back, so that everybody of an office or a
 * mobile network comes in through its one address. Not earlier: what is given back for a right password alone
 * would tell a right one from a wrong one. Only when it is written: a login that was lost on the way has cost a try.
 */
export async function wereNoGuesses(
  { limits }: World,
  { perAddress, perSubnet }: Guesses,
  { origin: { address }, startedAt }: Pick<Login, 'origin' | 'startedAt'>,
): Promise<void> {
  await limits.giveBack(perAddress, address, startedAt)
  await limits.giveBack(perSubnet, subnetOf(address), startedAt)
}

/** The neighbourhood of an address: /24 of IPv4, /48 of IPv6. */
function subnetOf(address: string): string {
  if (address.includes('.')) return address.slice(0, address.lastIndexOf('.'))
  return address.split(':').slice(0, 3).join(':')
}
