import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Session } from '#core/sessions/session.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { cancelEnrolment, viewEnrolment } from '#engine/devices/enrolment.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import {
  answerOnPage,
  drawAgain,
  startOnPage,
  viewOnPage,
} from '#engine/devices/enrolment-on-page.ts'
import { startLogin } from '#engine/login/start.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { takeDue } from '#store/delivery/outbox.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { pebble } from '../../support/sample-method.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** A client in the portal who holds a password only. */
async function inPortal(world: TestWorld, userName: string): Promise<Session> {
  await world.add({ userName, password: 'seven blue spoons' })
  return await entered(world, userName)
}

/** Another session of the same client. */
async function entered(world: TestWorld, userName: string): Promise<Session> {
  const client = browser()
  const claim = { userName, password: 'seven blue spoons', environment: 'live' as const, client }
  const started = await startLogin(world, { ...claim, platform: 'portal' })
  assert.ok(started.ok)
  const claimed = await claimLogin(world, { id: started.login.id, holder: client.holder })
  assert.ok(claimed.ok && claimed.token)
  return (await findOpenSession(world, claimed.token)) ?? assert.fail('no session')
}

async function begun(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, methods: [pebble] })
  const session = await inPortal(world, 'anna')
  const started = await startOnPage(world, session, { method: 'pebble', request: null })
  assert.ok(started.ok)
  const { id } = started.enrolment
  const wordOf = async () => {
    const found = await findEnrolment(world.db, id)
    const { word } = (found?.value.drawn?.prompt ?? {}) as { readonly word?: string }
    return word ?? assert.fail('nothing is drawn')
  }
  return { world, session, id, wordOf }
}

for (const database of DATABASES) {
  suite(`An authenticator that is bound on a page, on ${database}`, () => {
    test('is bound by the right answer, and its invitation is used up', async (t) => {
      const { world, session, id, wordOf } = await begun(t, database)
      const answer = await wordOf()
      assert.equal((await answerOnPage(world, session, { id, answer })).ok, true)
      const held = await listHoldings(world.db, session.subscriberId)
      assert.deepEqual(held.map(({ method }) => method).sort(), ['password', 'pebble'])
      const again = await answerOnPage(world, session, { id, answer })
      assert.deepEqual(again, { ok: false, problem: 'enrolment.expired' })
    })

    test('A4 S67 ends with the fifth wrong answer, and counts two that come at once', async (t) => {
      const { world, session, id, wordOf } = await begun(t, database)
      const wrong = () => answerOnPage(world, session, { id, answer: 'no' })
      const first = await wrong()
      assert.deepEqual(first, { ok: false, problem: 'enrolment.wrong-answer', triesLeft: 4 })
      const outcomes = await Promise.all(Array.from({ length: 20 }, wrong))
      const judged = outcomes.filter((one) => 'triesLeft' in one || one.ok).length
      assert.ok(judged <= 3, `${judged} of twenty were judged`)
      while ((await findEnrolment(world.db, id))?.value.state === 'open') await wrong()
      const late = await answerOnPage(world, session, { id, answer: await wordOf() })
      assert.deepEqual(late, { ok: false, problem: 'enrolment.too-many-wrong-codes' })
    })

    test('A15 shows what may be seen once to one of two requests', async (t) => {
      const { world, session, id } = await begun(t, database)
      const look = () => viewOnPage(world, session, { id, name: null })
      const seen = await Promise.all([look(), look(), look()])
      assert.equal(seen.filter(({ ok }) => ok).length, 1)
      const again = await look()
      assert.equal(again.ok ? null : again.problem, 'enrolment.seen')
      assert.equal((await viewOnPage(world, session, { id, name: 'proof' })).ok, true)
    })

    test('is drawn again after its time and not before, and then the first is not valid', async (t) => {
      const { world, session, id, wordOf } = await begun(t, database)
      const before = await wordOf()
      const again = () => drawAgain(world, session, { id, way: 'crow' })
      assert.equal((await again()).ok, false)
      world.advance(seconds(121))
      assert.equal((await again()).ok, true)
      assert.equal((await answerOnPage(world, session, { id, answer: before })).ok, false)
      const due = { now: world.now(), limit: 10, lease: seconds(30) }
      const [sent] = await takeDue(world.db, due)
      assert.equal(sent?.channel, 'crow')
      assert.equal(sent?.address, 'the tower')
      assert.deepEqual(sent?.payload, { word: await wordOf(), way: 'crow' })
      assert.equal((await answerOnPage(world, session, { id, answer: await wordOf() })).ok, true)
    })

    test('ends after ten minutes, and serves no other client', async (t) => {
      const { world, session, id, wordOf } = await begun(t, database)
      const other = await inPortal(world, 'beatrice')
      const answer = await wordOf()
      const missing = { ok: false, problem: 'request.not-found' }
      assert.deepEqual(await answerOnPage(world, other, { id, answer }), missing)
      assert.deepEqual(await viewOnPage(world, other, { id, name: null }), missing)
      world.advance(minutes(10))
      const late = await answerOnPage(world, session, { id, answer })
      assert.deepEqual(late, { ok: false, problem: 'enrolment.expired' })
    })

    test('A9 A15 belongs to the session that began it, and does not exist for another', async (t) => {
      const { world, session, id, wordOf } = await begun(t, database)
      const other = await entered(world, 'anna')
      const missing = { ok: false, problem: 'request.not-found' }
      assert.deepEqual(await viewEnrolment(world, other, id), missing)
      assert.deepEqual(await viewOnPage(world, other, { id, name: null }), missing)
      assert.deepEqual(await drawAgain(world, other, { id, way: 'crow' }), missing)
      assert.deepEqual(await answerOnPage(world, other, { id, answer: 'no' }), missing)
      assert.deepEqual(await answerOnPage(world, other, { id, answer: await wordOf() }), missing)
      assert.deepEqual(await cancelEnrolment(world, other, id), missing)
      const found = await findEnrolment(world.db, id)
      assert.deepEqual([found?.value.state, found?.value.wrongCodes], ['open', 0])
      assert.ok((await viewOnPage(world, session, { id, name: null })).ok)
      assert.ok((await answerOnPage(world, session, { id, answer: await wordOf() })).ok)
    })

    test('S66 is not bound by a password alone beside another', async (t) => {
      const { world, session, id, wordOf } = await begun(t, database)
      assert.equal((await answerOnPage(world, session, { id, answer: await wordOf() })).ok, true)
      const refused = await startOnPage(world, session, { method: 'pebble', request: null })
      assert.deepEqual(refused, { ok: false, problem: 'session.insufficient' })
      const unknown = await startOnPage(world, session, { method: 'password', request: null })
      assert.deepEqual(unknown, { ok: false, problem: 'enrolment.not-allowed' })
    })
  })
}
