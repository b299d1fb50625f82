import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { shortMessage } from '#core/contact/short-message.ts'
import { instant } from '#core/time/time.ts'
import { deliveryOf, type Message, textOf } from '#methods/sms-code/message.ts'
import { methodTools } from '../../../test/support/tools.ts'
import { passwords } from '#methods/sample-tools.ts'

const { words } = methodTools(passwords)

const MESSAGE: Omit<Message, 'way'> = {
  number: '+12025550142',
  code: '012345',
  purpose: 'login',
  language: 'en',
  until: instant(Date.UTC(2026, 10, 20, 14, 46)),
  brand: 'Example Brokerage',
  issuer: 'https://login.example.com',
}

suite('A text', () => {
  test('R006 S24 says whose code it is, for what, until when, and not to tell it', () => {
    assert.equal(
      textOf(MESSAGE, words),
      'Your Example Brokerage login code is 012345. It expires at 09:46 (New York time). ' +
        'Tell it to nobody, not even us.\n\n@login.example.com #012345',
    )
    assert.equal(
      textOf({ ...MESSAGE, language: 'fr', purpose: 'enrol' }, words),
      'Votre code Example Brokerage pour confirmer ce numéro est 012345. Il expire à 09:46 ' +
        '(heure de New York). Ne le donnez à personne.\n\n@login.example.com #012345',
    )
  })

  for (const language of LANGUAGES) {
    for (const purpose of ['login', 'task', 'enrol'] as const) {
      test(`costs one message, in ${language}, for ${purpose}`, () => {
        const sent = shortMessage(textOf({ ...MESSAGE, language, purpose }, words))
        assert.equal(sent?.coding, 'gsm-7')
        assert.equal(sent.parts.length, 1)
      })
    }
  }

  test('S91 binds the code to our host in its last line, and has no link', () => {
    const text = textOf({ ...MESSAGE, issuer: 'https://login.example.com:8443' }, words)
    assert.equal(text.split('\n').at(-1), '@login.example.com #012345')
    assert.doesNotMatch(text, /:\/\//)
  })

  test('is sent as words, a call as digits', () => {
    const text = deliveryOf({ ...MESSAGE, way: 'text' }, words)
    assert.deepEqual(text, {
      channel: 'sms',
      address: '+12025550142',
      payload: { text: textOf(MESSAGE, words), language: 'en', name: 'login' },
    })
    const call = deliveryOf({ ...MESSAGE, way: 'call', language: 'fr' }, words)
    assert.deepEqual(call, {
      channel: 'voice',
      address: '+12025550142',
      payload: { digits: '012345', language: 'fr', brand: 'Example Brokerage' },
    })
  })
})
