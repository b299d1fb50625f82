import assert from 'node:assert/strict'
import type { Login } from '#core/login/state.ts'
import type { Json } from '#core/json.ts'
import type { SubscriberId } from '#core/ids.ts'
import { answerLogin } from '#engine/login/answer.ts'
import type { Client } from '#engine/login/view.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { codesAt, sample as codeCard } from '#methods/code-card/sample.ts'
import { cardState, SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import { sample as smsCode } from '#methods/sms-code/sample.ts'
import { sample as totp } from '#methods/totp/sample.ts'
import { begin, PASSWORD, personWithPhone } from './engine-story.ts'
import { textsOf, type Inbox } from './texts.ts'
import { browser, type TestWorld } from '../server/world.ts'

/** Clients who type codes: of a text, an app, a card, a printed card, and a phone. */

export interface CodeUser {
  readonly userName: string
  readonly id: SubscriberId
  readonly method: string
  /** What they type now, asked by this login. */
  answer(world: TestWorld, login: Asked): Promise<Json>
}

export type Asked = Extract<Login, { state: 'challenged' }>

/** An answer that was accepted. */
export interface Used {
  readonly user: CodeUser
  readonly login: Asked
  readonly client: Client
  readonly answer: Json
  readonly token: string
}

const numberIn = ({ challenge }: Asked): string =>
  (challenge.prompt as { readonly number: string }).number

/** What has arrived in a world; texts can be sent in it from now on. */
function inboxOf(world: TestWorld): Inbox {
  const inbox = inboxes.get(world) ?? textsOf(world)
  inboxes.set(world, inbox)
  return inbox
}

const inboxes = new WeakMap<TestWorld, Inbox>()

export async function codeUsers(world: TestWorld, of: number): Promise<readonly CodeUser[]> {
  const users: CodeUser[] = []
  for (let at = 0; at < of; at += 1) {
    const add = async (method: string, state: Json, answer: CodeUser['answer']) => {
      const userName = `${method}-${at}`
      const id = await world.add({ userName, password: PASSWORD, holds: [{ method, state }] })
      users.push({ userName, id, method, answer })
    }
    const number = `+1202555014${at}`
    await add('sms-code', { ...(smsCode.state as object), number }, async (here) => {
      await deliverDue(here)
      return { code: inboxOf(here).latest() }
    })
    await add('totp', totp.state, async (here) => (await totp.holder(null, here.now(), [])) as Json)
    const letter = String.fromCharCode('a'.charCodeAt(0) + at)
    const card = sampleCard(letter)
    await add('security-card', cardState(card), async (_, login) => ({
      response: card.press(SAMPLE_PIN, numberIn(login)),
    }))
    await add('code-card', codeCard.state, async (_, { challenge }) => ({
      codes: codesAt((challenge.prompt as { readonly pair: readonly number[] }).pair),
    }))
    const phone = await personWithPhone(world, `phone-key-${at}`)
    const { subscriberId } = await asked(world, `phone-key-${at}`)
    assert.ok(subscriberId)
    users.push({
      userName: `phone-key-${at}`,
      id: subscriberId,
      method: 'phone-key',
      answer: async (here, login) => ({
        response: await phone.respond(numberIn(login), here.now()),
      }),
    })
  }
  return users
}

/** What waits is sent first, so that the next text is the latest. */
async function deliverAll(world: TestWorld): Promise<void> {
  const { texts } = inboxOf(world)
  for (let before = -1; texts.length > before; ) {
    before = texts.length
    await deliverDue(world)
  }
}

export async function asked(
  world: TestWorld,
  userName: string,
  { client = browser(), password = PASSWORD }: { client?: Client; password?: string } = {},
): Promise<Asked> {
  inboxOf(world)
  const started = await begin(world, client, { userName, password })
  assert.ok(started.ok, `${userName}: ${'problem' in started && started.problem}`)
  assert.ok(started.login.state === 'challenged', `${userName} is asked nothing`)
  return started.login
}

/** Each from an address of its own, or the limits of one would answer. */
let visits = 0

/** Logs in, in a browser of its own. */
export async function logIn(world: TestWorld, user: CodeUser): Promise<Used> {
  visits += 1
  const client = browser({ address: `192.0.2.${visits % 250}` })
  await deliverAll(world)
  const login = await asked(world, user.userName, { client })
  const answer = await user.answer(world, login)
  const done = await answerLogin(world, { id: login.id, holder: client.holder, answer })
  assert.ok(done.ok && done.token, `${user.userName}: ${'problem' in done && done.problem}`)
  return { user, login, client, answer, token: done.token }
}
