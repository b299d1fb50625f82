import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { keyedHash, newSecret } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import { readSecret, setCookie } from '#edges/http/cookies.ts'

/** The name of the field in every form. */
export const FORM_FIELD = 'form'

/**
 * The secret that binds forms and logins to one browser. A browser that has none is given one, so this is
 * for answers that hold a form.
 */
export function preSecret(world: World, request: FastifyRequest, reply: FastifyReply): string {
  const held = readSecret(request, 'pre')
  if (held !== null) return held
  const made = newSecret(world.random)
  setCookie(reply, 'pre', made)
  return made
}

/** What a form carries back to show that it came from a page of this browser (S84). */
export const formToken = (world: World, pre: string): string =>
  keyedHash(world.keys, 'form', `form ${pre}`)

/** Whether a form was made for the browser that sends it. */
export function isFormOf(world: World, pre: string | null, token: unknown): boolean {
  return pre !== null && typeof token === 'string' && same(token, formToken(world, pre))
}

/** Puts a seal behind a text, so that it can be left with a browser. */
export const sealed = (world: World, text: string): string => `${text}.${sealOf(world, text)}`

/** The text before a seal, or `null` when the seal is not ours. */
export function unsealed(world: World, value: string): string | null {
  const end = value.lastIndexOf('.')
  const text = value.slice(0, Math.max(end, 0))
  return end > 0 && same(value.slice(end + 1), sealOf(world, text)) ? text : null
}

const sealOf = (world: World, text: string): string => keyedHash(world.keys, 'form', `left ${text}`)

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
