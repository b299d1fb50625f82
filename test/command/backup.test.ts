import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type TestContext } from 'node:test'
import { runProgram } from '#cli/commands/program.ts'
import { openWorld, startServer } from '../../src/main.ts'
import { addPerson } from '../support/server/world.ts'
import { loadSettings, processSources } from '#config/load.ts'

/** `countersign backup`, `restore` and `fence` as an operator types them, in this process. */

const ISSUER = 'http://localhost:4600'

interface Said {
  readonly code: number
  readonly text: string
}

interface Operator {
  readonly folder: string
  /** Runs a command over this database of the folder. */
  run(database: string, ...args: readonly string[]): Promise<Said>
  /** A client comes, as through the door. */
  add(database: string, userName: string): Promise<void>
}

function operator(t: TestContext): Operator {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-operator-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const said: string[] = []
  t.mock.method(console, 'log', (line: string) => void said.push(line))
  t.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0)
  const { console: own } = globalThis
  const before = { ...process.env }
  t.after(() => {
    globalThis.console = own
    process.env = before
  })
  const at = (database: string) =>
    Object.assign(process.env, {
      COUNTERSIGN_ISSUER: ISSUER,
      COUNTERSIGN_KEYS_FILE: join(folder, 'keys.json'),
      COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder, database)}`,
      COUNTERSIGN_AUDIT_FILE: join(folder, 'checkpoints.txt'),
    })
  return {
    folder,
    async run(database, ...args) {
      at(database)
      said.length = 0
      const code = await runProgram(args, { openWorld, startServer })
      return { code, text: said.join('\n') }
    },
    async add(database, userName) {
      at(database)
      const loaded = loadSettings(processSources(process.env))
      assert.ok(loaded.ok)
      const { world, close } = await openWorld(loaded.settings)
      await addPerson(world, { userName, password: 'fifteen or more letters' })
      await close()
    },
  }
}

test('A25 a backup is made, verified and restored; nothing starts on it before it is fenced, or behind its checkpoints', async (t) => {
  const { folder, run, add } = operator(t)
  const [file, events] = [join(folder, 'a.backup'), join(folder, 'events.jsonl')]
  await add('a.db', 'anna')
  const made = await run('a.db', 'backup', '--to', file)
  assert.deepEqual(
    [made.code, /It has 1 clients, and 2 events/.test(made.text)],
    [0, true],
    made.text,
  )
  const again = await run('a.db', 'backup', '--to', file)
  assert.deepEqual([again.code, /is there already/.test(again.text)], [2, true], again.text)
  assert.equal((await run('a.db', 'backup')).code, 2)
  assert.equal((await run('b.db', 'backup', 'verify', file)).code, 0)
  assert.ok(!readdirSync(folder).includes('b.db'), 'to verify makes no database')

  await add('a.db', 'ben')
  const kept = await run('a.db', 'audit', 'checkpoint', '--to', join(folder, 'checkpoints.txt'))
  assert.equal(kept.code, 0, kept.text)
  assert.match((await run('a.db', 'audit', 'export', '--to', events)).text, /^3 events behind 0/)
  assert.match((await run('a.db', 'audit', 'export', '--to', events)).text, /^0 events behind 3/)
  const foreign = await run('a.db', 'audit', 'export', '--to', file)
  assert.deepEqual([foreign.code, /holds no events/.test(foreign.text)], [2, true], foreign.text)

  assert.equal((await run('a.db', 'restore', file)).code, 2)
  const restored = await run('b.db', 'restore', file)
  assert.deepEqual([restored.code, /is restored/.test(restored.text)], [0, true], restored.text)
  for (const args of [['serve'], ['audit', 'checkpoint']] as const) {
    const { code, text } = await run('b.db', ...args)
    assert.deepEqual(
      [code, /was restored from a backup/.test(text)],
      [1, true],
      `${args[0]}: ${text}`,
    )
  }
  const missing = await run('b.db', 'fence', '--reason', 'drill')
  assert.deepEqual([missing.code, /3 events were signed, and 2 are/.test(missing.text)], [1, true])
  const fenced = await run('b.db', 'fence', '--reason', 'drill', '--events', events)
  assert.deepEqual(
    [fenced.code, /1 events of the time since/.test(fenced.text)],
    [0, true],
    fenced.text,
  )
  const whole = await run(
    'b.db',
    'audit',
    'verify',
    '--from-checkpoint',
    join(folder, 'checkpoints.txt'),
  )
  assert.deepEqual(
    [whole.code, /The log is whole: 4 events/.test(whole.text)],
    [0, true],
    whole.text,
  )

  // Set back by other means than ours: nothing marks it, and the file outside knows more.
  const copy = join(folder, 'c.db')
  assert.equal((await run('c.db', 'restore', file)).code, 0)
  const unmarked = new DatabaseSync(copy)
  unmarked.exec('delete from restoration')
  unmarked.close()
  const behind = await run('c.db', 'serve')
  assert.deepEqual(
    [behind.code, /3 events were signed, and this database has 2/.test(behind.text)],
    [1, true],
    behind.text,
  )
})

test('A25 a backup that is no backup, damaged, or without its key says so in a sentence', async (t) => {
  const { folder, run, add } = operator(t)
  const file = join(folder, 'a.backup')
  await add('a.db', 'anna')
  assert.equal((await run('a.db', 'backup', '--to', file)).code, 0)
  const other = join(folder, 'other')
  const said = async (words: RegExp) => {
    const { code, text } = await run('a.db', 'backup', 'verify', other)
    assert.deepEqual([code, words.test(text)], [1, true], text)
  }
  writeFileSync(other, 'something else')
  await said(/is no backup of Countersign/)
  copyFileSync(file, other)
  truncateSync(other, 1_000)
  await said(/its end is missing/)
  renameSync(join(folder, 'keys.json'), join(folder, 'kept.json'))
  await said(/key file .* is missing/)
  await run('z.db', 'migrate')
  await said(/sealed with another key/)
})
