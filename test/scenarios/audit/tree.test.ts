import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { millis, minutes, seconds } from '#core/time/time.ts'
import {
  AuditCheckpointBlocked,
  AuditLogForked,
  AuditLogRolledBack,
  CHECKPOINT_EVENTS,
  CHECKPOINT_EVERY,
  checkpointer,
  checkpointNow,
  logSigner,
  unsignedFor,
} from '#engine/audit/checkpoints.ts'
import type { Kept } from '#channels/checkpoints/place.ts'
import { signersOf } from '#engine/audit/note.ts'
import { publisher } from '#engine/audit/publish.ts'
import {
  AuditNumberNotDrawn,
  AuditTreeBlocked,
  sequencer,
  sequenceNow,
} from '#engine/audit/sequence.ts'
import { rootAt } from '#engine/audit/tree.ts'
import { checkpointIn } from '#engine/audit/tree-head.ts'
import { verifyLog } from '#engine/audit/verify.ts'
import { listCheckpoints } from '#store/audit/checkpoints.ts'
import { findTree, listLeaves } from '#store/audit/tree.ts'
import { asOwner, writeEvents } from '../../support/audit.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const ALL = Number.MAX_SAFE_INTEGER
const NOTHING_FOUND = { checkpoints: [] }

async function allLeaves(world: TestWorld) {
  const { size } = await findTree(world.db)
  const leaves = []
  for (let start = 0; start < size; start += 256) {
    leaves.push(...(await listLeaves(world.db, start, Math.min(size, start + 256))))
  }
  return leaves
}

for (const database of DATABASES) {
  suite(`The audit log proves itself, on ${database}`, () => {
    test('A22 events get their places in the order of their numbers, each once', async (t) => {
      const world = await testWorld(t, { database })
      await writeEvents(world, 600)
      const sequence = sequencer(world)
      await sequence()
      await writeEvents(world, 3)
      await sequence()
      const leaves = await allLeaves(world)
      assert.equal(leaves.length, 603)
      assert.deepEqual(
        leaves.map(({ seq }) => seq),
        leaves.map(({ seq }) => seq).toSorted((one, other) => one - other),
      )
      assert.deepEqual((await verifyLog(world, NOTHING_FOUND)).findings, [])
      await sequence()
      assert.equal((await findTree(world.db)).size, 603)
    })

    test('A22 two nodes that write and give places at once make one tree', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: world })
      let isWriting = true
      const place = async (node: TestWorld) => {
        const sequence = sequencer(node)
        while (isWriting) {
          await sequence()
          // A job of the server leaves room for others, and so does this.
          await setImmediate()
        }
      }
      const places = [place(world), place(world), place(other)]
      const writers = Array.from({ length: 8 }, (_, at) => writeEvents(at % 2 ? world : other, 40))
      await Promise.all(writers)
      isWriting = false
      await Promise.all(places)
      assert.ok(await sequenceNow(world))
      const { size, findings, waiting } = await verifyLog(other, NOTHING_FOUND)
      assert.deepEqual({ size, findings, waiting }, { size: 320, findings: [], waiting: 0 })
      assert.equal(new Set((await allLeaves(world)).map(({ seq }) => seq)).size, 320)
    })

    test('A22 a checkpoint is due after a minute, or after a thousand events', async (t) => {
      const world = await testWorld(t, { database })
      const [sequence, checkpoint] = [sequencer(world), checkpointer(world)]
      const step = async () => {
        await sequence()
        await checkpoint()
        return (await listCheckpoints(world.db, { after: 0, upTo: ALL })).map(({ size }) => size)
      }
      assert.deepEqual(await step(), [])
      await writeEvents(world, 1)
      assert.deepEqual(await step(), [1])
      await writeEvents(world, 1)
      world.advance(millis(CHECKPOINT_EVERY - 1))
      assert.deepEqual(await step(), [1])
      world.advance(millis(1))
      assert.deepEqual(await step(), [1, 2])
      world.advance(minutes(5))
      assert.deepEqual(await step(), [1, 2])
      await writeEvents(world, CHECKPOINT_EVENTS)
      assert.deepEqual(await step(), [1, 2, 2 + CHECKPOINT_EVENTS])
      await writeEvents(world, CHECKPOINT_EVENTS - 1)
      assert.equal((await step()).length, 3)
      await writeEvents(world, 1)
      assert.equal((await step()).length, 4)
    })

    test('A22 a checkpoint is a signed note of the log, over the root of its size', async (t) => {
      const world = await testWorld(t, { database })
      await writeEvents(world, 300)
      await sequenceNow(world)
      const signed = await checkpointNow(world)
      const note = checkpointIn(signed?.note ?? '')
      assert.ok(note)
      assert.equal(note.head.origin, 'localhost:4600/audit')
      assert.equal(note.head.size, 300)
      assert.deepEqual(Buffer.from(note.head.root), Buffer.from(await rootAt(world.db, 300)))
      const key = logSigner(world).verifier
      assert.deepEqual(signersOf(note, [key]).right, [key])
      const other = await testWorld(t, { database, beside: world })
      assert.equal((await checkpointNow(other))?.note, signed?.note)
    })

    test('A22 rows where the next places belong end in an error and a finding, not in a loop', async (t) => {
      const hash = database === 'sqlite' ? 'zeroblob(40)' : `decode(repeat('00', 40), 'hex')`
      const node = hash.replace('40', '32')
      for (const [planted, found] of [
        [`audit_batch values (3, ${hash})`, { kind: 'behind', level: 0, position: 3 }],
        [`audit_node values (8, 0, ${node})`, { kind: 'behind', level: 8, position: 0 }],
      ] as const) {
        const world = await testWorld(t, { database })
        await writeEvents(world, 3)
        await sequenceNow(world)
        await asOwner(world, [`insert into ${planted}`])
        await writeEvents(world, 300)
        await assert.rejects(sequencer(world)(), AuditTreeBlocked)
        assert.equal((await findTree(world.db)).size, 3)
        assert.deepEqual((await verifyLog(world, NOTHING_FOUND)).findings, [found])
        assert.ok((await unsignedFor(world)) >= 0)
      }
    })

    test('A22 giving places ends with the commit at hand when the server stops', async (t) => {
      const world = await testWorld(t, { database })
      await writeEvents(world, 600)
      const stopping = new AbortController()
      const commit: typeof world.db.commit = async (writes) => {
        stopping.abort()
        return await world.db.commit(writes)
      }
      await sequencer({ db: { ...world.db, commit } })(stopping.signal)
      assert.equal((await findTree(world.db)).size, 256)
      assert.ok(await sequenceNow(world))
      assert.equal((await findTree(world.db)).size, 600)
    })

    test('A22 rows that the log did not sign stop neither signing, nor telling, nor the alarm', async (t) => {
      const world = await testWorld(t, { database })
      const checkpoint = checkpointer(world)
      const told: string[] = []
      const place = { name: 'place', keep: async ({ note }: Kept) => void told.push(note) }
      const publish = publisher(world, [place], ({ problem }) => assert.fail(problem))
      const insert = (size: number, note: string) =>
        `insert into audit_checkpoint values (${size}, ${size}, 253402300799000, '${note}')`
      await writeEvents(world, 1)
      await sequenceNow(world)
      await checkpoint()
      await publish()
      const [first = assert.fail()] = told
      await writeEvents(world, 4)
      await sequenceNow(world)
      // One that no tree reaches, one that is no note, and one over another size.
      await asOwner(world, [insert(2 ** 50, 'x'), insert(4, 'x'), insert(3, first)])
      world.advance(seconds(30))
      assert.equal(await unsignedFor(world), 30_000)
      world.advance(seconds(30))
      await checkpoint()
      await publish()
      const heads = told.map((note) => checkpointIn(note)?.head.size)
      assert.deepEqual(heads, [1, 5])
      assert.equal(await unsignedFor(world), 0)
      const restarted = checkpointer(world)
      await writeEvents(world, 1)
      await sequenceNow(world)
      await asOwner(world, [insert(6, 'x')])
      world.advance(CHECKPOINT_EVERY)
      await assert.rejects(restarted(), AuditCheckpointBlocked)
      assert.equal(await unsignedFor(world), CHECKPOINT_EVERY)
      await writeEvents(world, 1)
      await sequenceNow(world)
      await restarted()
      await publish()
      assert.equal(checkpointIn(told.at(-1) ?? '')?.head.size, 7)
      // What was signed over more than there is stops it, also where the row is all that is left.
      await asOwner(world, ['update audit_tree set size = 5'])
      await assert.rejects(checkpointer(world)(), AuditLogRolledBack)
    })

    test('A22 nothing is signed any more that lacks what was signed, or says otherwise', async (t) => {
      const world = await testWorld(t, { database })
      const checkpoint = checkpointer(world)
      await writeEvents(world, 10)
      await sequenceNow(world)
      await checkpoint()
      const batches = await world.db.read.selectFrom('audit_batch').selectAll().execute()
      assert.equal(batches.length, 1)
      // The hash of the last leaf, and with it the root.
      await asOwner(world, [
        world.db.dialect === 'sqlite'
          ? `update audit_batch set leaves = cast(substr(leaves, 1, 392) || zeroblob(8) as blob)`
          : `update audit_batch
              set leaves = overlay(leaves placing '\\x0000000000000000' from 393)`,
      ])
      await writeEvents(world, 1)
      await sequenceNow(world)
      world.advance(CHECKPOINT_EVERY)
      await assert.rejects(checkpoint(), AuditLogForked)
      await assert.rejects(checkpointNow(world), AuditLogForked)
      await asOwner(world, [
        'delete from audit_batch',
        'delete from audit_checkpoint',
        'update audit_tree set size = 0, seq = 0',
        'delete from audit_event where seq > (select min(seq) from audit_event) + 2',
      ])
      await sequenceNow(world)
      await assert.rejects(checkpoint(), AuditLogRolledBack)
      assert.deepEqual(await listCheckpoints(world.db, { after: 0, upTo: ALL }), [])
    })

    test('A22 nothing is signed any more that lacks what the node has seen another one sign', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: world })
      const checkpoint = checkpointer(world)
      await writeEvents(world, 5)
      await sequenceNow(world)
      await checkpoint()
      await writeEvents(world, 5)
      await sequenceNow(world)
      await checkpointNow(other)
      await checkpoint()
      await asOwner(world, [
        'delete from audit_checkpoint where size > 5',
        'delete from audit_batch where position > 4',
        'update audit_tree set size = 5, seq = (select max(seq) from audit_event) - 5',
        'delete from audit_event where seq > (select seq from audit_tree)',
      ])
      await writeEvents(world, 3)
      await sequenceNow(world)
      world.advance(CHECKPOINT_EVERY)
      await assert.rejects(checkpoint(), AuditLogRolledBack)
    })

    test('A22 no row of the tree is changed or deleted by a statement of the server', async (t) => {
      const { db, ...world } = await testWorld(t, { database })
      await writeEvents({ db, ...world }, 256)
      await sequenceNow({ db })
      await checkpointNow({ db, ...world })
      for (const statement of [
        db.write.updateTable('audit_batch').set({ position: 5 }),
        db.write.deleteFrom('audit_node'),
        db.write.updateTable('audit_checkpoint').set({ note: '' }),
        db.write.deleteFrom('audit_cosignature'),
      ]) {
        const { sql, parameters } = statement.compile()
        if (db.dialect === 'sqlite' && sql.includes('cosignature')) continue
        await assert.rejects(db.commit([{ sql, parameters, rows: null }]), /only ever added/)
      }
    })
  })
}

const server = process.env['COUNTERSIGN_TEST_POSTGRES']
suite('An event whose commit takes long', { skip: server === undefined }, () => {
  const insert = `insert into audit_event (at_ms, kind, body) values (1, 'session.opened', '{}')
    returning seq`

  /** A transaction that has drawn the number of its event, and is not committed yet. */
  async function slowCommit(t: Parameters<typeof testWorld>[0], world: TestWorld) {
    const client = new pg.Client({ connectionString: world.url })
    // The database is dropped while it is connected.
    client.on('error', () => undefined)
    await client.connect()
    t.after(() => client.end().catch(() => undefined))
    await client.query('begin')
    const { rows } = await client.query<{ seq: string }>(insert)
    return { client, seq: Number(rows[0]?.seq) }
  }

  test('A22 keeps the later ones waiting, and stands before them', async (t) => {
    const world = await testWorld(t, { database: 'postgres' })
    const sequence = sequencer(world)
    await writeEvents(world, 2)
    await sequence()
    const { client, seq } = await slowCommit(t, world)
    await writeEvents(world, 3)
    await sequence()
    await sequence()
    assert.equal((await findTree(world.db)).size, 2)
    // Those that come meanwhile do not put it off for ever: only the ones of then are waited for.
    const next = await slowCommit(t, world)
    await client.query('commit')
    await sequence()
    const leaves = await allLeaves(world)
    assert.equal(leaves.length, 6)
    assert.equal(leaves[2]?.seq, seq)
    await next.client.query('commit')
    await sequenceNow(world)
    const { size, findings } = await verifyLog(world, NOTHING_FOUND)
    assert.deepEqual({ size, findings }, { size: 7, findings: [] })
  })

  test('A22 leaves no place free when it comes to nothing', async (t) => {
    const world = await testWorld(t, { database: 'postgres' })
    const { client } = await slowCommit(t, world)
    await writeEvents(world, 1)
    await client.query('rollback')
    assert.ok(await sequenceNow(world))
    assert.equal((await findTree(world.db)).size, 1)
    assert.deepEqual((await verifyLog(world, NOTHING_FOUND)).findings, [])
  })

  test('A22 with a number that was never drawn, an event gets no place and holds up no other', async (t) => {
    const world = await testWorld(t, { database: 'postgres' })
    const planted = 10 ** 15
    const insert = `insert into audit_event (seq, at_ms, kind, body) overriding system value
        values (${planted}, 1, 'session.opened', '{}')`
    await writeEvents(world, 2)
    await asOwner(world, [insert])
    assert.ok(await sequenceNow(world))
    await writeEvents(world, 2)
    assert.ok(await sequenceNow(world))
    assert.equal((await findTree(world.db)).size, 4)
    await checkpointNow(world)
    assert.ok((await unsignedFor(world)) > 0)
    const { findings, waiting } = await verifyLog(world, NOTHING_FOUND)
    assert.deepEqual([findings, waiting], [[{ kind: 'inserted', seq: planted }], 1])
  })

  test('A22 behind a number that was never drawn, and yet has a place, none gets one unheard', async (t) => {
    const world = await testWorld(t, { database: 'postgres' })
    await writeEvents(world, 2)
    await sequenceNow(world)
    const planted = 10 ** 15
    await asOwner(world, [
      `insert into audit_event (seq, at_ms, kind, body) overriding system value
        values (${planted}, 1, 'session.opened', '{}')`,
      `select setval(pg_get_serial_sequence('audit_event', 'seq'), ${planted})`,
    ])
    await sequenceNow(world)
    await checkpointNow(world)
    await asOwner(world, [`select setval(pg_get_serial_sequence('audit_event', 'seq'), 2)`])
    await writeEvents(world, 2)
    world.advance(seconds(30))
    await assert.rejects(sequencer(world)(), AuditNumberNotDrawn)
    assert.equal(await unsignedFor(world), 30_000)
    const { findings } = await verifyLog(world, NOTHING_FOUND)
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['inserted', 'inserted', 'inserted'],
    )
  })

  test('A22 written by another party behind the places that were given, it is found', async (t) => {
    const world = await testWorld(t, { database: 'postgres' })
    const { client, seq } = await slowCommit(t, world)
    await client.query('rollback')
    await writeEvents(world, 2)
    await sequenceNow(world)
    await asOwner(world, [
      `insert into audit_event (seq, at_ms, kind, body) overriding system value
        values (${seq}, 1, 'session.opened', '{}')`,
    ])
    await sequenceNow(world)
    const { findings } = await verifyLog(world, NOTHING_FOUND)
    assert.deepEqual(findings, [{ kind: 'inserted', seq }])
  })
})
