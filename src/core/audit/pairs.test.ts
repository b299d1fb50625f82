import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type JointDeed, MARKS_OF_A_TRAIL, pairsOf } from '#core/audit/pairs.ts'
import type { EventActor } from '#core/events/event.ts'
import type { SubscriberId } from '#core/ids.ts'
import { after, days, hours, instant } from '#core/time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const NONE = { failed: [], denied: [] }

const client = (name: string) => `sub_${name}` as SubscriberId
const member = (name: string) => `staff:${name}` as EventActor

const deed = (by: string, of: string, day = 0): JointDeed => ({
  at: after(NOON, days(day)),
  asker: member(by.split(' ')[0] ?? ''),
  second: member(by.split(' ')[1] ?? ''),
  subscriberId: client(of),
})

suite('The trail of two', () => {
  const honest = [
    deed('jane sue', 'a'),
    deed('jane tom', 'b', 1),
    deed('bob sue', 'c', 1),
    deed('bob tom', 'd', 2),
    deed('bob sue', 'e', 3),
  ]
  const corrupt = ['v', 'w', 'x'].map((of, day) => deed('mia sue', of, day))
  const failed = ['v', 'w'].map((of) => ({ at: NOON, subscriberId: client(of) }))

  test('two corrupt agents are found, and honest pairs are not', () => {
    const pairs = pairsOf([...honest, ...corrupt], { failed, denied: [] })
    const found = pairs.filter(({ marks }) => marks.length >= MARKS_OF_A_TRAIL)
    assert.deepEqual(
      found.map(({ asker, second, clients, marks }) => [asker, second, clients, marks]),
      [['staff:mia', 'staff:sue', 3, ['again', 'one-sided', 'failed-before']]],
    )
    assert.equal(pairs[0], found[0], 'and stand first')
  })

  test('the same two are one pair, whichever of them asks', () => {
    const both = [deed('mia sue', 'a'), deed('sue mia', 'b'), deed('mia sue', 'c')]
    const [pair, ...more] = pairsOf(both, NONE)
    assert.deepEqual(more, [])
    assert.deepEqual([pair?.asker, pair?.deeds, pair?.clients], ['staff:mia', 3, 3])
  })

  test('a proof counts that failed in the week before, and a denial in the month after', () => {
    const deeds = ['a', 'b'].map((of) => deed('mia sue', of, 10))
    const clues = (at: number) =>
      ['a', 'b'].map((of) => ({ at: after(NOON, at as never), subscriberId: client(of) }))
    const failedAt = (at: number) =>
      pairsOf(deeds, { failed: clues(at), denied: [] })[0]?.failedBefore
    assert.equal(failedAt(days(3)), 0)
    assert.equal(failedAt(days(3) + 1), 2)
    assert.equal(failedAt(days(10)), 2)
    assert.equal(failedAt(days(10) + hours(1)), 0)
    const deniedAt = (at: number) => pairsOf(deeds, { failed: [], denied: clues(at) })[0]?.denied
    assert.equal(deniedAt(days(9)), 0)
    assert.equal(deniedAt(days(10)), 2)
    assert.equal(deniedAt(days(40) - 1), 2)
    assert.equal(deniedAt(days(40)), 0)
  })

  test('where there is one second person, no pair is one-sided', () => {
    assert.deepEqual(pairsOf(corrupt.slice(0, 2), NONE)[0]?.marks, [])
    assert.deepEqual(pairsOf(corrupt, NONE)[0]?.marks, ['again'])
  })
})
