import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { sample as sms } from '#methods/sms-code/sample.ts'
import { sample as totp } from '#methods/totp/sample.ts'
import { bindingWrites, listHoldings } from '#store/devices/authenticators.ts'
import { inside, logIn, type Story } from '../../../../test/support/clients/login-story.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'

/** The page of devices, of a client who can choose what the login page asks first. */

const PAGE = '/portal/security/devices'

/** Anna is logged in with her phone, and holds these besides. */
async function withMore(
  t: TestContext,
  others: readonly { readonly method: string; readonly state: Json }[],
): Promise<Story> {
  const door = await inside(t)
  const { world } = door
  const subscriberId = await subscriberOf(world, 'anna')
  for (const { method, state } of others) {
    const createdAt = world.now()
    const id = newId('aut', createdAt, world.random)
    const one = { ...FRESH, id, method, label: `My ${method}`, state, createdAt }
    assert.ok(await world.db.commit(bindingWrites(world.db, one, [subscriberId])))
  }
  return door
}

const idOf = async ({ world }: Story, method: string): Promise<string> => {
  const held = await listHoldings(world.db, await subscriberOf(world, 'anna'))
  return held.find((one) => one.method === method)?.id ?? assert.fail(method)
}

const APP = { method: 'totp', state: totp.state }
const TEXTS = { method: 'sms-code', state: sms.state }

suite('What is asked first, on the page of devices', () => {
  test('is chosen among devices of equal strength, and asked from then on', async (t) => {
    const door = await withMore(t, [APP, TEXTS])
    const { browser } = door
    const before = await browser.open(PAGE)
    assert.match(before.words, /Test phone Asked first/)
    const radios = [...before.html.matchAll(/type="radio" name="device" value="(aut_\w{26})"/g)]
    const offered = radios.map(([, id]) => id).toSorted()
    const equals = [await idOf(door, 'phone-key'), await idOf(door, 'totp')]
    assert.deepEqual(offered, equals.toSorted(), 'texts are weaker')
    const device = await idOf(door, 'totp')
    const saved = await browser.submit('/portal/security/asked-first', { device })
    assert.match(saved.words, /From now on we ask for this device first\./)
    assert.match(saved.words, /My totp Asked first/)
    assert.match((await browser.open('/portal/activity')).words, /chosen to be asked first/)
    await browser.open(PAGE)
    await browser.submit('/portal/log-out')
    assert.match((await logIn(browser)).words, /6-digit code/)
  })

  test('is no question for a client with one device, or with weaker ones beside it', async (t) => {
    const one = await inside(t)
    const alone = await one.browser.open(PAGE)
    assert.doesNotMatch(alone.words, /[Aa]sked first/)
    const door = await withMore(t, [TEXTS])
    const shown = await door.browser.open(PAGE)
    assert.match(shown.words, /Test phone Asked first/)
    assert.doesNotMatch(shown.html, /name="device"/)
  })

  test('A31 is nothing else than one of these', async (t) => {
    const door = await withMore(t, [APP, TEXTS])
    const { browser } = door
    const texts = await idOf(door, 'sms-code')
    for (const [fields, status] of [
      [{ device: texts }, 404],
      [{ device: `aut_${'0'.repeat(26)}` }, 404],
      [{ device: 'aut' }, 400],
      [{ device: '' }, 400],
      [{ device: await idOf(door, 'totp'), more: '1' }, 400],
    ] as const) {
      await browser.open(PAGE)
      const answer = await browser.submit('/portal/security/asked-first', fields)
      assert.equal(answer.status, status, JSON.stringify(fields))
    }
    assert.match((await browser.open(PAGE)).words, /Test phone Asked first/)
  })
})
