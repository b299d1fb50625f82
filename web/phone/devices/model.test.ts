import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { modelOf, type Says } from './model.ts'

const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile'

/** A browser that answers with this model when it is asked. */
const hinted = (model: string): Says => ({
  userAgent: ANDROID,
  maxTouchPoints: 5,
  userAgentData: { getHighEntropyValues: async () => ({ model }) },
})

const says = (userAgent: string, maxTouchPoints = 0): Says => ({ userAgent, maxTouchPoints })

suite('The model of a phone', () => {
  for (const [name, said] of [
    ['iPhone', says('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1', 5)],
    ['iPad', says('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15', 5)],
    ['Pixel 8 (Android)', hinted('Pixel 8')],
    ['SM-S928B (Android)', says(ANDROID.replace('K)', 'SM-S928B Build/UP1A.231005.007)'))],
    ['Android', says(ANDROID)],
    ['Android', hinted('')],
    ['Android', says('Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0')],
    ['Windows', says('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0')],
    ['Mac', says('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15')],
    ['Linux', says('Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0')],
    ['ChromeOS', says('Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0')],
  ] as const)
    test(`is ${name}: ${said.userAgent.slice(13, 50)}`, async () =>
      assert.equal((await modelOf(said))?.name, name))

  test('is nothing where nothing is said', async () =>
    assert.equal(await modelOf(says('curl')), null))

  test('is short and plain, whatever a browser answers', async () => {
    assert.equal((await modelOf(hinted('<b>\u202eevil\n"</b>')))?.name, 'bevil/b (Android)')
    const long = (await modelOf(hinted('x'.repeat(500))))?.name ?? ''
    assert.ok(long.length <= 40, long)
  })

  test('is Android where a browser refuses to say', async () => {
    const userAgentData = { getHighEntropyValues: () => Promise.reject(new Error('no')) }
    const model = await modelOf({ userAgent: ANDROID, maxTouchPoints: 5, userAgentData })
    assert.deepEqual(model, { name: 'Android', kind: 'android' })
  })
})
