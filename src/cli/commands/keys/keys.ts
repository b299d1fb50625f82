import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { AgentId } from '#core/agent.ts'
import { isKeyKind, KEY_KINDS, type KeyKind } from '#core/keys/key.ts'
import { agentOption, Complaint, EXIT, inWorld, type Tools } from '#cli/command.ts'
import { userHere } from '#cli/commands/desk/staff.ts'
import type { Settings } from '#config/settings.ts'
import type { World } from '#engine/world.ts'
import { type By, type Refused, WHY_LENGTH_MAX } from '#engine/keys/refusal.ts'
import { keyStatus, type KeyStatus, makeNextKey, retireOldKey } from '#engine/keys/rotate.ts'
import { wrapAll } from '#engine/keys/wrap.ts'

interface Told {
  readonly by?: AgentId
  readonly why: string
}

const KINDS = KEY_KINDS.join('|')

/** `countersign keys`: how the keys of the installation are exchanged, while it runs. */
export function keyCommands(program: Command, tools: Tools, settings: () => Settings): void {
  const keys = program.command('keys').description('the keys of this installation')
  const here = async (act: Parameters<typeof inWorld<void>>[1]) =>
    await inWorld({ tools, settings: settings() }, act)
  const told = (name: string, description: string) =>
    keys
      .command(name)
      .description(description)
      .addOption(agentOption('--by <agent>', 'who does it; without, who is logged in here'))
      .requiredOption(
        '--why <reason>',
        `stands in the audit log; at most ${WHY_LENGTH_MAX} letters`,
      )

  const about = (name: string, description: string) =>
    told(name, description).argument(`<${KINDS}>`)

  keys
    .command('status')
    .description('list every key: its state, since when, and how many rows need an old one')
    .option('--json', 'a JSON object a line')
    .action(async ({ json = false }: { json?: boolean }) => {
      await here(async (world) => {
        const { nodes, keys: all } = await keyStatus(world)
        for (const key of all) console.log(json ? JSON.stringify(shown(key)) : lineOf(key, nodes))
      })
    })
  about('rotate', 'make the next key of a kind; servers use it when all of them know it').action(
    async (typed: string, { by, why }: Told) => {
      const kind = kindOf(typed)
      await here(async (world) => {
        const made = await makeNextKey(world, kind, { by: by ?? userHere(), why })
        if (!made.ok) throw complaintOf(kind, made)
        console.log(JSON.stringify({ kind, id: made.id, usableFrom: iso(made.usableFrom) }))
      })
    },
  )
  told(
    'wrap',
    'have keys.provider wrap all keys anew: with its newest key, or after a change',
  ).action(async ({ by, why }: Told) => {
    const { file } = settings().keys
    await here(async (world) => await wrapHere(world, { by: by ?? userHere(), why }, file))
  })
  about('retire', 'delete an old key that no row needs any more, or a next one')
    .argument('<id>', 'its number')
    .action(async (typed: string, number: string, { by, why }: Told) => {
      const [kind, id] = [kindOf(typed), numberOf(number)]
      await here(async (world) => {
        const done = await retireOldKey(world, { kind, id }, { by: by ?? userHere(), why })
        if (!done.ok) throw complaintOf(kind, done)
        console.log(JSON.stringify({ kind, id, state: 'retired' }))
      })
    })
}

async function wrapHere(world: World, by: By, file: string): Promise<void> {
  const done = await wrapAll(world, by)
  if (!done.ok && done.why === 'nodes')
    throw new Complaint(
      `${done.nodes} nodes do not wrap with it. Give every node the same settings of keys, ` +
        'start them again, and try again in a minute.',
      EXIT.later,
    )
  if (!done.ok) throw complaintOf('root', done)
  const { count, provider, isFileNew } = done
  console.log(JSON.stringify({ wrapped: count, provider }))
  // Clients are found by its first key, and what it has sealed stays so until it is sealed anew.
  if (provider !== 'file' && existsSync(file))
    console.error(
      `${file} wraps no key any more, and still opens what its keys have sealed. Take it off ` +
        'every node, keep it with the older backups, and exchange the keys of every other kind.',
    )
  if (isFileNew) console.error(`There is a new root key. Copy ${file} to every other node now.`)
}

const iso = (at: number): string => new Date(at).toISOString()

const shown = ({ since, until, ...key }: KeyStatus) => ({
  ...key,
  since: iso(since),
  until: until === null ? null : iso(until),
})

/** `sealing  2  active  since 2026-11-30T10:00:00Z`, and what it waits for. */
function lineOf(key: KeyStatus, nodes: number) {
  const { kind, id, state, since, until, needed, missing, wrappedWith } = key
  const begun = `${kind.padEnd(8)}${String(id).padStart(4)}  ${state.padEnd(7)}since ${iso(since)}`
  const more = wrappedWith === null ? [] : [`wrapped by ${wrappedWith}`]
  if (state === 'next' && until !== null) more.push(`used from ${iso(until)} at the earliest`)
  if (state === 'old' && until !== null) more.push(`kept until ${iso(until)} at least`)
  if (needed !== null) more.push(`${needed} rows need it`)
  if (missing > 0) more.push(`${missing} of ${nodes} nodes have not read it`)
  return [begun, ...more].join(', ')
}

function kindOf(typed: string): KeyKind {
  if (isKeyKind(typed)) return typed
  throw new Complaint(`The kind is one of ${KEY_KINDS.join(', ')}.`, EXIT.usage)
}

function numberOf(typed: string): number {
  if (/^[1-9]\d{0,4}$/.test(typed)) return Number(typed)
  throw new Complaint(
    'The number of a key is from 1 to 65535: `countersign keys status`.',
    EXIT.usage,
  )
}

function complaintOf(kind: KeyKind, refused: Refused): Complaint {
  switch (refused.why) {
    case 'fixed':
      return new Complaint(
        'Rows are looked up by what this key has made, so it is not exchanged. ' +
          'It is wrapped anew with the root key.',
        EXIT.usage,
      )
    case 'no-reason':
      return new Complaint(
        `Say why in one line of at most ${WHY_LENGTH_MAX} letters: --why "…".`,
        EXIT.usage,
      )
    case 'under-way':
      return new Complaint(
        `Key ${refused.id} of ${kind} is being exchanged already. Wait, or give it up: ` +
          `countersign keys retire ${kind} ${refused.id}`,
        EXIT.later,
      )
    case 'elsewhere':
      return new Complaint(
        `The root key is kept by ${refused.provider}: exchange it there. ` +
          'Then have it wrap all keys: countersign keys wrap.',
        EXIT.usage,
      )
    case 'moved':
      return new Complaint(
        'A key was exchanged meanwhile. Nothing was done: try again.',
        EXIT.later,
      )
    case 'no-more':
      return new Complaint(`There are no numbers left for keys of ${kind}.`)
    case 'unknown':
      return new Complaint(
        `There is no such key of ${kind}. Look: countersign keys status`,
        EXIT.usage,
      )
    case 'not-old':
      return new Complaint(
        `This key is ${refused.state}: only an old one, or a next one, is retired.`,
        EXIT.usage,
      )
    case 'kept':
      return new Complaint(`It is kept until ${iso(refused.until)}. Try again then.`, EXIT.later)
    case 'needed':
      return new Complaint(`${refused.rows} rows need it. Nothing was deleted.`, EXIT.later)
    case 'nodes':
      return new Complaint(
        `${refused.nodes} nodes have not read yet that it is old. Try again in a minute.`,
        EXIT.later,
      )
  }
}
