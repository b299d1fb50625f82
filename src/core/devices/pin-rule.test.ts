import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DEFAULT_RULES } from '#core/subscribers/jurisdiction.ts'
import { type PinRule, pinRuleIn, USUAL_PIN_RULE } from '#core/devices/pin-rule.ts'

const long: PinRule = {
  phone: { lengthMin: 6, characters: 'letters-and-digits' },
  blocklist: ['4711'],
}
const digits: PinRule = { phone: { lengthMin: 4, characters: 'digits' }, blocklist: ['0815'] }
const rules = {
  everywhere: USUAL_PIN_RULE,
  places: new Map([
    ['hk', long],
    ['in', digits],
  ]),
}

suite('The rule for PINs', () => {
  test('R067 is that of the place, and the usual one elsewhere', () => {
    assert.deepEqual(pinRuleIn(rules, ['hk'], DEFAULT_RULES), long)
    assert.deepEqual(pinRuleIn(rules, ['us'], DEFAULT_RULES), USUAL_PIN_RULE)
    assert.deepEqual(pinRuleIn(rules, [], DEFAULT_RULES), USUAL_PIN_RULE)
  })

  test('R067 of several places is the strictest in each part', () => {
    assert.deepEqual(pinRuleIn(rules, ['us', 'hk', 'in'], DEFAULT_RULES), {
      phone: { lengthMin: 6, characters: 'digits' },
      blocklist: ['4711', '0815'],
    })
  })

  test('R067 R068 R132 is what the file of a place asks for, where the settings ask for less, and of both the stricter', () => {
    const asked = {
      ...DEFAULT_RULES,
      ...({ phonePinLength: 5, phonePinCharacters: 'digits', pinBlocklist: ['1212'] } as const),
    }
    const ofFile = { phone: { lengthMin: 5, characters: 'digits' }, blocklist: ['1212'] }
    assert.deepEqual(pinRuleIn(rules, ['us'], asked), ofFile)
    assert.deepEqual(pinRuleIn(rules, [], asked), ofFile)
    assert.deepEqual(pinRuleIn(rules, ['hk'], asked), {
      phone: { lengthMin: 6, characters: 'digits' },
      blocklist: ['4711', '1212'],
    })
  })
})
