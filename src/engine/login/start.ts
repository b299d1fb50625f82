import { type Environment, userNameKey } from '#core/subscribers/account.ts'
import { type Acr, atLeast, type Platform, type Proof, stronger } from '#core/assurance.ts'
import type { PasswordRefusal } from '#core/audit/audit.ts'
import { answers, type Authenticator, failed } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import {
  type Destination,
  ledAstray,
  type Login,
  passwordAccepted,
  firstFactorRefused,
  started,
  type Started,
  type TaskToConfirm,
} from '#core/login/login.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { closedDoor, neededAt } from '#core/sessions/rights.ts'
import {
  type Budget,
  NO_FAILURES,
  RECOGNISED,
  RESET_CODES,
  reserved,
  STRANGERS,
  type Throttle,
} from '#core/login/throttle.ts'
import type { Instant } from '#core/time/time.ts'
import { withdrawOthers } from '#engine/login/same-browser.ts'
import { drawn, NUMBERS, type StartedLogin, written } from '#engine/login/challenge.ts'
import { type Candidate, decoyCandidates } from '#engine/login/choices.ts'
import { decoyAuthenticator, isLedAstray } from '#engine/login/decoy.ts'
import { guessesOf, loginWasNoGuess, tooMany } from '#engine/rate-limits.ts'
import type { Client } from '#engine/login/view.ts'
import { inThePost } from '#engine/login/device-in-transit.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { secretHash } from '#engine/secrets.ts'
import { confirmedBy } from '#engine/login/task-approval.ts'
import { methodNamed, refusal, resetFactor, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitLogin, type LoginCommit } from '#store/login/logins.ts'
import { type Claimant, findClaimant } from '#store/subscribers/subscribers.ts'
import {
  browserThrottle,
  findThrottle,
  nameThrottle,
  sessionThrottle,
} from '#store/login/throttles.ts'
import { OF_NOBODY, type Versioned } from '#store/queries/versioned.ts'

export interface Claim {
  readonly userName: string
  readonly password: string
  /** `null` for whichever there is. */
  readonly environment: Environment | null
  readonly platform: string
  readonly client: Client
  /** More than the platform itself asks for: somebody wants to be surer this time (RFC 9470). */
  readonly needs?: Acr
  /** What is confirmed, by somebody who is in already; without it the login leads in. */
  readonly task?: TaskToConfirm
  /** The session in which a task is confirmed. */
  readonly within?: SessionId
  /** The password was forgotten: what stands there is a code of the desk, and another one is chosen. */
  readonly resets?: true
  /** Where the browser goes on to; programs say nothing. */
  readonly leadsTo?: Destination
}

/**
 * User name and password: the first factor of every login (R020).
 *
 * The attempt is counted before the password is looked at, and a name that nobody has costs the same
 * reads, the same hash and the same writes as one that somebody has (A1, A4).
 */
export async function startLogin(world: World, claim: Claim): Promise<StartedLogin> {
  const platform = world.platforms.get(claim.platform)
  if (!platform) return refusal('login.unknown-platform')
  // Without the cookie of a browser nothing is read before the address has been let in.
  const early = claim.client.browserCookie === null ? null : await claimantOf(world, claim)
  const isKnown = claim.within !== undefined || (early?.browser ?? null) !== null
  const guesses = guessesOf({ isKnown, resets: claim.resets ?? false })
  const { address } = claim.client
  const slowed = await tooMany(world, { address, nameKey: nameKeyOf(claim) }, guesses)
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

// A name that cannot exist goes the same way as one that does not.
const nameKeyOf = ({ userName }: Claim): string => userNameKey(userName) ?? ''

const claimantOf = async (world: World, claim: Claim): Promise<Claimant> =>
  await findClaimant(world.db, {
    nameKey: nameKeyOf(claim),
    browserHash: secretHash(claim.client.browserCookie ?? claim.client.holder),
    method: firstFactorOf(world, claim).name,
    guessedAt: guessedAtBy(claim),
  })

const guessedAtBy = ({ resets }: Claim) => (resets ? 'reset' : 'name')

/** How often a reservation is tried anew when somebody else guesses at the same name just now. */
const RESERVATIONS = 5

interface Reserved {
  readonly platform: Platform
  readonly login: Started
  readonly claimant: Claimant
  readonly recognised: boolean
  /** What was asked for beyond what the platform needs. */
  readonly wanted: Acr | null
  readonly throttleKey: string
  readonly throttleVersion: number
}

const firstFactorOf = (world: World, { resets }: Claim): Method =>
  resets ? resetFactor(world) : world.firstFactor

/** Writes the attempt and takes it out of the budget, before anything about the password is known. */
async function reserve(
  world: World,
  claim: Claim,
  { platform, claimant }: Pick<Reserved, 'platform' | 'claimant'>,
): Promise<Reserved | Refusal | 'stale'> {
  const now = world.now()
  const { client } = claim
  const environment = claim.environment ?? claimant.accounts[0]?.environment ?? 'live'
  if (claimant.browser?.value.blockedAt) return refusal('login.blocked-browser')
  const browserId = claimant.browser?.value.id ?? null
  const { key: throttleKey, found, budget } = await countOf(world, claim, claimant)
  const reservation = reserved(found?.value ?? NO_FAILURES, budget, now)
  if (!reservation.ok) {
    return refusal(reservation.problem, 'until' in reservation ? reservation.until : undefined)
  }
  const { login, event, effects } = started(
    {
      id: newId('log', now, world.random),
      subscriberId: claimant.subscriber?.id ?? null,
      userName: claim.userName.slice(0, 256),
      environment,
      platform: platform.id,
      needs: stronger(platform.needs, claim.needs ?? platform.needs),
      task: claim.task ?? null,
      ...(claim.resets && { resets: true as const }),
      ...(claim.leadsTo && { leadsTo: claim.leadsTo }),
      origin: {
        address: client.address,
        place: world.placeOf(client.address),
        browser: client.browser,
        browserId,
        ...(client.isProgram && { isProgram: true }),
        language: client.language,
      },
      holder: secretHash(client.holder).toString('base64url'),
    },
    now,
  )
  const throttleVersion = found?.version ?? null
  const throttles = [{ key: throttleKey, value: reservation.throttle, version: throttleVersion }]
  const commit = {
    now,
    login: { value: login, version: null },
    throttles,
    effects,
    events: [event],
  }
  if (!(await commitLogin(world.db, commit))) return 'stale'
  return {
    ...{ platform, login, claimant, throttleKey },
    recognised: browserId !== null,
    wanted: claim.needs ?? null,
    throttleVersion: throttleVersion === null ? 1 : throttleVersion + 1,
  }
}

interface Count {
  readonly key: string
  readonly found: Versioned<Throttle> | null
  readonly budget: Budget
}

/** Where an attempt is counted: a stranger uses up neither what a known browser has, nor what a session has (A28). */
async function countOf(
  world: World,
  claim: Claim,
  { browser, browserThrottle: ofBrowser, throttle }: Claimant,
): Promise<Count> {
  if (browser) {
    return { key: browserThrottle(browser.value.id), found: ofBrowser, budget: RECOGNISED }
  }
  if (claim.within !== undefined) {
    const key = sessionThrottle(claim.within)
    return { key, found: await findThrottle(world.db, key), budget: RECOGNISED }
  }
  const key = nameThrottle(world.db, nameKeyOf(claim), guessedAtBy(claim))
  return { key, found: throttle, budget: claim.resets ? RESET_CODES : STRANGERS }
}

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
  const environments = claimant.accounts.map((account) => account.environment)
  if (!environments.includes(login.environment)) {
    const problem = login.environment === 'paper' ? 'login.use-live' : 'login.use-paper'
    return await refused(world, reserved, { reason: 'environment', problem })
  }
  const proof = { method: method.name, acr: method.acr, amr: method.amr }
  return await goOn(world, reserved, { proof, subscriberId: login.subscriberId })
}

/** The first factor is right: on to the second, or in, or to the reason why not. */
async function goOn(
  world: World,
  held: Reserved,
  { proof, subscriberId }: { readonly proof: Proof; readonly subscriberId: SubscriberId | null },
): Promise<StartedLogin> {
  if (subscriberId === null) throw new Error('a right password of nobody')
  const now = world.now()
  const { platform, login } = held
  const { environment } = login
  const [all, facts] = await Promise.all([
    listAuthenticators(world.db, subscriberId),
    factsOf(world, { subscriberId, environment }),
  ])
  // What was right when it was read is wrong when it has been changed while it was hashed. What ends logins
  // ends this one, too: it names what was read with the password.
  if (!isCurrent(held, all)) return await refused(world, held, { reason: 'wrong' })
  const shut = closedDoor(platform, facts, now)
  if (shut) return await refused(world, held, { ...shut, reason: 'rights' })
  const least = neededAt(platform, facts, now)
  const seconds = all.filter(({ value }) => methodNamed(world, value.method).secondFactor)
  const active = seconds.filter(({ value }) => answers(value, now))
  // A task that the password alone confirms binds the very first authenticator.
  const suffices = least === '1' && (!login.task || held.wanted === '1')
  if (active.length === 0 && !suffices) {
    const holdings = seconds.map(({ value }) => value)
    const reason = holdings.length === 0 ? 'no-authenticator' : 'locked'
    const why = (await inThePost(world, subscriberId)) ?? { problem: whyNone(world, holdings) }
    return await refused(world, held, { reason, ...why })
  }
  const needs = neededOf(world, held, { active, least })
  if (needs === null)
    return await refused(world, held, { reason: 'weak', problem: 'task.too-weak' })
  const accepted = passwordAccepted(login, proof, { needs, now })
  // What was reserved is given back: the count is one of failures in a row.
  const throttles = [{ key: held.throttleKey, value: NO_FAILURES, version: held.throttleVersion }]
  const { standing } = held.claimant
  const plain = {
    ...{ now, login: { value: accepted.login, version: 1 }, throttles, standing },
    effects: [],
  }
  const able = active.filter(({ value }) => atLeast(methodNamed(world, value.method).acr, needs))
  const only = able.length === 1 ? able[0] : undefined
  const confirmed = await confirmedBy(world, accepted.login, now)
  if (confirmed && 'problem' in confirmed) return confirmed
  const passed = {
    ...plain,
    ...(confirmed && { task: confirmed.task }),
    events: [accepted.event, ...(confirmed ? [confirmed.event] : [])],
  }
  if (!only || accepted.login.state === 'completed')
    return await goneOn(world, passed, accepted.login)
  for (let attempt = 0; attempt < NUMBERS; attempt += 1) {
    const asked = await drawn(world, accepted.login, {
      ...{ authenticator: only, who: held.claimant },
      ...{ way: null, now },
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

/** Where others guessed at this name meanwhile, their count stays, and the owner goes on (A28). */
async function goneOn(world: World, commit: LoginCommit, login: Login): Promise<StartedLogin> {
  const once = await written(world, commit, login)
  const done = once.ok ? once : await written(world, { ...commit, throttles: [] }, login)
  if (done.ok && login.state === 'completed') await loginWasNoGuess(world, login)
  return done
}

/** Whether the password that was judged still counts. */
const isCurrent = (
  { claimant: { password } }: Reserved,
  all: readonly Versioned<Authenticator>[],
): boolean =>
  all.some(({ value }) => value.id === password?.value.id && value.lifecycle === 'active')

/**
 * What has to be proven: what was asked for, or what the platform itself needs where nothing that is held
 * goes so far. Then the relying party hears how far it went. A task is never confirmed by less.
 */
function neededOf(
  world: World,
  { login, wanted }: Reserved,
  { active, least }: { readonly active: readonly Versioned<Authenticator>[]; readonly least: Acr },
): Acr | null {
  if (wanted === null) return least
  const needs = stronger(least, wanted)
  if (needs === '1') return needs
  const isReached = active.some(({ value }) => atLeast(methodNamed(world, value.method).acr, needs))
  if (isReached) return needs
  return login.task ? null : least
}

/** Why none of them can be asked, or that there is none: the one that expired last says it in its own words (R161, R162). */
function whyNone(
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
async function refused(
  world: World,
  held: Reserved,
  { reason, problem = 'login.wrong-credentials', ...when }: Pick<Why, 'reason'> & Partial<Why>,
): Promise<StartedLogin> {
  const guessed = reason === 'wrong' || reason === 'unknown-name'
  // Whoever is in already cannot be led astray.
  const isStranger = !held.recognised && !held.login.task && !held.login.resets
  if (guessed && isStranger && (await isLedAstray(world))) {
    const seeming = await decoyCandidates(world, held.login)
    if (seeming.some((one) => answers(one, world.now()))) {
      return await leadAstray(world, held, seeming)
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
  const why = reason === 'rights' ? { problem } : {}
  const event = { kind: 'login.password-refused', subscriberId, loginId, reason, ...why } as const
  const step = firstFactorRefused(held.login, { event, problem }, now)
  const commit = {
    ...{ now, login: { value: step.login, version: 1 }, effects: [], events: [event] },
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
 * A code counts its guesses beside those of the name, which end sooner than it does: the waits let through less in
 * its life than disables it (S1). Where there is none, the same is written of nobody.
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

const NOBODYS = 'aut_' as AuthenticatorId

/** What a right password reads before it goes on is read for a wrong one as well, so that it takes as long (A1). */
async function readInVain(
  world: World,
  { subscriberId: claimed, environment }: Reserved['login'],
): Promise<void> {
  const subscriberId = claimed ?? NOBODY
  await Promise.all([
    listAuthenticators(world.db, subscriberId),
    factsOf(world, { subscriberId, environment }),
  ])
}

const NOBODY = 'sub_' as SubscriberId

/** Walks the same steps as a right password, with authenticators that nobody holds. */
async function leadAstray(
  world: World,
  held: Reserved,
  seeming: readonly Candidate[],
): Promise<StartedLogin> {
  const now = world.now()
  await readInVain(world, held.login)
  const astray = ledAstray(held.login)
  const plain = {
    now,
    login: { value: astray.login, version: 1 },
    decoyOf: held.throttleKey,
    effects: [],
    events: [astray.event],
  }
  const able = seeming.filter((one) => answers(one, now) && !one.tooWeak)
  const only = able.length === 1 ? able[0] : undefined
  if (!only) return await written(world, plain, astray.login)
  const value = decoyAuthenticator(world, { ...only, userName: astray.login.userName }, now)
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
