import { isAgentId } from '#core/agent.ts'
import { atLeast, strengthOf } from '#core/assurance.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { chosen, unlessExpired } from '#core/login/login.ts'
import { type Login } from '#core/login/state.ts'
import { neededToReset } from '#core/password/reset-strength.ts'
import type { Refusal } from '#core/problems.ts'
import { after, hours, type Instant } from '#core/time/time.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import type { StartedLogin } from '#engine/login/challenge.ts'
import { type Client, findHeld, type Held } from '#engine/login/view.ts'
import { type ChosenPassword, choosePassword } from '#engine/password/change.ts'
import { resetCodesAmong } from '#engine/endings.ts'
import { newCode } from '#engine/secrets.ts'
import { startLogin } from '#engine/login/start.ts'
import { methodNamed, refusal, resetFactor, type World } from '#engine/world.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitReset } from '#store/password/passwords.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * A forgotten password (R030). The desk verifies who calls and reads out a code; the client types
 * it where the password would stand, confirms with the second factor as in any login, and chooses
 * another password.
 */

const CODE_LENGTH = 8
const CODE_LIFETIME = hours(1)

/** A code for a verified caller, told once and stored nowhere; the one before is not valid. */
export async function startReset(
  world: World,
  {
    subscriberId,
    by,
    onCase,
  }: {
    readonly subscriberId: SubscriberId
    readonly by: string
    readonly onCase?: OnCase
  },
): Promise<{ readonly ok: true; readonly code: string; readonly expiresAt: Instant } | Refusal> {
  if (!isAgentId(by)) return refusal('desk.not-an-agent')
  const method = resetFactor(world)
  const [subscriber, held] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    listAuthenticators(world.db, subscriberId),
  ])
  if (!subscriber) return refusal('subscriber.not-found')
  const secret = newCode(world.random, CODE_LENGTH)
  const state = { hash: await world.passwords.hash(secret) }
  const now = world.now()
  const id = newId('aut', now, world.random)
  const expiresAt = after(now, CODE_LIFETIME)
  const about = { subscriberId, authenticatorId: id, agent: by, until: expiresAt }
  const done = await commitReset(world.db, {
    now,
    subscriber: { id: subscriberId, version: subscriber.version },
    code: { ...FRESH, id, method: method.name, label: '', state, createdAt: now, expiresAt },
    revoked: resetCodesAmong(world, held),
    events: eventsOn(onCase, [{ kind: 'password.reset-started', ...about }]),
    ...(onCase && { besides: onCase.uses(now) }),
  })
  if (!done) return refusal('desk.conflict')
  return { ok: true, code: secret, expiresAt }
}

/** User name and code: a login like any other from here on, but for where it leads. */
export const beginReset = async (
  world: World,
  typed: { readonly userName: string; readonly code: string; readonly client: Client },
): Promise<StartedLogin> =>
  await startLogin(world, {
    userName: typed.userName,
    password: typed.code,
    client: typed.client,
    environment: null,
    platform: 'portal',
    // The strongest that is held, once it is known whose it is.
    resets: true,
  })

/** A reset whose factors are proven, for the browser that began it. */
export async function viewReset(
  world: World,
  held: Held,
): Promise<{ readonly ok: true; readonly login: Login } | Refusal> {
  const now = world.now()
  const found = await findHeld(world, held)
  if (!found) return refusal('login.not-found')
  const next = chosen(unlessExpired(found.value, now), now)
  return 'stays' in next ? refusal(next.stays) : { ok: true, login: found.value }
}

/**
 * The new password. The code, every session and every other login of this subscriber end with it.
 */
export async function completeReset(
  world: World,
  { password, ...held }: Held & { readonly password: string },
): Promise<ChosenPassword> {
  const found = await findHeld(world, held)
  if (!found) return refusal('login.not-found')
  const early = chosen(found.value, world.now())
  if ('stays' in early) return refusal(early.stays)
  const { subscriberId } = found.value
  if (subscriberId === null) throw new Error('a reset without a subscriber')
  const stamp = await findStamp(world.db, subscriberId)
  // A login is as good as the code it began with: used up, replaced or locked, it chooses nothing.
  const all = await listAuthenticators(world.db, subscriberId)
  const isCurrent = all.some(
    ({ value }) =>
      value.method === resetFactor(world).name &&
      value.lifecycle === 'active' &&
      value.createdAt <= found.value.startedAt,
  )
  if (!isCurrent || hasLostProof(world, found.value, all)) return refusal('login.expired')
  // A device that came since; the write rests on the stamp, which moves with the next one.
  const holdings = all.map(({ value }) => value)
  const needed = neededToReset(world.methods, holdings, world.now())
  if (!atLeast(strengthOf(found.value.proofs), needed)) return refusal('login.reset-too-weak')
  return await choosePassword(world, { subscriberId, password }, (now) => {
    const next = chosen(found.value, now)
    if ('stays' in next) return refusal(next.stays)
    const login = { value: next.login, version: found.version }
    return { login, spare: null, stamp, by: 'reset', events: [] }
  })
}

/**
 * Whether something that confirmed it was stopped since; a card whose last codes were used up
 * confirmed it well.
 */
function hasLostProof(
  world: World,
  { proofs }: Login,
  all: readonly Versioned<Authenticator>[],
): boolean {
  const ids = proofs.map(({ authenticatorId }) => authenticatorId)
  return all
    .filter(({ value }) => ids.includes(value.id))
    .some(
      ({ value: { lifecycle, method } }) =>
        lifecycle !== 'active' && !(lifecycle === 'revoked' && methodNamed(world, method).standsIn),
    )
}
