import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { suite, test, type TestContext } from 'node:test'
import type { AuditEvent } from '#core/audit/audit.ts'
import { checkProof } from '#edges/pages/audit/check-proof.ts'
import { checkpointNow, logSigner } from '#engine/audit/checkpoints.ts'
import { noteOf, signatureOf } from '#engine/audit/note.ts'
import { proveEvent } from '#engine/audit/prove.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { checkpointIn, type HeadNote, sha256, textOf } from '#engine/audit/tree-head.ts'
import { type Finding, verifyLog } from '#engine/audit/verify.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { asOwner, writeEvents } from '../../support/audit.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/** A log of this many events, all in the tree and signed; @returns what was kept of it outside. */
async function signedLog(world: TestWorld, count: number): Promise<HeadNote> {
  await writeEvents(world, count)
  assert.ok(await sequenceNow(world))
  const note = checkpointIn((await checkpointNow(world))?.note ?? '')
  assert.ok(note)
  return note
}

async function findingsOf(world: TestWorld, outside: readonly HeadNote[] = []) {
  return (await verifyLog(world, { checkpoints: outside })).findings
}

async function seqs({ db }: TestWorld): Promise<readonly number[]> {
  const rows = await db.read.selectFrom('audit_event').select('seq').orderBy('seq').execute()
  return rows.map(({ seq }) => seq)
}

/** The tree and all that was signed of it are gone; the server makes both anew. */
const FORGET = [
  'delete from audit_batch',
  'delete from audit_node',
  'delete from audit_checkpoint',
  'update audit_tree set size = 0, seq = 0',
]

/** 40 events were signed, and all but 26 are gone, with everything that was signed of them. */
async function cutOff(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  await signedLog(world, 20)
  const outside = await signedLog(world, 20)
  const cut = (await seqs(world))[25] ?? 0
  await asOwner(world, [...FORGET, `delete from audit_event where seq > ${cut}`])
  await sequenceNow(world)
  return { world, outside }
}

for (const database of DATABASES) {
  suite(`A log that was tampered with is found out, on ${database}`, () => {
    test('A22 one of which nothing was changed is whole, whatever is held against it', async (t) => {
      const world = await testWorld(t, { database })
      const outside = [await signedLog(world, 100), await signedLog(world, 200)]
      const verified = await verifyLog(world, { checkpoints: outside })
      assert.deepEqual(verified, {
        size: 300,
        waiting: 0,
        checkpoints: 4,
        findings: [],
        rewinds: [],
      })
      await writeEvents(world, 7)
      assert.equal((await verifyLog(world, { checkpoints: outside })).waiting, 7)
    })

    test('A22 a new one, without an event, is whole; unless its tree claims to have read some', async (t) => {
      const world = await testWorld(t, { database })
      const verified = await verifyLog(world, { checkpoints: [] })
      assert.deepEqual(verified, { size: 0, waiting: 0, checkpoints: 0, findings: [], rewinds: [] })
      await asOwner(world, ['update audit_tree set seq = 5'])
      assert.deepEqual((await findingsOf(world))[0], { kind: 'damaged', position: 0 })
      const other = await testWorld(t, { database })
      await signedLog(other, 3)
      await asOwner(other, ['update audit_tree set seq = seq - 1'])
      assert.deepEqual(await findingsOf(other), [{ kind: 'damaged', position: 3 }])
    })

    test('A22 an event that was changed', async (t) => {
      const world = await testWorld(t, { database })
      await signedLog(world, 30)
      const seq = (await seqs(world))[9] ?? 0
      await asOwner(world, [`update audit_event set at_ms = at_ms + 1 where seq = ${seq}`])
      assert.deepEqual(await findingsOf(world), [{ kind: 'changed', seq }])
    })

    test('A22 an event that was deleted', async (t) => {
      const world = await testWorld(t, { database })
      await signedLog(world, 30)
      const seq = (await seqs(world))[29] ?? 0
      await asOwner(world, [`delete from audit_event where seq = ${seq}`])
      assert.deepEqual(await findingsOf(world), [{ kind: 'deleted', seq }])
    })

    test('A22 an event that was inserted, before the first or between two', async (t) => {
      const world = await testWorld(t, { database })
      await signedLog(world, 30)
      const overriding = database === 'postgres' ? 'overriding system value' : ''
      const insert = (seq: number) => `insert into audit_event (seq, at_ms, kind, body)
        ${overriding} values (${seq}, 1, 'session.opened', '{}')`
      for (const seq of [0, -5]) await asOwner(world, [insert(seq)])
      const before: readonly Finding[] = [
        { kind: 'inserted', seq: -5 },
        { kind: 'inserted', seq: 0 },
      ]
      assert.deepEqual(await findingsOf(world), before)
      // Without a number that is free, those behind it have to move.
      const seq = (await seqs(world))[20] ?? 0
      await asOwner(world, [
        'delete from audit_event where seq < 1',
        `update audit_event set seq = -seq - 1 where seq >= ${seq}`,
        'update audit_event set seq = -seq where seq < 0',
        insert(seq),
      ])
      const found = await findingsOf(world)
      assert.deepEqual(found[0], { kind: 'changed', seq })
      assert.ok(found.length > 10)
    })

    test('A22 two events that have changed places', async (t) => {
      const world = await testWorld(t, { database })
      await signedLog(world, 30)
      const [one = 0, other = 0] = (await seqs(world)).slice(4, 6)
      await asOwner(world, [
        `update audit_event set seq = -1 where seq = ${one}`,
        `update audit_event set seq = ${one} where seq = ${other}`,
        `update audit_event set seq = ${other} where seq = -1`,
      ])
      assert.deepEqual(await findingsOf(world), [
        { kind: 'changed', seq: one },
        { kind: 'changed', seq: other },
      ])
    })

    test('A22 a database that was rolled back, with all that was signed of it', async (t) => {
      const { world, outside } = await cutOff(t, database)
      await checkpointNow(world)
      assert.deepEqual(await findingsOf(world), [])
      const rolledBack: Finding = { kind: 'rolled-back', size: 40, left: 26 }
      assert.deepEqual(await findingsOf(world, [outside]), [rolledBack])
    })

    test('A22 A25 one that was cut off and says that it was set back after a restore', async (t) => {
      const { world, outside } = await cutOff(t, database)
      const { origin } = outside.head
      const fenced: AuditEvent = {
        kind: 'backup.fenced',
        subscriberId: null,
        actor: 'system',
        backupId: null,
        reason: 'drill',
        taken: 0,
        rewound: { origin, size: 26, lost: 14 },
      }
      assert.ok(await world.db.commit(eventWrites(world.db, [fenced], world.now())))
      const [rolledBack] = await findingsOf(world, [outside])
      assert.deepEqual(rolledBack, { kind: 'rolled-back', size: 40, left: 26 })
    })

    test('A22 one that was cut off, although it has grown again while it was read', async (t) => {
      const { world, outside } = await cutOff(t, database)
      // The server goes on after the leaves have been read.
      let isGrown = false
      const lastDrawn = async () => {
        if (!isGrown) await signedLog(world, 30)
        isGrown = true
        return await world.db.lastDrawn()
      }
      const db = { ...world.db, lastDrawn }
      const { findings } = await verifyLog({ ...world, db }, { checkpoints: [outside] })
      assert.deepEqual(findings, [{ kind: 'rolled-back', size: 40, left: 26 }])
    })

    test('A22 one with leaves missing before what was kept outside: that is told of, too', async (t) => {
      const world = await testWorld(t, { database })
      const outside = [await signedLog(world, 300), await signedLog(world, 300)]
      await asOwner(world, ['delete from audit_batch where position < 256'])
      assert.deepEqual(await findingsOf(world, outside), [
        { kind: 'damaged', position: 0 },
        { kind: 'uncompared', size: 300 },
        { kind: 'uncompared', size: 600 },
      ])
    })

    test('A22 one over nothing, kept outside, that is not the root of nothing', async (t) => {
      const world = await testWorld(t, { database })
      const signer = logSigner(world)
      const over = (root: Uint8Array) => {
        const text = textOf({ origin: signer.verifier.name, size: 0, root })
        const note = noteOf({ text, signatures: [signatureOf(signer, text)] })
        return [checkpointIn(note) ?? assert.fail()]
      }
      await signedLog(world, 3)
      assert.deepEqual(await findingsOf(world, over(sha256())), [])
      const forked = await findingsOf(world, over(new Uint8Array(32)))
      assert.deepEqual(forked, [{ kind: 'forked', size: 0 }])
    })

    test('A22 a log that was rewritten, with a tree and signatures that fit it', async (t) => {
      const world = await testWorld(t, { database })
      const outside = await signedLog(world, 300)
      const seq = (await seqs(world))[3] ?? 0
      await asOwner(world, [
        ...FORGET,
        `update audit_event set kind = 'session.ended' where seq = ${seq}`,
      ])
      await sequenceNow(world)
      await checkpointNow(world)
      assert.deepEqual(await findingsOf(world), [])
      assert.deepEqual(await findingsOf(world, [outside]), [{ kind: 'forked', size: 300 }])
    })

    test('A22 a tree that was made to fit another event, under what was signed before', async (t) => {
      const world = await testWorld(t, { database })
      await signedLog(world, 30)
      const seq = (await seqs(world))[3] ?? 0
      await asOwner(world, [
        'delete from audit_batch',
        'update audit_tree set size = 0, seq = 0',
        `update audit_event set kind = 'session.ended' where seq = ${seq}`,
      ])
      await sequenceNow(world)
      assert.deepEqual(await findingsOf(world), [{ kind: 'forked', size: 30 }])
    })

    test('A22 one whose issuer was changed is whole, and goes on under its new name', async (t) => {
      const world = await testWorld(t, { database })
      const outside = [await signedLog(world, 3)]
      const settings = { issuer: 'https://login.example.com' }
      const moved = await testWorld(t, { database, beside: world, settings })
      assert.deepEqual((await verifyLog(moved, { checkpoints: outside })).findings, [])
      const proven = await proveEvent(moved, (await seqs(moved))[1] ?? 0)
      assert.ok(proven.ok)
      const { isSigned, isInTree } = await checkProof({ ...proven.proof, witnesses: [] })
      assert.ok(isSigned && isInTree)
      const latest = await signedLog(moved, 3)
      assert.equal(latest.head.origin, 'login.example.com/audit')
      const { verifier: key } = logSigner(world)
      const checkpoints = [...outside, latest]
      assert.deepEqual((await verifyLog(moved, { checkpoints, keys: [key] })).findings, [])
      // Not the name, but the key by this name has to have signed.
      const [first = assert.fail()] = outside
      const text = first.text.replace(first.head.origin, latest.head.origin)
      const forged = checkpointIn(noteOf({ ...first, text })) ?? assert.fail()
      const { findings } = await verifyLog(moved, { checkpoints: [forged] })
      assert.deepEqual(findings, [{ kind: 'unsigned', size: 3 }])
    })

    test('A22 a checkpoint that another key has signed, or none', async (t) => {
      const world = await testWorld(t, { database })
      const outside = await signedLog(world, 30)
      const stranger = await testWorld(t, { database })
      const text = textOf({ ...outside.head, root: new Uint8Array(32) })
      const forged = noteOf({ text, signatures: [signatureOf(logSigner(stranger), text)] })
      await asOwner(world, [`update audit_checkpoint set note = '${forged}'`])
      assert.deepEqual(await findingsOf(world), [{ kind: 'unsigned', size: 30 }])
      const note = checkpointIn(forged)
      assert.ok(note)
      const found = await findingsOf(world, [note])
      assert.ok(found.every(({ kind }) => kind === 'unsigned') && found.length === 2)
      const { verifier } = logSigner(stranger)
      const kept = await verifyLog(world, { checkpoints: [outside], keys: [verifier] })
      assert.ok(kept.findings.some(({ kind }) => kind === 'unsigned'))
    })

    test('A22 a checkpoint that stands where one over more events, or fewer, belongs', async (t) => {
      const world = await testWorld(t, { database })
      const { head, ...note } = await signedLog(world, 30)
      const moved = (size: number) =>
        `insert into audit_checkpoint values (${size}, 1, 1, '${noteOf(note)}')`
      await asOwner(world, [20, 2 ** 50].map(moved))
      assert.equal(head.size, 30)
      assert.deepEqual(await findingsOf(world), [
        { kind: 'unsigned', size: 20 },
        { kind: 'unsigned', size: 2 ** 50 },
      ])
    })

    test('A22 leaves that are missing, and nodes that were changed', async (t) => {
      const world = await testWorld(t, { database })
      await signedLog(world, 600)
      await asOwner(world, ['delete from audit_batch where position = 512'])
      assert.deepEqual((await findingsOf(world))[0], { kind: 'damaged', position: 512 })
      const other = await testWorld(t, { database })
      await signedLog(other, 600)
      const hash =
        other.db.dialect === 'sqlite' ? 'zeroblob(32)' : `decode(repeat('00', 32), 'hex')`
      await asOwner(other, [`update audit_node set hash = ${hash} where position = 1`])
      assert.deepEqual(await findingsOf(other), [{ kind: 'node', level: 8, position: 1 }])
    })
  })
}

suite('Of a thousand edits by the owner of the database', () => {
  const TABLES = ['audit_event', 'audit_batch', 'audit_node', 'audit_checkpoint', 'audit_tree']
  /** Each of them once, at an event that is drawn. */
  const EDITS: readonly ((seq: number, other: number) => readonly string[])[] = [
    (seq) => [`update audit_event set at_ms = at_ms - 1 where seq = ${seq}`],
    (seq) => [`update audit_event set kind = 'login.denied' where seq = ${seq}`],
    (seq) => [`update audit_event set subscriber_id = null where seq = ${seq}`],
    (seq) => [`update audit_event set body = replace(body, ':', ': ') where seq = ${seq}`],
    (seq) => [`delete from audit_event where seq = ${seq}`],
    (seq) => [`delete from audit_event where seq >= ${seq}`],
    (seq) => [
      `insert into audit_event (seq, at_ms, kind, body) values (${-seq}, 1, 'login.denied', '{}')`,
    ],
    (seq, other) => [
      `update audit_event set seq = -1 where seq = ${seq}`,
      `update audit_event set seq = ${seq} where seq = ${other}`,
      `update audit_event set seq = ${other} where seq = -1`,
    ],
    (seq) => [
      `delete from audit_event where seq >= ${seq}`,
      'delete from audit_batch',
      'update audit_tree set size = 0, seq = 0',
    ],
  ]

  test('A22 F17 a thousand are found', async (t) => {
    const world = await testWorld(t)
    await signedLog(world, 20)
    const outside = await signedLog(world, 20)
    const owner = new DatabaseSync(world.url.replace('sqlite:', ''))
    t.after(() => owner.close())
    owner.exec('pragma synchronous = off')
    await asOwner(world, [])
    for (const table of TABLES) owner.exec(`create table kept_${table} as select * from ${table}`)
    const all = await seqs(world)
    let found = 0
    for (let edit = 0; edit < 1_000; edit += 1) {
      const [seq = 0, other = 0] = [all[(edit * 7) % 40], all[(edit * 7 + 1 + (edit % 38)) % 40]]
      const statements = EDITS[edit % EDITS.length]?.(seq, other) ?? []
      owner.exec(['begin', ...statements, 'commit'].join(';'))
      // The server goes on, and gives places to what it finds.
      if (edit % 3 === 0) await sequenceNow(world)
      if ((await findingsOf(world, [outside])).length > 0) found += 1
      else assert.fail(statements.join('; '))
      const restored = TABLES.flatMap((table) => [
        `delete from ${table}`,
        `insert into ${table} select * from kept_${table}`,
      ])
      owner.exec(['begin', ...restored, 'commit'].join(';'))
    }
    assert.equal(found, 1_000)
    assert.deepEqual(await findingsOf(world, [outside]), [])
  })
})
