import type { Authenticator } from '#core/devices/authenticator.ts'
import { answers, succeeded } from '#core/devices/authenticator.ts'
import { liftsBy } from '#core/devices/enrolment.ts'
import { atLeast, strengthOf } from '#core/assurance.ts'
import { type EnrolmentId, newId, type TaskId } from '#core/ids.ts'
import { lifted } from '#core/login/login.ts'
import type { Destination, Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { closedDoor, neededAt } from '#core/sessions/rights.ts'
import { proofsWith, type Session } from '#core/sessions/session.ts'
import { findBegun } from '#engine/devices/enrolment.ts'
import {
  openedSession,
  recognisedBrowser,
  recognisedEvent,
} from '#engine/login/recognised-browser.ts'
import { holderHash } from '#engine/login/same-browser.ts'
import type { Client } from '#engine/login/view.ts'
import { retryStale } from '#engine/retry.ts'
import { newSecret, secretHash } from '#engine/secrets.ts'
import { factsOf, type OpenSession } from '#engine/sessions/rights.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findBrowser } from '#store/login/browsers.ts'
import { commitLogin, findLogin } from '#store/login/logins.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findTask } from '#store/tasks/tasks.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What was just set up opens the session that takes the place of the one it was set up in, so that
 * its client need not log in a second time.
 *
 * It opens what a login with it would open at this moment, and nothing besides. A login asks for
 * the password and for the device: the password was typed to confirm this very enrolment, and the
 * device has proven its keys to it. So the session must be the one that began it, the browser the
 * one in which the password was typed, and the client in the state that binding has left. Who has
 * only the cookie of the session has no such browser; who has only the password could bind a device
 * of their own, and lifts what that device would open.
 *
 * @see security.md A9, S66, S82
 */

export interface Lifted {
  readonly ok: true
  readonly login: Login
  readonly token: string
  readonly browserCookie: string | null
}

/** The browser in which a task of this session was confirmed, as its logins bear it. */
export async function confirmedInOf(
  world: World,
  { id: sessionId }: Session,
  id: TaskId,
): Promise<string | null> {
  const task = (await findTask(world.db, id))?.value
  if (task?.sessionId !== sessionId || task.state !== 'used') return null
  return (await findLogin(world.db, task.loginId))?.value.holder ?? null
}

interface Lifting {
  readonly id: EnrolmentId
  readonly client: Client
  /** Where it leads; without it, where the login led that opened the session. */
  readonly leadsTo: Destination | null
}

/**
 * Lifts a session by what its enrolment has bound, once: the session ends in the same commit.
 *
 * @returns why not; then the session is as it was, and a login proves what it does not.
 */
export async function liftSession(
  world: World,
  session: OpenSession,
  lifting: Lifting,
): Promise<Lifted | Refusal> {
  const done = await retryStale<Lifted | Refusal>(
    'session.conflict',
    async () => await tryToLift(world, session, lifting),
  )
  if (done.ok) world.wakeUps.publish(topicOfClient(session.subscriberId))
  return done
}

const AS_IT_WAS = 'session.insufficient'

async function tryToLift(
  world: World,
  session: OpenSession,
  { id, client, ...wanted }: Lifting,
): Promise<Lifted | Refusal | 'stale'> {
  const now = world.now()
  const { subscriberId } = session
  // Before all that is read below: the commit is held to it.
  const stamp = await findStamp(world.db, subscriberId)
  const [enrolment, opener] = await Promise.all([
    findBegun(world, session, id),
    findLogin(world.db, session.loginId),
  ])
  const holder = holderHash(client.holder)
  const bound = enrolment && liftsBy(enrolment.value, { holder, stamp, now })
  if (!bound || !opener) return refusal(AS_IT_WAS)
  const held = await findAuthenticator(world.db, bound)
  if (!held?.subscriberIds.includes(subscriberId)) return refusal(AS_IT_WAS)
  const proven = await provenWith(world, session, held)
  if ('problem' in proven) return proven
  const browser = await browserOf(world, session, client)
  if (browser === 'blocked') return refusal('login.blocked-browser')
  const { leadsTo = null } = opener.value
  const login = lifted(
    opener.value,
    {
      ...proven,
      holder,
      id: newId('log', now, world.random),
      origin: { ...opener.value.origin, browserId: browser },
      leadsTo: wanted.leadsTo ?? leadsTo,
    },
    now,
  )
  const [token, cookie] = [newSecret(world.random), newSecret(world.random)]
  const recognised = recognisedBrowser(world, login, { cookie, now })
  // It is as old as the one before it, and lasts no longer.
  const { openedAt } = session
  const next = { ...openedSession(world, login, now).session, openedAt }
  const { id: loginId } = login
  const { id: authenticatorId, method, state } = held.value
  const about = { subscriberId, loginId, within: session.id }
  const fact = { sessionId: next.id, authenticatorId, method }
  const written = await commitLogin(world.db, {
    now,
    login: { value: login, version: null },
    authenticators: [{ value: succeeded(held.value, state, now), version: held.version }],
    session: { value: next, tokenHash: secretHash(token) },
    ...(recognised && { browser: recognised }),
    ended: {
      by: 'session-lifted',
      subscriberId,
      within: session.id,
      sessions: [session.id],
    },
    standing: { subscriberId, stamp },
    effects: [],
    events: [
      { kind: 'session.lifted', ...about, ...fact },
      ...(recognised ? [recognisedEvent(login, recognised)] : []),
    ],
  })
  if (!written) return 'stale'
  return { ok: true, login, token, browserCookie: recognised && cookie }
}

/** What the session proves with it and what it has to, by the rules of a login. */
async function provenWith(
  world: World,
  session: OpenSession,
  { value }: Versioned<Authenticator>,
): Promise<Pick<Parameters<typeof lifted>[1], 'proofs' | 'needs'> | Refusal> {
  const now = world.now()
  const platform = world.platforms.get(session.platform)
  const { acr, amr, name, secondFactor } = methodNamed(world, value.method)
  const counts = secondFactor && answers(value, now) && value.pendingUntil === null
  if (!platform || !counts) return refusal(AS_IT_WAS)
  const proof = { method: name, authenticatorId: value.id, acr, amr }
  const firstFactor = world.firstFactor.name
  const proofs = proofsWith(session, proof, { firstFactor, now })
  const facts = await factsOf(world, session)
  const shut = closedDoor(platform, facts, now)
  if (shut) return refusal(shut.problem)
  const needs = neededAt(platform, facts, now)
  return proofs && atLeast(strengthOf(proofs), needs) ? { proofs, needs } : refusal(AS_IT_WAS)
}

/** The browser as it is known, by what it was given or by what has held its logins. */
async function browserOf(world: World, { subscriberId }: OpenSession, client: Client) {
  const cookieHash = secretHash(client.browserCookie ?? client.holder)
  const found = await findBrowser(world.db, { subscriberId, cookieHash })
  if (found?.value.blockedAt) return 'blocked'
  return found?.value.id ?? null
}
