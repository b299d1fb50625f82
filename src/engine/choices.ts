import type { AuthenticatorId } from '#core/ids.ts'
import type { Login } from '#core/login.ts'
import type { Instant } from '#core/time.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { listHoldings } from '#store/authenticators.ts'

/** One of the authenticators that a claimant may be asked for. */
export interface Choice {
  readonly id: AuthenticatorId
  readonly method: string
  /** `null` on a browser that is not recognised: it hears kinds, never names (design 7). */
  readonly label: string | null
  /** `null` on a browser that is not recognised, as for one that was never used. */
  readonly usedAt: Instant | null
  readonly locked: boolean
}

/** The second factors of whoever a login claims to be, last used first. */
export async function choicesOf(world: World, login: Login): Promise<readonly Choice[]> {
  if (login.state === 'started' || login.state === 'refused') return []
  if (login.decoy || login.subscriberId === null) return decoyChoices(world, login)
  const named = login.origin.browserId !== null
  const held = await listHoldings(world.db, login.subscriberId)
  return held
    .filter(({ method }) => methodNamed(world, method).secondFactor)
    .filter(({ lifecycle }) => lifecycle === 'active' || lifecycle === 'disabled')
    .map(({ id, method, label, usedAt, lifecycle }) => ({
      id,
      method,
      label: named ? label : null,
      usedAt: named ? usedAt : null,
      locked: lifecycle !== 'active',
    }))
}

/** What a decoy login can be confirmed with. The id is that of the login: it belongs to nobody. */
export function decoyChoices(world: World, { id }: Pick<Login, 'id'>): readonly Choice[] {
  const method = [...world.methods.values()].find((one) => one.secondFactor)
  if (!method) return []
  const authenticatorId = id.replace('log_', 'aut_') as AuthenticatorId
  return [{ id: authenticatorId, method: method.name, label: null, usedAt: null, locked: false }]
}
