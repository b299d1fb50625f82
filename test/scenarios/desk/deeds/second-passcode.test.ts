import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { after, before, days, hours, type Instant } from '#core/time/time.ts'
import { answerCallBack } from '#engine/desk/cases/call-back.ts'
import {
  answerSecond,
  askSecond,
  requestsFor,
  touchOfAgreeing,
} from '#engine/desk/cases/second-person.ts'
import { findOpenMemberSession } from '#engine/desk/sessions.ts'
import { inWithPasscode } from '../../../support/clients/printed.ts'
import { handsetOf, proveNumber, ringing } from '../../../support/desk/call-back.ts'
import {
  acted,
  agent,
  called,
  caller,
  eventsAbout,
  knownBrowser,
  PASSCODE,
} from '../../../support/desk/calls.ts'
import { type Hired, memberLogIn, touched } from '../../../support/desk/staff.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { HONEST, testWorld, type TestWorld } from '../../../support/server/world.ts'

/** Anna has lost her phone for good: whenever she calls, our voice calls her back. */
async function lost(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const handset = handsetOf(world)
  const anna = await caller(world, 'anna')
  await proveNumber(world, anna)
  const home = await knownBrowser(world, anna)
  world.advance(days(40))
  const jane = await agent(world, 'jane')
  const sue = await agent(world, 'sue', { role: 'supervisor' })
  return { world, handset, anna, home, jane, sue }
}

type There = Awaited<ReturnType<typeof lost>>

/** Logs in again, on another day. */
async function back(world: TestWorld, one: Hired): Promise<Hired> {
  const here = await memberLogIn(world, one.key)
  assert.ok(here.ok)
  return { ...one, open: (await findOpenMemberSession(world, here.token)) ?? assert.fail() }
}

/** A whole call: she is called back, two people agree, and the passcode is read out. */
async function calls(there: There) {
  const { world, handset, anna } = there
  const [jane, sue] = [await back(world, there.jane), await back(world, there.sue)]
  const { id: caseId, ...one } = await called(world, jane.open, anna)
  const id = await ringing(world, { open: jane.open, case: { id: caseId, ...one }, of: 'device' })
  const code = await handset.press('1')
  const proven = await answerCallBack(world, jane.open, { caseId, id, code, cells: '' })
  assert.ok(proven.ok, problemOf(proven))
  assert.equal(proven.warrant.level, 'L1')
  const warrantId = proven.warrant.id
  const asking = { caseId, warrantId, asked: PASSCODE }
  const alone = problemOf(await acted(world, jane.open, asking))
  const asked = await askSecond(world, jane.open, { ...asking, reason: 'It lies in the sea.' })
  if (!asked.ok) return { alone, signals: null, done: asked }
  const [waits] = await requestsFor(world, sue.open)
  assert.ok(waits)
  const { request } = waits
  const touch = await touched(world, sue, touchOfAgreeing(request))
  assert.ok((await answerSecond(world, sue.open, { id: request.id, agrees: true, touch })).ok)
  const given = { ...asking, warrantId: null, requestId: request.id }
  return { alone, signals: request.signals, done: await acted(world, jane.open, given) }
}

for (const database of DATABASES) {
  suite(`A second passcode within 30 days, on ${database}`, () => {
    test('R098 R100 A13 two people give it to a client who is called back, and a third to none', async (t) => {
      const there = await lost(t, database)
      const { world, anna, home } = there
      const given: Instant[] = []
      const isIn = async ({ done }: Awaited<ReturnType<typeof calls>>) => {
        assert.ok(done.ok && done.spoken, problemOf(done))
        given.push(world.now())
        await inWithPasscode(world, { userName: 'anna', client: home }, done.spoken)
      }
      const first = await calls(there)
      assert.deepEqual([first.alone, first.signals], ['desk.second-person', []])
      await isIn(first)
      // It has expired, the new phone has not come, and nothing else is in her hands.
      world.advance(days(14))
      const second = await calls(there)
      assert.deepEqual([second.alone, second.signals], ['desk.second-person', ['issued-lately']])
      await isIn(second)
      const [issued] = await eventsAbout(world, anna, 'authenticator.issued')
      assert.ok(issued?.kind === 'authenticator.issued')
      const { agent: by, approvedBy, verified } = issued
      assert.deepEqual([by, approvedBy, verified], ['jane', 'sue', 'call-back'])
      const [one, two] = given
      assert.ok(one && two)
      world.setClock(before(after(one, days(30)), hours(1)))
      const third = await calls(there)
      assert.deepEqual([third.signals, problemOf(third.done)], [null, 'desk.too-many-for-client'])
      world.setClock(after(one, days(30)))
      await isIn(await calls(there))
      // Right after the other is a second one too, however long ago that was.
      world.advance(days(31))
      const later = await calls(there)
      assert.deepEqual([later.alone, later.signals], ['desk.second-person', ['issued-lately']])
      await isIn(later)
    })
  })
}
