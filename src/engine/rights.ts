import { type Account, accountIn, type Environment } from '#core/account.ts'
import type { SubscriberId } from '#core/ids.ts'
import { PROFILES } from '#core/jurisdiction.ts'
import { type Decision, type Facts, type Hold, rightsOf } from '#core/rights.ts'
import { type Session, SESSION_IDLE } from '#core/session.ts'
import type { Millis } from '#core/time.ts'
import { resetFactor, type World } from '#engine/world.ts'
import { findFacts, type HeldFacts } from '#store/accounts.ts'

/** An open session, the account it is about, and what it may do at this moment. */
export interface OpenSession extends Session {
  readonly account: Account | null
  readonly decision: Decision
  /** How long it lasts without use, by the rules of the account. */
  readonly idle: Millis
}

/** What rights follow from, beside what was proven; read anew each time somebody asks. */
export async function factsOf(
  world: Pick<World, 'db' | 'firstFactor' | 'methods' | 'now'>,
  { subscriberId, environment }: Asked,
): Promise<Omit<Facts, 'proofs'> & Pick<HeldFacts, 'accounts'>> {
  const now = world.now()
  const firsts = { firstFactor: world.firstFactor.name, resetFactor: resetFactor(world).name }
  const { accounts, ...held } = await findFacts(world.db, { subscriberId, ...firsts, now })
  return { ...held, accounts, account: accountIn(accounts, environment, now) }
}

interface Asked {
  readonly subscriberId: SubscriberId
  readonly environment: Environment
}

/** What takes rights away from a subscriber now. */
export async function holdsOf(world: World, subscriberId: SubscriberId): Promise<readonly Hold[]> {
  const firsts = { firstFactor: world.firstFactor.name, resetFactor: resetFactor(world).name }
  return (await findFacts(world.db, { subscriberId, ...firsts, now: world.now() })).holds
}

/** What a session may do; whether it is still open is another question. */
export async function withRights(
  world: Pick<World, 'db' | 'firstFactor' | 'methods' | 'now'>,
  session: Session,
): Promise<OpenSession> {
  const facts = await factsOf(world, session)
  const decision = rightsOf({ ...facts, proofs: session.proofs }, world.now())
  const idle = facts.account ? PROFILES[facts.account.jurisdiction].idle : null
  return { ...session, account: facts.account, decision, idle: idle ?? SESSION_IDLE }
}
