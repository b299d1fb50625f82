import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Command, Option } from 'commander'
import { agentNamed, Complaint, type Tools } from '#cli/command.ts'
import { programOf } from '#cli/commands/program.ts'
import { describeApi } from '#edges/api/routes.ts'

/** A database that no refused command may open. */
const shut: Tools = {
  openWorld: () => Promise.reject(new Error('the house was opened')),
  startServer: () => Promise.reject(new Error('the server was started')),
}

interface Door {
  readonly path: string
  readonly command: Command
  readonly option: Option
}

/** Names under which a program may ask who of the staff does something. */
const STAFF = /(?:^|-)(?:by|agent|staff|operator|supervisor|approver|desk|actor)$/

const takesStaff = ({ long, flags, required, optional }: Option): boolean =>
  (required || optional) && (flags.includes('<agent>') || STAFF.test(long?.slice(2) ?? ''))

function doorsIn(command: Command, path: string): readonly Door[] {
  const own = command.options.filter(takesStaff)
  return [
    ...own.map((option) => ({ path: `${path} ${option.long}`, command, option })),
    ...command.commands.flatMap((below) => doorsIn(below, `${path} ${below.name()}`.trim())),
  ]
}

suite('Every door that takes the id of a member of staff', () => {
  const doors = doorsIn(programOf(shut), '')

  test('is one of these', () => {
    assert.deepEqual(doors.map(({ path }) => path).toSorted(), [
      'backup --by',
      'canary make --by',
      'document accept --by',
      'document ask --by',
      'document assign --by',
      'document clear --by',
      'document page --by',
      'document reject --by',
      'document suspect --by',
      'fence --by',
      'hardware-token delivered --by',
      'hardware-token destroyed --by',
      'hardware-token lost --by',
      'hardware-token packed --by',
      'hardware-token relabelled --by',
      'hardware-token returned --by',
      'hardware-token sent --by',
      'hardware-token written-off --by',
      'keys retire --by',
      'keys rotate --by',
      'keys wrap --by',
      'letters posted --by',
      'passcode issue --approved-by',
      'passcode issue --by',
      'passcode release --approved-by',
      'passcode release --by',
      'passcode revoke --by',
      'staff invite --by',
      'staff invite --id',
      'staff role --by',
      'staff suspend --by',
      'statement add --by',
      'statement remove --by',
      'status clear --by',
      'status notice --by',
      'subscriber reset-password --approved-by',
      'subscriber reset-password --by',
      'subscriber unlock --by',
    ])
  })

  test('has the one rule in its option', () => {
    for (const { path, option } of doors) assert.equal(option.parseArg, agentNamed, path)
  })

  test('refuses what cannot be an id with one sentence, and opens nothing', async () => {
    const typed = [
      'Jane Doe <script>',
      '',
      ' ',
      'a\u0000b',
      'a\u202eb',
      '\u001b[2J',
      'x'.repeat(41),
    ]
    for (const { path, option } of doors) {
      const words = path.split(' ').slice(0, -1)
      for (const by of typed) {
        const program = programOf(shut)
        const asked = program.parseAsync([...words, option.long ?? '', by], { from: 'user' })
        await assert.rejects(asked, (error: unknown) => {
          assert.ok(error instanceof Complaint, `${path} ${JSON.stringify(by)}: ${String(error)}`)
          assert.match(error.message, /^That is not the id of an agent: .*\(desk\.not-an-agent\)$/)
          if (by.trim() !== '') assert.ok(!error.message.includes(by), 'it says none of it back')
          return true
        })
      }
    }
  })

  test('over HTTP there are two headers of the back office, and no message names an agent', async () => {
    const found: string[] = []
    const headers = new Set<string>()
    const look = (at: unknown, path: string): void => {
      if (at === null || typeof at !== 'object') return
      const { in: where, name } = at as { readonly in?: unknown; readonly name?: unknown }
      if (where === 'header' && typeof name === 'string') headers.add(name)
      const { properties = {} } = at as { readonly properties?: Readonly<Record<string, unknown>> }
      for (const [name, schema] of Object.entries(properties)) {
        const isChoice = Object.hasOwn(schema as object, 'enum')
        if (STAFF.test(kebab(name)) && !isChoice) found.push(`${path} ${name}`)
      }
      for (const [name, below] of Object.entries(at)) look(below, `${path}/${name}`)
    }
    look(await describeApi(), '')
    // The rule of these is `readBehalf`.
    const agents = [...headers].filter((name) => STAFF.test(name) || name === 'on-behalf-of')
    assert.deepEqual(agents.toSorted(), ['approved-by', 'on-behalf-of'])
    assert.deepEqual(found, [
      // Who has said where an account belongs: the operator, or a program by its name.
      '/components/schemas/Placings/properties/placings/items by',
      // Its carrier or its holder.
      '/components/schemas/Order deliveredBy',
      // A row of docs/rights.md.
      '/components/schemas/Session/properties/rights decidedBy',
    ])
  })
})

const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-')
