import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { SHORT_MESSAGE_PARTS_MAX, shortMessage, textOf } from '#core/contact/short-message.ts'

const count = (text: string) => shortMessage(text)?.parts.length ?? null
const read = (text: string) => {
  const sent = shortMessage(text)
  return sent?.parts.map((bytes) => textOf({ coding: sent.coding, bytes })).join('') ?? null
}

suite('a text over the air', () => {
  test('what the alphabet of telephones has goes as one byte a character', () => {
    const sent = shortMessage('@£é€[')
    assert.equal(sent?.coding, 'gsm-7')
    assert.deepEqual([...(sent.parts[0] ?? [])], [0, 1, 5, 0x1b, 0x65, 0x1b, 0x3c])
  })

  test('one letter outside of it makes all of it wide: ê and a lower-case ç are outside', () => {
    assert.equal(shortMessage('Été à Genève, où')?.coding, 'gsm-7')
    for (const text of ['Être', 'reçu', '’', '\u001b', '\u00a0'])
      assert.equal(shortMessage(text)?.coding, 'ucs-2', text)
  })

  const LENGTHS = [
    ['a', 160, 1],
    ['a', 161, 2],
    ['a', 306, 2],
    ['a', 307, 3],
    ['€', 80, 1],
    ['€', 81, 2],
    ['ê', 70, 1],
    ['ê', 71, 2],
    ['ê', 134, 2],
    ['ê', 135, 3],
    ['😀', 35, 1],
    ['😀', 36, 2],
    ['a', 153 * SHORT_MESSAGE_PARTS_MAX, SHORT_MESSAGE_PARTS_MAX],
    ['a', 153 * SHORT_MESSAGE_PARTS_MAX + 1, null],
    ['a', 0, null],
  ] as const
  for (const [character, length, parts] of LENGTHS) {
    test(`${length} times ${character} takes ${parts ?? 'too many'} parts`, () =>
      assert.equal(count(character.repeat(length)), parts))
  }

  test('no part cuts a character in two, and together they are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }), (text) => {
        const sent = shortMessage(text)
        fc.pre(sent !== null)
        assert.equal(read(text), text)
        for (const bytes of sent.parts) {
          const part = textOf({ coding: sent.coding, bytes })
          assert.ok(part.isWellFormed() || !text.isWellFormed())
          if (sent.coding === 'gsm-7') assert.ok(bytes.at(-1) !== 0x1b)
        }
      }),
    )
  })
})
