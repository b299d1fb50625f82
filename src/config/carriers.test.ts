import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Settings } from '#config/settings.ts'

/** The places that need a correction. */
const wrongIn = (settings: unknown): readonly string[] => {
  const parsed = Settings.safeParse(settings)
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
}

const SMPP = { provider: 'smpp', from: 'Example', countries: ['CH'] }
const VOICE = { provider: 'http', from: '+12025550100' }

suite('settings of carriers', () => {
  test('without any there is no carrier, and nothing to correct', () => {
    const { sms, voice, email } = Settings.parse({})
    assert.deepEqual([sms.provider, voice.provider, email.host], ['none', 'none', null])
  })

  test('A23 an operator who sends texts says to which countries, and from whom', () => {
    assert.deepEqual(wrongIn({ sms: { provider: 'twilio' } }), ['sms.countries', 'sms.from'])
    assert.deepEqual(wrongIn({ sms: { countries: ['Switzerland'] } }), ['sms.countries.0'])
  })

  test('R091 where carriers show no letters the sender is a number, of that country or of all', () => {
    const ready = { ...SMPP, smpp: { host: 'smpp.example.com' }, countries: ['CH', 'US'] }
    const number = { US: { from: '+12025550100' } }
    assert.deepEqual(wrongIn({ sms: ready }), ['sms.senders.US'])
    assert.deepEqual(wrongIn({ sms: { ...ready, senders: number } }), [])
    assert.deepEqual(wrongIn({ sms: { ...ready, from: '+41790000042' } }), [])
    const letters = { US: { from: 'Example' } }
    assert.deepEqual(wrongIn({ sms: { ...ready, senders: letters } }), ['sms.senders.US'])
    assert.deepEqual(wrongIn({ sms: { ...ready, senders: { ...number, FR: {} } } }), [
      'sms.senders.FR',
    ])
  })

  test('S91 R131 OFCA, SMS Sender Registration Scheme: a text to Hong Kong comes from a registered sender with #, and no other does', () => {
    const ready = { ...SMPP, smpp: { host: 'smpp.example.com' }, countries: ['CH', 'HK'] }
    const with_ = (from: string) => ({ sms: { ...ready, senders: { HK: { from } } } })
    assert.deepEqual(wrongIn({ sms: ready }), ['sms.senders.HK'])
    assert.deepEqual(wrongIn(with_('Example')), ['sms.senders.HK'])
    assert.deepEqual(wrongIn(with_('#Example')), [])
    assert.deepEqual(wrongIn(with_('#ExampleBro')), [])
    assert.deepEqual(wrongIn(with_('#ExampleBrok')), ['sms.senders.HK.from'])
    assert.deepEqual(wrongIn({ sms: { ...ready, from: '#Example' } }), ['sms.senders.CH'])
  })

  test('R091 what India wants registered is digits, by the names of our texts', () => {
    const ready = { ...SMPP, smpp: { host: 'smpp.example.com' }, countries: ['IN'] }
    const sms = (registration: unknown) => ({
      sms: { ...ready, senders: { IN: { from: 'EXMPLB', registration } } },
    })
    const templates = { login: '1107161234567890123', 'notice.device-bound.fr': '11' }
    assert.deepEqual(wrongIn(sms({ entity: '1101234567890123456', templates })), [])
    assert.deepEqual(wrongIn(sms({})), ['sms.senders.IN.registration.entity'])
    assert.deepEqual(wrongIn(sms({ entity: 'EX' })), ['sms.senders.IN.registration.entity'])
    assert.deepEqual(wrongIn(sms({ entity: '1', templates: { hello: '1' } })), [
      'sms.senders.IN.registration.templates.hello',
    ])
    assert.deepEqual(wrongIn(sms({ entity: '1', templates: { login: 'x' } })), [
      'sms.senders.IN.registration.templates.login',
    ])
  })

  test('what a provider cannot do without is named', () => {
    assert.deepEqual(wrongIn({ sms: SMPP }), ['sms.smpp.host'])
    assert.deepEqual(wrongIn({ sms: { ...SMPP, smpp: { host: 'smpp.example.com' } } }), [])
    assert.deepEqual(wrongIn({ sms: { ...SMPP, provider: 'http' } }), ['sms.http.url'])
    assert.deepEqual(wrongIn({ voice: VOICE }), ['voice.http.url', 'voice.http.secret'])
    const http = { url: 'https://voice.example.com/calls', secret: 'a'.repeat(15) }
    assert.deepEqual(wrongIn({ voice: { ...VOICE, http } }), ['voice.http.secret'])
    const right = { ...http, secret: 'a'.repeat(16) }
    assert.deepEqual(wrongIn({ voice: { ...VOICE, http: right } }), [])
  })

  const ADDRESSES = [
    ['https://api.example.com/v1/{{to}}?text={{text}}', true],
    ['http://localhost:8080/send', true],
    ['http://api.example.com/send', false],
    ['https://{{to}}.example.com/', false],
    ['https://api.example.com:{{to}}/', false],
    ['https://{{from}}@api.example.com/', false],
    ['{{to}}', false],
    ['file:///etc/passwd', false],
    ['https://', false],
    ['', false],
  ] as const
  for (const [url, isRight] of ADDRESSES) {
    test(`A20 a request ${isRight ? 'may' : 'may not'} go to "${url}"`, () => {
      const wrong = wrongIn({ sms: { ...SMPP, provider: 'http', http: { url } } })
      assert.deepEqual(wrong, isRight ? [] : ['sms.http.url'])
    })
  }

  const SENDERS = [
    ['+41790000042', true],
    ['Example', true],
    ['54321', true],
    ['MG0123456789abcdef0123456789abcdef', true],
    ['Example Brokerage', false],
    ['Exämple', false],
    ['a\r\nb', false],
  ] as const
  for (const [from, isRight] of SENDERS) {
    test(`a text ${isRight ? 'may' : 'may not'} come from ${JSON.stringify(from)}`, () => {
      const sms = { ...SMPP, from, smpp: { host: 'smpp.example.com' } }
      assert.deepEqual(wrongIn({ sms }), isRight ? [] : ['sms.from'])
    })
  }
})
