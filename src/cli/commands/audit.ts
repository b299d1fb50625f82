import { readFile, stat, writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { Complaint, EXIT, type HowToOpen, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { WRITINGS } from '#edges/desk/compliance/formats.ts'
import { proofPage } from '#edges/pages/audit/proof-page.ts'
import { checkpointNow, logVerifiers, withCosignatures } from '#engine/audit/checkpoints.ts'
import { parseVerifier, type VerifierKey, verifierText } from '#engine/audit/note.ts'
import { outsideIn } from '#engine/audit/outside.ts'
import { exportTo, NoExport } from '#engine/backup/export.ts'
import { headProven, proveEvent } from '#engine/audit/prove.ts'
import { checkRecords, type Fault } from '#engine/audit/records/check.ts'
import { RULES, type Rule } from '#engine/audit/records/folder.ts'
import { writeRecords } from '#engine/audit/records/write.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { type Finding, FINDINGS_MAX, verifyLog } from '#engine/audit/verify.ts'
import type { World } from '#engine/world.ts'

/** `countersign audit`: what proves that the log of events was not changed. */
export function auditCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const audit = program.command('audit').description('the audit log, and what proves it whole')
  const here = async (act: (world: World) => Promise<void>, how: HowToOpen = {}) =>
    await inWorld({ tools, settings: settings() }, act, how)
  audit
    .command('checkpoint')
    .description('sign the log as it stands now, and print what was signed')
    .option('--to <file>', 'write it into a file that is not there yet')
    .action(async ({ to }: { to?: string }) => await here(async (world) => await sign(world, to)))
  audit
    .command('key')
    .description('print the public key of the log, for auditors; the next and older ones below')
    .action(async () => {
      await here(async (world) => {
        for (const key of logVerifiers(world)) console.log(verifierText(key))
      })
    })
  audit
    .command('prove')
    .description(
      'write one file that shows an event, and checks in any browser that it is in the log',
    )
    .argument('<event>', 'its number (seq)')
    .requiredOption('--to <file>', 'a file that is not there yet; .html')
    .addOption(
      new Option('--language <language>', 'of the file').choices(['en', 'fr']).default('en'),
    )
    .action(async (event: string, options: ProveOptions) => {
      const { audit: written } = settings()
      const witnesses = written.witnesses.map(({ key }) => key)
      await here(async (world) => await prove(world, event, { ...options, witnesses }))
    })
  audit
    .command('check')
    .description('check a file of `audit prove`, or a folder of `audit export --rule`; no database')
    .argument('<file>', 'the file or folder')
    .requiredOption('--key <key>', 'the public key of the log, as you have it from elsewhere')
    .action(async (file: string, { key }: { key: string }) => {
      const isFolder = (await stat(file)).isDirectory()
      await (isFolder ? checkFolder : check)(file, keyNamed(key))
    })
  audit
    .command('verify')
    .description('read the whole log again, and hold it against what was signed')
    .option('--from-checkpoint <file>', 'checkpoints that were kept outside, one or several')
    .option(
      '--key <key>',
      'the public key that they must be signed with, as it was kept outside; may be given again',
      (key: string, before: readonly string[]) => [...before, key],
      [],
    )
    .option('--json', 'report in JSON')
    .action(async (options: VerifyOptions) => {
      await here(async (world) => await verify(world, options), { evenUnfenced: true })
    })
  exportCommand(audit, here)
}

type Here = (act: (world: World) => Promise<void>) => Promise<void>

function exportCommand(audit: Command, here: Here): void {
  audit
    .command('export')
    .description('add the events that are signed by now to a file outside; run it every minute')
    .requiredOption('--to <file>', 'a file that only grows; with --rule a folder that is not there')
    .addOption(
      new Option('--rule <rule>', 'all events in the form of this rule, for an examiner').choices(
        RULES,
      ),
    )
    .action(async ({ to, rule }: { to: string; rule?: Rule }) => {
      await here(async (world) => {
        if (rule) await exportRecords(world, { to, rule })
        else await exportEvents(world, to)
      })
    })
}

async function exportEvents(world: World, to: string): Promise<void> {
  const { after, count } = await exportTo(world, to).catch((error: unknown) => {
    if (!(error instanceof NoExport)) throw error
    throw new Complaint(`${to} holds no events. Choose another name.`, EXIT.usage)
  })
  console.log(`${count} events behind ${after} were added to ${to}.`)
}

async function exportRecords(
  world: World,
  { to, rule }: { readonly to: string; readonly rule: Rule },
): Promise<void> {
  const written = await writeRecords(world, { to, rule, table: WRITINGS.csv, readMe: README })
  if (written.ok) {
    const { events, log, root } = written.manifest
    console.log(`${events} events of ${log} were written to ${to}. Their root is ${root}.`)
    return
  }
  switch (written.why) {
    case 'open':
      throw new Complaint(STILL_OPEN, EXIT.later)
    case 'empty':
      throw new Complaint('The log is empty: there is nothing to export.')
    case 'taken':
      throw new Complaint(`${to} is there already. Choose another name.`, EXIT.usage)
    case 'changed':
      throw new Complaint('The events are not the ones that were signed: run `audit verify`.')
  }
}

/** For an examiner who has only the folder. */
const README = `Records of electronic logins and of all acts on accounts of clients.

events-*.jsonl   every event, a line each: what was done (event), who did it (actor),
                 for which client, under which case, and when (at: milliseconds since
                 1970-01-01 UTC). An event is never changed and never deleted.
events-*.csv     the same events, as a table for a spreadsheet.
checkpoint.txt   the signed root of the tree over all events (C2SP tlog-checkpoint,
                 RFC 9162, section 2.1.1), with what witnesses have signed.
keys.txt         the public keys of the log. Ask the broker for them on another way,
                 and compare.
manifest.json    what is here: rule, log, number of events, root, files.
SHA256SUMS       a digest of each file.

To check the files:    sha256sum -c SHA256SUMS
To check the events:   countersign audit check <this folder> --key <the public key>
The second one needs no database, and no access to the broker. It finds what the first
cannot: a file that was changed together with its digest.
`

const STILL_OPEN =
  'A transaction has been writing events for too long. Look which one, and try again.'

async function sign(world: World, to: string | undefined): Promise<void> {
  if (!(await sequenceNow(world))) throw new Complaint(STILL_OPEN, EXIT.later)
  const checkpoint = await checkpointNow(world)
  if (checkpoint === null) throw new Complaint('The log is empty: there is nothing to sign.')
  const note = await withCosignatures(world, checkpoint)
  if (to === undefined) process.stdout.write(note)
  else await writeNew(to, note)
}

/** What is there already may be what proves something: it is not overwritten. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Complaint(`${file} is there already. Choose another name.`, EXIT.usage)
  }
}

interface ProveOptions {
  readonly to: string
  readonly language: 'en' | 'fr'
}

async function prove(
  world: World,
  event: string,
  { to, language, witnesses }: ProveOptions & { readonly witnesses: readonly string[] },
): Promise<void> {
  const seq = Number(event)
  if (!/^[0-9]{1,15}$/.test(event)) throw new Complaint(UNPROVEN.unknown, EXIT.usage)
  let proven = await proveEvent(world, seq)
  if (!proven.ok && proven.why === 'unsigned') {
    await sequenceNow(world)
    await checkpointNow(world)
    proven = await proveEvent(world, seq)
  }
  if (!proven.ok) throw new Complaint(UNPROVEN[proven.why])
  await writeNew(to, proofPage({ language, seq, proof: { ...proven.proof, witnesses } }))
}

const ProofFile = z.object({
  proof: z.object({
    leaf: z.string(),
    position: z.int().min(0),
    path: z.array(z.string()),
    note: z.string(),
  }),
})

async function check(file: string, key: VerifierKey): Promise<void> {
  const text = await readFile(file, 'utf8')
  const [, json = ''] =
    /<script type="application\/json" id="proof">(.*)<\/script>/.exec(text) ?? []
  const { data } = ProofFile.safeParse(parsed(json))
  if (!data) throw new Complaint(`${file} is no file of \`audit prove\`.`, EXIT.usage)
  const { leaf, position } = data.proof
  const head = headProven(data.proof, key)
  if (!head) throw new Complaint('The event is not in the log of this key as the file shows it.')
  console.log(`${leaf}\nThis event is in the log ${head.origin}.`)
  console.log(`Its place is ${position + 1}, and ${head.size} events were signed.`)
}

async function checkFolder(folder: string, key: VerifierKey): Promise<void> {
  const checked = await checkRecords(folder, key, WRITINGS.csv)
  if (!checked.ok) throw new Complaint(UNCHECKED[checked.why](checked.file))
  const { origin, size } = checked.head
  console.log(`The ${size} events are all that the log ${origin} had signed, to the byte.`)
  console.log('The tables and the manifest say the same.')
}

const UNCHECKED: Readonly<Record<Fault, (file: string) => string>> = {
  missing: (file) => `${file} is missing.`,
  added: (file) => `${file} does not belong to the records.`,
  changed: (file) => `${file} was changed after it was written.`,
  unsigned: (file) => `${file} is not signed by the log of this key.`,
  other: () => 'The events are not the ones that were signed.',
}

/** What is no JSON is nothing. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

const UNPROVEN = {
  unknown: 'There is no event with this number.',
  unsigned: 'The event has no place in the tree yet. Try again in a moment.',
  changed: 'The event is not the one that was given its place: run `countersign audit verify`.',
} as const

interface VerifyOptions {
  readonly fromCheckpoint?: string
  readonly key: readonly string[]
  readonly json?: boolean
}

async function verify(world: World, options: VerifyOptions): Promise<void> {
  const { fromCheckpoint: file, json = false } = options
  const keys = options.key.length > 0 ? options.key.map(keyNamed) : logVerifiers(world)
  const outside = file === undefined ? null : outsideIn(await readFile(file, 'utf8'), keys)
  if (outside?.checkpoints.length === 0)
    throw new Complaint(`${file} holds no checkpoint of this log.`, EXIT.usage)
  const verified = await verifyLog(world, { ...(outside ?? { checkpoints: [] }), keys })
  const { size, waiting, findings } = verified
  const skipped = outside?.skipped ?? 0
  if (json) console.log(JSON.stringify({ ...verified, skipped }, null, 2))
  else for (const finding of findings) console.log(sentenceOf(finding))
  if (!json && skipped > 0)
    console.log(`${skipped} lines of the file hold no checkpoint of this log, and were skipped.`)
  for (const { seq, size: at, lost, origin } of json ? [] : verified.rewinds)
    console.log(
      `Event ${seq} set ${origin} back to ${at} events after a restore; ${lost} signed are lost.`,
    )
  if (findings.length > 0) {
    const count = findings.length === FINDINGS_MAX ? `${FINDINGS_MAX} or more` : findings.length
    throw new Complaint(`The log is not what it was: ${count} findings in ${size} events.`)
  }
  if (json) return
  console.log(`The log is whole: ${size} events, held against ${verified.checkpoints} checkpoints.`)
  if (waiting > 0) console.log(`${waiting} further events wait for their place in the tree.`)
  if (file === undefined)
    console.log('Only a checkpoint that was kept outside shows whether its end was cut off.')
}

function keyNamed(text: string): VerifierKey {
  const key = parseVerifier(text.trim())
  if (key) return key
  throw new Complaint('This is no key of a log: `countersign audit key` prints one.', EXIT.usage)
}

/** What is wrong with the log, for the person at the keyboard. */
export function sentenceOf(finding: Finding): string {
  switch (finding.kind) {
    case 'changed':
      return `Event ${finding.seq} was changed after it was written.`
    case 'deleted':
      return `Event ${finding.seq} was deleted.`
    case 'inserted':
      return `Event ${finding.seq} was put among older events later.`
    case 'damaged':
      return `The tree is damaged at position ${finding.position}.`
    case 'node':
      return `Node ${finding.position} of level ${finding.level} is not that of its events.`
    case 'behind':
      return `Hashes of level ${finding.level} stand behind the end: ${finding.position}.`
    case 'forked':
      return `At ${finding.size} events the log is not the one that was signed.`
    case 'unsigned':
      return `The checkpoint at ${finding.size} events is not signed by this log.`
    case 'unreadable':
      return `Part ${finding.part} of the file from outside cannot be read.`
    case 'uncompared':
      return `The checkpoint at ${finding.size} events cannot be compared: the tree is damaged.`
    case 'rolled-back': {
      const { size, left } = finding
      return `${size} events were signed, and the log has ${left}: it was rolled back.`
    }
  }
}
