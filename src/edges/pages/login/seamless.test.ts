import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { minutes } from '#core/time/time.ts'
import { sample } from '#methods/sms-code/sample.ts'
import {
  ANNA,
  getKnown,
  inside,
  logIn,
  PASSWORD,
  story,
  type Story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { visitor } from '../../../../test/support/server/door.ts'

/**
 * What the portal says and does about the phone: whether it is asked first, and what it makes
 * needless.
 */

/** What the login page asks a client who comes with the password now. */
const askedFor = async ({ browser }: Story) => {
  const { words, html } = await logIn(browser)
  return {
    waits: /data-stream/.test(html) && !/name="answer"/.test(html),
    types: /name="answer"/.test(html),
    words,
  }
}

suite('Notifications, as the portal sets them', () => {
  test('R038 turned off, the login page shows the challenge at once; turned on, it waits for the phone', async (t) => {
    const door = await inside(t)
    const { browser } = door
    const before = await browser.open('/portal/security')
    assert.match(before.words, /On\. We ask your phone first when you log in\. Turn off/)
    const off = await browser.submit('/portal/security/seamless', { seamless: 'off' })
    assert.match(off.words, /The setting is saved\./)
    assert.match(off.words, /Off\. You get a challenge when you log in\. Turn on/)
    await browser.submit('/portal/log-out')
    assert.equal((await askedFor(door)).types, true)
    await typeResponse(door)
    await browser.open('/portal/security')
    await browser.submit('/portal/security/seamless', { seamless: 'on' })
    await browser.submit('/portal/log-out')
    assert.equal((await askedFor(door)).waits, true)
  })

  test('R038 A31 anything but on and off is refused, and changes nothing', async (t) => {
    const { browser } = await inside(t)
    for (const fields of [
      { seamless: 'maybe' },
      { seamless: '' },
      { seamless: 'off', more: '1' },
    ]) {
      await browser.open('/portal/security')
      assert.equal((await browser.submit('/portal/security/seamless', fields)).status, 400)
    }
    assert.match((await browser.open('/portal/security')).words, /On\. We ask your phone/)
  })

  test('R039 a phone that was not heard of five times is left alone, until one response is typed', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const { world } = door
    for (let count = 0; count < 5; count += 1) {
      world.advance(minutes(11))
      assert.equal((await askedFor(door)).waits, true, `login ${count + 1}`)
    }
    world.advance(minutes(11))
    assert.equal((await askedFor(door)).types, true)
    await typeResponse(door)
    assert.equal(door.browser.page().address, '/portal')
    await door.browser.submit('/portal/log-out')
    world.advance(minutes(1))
    assert.equal((await askedFor(door)).waits, true)
  })
})

suite('Texts, beside a phone', () => {
  test('R087 the portal says that they are not needed any more once a phone confirms', async (t) => {
    const door = await story(t)
    const holds = [{ method: 'sms-code', state: sample.state }]
    await door.world.add({ userName: 'beatrice', password: PASSWORD, holds })
    const { browser } = door
    await logIn(browser)
    await typeResponse(door)
    const alone = await browser.open('/portal/security/devices')
    assert.doesNotMatch(alone.words, /you no longer need texts/)
    // Anna gets a number beside her phone.
    const rows = await door.world.db.read.selectFrom('binding').selectAll().execute()
    const text = rows.find(({ method }) => method === 'sms-code')
    const anna = rows.find(({ method }) => method === 'phone-key')
    assert.ok(text && anna)
    const update = door.world.db.write
      .updateTable('binding')
      .set({ subscriber_id: anna.subscriber_id })
      .where('authenticator_id', '=', text.authenticator_id)
    await door.world.db.commit([{ ...update.compile(), rows: 1 }])
    const both = await browser.open('/portal/security/devices')
    assert.match(both.words, /You can confirm with Test phone now, so you no longer need texts/)
    // What helps when none arrives: nothing was sent, and no country is known.
    const device = await browser.open(`/portal/security/devices/${text.authenticator_id}`)
    assert.match(device.words, /When a code does not arrive We have sent no code lately\./)
    assert.match(device.words, /Use your phone with the Authenticator.*Ask your carrier whether/s)
    assert.doesNotMatch(device.words, /Set up the phone instead|Dial 611/)
    // They stay a way in until they are stopped.
    const other = visitor(door)
    await other.open('/login')
    const asked = await other.submit('/login', ANNA)
    assert.match(asked.words, /My sms-code|Text or call/)
  })
})
