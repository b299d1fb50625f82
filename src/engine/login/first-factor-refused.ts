import type { PasswordRefusal } from '#core/login/events.ts'
import { answers, type Authenticator, failed } from '#core/devices/authenticator.ts'
import { type SubscriberId } from '#core/ids.ts'
import { ledAstray, firstFactorRefused } from '#core/login/login.ts'
import type { Problem } from '#core/problems.ts'
import { NO_FAILURES } from '#core/login/throttle.ts'
import type { Instant } from '#core/time/time.ts'
import { NOBODYS, type Reserved } from '#engine/login/reservation.ts'
import { drawn, type StartedLogin, written } from '#engine/login/challenge.ts'
import { askedAtOnce, type Candidate, decoyCandidates } from '#engine/login/choices.ts'
import { decoyAuthenticator, isLedAstray } from '#engine/login/decoy.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { methodNamed, refusal, resetFactor, type World } from '#engine/world.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitLogin } from '#store/login/logins.ts'
import { OF_NOBODY, type Versioned } from '#store/queries/versioned.ts'

/**
 * Why none of them can be asked, or that there is none: the one that expired last says it in its
 * own words (R161, R162).
 */
export function whyNone(
  world: World,
  held: readonly Pick<Authenticator, 'method' | 'lifecycle' | 'expiresAt'>[],
): Problem {
  if (held.length === 0) return 'login.no-authenticator'
  const expired = held
    .filter(({ lifecycle, expiresAt }) => lifecycle === 'active' && expiresAt !== null)
    .toSorted((one, other) => Number(other.expiresAt) - Number(one.expiresAt))
  const [last] = expired
  if (!last) return 'login.authenticator-locked'
  return methodNamed(world, last.method).expired ?? 'login.authenticator-expired'
}

/** Nothing was proven: the reserved attempt stays counted. */
export async function refused(
  world: World,
  held: Reserved,
  { reason, problem = 'login.wrong-credentials', ...when }: Pick<Why, 'reason'> & Partial<Why>,
): Promise<StartedLogin> {
  const guessed = reason === 'wrong' || reason === 'unknown-name'
  // A client with a session gets no decoy.
  const isStranger = !held.recognised && !held.login.task && !held.login.resets
  if (guessed && isStranger && (await isLedAstray(world))) {
    const chosen = held.claimant.subscriber?.askedFirst
    const seeming = await decoyCandidates(world, held.login, chosen)
    if (seeming.some((one) => answers(one, world.now()))) {
      return await continueAsDecoy(world, held, seeming)
    }
    // A right password would hear why there is no second step.
    if (seeming.length > 0)
      return await toldWhy(world, held, { reason, problem: whyNone(world, seeming) })
  }
  return await toldWhy(world, held, { reason, problem, ...when })
}

interface Why {
  readonly reason: PasswordRefusal
  readonly problem: Problem
  readonly until?: Instant | null
  readonly since?: Instant
}

async function toldWhy(
  world: World,
  held: Reserved,
  { reason, problem, until = null, since }: Why,
): Promise<StartedLogin> {
  const now = world.now()
  const guessed = reason === 'wrong' || reason === 'unknown-name'
  const { subscriberId, id: loginId } = held.login
  const why = guessed ? {} : { problem }
  const event = { kind: 'login.password-refused', subscriberId, loginId, reason, ...why } as const
  const step = firstFactorRefused(held.login, { event, problem }, now)
  const commit = {
    now,
    login: { value: step.login, version: 1 },
    effects: [],
    events: [event],
    ...(guessed && held.login.resets && { authenticators: [counted(world, held, now)] }),
  }
  // The password was right, so it was no guess.
  const throttles = [{ key: held.throttleKey, value: NO_FAILURES, version: held.throttleVersion }]
  const done = await commitLogin(world.db, guessed ? commit : { ...commit, throttles })
  if (!done) return refusal('login.conflict')
  if (until === null) return refusal(problem)
  return { ...refusal(problem, until), ...(since !== undefined && { since }) }
}

/**
 * A code counts its guesses beside those of the name, which end sooner than it does: the waits let
 * through less in its life than disables it (S1). Where there is no code, the same is written for a
 * made-up one.
 */
function counted(
  world: World,
  { claimant: { password: code }, login: { userName } }: Reserved,
  now: Instant,
): Versioned<Authenticator> {
  const { name: method, hardCap } = resetFactor(world)
  const found = code ?? {
    value: decoyAuthenticator(world, { id: NOBODYS, method, userName }, now),
    version: OF_NOBODY,
  }
  return { value: failed(found.value, hardCap), version: found.version }
}

/**
 * What a right password reads before it goes on is read for a wrong one as well, so that it takes
 * as long (A1).
 */
async function readForTiming(
  world: World,
  { subscriberId: claimed, environment, origin }: Reserved['login'],
): Promise<void> {
  const subscriberId = claimed ?? NO_SUBSCRIBER
  await Promise.all([
    listAuthenticators(world.db, subscriberId),
    factsOf(world, { subscriberId, environment, origin }),
  ])
}

const NO_SUBSCRIBER = 'sub_' as SubscriberId

/** Walks the same steps as a right password, with authenticators that no client holds. */
async function continueAsDecoy(
  world: World,
  held: Reserved,
  seeming: readonly Candidate[],
): Promise<StartedLogin> {
  const now = world.now()
  await readForTiming(world, held.login)
  const astray = ledAstray(held.login)
  const plain = {
    now,
    login: { value: astray.login, version: 1 },
    decoyOf: held.throttleKey,
    effects: [],
    events: [astray.event],
  }
  const able = seeming.filter((one) => answers(one, now) && !one.tooWeak)
  const first = askedAtOnce(world, held.login, able)
  if (!first) return await written(world, plain, astray.login)
  const value = decoyAuthenticator(world, { ...first, userName: astray.login.userName }, now)
  const asked = await drawn(world, astray.login, {
    authenticator: { value, version: 0 },
    way: null,
    now,
  })
  if ('problem' in asked) return await written(world, plain, astray.login)
  const events = [astray.event, ...asked.commit.events]
  return await written(
    world,
    { ...plain, login: { value: asked.login, version: 1 }, events },
    asked.login,
  )
}
