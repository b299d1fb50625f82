import {
  type Account,
  accountIn,
  type Environment,
  type Subscriber,
} from '#core/subscribers/account.ts'
import type { Acr } from '#core/assurance.ts'
import type { SubscriberId } from '#core/ids.ts'
import { limitsFor, type LimitTable } from '#core/sessions/limits.ts'
import { placesOf, rulesFor } from '#core/subscribers/jurisdiction.ts'
import {
  type Decision,
  type Facts,
  type Hold,
  type Rights,
  rightsOf,
} from '#core/sessions/rights.ts'
import { type Session, SESSION_IDLE, type SessionOrigin } from '#core/sessions/session.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import { isWithin } from '#engine/network.ts'
import { resetFactor, type World } from '#engine/world.ts'
import {
  type FactsAsked,
  findFacts,
  type HeldFacts,
  type HeldSession,
} from '#store/subscribers/session-facts.ts'

/** An open session, whose it is, the account it is about, and what it may do at this moment. */
export interface OpenSession extends Session {
  readonly subscriber: Subscriber
  readonly accounts: readonly Account[]
  readonly account: Account | null
  readonly decision: Decision
  /** What may be withdrawn by the strength of what confirms it, before anything narrows it. */
  readonly limits: LimitTable
  /** How long it lasts without use, by the rules that apply to the client. */
  readonly idle: Millis
}

/** What a caller that asks for facts has to give. */
type Rooms = Pick<World, 'db' | 'firstFactor' | 'methods' | 'now' | 'settings'>

export const factsAsked = (world: Omit<Rooms, 'settings'>): FactsAsked => ({
  firstFactor: world.firstFactor.name,
  resetFactor: resetFactor(world).name,
  now: world.now(),
})

/** What rights follow from, beside what was proven; read anew at each request. */
export async function factsOf(
  world: Rooms,
  { subscriberId, environment, origin }: Asked,
): Promise<Omit<Facts, 'proofs'> & Pick<HeldFacts, 'accounts'>> {
  const asked = factsAsked(world)
  const held = await findFacts(world.db, { ...asked, subscriberId })
  return {
    ...held,
    ...placedRules(world, held.accounts),
    ...accountFor(held.accounts, { environment, origin }, asked.now),
  }
}

interface Asked extends From {
  readonly subscriberId: SubscriberId
}

interface From {
  readonly environment: Environment
  readonly origin: Pick<SessionOrigin, 'address'>
}

/** The account that a request is about, and whether it comes from a network that this one names. */
export function accountFor(
  accounts: readonly Account[],
  { environment, origin }: From,
  now: Instant,
): Pick<Facts, 'account' | 'isFromNamed'> {
  const account = accountIn(accounts, environment, now)
  return { account, isFromNamed: isWithin(account?.networks ?? [], origin.address) }
}

/** What applies by where the accounts of a client belong. */
export function placedRules(
  { settings: { jurisdictions, withdrawals } }: Pick<World, 'settings'>,
  accounts: readonly Account[],
): Pick<Facts, 'rules' | 'limits'> {
  const { rules } = rulesFor(jurisdictions, accounts)
  return { rules, limits: limitsFor(withdrawals, placesOf(jurisdictions, accounts)) }
}

/** What takes rights away from a subscriber now. */
export async function holdsOf(world: World, subscriberId: SubscriberId): Promise<readonly Hold[]> {
  return (await findFacts(world.db, { ...factsAsked(world), subscriberId })).holds
}

/** Whether nothing may be bound to this client now, by session, desk or job. */
export const isBindingHeld = async (world: World, subscriberId: SubscriberId): Promise<boolean> =>
  (await holdsOf(world, subscriberId)).some(({ forbids }) => forbids.includes('binding'))

/** What a session of this client may do at this moment, by the strength of what opened it. */
export async function rightsByStrength(
  world: Rooms,
  session: Session,
): Promise<(acr: Acr) => Rights> {
  const facts = await factsOf(world, session)
  const now = world.now()
  const proofOf = (acr: Acr) => ({ method: '', acr, amr: [], carried: EVERY_WAY })
  return (acr) => rightsOf({ ...facts, proofs: [proofOf(acr)] }, now).rights
}

/** A code opens this much where it goes every way that is asked for. */
const EVERY_WAY = ['sms', 'email']

/** What a session may do now; whether it is still open is another question. */
export async function decisionOn(world: Rooms, session: Session): Promise<Decision> {
  const facts = await factsOf(world, session)
  return rightsOf({ ...facts, proofs: session.proofs }, world.now())
}

/** The same of a session that was read just now with all that it follows from. */
export function withRights(
  { settings }: Pick<World, 'settings'>,
  { session, subscriber, ...held }: HeldSession,
  { now, address }: Looking,
): OpenSession {
  const { accounts } = held
  const origin = address === undefined ? session.origin : { address }
  const from = accountFor(accounts, { environment: session.environment, origin }, now)
  const { rules, limits } = placedRules({ settings }, accounts)
  const decision = rightsOf({ ...held, ...from, rules, limits, proofs: session.proofs }, now)
  const idle = rules.idle ?? SESSION_IDLE
  return { ...session, subscriber, accounts, account: from.account, decision, limits, idle }
}

interface Looking {
  readonly now: Instant
  /** Where its holder is now; left out, where the session was opened. */
  readonly address?: string | undefined
}
