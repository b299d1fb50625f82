import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { TIE_KINDS } from '#core/desk/member.ts'
import { changesStaff } from '#core/desk/role.ts'
import { isId, type MemberId } from '#core/ids.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import {
  type Invited,
  invitationOf,
  inviteMember,
  type InvitedMember,
  memberCalled,
  memberNamed,
  readInvited,
} from '#engine/desk/staff.ts'
import { readTies } from '#engine/desk/ties.ts'
import { askTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { askingAtDesk, TOUCH_FIELDS } from '#edges/desk/frame/touch-form.ts'
import { invitedPage, invitePage, type InviteTyped } from '#edges/desk/staff/invite-pages.ts'
import { confirmPage } from '#edges/desk/staff/staff-pages.ts'
import { fact } from '#edges/pages/frame/parts.ts'

const TYPED_LENGTH_MAX = 500
const typed = z.string().max(TYPED_LENGTH_MAX)
const Typed = z.strictObject({
  name: typed,
  agentId: typed,
  role: typed.default(''),
  'user-name': typed.default(''),
  email: typed.default(''),
  telephone: typed.default(''),
  postal: typed.default(''),
})
const Confirmed = Typed.extend(TOUCH_FIELDS)
const Touched = z.strictObject(TOUCH_FIELDS)
const Address = z.object({ id: z.string().refine((text) => isId('mem', text)) })

/** Without the touch that came with it. */
const typedIn = (body: z.infer<typeof Confirmed>): InviteTyped => ({
  name: body.name,
  agentId: body.agentId,
  role: body.role,
  'user-name': body['user-name'],
  email: body.email,
  telephone: body.telephone,
  postal: body.postal,
})

const EMPTY: InviteTyped = {
  name: '',
  agentId: '',
  role: 'agent',
  'user-name': '',
  email: '',
  telephone: '',
  postal: '',
}

/** An operator invites a member: first it is typed, then a touch confirms it as it is shown. */
export const inviteRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: changesStaff }

    app.get('/staff/invite', { config }, async (request, reply) =>
      sendForm(world, { request, reply }, { typed: EMPTY, problem: null }),
    )

    app.post('/staff/invite', { config, schema: { body: Typed } }, async (request, reply) => {
      const read = invitedBy(world, request.body)
      const problem = read.ok ? await obstacleTo(world, read.invited) : read.problem
      const form = { typed: request.body, problem }
      if (!read.ok || problem) return sendForm(world, { request, reply }, form)
      return await sendConfirm(world, { request, reply }, { ...form, ...read })
    })

    app.post(
      '/staff/invite/confirm',
      { config: { ...config, wayOut: () => '/staff/invite' }, schema: { body: Confirmed } },
      async (request, reply) => {
        const { body } = request
        const fields = typedIn(body)
        const read = invitedBy(world, fields)
        const asking = askingAtDesk(request, request.body)
        const done = read.ok ? await inviteMember(world, asking, read.invited) : read
        if (done.ok) return sendInvited(world, reply, done)
        const form = { typed: fields, problem: done.problem }
        const isOfTouch = done.problem === 'desk.not-touched' || done.problem === 'desk.conflict'
        return read.ok && isOfTouch
          ? await sendConfirm(world, { request, reply }, { ...form, ...read })
          : sendForm(world, { request, reply }, form)
      },
    )

    const at = { params: Address }
    app.get('/staff/:id/again', { config, schema: at }, async (request, reply) =>
      sendAgain(world, { request, reply }, { id: request.params.id, problem: null }),
    )

    app.post(
      '/staff/:id/again',
      { config, schema: { ...at, body: Touched } },
      async (request, reply) => {
        const { id } = request.params
        const again = await invitedAgain(world, id)
        if (!again) return sendRefusal(reply, { ok: false, problem: 'desk.member-not-found' })
        const asking = askingAtDesk(request, request.body)
        const done = await inviteMember(world, asking, again)
        if (done.ok) return sendInvited(world, reply, done)
        return await sendAgain(world, { request, reply }, { id, problem: done.problem })
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Form {
  readonly typed: InviteTyped
  readonly problem: Problem | null
}

function sendForm(world: World, { reply }: Exchange, form: Form): FastifyReply {
  if (form.problem) reply.code(PROBLEMS[form.problem])
  const facts = { ...seenByMember(world, reply), ...form }
  return reply.html(invitePage(reply.page('/staff/invite'), facts))
}

/** Who is to come in, as it was typed. */
function invitedBy(
  world: World,
  { name, agentId, role, ...own }: InviteTyped,
): { readonly ok: true; readonly invited: Invited } | Refusal {
  const read = readTies(world.keys, own)
  if (!read.ok) return read
  const { ties } = read
  return { ok: true, invited: { name, agentId: agentId.trim(), role, ties, again: false } }
}

/** What can be said before the touch. */
async function obstacleTo(world: World, invited: Invited): Promise<Problem | null> {
  const read = readInvited(invited)
  if (!read.ok) return read.problem
  const before = await memberCalled(world, read.agentId)
  return before ? 'desk.member-taken' : null
}

async function sendConfirm(
  world: World,
  { request, reply }: Exchange,
  form: Form & { readonly invited: Invited },
) {
  const page = reply.page('/staff/invite')
  const { text } = page.texts
  const { typed: fields, invited, problem } = form
  if (problem) reply.code(PROBLEMS[problem])
  const own = TIE_KINDS.filter((kind) => fields[kind] !== '')
  return reply.html(
    confirmPage(page, {
      ...seenByMember(world, reply),
      title: text('desk.invite.confirm', { name: fields.name }),
      lead: text('desk.invite.confirm-lead'),
      facts: [
        fact(text('desk.home.id'), fields.agentId),
        fact(text('desk.home.role'), text(`desk.role.${fields.role}`)),
        ...own.map((kind) => fact(text(`desk.invite.${kind}`), fields[kind])),
      ],
      touch: await askTouch(world, memberOf(request), invitationOf(invited)),
      action: '/staff/invite/confirm',
      carries: { ...fields },
      problem,
    }),
  )
}

/** With the name, the role and what is theirs as before. */
async function invitedAgain(world: World, id: MemberId): Promise<Invited | null> {
  const member = await memberNamed(world, id)
  if (!member) return null
  const { agentId, name, role, ties } = member
  return { agentId, name, role, ties, again: true }
}

async function sendAgain(
  world: World,
  { request, reply }: Exchange,
  { id, problem }: { readonly id: MemberId; readonly problem: Problem | null },
) {
  const again = await invitedAgain(world, id)
  if (!again) return sendRefusal(reply, { ok: false, problem: 'desk.member-not-found' })
  const open = memberOf(request)
  if (id === open.member.id) return sendRefusal(reply, { ok: false, problem: 'desk.own-member' })
  const action = `/staff/${id}/again`
  const page = reply.page(action)
  if (problem) reply.code(PROBLEMS[problem])
  return reply.html(
    confirmPage(page, {
      ...seenByMember(world, reply),
      title: page.texts.text('desk.staff.again.confirm', { name: again.name }),
      lead: page.texts.text('desk.staff.again.lead'),
      touch: await askTouch(world, open, invitationOf(again)),
      action,
      problem,
    }),
  )
}

function sendInvited(
  world: World,
  reply: FastifyReply,
  { member, path, expiresAt }: Extract<InvitedMember, { ok: true }>,
): FastifyReply {
  const address = `${reply.server.realm.origin}${path}`
  const facts = { ...seenByMember(world, reply), name: member.name, address, expiresAt }
  return reply.html(invitedPage(reply.page('/staff'), facts))
}
