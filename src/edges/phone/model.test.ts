import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import {
  addFirst,
  logIn,
  PASSWORD,
  post,
  typeResponse,
} from '../../../test/support/clients/login-story.ts'
import { testPhone } from '../../../test/support/clients/phone.ts'
import { openDoor, visitor } from '../../../test/support/server/door.ts'

/** Anna has set up a phone that says this of itself, and looks at her devices. */
async function devicesWith(t: TestContext, said: { label?: string; model?: unknown }) {
  const door = await openDoor(t)
  await door.world.add({ userName: 'anna', password: PASSWORD })
  const browser = visitor(door)
  await logIn(browser)
  const { html } = await addFirst(browser, { method: 'phone-key' })
  const code = /<p class="number">(.*?)<\/p>/.exec(html)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''
  const activation = { userName: 'anna', code }
  const { enrolment } = await post<{ enrolment: string }>(door, 'activation/open', { activation })
  const phone = await testPhone(door.settings.issuer)
  const now = door.world.now()
  const { model: _, ...request } = await phone.activation(activation, { enrolment, now })
  const completed = { ...request, ...said }
  const bound = await post<{ authenticator?: string }>(door, 'activation/complete', completed)
  if (bound.authenticator === undefined) return null
  phone.self.authenticator = bound.authenticator
  const client = { ...door, browser: visitor(door), phone }
  await logIn(client.browser)
  await typeResponse(client)
  return {
    list: (await client.browser.open('/portal/security/devices')).words,
    page: (await client.browser.open(`/portal/security/devices/${bound.authenticator}`)).words,
  }
}

suite('The model of a phone', () => {
  test('stands beside its name, and is told once where the name says it', async (t) => {
    const named = await devicesWith(t, { model: 'Pixel 8 (Android)' })
    assert.match(named?.list ?? '', /Test phone Phone, Pixel 8 \(Android\)/)
    assert.match(named?.page ?? '', /Kind Phone Model Pixel 8 \(Android\)/)
    const same = await devicesWith(t, { label: 'Phone', model: 'iPhone' })
    assert.match(same?.list ?? '', /Device Last used Since Action Phone iPhone Today/)
  })

  test('is left out where a phone does not say it, or says what is no model', async (t) => {
    for (const said of [
      {},
      { model: null },
      { model: '<script>alert(1)</script>' },
      { model: 'two\nlines' },
      { model: 'x'.repeat(41) },
    ]) {
      const shown = await devicesWith(t, said)
      assert.match(shown?.list ?? '', /Test phone Phone Today/, JSON.stringify(said))
      assert.doesNotMatch(shown?.page ?? '', /Model/)
    }
  })

  test('that is no text, or longer than any, is malformed', async (t) => {
    for (const model of [8, 'x'.repeat(121)]) assert.equal(await devicesWith(t, { model }), null)
  })
})
