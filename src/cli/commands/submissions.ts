import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command, Option } from 'commander'
import { flawsShown } from '#core/documents/measures/advice.ts'
import type { Mail } from '#core/documents/kept-mail.ts'
import type { Verdict } from '#core/documents/review/review.ts'
import {
  CHECKS,
  type Purpose,
  PURPOSES,
  SUBMISSION_REASONS,
  type Submission,
} from '#core/documents/submission.ts'
import { isId } from '#core/ids.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { texts } from '#edges/texts/texts.ts'
import { assignMail } from '#engine/documents/mail-assignments.ts'
import { waitingMails, whyMail } from '#engine/documents/mails.ts'
import { decide } from '#engine/documents/review/decisions.ts'
import { seePage, submissionNamed, waitingSubmissions } from '#engine/documents/submissions.ts'
import type { World } from '#engine/world.ts'

/** `countersign document`: what clients send as a proof, and what we say of it. */
export function documentCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const document = program
    .command('document')
    .description('proofs of address and identity that clients have sent')
  const here = async (act: (world: World) => Promise<void>) =>
    await inWorld({ tools, settings: settings() }, act)
  const by = () => agentOption('--by <agent>', 'who does it').makeOptionMandatory()
  document
    .command('list')
    .description('list what waits for a decision, the oldest first, a line of JSON each')
    .action(async () => {
      await here(async (world) => {
        for (const one of await waitingSubmissions(world)) say(one)
      })
    })
  document
    .command('show')
    .description('show one of them: how far it is, and what its pages are')
    .argument('<id>')
    .action(async (id: string) => {
      await here(async (world) => {
        const found = await submissionNamed(world, id)
        if (!found.ok) throw complaintOf(id, found.problem)
        say(found.submission)
      })
    })
  document
    .command('page')
    .description('save a clean page as a JPEG, for your eyes; that you saw it is written down')
    .argument('<id>')
    .argument('<number>')
    .requiredOption('--out <file>', 'a new file')
    .addOption(by())
    .action(async (id: string, number: string, options: PageOptions) => {
      await here(async (world) => await savePage(world, { id, number, ...options }))
    })
  mailCommands(document, { here, by })
  for (const { name, verdict, what } of VERDICTS) {
    const command = document.command(name).description(what).argument('<id>').addOption(by())
    if (verdict === 'accept')
      command
        .requiredOption(
          '--checked <what>',
          `all of ${checksOf('address')}, or ${checksOf('identity')}`,
        )
        .requiredOption('--dated <day>', 'when it was written, or until when it is valid')
        .option('--mrz <lines>', 'the lines for machines of a passport or a card', '')
    if (verdict === 'ask-again' || verdict === 'reject')
      command.requiredOption(`--reason <${SUBMISSION_REASONS.join('|')}>`, 'as the client reads it')
    command.action(async (id: string, options: VerdictOptions) => {
      await here(async (world) => {
        const { by: agent, reason = '', checked = '', dated: date = '', mrz = '' } = options
        const said = { id, verdict, reason, checks: checked.split(',').filter(Boolean), date, mrz }
        const done = await decide(world, { at: 'command-line', agent }, said)
        if (!done.ok) throw complaintOf(reason || id, done.problem)
        say(done.submission)
      })
    })
  }
}

interface Around {
  readonly here: (act: (world: World) => Promise<void>) => Promise<void>
  readonly by: () => Option
}

/** `mails`, `why` and `assign`: what became of mails, and what has to. */
function mailCommands(document: Command, { here, by }: Around): void {
  document
    .command('mails')
    .description('list mails that became no documents and wait for a person, a line of JSON each')
    .action(async () => {
      await here(async (world) => {
        for (const mail of await waitingMails(world)) sayMail(mail)
      })
    })
  document
    .command('why')
    .description('say why: a mail rule by rule, the pages of a document measure by measure')
    .argument('<mail>', 'its id, its Message-ID, or the id of a document')
    .action(async (name: string) => {
      await here(async (world) => {
        if (isId('sbm', name)) {
          const found = await submissionNamed(world, name)
          if (!found.ok) throw complaintOf(name, found.problem)
          sayPages(found.submission)
          return
        }
        const explained = await whyMail(world, name)
        if (!explained) throw new Complaint(`${name.slice(0, 64)}: there is no such mail`)
        sayMail(explained.mail, { rules: explained.rules })
      })
    })
  document
    .command('assign')
    .description('say whose documents a mail has that waits, and what they prove')
    .argument('<mail>', 'its id')
    .requiredOption('--account <number>', 'the account that they are for')
    .requiredOption(`--purpose <${PURPOSES.join('|')}>`, 'what they prove')
    .addOption(by())
    .action(async (id: string, { account, purpose, by: agent }: AssignOptions) => {
      await here(async (world) => {
        const done = await assignMail(world, { id, account, purpose, agent })
        if (!done.ok) throw complaintOf(id, done.problem)
        say(done.submission)
      })
    })
}

const VERDICTS: readonly {
  readonly name: string
  readonly verdict: Verdict
  readonly what: string
}[] = [
  { name: 'accept', verdict: 'accept', what: 'say that it proves what it was sent for' },
  { name: 'ask', verdict: 'ask-again', what: 'ask the client for more, with a reason' },
  { name: 'reject', verdict: 'reject', what: 'say that it is not accepted, with a reason' },
  { name: 'suspect', verdict: 'suspect', what: 'give it to compliance; its client reads nothing' },
  { name: 'clear', verdict: 'clear', what: 'give what is suspicious back to the queue' },
]

const checksOf = (purpose: Purpose): string => CHECKS[purpose].join(',')

interface VerdictOptions {
  readonly by: string
  readonly reason?: string
  readonly checked?: string
  readonly dated?: string
  readonly mrz?: string
}

interface AssignOptions {
  readonly account: string
  readonly purpose: string
  readonly by: string
}

interface PageOptions {
  readonly out: string
  readonly by: string
}

async function savePage(
  world: World,
  { id, number, out, by: agent }: PageOptions & { readonly id: string; readonly number: string },
): Promise<void> {
  const seen = await seePage(world, { id, page: Number(number), by: 'operator', agent })
  if (!seen.ok) throw complaintOf(`${id} ${number}`, seen.problem)
  const file = createWriteStream(out, { flags: 'wx', mode: 0o600 })
  try {
    await pipeline(Readable.from(seen.page), file)
  } catch (error) {
    throw new Complaint(`${out} was not written: ${(error as Error).message}`, EXIT.usage)
  }
  console.log(JSON.stringify({ id, page: Number(number), file: out }))
}

function say({ status, pages, receivedAt, ...submission }: Submission): void {
  console.log(
    JSON.stringify({
      ...submission,
      ...status,
      receivedAt: new Date(receivedAt).toISOString(),
      ...('at' in status && { at: new Date(status.at).toISOString() }),
      pages: pages.map(({ kind, lengthBytes, opened }) => ({ kind, lengthBytes, opened })),
    }),
  )
}

/** A line for each page: what was measured, beside the bound that it was held against (R144). */
function sayPages({ id, pages }: Submission): void {
  for (const [index, { opened }] of pages.entries()) {
    const legibility = opened?.ok ? opened.legibility : undefined
    console.log(
      JSON.stringify({
        id,
        page: index + 1,
        ...(opened?.ok === false && { why: opened.why }),
        ...(legibility && {
          advice: legibility.advice,
          measures: flawsShown(legibility.measures),
        }),
      }),
    )
  }
}

function sayMail({ status, receivedAt, ...mail }: Mail, more: object = {}): void {
  console.log(
    JSON.stringify({
      ...mail,
      ...status,
      receivedAt: new Date(receivedAt).toISOString(),
      ...('at' in status && { at: new Date(status.at).toISOString() }),
      ...more,
    }),
  )
}

const complaintOf = (about: string, problem: string): Complaint =>
  new Complaint(`${about.slice(0, 64)}: ${texts('en').text(`problem.${problem}`)} (${problem})`)
