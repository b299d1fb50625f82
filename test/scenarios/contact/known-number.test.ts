import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { hours, minutes } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerOnPage, knownAddress, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { revokeAuthenticator } from '#engine/devices/overview.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { personWithPhone } from '../../support/clients/engine-story.ts'
import { sessionBy } from '../../support/clients/task.ts'
import { textsOf } from '../../support/clients/texts.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { testWorld } from '../../support/server/world.ts'

const OTHER = '+12025550143'

/** Anna has a phone and is in with it. Her number was proven, and texts nothing any more. */
async function annaWithNumber(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const { codes, latest } = textsOf(world)
  const phone = await personWithPhone(world, 'anna')
  const session = await sessionBy(world, phone, 'anna')
  const ask = async (number: string) => {
    world.advance(minutes(3))
    const started = await startOnPage(world, session, { method: 'sms-code', request: { number } })
    assert.ok(started.ok, 'problem' in started ? started.problem : '')
    await deliverDue(world)
    return started.enrolment
  }
  const first = await ask(SAMPLE_NUMBER)
  assert.equal(codes.length, 1)
  const proven = await answerOnPage(world, session, { id: first.id, answer: latest() })
  assert.ok(proven.ok)
  const texted = async () => {
    const held = await listHoldings(world.db, session.subscriberId)
    return held.find(({ method, lifecycle }) => method === 'sms-code' && lifecycle === 'active')
  }
  const bound = (await texted()) ?? assert.fail('no number is bound')
  assert.ok((await revokeAuthenticator(world, session, { id: bound.id })).ok)
  return { world, session, codes, ask, texted }
}

for (const database of DATABASES) {
  suite(`A number that is proven already, on ${database}`, () => {
    test('R080 R085 is texted for logins again without another code', async (t) => {
      const { world, session, codes, ask, texted } = await annaWithNumber(t, database)
      assert.equal(await texted(), undefined)
      assert.equal(await knownAddress(world, session, 'sms-code'), SAMPLE_NUMBER)
      await ask(SAMPLE_NUMBER)
      assert.ok(await texted())
      assert.equal(codes.length, 1, 'nothing was sent')
    })

    test('S26 any other number is proven by its code, and so is one that the brokerage has set', async (t) => {
      const { world, session, codes, ask, texted } = await annaWithNumber(t, database)
      await ask(OTHER)
      assert.equal(await texted(), undefined)
      assert.equal(codes.length, 2)
      world.advance(hours(1))
      const set = { kind: 'mobile', value: OTHER, by: 'operator' } as const
      assert.ok((await setContact(world, { ...set, subscriberId: session.subscriberId })).ok)
      assert.equal(await knownAddress(world, session, 'sms-code'), null)
    })
  })
}
