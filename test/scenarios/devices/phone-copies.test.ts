import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { type AuthenticatorId, newId } from '#core/ids.ts'
import { after, minutes, seconds } from '#core/time/time.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { findLogin } from '#store/login/logins.ts'
import { type DatabaseKind, DATABASES } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import {
  begun,
  device,
  numberOn,
  personWithPhone,
  requestsOf,
  sendAnswer,
  typed,
} from '../../support/clients/engine-story.ts'
import { sessionBy } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** Anna has typed her password in a browser that is new to her, and her phone is asked. */
async function askedOnPhone(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const phone = await personWithPhone(world, 'anna')
  const client = browser()
  const login = await begun(world, client, 'anna')
  const [request = assert.fail()] = await requestsOf(world, phone)
  return { world, phone, login, request, number: await numberOn(world, login.id, client) }
}

const newLoginId = ({ now, random }: TestWorld) => newId('log', now(), random)

for (const database of DATABASES) {
  suite(`Phones that are copied or shared, on ${database}`, () => {
    test('T-PWA-5 the second signer is found out, and neither is heard any more', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const list = async (one: typeof phone) =>
        await device(world, await one.sign('list', {}, world.now()), 'list')
      assert.ok((await list(phone)).ok)
      const copy = phone.copy()
      const open = await sessionBy(world, phone, 'anna')
      world.advance(minutes(1))
      assert.ok((await list(phone)).ok)
      assert.ok(await findLiveSession(world, open.id))
      world.advance(minutes(1))
      const refused = await list(copy)
      assert.equal(refused.ok ? null : refused.problem, 'phone.copied')
      world.advance(minutes(1))
      const stopped = await list(phone)
      assert.equal(stopped.ok ? null : stopped.problem, 'phone.revoked')
      const held = await findAuthenticator(world.db, phone.self.authenticator as AuthenticatorId)
      assert.equal(held?.value.lifecycle, 'disabled')
      // Whichever of the two has opened it.
      assert.equal(await findLiveSession(world, open.id), null)
    })

    test('S10 a phone that asks without end hears that it is the phone, until when', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const until = after(world.now(), minutes(1))
      const list = async () =>
        await device(world, await phone.sign('list', {}, world.now()), 'list')
      for (let asked = 0; asked < 120; asked += 1) assert.ok((await list()).ok, `${asked}`)
      assert.deepEqual(await list(), { ok: false, problem: 'phone.too-many', until })
    })

    test('T-PWA-5 is disabled although its row is written at the same moment', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const id = phone.self.authenticator as AuthenticatorId
      const copy = phone.copy()
      world.advance(minutes(1))
      const own = await phone.sign('list', {}, world.now())
      assert.ok((await device(world, own, 'list')).ok)
      world.advance(minutes(1))
      // The first commit looks at the request, the second disables.
      let commits = 0
      const busy = interrupted(world, async () => {
        commits += 1
        const held = await findAuthenticator(world.db, id)
        if (commits !== 2 || !held) return
        const changed = [{ value: { ...held.value, label: 'Mine' }, version: held.version }]
        await commitAuthenticators(world.db, { now: world.now(), changed, events: [] })
      })
      const refused = await device(busy, await copy.sign('list', {}, world.now()), 'list')
      assert.equal(refused.ok ? null : refused.problem, 'phone.copied')
      assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'disabled')
      assert.equal(commits, 3, 'it is written again')
    })

    test('T-PWA-5 a copy that speaks first is found out by the phone', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const copy = phone.copy()
      const list = async (one: typeof phone) => {
        world.advance(minutes(1))
        return await device(world, await one.sign('list', {}, world.now()), 'list')
      }
      assert.ok((await list(copy)).ok)
      const refused = await list(phone)
      assert.equal(refused.ok ? null : refused.problem, 'phone.copied')
    })

    test('T-PWA-5 a copy that approves opens nothing, and is found out', async (t) => {
      const { world, phone, request, ...asked } = await askedOnPhone(t, database)
      const copy = phone.copy()
      world.advance(seconds(1))
      await requestsOf(world, phone)
      world.advance(seconds(1))
      const now = world.now()
      const refused = await sendAnswer(
        world,
        request,
        await copy.approve(request, { ...asked, now }),
      )
      assert.equal(refused.ok ? null : refused.problem, 'phone.copied')
      const held = await findAuthenticator(world.db, phone.self.authenticator as AuthenticatorId)
      assert.equal(held?.value.lifecycle, 'disabled')
      assert.equal((await findLogin(world.db, asked.login.id))?.value.state, 'expired')
    })

    test('A7 A9 an approval is noted with what it decides: it counts once, and after it nothing older', async (t) => {
      const { world, phone, request, number } = await askedOnPhone(t, database)
      const older = await phone.sign('list', {}, world.now())
      const approval = await phone.approve(request, { now: world.now(), number })
      const both = await Promise.all([1, 2].map(() => sendAnswer(world, request, approval)))
      const outcomes = both.map((one) => (one.ok ? one.outcome : one.problem))
      assert.deepEqual(outcomes.toSorted(), ['approved', 'phone.replayed'])
      const late = await device(world, older, 'list')
      assert.equal(late.ok ? null : late.problem, 'phone.replayed')
    })

    test('A7 an approval that decides nothing is noted all the same', async (t) => {
      const { world, phone, request, number } = await askedOnPhone(t, database)
      const elsewhere = { ...request, transaction: `${request.transaction.slice(0, -1)}!` }
      for (const wrong of [elsewhere, { ...request, transaction: newLoginId(world) }]) {
        const signed = await phone.approve(wrong, { now: world.now(), number })
        for (const problem of ['phone.request-not-found', 'phone.replayed']) {
          const refused = await sendAnswer(world, wrong, signed)
          assert.equal(refused.ok ? null : refused.problem, problem)
        }
      }
      const { context } = request
      const altered = { ...request, context: { ...context, browser: 'Another browser' } }
      const misled = await phone.approve(altered, { now: world.now(), number })
      for (const problem of ['login.malformed-answer', 'phone.replayed']) {
        const refused = await sendAnswer(world, request, misled)
        assert.equal(refused.ok ? null : refused.problem, problem)
      }
      const wrongPin = await phone.approve(request, { now: world.now(), number, wrongPin: true })
      for (const problem of ['login.wrong-answer', 'phone.replayed']) {
        const refused = await sendAnswer(world, request, wrongPin)
        assert.equal(refused.ok ? null : refused.problem, problem)
      }
      const held = await findAuthenticator(world.db, phone.self.authenticator as AuthenticatorId)
      assert.equal(held?.value.failures, 1)
    })

    test('A32 of two users of one phone none answers for the other', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await personWithPhone(world, 'anna')
      const ben = await personWithPhone(world, 'ben')
      const client = browser()
      const login = await begun(world, client, 'anna')
      const [request] = await requestsOf(world, anna)
      assert.ok(request)
      assert.deepEqual(await requestsOf(world, ben), [])
      const number = await numberOn(world, login.id, client)
      const { transaction } = request
      const signed = await ben.approve(request, { now: world.now(), number })
      const refused = await sendAnswer(world, { transaction }, signed)
      assert.equal(refused.ok ? null : refused.problem, 'phone.request-not-found')
      const response = await ben.respond(number, world.now())
      const answered = await typed(world, login, { client, response })
      assert.equal(answered.ok ? null : answered.problem, 'login.wrong-answer')
    })
  })
}
