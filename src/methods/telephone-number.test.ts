import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { numberOfNobody, numberProblem, parseNumber } from '#methods/telephone-number.ts'
import { pasted, spelt } from '../../test/support/pasted.ts'

const rules = { countries: ['US', 'CH', 'FR', 'GB', 'DE'] }

suite('A number', () => {
  const RIGHT: readonly (readonly [typed: string, number: string])[] = [
    ['+41 79 000 00 42', '+41790000042'],
    ['0041 (79) 000-00-42', '+41790000042'],
    ['\u00a0+41\u202f79\u202f000\u202f00\u202f42 ', '+41790000042'],
    ['＋４１ ７９ ０００ ００ ４２', '+41790000042'],
    ['+٤١ ٧٩ ٠٠٠ ٠٠ ٤٢', '+41790000042'],
    ['۰۰۴۱ ۷۹ ۰۰۰ ۰۰ ۴۲', '+41790000042'],
    ['+41\u221279\u2010000.00/42', '+41790000042'],
    // Mobile and fixed look alike there.
    ['+1 (202) 555-0142', '+12025550142'],
  ]
  for (const [typed, number] of RIGHT) {
    test(`${JSON.stringify(typed)} is ${number}`, () => {
      const parsed = parseNumber(typed, rules)
      assert.equal(parsed.ok && parsed.number, number)
    })
  }

  test('R024 R080 is read however it was pasted', () => {
    for (const typed of [...pasted('+41790000042'), ...pasted('0041790000042')]) {
      const parsed = parseNumber(typed, rules)
      assert.equal(parsed.ok && parsed.number, '+41790000042', spelt(typed))
    }
    // What is not seen does not count to its length.
    const wrapped = Array.from('+41790000042', (one) => `\u2066${one}\u2069\ufe0f`).join('')
    assert.equal(parseNumber(wrapped, rules).ok, true)
  })

  const WRONG: readonly (readonly [typed: string, problem: string, why: string])[] = [
    ['', 'malformed', 'nothing'],
    ['079 000 00 42', 'malformed', 'no country code'],
    ['+41 79 000 00', 'malformed', 'too short'],
    ['+41 79 000 00 42 42', 'malformed', 'too long'],
    ['+41 79 000 00 42 ext. 7', 'malformed', 'an extension'],
    ['+41 79 000 00 42;phone-context=x', 'malformed', 'a parameter'],
    ['+999 12345678', 'malformed', 'a country code that is not assigned'],
    ['anna', 'malformed', 'no number'],
    ['+4'.padEnd(5_000, '1'), 'malformed', 'a whole page'],
    ['+49 30 123456', 'not-mobile', 'fixed line'],
    ['+44 56 0012 3456', 'not-mobile', 'over the Internet'],
    ['+44 70 0000 0000', 'not-mobile', 'a number that leads to another'],
    ['+44 909 123 4567', 'premium', 'premium'],
    ['+1 900 234 5678', 'premium', 'premium'],
    ['+1 876 555 0123', 'country', 'Jamaica, which has the code of the United States'],
    ['+882 16 123 4567', 'not-mobile', 'no country at all'],
    ['+81 90 1234 5678', 'country', 'Japan, which is not allowed'],
  ]
  for (const [typed, problem, why] of WRONG) {
    test(`A23 ${JSON.stringify(typed.slice(0, 40))} is refused: ${why}`, () => {
      assert.deepEqual(parseNumber(typed, rules), { ok: false, problem: `telephone.${problem}` })
    })
  }

  test('whatever is typed, there is an answer', () => {
    const near = fc.stringMatching(/^\+?[0-9０-９ ().;=#*ext-]{0,45}$/)
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (typed) => {
        const parsed = parseNumber(typed, rules)
        assert.ok(!parsed.ok || /^\+[1-9][0-9]{4,14}$/.test(parsed.number))
      }),
      { numRuns: 1_000 },
    )
  })

  test('A23 that was allowed once is refused when its country is allowed no more', () => {
    assert.equal(numberProblem('+41790000042', rules), null)
    assert.equal(numberProblem('+41790000042', { countries: ['FR'] }), 'telephone.country')
    assert.equal(numberProblem('+449091234567', rules), 'telephone.premium')
  })

  test('A1 of a decoy is in no country, and is refused in none', () => {
    const nobody = numberOfNobody((length) => new Uint8Array(length).fill(255))
    assert.equal(nobody, '+99955555555')
    assert.equal(numberProblem(nobody, { countries: [] }), null)
  })
})
