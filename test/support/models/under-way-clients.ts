import assert from 'node:assert/strict'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { TaskDetails } from '#core/task-details.ts'
import type { Login } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import { days } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { beginReset, startReset } from '#engine/password/reset.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import { SAMPLE_PIN, type SampleCard, sampleCard } from '#methods/security-card/sample.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { memoryRateLimits } from '#store/server/rate-limits.ts'
import { deliver } from '../clients/card.ts'
import { wealthy, type Client as Wealthy } from '../clients/orders.ts'
import { testPhone } from '../clients/phone.ts'
import { begin, numberOn, typed } from '../clients/engine-story.ts'
import { begunTask, opened } from '../clients/task.ts'
import { browser, ISSUER, NOON, type TestWorld } from '../server/world.ts'

/** The clients in the stories of what is under way (`./under-way.ts`). */

/**
 * A client with a phone, an authenticator app, a card of codes and two million, and two sessions.
 */
export interface Cast {
  readonly world: TestWorld
  readonly client: Wealthy
  readonly subscriberId: SubscriberId
  /** In which the thing is begun. */
  readonly theirs: OpenSession
  /** From which the act comes. */
  readonly owners: OpenSession
  /** A name that no other race has. */
  readonly name: string
  /** Two cards: one whose PIN is changed, and one to spare. */
  readonly own: HeldCard
  readonly spare: HeldCard
}

interface HeldCard {
  readonly id: AuthenticatorId
  readonly card: SampleCard
}

let people = 0

/** Limits by the hour count anew; the clock stands still. */
const unlimited = (world: TestWorld): TestWorld => ({
  ...world,
  limits: memoryRateLimits(() => NOON),
})

/** How the session is opened in which a thing is begun. */
export interface Opening {
  /** With what may be stolen, such as a text. */
  readonly isWeak?: boolean
  /** On the page of a device of this method, which it is to set up. */
  readonly binds?: string
}

export async function castOf(
  shared: TestWorld,
  { isWeak = false, ...begun }: Opening = {},
): Promise<Cast> {
  people += 1
  const world = unlimited(shared)
  const name = `client-${people}`
  const client = await wealthy(world, name)
  const word = isWeak ? await pebbleOf(world, client) : null
  // No third phone a day.
  if (isWeak) shared.advance(days(1))
  const { subscriberId } = await phoneSession(world, client)
  const own = await cardFor(world, subscriberId, { serial: `OWN-${name}`, letter: 'e' })
  const spare = await cardFor(world, subscriberId, { serial: `SPARE-${name}`, letter: 'd' })
  const theirs = word
    ? await weakSession(world, name, word)
    : await phoneSession(world, client, begun)
  const owners = await phoneSession(world, client)
  return { world, client, subscriberId, theirs, owners, name, own, spare }
}

async function cardFor(
  world: TestWorld,
  subscriberId: SubscriberId,
  { serial, letter }: { readonly serial: string; readonly letter: string },
): Promise<HeldCard> {
  const card = sampleCard(letter)
  await deliver(world, new Map([[serial, card]]))
  const given = await giveToken(world, {
    serial,
    subscriberId,
    wishes: { pin: SAMPLE_PIN },
    by: 'test',
  })
  assert.ok(given.ok, JSON.stringify(given))
  return { id: given.authenticatorId, card }
}

interface Walk {
  readonly login: Login
  readonly client: Client
}

/** Chooses the phone, where it is not asked at once. */
export async function phoneAsked(world: TestWorld, { login, client }: Walk, way: string | null) {
  const walk = { id: login.id, holder: client.holder }
  if (login.state === 'challenged' && login.challenge.method === 'phone-key') return
  const view = await viewLogin(world, walk)
  assert.ok(view.ok)
  const choice = view.choices.find(({ method }) => method === 'phone-key')
  assert.ok(choice, 'no phone to choose')
  const opened = await openChallenge(world, { ...walk, authenticatorId: choice.id, way })
  assert.ok(opened.ok, JSON.stringify(opened))
}

/** What the phone answers to the number of the page. */
async function responseTo(world: TestWorld, { phone }: Wealthy, walk: Walk): Promise<string> {
  await phoneAsked(world, walk, 'response')
  return await phone.respond(await numberOn(world, walk.login.id, walk.client), world.now())
}

async function phoneSession(
  world: TestWorld,
  client: Wealthy,
  begun: Omit<Opening, 'isWeak'> = {},
): Promise<OpenSession> {
  const half = await halfDone(world, client, begun)
  const answered = await typed(world, half.login, half)
  assert.ok(answered.ok && answered.token, JSON.stringify(answered))
  return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
}

/** A login that lacks nothing but this response. */
export async function halfDone(
  world: TestWorld,
  { userName, ...of }: Wealthy,
  begun: Omit<Opening, 'isWeak'> = {},
) {
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal', ...begun })
  assert.ok(started.ok, JSON.stringify(started))
  const { login } = started
  return {
    client,
    login,
    response: await responseTo(world, { userName, ...of }, { login, client }),
  }
}

export async function approved({ world, client: of }: Cast, session: Session, deed: TaskDetails) {
  const client = browser()
  const id = await opened(world, session, deed)
  const login = await begunTask(world, session, { id, client })
  const response = await responseTo(world, of, { login, client })
  const answered = await typed(world, login, { client, response })
  assert.ok(answered.ok, JSON.stringify(answered))
  return id
}

/** What an attacker may have got hold of, like a number: the word of it. */
async function pebbleOf(world: TestWorld, client: Wealthy): Promise<string> {
  const session = await phoneSession(world, client)
  const started = await startOnPage(world, session, { method: 'pebble', request: null })
  assert.ok(started.ok, JSON.stringify(started))
  const { id } = started.enrolment
  const found = await findEnrolment(world.db, id)
  const drawn = found?.value.drawn ?? assert.fail('nothing is drawn')
  const { word } = drawn.expected as { readonly word: string }
  assert.ok((await answerOnPage(world, session, { id, answer: word })).ok)
  return word
}

async function weakSession(world: TestWorld, userName: string, word: string): Promise<OpenSession> {
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok, JSON.stringify(started))
  const login = { id: started.login.id, holder: client.holder }
  const view = await viewLogin(world, login)
  assert.ok(view.ok)
  const choice = view.choices.find(({ method }) => method === 'pebble')
  assert.ok(choice, 'no pebble')
  await openChallenge(world, { ...login, authenticatorId: choice.id, way: null })
  const answered = await answerLogin(world, { ...login, answer: { word } })
  assert.ok(answered.ok && answered.token, JSON.stringify(answered))
  return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
}

export const NEW_PASSWORD = 'nineteen violet spoons of rain'

export async function rewritten(
  world: TestWorld,
  subscriberId: SubscriberId,
  id: AuthenticatorId,
  changes: object,
): Promise<void> {
  const all = await listAuthenticators(world.db, subscriberId)
  const found = all.find(({ value }) => value.id === id) ?? assert.fail('nothing is held')
  const changed = [{ value: { ...found.value, ...changes }, version: found.version }]
  assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
}

export async function invited({ world }: Cast, session: Session) {
  const phone = await testPhone(ISSUER)
  const begun = await startEnrolment(world, session, { method: 'phone-key' })
  assert.ok(begun.ok, JSON.stringify(begun))
  const activation = { token: begun.token }
  const offer = { enrolment: begun.enrolment.id, now: world.now() }
  const request = (await phone.activation(activation, offer)) as unknown as Json
  return { activation, address: '198.51.100.9', request }
}

export async function resetBegun({ world, client: of }: Cast, code: string) {
  const client = browser()
  const begun = await beginReset(world, { userName: of.userName, code, client })
  assert.ok(begun.ok, JSON.stringify(begun))
  const { login } = begun
  const response = await responseTo(world, of, { login, client })
  assert.ok((await typed(world, login, { client, response })).ok)
  return { id: login.id, holder: client.holder }
}

const codes = new WeakMap<Cast, Promise<string>>()

/** The code of the desk; one, whichever needs it first. */
export function codeOf(cast: Cast): Promise<string> {
  const found = codes.get(cast)
  if (found) return found
  const begun = startReset(cast.world, { subscriberId: cast.subscriberId, by: 'agent-7' })
  const code = begun.then((one) => (one.ok ? one.code : assert.fail(one.problem)))
  codes.set(cast, code)
  return code
}
