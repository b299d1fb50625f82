import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Proof } from '../assurance.ts'
import type { AuthenticatorId, BrowserId, LoginId, SubscriberId } from '../ids.ts'
import {
  type Asked,
  challengeOpened,
  claimed,
  type Judgement,
  isServedBy,
  judged,
  LOGIN_LIFETIME,
  ledAstray,
  type NewLogin,
  overtaken,
  passwordAccepted,
  firstFactorRefused,
  replaced,
  started,
  triesLeft,
  unanswered,
  unlessExpired,
  withdrawn,
  WRONG_ANSWERS_MAX,
} from './login.ts'
import type { Challenged, Completed, Login, Started, Step, Stayed } from './state.ts'
import { after, before, type Instant, instant, millis, minutes, seconds } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const END = after(NOON, LOGIN_LIFETIME)
const LAST = before(END, millis(1))
const soon = after(NOON, seconds(20))

const claim: NewLogin = {
  id: 'log_1' as LoginId,
  subscriberId: 'sub_anna' as SubscriberId,
  userName: 'anna',
  environment: 'live',
  platform: 'trade',
  needs: '3',
  origin: {
    address: '192.0.2.1',
    place: 'Zug',
    browser: 'Firefox, Windows',
    browserId: null,
    language: 'en',
  },
  holder: 'holder',
  task: null,
}
const password: Proof = { method: 'password', acr: '1', amr: ['pwd'] }
const phone: Proof = { method: 'phone-key', acr: '3', amr: ['pop', 'user'] }
const phoneId = 'aut_phone' as AuthenticatorId
const push = { kind: 'deliver', channel: 'web-push', to: phoneId, payload: null } as const
const asked: Asked = {
  authenticatorId: phoneId,
  method: 'phone-key',
  prompt: { number: '123457' },
  expected: { number: '123457' },
  validFor: minutes(3),
  effects: [push],
}

const right: Judgement = { outcome: 'accepted', proof: phone }
const wrong = { outcome: 'rejected', reason: 'wrong', disabled: false, open: false } as const
const denied = { outcome: 'denied', notMe: false } as const
const JUDGEMENTS: readonly Judgement[] = [right, wrong, denied]

/** The login after a step; a step that was none fails the test. */
function moved(step: Step | Stayed): Login {
  assert.ok('login' in step, 'stays' in step ? step.stays : '')
  return step.login
}

const begun = started(claim, NOON).login
const choosing = passwordAccepted(begun, password, { needs: '3', now: NOON }).login
const challenged = moved(challengeOpened(choosing, asked, NOON)) as Challenged
const completed = moved(judged(challenged, right, NOON)) as Completed
const refused = moved(judged(challenged, denied, NOON))
const expired = unlessExpired(challenged, END)
const EVERY: readonly Login[] = [begun, choosing, challenged, completed, refused, expired]

/** What an event does to a login in each state: the state it is in afterwards, or why it stays. */
function outcomes(event: (login: Login) => Step | Stayed | { readonly login: Login }) {
  return Object.fromEntries(
    EVERY.map((login) => {
      const step = event(login)
      return [login.state, 'stays' in step ? `stays: ${step.stays}` : step.login.state]
    }),
  )
}

suite('A login', () => {
  test('is on record, with nothing proven, before any secret is looked at', () => {
    const { login, effects, event } = started(claim, NOON)
    assert.deepEqual(login, {
      ...claim,
      state: 'started',
      decoy: false,
      proofs: [],
      wrongAnswers: 0,
      startedAt: NOON,
      expiresAt: END,
    })
    assert.deepEqual(effects, [])
    assert.deepEqual(event, {
      kind: 'login.started',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      platform: 'trade',
      recognised: false,
    })
    const known = { ...claim, origin: { ...claim.origin, browserId: 'brw_1' as BrowserId } }
    assert.equal('recognised' in started(known, NOON).event, true)
    assert.deepEqual(started(known, NOON).event, { ...event, recognised: true })
  })

  test('moves from state to state as drawn, and from every other state not at all', () => {
    assert.deepEqual(
      EVERY.map(({ state }) => state),
      ['started', 'choosing', 'challenged', 'completed', 'refused', 'expired'],
    )
    const stays = (problem: string) => ({
      started: problem,
      choosing: problem,
      challenged: problem,
      completed: problem,
      refused: problem,
      expired: problem,
    })
    assert.deepEqual(
      outcomes((login) => challengeOpened(login, asked, soon)),
      {
        ...stays('stays: login.not-choosing'),
        choosing: 'challenged',
        challenged: 'challenged',
      },
    )
    const rows: readonly (readonly [Judgement, Login['state']])[] = [
      [right, 'completed'],
      [wrong, 'choosing'],
      [{ ...wrong, open: true }, 'challenged'],
      [{ ...wrong, disabled: true }, 'refused'],
      [denied, 'refused'],
      [{ ...denied, notMe: true }, 'refused'],
    ]
    for (const [judgement, next] of rows) {
      assert.deepEqual(
        outcomes((login) => judged(login, judgement, soon)),
        {
          ...stays('stays: login.not-challenged'),
          challenged: next,
        },
      )
    }
    assert.deepEqual(
      outcomes((login) => claimed(login, soon)),
      {
        ...stays('stays: login.not-completed'),
        completed: 'completed',
        expired: 'stays: login.expired',
      },
    )
  })

  test('R031 expires in every state that is not the last one, and is told so for ever', () => {
    const ends = {
      started: 'expired',
      choosing: 'expired',
      challenged: 'expired',
      completed: 'stays: login.expired',
      refused: 'stays: login.expired',
      expired: 'stays: login.expired',
    }
    for (const late of [END, after(END, millis(1)), after(END, minutes(60))]) {
      assert.deepEqual(
        outcomes((login) => challengeOpened(login, asked, late)),
        ends,
      )
      for (const judgement of JUDGEMENTS) {
        assert.deepEqual(
          outcomes((login) => judged(login, judgement, late)),
          ends,
        )
      }
    }
  })

  test('lives ten minutes and not a millisecond longer', () => {
    assert.equal(LOGIN_LIFETIME, 600_000)
    const open = [begun, choosing, challenged]
    for (const login of open) {
      assert.equal(unlessExpired(login, before(END, seconds(1))), login)
      assert.equal(unlessExpired(login, LAST), login)
      assert.equal(unlessExpired(login, END).state, 'expired')
      assert.equal(unlessExpired(login, after(END, millis(1))).state, 'expired')
    }
    for (const login of [completed, refused]) assert.equal(unlessExpired(login, END), login)
    assert.equal(unlessExpired(expired, NOON).state, 'expired')
  })

  test('that expired keeps what was proven, and no challenge', () => {
    assert.deepEqual(expired, { ...choosing, state: 'expired' })
    assert.deepEqual(unlessExpired(begun, END), { ...begun, state: 'expired' })
  })

  test('says in its event that it expired, and to its claimant too', () => {
    const step = judged(challenged, right, END)
    assert.ok('login' in step)
    assert.equal(step.problem, 'login.expired')
    assert.deepEqual(step.event, {
      kind: 'login.expired',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      proven: true,
      recognised: false,
    })
  })

  test('S11 that was left unfinished is over by itself, and not a moment earlier', () => {
    for (const login of [choosing, challenged]) {
      assert.equal(unanswered(login, LAST), null)
      const step = unanswered(login, END)
      assert.deepEqual(step?.login, { ...choosing, state: 'expired' })
      assert.ok(step.event.kind === 'login.expired' && step.event.proven)
      const astray = unanswered({ ...login, decoy: true }, END)?.event
      assert.ok(astray?.kind === 'login.expired' && !astray.proven)
    }
    for (const login of [begun, completed, expired]) assert.equal(unanswered(login, END), null)
  })
})

suite('The first factor of a login', () => {
  test('R020 leads on to the second when more is needed', () => {
    const { login, event, effects } = passwordAccepted(begun, password, { needs: '3', now: soon })
    assert.deepEqual(login, { ...begun, state: 'choosing', proofs: [password], needs: '3' })
    assert.deepEqual(event, {
      kind: 'login.password-accepted',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      decoy: false,
    })
    assert.deepEqual(effects, [])
  })

  test('completes the login where it is all that is needed', () => {
    const { login, event } = passwordAccepted(begun, password, { needs: '1', now: soon })
    assert.deepEqual(login, {
      ...begun,
      state: 'completed',
      proofs: [password],
      needs: '1',
      completedAt: soon,
      claimedAt: null,
    })
    assert.deepEqual(event, {
      kind: 'login.completed',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      acr: '1',
      methods: ['password'],
    })
  })

  test('is too late once the login has expired, whatever is needed', () => {
    for (const needs of ['1', '3'] as const) {
      const at = (now: Instant) => passwordAccepted(begun, password, { needs, now })
      assert.notEqual(at(LAST).login.state, 'expired')
      for (const late of [END, after(END, millis(1))]) {
        const { login, event, problem } = at(late)
        assert.deepEqual(login, { ...begun, state: 'expired' })
        assert.equal(event.kind, 'login.expired')
        assert.equal(problem, 'login.expired')
      }
    }
  })

  test('refuses the login when it is wrong, and the claimant hears only one thing', () => {
    const event = { kind: 'login.password-refused', subscriberId: null, reason: 'wrong' } as const
    const refusal = { event, problem: 'login.wrong-credentials' } as const
    assert.deepEqual(firstFactorRefused(begun, refusal, soon), {
      login: { ...begun, state: 'refused', refusedAt: soon, problem: 'login.wrong-credentials' },
      effects: [],
      event,
      problem: 'login.wrong-credentials',
    })
  })

  test('A1 leads a claimant on who shall not learn that it was wrong, with nothing proven', () => {
    const { login, event } = ledAstray(begun)
    assert.deepEqual(login, { ...begun, state: 'choosing', decoy: true })
    assert.deepEqual(event, {
      kind: 'login.password-accepted',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      decoy: true,
    })
  })
})

suite('A challenge', () => {
  test('is asked, and delivered with the same step', () => {
    const step = challengeOpened(choosing, asked, soon)
    assert.ok('login' in step)
    const { effects, validFor, ...question } = asked
    assert.deepEqual(step.login, {
      ...choosing,
      state: 'challenged',
      challenge: { ...question, openedAt: soon, expiresAt: after(soon, validFor) },
    })
    assert.deepEqual(step.effects, effects)
    assert.deepEqual(step.event, {
      kind: 'login.challenged',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      method: 'phone-key',
      authenticatorId: phoneId,
    })
  })

  test('A1 of a decoy asks no device', () => {
    const step = challengeOpened(ledAstray(begun).login, asked, soon)
    assert.ok('login' in step)
    assert.equal(step.login.state, 'challenged')
    assert.deepEqual(step.effects, [])
  })

  test('that is opened anew replaces the one before, and counts on', () => {
    const again: Asked = { ...asked, prompt: { number: '765433' }, expected: { number: '765433' } }
    const once = moved(judged(challenged, { ...wrong, open: true }, soon))
    const twice = moved(challengeOpened(once, again, soon)) as Challenged
    assert.equal(twice.wrongAnswers, 1)
    assert.deepEqual(twice.challenge.expected, { number: '765433' })
    assert.equal(twice.challenge.openedAt, soon)
  })

  test('is answered in its time or not at all', () => {
    const { expiresAt } = challenged.challenge
    assert.equal(expiresAt, after(NOON, minutes(3)))
    const rows = [
      [before(expiresAt, seconds(1)), 'completed'],
      [before(expiresAt, millis(1)), 'completed'],
      [expiresAt, 'login.too-late'],
      [after(expiresAt, millis(1)), 'login.too-late'],
    ] as const
    for (const [now, outcome] of rows) {
      const step = judged(challenged, right, now)
      assert.equal('stays' in step ? step.stays : step.login.state, outcome)
    }
    assert.deepEqual(judged(challenged, wrong, expiresAt), { stays: 'login.too-late' })
    assert.deepEqual(judged(challenged, denied, expiresAt), { stays: 'login.too-late' })
  })

  test('never outlives its login', () => {
    const rows = [
      [before(END, minutes(4)), before(END, minutes(1))],
      [before(END, minutes(3)), END],
      [before(END, minutes(2)), END],
      [LAST, END],
    ] as const
    for (const [now, expiresAt] of rows) {
      const { challenge } = moved(challengeOpened(choosing, asked, now)) as Challenged
      assert.equal(challenge.expiresAt, expiresAt)
    }
  })
})

suite('An answer', () => {
  test('that is right completes the login, and no browser holds a session yet', () => {
    const step = judged(challenged, right, soon)
    assert.ok('login' in step)
    assert.deepEqual(step.login, {
      ...choosing,
      state: 'completed',
      proofs: [password, phone],
      completedAt: soon,
      claimedAt: null,
    })
    assert.equal('challenge' in step.login, false)
    assert.equal(step.problem, undefined)
    assert.deepEqual(step.event, {
      kind: 'login.completed',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      acr: '3',
      methods: ['password', 'phone-key'],
    })
  })

  test('A7 that is right is right once', () => {
    assert.deepEqual(judged(completed, right, soon), { stays: 'login.not-challenged' })
  })

  test('that is right and not enough leads back to the choice, with what it proved', () => {
    const strict = { ...challenged, needs: '4' } as const
    const step = judged(strict, right, soon)
    assert.ok('login' in step)
    assert.deepEqual(step.login, { ...choosing, needs: '4', proofs: [password, phone] })
    assert.equal(step.problem, undefined)
    assert.deepEqual(step.event, {
      kind: 'login.answer-accepted',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      method: 'phone-key',
      authenticatorId: phoneId,
    })
    for (const needs of ['1', '2t', '2s', '2c', '3'] as const) {
      assert.equal(moved(judged({ ...challenged, needs }, right, soon)).state, 'completed')
    }
  })

  test('of a decoy is never right: that would be a fault of ours, and ends the request', () => {
    assert.throws(() => judged({ ...challenged, decoy: true }, right, soon), /decoy/)
  })

  test('R059 that is wrong is counted, and its challenge is gone', () => {
    const step = judged(challenged, wrong, soon)
    assert.ok('login' in step)
    assert.deepEqual(step.login, { ...choosing, wrongAnswers: 1 })
    assert.equal(step.problem, 'login.wrong-answer')
    assert.deepEqual(step.event, {
      kind: 'login.answer-refused',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      method: 'phone-key',
      authenticatorId: phoneId,
      reason: 'wrong',
      disabled: false,
      over: false,
    })
  })

  test('that is wrong leaves a challenge open where its method says so, and is counted all the same', () => {
    const step = judged(challenged, { ...wrong, open: true }, soon)
    assert.ok('login' in step)
    assert.deepEqual(step.login, { ...challenged, wrongAnswers: 1 })
    assert.equal(step.problem, 'login.wrong-answer')
  })

  test('S7 that is wrong for the fifth time refuses the login, over all its challenges', () => {
    assert.equal(WRONG_ANSWERS_MAX, 5)
    let login: Login = challenged
    const seen = [1, 2, 3, 4, 5].map((count) => {
      const step = judged(login, { ...wrong, open: count % 2 === 0 }, soon)
      assert.ok('login' in step)
      assert.equal(step.login.wrongAnswers, count)
      assert.equal(triesLeft(step.login), 5 - count)
      const next = step.login.state === 'choosing' ? challengeOpened(step.login, asked, soon) : step
      login = moved(next)
      return step.problem
    })
    assert.deepEqual(seen, [
      'login.wrong-answer',
      'login.wrong-answer',
      'login.wrong-answer',
      'login.wrong-answer',
      'login.too-many-wrong-answers',
    ])
    assert.equal(login.state, 'refused')
    for (const judgement of JUDGEMENTS) {
      assert.deepEqual(judged(login, judgement, soon), { stays: 'login.not-challenged' })
    }
    assert.deepEqual(challengeOpened(login, asked, soon), { stays: 'login.not-choosing' })
  })

  test('S1 that was one too many for the authenticator refuses the login, open or not', () => {
    for (const open of [true, false]) {
      const step = judged(challenged, { ...wrong, open, disabled: true }, soon)
      assert.ok('login' in step)
      assert.equal(step.login.state, 'refused')
      assert.equal(step.problem, 'login.authenticator-locked')
      assert.equal('disabled' in step.event && step.event.disabled, true)
    }
  })

  test('that says no refuses the login, and says whether it was asked for', () => {
    for (const [notMe, problem] of [
      [false, 'login.denied'],
      [true, 'login.not-me'],
    ] as const) {
      const step = judged(challenged, { outcome: 'denied', notMe }, soon)
      assert.ok('login' in step)
      assert.deepEqual(step.login, { ...choosing, state: 'refused', refusedAt: soon, problem })
      assert.equal(step.problem, problem)
      assert.deepEqual(step.event, {
        kind: 'login.denied',
        subscriberId: 'sub_anna',
        loginId: 'log_1',
        method: 'phone-key',
        notMe,
      })
    }
  })
})

suite('A completed login', () => {
  test('is claimed once', () => {
    const step = claimed(completed, soon)
    assert.ok('login' in step)
    assert.deepEqual(step.login, { ...completed, claimedAt: soon })
    assert.deepEqual(claimed(step.login, soon), { stays: 'login.already-claimed' })
    assert.deepEqual(claimed(step.login, END), { stays: 'login.already-claimed' })
  })

  test('is claimed within the ten minutes of the login', () => {
    for (const now of [before(END, seconds(1)), LAST]) assert.ok('login' in claimed(completed, now))
    for (const now of [END, after(END, millis(1))]) {
      assert.deepEqual(claimed(completed, now), { stays: 'login.expired' })
    }
  })
})

suite('Another login of the same browser', () => {
  const other = { id: 'log_2' as LoginId, subscriberId: claim.subscriberId }

  test('withdraws the request of a device once, and leaves what can be typed', () => {
    const step = withdrawn(challenged, other.id, soon)
    assert.ok(step)
    assert.equal(step.login.challenge.withdrawnAt, soon)
    assert.deepEqual(step.event, {
      kind: 'login.request-withdrawn',
      subscriberId: 'sub_anna',
      loginId: 'log_1',
      method: 'phone-key',
      authenticatorId: phoneId,
      by: 'log_2',
    })
    assert.equal(withdrawn(step.login, other.id, soon), null)
    assert.equal(moved(judged(step.login, right, soon)).state, 'completed')
    const again = moved(challengeOpened(step.login, asked, soon)) as Challenged
    assert.equal(again.challenge.withdrawnAt, undefined)
    for (const login of EVERY.filter(({ state }) => state !== 'challenged'))
      assert.equal(withdrawn(login, other.id, soon), null, login.state)
  })

  test('that is completed ends one that waits, and no other', () => {
    for (const login of EVERY) {
      const waits = login.state === 'choosing' || login.state === 'challenged'
      const step = replaced(login, other)
      assert.equal(step?.login.state, waits ? 'expired' : undefined, login.state)
      if (step) assert.equal(step.login.state === 'expired' && step.login.replacedBy, 'log_2')
    }
  })

  test('S11 ends it in silence only where its own client completed the other', () => {
    const kinds: readonly (readonly [Login, SubscriberId | null, string])[] = [
      [challenged, claim.subscriberId, 'login.replaced'],
      [challenged, 'sub_ben' as SubscriberId, 'login.expired'],
      [{ ...challenged, decoy: true }, claim.subscriberId, 'login.expired'],
      [{ ...challenged, subscriberId: null }, claim.subscriberId, 'login.expired'],
    ]
    for (const [login, subscriberId, kind] of kinds)
      assert.equal(replaced(login, { ...other, subscriberId })?.event.kind, kind)
  })

  test('serves where it leads by a session that is strong enough, of that account, and allowed', () => {
    const session = { proofs: [phone], environment: 'live' } as const
    const leadsTo = { interaction: 'one', anew: false, page: null }
    const rows: readonly (readonly [Login, Parameters<typeof isServedBy>[1], boolean])[] = [
      [challenged, session, true],
      [{ ...challenged, leadsTo }, session, true],
      [{ ...challenged, needs: '4' }, session, false],
      [challenged, { ...session, proofs: [{ ...phone, acr: '2s' }] }, false],
      [challenged, { ...session, environment: 'paper' }, false],
      [{ ...challenged, leadsTo: { ...leadsTo, anew: true } }, session, false],
    ]
    for (const [login, by, served] of rows) assert.equal(isServedBy(login, by), served)
  })

  test('keeps where a login leads, through every step', () => {
    const leadsTo = { interaction: 'one', anew: false, page: '/portal/activity' }
    const first = started({ ...claim, leadsTo }, NOON).login
    const chosen = passwordAccepted(first, password, { needs: '3', now: NOON }).login
    const open = moved(challengeOpened(chosen, asked, NOON))
    const ends = [moved(judged(open, right, NOON)), moved(judged(open, denied, NOON))]
    for (const login of [chosen, open, ...ends, unlessExpired(open, END)])
      assert.deepEqual(login.leadsTo, leadsTo, login.state)
  })
})

/** What only some states have. */
const OWN = ['state', 'completedAt', 'claimedAt', 'refusedAt', 'problem']

suite('A step', () => {
  test('changes nothing of the login that it was given', () => {
    const frozen = structuredClone({ begun, choosing, challenged, completed })
    const attempt: Started = begun
    passwordAccepted(attempt, password, { needs: '1', now: soon })
    ledAstray(attempt)
    challengeOpened(choosing, asked, soon)
    for (const judgement of JUDGEMENTS) judged(challenged, judgement, soon)
    claimed(completed, soon)
    assert.deepEqual({ begun, choosing, challenged, completed }, frozen)
  })

  test('loses nothing of an attempt, whatever comes to it later, and keeps nothing of the state before', () => {
    // An attempt as it may look one day.
    const later = <L extends Login>(login: L): L => ({ ...login, comesLater: 7 })
    const all = { ...later(challenged), resets: true } as const
    const { state: _, challenge: __, ...attempt } = all
    const next: readonly Login[] = [
      unlessExpired(all, END),
      ...[right, wrong, { ...denied, notMe: true }].map((one) => moved(judged(all, one, soon))),
      overtaken(all) ?? assert.fail('it is over'),
    ]
    for (const login of next) {
      const { proofs, wrongAnswers } = login
      const kept = Object.entries(login).filter(([name]) => !OWN.includes(name))
      assert.deepEqual(Object.fromEntries(kept), { ...attempt, proofs, wrongAnswers }, login.state)
    }
    const opened = moved(challengeOpened(later(choosing), asked, soon)) as Challenged
    assert.equal((opened as unknown as { comesLater: number }).comesLater, 7)
  })
})
