import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { before, days, hours, type Millis } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import { logIn, PASSWORD } from '../../../../test/support/clients/login-story.ts'
import { textsOf } from '../../../../test/support/clients/texts.ts'
import {
  openDoor,
  type Shown,
  type Visitor,
  visitor,
} from '../../../../test/support/server/door.ts'

/** Anna is in the portal with password and text; her phone was set up so long ago. */
async function annaByText(
  t: TestContext,
  { ago, residence = 'US' }: { readonly ago: readonly Millis[]; readonly residence?: string },
) {
  const door = await openDoor(t)
  const { world } = door
  const inbox = textsOf(world)
  const holds = [{ method: 'sms-code', state: sample.state }]
  const accounts = [{ number: 'U1', environment: 'live' as const, residence }]
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, accounts, holds })
  const browser = visitor(door)
  await logIn(browser)
  await deliverDue(world)
  await browser.submit(/answer$/, { answer: inbox.latest() })
  for (const length of ago) {
    const createdAt = before(world.now(), length)
    const id = newId('aut', createdAt, world.random)
    const state = world.methods.get('phone-key')?.decoy(world.random) ?? null
    const phone = { ...FRESH, id, method: 'phone-key', label: 'Old phone', state, createdAt }
    assert.ok(await world.db.commit(bindingWrites(world.db, phone, [subscriberId])))
  }
  return { ...door, browser }
}

const OFFER = '/portal/security/enrolments/new?method=phone-key'

/** Pages on which a new phone would be offered, before anything is typed for it. */
const offersOf = async (browser: Visitor): Promise<readonly Shown[]> => [
  await browser.open('/portal/security/devices'),
  await browser.open(OFFER),
]

const isOffered = ({ html }: Shown): boolean => html.includes('name="method" value="phone-key"')

/** The form of a page that was opened while it was still offered. */
async function pressed(browser: Visitor): Promise<Shown> {
  await browser.open('/portal/security/devices')
  return await browser.submit('/portal/security/enrolments', { method: 'phone-key' })
}

suite('A new phone', () => {
  test('R061 S73 is offered with what it waits for, once the one before it is a day old', async (t) => {
    const { browser } = await annaByText(t, { ago: [hours(24)] })
    const [security, offer] = await offersOf(browser)
    assert.ok(security && offer && isOffered(security) && isOffered(offer))
    assert.match(offer.words, /the new phone waits at least 12 hours/)
  })

  test('T-MIG-3 is not offered a minute before: page and answer say from when it is, and the number to call', async (t) => {
    const { browser } = await annaByText(t, { ago: [hours(23)] })
    for (const shown of await offersOf(browser)) {
      assert.ok(!isOffered(shown), shown.address)
      assert.match(shown.words, /A phone was set up less than 24 hours ago\. Possible from /)
      assert.match(shown.words, /Possible from (?:today|tomorrow), \d\d:\d\d \(New York time\)\./)
      assert.match(shown.words, /Until then, call us.* \+1 212 555 0100/)
    }
    const refused = await pressed(browser)
    assert.equal(refused.status, 403)
    assert.equal(refused.heading, 'A phone was set up less than 24 hours ago')
    assert.match(refused.words, /Possible from (?:today|tomorrow), \d\d:\d\d \(New York time\)\./)
    assert.equal(refused.headers['retry-after'], '3600')
  })

  test('T-MIG-3 the fourth in a month says the day on which it is possible', async (t) => {
    const { browser } = await annaByText(t, { ago: [days(2), days(20), days(21)] })
    for (const shown of await offersOf(browser)) {
      assert.match(shown.words, /Three phones were set up in the last 30 days\. Possible from \d+ /)
    }
  })

  test('S74 rules that take no text for it are told before anything is typed', async (t) => {
    const { browser } = await annaByText(t, { ago: [days(2)], residence: 'HK' })
    for (const shown of await offersOf(browser)) {
      assert.ok(!isOffered(shown), shown.address)
      assert.match(shown.words, /Where you live, a new phone needs a stronger confirmation\./)
    }
  })

  test('a claimant who has proven nothing reads nothing of it', async (t) => {
    const door = await annaByText(t, { ago: [hours(1)] })
    const stranger = visitor(door)
    const form = await stranger.open(OFFER)
    assert.match(form.address, /^\/login\?/)
    const asked = await stranger.submit('/login', {
      userName: 'anna',
      password: PASSWORD,
      environment: 'live',
    })
    for (const { words } of [form, asked]) {
      assert.doesNotMatch(words, /24 hours|Possible from|Where you live/)
    }
  })
})
