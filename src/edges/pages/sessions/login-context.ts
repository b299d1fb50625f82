import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Acr, STRENGTHS } from '#core/assurance.ts'
import type { Destination, Login } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import { keyedHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import type { Realm } from '#edges/realm.ts'
import { sealed, unsealed } from '#edges/http/client/form-token.ts'

/** Where a login leads: a platform, and what waits for it there. */
export interface LoginContext extends Destination {
  readonly platform: string
  /** The strength that the request asks for, where it asks for any. */
  readonly needs: Acr | null
  /**
   * The session that does not do for the request, as `markOf` names it: another one is tried first.
   */
  readonly tried: string | null
}

/** The name that the OpenID Connect door gives to a request that waits. */
const Interaction = z.string().regex(/^[\w-]{1,64}$/)

/** Pages of the portal that can be asked for before one is logged in, and nothing else (A11). */
const GOAL = /^\/portal\/[a-z/]{1,60}(\?method=[a-z-]{1,40}(&here=true)?)?$/

const Mark = z.string().regex(/^[\w-]{22}$/)

/**
 * A short name of a session that may stand in an address: it tells sessions apart, and nothing
 * else.
 */
export const markOf = (world: World, { id }: Pick<Session, 'id'>): string =>
  keyedHash(world.keys, 'tried', id).slice(0, 22)

/**
 * What the address of the login form may say of where it leads. Links are sent about and get things
 * appended: what an address has beyond this is passed over.
 */
export const Leads = z.object({
  platform: z.string().max(64).default('portal'),
  interaction: Interaction.optional(),
  /** What the request of a relying party asks for; a client who lowers it here is refused there. */
  needs: z.enum(STRENGTHS).optional().catch(undefined),
  anew: z.literal('true').optional().catch(undefined),
  goal: z.string().regex(GOAL).optional().catch(undefined),
  tried: Mark.optional().catch(undefined),
})

export function contextOf(asked: z.infer<typeof Leads>): LoginContext {
  const { platform, interaction = null, needs = null, anew, goal = null, tried = null } = asked
  return { platform, interaction, needs, anew: anew === 'true', page: goal, tried }
}

/** The login form that leads there. */
export function loginAddress(context: LoginContext): string {
  const { platform, interaction, needs, anew, page, tried } = context
  const said = { interaction, needs, anew: anew ? 'true' : null, goal: page, tried }
  const address = new URLSearchParams({ platform })
  for (const [name, value] of Object.entries(said)) if (value !== null) address.set(name, value)
  return `/login?${address.toString()}`
}

/**
 * The login form for a client who asks for a page of the portal; the tab keeps which page that was.
 */
export const loginFor = ({ method, url }: FastifyRequest): string =>
  loginAddress(
    contextOf({ platform: 'portal', ...(method === 'GET' && GOAL.test(url) && { goal: url }) }),
  )

/** Where a login that has begun leads. */
export function contextOfLogin({ platform, needs, leadsTo }: Login): LoginContext {
  const { interaction = null, anew = false, page = null, afterSetUp = platform } = leadsTo ?? {}
  const asked = interaction && afterSetUp === platform ? needs : null
  return { platform: afterSetUp, needs: asked, tried: null, interaction, anew, page }
}

/**
 * What the login form carries. It is sealed, so that a login cannot be led elsewhere on its way. In
 * an attribute an ampersand would have to be written in another way; no value holds a bare
 * semicolon.
 */
export const contextField = (world: World, realm: Realm, context: LoginContext): string =>
  sealed(world, realm, loginAddress(context).replaceAll('&', ';'))

/** @returns `null` for what was not sealed here. */
export function contextIn(world: World, realm: Realm, value: string): LoginContext | null {
  const [path, query = ''] = unsealed(world, realm, value)?.split('?') ?? []
  if (path !== '/login') return null
  const said = Object.fromEntries(new URLSearchParams(query.replaceAll(';', '&')))
  const leads = Leads.safeParse(said)
  return leads.success ? contextOf(leads.data) : null
}

const SETTING_UP = /^\/portal\/security\/enrolments\/new\?method=([a-z-]{1,40})(&here=true)?$/

/** The method of the device that a client asks to set up before they are logged in, if they do. */
export function bindsIn({ page }: LoginContext): { readonly binds?: string } {
  const binds = SETTING_UP.exec(page ?? '')?.[1]
  return binds === undefined ? {} : { binds }
}

/** Whether the device that is set up is the one on which its client logs in: they have said so. */
export const isSetUpHere = ({ page }: LoginContext): boolean =>
  SETTING_UP.exec(page ?? '')?.[2] !== undefined

/** What is written down of it with the login. */
export const destinationIn = ({ interaction, anew, page }: LoginContext): Destination => ({
  interaction,
  anew,
  page,
})
