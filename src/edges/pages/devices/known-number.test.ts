import assert from 'node:assert/strict'
import { test } from 'node:test'
import { provenContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { changeContact } from '#store/contact/addresses.ts'
import { confirmTask, inside } from '../../../../test/support/clients/login-story.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'
import { textsOf } from '../../../../test/support/clients/texts.ts'

const ASKING = '/portal/security/enrolments/new?method=sms-code'

test('R080 R085 a number that is proven is offered for texts with one press, and nothing is sent to it', async (t) => {
  const door = await inside(t)
  const { browser, world } = door
  const { texts } = textsOf(world)
  assert.doesNotMatch((await browser.open(ASKING)).words, /confirmed this number/)

  const subscriberId = await subscriberOf(world, 'anna')
  const proven = { subscriberId, kind: 'mobile', value: SAMPLE_NUMBER } as const
  const known = (await provenContact(world, proven)) ?? assert.fail('it was proven before')
  const { change, event } = known
  assert.ok(await changeContact(world.db, { change, events: [event], now: world.now() }))
  const asking = await browser.open(ASKING)
  assert.match(asking.words, /You have confirmed this number already\. We send no code\./)
  assert.ok(asking.html.includes(`Use ${SAMPLE_NUMBER}`))

  await browser.submit('/portal/security/enrolments')
  await confirmTask(door)
  const done = await browser.submit('/portal/security/enrolments')
  assert.match(done.address, /done=bound/)
  await deliverDue(world)
  assert.deepEqual(texts, [])
})
