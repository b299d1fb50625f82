import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { LoginId, SessionId, SubscriberId } from '../ids.ts'
import {
  expiryOf,
  isOpen,
  SEEN_GRAIN,
  SESSION_ABSOLUTE,
  SESSION_IDLE,
  type Session,
} from './session.ts'
import { after, before, type Instant, instant, type Millis, millis, minutes } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))

const session = (seenAfter: Millis): Session => ({
  id: 'ses_1' as SessionId,
  subscriberId: 'sub_anna' as SubscriberId,
  loginId: 'log_1' as LoginId,
  platform: 'portal',
  environment: 'live',
  proofs: [],
  origin: { browserId: null, browser: 'Firefox, Windows', place: 'Zug' },
  openedAt: NOON,
  seenAt: after(NOON, seenAfter),
  endedAt: null,
})

suite('A session', () => {
  test('S78 ends after thirty minutes without a request, or twelve hours', () => {
    assert.equal(SESSION_IDLE, 30 * 60_000)
    assert.equal(SESSION_ABSOLUTE, 12 * 3_600_000)
    const rows = [
      [minutes(0), minutes(30)],
      [minutes(1), minutes(31)],
      [minutes(11 * 60 + 29), minutes(11 * 60 + 59)],
      [minutes(11 * 60 + 30), minutes(12 * 60)],
      [minutes(11 * 60 + 31), minutes(12 * 60)],
      [minutes(12 * 60 - 1), minutes(12 * 60)],
    ] as const
    for (const [seenAfter, endsAfter] of rows) {
      const expiry = after(NOON, endsAfter)
      const at = (now: Instant) => isOpen(session(seenAfter), now)
      assert.equal(expiryOf(session(seenAfter)), expiry)
      assert.equal(at(before(expiry, minutes(1))), true)
      assert.equal(at(before(expiry, millis(1))), true)
      assert.equal(at(expiry), false)
      assert.equal(at(after(expiry, millis(1))), false)
    }
  })

  test('is written again once a minute, so that it ends at most that much early', () => {
    assert.equal(SEEN_GRAIN, 60_000)
  })

  test('is not open again once it was ended', () => {
    assert.equal(isOpen({ ...session(minutes(0)), endedAt: NOON }, NOON), false)
    assert.equal(isOpen({ ...session(minutes(0)), endedAt: NOON }, before(NOON, minutes(1))), false)
  })
})
