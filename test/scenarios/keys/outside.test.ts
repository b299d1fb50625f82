import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { type RootKeyFile, rootKeyFile } from '#channels/root-keys/file.ts'
import { rootKeyProgram } from '#channels/root-keys/program.ts'
import { RootKeyFailed, type RootKeys } from '#channels/root-keys/provider.ts'
import { transit } from '#channels/root-keys/vault.fixture.ts'
import { rootKeyVault } from '#channels/root-keys/vault.ts'
import type { AgentId } from '#core/agent.ts'
import { minutes } from '#core/time/time.ts'
import { makeBackup } from '#engine/backup/make.ts'
import { restoreBackup } from '#engine/backup/restore.ts'
import { verifyBackup } from '#engine/backup/verify.ts'
import type { Roots } from '#engine/keyring/wrapping.ts'
import type { Refused } from '#engine/keys/refusal.ts'
import { keepKeys, keyStatus, makeNextKey, retireOldKey } from '#engine/keys/rotate.ts'
import { wrapAll, type Wrapped } from '#engine/keys/wrap.ts'
import { listKeys } from '#store/keys/keys.ts'
import { any } from '#store/queries/writes.ts'
import { BackupUnreadable } from '#store/backup/sealed-stream.ts'
import { begun, personWithPhone } from '../../support/clients/engine-story.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, HONEST, type TestWorld, testWorld } from '../../support/server/world.ts'

const BY = { by: 'operator-1' as AgentId, why: 'a key that leaves no module' }
const random = (length: number) => randomBytes(length)

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-outside-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The first of them wraps; all of them unwrap. */
const rootsOf = (...all: readonly (RootKeys | RootKeyFile)[]): Roots => {
  const [active] = all
  assert.ok(active)
  const file = all.find((one): one is RootKeyFile => 'fingerprint' in one) ?? null
  return { active, all: new Map(all.map((one) => [one.name, one])), file }
}

const nodeOf = (t: TestContext, beside: TestWorld, roots: Roots) =>
  testWorld(t, { database: beside.db.dialect, settings: HONEST, beside, roots })

const providersOf = async ({ db }: TestWorld): Promise<ReadonlySet<string | null>> =>
  new Set((await listKeys(db)).filter(({ kind }) => kind !== 'root').map((key) => key.wrappedWith))

const whyOf = (done: Wrapped | Refused) => (done.ok ? 'ok' : done.why)

/** A right password counts: what is sealed opens, and the pepper is the one of then. */
const works = async (world: TestWorld) => void (await begun(world, browser(), 'client-1'))

async function installation(t: TestContext, database: DatabaseKind) {
  const path = join(folderOf(t), 'keys.json')
  const file = rootKeyFile(path, random)
  const world = await testWorld(t, { database, settings: HONEST, roots: file })
  await personWithPhone(world, 'client-1')
  return { path, file, world }
}

for (const database of DATABASES)
  suite(`the root key is kept outside, on ${database}`, () => {
    test('A27 from the file to Vault, to its next key, and back: nothing is lost', async (t) => {
      const { path, file, world } = await installation(t, database)
      const { options, rotate, trim } = await transit(t)
      const vault = rootKeyVault(options)
      const two = await nodeOf(t, world, rootsOf(vault, file))
      assert.ok((await makeNextKey(world, 'root', BY)).ok)
      for (const node of [world, two]) await keepKeys(node)
      world.advance(minutes(1))
      for (const node of [two, two, world]) await keepKeys(node)
      // The first node would not open what Vault has wrapped.
      assert.equal(whyOf(await wrapAll(two, BY)), 'nodes')
      assert.equal(whyOf(await wrapAll(two, { ...BY, why: ' ' })), 'no-reason')
      assert.deepEqual(await providersOf(two), new Set(['file:2']))
      two.advance(minutes(3))
      await keepKeys(two)
      assert.equal(whyOf(await wrapAll(two, BY)), 'ok')
      assert.equal(whyOf((await makeNextKey(two, 'root', BY)) as Refused), 'elsewhere')
      await keepKeys(two)
      assert.deepEqual(await providersOf(two), new Set(['vault:v1']))
      const { keys } = await keyStatus(two)
      assert.equal(keys.find(({ kind }) => kind === 'sealing')?.wrappedWith, 'vault:v1')

      rotate()
      const three = await nodeOf(t, two, rootsOf(vault))
      await works(three)
      assert.equal(whyOf(await wrapAll(three, BY)), 'ok')
      trim()
      const four = await nodeOf(t, three, rootsOf(vault))
      await works(four)
      const before = await listKeys(four.db)
      await assert.rejects(nodeOf(t, four, rootsOf(file)), /vault:v2, which the settings do not/)
      assert.deepEqual(await listKeys(four.db), before)

      // The old file is lost: another one is no danger, and gets a number of its own.
      rmSync(path)
      const other = rootKeyFile(path, random)
      const five = await nodeOf(t, four, rootsOf(other, vault))
      await assert.rejects(makeNextKey(five, 'sealing', BY), /keys wrap/)
      five.advance(minutes(3))
      await keepKeys(five)
      const back = await wrapAll(five, BY)
      assert.deepEqual(
        { ...back, count: 0 },
        { ok: true, count: 0, provider: 'file', isFileNew: true },
      )
      assert.deepEqual(await providersOf(five), new Set(['file:3']))
      const six = await nodeOf(t, five, rootsOf(rootKeyFile(path, random)))
      await works(six)
      assert.equal((await makeNextKey(six, 'sealing', BY)).ok, true)
    })

    test('A27 an end after any write on the way loses nothing, and the same command goes on', async (t) => {
      const { path, file, world } = await installation(t, database)
      const { options } = await transit(t)
      const vault = rootKeyVault(options)
      const two = await nodeOf(t, world, rootsOf(vault, file))
      assert.equal(whyOf(await wrapAll(two, BY)), 'ok')
      rmSync(path)
      for (let writes = 0; writes < 10; writes += 1) {
        const node = await nodeOf(t, two, rootsOf(rootKeyFile(path, random), vault))
        let left = Math.min(writes, 1)
        const commit: typeof node.db.commit = async (all) => {
          if (left === 0) throw new Error('the power is gone')
          left -= 1
          return await node.db.commit(all)
        }
        const done = await wrapAll({ ...node, db: { ...node.db, commit } }, BY).catch(String)
        copyFileSync(path, `${path}.${writes}`)
        const next = await nodeOf(t, two, rootsOf(rootKeyFile(path, random), vault))
        await works(next)
        if (typeof done !== 'string') {
          assert.equal(whyOf(done), 'ok')
          assert.equal(writes, 3, 'each of three writes was the last one once')
          break
        }
      }
      const last = await nodeOf(t, two, rootsOf(rootKeyFile(path, random)))
      await works(last)
    })

    test('A27 a node with another key of Vault holds the move up', async (t) => {
      const { file, world } = await installation(t, database)
      const { options } = await transit(t)
      const vault = rootKeyVault(options)
      const others = { ...vault, place: rootKeyVault({ ...options, key: 'other' }).place }
      await keepKeys(await nodeOf(t, world, rootsOf(others, file)))
      const two = await nodeOf(t, world, rootsOf(vault, file))
      assert.equal(whyOf(await wrapAll(two, BY)), 'nodes')
      assert.deepEqual(await providersOf(two), new Set(['file:1']))
    })

    test('A27 a lost file with a root key that was never used is given up before another one', async (t) => {
      const { path, file, world } = await installation(t, database)
      const vault = rootKeyVault((await transit(t)).options)
      const two = await nodeOf(t, world, rootsOf(vault, file))
      assert.equal(whyOf(await wrapAll(two, BY)), 'ok')
      const made = await makeNextKey(world, 'root', BY)
      rmSync(path)
      const three = await nodeOf(t, two, rootsOf(rootKeyFile(path, random), vault))
      const refused = await wrapAll(three, BY)
      assert.deepEqual(refused, { ok: false, why: 'under-way', id: made.ok && made.id })
      assert.equal(rootKeyFile(path, random).versions().length, 1, 'no key was left in the file')
      assert.ok((await retireOldKey(three, { kind: 'root', id: 2 }, BY)).ok)
      assert.equal(whyOf(await wrapAll(three, BY)), 'ok')
      await works(await nodeOf(t, three, rootsOf(rootKeyFile(path, random))))
    })

    test('A27 a provider that is away or refuses stops the start, and nothing is written', async (t) => {
      const { options, answerWith, tokenFile } = await transit(t)
      const vault = rootKeyVault(options)
      const { file, world } = await installation(t, database)
      const before = await listKeys(world.db)
      // The keys are wrapped by the file still: that Vault works is tried out all the same.
      answerWith({ status: 503, text: '{"errors":["Vault is sealed"]}' })
      await assert.rejects(nodeOf(t, world, rootsOf(vault, file)), /Vault has answered 503/)
      answerWith(null)
      writeFileSync(tokenFile, 's.another')
      await assert.rejects(nodeOf(t, world, rootsOf(vault, file)), /Vault has answered 403/)
      assert.deepEqual(await listKeys(world.db), before)
      await world.db.commit([
        any(world.db.write.deleteFrom('managed_key')),
        any(world.db.write.deleteFrom('server_key')),
      ])
      // As before the first start.
      await assert.rejects(nodeOf(t, world, rootsOf(vault)), /Vault has answered 403/)
      assert.deepEqual(await listKeys(world.db), [])
      writeFileSync(tokenFile, 's.token')
      const first = await nodeOf(t, world, rootsOf(vault, file))
      assert.deepEqual(await providersOf(first), new Set(['vault:v1']))
      const [known] = first.keyring.opened('lookup')
      const held = file.keys().root.get(1)?.export().toString('base64url')
      assert.notEqual(known?.value, held, 'a file that lies about is no part of a new installation')
    })

    test('A27 a database of an earlier version takes the keys of its file, and no others', async (t) => {
      const { file, world } = await installation(t, database)
      const { options } = await transit(t)
      const vault = rootKeyVault(options)
      // An earlier version had no such rows: it sealed with the root key itself.
      await world.db.commit([any(world.db.write.deleteFrom('managed_key'))])
      await assert.rejects(nodeOf(t, world, rootsOf(vault)), /was written with a key file/)
      const other = rootKeyFile(join(folderOf(t), 'others.json'), random)
      for (const roots of [rootsOf(other), rootsOf(vault, other)])
        await assert.rejects(nodeOf(t, world, roots), /does not belong to this database/)
      assert.deepEqual(await listKeys(world.db), [])
      const next = await nodeOf(t, world, rootsOf(vault, file))
      await works(next)
      assert.deepEqual(await providersOf(next), new Set(['vault:v1']))
    })
  })

test('A27 a program of the operator keeps it, and what it gives back is judged', async (t) => {
  const { file, world } = await installation(t, 'sqlite')
  const script = join(folderOf(t), 'keeper.sh')
  const keeps = [
    'read line',
    'case "$line" in',
    '*unwrap*) echo "$line" | sed \'s/.*"wrapped":"\\([^"]*\\)".*/{"key":"\\1"}/\' ;;',
    '*) echo "$line" | sed \'s/.*"key":"\\([^"]*\\)".*/{"wrapped":"\\1"}/\' ;;',
    'esac',
  ]
  writeFileSync(script, keeps.join('\n'))
  const program = rootKeyProgram({ command: ['/bin/sh', script] })
  const two = await nodeOf(t, world, rootsOf(program, file))
  assert.equal(whyOf(await wrapAll(two, BY)), 'ok')
  await works(await nodeOf(t, two, rootsOf(program)))
  const another = Buffer.from('{"kind":"pepper","id":9,"value":"x"}').toString('base64')
  writeFileSync(script, `echo '{"key":"${another}"}'`)
  await assert.rejects(nodeOf(t, two, rootsOf(program)), /exec has unwrapped something else/)
  await assert.rejects(wrapAll(two, BY), RootKeyFailed)
  writeFileSync(script, keeps.join('\n'))
  await works(await nodeOf(t, two, rootsOf(program)))
})

test('A25 a backup opens with Vault alone where Vault keeps the root key', async (t) => {
  const { options, answerWith } = await transit(t)
  const roots = rootsOf(rootKeyVault(options))
  const world = await testWorld(t, { settings: HONEST, roots })
  await personWithPhone(world, 'client-1')
  const folder = folderOf(t)
  const file = join(folder, 'one.backup')
  const { clients } = await makeBackup(world, { to: file, url: world.url, by: null })
  assert.equal(clients, 1)
  const restored = `sqlite:${join(folder, 'restored.db')}`
  await restoreBackup(world, { file, url: restored, now: world.now() })
  const next = await testWorld(t, { settings: HONEST, beside: { ...world, url: restored }, roots })
  await works(next)
  const others = rootsOf(rootKeyFile(join(folder, 'keys.json'), random))
  const reading = { ...world, keyring: { roots: others } }
  await assert.rejects(
    verifyBackup(reading, { file }),
    /the key of this backup was wrapped by vault:v1, which/,
  )
  answerWith({ status: 200, text: '{"data":{"plaintext":"c29tZXRoaW5nIGVsc2U="}}' })
  await assert.rejects(verifyBackup(world, { file }), RootKeyFailed)
  const withFile = await testWorld(t, { settings: HONEST })
  const sealed = join(folder, 'two.backup')
  await makeBackup(withFile, { to: sealed, url: withFile.url, by: null })
  await assert.rejects(verifyBackup(world, { file: sealed }), BackupUnreadable)
})
