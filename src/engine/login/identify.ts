import { type Account, type Environment, userNameKey } from '#core/subscribers/account.ts'
import { type Acr, type Platform, stronger } from '#core/assurance.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, newId, type SubscriberId } from '#core/ids.ts'
import { identified, firstFactorRefused, started } from '#core/login/login.ts'
import { type Destination, type Started } from '#core/login/state.ts'
import type { Problem } from '#core/problems.ts'
import { closedDoor, neededAt, type Obstacle } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'
import { type Counting, countingFor } from '#engine/counting.ts'
import {
  type AnsweredLogin,
  judgedAuthenticator,
  proofOf,
  suspicionOf,
} from '#engine/login/answer.ts'
import { withdrawOthers } from '#engine/login/same-browser.ts'
import { browserIn, recognisedBrowser, withSession } from '#engine/login/recognised-browser.ts'
import { tellsLogins } from '#engine/notices/every-login.ts'
import { IDENTITIES, takeAttempt, refundAttempt } from '#engine/rate-limits.ts'
import type { Client } from '#engine/login/view.ts'
import { type OpenOffer, openedOffer } from '#engine/login/passkey-offer.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { newSecret, secretHash } from '#engine/secrets.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { clientNamed } from '#methods/identify.ts'
import type { Method, Verdict } from '#methods/method.ts'
import { findAuthenticator, listAuthenticators } from '#store/devices/authenticators.ts'
import { commitLogin } from '#store/login/logins.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import { type Claimant, findClaimant } from '#store/login/claimant.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** Logging in with an authenticator that names its holder, such as a passkey. */

export interface IdentifiedClaim {
  /** As the login page carried it; see `offerLogin`. */
  readonly offer: string
  /** What the page sent in the field of the offer. */
  readonly typed: string
  readonly environment: Environment
  readonly platform: string
  readonly client: Client
  /** More than the platform itself asks for (RFC 9470). */
  readonly needs?: Acr
  /** Where the browser goes on to. */
  readonly leadsTo?: Destination
}

/**
 * The answer to what the login page offered. No password is asked, so none can be locked (A28).
 *
 * The login has its id from the offer: of two answers to one offer, on whatever nodes, one is
 * written (A7). An answer for an unknown client, for another client or a wrong one hears one
 * sentence after the same reads (A1).
 */
export async function startIdentified(
  world: World,
  claim: IdentifiedClaim,
): Promise<AnsweredLogin> {
  const platform = world.platforms.get(claim.platform)
  if (!platform) return refusal('login.unknown-platform')
  const slowed = await takeAttempt(
    world,
    { address: claim.client.address, nameKey: '' },
    IDENTITIES,
  )
  if (slowed) return slowed
  const offer = openedOffer(world, claim.offer, claim.client.holder)
  if (!offer) return refusal('request.form-expired')
  const now = world.now()
  if (now >= offer.until) return refusal('login.too-late')
  const method = methodNamed(world, offer.method)
  const answer = { [offer.field]: claim.typed }
  const holder = await holderOf(world, method, { answer, client: claim.client })
  if (!holder) return refusal('login.malformed-answer')
  const judged = await judge(world, { method, offer, answer, holder })
  if (judged.outcome !== 'accepted' && judged.outcome !== 'rejected')
    return refusal('login.malformed-answer')
  const obstacle = obstacleOf(world, { verdict: judged, claim, holder })
  const door = obstacle
    ? { needs: platform.needs, shut: obstacle }
    : await doorOf(world, platform, { claim, holder })
  const begun = beginning(world, { claim, platform, needs: door.needs, offer, holder })
  const counting = await countingFor(world, holder.holders, method)
  return door.shut === null && judged.outcome === 'accepted' && holder.held
    ? await letIn(world, {
        ...begun,
        method,
        verdict: judged,
        held: holder.held,
        counting,
        standing: holder.claimant.standing,
      })
    : await refuseIdentified(world, {
        ...begun,
        method,
        verdict: judged,
        holder,
        counting,
        shut: door.shut ?? NOT_IDENTIFIED,
      })
}

/** The client that an answer names, and the authenticator that it claims to come from. */
interface Holder {
  readonly claimant: Claimant
  readonly held: Versioned<Authenticator> | null
  /** Whose it is; of an unknown one, who was named. */
  readonly holders: readonly SubscriberId[]
}

/** @returns `null` for an answer that names no client. The same reads for an unknown id. */
async function holderOf(
  world: World,
  method: Method,
  { answer, client }: { readonly answer: unknown; readonly client: Client },
): Promise<Holder | null> {
  const claims = method.identify?.claims(answer)
  if (!claims) return null
  const id = clientNamed(claims)
  const subscriber = await findSubscriber(world.db, id)
  const claimant = await findClaimant(world.db, {
    nameKey: userNameKey(subscriber?.value.userName ?? '') ?? '',
    browserHash: secretHash(client.browserCookie ?? client.holder),
    method: method.name,
  })
  // Read after what the login goes on with: an act that comes between them is not missed.
  const all = await listAuthenticators(world.db, id)
  const own = all.filter(({ value }) => value.method === method.name)
  const held = own.find(({ value }) => claims.isOf(value.state)) ?? null
  const bound = await findAuthenticator(world.db, held?.value.id ?? NOBODYS)
  return { claimant, held, holders: bound?.subscriberIds ?? [id] }
}

interface Judging {
  readonly method: Method
  readonly offer: OpenOffer
  readonly answer: unknown
  readonly holder: Holder
}

/** An unknown authenticator is judged like a known one, and found wrong. */
async function judge(world: World, { method, offer, answer, holder }: Judging): Promise<Verdict> {
  const { held, claimant } = holder
  const verdict = await method.verify(held?.value.state ?? method.decoy(world.random), {
    authenticatorId: held?.value.id ?? NOBODYS,
    browser: claimant.browser?.value.id ?? null,
    expected: offer.expected,
    answer,
    now: world.now(),
  })
  if (held || verdict.outcome === 'malformed') return verdict
  return { outcome: 'rejected', reason: 'unknown', guess: false }
}

const NOBODYS = 'aut_' as AuthenticatorId

/** Why a claimant is turned away, as they hear it. */
const shutBy = (problem: Problem): Obstacle => ({ problem, until: null })
const NOT_IDENTIFIED = shutBy('login.not-identified')

/**
 * Why a right answer opens no session, in the words for its holder; `null` where it does.
 */
function obstacleOf(
  world: World,
  {
    verdict,
    claim: { environment },
    holder: { held, claimant },
  }: { readonly verdict: Verdict; readonly claim: IdentifiedClaim; readonly holder: Holder },
): Obstacle | null {
  if (verdict.outcome === 'rejected' && verdict.disable) return shutBy('login.authenticator-locked')
  // A claimant who may hear why has proven to hold it.
  const isKnown = verdict.outcome === 'accepted' || 'explained' in verdict
  if (!isKnown || !held) return NOT_IDENTIFIED
  const { lifecycle } = held.value
  if (lifecycle === 'revoked') return NOT_IDENTIFIED
  if (lifecycle !== 'active') return shutBy('login.authenticator-locked')
  if (!answers(held.value, world.now())) return shutBy('login.authenticator-expired')
  if (verdict.outcome === 'rejected') return shutBy(verdict.explained ?? 'login.not-identified')
  if (claimant.browser?.value.blockedAt) return shutBy('login.blocked-browser')
  const problem = environmentProblem(claimant.accounts, environment)
  return problem && shutBy(problem)
}

/**
 * What the account lets in at this platform, and what has to be proven for it: as after a password.
 */
async function doorOf(
  world: World,
  platform: Platform,
  { claim, holder: { claimant } }: Pick<Arriving, 'claim' | 'holder'>,
): Promise<{ readonly needs: Acr; readonly shut: Obstacle | null }> {
  const subscriberId = claimant.subscriber?.id
  if (subscriberId === undefined) return { needs: platform.needs, shut: NOT_IDENTIFIED }
  const now = world.now()
  const { environment, needs = '1', client: origin } = claim
  const facts = await factsOf(world, { subscriberId, environment, origin })
  const least = neededAt(platform, facts, now)
  return { needs: stronger(least, needs), shut: closedDoor(platform, facts, now) }
}

/** R017, R029: whether the user name is for live or simulated trading, told to its holder only. */
function environmentProblem(
  accounts: readonly Account[],
  environment: Environment,
): Problem | null {
  if (accounts.some((account) => account.environment === environment)) return null
  return environment === 'paper' ? 'login.use-live' : 'login.use-paper'
}

interface Arriving {
  readonly claim: IdentifiedClaim
  readonly platform: Platform
  readonly needs: Acr
  readonly offer: OpenOffer
  readonly holder: Holder
}

interface Begun {
  readonly login: Started
  readonly startedEvent: AuditEvent
  readonly now: Instant
}

function beginning(
  world: World,
  { claim, platform, needs, offer, holder: { claimant } }: Arriving,
): Begun {
  const now = world.now()
  const { client, environment, leadsTo } = claim
  const step = started(
    {
      id: newId('log', offer.at, () => offer.seed),
      subscriberId: claimant.subscriber?.id ?? null,
      userName: claimant.subscriber?.userName ?? '',
      environment,
      platform: platform.id,
      needs,
      task: null,
      ...(leadsTo && { leadsTo }),
      origin: {
        address: client.address,
        place: world.placeOf(client.address),
        browser: client.browser,
        ...browserIn(claimant),
        language: client.language,
      },
      holder: secretHash(client.holder).toString('base64url'),
    },
    now,
  )
  return { login: step.login, startedEvent: step.event, now }
}

/** Session, browser, count of the authenticator and the login itself: one commit. */
async function letIn(
  world: World,
  arrival: Begun & {
    readonly method: Method
    readonly verdict: Extract<Verdict, { outcome: 'accepted' }>
    readonly held: Versioned<Authenticator>
    readonly counting: Counting
    readonly standing: Claimant['standing']
  },
): Promise<AnsweredLogin> {
  const { login, startedEvent, now, method, verdict, held, counting, standing } = arrival
  const step = identified(login, proofOf(method, held.value, verdict), now)
  const claim = { token: newSecret(world.random), cookie: newSecret(world.random) }
  const browser = recognisedBrowser(world, step.login, { cookie: claim.cookie, now })
  const { commit, token, cookie } = withSession(world, step, {
    version: null,
    now,
    claim,
    browser,
    isTold: await tellsLogins(world, step.login),
  })
  const value = judgedAuthenticator(held.value, verdict, { ...counting, now })
  const suspicion = suspicionOf(login, held.value, verdict)
  const done = await commitLogin(world.db, {
    ...commit,
    standing,
    authenticators: [{ value, version: held.version }],
    events: [startedEvent, ...commit.events, ...(suspicion ? [suspicion] : [])],
  })
  if (!done) return refusal('login.conflict')
  const { address } = login.origin
  await refundAttempt(world, { address, nameKey: '', at: login.startedAt }, IDENTITIES)
  await withdrawOthers(world, commit.login.value)
  return { ok: true, login: commit.login.value, token, browserCookie: cookie }
}

/** Written like any refused login: with the reason, which its claimant does not hear. */
async function refuseIdentified(
  world: World,
  arrival: Begun & {
    readonly method: Method
    readonly verdict: Extract<Verdict, { outcome: 'accepted' | 'rejected' | 'denied' }>
    readonly holder: Holder
    readonly counting: Counting
    readonly shut: Obstacle
  },
): Promise<AnsweredLogin> {
  const { login, startedEvent, now, method, verdict, holder, counting, shut } = arrival
  const { problem, until } = shut
  const { held } = holder
  const judged =
    held && verdict.outcome === 'rejected'
      ? judgedAuthenticator(held.value, verdict, { ...counting, now })
      : null
  const event = {
    kind: 'login.identity-refused',
    subscriberId: login.subscriberId,
    loginId: login.id,
    method: method.name,
    authenticatorId: held?.value.id ?? null,
    reason: verdict.outcome === 'rejected' ? verdict.reason : problem,
    disabled: judged?.lifecycle === 'disabled',
  } as const
  const step = firstFactorRefused(login, { event, problem }, now)
  const isLocked = held && judged && judged.lifecycle !== held.value.lifecycle
  const done = await commitLogin(world.db, {
    now,
    login: { value: step.login, version: null },
    effects: [],
    ...(isLocked && { authenticators: [{ value: judged, version: held.version }] }),
    events: [startedEvent, event],
  })
  if (!done) return refusal('login.conflict')
  return until === null ? refusal(problem) : refusal(problem, until)
}
