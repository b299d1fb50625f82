import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId, LoginId, SubscriberId } from '#core/ids.ts'
import type { LoginEvent } from '#core/login/events.ts'
import { explainedLogin, type TimedLoginEvent } from '#core/login/explanation.ts'
import { after, instant, minutes } from '#core/time/time.ts'

const ID = 'log_1' as LoginId
const NOON = instant(Date.UTC(2026, 10, 20, 12))
const PHONE = { method: 'phone-key', authenticatorId: 'aut_1' as AuthenticatorId } as const
const STARTED = { kind: 'login.started', platform: 'trade', recognised: true } as const
const RIGHT = { kind: 'login.password-accepted', decoy: false } as const
const ASKED = { kind: 'login.challenged', ...PHONE } as const
const WRONG = {
  ...({ kind: 'login.answer-refused', ...PHONE, reason: 'wrong' } as const),
  ...({ disabled: false, over: false } as const),
}

/** These events, a minute apart. */
function explained(events: readonly LoginEvent[], isOpen: boolean, isProven: boolean) {
  const timed = events.map(
    (event, index): TimedLoginEvent => ({
      at: after(NOON, minutes(index)),
      event: { subscriberId: 'sub_1' as SubscriberId, loginId: ID, ...event },
    }),
  )
  const [first, ...more] = timed
  assert.ok(first)
  return explainedLogin(ID, [first, ...more], { isOpen, isProven })
}

/** What it says of them. */
function said(events: readonly LoginEvent[], isOpen = false, isProven = true) {
  const { came, problem, reason } = explained(events, isOpen, isProven)
  return [came, problem, reason]
}

suite('Why a client is not logged in', () => {
  test('R167 a wrong password and a wrong answer have reasons of their own', () => {
    const password = { kind: 'login.password-refused', reason: 'wrong' } as const
    assert.deepEqual(said([STARTED, password]), ['not-in', 'login.wrong-credentials', null])
    assert.deepEqual(said([STARTED, RIGHT, ASKED, WRONG]), [
      ...(['not-in', 'login.wrong-answer', 'wrong'] as const),
    ])
  })

  test('R150 R152 R153 what the client was told after a right password stands there', () => {
    const refused = { kind: 'login.password-refused', reason: 'rights' } as const
    for (const problem of ['account.not-approved', 'login.use-paper'] as const)
      assert.deepEqual(said([STARTED, { ...refused, problem }]), ['not-in', problem, null])
    const small = { ...WRONG, reason: 'lower-case', problem: 'login.capital-letters' } as const
    assert.deepEqual(said([STARTED, RIGHT, ASKED, small]), [
      ...(['not-in', 'login.capital-letters', 'lower-case'] as const),
    ])
  })

  test('the last reason counts, and none where the login came to its end', () => {
    const done = { kind: 'login.completed', acr: '2', methods: ['phone-key'] } as const
    assert.deepEqual(said([STARTED, RIGHT, ASKED, WRONG, ASKED, done]), ['in', null, null])
    const locked = { ...WRONG, disabled: true }
    assert.equal(said([STARTED, RIGHT, ASKED, locked])[1], 'login.authenticator-locked')
    const over = { ...WRONG, over: true }
    assert.equal(said([STARTED, RIGHT, ASKED, over], true)[1], 'login.too-many-wrong-answers')
    const denied = { kind: 'login.denied', method: 'phone-key', notMe: true } as const
    assert.equal(said([STARTED, RIGHT, ASKED, denied], true)[1], 'login.not-me')
  })

  test('ended when it was clear what came of it, which its client reads too', () => {
    const done = { kind: 'login.completed', acr: '2', methods: ['phone-key'] } as const
    const replaced = { kind: 'login.replaced', by: 'log_2' as LoginId } as const
    const ended = (events: readonly LoginEvent[], isProven = true) =>
      explained(events, false, isProven).endedAt
    assert.equal(ended([STARTED, RIGHT, done, replaced]), after(NOON, minutes(2)))
    assert.equal(ended([STARTED, RIGHT, ASKED, replaced]), after(NOON, minutes(3)))
    // When one was given up tells whether its password was right.
    assert.equal(ended([STARTED, RIGHT, ASKED, replaced], false), NOON)
    assert.equal(ended([STARTED, RIGHT, done, replaced], false), after(NOON, minutes(2)))
  })

  test('R166 what was never answered waits, and then is over', () => {
    assert.deepEqual(said([STARTED, RIGHT, ASKED], true), ['waits', null, null])
    assert.deepEqual(said([STARTED, RIGHT, ASKED]), ['not-in', 'login.expired', null])
    const expired = { kind: 'login.expired', proven: true, recognised: true } as const
    assert.deepEqual(said([STARTED, RIGHT, ASKED, expired], true), [
      ...(['not-in', 'login.expired', null] as const),
    ])
    const gone = { kind: 'login.replaced', by: 'log_2' as LoginId } as const
    assert.equal(said([STARTED, RIGHT, ASKED, gone], true)[1], 'login.asked-anew')
  })

  test('A28 while a name is attacked, a password that leads on to nothing is told as wrong', () => {
    const decoy = { kind: 'login.password-accepted', decoy: true } as const
    assert.deepEqual(said([STARTED, decoy, ASKED]), ['not-in', 'login.wrong-credentials', 'decoy'])
  })

  test('A1 A13 until the caller is proven no login says whether its password was right', () => {
    const decoy = { kind: 'login.password-accepted', decoy: true } as const
    const astray = { ...WRONG, reason: 'decoy' }
    for (const isOpen of [true, false]) {
      const ofRight = said([STARTED, RIGHT, ASKED], isOpen, false)
      assert.deepEqual(said([STARTED, decoy, ASKED], isOpen, false), ofRight)
      const answered = said([STARTED, RIGHT, ASKED, WRONG], isOpen, false)
      assert.deepEqual(said([STARTED, decoy, ASKED, astray], isOpen, false), answered)
    }
  })
})
