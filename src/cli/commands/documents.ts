import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import {
  STATEMENT_KINDS,
  STATEMENT_LENGTH_BYTES_MAX,
  STATEMENT_NAME_LENGTH_MAX,
} from '#core/documents/statement.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { statementView } from '#edges/back-office/view.ts'
import { texts } from '#edges/texts/texts.ts'
import { addStatement, removeStatement, statementsOf } from '#engine/documents/statements.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/** `countersign statement`: what clients read of their accounts in the portal, as PDFs. */
export function statementCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const statement = program
    .command('statement')
    .description('activity and tax statements for clients')
  const here = async (act: (world: World) => Promise<void>) =>
    await inWorld({ tools, settings: settings() }, act)
  statement
    .command('add')
    .description('put a PDF of up to 5 MiB before a client')
    .argument('<file>')
    .requiredOption('--user-name <name>')
    .requiredOption(`--kind <${STATEMENT_KINDS.join('|')}>`)
    .requiredOption('--name <words>', 'as the client reads it, in the client’s language')
    .requiredOption('--day <day>', 'up to which it reports, such as 2025-12-31')
    .addOption(agentOption('--by <agent>', 'who does it').makeOptionMandatory())
    .action(async (file: string, options: AddOptions) => {
      const bytes = await bytesOf(file)
      await here(async (world) => await add(world, bytes, options))
    })
  statement
    .command('list')
    .description('list the statements of a client, the latest first, a line of JSON each')
    .requiredOption('--user-name <name>')
    .action(async ({ userName }: { userName: string }) => {
      await here(async (world) => {
        const statements = await statementsOf(world, await clientNamed(world, userName))
        for (const one of statements) console.log(JSON.stringify(statementView(one)))
      })
    })
  statement
    .command('remove')
    .description('take a statement away from its client, for good')
    .argument('<id>')
    .addOption(agentOption('--by <agent>', 'who does it').makeOptionMandatory())
    .action(async (id: string, { by: agent }: { by: string }) => {
      await here(async (world) => {
        const removed = await removeStatement(world, { id, by: 'operator', agent })
        if (!removed.ok) throw complaintOf(id, removed.problem)
        console.log(JSON.stringify(statementView(removed.statement)))
      })
    })
}

type AddOptions = Readonly<Record<'userName' | 'kind' | 'name' | 'day' | 'by', string>>

async function add(world: World, bytes: Uint8Array, options: AddOptions): Promise<void> {
  const { userName, name, day, by: agent } = options
  const kind = STATEMENT_KINDS.find((one) => one === options.kind)
  if (!kind) throw new Complaint(`A kind is one of ${STATEMENT_KINDS.join(', ')}.`, EXIT.usage)
  const subscriberId = await clientNamed(world, userName)
  const given = { subscriberId, kind, name, day, bytes, by: 'operator', agent } as const
  const added = await addStatement(world, given)
  if (added.ok) return console.log(JSON.stringify(statementView(added.statement)))
  if (added.problem !== 'statement.malformed') throw complaintOf(name, added.problem)
  throw new Complaint(
    `A name is one line of up to ${STATEMENT_NAME_LENGTH_MAX} characters, and a day is one that ` +
      'has come, such as 2025-12-31.',
    EXIT.usage,
  )
}

/** No more of it than may be there, and one byte that says that it is too long. */
async function bytesOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(STATEMENT_LENGTH_BYTES_MAX + 1)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await file.close()
  }
}

async function clientNamed(world: World, userName: string) {
  const found = await findByUserName(world, userName)
  if (!found) throw complaintOf(userName, 'subscriber.not-found')
  return found.subscriber.id
}

const complaintOf = (about: string, problem: string): Complaint =>
  new Complaint(`${about.slice(0, 64)}: ${texts('en').text(`problem.${problem}`)} (${problem})`)
