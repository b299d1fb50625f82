import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Acr } from '#core/assurance.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import { minutes } from '#core/time/time.ts'
import { securityOf, setAskedFirst, suspendAuthenticator } from '#engine/devices/overview.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { startLogin } from '#engine/login/start.ts'
import { viewLogin } from '#engine/login/view.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { sample as card } from '#methods/security-card/sample.ts'
import type { Method } from '#methods/method.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { auditOf } from '../../support/audit.ts'
import { begin, PASSWORD } from '../../support/clients/engine-story.ts'
import { subscriberOf } from '../../support/clients/printed.ts'
import { pebble } from '../../support/sample-method.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import {
  browser,
  type Person,
  type TestWorld,
  testWorld,
  type TestWorldOptions,
} from '../../support/server/world.ts'

/** What is asked at once after the password, of a client with several devices. */

/** Another of the same kind, as strong as an authenticator app. */
const rock: Method = { ...pebble, name: 'rock', acr: '3' }

const held = (method: string, word: string) => ({ method, state: { word } })
const CARD = { method: 'security-card', state: card.state }

/** The login of a new browser, and what it asks. */
async function comes(world: TestWorld, claim: { needs?: Acr; password?: string } = {}) {
  const { needs, password = PASSWORD } = claim
  const client = browser()
  const begun = needs
    ? await startLogin(world, {
        userName: 'anna',
        password,
        platform: 'trade',
        environment: 'live',
        client,
        needs,
      })
    : await begin(world, client, { userName: 'anna', password })
  assert.ok(begun.ok, 'problem' in begun ? begun.problem : '')
  return { login: begun.login, client, asked: methodIn(begun.login) }
}

const methodIn = (login: Login): string | null =>
  login.state === 'challenged' ? login.challenge.method : null

/** The session of a client who confirms with one of this kind, chosen from all of them. */
async function logsInWith(world: TestWorld, method: string, word: string) {
  const { login, client } = await comes(world)
  const own = { id: login.id, holder: client.holder }
  const view = await viewLogin(world, own)
  const choice = view.ok ? view.choices.find((one) => one.method === method) : undefined
  assert.ok(choice, `no ${method} to choose`)
  const chosen = { ...own, authenticatorId: choice.id, way: null }
  assert.ok((await openChallenge(world, chosen)).ok)
  const answered = await answerLogin(world, { ...own, answer: { word } })
  assert.ok(answered.ok && answered.token !== null)
  const session = await findOpenSession(world, answered.token)
  assert.ok(session)
  world.advance(minutes(1))
  return session
}

const idOf = async (world: TestWorld, method: string, index = 0): Promise<AuthenticatorId> => {
  const id: SubscriberId = await subscriberOf(world, 'anna')
  const all = (await listHoldings(world.db, id)).filter((one) => one.method === method)
  return all.toSorted((one, other) => (one.id < other.id ? -1 : 1))[index]?.id ?? assert.fail()
}

for (const database of DATABASES) {
  suite(`what a client is asked first, on ${database}`, () => {
    const open = async (
      t: Parameters<typeof testWorld>[0],
      holds: NonNullable<Person['holds']>,
      settings: TestWorldOptions['settings'] = {},
    ) => {
      const world = await testWorld(t, { database, methods: [pebble, rock], settings })
      await world.add({ userName: 'anna', password: PASSWORD, holds })
      return world
    }

    test('is the strongest that they have used, whatever weaker one they used since', async (t) => {
      const world = await open(t, [held('pebble', 'one'), held('rock', 'two')])
      assert.equal((await comes(world)).asked, 'rock')
      await logsInWith(world, 'rock', 'two')
      await logsInWith(world, 'pebble', 'one')
      assert.equal((await comes(world)).asked, 'rock')
    })

    test('is what they use, and not a stronger one that they have never used', async (t) => {
      const world = await open(t, [CARD, held('rock', 'two')])
      await logsInWith(world, 'rock', 'two')
      assert.equal((await comes(world)).asked, 'rock')
    })

    test('S104 is never too weak for what is asked: then what suffices is asked at once', async (t) => {
      const world = await open(t, [CARD, held('rock', 'two')])
      await logsInWith(world, 'rock', 'two')
      const { login, client, asked } = await comes(world, { needs: '4' })
      assert.equal(asked, 'security-card')
      const view = await viewLogin(world, { id: login.id, holder: client.holder })
      assert.ok(view.ok)
      assert.deepEqual(
        view.choices.map(({ method, tooWeak }) => [method, tooWeak]),
        [
          ['rock', true],
          ['security-card', false],
        ],
      )
    })

    test('is what they have chosen among those of equal strength, until they choose again', async (t) => {
      const world = await open(t, [held('rock', 'two'), held('rock', 'two')])
      const session = await logsInWith(world, 'rock', 'two')
      const first = (await securityOf(world, session)).askedFirst
      assert.equal(first.choices.length, 2)
      const other = first.choices.find(({ id }) => id !== first.id)?.id ?? assert.fail()
      assert.deepEqual(await setAskedFirst(world, session, { id: other }), { ok: true })
      const { login } = await comes(world)
      assert.ok(login.state === 'challenged')
      assert.equal(login.challenge.authenticatorId, other)
      const [event] = (await auditOf(world)).filter(
        ({ kind }) => kind === 'subscriber.asked-first-set',
      )
      assert.ok(event?.kind === 'subscriber.asked-first-set')
      assert.equal(event.authenticatorId, other)
      assert.equal(event.method, 'rock')
    })

    test('is no weaker one by choice, none of another client, and none without a session', async (t) => {
      const world = await open(t, [held('pebble', 'one'), held('rock', 'two'), CARD])
      await world.add({
        userName: 'boris',
        password: PASSWORD,
        holds: [{ method: 'rock', state: { word: 'his' } }],
      })
      const session = await logsInWith(world, 'rock', 'two')
      const refused = async (id: AuthenticatorId) => {
        const set = await setAskedFirst(world, session, { id })
        return 'problem' in set && set.problem
      }
      assert.equal(await refused(await idOf(world, 'pebble')), 'authenticator.not-found')
      const [his] = await listHoldings(world.db, await subscriberOf(world, 'boris'))
      assert.ok(his)
      assert.equal(await refused(his.id), 'authenticator.not-found')
      assert.equal(await refused(await idOf(world, 'password')), 'authenticator.not-found')
      await endSession(world, session, { id: session.id, by: 'log-out' })
      assert.equal(await refused(await idOf(world, 'security-card')), 'subscriber.conflict')
      assert.equal((await comes(world)).asked, 'rock')
    })

    test('is another where the chosen one does not answer any more', async (t) => {
      const world = await open(t, [CARD, held('rock', 'two')])
      const session = await logsInWith(world, 'rock', 'two')
      const id = await idOf(world, 'security-card')
      assert.deepEqual(await setAskedFirst(world, session, { id }), { ok: true })
      assert.equal((await comes(world)).asked, 'security-card')
      assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      world.advance(minutes(1))
      assert.equal((await comes(world)).asked, 'rock')
    })

    test('A1 is the same after a wrong password where decoys are on, chosen or not', async (t) => {
      const decoys = { decoy: 'always' } as const
      const world = await open(t, [held('pebble', 'one'), held('rock', 'two'), CARD], decoys)
      const both = async () => {
        const right = await comes(world)
        world.advance(minutes(11))
        const wrong = await comes(world, { password: 'wrong' })
        world.advance(minutes(11))
        assert.equal(wrong.login.decoy, true)
        assert.equal(wrong.asked, right.asked)
        return right.asked
      }
      assert.equal(await both(), 'security-card', 'none was used: the strongest')
      const session = await logsInWith(world, 'rock', 'two')
      assert.equal(await both(), 'rock')
      const id = await idOf(world, 'security-card')
      assert.ok((await setAskedFirst(world, session, { id })).ok)
      assert.equal(await both(), 'security-card')
    })

    test('A28 is a question where it cannot be asked just now', async (t) => {
      const world = await open(t, [held('pebble', 'one'), CARD])
      // A card answers so many challenges in an hour; then the others are shown.
      let last = await comes(world)
      for (let count = 0; count < 40 && last.asked !== null; count += 1) last = await comes(world)
      assert.equal(last.login.state, 'choosing')
    })
  })
}
