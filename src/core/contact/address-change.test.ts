import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  ADDRESS_LINE_LENGTH_MAX,
  ADDRESS_LINES,
  addressIn,
  isSamePlace,
  lineToMend,
  onEnvelope,
  onOneLine,
} from '#core/contact/address-change.ts'
import { FACT_LENGTH_MAX } from '#core/task-details.ts'

const typed = { street: '2 Example Street', more: '', town: '10001 New York', country: '' }

suite('A postal address that is typed', () => {
  test('has a street and a town, and the lines that are there', () => {
    assert.equal(addressIn(typed), '2 Example Street\n10001 New York')
    const whole = { ...typed, more: ' Flat  3 ', country: 'USA' }
    assert.equal(addressIn(whole), '2 Example Street\nFlat 3\n10001 New York\nUSA')
    for (const missing of ['street', 'town'] as const)
      assert.equal(addressIn({ ...typed, [missing]: ' ' }), null, missing)
  })

  test('fits into what a phone shows and signs, and has nothing that cannot be seen', () => {
    const longest = 'a'.repeat(ADDRESS_LINE_LENGTH_MAX)
    const all = { street: longest, more: longest, town: 'b'.repeat(16), country: '' }
    const address = addressIn(all) ?? assert.fail('the longest is one')
    assert.equal(onOneLine(address).length, FACT_LENGTH_MAX)
    assert.equal(addressIn({ ...all, country: 'c' }), null)
    for (const odd of [`${longest}a`, 'Main\nStreet', 'Main\u202eStreet', 'Main\u200bStreet'])
      assert.equal(addressIn({ ...typed, more: odd }), null, odd)
  })

  test('says which line is to be mended', () => {
    for (const wrong of ADDRESS_LINES)
      assert.equal(lineToMend({ ...typed, [wrong]: 'Main\u202eStreet' }), wrong)
    assert.equal(lineToMend({ ...typed, town: '' }), 'town')
    assert.equal(lineToMend(typed), 'street', 'all of it')
  })

  test('goes on an envelope under the name of the client, where the one before did', () => {
    const home = '2 New Street\nShelbyville'
    const headed = `Anna Example\n${home}`
    const as = (before: string | null, address = home, fullName: string | null = 'Anna Example') =>
      onEnvelope(address, { fullName, before })
    assert.equal(as('Anna Example\n1 Old Street'), headed)
    assert.equal(as(null), headed, 'the first one')
    assert.equal(as('1 Old Street\nSpringfield'), home, 'the name is printed elsewhere')
    assert.equal(as('Anna Example\n1 Old Street', headed), headed, 'typed with it')
    assert.equal(as('Anna Example\n1 Old Street', home, null), home)
    assert.ok(isSamePlace(headed, home) && isSamePlace(home, home))
    assert.ok(!isSamePlace(`1${home}`, home) && !isSamePlace(home, headed))
  })
})
