import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { samplePdf } from '#cli/demo/sample-pdf.ts'
import { STATEMENT_LENGTH_BYTES_MAX, STATEMENTS_MAX } from '#core/documents/statement.ts'
import { newId, type StatementId, type SubscriberId } from '#core/ids.ts'
import {
  addStatement,
  type NewStatement,
  removeStatement,
  statementsOf,
  takeStatement,
} from '#engine/documents/statements.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import {
  addStatement as writeStatement,
  contentHashOf,
  deleteStatement,
  listStatements,
  readStatement,
  recordDownload,
} from '#store/documents/statements.ts'
import { auditOf } from '../../support/audit.ts'
import { firstSession, PASSWORD } from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const pdf = (title: string): Uint8Array => samplePdf({ title, lines: [] })
const YEAR = { kind: 'tax', name: 'Tax statement 2025', day: '2025-12-31', by: 'operator' } as const

const add = async (
  world: TestWorld,
  subscriberId: SubscriberId,
  changes: Partial<NewStatement> = {},
) => await addStatement(world, { ...YEAR, subscriberId, bytes: pdf('2025'), ...changes })

const client = async (world: TestWorld, userName: string) =>
  await world.add({
    userName,
    password: PASSWORD,
    accounts: [{ number: `U-${userName}`, environment: 'live' }],
  })

const eventOf = (subscriberId: SubscriberId, statementId: StatementId) =>
  ({
    kind: 'statement.added',
    subscriberId,
    statementId,
    statement: 'tax',
    by: 'operator',
  }) as const

const kindsOf = async (world: TestWorld, id: SubscriberId) =>
  (await listSubscriberEvents(world.db, id, { limit: 20 }))
    .map(({ event }) => event.kind)
    .filter((kind) => kind.startsWith('statement.'))

/** A file as long as it is to be, that is a PDF to who looks at both ends. */
function padded(length: number): Uint8Array {
  const file = pdf('long')
  const head = file.subarray(0, 9)
  const tail = file.subarray(9)
  return Buffer.concat([head, Buffer.alloc(length - file.length, '%'), tail])
}

for (const database of DATABASES) {
  suite(`Statements of clients on ${database}`, () => {
    test('R002 R028 are kept sealed, in pieces, and come out as they were put in', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const bytes = padded(600_000)
      const added = await add(world, anna, { bytes })
      assert.ok(added.ok)
      const [stored] = await listStatements(world.db, anna)
      assert.ok(stored)
      assert.deepEqual(await readStatement(world.db, stored), bytes)
      const rows = await world.db.read.selectFrom('statement_part').selectAll().execute()
      assert.equal(rows.length, 3)
      const all = Buffer.concat(rows.map((row) => Buffer.from(row.bytes)))
      assert.equal(all.includes('%PDF'), false)
      assert.deepEqual(await kindsOf(world, anna), ['statement.added'])
      const event = (await auditOf(world)).find(({ kind }) => kind === 'statement.added')
      const contentHash = contentHashOf(world.db, { subscriberId: anna, bytes })
      assert.ok(event?.kind === 'statement.added' && event.contentHash === contentHash)
    })

    test('a piece that was moved or taken away is not read', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      assert.ok((await add(world, anna, { bytes: padded(600_000) })).ok)
      const [stored] = await listStatements(world.db, anna)
      assert.ok(stored)
      const { write } = world.db
      const swap = async () => {
        for (const [from, to] of [
          [1, 7],
          [0, 1],
          [7, 0],
        ] as const) {
          const moved = write.updateTable('statement_part').set({ part: to })
          await world.db.commit([{ ...moved.where('part', '=', from).compile(), rows: 1 }])
        }
      }
      await swap()
      await assert.rejects(readStatement(world.db, stored))
      await swap()
      assert.ok(await readStatement(world.db, stored))
      const gone = write.deleteFrom('statement_part').where('part', '=', 2)
      await world.db.commit([{ ...gone.compile(), rows: 1 }])
      await assert.rejects(readStatement(world.db, stored), /not as long/)
    })

    test('the same file sent twice is there once, and under another name it is refused', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const benoit = await client(world, 'benoit')
      const first = await add(world, anna)
      assert.deepEqual(await add(world, anna), first)
      const renamed = await add(world, anna, { name: 'Another name' })
      assert.deepEqual(renamed, { ok: false, problem: 'statement.taken' })
      // What one client has is nothing to another.
      assert.ok((await add(world, benoit)).ok)
      assert.equal((await statementsOf(world, anna)).length, 1)
      assert.deepEqual(await kindsOf(world, anna), ['statement.added'])
    })

    test('S106 what is too long, no PDF or badly described is refused and leaves nothing', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const tried = async (changes: Partial<NewStatement>) => {
        const answer = await add(world, anna, changes)
        return answer.ok ? null : answer.problem
      }
      assert.equal(
        await tried({ bytes: padded(STATEMENT_LENGTH_BYTES_MAX + 1) }),
        'statement.too-large',
      )
      assert.equal(await tried({ bytes: Buffer.from('<html>') }), 'statement.not-a-pdf')
      assert.equal(await tried({ bytes: new Uint8Array() }), 'statement.not-a-pdf')
      assert.equal(await tried({ name: 'two\nlines' }), 'statement.malformed')
      assert.equal(await tried({ day: '2025-02-30' }), 'statement.malformed')
      assert.equal(await tried({ agent: 'Anna Example' }), 'desk.not-an-agent')
      assert.deepEqual(await statementsOf(world, anna), [])
      assert.deepEqual(await kindsOf(world, anna), [])
      assert.equal(await tried({ bytes: padded(STATEMENT_LENGTH_BYTES_MAX) }), null)
    })

    test('of two that come at once and would take one slot, one is written', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const first = await add(world, anna)
      assert.ok(first.ok)
      const [held] = await listStatements(world.db, anna)
      assert.ok(held)
      const event = eventOf(anna, held.id)
      const other = {
        ...held,
        id: newId('stm', world.now(), world.random),
        contentHash: 'other',
      }
      const bytes = pdf('another')
      assert.equal(await writeStatement(world.db, { statement: other, bytes, event }), false)
      const same = { ...other, slot: 2, contentHash: held.contentHash }
      assert.equal(await writeStatement(world.db, { statement: same, bytes, event }), false)
      const parts = await world.db.read
        .selectFrom('statement_part')
        .select('statement_id')
        .execute()
      assert.deepEqual(
        parts.map(({ statement_id }) => statement_id),
        [held.id],
      )
      assert.deepEqual(await kindsOf(world, anna), ['statement.added'])
    })

    test('a client has so many and no more, until one is removed', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      for (let count = 0; count < STATEMENTS_MAX; count += 1)
        assert.ok((await add(world, anna, { bytes: pdf(`Page ${count}`) })).ok)
      assert.deepEqual(await add(world, anna), { ok: false, problem: 'statement.too-many' })
      const [held] = await listStatements(world.db, anna)
      assert.ok(held)
      const id = newId('stm', world.now(), world.random)
      const beyond = { ...held, id, slot: STATEMENTS_MAX + 1, contentHash: 'beyond' }
      const event = eventOf(anna, id)
      const bytes = pdf('beyond')
      // The schema is the second guard.
      await assert.rejects(writeStatement(world.db, { statement: beyond, bytes, event }))
      assert.ok((await removeStatement(world, { id: held.id, by: 'operator' })).ok)
      assert.ok((await add(world, anna)).ok)
    })

    test('a client takes a copy of what is theirs, and of nothing else', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const benoit = await client(world, 'benoit')
      const [own, others] = [await add(world, anna), await add(world, benoit)]
      assert.ok(own.ok && others.ok)
      const session = await firstSession(world, 'anna')
      const copy = await takeStatement(world, session, own.statement.id)
      assert.ok(copy.ok)
      assert.deepEqual(Buffer.from(copy.bytes), Buffer.from(pdf('2025')))
      const none = { ok: false, problem: 'statement.not-found' }
      assert.deepEqual(await takeStatement(world, session, others.statement.id), none)
      assert.deepEqual(await takeStatement(world, session, 'stm_nothing'), none)
      assert.deepEqual(await kindsOf(world, benoit), ['statement.added'])
      assert.deepEqual(await kindsOf(world, anna), ['statement.downloaded', 'statement.added'])
    })

    test('a copy is not handed to a session that has ended meanwhile', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const own = await add(world, anna)
      assert.ok(own.ok)
      const session = await firstSession(world, 'anna')
      await endSession(world, session, { id: session.id, by: 'holder' })
      const late = await takeStatement(world, session, own.statement.id)
      assert.deepEqual(late, { ok: false, problem: 'session.missing' })
      assert.deepEqual(await kindsOf(world, anna), ['statement.added'])
    })

    test('a session takes sixty copies in ten minutes', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const own = await add(world, anna)
      assert.ok(own.ok)
      const session = await firstSession(world, 'anna')
      for (let count = 0; count < 60; count += 1)
        assert.ok((await takeStatement(world, session, own.statement.id)).ok)
      const beyond = await takeStatement(world, session, own.statement.id)
      assert.equal(!beyond.ok && beyond.problem, 'request.too-many')
    })

    test('a removed one is gone with its bytes, and a second removal finds none', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const added = await add(world, anna)
      assert.ok(added.ok)
      const { id } = added.statement
      const removing = { id, by: 'operator', agent: 'agent-7' } as const
      assert.ok((await removeStatement(world, removing)).ok)
      assert.deepEqual(await removeStatement(world, removing), {
        ok: false,
        problem: 'statement.not-found',
      })
      assert.deepEqual(await world.db.read.selectFrom('statement_part').selectAll().execute(), [])
      assert.deepEqual(await kindsOf(world, anna), ['statement.removed', 'statement.added'])
      const event = { ...eventOf(anna, id), kind: 'statement.removed' } as const
      assert.equal(await deleteStatement(world.db, { id, now: world.now(), event }), false)
      assert.equal((await kindsOf(world, anna)).length, 2)
    })

    test('a copy of one that is removed at the same moment is not handed out', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, 'anna')
      const own = await add(world, anna)
      assert.ok(own.ok)
      const session = await firstSession(world, 'anna')
      const { id, kind } = own.statement
      const about = { statementId: id, statement: kind }
      const event = { kind: 'statement.downloaded', subscriberId: anna, ...about } as const
      const download = { id, within: session.id, now: world.now(), event }
      assert.ok((await removeStatement(world, { id, by: 'operator' })).ok)
      assert.equal(await readStatement(world.db, own.statement), null)
      assert.equal(await recordDownload(world.db, download), false)
      assert.deepEqual(await kindsOf(world, anna), ['statement.removed', 'statement.added'])
    })
  })
}
