import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type AuthenticatorId, isId } from '#core/ids.ts'
import { PROBLEMS } from '#core/problems.ts'
import { deviceTask, markAmong } from '#engine/tasks/device-details.ts'
import { sendTestFromPortal, standingOf } from '#engine/delivery/phone-check.ts'
import { textStandingOf } from '#engine/delivery/text-check.ts'
import { viewReturn } from '#engine/orders/fulfilment.ts'
import {
  isLastWayIn,
  obstacleToRevoking,
  renameAuthenticator,
  revokeAuthenticator,
  securityOf,
  suspendAuthenticator,
} from '#engine/devices/overview.ts'
import { canReturn, isLost, reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { canConfirm } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { devicePage, stopPage } from '#edges/pages/devices/device-pages.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { isBackByLogin, requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const Address = z.object({ id: z.string().refine((text) => isId('aut', text)) })
const Label = z.strictObject({ label: z.string().max(1_000) })
const Empty = z.strictObject({})

const about = '/portal/security/devices/:id'
const RETURNS = [
  ['reactivate', 'rest'],
  ['bring-back', 'loss'],
] as const

const missing = { ok: false, problem: 'authenticator.not-found' } as const

/** Devices: their names, stopping one that is lost, and taking one away. */
export const deviceRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)
    const shows = { schema: { params: Address } }
    const acts = { schema: { params: Address, body: Empty } }

    for (const [address, pageOf] of [
      [about, devicePage],
      [`${about}/stop`, stopPage],
    ] as const) {
      app.get(address, shows, async (request, reply) => {
        const found = await deviceOf(world, request, request.params.id)
        if (!found) return sendRefusal(reply, missing)
        return reply.html(pageOf(reply.page(), { ...seenBy(world, reply), ...found }))
      })
    }

    app.post(
      `${about}/name`,
      { schema: { params: Address, body: Label } },
      async (request, reply) =>
        await rename(world, reply, { id: request.params.id, label: request.body.label }),
    )

    app.post(
      `${about}/test`,
      acts,
      async (request, reply) => await sendTest(world, reply, request.params.id),
    )

    // What is lost is stopped at once: nothing more is asked for that (S70).
    app.post(`${about}/stop`, acts, async (request, reply) => {
      const { id } = request.params
      const stopped = await suspendAuthenticator(world, openSession(request), { id })
      if (!stopped.ok) return sendRefusal(reply, stopped)
      return reply.redirect(doneAt('stopped'), 303)
    })

    // A device that rests while another stands in for it (R097), and one that was lost. Neither
    // comes back with a session alone, and what was lost not with itself: a finder could press a
    // button too.
    for (const [act, from] of RETURNS) {
      app.post(`${about}/${act}`, acts, async (request, reply) => {
        const { id } = request.params
        const found = await deviceOf(world, request, id)
        if (!found) return sendRefusal(reply, missing)
        if (!canReturn(found.device, from)) {
          return sendRefusal(reply, { ok: false, problem: 'authenticator.not-suspended' })
        }
        const deed = await deviceTask(world, openSession(request), { kind: 'bring_back', id })
        if (!deed) return sendRefusal(reply, missing)
        const isBack = from === 'rest' && (await isBackByLogin(world, reply, deed))
        if (!isBack && !(await requireTask(world, reply, deed))) return reply
        const back = await reactivateAuthenticator(world, openSession(request), { id, from })
        if (!back.ok) return sendRefusal(reply, back)
        return reply.redirect(doneAt('reactivated'), 303)
      })
    }

    app.post(`${about}/remove`, acts, async (request, reply) => {
      const { id } = request.params
      const found = await deviceOf(world, request, id)
      if (!found) return sendRefusal(reply, missing)
      const problem = await obstacleToRevoking(world, openSession(request), { id: found.device.id })
      if (problem) return sendRefusal(reply, { ok: false, problem })
      const deed = await deviceTask(world, openSession(request), { kind: 'remove', id })
      if (!deed) return sendRefusal(reply, missing)
      if (!(await requireTask(world, reply, deed))) return reply
      const revoked = await revokeAuthenticator(world, openSession(request), { id })
      if (!revoked.ok) return sendRefusal(reply, revoked)
      return reply.redirect(doneAt('removed'), 303)
    })
  }

async function sendTest(
  world: World,
  reply: FastifyReply,
  id: AuthenticatorId,
): Promise<FastifyReply> {
  const sent = await sendTestFromPortal(world, openSession(reply.request), id)
  if (!sent.ok) return sendRefusal(reply, sent)
  return reply.redirect(`/portal/security/devices/${id}#notifications`, 303)
}

async function rename(
  world: World,
  reply: FastifyReply,
  { id, label }: { readonly id: AuthenticatorId; readonly label: string },
): Promise<FastifyReply> {
  const { request } = reply
  const renamed = await renameAuthenticator(world, openSession(request), { id, label })
  if (renamed.ok) return reply.redirect(doneAt('renamed'), 303)
  const found = await deviceOf(world, request, id)
  if (!found || renamed.problem !== 'authenticator.label') return sendRefusal(reply, renamed)
  const page = reply.page(`/portal/security/devices/${id}`)
  const error = page.texts.text('problem.authenticator.label')
  const facts = { ...seenBy(world, reply), ...found, typed: label, error }
  return reply.code(PROBLEMS[renamed.problem]).html(devicePage(page, facts))
}

async function deviceOf(world: World, request: FastifyRequest, id: string) {
  const session = openSession(request)
  const { authenticators } = await securityOf(world, session)
  const found = authenticators.find((one) => one.id === id && one.lifecycle !== 'revoked')
  if (!found) return null
  const method = world.methods.get(found.method)
  const isVerified = method?.verifies !== undefined
  const changes = method?.change?.link ?? null
  const { acr } = method ?? { acr: '1' as const }
  const back = await viewReturn(world, session, found.id)
  // A client who logged in with less is told so there, and logs in with the card itself.
  const cameByPost = back.ok || back.problem === 'authenticator.stronger'
  const isPrinted = method?.printed ?? false
  const canBringBack = isLost(found) && (await canConfirm(world, session, 'bring_back'))
  return {
    device: found,
    mark: markAmong(world, session, { held: authenticators, device: found }),
    acr,
    isVerified,
    changes,
    canReturn: canBringBack,
    cameByPost,
    isLastWay: isLastWayIn(world, authenticators, found.id),
    isPrinted,
    check: await standingOf(world, found.id),
    codes: await textStandingOf(world, session, found.id),
  }
}
