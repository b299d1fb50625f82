import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { AuditEvent } from '#core/audit/audit.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { DatabaseAway } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { instant } from '#core/time/time.ts'
import { migrate } from '#store/database/migrate.ts'
import { getServerKey } from '#store/server/server-keys.ts'
import { type Folder, folder, open } from '#store/contract/store.contract.ts'

const KILLS = 30

suite('SQLite', () => {
  let place: Folder
  let db: Db
  before(async () => {
    place = folder()
    db = await open(place.url)
    await migrate(db)
  })
  after(async () => {
    await db.close()
    place.remove()
  })

  /** An event that is told from others by its time. */
  const noted = (count: number) => eventWrites(db, [EVENT], instant(count))

  test('commits that wait together are written in their order, each for itself', async () => {
    const from = await lastNumber()
    const asked = Array.from({ length: 1_000 }, (_, index) => {
      const writes = noted(from + index)
      if (index % 10 === 3) return db.commit(writes.map((write) => ({ ...write, rows: 2 })))
      if (index % 10 === 7) return db.commit([...writes, BROKEN])
      return db.commit(writes)
    })
    const answers = await Promise.allSettled(asked)
    const expected = []
    for (const [index, answer] of answers.entries()) {
      if (index % 10 === 7) assert.equal(answer.status, 'rejected')
      else assert.deepEqual(answer, { status: 'fulfilled', value: index % 10 !== 3 })
      if (index % 10 !== 3 && index % 10 !== 7) expected.push(from + index)
    }
    assert.deepEqual(
      (await numbers()).filter((number) => number >= from),
      expected,
    )
  })

  test('F11 a full disk writes nothing of a commit, and is left behind when there is room again', async () => {
    const pages = async (count: number) =>
      await db.commit([{ sql: `pragma max_page_count = ${count}`, parameters: [], rows: null }])
    const before = (await numbers()).length
    // No less than there are: whatever needs one more finds none.
    await pages(1)
    const much = Array.from({ length: 2_000 }, (_, index) => noted(2_000_000 + index)).flat()
    await assert.rejects(db.commit(much), DatabaseAway)
    assert.equal((await numbers()).length, before)
    await pages(1_000_000)
    assert.equal(await db.commit(noted(2_000_000)), true)
    assert.equal((await numbers()).length, before + 1)
  })

  test('what was acknowledged can be read at once, on every connection', async () => {
    const other = new DatabaseSync(place.path, { readOnly: true })
    const count = other.prepare('select count(*) as n from audit_event')
    for (let index = 0; index < 50; index += 1) {
      const earlier = Number(count.get()?.['n'])
      await db.commit([...noted(1_000_000 + index)])
      assert.equal(count.get()?.['n'], earlier + 1)
    }
    other.close()
  })

  test('another process that holds the file is waited for', async () => {
    const other = new DatabaseSync(place.path)
    other.exec('begin immediate')
    const waiting = db.commit([...noted(2_000_000)])
    const first = await Promise.race([
      waiting,
      new Promise((resolve) => setImmediate(resolve, 'still waiting')),
    ])
    assert.equal(first, 'still waiting')
    other.exec('commit')
    other.close()
    assert.equal(await waiting, true)
  })

  test('no other user of the machine may read the file', () => {
    assert.equal(statSync(place.path).mode & 0o077, 0)
  })

  test('the log stays short while many commits are made', async () => {
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 250 }, (_, index) => db.commit([...noted(index)])))
    }
    assert.ok(logBytes() < 40 * MIB, `${logBytes()} bytes`)
  })

  test('a log that a reader elsewhere has held up starts anew once it has gone', async () => {
    const reader = new DatabaseSync(place.path, { readOnly: true })
    reader.exec('begin')
    reader.prepare('select count(*) from audit_event').get()
    await writeMegabytes(80)
    const held = logBytes()
    assert.ok(held > 80 * MIB, `${held} bytes`)
    reader.exec('commit')
    reader.close()
    await writeMegabytes(40)
    assert.ok(logBytes() < held, `${logBytes()} bytes`)
  })

  test('a database that was closed refuses commits, and leaves no log behind', async () => {
    const other = folder()
    const short = await open(other.url)
    await migrate(short)
    const last = short.commit([...noted(1)])
    await short.close()
    assert.equal(await last, true)
    await assert.rejects(short.commit([...noted(2)]), /closed/)
    assert.throws(() => statSync(`${other.path}-wal`), /ENOENT/)
    other.remove()
  })

  test('a thread that has closed a file writes to the next, and keeps nothing of the first', async () => {
    const stored = async (path: string) => {
      const db = new DatabaseSync(path)
      const found = db.prepare('select at_ms from audit_event order by seq').all()
      db.close()
      return found.map(({ at_ms: at }) => at)
    }
    const [one, other] = [folder(), folder()]
    const first = await open(one.url)
    await migrate(first)
    await first.commit([...noted(1)])
    await first.close()
    const second = await open(other.url)
    await migrate(second)
    // Prepared for the file before, a statement would write there.
    await second.commit([...noted(2)])
    await second.close()
    assert.deepEqual([await stored(one.path), await stored(other.path)], [[1], [2]])
    for (const place of [one, other]) place.remove()
  })

  test('what is only migrated is whole in the file, for an operator who copies it', async () => {
    const fresh = folder()
    const made = await open(fresh.url)
    await migrate(made)
    await made.close()
    const { path } = fresh
    assert.equal(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0, 0)
    const copy = `${path}.copy`
    copyFileSync(path, copy)
    const tables = new DatabaseSync(copy).prepare('select count(*) as n from sqlite_schema').get()
    assert.ok(Number(tables?.['n']) > 50)
    fresh.remove()
  })

  test('a file that cannot be opened is said to be so', async () => {
    await assert.rejects(open('sqlite:/nowhere/at/all.db'), /ENOENT/)
    await assert.rejects(open('mysql://localhost/x'), /sqlite: or postgres:/)
  })

  test('a kill at any moment loses no acknowledged commit', async () => {
    const crashed = await migrated()
    const acknowledged: number[] = []
    for (let round = 1; round <= KILLS; round += 1) {
      const child = committing(crashed.url, { from: round * 1_000_000, together: 8 })
      // A moment that differs from round to round: after so many answers.
      await child.until((lines) => lines.length >= 7 * round)
      acknowledged.push(...(await child.end()).map(Number))
    }
    const written = await writtenIn(crashed)
    assert.deepEqual(
      acknowledged.filter((number) => !written.has(number)),
      [],
    )
    assert.ok(acknowledged.length >= KILLS)
    crashed.remove()
  })

  const withoutPrlimit = spawnSync('prlimit', ['--version']).status !== 0
  test('a full disk is told to every caller who waits, and writing goes on when there is room', {
    skip: withoutPrlimit,
  }, async () => {
    const full = await migrated()
    const child = committing(full.url, { from: 1, together: 8 })
    const room = (bytes: string) =>
      spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`])
    await child.until((lines) => lines.length >= 100)
    // So little that neither the log can grow nor the file take in what the log has.
    room('65536')
    await child.until((lines) => lines.filter(isFailure).length >= 5_000)
    room('unlimited')
    await child.until((lines) => lines.length >= 200 && lines.slice(-100).every(isNumber))
    const said = await child.end()
    const written = await writtenIn(full)
    assert.deepEqual(
      said.filter(isNumber).filter((line) => !written.has(Number(line))),
      [],
    )
    assert.match(said.find(isFailure) ?? '', /full|i\/o/i)
    full.remove()
  })

  const withoutStrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status !== 0
  test('the disk has a commit before the caller hears of it', { skip: withoutStrace }, async () => {
    const traced = await migrated()
    const command = [process.execPath, FIXTURE, traced.url, '1', '1', '20']
    const options = ['-f', '-qq', '-e', 'trace=fsync,fdatasync,write', '-s', '16']
    const { stderr } = spawnSync('strace', [...options, ...command], { encoding: 'utf8' })
    const calls = stderr.split('\n').flatMap((line) => {
      if (/f(data)?sync\(/.test(line)) return ['sync']
      return /write\(1, "\d+\\n"/.test(line) ? ['said'] : []
    })
    assert.equal(calls.filter((call) => call === 'said').length, 20)
    for (const [index, call] of calls.entries()) {
      if (call === 'said') assert.equal(calls[index - 1], 'sync')
    }
    traced.remove()
  })

  const numbers = async () => {
    const rows = await db.read.selectFrom('audit_event').select('at_ms').orderBy('seq').execute()
    return rows.map(({ at_ms }) => at_ms)
  }
  const lastNumber = async () => Math.max(0, ...(await numbers())) + 1
  const logBytes = () => statSync(`${place.path}-wal`).size

  async function writeMegabytes(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      made += 1
      await getServerKey(db, `large ${made}`, () => 'x'.repeat(MIB))
    }
  }
  let made = 0
})

const MIB = 1_048_576
const FIXTURE = fileURLToPath(new URL('../contract/committing.fixture.ts', import.meta.url))

const BROKEN = { sql: 'insert into clock_mark (id, at_ms) values (2, 0)', parameters: [], rows: 1 }

const EVENT: AuditEvent = { kind: 'subscriber.created', subscriberId: null, by: 'operator' }

const isNumber = (line: string): boolean => /^\d+$/.test(line)
const isFailure = (line: string): boolean => line.startsWith('failed: ')

/** A file with all tables and no open connection. */
async function migrated(): Promise<Folder> {
  const place = folder()
  const db = await open(place.url)
  await migrate(db)
  await db.close()
  return place
}

/** What a file holds after its writer was ended, once it was found sound. */
async function writtenIn({ url, path }: Folder): Promise<ReadonlySet<number>> {
  const db = await open(url)
  const rows = await db.read.selectFrom('audit_event').select('at_ms').execute()
  await db.close()
  const check = new DatabaseSync(path)
  assert.equal(check.prepare('pragma integrity_check').get()?.['integrity_check'], 'ok')
  check.close()
  return new Set(rows.map(({ at_ms }) => at_ms))
}

/** Starts a process that commits until it is ended, and listens to what it says. */
function committing(
  url: string,
  { from, together }: { readonly from: number; readonly together: number },
) {
  const child = spawn(process.execPath, [FIXTURE, url, String(from), String(together)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const lines = () => text.split('\n').slice(0, -1)
  return {
    pid: child.pid,
    async until(enough: (lines: readonly string[]) => boolean): Promise<void> {
      while (!enough(lines())) await once(child.stdout, 'data')
    },
    /** Ends it without a warning; @returns all that it has said. */
    async end(): Promise<readonly string[]> {
      child.kill('SIGKILL')
      await once(child, 'close')
      return lines()
    },
  }
}
