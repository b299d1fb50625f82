import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { AgentId } from '#core/agent.ts'
import { FENCE_REASONS, type FenceReason } from '#core/backup/events.ts'
import { instant } from '#core/time/time.ts'
import {
  agentOption,
  Complaint,
  EXIT,
  inWorld,
  type OpenedWorld,
  type Tools,
} from '#cli/command.ts'
import { userHere } from '#cli/commands/desk/staff.ts'
import { sentenceOf } from '#cli/commands/audit.ts'
import { placesOf } from '#cli/places.ts'
import { systemRandom } from '#cli/random.ts'
import { openRoots } from '#cli/root-keys.ts'
import type { Settings } from '#config/settings.ts'
import { checkpointNow, logSigner, logVerifiers } from '#engine/audit/checkpoints.ts'
import { outsideIn } from '#engine/audit/outside.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { BackupNewer } from '#engine/backup/about.ts'
import { fence, type Fenced } from '#engine/backup/fence.ts'
import { beside, makeBackup } from '#engine/backup/make.ts'
import { headsOf, keptOutside, setBack } from '#engine/backup/outside.ts'
import { BackupOfOther, restoreBackup } from '#engine/backup/restore.ts'
import { BackupFlawed, type BackupVerified, verifyBackup } from '#engine/backup/verify.ts'
import { loadServerKeys } from '#engine/server-keys.ts'
import type { World } from '#engine/world.ts'
import { ToolFailed } from '#store/backup/dumps.ts'
import { ThereAlready } from '#store/backup/new-file.ts'
import { BackupUnreadable, type Unreadable } from '#store/backup/sealed-stream.ts'

/** `countersign backup`: the database in one sealed file, while the server runs. */
export function backupCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const backup = program
    .command('backup')
    .description('copy the database into one sealed file, while the server runs')
    .option('--to <file>', 'a file that is not there yet')
    .addOption(agentOption('--by <agent>', 'who does it; without, who is logged in here'))
    .action(async ({ to, by }: { to?: string; by?: AgentId }) => {
      if (to === undefined) throw new Complaint('Say where to: --to <file>.', EXIT.usage)
      const loaded = settings()
      await inWorld({ tools, settings: loaded }, async (world) => {
        const { url } = loaded.database
        const made = await complaining(to, () =>
          makeBackup(world, { to, url, by: by ?? userHere() }),
        )
        console.log(saidOf(made))
        console.log(KEPT[loaded.keys.provider])
      })
    })
  backup
    .command('verify')
    .description('open a backup, read it from end to end, and hold its audit log against itself')
    .argument('<file>')
    .action(async (file: string) => {
      const loaded = settings()
      const reading = { ...keysOf(loaded), settings: loaded }
      const { url } = loaded.database
      console.log(
        saidOf(await complaining(file, () => verifyBackup(reading, { file, ...beside(url) }))),
      )
    })
}

/** A key that is made now opens nothing that was sealed before. */
function keysOf({ keys }: Settings) {
  const { file, provider } = keys
  if (provider === 'file' && !existsSync(file))
    throw new Complaint(`The key file ${file} is missing. Put it back: it opens every backup.`)
  const random = systemRandom()
  return { keyring: { roots: openRoots({ keys }, random) }, random }
}

const KEPT: Readonly<Record<Settings['keys']['provider'], string>> = {
  file: 'The root key is not in it: keep keys.file elsewhere, and both are needed.',
  exec: 'Its key is wrapped by the program of keys.exec: without that it does not open.',
  vault: 'Its key is wrapped by Vault: without that key of Vault it does not open.',
}

function saidOf({ about, clients, log }: BackupVerified): string {
  const madeAt = new Date(about.madeAt).toISOString()
  const first = `The backup ${about.id} of ${madeAt} is whole.`
  if (log === null) return `${first} Its database is opened where it is restored.`
  if (log.findings.length > 0)
    throw new Complaint([...log.findings.map(sentenceOf), 'Its audit log is not whole.'].join('\n'))
  const events = log.size + log.waiting
  return `${first} It has ${clients} clients, and ${events} events of a log that is whole.`
}

/** What went wrong with a backup, as a sentence. */
async function complaining<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw complaintOf(file, error)
  }
}

function complaintOf(file: string, error: unknown): unknown {
  if (error instanceof BackupUnreadable) return new Complaint(WORDS[error.why](file))
  if (error instanceof BackupNewer)
    return new Complaint(`${file} was made by a newer version. Install that one first.`)
  if (error instanceof BackupFlawed)
    return new Complaint(`The database in ${file} is damaged: ${error.message}.`)
  if (error instanceof BackupOfOther)
    return new Complaint(`${file} is of ${error.message}: restore it into such a database.`)
  if (error instanceof ThereAlready)
    return new Complaint(`${error.path} is there already. Choose another name.`, EXIT.usage)
  if (error instanceof ToolFailed)
    return error.isMissing
      ? new Complaint(`${error.tool} is not installed. It comes with PostgreSQL: install it here.`)
      : new Complaint(`${error.tool} has failed: ${error.message}`)
  return error
}

const WORDS: Readonly<Record<Unreadable, (file: string) => string>> = {
  foreign: (file) => `${file} is no backup of Countersign.`,
  key: (file) => `${file} was sealed with another key. Put back the key file of that time.`,
  'cut-off': (file) => `The end of ${file} is missing. Take another backup.`,
  changed: (file) => `${file} is damaged, or its end is missing. Take another backup.`,
}

/** `countersign restore` and `countersign fence`: back to a backup, and safely on from there. */
export function restoreCommands(program: Command, tools: Tools, settings: () => Settings): void {
  program
    .command('restore')
    .description('put a backup where no database is; nothing starts on it before `fence`')
    .argument('<file>')
    .option('--to <url>', 'sqlite:… or postgres:…; without, database.url')
    .action(async (file: string, { to }: { to?: string }) => {
      const loaded = settings()
      const reading = { ...keysOf(loaded), settings: loaded }
      const restoring = { file, url: to ?? loaded.database.url, now: instant(Date.now()) }
      const id = await complaining(file, () => restoreBackup(reading, restoring))
      console.log(`The backup ${id} is restored. Run \`countersign fence\` before you start on it.`)
    })
  program
    .command('fence')
    .description('make a restored database safe: what was used or ended since counts no more')
    .addOption(
      new Option('--reason <reason>', 'why it was restored')
        .choices(FENCE_REASONS)
        .makeOptionMandatory(),
    )
    .option('--events <file>', 'what `audit export` has written; may be given again', gathered)
    .option('--from-checkpoint <file>', 'checkpoints kept outside, besides those of audit.file')
    .option('--without-events', 'events are lost: every client proves anew who they are')
    .addOption(agentOption('--by <agent>', 'who does it; without, who is logged in here'))
    .action(async (options: FenceOptions) => {
      const loaded = settings()
      await inWorld(
        { tools, settings: loaded },
        async (world) => await fenceHere(world, loaded, options),
        { evenUnfenced: true },
      )
    })
}

const gathered = (value: string, before: readonly string[] = []) => [...before, value]

interface FenceOptions {
  readonly reason: FenceReason
  readonly events?: readonly string[]
  readonly fromCheckpoint?: string
  readonly withoutEvents?: boolean
  readonly by?: AgentId
}

async function fenceHere(world: World, loaded: Settings, options: FenceOptions): Promise<void> {
  const { events, fromCheckpoint, withoutEvents = false, by = userHere(), reason } = options
  const texts = await Promise.all((events ?? []).map((file) => readFile(file, 'utf8')))
  const lines = events === undefined ? null : texts.flatMap((text) => text.split('\n'))
  const { heads, silent } = await keptOutside(world, placesOf(world, loaded))
  for (const name of silent)
    console.error(`${name} does not answer, or with a key of later: it is not known what it keeps.`)
  const file = fromCheckpoint === undefined ? '' : await readFile(fromCheckpoint, 'utf8')
  const further = headsOf(world, outsideIn(file, logVerifiers(world)).checkpoints)
  const fencing = { by, reason, lines, heads: [...heads, ...further], withoutEvents }
  const fenced = await fence(world, fencing)
  if (!fenced.ok) throw notFenced(fenced)
  await sequenceNow(world)
  // Under another name the server signs it, when it starts.
  if (!fenced.isUnknown) await checkpointNow(world)
  const { taken, changed, besides, keys, lost, isUnknown } = fenced
  console.log(`The database is fenced. ${taken} events of the time since stand in its log again.`)
  console.log(`All sessions are ended, and ${changed} devices are others than in the backup.`)
  if (besides > 0)
    console.log(`${besides} events are of accounts, orders and addresses: have them sent again.`)
  if (keys > 0)
    console.log(`${keys} keys are what they were: exchange them again, with \`keys rotate\`.`)
  if (!isUnknown) return
  const serverKeys = await loadServerKeys(world.db, world.keyring)
  const { name } = logSigner({ ...world, serverKeys }).verifier
  console.log(`${lost} signed events are lost. All devices and passwords rest: call the desk.`)
  console.log(`The log is ${name} now: give \`countersign audit key\` to auditors and witnesses.`)
}

function notFenced(fenced: Extract<Fenced, { ok: false }>): Complaint {
  switch (fenced.why) {
    case 'line':
      return new Complaint(
        `Line ${fenced.line} of the events is none that \`audit export\` writes.`,
      )
    case 'another-log':
      return new Complaint('With these events the log is not the one that was signed.')
    case 'clock':
      return new Complaint('The clock of this machine is behind the last event. Set it first.')
    case 'missing':
      return new Complaint(
        fenced.signed === 0
          ? 'What happened since is not known. Give --events, or say --without-events.'
          : `${fenced.signed} events were signed, and ${fenced.size} are known. ` +
              'Give --events with the others, or say --without-events.',
      )
  }
}

/** What is said where a restored database is opened before it is fenced. */
export const UNFENCED =
  'This database was restored from a backup. Run `countersign fence` before anything else.'

/**
 * A server starts on no log that is behind what was kept outside (A25). @returns the places that
 * did not answer.
 */
export async function mayStart(
  { world, close }: OpenedWorld,
  loaded: Settings,
): Promise<readonly string[]> {
  const { heads, silent } = await keptOutside(world, placesOf(world, loaded))
  const behind = await setBack(world, heads)
  if (behind === null) return silent
  await close()
  throw new Complaint(
    `${behind.signed} events were signed, and this database has ${behind.left}, or others: ` +
      'it was restored, or has lost commits. Run `countersign fence`.',
  )
}
