import assert from 'node:assert/strict'
import type { Order } from '#core/orders/order.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { orderSent } from '#engine/orders/sending.ts'
import { answerArrival, beginArrival, viewArrival } from '#engine/orders/arrival.ts'
import {
  chooseAccount,
  chooseWishes,
  draftMark,
  orderSummary,
  placeOrder,
} from '#engine/orders/orders.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { newSecret } from '#engine/secrets.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { type SampleCard, sampleCard, SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { findDraft, findOrder } from '#store/orders/orders.ts'
import { deliver } from './card.ts'
import type { TestPhone } from './phone.ts'
import { activate, begin, firstSession, numberOn, PASSWORD, typed } from './engine-story.ts'
import { browser, type TestWorld } from '../server/world.ts'

/** Orders of a client with a phone, an address in the United States and two million. */

export const ADDRESS = 'Anna Example\n17 Invented Street\nSpringfield'

export interface Client {
  readonly userName: string
  readonly phone: TestPhone
}

/** A client who may order a card, where the account holds no less than is asked for. */
export async function wealthy(
  world: TestWorld,
  userName = 'anna',
  equityUsd = 2_000_000,
): Promise<Client> {
  const number = `U-${userName}`
  const accounts = [{ number, environment: 'live', residence: 'US' }] as const
  const subscriberId = await world.add({ userName, password: PASSWORD, accounts })
  const phone = await activate(world, await firstSession(world, userName))
  await setEquity(world, number, equityUsd)
  const address = { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' } as const
  assert.ok((await setContact(world, address)).ok)
  return { userName, phone }
}

export async function setEquity(world: TestWorld, number: string, usd: number): Promise<void> {
  const change = { kind: 'value', equityUsd: usd } as const
  const changed = await changeAccount(world, { number, change, by: 'operator' })
  assert.ok(changed.ok, JSON.stringify(changed))
}

/**
 * Logs in to the portal with the phone; what comes `between` comes while the login is half done.
 */
export async function inPortal(
  world: TestWorld,
  { userName, phone }: Pick<Client, 'userName'> & { readonly phone: Pick<TestPhone, 'respond'> },
  between?: () => Promise<unknown>,
): Promise<OpenSession> {
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok, JSON.stringify(started))
  const { id } = started.login
  const number = await numberOn(world, id, client)
  await between?.()
  const response = await phone.respond(number, world.now())
  const answered = await typed(world, started.login, { client, response })
  assert.ok(answered.ok, JSON.stringify(answered))
  const taken =
    answered.token === null ? await claimLogin(world, { id, holder: client.holder }) : answered
  assert.ok(taken.ok && taken.token)
  const session = await findOpenSession(world, taken.token)
  assert.ok(session)
  return session
}

/** Opens the page of the PIN and chooses one there; the mark of the draft that it leaves. */
export async function pinChosen(world: TestWorld, session: OpenSession, pin: string) {
  const shown = draftMark(await findDraft(world.db, session.id))
  const form = { shown, showing: newSecret(world.random) }
  const wishes = await chooseWishes(world, session, { ...form, request: { pin, again: pin } })
  assert.ok(wishes.ok, JSON.stringify(wishes))
  return wishes.draft
}

/** Everything up to the summary. */
export async function chosen(world: TestWorld, session: OpenSession, pin = SAMPLE_PIN) {
  const shown = await pinChosen(world, session, pin)
  const number = session.accounts[0]?.number ?? ''
  const account = await chooseAccount(world, session, {
    shown,
    showing: newSecret(world.random),
    number,
  })
  assert.ok(account.ok, JSON.stringify(account))
  const summary = await orderSummary(world, session, account.draft)
  assert.ok(summary.ok, JSON.stringify(summary))
  return summary
}

export async function ordered(world: TestWorld, session: OpenSession): Promise<Order> {
  const placed = await placeOrder(world, session, await chosen(world, session))
  assert.ok(placed.ok, JSON.stringify(placed))
  return placed.order
}

/** A card from the inventory has left for the client who ordered it. */
export async function sentTo(
  world: TestWorld,
  { id }: Pick<Order, 'id'>,
  letter = 'c',
): Promise<{ readonly card: SampleCard; readonly serial: string }> {
  const serial = `CARD-${letter.toUpperCase()}`
  const card = sampleCard(letter)
  await deliver(world, new Map([[serial, card]]))
  const sent = await orderSent(world, { id, serial, by: 'operator' })
  assert.ok(sent.ok, JSON.stringify(sent))
  return { card, serial }
}

/** What the card is asked that has come. */
export async function askedOnArrival(
  world: TestWorld,
  session: OpenSession,
  { id }: Pick<Order, 'id'>,
): Promise<string> {
  const begun = await beginArrival(world, session, id)
  assert.ok(begun.ok, JSON.stringify(begun))
  const viewed = await viewArrival(world, session, id)
  assert.ok(viewed.ok && viewed.open)
  return viewed.open.view.number?.digits ?? assert.fail('nothing is asked')
}

/** Shows with a response that it has come; `ok`, or why not. */
export async function proved(
  world: TestWorld,
  session: OpenSession,
  about: { readonly order: Pick<Order, 'id'>; readonly card: SampleCard; readonly pin?: string },
): Promise<string> {
  const { order, card, pin = SAMPLE_PIN } = about
  const number = await askedOnArrival(world, session, order)
  const answer = { response: card.press(pin, number) }
  const answered = await answerArrival(world, session, { id: order.id, answer })
  return answered.ok ? 'ok' : answered.problem
}

/** A client to whom a card has come, in a session that is as strong as the card. */
export async function withCard(world: TestWorld) {
  const anna = await wealthy(world)
  const session = await inPortal(world, anna)
  const order = await ordered(world, session)
  const { card, serial } = await sentTo(world, order)
  assert.equal(await proved(world, session, { order, card }), 'ok')
  const active = (await findOrder(world.db, order.id))?.value
  assert.ok(active?.state === 'active')
  // Only what is as strong as a card takes it away: the card itself.
  const strong = {
    ...session,
    proofs: [...session.proofs, { method: 'security-card', acr: '4', amr: ['otp'] } as const],
  }
  return { anna, session: strong, order, card, serial, id: active.authenticatorId }
}
