import type { Json } from '#core/json.ts'
import { shelfOf } from '#engine/sessions/relying-parties.ts'
import type { World } from '#engine/world.ts'

/** The scope that opens the interface of the back office. */
export const BACK_OFFICE = 'back-office'

/** The model under which the provider keeps the tokens of programs that speak for themselves. */
const MODEL = 'ClientCredentials'

/**
 * The program of the back office that holds this token, or `null`.
 *
 * The token must be one of a program that the configuration names now, and free: one that is bound
 * to a key is not valid without a proof of that key, and none is asked for here.
 */
export async function findBackOffice(world: World, token: string): Promise<string | null> {
  const found = await shelfOf(world, MODEL).find(token)
  const { clientId, scope, jkt } = membersOf(found?.payload ?? null)
  if (typeof clientId !== 'string' || typeof scope !== 'string' || jkt !== undefined) return null
  const isNamed = world.settings.backOffice.includes(clientId)
  return isNamed && scope.split(' ').includes(BACK_OFFICE) ? clientId : null
}

const membersOf = (payload: Json): { readonly [name: string]: Json | undefined } =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload)
    ? (payload as { readonly [name: string]: Json })
    : {}
