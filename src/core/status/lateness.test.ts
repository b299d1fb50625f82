import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type Condition,
  conditionsOf,
  EVERYWHERE,
  judged,
  LATE_AFTER,
  LATE_MIN,
  type Outcome,
  vendorOf,
  weighed,
  witnessOf,
} from '#core/status/lateness.ts'
import { after, before, instant, millis } from '#core/time/time.ts'

const NOW = instant(Date.UTC(2026, 10, 30))
const LISTENING = { now: NOW, givesReceipts: () => true }

const outcome = (witness: string, given: Partial<Outcome> = {}): Outcome => ({
  witness,
  place: 'IN',
  begunAt: before(NOW, LATE_AFTER),
  state: 'failed',
  reason: 'blocked',
  ...given,
})

const clients = (count: number, given: Partial<Outcome> = {}, name = 'client') =>
  Array.from({ length: count }, (_, index) => outcome(`${name} ${index}`, given))

suite('When a channel is late', () => {
  test('a message is late a minute after it began, and not before', () => {
    for (const state of ['sent', 'waiting'] as const) {
      const one = outcome('anna', { state, reason: null })
      assert.equal(witnessOf(one, LISTENING), null)
      assert.equal(witnessOf(one, { ...LISTENING, now: after(NOW, millis(1)) }), 'late')
    }
  })

  test('silence means nothing where the carrier never says that a message arrived', () => {
    const one = outcome('anna', { state: 'sent', reason: null })
    const listening = {
      now: after(NOW, millis(1)),
      givesReceipts: (place: string) => place === 'FR',
    }
    assert.equal(witnessOf(one, listening), 'good')
    assert.equal(witnessOf({ ...one, place: 'FR' }, listening), 'late')
    assert.equal(witnessOf({ ...one, state: 'waiting' }, listening), 'late')
  })

  test('what lies with the phone or the number of one client is no witness', () => {
    for (const reason of ['unreachable', 'rejected', 'stopped'] as const)
      assert.equal(witnessOf(outcome('anna', { reason }), LISTENING), null)
    for (const reason of ['blocked', 'expired', 'undelivered', 'unclear', null] as const)
      assert.equal(witnessOf(outcome('anna', { reason }), LISTENING), 'late')
  })

  test('one attacker whose texts all fail is one witness, and puts up no notice', () => {
    const attack = Array.from({ length: 500 }, () => outcome('mallory'))
    assert.deepEqual(weighed(attack, LISTENING), { good: 0, late: 1 })
    assert.equal(conditionsOf(new Map(), attack, LISTENING).get('IN'), undefined)
    // With four others whose texts are late, they would have been five.
    const others = [...attack, ...clients(LATE_MIN - 1)]
    assert.equal(conditionsOf(new Map(), others, LISTENING).get('IN'), 'late')
  })

  test('a client who had one message in time is no witness of a delay', () => {
    const both = [...clients(LATE_MIN), ...clients(LATE_MIN, { state: 'arrived' })]
    assert.deepEqual(weighed(both, LISTENING), { good: LATE_MIN, late: 0 })
  })

  test('it becomes late with five clients and half of all, and works again with a fifth', () => {
    const table: readonly (readonly [Condition, number, number, Condition])[] = [
      ['works', 4, 0, 'works'],
      ['works', 5, 0, 'late'],
      ['works', 5, 5, 'late'],
      ['works', 5, 6, 'works'],
      ['late', 5, 6, 'late'],
      ['late', 1, 3, 'late'],
      ['late', 1, 4, 'works'],
      ['late', 1, 2, 'late'],
      ['late', 0, 0, 'works'],
      ['late', 0, 1, 'works'],
    ]
    for (const [was, late, good, becomes] of table)
      assert.equal(judged(was, { late, good }), becomes, `${was}, ${late} late, ${good} good`)
  })

  test('one country does not speak for all, and five countries do', () => {
    const india = conditionsOf(new Map(), clients(9), LISTENING)
    assert.deepEqual([...india].toSorted(), [
      [EVERYWHERE, 'works'],
      ['IN', 'late'],
    ])
    const five = ['IN', 'US', 'FR', 'DE', 'CH'].map((place) => outcome(place, { place }))
    assert.deepEqual([...conditionsOf(new Map(), five, LISTENING)], [[EVERYWHERE, 'late']])
  })

  test('a place that was late and of which nothing is heard any more works', () => {
    const was = new Map([['IN', 'late' as const]])
    assert.equal(conditionsOf(was, [], LISTENING).get('IN'), 'works')
    assert.equal(conditionsOf(was, clients(2), LISTENING).get('IN'), 'late')
  })

  test('a push service is known by its host, and by no host that only ends alike', () => {
    assert.equal(vendorOf('web.push.apple.com'), 'apple')
    assert.equal(vendorOf('fcm.googleapis.com'), 'google')
    assert.equal(vendorOf('updates.push.services.mozilla.com'), 'mozilla')
    assert.equal(vendorOf('wns2-by3p.notify.windows.com'), 'microsoft')
    assert.equal(vendorOf('evilpush.apple.com.example.com'), EVERYWHERE)
    assert.equal(vendorOf('notgoogleapis.com'), EVERYWHERE)
  })
})
