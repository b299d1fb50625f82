import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { rootKeyFile } from '#channels/root-keys/file.ts'

const random = (length: number) => randomBytes(length)
const SECRET = Buffer.from('the key of a whole database, say')

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-root-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

suite('the file of the root keys', () => {
  test('A27 opens what it has wrapped, before and after another key is there', async (t) => {
    const path = join(folderOf(t), 'keys.json')
    const file = rootKeyFile(path, random)
    const first = await file.wrap(SECRET)
    assert.equal(first.by, 'file:1')
    file.add(2)
    assert.equal((await file.wrap(SECRET)).by, 'file:1', 'a key is used when all nodes have it')
    file.use(2)
    const second = await file.wrap(SECRET)
    assert.equal(second.by, 'file:2')
    const again = rootKeyFile(path, random)
    for (const wrapped of [first, second])
      assert.deepEqual(Buffer.from(await again.unwrap(wrapped)), SECRET)
    file.remove(1)
    again.reload()
    assert.deepEqual(again.versions(), [2])
    assert.deepEqual(Buffer.from(await again.unwrap(second)), SECRET)
    await assert.rejects(again.unwrap(first), /has no root key 1, .* Copy the key file/)
  })

  test('A27 a changed value and the key of another file open nothing', async (t) => {
    const folder = folderOf(t)
    const file = rootKeyFile(join(folder, 'keys.json'), random)
    const other = rootKeyFile(join(folder, 'others.json'), random)
    const wrapped = await file.wrap(SECRET)
    await assert.rejects(other.unwrap(wrapped), /does not belong to this database/)
    for (const at of [0, 12, wrapped.bytes.length - 1]) {
      const bytes = Buffer.from(wrapped.bytes)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      await assert.rejects(file.unwrap({ ...wrapped, bytes }), /does not belong/)
    }
    assert.notDeepEqual(file.fingerprint(1), other.fingerprint(1))
    assert.equal(file.fingerprint(2), null)
  })

  test('A27 half of a file, as a crash leaves it, does no harm', (t) => {
    const folder = folderOf(t)
    const path = join(folder, 'keys.json')
    const file = rootKeyFile(path, random)
    // Half of a file from a crash is in the way of no other.
    writeFileSync(`${path}.new`, '{"current":1,"ke')
    file.add(3)
    assert.deepEqual(rootKeyFile(path, random).versions().at(-1), 3)
    assert.deepEqual(readdirSync(folder), ['keys.json'])
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('A27 a file that cannot be written stays as it was', (t) => {
    const folder = folderOf(t)
    const path = join(folder, 'keys.json')
    const file = rootKeyFile(path, random)
    const before = readFileSync(path, 'utf8')
    // A folder where the new file is to be: it can neither be removed nor written.
    mkdirSync(`${path}.new/taken`, { recursive: true })
    assert.throws(() => file.add(2))
    assert.equal(readFileSync(path, 'utf8'), before)
    assert.deepEqual(file.versions(), [1])
  })

  test('A27 a damaged file is said, and is not written over', (t) => {
    const path = join(folderOf(t), 'keys.json')
    const file = rootKeyFile(path, random)
    for (const text of ['', '{"current":1', '{"current":2,"keys":{}}']) {
      writeFileSync(path, text)
      assert.throws(() => rootKeyFile(path, random), /damaged\. Put it back from your backup/)
      assert.throws(() => file.add(2), /damaged/)
      assert.equal(readFileSync(path, 'utf8'), text)
    }
  })

  test('A27 a file that is gone is not made anew beside a database', async (t) => {
    const path = join(folderOf(t), 'keys.json')
    const file = rootKeyFile(path, random)
    const wrapped = await file.wrap(SECRET)
    rmSync(path)
    const changes = [() => file.reload(), () => file.add(2), () => file.remove(1)]
    for (const change of changes) assert.throws(change, /not there|no such file/)
    assert.equal(existsSync(path), false)
    // What it has read it goes on with.
    assert.deepEqual(Buffer.from(await file.unwrap(wrapped)), SECRET)
  })

  test('A27 the file is changed where it lies, and stays readable by whom it was', (t) => {
    const folder = folderOf(t)
    const [link, path] = [join(folder, 'link.json'), join(folder, 'keys.json')]
    rootKeyFile(path, random)
    symlinkSync(path, link)
    chmodSync(path, 0o640)
    const isRoot = process.getuid?.() === 0
    if (isRoot) chownSync(path, 12_345, 12_346)
    rootKeyFile(link, random).add(2)
    assert.ok(lstatSync(link).isSymbolicLink())
    assert.deepEqual(rootKeyFile(path, random).versions(), [1, 2])
    const { mode, uid, gid } = statSync(path)
    assert.equal(mode & 0o777, 0o640)
    if (isRoot) assert.deepEqual([uid, gid], [12_345, 12_346])
  })

  test('A27 of two who change it at once one is refused, and a crash locks it for no one', (t) => {
    const path = join(folderOf(t), 'keys.json')
    const file = rootKeyFile(path, random)
    writeFileSync(`${path}.lock`, '')
    assert.throws(() => file.add(2), /another process is changing the key file/)
    assert.deepEqual(rootKeyFile(path, random).versions(), [1])
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(`${path}.lock`, longAgo, longAgo)
    file.add(2)
    file.add(3)
    assert.deepEqual(rootKeyFile(path, random).versions(), [1, 2, 3])
  })

  test('A27 a key that is forgotten opens nothing here; what is used is said', async (t) => {
    const file = rootKeyFile(join(folderOf(t), 'keys.json'), random)
    const wrapped = await file.wrap(SECRET)
    file.add(2)
    assert.equal(file.keys().current, 1)
    file.use(2)
    assert.equal(file.keys().current, 2, 'a backup is sealed with the key that is used')
    file.forget([1])
    assert.deepEqual(file.versions(), [2])
    await assert.rejects(file.unwrap(wrapped), /has no root key 1/)
    file.reload()
    assert.deepEqual(file.versions(), [1, 2])
  })
})
