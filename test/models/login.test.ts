/**
 * Whatever happens to a login, in whatever order and however late: what may never be true of it is
 * not.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { atLeast, type Proof, STRENGTHS, strengthOf } from '#core/assurance.ts'
import { type Authenticator, failed, succeeded, FRESH } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, LoginId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import {
  challengeOpened,
  claimed,
  type Judgement,
  judged,
  LOGIN_LIFETIME,
  ledAstray,
  passwordAccepted,
  firstFactorRefused,
  started,
  unlessExpired,
  WRONG_ANSWERS_MAX,
} from '#core/login/login.ts'
import { type Login, type Step, type Stayed } from '#core/login/state.ts'
import { after, instant, millis, minutes, seconds } from '#core/time/time.ts'
import { phoneKey } from '#methods/phone-key/method.ts'
import { sample, samplePhone } from '#methods/phone-key/sample.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import type { PhoneRequest } from '#methods/phone-key/wire.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const END = after(NOON, LOGIN_LIFETIME)
const authenticatorId = 'aut_phone' as AuthenticatorId
const LAST_STATES: readonly Login['state'][] = ['completed', 'refused', 'expired']

const begun = started(
  {
    id: 'log_1' as LoginId,
    subscriberId: 'sub_1' as SubscriberId,
    userName: 'anna',
    environment: 'live',
    platform: 'trade',
    needs: '3',
    holder: '',
    task: null,
    origin: { address: '', place: '', browser: '', browserId: null, language: 'en' },
  },
  NOON,
).login

const acr = fc.constantFrom(...STRENGTHS)
const proof = (strength: Proof['acr']): Proof => ({ method: 'any', acr: strength, amr: [] })

const judgement: fc.Arbitrary<Judgement> = fc.oneof(
  acr.map((strength) => ({ outcome: 'accepted' as const, proof: proof(strength) })),
  fc.record({
    outcome: fc.constant('rejected' as const),
    reason: fc.constant('wrong'),
    disabled: fc.constantFrom(false, false, false, true),
    open: fc.boolean(),
  }),
  fc.record({ outcome: fc.constant('denied' as const), notMe: fc.boolean() }),
)

/** Everything that can happen to a login. */
const event = fc.oneof(
  { weight: 3, arbitrary: acr.map((needs) => ({ kind: 'password' as const, needs })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'wrong-password' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'astray' as const }) },
  { weight: 4, arbitrary: fc.nat(300_000).map((ms) => ({ kind: 'challenge' as const, ms })) },
  { weight: 8, arbitrary: judgement.map((what) => ({ kind: 'answer' as const, what })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'claim' as const }) },
  { weight: 3, arbitrary: fc.nat(150_000).map((ms) => ({ kind: 'wait' as const, ms })) },
)
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never

/** The step that an event leads to, or `null` where no caller could take it. */
function stepOf(
  login: Login,
  what: Event,
  now: typeof NOON,
): Step | Stayed | { login: Login } | null {
  switch (what.kind) {
    case 'wait':
      return null
    case 'password':
      if (login.state !== 'started') return null
      return passwordAccepted(login, proof('1'), { needs: what.needs, now })
    case 'wrong-password': {
      if (login.state !== 'started') return null
      const refusal = {
        kind: 'login.password-refused',
        subscriberId: null,
        reason: 'wrong',
      } as const
      return firstFactorRefused(login, { event: refusal, problem: 'login.wrong-credentials' }, now)
    }
    case 'astray':
      return login.state === 'started' ? ledAstray(login) : null
    case 'challenge': {
      const question = { prompt: null, expected: null, validFor: millis(what.ms), method: 'any' }
      const push = { kind: 'deliver', channel: 'push', to: authenticatorId, payload: null } as const
      return challengeOpened(login, { ...question, authenticatorId, effects: [push] }, now)
    }
    case 'answer': {
      // The engine turns a right answer of a decoy into a wrong one before it comes here.
      if (login.decoy && what.what.outcome === 'accepted') return null
      return judged(login, what.what, now)
    }
    case 'claim':
      return claimed(login, now)
  }
}

suite('A login, whatever happens to it', () => {
  const lives = fc.array(event, { maxLength: 40, size: 'max' })

  /** Lives through the events and looks at every step. */
  function live(
    events: readonly Event[],
    look: (from: Login, to: Login, seen: Seen) => void,
  ): Login {
    let login: Login = begun
    let now = NOON
    for (const what of events) {
      if (what.kind === 'wait') now = after(now, millis(what.ms))
      const step = stepOf(login, what, now)
      if (!step || 'stays' in step) continue
      look(login, step.login, { what, now, effects: 'effects' in step ? step.effects : [] })
      login = step.login
    }
    return login
  }
  interface Seen {
    readonly what: Event
    readonly now: typeof NOON
    readonly effects: readonly unknown[]
  }

  test('it ends ten minutes after it began', () => {
    fc.assert(
      fc.property(lives, (events) => {
        const login = live(events, () => {})
        assert.ok(LAST_STATES.includes(unlessExpired(login, END).state))
        assert.equal(login.expiresAt, END)
      }),
      { numRuns: 1_000 },
    )
  })

  test('it completes only with the password and a proof as strong as its platform needs', () => {
    let completed = 0
    fc.assert(
      fc.property(lives, (events) => {
        const proven: Proof[] = []
        live(events, (from, to, { what }) => {
          if (from.state === 'started' && what.kind === 'password' && to.state !== 'expired') {
            proven.push(proof('1'))
          }
          if (from.state === 'challenged' && what.kind === 'answer' && to.state !== 'expired') {
            if (what.what.outcome === 'accepted') proven.push(what.what.proof)
          }
          assert.deepEqual(to.proofs, proven)
          if (to.state !== 'completed') return
          completed += 1
          assert.deepEqual(proven[0], proof('1'))
          assert.ok(atLeast(strengthOf(proven), to.needs))
          assert.equal(to.decoy, false)
        })
      }),
      { numRuns: 2_000 },
    )
    assert.ok(completed > 200, 'the events complete too few logins to say anything')
  })

  test('it accepts nothing that came too late', () => {
    fc.assert(
      fc.property(lives, (events) => {
        live(events, (from, to, { now }) => {
          if (to.state === 'completed' && from.state !== 'completed')
            assert.ok(now < from.expiresAt)
          if (from.state !== 'challenged' || to.proofs.length === from.proofs.length) return
          assert.ok(now < from.challenge.expiresAt)
          assert.ok(from.challenge.expiresAt <= from.expiresAt)
        })
      }),
      { numRuns: 2_000 },
    )
  })

  test('it stays as it is once it is refused, expired or completed, but for one claim', () => {
    fc.assert(
      fc.property(lives, (events) => {
        let claims = 0
        live(events, (from, to, { what, now }) => {
          assert.ok(from.state !== 'refused' && from.state !== 'expired')
          if (from.state !== 'completed') return
          assert.equal(what.kind, 'claim')
          claims += 1
          assert.deepEqual(to, { ...from, claimedAt: now })
          assert.ok(now < from.expiresAt)
        })
        assert.ok(claims <= 1)
      }),
      { numRuns: 2_000 },
    )
  })

  test('S7 it counts every wrong answer, and five are the end', () => {
    fc.assert(
      fc.property(lives, (events) => {
        live(events, (from, to, { what }) => {
          const wrong =
            from.state === 'challenged' &&
            what.kind === 'answer' &&
            what.what.outcome === 'rejected'
          const counted = wrong && to.state !== 'expired' ? 1 : 0
          assert.equal(to.wrongAnswers, from.wrongAnswers + counted)
          assert.ok(to.wrongAnswers <= WRONG_ANSWERS_MAX)
          if (to.wrongAnswers === WRONG_ANSWERS_MAX) assert.equal(to.state, 'refused')
        })
      }),
      { numRuns: 2_000 },
    )
  })

  test('A1 a decoy asks no device and never completes', () => {
    fc.assert(
      fc.property(lives, (events) => {
        live([{ kind: 'astray' }, ...events], (from, to, { effects }) => {
          assert.equal(to.decoy, true)
          assert.notEqual(to.state, 'completed')
          assert.deepEqual(effects, [])
          assert.ok(from.proofs.length === 0)
        })
      }),
      { numRuns: 1_000 },
    )
  })
})

suite('A phone, whatever it is asked and answers', () => {
  const anna = samplePhone('a')
  const stranger = samplePhone('s')

  /**
   * What may come next; which challenge an answer is for is counted from the last one backwards.
   */
  const answered = (kind: 'type' | 'approve') =>
    fc.record({
      kind: fc.constant(kind),
      back: fc.constantFrom(0, 0, 0, 1, 2),
      right: fc.boolean(),
    })
  const pauses = fc.constantFrom(1, 1, 29, 30, 61, 89, 90, 179, 180, 599, 600, 3_600)
  const act = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        recognised: fc.boolean(),
        seamless: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: answered('type') },
    { weight: 8, arbitrary: answered('approve') },
    { weight: 1, arbitrary: fc.constant({ kind: 'deny' as const, back: 0 }) },
    { weight: 3, arbitrary: pauses.map((pause) => ({ kind: 'wait' as const, pause })) },
  )
  type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

  interface Asked {
    readonly transaction: string
    readonly number: string
    readonly expected: Json
    readonly openedAt: typeof NOON
  }

  /** An authenticator with the one challenge that it may answer, as the engine keeps them. */
  interface Run {
    now: typeof NOON
    held: Authenticator
    open: Asked | null
    readonly asked: Asked[]
    readonly accepted: string[]
    /** Since the last right answer. */
    pushedAt: number[]
    drawnAt: number[]
  }

  const newRun = (): Run => ({
    now: NOON,
    held: {
      ...FRESH,
      id: authenticatorId,
      method: 'phone-key',
      label: 'Phone',
      state: sample.state,
      createdAt: NOON,
    },
    open: null,
    asked: [],
    accepted: [],
    pushedAt: [],
    drawnAt: [],
  })

  async function take(run: Run, what: Act): Promise<void> {
    if (what.kind === 'wait') run.now = after(run.now, seconds(what.pause))
    else if (run.held.lifecycle !== 'active') return
    else if (what.kind === 'ask') ask(run, what)
    else await answer(run, what)
  }

  function ask(run: Run, what: Extract<Act, { kind: 'ask' }>): void {
    const transaction = `log_${run.asked.length + 1}`
    let bytes = 0
    const random = (length: number) => {
      bytes += 1
      return createHash('sha512').update(`${transaction} ${bytes}`).digest().subarray(0, length)
    }
    const drawn = phoneKey.challenge(run.held.state, {
      now: run.now,
      random,
      authenticatorId,
      transaction,
      purpose: 'login',
      context: { place: 'Zug' },
      recognised: what.recognised,
      way: null,
      ...SAMPLE_ASKING,
      seamless: what.seamless,
      transfer: !what.recognised,
    })
    if (!drawn.ok) return
    const { number } = drawn.expected as { number: string }
    run.open = { transaction, number, expected: drawn.expected, openedAt: run.now }
    run.asked.push(run.open)
    run.held = { ...run.held, state: drawn.state }
    run.drawnAt.push(run.now)
    for (const _ of drawn.deliver) run.pushedAt.push(run.now)
  }

  /** Answers the challenge that is open now with what belongs to that one, or to one before it. */
  async function answer(run: Run, what: Extract<Act, { back: number }>): Promise<void> {
    const { open, held, now } = run
    const meant = run.asked.at(-1 - what.back)
    if (!open || !meant || now >= after(open.openedAt, minutes(3))) return
    const said = await answerTo(meant, what, now)
    if (said === null) return
    const judging = { authenticatorId, expected: open.expected, answer: said, now, browser: null }
    const verdict = await phoneKey.verify(held.state, judging)
    switch (verdict.outcome) {
      case 'accepted':
        assert.ok(what.kind !== 'deny' && what.right)
        assert.equal(meant.number, open.number)
        run.accepted.push(open.transaction)
        run.held = succeeded(held, verdict.state, now)
        Object.assign(run, { pushedAt: [], drawnAt: [], open: null })
        break
      case 'rejected': {
        const counted = failed({ ...held, state: verdict.state ?? held.state }, phoneKey.hardCap)
        run.held = verdict.disable ? { ...counted, lifecycle: 'disabled' } : counted
        if (!verdict.open) run.open = null
        break
      }
      case 'denied':
        run.held = { ...held, state: verdict.state }
        run.open = null
        break
      case 'matched':
      case 'malformed':
      case 'late':
    }
  }

  async function answerTo(
    { number, expected }: Asked,
    what: Extract<Act, { back: number }>,
    now: typeof NOON,
  ): Promise<unknown> {
    if (what.kind === 'type')
      return { response: (what.right ? anna : stranger).respond(number, now) }
    const request = phoneKey.device?.request(expected) as PhoneRequest | null
    if (!request) return null
    const no = { decision: 'deny', number: undefined, response: undefined }
    const wrongPin = { response: stranger.respond(number, now) }
    const changes = what.kind === 'deny' ? no : what.right ? {} : wrongPin
    return await anna.approve(request, { number, now, changes })
  }

  const manyActs = fc.array(act, { maxLength: 80, size: 'max' })

  test('it is accepted for the challenge that is open, once, and never when it is disabled', async () => {
    let accepted = 0
    let disabled = 0
    await fc.assert(
      fc.asyncProperty(manyActs, fc.boolean(), async (acts, hasForgottenPin) => {
        const run = newRun()
        for (const some of acts) {
          const what = 'right' in some && hasForgottenPin ? { ...some, right: false } : some
          const before = run.held.lifecycle
          const acceptedBefore = run.accepted.length
          await take(run, what)
          if (before !== 'active') {
            assert.equal(run.held.lifecycle, before)
            assert.equal(run.accepted.length, acceptedBefore)
          }
        }
        assert.equal(new Set(run.accepted).size, run.accepted.length)
        const { wrongPins } = run.held.state as { wrongPins: number }
        assert.ok(wrongPins <= 5)
        assert.equal(run.held.lifecycle === 'disabled', wrongPins === 5 || run.held.failures >= 10)
        accepted += run.accepted.length
        if (run.held.lifecycle === 'disabled') disabled += 1
      }),
      { numRuns: 300 },
    )
    assert.ok(accepted > 50 && disabled > 0, `${accepted} accepted, ${disabled} disabled`)
  })

  test('A5 it is never asked more often than its limits allow', async () => {
    await fc.assert(
      fc.asyncProperty(manyActs, async (acts) => {
        const run = newRun()
        for (const what of acts) {
          await take(run, what)
          const last = (times: readonly number[], span: number) =>
            times.filter((at) => at > run.now - span).length
          assert.ok(last(run.pushedAt, 90_000) <= 1)
          assert.ok(last(run.pushedAt, 600_000) <= 3)
          assert.ok(run.pushedAt.length <= 5)
          assert.ok(last(run.drawnAt, 3_600_000) <= 20)
        }
      }),
      { numRuns: 300 },
    )
  })
})
