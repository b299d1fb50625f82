import { type Acr, atLeast, type Proof, stronger } from '#core/assurance.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import { type SubscriberId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import { ledToSetUp, passwordAccepted } from '#core/login/login.ts'
import { neededToReset } from '#core/password/reset-strength.ts'
import type { Problem } from '#core/problems.ts'
import { type Login, type Started, type Step } from '#core/login/state.ts'
import { closedDoor, neededAt } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'
import { NO_FAILURES } from '#core/login/throttle.ts'
import { refused, whyNone } from '#engine/login/first-factor-refused.ts'
import {
  type Claim,
  claimantOf,
  firstFactorOf,
  nameKeyOf,
  NOBODYS,
  reserve,
  type Reserved,
} from '#engine/login/reservation.ts'
import { askedAtOnce } from '#engine/login/choices.ts'
import { withdrawOthers } from '#engine/login/same-browser.ts'
import { drawn, NUMBERS, type StartedLogin, written } from '#engine/login/challenge.ts'
import { guessesOf, refundLoginAttempt, takeAttempt } from '#engine/rate-limits.ts'
import { deviceInTransit } from '#engine/login/device-in-transit.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { confirmedBy } from '#engine/login/task-approval.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { listAuthenticators, renewState } from '#store/devices/authenticators.ts'
import { type LoginCommit } from '#store/login/logins.ts'
import { type Versioned } from '#store/queries/versioned.ts'

/**
 * User name and password: the first factor of every login (R020).
 *
 * The attempt is counted before the password is looked at, and an unknown name costs the same
 * reads, the same hash and the same writes as that of a client (A1, A4).
 */
export async function startLogin(world: World, claim: Claim): Promise<StartedLogin> {
  const platform = world.platforms.get(claim.platform)
  if (!platform) return refusal('login.unknown-platform')
  // Without the cookie of a browser nothing is read before the address has been let in.
  const early = claim.client.browserCookie === null ? null : await claimantOf(world, claim)
  const isKnown = claim.within !== undefined || (early?.browser ?? null) !== null
  const guesses = guessesOf({ isKnown, resets: claim.resets ?? false })
  const { address } = claim.client
  const slowed = await takeAttempt(world, { address, nameKey: nameKeyOf(claim) }, guesses)
  if (slowed) return slowed
  const release = world.passwords.admit()
  if (!release) return refusal('service.busy', world.now())
  try {
    for (let attempt = 0; attempt < RESERVATIONS; attempt += 1) {
      const claimant = (attempt === 0 && early) || (await claimantOf(world, claim))
      const reservation = await reserve(world, claim, { platform, claimant })
      if (reservation === 'stale') continue
      if ('problem' in reservation) return reservation
      const begun = await judgePassword(world, claim, reservation)
      if (begun.ok) await withdrawOthers(world, begun.login)
      return begun
    }
    return refusal('login.conflict')
  } finally {
    release()
  }
}

/** How often a reservation is tried anew when another caller guesses at the same name just now. */
const RESERVATIONS = 5

async function judgePassword(
  world: World,
  claim: Claim,
  reserved: Reserved,
): Promise<StartedLogin> {
  const method = firstFactorOf(world, claim)
  const { claimant, login } = reserved
  const state = claimant.password?.value.state ?? method.decoy(world.random)
  const now = world.now()
  const verdict = await method.verify(state, {
    authenticatorId: claimant.password?.value.id ?? NOBODYS,
    expected: null,
    browser: null,
    answer: { password: claim.password },
    now,
  })
  const held = claimant.password?.value
  const right = verdict.outcome === 'accepted' && held !== undefined && answers(held, now)
  if (!right)
    return await refused(world, reserved, {
      reason: claimant.subscriber ? 'wrong' : 'unknown-name',
    })
  // Where the password has got a newer pepper: it was proven, whatever becomes of the login (A27).
  const { version = 0 } = claimant.password ?? {}
  const isRenewed = canonicalJson(verdict.state) !== canonicalJson(held.state)
  if (isRenewed && method.name === world.firstFactor.name)
    await renewState(world.db, { id: held.id, version, state: verdict.state })
  const environments = claimant.accounts.map((account) => account.environment)
  if (!environments.includes(login.environment)) {
    const problem = login.environment === 'paper' ? 'login.use-live' : 'login.use-paper'
    return await refused(world, reserved, { reason: 'environment', problem })
  }
  const proof = { method: method.name, acr: method.acr, amr: method.amr }
  return await goOn(world, reserved, { proof, subscriberId: login.subscriberId })
}

/**
 * The first factor is right: on to the second step, or to the session, or to a refusal with its
 * reason.
 */
async function goOn(
  world: World,
  held: Reserved,
  { proof, subscriberId }: { readonly proof: Proof; readonly subscriberId: SubscriberId | null },
): Promise<StartedLogin> {
  if (subscriberId === null) throw new Error('a right password without a subscriber')
  const now = world.now()
  const { platform, login } = held
  const { environment, origin } = login
  const [all, facts] = await Promise.all([
    listAuthenticators(world.db, subscriberId),
    factsOf(world, { subscriberId, environment, origin }),
  ])
  // A password that was changed while it was hashed is wrong now. An act that ends logins ends this
  // one too: its commit names the versions that were read with the password.
  if (!isCurrent(held, all)) return await refused(world, held, { reason: 'wrong' })
  const shut = closedDoor(platform, facts, now)
  if (shut) return await refused(world, held, { ...shut, reason: 'rights' })
  const least = neededAt(platform, facts, now)
  const seconds = all.filter(({ value }) => methodNamed(world, value.method).secondFactor)
  const active = seconds.filter(({ value }) => answers(value, now))
  // A task that the password alone confirms binds the very first authenticator.
  const suffices = least === '1' && (!login.task || held.wanted === '1')
  const setUp = suffices || facts.second !== 'never' ? null : ledToPortal(world, login, facts)
  if (setUp) {
    const accepted = passwordAccepted(setUp, proof, { needs: '1', now })
    return await goneOn(world, { ...plainOf(held, now), ...passedBy(accepted) }, accepted.login)
  }
  if (active.length === 0 && !suffices) {
    const holdings = seconds.map(({ value }) => value)
    const reason = holdings.length === 0 ? 'no-authenticator' : 'locked'
    const why = (await deviceInTransit(world, subscriberId)) ?? {
      problem: whyNone(world, holdings),
    }
    return await refused(world, held, { reason, ...why })
  }
  const needs = neededOf(world, held, { all, active, least })
  if (needs === null)
    return await refused(world, held, { reason: 'weak', problem: tooWeakFor(login) })
  const accepted = passwordAccepted(login, proof, { needs, now })
  const { throttles, standing } = plainOf(held, now)
  const able = active.filter(({ value }) => atLeast(methodNamed(world, value.method).acr, needs))
  const askedFirst = held.claimant.subscriber?.askedFirst ?? null
  const asked = able.map((one) => ({ ...one.value, one, isChosen: one.value.id === askedFirst }))
  const first = askedAtOnce(world, login, asked)?.one
  const confirmed = await confirmedBy(world, accepted.login, now)
  if (confirmed && 'problem' in confirmed) return confirmed
  const passed = {
    ...plainOf(held, now),
    ...passedBy(accepted),
    ...(confirmed && {
      task: confirmed.task,
      events: [accepted.event, confirmed.event],
    }),
  }
  if (!first || accepted.login.state === 'completed')
    return await goneOn(world, passed, accepted.login)
  for (let attempt = 0; attempt < NUMBERS; attempt += 1) {
    const asked = await drawn(world, accepted.login, {
      authenticator: first,
      who: held.claimant,
      way: null,
      now,
    })
    if ('problem' in asked) break
    const events = [accepted.event, ...asked.commit.events]
    const login = { value: asked.login, version: 1 }
    const commit = { ...asked.commit, throttles, standing, login, events }
    const opened = await written(world, commit, asked.login)
    if (opened.ok) return opened
  }
  return await goneOn(world, passed, accepted.login)
}

/** What every login writes that goes on. */
function plainOf({ throttleKey, throttleVersion, claimant: { standing } }: Reserved, now: Instant) {
  // What was reserved is given back: the count is one of failures in a row.
  const throttles = [{ key: throttleKey, value: NO_FAILURES, version: throttleVersion }]
  return { now, throttles, standing, effects: [] }
}

const passedBy = ({ login, event }: Pick<Step, 'login' | 'event'>) => ({
  login: { value: login, version: 1 },
  events: [event],
})

/**
 * A client who has only a password goes on in the portal, as if they had logged in there, and from
 * there to the platform; `null` where the portal is closed to a password alone, or the caller is a
 * program.
 */
function ledToPortal(
  world: World,
  login: Started,
  facts: Parameters<typeof neededAt>[1],
): Started | null {
  const portal = world.platforms.get('portal')
  const now = world.now()
  if (!portal || closedDoor(portal, facts, now) || neededAt(portal, facts, now) !== '1') return null
  return login.origin.isProgram ? null : ledToSetUp(login, portal)
}

/** Where others guessed at this name meanwhile, their count stays, and the owner goes on (A28). */
async function goneOn(world: World, commit: LoginCommit, login: Login): Promise<StartedLogin> {
  const once = await written(world, commit, login)
  const done = once.ok ? once : await written(world, { ...commit, throttles: [] }, login)
  if (done.ok && login.state === 'completed') await refundLoginAttempt(world, login)
  return done
}

/** Whether the password that was judged still counts. */
const isCurrent = (
  { claimant: { password } }: Reserved,
  all: readonly Versioned<Authenticator>[],
): boolean =>
  all.some(({ value }) => value.id === password?.value.id && value.lifecycle === 'active')

/**
 * What has to be proven: what was asked for, or what the platform itself needs where nothing that
 * is held goes so far. Then the relying party hears how far it went. A task is never confirmed by
 * less, and neither is a reset.
 */
function neededOf(
  world: World,
  { login, ...asked }: Reserved,
  { all, active, least }: Held & { readonly least: Acr },
): Acr | null {
  const held = all.map(({ value }) => value)
  const wanted = login.resets ? neededToReset(world.methods, held, world.now()) : asked.wanted
  if (wanted === null) return least
  const needs = stronger(least, wanted)
  if (needs === '1') return needs
  const isReached = active.some(({ value }) => atLeast(methodNamed(world, value.method).acr, needs))
  if (isReached) return needs
  return login.task || login.resets ? null : least
}

interface Held {
  /** Whatever the client holds or has held. */
  readonly all: readonly Versioned<Authenticator>[]
  /** What can be asked. */
  readonly active: readonly Versioned<Authenticator>[]
}

const tooWeakFor = ({ resets }: Login): Problem =>
  resets ? 'login.reset-too-weak' : 'task.too-weak'
