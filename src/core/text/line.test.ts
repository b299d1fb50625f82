import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { taskDetailsOf, FACT_LENGTH_MAX, isSameTask, legibleDetails } from '../task-details.ts'
import { labelOf } from '../devices/device-name.ts'
import { legible, lineOf, linesOf } from './line.ts'

const MAX = 40
const line = (text: string) => lineOf(text, MAX)
const codes = (text: string) => [...text].map((one) => one.codePointAt(0)?.toString(16)).join(' ')

/** What HTML, and a font, make one space of, or none at either end. */
const SPACES = [
  '\u0020',
  '\u0009',
  '\u00a0',
  '\u1680',
  '\u2000',
  '\u2001',
  '\u2002',
  '\u2003',
  '\u2004',
  '\u2005',
  '\u2006',
  '\u2007',
  '\u2008',
  '\u2009',
  '\u200a',
  '\u202f',
  '\u205f',
  '\u3000',
]
const BREAKS = ['\n', '\r', '\r\n', '\u000b', '\u000c', '\u0085', '\u2028', '\u2029']
const UNSEEN = [
  '\u0000',
  '\u0007',
  '\u001b',
  '\u001f',
  '\u007f',
  '\u009f',
  '\u00ad',
  '\u034f',
  '\u061c',
  '\u115f',
  '\u1160',
  '\u17b4',
  '\u17b5',
  '\u180b',
  '\u180e',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2060',
  '\u2064',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
  '\u206f',
  '\u2800',
  '\u3164',
  '\ufe0e',
  '\ufe0f',
  '\ufeff',
  '\uffa0',
  '\ufff9',
  '\ufffc',
  '\ufffd',
  '\uffff',
  '\ud800',
  '\udfff',
  '\ue000',
  '\u{1d159}',
  '\u{1d173}',
  '\u{16fe4}',
  '\u{13441}',
  '\u{e0001}',
  '\u{e0041}',
  '\u{e0100}',
  '\u{f0000}',
  '\u{10ffff}',
  '\u0378',
]
const MARKS = ['\u0300', '\u0301', '\u0323', '\u0338', '\u0489', '\u20dd', '\u1ab0', '\u1dc4']

suite('A line that is shown and signed', () => {
  test('has one space for white space of every kind, and none at its ends', () => {
    for (const space of SPACES) {
      for (const typed of [`A${space}B`, `A${space}${space}B`, `${space}A \u00a0${space}B${space}`])
        assert.equal(line(typed), 'A B', codes(typed))
      assert.equal(line(space.repeat(3)), null, codes(space))
    }
  })

  test('has no line break: what stood on two lines would read as one', () => {
    for (const one of BREAKS) assert.equal(line(`A${one}B`), null, codes(one))
  })

  test('has nothing that is not drawn, and no direction', () => {
    for (const one of UNSEEN)
      for (const typed of [`A${one}B`, `${one}AB`, `AB${one}`, one])
        assert.equal(line(typed), null, codes(typed))
  })

  test('has two marks on a letter at most, and none on anything else', () => {
    const rows = [
      ['x\u0301\u0323', true],
      ['x\u0301\u0323\u0300', false],
      ['a\u0301\u0302', true],
      // Composed, one of them is part of the letter: there are three all the same.
      ['a\u0301\u0301\u0301', false],
      ['\u00e1\u0301\u0301', false],
      ['\u1ead', true],
      ['\u1ead\u0301', false],
      // A letter of its own in NFC, however it is written.
      ['\u1f84', true],
      ['\u03b1\u0313\u0301\u0345', true],
      ['\u0e17\u0e35\u0e48', true],
      ['\u0e01\u0e47\u0e47\u0e47', false],
      ['\u0915\u0940\u0902', true],
      ['\u0995\u09cb\u0981', true],
      ['\ud55c\uae00', true],
      ['\u0301A', false],
      ['A \u0301B', false],
      ['1\u0338', false],
      ['~\u0338', false],
      ['-\u20dd', false],
      [`Z${MARKS.join('')}algo`, false],
      [`A${'\u0301'.repeat(4_000)}`, false],
    ] as const
    for (const [typed, isGood] of rows) assert.equal(line(typed) !== null, isGood, codes(typed))
  })

  test('is composed, and as long as may be and no longer', () => {
    assert.equal(line('Jose\u0301'), 'Jos\u00e9')
    assert.equal(line('\u212bngstro\u0308m'), '\u00c5ngstr\u00f6m')
    assert.equal(line('x'.repeat(MAX))?.length, MAX)
    assert.equal(line('\u{20000}'.repeat(MAX)) === null, false)
    assert.equal(line('x'.repeat(MAX + 1)), null)
    assert.equal(line(`x${' '.repeat(4_000)}y`), 'x y')
    assert.equal(line('x'.repeat(1_000_000)), null)
    for (const name of ['O’Neil & Söhne, S.A.', 'Łukasz Żółć', '王小明', 'محمد علي', 'Nguyễn Thị'])
      assert.equal(line(name), name.normalize('NFC'), name)
  })

  test('of an address each is one, without those that are empty', () => {
    assert.equal(
      linesOf('1  Example\u00a0Street \r\n\n \nExampletown ', 500),
      '1 Example Street\nExampletown',
    )
    for (const odd of ['', '\n \n', 'A\u202eB\nC', 'A\rB', 'A\u2028B', 'x'.repeat(501)])
      assert.equal(linesOf(odd, 500), null, codes(odd.slice(0, 9)))
    assert.equal(linesOf(`${'x'.repeat(250)}\n${'y'.repeat(250)}`, 500), null)
  })

  test('is what an authenticator is called; the mark for colour is left out of a symbol', () => {
    assert.equal(labelOf('My\u00a0 phone '), 'My phone')
    assert.equal(labelOf('Heart \u2764\ufe0f'), 'Heart \u2764')
    for (const odd of ['My\u2800phone', 'My\u3164phone', '\ufe0f', 'a\u0301\u0301\u0301'])
      assert.equal(labelOf(odd), null, codes(odd))
  })
})

/** White space as HTML collapses it, in a line: CSS Text, "White Space Processing". */
const asHtmlShows = (text: string) => text.replaceAll(/[\t\n\f\r ]+/g, ' ').replace(/^ | $/g, '')

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom('A', 'b', 'é', 'e', 'ß', 'Ж', '漢', 'ﷺ', '7', '-', '&', '<', '"', 'ﬁ', '…'),
      fc.constantFrom(...SPACES),
      fc.constantFrom(...MARKS),
      fc.constantFrom(...BREAKS, ...UNSEEN),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

/** Mostly what is accepted: without this a property over accepted text would see little of it. */
const plausible = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('A', 'b', 'é', 'Ж', '漢', '7', '-', '.') },
      { weight: 2, arbitrary: fc.constantFrom(...SPACES) },
      { weight: 1, arbitrary: fc.constantFrom('\u0301', '\u0323') },
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const payee = (text: string) =>
  taskDetailsOf('payee', { payee: text, payee_account: 'Demo Bank 4471' })

suite('What is signed', () => {
  test('S87 is what a page shows, to the letter', () => {
    let accepted = 0
    const holds = fc.property(fc.oneof(nasty, plausible), (text) => {
      const read = payee(text)
      if (!read.ok) return
      accepted += 1
      const signed = read.deed.facts.payee ?? ''
      assert.equal(asHtmlShows(signed), signed, 'HTML collapses nothing of it')
      assert.equal(signed.normalize('NFC'), signed)
      assert.doesNotMatch(signed, /[^\S ]|\p{Cf}|\p{Default_Ignorable_Code_Point}/u)
      assert.doesNotMatch(signed.normalize('NFD'), /(?:[\u0300-\u036f]){3}/u)
      const again = payee(signed)
      assert.deepEqual(again, read, 'read again it is the same')
    })
    fc.assert(holds, { numRuns: 5_000 })
    assert.ok(accepted > 500, `${accepted} of them were accepted`)
  })

  test('S87 of two payees that a page shows alike, both accepted, is the same', () => {
    const spaces = fc.array(fc.constantFrom(...SPACES), { minLength: 1, maxLength: 3 })
    const word = fc.constantFrom('Anna', 'B.', 'Søn', 'e\u0301', '\u00e9')
    const holds = fc.property(
      fc.array(fc.tuple(word, spaces), { minLength: 1, maxLength: 4 }),
      (words) => {
        const odd = words.map(([text, space]) => text + space.join('')).join('')
        const [one, other] = [payee(odd), payee(words.map(([text]) => text).join(' '))]
        assert.ok(one.ok && other.ok)
        assert.ok(isSameTask(one.deed, other.deed))
        assert.deepEqual(one, other)
      },
    )
    fc.assert(holds, { numRuns: 1_000 })
  })

  test('S87 of what was stored before is legible, the same each time, and like nothing that is accepted', () => {
    const holds = fc.property(fc.oneof(nasty, plausible), (label) => {
      const shown = legible(label, FACT_LENGTH_MAX)
      assert.equal(legible(shown, FACT_LENGTH_MAX), shown)
      assert.equal(asHtmlShows(shown), shown)
      if (label === '') return assert.equal(shown, '')
      assert.ok(shown.length > 0)
      const isKept = lineOf(label, FACT_LENGTH_MAX) !== null
      assert.equal(shown.includes('\ufffd'), !isKept, 'what is odd can be seen')
      const deed = legibleDetails({ kind: 'remove', facts: { device: label } })
      assert.deepEqual(legibleDetails(deed), deed)
      assert.ok(isSameTask(deed, { kind: 'remove', facts: { device: label } }))
    })
    fc.assert(holds, { numRuns: 5_000 })
  })

  test('S87 of what was stored and is too long ends in dots', () => {
    const shown = legible('x'.repeat(10_000), FACT_LENGTH_MAX)
    assert.equal([...shown].length, FACT_LENGTH_MAX)
    assert.ok(shown.endsWith('x…'))
  })
})
