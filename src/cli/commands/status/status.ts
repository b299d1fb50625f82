import type { Command } from 'commander'
import type { AgentId } from '#core/agent.ts'
import {
  NOTICE_HOURS_MAX,
  NOTICE_LENGTH_MAX,
  type NoticeProblem,
  REASON_LENGTH_MAX,
} from '#core/status/notice.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import { userHere } from '#cli/commands/desk/staff.ts'
import type { Settings } from '#config/settings.ts'
import { tellClients, tellNothing } from '#engine/status/notice.ts'
import { wholeStatus } from '#engine/status/status.ts'

interface Telling {
  readonly en: string
  readonly fr: string
  readonly why: string
  readonly hours: string
  readonly by?: AgentId
}

/** `countersign status`: what is late, and what is told to all clients on the login page. */
export function statusCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const status = program.command('status').description('what is late, and what clients are told')
  const here = async (act: Parameters<typeof inWorld<void>>[1]) =>
    await inWorld({ tools, settings: settings() }, act)
  const who = () => agentOption('--by <agent>', 'who does it; without, who is logged in here')
  const why = `stands in the audit log; at most ${REASON_LENGTH_MAX} letters`
  status
    .command('show')
    .description('print what is late now, a line of JSON each, and the notice')
    .action(async () => {
      await here(async (world) => {
        const { late, notice } = await wholeStatus(world)
        for (const { subject, place, since } of late)
          console.log(JSON.stringify({ late: subject, place, since: iso(since) }))
        if (notice)
          console.log(
            JSON.stringify({ notice: notice.words, by: notice.by, until: iso(notice.until) }),
          )
        if (late.length === 0 && !notice) console.log('All works as usual, and no notice is shown.')
      })
    })
  status
    .command('notice')
    .description('show a notice on the login page and the status page, in place of the last')
    .requiredOption('--en <words>', `one line of at most ${NOTICE_LENGTH_MAX} letters`)
    .requiredOption('--fr <words>', 'the same in French')
    .requiredOption('--why <reason>', why)
    .option('--hours <count>', `for how long; at most ${NOTICE_HOURS_MAX}`, '24')
    .addOption(who())
    .action(async ({ en, fr, why: reason, hours, by = userHere() }: Telling) => {
      await here(async (world) => {
        const typed = { words: { en, fr }, reason, hours: Number(hours), by }
        const told = await tellClients(world, typed)
        if (!told.ok) throw new Complaint(SAID[told.problem], EXIT.usage)
        console.log(JSON.stringify({ notice: told.notice.words, until: iso(told.notice.until) }))
      })
    })
  status
    .command('clear')
    .description('remove the notice')
    .requiredOption('--why <reason>', why)
    .addOption(who())
    .action(async ({ why: reason, by = userHere() }: Pick<Telling, 'why' | 'by'>) => {
      await here(async (world) => {
        const done = await tellNothing(world, { by, reason })
        if (!done.ok) throw new Complaint(SAID[done.problem], EXIT.usage)
        console.log('No notice is shown.')
      })
    })
}

const iso = (at: number): string => new Date(at).toISOString()

const SAID: Readonly<Record<NoticeProblem | 'none', string>> = {
  words: `The notice is one line of at most ${NOTICE_LENGTH_MAX} letters in each language.`,
  reason: `Say why in one line of at most ${REASON_LENGTH_MAX} letters: --why "…".`,
  hours: `A notice is shown for 1 to ${NOTICE_HOURS_MAX} hours.`,
  none: 'No notice is shown.',
}
