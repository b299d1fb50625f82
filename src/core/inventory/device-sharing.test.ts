import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Identity, type Participant, sharingObstacle } from '#core/inventory/device-sharing.ts'

const identity: Identity = {
  birthDate: '1970-01-01',
  citizenship: 'CH',
  residence: 'FR',
  documentType: 'passport',
  documentNumber: 'X0000001',
}
const person = (changes: Partial<Participant> = {}): Participant => ({
  entity: null,
  identity,
  holds: [],
  ...changes,
})
const company = (entity: string | null): Participant => person({ entity, identity: null })

suite('Sharing a device', () => {
  const table: readonly (readonly [string, readonly Participant[], string | null])[] = [
    ['R120 one person under two user names', [person(), person()], null],
    ['R120 two who act for one entity', [company('E1'), company('E1')], null],
    ['R120 three of them', [company('E1'), company('E1'), company('E1')], null],
    ['two entities', [company('E1'), company('E2')], 'token.different-people'],
    [
      'one of three is of another',
      [company('E1'), company('E1'), company('E2')],
      'token.different-people',
    ],
    ['no entity is none in common', [company(null), company(null)], 'token.different-people'],
    [
      'it is not recorded who the other is',
      [person(), person({ identity: null })],
      'token.different-people',
    ],
    [
      'it is not recorded who either is',
      [person({ identity: null }), person()],
      'token.different-people',
    ],
    ...Object.keys(identity).map(
      (fact) =>
        [
          `R120 another ${fact}`,
          [person(), person({ identity: { ...identity, [fact]: 'other' } })],
          'token.different-people',
        ] as const,
    ),
    ['R120 a temporary passcode', [person(), person({ holds: ['2t'] })], 'token.temporary-device'],
    ['R120 a code card', [person({ holds: ['2c', '4'] }), person()], 'token.temporary-device'],
    ['a phone and a text beside it', [person({ holds: ['3'] }), person({ holds: ['2s'] })], null],
  ]
  for (const [what, participants, obstacle] of table) {
    test(what, () => assert.equal(sharingObstacle('4', participants), obstacle))
  }

  test('R120 the device with the highest protection is the one that is shared', () => {
    const strong = [person({ holds: ['4'] }), person({ holds: ['3'] })]
    assert.equal(sharingObstacle('3', strong), 'token.weaker-device')
    assert.equal(sharingObstacle('4', strong), null)
  })

  test('without clients there is nothing to share', () => {
    assert.equal(sharingObstacle('4', []), 'token.different-people')
  })
})
