import assert from 'node:assert/strict'
import { test } from 'node:test'
import { templateOf } from '#core/contact/sender.ts'

test('R091 the words of a text are registered by name, or by name and language', () => {
  const registration = { entity: '11', templates: { login: '21', 'login.fr': '22' } }
  const rows = [
    [{ name: 'login', language: 'en' }, '21'],
    [{ name: 'login', language: 'fr' }, '22'],
    [{ name: 'task', language: 'en' }, null],
  ] as const
  for (const [named, expected] of rows) assert.equal(templateOf({ registration }, named), expected)
  assert.equal(templateOf({ registration: null }, { name: 'login', language: 'en' }), null)
})
