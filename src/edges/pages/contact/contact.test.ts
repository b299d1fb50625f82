import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel, Delivery } from '#channels/channel.ts'
import { minutes } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { noteTextedBack } from '#engine/contact/text-opt-out.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import {
  confirmTask,
  logIn,
  type Story,
  story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'

/** Anna is in the portal, and mail and texts are carried. */
async function inside(t: TestContext) {
  const door = await story(t)
  const posts: Delivery[] = []
  for (const name of ['email', 'sms']) {
    const channel: Channel = {
      name,
      retries: [],
      deliver: async (delivery) => {
        posts.unshift(delivery)
        return { outcome: 'sent' }
      },
    }
    door.world.channels.set(name, channel)
  }
  await logIn(door.browser)
  await typeResponse(door)
  const code = async () => {
    await deliverDue(door.world)
    return /\b\d{6}\b/.exec(JSON.stringify(posts[0]?.payload ?? ''))?.[0] ?? ''
  }
  const onRecord = async (kind: 'email' | 'mobile' | 'postal', value: string) => {
    const subscriberId = await findSubscriberByName(door.world, 'anna')
    assert.ok(subscriberId)
    await setContact(door.world, { subscriberId, kind, value, by: 'operator' })
  }
  return { ...door, code, onRecord }
}

const EMAIL = '/portal/security/contact/email'
const POSTAL = '/portal/security/contact/postal'
const MOBILE = '/portal/security/contact/mobile'

/** Types it, confirms that it is wanted, and goes on. */
async function asks(door: Story, address: string, typed: string) {
  await door.browser.open(address)
  const task = await door.browser.submit(address, { answer: typed })
  assert.match(task.address, /^\/tasks\//, task.words)
  await confirmTask(door)
  return await door.browser.submit(address)
}

suite('Contact data in the portal', () => {
  test('S75 R023 another address is typed, confirmed, proven with a code, and marked', async (t) => {
    const door = await inside(t)
    const { browser } = door
    const before = await browser.open('/portal/security/contact')
    assert.match(before.words, /E-mail address None Add/)
    const guide = /href="\/help\/contact-data"/
    assert.match((await browser.open(EMAIL)).html, guide)
    const task = await browser.submit(EMAIL, { answer: 'Anna@Example.com' })
    assert.equal(task.heading, 'Change your e-mail address')
    assert.match(task.words, /Address Anna@example\.com/)
    await confirmTask(door)
    const page = await browser.submit(EMAIL)
    assert.match(page.html, guide)
    assert.equal(page.heading, 'Type the code we sent you')
    assert.match(page.words, /sent a mail to Anna@example\.com/)
    const wrong = await browser.submit(/answer$/, { answer: '12' })
    assert.equal(wrong.status, 400)
    const done = await browser.submit(/answer$/, { answer: await door.code() })
    assert.match(done.words, /Your e-mail address is verified/)
    assert.match(done.words, /E-mail address A…@example\.com Verified Change/)
    assert.doesNotMatch(done.html, /Anna@example/)
  })

  test('R081 R084 a number that we were told is offered to be verified, and needs no typing', async (t) => {
    const door = await inside(t)
    await door.onRecord('mobile', SAMPLE_NUMBER)
    const { words } = await door.browser.open('/portal/security/contact')
    assert.match(words, /Mobile number … 42 Not verified yet Verify/)
    const form = await door.browser.open(MOBILE)
    assert.match(form.html, /value="\+12025550142"/)
    const page = await asks(door, MOBILE, SAMPLE_NUMBER)
    assert.match(page.words, /\+1 202 555 0142/)
    const done = await door.browser.submit(/answer$/, { answer: await door.code() })
    assert.match(done.words, /Your mobile number is verified/)
    assert.match(done.words, /Mobile number … 42 Verified Change/)
    await door.browser.open(MOBILE)
    const same = await door.browser.submit(MOBILE, { answer: '+1 202 555 0142' })
    assert.equal(same.status, 409)
    assert.match(same.words, /already have this on record/)
  })

  test('R080 R085 a number that was verified here is offered for texts, and no second code is sent', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await asks(door, MOBILE, SAMPLE_NUMBER)
    const code = await door.code()
    await browser.submit(/answer$/, { answer: code })
    const asking = await browser.open('/portal/security/enrolments/new?method=sms-code')
    assert.match(asking.words, /You have confirmed this number already\. We send no code\./)
    assert.ok(asking.html.includes(`Use ${SAMPLE_NUMBER}`))
    await browser.submit('/portal/security/enrolments')
    await confirmTask(door)
    const done = await browser.submit('/portal/security/enrolments')
    assert.match(done.address, /done=bound/)
    assert.equal(await door.code(), code, 'the last code that was sent is the first one')
    assert.match((await browser.open('/portal/security/devices')).words, /Number ending in 42 Text/)
  })

  test('says at the field what is wrong, before anything is confirmed', async (t) => {
    const { browser } = await inside(t)
    for (const [address, answer, words] of [
      [EMAIL, '', /e-mail address is not complete/],
      [EMAIL, `${'a'.repeat(1_500)}@example.com`, /e-mail address is not complete/],
      [EMAIL, 'anna@example.com\r\nBcc: x@example.com', /e-mail address is not complete/],
      [MOBILE, '079', /Start with \+ and the country code/],
      [MOBILE, '+1 900 234 5678', /premium-rate number/],
      [MOBILE, '+49 30 123456', /Type a mobile number/],
    ] as const) {
      await browser.open(address)
      const shown = await browser.submit(address, { answer })
      assert.equal(shown.status, 400, answer)
      assert.match(shown.words, words)
      assert.match(shown.html, /aria-invalid="true"/)
    }
    await browser.open(EMAIL)
    assert.equal((await browser.submit(EMAIL, { answer: 'x'.repeat(2_001) })).status, 400)
    assert.equal((await browser.open('/portal/security/contact/fax')).status, 400)
  })

  test('R112 S75 a new postal address is typed, confirmed, and waits for its document', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await door.onRecord('postal', '1 Example Street\n10001 New York')
    const contact = '/portal/security/contact'
    const before = await browser.open(contact)
    assert.match(before.words, /Postal address 1 Example Street 10001 New York Change/)
    const moved = { street: '2 New Street', more: '', town: '10002 New York', country: 'US' }
    const form = await browser.open(POSTAL)
    assert.equal(form.heading, 'Your new postal address')
    assert.match(form.html, /<option value="US">United States<\/option>/)
    assert.match(form.words, /go to the address on record/)
    for (const [wrong, words, count] of [
      [{ street: '', town: ' ', country: '' }, /3 things to correct .*Choose the country/, 3],
      [{ street: 'x'.repeat(61) }, /The street has more than 60 characters/, 1],
      [{ street: 'x'.repeat(4_000) }, /The street has more than 60 characters/, 1],
      [{ more: 'a\u202eb' }, /Type the flat or floor with letters/, 1],
      [{ street: '<b>?</b>' }, /Type the street with letters/, 1],
      [{ country: 'Nowhereland' }, /Choose the country/, 1],
      [{ town: 'x', country: 'HK' }, /The town is not complete/, 1],
      [{ town: 'New York' }, /Type the postcode as well, such as 10001/, 1],
    ] as const) {
      const shown = await browser.submit(POSTAL, { ...moved, ...wrong })
      assert.equal(shown.status, 400)
      assert.match(shown.words, words)
      assert.equal(shown.html.match(/aria-invalid="true"/g)?.length, count)
      const kept = { ...moved, ...wrong }.country === 'US'
      assert.equal(/value="US" selected/.test(shown.html), kept)
      assert.doesNotMatch(shown.html, /<b>\?/)
    }
    await browser.open(POSTAL)
    const task = await browser.submit(POSTAL, moved)
    assert.equal(task.heading, 'Change your postal address')
    assert.match(task.words, /Address 2 New Street, 10002 New York, United States/)
    await confirmTask(door)
    const done = await browser.submit(POSTAL)
    assert.match(done.address, /contact\?done=contact-postal$/)
    assert.match(done.words, /1 Example Street .* waits for a document .* 2 New Street/)
    const activity = await browser.open('/portal/activity')
    assert.match(activity.words, /Confirmed: New postal address/)
    assert.match(activity.words, /which a document has yet to show/)
    assert.doesNotMatch(activity.words, /Done: /)
    const sending = await browser.open('/portal/documents/send')
    const chosen = /value="address" id="purpose" checked/
    if (!/cannot be sent here/.test(sending.words)) {
      assert.match(sending.words, /has to show your new address: 2 New Street, 10002 New York/)
      assert.match(sending.html, chosen)
    }
    await browser.open(contact)
    const kept = await browser.submit(/postal\/cancel$/)
    assert.match(kept.words, /The new address is cancelled/)
    assert.doesNotMatch(kept.words, /2 New Street/)
  })

  test('R112 the first postal address of a client is not called a new one', async (t) => {
    const { browser } = await inside(t)
    const form = await browser.open(POSTAL)
    assert.equal(form.heading, 'Your postal address')
    assert.doesNotMatch(form.words, /on record/)
  })

  test('A8 what was confirmed for one address is not valid for another', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await browser.open(EMAIL)
    await browser.submit(EMAIL, { answer: 'anna@example.com' })
    await confirmTask(door)
    const forged = await browser.submit(EMAIL, { answer: 'thief@example.com' })
    assert.equal(forged.status, 409)
    assert.equal(forged.heading, 'This is not what was approved')
  })

  test('another code is offered after two minutes; one that took too long begins anew', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    const page = await asks(door, EMAIL, 'anna@example.com')
    assert.match(page.words, /You can ask for another mail at/)
    assert.doesNotMatch(page.words, /Send me another mail/)
    world.advance(minutes(2))
    const later = await browser.open(page.address)
    assert.match(later.words, /Send me another mail/)
    const first = await door.code()
    await browser.submit(/again$/, { way: 'mail' })
    const old = await browser.submit(/answer$/, { answer: first })
    assert.equal(old.status, 401)
    world.advance(minutes(8))
    const over = await browser.open(page.address)
    assert.match(over.html, new RegExp(`href="${EMAIL}"`))
  })

  test('S66 S74 a client who logged in with less than they hold is told so, and types nothing', async (t) => {
    const door = await inside(t)
    const rows = await door.world.db.read.selectFrom('session').select(['id', 'body']).execute()
    const writes = rows.map(({ id, body }) => {
      const held = JSON.parse(body) as { proofs: { acr: string }[] }
      const proofs = held.proofs.map((proof) => ({ ...proof, acr: proof.acr === '3' ? '2s' : '1' }))
      const text = JSON.stringify({ ...held, proofs })
      const { db } = door.world
      const update = db.write.updateTable('session').set({ body: text }).where('id', '=', id)
      return { ...update.compile(), rows: 1 }
    })
    await door.world.db.commit(writes)
    const shown = await door.browser.open(EMAIL)
    assert.equal(shown.status, 403)
  })

  test('without a carrier says that no code can be sent', async (t) => {
    const door = await inside(t)
    door.world.channels.delete('email')
    const shown = await door.browser.open(EMAIL)
    assert.equal(shown.status, 503)
    assert.match(shown.words, /cannot send a code there at the moment/)
  })

  test('R170 speaks French', async (t) => {
    const { browser } = await inside(t)
    const { words } = await browser.open('/portal/security/contact?language=fr')
    assert.match(words, /Adresse de courriel Aucune Ajouter/)
    const form = await browser.open(EMAIL)
    assert.equal(form.heading, 'Votre adresse de courriel')
  })

  test('R091 S68 a number that answered STOP is shown as such, comes back with one press, and is proven by no text', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    await door.onRecord('mobile', SAMPLE_NUMBER)
    await noteTextedBack(world, { from: SAMPLE_NUMBER, text: 'STOP' })
    const stopped = await browser.open('/portal/security/contact')
    assert.match(stopped.words, /This number has answered STOP, so it gets no codes and no notices/)
    // It is not proven: the sender of STOP may be a stranger.
    assert.doesNotMatch(stopped.html, /texts\/resume/)
    await browser.open(MOBILE)
    await browser.submit(MOBILE, { answer: SAMPLE_NUMBER })
    await confirmTask(door)
    const unsent = await browser.submit(MOBILE)
    assert.equal(unsent.status, 409)
    assert.match(unsent.words, /This number has answered STOP/)
    assert.equal(await door.code(), '')

    await noteTextedBack(world, { from: SAMPLE_NUMBER, text: 'START' })
    await asks(door, MOBILE, SAMPLE_NUMBER)
    await browser.submit(/\/answer$/, { answer: await door.code() })
    await noteTextedBack(world, { from: SAMPLE_NUMBER, text: 'STOP' })
    await browser.open('/portal/security/contact')
    const resumed = await browser.submit('/portal/security/texts/resume')
    assert.match(resumed.words, /We text your number again/)
    assert.doesNotMatch(resumed.words, /has answered STOP/)
  })
})
