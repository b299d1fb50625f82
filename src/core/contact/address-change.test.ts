import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  ADDRESS_LINE_LENGTH_MAX,
  addressIn,
  isSamePlace,
  onEnvelope,
  onOneLine,
  type TypedAddress,
} from '#core/contact/address-change.ts'
import { isWithoutPostcode, samplePostcode } from '#core/contact/postcode.ts'
import { COUNTRIES } from '#core/subscribers/country.ts'
import { FACT_LENGTH_MAX } from '#core/task-details.ts'

const typed = { street: '2 Example Street', more: '', town: '10001 New York', country: 'US' }

const nameOf = (letters: string) => ({ US: 'United States', GB: 'United Kingdom' })[letters] ?? 'X'

const addressOf = (more: Partial<TypedAddress> = {}) => {
  const judged = addressIn({ ...typed, ...more }, nameOf)
  return judged.ok ? judged.address : judged.faults
}

suite('A postal address that is typed', () => {
  test('has a street, a town and a country, and the lines that are there', () => {
    assert.equal(addressOf(), '2 Example Street\n10001 New York\nUnited States')
    assert.equal(
      addressOf({ more: ' Flat  3 ' }),
      typed.street + '\nFlat 3\n10001 New York\nUnited States',
    )
    assert.deepEqual(addressOf({ street: ' ', more: '', town: '', country: '' }), {
      street: 'missing',
      town: 'missing',
      country: 'missing',
    })
  })

  test('fits into what a phone shows and signs, and has nothing that cannot be seen', () => {
    const longest = 'a'.repeat(ADDRESS_LINE_LENGTH_MAX)
    const left = FACT_LENGTH_MAX - ADDRESS_LINE_LENGTH_MAX - ', , , X'.length
    const all = {
      street: longest,
      more: 'b'.repeat(40),
      town: 'c'.repeat(left - 40),
      country: 'HK',
    }
    const address = addressOf(all)
    assert.ok(typeof address === 'string', 'the longest is one')
    assert.equal(onOneLine(address).length, FACT_LENGTH_MAX)
    assert.deepEqual(addressOf({ ...all, town: `${all.town}d` }), { street: 'together' })
    assert.deepEqual(addressOf({ more: `${longest}a` }), { more: 'long' })
    for (const odd of ['Main\nStreet', 'Main\u202eStreet', 'Main\u200bStreet', '<b>?</b>', 'a > b'])
      for (const line of ['street', 'more', 'town'] as const)
        assert.deepEqual(addressOf({ [line]: odd }), { [line]: 'odd' }, odd)
  })

  test('is of a country that there is, and has words and a postcode where that is certain', () => {
    for (const country of ['Nowhereland', 'UK', 'EU', 'us', 'XX'])
      assert.deepEqual(addressOf({ country }), { country: 'missing' }, country)
    assert.deepEqual(addressOf({ street: 'x', more: '?', town: '- 1' }), {
      street: 'incomplete',
      more: 'incomplete',
      town: 'incomplete',
    })
    assert.deepEqual(addressOf({ town: 'New York' }), { town: 'postcode' })
    assert.deepEqual(addressOf({ country: 'GB' }), { town: 'postcode' })
    assert.equal(typeof addressOf({ country: 'GB', town: 'London sw1a 1aa' }), 'string')
    assert.equal(typeof addressOf({ country: 'HK', town: 'Kowloon' }), 'string')
  })

  test('an example of a postcode is one', () => {
    for (const country of COUNTRIES) {
      const sample = samplePostcode(country)
      assert.equal(isWithoutPostcode(`${sample} Town`, country), false, country)
      assert.equal(isWithoutPostcode('Town', country), sample !== null, country)
    }
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
