import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { isCommon } from './blocklist.ts'
import {
  LENGTH_MAX,
  LENGTH_MIN,
  LENGTH_MIN_ALONE,
  type PasswordProblem,
  passwordProblem,
} from './rules.ts'
import { PASSWORD_LENGTH_MAX, PasswordAnswer } from './wire.ts'

const contextWords = ['Example Brokerage', 'Countersign', 'anna.smith']
const problemOf = (password: string, minimum = LENGTH_MIN) =>
  passwordProblem(password, { minimum, contextWords })

/** So many characters that are not guessed. */
const long = (length: number): string =>
  createHash('shake256', { outputLength: 256 }).update('long').digest('hex').slice(0, length)

suite('A password', () => {
  test('S13 has eight characters at least beside a second factor', () => {
    assert.equal(LENGTH_MIN, 8)
    assert.equal(problemOf('kx7qzw3'), 'too-short')
    assert.equal(problemOf('kx7qzw3m'), null)
    assert.equal(problemOf('kx7qzw3mv'), null)
    assert.equal(problemOf(''), 'too-short')
  })

  test('S13 has fifteen characters at least where it opens anything by itself', () => {
    assert.equal(LENGTH_MIN_ALONE, 15)
    assert.equal(problemOf('kx7qzw3mv9 blue', LENGTH_MIN_ALONE), null)
    assert.equal(problemOf('kx7qzw3mv9 blu', LENGTH_MIN_ALONE), 'too-short')
    assert.equal(problemOf('kx7qzw3mv9 blues', LENGTH_MIN_ALONE), null)
  })

  test('S14 may have 64 characters and more, up to 256', () => {
    const rows = [
      [63, null],
      [64, null],
      [65, null],
      [255, null],
      [256, null],
      [257, 'too-long'],
      [512, 'too-long'],
    ] as const
    assert.equal(LENGTH_MAX, 256)
    for (const [length, problem] of rows)
      assert.equal(problemOf(long(length)), problem, `${length}`)
  })

  test('S14 is counted in code points, after its parts were put together', () => {
    const eight = [
      '\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce}\u{1f30a}\u{1f9e9}\u{1f341}\u{1f9f5}',
      'pe\u0301le\u0301chak',
    ]
    for (const password of eight) {
      assert.ok(password.length > 8)
      assert.equal(problemOf(password), null, password)
      assert.equal(problemOf(password.replace(/.$/su, '')), 'too-short', password)
    }
    const composed = (count: number) => 'e\u0301'.repeat(count) + long(LENGTH_MAX - 200)
    assert.equal(problemOf(composed(200)), null)
    assert.equal(problemOf(composed(201)), 'too-long')
  })

  test('S14 that may be chosen can be typed at the door, in whatever form', () => {
    assert.ok(PASSWORD_LENGTH_MAX >= 4 * LENGTH_MAX)
    const fits = (password: string) => PasswordAnswer.safeParse({ password }).success
    // Four code units each, taken apart; one, put together.
    const apart = '\u1f82'.normalize('NFD').repeat(LENGTH_MAX)
    assert.equal([...apart.normalize('NFC')].length, LENGTH_MAX)
    assert.equal(fits(apart), true)
    assert.equal(fits(`${apart}x`), false)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (password) => {
        assert.ok(problemOf(password) !== null || fits(password.normalize('NFD')))
      }),
    )
  })

  test('S15 is asked for no kind of character', () => {
    for (const password of [
      'lower case only',
      'UPPER CASE ONLY',
      '73051949622',
      '?!.;:-_#',
      'ключ от дома',
    ]) {
      assert.equal(problemOf(password), null, password)
    }
  })

  test('S15 may be pasted with spaces in it and around it', () => {
    for (const password of [' kx7qzw3 ', 'kx7 qzw3', '        kx7qzw3']) {
      assert.equal(problemOf(password), null, password)
    }
  })

  test('S16 is none that attackers try first', () => {
    const common = [
      'password',
      '12345678',
      'baseball',
      'qwertyuiop',
      'trustno1',
      'sunshine',
      'iloveyou',
      'password1',
      'passw0rd',
      'princess',
      '1qaz2wsx',
      'superman',
      'football',
      'starwars',
      'letmein1',
      'jennifer',
      'asdfghjkl',
      'computer',
      'michelle',
      'corvette',
    ]
    for (const password of common) assert.equal(problemOf(password), 'common', password)
  })

  test('S16 is compared as a whole, in whatever case and width', () => {
    assert.equal(problemOf('PassWord'), 'common')
    assert.equal(problemOf('ｐａｓｓｗｏｒｄ'), 'common')
    assert.equal(problemOf('my password is secret'), null)
    assert.equal(problemOf('password, football, tea'), null)
  })

  test('S16 is not the name of the brokerage, of the product or of the subscriber', () => {
    const rows: readonly (readonly [string, PasswordProblem | null])[] = [
      ['countersign', 'context'],
      ['CounterSign', 'context'],
      ['countersign2026!', 'context'],
      ['Example-Brokerage', 'context'],
      ['examplebrokerage', 'context'],
      ['Brokerage#1', 'context'],
      ['anna.smith', 'context'],
      ['AnnaSmith1984', 'context'],
      ['1984_smith_anna', 'context'],
      ['anna@countersign', 'context'],
      ['annabel smithers', null],
      ['a countersign for the sentry', null],
      ['19840213957', null],
    ]
    for (const [password, problem] of rows) assert.equal(problemOf(password), problem, password)
  })

  test('S16 is judged without context where there is none', () => {
    for (const words of [[], [''], ['...']]) {
      const rules = { minimum: LENGTH_MIN, contextWords: words }
      assert.equal(passwordProblem('countersign', rules), null)
    }
  })

  test('S16 follows no pattern', () => {
    const rows: readonly (readonly [string, PasswordProblem | null])[] = [
      ['zzzzzzzzzzzzzzz', 'pattern'],
      ['ABCDEFGHIJ', 'pattern'],
      ['98765432109', 'pattern'],
      ['4444 5555 6666', null],
      ['1111222233334444', 'pattern'],
      ['abc123xy', 'pattern'],
      ['abc123xyt', null],
      ['2468acegik', null],
      ['xyz-xyz-xyz-', 'pattern'],
      ['kx7qzw3kx7qzw3', 'pattern'],
      ['kx7qzw3mkx7qzw3m', null],
      ['kx7qzw3mkx7qzw3', null],
    ]
    for (const [password, problem] of rows) assert.equal(problemOf(password), problem, password)
  })

  test('S16 that repeats another needs that other to be good enough by itself', () => {
    assert.equal(problemOf('correcthorse'.repeat(2)), null)
    assert.equal(problemOf('correcthorse'.repeat(2), LENGTH_MIN_ALONE), 'pattern')
    assert.equal(problemOf('corvette'.repeat(3)), 'pattern')
    assert.equal(problemOf('anna.smith'.repeat(3)), 'context')
  })

  test('has one answer and never an exception', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.array(fc.string({ unit: 'binary' })),
        (password, words) => {
          passwordProblem(password, { minimum: LENGTH_MIN, contextWords: words })
        },
      ),
    )
  })
})

suite('The blocklist', () => {
  test('S16 refuses a random password less than once in ten thousand times', () => {
    let refused = 0
    let seed = 1n
    for (let drawn = 0; drawn < 100_000; drawn += 1) {
      seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
      if (isCommon(seed.toString(36).padStart(13, '0'))) refused += 1
    }
    assert.ok(refused < 10, `${refused}`)
  })
})
