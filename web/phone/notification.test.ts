import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEEDS } from '#core/deed.ts'
import en from '../../locales/en.json' with { type: 'json' }
import fr from '../../locales/fr.json' with { type: 'json' }
import { askedIn, wordsFor } from './notification.ts'

const LOGIN = { title: 'Log in?', body: 'Somebody asks.' }
const TASK = { title: 'Confirm a task?', body: 'Nothing happens before.' }
const WORDS = {
  login: LOGIN,
  task: TASK,
  doing: new Map([['withdrawal', 'Confirm a withdrawal?']]),
}

test('S32 R033 a notification says what is asked: a login, a task of a kind, or any task', () => {
  const said = (payload: object) => wordsFor(askedIn(JSON.stringify(payload)), WORDS)
  assert.deepEqual(said({ transaction: 'log_1' }), LOGIN)
  const withdrawal = { ...TASK, title: 'Confirm a withdrawal?' }
  assert.deepEqual(said({ transaction: 'log_1', doing: 'withdrawal' }), withdrawal)
  assert.deepEqual(said({ transaction: 'log_1', doing: 'newer' }), TASK)
})

test('a message that is no message of ours is read as nothing, and shows words all the same', () => {
  const nothing = { transaction: null, doing: null }
  for (const message of [
    '',
    '{',
    'null',
    '[]',
    '{"transaction":1,"doing":{}}',
    'x'.repeat(9_000),
  ]) {
    assert.deepEqual(askedIn(message), nothing, message.slice(0, 20))
  }
  const long = JSON.stringify({ transaction: 'x'.repeat(41), doing: 'x'.repeat(41) })
  assert.deepEqual(askedIn(long), nothing)
  assert.deepEqual(wordsFor(nothing, WORDS), LOGIN)
  assert.ok(wordsFor(nothing, undefined).title)
})

test('S32 every kind of task has a notification in both languages, and none has a place holder', () => {
  for (const { phone } of [en, fr]) {
    const doing: Readonly<Record<string, string>> = phone.notification.doing
    assert.deepEqual(Object.keys(doing).toSorted(), Object.keys(DEEDS).toSorted())
    for (const words of Object.values(doing)) assert.doesNotMatch(words, /{{/)
  }
})
