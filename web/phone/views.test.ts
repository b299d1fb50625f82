import assert from 'node:assert/strict'
import { test } from 'node:test'
import en from '../../locales/en.json' with { type: 'json' }
import fr from '../../locales/fr.json' with { type: 'json' }
import { activationFlaw, outcomeOf, STEPS } from './server/outcomes.ts'
import { phraseOf, type Phrases } from './words/phrase.ts'
import { eventsIn, waitBefore_ms } from './server/stream.ts'
import { clockTime, daysAgo, longDay, minutesAndSeconds, shortDay } from './words/times.ts'

const english = { phrases: en.phone as Phrases, language: 'en' }
const french = { phrases: fr.phone as Phrases, language: 'fr' }

test('an event stream is cut where the events end, however it arrives', () => {
  const whole =
    'retry: 2000\n\nid: 1\nevent: changed\ndata: \n\n:\n\n' +
    'event: revoked\r\ndata: {}\r\n\r\nevent: cha'
  assert.deepEqual(eventsIn(whole), { events: ['changed', 'revoked'], rest: 'event: cha' })
  let rest = ''
  const heard: string[] = []
  for (const character of `${whole}nged\ndata: x\n\n`) {
    const cut = eventsIn(rest + character)
    heard.push(...cut.events)
    rest = cut.rest
  }
  assert.deepEqual(heard, ['changed', 'revoked', 'changed'])
})

test('a stream that never ends a line does not fill the memory', () => {
  assert.ok(eventsIn('x'.repeat(1_000_000)).rest.length <= 4_096)
})

test('the phone waits longer after each failure, and never more than 40 seconds', () => {
  assert.equal(waitBefore_ms(0, 0.5), 1_000)
  assert.equal(waitBefore_ms(1, 0.5), 2_000)
  assert.equal(waitBefore_ms(4, 0.5), 16_000)
  assert.equal(waitBefore_ms(5, 0.5), 30_000)
  assert.ok(waitBefore_ms(10_000, 1) <= 40_000)
  assert.ok(waitBefore_ms(0, 0) >= 500)
})

test('the phone says which of the two was wrong, the number or the PIN', () => {
  for (const lock of ['pin', 'prf'] as const) {
    assert.equal(outcomeOf('login.wrong-number', lock), 'wrong-number')
  }
  assert.equal(outcomeOf('login.wrong-answer', 'pin'), 'wrong')
  assert.match(en.phone.outcome.wrong.text, /number was right, the PIN was not/)
  // A finger or a face is never wrong.
  assert.equal(outcomeOf('login.wrong-answer', 'prf'), 'failed')
})

test('every way a request can end has a title, a sentence and its steps in both languages', () => {
  for (const outcome of Object.keys(STEPS)) {
    for (const words of [english, french]) {
      assert.ok(phraseOf(words, `outcome.${outcome}.title`).length > 0)
      assert.ok(phraseOf(words, `outcome.${outcome}.text`).length > 0)
    }
  }
})

test('A31 a problem that this app does not know yet still gets a sentence', () => {
  assert.equal(outcomeOf('phone.of-tomorrow' as 'offline', 'pin'), 'failed')
  assert.equal(activationFlaw('enrolment.of-tomorrow' as 'offline', 'code'), 'failed')
})

test('S10 what is counted by phone, by name or by network is told as that, and not as wrong answers', () => {
  assert.equal(outcomeOf('phone.too-many', 'pin'), 'too-fast')
  assert.equal(outcomeOf('request.too-many', 'pin'), 'too-fast')
  assert.equal(outcomeOf('login.too-many-wrong-answers', 'pin'), 'too-many')
  for (const problem of ['enrolment.too-many-codes', 'request.too-many'] as const)
    assert.equal(activationFlaw(problem, 'code'), 'too-many')
})

test('R073 an old picture is called old; only a typed code can be called wrong', () => {
  assert.equal(activationFlaw('enrolment.wrong-code', 'picture'), 'expired')
  assert.equal(activationFlaw('enrolment.wrong-code', 'code'), 'wrong')
})

test('R170 sentences are filled in, and count as each language counts', () => {
  assert.equal(phraseOf(english, 'pin.typed', { count: 1 }), '1 character typed')
  assert.equal(phraseOf(english, 'pin.typed', { count: 0 }), '0 characters typed')
  assert.equal(phraseOf(french, 'pin.typed', { count: 0 }), '0\u00a0caractère saisi')
  assert.equal(phraseOf(french, 'pin.typed', { count: 3 }), '3\u00a0caractères saisis')
  assert.equal(phraseOf(english, 'request.live', { account: '{{x}}' }), 'Live, {{x}}')
  assert.throws(() => phraseOf(english, 'no.such.name'), /no sentence/)
})

test('R170 French keeps its hard spaces, and no sentence is built from pieces', () => {
  const all = (group: Phrases): readonly string[] =>
    Object.values(group).flatMap((member) => (typeof member === 'string' ? [member] : all(member)))
  for (const sentence of all(fr.phone)) {
    assert.doesNotMatch(sentence, /[^\u00a0\u202f][:;?!»]|«[^\u00a0\u202f]|'/, sentence)
  }
})

test('R170 times are written as each language writes them', () => {
  const at_ms = new Date(2026, 10, 22, 9, 41, 7).getTime()
  assert.equal(clockTime(at_ms, 'en'), '09:41:07')
  assert.equal(clockTime(at_ms, 'fr'), '09:41:07')
  assert.equal(shortDay(at_ms, 'en'), '22 Nov')
  assert.equal(longDay(at_ms, 'en'), '22 November 2026')
  assert.equal(longDay(at_ms, 'fr'), '22 novembre 2026')
})

test('yesterday ends at midnight and not after 24 hours', () => {
  const midnight = new Date(2026, 10, 22).getTime()
  assert.equal(daysAgo(midnight, midnight + 1), 0)
  assert.equal(daysAgo(midnight - 1, midnight), 1)
  assert.equal(daysAgo(midnight - 1, midnight + 86_399_999), 1)
  assert.deepEqual(minutesAndSeconds(78_000), { minutes: 1, seconds: 18 })
  assert.deepEqual(minutesAndSeconds(77_001), { minutes: 1, seconds: 18 })
  assert.deepEqual(minutesAndSeconds(-5), { minutes: 0, seconds: 0 })
})

test('on iOS, Android and a desktop the app says in its own steps where notifications are allowed', () => {
  for (const words of [english, french]) {
    for (const system of ['ios', 'android', 'desktop']) {
      for (const step of ['first', 'second', 'third', 'fourth']) {
        assert.ok(phraseOf(words, `push.${system}.${step}`).length > 0)
      }
    }
  }
})
