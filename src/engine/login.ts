import type { Language } from '#core/account.ts'
import type { Authenticator } from '#core/authenticator.ts'
import { failed, succeeded } from '#core/authenticator.ts'
import type { AuthenticatorId, LoginId } from '#core/ids.ts'
import {
  type Challenged,
  claimed,
  judged,
  type Judgement,
  type Login,
  type Step,
  unlessExpired,
} from '#core/login.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time.ts'
import { newSecret, secretHash } from '#engine/secrets.ts'
import { blockedOrigin, openedSession, recognisedBrowser } from '#engine/browser-session.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Method, Verdict } from '#methods/method.ts'
import type { PromptView } from '#methods/prompt.ts'
import { findAuthenticator, listAuthenticators } from '#store/authenticators.ts'
import {
  commitLogin,
  findLogin,
  listReceipts,
  type LoginCommit,
  type Receipt,
} from '#store/logins.ts'
import type { Versioned } from '#store/versioned.ts'

/** What a door knows of the one who knocks. */
export interface Client {
  /** The network address that limits count by. */
  readonly address: string
  /** Such as `Firefox, Windows`. */
  readonly browser: string
  readonly language: Language
  /** The secret that this browser or program keeps for the length of its logins. */
  readonly holder: string
  /** What this browser was given after an earlier login. */
  readonly browserCookie: string | null
}

/** A login, and the secret of the browser or program that began it. */
export interface Held {
  readonly id: LoginId
  readonly holder: string
}

/** One of the authenticators that a claimant may be asked for. */
export interface Choice {
  readonly id: AuthenticatorId
  readonly method: string
  /** `null` on a browser that is not recognised: it hears kinds, never names (design 7). */
  readonly label: string | null
  readonly usedAt: Instant | null
  readonly locked: boolean
}

export interface LoginView {
  readonly ok: true
  readonly login: Login
  readonly choices: readonly Choice[]
  readonly receipts: readonly Receipt[]
  /** How the open challenge can be answered; empty in every other state. */
  readonly views: readonly PromptView[]
}

/** Shows a login to the one who began it; to anybody else it does not exist. */
export async function viewLogin(world: World, { id, holder }: Held): Promise<LoginView | Refusal> {
  const now = world.now()
  const found = await findHeld(world, { id, holder })
  if (!found) return refusal('login.not-found')
  const login = unlessExpired(found.value, now)
  const choices = await choicesOf(world, login)
  if (login.state !== 'challenged') return { ok: true, login, choices, receipts: [], views: [] }
  const { challenge } = login
  const label = choices.find((choice) => choice.id === challenge.authenticatorId)?.label ?? null
  const views = methodNamed(world, challenge.method).describe(challenge.prompt, {
    ...challenge,
    label,
  })
  const receipts = await listReceipts(world.db, id, challenge.openedAt)
  return { ok: true, login, choices, receipts, views }
}

/** Calls back when a login may have changed: a hint to look again, and nothing more. */
export function watchLogin(world: World, id: LoginId, listener: () => void): () => void {
  return world.wakeUps.subscribe(topicOfLogin(id), listener)
}

export const topicOfLogin = (id: LoginId): string => `login:${id}`
export const TOPIC_OF_OUTBOX = 'outbox'
export const topicOfPhone = (id: AuthenticatorId): string => `phone:${id}`

export type AnsweredLogin =
  | {
      readonly ok: true
      readonly login: Login
      /** The session, when the login is complete and its browser is the one who answered. */
      readonly token: string | null
      readonly browserCookie: string | null
    }
  | (Refusal & { readonly login?: Login })

/** An answer that the claimant types. The session is opened in the same commit. */
export async function answerLogin(
  world: World,
  { id, holder, answer }: Held & { readonly answer: unknown },
): Promise<AnsweredLogin> {
  const claim = { token: newSecret(world.random), cookie: newSecret(world.random) }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await findHeld(world, { id, holder })
    if (!found) return refusal('login.not-found')
    const judging = await judge(world, found, { answer, claim })
    if (judging !== 'stale') return judging
  }
  return refusal('login.conflict')
}

/**
 * An answer that comes from the authenticator itself. It completes the login; the session waits for the
 * browser that began it (`claimLogin`).
 */
export async function answerFromDevice(
  world: World,
  {
    id,
    from,
    answer,
  }: { readonly id: LoginId; readonly from: AuthenticatorId; readonly answer: unknown },
): Promise<AnsweredLogin> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await findLogin(world.db, id)
    if (found?.value.state !== 'challenged' || found.value.challenge.authenticatorId !== from) {
      return refusal('phone.request-not-found')
    }
    const judging = await judge(world, found, { answer, claim: null })
    if (judging !== 'stale') return judging
  }
  return refusal('login.conflict')
}

/** The browser that began a login takes its session, once. */
export async function claimLogin(world: World, held: Held): Promise<AnsweredLogin> {
  const now = world.now()
  const found = await findHeld(world, held)
  if (!found) return refusal('login.not-found')
  const claim = { token: newSecret(world.random), cookie: newSecret(world.random) }
  const moved = claimed(found.value, now)
  if ('stays' in moved) return refusal(moved.stays)
  const step = { login: moved.login, effects: [], event: null } as const
  const { commit, cookie } = withSession(world, step, { version: found.version, now, claim })
  if (!(await commitLogin(world.db, commit))) return refusal('login.already-claimed')
  return { ok: true, login: moved.login, token: claim.token, browserCookie: cookie }
}

/** How often an answer is judged anew when something else was written in between; each time is counted. */
const ATTEMPTS = 3

interface Answering {
  readonly answer: unknown
  readonly claim: Claim | null
}

interface Claim {
  readonly token: string
  readonly cookie: string
}

/** Read, judge, decide, write: the whole of one answer, whichever door it came in through. */
async function judge(
  world: World,
  found: Versioned<Login>,
  { answer, claim }: Answering,
): Promise<AnsweredLogin | 'stale'> {
  const now = world.now()
  const { value: login, version } = found
  if (login.state !== 'challenged')
    return refusal(login.state === 'expired' ? 'login.expired' : 'login.not-challenged')
  const method = methodNamed(world, login.challenge.method)
  const held = await heldAuthenticator(world, login)
  const verdict = await verdictOn(held.value, login, { method, answer, now })
  if (verdict.outcome === 'malformed') return refusal('login.malformed-answer')
  if (verdict.outcome === 'late') return refusal('login.too-late')

  const authenticator = judgedAuthenticator(held.value, verdict, { method, now })
  const moved = judged(login, judgementOf(verdict, authenticator, method), now)
  if ('stays' in moved) return refusal(moved.stays)

  const authenticators =
    held.version === null ? [] : [{ value: authenticator, version: held.version }]
  const blocked = moved.problem === 'login.not-me' ? await blockedOrigin(world, login, now) : null
  const { commit, cookie, token } = withSession(world, moved, { version, now, claim })
  const done = await commitLogin(world.db, {
    ...commit,
    authenticators,
    ...(blocked && { browser: blocked }),
  })
  if (!done) return 'stale'
  world.wakeUps.publish(topicOfLogin(login.id))
  world.wakeUps.publish(topicOfPhone(login.challenge.authenticatorId))
  if (moved.problem) return { ok: false, problem: moved.problem, login: moved.login }
  return { ok: true, login: moved.login, token, browserCookie: cookie }
}

/** The authenticator that was asked; a decoy's exists only for as long as its answer is refused. */
async function heldAuthenticator(
  world: World,
  { challenge, decoy, startedAt }: Challenged,
): Promise<{ readonly value: Authenticator; readonly version: number | null }> {
  if (!decoy) {
    const found = await findAuthenticator(world.db, challenge.authenticatorId)
    if (!found) throw new Error('a challenge to an authenticator that does not exist')
    return found
  }
  const state = methodNamed(world, challenge.method).decoy(world.random)
  const value: Authenticator = {
    id: challenge.authenticatorId,
    method: challenge.method,
    label: '',
    lifecycle: 'active',
    state,
    failures: 0,
    createdAt: startedAt,
    usedAt: null,
  }
  return { value, version: null }
}

async function verdictOn(
  held: Authenticator,
  { challenge, decoy }: Challenged,
  {
    method,
    answer,
    now,
  }: { readonly method: Method; readonly answer: unknown; readonly now: Instant },
): Promise<Verdict> {
  const judging = { authenticatorId: held.id, expected: challenge.expected, answer, now }
  const verdict = await method.verify(held.state, judging)
  // Suspended, disabled or revoked since the challenge was opened: no answer of it is right any more.
  const valid = held.lifecycle === 'active' && !decoy
  if (valid || verdict.outcome !== 'accepted') return verdict
  return { outcome: 'rejected', reason: decoy ? 'decoy' : held.lifecycle }
}

function judgedAuthenticator(
  held: Authenticator,
  verdict: Extract<Verdict, { outcome: 'accepted' | 'rejected' | 'denied' }>,
  { method, now }: { readonly method: Method; readonly now: Instant },
): Authenticator {
  switch (verdict.outcome) {
    case 'accepted':
      return succeeded(held, verdict.state, now)
    case 'denied':
      return { ...held, state: verdict.state }
    case 'rejected': {
      const counted = failed({ ...held, state: verdict.state ?? held.state }, method.hardCap)
      return verdict.disable ? { ...counted, lifecycle: 'disabled' } : counted
    }
  }
}

function judgementOf(
  verdict: Extract<Verdict, { outcome: 'accepted' | 'rejected' | 'denied' }>,
  authenticator: Authenticator,
  method: Method,
): Judgement {
  switch (verdict.outcome) {
    case 'accepted':
      return {
        outcome: 'accepted',
        proof: { method: method.name, acr: method.acr, amr: method.amr },
      }
    case 'denied':
      return { outcome: 'denied', notMe: verdict.notMe }
    case 'rejected': {
      const disabled = authenticator.lifecycle !== 'active'
      return { outcome: 'rejected', reason: verdict.reason, disabled, open: verdict.open ?? false }
    }
  }
}

/** A completed login whose browser is here opens its session in the same commit. */
function withSession(
  world: World,
  step: Pick<Step, 'login' | 'effects'> & { readonly event: Step['event'] | null },
  {
    version,
    now,
    claim,
  }: { readonly version: number; readonly now: Instant; readonly claim: Claim | null },
): { readonly commit: LoginCommit; readonly token: string | null; readonly cookie: string | null } {
  const events = step.event ? [step.event] : []
  const plain = { now, login: { value: step.login, version }, effects: step.effects, events }
  if (!claim || step.login.state !== 'completed')
    return { commit: plain, token: null, cookie: null }
  const taken = claimed(step.login, now)
  const login = 'login' in taken ? taken.login : step.login
  const { session, event } = openedSession(world, login, now)
  const browser = recognisedBrowser(world, login, { cookie: claim.cookie, now })
  const commit: LoginCommit = {
    ...plain,
    login: { value: login, version },
    session: { value: session, tokenHash: secretHash(claim.token) },
    ...(browser && { browser }),
    events: [...events, event],
  }
  return { commit, token: claim.token, cookie: browser ? claim.cookie : null }
}

export function methodNamed(world: World, name: string): Method {
  const method = world.methods.get(name)
  if (!method) throw new Error(`no method is called ${name}`)
  return method
}

/** The login of this id, if it was begun with this secret. */
export async function findHeld(
  world: World,
  { id, holder }: Held,
): Promise<Versioned<Login> | null> {
  const found = await findLogin(world.db, id)
  return found && found.value.holder === secretHash(holder).toString('base64url') ? found : null
}

/** The second factors of whoever a login claims to be, last used first. */
export async function choicesOf(world: World, login: Login): Promise<readonly Choice[]> {
  if (login.state === 'started' || login.state === 'refused') return []
  if (login.decoy || login.subscriberId === null) return decoyChoices(world, login)
  const named = login.origin.browserId !== null
  const held = await listAuthenticators(world.db, login.subscriberId)
  return held
    .filter(({ value }) => methodNamed(world, value.method).secondFactor)
    .filter(({ value }) => value.lifecycle === 'active' || value.lifecycle === 'disabled')
    .map(({ value: { id, method, label, usedAt, lifecycle } }) => ({
      id,
      method,
      label: named ? label : null,
      usedAt,
      locked: lifecycle !== 'active',
    }))
}

/** Always the same for one name: whoever asks twice learns nothing (A1). */
export function decoyChoices(world: World, { id }: Pick<Login, 'id'>): readonly Choice[] {
  const method = [...world.methods.values()].find((one) => one.secondFactor)
  if (!method) return []
  const authenticatorId = id.replace('log_', 'aut_') as AuthenticatorId
  return [{ id: authenticatorId, method: method.name, label: null, usedAt: null, locked: false }]
}
