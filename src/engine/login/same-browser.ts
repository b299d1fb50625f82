import { userNameKey } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { LoginId } from '#core/ids.ts'
import { handedOver, isServedBy, replaced, withdrawn } from '#core/login/login.ts'
import { type Login } from '#core/login/state.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { secretHash } from '#engine/secrets.ts'
import { topicOfLogin, topicOfPhone } from '#engine/wake-up-topics.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { commitLogin, findLogin, listOpenLogins } from '#store/login/logins.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * The logins of one browser: its tabs may wait for several platforms at once.
 *
 *   another login asks the phone    ──▶ the phone forgets the requests before it; their pages say so
 *   one of them opens a session     ──▶ the others end, and their pages go on with that session;
 *                                       those that it is too weak for go on asking what is missing
 *
 * Each write is conditional on what was read: a login that is approved at the same moment stays so.
 */

/** The name that a login has for its browser: a hash of its secret. */
export const holderHash = (secret: string): string => secretHash(secret).toString('base64url')

/** The phone is asked by one login of a browser at a time, so that an approval is never in vain. */
export async function withdrawOthers(world: World, login: Login): Promise<void> {
  const now = world.now()
  const open = await listOpenLogins(world.db, { holder: login.holder, besides: login.id, now })
  for (const { value, version } of open) {
    if (!isOfSamePurpose(value, login)) continue
    if (value.state !== 'challenged' || !methodNamed(world, value.challenge.method).device) continue
    const step = withdrawn(value, login.id, now)
    if (!step) continue
    await write(world, { value: step.login, version }, [step.event])
    world.wakeUps.publish(topicOfPhone(value.challenge.authenticatorId))
  }
}

/**
 * Two logins of one client that lead in, that confirm one task, or that choose another password.
 */
const isOfSamePurpose = (one: Login, other: Login): boolean =>
  // By name: a login of an unknown name must look like one of a client (A1).
  userNameKey(one.userName) === userNameKey(other.userName) &&
  one.task?.id === other.task?.id &&
  one.resets === other.resets

/**
 * A login was completed, and its browser has another secret from now on. What the first secret
 * opened ends with it, unless the same client has more to prove there than the new session does:
 * such a login is handed over to the new secret.
 */
export async function settleOthers(
  world: World,
  done: Login,
  { before, next }: { readonly before: string; readonly next: string },
): Promise<void> {
  const now = world.now()
  const holders = new Set([done.holder, holderHash(before)])
  const lists = await Promise.all(
    [...holders].map((holder) => listOpenLogins(world.db, { holder, besides: done.id, now })),
  )
  for (const { value, version } of lists.flat()) {
    if (goesOn(value, done)) {
      await write(world, { value: handedOver(value, holderHash(next)), version }, [])
      continue
    }
    const step = replaced(value, done)
    if (!step) continue
    await write(world, { value: step.login, version }, [step.event])
    if (value.state === 'challenged')
      world.wakeUps.publish(topicOfPhone(value.challenge.authenticatorId))
  }
}

/** Whether a login asks the same client for more than was just proven. */
function goesOn(login: Login, done: Login): boolean {
  if (login.decoy || login.task || login.resets) return false
  if (login.state === 'completed' && login.claimedAt !== null) return false
  return login.subscriberId === done.subscriberId && !isServedBy(login, done)
}

/** Writes the step unless the login has moved on; then it is left as it is. */
async function write(
  world: World,
  login: Versioned<Login>,
  events: readonly AuditEvent[],
): Promise<void> {
  const done = await commitLogin(world.db, { now: world.now(), login, effects: [], events })
  if (done) world.wakeUps.publish(topicOfLogin(login.value.id))
}

/**
 * A login that this browser began before its secret was changed; to any other it does not exist.
 */
export async function findLeft(
  world: World,
  { id, holders }: { readonly id: LoginId; readonly holders: readonly string[] },
): Promise<Login | null> {
  const found = holders.length > 0 ? await findLogin(world.db, id) : null
  return found && holders.includes(found.value.holder) ? found.value : null
}

/** Whether a session was opened in the browser that had these secrets, as its logins bear them. */
export async function isOpenedIn(
  world: World,
  { loginId }: OpenSession,
  holders: readonly string[],
): Promise<boolean> {
  const found = await findLogin(world.db, loginId)
  return found !== null && holders.includes(found.value.holder)
}

/** Where the login that opened a session led; `null` where nothing is known of it. */
export async function destinationOf(world: World, { loginId }: OpenSession) {
  const found = await findLogin(world.db, loginId)
  return found?.value.leadsTo ?? null
}
