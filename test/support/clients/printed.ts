import assert from 'node:assert/strict'
import { userNameKey } from '#core/subscribers/account.ts'
import type { EnrolmentId, SubscriberId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import { type AnsweredLogin, answerLogin } from '#engine/login/answer.ts'
import type { Client } from '#engine/login/view.ts'
import { answerOnPage, startOnPage, viewOnPage } from '#engine/devices/enrolment-on-page.ts'
import { type IssueRequest, issueTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { startLogin } from '#engine/login/start.ts'
import type { Sheet } from '#methods/enrol.ts'
import { findLogin } from '#store/login/logins.ts'
import { findClaimant } from '#store/login/claimant.ts'
import { PASSWORD } from './engine-story.ts'
import { browser, type TestWorld } from '../server/world.ts'

/** What is done with what the desk reads out and with what is printed. */

export async function subscriberOf(world: TestWorld, userName: string): Promise<SubscriberId> {
  const nameKey = userNameKey(userName) ?? ''
  const asked = { nameKey, browserHash: null, method: 'password' }
  const { subscriber } = await findClaimant(world.db, asked)
  return subscriber?.id ?? assert.fail(`no client is called ${userName}`)
}

/** Gives a client a passcode; returns what is read out. */
export async function givenPasscode(
  world: TestWorld,
  userName: string,
  changes: Partial<IssueRequest> = {},
): Promise<string> {
  const subscriberId = await subscriberOf(world, userName)
  const request = { subscriberId, by: 'agent-1', reason: 'lost' as const, ...changes }
  const issued = await issueTemporaryPasscode(world, request)
  assert.ok(issued.ok, `nothing was given out: ${'problem' in issued && issued.problem}`)
  return issued.passcode
}

interface At {
  readonly userName: string
  readonly client: Client
  readonly platform?: string
}

/** The password, with the challenge that follows it. */
export async function challenged(
  world: TestWorld,
  { userName, client, platform = 'portal' }: At,
): Promise<Extract<Login, { state: 'challenged' }>> {
  const claim = { userName, password: PASSWORD, environment: 'live' as const, platform }
  const started = await startLogin(world, { ...claim, client })
  assert.ok(started.ok, `not let on: ${'problem' in started && started.problem}`)
  if (started.login.state !== 'challenged') throw new Error('nothing is asked')
  return started.login
}

export const answered = async (
  world: TestWorld,
  { id }: Pick<Login, 'id'>,
  { client, ...answer }: { readonly client: Client } & Readonly<Record<string, unknown>>,
): Promise<AnsweredLogin> => await answerLogin(world, { id, holder: client.holder, answer })

/** Logs in with a passcode; the browser is remembered, as it would be. */
export async function inWithPasscode(
  world: TestWorld,
  { client = browser(), ...at }: Omit<At, 'client'> & { readonly client?: Client },
  passcode: string,
): Promise<{ readonly session: Session; readonly client: Client }> {
  const login = await challenged(world, { ...at, client })
  const done = await answered(world, login, { client, passcode })
  assert.ok(done.ok && done.token, `not in: ${'problem' in done && done.problem}`)
  const session = await findOpenSession(world, done.token)
  const browserCookie = done.browserCookie ?? client.browserCookie
  return { session: session ?? assert.fail('no session'), client: { ...client, browserCookie } }
}

export interface PrintedCard {
  readonly sheet: Sheet
  readonly enrolment: EnrolmentId
  /** What stands beside these numbers, typed without a gap. */
  codesAt(pair: readonly number[]): string
}

/** Draws a card and looks at it, as far as the sheet. */
export async function printedSheet(world: TestWorld, session: Session): Promise<PrintedCard> {
  const started = await startOnPage(world, session, { method: 'code-card', request: null })
  assert.ok(started.ok, `no card: ${'problem' in started && started.problem}`)
  const { id: enrolment } = started.enrolment
  const viewed = await viewOnPage(world, session, { id: enrolment, name: null })
  assert.ok(viewed.ok && viewed.view.sheet)
  const { sheet } = viewed.view
  const codesAt = (pair: readonly number[]) =>
    pair.map((index) => sheet.cells[index - 1]?.code ?? '').join('')
  return { sheet, enrolment, codesAt }
}

/** The numbers that the second page asks for. */
export async function pairToCheck(
  world: TestWorld,
  session: Session,
  id: EnrolmentId,
): Promise<readonly number[]> {
  const viewed = await viewOnPage(world, session, { id, name: 'check' })
  assert.ok(viewed.ok, `not shown: ${'problem' in viewed && viewed.problem}`)
  return (viewed.view.steps ?? []).map(({ values }) => Number(values?.index))
}

/** Prints a card and shows that it can be read. */
export async function boundCard(world: TestWorld, session: Session): Promise<PrintedCard> {
  const card = await printedSheet(world, session)
  const pair = await pairToCheck(world, session, card.enrolment)
  const done = await answerOnPage(world, session, {
    id: card.enrolment,
    answer: card.codesAt(pair),
  })
  assert.ok(done.ok, `not bound: ${'problem' in done && done.problem}`)
  return card
}

/** The pair that an open challenge asks for. */
export async function pairOf(
  world: TestWorld,
  { id }: Pick<Login, 'id'>,
): Promise<readonly number[]> {
  const found = await findLogin(world.db, id)
  if (found?.value.state !== 'challenged') throw new Error('nothing is asked')
  return (found.value.challenge.prompt as { readonly pair: readonly number[] }).pair
}
