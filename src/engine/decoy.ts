import { userNameKey } from '#core/account.ts'
import { type Authenticator, FRESH } from '#core/authenticator.ts'
import type { Json } from '#core/json.ts'
import type { Login } from '#core/login.ts'
import { type Instant, minutes } from '#core/time.ts'
import type { Choice } from '#engine/choices.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { nameThrottle } from '#store/throttles.ts'

/**
 * The second step that a wrong password is led on to: it looks like any other, asks nobody, and ends
 * nowhere (A1, product rule `login.decoy`).
 */

/** Wrong passwords in the whole house after which unknown browsers are led astray. */
const BREAKER = { name: 'password-breaker', count: 500, per: minutes(10) } as const

/** Counts one more wrong password of an unknown browser, and says whether it is to be led astray. */
export async function isLedAstray(world: World): Promise<boolean> {
  const { decoy } = world.settings
  const taken = await world.limits.take(BREAKER, 'house')
  return decoy === 'always' || (decoy === 'under-attack' && !taken.ok)
}

/** Names whose decoys are remembered at once; the oldest are forgotten first. */
const REMEMBERED_MAX = 10_000

/**
 * What the decoy of a name was asked lately: a real phone can be asked only so often, so a decoy that
 * could be asked for ever would give itself away. It is worth nothing, so a restart may forget it.
 */
const remembered = new WeakMap<World['limits'], Map<string, Json>>()

/** An authenticator that nobody holds, as it was left by the last challenge to this name. */
export function decoyAuthenticator(
  world: World,
  { id, method, userName }: Pick<Choice, 'id' | 'method'> & Pick<Login, 'userName'>,
  now: Instant,
): Authenticator {
  const state = statesOf(world).get(keyOf(world, method, userName))
  return {
    ...FRESH,
    ...{ id, method, label: '', createdAt: now },
    state: state ?? methodNamed(world, method).decoy(world.random),
  }
}

/** Keeps what a challenge has made of a decoy. */
export function rememberDecoy(
  world: World,
  { method, state }: Authenticator,
  { userName }: Pick<Login, 'userName'>,
): void {
  const states = statesOf(world)
  const key = keyOf(world, method, userName)
  states.delete(key)
  states.set(key, state)
  const [oldest] = states.keys()
  if (states.size > REMEMBERED_MAX && oldest !== undefined) states.delete(oldest)
}

function statesOf({ limits }: World): Map<string, Json> {
  const states = remembered.get(limits) ?? new Map<string, Json>()
  remembered.set(limits, states)
  return states
}

const keyOf = (world: World, method: string, userName: string): string =>
  `${method} ${nameThrottle(world.db, userNameKey(userName) ?? '')}`
