import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { holderHash } from '#engine/login/same-browser.ts'
import { isKeyedHash, keyedHash, newSecret } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import type { Realm } from '#edges/realm.ts'
import { readCookie, readSecret, setCookie } from '#edges/http/client/cookies.ts'

/** The name of the field in every form. */
export const FORM_FIELD = 'form'

/**
 * The secret that binds forms and logins to one browser. A browser that has none is given one, so
 * this is for answers that hold a form.
 */
export function preSecret(world: World, request: FastifyRequest, reply: FastifyReply): string {
  const held = readSecret(request, 'pre')
  if (held !== null) return held
  const made = newSecret(world.random)
  setCookie(reply, 'pre', made)
  return made
}

/** What a form carries back to show that it came from a page of this browser (S84). */
export const formToken = (world: World, { formKey }: Realm, pre: string): string =>
  keyedHash(world.keys, formKey, `form ${pre}`)

/** The form token of the browser that asks; for answers that hold a form. */
export const formTokenFor = (world: World, reply: FastifyReply): string =>
  formToken(world, reply.server.realm, preSecret(world, reply.request, reply))

/** So many logins ago a page can have been opened and still be led on. */
const EARLIER_MAX = 8

/**
 * What is kept of a pre-session that has ended: enough to know its pages by, and good for nothing
 * else.
 */
interface Earlier {
  /** As its logins bear it. */
  readonly holder: string
  readonly formToken: string
}

/**
 * A login ends the pre-session of its browser, and another one begins (A9, S82). Pages of other
 * tabs still carry what belonged to the old one. It opens nothing and sends no form any more; it is
 * remembered so that such a page is led to where it was going.
 */
export function renewPre(world: World, reply: FastifyReply): { readonly next: string } {
  const { request } = reply
  const { realm } = reply.server
  const before = readSecret(request, 'pre')
  const next = newSecret(world.random)
  setCookie(reply, 'pre', next)
  if (before === null) return { next }
  const ended = { holder: holderHash(before), formToken: formToken(world, realm, before) }
  const all = [ended, ...earlierOf(world, request)].slice(0, EARLIER_MAX)
  const text = all.map((one) => `${one.holder}.${one.formToken}`).join('~')
  setCookie(reply, 'earlier', sealed(world, realm, `earlier ${text}`))
  return { next }
}

/** The pre-sessions that this browser had before, the latest first. */
function earlierOf(world: World, request: FastifyRequest): readonly Earlier[] {
  const text = unsealed(world, request.server.realm, readCookie(request, 'earlier') ?? '') ?? ''
  if (!text.startsWith('earlier ')) return []
  return text
    .slice('earlier '.length)
    .split('~', EARLIER_MAX)
    .flatMap((entry) => {
      const [holder, token] = entry.split('.')
      return holder && token ? [{ holder, formToken: token }] : []
    })
}

/** The holders of the logins that this browser began before its last login. */
export const earlierHolders = (world: World, request: FastifyRequest): readonly string[] =>
  earlierOf(world, request).map(({ holder }) => holder)

/**
 * Whether a form was made for this browser before its last login. Such a form is never carried out:
 * an attacker who knew the pre-session then must not be able to send forms now (A10).
 */
export const isFormOfEarlier = (world: World, request: FastifyRequest, token: unknown): boolean =>
  typeof token === 'string' && earlierOf(world, request).some((one) => same(one.formToken, token))

/** Whether a form was made for the browser that sends it. */
export function isFormOf(world: World, request: FastifyRequest, token: unknown): boolean {
  const pre = readSecret(request, 'pre')
  const { realm } = request.server
  if (pre === null || typeof token !== 'string') return false
  return isKeyedHash(world.keys, { label: realm.formKey, text: `form ${pre}` }, token)
}

/** Puts a seal behind a text, so that it can be left with a browser. */
export const sealed = (world: World, realm: Realm, text: string): string =>
  `${text}.${sealOf(world, realm, text)}`

/** The text before a seal, or `null` when the seal is not ours. */
export function unsealed(world: World, realm: Realm, value: string): string | null {
  const end = value.lastIndexOf('.')
  const text = value.slice(0, Math.max(end, 0))
  if (end <= 0) return null
  const sealed = { label: realm.formKey, text: `left ${text}` }
  return isKeyedHash(world.keys, sealed, value.slice(end + 1)) ? text : null
}

const sealOf = (world: World, { formKey }: Realm, text: string): string =>
  keyedHash(world.keys, formKey, `left ${text}`)

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
