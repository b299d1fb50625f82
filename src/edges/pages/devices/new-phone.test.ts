import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { before, days, hours, type Millis, minutes } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import {
  ANNA,
  approve,
  logIn,
  numberOn,
  PASSWORD,
  post,
  story,
} from '../../../../test/support/clients/login-story.ts'
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
  return { ...door, browser, inbox }
}

const OFFER = '/portal/security/enrolments/new?method=phone-key'
/** From the app on the new phone. */
const HERE = `${OFFER}&here=true`

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

  test('T-MIG-3 the fourth in a month says the day and the hour from which it is possible', async (t) => {
    const { browser } = await annaByText(t, { ago: [days(2), days(20), days(21)] })
    for (const shown of await offersOf(browser)) {
      assert.match(
        shown.words,
        /in the last 30 days\. Possible from \d+ \w+, \d\d:\d\d \(New York time\)\./,
      )
    }
  })

  test('S74 rules that take no text for it are told before anything is typed', async (t) => {
    const { browser } = await annaByText(t, { ago: [days(2)], residence: 'HK' })
    for (const shown of await offersOf(browser)) {
      assert.ok(!isOffered(shown), shown.address)
      assert.match(
        shown.words,
        /The rules for your account require a stronger confirmation for a new phone\./,
      )
    }
  })

  test('R061 S87 that the old one has confirmed goes on to its app by itself, and says there what stops', async (t) => {
    const door = await story(t)
    const { browser } = door
    await browser.open(HERE)
    const asked = await browser.submit('/login', ANNA)
    await approve(door, numberOn(asked))
    const { address } = await browser.open(asked.address)
    const token = /^\/phone#activate=([0-9A-Z]{26})$/.exec(address)?.[1]
    assert.ok(token, address)
    const offer = await post<{ replaces: boolean }>(door, 'activation/open', {
      activation: { token },
    })
    assert.equal(offer.replaces, true)
  })

  test('R061 on another device than this one is chosen on its page first', async (t) => {
    const door = await story(t)
    const { browser } = door
    await browser.open(OFFER)
    const asked = await browser.submit('/login', ANNA)
    await approve(door, numberOn(asked))
    const page = await browser.open(asked.address)
    assert.equal(page.address, OFFER)
    assert.match(page.words, /Set up another phone: show a picture/)
  })

  test('T-MIG-1 T-MIG-3 that would wait, or may not be set up now, says so before anything is begun', async (t) => {
    for (const [ago, words] of [
      [days(2), /the new phone waits at least 12 hours/],
      [hours(1), /A phone was set up less than 24 hours ago/],
    ] as const) {
      const door = await annaByText(t, { ago: [ago] })
      door.world.advance(minutes(3))
      const young = visitor(door)
      await young.open(HERE)
      await young.submit('/login', ANNA)
      await deliverDue(door.world)
      const page = await young.submit(/answer$/, { answer: door.inbox.latest() })
      assert.equal(page.address, HERE)
      assert.match(page.words, words)
      const read = door.world.db.read.selectFrom('enrolment').select('id')
      assert.deepEqual(await read.execute(), [])
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
      assert.doesNotMatch(words, /24 hours|Possible from|The rules for your account/)
    }
  })
})
