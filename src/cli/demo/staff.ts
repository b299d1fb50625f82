import type { FastifyInstance } from 'fastify'
import type { AgentId } from '#core/agent.ts'
import type { Role } from '#core/desk/role.ts'
import { type Asking, inviteMember, memberCalled } from '#engine/desk/staff.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'

interface DemoMember {
  readonly agentId: AgentId
  readonly name: string
  readonly role: Role
}

const member = (agentId: string, name: string, role: Role): DemoMember => ({
  agentId: agentId as AgentId,
  name,
  role,
})

/** The staff of the demo: everyone whom a story of the desk needs. */
export const DEMO_STAFF: readonly DemoMember[] = [
  member('demo-dora', 'Dora Demo', 'agent'),
  member('demo-edgar', 'Edgar Demo', 'agent'),
  member('demo-frida', 'Frida Demo', 'supervisor'),
  member('demo-gus', 'Gus Demo', 'fulfilment'),
  member('demo-helen', 'Helen Demo', 'compliance'),
  member('demo-ivo', 'Ivo Demo', 'operator'),
  member('demo-june', 'June Demo', 'documents'),
  // Some documents take two people.
  member('demo-kit', 'Kit Demo', 'documents'),
]

const BY = { at: 'command-line', by: 'demo' as AgentId } as const satisfies Asking

/** Where each of them begins: as long as they have no passkey, they make one there. */
export const staffPath = ({ agentId }: Pick<DemoMember, 'agentId'>): string =>
  `/demo/desk/${agentId}`

const invite = async (world: World, { agentId, name, role }: DemoMember, again: boolean) =>
  await inviteMember(world, BY, { agentId, name, role, ties: [], again })

/** Those who have not been invited yet are, so that an operator finds all of them in the list. */
export async function inviteDemoStaff(world: World): Promise<void> {
  for (const one of DEMO_STAFF) {
    if (!(await memberCalled(world, one.agentId))) await invite(world, one, false)
  }
}

/**
 * Hands out invitations without asking who wants one: in the demo, where there is nothing to take,
 * and nowhere else.
 */
export const demoStaff =
  (world: World) =>
  async (app: FastifyInstance): Promise<void> => {
    const desk = world.settings.deskOrigin
    for (const one of DEMO_STAFF) {
      app.get(staffPath(one), async (_request, reply) => {
        const known = await memberCalled(world, one.agentId)
        if (known && known.state !== 'invited') return reply.redirect(`${desk}/login`, 303)
        const invited = await invite(world, one, known !== null)
        if (!invited.ok) return sendRefusal(reply, invited)
        return reply.redirect(desk + invited.path, 303)
      })
    }
  }
