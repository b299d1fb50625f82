import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { suite, test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { rootKeysOf } from '#channels/root-keys/file.ts'
import { makeBackup } from '#engine/backup/make.ts'
import { verifyBackup } from '#engine/backup/verify.ts'
import {
  BackupUnreadable,
  HEAD_LENGTH_BYTES,
  SEALED_LENGTH_BYTES,
} from '#store/backup/sealed-stream.ts'
import { postgresDump, ToolFailed } from '#store/backup/dumps.ts'
import { ThereAlready, writeNewFile } from '#store/backup/new-file.ts'
import { auditOf, writeEvents } from '../../support/audit.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const backedUp = async (world: TestWorld, to: string) =>
  await makeBackup(world, { to, url: world.url, by: null })

const why = (expected: string) => (error: unknown) =>
  error instanceof BackupUnreadable && error.why === expected

for (const database of DATABASES) {
  suite(`A backup, on ${database}`, () => {
    test('A25 is made while others write, sealed, read again, and never over another file', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna-example', password: 'correct horse battery' })
      const folder = folderOf(t)
      const to = join(folder, 'one.backup')
      const [made] = await Promise.all([backedUp(world, to), writeEvents(world, 60)])
      assert.equal(made.about.id, made.id)
      if (database === 'sqlite') assert.deepEqual([made.clients, made.log?.findings], [1, []])
      assert.ok((await auditOf(world)).some((event) => event.kind === 'backup.made'))
      const bytes = readFileSync(to)
      assert.equal(bytes.includes('anna-example'), false, 'a name is in clear')
      assert.deepEqual(readdirSync(folder), ['one.backup'])
      await assert.rejects(backedUp(world, to), ThereAlready)
      assert.deepEqual(readFileSync(to), bytes)
      const left = database === 'sqlite' ? readdirSync(dirname(world.url.slice(7))) : []
      assert.deepEqual(
        left.filter((name) => name.startsWith('.countersign')),
        [],
      )
    })
  })
}

test('A25 without the programs of PostgreSQL it says which is missing, and leaves no file', async (t) => {
  const folder = folderOf(t)
  const { PATH } = process.env
  t.after(() => {
    process.env['PATH'] = PATH
  })
  process.env['PATH'] = folder
  const to = join(folder, 'one.backup')
  const { bytes } = postgresDump('postgres://nobody@127.0.0.1:1/none')
  const written = writeNewFile({ to, random: randomBytes }, bytes, async () => {})
  await assert.rejects(
    written,
    (error) => error instanceof ToolFailed && error.tool === 'pg_dump' && error.isMissing,
  )
  assert.deepEqual(readdirSync(folder), [])
})

test('A25 a backup that was cut off, changed, or sealed with another key is told apart', async (t) => {
  const world = await testWorld(t)
  await writeEvents(world, 600)
  const folder = folderOf(t)
  const to = join(folder, 'one.backup')
  await backedUp(world, to)
  const { length } = readFileSync(to)
  const chunks = Math.ceil((length - HEAD_LENGTH_BYTES) / SEALED_LENGTH_BYTES)
  assert.ok(chunks >= 4, `${chunks} chunks are too few for this test`)
  const read = async (
    file: string,
    of: Pick<TestWorld, 'keyring' | 'random' | 'settings'> = world,
  ) => await verifyBackup(of, { file })
  const changed = async (expected: string, change: (file: string) => void) => {
    const file = join(folder, 'other.backup')
    copyFileSync(to, file)
    change(file)
    await assert.rejects(read(file), why(expected), expected)
  }
  assert.equal((await read(to)).clients, 0)
  const ends = [1, HEAD_LENGTH_BYTES - 1, HEAD_LENGTH_BYTES, length - 1]
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const at = HEAD_LENGTH_BYTES + chunk * SEALED_LENGTH_BYTES
    await changed('changed', (file) => flip(file, at + 100))
    ends.push(at)
  }
  for (const end of ends.filter((one) => one < length)) {
    const file = join(folder, 'other.backup')
    copyFileSync(to, file)
    truncateSync(file, end)
    await assert.rejects(read(file), BackupUnreadable, `cut off at ${end}`)
  }
  await changed('cut-off', (file) => truncateSync(file, HEAD_LENGTH_BYTES + SEALED_LENGTH_BYTES))
  await changed('changed', (file) => moved(file))
  await changed('key', (file) => flip(file, 20))
  await changed('foreign', (file) => writeFileSync(file, 'something else'))
  const other = { current: 1, root: new Map([[1, createSecretKey(randomBytes(32))]]) }
  const file = rootKeysOf(other, randomBytes)
  const roots = { active: file, all: new Map([['file', file]]), file }
  await assert.rejects(read(to, { ...world, keyring: { ...world.keyring, roots } }), why('key'))
})

test('A25 a process that is killed while it writes leaves nothing under the name', async (t) => {
  const folder = folderOf(t)
  const to = join(folder, 'one.backup')
  const path = new URL('../../../src/store/backup/new-file.ts', import.meta.url).href
  const script = `const { writeNewFile } = await import(${JSON.stringify(path)})
    async function* slowly() {
      for (;;) { yield Buffer.alloc(1000); await new Promise((on) => setTimeout(on, 1)) }
    }
    const random = (length) => Buffer.alloc(length, 7)
    const place = { to: ${JSON.stringify(to)}, random }
    await writeNewFile(place, slowly(), async () => {})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const ended = once(child, 'close')
  while (readdirSync(folder).length === 0) await setImmediate()
  child.kill('SIGKILL')
  await ended
  assert.equal(existsSync(to), false)
  assert.match(readdirSync(folder).join(), /^one\.backup\.part-[0-9a-f]{8}$/)
})

test('A25 a disk that is full, and a check that says no, leave no file at all', async (t) => {
  const folder = folderOf(t)
  const to = join(folder, 'one.backup')
  async function* full() {
    yield Buffer.alloc(1000)
    await setImmediate()
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  }
  await assert.rejects(
    writeNewFile({ to, random: randomBytes }, full(), async () => {}),
    { code: 'ENOSPC' },
  )
  const once = Readable.from([Buffer.from('whole')])
  await assert.rejects(
    writeNewFile({ to, random: randomBytes }, once, () => Promise.reject(new Error('not whole'))),
    /not whole/,
  )
  assert.deepEqual(readdirSync(folder), [])
})

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(file, bytes)
}

/** Two chunks change places. */
function moved(file: string): void {
  const bytes = readFileSync(file)
  const second = HEAD_LENGTH_BYTES + SEALED_LENGTH_BYTES
  const held = Buffer.from(bytes.subarray(HEAD_LENGTH_BYTES, second))
  bytes.copyWithin(HEAD_LENGTH_BYTES, second, second + SEALED_LENGTH_BYTES)
  held.copy(bytes, second)
  writeFileSync(file, bytes)
}
