import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { noteCarrierReceipt } from '#engine/delivery/receipts.ts'
import { textStandingOf } from '#engine/delivery/text-check.ts'
import { SAMPLE_NUMBER, sample } from '#methods/sms-code/sample.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { activate, begun, firstSession, PASSWORD } from '../../support/clients/engine-story.ts'
import { withNumber } from '../../support/clients/texts.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** A carrier that takes everything, and names its messages by their number. */
function carrierIn(world: TestWorld): void {
  let count = 0
  world.channels.set('sms', {
    name: 'sms',
    retries: [],
    deliver: async () => ({ outcome: 'sent', messages: [`m${(count += 1)}`] }),
  })
}

async function texted(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const holds = [{ method: 'sms-code', state: sample.state }]
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, holds })
  carrierIn(world)
  return { world, subscriberId, standing: async () => await standingIn(world, subscriberId) }
}

async function standingIn(world: TestWorld, subscriberId: SubscriberId) {
  const held = await listHoldings(world.db, subscriberId)
  const { id } = held.find(({ method }) => method === 'sms-code') ?? assert.fail()
  return (await textStandingOf(world, { subscriberId }, id)) ?? assert.fail()
}

for (const database of DATABASES) {
  suite(`the check of texts, on ${database}`, () => {
    test('R088 a client reads what the carrier has said of the last code, and of no other', async (t) => {
      const { world, standing } = await texted(t, database)
      assert.deepEqual((await standing()).last, [])
      await begun(world, browser(), 'anna')
      await deliverDue(world)
      const kinds = async () => (await standing()).last.map(({ kind }) => kind)
      assert.deepEqual(await kinds(), ['sent'])
      world.advance(seconds(5))
      const said = { channel: 'sms', message: 'm1' }
      await noteCarrierReceipt(world, { ...said, failure: 'blocked' })
      const { last } = await standing()
      const failed = last.at(-1)
      assert.equal(failed?.kind === 'failed' && failed.reason, 'blocked')
      // Another client is texted at the same time.
      const holds = [{ method: 'sms-code', state: sample.state }]
      await world.add({ userName: 'boris', password: PASSWORD, holds })
      world.advance(seconds(200))
      await begun(world, browser(), 'boris')
      await deliverDue(world)
      await noteCarrierReceipt(world, { ...said, message: 'm2', failure: null })
      assert.deepEqual(await standing(), { ...(await standing()), last })
      // And the newest of their own is the one that is told.
      world.advance(seconds(200))
      await begun(world, browser(), 'anna')
      await deliverDue(world)
      assert.deepEqual(await kinds(), ['sent'])
    })

    test('R088 whom to ask follows from the number, and a phone that is there is said', async (t) => {
      const { world, subscriberId, standing } = await texted(t, database)
      const bare = await standing()
      assert.deepEqual([bare.country, bare.hasPhone], [null, false])
      const mobile = { subscriberId, kind: 'mobile', by: 'operator' } as const
      await setContact(world, { ...mobile, value: SAMPLE_NUMBER })
      await setContact(world, { ...mobile, value: '+919811234567' })
      assert.equal((await standing()).country, 'IN')
    })

    test('R088 a device that is sent nothing has nothing to say of it', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
      const phone = await activate(world, await firstSession(world, 'anna'))
      await withNumber(world, subscriberId)
      assert.equal((await standingIn(world, subscriberId)).hasPhone, true)
      const id = phone.self.authenticator as never
      assert.equal(await textStandingOf(world, { subscriberId }, id), null)
      const other = await world.add({ userName: 'boris', password: PASSWORD })
      const [text] = (await listHoldings(world.db, subscriberId)).filter(
        ({ method }) => method === 'sms-code',
      )
      const asked = { subscriberId: other }
      assert.equal(await textStandingOf(world, asked, text?.id ?? assert.fail()), null)
    })
  })
}
