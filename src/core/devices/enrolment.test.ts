import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  codeRefused,
  ENROLMENT_LIFETIME,
  type Enrolment,
  LONG_CODE_LENGTH,
  type NewEnrolment,
  obstacle,
  opened,
  SHORT_CODE_LENGTH,
  used,
  WRONG_CODES_MAX,
} from './enrolment.ts'
import type { AuthenticatorId, EnrolmentId, SessionId, SubscriberId } from '../ids.ts'
import { after, before, instant, millis, minutes } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const END = after(NOON, minutes(10))
const phone = 'aut_phone' as AuthenticatorId

const invitation: NewEnrolment = {
  id: 'enr_1' as EnrolmentId,
  subscriberId: 'sub_anna' as SubscriberId,
  method: 'phone-key',
  sessionId: 'ses_1' as SessionId,
  drawn: null,
  waits: false,
  stamp: 0,
  confirmed: null,
  confirmedIn: null,
  codeHash: 'hash of the short code',
  tokenHash: 'hash of the long code',
}
const open = opened(invitation, NOON)

/** After so many wrong codes. */
const refused = (times: number): Enrolment =>
  Array.from({ length: times }).reduce<Enrolment>((enrolment) => codeRefused(enrolment), open)

suite('An enrolment', () => {
  test('is open, has bound nothing, and says who asked for it', () => {
    assert.deepEqual(open, {
      ...invitation,
      state: 'open',
      wrongCodes: 0,
      createdAt: NOON,
      expiresAt: END,
      bound: null,
    })
  })

  test('S67 has codes of 40 bits with the user name and of 112 bits without', () => {
    const bitsPerLetter = Math.log2(32)
    assert.equal(SHORT_CODE_LENGTH * bitsPerLetter, 40)
    assert.equal(LONG_CODE_LENGTH * bitsPerLetter, 130)
  })

  test('S67 can be used for ten minutes and not a millisecond longer', () => {
    assert.equal(ENROLMENT_LIFETIME, 600_000)
    assert.equal(open.expiresAt, END)
    for (const now of [NOON, before(END, minutes(1)), before(END, millis(1))]) {
      assert.equal(obstacle(open, now), null)
    }
    for (const now of [END, after(END, millis(1))]) {
      assert.equal(obstacle(open, now), 'enrolment.expired')
    }
  })

  test('is worthless after the fifth wrong code', () => {
    assert.equal(WRONG_CODES_MAX, 5)
    for (const times of [1, 3, 4]) {
      assert.deepEqual(refused(times), { ...open, wrongCodes: times })
      assert.equal(obstacle(refused(times), NOON), null)
    }
    assert.deepEqual(refused(5), { ...open, wrongCodes: 5, state: 'dead' })
    assert.equal(obstacle(refused(5), NOON), 'enrolment.too-many-wrong-codes')
    assert.equal(obstacle(refused(5), END), 'enrolment.too-many-wrong-codes')
  })

  test('S67 binds once', () => {
    const done = used(open, phone)
    assert.deepEqual(done, { ...open, state: 'used', bound: phone })
    assert.equal(obstacle(done, NOON), 'enrolment.expired')
  })

  test('that is over is not opened again by a wrong code', () => {
    const over: readonly Enrolment[] = [
      used(open, phone),
      { ...open, state: 'cancelled' },
      refused(5),
    ]
    for (const enrolment of over) {
      assert.equal(codeRefused(enrolment).state, enrolment.state)
      assert.notEqual(obstacle(codeRefused(enrolment), NOON), null)
    }
  })

  test('that is over binds nothing', () => {
    const over: readonly Enrolment[] = [
      used(open, phone),
      { ...open, state: 'cancelled' },
      refused(5),
    ]
    for (const enrolment of over) {
      assert.throws(() => used(enrolment, 'aut_other' as AuthenticatorId), /not open/)
    }
  })

  test('that was cancelled cannot be used', () => {
    assert.equal(obstacle({ ...open, state: 'cancelled' }, NOON), 'enrolment.expired')
  })
})
