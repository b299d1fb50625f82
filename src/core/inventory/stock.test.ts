import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { lowKinds, placeKey, stockRows } from './stock.ts'

const row = (method: string, place: string, free: number) =>
  ({ method, place, standing: 'free', count: free }) as const

suite('The stock of devices', () => {
  test('is one row for each kind and place, with nothing where there is none', () => {
    const rows = stockRows([
      row('card', 'paris', 3),
      row('card', 'main', 2),
      { ...row('card', 'main', 7), standing: 'out' },
    ])
    const none = { free: 0, ordered: 0, out: 0, 'written-off': 0, back: 0, destroyed: 0 }
    assert.deepEqual(rows, [
      { method: 'card', place: 'main', counts: { ...none, free: 2, out: 7 } },
      { method: 'card', place: 'paris', counts: { ...none, free: 3 } },
    ])
  })

  test('is low below the least, over all places, also where there is nothing of a kind', () => {
    const rows = stockRows([row('card', 'paris', 3), row('card', 'main', 2)])
    const kinds = ['card', 'other']
    assert.deepEqual(lowKinds(rows, { kinds, least: 5 }), ['other'])
    assert.deepEqual(lowKinds(rows, { kinds, least: 6 }), ['card', 'other'])
    assert.deepEqual(lowKinds(rows, { kinds, least: 0 }), [])
  })

  test('lies in a place that has a name', () => {
    for (const [typed, expected] of [
      [' Zürich 2 ', 'zürich 2'],
      ['main', 'main'],
      ['', null],
      ['-', null],
      ['a<b', null],
      ['x'.repeat(41), null],
    ] as const) {
      assert.equal(placeKey(typed), expected, typed)
    }
  })
})
