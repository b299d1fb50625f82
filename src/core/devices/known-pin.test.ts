import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  containsOne,
  type Fragments,
  FRAGMENTS_MAX,
  fragmentsOf,
  type KnownFacts,
} from './known-pin.ts'

const NOTHING: KnownFacts = {
  birthDate: null,
  documents: [],
  postalAddresses: [],
  telephoneNumbers: [],
  accountNumbers: [],
}

const ofDate = (birthDate: string) => fragmentsOf({ ...NOTHING, birthDate })
const refusedOf = (pins: readonly string[], fragments: Fragments) =>
  pins.filter((pin) => containsOne(pin, fragments))

suite('R068 A PIN', () => {
  test('is no birth date, in either order, short or long, forwards or backwards', () => {
    const born = ofDate('1984-07-03')
    const forms = [
      ...['0307', '0703', '030784', '070384', '840703', '840307', '1984', '0784', '8407'],
      ...['3784', '7384', '371984', '0384', '198407', '071984', '031984', '480703', '7030'],
      ...['3jul84', '03JUL8', 'jul3', '84jul', 'Jul84', 'jui84', 'a0307b', '0307ab', 'x1984y'],
    ]
    assert.deepEqual(refusedOf(forms, born), forms)
    const others = ['7412', '0308', '5293', '841103', 'jun3', 'j3ul', '3j84', 'k4715m']
    assert.deepEqual(refusedOf(others, born), [])
  })

  test('is no day on which a birthday of 29 February is kept', () => {
    const leap = ofDate('1984-02-29')
    const kept = [
      '2902',
      '0229',
      '2802',
      '0228',
      '0103',
      '0301',
      '290284',
      '29feb',
      '28feb',
      '1mar',
    ]
    assert.deepEqual(refusedOf(kept, leap), kept)
    // The day before is another client's own day only.
    assert.deepEqual(refusedOf(['0103', '0301', '2902'], ofDate('1984-02-28')), [])
  })

  test('is no part of a number that others know', () => {
    const rows: readonly (readonly [Partial<KnownFacts>, string[], string[]])[] = [
      [
        { documents: ['X 0471-9926'] },
        ['0471', '9926', '7199', '471992', 'x047', 'X0471', '6299', '740x'],
        ['0472', '9962'],
      ],
      [
        { telephoneNumbers: ['+41 44 668 12 34'] },
        ['4144', '6681', '1234', '681234', '0446', '4321', 'a6812'],
        ['0441', '2344'],
      ],
      [
        { postalAddresses: ['Anna Example, 12 Example Road, 8052 Zürich'] },
        ['0012', '1200', '8052', '128052', '805212', 'b8052'],
        ['0013', '8012'],
      ],
      [{ accountNumbers: ['U0417389'] }, ['0417', '7389', '041738', 'u041', '983714'], ['7398']],
      [{ postalAddresses: ['١٢ Example Road, ８０５２'] }, ['8052'], ['0012']],
    ]
    for (const [facts, known, others] of rows) {
      const fragments = fragmentsOf({ ...NOTHING, ...facts })
      assert.deepEqual(refusedOf(known, fragments), known, JSON.stringify(facts))
      assert.deepEqual(refusedOf(others, fragments), [], JSON.stringify(facts))
    }
    assert.equal(fragmentsOf(NOTHING).size, 0)
    assert.deepEqual(refusedOf(['1234', '1'], fragmentsOf({ ...NOTHING, documents: ['123'] })), [])
  })

  test('leaves nearly all PINs to choose from, and the birth date is held first of many facts', () => {
    const all = Array.from({ length: 10_000 }, (_, pin) => String(pin).padStart(4, '0'))
    const usual = fragmentsOf({
      birthDate: '1984-02-29',
      documents: ['X04719926', 'K8830217'],
      postalAddresses: ['12 Example Road, 8052 Zurich'],
      telephoneNumbers: ['+41446681234'],
      accountNumbers: ['U0417389', 'U0417390'],
    })
    assert.ok(refusedOf(all, usual).length < 400)
    const documents = Array.from({ length: 200 }, (_, one) => `${one * 7_919 + 10_000_019}`)
    const many = fragmentsOf({ ...NOTHING, birthDate: '1984-02-29', documents })
    assert.equal(many.size, FRAGMENTS_MAX)
    assert.ok(containsOne('290284', many))
  })
})
