import type { AuthenticatorId, LoginId } from '#core/ids.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { viewLogin } from '#engine/login/view.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { startLogin } from '#engine/login/start.ts'
import { topicOfPhone } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { password } from '#methods/password/method.ts'
import { phoneKey } from '#methods/phone-key/method.ts'
import { samplePhone } from '#methods/phone-key/sample.ts'
import { addressOf, responseOf } from './client.ts'
import { PASSWORD, phoneOf, userNameOf } from './population.ts'

export interface Clients {
  readonly indexes: readonly number[]
  /** How many at once. */
  readonly abreast: number
  /** The secret of the browser that they all use. */
  readonly holder: string
  /** Where they log in; at the portal, unless said otherwise. */
  readonly platform?: string
}

/**
 * Sets the scene inside the server, with the functions that the doors call. Only the hash is left
 * out: what is prepared is not what is measured, and where the rest of a login is timed the hash is
 * not of it.
 */
export interface Stagehand {
  challenge(clients: Clients): Promise<readonly Challenge[]>
  signIn(clients: Clients): Promise<readonly string[]>
  time(clients: Clients): Promise<readonly Timed[]>
  invite(clients: Clients): Promise<readonly Activation[]>
  endSession(token: string): Promise<void>
}

type At = Pick<Clients, 'holder' | 'platform'>

/** An open challenge. */
export interface Challenge {
  readonly index: number
  readonly id: LoginId
  readonly number: string
  /** When its commit was through, by the clock that all processes of a machine share; in ms. */
  readonly committedAt: number
}

/** A new phone that has only to present itself: the two requests that it sends. */
export interface Activation {
  readonly index: number
  readonly open: string
  readonly complete: string
}

/** How long one login kept the server busy, in ms. */
export type Timed = number

export function stagehand(real: World): Stagehand {
  const commits = new Map<string, number>()
  const world = unhashed(real, commits)
  let came = 0

  async function challengeOf(
    index: number,
    { holder, platform = 'portal' }: At,
  ): Promise<Challenge> {
    came += 1
    const client = {
      address: addressOf(came),
      browser: 'Firefox, Linux',
      language: 'en' as const,
      holder,
      browserCookie: null,
    }
    const started = await startLogin(world, {
      userName: userNameOf(index),
      password: PASSWORD,
      client,
      platform,
      environment: 'live',
    })
    if (!started.ok) throw new Error(`client ${index} could not begin: ${started.problem}`)
    const { id } = started.login
    const view = await viewLogin(world, { id, holder })
    const number = view.ok && view.views.flatMap((one) => one.number?.digits ?? [])[0]
    if (!number) throw new Error(`client ${index} sees no number`)
    const topic = topicOfPhone(phoneOf(index))
    const committedAt = commits.get(topic) ?? 0
    commits.delete(topic)
    return { index, id, number, committedAt }
  }

  async function signedIn(index: number, at: At): Promise<string> {
    const { holder } = at
    const { id, number } = await challengeOf(index, at)
    const answer = { response: responseOf(index, number, world.now()) }
    const answered = await answerLogin(world, { id, holder, answer })
    if (!answered.ok || answered.token === null) throw new Error(`client ${index} did not come in`)
    return answered.token
  }

  /** Its holder was asked by the old phone, and has scanned the code of the new one. */
  async function invited(index: number, at: At): Promise<Activation> {
    const session = await findOpenSession(world, await signedIn(index, at))
    if (!session) throw new Error(`the session of client ${index} is over`)
    const enrolment = await startEnrolment(world, session, { method: phoneKey.name })
    if (!enrolment.ok) throw new Error(`client ${index} is not invited: ${enrolment.problem}`)
    const activation = { token: enrolment.token }
    const binding = {
      now: world.now(),
      audience: world.settings.issuer,
      enrolment: enrolment.enrolment.id,
    }
    const complete = { ...(await NEW_PHONE.activate(binding)), activation }
    return { index, open: JSON.stringify({ activation }), complete: JSON.stringify(complete) }
  }

  async function ended(token: string): Promise<void> {
    const session = await findOpenSession(world, token)
    if (!session) throw new Error('a session was over already')
    const done = await endSession(world, session, { id: session.id, by: 'log-out' })
    if (!done.ok) throw new Error(`a session did not end: ${done.problem}`)
  }

  async function timed(index: number, at: At): Promise<Timed> {
    const startedAt = performance.now()
    await signedIn(index, at)
    return performance.now() - startedAt
  }

  return {
    challenge: (clients) => each(clients, challengeOf),
    signIn: (clients) => each(clients, signedIn),
    time: (clients) => each(clients, timed),
    invite: (clients) => each(clients, invited),
    endSession: ended,
  }
}

const NEW_PHONE = samplePhone('n')

/** The same world, in which every password is right and no hash is computed. */
function unhashed(world: World, commits: Map<string, number>): World {
  const passwords = { ...world.passwords, verify: () => Promise.resolve(true) }
  const firstFactor = password(passwords)
  const methods = new Map(world.methods).set(firstFactor.name, firstFactor)
  const wakeUps: World['wakeUps'] = {
    ...world.wakeUps,
    publish(topic) {
      if (topic.startsWith(PHONES)) commits.set(topic, Number(process.hrtime.bigint()) / 1e6)
      world.wakeUps.publish(topic)
    },
  }
  return { ...world, passwords, methods, firstFactor, wakeUps }
}

const PHONES = topicOfPhone('' as AuthenticatorId)

const each = <T>(
  { indexes, abreast: width, ...at }: Clients,
  work: (index: number, at: At) => Promise<T>,
): Promise<readonly T[]> => abreast(indexes, width, (index) => work(index, at))

/** So many at once, the results in their order. */
export async function abreast<One, T>(
  all: readonly One[],
  width: number,
  work: (one: One) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = []
  const waiting = all.entries()
  const walk = async () => {
    for (const [place, one] of waiting) results[place] = await work(one)
  }
  await Promise.all(Array.from({ length: width }, walk))
  return results
}
