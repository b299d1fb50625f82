import type { Command } from 'commander'
import type { AgentId } from '#core/agent.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import { userHere } from '#cli/commands/desk/staff.ts'
import type { Settings } from '#config/settings.ts'
import { CANARIES_MAX, makeCanaries } from '#engine/desk/canaries.ts'

/**
 * `countersign canary`: clients who do not exist, whose opening at the desk raises an alarm. It
 * prints how many there are, and never which: what is not known here is told to no agent.
 */
export function canaryCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const canary = program
    .command('canary')
    .description('clients who do not exist: an agent who opens one raises an alarm')
  canary
    .command('make')
    .description('make as many as are missing: 20 in 100,000 clients, or the number given')
    .argument('[count]', 'how many there are to be')
    .addOption(agentOption('--by <agent>', 'who does it; without, who is logged in here'))
    .action(async (typed: string | undefined, { by }: { by?: AgentId }) => {
      const count = typed === undefined ? null : countOf(typed)
      await inWorld({ tools, settings: settings() }, async (world) => {
        const done = await makeCanaries(world, { count, by: by ?? userHere() })
        if (!done.ok)
          throw new Complaint('No client has an open account yet, to be like.', EXIT.failed)
        const { clients, canaries, made } = done
        console.log(JSON.stringify({ clients, canaries, made }))
      })
    })
}

function countOf(typed: string): number {
  const count = /^\d{1,5}$/.test(typed) ? Number(typed) : 0
  if (count >= 1 && count <= CANARIES_MAX) return count
  throw new Complaint(`The number is from 1 to ${CANARIES_MAX}.`, EXIT.usage)
}
