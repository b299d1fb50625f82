import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Acr, STRENGTHS } from '#core/assurance.ts'
import { isId, type LoginId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'
import { readCookie, setCookie } from '#edges/http/cookies.ts'
import { sealed, unsealed } from '#edges/http/form-token.ts'

/** Where a login leads: a platform, and the request of a relying party that waits for it, if there is one. */
export interface LoginContext {
  readonly platform: string
  readonly interaction: string | null
  /** The strength that the request asks for, where it asks for any. */
  readonly needs: Acr | null
}

/** The name that the OpenID Connect door gives to a request that waits. */
export const Interaction = z.string().regex(/^[\w-]{1,64}$/)

/** What the login form carries. It is sealed, so that a login cannot be led elsewhere on its way. */
export const contextField = (
  world: World,
  { platform, interaction, needs }: LoginContext,
): string => sealed(world, `${platform} ${interaction ?? ''} ${needs ?? ''}`)

export function contextIn(world: World, value: string): LoginContext | null {
  const [platform, interaction = '', asked] = unsealed(world, value)?.split(' ') ?? []
  const needs = STRENGTHS.find((acr) => acr === asked) ?? null
  return platform === undefined ? null : { platform, interaction: interaction || null, needs }
}

/** Several windows of one browser may log in at once; the oldest is forgotten. */
const WAITING_MAX = 4

/** Remembers beside a login which request waits for it. */
export function rememberInteraction(
  { world, request, reply }: Exchange,
  id: LoginId,
  interaction: string,
): void {
  const others = waiting(world, request).filter(([login]) => login !== id)
  const all = [[id, interaction], ...others].slice(0, WAITING_MAX)
  setCookie(reply, 'next', sealed(world, all.map((one) => one.join('=')).join('~')))
}

export interface Exchange {
  readonly world: World
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** The request that waits for a login, or `null`. */
export const interactionOf = (world: World, request: FastifyRequest, id: LoginId): string | null =>
  waiting(world, request).find(([login]) => login === id)?.[1] ?? null

function waiting(world: World, request: FastifyRequest): readonly (readonly [LoginId, string])[] {
  const text = unsealed(world, readCookie(request, 'next') ?? '') ?? ''
  return text.split('~').flatMap((entry) => {
    const [login = '', interaction = ''] = entry.split('=')
    return isId('log', login) && Interaction.safeParse(interaction).success
      ? [[login, interaction] as const]
      : []
  })
}
