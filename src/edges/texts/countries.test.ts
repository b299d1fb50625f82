import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { countryName, namesCountry } from '#edges/texts/countries.ts'

suite('Countries in words', () => {
  test('are named in the language of who reads', () => {
    assert.equal(countryName('en', 'US'), 'United States')
    assert.equal(countryName('fr', 'US'), 'États-Unis')
  })

  test('are known at the end of an address, however they are written', () => {
    for (const line of ['United States', 'ÉTATS-UNIS', 'Etats-Unis', 'USA', 'U.K.', 'France '])
      assert.ok(namesCountry(line), line)
    for (const line of ['', '10001 New York', 'US 10001', 'Example Town'])
      assert.ok(!namesCountry(line), line)
  })
})
