import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type FileId, newId } from '#core/ids.ts'
import { after as later, hours, millis, minutes } from '#core/time/time.ts'
import { LOST_KEPT, lostFiles, sweepAll, UNFINISHED_KEPT } from '#engine/documents/files.ts'
import {
  folder,
  type Nodes,
  NOW,
  newcomer,
  open,
  overBothDatabases,
  random,
} from '#store/contract/store.contract.ts'
import { type Files, filesBeside } from '#store/database/files.ts'
import { migrate } from '#store/database/migrate.ts'
import {
  FILE_PIECE_LENGTH_BYTES as PIECE,
  findFile,
  keyWrites,
  readFile,
  removeFile,
  type SealedFile,
  settleFiles,
  shredWrites,
  unsettleFiles,
  writeFile,
} from '#store/documents/files.ts'

const LENGTH_MAX = 4 * PIECE

/** As a network hands it over: in parts that have nothing to do with pieces. */
async function* parts(bytes: Uint8Array, length = 65_521) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function* broken(bytes: Uint8Array) {
  yield* parts(bytes)
  throw new Error('the connection was lost')
}

const write = async (
  files: Files,
  source: AsyncIterable<Uint8Array>,
  id: FileId = newId('fil', NOW, random),
) => await writeFile(files, { id, now: NOW, source, lengthBytesMax: LENGTH_MAX })

async function kept(files: Files, bytes: Uint8Array): Promise<SealedFile> {
  const file = await write(files, parts(bytes))
  assert.ok(file)
  return file
}

async function read(files: Files, file: SealedFile): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of readFile(files, file)) all.push(piece)
  return Buffer.concat(all)
}

/** How many pieces lie of each file that has a row. */
async function lying(files: Files, id: FileId) {
  const { read: from } = await files.connection()
  const rows = await from.selectFrom('file').select('id').where('id', '=', id).execute()
  const pieces = await from
    .selectFrom('file_piece')
    .select(['piece', 'bytes'])
    .where('file_id', '=', id)
    .execute()
  return { rows: rows.length, pieces: pieces.length }
}

const NOTHING = { rows: 0, pieces: 0 }

overBothDatabases('A sealed file', (nodes: Nodes) => {
  let files: Files
  before(() => {
    files = filesBeside({ url: nodes.url, random: (length) => randomBytes(length) })
  })
  after(() => files.close())
  const sweep = (at: number) =>
    sweepAll({ db: nodes.db, files, now: () => later(NOW, at as never) })

  test('comes back as it was sent, whatever its length', async () => {
    for (const length of [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, LENGTH_MAX]) {
      const bytes = randomBytes(length)
      const file = await kept(files, bytes)
      assert.equal(file.lengthBytes, length)
      assert.deepEqual(await read(files, file), bytes, String(length))
      assert.equal((await lying(files, file.id)).pieces, Math.max(Math.ceil(length / PIECE), 1))
    }
  })

  test('has a key of its own, which opens no other, and shows nothing', async () => {
    const bytes = Buffer.alloc(PIECE, 'passport of anna ')
    const [one, other] = [await kept(files, bytes), await kept(files, bytes)]
    const { read: from } = await files.connection()
    const rows = await from
      .selectFrom('file_piece')
      .select('bytes')
      .where('file_id', 'in', [one.id, other.id])
      .execute()
    const [first, second] = rows.map((row) => Buffer.from(row.bytes))
    assert.ok(first && second)
    assert.ok(!first.includes('passport'))
    assert.notDeepEqual(first, second)
    await assert.rejects(read(files, { ...one, key: other.key }))
  })

  test('that is longer than it may be is refused, and nothing of it is left', async () => {
    const id = newId('fil', NOW, random)
    assert.equal(await write(files, parts(randomBytes(LENGTH_MAX + 1)), id), null)
    assert.deepEqual(await lying(files, id), NOTHING)
  })

  test('whose sender goes away leaves nothing', async () => {
    const id = newId('fil', NOW, random)
    const source = broken(randomBytes(2 * PIECE))
    await assert.rejects(write(files, source, id), /the connection was lost/)
    assert.deepEqual(await lying(files, id), NOTHING)
  })

  test('is not begun twice under one name', async () => {
    const file = await kept(files, randomBytes(10))
    await assert.rejects(write(files, parts(randomBytes(10)), file.id))
    assert.equal((await read(files, file)).length, 10)
  })

  test('that was changed, cut, put together or lengthened does not open', async () => {
    const attacks: readonly [string, (file: SealedFile, other: SealedFile) => Promise<unknown>][] =
      [
        ['a bit is another', (file) => tamper(file, 1, (bytes) => flip(bytes))],
        ['a piece is missing', (file) => drop(file, 1)],
        ['the last piece is missing', (file) => drop(file, 2)],
        ['two pieces are exchanged', (file) => exchange(file, 0, 1)],
        ['a piece is of another file', async (file, other) => graft(file, other)],
      ]
    for (const [name, attack] of attacks) {
      const file = await kept(files, randomBytes(2 * PIECE + 5))
      const other = await kept(files, randomBytes(2 * PIECE + 5))
      await attack(file, other)
      await assert.rejects(read(files, file), name)
    }
    const whole = await kept(files, randomBytes(2 * PIECE))
    await assert.rejects(read(files, { ...whole, lengthBytes: PIECE }), 'said to be shorter')
    await assert.rejects(read(files, { ...whole, lengthBytes: 2 * PIECE - 1 }), 'by one')
  })

  const bytesOf = async (id: FileId, piece: number) => {
    const { read: from } = await files.connection()
    const query = from.selectFrom('file_piece').select('bytes').where('file_id', '=', id)
    return (await query.where('piece', '=', piece).executeTakeFirstOrThrow()).bytes
  }
  const replace = async (id: FileId, piece: number, bytes: Uint8Array) => {
    const { write: to, commitCounted } = await files.connection()
    const update = to.updateTable('file_piece').set({ bytes: new Uint8Array(bytes) })
    const { sql, parameters } = update
      .where('file_id', '=', id)
      .where('piece', '=', piece)
      .compile()
    assert.ok(await commitCounted([{ sql, parameters, rows: 1 }]))
  }
  const flip = (bytes: Uint8Array) => {
    const changed = Buffer.from(bytes)
    changed[100] = (changed[100] ?? 0) ^ 1
    return changed
  }
  const tamper = async (
    { id }: SealedFile,
    piece: number,
    change: (bytes: Uint8Array) => Uint8Array,
  ) => await replace(id, piece, change(await bytesOf(id, piece)))
  const drop = async ({ id }: SealedFile, piece: number) => {
    const { write: to, commitCounted } = await files.connection()
    const gone = to.deleteFrom('file_piece').where('file_id', '=', id).where('piece', '=', piece)
    const { sql, parameters } = gone.compile()
    assert.ok(await commitCounted([{ sql, parameters, rows: 1 }]))
  }
  const exchange = async ({ id }: SealedFile, one: number, other: number) => {
    const [first, second] = [await bytesOf(id, one), await bytesOf(id, other)]
    await replace(id, one, second)
    await replace(id, other, first)
  }
  const graft = async ({ id }: SealedFile, other: SealedFile) =>
    await replace(id, 1, await bytesOf(other.id, 1))

  test('opens by the key in the database, as long as that is there', async () => {
    const bytes = randomBytes(PIECE + 1)
    const file = await kept(files, bytes)
    assert.equal(await findFile(nodes.db, file.id), null)
    assert.ok(await nodes.db.commit(keyWrites(nodes.db, file)))
    const found = await findFile(nodes.other, file.id)
    assert.ok(found)
    assert.deepEqual(await read(files, found), bytes)
    assert.ok(await nodes.db.commit(shredWrites(nodes.db, [file.id])))
    assert.equal(await findFile(nodes.db, file.id), null)
  })

  test('without a key is swept away after an hour, and one with a key never', async () => {
    const unfinished = await kept(files, randomBytes(PIECE + 1))
    const finished = await kept(files, randomBytes(PIECE + 1))
    await nodes.db.commit(keyWrites(nodes.db, finished))
    await sweep(UNFINISHED_KEPT)
    assert.deepEqual(await lying(files, unfinished.id), { rows: 1, pieces: 2 })
    await sweep(UNFINISHED_KEPT + 1)
    assert.deepEqual(await lying(files, unfinished.id), NOTHING)
    for (const at of [UNFINISHED_KEPT + 1, hours(99_999)]) await sweep(at)
    assert.deepEqual(await lying(files, finished.id), { rows: 1, pieces: 2 })
  })

  test('that was settled and has lost its key is deleted after a week, and one with a key never', async () => {
    const all = [await kept(files, randomBytes(10)), await kept(files, randomBytes(10))]
    const [lost, held] = all
    assert.ok(lost && held)
    await nodes.db.commit(keyWrites(nodes.db, held))
    await settleFiles(files, [lost.id, held.id], NOW)
    await sweep(hours(2))
    assert.equal((await lying(files, lost.id)).rows, 1, 'what is settled is not looked at')
    let now = later(NOW, LOST_KEPT)
    const walk = lostFiles({ db: nodes.db, files, now: () => now })
    for (let step = 0; step < 100; step += 1) await walk()
    assert.equal((await lying(files, lost.id)).rows, 1, 'its key may be restored')
    now = later(now, millis(1))
    for (let step = 0; step < 100; step += 1) await walk()
    assert.deepEqual(await lying(files, lost.id), NOTHING)
    assert.deepEqual(await lying(files, held.id), { rows: 1, pieces: 1 })
    await nodes.db.commit(shredWrites(nodes.db, [held.id]))
    for (let step = 0; step < 100; step += 1) await walk()
    assert.deepEqual(await lying(files, held.id), NOTHING, 'it begins anew')
  })

  test('whose key was deleted is swept away, though we stopped in between', async () => {
    const file = await kept(files, randomBytes(10))
    await nodes.db.commit(keyWrites(nodes.db, file))
    await settleFiles(files, [file.id], NOW)
    await unsettleFiles(files, [file.id])
    await sweep(hours(2))
    assert.equal((await lying(files, file.id)).rows, 1)
    await unsettleFiles(files, [file.id])
    await nodes.db.commit(shredWrites(nodes.db, [file.id]))
    await sweep(hours(2))
    assert.deepEqual(await lying(files, file.id), NOTHING)
  })

  test('is removed at once, and again', async () => {
    const file = await kept(files, randomBytes(10))
    await removeFile(files, file.id)
    await removeFile(files, file.id)
    assert.deepEqual(await lying(files, file.id), NOTHING)
  })

  test('holds up no login: one is written while no file can be', async () => {
    await files.connection()
    const release = await blocked(nodes.url)
    const file = write(files, parts(randomBytes(10)))
    await newcomer(nodes.db)
    await release()
    assert.ok(await file)
  })

  test('of a process that is killed in the middle is never half there', async () => {
    const child = spawn(process.execPath, [FIXTURE, nodes.url, '3'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await said(child, 'waiting')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { read: from } = await files.connection()
    const lies = async () =>
      (
        await from
          .selectFrom('file_piece')
          .innerJoin('file', 'file.id', 'file_piece.file_id')
          .select('piece')
          .where('settled_at_ms', 'is', null)
          .execute()
      ).length
    assert.ok((await lies()) >= 2)
    await sweep(UNFINISHED_KEPT + minutes(1))
    assert.equal(await lies(), 0)
  })
})

/** Holds the tables of files as a writer that has stopped would. */
async function blocked(url: string): Promise<() => Promise<void>> {
  if (url.startsWith('sqlite:')) {
    const database = new DatabaseSync(url.slice('sqlite:'.length).replace(/\.db$/, '-files.db'))
    database.exec('begin immediate')
    return async () => {
      database.exec('rollback')
      database.close()
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query('lock table file in access exclusive mode')
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

const FIXTURE = fileURLToPath(new URL('files.fixture.ts', import.meta.url))

async function said({ stdout }: ChildProcess, word: string): Promise<void> {
  assert.ok(stdout)
  for await (const line of createInterface({ input: stdout })) if (line === word) return
  throw new Error(`it never said ${word}`)
}

/** A disk of eight megabytes, in a name space that ends with the process. */
const small = (command: string) =>
  spawnSync('unshare', ['-Urm', 'sh', '-c', `mount -t tmpfs -o size=8m none /mnt && ${command}`], {
    encoding: 'utf8',
  })
const CAN_MOUNT = small('true').status === 0

suite('A key that was deleted', () => {
  test('stands in no file of SQLite any more', async () => {
    const place = folder()
    const [db, files] = [await open(place.url), filesBeside({ url: place.url, random })]
    let body = Buffer.alloc(0)
    try {
      await migrate(db)
      const file = await kept(files, Buffer.from('passport'))
      await db.commit(keyWrites(db, file))
      const row = await db.read.selectFrom('file_key').select('body').executeTakeFirstOrThrow()
      body = Buffer.from(row.body)
      await db.commit(shredWrites(db, [file.id]))
    } finally {
      // The log is folded into the file, and cut.
      await db.close()
      await files.close()
    }
    assert.ok(body.length > 0)
    for (const path of [place.path, `${place.path}-wal`])
      if (existsSync(path)) assert.ok(!readFileSync(path).includes(body), path)
    place.remove()
  })
})

suite('On a disk that is full', () => {
  test('a file is refused and nothing of it is left; once there is room, one is taken', {
    skip: !CAN_MOUNT && 'this machine does not let a test mount a small disk',
  }, () => {
    const run = (length: number) =>
      `${process.execPath} ${FIXTURE} sqlite:/mnt/a.db 0 ${length * PIECE}`
    const filled = 'head -c 5000000 /dev/zero > /mnt/full'
    const { stdout } = small(`${filled} && ${run(20)} && rm /mnt/full && ${run(2)}`)
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('sent'))
    assert.deepEqual(lines, ['refused: DatabaseAway', 'left 0', 'written', 'left 2'])
  })

  test('the last of it is kept for logins: no file is begun', async () => {
    const place = folder()
    const files = filesBeside({ url: place.url, random, keptFreeBytes: 2 ** 60 })
    const id = newId('fil', NOW, random)
    await assert.rejects(write(files, parts(randomBytes(10)), id), { name: 'DatabaseAway' })
    assert.deepEqual(await lying(files, id), NOTHING)
    await files.close()
    place.remove()
  })

  test('the file of files is open to no other user of the machine', async () => {
    const place = folder()
    const files = filesBeside({ url: place.url, random })
    await kept(files, Buffer.from('passport'))
    await files.close()
    const path = place.path.replace(/\.db$/, '-files.db')
    assert.ok(!readFileSync(path).includes('passport'))
    assert.equal(statSync(path).mode & 0o077, 0)
    place.remove()
  })
})
