import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { instant } from '#core/time/time.ts'
import { outcomesOf, vendorIn } from '#engine/delivery/outcomes.ts'
import type { Outgoing } from '#store/delivery/outbox.ts'

const AT = instant(Date.UTC(2026, 10, 30))

const text: Outgoing = {
  id: 'out_1' as Outgoing['id'],
  channel: 'sms',
  to: null,
  address: '+919876500000',
  payload: {},
  about: { loginId: 'log_1' as never, openedAt: AT },
  createdAt: AT,
  attempts: 0,
}

suite('What is kept of a delivery', () => {
  const states = (outgoing: Outgoing, tried: Parameters<typeof outcomesOf>[1]) =>
    outcomesOf(outgoing, tried).map(({ place, state }) => [place, state])

  test('is its country and how far it came, and no number', () => {
    const named = { outcome: 'sent', messages: ['m'] } as const
    assert.deepEqual(states(text, named), [['IN', 'sent']])
    assert.deepEqual(states(text, { outcome: 'sent' }), [['IN', 'taken']])
    assert.deepEqual(states(text, { outcome: 'later', reason: 'away' }), [['IN', 'waiting']])
    assert.deepEqual(states(text, { outcome: 'failed', reason: 'blocked' }), [['IN', 'failed']])
    assert.doesNotMatch(JSON.stringify(outcomesOf(text, named)), /98765/)
  })

  test('is nothing where no login waits for it, or nothing was sent', () => {
    const { about: _about, ...notice } = text
    assert.deepEqual(states(notice, { outcome: 'sent' }), [])
    assert.deepEqual(states({ ...text, beside: true }, { outcome: 'sent' }), [])
    assert.deepEqual(states(text, { outcome: 'gone' }), [])
    assert.deepEqual(states({ ...text, channel: 'push' }, { outcome: 'sent', place: null }), [])
  })

  test('is the vendor of a phone, where its address has one', () => {
    assert.equal(vendorIn({ endpoint: 'https://web.push.apple.com/QGuQ' }), 'apple')
    for (const endpoint of ['https://push.example.com/1', 'no address', 1, null])
      assert.equal(vendorIn({ endpoint }), '')
  })
})
