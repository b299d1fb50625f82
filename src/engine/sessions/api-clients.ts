import { membersOf, shelfOf } from '#engine/sessions/relying-parties.ts'
import type { World } from '#engine/world.ts'

/** The scope that opens the interface of the back office. */
export const BACK_OFFICE = 'back-office'

/** The scope that opens the ledger, and nothing besides: it changes nothing. */
export const LEDGER = 'ledger'

/** What a program of the back office may ask for. */
export type BackOfficeScope = typeof BACK_OFFICE | typeof LEDGER

/** The scope with which a platform reports what it has done for clients. */
export const EVENTS = 'events'

/** The model under which the provider keeps the tokens of programs that speak for themselves. */
const MODEL = 'ClientCredentials'

/**
 * The program of the back office that holds this token with this scope, or `null`.
 *
 * The token must be one of a program that the configuration names now, and free: one that is bound
 * to a key is not valid without a proof of that key, and none is asked for here.
 */
export async function findBackOffice(
  world: World,
  { token, scope }: { readonly token: string; readonly scope: BackOfficeScope },
): Promise<string | null> {
  const program = await findProgram(world, token, scope)
  return program !== null && world.settings.backOffice.includes(program) ? program : null
}

/** The platform that holds this token, or `null`: one that speaks for itself, and for no client. */
export async function findReporter(world: World, token: string): Promise<string | null> {
  const platform = await findProgram(world, token, EVENTS)
  return platform !== null && world.platforms.has(platform) ? platform : null
}

async function findProgram(world: World, token: string, wanted: string): Promise<string | null> {
  const found = await shelfOf(world, MODEL).find(token)
  const { clientId, scope, jkt } = membersOf(found?.payload ?? null)
  if (typeof clientId !== 'string' || typeof scope !== 'string' || jkt !== undefined) return null
  return scope.split(' ').includes(wanted) ? clientId : null
}
