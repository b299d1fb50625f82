import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  type Budget,
  NO_FAILURES,
  RECOGNISED,
  reserved,
  STRANGERS,
  type Throttle,
} from './throttle.ts'
import { after, before, type Instant, instant, millis, seconds } from './time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))

const failedTimes = (failures: number): Throttle => ({ failures, lastFailedAt: NOON })

/** Guesses as fast as the budget lets it, until nothing is evaluated any more. */
function guessed(budget: Budget): { readonly attempts: number; readonly until: Instant } {
  let throttle = NO_FAILURES
  let now = NOON
  for (let attempts = 0; ; ) {
    const reservation = reserved(throttle, budget, now)
    if (reservation.ok) {
      throttle = reservation.throttle
      attempts += 1
    } else if (reservation.problem === 'login.wait') now = reservation.until
    else return { attempts, until: now }
  }
}

suite('Guessing a password', () => {
  test('A4 is counted before it is judged', () => {
    assert.deepEqual(reserved(NO_FAILURES, STRANGERS, NOON), {
      ok: true,
      throttle: { failures: 1, lastFailedAt: NOON },
    })
    const later = after(NOON, seconds(60))
    assert.deepEqual(reserved(failedTimes(7), STRANGERS, later), {
      ok: true,
      throttle: { failures: 8, lastFailedAt: later },
    })
  })

  test('S3 waits longer each time, up to a minute', () => {
    const waits = [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    for (const [failures, wait] of waits.entries()) {
      const until = after(NOON, seconds(wait))
      const at = (now: Instant) => reserved(failedTimes(failures), STRANGERS, now)
      assert.equal(at(until).ok, true, `${failures}`)
      assert.equal(at(after(until, millis(1))).ok, true)
      if (wait === 0) continue
      for (const early of [NOON, before(until, millis(1))]) {
        assert.deepEqual(at(early), { ok: false, problem: 'login.wait', until })
      }
    }
  })

  test('S1 ends: strangers have fifty guesses at a name, a recognised browser has ten', () => {
    const nextDay = after(NOON, seconds(86_400))
    for (const [budget, cap] of [
      [STRANGERS, 50],
      [RECOGNISED, 10],
    ] as const) {
      assert.equal(budget.hardCap, cap)
      assert.equal(guessed(budget).attempts, cap)
      assert.equal(reserved(failedTimes(cap - 1), budget, nextDay).ok, true)
      for (const failures of [cap, cap + 1]) {
        assert.deepEqual(reserved(failedTimes(failures), budget, nextDay), {
          ok: false,
          problem: 'login.locked',
        })
      }
    }
  })

  test('A28 takes the fifty guesses more than forty minutes, and leaves the other budget alone', () => {
    const { until } = guessed(STRANGERS)
    assert.ok(until >= after(NOON, seconds(40 * 60)))
    assert.equal(reserved(NO_FAILURES, RECOGNISED, until).ok, true)
  })

  test('A4 finds a count that has risen, however many guesses are sent at once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5_000 }), { maxLength: 200 }), (pauses) => {
        let throttle = NO_FAILURES
        let now = NOON
        let evaluated = 0
        for (const pause of pauses) {
          now = after(now, millis(pause))
          const reservation = reserved(throttle, RECOGNISED, now)
          if (!reservation.ok) continue
          evaluated += 1
          assert.equal(reservation.throttle.failures, throttle.failures + 1)
          throttle = reservation.throttle
        }
        assert.ok(evaluated <= RECOGNISED.hardCap)
        assert.equal(throttle.failures, evaluated)
      }),
    )
  })
})
