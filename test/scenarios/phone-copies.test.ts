import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import { minutes } from '#core/time.ts'
import { findAuthenticator } from '#store/authenticators.ts'
import { DATABASES } from '../support/databases.ts'
import {
  begun,
  device,
  numberOn,
  personWithPhone,
  requestsOf,
  sendAnswer,
  typed,
} from '../support/story.ts'
import { browser, testWorld } from '../support/world.ts'

for (const database of DATABASES) {
  suite(`Phones that are copied or shared, on ${database}`, () => {
    test('T-PWA-5 the second signer is found out, and neither is heard any more', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const list = async (one: typeof phone) =>
        await device(world, await one.sign('list', {}, world.now()), 'list')
      assert.ok((await list(phone)).ok)
      const copy = phone.copy()
      world.advance(minutes(1))
      assert.ok((await list(phone)).ok)
      world.advance(minutes(1))
      const refused = await list(copy)
      assert.equal(refused.ok ? null : refused.problem, 'phone.copied')
      world.advance(minutes(1))
      const stopped = await list(phone)
      assert.equal(stopped.ok ? null : stopped.problem, 'phone.revoked')
      const held = await findAuthenticator(world.db, phone.self.authenticator as AuthenticatorId)
      assert.equal(held?.value.lifecycle, 'disabled')
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
