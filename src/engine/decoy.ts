import type { Authenticator } from '#core/authenticator.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Login } from '#core/login.ts'
import { type Instant, minutes } from '#core/time.ts'
import { type Choice, methodNamed } from '#engine/login.ts'
import type { World } from '#engine/world.ts'

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

/** What a decoy login can be confirmed with. The id is that of the login: it belongs to nobody. */
export function decoyChoices(world: World, { id }: Pick<Login, 'id'>): readonly Choice[] {
  const method = [...world.methods.values()].find((one) => one.secondFactor)
  if (!method) return []
  const authenticatorId = id.replace('log_', 'aut_') as AuthenticatorId
  return [{ id: authenticatorId, method: method.name, label: null, usedAt: null, locked: false }]
}

/** An authenticator that nobody holds. */
export function decoyAuthenticator(
  world: World,
  { id, method }: Pick<Choice, 'id' | 'method'>,
  now: Instant,
): Authenticator {
  return {
    ...{ id, method, label: '', lifecycle: 'active', failures: 0, createdAt: now, usedAt: null },
    state: methodNamed(world, method).decoy(world.random),
  }
}
