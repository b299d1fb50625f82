import type { Acr } from '#core/assurance.ts'
import type { ContactKind } from '#core/contact/address.ts'
import type { Enrolment } from '#core/devices/enrolment.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { answers } from '#core/devices/authenticator.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { type Bindable, obstacleToBinding } from '#engine/devices/may-bind.ts'
import { isReachable, refusal, type World } from '#engine/world.ts'
import { emailAddress } from '#methods/email-address.ts'
import type { AddressProof, Enrol, ReadAddress } from '#methods/enrol.ts'
import type { Method } from '#methods/method.ts'
import { listHoldings } from '#store/devices/authenticators.ts'

/**
 * What is proven on the pages of the portal: an authenticator that is bound, or an address. Where
 * binding an authenticator proves an address anyway, such as a number that is texted, that is how
 * the address is proven.
 */
export interface Provable extends Bindable, Pick<Method, 'channels'> {
  readonly enrol: Enrol | AddressProof
}

export function provable(world: World, name: string): Provable | null {
  const { enrol, ...method } = world.methods.get(name) ?? {}
  if (enrol) return { ...(method as Method), enrol }
  if (name !== EMAIL) return null
  const enrolment = emailAddress(world.words)
  return { name, enrol: enrolment, bindsFrom: ADDRESS_FROM, channels: [EMAIL] }
}

const EMAIL = 'email'

interface ProvableAddress extends Provable {
  readonly enrol: AddressProof
}

/** How an address of this kind is proven; `null` where it cannot be, as with a letter box. */
export function provableAddress(world: World, kind: ContactKind): ProvableAddress | null {
  const verifying = [...world.methods.values()].find(({ verifies }) => verifies === kind)
  const found = provable(world, verifying?.name ?? kind)
  if (!found?.enrol.asks || !found.enrol.read) return null
  return { ...(found as ProvableAddress), bindsFrom: ADDRESS_FROM, isAddress: true }
}

/**
 * A client who holds a phone changes no address with a text: what tells of a thief must not be what
 * the thief changes first (S74). A client who holds nothing stronger than a text changes it with
 * that.
 */
const ADDRESS_FROM: Acr = '3'

export type WantedAddress =
  | {
      readonly ok: true
      readonly name: string
      readonly request: { readonly [field: string]: string }
      readonly address: string
      readonly written: string
    }
  | Refusal

/**
 * Checks whether an address may be proven by this session, before the client confirms that they
 * want it.
 */
export async function wantedAddress(
  world: World,
  session: Session,
  { kind, typed }: { readonly kind: ContactKind; readonly typed: string },
): Promise<WantedAddress> {
  const found = provableAddress(world, kind)
  if (!found) return refusal('request.not-found')
  const problem = await obstacleToAddress(world, session, found)
  if (problem) return refusal(problem)
  const { enrol, name } = found
  const request = { [enrol.asks.field.name]: typed }
  const read: ReadAddress = enrol.read(request)
  if (!read.ok) return refusal(read.problem)
  const current = await currentContact(world, { subscriberId: session.subscriberId, kind })
  if (current?.value === read.address && current.verifiedAt !== null) return refusal('contact.same')
  const { address, written } = read
  return { ok: true, name, request, address, written }
}

/** Why this session may not prove an address of a kind; `null` when it may. */
export async function obstacleToAddress(
  world: World,
  session: Session,
  found: Provable,
): Promise<Problem | null> {
  if (!isReachable(world, found)) return 'contact.off'
  return await obstacleToBinding(world, session, found)
}

/**
 * Whether what proved an address is bound as an authenticator too: for a client who holds nothing
 * else that answers, and for a client who had it at the address before (R085). A client who
 * confirms with a phone does not get a weaker authenticator.
 */
export async function isWayIn(
  world: World,
  { subscriberId, method }: Pick<Enrolment, 'subscriberId' | 'method'>,
): Promise<boolean> {
  const now = world.now()
  const holdings = await listHoldings(world.db, subscriberId)
  const seconds = holdings.filter((held) => world.methods.get(held.method)?.secondFactor)
  const active = seconds.filter((held) => answers(held, now))
  return active.length === 0 || active.some((held) => held.method === method)
}
