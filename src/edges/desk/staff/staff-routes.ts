import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { changesStaff, readsStaff, type Role, ROLES } from '#core/desk/role.ts'
import { isId, type MemberId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import {
  memberNamed,
  roleChangeOf,
  setRole,
  staffOf,
  suspendMember,
  suspensionOf,
} from '#engine/desk/staff.ts'
import { askTouch, type Deed } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { askingAtDesk, TOUCH_FIELDS } from '#edges/desk/frame/touch-form.ts'
import { confirmPage, oneMemberPage, staffPage } from '#edges/desk/staff/staff-pages.ts'

const DONE = ['role', 'suspended'] as const
const Done = z.object({ done: z.enum(DONE).optional().catch(undefined) })
const Address = z.object({ id: z.string().refine((text) => isId('mem', text)) })
const Touched = z.strictObject(TOUCH_FIELDS)
const Chosen = z.object({ role: z.enum(ROLES) })
const RoleTouched = Touched.extend(Chosen.shape)

/** Who works here: read by some, changed by operators. */
export const staffRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const reads = { roles: readsStaff }
    const config = { roles: changesStaff }
    const at = { params: Address }

    app.get('/staff', { config: reads, schema: { querystring: Done } }, async (request, reply) => {
      const staff = await staffOf(world)
      const { done = null } = request.query
      const facts = { ...seenByMember(world, reply), staff, done }
      return reply.html(staffPage(reply.page('/staff'), facts))
    })

    app.get('/staff/:id', { config, schema: at }, async (request, reply) => {
      const member = await memberNamed(world, request.params.id)
      if (!member) return sendRefusal(reply, { ok: false, problem: 'desk.member-not-found' })
      const facts = { ...seenByMember(world, reply), member }
      return reply.html(oneMemberPage(reply.page(`/staff/${member.id}`), facts))
    })

    app.get('/staff/:id/suspend', { config, schema: at }, async (request, reply) =>
      sendSuspend(world, { request, reply }, { id: request.params.id, problem: null }),
    )

    app.post(
      '/staff/:id/suspend',
      { config, schema: { ...at, body: Touched } },
      async (request, reply) => {
        const { id } = request.params
        const asking = askingAtDesk(request, request.body)
        const done = await suspendMember(world, asking, id)
        if (done.ok) return reply.redirect('/staff?done=suspended', 303)
        return await sendSuspend(world, { request, reply }, { id, problem: done.problem })
      },
    )

    app.get(
      '/staff/:id/role',
      { config, schema: { ...at, querystring: Chosen } },
      async (request, reply) => {
        const asked = { id: request.params.id, role: request.query.role, problem: null }
        return await sendRole(world, { request, reply }, asked)
      },
    )

    app.post(
      '/staff/:id/role',
      { config, schema: { ...at, body: RoleTouched } },
      async (request, reply) => {
        const { id } = request.params
        const { role } = request.body
        const asking = askingAtDesk(request, request.body)
        const done = await setRole(world, asking, { id, role })
        if (done.ok) return reply.redirect('/staff?done=role', 303)
        return await sendRole(world, { request, reply }, { id, role, problem: done.problem })
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Asked {
  readonly id: MemberId
  readonly problem: Problem | null
}

const sendSuspend = async (world: World, exchange: Exchange, { id, problem }: Asked) =>
  await sendDeed(world, exchange, {
    id,
    problem,
    deed: suspensionOf(id),
    key: 'desk.staff.leave',
    action: `/staff/${id}/suspend`,
    carries: {},
    role: null,
  })

const sendRole = async (
  world: World,
  exchange: Exchange,
  { id, role, problem }: Asked & { readonly role: Role },
) =>
  await sendDeed(world, exchange, {
    id,
    problem,
    deed: roleChangeOf(id, role),
    key: 'desk.staff.role',
    action: `/staff/${id}/role`,
    carries: { role },
    role,
  })

interface AskedDeed extends Asked {
  readonly deed: Deed
  /** Its words: `.confirm` with a name, and `.lead`. */
  readonly key: string
  readonly action: string
  readonly carries: Readonly<Record<string, string>>
  readonly role: Role | null
}

/** The page on which a touch does it. */
async function sendDeed(world: World, { request, reply }: Exchange, asked: AskedDeed) {
  const { id, deed, key, action, carries, role, problem } = asked
  const member = await memberNamed(world, id)
  if (!member) return sendRefusal(reply, { ok: false, problem: 'desk.member-not-found' })
  const open = memberOf(request)
  if (id === open.member.id) return sendRefusal(reply, { ok: false, problem: 'desk.own-member' })
  const page = reply.page(role === null ? action : `${action}?role=${role}`)
  const { text } = page.texts
  if (problem) reply.code(PROBLEMS[problem])
  const to = role === null ? {} : { role: text(`desk.role.${role}`) }
  return reply.html(
    confirmPage(page, {
      ...seenByMember(world, reply),
      title: text(`${key}.confirm`, { name: member.name, ...to }),
      lead: text(`${key}.lead`),
      touch: await askTouch(world, open, deed),
      action,
      carries,
      problem,
    }),
  )
}
