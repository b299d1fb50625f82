import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf } from '#channels/web-push/answers.ts'
import { instant, seconds } from '#core/time/time.ts'

const NOW = instant(Date.parse('2026-11-30T12:00:00Z'))

const later = (status: number, wait_s?: number) => ({
  outcome: 'later',
  reason: `status ${status}`,
  ...(wait_s !== undefined && { wait: seconds(wait_s) }),
})
const REFUSED = { outcome: 'failed', reason: 'rejected' }
const GONE = { outcome: 'gone' }
const SENT = { outcome: 'sent' }

/** What vendors answer: status, `Retry-After`, and what follows within a minute of life. */
const ANSWERS = [
  [200, null, SENT],
  [201, null, SENT],
  [202, null, SENT],
  // Of the signature: a key that is not the one of the address, a token too old, a bad contact.
  [400, null, REFUSED],
  [401, null, REFUSED],
  [403, null, REFUSED],
  [404, null, GONE],
  [410, null, GONE],
  [405, null, REFUSED],
  [413, null, REFUSED],
  [408, null, later(408)],
  [429, null, later(429)],
  [429, '0', later(429, 0)],
  [429, '30', later(429, 30)],
  [429, '60', later(429, 60)],
  [429, '61', { outcome: 'failed', reason: 'expired' }],
  [429, 'Mon, 30 Nov 2026 12:00:20 GMT', later(429, 20)],
  [429, 'Mon, 30 Nov 2026 11:00:00 GMT', later(429, 0)],
  [429, 'Tue, 01 Dec 2026 12:00:00 GMT', { outcome: 'failed', reason: 'expired' }],
  [429, '-5', later(429)],
  [429, 'soon', later(429)],
  [429, '9'.repeat(40), later(429)],
  [500, null, later(500)],
  [502, null, later(502)],
  [503, '5', later(503, 5)],
  [302, null, later(302)],
] as const

test('every answer of a push service has its consequence', () => {
  for (const [status, retryAfter, outcome] of ANSWERS) {
    const told = outcomeOf({ status, retryAfter }, { now: NOW, lifeLeft: seconds(60) })
    assert.deepEqual(told, outcome, `${status} ${retryAfter}`)
  }
})
