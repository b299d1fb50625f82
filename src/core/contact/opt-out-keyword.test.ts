import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optOutKeywordIn } from '#core/contact/opt-out-keyword.ts'

test('R091 one word is a wish, however it is written, and a sentence is none', () => {
  const rows = [
    ['STOP', 'stop'],
    ['stop', 'stop'],
    [' Stop. ', 'stop'],
    ['"STOP"', 'stop'],
    ['ＳＴＯＰ', 'stop'],
    ['Stopall', 'stop'],
    ['ARRÊT', 'stop'],
    ['arrêter', 'stop'],
    ['UNSUBSCRIBE', 'stop'],
    ['start', 'start'],
    ['UNSTOP', 'start'],
    ['oui', 'start'],
    ['', null],
    ['123456', null],
    ['stop it', null],
    ['I cannot stop', null],
    ['stop\nstart', null],
    ['don’t stop', null],
    ['HELP', null],
    ['STOP'.padEnd(20), 'stop'],
    ['STOP'.padEnd(21), null],
    ['stop'.repeat(10_000), null],
    ['__proto__', null],
  ] as const
  for (const [text, expected] of rows)
    assert.equal(optOutKeywordIn(text), expected, text.slice(0, 30))
})
