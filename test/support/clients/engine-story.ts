import assert from 'node:assert/strict'
import { decodeProtectedHeader } from 'jose'
import type { AuthenticatorId, LoginId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Language } from '#core/subscribers/account.ts'
import {
  answerRequest,
  authenticateDevice,
  listRequests,
  proveDevice,
} from '#engine/devices/phone-approval.ts'
import { completeActivation, openActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { startLogin } from '#engine/login/start.ts'
import type { World } from '#engine/world.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Json } from '#core/json.ts'
import type { PhoneContext, PhoneRequest } from '#methods/phone-key/wire.ts'
import { type TestPhone, testPhone } from './phone.ts'
import { browser, type TestWorld } from '../server/world.ts'

/** The steps that most stories share, told with the functions that the doors call. */

export const PASSWORD = 'correct horse battery'

/** User name and password, at the trading platform unless told otherwise. */
export async function begin(
  world: World,
  client: Client,
  claim: {
    readonly userName: string
    readonly password?: string
    readonly platform?: string
    readonly environment?: 'live' | 'paper'
    readonly binds?: string
  },
) {
  const { password = PASSWORD, platform = 'trade', environment = 'live' } = claim
  return await startLogin(world, { ...claim, password, platform, environment, client })
}

/** As `begin`, for a story in which the password is right. */
export async function begun(world: TestWorld, client: Client, userName: string): Promise<Login> {
  const started = await begin(world, client, { userName })
  assert.ok(started.ok, `the password was refused: ${'problem' in started && started.problem}`)
  return started.login
}

/** A session in the portal of a client who has only a password so far. */
export async function firstSession(world: TestWorld, userName: string): Promise<Session> {
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok)
  const taken = await claimLogin(world, { id: started.login.id, holder: client.holder })
  assert.ok(taken.ok && taken.token)
  const session = await findOpenSession(world, taken.token)
  assert.ok(session)
  return session
}

/** Activates a phone from the portal. */
export async function activate(world: TestWorld, session: Session): Promise<TestPhone> {
  const phone = await testPhone(world.settings.issuer)
  const invited = await startEnrolment(world, session, { method: 'phone-key' })
  assert.ok(invited.ok, `no invitation: ${'problem' in invited && invited.problem}`)
  const activation = { token: invited.token }
  const address = '198.51.100.9'
  const found = await openActivation(world, { activation, address })
  assert.ok(found.ok)
  const offer = { enrolment: found.enrolment.id, now: world.now() }
  const request = (await phone.activation(activation, offer)) as unknown as Json
  const bound = await completeActivation(world, { activation, address, request })
  assert.ok(bound.ok, `not bound: ${'problem' in bound && bound.problem}`)
  phone.self.authenticator = bound.authenticator.id
  return phone
}

/** A client with an activated phone. */
export async function personWithPhone(
  world: TestWorld,
  userName: string,
  language: Language = 'en',
): Promise<TestPhone> {
  await world.add({ userName, password: PASSWORD, language })
  return await activate(world, await firstSession(world, userName))
}

/** What waits on the phone. */
export async function requestsOf(
  world: TestWorld,
  phone: TestPhone,
): Promise<readonly PhoneRequest<PhoneContext>[]> {
  const call = await device(world, await phone.sign('list', {}, world.now()), 'list')
  assert.ok(call.ok, `the phone was refused: ${'problem' in call && call.problem}`)
  return (await listRequests(world, call))
    .requests as unknown as readonly PhoneRequest<PhoneContext>[]
}

/** A signed request, as the phone's door hands it on. */
export async function device(world: TestWorld, signed: string, act: string) {
  const { kid = '' } = decodeProtectedHeader(signed)
  return await authenticateDevice(world, { authenticatorId: kid, signed, act })
}

/** Sends a signed answer, as the phone's door does. */
export async function sendAnswer(
  world: TestWorld,
  { transaction }: Pick<PhoneRequest, 'transaction'>,
  signed: string,
) {
  const { kid = '' } = decodeProtectedHeader(signed)
  const call = await proveDevice(world, { authenticatorId: kid, signed, act: 'answer' })
  return call.ok ? await answerRequest(world, call, { transaction, signed }) : call
}

/** The number on the page. */
export async function numberOn(world: TestWorld, id: LoginId, client: Client): Promise<string> {
  const view = await viewLogin(world, { id, holder: client.holder })
  assert.ok(view.ok)
  const digits = view.views.flatMap(({ number }) => (number ? [number.digits] : []))[0]
  assert.ok(digits, 'the page shows no number')
  return digits
}

/** Types an answer on the page. */
export const typed = async (
  world: TestWorld,
  { id }: Pick<Login, 'id'>,
  typing: { readonly client: Client; readonly response: string },
) =>
  await answerLogin(world, {
    id,
    holder: typing.client.holder,
    answer: { response: typing.response },
  })

export const authenticatorOf = (phone: TestPhone): AuthenticatorId =>
  phone.self.authenticator as AuthenticatorId
