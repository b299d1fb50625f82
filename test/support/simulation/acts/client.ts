import type { AuthenticatorId, LoginId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Millis, minutes, seconds } from '#core/time/time.ts'
import { answerRequest, proveDevice } from '#engine/devices/phone-approval.ts'
import { authenticateDevice, listRequests, stopFromDevice } from '#engine/devices/phone-approval.ts'
import { completeActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { shownId } from '#engine/login/choices.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { startLogin } from '#engine/login/start.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import type { PhoneContext, PhoneRequest } from '#methods/phone-key/wire.ts'
import { decodeProtectedHeader } from 'jose'
import { type TestPhone, testPhone } from '../../clients/phone.ts'
import { ISSUER } from '../../server/world.ts'
import type { Chance } from '../chance.ts'
import type { About, Lost, Network } from '../network.ts'
import type { Held, Person } from './people.ts'
import type { Schedule } from '../schedule.ts'
import type { Watch } from '../watch.ts'

/** What clients and attackers do, each step a request that may get lost. */
export interface Stage {
  readonly schedule: Schedule
  readonly network: Network
  readonly chance: Chance
  readonly watch: Watch
  /** So many of a hundred people take longer than they may. */
  readonly slow: number
  /** Time passes meanwhile, for all. */
  passes(by: Millis): void
}

export type Who = 'client' | 'attacker'
export type By = 'text' | 'phone' | 'push' | 'passcode'

export interface Doing {
  readonly person: Person
  readonly who: Who
}

export function newBrowser({ chance }: Stage, who: Who): Client {
  const secret = () => Buffer.from(chance.bytes(32)).toString('base64url')
  return {
    address: `2001:db8:${who === 'client' ? 1 : 2}:${chance.below(9_000)}::1`,
    browser: 'Firefox, Windows',
    language: 'en',
    holder: secret(),
    browserCookie: null,
  }
}

/** One of the client’s browsers, or another one. */
export function browserOf(stage: Stage, { person, who }: Doing): Client {
  const { chance } = stage
  const known = who === 'client' ? person.browsers : []
  const one = known[chance.below(Math.max(1, known.length))]
  const fresh = newBrowser(stage, who)
  return one && chance.percent(60) ? { ...one, holder: fresh.holder } : fresh
}

interface Under {
  readonly doing: Doing
  readonly client: Client
  readonly id: LoginId
}

export const has = <T extends { readonly ok: boolean }>(
  answer: T | Lost | null,
): answer is Extract<T, { readonly ok: true }> => answer !== null && answer !== 'lost' && answer.ok

/** User name and password, typed again where no answer came. */
export async function begun(
  stage: Stage,
  doing: Doing,
  { platform, password = doing.person.password }: { platform: string; password?: string },
): Promise<Under | null> {
  const { person, who } = doing
  for (let tried = 0; tried < 2; tried += 1) {
    const client = browserOf(stage, doing)
    const claim = { userName: person.userName, password, platform, environment: 'live', client }
    const about = { what: 'password', who: `${who} of ${person.userName}` }
    const started = await stage.network.send(about, (world) => startLogin(world, claim as never))
    if (started === 'lost') continue
    if (!started.ok) return null
    const { id } = started.login
    stage.watch.begun(id, { person, who, isRight: password === person.password })
    return { doing, client, id }
  }
  return null
}

/** A login with a second factor; the session, where it comes to one. */
export async function loggedIn(
  stage: Stage,
  doing: Doing,
  { by, platform, phone }: { by: By; platform: string; phone?: TestPhone | undefined },
): Promise<Held | null> {
  const under = await begun(stage, doing, { platform })
  if (!under) return null
  const method = METHOD[by]
  if (method === 'phone-key' && !phone) return null
  if (!(await challenged(stage, under, { method, phone }))) return null
  if (by === 'push') return phone ? await approved(stage, under, phone) : null
  for (let tried = 0; tried < 2; tried += 1) {
    const value = await valueOf(stage, under, { by, phone })
    if (value === null) return null
    const answer = { [FIELD[by]]: value }
    // Some take longer than they may.
    if (stage.chance.percent(stage.slow)) stage.passes(minutes(stage.chance.pick(SLOW)))
    const answered = await answer_(stage, under, { method, answer, value })
    if (answered === 'lost') continue
    if (!answered.ok) {
      if (answered.problem === 'login.wrong-answer') continue
      return null
    }
    return answered.token === null ? null : opened(stage, under, { ...answered, by, phone })
  }
  return null
}

interface Answering {
  readonly method: string
  readonly answer: Readonly<Record<string, string>>
  readonly value: string
}

/** Types an answer. What was sent to the number of the client proves that its reader has it. */
export async function answer_(stage: Stage, { doing, client, id }: Under, typing: Answering) {
  const { person, who } = doing
  if (person.inbox.some(({ code }) => code === typing.value)) stage.watch.presents(id, 'sms-code')
  const about: About = {
    what: `answer ${typing.method}`,
    who: `${who} of ${person.userName}`,
    once: `${id} ${typing.value}`,
    guesses: id,
    evidence: { kinds: ['login.completed', 'login.answer-accepted'], loginId: id },
  }
  return await stage.network.send(about, (world) =>
    answerLogin(world, { id, holder: client.holder, answer: typing.answer }),
  )
}

interface Opening {
  readonly token: string | null
  readonly browserCookie: string | null
  readonly by: By
  readonly phone?: TestPhone | undefined
}

function opened(stage: Stage, { doing, client, id }: Under, opening: Opening): Held | null {
  const { token, browserCookie, by, phone } = opening
  if (token === null) return null
  const { person, who } = doing
  if (browserCookie && who === 'client') person.browsers.push({ ...client, browserCookie })
  const held: Held = {
    token,
    by: who,
    with: by === 'text' || by === 'passcode' ? by : 'phone',
    phoneId: phone?.self.authenticator ?? null,
    isEnded: false,
  }
  person.sessions.push(held)
  stage.watch.opened(id, held)
  return held
}

/** Sees to it that this method is asked. */
async function challenged(
  stage: Stage,
  { doing, client, id }: Under,
  { method, phone }: { readonly method: string; readonly phone?: TestPhone | undefined },
): Promise<boolean> {
  const who = `${doing.who} of ${doing.person.userName}`
  const held = { id, holder: client.holder }
  const view = await stage.network.send({ what: 'page', who }, async (world) => {
    const page = await viewLogin(world, held)
    // A page names no device as it is stored; its owner knows it by its label.
    return page.ok ? { ...page, shown: phone && shownId(world, { id }, nameOf(phone)) } : page
  })
  if (!has(view)) return false
  const { login, choices, shown } = view
  const wanted = choices.find((one) => one.method === method && (!phone || one.id === shown))
  if (!wanted) return false
  if (login.state === 'challenged' && login.challenge.authenticatorId === wanted.id) return true
  const asking = { ...held, authenticatorId: wanted.id, way: phone ? 'response' : null }
  const about = { what: `choose ${method}`, who }
  return has(await stage.network.send(about, (world) => openChallenge(world, asking)))
}

const nameOf = (phone: TestPhone) => phone.self.authenticator as AuthenticatorId

async function numberOf(stage: Stage, { doing, client, id }: Under): Promise<string | null> {
  const who = `${doing.who} of ${doing.person.userName}`
  const view = await stage.network.send({ what: 'number', who }, (world) =>
    viewLogin(world, { id, holder: client.holder }),
  )
  if (!has(view)) return null
  return view.views.flatMap(({ number }) => (number ? [number.digits] : []))[0] ?? null
}

/** In minutes: about what a number, a code and a login live for. */
const SLOW = [2.9, 3.1, 5.2, 5.4, 6.5, 10.1] as const

const METHOD = {
  text: 'sms-code',
  phone: 'phone-key',
  push: 'phone-key',
  passcode: 'temporary-passcode',
} as const
const FIELD = { text: 'code', phone: 'response', push: 'response', passcode: 'passcode' } as const

/** What is typed, by one who has it. */
async function valueOf(
  stage: Stage,
  under: Under,
  { by, phone }: { readonly by: By; readonly phone: TestPhone | undefined },
): Promise<string | null> {
  const { person } = under.doing
  if (by === 'text') return await codeOf(stage, person)
  stage.watch.presents(under.id, METHOD[by])
  if (by === 'passcode') return person.passcodes.at(-1) ?? null
  return phone ? await responseOf(stage, under, phone) : null
}

async function responseOf(stage: Stage, under: Under, phone: TestPhone): Promise<string | null> {
  const number = await numberOf(stage, under)
  return number === null ? null : await phone.respond(number, stage.schedule.now())
}

/** Waits for a text, but not for ever. */
async function codeOf(stage: Stage, { inbox }: Person): Promise<string> {
  const before = inbox.length
  for (let waits = 0; waits < TEXT_WAITS && inbox.length === before; waits += 1)
    await stage.schedule.park('waits for a text', { after: seconds(15) })
  return inbox.at(-1)?.code ?? '000000'
}

const TEXT_WAITS = 6

/** The phone lists what is asked, and approves it; then the browser takes its session. */
async function approved(stage: Stage, under: Under, phone: TestPhone): Promise<Held | null> {
  const { doing, client, id } = under
  const { person, who: side } = doing
  const who = `${side} of ${person.userName}`
  const request = await requestOf(stage, under, phone)
  if (!request) return null
  const number = request.transfer ? await numberOf(stage, under) : null
  if (request.transfer && number === null) return null
  const now = stage.schedule.now()
  stage.watch.presents(id, 'phone-key')
  const typing = number === null ? { now } : { now, number }
  const signed = stage.chance.percent(6)
    ? await phone.decide(request, { now, decision: 'deny' })
    : await phone.approve(request, typing)
  const { transaction } = request
  const about: About = {
    what: 'approve',
    who,
    once: signed,
    evidence: {
      kinds: ['login.completed', 'login.denied', 'login.number-matched'],
      loginId: transaction,
    },
  }
  await stage.network.send(about, async (world) => {
    const call = await proveDevice(world, deviceCall(signed, 'answer'))
    return call.ok ? await answerRequest(world, call, { transaction, signed }) : call
  })
  const held = { id, holder: client.holder }
  for (let tried = 0; tried < 3; tried += 1) {
    const claiming: About = {
      what: 'claim',
      who,
      once: `claim ${id}`,
      evidence: { kinds: ['login.completed'], loginId: id },
    }
    const claimed = await stage.network.send(claiming, (world) => claimLogin(world, held))
    if (claimed === 'lost') continue
    return claimed.ok ? opened(stage, under, { ...claimed, by: 'push', phone }) : null
  }
  return null
}

export const deviceCall = (signed: string, act: string) => {
  const { kid = '' } = decodeProtectedHeader(signed)
  return { authenticatorId: kid, signed, act }
}

async function requestOf(
  stage: Stage,
  { doing, id }: Under,
  phone: TestPhone,
): Promise<PhoneRequest<PhoneContext> | null> {
  const signed = await phone.sign('list', {}, stage.schedule.now())
  const about: About = { what: 'list', who: doing.who, once: signed }
  const listed = await stage.network.send(about, async (world) => {
    const call = await authenticateDevice(world, deviceCall(signed, 'list'))
    if (!call.ok) return call
    return { ok: true, requests: (await listRequests(world, call)).requests } as const
  })
  if (!has(listed)) return null
  const requests = listed.requests as unknown as readonly PhoneRequest<PhoneContext>[]
  return requests.find(({ transaction }) => transaction === id) ?? null
}

/** Binds a phone in this session. */
export async function newPhone(stage: Stage, doing: Doing, { token }: Held): Promise<void> {
  const { person, who } = doing
  const asking = { what: 'invite', who: `${who} of ${person.userName}` }
  const invited = await stage.network.send(asking, async (world) => {
    const session = await findOpenSession(world, token)
    return session && (await startEnrolment(world, session, { method: 'phone-key' }))
  })
  if (!has(invited)) return
  const phone = await testPhone(ISSUER, stage.chance.bytes)
  const { id } = invited.enrolment
  const activation = { token: invited.token }
  const now = stage.schedule.now()
  const request = (await phone.activation(activation, { enrolment: id, now })) as unknown as Json
  stage.watch.invited(id, { who, person, phone })
  const about: About = {
    what: 'activate',
    who: `${who} of ${person.userName}`,
    once: invited.token,
    evidence: {
      kinds: ['authenticator.bound', 'authenticator.waiting'],
      subscriberId: person.subscriberId,
    },
  }
  const address = '2001:db8:3::1'
  for (let tried = 0; tried < 2; tried += 1) {
    const bound = await stage.network.send(about, (world) =>
      completeActivation(world, { activation, address, request }),
    )
    if (bound !== 'lost') return
  }
}

/** The phone that counts says that the one that waits is not theirs. */
export async function stops(stage: Stage, { person, who }: Doing, phone: TestPhone): Promise<void> {
  const signed = await phone.sign('stop', {}, stage.schedule.now())
  const about: About = {
    what: 'stop',
    who,
    once: signed,
    evidence: { kinds: ['authenticator.stopped'], subscriberId: person.subscriberId },
  }
  await stage.network.send(about, async (world) => {
    const call = await authenticateDevice(world, deviceCall(signed, 'stop'))
    return call.ok ? await stopFromDevice(world, call) : call
  })
}

/** Shows a session at a node. */
export async function uses(stage: Stage, { person, who }: Doing, held: Held): Promise<void> {
  const wasEnded = held.isEnded
  const about = { what: 'use', who: `${who} of ${person.userName}` }
  await stage.network.send(about, async (world) => {
    const session = await findOpenSession(world, held.token)
    if (session) stage.watch.used(held, { session, wasEnded, person })
    return session
  })
}

export async function logsOut(stage: Stage, { person, who }: Doing, held: Held): Promise<void> {
  const about = { what: 'log out', who: `${who} of ${person.userName}` }
  const out = await stage.network.send(about, async (world: World) => {
    const session = await findOpenSession(world, held.token)
    return session && (await endSession(world, session, { id: session.id, by: 'log-out' }))
  })
  if (has(out)) held.isEnded = true
}
