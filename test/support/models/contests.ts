import assert from 'node:assert/strict'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { WRONG_ANSWERS_MAX } from '#core/login/login.ts'
import type { Session } from '#core/sessions/session.ts'
import { type Budget, RESET_CODES, STRANGERS } from '#core/login/throttle.ts'
import { answerFromDevice, answerLogin } from '#engine/login/answer.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { beginReset, startReset } from '#engine/password/reset.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import type { Method } from '#methods/method.ts'
import { methodsOf } from '#methods/registry.ts'
import { passwords } from '#methods/sample-tools.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { TOTP_DEFAULT, timeStep } from '#oath/totp.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { findLogin } from '#store/login/logins.ts'
import { memoryRateLimits } from '#store/server/rate-limits.ts'
import type { Act, Node, Outcome } from '../clients/acts.ts'
import { auditOf } from '../audit.ts'
import { askedBy, HOLDERS, type Holder } from '../holders.ts'
import { testPhone } from '../clients/phone.ts'
import { activate, firstSession, PASSWORD } from '../clients/engine-story.ts'
import { approvedTask, sessionBy, withdrawal } from '../clients/task.ts'
import { methodTools } from '../tools.ts'
import { browser, ISSUER, NOON, type TestWorld } from '../server/world.ts'

/** Races for what may be had once, of every kind, and guesses that come all at once. */

/** What is about to happen in one race. */
interface Race {
  readonly acts: readonly Act[]
  readonly subscriberId: SubscriberId
  /** What is written about the one that came first: one event of one of these kinds. */
  readonly trace: readonly AuditEvent['kind'][]
  /** The method of which exactly one authenticator answers everything when it is over. */
  readonly leavesOne?: string
}

export interface Contest {
  readonly name: string
  /** Sets a race up for a client of this name. */
  prepare(world: TestWorld, userName: string): Promise<Race>
}

const thrice = (act: Act): readonly Act[] => [act, act, act]

const answered = (holder: Holder): Contest => ({
  name: `an answer by ${holder.method.name}`,
  async prepare(world, userName) {
    const { login, client, subscriberId, right, approval } = await askedBy(world, holder, {
      userName,
    })
    const { id, challenge } = login
    const trace = ['login.completed'] as const
    const typed = { do: 'answer', id, holder: client.holder, answer: right } as const
    const from = challenge.authenticatorId
    if (approval === null) return { acts: [...thrice(typed), typed], subscriberId, trace }
    const { approval: signed } = approval as { readonly approval: string }
    const device = { do: 'approve', id, from, signed } as const
    const acts = [typed, device, device, typed]
    return { acts, subscriberId, trace }
  },
})

const claimed: Contest = {
  name: 'a session',
  async prepare(world, userName) {
    // A device has opened the door; the session waits for the browser that began.
    const { login, client, subscriberId, approval } = await askedBy(world, phoneHolder(), {
      userName,
    })
    const { id } = login
    const from = login.challenge.authenticatorId
    assert.ok((await answerFromDevice(world, { id, from, answer: approval })).ok)
    const claim = { do: 'claim', id, holder: client.holder } as const
    return { acts: [...thrice(claim), claim], subscriberId, trace: ['session.opened'] }
  },
}

const boundOnPage: Contest = {
  name: 'what is bound on a page',
  async prepare(world, userName) {
    await world.add({ userName, password: PASSWORD })
    const session = await firstSession(world, userName)
    const started = await startOnPage(world, session, { method: 'totp', request: null })
    assert.ok(started.ok)
    const { id } = started.enrolment
    const found = await findEnrolment(world.db, id)
    assert.ok(found?.value.drawn)
    const { key } = found.value.drawn.expected as { readonly key: string }
    const answer = codeAt(timeStep(TOTP_DEFAULT, world.now()), key)
    const { subscriberId } = session
    const act = { do: 'bind-on-page', session, id, answer } as const
    return { acts: [...thrice(act), act], subscriberId, trace: ['authenticator.bound'] }
  },
}

/** Several phones come with one code: the first of their holder, or one in the place of another. */
const activated = (
  name: string,
  sessionOf: (world: TestWorld, userName: string) => Promise<Session>,
): Contest => ({
  name,
  async prepare(world, userName) {
    const session = await sessionOf(world, userName)
    const invited = await startEnrolment(world, session, { method: 'phone-key' })
    assert.ok(invited.ok)
    const activation = { token: invited.token }
    const offer = { enrolment: invited.enrolment.id, now: world.now() }
    const phones = await Promise.all(Array.from({ length: 4 }, () => testPhone(ISSUER)))
    const acts = await Promise.all(
      phones.map(async (phone): Promise<Act> => {
        const request = (await phone.activation(activation, offer)) as unknown as Json
        return { do: 'activate', activation, address: userName, request }
      }),
    )
    const { subscriberId } = session
    return { acts, subscriberId, trace: ['authenticator.bound'], leavesOne: 'phone-key' }
  },
})

async function newcomer(world: TestWorld, userName: string): Promise<Session> {
  await world.add({ userName, password: PASSWORD })
  return await firstSession(world, userName)
}

/** In with the phone that is about to be replaced. */
async function owner(world: TestWorld, userName: string): Promise<Session> {
  const { login, client, right } = await askedBy(world, phoneHolder(), { userName })
  const held = { id: login.id, holder: client.holder }
  const answered = await answerLogin(world, { ...held, answer: right })
  assert.ok(answered.ok && answered.token)
  return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
}

/** The holder of a device that answers by itself. */
const phoneHolder = (): Holder =>
  HOLDERS.find(({ sample }) => sample.device) ?? assert.fail('no method has a device')

/**
 * One code of the desk, two logins that have proven the second factor beside it, and a choice at
 * each.
 */
const reset: Contest = {
  name: 'a password that is chosen anew, with one code of the desk',
  async prepare(world, userName) {
    const { method, sample } = phoneHolder()
    const holds = [{ method: method.name, state: sample.state }]
    const subscriberId = await world.add({ userName, password: PASSWORD, holds })
    const begun = await startReset(world, { subscriberId, by: 'agent-7' })
    assert.ok(begun.ok)
    const acts: Act[] = []
    for (const turn of ['one', 'two']) {
      const client = browser()
      const started = await beginReset(world, { userName, code: begun.code, client })
      assert.ok(started.ok && started.login.state === 'challenged')
      const held = { id: started.login.id, holder: client.holder }
      const { prompt } = started.login.challenge
      const answer = (await sample.holder(prompt, world.now(), [])) as Json
      assert.ok((await answerLogin(world, { ...held, answer })).ok)
      for (const colour of ['violet', 'orange']) {
        acts.push({ do: 'choose', ...held, password: `${turn} ${colour} spoons of rain` })
      }
    }
    return { acts, subscriberId, trace: ['password.changed'] }
  },
}

const taskUsed: Contest = {
  name: 'a task that is approved',
  async prepare(world, userName) {
    await world.add({ userName, password: PASSWORD })
    const phone = await activate(world, await firstSession(world, userName))
    const session = await sessionBy(world, phone, userName)
    const deed = withdrawal('100.00')
    const id = await approvedTask(world, session, { deed, phone })
    const acts = ['one', 'two', 'three', 'four'].map(
      (usedFor): Act => ({
        do: 'use-task',
        session,
        using: { id, deed, usedFor: `${userName} ${usedFor}` },
      }),
    )
    return { acts, subscriberId: session.subscriberId, trace: ['task.used'] }
  },
}

const migration: Contest = {
  name: 'a successor that comes, and is stopped at the same moment',
  async prepare(world, userName) {
    const phone = HOLDERS.find(({ method }) => method.onePerSubscriber)
    assert.ok(phone, 'no method has one authenticator a subscriber')
    const held = { method: phone.method.name, state: phone.sample.state }
    const holds = [held, { ...held, pendingUntil: world.now() }]
    const subscriberId = await world.add({ userName, password: PASSWORD, holds })
    const stop = { do: 'stop', subscriberId } as const
    const acts = [{ do: 'succeed' } as const, stop, { do: 'succeed' } as const, stop]
    const trace = ['authenticator.bound', 'authenticator.stopped'] as const
    return { acts, subscriberId, trace, leavesOne: held.method }
  },
}

/** Every kind of thing that may be had once. */
export const CONTESTS: readonly Contest[] = [
  ...HOLDERS.map(answered),
  claimed,
  boundOnPage,
  taskUsed,
  reset,
  migration,
  activated('an activation, by different phones', newcomer),
  activated('the place of a phone, by different phones', owner),
]

/** What stands where a password stands. */
export const FIRST_FACTORS: readonly Method[] = [
  ...methodsOf(methodTools(passwords)).values(),
].filter(({ secondFactor }) => !secondFactor)

interface Extent {
  readonly rounds: number
  /** Races that run at the same time, each about something else. */
  readonly abreast: number
}

/**
 * Prepares each race on a node of this process, and runs it on the others. @returns how many were
 * run.
 */
export async function runContest(
  world: TestWorld,
  nodes: readonly Node[],
  { contest, ...extent }: Extent & { readonly contest: Contest },
): Promise<number> {
  return await runRounds(extent, async (round) => {
    const name = `${contest.name}, race ${round}`
    const { acts, subscriberId, trace, leavesOne } = await contest.prepare(
      anotherDay(world),
      nameOf(round),
    )
    const outcomes = await allAtOnce(nodes, acts)
    const told = outcomes.filter((outcome) => outcome === 'yes').length
    if (!outcomes.includes('silent')) assert.equal(told, 1, `${name}: ${outcomes.join()}`)
    assert.ok(told <= 1, `${name}: ${outcomes.join()}`)
    const left = await tracesOf(world, subscriberId, trace)
    assert.equal(left, 1, `${name}: ${left} are written down`)
    const full = (await listAuthenticators(world.db, subscriberId)).filter(
      ({ value }) => value.lifecycle === 'active' && value.pendingUntil === null,
    )
    for (const { method } of HOLDERS.filter((one) => one.method.onePerSubscriber)) {
      const count = full.filter(({ value }) => value.method === method.name).length
      assert.ok(method.name === leavesOne ? count === 1 : count <= 1, `${name}: ${count} are left`)
    }
  })
}

/**
 * Fifty wrong answers at once, over all nodes; every other time it would be one too many at once.
 */
export async function runGuesses(
  world: TestWorld,
  nodes: readonly Node[],
  { holder, ...extent }: Extent & { readonly holder: Holder },
): Promise<number> {
  const { hardCap } = holder.method
  return await runRounds(extent, async (round) => {
    const failures = round % 2 === 0 ? 0 : hardCap - 1
    const userName = nameOf(round)
    const asking = { userName, before: { failures } }
    const asked = await askedBy(anotherDay(world), holder, asking)
    const { id, challenge } = asked.login
    const guess: Act = { do: 'answer', id, holder: asked.client.holder, answer: asked.wrong }
    const outcomes = await allAtOnce(
      nodes,
      Array.from({ length: GUESSES }, () => guess),
    )
    const judged = outcomes.filter((outcome) => JUDGED.includes(outcome)).length
    const found = await findLogin(world.db, id)
    assert.ok(found)
    const { wrongAnswers } = found.value
    const name = `${holder.method.name}, round ${round}: ${judged} heard, ${wrongAnswers} counted`
    assert.ok(judged >= 1 && judged <= wrongAnswers, name)
    assert.ok(wrongAnswers <= WRONG_ANSWERS_MAX, name)
    assert.ok(!outcomes.includes('yes'), name)
    const written = await auditOf(world, id)
    const refused = written.filter(({ kind }) => kind === 'login.answer-refused')
    assert.equal(refused.length, wrongAnswers, name)
    const held = await listAuthenticators(world.db, asked.subscriberId)
    const one = held.find(({ value }) => value.id === challenge.authenticatorId)?.value
    assert.ok(one)
    // A method that cannot be guessed counts nothing, and disables nothing.
    if (one.failures === failures) return
    assert.equal(one.failures, failures + wrongAnswers, name)
    assert.ok(one.failures <= hardCap, name)
    assert.equal(one.lifecycle, one.failures >= hardCap ? 'disabled' : 'active', name)
  })
}

/**
 * Fifty wrong passwords, or codes in the place of one, at once over all nodes, each from somewhere
 * else.
 */
export async function runFirstGuesses(
  world: TestWorld,
  nodes: readonly Node[],
  { method, ...extent }: Extent & { readonly method: Method },
): Promise<number> {
  return await runRounds(extent, async (round) => {
    const userName = nameOf(round)
    const subscriberId = await world.add({ userName, password: PASSWORD, holds: [] })
    const { resets = false } = method
    const code = resets && (await codeWithOneTry(anotherDay(world), subscriberId, method))
    const guess = (index: number, secret: string): Act => ({
      do: 'begin',
      userName,
      secret,
      resets,
      address: `2001:db8:${(round % 0xffff).toString(16)}:${index.toString(16)}::1`,
    })
    const guesses = Array.from({ length: GUESSES }, (_, index) => guess(index, `guess ${index}`))
    const outcomes = await allAtOnce(nodes, guesses)
    const told = outcomes.filter((outcome) => outcome === 'login.wrong-credentials').length
    const written = await tracesOf(world, subscriberId, ['login.password-refused'])
    const started = await tracesOf(world, subscriberId, ['login.started'])
    const counts = `${told} heard, ${written} written, ${started} begun`
    const name = `${method.name}, round ${round}: ${counts}`
    assert.ok(told >= 1 && told <= written && written <= started, name)
    assert.ok(started <= freeOf(resets ? RESET_CODES : STRANGERS), name)
    assert.ok(!outcomes.includes('yes'), name)
    if (!code) return
    const held = await listAuthenticators(world.db, subscriberId)
    const one = held.find(({ value }) => value.method === method.name)?.value
    assert.deepEqual([one?.failures, one?.lifecycle], [method.hardCap, 'disabled'], name)
    assert.notEqual(await nodes[0]?.(guess(GUESSES, code)), 'yes', name)
  })
}

/** The guesses at one name that cost no wait; the clock of these rounds stands still. */
const freeOf = ({ backoff }: Budget): number => backoff.filter((wait) => wait === 0).length

/** A code of the desk at which all but the last guess has been made. */
async function codeWithOneTry(
  world: TestWorld,
  subscriberId: SubscriberId,
  { name, hardCap }: Method,
): Promise<string> {
  const begun = await startReset(world, { subscriberId, by: 'agent-7' })
  assert.ok(begun.ok)
  const held = await listAuthenticators(world.db, subscriberId)
  const code = held.find(({ value }) => value.method === name)
  assert.ok(code)
  const changed = [{ value: { ...code.value, failures: hardCap - 1 }, version: code.version }]
  assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
  return begun.code
}

const GUESSES = 50
/** What tells a guesser that the answer was looked at. */
const JUDGED: readonly Outcome[] = [
  'login.wrong-answer',
  'login.too-many-wrong-answers',
  'login.authenticator-locked',
]

async function runRounds(
  { rounds, abreast }: Extent,
  run: (round: number) => Promise<void>,
): Promise<number> {
  const waiting = Array.from({ length: rounds }, (_, round) => round).values()
  const walk = async () => {
    for (const round of waiting) await run(round)
  }
  await Promise.all(Array.from({ length: abreast }, walk))
  return rounds
}

let people = 0
function nameOf(round: number): string {
  people += 1
  return `racer-${round}-${people}`
}

const allAtOnce = async (nodes: readonly Node[], acts: readonly Act[]): Promise<Outcome[]> =>
  await Promise.all(
    acts.map((act, index) => nodes[index % nodes.length]?.(act) ?? assert.fail('no node')),
  )

/** Limits by the hour count anew; the clock, by which samples end, stands still. */
const anotherDay = (world: TestWorld): TestWorld => ({
  ...world,
  limits: memoryRateLimits(() => NOON),
})

async function tracesOf(
  { db }: TestWorld,
  subscriberId: SubscriberId,
  kinds: Race['trace'],
): Promise<number> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select('seq')
    .where('subscriber_id', '=', subscriberId)
    .where('kind', 'in', kinds)
    .execute()
  return rows.length
}
