import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { LetterId } from '#core/ids.ts'
import type { Letter } from '#core/notices/letter.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'
import { texts } from '#edges/texts/texts.ts'
import { getLetter, letterPosted, LETTERS_MAX, waitingLetters } from '#engine/notices/letters.ts'
import type { World } from '#engine/world.ts'

/** `countersign letters`: notices that go by post, until the desk has pages of its own. */
export function letterCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const letters = program.command('letters').description('notices that go by post')
  const here = async (act: (world: World) => Promise<void>) =>
    await inWorld({ tools, settings: settings() }, act)
  letters
    .command('list')
    .description('list the letters that are not posted yet, a line of JSON each')
    .action(async () => await here(list))
  letters
    .command('print')
    .description('write what waits, or these letters, into a file that is ready to print')
    .argument('[ids...]')
    .requiredOption('--to <file>', 'a file that is not there yet')
    .action(async (ids: string[], { to }: { to: string }) => {
      await here(async (world) => await print(world, ids, to))
    })
  letters
    .command('posted')
    .description('say that letters were posted')
    .argument('<ids...>')
    .addOption(agentOption('--by <agent>', 'who has posted them').makeOptionMandatory())
    .action(async (ids: string[], { by }: { by: string }) => {
      await here(async (world) => await posted(world, ids, by))
    })
}

async function list(world: World): Promise<void> {
  let after: LetterId | null = null
  for (;;) {
    const page: readonly Letter[] = await waitingLetters(world, after)
    for (const letter of page) show(letter)
    after = page.at(-1)?.id ?? null
    if (page.length < LETTERS_MAX) return
  }
}

/** Only the sheet names the recipient. */
function show({ id, reference, language, subject, writtenAt, postedAt }: Letter): void {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  const times = { writtenAt: iso(writtenAt), postedAt: iso(postedAt) }
  console.log(JSON.stringify({ id, reference, language, subject, ...times }))
}

async function print(world: World, ids: readonly string[], file: string): Promise<void> {
  const named = await Promise.all(ids.map((id) => letterOf(world, id)))
  const letters = ids.length === 0 ? await waitingLetters(world, null) : named
  if (letters.length === 0) throw new Complaint('No letter waits.', EXIT.failed)
  try {
    // It holds addresses: only the operator reads it, and nothing is overwritten.
    await writeFile(file, lettersPage(letters), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Complaint(`${file} is there already. Choose another name.`, EXIT.usage)
  }
  for (const letter of letters) show(letter)
}

async function letterOf(world: World, id: string): Promise<Letter> {
  const found = await getLetter(world, id)
  if (!found.ok) throw complaintOf(id, found.problem)
  return found.letter
}

async function posted(world: World, ids: readonly string[], agent: string): Promise<void> {
  // All ids are checked first: with a mistyped one, none is recorded.
  for (const id of ids) await letterOf(world, id)
  for (const id of ids) {
    const done = await letterPosted(world, { id, by: 'operator', agent })
    if (!done.ok) throw complaintOf(id, done.problem)
    show(done.letter)
  }
}

const complaintOf = (id: string, problem: string): Complaint =>
  new Complaint(`${id.slice(0, 40)}: ${texts('en').text(`problem.${problem}`)} (${problem})`)
