import assert from 'node:assert/strict'
import test from 'node:test'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { codeIn, sample } from '#methods/sms-code/sample.ts'
import { PASSWORD } from '../support/clients/engine-story.ts'
import { hiddenFields, openSite, visitor } from '../support/server/site.ts'
import { words } from '../browser/words.ts'

/** A client of India without a verified mail address, between the platform and the portal. */

test('R129 a text alone is refused at the platform with the reason, and opens the portal', async (t) => {
  const site = await openSite(t)
  const { world, issuer } = site
  const codes: string[] = []
  world.channels.set('sms', {
    name: 'sms',
    retries: [],
    deliver: async ({ payload }) => {
      codes.unshift(codeIn(payload))
      return { outcome: 'sent' }
    },
  })
  await world.add({
    userName: 'anna',
    password: PASSWORD,
    accounts: [{ number: 'U0000001', environment: 'live', residence: 'IN' }],
    holds: [{ method: 'sms-code', state: sample.state }],
  })
  const anna = visitor(issuer)
  const form = await anna.follow(await anna.get('/trade/login?environment=live'))
  const typed = { ...hiddenFields(form), userName: 'anna', password: PASSWORD, environment: 'live' }
  const asked = await anna.follow(await anna.post('/login', typed))
  await deliverDue(world)
  const action = /action="(\/login\/[^"]+\/answer)"/.exec(asked.body)?.[1] ?? assert.fail()
  const fields = { ...hiddenFields(asked), answer: codes[0] ?? '' }
  const refused = await anna.follow(await anna.post(action, fields))
  const en = words('en')
  assert.ok(refused.body.includes(en('problem.account.code-one-way')), refused.body.slice(0, 3000))
  assert.ok(refused.body.includes('Verify your e-mail address in the Client Portal'))
  const portal = await anna.follow(await anna.get('/portal/security/contact'))
  assert.equal(portal.status, 200)
  assert.equal(portal.address, `${issuer}/portal/security/contact`)
})
