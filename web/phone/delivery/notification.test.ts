import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALERTS } from '#core/notices/alerts.ts'
import { TASK_RULES } from '#core/task-details.ts'
import en from '../../../locales/en.json' with { type: 'json' }
import fr from '../../../locales/fr.json' with { type: 'json' }
import { isNewsTag, tagFor, wordsFor } from '#core/notices/push-words.ts'
import { askedIn, languageFor } from './notification.ts'

const WORDS = { en: en.phone.notification, fr: fr.phone.notification }
const PLATFORM = { en: 'Trading platform', fr: 'Plateforme de trading' }
const said = (payload: object, language: 'en' | 'fr' = 'en') =>
  wordsFor(askedIn(JSON.stringify({ platform: PLATFORM, ...payload })), language, WORDS[language])

test('S32 a notification says what is asked and where: a login, a task of a kind, or any task', () => {
  assert.deepEqual(said({ transaction: 'log_1' }), {
    title: 'Log in?',
    body: 'Trading platform: somebody is logging in as you. Open to check.',
  })
  assert.deepEqual(said({ doing: 'withdrawal' }, 'fr'), {
    title: 'Confirmer un retrait\u00a0?',
    body:
      'Plateforme de trading\u00a0: rien ne se passe sans votre approbation. ' +
      'Ouvrez pour vérifier.',
  })
  for (const doing of ['newer', 'toString', '__proto__'])
    assert.equal(said({ doing }).title, 'Confirm a task?')
  const odd = { en: '$& $1 {{platform}}', fr: 'x' }
  assert.match(said({ platform: odd }).body, /^\$& \$1 \{\{platform\}\}: somebody/)
})

test('R018 news is no request: it says what it is about, and where to say that it was not you', () => {
  for (const alert of ALERTS) {
    const { title, body } = said({ alert })
    assert.equal(title, WORDS.en.alert.about[alert])
    assert.equal(body, WORDS.en.alert.body)
    assert.notEqual(said({ alert }, 'fr').title, title)
  }
  // Of a server that is newer than the app.
  for (const alert of ['newer', 'toString', '__proto__'])
    assert.equal(said({ alert }).title, 'News about your login')
})

test('R018 A28 news takes the place of news of its own kind, and of no other and no request', () => {
  const tags = ALERTS.map((alert) => tagFor({ alert, test: null }))
  assert.equal(new Set([...tags, tagFor({ alert: null, test: null })]).size, ALERTS.length + 1)
  assert.ok(tags.every(isNewsTag))
  assert.ok(!isNewsTag(tagFor({ alert: null, test: null })))
})

test('a message that is no message of ours is read as nothing, and shows words all the same', () => {
  const none = { transaction: null, doing: null, platform: null }
  const nothing = { ...none, language: null, alert: null, test: null }
  const long = JSON.stringify({ transaction: 'x'.repeat(81), doing: 'x'.repeat(81) })
  for (const message of [
    '',
    '{',
    'null',
    '[]',
    'x'.repeat(9_000),
    long,
    '{"transaction":1,"doing":{},"platform":{"en":1},"language":"xx"}',
    '{"platform":{"en":"only"}}',
  ]) {
    assert.deepEqual(askedIn(message), nothing, message.slice(0, 20))
  }
  const { title, body } = en.phone.notification
  assert.deepEqual(wordsFor(nothing, 'en', WORDS.en), { title, body })
})

test('R170 a notification speaks what the client has chosen last, in the portal or on the phone', () => {
  const of = (language: string) => askedIn(JSON.stringify({ language }))
  const rows = [
    // The app was never opened since it was set up, or was closed when the portal was switched.
    ['fr', undefined, undefined, 'fr'],
    ['fr', 'en', undefined, 'fr'],
    ['fr', 'en', 'en', 'fr'],
    // The phone was switched by itself, after the server had said the other one.
    ['fr', 'fr', 'en', 'en'],
    ['fr', 'fr', undefined, 'fr'],
    // A message that says nothing.
    ['', 'fr', 'fr', 'fr'],
    ['', undefined, undefined, 'en'],
  ] as const
  for (const [language, heard, spoken, expected] of rows)
    assert.equal(
      languageFor(of(language), { heard, spoken }),
      expected,
      `${language} ${heard} ${spoken}`,
    )
})

test('S32 every kind of task, and a call, has a notification in both languages, and none has a place holder', () => {
  for (const { phone } of [en, fr]) {
    const doing: Readonly<Record<string, string>> = phone.notification.doing
    // A call of the desk is answered on the phone as well.
    assert.deepEqual(Object.keys(doing).toSorted(), [...Object.keys(TASK_RULES), 'desk'].toSorted())
    for (const words of Object.values(doing)) assert.doesNotMatch(words, /{{/)
  }
})
