import { type Acr, atLeast, phaseOf, strengthOf } from '#core/assurance.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { type Facts, rightsOf } from '#core/sessions/rights.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import { arePhonesInstead } from '#engine/contact/texts-after-phone.ts'
import { obstacleToSucceeding, PASSWORD_IN_DOUBT } from '#engine/devices/migration.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { obstacleToSettings } from '#engine/subscribers/primary-user.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { type Holding, listHoldings } from '#store/devices/authenticators.ts'
import type { Method } from '#methods/method.ts'

/**
 * Whether a session may bind, by which method, and whether what it binds waits first. The one place
 * that decides it: the page asks before it offers anything, the invitation when it is begun, and
 * what completes it once more.
 */

/** What a session has to be strong enough for. */
export interface Bindable extends Pick<Method, 'name' | 'bindsFrom' | 'standsIn' | 'printed'> {
  /** Where notices go is proven with it, and what is bound with that follows from `isWayIn`. */
  readonly isAddress?: true
}

export type Allowed = { readonly ok: true; readonly waits: boolean } | Refusal

/** Whether this session may bind by this method; where time is in its way, until when. */
export const bindingBy = async (
  world: World,
  session: Session,
  wanted: Bindable,
): Promise<Allowed> => judged(world, session, { wanted, ground: await groundOf(world, session) })

/** The same of several methods, by their names: what is known of a client is read once. */
export async function bindingsBy(
  world: World,
  session: Session,
  methods: readonly Bindable[],
): Promise<ReadonlyMap<string, Allowed>> {
  const ground = await groundOf(world, session)
  return new Map(methods.map((wanted) => [wanted.name, judged(world, session, { wanted, ground })]))
}

/** Why this session may not bind by this method, where what it binds may not wait either. */
export const obstacleToBinding = async (
  world: World,
  session: Session,
  wanted: Bindable,
): Promise<Problem | null> =>
  obstacleOn(world, session, { wanted, ground: await groundOf(world, session) })

/** All that the answer follows from. */
interface Ground extends Omit<Facts, 'proofs'> {
  readonly holdings: readonly Holding[]
  /** Why it may not change settings, if it may not (R032). */
  readonly toSettings: Problem | null
  /** A mobile number is on record, and its holder has proven it. */
  readonly hasNumber: boolean
}

interface Asked {
  readonly wanted: Bindable
  readonly ground: Ground
}

async function groundOf(world: World, session: Session): Promise<Ground> {
  const [facts, holdings, toSettings, contacts] = await Promise.all([
    factsOf(world, session),
    listHoldings(world.db, session.subscriberId),
    obstacleToSettings(world, session),
    world.settings.numberBeforePhone === 'verified'
      ? listContacts(world.db, session.subscriberId)
      : [],
  ])
  const hasNumber = contacts.some(
    ({ kind, verifiedAt, replacedAt }) =>
      kind === 'mobile' && verifiedAt !== null && replacedAt === null,
  )
  return { ...facts, holdings, toSettings, hasNumber }
}

function judged(world: World, session: Session, asked: Asked): Allowed {
  const problem = obstacleOn(world, session, asked)
  if (problem === null) return { ok: true, waits: false }
  if (problem === 'account.on-hold') return refusal(problem, endOfHold(asked.ground))
  if (problem !== 'enrolment.too-weak') return refusal(problem)
  // A phone that was not strong enough to be set up at once may take the place of another, later
  // (S73).
  const { wanted, ground } = asked
  const waiting = obstacleToSucceeding(world, { session, method: wanted.name }, ground)
  return waiting ? refusal(waiting.problem, waiting.until) : { ok: true, waits: true }
}

/** When binding is possible again by itself; a doubt about the password ends with the password. */
function endOfHold({ holds }: Ground): Instant | undefined {
  const holding = holds.filter(({ forbids }) => forbids.includes('binding'))
  if (holding.some(({ kind }) => kind === PASSWORD_IN_DOUBT)) return undefined
  return holding.map(({ until }) => until).toSorted((one, other) => other - one)[0]
}

function obstacleOn(world: World, session: Session, { wanted, ground }: Asked): Problem | null {
  const { rights } = rightsOf({ ...ground, proofs: session.proofs }, world.now())
  // Asked by itself: a row that binds nothing but a card is not narrowed by it.
  if (ground.holds.some(({ forbids }) => forbids.includes('binding'))) return 'account.on-hold'
  if (rights.portal === 'card-printing') {
    return wanted.printed ? null : 'account.card-printing-only'
  }
  if (!rights.bind) return 'session.insufficient'
  if (!wanted.isAddress && arePhonesInstead(world, wanted.name, ground.holdings))
    return 'enrolment.phone-instead'
  if (!wanted.isAddress && isNumberMissing(world, wanted.name, ground))
    return 'enrolment.number-first'
  if (!isEnough(world, session, { wanted, holdings: ground.holdings })) return 'enrolment.too-weak'
  return isTheirs(world, session, { wanted, ground }) ? null : ground.toSettings
}

/** Whether it is a phone, and the operator wants a verified number before one (R074). */
const isNumberMissing = (
  { settings, methods }: World,
  wanted: string,
  { hasNumber }: Pick<Ground, 'hasNumber'>,
): boolean =>
  settings.numberBeforePhone === 'verified' && methods.get(wanted)?.app !== undefined && !hasNumber

/**
 * What every user sets up for themselves, with any primary user (R032): the first that they
 * hold, another one in the place of the same, and what the desk has let them set up after asking
 * who they are.
 */
function isTheirs(world: World, session: Session, { wanted: { name }, ground }: Asked): boolean {
  const { onePerSubscriber = false, verifies } = world.methods.get(name) ?? {}
  if (session.proofs.some(({ method }) => world.methods.get(method)?.vouched)) return true
  const held = ground.holdings.filter(
    ({ method, lifecycle }) => methodNamed(world, method).secondFactor && lifecycle !== 'revoked',
  )
  if (held.length === 0) return true
  // The number that is texted is a setting: a client who changes it changes where the notices go.
  const isMoved = onePerSubscriber && verifies === undefined
  return isMoved && held.some(({ method }) => method === name)
}

type Wanted = Omit<Bindable, 'name'>

/**
 * Whether this session is strong enough to bind: as strong as what is to be bound, or as the
 * strongest that its subscriber holds, whichever is less. With a password alone only the very first
 * is bound, and nothing that stands in for another: a card is handed to who has proven two factors
 * (S56).
 *
 * @see NIST SP 800-63B-4, "Binding an Additional Authenticator" (S66)
 */
export const isStrongEnough = async (
  world: World,
  session: Session,
  wanted: Wanted,
): Promise<boolean> =>
  isEnough(world, session, {
    wanted,
    holdings: await listHoldings(world.db, session.subscriberId),
  })

function isEnough(
  world: World,
  session: Session,
  {
    wanted: { bindsFrom, standsIn = false },
    holdings,
  }: { readonly wanted: Wanted; readonly holdings: readonly Holding[] },
): boolean {
  const now = world.now()
  const good = session.proofs.filter((proof) => phaseOf(proof, now) === 'everything')
  if (good.some((proof) => world.methods.get(proof.method)?.vouched)) return true
  const ever = holdings.filter((held) => methodNamed(world, held.method).secondFactor)
  if (ever.length === 0) return !standsIn
  const held = ever.filter(({ lifecycle }) => lifecycle !== 'revoked')
  const strongest = held
    .map((one) => methodNamed(world, one.method).acr)
    .reduce<Acr | null>((best, acr) => (best && atLeast(best, acr) ? best : acr), null)
  const needed = strongest && !atLeast(strongest, bindsFrom) ? strongest : bindsFrom
  return good.length > 0 && atLeast(strengthOf(good), needed)
}
