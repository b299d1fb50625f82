import { type Command, Option } from 'commander'
import type { EmergencyDeed } from '#core/desk/programs/emergency.ts'
import { userNameKey } from '#core/subscribers/account.ts'
import type { BrowserId, SubscriberId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import {
  agentOption,
  Complaint,
  complaintOf,
  emergencyIn,
  emergencyOption,
  EXIT,
  inWorld,
  secondOption,
  type Tools,
  verifiedOption,
} from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { inEmergency } from '#engine/desk/programs/emergency.ts'
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
 * `countersign passcode`: what the desk gives out and takes back, for emergencies.
 */
export function passcodeCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const passcode = program
    .command('passcode')
    .description('temporary passcodes, in an emergency: each raises an alarm of compliance')
  const about = (name: string, description: string) =>
    passcode
      .command(name)
      .description(description)
      .requiredOption('--user-name <name>')
      .addOption(agentOption('--by <agent>', 'who gives it out').makeOptionMandatory())
      .addOption(verifiedOption())
      .addOption(emergencyOption())
  const acts =
    (deed: EmergencyDeed, act: (world: World, whose: Whose, options: Options) => Promise<object>) =>
    async (options: Options) => {
      const { userName = '', by = '' } = options
      if (userNameKey(userName) === null) {
        throw new Complaint('That cannot be a user name.', EXIT.usage)
      }
      await inWorld({ tools, settings: settings() }, async (world) => {
        const subscriberId = await findSubscriberByName(world, userName)
        if (!subscriberId) throw new Complaint('No client has that user name.', EXIT.failed)
        const held = await inEmergency(world, { subscriberId, deed, ...emergencyIn(options) })
        if (!held.ok) throw complaintOf(held.problem)
        const whose = { subscriberId, by, ...held.where }
        console.log(JSON.stringify(await act(held.world, whose, options)))
      })
    }

  about('issue', 'give one out; it is printed once and stored nowhere')
    .addOption(secondOption())
    .addOption(
      new Option('--reason <reason>', 'why the client needs one')
        .choices(REASONS)
        .makeOptionMandatory(),
    )
    .action(acts('issue-passcode', issue))
  about('release', 'let it be used in another browser, once')
    .addOption(secondOption())
    .action(
      acts('release-passcode', async (world, whose) =>
        done(await releaseTemporaryPasscode(world, whose)),
      ),
    )
  about('revoke', 'end it, and every session of its holder').action(
    acts('end-passcode', async (world, whose) => done(await revokeTemporaryPasscode(world, whose))),
  )
}

interface Whose {
  readonly subscriberId: SubscriberId
  readonly by: string
  /** The browsers in which a passcode works; all, where there are none. */
  readonly only?: readonly BrowserId[]
}

async function issue(world: World, whose: Whose, options: Options): Promise<object> {
  const reason = REASONS.find((one) => one === options.reason)
  if (!reason) throw new Error('a passcode without a reason')
  const { approvedBy } = options
  const issued = await issueTemporaryPasscode(world, {
    ...whose,
    reason,
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
