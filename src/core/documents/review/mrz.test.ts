import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { checkDigit, readMrz } from '#core/documents/review/mrz.ts'

/** The specimens of ICAO Doc 9303, parts 4, 5 and 6. */
const PASSPORT = [
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
  'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
].join('\n')
const CARD = [
  'I<UTOD231458907<<<<<<<<<<<<<<<',
  '7408122F1204159UTO<<<<<<<<<<<6',
  'ERIKSSON<<ANNA<MARIA<<<<<<<<<<',
].join('\n')
const SMALL = ['I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<', 'D231458907UTO7408122F1204159<<<<<<<6'].join(
  '\n',
)

const at = (text: string, index: number, character: string) =>
  text.slice(0, index) + character + text.slice(index + 1)

suite('Lines for machines', () => {
  test('the specimens of ICAO 9303 are read', () => {
    const anna = { ok: true, surname: 'ERIKSSON', given: 'ANNA MARIA', expires: '2012-04-15' }
    assert.deepEqual(readMrz(PASSPORT), { ...anna, format: 'TD3', documentNumber: 'L898902C3' })
    assert.deepEqual(readMrz(CARD), { ...anna, format: 'TD1', documentNumber: 'D23145890' })
    assert.deepEqual(readMrz(SMALL), { ...anna, format: 'TD2', documentNumber: 'D23145890' })
    assert.equal(readMrz(PASSPORT.toLowerCase().replaceAll('<', ' < ')).ok, true)
    assert.equal(checkDigit('520727'), '3')
    assert.equal(checkDigit('AB2134<<<'), '5')
  })

  test('every other digit, letter and length is told from the right one', () => {
    for (const specimen of [PASSPORT, CARD, SMALL]) {
      const digits = [...specimen].flatMap((one, index) => (/\d/.test(one) ? [index] : []))
      for (const index of digits) {
        const other = String((Number(specimen[index]) + 1) % 10)
        assert.equal(readMrz(at(specimen, index, other)).ok, false, String(index))
      }
    }
    const line = PASSPORT.indexOf('\n') + 1
    const faults = [
      [at(PASSPORT, line + 9, '7'), 'number'],
      [at(PASSPORT, line + 19, '3'), 'birth'],
      [at(PASSPORT, line + 27, '8'), 'expiry'],
      [at(PASSPORT, line + 42, '2'), 'optional'],
      [at(PASSPORT, line + 43, '1'), 'whole'],
      [at(PASSPORT, 3, '$'), 'character'],
      [PASSPORT.slice(0, -1), 'length'],
      ['', 'length'],
    ] as const
    for (const [typed, fault] of faults) assert.deepEqual(readMrz(typed), { ok: false, fault })
  })

  test('a day that no calendar has is no end of validity', () => {
    const digit = checkDigit('121345')
    const line = PASSPORT.indexOf('\n') + 1
    const typed = PASSPORT.slice(0, line + 21) + `121345${digit}` + PASSPORT.slice(line + 28)
    assert.deepEqual(readMrz(typed), { ok: false, fault: 'expiry' })
  })

  test('a number of more than nine characters goes on behind', () => {
    const number = 'D23145890734'
    const digit = checkDigit(number)
    const one = `I<UTO${number.slice(0, 9)}<${number.slice(9)}${digit}`.padEnd(30, '<')
    const two = '7408122F1204159UTO<<<<<<<<<<<'
    const whole = one.slice(5) + two.slice(0, 7) + two.slice(8, 15) + two.slice(18, 29)
    const card = [one, two + checkDigit(whole), 'ERIKSSON<<ANNA<MARIA<<<<<<<<<<'].join('\n')
    const read = readMrz(card)
    assert.ok(read.ok, JSON.stringify(read))
    assert.equal(read.documentNumber, number)
    assert.deepEqual(readMrz(card.replace(digit + '<', `${(Number(digit) + 1) % 10}<`)), {
      ok: false,
      fault: 'number',
    })
  })
})
