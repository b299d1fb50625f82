import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Deed, DEED_TABLE, worksOnCases } from '#core/desk/deeds.ts'
import {
  type AuthenticatorId,
  type CaseId,
  isId,
  type SecondRequestId,
  type WarrantId,
} from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { actOnCase, touchOf } from '#engine/desk/cases/deeds.ts'
import type { Acting, AskedDeed } from '#engine/desk/cases/permit.ts'
import { type CaseView, viewCase } from '#engine/desk/cases/view.ts'
import { askTouch } from '#engine/desk/touch.ts'
import { REASONS } from '#engine/temporary-access/passcodes.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { deedPage, spokenPage } from '#edges/desk/cases/deed-pages.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'

export const Address = z.object({
  id: z.string().refine((text) => isId('cas', text)),
  deed: z.string().refine((text): text is Deed => Object.hasOwn(DEED_TABLE, text)),
})
/** What goes along: what opens it, and what it is done to. */
export const ABOUT = {
  warrant: z
    .string()
    .refine((text) => isId('war', text))
    .optional(),
  request: z
    .string()
    .refine((text) => isId('sec', text))
    .optional(),
  device: z
    .string()
    .refine((text) => isId('aut', text))
    .optional(),
  status: z.enum(REASONS).optional(),
}
const About = z.object(ABOUT)
const Touched = z.strictObject(ABOUT).extend(TOUCH_FIELDS)

/** A deed on a case: its page says what it does, and a touch of the passkey does it. */
export const deedRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: worksOnCases }

    app.get(
      '/cases/:id/deeds/:deed',
      { config, schema: { params: Address, querystring: About } },
      async (request, reply) =>
        sendDeed(world, { request, reply }, { ...request.params, ...request.query, problem: null }),
    )

    app.post(
      '/cases/:id/deeds/:deed',
      { config, schema: { params: Address, body: Touched } },
      async (request, reply) => {
        const { id, deed } = request.params
        const { answer, sealed, ...about } = request.body
        const acting = actingOf({ id, deed, ...about })
        if (!acting) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
        const touch = touchIn({ answer, sealed })
        const done = await actOnCase(world, memberOf(request), { ...acting, touch })
        if (!done.ok) {
          const again = { id, deed, ...about, problem: done.problem }
          return await sendDeed(world, { request, reply }, again)
        }
        if (done.spoken === null) return reply.redirect(`/cases/${id}?done=acted`, 303)
        const { spoken, until } = done
        const page = reply.page(`/cases/${id}`)
        const view = await viewCase(world, memberOf(request), id)
        const { language } = view.ok ? view.client : page.texts
        const facts = { ...seenByMember(world, reply), caseId: id, deed, spoken, until, language }
        return reply.html(spokenPage(page, facts))
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface About {
  readonly id: CaseId
  readonly deed: Deed
  readonly warrant?: WarrantId | undefined
  /** What a second person has agreed to. */
  readonly request?: SecondRequestId | undefined
  readonly device?: AuthenticatorId | undefined
  readonly status?: (typeof REASONS)[number] | undefined
}

/** The deed with what it is done to; `null` where that is missing. */
export function actingOf({
  id: caseId,
  deed,
  warrant,
  request: requestId,
  device,
  status,
}: About): Acting | null {
  const asked = askedOf(deed, { device, status })
  return asked && { caseId, warrantId: warrant ?? null, requestId, asked }
}

function askedOf(
  deed: Deed,
  { device, status }: Pick<About, 'device' | 'status'>,
): AskedDeed | null {
  if (deed === 'block-device' || deed === 'replace-device')
    return device === undefined ? null : { deed, authenticatorId: device }
  if (deed === 'issue-passcode') return status === undefined ? null : { deed, reason: status }
  // It has an address of its own.
  return deed === 'unmask' ? null : { deed }
}

/** The page on which a touch does it. */
async function sendDeed(
  world: World,
  { request, reply }: Exchange,
  { problem, ...about }: About & { readonly problem: Problem | null },
) {
  const open = memberOf(request)
  const { id, deed, warrant, request: agreed, device, status } = about
  const acting = actingOf(about)
  if (!acting) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
  const view = await viewCase(world, open, id)
  if (!view.ok) return sendRefusal(reply, view)
  if (problem) reply.code(PROBLEMS[problem])
  const page = reply.page(`/cases/${id}`)
  const { text } = page.texts
  const named = status === undefined ? deviceNamed(view, device, text) : statusWords(status, text)
  return reply.html(
    deedPage(page, {
      ...seenByMember(world, reply),
      caseId: id,
      deed,
      named,
      touch: await askTouch(world, open, touchOf(acting)),
      carries: {
        ...(warrant && { warrant }),
        ...(agreed && { request: agreed }),
        ...(device && { device }),
        ...(status && { status }),
      },
      problem,
    }),
  )
}

type Words = (key: string) => string

const statusWords = (status: string, text: Words): string => text(`desk.cases.status.${status}`)

function deviceNamed({ devices }: CaseView, id: string | undefined, text: Words): string | null {
  const found = devices.find((one) => one.id === id)
  return found ? found.label || text(`method.${found.method}.name`) : null
}
