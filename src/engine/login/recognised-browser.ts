import { atLeast, strengthOf } from '#core/assurance.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Browser } from '#core/login/browser.ts'
import { newId } from '#core/ids.ts'
import { claimed } from '#core/login/login.ts'
import type { Login, Origin, Step } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import { secretHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import {
  findRemembered,
  listBrowsers,
  type Remembered,
  unnameBrowser,
} from '#store/login/browsers.ts'
import type { Claimant } from '#store/login/claimant.ts'
import { findStamp } from '#store/security-stamp.ts'
import type { LoginCommit } from '#store/login/logins.ts'

/** The session that a completed login opens. */
export function openedSession(
  world: World,
  login: Login,
  now: Instant,
): { readonly session: Session; readonly event: AuditEvent } {
  if (login.subscriberId === null) throw new Error('a session without a subscriber')
  const { browser, place, browserId, address } = login.origin
  const session: Session = {
    id: newId('ses', now, world.random),
    subscriberId: login.subscriberId,
    loginId: login.id,
    platform: login.platform,
    environment: login.environment,
    proofs: login.proofs,
    origin: { browser, place, browserId, address },
    openedAt: now,
    seenAt: now,
    endedAt: null,
  }
  const { subscriberId, id: sessionId, loginId } = session
  return { session, event: { kind: 'session.opened', subscriberId, loginId, sessionId } }
}

/** The secrets of a session and of its browser, drawn before it is opened. */
export interface Claim {
  readonly token: string
  readonly cookie: string
}

/** A completed login whose browser is here opens its session in the same commit. */
export function withSession(
  world: World,
  step: Pick<Step, 'login' | 'effects'> & { readonly event: Step['event'] | null },
  {
    version,
    now,
    claim,
    browser,
    claimedIn = null,
    isTold,
  }: {
    /** `null` for a login that is written for the first time. */
    readonly version: number | null
    readonly now: Instant
    readonly claim: Claim | null
    readonly browser: LoginCommit['browser'] | null
    /** The state of the client that its session is opened in, where that is to be kept. */
    readonly claimedIn?: number | null
    /** Whether its client is told of every login. */
    readonly isTold: boolean
  },
): { readonly commit: LoginCommit; readonly token: string | null; readonly cookie: string | null } {
  const events = step.event ? [step.event] : []
  const plain = { now, login: { value: step.login, version }, effects: step.effects, events }
  if (!claim || step.login.state !== 'completed' || !opensSession(step.login))
    return { commit: plain, token: null, cookie: null }
  const taken = claimed(step.login, now)
  const login = {
    ...('login' in taken ? taken.login : step.login),
    ...(claimedIn !== null && { claimedIn }),
  }
  const { session, event } = openedSession(world, login, now)
  // A password alone is not enough to be remembered by.
  const remembered = atLeast(strengthOf(login.proofs), '2t') ? browser : null
  const commit: LoginCommit = {
    ...plain,
    login: { value: login, version },
    session: { value: session, tokenHash: secretHash(claim.token) },
    ...(remembered && { browser: remembered }),
    events: [...events, event, ...toldWith({ session, login, remembered, isTold })],
  }
  return { commit, token: claim.token, cookie: remembered ? claim.cookie : null }
}

/** A browser that is remembered is told as new; of one that is known, some want to hear as well. */
function toldWith({
  session: { id: sessionId, subscriberId },
  login,
  remembered,
  isTold,
}: {
  readonly session: Session
  readonly login: Login
  readonly remembered: LoginCommit['browser'] | null
  readonly isTold: boolean
}): readonly AuditEvent[] {
  if (remembered) return [recognisedEvent(login, remembered)]
  return isTold ? [{ kind: 'session.announced', subscriberId, loginId: login.id, sessionId }] : []
}

/** A login that confirms a task, or that begins a reset, leads nowhere else. */
const opensSession = ({ task, resets }: Login): boolean => task === null && !resets

/** The state of a client whose login confirms more than it opens; `null` of any other. */
export async function stampFor(
  world: World,
  { state, subscriberId, binds, proofs }: Login,
): Promise<number | null> {
  const standsIn = proofs.some(({ method }) => world.methods.get(method)?.standsIn)
  if (state !== 'completed' || subscriberId === null) return null
  return binds !== undefined || standsIn ? await findStamp(world.db, subscriberId) : null
}

/**
 * The browser as it will be recognised once its login is complete, or `null` when it is known
 * already.
 */
export function recognisedBrowser(
  world: World,
  login: Login,
  { cookie, now }: { readonly cookie: string; readonly now: Instant },
): NonNullable<LoginCommit['browser']> | null {
  if (login.subscriberId === null || login.origin.browserId !== null) return null
  const value: Browser = {
    id: newId('brw', now, world.random),
    subscriberId: login.subscriberId,
    label: login.origin.browser,
    createdAt: now,
    seenAt: now,
    blockedAt: null,
    namedAt: now,
  }
  return { value, version: null, cookieHash: secretHash(cookie) }
}

export const recognisedEvent = (
  { subscriberId, id: loginId }: Login,
  { value: { id: browserId } }: NonNullable<LoginCommit['browser']>,
): AuditEvent => ({ kind: 'browser.recognised', subscriberId, loginId, browserId })

/**
 * The browser of a login that its subscriber did not ask for. The attacker who used it knew the
 * password, so it is refused from now on, by the cookie it was recognised by or by the one that
 * held the login.
 */
export async function blockedOrigin(
  world: World,
  { subscriberId, id: loginId, origin, holder }: Login,
  now: Instant,
): Promise<{
  readonly browser: NonNullable<LoginCommit['browser']>
  readonly event: AuditEvent
} | null> {
  if (subscriberId === null) return null
  const known = await listBrowsers(world.db, subscriberId)
  const found = known.find(({ value }) => value.id === origin.browserId)
  const browserId = found?.value.id ?? newId('brw', now, world.random)
  const event = { kind: 'browser.blocked', subscriberId, loginId, browserId } as const
  if (found) {
    const value = { ...found.value, blockedAt: now }
    return { browser: { value, version: found.version }, event }
  }
  const value: Browser = {
    id: browserId,
    subscriberId,
    label: origin.browser,
    createdAt: now,
    seenAt: now,
    blockedAt: now,
    namedAt: null,
  }
  return { browser: { value, version: null, cookieHash: Buffer.from(holder, 'base64url') }, event }
}

/**
 * The user name that a recognised browser fills in, so that its client types it once; and the
 * account that is chosen, so that a client who has nothing but paper says it once.
 *
 * The browser holds a secret and no name. The name stands in the record that the secret opens, so
 * it is shown in that browser and in no other, and nowhere any more once the client has logged out
 * everywhere, has forgotten the browser, or has shut it out (A1).
 */
export async function rememberedName(
  { db }: World,
  browserCookie: string | null,
): Promise<RememberedName | null> {
  if (browserCookie === null) return null
  return await findRemembered(db, secretHash(browserCookie))
}

export type RememberedName = Pick<Remembered, 'userName' | 'environment'>

/**
 * The person at this browser is another one. It fills in no name until the next login, and whose it
 * was it knows as well as before: its client is not taken for a stranger.
 */
export async function forgetName({ db, now }: World, browserCookie: string | null): Promise<void> {
  const found = browserCookie === null ? null : await findRemembered(db, secretHash(browserCookie))
  if (!found) return
  const { browserId, subscriberId } = found
  const event = { kind: 'browser.unnamed', subscriberId, browserId } as const
  await unnameBrowser(db, { id: browserId, now: now(), events: [event] })
}

/** What a login bears of the browser that it is begun in. */
export function browserIn({
  browser,
}: Pick<Claimant, 'browser'>): Pick<Origin, 'browserId' | 'isUnnamed'> {
  const { id = null, namedAt = null } = browser?.value ?? {}
  return { browserId: id, ...(id !== null && namedAt === null && { isUnnamed: true }) }
}
