import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CompactSign, exportJWK } from 'jose'
import type { AuthenticatorId } from '#core/ids.ts'
import { canonicalJson, type Json } from '#core/json.ts'
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
} from '#core/time/time.ts'
import type { Binding } from '#methods/enrol.ts'
import type { Asking, Drawn, Verdict } from '#methods/method.ts'
import { phoneKey, phoneKeyUnder } from './method.ts'
import type { PhonePrompt } from './prompt.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import { type Approval, sample, samplePhone } from './sample.ts'
import { phoneSuite } from './suite.ts'
import { type PhoneContext, type PhoneRequest, picturePath, type TaskPicture } from './wire.ts'

/** On the border of two time steps, so that a step is counted from here. */
const NOON = instant(Date.UTC(2026, 10, 20, 12))
const authenticatorId = 'aut_phone' as AuthenticatorId
const anna = samplePhone('a')
const stranger = samplePhone('s')

const context: PhoneContext = {
  purpose: 'login',
  platform: { en: 'Trading', fr: 'Trading' },
  environment: 'live',
  account: 'U0000001',
  userName: 'anna',
  place: 'Zug',
  browser: 'Firefox, Windows',
  newBrowser: true,
  askedAt: NOON,
}

/** Different bytes each time, and the same ones in every run. */
function sequence(name: string): (length: number) => Uint8Array {
  let drawn = 0
  return (length) => {
    drawn += 1
    return createHash('sha512').update(`${name} ${drawn}`).digest().subarray(0, length)
  }
}
const random = sequence('phone')

type Question = Omit<Extract<Drawn, { ok: true }>, 'prompt'> & { readonly prompt: PhonePrompt }

const draw = (state: Json, asking: Partial<Asking> = {}): Drawn =>
  phoneKey.challenge(state, {
    now: NOON,
    random,
    authenticatorId,
    transaction: 'log_1',
    purpose: 'login',
    context: context as unknown as Json,
    recognised: false,
    way: null,
    seamless: true,
    ...SAMPLE_ASKING,
    transfer: !asking.recognised,
    ...asking,
  })

function drawn(state: Json, asking: Partial<Asking> = {}): Question {
  const question = draw(state, asking)
  assert.ok(question.ok, 'no challenge was drawn')
  return { ...question, prompt: question.prompt as unknown as PhonePrompt }
}

/** What the phone is asked; fails the test where it is asked nothing. */
const requestOf = ({ expected }: Pick<Question, 'expected'>): PhoneRequest =>
  (phoneKey.device?.request(expected) ?? assert.fail('the phone is asked nothing')) as never

const judge = (question: Question, answer: unknown, now: Instant = NOON): Promise<Verdict> =>
  phoneKey.verify(question.state, {
    authenticatorId,
    expected: question.expected,
    answer,
    now,
    browser: null,
  })

/**
 * Types what the phone shows, so much later, and perhaps by a phone whose clock is off by that
 * much.
 */
const respond = (question: Question, now: Instant = NOON, clockOff: Millis = millis(0)) =>
  judge(question, { response: anna.respond(question.prompt.number, after(now, clockOff)) }, now)

/** Approves on the phone, with the number of the page. */
async function approve(question: Question, approval: Partial<Approval> = {}): Promise<Verdict> {
  const { number } = question.prompt
  const answer = await anna.approve(requestOf(question), { number, now: NOON, ...approval })
  return await judge(question, answer, approval.now)
}

const decide = (question: Question, decision: 'deny' | 'not-me', now: Instant = NOON) =>
  approve(question, { now, changes: { decision, number: undefined, response: undefined } })

/** The state after an outcome that leaves one. */
function stateAfter(verdict: Verdict, outcome: Verdict['outcome']): Json {
  assert.equal(verdict.outcome, outcome)
  assert.ok('state' in verdict && verdict.state !== undefined)
  return verdict.state
}

suite('A task that is shown without a connection', () => {
  const task = { kind: 'withdrawal', facts: { amount: '12500.00', payee: 'Client A' } }
  const forTask: Partial<Asking> = {
    purpose: 'task',
    context: { ...context, purpose: 'task', task },
  }
  const pictureOf = ({ expected }: Pick<Question, 'expected'>): TaskPicture =>
    (phoneKey.device?.picture?.(expected)?.payload ?? assert.fail('nothing is shown')) as never
  const shown = (question: Question, picture: TaskPicture, now: Instant = NOON) =>
    judge(question, { response: anna.respondTo(picture, now) }, now)

  test('S88 is all that was asked, with the number of the page and the phone that it is for', () => {
    const question = drawn(sample.state, forTask)
    assert.deepEqual(pictureOf(question), {
      authenticator: authenticatorId,
      transaction: 'log_1',
      number: question.prompt.number,
      expiresAt: after(NOON, minutes(3)),
      context: { ...context, purpose: 'task', task },
    })
    assert.equal(phoneKey.device?.picture?.(question.expected)?.type, 'task-picture')
    const login = drawn(sample.state)
    assert.equal(phoneKey.device?.picture?.(login.expected), null, 'a login is no task')
  })

  test('R051 S87 is confirmed by eight digits over all of it, or by those to the number', async () => {
    const question = drawn(sample.state, forTask)
    assert.equal((await shown(question, pictureOf(question))).outcome, 'accepted')
    assert.equal((await respond(question)).outcome, 'accepted')
  })

  test('A8 S87 is not confirmed by what answers any other', async () => {
    const question = drawn(sample.state, forTask)
    const picture = pictureOf(question)
    const facts = { ...task.facts, amount: '12500.01' }
    const others: readonly TaskPicture[] = [
      { ...picture, number: '812345' },
      { ...picture, transaction: 'log_2' },
      { ...picture, authenticator: 'aut_other' },
      { ...picture, expiresAt: picture.expiresAt + 1 },
      { ...picture, context: { ...picture.context, place: 'Oslo' } },
      { ...picture, context: { ...picture.context, task: { ...task, facts } } },
      { ...picture, context: { ...picture.context, task: { ...task, kind: 'payee' } } },
    ]
    for (const other of others) {
      assert.equal((await shown(question, other)).outcome, 'rejected', JSON.stringify(other))
    }
    const login = drawn(sample.state)
    const asLogin = { ...picture, number: login.prompt.number, context }
    assert.equal((await shown(login, asLogin)).outcome, 'rejected', 'a login takes no such answer')
    const typed = { response: anna.respond(question.prompt.number, NOON) }
    const next = drawn(sample.state, forTask)
    assert.equal((await judge(next, typed)).outcome, 'rejected')
  })

  test('is confirmed one step of time early or late, and not two', async () => {
    const question = drawn(sample.state, forTask)
    const at = async (now: Instant) => {
      const response = anna.respondTo(pictureOf(question), now)
      return (await judge(question, { response }, NOON)).outcome
    }
    assert.equal(await at(before(NOON, seconds(30))), 'accepted')
    assert.equal(await at(before(NOON, millis(30_001))), 'rejected')
    assert.equal(await at(after(NOON, millis(59_999))), 'accepted')
    assert.equal(await at(after(NOON, seconds(60))), 'rejected')
  })
})

suite('A response that is typed', () => {
  const question = drawn(sample.state)

  test('R050 answers six digits, R051 with eight', () => {
    const { number } = question.prompt
    assert.match(number, /^[0-9]{6}$/)
    assert.match(anna.respond(number, NOON), /^[0-9]{8}$/)
    assert.equal(phoneSuite.text, 'OCRA-1:HOTP-SHA256-8:QN06-T30S')
  })

  test('R037 is accepted from a phone that is offline', async () => {
    assert.equal((await respond(question)).outcome, 'accepted')
    const silent = drawn(sample.state, { way: 'response' })
    assert.equal((await respond(silent)).outcome, 'accepted')
  })

  test('S41 is right for half a minute, and one step early or late', async () => {
    const rows = [
      [seconds(-60), 'rejected'],
      [seconds(-31), 'rejected'],
      [millis(-30_001), 'rejected'],
      [seconds(-30), 'accepted'],
      [millis(-1), 'accepted'],
      [seconds(0), 'accepted'],
      [millis(29_999), 'accepted'],
      [seconds(30), 'accepted'],
      [millis(59_999), 'accepted'],
      [seconds(60), 'rejected'],
      [seconds(90), 'rejected'],
    ] as const
    for (const [clockOff, outcome] of rows) {
      assert.equal((await respond(question, NOON, clockOff)).outcome, outcome, `${clockOff}`)
    }
  })

  test('R024 may have spaces, dashes and wide digits in it', async () => {
    const eight = anna.respond(question.prompt.number, NOON)
    const wide = String.fromCodePoint(...[...eight].map((digit) => 0xff10 + Number(digit)))
    const [half, rest] = [eight.slice(0, 4), eight.slice(4)]
    const typed = [
      `${half} ${rest}`,
      `${half}-${rest}`,
      `${half}\u2013${rest}`,
      `${half}\u2011${rest}`,
      ` ${eight}\n`,
      [...eight].join(' '),
      `${half}\u00a0${rest}`,
      `${half}\u202f${rest}`,
      `${half}\u3000${rest}`,
      wide,
      eight.padEnd(64),
    ]
    for (const response of typed) {
      assert.equal((await judge(question, { response })).outcome, 'accepted', response)
    }
  })

  test('that is no eight digits is no answer, and is not counted as a guess', async () => {
    const eight = anna.respond(question.prompt.number, NOON)
    const typed = [
      '',
      ' ',
      eight.slice(1),
      `${eight}0`,
      `${eight.slice(1)}x`,
      `+${eight.slice(1)}`,
      `${eight.slice(1)}\u0661\u0661`,
      `${eight}\u00b2`,
      eight.padEnd(65),
      '\ud800',
    ]
    for (const response of [...typed, 12345678, null, [eight], { eight }]) {
      assert.deepEqual(await judge(question, { response }), { outcome: 'malformed' })
    }
  })

  test('R059 that is wrong is refused, and its challenge with it', async () => {
    const { number } = question.prompt
    const wrong = [
      anna.respond(number, NOON).replace(/.$/, (digit) => String((Number(digit) + 1) % 10)),
      anna.respond(String((Number(number) + 1) % 800_000).padStart(6, '0'), NOON),
      stranger.respond(number, NOON),
    ]
    for (const response of wrong) {
      const verdict = await judge(question, { response })
      assert.deepEqual(verdict, { outcome: 'rejected', reason: 'wrong-response' })
    }
  })

  test('A8 that answers the number of another login is refused', async () => {
    const other = drawn(sample.state, { transaction: 'log_2' })
    const response = anna.respond(other.prompt.number, NOON)
    assert.equal((await judge(other, { response })).outcome, 'accepted')
    assert.equal((await judge(question, { response })).outcome, 'rejected')
  })

  test('counts as much after the phone could still approve as before', async () => {
    for (const later of [seconds(90), millis(179_999)]) {
      assert.equal((await respond(question, after(NOON, later))).outcome, 'accepted')
    }
    assert.equal(question.validFor, minutes(3))
  })
})

suite('What a phone may be asked', () => {
  /** Asks at these instants, one login after the other, and never hears an answer. */
  const askedAt = (...times: readonly Millis[]): Json =>
    times.reduce<Json>(
      (state, time) => drawn(state, { now: after(NOON, time) }).state,
      sample.state,
    )
  const at = (state: Json, time: Millis) => drawn(state, { now: after(NOON, time) })

  test('R059 is ten numbers an hour, answered or not shown at all', () => {
    const minute = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((count) => minutes(count))
    const ten = askedAt(...minute)
    assert.equal(draw(askedAt(...minute.slice(1)), { now: after(NOON, minutes(9)) }).ok, true)
    const until = after(NOON, hours(1))
    for (const now of [after(NOON, minutes(9)), before(until, millis(1))]) {
      for (const way of [null, 'response']) {
        const refused = { ok: false, problem: 'login.too-many-challenges', until }
        assert.deepEqual(draw(ten, { now, way }), refused)
      }
    }
    const eleventh = drawn(ten, { now: until })
    const next = after(until, minutes(1))
    const waiting = draw(eleventh.state, { now: before(next, millis(1)) })
    assert.deepEqual(waiting, { ok: false, problem: 'login.too-many-challenges', until: next })
    assert.equal(draw(eleventh.state, { now: next }).ok, true)
  })

  test('R039 begins anew with a right answer of either kind', async () => {
    const ten = askedAt(...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((count) => minutes(count)))
    const typed = drawn(ten, { now: after(NOON, minutes(9)) })
    const rested = stateAfter(await respond(typed, after(NOON, minutes(9))), 'accepted')
    assert.deepEqual(rested, sample.state)
    assert.equal(at(rested, minutes(9)).prompt.pushed, true)

    const approved = await approve(drawn(askedAt(seconds(0))))
    assert.deepEqual(stateAfter(approved, 'accepted'), sample.state)
  })

  test('S9 is one notification at a time: the next after ninety seconds', () => {
    const once = askedAt(seconds(0))
    assert.equal(drawn(sample.state).prompt.pushed, true)
    for (const early of [seconds(0), seconds(89), millis(89_999)]) {
      const { prompt, deliver } = at(once, early)
      assert.equal(prompt.pushed, false)
      assert.deepEqual(deliver, [])
      // It waits in the app all the same (R043).
      assert.equal(prompt.approveBy, after(NOON, millis(early + 90_000)))
    }
    for (const late of [seconds(90), seconds(91)]) {
      assert.equal(at(once, late).prompt.pushed, true)
    }
  })

  test('A5 is three notifications in ten minutes', () => {
    const two = askedAt(seconds(0), minutes(2))
    const three = askedAt(seconds(0), minutes(2), minutes(4))
    assert.equal(at(two, minutes(4)).prompt.pushed, true)
    for (const early of [minutes(6), millis(599_999)]) {
      assert.equal(at(three, early).prompt.pushed, false)
      assert.notEqual(at(three, early).prompt.approveBy, null)
    }
    for (const late of [minutes(10), millis(600_001)]) {
      assert.equal(at(three, late).prompt.pushed, true)
    }
  })

  test('A5 is nothing more after five that were not answered, and the typed response works', async () => {
    const every = (count: number) => askedAt(...[0, 4, 8, 12, 16].slice(0, count).map(minutes))
    assert.equal(at(every(4), minutes(20)).prompt.pushed, true)
    const sixth = at(every(5), minutes(20))
    assert.deepEqual(sixth.prompt.pushed, false)
    assert.equal(sixth.prompt.approveBy, null)
    assert.deepEqual(sixth.deliver, [])
    assert.equal(phoneKey.device?.request(sixth.expected), null)
    assert.equal(at(every(5), hours(24)).prompt.approveBy, null)

    const rested = stateAfter(await respond(sixth, after(NOON, minutes(20))), 'accepted')
    assert.equal(at(rested, minutes(20)).prompt.pushed, true)
  })

  test('A5 is three notifications at most, however often an attacker begins a login', () => {
    for (const pause of [1, 6, 20, 60, 89, 90, 91, 150]) {
      let state = sample.state
      let pushes = 0
      for (let at = 0; at < 600; at += pause) {
        const question = draw(state, { now: after(NOON, seconds(at)) })
        if (!question.ok) continue
        pushes += question.deliver.length
        state = question.state
      }
      assert.ok(pushes <= 3, `${pushes} at one every ${pause} seconds`)
    }
  })

  test('A28 is ten numbers more for a browser that its holder has used before', () => {
    const tenTimes = Array.from({ length: 10 }, (_, count) => seconds(count))
    let state = askedAt(...tenTimes)
    const now = after(NOON, seconds(10))
    assert.equal(draw(state, { now }).ok, false)
    for (const _ of tenTimes) state = drawn(state, { now, recognised: true }).state
    const refused = draw(state, { now, recognised: true })
    assert.deepEqual(refused, {
      ok: false,
      problem: 'login.too-many-challenges',
      until: after(NOON, hours(1)),
    })
    // The stranger waits until the last ten are an hour old.
    const stranger = draw(state, { now })
    assert.deepEqual(stranger, { ...refused, until: after(now, hours(1)) })
  })

  test('A5 is nothing for a quarter of an hour after its holder said no', async () => {
    for (const decision of ['deny', 'not-me'] as const) {
      const state = stateAfter(await decide(drawn(sample.state), decision), 'denied')
      for (const early of [seconds(0), minutes(14), millis(899_999)]) {
        const silent = at(state, early)
        assert.equal(silent.prompt.approveBy, null)
        assert.deepEqual(silent.deliver, [])
        assert.equal((await respond(silent, after(NOON, early))).outcome, 'accepted')
      }
      for (const late of [minutes(15), millis(900_001)]) {
        assert.notEqual(at(state, late).prompt.approveBy, null)
        assert.equal(at(state, late).prompt.pushed, true)
      }
    }
  })

  test('R038 is nothing where its holder wants to type', () => {
    const { prompt, deliver, state, expected } = drawn(sample.state, { way: 'response' })
    assert.equal(prompt.approveBy, null)
    assert.equal(prompt.pushed, false)
    assert.deepEqual(deliver, [])
    assert.equal(phoneKey.device?.request(expected), null)
    assert.deepEqual(state, { ...(sample.state as object), draws: [NOON] })
  })

  test('R033 R170 a notification says which login, where, and in which language, and nothing else', () => {
    const platform = { en: 'Trading platform', fr: 'Plateforme de trading' }
    const context = { purpose: 'login', platform, userName: 'anna', account: 'U0000001' }
    const { deliver, prompt } = drawn(sample.state, { context, holderLanguage: 'fr' })
    const payload = { transaction: 'log_1', language: 'fr', platform }
    assert.deepEqual(deliver, [{ channel: 'web-push', payload }])
    assert.ok(!JSON.stringify(deliver).includes(prompt.number))
  })

  test('S32 of a task the notification says of what kind it is, and neither amount nor payee', () => {
    const task = { kind: 'withdrawal', facts: { amount: '12500.00', payee: 'Client A' } }
    const { deliver } = drawn(sample.state, { purpose: 'task', context: { purpose: 'task', task } })
    const payload = { transaction: 'log_1', language: 'en', doing: 'withdrawal' }
    assert.deepEqual(deliver, [{ channel: 'web-push', payload }])
  })

  test('is remembered no longer than it counts', () => {
    let state = sample.state
    for (let count = 0; count < 60; count += 1) {
      const question = draw(state, { now: after(NOON, minutes(7 * count)) })
      if (question.ok) state = question.state
    }
    const { draws, pushes } = state as { draws: number[]; pushes: number[] }
    assert.ok(draws.length <= 20)
    assert.ok(pushes.length <= 10)
  })
})

suite('An approval on the phone', () => {
  const question = drawn(sample.state)
  const malformed = { outcome: 'malformed' }

  test('is accepted when both keys of the phone say the same', async () => {
    assert.equal((await approve(question)).outcome, 'accepted')
  })

  test('R042 needs no notification: the phone finds the request when it is opened', async () => {
    const quiet = drawn(question.state)
    assert.equal(quiet.prompt.pushed, false)
    assert.equal((await approve(quiet)).outcome, 'accepted')
  })

  test('S31 from a browser that is new takes the number of the page, which the phone is not told', async () => {
    const request = requestOf(question)
    assert.equal(request.transfer, true)
    assert.equal(request.number, null)
    assert.ok(!JSON.stringify(request).includes(question.prompt.number))
    for (const number of ['000001', '', '12345', '1234567', 123457, undefined]) {
      assert.notEqual((await approve(question, { changes: { number } })).outcome, 'accepted')
    }
  })

  test('from a browser that is recognised tells the phone the number', async () => {
    const known = drawn(sample.state, { recognised: true })
    const request = requestOf(known)
    assert.equal(request.transfer, false)
    assert.equal(request.number, known.prompt.number)
    assert.equal((await approve(known, { number: request.number ?? '' })).outcome, 'accepted')
  })

  test('shows the phone who asks, for what, from where and when', () => {
    assert.deepEqual(requestOf(question), {
      transaction: 'log_1',
      transfer: true,
      number: null,
      expiresAt: after(NOON, seconds(90)),
      context,
    })
  })

  test('S21 counts for ninety seconds, and after that the response is typed', async () => {
    for (const [later, outcome] of [
      [millis(89_999), 'accepted'],
      [seconds(90), 'late'],
      [millis(90_001), 'late'],
    ] as const) {
      assert.equal((await approve(question, { now: after(NOON, later) })).outcome, outcome)
    }
    assert.equal((await respond(question, after(NOON, seconds(90)))).outcome, 'accepted')
  })

  test('S30 of any other key is none', async () => {
    const request = requestOf(question)
    const { number } = question.prompt
    const said = { number, now: NOON }
    const theirs = await stranger.approve(request, said)
    assert.deepEqual(await judge(question, theirs), malformed)

    const { approval } = await anna.approve(request, said)
    const [header, payload, signature] = approval.split('.') as [string, string, string]
    const other = (await anna.sign({ act: 'list' })).split('.') as [string, string, string]
    const forged = [
      [header, payload, other[2]],
      [header, other[1], signature],
      [header, payload, ''],
      [header, payload, Buffer.alloc(64).toString('base64url')],
      [header, payload],
      [Buffer.from('{"alg":"none"}').toString('base64url'), payload, ''],
      [Buffer.from('{"alg":"none"}').toString('base64url'), payload, signature],
    ]
    for (const parts of forged) {
      assert.deepEqual(await judge(question, { approval: parts.join('.') }), malformed)
    }
  })

  test('S103 is not signed with a key that comes along, nor with the public one as a secret', async () => {
    const { payload } = decoded(
      (await anna.approve(requestOf(question), { number: question.prompt.number, now: NOON }))
        .approval,
    )
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = await exportJWK(pair.publicKey)
    const own = await new CompactSign(payload)
      .setProtectedHeader({ alg: 'ES256', jwk })
      .sign(pair.privateKey)
    assert.deepEqual(await judge(question, { approval: own }), malformed)

    const head = Buffer.from('{"alg":"HS256"}').toString('base64url')
    const body = `${head}.${Buffer.from(payload).toString('base64url')}`
    for (const secret of [JSON.stringify(anna.deviceKey), anna.deviceKey.x, '']) {
      const mac = createHmac('sha256', secret).update(body).digest('base64url')
      assert.deepEqual(await judge(question, { approval: `${body}.${mac}` }), malformed)
    }
  })

  test('A8 of another login is none, with its own number or with this one', async () => {
    const other = drawn(sample.state, { transaction: 'log_2' })
    for (const number of [other.prompt.number, question.prompt.number]) {
      const answer = await anna.approve(requestOf(other), { number, now: NOON })
      assert.deepEqual(await judge(question, answer), malformed)
    }
  })

  test('A8 with the number of another login is refused and counted', async () => {
    const other = drawn(sample.state, { transaction: 'log_2' })
    const { number } = other.prompt
    const verdict = await approve(question, { number })
    assert.equal(verdict.outcome, 'rejected')
    assert.equal('reason' in verdict && verdict.reason, 'wrong-number')
  })

  test('S88 of something else than what was asked is none', async () => {
    const changes: readonly Partial<PhoneContext>[] = [
      { place: 'Oslo' },
      { platform: { en: 'Portal', fr: 'Trading' } },
      { account: 'U0000002' },
      { browser: 'Firefox, Linux' },
      { newBrowser: false },
      { askedAt: after(NOON, millis(1)) },
      { purpose: 'task' },
    ]
    for (const change of changes) {
      const shown: PhoneRequest = { ...requestOf(question), context: { ...context, ...change } }
      const { number } = question.prompt
      const answer = await anna.approve(shown, { number, now: NOON })
      assert.deepEqual(await judge(question, answer), malformed, JSON.stringify(change))
    }
  })

  test('of which a part is missing or is something else is none, and not counted', async () => {
    const changes = [
      { number: undefined },
      { response: undefined },
      { contextHash: undefined },
      { decision: 'perhaps' },
      { decision: undefined },
      { act: 'list' },
      { act: 'received' },
      { nonce: undefined },
      { time: undefined },
      { time: '0' },
      { aud: 'nobody' },
      { response: '1234567' },
      { response: 12345678 },
      { more: 1 } as object,
    ]
    for (const change of changes) {
      assert.deepEqual(
        await approve(question, { changes: change }),
        malformed,
        JSON.stringify(change),
      )
    }
  })

  test('S48 is needed where the response alone would not say what was shown', async () => {
    const typed = drawn(sample.state, { way: 'response' })
    const asked: PhoneRequest = {
      transaction: 'log_1',
      transfer: false,
      number: typed.prompt.number,
      expiresAt: after(NOON, seconds(90)),
      context,
    }
    const answer = await anna.approve(asked, { number: typed.prompt.number, now: NOON })
    assert.deepEqual(await judge(typed, answer), malformed)
  })

  test('is right one time step early or late, as the response is', async () => {
    const { number } = question.prompt
    for (const [clockOff, outcome] of [
      [seconds(-30), 'accepted'],
      [seconds(59), 'accepted'],
      [millis(-30_001), 'rejected'],
      [seconds(60), 'rejected'],
    ] as const) {
      const response = anna.respond(number, after(NOON, clockOff))
      assert.equal((await approve(question, { changes: { response } })).outcome, outcome)
    }
  })
})

suite('The method phone-key', () => {
  test('R060 is a second factor, of which a subscriber has one', () => {
    assert.equal(phoneKey.secondFactor, true)
    assert.equal(phoneKey.onePerSubscriber, true)
    assert.equal(phoneKey.acr, '3')
  })
})

suite('Guessing a response', () => {
  test('S5 ends with the tenth wrong one in a row, since each may be a wrong PIN', () => {
    assert.equal(phoneKey.hardCap, 10)
  })
})

suite('A wrong PIN', () => {
  const question = drawn(sample.state)
  /** A wrong PIN opens the OCRA key to another one, which gives a response like any other. */
  const mistyped = (from: Question) =>
    approve(from, { changes: { response: stranger.respond(from.prompt.number, NOON) } })
  const counted = (state: Json): number => (state as { wrongPins: number }).wrongPins
  const withWrongPins = (wrongPins: number): Question => {
    const state = { ...(question.state as object), wrongPins }
    return { ...question, state }
  }

  test('S5 is counted by the server, which alone can know it, and leaves the request open', async () => {
    const verdict = await mistyped(question)
    assert.ok(verdict.outcome === 'rejected')
    assert.equal(verdict.reason, 'wrong-pin')
    assert.equal(verdict.open, true)
    assert.equal(verdict.disable, false)
    assert.deepEqual(verdict.state, { ...(question.state as object), wrongPins: 1 })

    const again: Question = { ...question, state: stateAfter(verdict, 'rejected') }
    assert.equal((await approve(again)).outcome, 'accepted')
  })

  test('S5 disables the phone the fifth time in a row, over all its challenges', async () => {
    let state = sample.state
    for (const [count, disables] of [
      [1, false],
      [2, false],
      [3, false],
      [4, false],
      [5, true],
      [6, true],
    ] as const) {
      const next = drawn(state, { now: NOON, transaction: `log_${count}` })
      const verdict = await mistyped(next)
      assert.ok(verdict.outcome === 'rejected')
      assert.equal(verdict.disable, disables, `${count}`)
      state = stateAfter(verdict, 'rejected')
      assert.equal(counted(state), count)
    }
  })

  test('is not counted with a wrong number, of which nothing more is judged', async () => {
    for (const changes of [{}, { response: stranger.respond('000001', NOON) }]) {
      const verdict = await approve(withWrongPins(4), { number: '000001', changes })
      assert.ok(verdict.outcome === 'rejected')
      assert.deepEqual([verdict.reason, verdict.disable], ['wrong-number', undefined])
      assert.equal(counted(stateAfter(verdict, 'rejected')), 4)
    }
  })

  test('S4 is forgotten after a right answer of either kind, and after no other', async () => {
    const four = withWrongPins(4)
    assert.equal(counted(stateAfter(await approve(four), 'accepted')), 0)
    assert.equal(counted(stateAfter(await respond(four), 'accepted')), 0)
    assert.equal(counted(stateAfter(await decide(four, 'deny'), 'denied')), 4)
    assert.equal(counted(drawn(four.state).state), 4)
  })
})

suite('The number of the page, before the PIN', () => {
  const question = drawn(sample.state)
  const match = (from: Question, approval: Partial<Approval> = {}) =>
    approve(from, { changes: { decision: 'match', response: undefined }, ...approval })
  const numbersIn = (state: Json): number => (state as { wrongNumbers: number }).wrongNumbers
  const withWrongNumbers = (wrongNumbers: number): Question => ({
    ...question,
    state: { ...(question.state as object), wrongNumbers },
  })

  test('is found right, and approves nothing, whatever comes with it', async () => {
    assert.deepEqual(await match(question), { outcome: 'matched', state: question.state })
    const both = await approve(question, { changes: { decision: 'match' } })
    assert.deepEqual(both, { outcome: 'matched', state: question.state })
  })

  test('A5 is found wrong in words of its own; the request stays open, and no PIN is counted', async () => {
    const verdict = await match(question, { number: '000001' })
    assert.deepEqual(verdict, {
      outcome: 'rejected',
      reason: 'wrong-number',
      explained: 'login.wrong-number',
      open: true,
      apart: true,
      state: { ...(question.state as object), wrongNumbers: 1 },
    })
    const again: Question = { ...question, state: stateAfter(verdict, 'rejected') }
    assert.equal((await match(again)).outcome, 'matched')
    assert.equal((await approve(again)).outcome, 'accepted')
  })

  test('is judged in the approval once more', async () => {
    const verdict = await approve(question, { number: '000001' })
    assert.equal('reason' in verdict && verdict.reason, 'wrong-number')
  })

  test('a wrong PIN counts no number', async () => {
    const { number } = question.prompt
    const mistyped = { response: stranger.respond(number, NOON) }
    const verdict = await approve(withWrongNumbers(3), { changes: mistyped })
    assert.equal(numbersIn(stateAfter(verdict, 'rejected')), 3)
  })

  test('A5 after five wrong ones in a row the phone approves nothing, over all its logins', async () => {
    let state = sample.state
    for (const count of [1, 2, 3, 4, 5]) {
      const next = drawn(state, { transaction: `log_${count}` })
      state = stateAfter(await match(next, { number: '000001' }), 'rejected')
      assert.equal(numbersIn(state), count)
    }
    // Neither a login that was asked before, nor the next.
    const before: Question = { ...question, state }
    for (const answer of [match, approve]) {
      assert.deepEqual(await answer(before), { outcome: 'late' })
      assert.deepEqual(await answer(before, { number: '000001' }), { outcome: 'late' })
    }
    const next = drawn(state, { transaction: 'log_6' })
    assert.equal(next.prompt.approveBy, null)
    // It is not locked: a response, which takes the PIN, ends that.
    const after = stateAfter(await respond(next), 'accepted')
    assert.equal(numbersIn(after), 0)
    assert.notEqual(drawn(after, { transaction: 'log_7' }).prompt.approveBy, null)
    assert.equal((await approve(withWrongNumbers(4))).outcome, 'accepted')
  })

  test('S88 is judged only for what was shown, with a number, and in time', async () => {
    const shown = { ...requestOf(question), context: { ...context, place: 'Oslo' } }
    const { number } = question.prompt
    const changes = { decision: 'match', response: undefined } as const
    const other = await anna.approve(shown, { number, now: NOON, changes })
    assert.deepEqual(await judge(question, other), { outcome: 'malformed' })
    const none = { changes: { ...changes, number: undefined } }
    assert.deepEqual(await approve(question, none), { outcome: 'malformed' })
    assert.deepEqual(await match(question, { now: after(NOON, seconds(90)) }), { outcome: 'late' })
    assert.equal((await match(question, { now: after(NOON, millis(89_999)) })).outcome, 'matched')
  })
})

suite('A no on the phone', () => {
  const question = drawn(sample.state)

  test('refuses the login, and says whether its holder asked at all', async () => {
    const silentUntil = after(NOON, minutes(15))
    for (const [decision, notMe] of [
      ['deny', false],
      ['not-me', true],
    ] as const) {
      assert.deepEqual(await decide(question, decision), {
        outcome: 'denied',
        notMe,
        state: { ...(question.state as object), silentUntil },
      })
    }
  })

  test('needs no number and no PIN', async () => {
    const changes = {
      decision: 'not-me',
      number: undefined,
      response: undefined,
      contextHash: 'A'.repeat(43),
    }
    assert.equal((await approve(question, { changes })).outcome, 'denied')
  })

  test('is heard as long as the response could still be typed', async () => {
    for (const later of [seconds(90), millis(179_999)]) {
      for (const decision of ['deny', 'not-me'] as const) {
        const verdict = await decide(question, decision, after(NOON, later))
        assert.equal(verdict.outcome, 'denied', `${later}`)
      }
    }
  })

  test('counts only from this phone, and for this login', async () => {
    const no = { decision: 'not-me', number: undefined, response: undefined } as const
    const said = { number: question.prompt.number, now: NOON, changes: no }
    const theirs = await stranger.approve(requestOf(question), said)
    assert.deepEqual(await judge(question, theirs), { outcome: 'malformed' })
    const other = drawn(sample.state, { transaction: 'log_2' })
    const elsewhere = await anna.approve(requestOf(other), said)
    assert.deepEqual(await judge(question, elsewhere), { outcome: 'malformed' })
  })
})

suite('The views of a challenge', () => {
  const viewsOf = (asking: Partial<Asking>, label: string | null, picture?: string) =>
    phoneKey.describe(drawn(sample.state, asking).prompt as unknown as Json, {
      label,
      ...(picture !== undefined && { picture }),
      openedAt: NOON,
      expiresAt: after(NOON, minutes(3)),
    })

  test('are two: waiting for the phone, and R036 typing its response', () => {
    const [waiting, response, ...more] = viewsOf({}, 'Anna’s phone')
    assert.deepEqual(more, [])
    assert.equal(waiting.name, 'approve')
    assert.equal(waiting.waits?.until, after(NOON, seconds(90)))
    assert.equal(waiting.other?.view, response?.name)
    assert.equal(waiting.field, undefined)
    assert.equal(response?.name, 'response')
    assert.equal(response?.field?.length, 8)
    assert.equal(response?.field?.name, 'response')
    assert.equal(response?.waits, undefined)
    assert.match(response?.number?.digits ?? '', /^[0-9]{6}$/)
    // There is nothing to scan for a phone that is offline; the number stands where it is typed.
    assert.equal(response?.number?.scan, undefined)
    assert.deepEqual(
      response?.steps?.map(({ number }) => number ?? false),
      [false, true, false],
    )
  })

  test('S88 of a task have no picture that is too long for a camera, and say what to do instead', () => {
    const signed = (payload: string) => `header.${payload}.signature`
    const around = picturePath(signed('')).length
    const viewOf = (length: number) => {
      const task = { purpose: 'task', way: 'response' } as const
      const [view] = viewsOf(task, null, signed('x'.repeat(length - around)))
      return view
    }
    const [drawable, tooLong] = [viewOf(1_500), viewOf(1_501)]
    assert.equal(drawable.number?.scan?.length, 1_500)
    assert.deepEqual(drawable.lead, { key: 'method.phone-key.response.lead' })
    assert.equal(drawable.field?.hint, 'method.phone-key.task.hint')
    assert.equal(tooLong.number?.scan, undefined)
    assert.deepEqual(tooLong.lead, { key: 'method.phone-key.task.long.lead' })
    assert.equal(tooLong.field?.hint, 'method.phone-key.task.long.hint')
  })

  test('are one where the phone is not asked', () => {
    assert.deepEqual(
      viewsOf({ way: 'response' }, null).map(({ name }) => name),
      ['response'],
    )
  })

  test('show the number while waiting only where it has to be carried over', () => {
    const [carried] = viewsOf({ recognised: false }, null)
    const { digits } = carried.number ?? assert.fail('no number')
    assert.match(carried.number?.scan ?? '', new RegExp(`^/phone#login=\\w+[.]${digits}$`))
    const [known] = viewsOf({ recognised: true }, 'Anna’s phone')
    assert.equal(known.number, undefined)
  })

  test('name the phone to a browser that is recognised, and to no other', () => {
    for (const way of [null, 'response']) {
      assert.ok(JSON.stringify(viewsOf({ way }, 'Anna’s phone')).includes('Anna’s phone'))
      for (const view of viewsOf({ way }, null)) {
        assert.ok(!JSON.stringify(view).includes('.named'))
      }
    }
  })
})

suite('Binding a phone', () => {
  const binding: Binding = {
    now: NOON,
    audience: 'https://login.example.com',
    enrolment: 'enr_1',
  }
  const bind = (request: unknown) =>
    phoneKey.bind?.(request, binding) ?? assert.fail('a phone cannot be bound')
  const badKey = { ok: false, problem: 'enrolment.malformed-key' }
  const malformed = { ok: false, problem: 'request.malformed' }

  test('takes a phone that proves that it holds both keys', async () => {
    assert.deepEqual(await bind(await anna.activate(binding)), {
      ok: true,
      label: 'Anna’s phone',
      model: null,
      state: {
        ocraKey: anna.ocraKey,
        deskKey: null,
        deviceKey: anna.deviceKey,
        lock: 'pin',
        wrongPins: 0,
        relock: null,
        signs: [],
        silent: false,
        draws: [],
        pushes: [],
        unanswered: 0,
        wrongNumbers: 0,
        silentUntil: null,
      },
    })
  })

  test('S67 takes no proof made for another invitation, server, key or moment', async () => {
    const changes = [
      { enrolment: 'enr_2' },
      { aud: 'https://login.example.org' },
      { act: 'answer' },
      { response: '00000000' },
      { response: stranger.respond('000000', NOON) },
      { response: anna.respond('000001', NOON) },
      { response: anna.respond('000000', after(NOON, seconds(60))) },
      { response: anna.respond('000000', before(NOON, millis(30_001))) },
    ]
    for (const change of changes) {
      assert.deepEqual(
        await bind(await anna.activate(binding, change)),
        badKey,
        JSON.stringify(change),
      )
    }
  })

  test('takes no device key but the one that signed, and none that is no point of the curve', async () => {
    const request = await anna.activate(binding)
    const { x } = anna.deviceKey
    const keys = [
      stranger.deviceKey,
      { ...anna.deviceKey, y: x },
      { ...anna.deviceKey, x: 'A'.repeat(43) },
    ]
    for (const deviceKey of keys) assert.deepEqual(await bind({ ...request, deviceKey }), badKey)
    const { proof } = await stranger.activate(binding)
    assert.deepEqual(await bind({ ...request, proof }), badKey)
    const other = { ...request, ocraKey: stranger.ocraKey }
    assert.deepEqual(await bind(other), badKey)
  })

  test('S38 takes no OCRA key of fewer or more than 32 bytes', async () => {
    const request = await anna.activate(binding)
    for (const bytes of [0, 16, 31, 33, 64]) {
      const ocraKey = Buffer.alloc(bytes, 'a').toString('base64url')
      assert.deepEqual(await bind({ ...request, ocraKey }), malformed, `${bytes}`)
    }
  })

  test('answers whatever is sent, and never throws', async () => {
    const request = await anna.activate(binding)
    const keys = Object.keys(request)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue(), async (key, value) => {
        const { ok } = await bind({ ...request, [key]: value })
        const said = ['label', 'language', 'lock', 'model', 'activation', 'signs']
        assert.ok(!ok || said.includes(key))
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (any) => assert.deepEqual(await bind(any), malformed)),
    )
  })

  test('binds a key that no login ever asks for the number of the proof', () => {
    const numbers = Array.from({ length: 2_000 }, () => drawn(sample.state).prompt.number)
    assert.ok(!numbers.includes('000000'))
  })
})

suite('What a phone signs', () => {
  test('is opened when it was this phone, and is nothing otherwise', async () => {
    const payload = { act: 'list', time: NOON }
    assert.deepEqual(await phoneKey.device?.open(sample.state, await anna.sign(payload)), payload)
    assert.equal(await phoneKey.device?.open(sample.state, await stranger.sign(payload)), null)
    assert.equal(
      await phoneKey.device?.open(phoneKey.decoy(random), await anna.sign(payload)),
      null,
    )
  })

  test('is no longer than 8,192 characters where it is an answer', async () => {
    const question = drawn(sample.state)
    const { number } = question.prompt
    const { payload } = decoded(
      (await anna.approve(requestOf(question), { number, now: NOON })).approval,
    )
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { kty, crv, x, y } = await exportJWK(pair.publicKey)
    const state = { ...(question.state as object), deviceKey: { kty, crv, x, y } } as Json
    const judged = async (padding: number) => {
      const header = { alg: 'ES256', padding: '-'.repeat(padding) }
      const approval = await new CompactSign(payload)
        .setProtectedHeader(header)
        .sign(pair.privateKey)
      return { length: approval.length, ...(await judge({ ...question, state }, { approval })) }
    }
    const around = (await judged(0)).length
    const longest = Math.floor(((8_192 - around) * 3) / 4)
    const rows = await Promise.all([-2, -1, 0, 1, 2].map((more) => judged(longest + more)))
    assert.ok(
      rows.some(({ length }) => length === 8_192) && rows.some(({ length }) => length > 8_192),
    )
    for (const { length, outcome } of rows) {
      assert.equal(outcome, length <= 8_192 ? 'accepted' : 'malformed', `${length}`)
    }
  })

  test('is JSON', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { kty, crv, x, y } = await exportJWK(key.publicKey)
    const state = { ...(sample.state as object), deviceKey: { kty, crv, x, y } } as Json
    const sign = (text: string) =>
      new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: 'ES256' }).sign(key.privateKey)
    assert.deepEqual(await phoneKey.device?.open(state, await sign('{"a":1}')), { a: 1 })
    for (const text of ['', '{', 'undefined', '{"a":1}{']) {
      assert.equal(await phoneKey.device?.open(state, await sign(text)), null, text)
    }
  })
})

suite('The state of a phone', () => {
  test('is parsed strictly: what is not ours is a fault and no answer', async () => {
    const question = drawn(sample.state)
    const faults = [
      { ...(sample.state as object), more: 1 },
      {},
      null,
      { ...(sample.state as object), lock: 'none' },
    ]
    for (const state of faults as Json[]) {
      await assert.rejects(async () => respond({ ...question, state }))
      assert.throws(() => draw(state))
    }
  })

  test('A1 of a decoy has keys like any other, which no phone holds', async () => {
    const state = phoneKey.decoy(random)
    const question = drawn(state)
    assert.equal(question.prompt.pushed, true)
    assert.equal((await respond(question)).outcome, 'rejected')
    assert.deepEqual(await approve(question), { outcome: 'malformed' })
    assert.notDeepEqual(phoneKey.decoy(random), state)
    const shape = (of: Json) => JSON.stringify(of).replaceAll(/[\w-]{43}/g, 'key')
    assert.equal(shape(state), shape(sample.state))
  })
})

function decoded(jws: string): { readonly payload: Uint8Array } {
  const [, payload = ''] = jws.split('.')
  const bytes = Buffer.from(payload, 'base64url')
  assert.equal(bytes.toString(), canonicalJson(JSON.parse(bytes.toString()) as Json))
  return { payload: bytes }
}

suite('A phone that is not its holder’s alone', () => {
  const strict = phoneKeyUnder('refuse')
  const judged = async (question: Question, answer: unknown, state = question.state) =>
    await strict.verify(state, {
      authenticatorId,
      expected: question.expected,
      answer,
      now: NOON,
      browser: null,
    })
  const says = async (question: Question, changes: Approval['changes']) =>
    await anna.approve(requestOf(question), {
      number: question.prompt.number,
      now: NOON,
      ...(changes && { changes }),
    })

  test('R041 confirms nothing where that is set, and its PIN is not counted', async () => {
    const question = drawn(sample.state)
    for (const [signs, told] of [
      [['automated'], 'device-not-trusted automated'],
      [['emulated', 'insecure'], 'device-not-trusted emulated insecure'],
      [undefined, 'device-not-trusted'],
    ] as const) {
      const answer = await says(question, { signs: signs && [...signs] })
      const verdict = await judged(question, answer)
      assert.equal(verdict.outcome, 'rejected', told)
      assert.ok('reason' in verdict)
      assert.equal(verdict.reason, told)
      assert.equal(verdict.explained, 'login.device-not-trusted')
      assert.equal(verdict.guess, false)
      const allowed = await judge(question, answer)
      assert.equal(allowed.outcome, 'accepted', 'nothing is refused where nothing is set')
    }
    const honest = await judged(question, await says(question, { signs: [] }))
    assert.equal(honest.outcome, 'accepted')
  })

  test('R041 neither types a response after that, until it has answered without a sign', async () => {
    const question = drawn(sample.state)
    const shown = await judged(question, await says(question, { signs: ['automated'] }))
    assert.ok('state' in shown && shown.state !== undefined)
    const typed = { response: anna.respond(question.prompt.number, NOON) }
    const offline = await judged(question, typed, shown.state)
    assert.ok(offline.outcome === 'rejected')
    assert.equal(offline.explained, 'login.device-not-trusted')
    const wrong = await judged(question, { response: '00000000' }, shown.state)
    assert.ok(wrong.outcome === 'rejected')
    assert.equal(wrong.explained, undefined, 'who guesses learns nothing of it')
    const again = await judged(question, await says(question, { signs: [] }), shown.state)
    assert.ok(again.outcome === 'accepted')
    assert.equal((await judged(question, typed, again.state)).outcome, 'accepted')
    assert.equal((await judged(question, typed)).outcome, 'accepted', 'one that has said nothing')
  })

  test('R041 neither after it has said nothing, and the log names no sign of before', async () => {
    const question = drawn(sample.state)
    const before = { ...(sample.state as object), signs: ['automated'] }
    const shown = await judged(question, await says(question, { signs: undefined }), before)
    assert.ok(shown.outcome === 'rejected' && shown.state !== undefined)
    assert.equal(shown.reason, 'device-not-trusted')
    const typed = { response: anna.respond(question.prompt.number, NOON) }
    const offline = await judged(question, typed, shown.state)
    assert.ok(offline.outcome === 'rejected')
    assert.equal(offline.explained, 'login.device-not-trusted')
  })

  test('R041 a right response frees the phone to be asked again, and a clean answer ends it', async () => {
    const state = { ...(sample.state as object), signs: ['automated'], unanswered: 5 }
    const silenced = drawn(state)
    assert.equal(silenced.prompt.approveBy, null)
    const typed = { response: anna.respond(silenced.prompt.number, NOON) }
    const refused = await judged(silenced, typed, state)
    assert.ok(refused.outcome === 'rejected' && refused.state !== undefined)
    const question = drawn(refused.state)
    assert.notEqual(question.prompt.approveBy, null)
    const clean = await judged(question, await says(question, { signs: [] }), refused.state)
    assert.equal(clean.outcome, 'accepted')
  })

  test('R041 says no all the same', async () => {
    const question = drawn(sample.state)
    const no = { decision: 'not-me', number: undefined, response: undefined, signs: ['emulated'] }
    assert.equal((await judged(question, await says(question, no))).outcome, 'denied')
  })

  test('R041 is not set up', async () => {
    const binding: Binding = {
      now: NOON,
      audience: 'https://login.example.com',
      enrolment: 'enr_1',
    }
    const request = await anna.activate(binding)
    const bound = async (signs: readonly string[] | null) =>
      (await strict.bind?.({ ...request, signs }, binding)) ?? assert.fail('cannot be bound')
    const refused = { ok: false, problem: 'enrolment.device-not-trusted' }
    assert.deepEqual(await bound(['automated']), refused)
    assert.deepEqual(await bound(null), refused)
    assert.ok((await bound([])).ok)
    const odd = await bound(['unheard-of'])
    assert.deepEqual(odd, { ok: false, problem: 'request.malformed' })
  })
})
