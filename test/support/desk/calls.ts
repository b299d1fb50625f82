import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Case } from '#core/desk/case.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import type { Warrant } from '#core/desk/warrant.ts'
import type { AuthenticatorId, MemberId, SubscriberId, WarrantId } from '#core/ids.ts'
import { openCase } from '#engine/desk/cases/cases.ts'
import { actOnCase, type DoneDeed, touchOf } from '#engine/desk/cases/deeds.ts'
import type { Acting, AskedDeed } from '#engine/desk/cases/permit.ts'
import { answerCall, type AnsweredCall, listCallRequests } from '#engine/desk/cases/phone-proofs.ts'
import { answerProof, beginProof, type BegunProof } from '#engine/desk/cases/proofs.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import type { GivenTouch } from '#engine/desk/touch.ts'
import type { Client } from '#engine/login/view.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import type { CallContext, PhoneRequest } from '#methods/phone-key/wire.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import {
  authenticatorOf,
  begun,
  device,
  numberOn,
  personWithPhone,
  typed,
} from '../clients/engine-story.ts'
import type { TestPhone } from '../clients/phone.ts'
import { subscriberOf } from '../clients/printed.ts'
import type { DatabaseKind } from '../databases/databases.ts'
import { browser, HONEST, testWorld, type TestWorld } from '../server/world.ts'
import { type Hired, hired, touched } from './staff.ts'

/** Clients who call the desk, and the agents who answer. */

export interface Caller {
  readonly userName: string
  readonly subscriberId: SubscriberId
  readonly phone: TestPhone
  readonly phoneId: AuthenticatorId
}

export async function caller(world: TestWorld, userName: string): Promise<Caller> {
  const phone = await personWithPhone(world, userName)
  const subscriberId = await subscriberOf(world, userName)
  return { userName, subscriberId, phone, phoneId: authenticatorOf(phone) }
}

/** A browser in which the client has logged in with the phone. */
export async function knownBrowser(
  world: TestWorld,
  { userName, phone }: Pick<Caller, 'userName' | 'phone'>,
): Promise<Client> {
  const client = browser()
  const login = await begun(world, client, userName)
  const response = await phone.respond(await numberOn(world, login.id, client), world.now())
  const done = await typed(world, login, { client, response })
  assert.ok(done.ok && done.browserCookie, 'the browser is known from now on')
  return { ...client, browserCookie: done.browserCookie }
}

const agents = new Map<MemberId, Hired>()

/** A member of staff whose passkey this test has. */
export async function agent(...args: Parameters<typeof hired>): Promise<Hired> {
  const one = await hired(...args)
  agents.set(one.member.id, one)
  return one
}

/** The member of a session, with the passkey. */
export const hiredAs = ({ member: { id } }: OpenMemberSession): Hired =>
  agents.get(id) ?? assert.fail('this test has not hired them')

/** Asks for a deed, and confirms it with the passkey. */
export async function acted(
  world: World,
  open: OpenMemberSession,
  acting: Acting,
): Promise<DoneDeed> {
  return await actOnCase(world, open, { ...acting, touch: await touchBy(world, open, acting) })
}

/** The agent confirms this deed with the passkey; it is not done yet. */
export async function touchBy(
  world: World,
  open: OpenMemberSession,
  acting: Acting,
): Promise<GivenTouch> {
  return await touched(world, { open, key: hiredAs(open).key }, touchOf(acting))
}

/** A call that an agent has taken. */
export async function called(
  world: TestWorld,
  open: OpenMemberSession,
  { userName }: Pick<Caller, 'userName'>,
): Promise<Case> {
  const opened = await openCase(world, open, {
    by: 'user-name',
    typed: userName,
    reason: 'cannot-log-in',
  })
  assert.ok(opened.ok, 'problem' in opened ? opened.problem : '')
  return opened.case
}

interface Asking {
  readonly open: OpenMemberSession
  readonly case: Case
  readonly of: DeedClass
}

/** The agent has drawn a number and reads it out. */
export async function asked(
  world: TestWorld,
  { phoneId }: Caller,
  { open, case: { id: caseId }, of }: Asking,
): Promise<BegunProof> {
  const begunProof = await beginProof(world, open, { caseId, authenticatorId: phoneId, of })
  assert.ok(begunProof.ok, 'problem' in begunProof ? begunProof.problem : '')
  return begunProof
}

/** The caller proves who they are with the phone, offline. */
export async function proven(world: TestWorld, client: Caller, asking: Asking): Promise<Warrant> {
  const { id, number } = await asked(world, client, asking)
  const response = await client.phone.respond(number, world.now())
  const done = await answerProof(world, asking.open, { caseId: asking.case.id, id, response })
  assert.ok(done.ok, 'problem' in done ? done.problem : '')
  return done.warrant
}

/** The agent has asked the phone, and reads the number out. */
export async function askedOnPhone(
  world: TestWorld,
  { phone, phoneId }: Caller,
  { open, case: { id: caseId }, of }: Asking,
) {
  const asking = { caseId, authenticatorId: phoneId, of, way: 'phone' } as const
  const begunProof = await beginProof(world, open, asking)
  assert.ok(begunProof.ok, 'problem' in begunProof ? begunProof.problem : '')
  const { id, number } = begunProof
  const request = (await callsOn(world, phone)).find(({ transaction }) => transaction === id)
  assert.ok(request, 'the phone is asked')
  return { id, number, request }
}

/** What agents of the desk ask this phone now. */
export async function callsOn(
  world: TestWorld,
  phone: TestPhone,
): Promise<readonly PhoneRequest<CallContext>[]> {
  const call = await device(world, await phone.sign('list', {}, world.now()), 'list')
  assert.ok(call.ok, 'problem' in call ? call.problem : '')
  const requests = await listCallRequests(world, call)
  return requests as unknown as readonly PhoneRequest<CallContext>[]
}

/** Sends what the phone has signed, as its door does. */
export async function sendToDesk(
  world: TestWorld,
  { transaction }: Pick<PhoneRequest, 'transaction'>,
  signed: string,
): Promise<AnsweredCall> {
  const call = await device(world, signed, 'call')
  return call.ok ? await answerCall(world, call, { transaction, signed }) : call
}

/** The caller proves who they are on the phone itself. */
export async function provenOnPhone(
  world: TestWorld,
  client: Caller,
  asking: Asking,
): Promise<AnsweredCall> {
  const { number, request } = await askedOnPhone(world, client, asking)
  const signed = await client.phone.approve(request, { now: world.now(), number })
  return await sendToDesk(world, request, signed)
}

/** A caller who guesses. */
export async function guessed(world: TestWorld, client: Caller, asking: Asking): Promise<string> {
  const { id, number } = await asked(world, client, asking)
  const right = await client.phone.respond(number, world.now())
  const response = right === '00000000' ? '11111111' : '00000000'
  const done = await answerProof(world, asking.open, { caseId: asking.case.id, id, response })
  return done.ok ? 'proven' : done.problem
}

export async function eventsAbout(
  world: TestWorld,
  { subscriberId }: Pick<Caller, 'subscriberId'>,
  kind: AuditEvent['kind'],
): Promise<readonly AuditEvent[]> {
  const all = await listSubscriberEvents(world.db, subscriberId, { limit: 500 })
  return all.map(({ event }) => event).filter((event) => event.kind === kind)
}

/** A client with a phone, and an agent. */
export async function desk(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const anna = await caller(world, 'anna')
  const jane = await agent(world, 'jane')
  return { world, anna, jane: jane.open }
}

/** With a call that jane has taken, and a browser that anna has used. */
export async function call(t: TestContext, database: DatabaseKind) {
  const there = await desk(t, database)
  const home = await knownBrowser(there.world, there.anna)
  const theirs = await called(there.world, there.jane, there.anna)
  return { ...there, home, case: theirs }
}

export type Call = Awaited<ReturnType<typeof call>>

export const PASSCODE: AskedDeed = { deed: 'issue-passcode', reason: 'lost' }

/** A deed on the case of a call. */
export async function act(
  { world, jane, case: { id } }: Pick<Call, 'world' | 'jane' | 'case'>,
  deed: AskedDeed,
  warrantId: WarrantId | null = null,
): Promise<DoneDeed> {
  return await acted(world, jane, { caseId: id, warrantId, asked: deed })
}

/** What anna proves in a call. */
export async function warrantOf(there: Call, of: DeedClass): Promise<WarrantId> {
  const { world, anna, jane, case: one } = there
  return (await proven(world, anna, { open: jane, case: one, of })).id
}

/** A session with the phone. */
export async function sessionOf(
  world: TestWorld,
  { userName, phone }: Pick<Caller, 'userName' | 'phone'>,
): Promise<OpenSession> {
  const client = browser()
  const login = await begun(world, client, userName)
  const response = await phone.respond(await numberOn(world, login.id, client), world.now())
  const done = await typed(world, login, { client, response })
  assert.ok(done.ok && done.token)
  const session = await findOpenSession(world, done.token)
  return session ?? assert.fail('no session')
}
