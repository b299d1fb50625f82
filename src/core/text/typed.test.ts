import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { DASHES, pasted, SPACES, spelt, UNSEEN } from '../../../test/support/pasted.ts'
import { readBase32, readCode, readText } from './typed.ts'

suite('A code that a person types or pastes', () => {
  test('R024 is read without what was copied with it', () => {
    for (const typed of pasted('418207')) assert.equal(readCode(typed), '418207', spelt(typed))
    for (const typed of pasted('Kq72m9xA')) assert.equal(readCode(typed), 'Kq72m9xA', spelt(typed))
    assert.equal(readCode('418.207'), '418207')
  })

  test('is read in the digits of every script that there are', () => {
    const systems = Intl.supportedValuesOf('numberingSystem')
    let scripts = 0
    for (const numberingSystem of systems) {
      const written = new Intl.NumberFormat('en', { numberingSystem, useGrouping: false })
      const digits = Array.from({ length: 10 }, (_, digit) => written.format(digit)).join('')
      if (!/^\p{Nd}{10}$/u.test(digits)) continue
      scripts += 1
      assert.equal(readCode(digits), '0123456789', numberingSystem)
    }
    assert.ok(scripts > 60, String(scripts))
  })

  test('keeps everything else, which is judged afterwards', () => {
    for (const typed of ['41a207', '418_207', '418,207', '418/207', '+418207', '418\u0000207', 'é'])
      assert.equal(readCode(typed), typed)
    assert.equal(readCode('\ud800'), '\ud800')
    assert.equal(readCode(''), '')
  })

  test('R073 in base 32 may be in any case, and with the letters that look like digits', () => {
    const rows = [
      '7KQ2M9XA',
      '7kq2m9xa',
      ' 7KQ2 M9XA ',
      '7KQ2\u2013M9XA',
      '7kq2.m9xa',
      '７ＫＱ２－Ｍ９ＸＡ',
      '\u200f7kq2\u00adm9xa',
      '\u0667KQ\u0662M\u0669XA',
    ]
    for (const typed of rows) assert.equal(readBase32(typed), '7KQ2M9XA', typed)
    assert.equal(readBase32('oOiIlL'), '001111')
    assert.equal(readBase32(''), '')
  })
})

suite('A text that a person types or pastes', () => {
  test('has one kind of dash, one kind of space, and nothing unseen', () => {
    for (const dash of DASHES) assert.equal(readText(`a${dash}b`), 'a-b', spelt(dash))
    for (const space of SPACES) assert.equal(readText(`${space}a${space}b`), 'a b', spelt(space))
    for (const mark of UNSEEN) assert.equal(readText(`${mark}a${mark}b`), 'ab', spelt(mark))
    assert.equal(readText('\u202a+41\u00a0(0)79\u202c'), '+41 (0)79')
  })

  test('is read once: what was read is not changed by reading it again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        assert.equal(readText(readText(typed)), readText(typed))
      }),
      { numRuns: 2_000 },
    )
  })
})
