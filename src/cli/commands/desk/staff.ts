import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { type AgentId, isAgentId } from '#core/agent.ts'
import type { Member } from '#core/desk/member.ts'
import { isRole, type Role, ROLES } from '#core/desk/role.ts'
import type { Problem } from '#core/problems.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { texts } from '#edges/texts/texts.ts'
import {
  type Asking,
  inviteMember,
  memberCalled,
  setRole,
  staffOf,
  suspendMember,
} from '#engine/desk/staff.ts'
import { type OwnTyped, readTies } from '#engine/desk/ties.ts'
import type { World } from '#engine/world.ts'

/**
 * `countersign staff`: who works at the desk. The first member comes in only in this way; what is
 * done here is written down with the operator who did it.
 */
export function staffCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const staff = program.command('staff').description('members of staff, who log in at the desk')
  const about = (name: string, description: string) =>
    staff
      .command(name)
      .description(description)
      .addOption(agentOption('--by <agent>', 'who does it; without, who is logged in here'))
  const roles = ROLES.join('|')

  about('invite', 'print the address with which a new member comes in: once, within the hour')
    .requiredOption(`--role <${roles}>`)
    .requiredOption('--name <name>', 'what colleagues call them')
    .addOption(
      agentOption('--id <agent>', 'what stands in the audit log; without, made of the name'),
    )
    .option('--again', 'they were invited before: their passkeys and sessions end')
    .option('--own-user-name <name>', 'theirs as a client: they never act on it; it stays for good')
    .option('--own-email <address>', 'likewise')
    .option('--own-telephone <number>', 'likewise; with the country code')
    .option('--own-postal <address>', 'likewise')
    .action(
      async (options: InviteOptions) => await invite({ tools, settings: settings() }, options),
    )
  staff
    .command('list')
    .description('list the members, a JSON object a line')
    .action(async () => {
      await inWorld({ tools, settings: settings() }, async (world) => {
        for (const one of await staffOf(world)) {
          console.log(JSON.stringify({ ...shown(one.member), passkeys: one.passkeys }))
        }
      })
    })
  about('suspend', 'end the sessions and passkeys of a member who leaves')
    .argument('<agent>')
    .action(async (typed: string, { by }: { by?: AgentId }) => {
      await inWorld({ tools, settings: settings() }, async (world) => {
        const { id } = await named(world, typed)
        const done = await suspendMember(world, asking(by), id)
        if (!done.ok) throw complaintOf(done.problem)
        console.log(JSON.stringify(shown(await named(world, typed))))
      })
    })
  about('role', 'give a member another role')
    .argument('<agent>')
    .argument(`<${roles}>`)
    .action(async (typed: string, role: string, { by }: { by?: AgentId }) => {
      const to = roleNamed(role)
      await inWorld({ tools, settings: settings() }, async (world) => {
        const { id } = await named(world, typed)
        const done = await setRole(world, asking(by), { id, role: to })
        if (!done.ok) throw complaintOf(done.problem)
        console.log(JSON.stringify(shown(await named(world, typed))))
      })
    })
}

interface InviteOptions {
  readonly role: string
  readonly name: string
  readonly id?: string
  readonly again?: true
  readonly by?: AgentId
  readonly ownUserName?: string
  readonly ownEmail?: string
  readonly ownTelephone?: string
  readonly ownPostal?: string
}

type CalledWith = Parameters<typeof inWorld>[0]

async function invite(called: CalledWith, options: InviteOptions): Promise<void> {
  const { role, name, by, again = false } = options
  const typed = { agentId: options.id ?? idOf(name), name, role: roleNamed(role), again }
  const { ownUserName = '', ownEmail = '', ownTelephone = '', ownPostal = '' } = options
  const own: OwnTyped = {
    'user-name': ownUserName,
    email: ownEmail,
    telephone: ownTelephone,
    postal: ownPostal,
  }
  await inWorld(called, async (world) => {
    const read = readTies(world.keys, own)
    if (!read.ok) throw complaintOf(read.problem)
    const invited = await inviteMember(world, asking(by), { ...typed, ties: read.ties })
    if (!invited.ok) throw complaintOf(invited.problem)
    const address = `${world.settings.deskOrigin}${invited.path}`
    const until = new Date(invited.expiresAt).toISOString()
    console.log(JSON.stringify({ id: invited.member.agentId, address, until }))
  })
}

/** `Jane Doe` is `jane.doe`. */
const idOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '.')
    .replaceAll(/^\.|\.$/g, '')

function roleNamed(typed: string): Role {
  if (isRole(typed)) return typed
  throw new Complaint(`The role is one of ${ROLES.join(', ')}.`, EXIT.usage)
}

async function named(world: World, typed: string): Promise<Member> {
  const member = isAgentId(typed) ? await memberCalled(world, typed) : null
  if (member) return member
  throw complaintOf('desk.member-not-found')
}

/** An operator who may start this command may read the keys too; it is written down who it was. */
const asking = (by: AgentId | undefined): Asking => ({ at: 'command-line', by: by ?? userHere() })

export function userHere(): AgentId {
  const user = accountHere().toLowerCase()
  return isAgentId(user) ? user : ('operator' as AgentId)
}

/** A container may run under a number that no account of it has. */
function accountHere(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

const shown = ({ agentId, name, role, state }: Member) => ({ id: agentId, name, role, state })

/** The words of the catalogue, and the code that a script can look at. */
const complaintOf = (problem: Problem): Complaint =>
  new Complaint(`${texts('en').text(`problem.${problem}`)} (${problem})`, EXIT.failed)
