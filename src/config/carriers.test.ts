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

  test('A23 whoever sends texts says to which countries, and from whom', () => {
    assert.deepEqual(wrongIn({ sms: { provider: 'twilio' } }), ['sms.countries', 'sms.from'])
    assert.deepEqual(wrongIn({ sms: { countries: ['Switzerland'] } }), ['sms.countries.0'])
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
