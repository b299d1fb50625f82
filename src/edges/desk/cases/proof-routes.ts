import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CLASSES, worksOnCases } from '#core/desk/deeds.ts'
import { PROOF_WAYS } from '#core/desk/verification.ts'
import { type CaseId, isId } from '#core/ids.ts'
import { answerCallBack, callBack } from '#engine/desk/cases/call-back.ts'
import { askOnPage } from '#engine/desk/cases/page-proofs.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { askSecond } from '#engine/desk/cases/second-person.ts'
import { isProofOver, watchCase } from '#engine/desk/cases/view.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { Address, moveOn } from '#edges/desk/cases/case-reply.ts'
import { ABOUT, actingOf, Address as DeedAddress } from '#edges/desk/cases/deed-routes.ts'
import { memberOf } from '#edges/desk/frame/session.ts'
import { streamSession } from '#edges/desk/frame/session-stream.ts'

const TYPED_LENGTH_MAX = 200
const REASON_READ_MAX = 12_000
const ProofAddress = z.object({
  id: z.string().refine((text) => isId('cas', text)),
  proof: z.string().refine((text) => isId('vrf', text)),
})
const Asked = z.strictObject({
  /** Not where any passkey answers on the page, or the client is called back. */
  device: z
    .string()
    .refine((text) => isId('aut', text))
    .optional(),
  of: z.enum(CLASSES),
  /** Which button was pressed. */
  way: z.enum(PROOF_WAYS).default('response'),
  /** What the phone of the caller asks us, where it asks first. */
  question: z.string().max(TYPED_LENGTH_MAX).default(''),
})
const Answered = z.strictObject({
  proof: z.string().refine((text) => isId('vrf', text)),
  response: z.string().max(TYPED_LENGTH_MAX),
  way: z.enum(['response', 'call-back']).default('response'),
  /** Of a printed card, where it was asked beside the code. */
  cells: z.string().max(TYPED_LENGTH_MAX).default(''),
})
/** What the page that waits says already. */
const Waited = z.object({ opened: z.literal('yes').optional().catch(undefined) })
const Second = z.strictObject(ABOUT).extend({ reason: z.string().max(REASON_READ_MAX) })

/** On a case the caller proves who they are, and a second person is asked where it takes two. */
export const proofRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: worksOnCases }
    const at = { params: Address }

    app.post(
      '/cases/:id/ask',
      { config, schema: { ...at, body: Asked } },
      async (request, reply) => {
        const { id } = request.params
        const begun = await ask(world, memberOf(request), { caseId: id, ...request.body })
        if (!begun) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
        return await moveOn(world, { request, reply }, { id, done: null, outcome: begun })
      },
    )

    app.get(
      '/cases/:id/proofs/:proof/events',
      {
        config: { ...config, isWaiting: true },
        schema: { params: ProofAddress, querystring: Waited },
      },
      async (request, reply) => {
        const { id: caseId, proof: id } = request.params
        const waited = { caseId, id, isOpened: request.query.opened !== undefined }
        const isOver = async () => await isProofOver(world, memberOf(request), waited)
        const watch = (listener: () => void) => watchCase(world, caseId, listener)
        return streamSession(world, { request, reply }, { isOver, watch })
      },
    )

    app.post(
      '/cases/:id/answer',
      { config, schema: { ...at, body: Answered } },
      async (request, reply) => {
        const { id } = request.params
        const { proof, response, way, cells } = request.body
        const about = { caseId: id, id: proof }
        const open = memberOf(request)
        const outcome =
          way === 'call-back'
            ? await answerCallBack(world, open, { ...about, code: response, cells })
            : await answerProof(world, open, { ...about, response })
        return await moveOn(world, { request, reply }, { id, done: 'proven', outcome })
      },
    )

    app.post(
      '/cases/:id/second/:deed',
      { config, schema: { params: DeedAddress, body: Second } },
      async (request, reply) => {
        const { id, deed } = request.params
        const { reason, ...about } = request.body
        const acting = actingOf({ id, deed, ...about })
        if (!acting) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
        const outcome = await askSecond(world, memberOf(request), { ...acting, reason })
        return await moveOn(world, { request, reply }, { id, done: 'asked', outcome })
      },
    )
  }

interface Asking extends z.infer<typeof Asked> {
  readonly caseId: CaseId
}

/** Asks in the way that was chosen; `null` where the device is missing. */
async function ask(world: World, open: OpenMemberSession, asking: Asking) {
  const { caseId, device, of, way, question } = asking
  if (way === 'page') return await askOnPage(world, open, { caseId, of })
  if (way === 'call-back') return await callBack(world, open, { caseId, of })
  if (device === undefined) return null
  return await beginProof(world, open, { caseId, authenticatorId: device, of, way, question })
}
