import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { TypedFacts } from '#core/subscribers/identity.ts'
import type { Session } from '#core/sessions/session.ts'
import { strengthOf } from '#core/assurance.ts'
import { noticeOf } from '#core/audit/audit.ts'
import { after, hours, minutes } from '#core/time/time.ts'
import { createAccount, startHold } from '#engine/subscribers/accounts.ts'
import { answerChange, beginChange, viewChange } from '#engine/devices/change-pin.ts'
import { knownOf } from '#engine/devices/pins/known-facts.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { issueTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { findLiveSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { methodNamed } from '#engine/world.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { importTokens } from '#engine/inventory/key-import.ts'
import { giveToken, type Recorded } from '#engine/inventory/hardware-tokens.ts'
import { SAMPLE_PIN, type SampleCard, sampleCard } from '#methods/security-card/sample.ts'
import { listLoginEvents, listSubscriberEvents } from '#store/audit/audit.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listHoldings,
} from '#store/devices/authenticators.ts'
import { findStamp } from '#store/security-stamp.ts'
import { cardOf, deliver, deliveredKey, listed } from '../../support/clients/card.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { begin, begun, numberOn, PASSWORD, typed } from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

interface AtThePage {
  readonly client: Client
  readonly login: Login
  readonly number: string
}

/** Types the password, and sees a number. */
async function asked(world: TestWorld, userName = 'anna', client = browser()): Promise<AtThePage> {
  const login = await begun(world, client, userName)
  return { client, login, number: await numberOn(world, login.id, client) }
}

/** Types what the card shows for the number of the page. */
async function answered(
  world: TestWorld,
  { client, login, number }: AtThePage,
  card: Pick<SampleCard, 'press'>,
) {
  return await typed(world, login, { client, response: card.press(SAMPLE_PIN, number) })
}

/** Asks the same authenticator once more, in the same login. */
async function askedAgain(world: TestWorld, { client, login }: AtThePage): Promise<AtThePage> {
  const held = { id: login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  assert.ok(view.ok)
  const [choice] = view.choices
  assert.ok(choice)
  const opened = await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
  assert.ok(opened.ok, `not asked: ${'problem' in opened && opened.problem}`)
  return { client, login, number: await numberOn(world, login.id, client) }
}

async function anna(world: TestWorld): Promise<SubscriberId> {
  return await world.add({ userName: 'anna', password: PASSWORD })
}

/** A session in the portal, opened with the card. */
async function portalSession(
  world: TestWorld,
  card: SampleCard,
  userName = 'anna',
): Promise<Session> {
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok)
  const number = await numberOn(world, started.login.id, client)
  const done = await answered(world, { client, login: started.login, number }, card)
  assert.ok(done.ok && done.token)
  const session = await findOpenSession(world, done.token)
  assert.ok(session)
  return session
}

/** Chooses another PIN, and sees the number that proves it. */
async function begunChange(world: TestWorld, session: Session, id: AuthenticatorId) {
  const started = await beginChange(world, session, { id, request: { pin: '7193' } })
  assert.ok(started.ok, `not begun: ${'problem' in started && started.problem}`)
  const viewed = await viewChange(world, session, { id })
  assert.ok(viewed.ok && viewed.open)
  const number = viewed.open.view.number?.digits ?? ''
  assert.match(number, /^8[0-9]{5}$/)
  return number
}

/** One wrong answer more locks it. */
async function nearlyLocked(world: TestWorld, id: AuthenticatorId) {
  const { value, version } = (await findAuthenticator(world.db, id)) ?? assert.fail('no card')
  const failures = methodNamed(world, value.method).hardCap - 1
  const changed = [{ value: { ...value, failures }, version }]
  assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
}

const refused = (result: { readonly ok: boolean; readonly problem?: string }) => {
  assert.ok(!result.ok)
  return result.problem
}

for (const database of DATABASES) {
  suite(`a security card on ${database}`, () => {
    test('R008 R055 R057 logs in: password, number, PIN, response', async (t) => {
      const world = await testWorld(t, { database })
      const { card } = await cardOf(world, await anna(world))
      const page = await asked(world)
      assert.match(page.number, /^[0-7][0-9]{5}$/)
      const done = await answered(world, page, card)
      assert.ok(done.ok && done.token)
      const session = await findOpenSession(world, done.token)
      assert.ok(session)
      assert.equal(strengthOf(session.proofs), '4')
      const last = session.proofs.at(-1)
      assert.deepEqual(last?.amr, ['hwk', 'pin', 'otp'])
    })

    test('A7 S40 a response opens one login, and no other login with the same number', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const page = await asked(world)
      const response = card.press(SAMPLE_PIN, page.number)
      assert.ok((await typed(world, page.login, { client: page.client, response })).ok)
      const again = await typed(world, page.login, { client: page.client, response })
      assert.equal(refused(again), 'login.not-challenged')
      const other = await asked(world)
      assert.notEqual(other.number, page.number)
      const replay = await typed(world, other.login, { client: other.client, response })
      assert.equal(refused(replay), 'login.wrong-answer')
      const held = await findAuthenticator(world.db, id)
      assert.equal(held?.value.failures, 1)
    })

    test('A8 the response to one login does not open another that waits at the same time', async (t) => {
      const world = await testWorld(t, { database })
      const { card } = await cardOf(world, await anna(world))
      const [mine, theirs] = [await asked(world), await asked(world)]
      const response = card.press(SAMPLE_PIN, mine.number)
      const swapped = await typed(world, theirs.login, { client: theirs.client, response })
      assert.equal(refused(swapped), 'login.wrong-answer')
    })

    test('A7 of two decisions made from one read, one counts', async (t) => {
      const world = await testWorld(t, { database })
      const { card } = await cardOf(world, await anna(world))
      const page = await asked(world)
      const response = card.press(SAMPLE_PIN, page.number)
      const twins = await Promise.all(
        Array.from({ length: 8 }, () =>
          typed(world, page.login, { client: page.client, response }),
        ),
      )
      assert.equal(twins.filter(({ ok }) => ok).length, 1)
    })

    test('a card of another client opens nothing, with any PIN', async (t) => {
      const world = await testWorld(t, { database })
      await cardOf(world, await anna(world))
      const ben = await world.add({ userName: 'ben', password: PASSWORD })
      const other = await cardOf(world, ben, 'd')
      const page = await asked(world)
      assert.equal(refused(await answered(world, page, other.card)), 'login.wrong-answer')
    })

    test('a card that was pressed for nothing is found again by two responses', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      card.skip(50)
      const page = await asked(world)
      assert.equal(refused(await answered(world, page, card)), 'login.wrong-answer')
      const next = await askedAgain(world, page)
      const view = await viewLogin(world, { id: next.login.id, holder: next.client.holder })
      assert.ok(view.ok)
      assert.equal(view.views[0]?.title, 'method.security-card.ahead.title')
      assert.ok((await answered(world, next, card)).ok)
      const held = await findAuthenticator(world.db, id)
      assert.equal(held?.value.failures, 0)
      const events = await listLoginEvents(world.db, page.login.id)
      assert.ok(
        events.some(({ event }) => 'reason' in event && event.reason === 'counter-ahead'),
        'the log does not say why',
      )
    })

    test('A4 S1 R059 twenty wrong responses in a row disable it, over all logins', async (t) => {
      const world = await testWorld(t, { database })
      const { id } = await cardOf(world, await anna(world))
      let wrong = 0
      while (wrong < 20) {
        // A new login each time it is full, and a new hour: the card counts on.
        world.advance(hours(1))
        let page = await asked(world)
        for (let tries = 0; tries < 4 && wrong < 20; tries += 1) {
          const guess = await typed(world, page.login, { ...page, response: '00000000' })
          assert.ok(!guess.ok)
          wrong += 1
          const held = await findAuthenticator(world.db, id)
          assert.equal(held?.value.failures, wrong)
          assert.equal(held.value.lifecycle, wrong < 20 ? 'active' : 'disabled')
          if (tries < 3 && wrong < 20) page = await askedAgain(world, page)
        }
      }
      world.advance(hours(1))
      const started = await begin(world, browser(), { userName: 'anna' })
      assert.ok(!started.ok || started.login.state !== 'challenged')
    })

    test('R059 is asked ten numbers an hour, and each of them once in its life', async (t) => {
      const world = await testWorld(t, { database })
      await cardOf(world, await anna(world))
      const numbers = new Set<string>()
      const page = await asked(world)
      numbers.add(page.number)
      for (let draw = 1; draw < 10; draw += 1) numbers.add((await askedAgain(world, page)).number)
      assert.equal(numbers.size, 10)
      const held = { id: page.login.id, holder: page.client.holder }
      const view = await viewLogin(world, held)
      assert.ok(view.ok)
      const authenticatorId = view.choices[0]?.id ?? assert.fail('there is no choice')
      const eleventh = await openChallenge(world, { ...held, authenticatorId, way: null })
      assert.equal(refused(eleventh), 'login.too-many-challenges')
    })
  })

  suite(`the PIN of a card on ${database}`, () => {
    test('R056 is changed by a response computed with the new one', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      const { card, id } = await cardOf(world, subscriberId)
      const session = await portalSession(world, card)
      const number = await begunChange(world, session, id)
      const answer = { response: card.press('7193', number) }
      assert.deepEqual(await answerChange(world, session, { id, answer }), { ok: true })
      const page = await asked(world)
      assert.equal(refused(await answered(world, page, card)), 'login.wrong-answer')
      const next = await askedAgain(world, page)
      const response = card.press('7193', next.number)
      assert.ok((await typed(world, next.login, { client: next.client, response })).ok)
      const events = await listSubscriberEvents(world.db, subscriberId, { limit: 100 })
      assert.ok(events.some(({ event }) => event.kind === 'authenticator.changed'))
    })

    test('R056 a wrong response changes nothing, is counted, and the change begins anew', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const session = await portalSession(world, card)
      const number = await begunChange(world, session, id)
      const answer = { response: sampleCard('c').press(SAMPLE_PIN, number) }
      const wrong = await answerChange(world, session, { id, answer })
      assert.equal(refused(wrong), 'authenticator.not-proven')
      const held = await findAuthenticator(world.db, id)
      assert.equal(held?.value.failures, 1)
      const right = { response: card.press('7193', number) }
      assert.equal(
        refused(await answerChange(world, session, { id, answer: right })),
        'login.too-late',
      )
      assert.ok((await answered(world, await asked(world), card)).ok)
    })

    test('A28 S7 under European rules the wrong proof that would lock the card is not looked at', async (t) => {
      const world = await testWorld(t, { database })
      const account = { number: 'U-anna', environment: 'live', residence: 'FR' } as const
      const person = { userName: 'anna', password: PASSWORD, accounts: [account] }
      const { card, id } = await cardOf(world, await world.add(person))
      const sessions = [await portalSession(world, card), await portalSession(world, card)] as const
      const answers: string[] = []
      for (let count = 0; count < 6; count += 1) {
        const session = sessions[count < 3 ? 0 : 1]
        const number = await begunChange(world, session, id)
        const answer = { response: sampleCard('d').press(SAMPLE_PIN, number) }
        answers.push(refused(await answerChange(world, session, { id, answer })) ?? '')
        world.advance(minutes(15))
      }
      const wrong = Array.from({ length: 4 }, () => 'authenticator.not-proven')
      assert.deepEqual(answers, [...wrong, 'authenticator.tries-used', 'authenticator.tries-used'])
      const held = await findAuthenticator(world.db, id)
      assert.deepEqual([held?.value.lifecycle, held?.value.failures], ['active', 4])
      // A login counts them off.
      const own = await portalSession(world, card)
      const number = await begunChange(world, own, id)
      const answer = { response: card.press('7193', number) }
      assert.ok((await answerChange(world, own, { id, answer })).ok)
    })

    test('A28 S7 an attacker who has only the cookie does not lock the card', async (t) => {
      const world = await testWorld(t, { database })
      const account = { number: 'U-anna', environment: 'live', residence: 'FR' } as const
      const person = { userName: 'anna', password: PASSWORD, accounts: [account] }
      const { card, id } = await cardOf(world, await world.add(person))
      const session = await portalSession(world, card)
      const answers: string[] = []
      for (let count = 0; count < 5; count += 1) {
        const number = await begunChange(world, session, id)
        const answer = { response: sampleCard('d').press(SAMPLE_PIN, number) }
        answers.push(refused(await answerChange(world, session, { id, answer })) ?? '')
        world.advance(minutes(13))
      }
      const [wrong, waits] = ['authenticator.not-proven', 'authenticator.tries-used']
      assert.deepEqual(answers, [wrong, wrong, wrong, waits, waits])
      // Its owner logs in as ever, and that session changes the PIN.
      const own = await portalSession(world, card)
      const number = await begunChange(world, own, id)
      const answer = { response: card.press('7193', number) }
      assert.ok((await answerChange(world, own, { id, answer })).ok)
    })

    test('A28 an attacker who has only the cookie does not use up the numbers of the card', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const session = await portalSession(world, card)
      const request = { pin: '7193' }
      const begun: boolean[] = []
      // Around a full hour too: it is any hour that counts.
      world.advance(minutes(45))
      for (let count = 0; count < 20; count += 1) {
        begun.push((await beginChange(world, session, { id, request })).ok)
        world.advance(minutes(2))
      }
      assert.equal(begun.filter(Boolean).length, 5)
      // Its owner logs in as ever.
      assert.ok((await answered(world, await asked(world), card)).ok)
    })

    test('R068 a new PIN is no birth date or number on record, not even one recorded since', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      const { card, id } = await cardOf(world, subscriberId)
      const session = await portalSession(world, card)
      const record = async (facts: TypedFacts) =>
        assert.ok((await setIdentity(world, { id: subscriberId, facts, by: 'operator' })).ok)
      await record({ birthDate: '1984-02-29', documents: ['X0471-9926'] })
      for (const pin of ['2902', '2984', '9926', '0103']) {
        const begun = await beginChange(world, session, { id, request: { pin } })
        assert.equal(refused(begun), 'authenticator.pin-known', pin)
      }
      // It was no number of theirs when it was chosen.
      const number = await begunChange(world, session, id)
      await record({ birthDate: '1984-02-29', documents: ['K71938'] })
      const answer = { response: card.press('7193', number) }
      const late = await answerChange(world, session, { id, answer })
      assert.equal(refused(late), 'authenticator.pin-known')
      const viewed = await viewChange(world, session, { id })
      assert.ok(viewed.ok)
      assert.equal(viewed.open, null)
      // The PIN of before counts, and the client is let in with it.
      assert.ok((await answered(world, await asked(world), card)).ok)
    })

    test('A28 a session does not find out birth date and papers by choosing PIN after PIN', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      const { card, id } = await cardOf(world, subscriberId)
      const facts = { birthDate: '1984-02-29', documents: [] }
      assert.ok((await setIdentity(world, { id: subscriberId, facts, by: 'operator' })).ok)
      const session = await portalSession(world, card)
      const tried = async (pin: string, within = session) =>
        refused(await beginChange(world, within, { id, request: { pin } }))
      for (let turn = 0; turn < 12; turn += 1)
        assert.equal(await tried('1234'), 'authenticator.pin-guessable', 'which tells nothing')
      for (let turn = 0; turn < 10; turn += 1)
        assert.equal(await tried('2902'), 'authenticator.pin-known')
      assert.equal(await tried('2902'), 'authenticator.pin-tries')
      const found: unknown[] = []
      for (let turn = 0; turn < 3; turn += 1) {
        const other = await portalSession(world, card)
        for (let one = 0; one < 10; one += 1) found.push(await tried('2902', other))
      }
      assert.equal(found.filter((one) => one === 'authenticator.pin-known').length, 20)
    })

    test('R068 a PIN is not chosen over papers that are recorded at the same moment', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      const { card, id } = await cardOf(world, subscriberId)
      const session = await portalSession(world, card)
      const { version } = await knownOf(world, subscriberId)
      const stamp = await findStamp(world.db, subscriberId)
      const facts = { birthDate: '1984-02-29', documents: [] }
      assert.ok((await setIdentity(world, { id: subscriberId, facts, by: 'operator' })).ok)
      const held = await findAuthenticator(world.db, id)
      assert.ok(held)
      const standing = { subscriberId, stamp, within: session.id, version }
      const commit = { now: world.now(), changed: [held], events: [], standing }
      assert.equal(await commitAuthenticators(world.db, commit), false)
      assert.equal((await beginChange(world, session, { id, request: { pin: '7193' } })).ok, true)
    })

    test('what is no PIN, no response, or too late is said and not counted', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const session = await portalSession(world, card)
      for (const [request, problem] of [
        [{ pin: 'abcd' }, 'authenticator.pin-form'],
        [{ pin: '1234' }, 'authenticator.pin-guessable'],
        [null, 'authenticator.pin-form'],
      ] as const) {
        assert.equal(refused(await beginChange(world, session, { id, request })), problem)
      }
      const number = await begunChange(world, session, id)
      const malformed = await answerChange(world, session, { id, answer: { response: '123' } })
      assert.equal(refused(malformed), 'login.malformed-answer')
      world.advance(minutes(3))
      const answer = { response: card.press('7193', number) }
      assert.equal(refused(await answerChange(world, session, { id, answer })), 'login.too-late')
      assert.equal((await findAuthenticator(world.db, id))?.value.failures, 0)
    })

    test('S66 takes a session that could bind a card, and the card of the session’s own', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      const { card, id } = await cardOf(world, subscriberId)
      const session = await portalSession(world, card)
      const weak = { ...session, proofs: session.proofs.slice(0, 1) }
      const request = { pin: '7193' }
      assert.equal(refused(await beginChange(world, weak, { id, request })), 'session.insufficient')
      const ben = await world.add({ userName: 'ben', password: PASSWORD })
      const other = { ...session, subscriberId: ben }
      assert.equal(
        refused(await beginChange(world, other, { id, request })),
        'authenticator.not-found',
      )
      assert.equal(refused(await viewChange(world, other, { id })), 'authenticator.not-found')
    })

    test('A8 is proven by a number that the card was never asked before', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const session = await portalSession(world, card)
      // Chance that comes up with one and the same number.
      const same = { ...world, random: (length: number) => new Uint8Array(length).fill(1) }
      const request = { pin: '7193' }
      assert.deepEqual(await beginChange(same, session, { id, request }), { ok: true })
      const again = await beginChange(same, session, { id, request })
      assert.equal(refused(again), 'authenticator.conflict')
    })

    test('A9 S12 is proven by the session that has chosen it, in the state that it was chosen in', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const theirs = await portalSession(world, card)
      const owners = await portalSession(world, card)
      const number = await begunChange(world, theirs, id)
      const answer = { response: card.press('7193', number) }
      const viewed = await viewChange(world, owners, { id })
      assert.ok(viewed.ok && viewed.open === null, 'it is not shown what others have begun')
      assert.equal(refused(await answerChange(world, owners, { id, answer })), 'login.too-late')
      const { subscriberId } = theirs
      const until = after(world.now(), hours(1))
      const forbids = ['withdrawals'] as const
      await startHold(world, { subscriberId, kind: 'review', forbids, until, by: 'operator' })
      assert.equal(refused(await answerChange(world, theirs, { id, answer })), 'login.too-late')
      assert.equal((await findAuthenticator(world.db, id))?.value.failures, 0)
    })

    test('A7 of two clients who prove it at once, one does', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id } = await cardOf(world, await anna(world))
      const session = await portalSession(world, card)
      const number = await begunChange(world, session, id)
      const answer = { response: card.press('7193', number) }
      const twins = await Promise.all(
        Array.from({ length: 6 }, () => answerChange(world, session, { id, answer })),
      )
      assert.equal(twins.filter(({ ok }) => ok).length, 1)
    })
  })

  suite(`a card of several on ${database}`, () => {
    const identity = {
      birthDate: '1970-01-01',
      citizenship: 'CH',
      residence: 'CH',
      documentType: 'passport',
      documentNumber: 'X0000001',
    }

    /** Anna has a card, and her second user name is to share it. */
    async function twoNames(world: TestWorld) {
      const one = await anna(world)
      const two = await world.add({ userName: 'anna2', password: PASSWORD })
      const given = await cardOf(world, one)
      const same = { entity: null, identity }
      const recorded = new Map<SubscriberId, Recorded>([
        [one, same],
        [two, same],
      ])
      const giving = { serial: given.serial, subscriberId: two, wishes: {}, by: 'test' }
      return { ...given, one, two, recorded, giving }
    }

    test('A28 R120 a client who stops it and brings it back keeps the other out five times a day', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id, recorded, giving } = await twoNames(world)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      const session = await portalSession(world, card, 'anna2')
      const left: boolean[] = []
      for (let round = 0; round < 7; round += 1) {
        const other = await portalSession(world, card)
        assert.ok((await suspendAuthenticator(world, session, { id })).ok)
        assert.ok((await reactivateAuthenticator(world, session, { id, from: 'loss' })).ok)
        left.push((await findLiveSession(world, other.id)) !== null)
        world.advance(minutes(3))
      }
      assert.deepEqual(left, [false, false, false, false, false, true, true])
    })

    test('R120 opens the logins of both', async (t) => {
      const world = await testWorld(t, { database })
      const { card, recorded, giving } = await twoNames(world)
      const shared = await giveToken(world, { ...giving, recorded })
      assert.ok(shared.ok)
      assert.equal(shared.shared, 1)
      assert.ok((await answered(world, await asked(world, 'anna'), card)).ok)
      assert.ok((await answered(world, await asked(world, 'anna2'), card)).ok)
      assert.equal(refused(await giveToken(world, { ...giving, recorded })), 'token.given')
    })

    test('R120 R099 serves the others when one of them is given a passcode, and that one no more', async (t) => {
      const world = await testWorld(t, { database })
      const { card, one, two, recorded, giving } = await twoNames(world)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      const request = { subscriberId: one, by: 'agent-1', reason: 'lost' } as const
      assert.ok((await issueTemporaryPasscode(world, request)).ok)
      assert.ok((await answered(world, await asked(world, 'anna2'), card)).ok)
      const methodsOf = async (id: SubscriberId) =>
        (await listHoldings(world.db, id)).map(({ method }) => method)
      assert.ok(!(await methodsOf(one)).includes('security-card'))
      assert.ok((await methodsOf(two)).includes('security-card'))
    })

    test('R120 R131 what one of them does to it is told to all of them', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id, one, two, recorded, giving } = await twoNames(world)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      const own = await portalSession(world, card)
      const theirs = await portalSession(world, card, 'anna2')
      const kindsOf = async (who: SubscriberId) =>
        (await listSubscriberEvents(world.db, who, { limit: 100 })).map(({ event }) => event.kind)

      const number = await begunChange(world, theirs, id)
      const answer = { response: card.press('7193', number) }
      assert.ok((await answerChange(world, theirs, { id, answer })).ok)
      for (const who of [one, two]) {
        assert.ok((await kindsOf(who)).includes('authenticator.changed'), who)
      }
      const waiting = await asked(world, 'anna')
      assert.deepEqual(await suspendAuthenticator(world, theirs, { id }), { ok: true })
      for (const who of [one, two]) {
        assert.ok((await kindsOf(who)).includes('authenticator.suspended'), who)
      }
      // Other sessions may have been opened with it, under either name (S85).
      assert.equal(await findLiveSession(world, own.id), null)
      assert.ok(await findLiveSession(world, theirs.id))
      assert.equal(refused(await answered(world, waiting, card)), 'login.expired')
      const back = { id, from: 'loss' } as const
      assert.deepEqual(await reactivateAuthenticator(world, theirs, back), { ok: true })
      for (const who of [one, two]) {
        assert.ok((await kindsOf(who)).includes('authenticator.reactivated'), who)
      }
      const within = await listSubscriberEvents(world.db, one, { limit: 100 })
      assert.ok(
        !within.some(({ event }) => event.within === theirs.id),
        'a session of another client',
      )
    })

    test('R120 R131 that it was locked at the login of one of them is told to all of them', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id, one, two, recorded, giving } = await twoNames(world)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      const session = await portalSession(world, card)
      await begunChange(world, session, id)
      const { login, client } = await asked(world, 'anna2')
      await nearlyLocked(world, id)
      await typed(world, login, { client, response: '00000000' })
      assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'disabled')
      for (const who of [one, two]) {
        const events = await listSubscriberEvents(world.db, who, { limit: 100 })
        assert.equal(events.filter(({ event }) => noticeOf(event) === 'device-locked').length, 1)
      }
      const viewed = await viewChange(world, session, { id })
      assert.equal(refused(viewed), 'login.authenticator-locked')
    })

    test('R120 R132 survives as many wrong answers as the strictest rules of its holders allow, in the login of either', async (t) => {
      const world = await testWorld(t, { database })
      const { id, two, recorded, giving } = await twoNames(world)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      const [number, subscriberId] = ['U-strict', two] as const
      const added = { number, subscriberId, environment: 'live', residence: 'FR' } as const
      assert.ok((await createAccount(world, { ...added, by: 'operator' })).ok)
      for (let count = 0; count < 5; count += 1) {
        assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'active')
        world.advance(minutes(10))
        const { login, client } = await asked(world, 'anna')
        await typed(world, login, { client, response: '00000000' })
      }
      assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'disabled')
    })

    test('A32 a response for one of them opens nothing of the other', async (t) => {
      const world = await testWorld(t, { database })
      const { card, recorded, giving } = await twoNames(world)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      const [mine, theirs] = [await asked(world, 'anna'), await asked(world, 'anna2')]
      const response = card.press(SAMPLE_PIN, mine.number)
      const swapped = await typed(world, theirs.login, { client: theirs.client, response })
      assert.equal(refused(swapped), 'login.wrong-answer')
    })

    test('R120 is not shared unless the records say that they may', async (t) => {
      const world = await testWorld(t, { database })
      const { one, two, giving } = await twoNames(world)
      assert.equal(refused(await giveToken(world, giving)), 'token.different-people')
      const recorded = new Map<SubscriberId, Recorded>([
        [one, { entity: 'E1', identity }],
        [two, { entity: 'E2', identity: { ...identity, residence: 'FR' } }],
      ])
      const other = await giveToken(world, { ...giving, recorded })
      assert.equal(refused(other), 'token.different-people')
    })

    test('R120 one of them lets go of it, and it still serves the other', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id, recorded, giving, one } = await twoNames(world)
      const session = await portalSession(world, card)
      assert.ok((await giveToken(world, { ...giving, recorded })).ok)
      // A login of hers that waits at this moment is not valid afterwards.
      const waiting = await asked(world, 'anna')
      assert.deepEqual(await revokeAuthenticator(world, session, { id }), { ok: true })
      const late = await answered(world, waiting, card)
      assert.ok(!late.ok)
      assert.ok((await answered(world, await asked(world, 'anna2'), card)).ok)
      const held = await findAuthenticator(world.db, id)
      assert.equal(held?.value.lifecycle, 'active')
      assert.deepEqual(held.subscriberIds, [giving.subscriberId])
      const started = await begin(world, browser(), { userName: 'anna' })
      assert.ok(!started.ok || started.login.state !== 'challenged')
      const events = await listSubscriberEvents(world.db, one, { limit: 100 })
      assert.ok(events.some(({ event }) => event.kind === 'authenticator.unbound'))
    })

    test('R120 when the last of them lets go of it, it is stopped for good', async (t) => {
      const world = await testWorld(t, { database })
      const { card, id, giving } = await twoNames(world)
      const session = await portalSession(world, card)
      assert.deepEqual(await revokeAuthenticator(world, session, { id }), { ok: true })
      assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'revoked')
      assert.equal(refused(await giveToken(world, giving)), 'token.revoked')
    })
  })

  suite(`giving cards away on ${database}`, () => {
    test('a card is given once, however its number is typed', async (t) => {
      const world = await testWorld(t, { database })
      const [one, two] = [
        await anna(world),
        await world.add({ userName: 'ben', password: PASSWORD }),
      ]
      await deliver(world, new Map([['EX-00418-7731', sampleCard('c')]]))
      const giving = { wishes: { pin: SAMPLE_PIN }, by: 'test' }
      const both = await Promise.all(
        [one, two].map((subscriberId) =>
          giveToken(world, { ...giving, serial: ' ex-00418-7731 ', subscriberId }),
        ),
      )
      assert.equal(both.filter(({ ok }) => ok).length, 1)
    })

    test('what is not there, or has no PIN, is not given, and can be given afterwards', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      await deliver(world, new Map([['CARD-1', sampleCard('c')]]))
      const give = (serial: string, wishes: unknown) =>
        giveToken(world, { serial, subscriberId, wishes, by: 'test' })
      assert.equal(refused(await give('CARD-2', { pin: SAMPLE_PIN })), 'token.not-found')
      assert.equal(refused(await give('../CARD', { pin: SAMPLE_PIN })), 'token.not-found')
      assert.equal(refused(await give('CARD-1', {})), 'authenticator.pin-form')
      assert.equal(refused(await give('CARD-1', { pin: 'abcd' })), 'authenticator.pin-form')
      assert.equal(refused(await give('CARD-1', { pin: '1234' })), 'authenticator.pin-guessable')
      const facts = { birthDate: '1984-03-12', documents: [] }
      assert.ok((await setIdentity(world, { id: subscriberId, facts, by: 'operator' })).ok)
      assert.equal(refused(await give('CARD-1', { pin: '0384' })), 'authenticator.pin-known')
      assert.ok((await give('CARD-1', { pin: SAMPLE_PIN })).ok)
    })

    test('S59 a card whose key has expired is asked no more, and its last response comes too late', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await anna(world)
      const card = sampleCard('c')
      const { line, key } = deliveredKey('CARD-1', card)
      const expiresAt = after(world.now(), hours(1))
      const items = listed([{ line, key: { ...key, expiresAt } }])
      assert.ok((await importTokens(world, { items, dryRun: false })).ok)
      const wishes = { pin: SAMPLE_PIN }
      assert.ok((await giveToken(world, { serial: 'CARD-1', subscriberId, wishes, by: 'test' })).ok)
      assert.ok((await answered(world, await asked(world), card)).ok)
      world.advance(minutes(59))
      const page = await asked(world)
      world.advance(minutes(1))
      assert.equal(refused(await answered(world, page, card)), 'login.wrong-answer')
      const started = await begin(world, browser(), { userName: 'anna' })
      assert.ok(!started.ok || started.login.state !== 'challenged')
    })
  })
}
