import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  ACTIVATION_CODES,
  type Budget,
  NO_FAILURES,
  OWN_CODES,
  RECOGNISED,
  RESET_CODES,
  reserved,
  STRANGERS,
  type Throttle,
} from './throttle.ts'
import {
  after,
  before,
  hours,
  type Instant,
  instant,
  type Millis,
  millis,
  minutes,
  seconds,
} from '../time/time.ts'

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

suite('Guessing a code of 40 bits', () => {
  const LIVES = [
    ['an activation code', ACTIVATION_CODES, minutes(10), 99],
    ['a code of a reset', RESET_CODES, hours(1), 87],
  ] as const

  /** How many guesses there are in its life, each as soon as it is allowed. */
  function guessesIn(life: Millis, budget: Budget, before = NO_FAILURES): number {
    let throttle = before
    let now = NOON
    for (let guesses = 0; ; guesses += 1) {
      let reservation = reserved(throttle, budget, now)
      if (!reservation.ok && reservation.problem === 'login.wait') {
        now = reservation.until
        reservation = reserved(throttle, budget, now)
      }
      assert.ok(reservation.ok, 'strangers never use it up')
      if (now >= after(NOON, life)) return guesses
      throttle = reservation.throttle
    }
  }

  for (const [name, budget, life, guesses] of LIVES) {
    test(`S1 S10 ${name} bears fifty in its life and less than a hundred`, () => {
      assert.equal(guessesIn(life, budget), guesses)
      assert.ok(guesses >= 50 && guesses < 100)
      assert.ok(guesses / 2 ** 40 < 1e-10)
      const earlier = { failures: 1_000, lastFailedAt: NOON }
      assert.ok(guessesIn(life, budget, earlier) >= 50)
      assert.ok(guessesIn(life, budget, earlier) <= guesses)
    })

    test(`S3 A28 ${name} waits longer each time, and is never locked`, () => {
      const waits = budget.backoff
      assert.deepEqual(
        waits,
        waits.toSorted((one, other) => one - other),
      )
      const long = waits.at(-1) ?? seconds(0)
      for (const failures of [11, 100, 10_000]) {
        const counted = { failures, lastFailedAt: NOON }
        assert.equal(reserved(counted, budget, NOON).ok, false)
        assert.equal(reserved(counted, budget, after(NOON, long)).ok, true)
      }
    })

    test(`${name} forgets what was guessed a whole life ago`, () => {
      const counted = { failures: 50, lastFailedAt: NOON }
      const late = after(NOON, life)
      const early = reserved(counted, budget, before(late, millis(1)))
      assert.ok(early.ok && early.throttle.failures === 51)
      const fresh = reserved(counted, budget, late)
      assert.deepEqual(fresh, { ok: true, throttle: { failures: 1, lastFailedAt: late } })
    })
  }

  test('A28 is typed twenty times without a wait where its owner is known to be', () => {
    assert.equal(reserved({ failures: 19, lastFailedAt: NOON }, OWN_CODES, NOON).ok, true)
    const last = reserved({ failures: 20, lastFailedAt: NOON }, OWN_CODES, NOON)
    assert.deepEqual(last, { ok: false, problem: 'login.locked' })
  })
})
