import type { Command } from 'commander'
import { userNameKey } from '#core/subscribers/account.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import {
  agentOption,
  Complaint,
  EXIT,
  inWorld,
  type Tools,
  verificationIn,
  verifiedOption,
} from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { texts } from '#edges/texts/texts.ts'
import {
  issueTemporaryPasscode,
  REASONS,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

type Options = Readonly<Record<string, string>>

/**
 * `countersign passcode`: what the desk gives out and takes back, until it has pages of its own.
 */
export function passcodeCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const passcode = program
    .command('passcode')
    .description('temporary passcodes, for clients whom the desk has verified')
  const about = (name: string, description: string) =>
    passcode
      .command(name)
      .description(description)
      .requiredOption('--user-name <name>')
      .addOption(agentOption('--by <agent>', 'who gives it out').makeOptionMandatory())
  const acts =
    (act: (world: World, whose: Whose, options: Options) => Promise<object>) =>
    async (options: Options) => {
      const { userName = '', by = '' } = options
      if (userNameKey(userName) === null) {
        throw new Complaint('That cannot be a user name.', EXIT.usage)
      }
      await inWorld({ tools, settings: settings() }, async (world) => {
        const subscriberId = await findSubscriberByName(world, userName)
        if (!subscriberId) throw new Complaint('No client has that user name.', EXIT.failed)
        console.log(JSON.stringify(await act(world, { subscriberId, by }, options)))
      })
    }

  about('issue', 'give one out; it is printed once and stored nowhere')
    .addOption(agentOption('--approved-by <agent>', 'the second person, where one is needed'))
    .requiredOption(`--reason <${REASONS.join('|')}>`)
    .addOption(verifiedOption())
    .action(acts(issue))
  about('release', 'let it be used in another browser, once')
    .addOption(verifiedOption())
    .action(
      acts(async (world, whose, options) =>
        done(await releaseTemporaryPasscode(world, { ...whose, ...verified(options) })),
      ),
    )
  about('revoke', 'end it, and every session of its holder').action(
    acts(async (world, whose) => done(await revokeTemporaryPasscode(world, whose))),
  )
}

function verified({ verified: typed }: Options) {
  const how = verificationIn(typed)
  return how && { verified: how }
}

interface Whose {
  readonly subscriberId: SubscriberId
  readonly by: string
}

async function issue(world: World, whose: Whose, options: Options): Promise<object> {
  const reason = REASONS.find((one) => one === options.reason)
  if (!reason) throw new Complaint(`The reason is one of ${REASONS.join(', ')}.`, EXIT.usage)
  const { approvedBy } = options
  const issued = await issueTemporaryPasscode(world, {
    ...whose,
    reason,
    ...verified(options),
    ...(approvedBy !== undefined && { approvedBy }),
  })
  if (!issued.ok) throw complaintOf(issued.problem)
  const [full, printing] = issued.phases
  return {
    passcode: issued.passcode,
    fullAccessUntil: isoOf(full?.until),
    printsUntil: isoOf(printing?.until),
  }
}

const isoOf = (at: number | undefined): string | null =>
  at === undefined ? null : new Date(at).toISOString()

function done(outcome: { readonly ok: true } | { readonly ok: false; readonly problem: Problem }) {
  if (!outcome.ok) throw complaintOf(outcome.problem)
  return { done: true }
}

/** The words of the catalogue, and the code that a script can look at. */
function complaintOf(problem: Problem): Complaint {
  const words = texts('en').text(`problem.${problem}`)
  return new Complaint(`${words} (${problem})`, EXIT.failed)
}
