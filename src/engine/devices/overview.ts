import type { Account, Subscriber } from '#core/subscribers/account.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { Browser } from '#core/login/browser.ts'
import type { Contact } from '#core/contact/address.ts'
import type { AuthenticatorId, BrowserId, SubscriberId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import { labelOf } from '#core/devices/device-name.ts'
import { isOpen, type Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { type Attention, attentionOf } from '#engine/devices/attention.ts'
import { nameOf } from '#engine/subscribers/full-name.ts'
import { type AskedFirst, askedFirstOf } from '#engine/login/choices.ts'
import { rulesOf } from '#engine/notices/every-login.ts'
import { depositOnEnd, depositWrites } from '#engine/subscribers/deposit.ts'
import { devicesEndedBy, stoppedFor } from '#engine/endings.ts'
import { isStrongEnough } from '#engine/devices/may-bind.ts'
import { mayEndOthers } from '#engine/rate-limits.ts'
import { obstacleToSettings, otherUsersOf } from '#engine/subscribers/primary-user.ts'
import { holdsOf, type OpenSession } from '#engine/sessions/rights.ts'
import { areTextsStopped } from '#engine/contact/text-opt-out.ts'
import { PASSWORD_IN_DOUBT } from '#engine/devices/migration.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  type Holding,
  listAuthenticators,
  listHoldings,
} from '#store/devices/authenticators.ts'
import { forgetBrowsers as forget, listBrowsers } from '#store/login/browsers.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { findLatestLogin, findLogin } from '#store/login/logins.ts'
import { findStamp } from '#store/security-stamp.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { findSubscriber, updateSubscriber } from '#store/subscribers/subscribers.ts'

/** The login before this one: when it was completed, as the activity says too. */
export interface LastLogin extends Pick<Login, 'origin'> {
  readonly at: Instant
  /** What it was confirmed with; `null` for a password alone, or for what is long gone. */
  readonly device: Pick<Holding, 'method' | 'label'> | null
}

/**
 * How a subscriber logs in, and the recent logins. Secrets of authenticators are not part of
 * it.
 */
export interface Security {
  readonly subscriber: Subscriber
  readonly accounts: readonly Account[]
  readonly authenticators: readonly Holding[]
  /** What the login page asks at once, and what could be chosen for it. */
  readonly askedFirst: AskedFirst
  readonly sessions: readonly Session[]
  readonly browsers: readonly Browser[]
  /** The addresses that count. */
  readonly contacts: readonly Contact[]
  /** The latest login that was not the one of this session. */
  readonly lastLogin: LastLogin | null
  /** A stranger has known the password: until it is another one, no money moves. */
  readonly isPasswordInDoubt: boolean
  /** The number of record has answered STOP. */
  readonly areTextsStopped: boolean
  /** The other users of the account, for its primary user. */
  readonly otherUsers: readonly Subscriber[]
}

export async function securityOf(world: World, session: OpenSession): Promise<Security> {
  const now = world.now()
  const { subscriberId, subscriber, accounts } = session
  const [authenticators, sessions, browsers, lastLogin, contacts, otherUsers] = await Promise.all([
    secondFactorsOf(world, subscriberId),
    listSessions(world.db, subscriberId, now),
    listBrowsers(world.db, subscriberId),
    lastLoginBefore(world, session),
    listContacts(world.db, subscriberId),
    otherUsersOf(world, subscriberId),
  ])
  return {
    subscriber,
    accounts,
    authenticators,
    askedFirst: askedFirstOf(world, authenticators, {
      ...subscriber,
      rule: rulesFor(world.settings.jurisdictions, accounts).rules.askedFirst,
    }),
    sessions: sessions.filter((one) => isOpen(one, now, session.idle)),
    browsers: browsers.map(({ value }) => value),
    contacts: contacts.filter(({ replacedAt }) => replacedAt === null),
    lastLogin,
    isPasswordInDoubt: await isPasswordInDoubt(world, session),
    areTextsStopped: await areTextsStopped(world, subscriberId),
    otherUsers,
  }
}

/** Whether its holder can confirm a login with it, and with nothing else that they hold. */
export function isLastWayIn(
  { now }: Pick<World, 'now'>,
  held: Security['authenticators'],
  id: AuthenticatorId,
): boolean {
  const working = held.filter((one) => answers(one, now()))
  return working.length === 1 && working[0]?.id === id
}

/** Asked only where something is held back at all. */
async function isPasswordInDoubt(world: World, session: OpenSession): Promise<boolean> {
  const { subscriberId, decision } = session
  if (!decision.narrowed.some((id) => id.startsWith('hold-'))) return false
  const holds = await holdsOf(world, subscriberId)
  return holds.some(({ kind }) => kind === PASSWORD_IN_DOUBT)
}

/** What a client sees first after logging in. */
export interface Overview
  extends Pick<Security, 'subscriber' | 'accounts' | 'isPasswordInDoubt' | 'lastLogin'> {
  /** What they are called; `null` where it is not recorded. */
  readonly fullName: string | null
  readonly attention: readonly Attention[]
}

export async function overviewOf(world: World, session: OpenSession): Promise<Overview> {
  const { subscriberId, subscriber, accounts } = session
  const [lastLogin, fullName, holdings, contacts, holds] = await Promise.all([
    lastLoginBefore(world, session),
    nameOf(world, subscriberId),
    listHoldings(world.db, subscriberId),
    listContacts(world.db, subscriberId),
    holdsOf(world, subscriberId),
  ])
  const attention = await attentionOf(world, session, {
    authenticators: holdings.filter(({ method }) => world.methods.get(method)?.secondFactor),
    contacts: contacts.filter(({ replacedAt }) => replacedAt === null),
    // What another password ends is told in words of its own.
    holds: holds.filter(({ kind }) => kind !== PASSWORD_IN_DOUBT),
  })
  const isInDoubt = holds.some(({ kind }) => kind === PASSWORD_IN_DOUBT)
  return { subscriber, accounts, lastLogin, isPasswordInDoubt: isInDoubt, fullName, attention }
}

/** A login that was lifted and the one that lifted it are one to their client. */
async function lastLoginBefore(
  world: World,
  { subscriberId, loginId }: Session,
): Promise<LastLogin | null> {
  const own = await findLogin(world.db, loginId)
  const these = [loginId, own?.value.lifts]
  const found = await findLatestLogin(
    world.db,
    subscriberId,
    ({ id, state, task }) => state === 'completed' && !these.includes(id) && !task,
  )
  if (found?.state !== 'completed') return null
  const { completedAt: at, origin, proofs } = found
  const confirmed = proofs.at(-1)?.authenticatorId
  const held = confirmed === undefined ? [] : await listHoldings(world.db, subscriberId)
  return { at, origin, device: held.find(({ id }) => id === confirmed) ?? null }
}

export async function renameAuthenticator(
  world: World,
  session: Session,
  { id, label: typed }: { readonly id: AuthenticatorId; readonly label: string },
): Promise<{ readonly ok: true } | Refusal> {
  const label = labelOf(typed)
  if (label === null) return refusal('authenticator.label')
  return await change(world, session, {
    id,
    to: (held) => ({ ...held, label }),
    event: 'authenticator.renamed',
  })
}

/**
 * Stops an authenticator that is lost or stolen. To report that takes one factor and no more (S70).
 */
export async function suspendAuthenticator(
  world: World,
  session: Session,
  { id }: { readonly id: AuthenticatorId },
): Promise<{ readonly ok: true } | Refusal> {
  return await change(world, session, {
    id,
    to: suspended,
    event: 'authenticator.suspended',
    ends: 'device-stopped',
  })
}

/** Only what answers can be stopped: what is locked or gone stays what it is. */
const suspended = (held: Authenticator): Authenticator =>
  held.lifecycle === 'active' ? { ...held, lifecycle: 'suspended' } : held

/**
 * Why this session may not end an authenticator for good; `null` when it may. What is stronger than
 * the session is not taken away by it: with a password and a text a thief would be rid of the phone
 * that stops them, and bind another at once (A12). It can be stopped, and what is set up then takes
 * its place.
 */
export async function obstacleToRevoking(
  world: World,
  session: Session,
  { id }: { readonly id: AuthenticatorId },
): Promise<Problem | null> {
  const holdings = await listHoldings(world.db, session.subscriberId)
  const held = holdings.find((one) => one.id === id && one.lifecycle !== 'revoked')
  // What is not there is said by what would end it.
  if (!held) return null
  const { acr: bindsFrom } = methodNamed(world, held.method)
  return (await isStrongEnough(world, session, { bindsFrom })) ? null : 'authenticator.stronger'
}

/**
 * Ends an authenticator for good. One that others hold besides serves them still: only its binding
 * to this subscriber ends (R120).
 */
export async function revokeAuthenticator(
  world: World,
  session: Session,
  { id }: { readonly id: AuthenticatorId },
): Promise<{ readonly ok: true } | Refusal> {
  const stamp = await findStamp(world.db, session.subscriberId)
  const obstacle =
    (await obstacleToSettings(world, session)) ?? (await obstacleToRevoking(world, session, { id }))
  if (obstacle) return refusal(obstacle)
  const bound = await findAuthenticator(world.db, id)
  const isShared = bound !== null && bound.subscriberIds.length > 1
  return await change(world, session, {
    id,
    to: isShared ? (held) => held : (held) => ({ ...held, lifecycle: 'revoked' }),
    event: isShared ? 'authenticator.unbound' : 'authenticator.revoked',
    ends: 'device-removed',
    stamp,
    // A client who joins or leaves at the same moment writes another version.
    ...(bound && { over: bound.version }),
  })
}

/** What depends on nothing that was read is done whatever is written meanwhile. */
async function change(world: World, session: Session, wanted: Changing): Promise<Changed> {
  const tries = wanted.stamp === undefined ? CHANGES : 1
  return await retryStale<Changed>(
    'authenticator.conflict',
    () => tryChange(world, session, wanted),
    tries,
  )
}

const CHANGES = 5

type Changed = { readonly ok: true } | Refusal

interface Changing {
  readonly id: AuthenticatorId
  readonly to: (held: Authenticator) => Authenticator
  readonly event:
    | 'authenticator.renamed'
    | 'authenticator.suspended'
    | 'authenticator.revoked'
    | 'authenticator.unbound'
  /**
   * An attacker who is logged in elsewhere may have used it (S85), and may have begun something.
   */
  readonly ends?: 'device-stopped' | 'device-removed'
  /** The security stamp that was read before it was decided; without, it depends on nothing. */
  readonly stamp?: number
  /** The version at which it was seen who holds it. */
  readonly over?: number
}

async function tryChange(
  world: World,
  { subscriberId, id: within }: Session,
  wanted: Changing,
): Promise<Changed | 'stale'> {
  const read = wanted.stamp ?? (await findStamp(world.db, subscriberId))
  const own = await listAuthenticators(world.db, subscriberId)
  const held = own.find(({ value }) => value.id === wanted.id)
  const isOwn = held && world.methods.get(held.value.method)?.secondFactor
  if (!held || !isOwn || held.value.lifecycle === 'revoked')
    return refusal('authenticator.not-found')
  // A stopped device stays as it is: nothing ends again, and no client is told again (A28).
  if (wanted.ends === 'device-stopped' && held.value.lifecycle !== 'active') return { ok: true }
  const fact = { subscriberId, authenticatorId: wanted.id, within }
  const event =
    wanted.event === 'authenticator.renamed'
      ? ({ kind: wanted.event, ...fact } as const)
      : ({ kind: wanted.event, ...fact, by: 'holder' } as const)
  const changed = [{ value: wanted.to(held.value), version: wanted.over ?? held.version }]
  const unbound = { subscriberId, authenticatorId: wanted.id }
  const { ends: by } = wanted
  const devices = by
    ? await devicesEndedBy(world, {
        by,
        subscriberId,
        actor: 'session',
        within,
        stamp: read,
        isOf: (id) => id !== within,
        besides: [wanted.id],
      })
    : { changed: [], events: [] }
  const isStopped = held.value.lifecycle === 'active' && wanted.event === 'authenticator.suspended'
  const others = isStopped ? await stoppedForOthers(world, { subscriberId, id: wanted.id }) : []
  const all = [devices, ...others]
  const how = isStopped ? 'lost' : wanted.event === 'authenticator.revoked' ? 'unused' : null
  const end = { id: wanted.id, subscriberId, by: 'holder', within } as const
  const deposit = how && (await depositOnEnd(world, { ...end, how }))
  const ended = [
    ...(by ? [{ by, subscriberId, within, stamp: read }] : []),
    ...others.flatMap((one) => one.ended ?? []),
  ]
  const done = await commitAuthenticators(world.db, {
    now: world.now(),
    changed: [...changed, ...all.flatMap((one) => one.changed)],
    events: [event, ...all.flatMap((one) => one.events), ...(deposit?.events ?? [])],
    ...(deposit && { deposit: depositWrites(world, deposit) }),
    ...(wanted.event === 'authenticator.unbound' && { unbound }),
    ended: ended.toSorted((one, other) => (one.subscriberId < other.subscriberId ? -1 : 1)),
  })
  if (!done) return 'stale'
  for (const holder of [subscriberId, ...others.map((one) => one.holder)]) {
    world.wakeUps.publish(topicOfClient(holder))
  }
  return { ok: true }
}

/**
 * What a stop means for those who hold it besides (R120): each of them hears of it. Read after the
 * version that is written over: a client who joins meanwhile writes another.
 */
async function stoppedForOthers(
  world: World,
  { subscriberId, id }: { readonly subscriberId: SubscriberId; readonly id: AuthenticatorId },
) {
  const holders = (await findAuthenticator(world.db, id))?.subscriberIds ?? []
  const others = holders.filter((one) => one !== subscriberId)
  const ends = others.length > 0 && (await mayEndOthers(world, id))
  const all = ends
    ? await stoppedFor(world, { by: 'device-stopped', actor: 'session', id, holders: others })
    : []
  return others.map((holder) => {
    const told = { subscriberId: holder, authenticatorId: id, by: 'holder' } as const
    const one = all.find(({ ended }) => ended.subscriberId === holder)
    return {
      holder,
      changed: one?.changed ?? [],
      events: [{ kind: 'authenticator.suspended', ...told } as const, ...(one?.events ?? [])],
      ended: one?.ended,
    }
  })
}

/**
 * Every browser is new again, or this one is; says how many were known. Blocked ones stay blocked.
 */
export async function forgetBrowsers(
  world: World,
  { subscriberId, id: within }: Session,
  only?: BrowserId,
): Promise<number> {
  const known = (await listBrowsers(world.db, subscriberId)).map(({ value }) => value)
  const ids = known
    .filter(({ id, blockedAt }) => blockedAt === null && (only === undefined || id === only))
    .map(({ id }) => id)
  if (ids.length === 0) return 0
  const one = only === undefined ? {} : { browserId: only }
  const events = [{ kind: 'browser.forgotten', subscriberId, within, ...one } as const]
  return await forget(world.db, { subscriberId, ids, now: world.now(), events })
}

/** Whether the login page asks the device first, or shows the challenge at once (R038). */
export async function setSeamless(
  world: World,
  { subscriberId, id: within }: Session,
  seamless: boolean,
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findSubscriber(world.db, subscriberId)
  if (!found) throw new Error('a session without a subscriber')
  if (!mayChangeSettings(found.value, world.now())) return refusal('subscriber.primary-user-only')
  const subscriber = { value: { ...found.value, seamless }, version: found.version }
  const event = { kind: 'subscriber.seamless-set', subscriberId, within, seamless } as const
  const done = await updateSubscriber(world.db, {
    now: world.now(),
    subscriber,
    within,
    events: [event],
  })
  return done ? { ok: true } : refusal('subscriber.conflict')
}

/** What the login page asks first, among what is as strong as what it asks now. */
export async function setAskedFirst(
  world: World,
  { subscriberId, id: within }: Session,
  { id }: { readonly id: AuthenticatorId },
): Promise<{ readonly ok: true } | Refusal> {
  const [found, held, rules] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    secondFactorsOf(world, subscriberId),
    rulesOf(world, subscriberId),
  ])
  if (!found) throw new Error('a session without a subscriber')
  if (!mayChangeSettings(found.value, world.now())) return refusal('subscriber.primary-user-only')
  const { choices } = askedFirstOf(world, held, { ...found.value, rule: rules.askedFirst })
  const chosen = choices.find((one) => one.id === id)
  if (!chosen) return refusal('authenticator.not-found')
  const { method } = chosen
  const subscriber = { value: { ...found.value, askedFirst: id }, version: found.version }
  const about = { subscriberId, within, authenticatorId: id, method }
  const done = await updateSubscriber(world.db, {
    now: world.now(),
    subscriber,
    within,
    events: [{ kind: 'subscriber.asked-first-set', ...about }],
  })
  return done ? { ok: true } : refusal('subscriber.conflict')
}

/** What a client holds to confirm a login with, whatever its standing. */
const secondFactorsOf = async (
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly Holding[]> =>
  (await listHoldings(world.db, subscriberId)).filter(
    ({ method }) => world.methods.get(method)?.secondFactor,
  )
