import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { minutes } from '#core/time.ts'
import { answerLogin } from '#engine/answer.ts'
import { setContact } from '#engine/contacts.ts'
import { orderSent, tokenReturned } from '#engine/fulfilment.ts'
import { startIdentified } from '#engine/identification.ts'
import { offerLogin } from '#engine/offers.ts'
import { answerArrival, beginArrival, withdrawOrder } from '#engine/orders.ts'
import { choosePassword } from '#engine/password.ts'
import { giveLeave, setPrimary } from '#engine/primary.ts'
import { setSeamless } from '#engine/security.ts'
import { setLanguage } from '#engine/subscribers.ts'
import { sampleCard, SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { deliver } from '../support/card.ts'
import { findStamp } from '#store/security-stamp.ts'
import { DATABASES, type DatabaseKind } from '../support/databases.ts'
import { interrupted, outrun } from '../support/interrupted.ts'
import { askedOnArrival, inPortal, ordered, sentTo, wealthy } from '../support/orders.ts'
import {
  begin,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
} from '../support/story.ts'
import { personWithPasskey } from '../support/passkey.ts'
import { browser, ISSUER, type TestWorld, testWorld } from '../support/world.ts'

/** Steps that were overtaken between what they read and what they wrote: what they say, and what they cost. */

const problemOf = (result: { readonly ok: boolean } & object): string =>
  'problem' in result ? String(result.problem) : 'ok'

async function buyer(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const session = await inPortal(world, await wealthy(world))
  return { world, session, order: await ordered(world, session) }
}

for (const database of DATABASES) {
  suite(`An order that was changed meanwhile, on ${database}`, () => {
    test('says so itself: its devices are not what was changed', async (t) => {
      const { world, session, order } = await buyer(t, database)
      const late = outrun(world, 'device_order')
      assert.equal(problemOf(await withdrawOrder(late, session, order.id)), 'order.conflict')
      await deliver(world, new Map([['CARD-D', sampleCard('d')]]))
      const sending = { id: order.id, serial: 'CARD-D', by: 'operator' } as const
      assert.equal(problemOf(await orderSent(late, sending)), 'order.conflict')
      const { card, serial } = await sentTo(world, order)
      assert.equal(problemOf(await beginArrival(late, session, order.id)), 'order.conflict')
      const number = await askedOnArrival(world, session, order)
      for (const pin of ['9876', SAMPLE_PIN]) {
        const proof = { id: order.id, answer: { response: card.press(pin, number) } }
        assert.equal(problemOf(await answerArrival(late, session, proof)), 'order.conflict')
      }
      const back = await tokenReturned(late, { serial, by: 'operator' })
      assert.equal(problemOf(back), 'token.conflict')
      // Nothing of it was done: what is asked now is as it was.
      assert.equal(problemOf(await beginArrival(world, session, order.id)), 'ok')
    })
  })

  suite(`A client who was changed meanwhile, on ${database}`, () => {
    test('is told apart from their account and from their devices', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const clerk = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
      const session = await firstSession(world, 'anna')
      const late = outrun(world, 'subscriber')
      const by = 'operator' as const
      const primary = { id: clerk, primary: { id, name: 'Anna' }, by }
      const said = async (steps: readonly Promise<{ readonly ok: boolean } & object>[]) =>
        (await Promise.all(steps)).map(problemOf)
      assert.deepEqual(await said([setLanguage(late, { id, language: 'fr', by })]), CONFLICT)
      assert.deepEqual(await said([setSeamless(late, session, false)]), CONFLICT)
      assert.deepEqual(await said([setPrimary(late, primary)]), CONFLICT)
      assert.deepEqual(await said([setPrimary(world, primary)]), ['ok'])
      assert.deepEqual(await said([giveLeave(late, session, clerk)]), CONFLICT)
      assert.deepEqual(await said([passwordOf(outrun(world, 'authenticator'), id)]), CONFLICT)
      assert.deepEqual(await said([contactOf(world, id)]), CONFLICT)
    })
  })

  suite(`What a login took of the tries of its address, on ${database}`, () => {
    test('S10 is given back when the login is written, and not when it was lost', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      const phone = await personWithPhone(world, 'boris')
      const { key } = await personWithPasskey(world, 'carla')
      const doors: Readonly<Record<string, (node: TestWorld) => Promise<string>>> = {
        'a password alone': async (node) =>
          problemOf(await begin(node, browser(), { userName: 'anna', platform: 'portal' })),
        'a response': async (node) => {
          const client = browser()
          const login = await begun(world, client, 'boris')
          const number = await numberOn(world, login.id, client)
          const answer = { response: await phone.respond(number, world.now()) }
          return problemOf(await answerLogin(node, { id: login.id, holder: client.holder, answer }))
        },
        'a passkey': async (node) => {
          const client = browser()
          const offer = offerLogin(world, client.holder) ?? assert.fail('nothing is offered')
          const typed = key.assert(offer.script.data, { origin: ISSUER })
          const claim = {
            offer: offer.sealed,
            typed,
            environment: 'live',
            platform: 'trade',
          } as const
          return problemOf(await startIdentified(node, { ...claim, client }))
        },
      }
      for (const [door, comesIn] of Object.entries(doors)) {
        const late = counting(outrun(outrun(world, 'authenticator'), 'login'))
        assert.equal(await comesIn(late.world), 'login.conflict', door)
        assert.equal(late.given(), 0, door)
        const first = counting(world)
        assert.equal(await comesIn(first.world), 'ok', door)
        // Of the address, and of its neighbourhood.
        assert.equal(first.given(), 2, door)
        world.advance(minutes(1))
      }
    })

    test('A28 does not keep out whoever has a password alone while others guess at it', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      let guesses = 0
      const busy = interrupted(world, async () => {
        guesses += 1
        if (guesses !== 2) return
        await begin(world, browser(), { userName: 'anna', password: 'a guess of a stranger' })
      })
      const came = await begin(busy, browser(), { userName: 'anna', platform: 'portal' })
      assert.equal(problemOf(came), 'ok')
      assert.ok(guesses >= 2)
    })
  })
}

const CONFLICT = ['subscriber.conflict']

async function passwordOf(world: TestWorld, subscriberId: SubscriberId) {
  const stamp = await findStamp(world.db, subscriberId)
  return await choosePassword(world, { subscriberId, password: 'violet harbour lantern' }, () => ({
    ...{ stamp, spare: null, by: 'holder', events: [] },
  }))
}

/** Whatever is written, another address is on record by then. */
async function contactOf(world: TestWorld, subscriberId: SubscriberId) {
  const about = { subscriberId, kind: 'email', by: 'operator' } as const
  let others = 0
  const late = interrupted(world, async () => {
    others += 1
    await setContact(world, { ...about, value: `other-${others}@example.com` })
  })
  return await setContact(late, { ...about, value: 'anna@example.com' })
}

/** How often something is given back. */
function counting(world: TestWorld) {
  let given = 0
  const limits: TestWorld['limits'] = {
    ...world.limits,
    giveBack: async (...taken) => {
      given += 1
      await world.limits.giveBack(...taken)
    },
  }
  return { world: { ...world, limits }, given: () => given }
}
