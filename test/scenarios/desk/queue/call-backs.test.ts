import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { days, hours, minutes } from '#core/time/time.ts'
import { closeCase, openCase } from '#engine/desk/cases/cases.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import {
  askCallBack,
  endCallBack,
  queueFor,
  queueState,
  takeCallBack,
} from '#engine/desk/queue/call-backs.ts'
import { suspendMember } from '#engine/desk/staff.ts'
import { agent, called, caller, eventsAbout } from '../../../support/desk/calls.ts'
import { handsetOf, proveNumber } from '../../../support/desk/call-back.ts'
import { listed } from '../../../support/desk/behalf.ts'
import { CONSOLE } from '../../../support/desk/staff.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { HONEST, testWorld } from '../../../support/server/world.ts'

/** Anna is to be called back, at a number that has been hers for more than a month. */
async function waits(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  handsetOf(world)
  const anna = await caller(world, 'anna')
  await proveNumber(world, anna)
  world.advance(days(40))
  const jane = await agent(world, 'jane')
  const olga = await agent(world, 'olga')
  const { id: caseId } = await called(world, jane.open, anna)
  assert.ok((await askCallBack(world, jane.open, caseId)).ok)
  const [one] = await queueFor(world, olga.open)
  assert.ok(one)
  return { world, anna, jane, olga, caseId, one }
}

for (const database of DATABASES) {
  suite(`The queue of callbacks, on ${database}`, () => {
    test('R127 it shows since when, masked, each client once, and the client reads that we will call', async (t) => {
      const { world, anna, jane, caseId, one } = await waits(t, database)
      assert.ok((await askCallBack(world, jane.open, caseId)).ok, 'asked twice')
      const queue = await queueFor(world, jane.open)
      assert.deepEqual(queue, [one])
      assert.equal(one.client, 'a•••')
      assert.match(one.number ?? '', /^•••\d\d$/)
      assert.deepEqual([one.taken, one.own, one.canTake], [null, null, true])
      assert.equal((await eventsAbout(world, anna, 'desk.call-back-asked')).length, 1)
    })

    test('one agent takes it, with a case of their own; another sees who has it, and takes none', async (t) => {
      const { world, anna, jane, olga, caseId, one } = await waits(t, database)
      const before = await queueState(world)
      const taken = await takeCallBack(world, olga.open, one.id)
      assert.ok(taken.ok, problemOf(taken))
      assert.notEqual(await queueState(world), before, 'open pages hear of it')
      assert.equal(problemOf(await takeCallBack(world, jane.open, one.id)), 'desk.call-back-taken')
      const [seen] = await queueFor(world, jane.open)
      assert.deepEqual([seen?.taken?.name, seen?.own, seen?.canTake], ['Olga Example', null, false])
      assert.equal((await queueFor(world, olga.open))[0]?.own, taken.case.id)
      assert.equal((await eventsAbout(world, anna, 'desk.case-opened')).length, 2)
      const view = await viewCase(world, olga.open, taken.case.id)
      assert.ok(view.ok)
      assert.equal(view.isCallBack, true)
      const asked = await viewCase(world, jane.open, caseId)
      assert.ok(asked.ok && !asked.isCallBack, 'the case in which it was asked for')
      assert.deepEqual(
        view.others.map(({ name }) => name),
        ['Jane Example'],
        'they see each other',
      )
      const end = { id: one.id, as: 'done' } as const
      assert.equal(problemOf(await endCallBack(world, jane.open, end)), 'desk.no-request')
      assert.ok((await endCallBack(world, olga.open, end)).ok)
      const done = await viewCase(world, olga.open, taken.case.id)
      assert.ok(done.ok && !done.isCallBack, 'it is done')
      assert.deepEqual(await queueFor(world, jane.open), [])
      assert.equal(problemOf(await takeCallBack(world, jane.open, one.id)), 'desk.no-request')
    })

    test('of two who take it at once, from one read, one has it', async (t) => {
      const { world, jane, olga, one } = await waits(t, database)
      // Both have read it before either writes.
      let release = (): void => undefined
      const both = new Promise<void>((resolve) => {
        release = resolve
      })
      let waiting = 0
      const commit: typeof world.db.commit = async (writes) => {
        waiting += 1
        if (waiting === 2) release()
        await both
        return await world.db.commit(writes)
      }
      const held = { ...world, db: { ...world.db, commit } }
      const [first, second] = await Promise.all([
        takeCallBack(held, jane.open, one.id),
        takeCallBack(held, olga.open, one.id),
      ])
      const got = [first, second].filter(({ ok }) => ok)
      assert.equal(got.length, 1)
      const lost = first.ok ? second : first
      assert.equal(problemOf(lost), 'desk.call-back-taken')
    })

    test('A13 an agent who takes them looks at clients: sixty an hour, and an alarm', async (t) => {
      const { world, olga, one } = await waits(t, database)
      const unknown = { by: 'user-name', typed: 'no-client', reason: 'question' } as const
      for (let count = 0; count < 60; count += 1) await openCase(world, olga.open, unknown)
      const refused = await takeCallBack(world, olga.open, one.id)
      assert.equal(problemOf(refused), 'desk.too-many-searches')
      const alarms = await world.db.read
        .selectFrom('audit_event')
        .select('seq')
        .where('kind', '=', 'desk.searched-too-often')
        .execute()
      assert.equal(alarms.length, 1)
    })

    test('A13 who has taken it ends it, when the client has come to have something of the staff', async (t) => {
      const { world, jane, olga, one } = await waits(t, database)
      const taken = await takeCallBack(world, olga.open, one.id)
      assert.ok(taken.ok)
      await listed(world, 'zoe', { own: { 'user-name': 'anna' } })
      assert.deepEqual(await queueFor(world, jane.open), [])
      const [own] = await queueFor(world, olga.open)
      assert.deepEqual([own?.id, own?.canTake], [one.id, false])
      world.advance(minutes(16))
      assert.equal((await queueFor(world, olga.open))[0]?.canTake, false)
      // Its case is over, and no other agent may take it: it is still theirs to end.
      await closeCase(world, olga.open, taken.case.id)
      assert.equal((await queueFor(world, olga.open))[0]?.own, taken.case.id)
      assert.ok((await endCallBack(world, olga.open, { id: one.id, as: 'done' })).ok)
    })

    test('it is not lost when its agent puts it back, leaves, or closes the case', async (t) => {
      const { world, jane, olga, one } = await waits(t, database)
      const taken = async (by: typeof jane) => {
        const done = await takeCallBack(world, by.open, one.id)
        assert.ok(done.ok, problemOf(done))
        return done.case.id
      }
      await taken(olga)
      assert.ok((await endCallBack(world, olga.open, { id: one.id, as: 'returned' })).ok)
      await closeCase(world, olga.open, await taken(olga))
      assert.equal((await queueFor(world, jane.open))[0]?.canTake, true)
      await taken(olga)
      assert.ok((await suspendMember(world, CONSOLE, olga.member.id)).ok)
      await taken(jane)
      world.advance(minutes(16))
      assert.equal((await queueFor(world, jane.open))[0]?.canTake, true, 'no one is there')
      world.advance(hours(20))
      assert.equal((await queueFor(world, jane.open)).length, 1, 'it waits till it is done')
    })

    test('R126 A13 there is none without a number of thirty days, and none for staff', async (t) => {
      const { world, jane, olga, one } = await waits(t, database)
      const ben = await caller(world, 'ben')
      const { id } = await called(world, jane.open, ben)
      assert.equal(problemOf(await askCallBack(world, jane.open, id)), 'desk.cannot-ask')
      assert.equal(problemOf(await askCallBack(world, olga.open, id)), 'desk.no-case')
      const before = await queueState(world)
      const zoe = await listed(world, 'zoe', { own: { 'user-name': 'anna' } })
      assert.equal(problemOf(await takeCallBack(world, olga.open, one.id)), 'desk.no-request')
      assert.deepEqual(await queueFor(world, olga.open), [], 'as little as a search finds')
      assert.notEqual(await queueState(world), before)
      assert.ok((await suspendMember(world, CONSOLE, zoe.id)).ok)
      assert.deepEqual(await queueFor(world, olga.open), [one], 'it has waited on')
      const rosa = await agent(world, 'rosa', { role: 'documents' })
      assert.equal(problemOf(await takeCallBack(world, rosa.open, one.id)), 'desk.not-this-role')
      for (const bad of ['', 'cbk_1', 'cas_1', '\u0000'])
        assert.equal(problemOf(await takeCallBack(world, olga.open, bad)), 'desk.no-request')
    })
  })
}
