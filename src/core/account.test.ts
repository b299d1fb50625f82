import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { USER_NAME_LENGTH_MAX, userNameKey } from './account.ts'

suite('A user name', () => {
  test('is the same in every case, width and composition', () => {
    const rows = [
      ['anna', 'anna'],
      ['ANNA', 'anna'],
      ['Ａｎｎａ', 'anna'],
      ['  anna\t', 'anna'],
      ['jose\u0301', 'jos\u00e9'],
      ['JOSE\u0301', 'jos\u00e9'],
      ['\ufb01ona', 'fiona'],
      ['\u212aarl', 'karl'],
      ['anna\u00a0smith', 'anna smith'],
      ['\u1e9bx', '\u1e61x'],
    ] as const
    for (const [typed, key] of rows) assert.equal(userNameKey(typed), key, typed)
  })

  test('has one to sixty-four characters', () => {
    assert.equal(USER_NAME_LENGTH_MAX, 64)
    assert.equal(userNameKey(''), null)
    assert.equal(userNameKey(' \u3000\n'), null)
    for (const letter of ['a', '\u{20000}', 'a\u0301']) {
      assert.notEqual(userNameKey(letter), null)
      assert.notEqual(userNameKey(letter.repeat(63)), null)
      assert.notEqual(userNameKey(letter.repeat(64)), null)
      assert.equal(userNameKey(letter.repeat(65)), null)
    }
    assert.equal(userNameKey(`  ${'a'.repeat(64)}  `), 'a'.repeat(64))
  })

  test('has nothing in it that cannot be seen', () => {
    const unseen = {
      'a control character': '\u0000 \u0007 \u001b \u007f \u0085',
      'a line break': '\n \r \u2028 \u2029',
      'a zero-width character': '\u200b \u200c \u200d \u2060 \ufeff \u00ad \u180e',
      'a direction': '\u200e \u200f \u061c \u202a \u202e \u2066 \u2069',
      'a filler': '\u115f \u1160 \u3164 \uffa0',
      'a variation': '\ufe00 \ufe0f \u{e0100} \u{1d173}',
      'a joiner': '\u034f \u{e0041}',
      'half a character': '\ud800 \udfff',
      'a private character': '\ue000 \u{f0000}',
    }
    for (const [what, characters] of Object.entries(unseen)) {
      for (const character of characters.split(' ')) {
        const code = `${what} U+${character.codePointAt(0)?.toString(16)}`
        assert.equal(userNameKey(`an${character}na`), null, code)
      }
    }
  })

  test('is its own key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (typed) => {
        const key = userNameKey(typed)
        assert.ok(key === null || userNameKey(key) === key)
      }),
      { numRuns: 2_000 },
    )
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const key = userNameKey(String.fromCodePoint(point))
      if (key !== null && userNameKey(key) !== key) assert.fail(`U+${point.toString(16)}`)
    }
  })
})
