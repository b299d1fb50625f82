import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  heardOf,
  type OnRecord,
  obstacleOnRecord,
  SHARE_REQUEST_LIFETIME,
  shareAnswered,
  shareAsked,
  shareLookedUp,
  shareWithdrawn,
} from '#core/inventory/share-request.ts'
import type { IdentityFacts } from '#core/subscribers/identity.ts'
import { after, before, instant, millis } from '#core/time/time.ts'

const PASSPORT = { type: 'passport', number: 'X0471-9926' } as const
const FACTS: IdentityFacts = {
  birthDate: '1984-02-29',
  citizenship: 'CH',
  entity: null,
  documents: [PASSPORT],
}
const one = (facts: Partial<IdentityFacts> = {}, changes: Partial<OnRecord> = {}): OnRecord => ({
  identity: { ...FACTS, ...facts },
  residence: 'FR',
  holds: [],
  isClosed: false,
  isHeld: false,
  ...changes,
})
const company = (entity: string): OnRecord =>
  one({ birthDate: null, citizenship: null, entity, documents: [] })

const WHO = 'token.different-people'

suite('Who may share a device, by what is on record', () => {
  const table: readonly (readonly [string, readonly OnRecord[], string | null])[] = [
    ['R120 the same birth date, citizenship, residence and passport', [one(), one()], null],
    [
      'R120 one passport of several, however its number is spelled',
      [
        one(),
        one({
          documents: [
            { type: 'other', number: '7' },
            { ...PASSPORT, number: 'x0471 9926' },
          ],
        }),
      ],
      null,
    ],
    ['R120 the same entity', [company('E 1'), company('E 1')], null],
    ['another entity', [company('E 1'), company('E 2')], WHO],
    ['R120 another birth date', [one(), one({ birthDate: '1984-02-28' })], WHO],
    ['R120 another citizenship', [one(), one({ citizenship: 'FR' })], WHO],
    ['R120 another residence', [one(), one({}, { residence: 'CH' })], WHO],
    [
      'R120 another number',
      [one(), one({ documents: [{ ...PASSPORT, number: 'X0471-9927' }] })],
      WHO,
    ],
    [
      'R120 the same number on another type of document',
      [one(), one({ documents: [{ ...PASSPORT, type: 'identity-card' }] })],
      WHO,
    ],
    ['a number without its type', [one(), one({ documents: [{ ...PASSPORT, type: null }] })], WHO],
    ...(['birthDate', 'citizenship'] as const).map(
      (fact) =>
        [`no ${fact} of either`, [one({ [fact]: null }), one({ [fact]: null })], WHO] as const,
    ),
    ['no residence of either', [one({}, { residence: null }), one({}, { residence: null })], WHO],
    ['no document of either', [one({ documents: [] }), one({ documents: [] })], WHO],
    ['R120 a temporary device', [one(), one({}, { holds: ['2t'] })], 'token.temporary-device'],
    ['R120 a stronger device of either', [one({}, { holds: ['4'] }), one()], 'token.weaker-device'],
    ['a closed account', [one(), one({}, { isClosed: true })], 'account-closed'],
    ['a hold', [one({}, { isHeld: true }), one()], 'binding-held'],
  ]
  for (const [what, all, obstacle] of table) {
    test(what, () => assert.equal(obstacleOnRecord('3', all), obstacle))
  }
})

suite('A request to share', () => {
  const now = instant(1_000_000)
  const request = shareAsked({
    id: 'shr_1' as never,
    askerId: 'sub_1' as never,
    nameKey: 'anna',
    stamp: 1,
    sessionId: 'ses_1' as never,
    askedAt: now,
  })
  const offer = { ownerId: 'sub_2' as never, authenticatorId: 'aut_1' as never }
  const offered = shareLookedUp(request, offer)
  const end = after(now, SHARE_REQUEST_LIFETIME)

  test('looks the same to the client who asks, whatever was found, until it is over', () => {
    const idle = shareLookedUp(request, 'no-client')
    const declined = shareAnswered(offered, 'declined', now)
    assert.ok(declined)
    for (const at of [now, before(end, millis(1)), end])
      assert.equal(
        new Set([request, idle, offered, declined].map((all) => heardOf(all, at))).size,
        1,
      )
    assert.equal(heardOf(request, before(end, millis(1))), 'waiting')
    assert.equal(heardOf(request, end), 'over')
  })

  test('is agreed to once, in time, and by nothing but an offer', () => {
    const agreed = shareAnswered(offered, 'agreed', before(end, millis(1)))
    assert.ok(agreed)
    assert.equal(heardOf(agreed, end), 'agreed')
    assert.equal(shareAnswered(agreed, 'agreed', now), null)
    assert.equal(shareAnswered(request, 'agreed', now), null)
    assert.equal(shareAnswered(offered, 'agreed', end), null)
    assert.equal(shareWithdrawn(agreed), null)
  })

  test('that was taken back is agreed to no more', () => {
    const withdrawn = shareWithdrawn(offered)
    assert.ok(withdrawn)
    assert.equal(shareAnswered(withdrawn, 'agreed', now), null)
    assert.equal(shareWithdrawn(withdrawn), null)
    assert.equal(heardOf(withdrawn, now), 'over')
  })
})
