import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { type RootKeyFile, rootKeyFile } from '#channels/root-keys/file.ts'
import { type AgentId } from '#core/agent.ts'
import { KEY_KINDS, type KeyKind } from '#core/keys/key.ts'
import { hours, minutes, seconds } from '#core/time/time.ts'
import { checkpointNow } from '#engine/audit/checkpoints.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { verifyLog } from '#engine/audit/verify.ts'
import { unreadKeys } from '#engine/keyring/keyring.ts'
import type { Refused } from '#engine/keys/refusal.ts'
import { keepKeys, keyStatus, makeNextKey, retireOldKey } from '#engine/keys/rotate.ts'
import { ensureSigningKeys, signingKeysOf } from '#engine/keyring/signing-keys.ts'
import { sweeper } from '#engine/keys/sweep.ts'
import { makeCanaries } from '#engine/desk/canaries.ts'
import { savePush } from '#engine/devices/phone-approval.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { openDatabase } from '#store/database/open.ts'
import { findPush } from '#store/devices/phone-channels.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { SEALED } from '#store/keys/sealed-columns.ts'
import { findSealed, resealWrite } from '#store/keys/sealed-rows.ts'
import { listKeys } from '#store/keys/keys.ts'
import { any } from '#store/queries/writes.ts'
import { findServerKey, getServerKey } from '#store/server/server-keys.ts'
import {
  authenticatorOf,
  begin,
  begun,
  numberOn,
  PASSWORD,
  personWithPhone,
  requestsOf,
  sendAnswer,
} from '../../support/clients/engine-story.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, HONEST, type TestWorld, testWorld } from '../../support/server/world.ts'

const BY = { by: 'operator-1' as AgentId, why: 'once a year' }
const random = (length: number) => randomBytes(length)

interface Nodes {
  readonly one: TestWorld
  readonly two: TestWorld
  readonly files: readonly [string, string]
  readonly roots: readonly [RootKeyFile, RootKeyFile]
}

/** Two nodes over one database, each with its own copy of the key file. */
async function twoNodes(t: TestContext, database: DatabaseKind): Promise<Nodes> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = [join(folder, 'one.json'), join(folder, 'two.json')] as const
  const first = rootKeyFile(files[0], random)
  copyFileSync(...files)
  const roots = [first, rootKeyFile(files[1], random)] as const
  const settings = HONEST
  const one = await testWorld(t, { database, settings, roots: roots[0] })
  const two = await testWorld(t, { database, settings, beside: one, roots: roots[1] })
  return { one, two, files, roots }
}

/** A whole login, from the password to the session, each step on the other node. */
async function logIn(nodes: readonly TestWorld[], userName: string, phone: TestPhone) {
  const [here, there] = nodes
  assert.ok(here && there)
  const client = browser()
  const login = await begun(here, client, userName)
  const number = await numberOn(there, login.id, client)
  const [request] = await requestsOf(here, phone)
  assert.ok(request, 'nothing is asked')
  const approval = await phone.approve(request, { now: there.now(), number })
  const answered = await sendAnswer(there, request, approval)
  assert.ok(answered.ok, `refused: ${JSON.stringify(answered)}`)
  const taken = await claimLogin(here, { id: login.id, holder: client.holder })
  assert.ok(taken.ok && taken.token, 'no session')
}

async function rotated({ one, two, files }: Nodes, kind: KeyKind) {
  const made = await makeNextKey(one, kind, BY)
  assert.ok(made.ok, `${kind}: ${JSON.stringify(made)}`)
  if (kind === 'root') copyFileSync(...files)
  for (const node of [one, two]) await keepKeys(node)
}

const whyOf = (done: { readonly ok: true } | Refused) => (done.ok ? 'ok' : done.why)

const swept = async (world: TestWorld) => {
  const sweep = sweeper(world)
  for (let run = 0; run < 5; run += 1) await sweep()
}

for (const database of DATABASES)
  suite(`keys are exchanged on ${database}`, () => {
    test('A27 every kind, with two nodes at work: no login fails, and no row needs the old', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two, roots } = nodes
      await ensureSigningKeys(one)
      await two.keyring.refresh()
      const clients = await Promise.all(
        Array.from({ length: 4 }, async (_, at) => {
          const userName = `client-${at}`
          return { userName, phone: await personWithPhone(at % 2 ? one : two, userName) }
        }),
      )
      let logins = 0
      const load = async () => {
        one.advance(seconds(5))
        await Promise.all(
          clients.map(async ({ userName, phone }, at) => {
            await logIn(at % 2 ? [one, two] : [two, one], userName, phone)
            logins += 1
          }),
        )
      }
      await checkpoint(one)
      const before = await listKeys(one.db)
      const dumped = { ...one.keyring.roots.file?.keys() }
      const kinds = KEY_KINDS.filter((kind) => kind !== 'lookup')
      for (const kind of kinds) await rotated(nodes, kind)
      // Known, and not used yet.
      assert.deepEqual(await statesOf(one), ['active', 'next'])
      await load()
      one.advance(hours(1))
      // One of them uses the new keys before the other does.
      await Promise.all([load(), keepKeys(one)])
      await load()
      await Promise.all([load(), keepKeys(two), sweeper(two)(), sweeper(one)()])
      await keepKeys(one)
      assert.deepEqual(await statesOf(one), ['active', 'old'])
      await Promise.all([load(), swept(one), swept(two)])
      await load()
      await checkpoint(two)
      const { keys } = await keyStatus(two)
      for (const { kind, state, needed } of keys)
        if (state === 'old') assert.ok((needed ?? 0) === 0, `${kind}: ${needed} rows`)
      one.advance(hours(24))
      for (const kind of kinds) {
        for (const node of [one, two]) await keepKeys(node)
        assert.equal(whyOf(await retireOldKey(one, { kind, id: 1 }, BY)), 'ok', kind)
      }
      await two.keyring.refresh()
      await load()
      assert.equal(logins, 4 * 7)
      assert.deepEqual(roots[0].versions(), [2])
      assert.deepEqual(roots[1].versions(), [2], 'where the file has it still, memory has not')
      assert.equal(whyOf(await retireOldKey(two, { kind: 'root', id: 1 }, BY)), 'ok')
      assert.deepEqual(rootKeyFile(nodes.files[1], random).versions(), [2])
      assert.deepEqual(await statesOf(two), ['active'])
      // An attacker who has the old key file, and takes the database now, opens nothing.
      const { url } = one
      const stolen = { ...unreadKeys(), ...dumped, rings: new Map() }
      const dump = await openDatabase({ url, keys: stolen, random })
      t.after(async () => await dump.close())
      const [phone] = clients
      await assert.rejects(findAuthenticator(dump, authenticatorOf(phone?.phone as TestPhone)))
      const after = await listKeys(one.db)
      for (const key of after)
        if (key.wrapped && key.kind !== 'root') assert.equal(key.wrappedWith, 'file:2')
      assert.equal(
        before.some(({ kind, wrapped }) => kind === 'sealing' && wrapped),
        true,
      )
      // The log is verified with the old key, which has signed, and the new one.
      const verified = await verifyLog(two, { checkpoints: [] })
      assert.deepEqual(verified.findings, [])
      assert.ok(verified.checkpoints >= 2)
    })

    test('A27 a key that one node does not know is not used', async (t) => {
      const { one, two } = await twoNodes(t, database)
      for (const node of [one, two]) await keepKeys(node)
      await makeNextKey(one, 'root', BY)
      await makeNextKey(one, 'sealing', BY)
      one.advance(minutes(1))
      await keepKeys(one)
      // The key file of the second node has no second key; and it has not read the other one yet.
      assert.deepEqual(await statesOf(one), ['active', 'next'])
      await keepKeys(two)
      await keepKeys(one)
      const states = new Map(one.keyring.all().map((key) => [`${key.kind} ${key.id}`, key.state]))
      assert.equal(states.get('root 2'), 'next')
      assert.equal(states.get('sealing 2'), 'active')
    })

    test('A27 of two operators who exchange the same key at once one does it', async (t) => {
      const { one, two } = await twoNodes(t, database)
      for (const kind of ['sealing', 'root'] as const) {
        const both = await Promise.all([makeNextKey(one, kind, BY), makeNextKey(two, kind, BY)])
        assert.deepEqual(both.map(whyOf).toSorted(), ['ok', 'under-way'], kind)
      }
      const versions = [one, two].map(({ keyring }) => keyring.roots.file?.versions().length)
      assert.deepEqual(versions.toSorted(), [1, 2], 'the key of the other does not count')
    })

    test('A27 the late one of two who share a key file leaves the key of the other', async (t) => {
      const { one, two, roots } = await twoNodes(t, database)
      assert.equal(whyOf(await makeNextKey(one, 'root', BY)), 'ok')
      // The second has looked before the first wrote.
      const [file] = roots
      const late = { ...file, versions: () => [1] }
      const keyring = {
        ...two.keyring,
        refresh: async () => {},
        roots: { ...two.keyring.roots, file: late },
      }
      assert.equal(whyOf(await makeNextKey({ ...two, keyring }, 'root', BY)), 'under-way')
      assert.deepEqual(file.versions(), [1, 2])
    })

    test('A27 a next key that one copy of the file has lost is given up for another', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two, files } = nodes
      const [here, there] = files
      for (const kind of ['root', 'audit'] as const) await makeNextKey(one, kind, BY)
      // Copied the wrong way round.
      copyFileSync(there, here)
      assert.equal(one.serverKeys.auditBeside.length, 1)
      // As an earlier version has kept the first one.
      await getServerKey(one.db, 'audit', () => 'the first')
      assert.equal(whyOf(await makeNextKey(one, 'root', BY)), 'under-way')
      for (const kind of ['root', 'audit'] as const) {
        assert.deepEqual(await retireOldKey(one, { kind, id: 2 }, BY), { ok: true })
        assert.equal(whyOf(await retireOldKey(one, { kind, id: 1 }, BY)), 'not-old')
      }
      assert.deepEqual(one.serverKeys.auditBeside, [], 'it has signed nothing, and never will')
      assert.equal(await findServerKey(one.db, 'audit'), 'the first')
      await rotated(nodes, 'root')
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      const root = two.keyring.all().filter(({ kind }) => kind === 'root')
      assert.deepEqual(
        root.map(({ id, state }) => [id, state]),
        [
          [3, 'active'],
          [2, 'retired'],
          [1, 'old'],
        ],
      )
    })

    test('A27 the first key for ID tokens is there before another can be made', async (t) => {
      const { one } = await twoNodes(t, database)
      assert.equal(whyOf(await makeNextKey(one, 'oidc', BY)), 'ok')
      const oidc = one.keyring.all().filter(({ kind }) => kind === 'oidc')
      assert.deepEqual(
        oidc.map(({ state }) => state),
        ['next', 'active'],
      )
    })

    test('A27 an old key stays while a row needs it, and says how many', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two } = nodes
      const damaged = authenticatorOf(await personWithPhone(one, 'anna'))
      await personWithPhone(one, 'ben')
      for (const kind of ['sealing', 'pepper'] as const) await rotated(nodes, kind)
      const retire = async (kind: KeyKind) => await retireOldKey(one, { kind, id: 1 }, BY)
      assert.deepEqual(await retire('pepper'), { ok: false, why: 'not-old', state: 'active' })
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      assert.equal(whyOf(await retire('pepper')), 'kept')
      one.advance(minutes(11))
      await keepKeys(one)
      assert.equal(whyOf(await retire('pepper')), 'needed')
      // What does not open may hold a hash: it counts, and keeps no one from being told the rest.
      const stateIs = async (state: Uint8Array) =>
        await one.db.commit([
          any(one.db.write.updateTable('authenticator').set({ state }).where('id', '=', damaged)),
        ])
      const { state } = await one.db.read
        .selectFrom('authenticator')
        .select('state')
        .where('id', '=', damaged)
        .executeTakeFirstOrThrow()
      await stateIs(
        Uint8Array.from(state, (byte, at) => (at === state.length - 1 ? byte ^ 1 : byte)),
      )
      assert.deepEqual(await retire('pepper'), { ok: false, why: 'needed', rows: 3 })
      await stateIs(state)
      await begun(two, browser(), 'anna')
      assert.deepEqual(await retire('pepper'), { ok: false, why: 'needed', rows: 1 })
      const wrong = await begin(two, browser(), { userName: 'ben', password: 'a guess' })
      assert.equal(wrong.ok, false)
      assert.deepEqual(await retire('pepper'), { ok: false, why: 'needed', rows: 1 })
      await begun(one, browser(), 'ben')
      assert.deepEqual(await retire('pepper'), { ok: true })
      const sealed = await retire('sealing')
      assert.ok(!sealed.ok && sealed.why === 'needed' && sealed.rows > 3)
      await swept(one)
      assert.deepEqual(await retire('sealing'), { ok: true })
      assert.deepEqual(await retire('sealing'), { ok: false, why: 'not-old', state: 'retired' })
      await begun(two, browser(), 'ben')
    })

    test('A27 a password that is revoked needs no pepper, and neither does a canary', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two } = nodes
      await personWithPhone(one, 'anna')
      const made = await makeCanaries(one, { count: 1, by: BY.by })
      assert.ok(made.ok && made.made === 1)
      const id = await one.add({ userName: 'ben', password: PASSWORD })
      await rotated(nodes, 'pepper')
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      one.advance(minutes(11))
      await keepKeys(one)
      await begun(two, browser(), 'anna')
      const retire = async () => await retireOldKey(one, { kind: 'pepper', id: 1 }, BY)
      assert.deepEqual(await retire(), { ok: false, why: 'needed', rows: 1 })
      const held = await listAuthenticators(one.db, id)
      const changed = held.map(({ value, version }) => ({
        value: { ...value, lifecycle: 'revoked' as const },
        version,
      }))
      const commit = { changed, besides: [], events: [], now: one.now() }
      assert.ok(await commitAuthenticators(one.db, commit))
      assert.deepEqual(await retire(), { ok: true })
    })

    test('A27 a row that has changed since it was read is not sealed over', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two } = nodes
      const id = authenticatorOf(await personWithPhone(one, 'anna'))
      await rotated(nodes, 'sealing')
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      const column = SEALED.find(({ table }) => table === 'authenticator')
      assert.ok(column)
      const bytes = await findSealed(one.db, column, [id])
      const found = await findAuthenticator(two.db, id)
      assert.ok(bytes && found)
      const late = resealWrite(one.db, { column, key: [id] }, bytes)
      const { value, version } = found
      const changed = [{ value: { ...value, state: { changed: true } }, version }]
      const commit = { changed, besides: [], events: [], now: two.now() }
      assert.ok(await commitAuthenticators(two.db, commit))
      await one.db.commit([late])
      const after = await findAuthenticator(one.db, id)
      assert.deepEqual(after?.value.state, { changed: true })
    })

    test('A27 a key that signs ID tokens is published before and after it signs', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two } = nodes
      await ensureSigningKeys(one)
      await two.keyring.refresh()
      const kids = (world: TestWorld) => signingKeysOf(world.keyring).keys.map(({ kid }) => kid)
      const before = kids(one)
      await rotated(nodes, 'oidc')
      const beside = kids(two)
      assert.deepEqual(beside.slice(0, 3), before, 'the old ones sign')
      assert.equal(beside.length, 6)
      one.advance(minutes(59))
      for (const node of [one, two]) await keepKeys(node)
      assert.deepEqual(kids(two), beside)
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      assert.deepEqual(kids(two), [...beside.slice(3), ...before], 'the new ones sign')
      one.advance(hours(12))
      for (const node of [one, two]) await keepKeys(node)
      assert.equal(whyOf(await retireOldKey(one, { kind: 'oidc', id: 1 }, BY)), 'ok')
      await two.keyring.refresh()
      assert.deepEqual(kids(two), beside.slice(3))
    })

    test('A27 a phone is reached with the key that it has subscribed with', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two } = nodes
      const phone = authenticatorOf(await personWithPhone(one, 'anna'))
      const before = one.serverKeys.vapid
      const subscription = {
        endpoint: 'https://push.example.com/anna',
        keys: { p256dh: 'x', auth: 'y' },
      }
      const push = { subscription, permission: 'granted' } as const
      const save = async (pushKey?: string) =>
        await savePush(two, phone, { ...push, ...(pushKey !== undefined && { pushKey }) })
      const keyOf = async () => {
        const found = await findPush(one.db, phone)
        return found?.subscription ? one.serverKeys.vapidOf(found.key ?? 1)?.publicKey : null
      }
      assert.ok((await save()).ok)
      await rotated(nodes, 'vapid')
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      const { publicKey } = two.serverKeys.vapid
      assert.notEqual(publicKey, before.publicKey)
      assert.equal(await keyOf(), before.publicKey)
      one.advance(minutes(10))
      await keepKeys(one)
      const retire = async () => await retireOldKey(one, { kind: 'vapid', id: 1 }, BY)
      assert.deepEqual(await retire(), { ok: false, why: 'needed', rows: 1 })
      assert.ok((await save(publicKey)).ok)
      assert.equal(await keyOf(), publicKey)
      assert.deepEqual(await retire(), { ok: true })
      await two.keyring.refresh()
      // An app that has slept through it: there is no way to it until it subscribes anew.
      assert.ok((await save(before.publicKey)).ok)
      assert.equal(await keyOf(), null)
      assert.ok((await save(publicKey)).ok)
      assert.equal(await keyOf(), publicKey)
    })

    test('A27 a key of the log stays until the next one has signed it', async (t) => {
      const nodes = await twoNodes(t, database)
      const { one, two } = nodes
      await rotated(nodes, 'audit')
      await checkpoint(one)
      one.advance(minutes(1))
      for (const node of [one, two]) await keepKeys(node)
      one.advance(minutes(10))
      await keepKeys(one)
      const retire = async () => await retireOldKey(one, { kind: 'audit', id: 1 }, BY)
      // Without it no checkpoint would count, and a log that was rolled back would be signed.
      assert.deepEqual(await retire(), { ok: false, why: 'needed', rows: 1 })
      await checkpoint(one)
      assert.deepEqual(await retire(), { ok: true })
    })

    test('A27 the operator and the reason stand in the log', async (t) => {
      const { one } = await twoNodes(t, database)
      for (const why of ['', ' ', 'x'.repeat(201), 'two\nlines'])
        assert.equal(whyOf(await makeNextKey(one, 'tokens', { ...BY, why })), 'no-reason')
      assert.equal(whyOf(await makeNextKey(one, 'lookup', BY)), 'fixed')
      assert.equal(whyOf(await makeNextKey(one, 'tokens', BY)), 'ok')
      const rows = await one.db.read
        .selectFrom('audit_event')
        .select('body')
        .where('kind', '=', 'key.made')
        .execute()
      assert.deepEqual(
        rows.map(({ body }) => JSON.parse(body) as object),
        [
          {
            kind: 'key.made',
            subscriberId: null,
            actor: 'operator:operator-1',
            agent: 'operator-1',
            key: 'tokens',
            id: 2,
            why: 'once a year',
          },
        ],
      )
    })
  })

/** The states of all keys that are exchanged, each once. */
async function statesOf({ db }: TestWorld): Promise<readonly string[]> {
  const keys = await listKeys(db)
  const states = keys.filter(({ kind, state }) => kind !== 'lookup' && state !== 'retired')
  return [...new Set(states.map(({ state }) => state))].toSorted()
}

async function checkpoint(world: TestWorld): Promise<void> {
  await sequenceNow(world)
  await checkpointNow(world)
}
