import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import {
  addPasskey,
  askPasskeyToAdd,
  askToAdd,
  passkeysOf,
  removalOf,
  removePasskey,
} from '#engine/desk/passkeys.ts'
import { askTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { languageOf } from '#edges/http/client/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { addPage, makePage, passkeysPage, removePage } from '#edges/desk/staff/passkeys-page.ts'

const DONE = ['added', 'removed'] as const
const Done = z.object({ done: z.enum(DONE).optional().catch(undefined) })
const Address = z.object({ id: z.string().refine((text) => isId('aut', text)) })
const Touched = z.strictObject(TOUCH_FIELDS)
const { answer, sealed } = TOUCH_FIELDS
const Adding = z.strictObject({ ...TOUCH_FIELDS, creation: sealed })
const Made = z.strictObject({ ...TOUCH_FIELDS, creation: sealed, touched: answer })

/** A member's own passkeys: seen, added and removed, each with a touch. */
export const passkeyRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/passkeys', { schema: { querystring: Done } }, async (request, reply) => {
      const passkeys = await passkeysOf(world, memberOf(request).member)
      const { done = null } = request.query
      const facts = { ...seenByMember(world, reply), passkeys, done }
      return reply.html(passkeysPage(reply.page('/passkeys'), facts))
    })

    app.get('/passkeys/new', async (request, reply) => sendAdd(world, { request, reply }, null))

    app.post('/passkeys/new', { schema: { body: Adding } }, async (request, reply) => {
      const { creation } = request.body
      const touch = touchIn(request.body)
      const language = languageOf(request)
      const asked = await askPasskeyToAdd(world, memberOf(request), { creation, touch, language })
      if (!asked.ok) return await sendAdd(world, { request, reply }, asked.problem)
      const facts = { ...seenByMember(world, reply), asked, touch }
      return reply.html(makePage(reply.page('/passkeys/new'), facts))
    })

    const toNew = { config: { wayOut: () => '/passkeys/new' } }
    app.post('/passkeys/new/made', { ...toNew, schema: { body: Made } }, async (request, reply) => {
      const { creation, touched, sealed: seal, answer: made } = request.body
      const added = await addPasskey(world, memberOf(request), {
        creation,
        made,
        touch: { sealed: seal, typed: touched },
        language: languageOf(request),
      })
      if (!added.ok) return await sendAdd(world, { request, reply }, added.problem)
      return reply.redirect('/passkeys?done=added', 303)
    })

    const at = { params: Address }
    app.get('/passkeys/:id/remove', { schema: at }, async (request, reply) =>
      sendRemove(world, { request, reply }, { id: request.params.id, problem: null }),
    )

    app.post(
      '/passkeys/:id/remove',
      { schema: { ...at, body: Touched } },
      async (request, reply) => {
        const { id } = request.params
        const touch = touchIn(request.body)
        const removed = await removePasskey(world, memberOf(request), { id, touch })
        if (removed.ok) return reply.redirect('/passkeys?done=removed', 303)
        return await sendRemove(world, { request, reply }, { id, problem: removed.problem })
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function sendAdd(world: World, { request, reply }: Exchange, problem: Problem | null) {
  const asked = await askToAdd(world, memberOf(request))
  if (!asked.ok) return sendRefusal(reply, asked)
  if (problem !== null) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), ...asked, problem }
  return reply.html(addPage(reply.page('/passkeys/new'), facts))
}

async function sendRemove(
  world: World,
  { request, reply }: Exchange,
  { id, problem }: { readonly id: string; readonly problem: Problem | null },
) {
  const open = memberOf(request)
  const all = await passkeysOf(world, open.member)
  const passkey = all.find((one) => one.id === id)
  if (!passkey) return sendRefusal(reply, { ok: false, problem: 'authenticator.not-found' })
  if (all.length === 1) return sendRefusal(reply, { ok: false, problem: 'desk.last-passkey' })
  if (problem !== null) reply.code(PROBLEMS[problem])
  const touch = await askTouch(world, open, removalOf(passkey.id))
  const facts = { ...seenByMember(world, reply), passkey, touch, problem }
  return reply.html(removePage(reply.page(`/passkeys/${id}/remove`), facts))
}
