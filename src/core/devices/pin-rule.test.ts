import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
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
    assert.deepEqual(pinRuleIn(rules, ['hk']), long)
    assert.deepEqual(pinRuleIn(rules, ['us']), USUAL_PIN_RULE)
    assert.deepEqual(pinRuleIn(rules, []), USUAL_PIN_RULE)
  })

  test('R067 of several places is the strictest in each part', () => {
    assert.deepEqual(pinRuleIn(rules, ['us', 'hk', 'in']), {
      phone: { lengthMin: 6, characters: 'digits' },
      blocklist: ['4711', '0815'],
    })
  })
})
