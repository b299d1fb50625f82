import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Session } from '#core/sessions/session.ts'
import { after, days, minutes, seconds } from '#core/time/time.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { answerOnPage, startOnPage, viewOnPage } from '#engine/devices/enrolment-on-page.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import {
  answered,
  boundCard,
  challenged,
  givenPasscode,
  inWithPasscode,
  pairOf,
  pairToCheck,
  printedSheet,
} from '../../support/clients/printed.ts'
import {
  begin,
  firstSession,
  PASSWORD,
  personWithPhone,
} from '../../support/clients/engine-story.ts'
import { browser, testWorld, type TestWorld } from '../../support/server/world.ts'

const ROUNDS = 10

/** A client whose phone is away, in the portal with a passcode. */
async function away(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  await personWithPhone(world, 'anna')
  const passcode = await givenPasscode(world, 'anna')
  const { session, client } = await inWithPasscode(world, { userName: 'anna' }, passcode)
  return { world, session, client, passcode }
}

/** As `away`, after the passcode was ended: the card is all that is left. */
async function withCard(t: TestContext, database: DatabaseKind) {
  const { world, session } = await away(t, database)
  const card = await boundCard(world, session)
  world.advance(days(12))
  return { world, session, card }
}

const lifecycleOf = async (world: TestWorld, { subscriberId }: Session, method: string) =>
  (await listAuthenticators(world.db, subscriberId))
    .filter(({ value }) => value.method === method)
    .map(({ value }) => value.lifecycle)

for (const database of DATABASES) {
  suite(`A code card, on ${database}`, () => {
    test('R103 R104 is printed with a passcode, and counts once two of its codes are shown', async (t) => {
      const { world, session } = await away(t, database)
      const { sheet, enrolment: id, codesAt } = await printedSheet(world, session)
      assert.equal(sheet.cells.length, 224)
      assert.equal(sheet.expiresAt, after(world.now(), days(21)))
      assert.deepEqual(await lifecycleOf(world, session, 'code-card'), [])
      const wrong = await answerOnPage(world, session, { id, answer: '000000' })
      assert.deepEqual(wrong, { ok: false, problem: 'enrolment.wrong-answer', triesLeft: 4 })
      const malformed = await answerOnPage(world, session, { id, answer: 'ABC' })
      assert.deepEqual(malformed, { ok: false, problem: 'login.malformed-answer' })
      const pair = await pairToCheck(world, session, id)
      const done = await answerOnPage(world, session, { id, answer: codesAt(pair).toLowerCase() })
      assert.ok(done.ok)
      const held = await listAuthenticators(world.db, session.subscriberId)
      const card = held.find(({ value }) => value.method === 'code-card')?.value
      assert.equal(card?.label, `Code card ${sheet.serial}`)
      assert.equal(card?.expiresAt, sheet.expiresAt)
    })

    for (const reason of ['away', 'lost'] as const) {
      test(`R102 serves a client whose device is ${reason}`, async (t) => {
        const world = await testWorld(t, { database })
        await personWithPhone(world, 'anna')
        const passcode = await givenPasscode(world, 'anna', { reason })
        const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
        const card = await boundCard(world, session)
        world.advance(days(12))
        const at = { userName: 'anna', platform: 'trade', client: browser() }
        const login = await challenged(world, at)
        const codes = card.codesAt(await pairOf(world, login))
        const opened = await answered(world, login, { client: at.client, codes })
        assert.ok(opened.ok && opened.token)
      })
    }

    test('A15 the sheet is shown to one of three who look, and no code of it stays on the server', async (t) => {
      const { world, session } = await away(t, database)
      const started = await startOnPage(world, session, { method: 'code-card', request: null })
      assert.ok(started.ok)
      const { id } = started.enrolment
      const look = () => viewOnPage(world, session, { id, name: null })
      const looks = await Promise.all([look(), look(), look()])
      assert.equal(looks.filter(({ ok }) => ok).length, 1)
      const again = await look()
      assert.ok(!again.ok && again.problem === 'enrolment.seen')
      assert.ok('next' in again && again.next?.view === 'check', 'who has kept it goes on')
      const found = await findEnrolment(world.db, id)
      assert.deepEqual((found?.value.drawn?.prompt as { codes?: unknown } | undefined)?.codes, [])
    })

    test('A15 one that was opened and left binds nothing, and a second one replaces it', async (t) => {
      const { world, session } = await away(t, database)
      const left = await printedSheet(world, session)
      const pair = await pairToCheck(world, session, left.enrolment)
      const next = await boundCard(world, session)
      const id = left.enrolment
      const late = await answerOnPage(world, session, { id, answer: left.codesAt(pair) })
      assert.deepEqual(late, { ok: false, problem: 'enrolment.expired' })
      const third = await printedSheet(world, session)
      world.advance(minutes(10))
      const over = await viewOnPage(world, session, { id: third.enrolment, name: 'check' })
      assert.deepEqual(over, { ok: false, problem: 'enrolment.expired' })
      assert.deepEqual(await lifecycleOf(world, session, 'code-card'), ['active'])
      assert.notEqual(next.sheet.serial, third.sheet.serial)
    })

    test('R103 S56 is not handed to a client who has proven one factor only', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      const session = await firstSession(world, 'anna')
      const refused = await startOnPage(world, session, { method: 'code-card', request: null })
      assert.deepEqual(refused, { ok: false, problem: 'enrolment.too-weak' })
    })

    test('R108 C7 the pair stays over reloads, logins and nodes until it is answered right', async (t) => {
      const { world, card } = await withCard(t, database)
      const other = await testWorld(t, { database, beside: world })
      const at = { userName: 'anna', platform: 'trade' }
      const client = browser()
      const login = await challenged(world, { ...at, client })
      const pair = await pairOf(world, login)
      for (const node of [world, other, world]) {
        const again = await challenged(node, { ...at, client: browser() })
        assert.deepEqual(await pairOf(node, again), pair)
      }
      const wrong = await answered(world, login, { client, codes: '000000' })
      assert.ok(!wrong.ok && wrong.problem === 'login.wrong-answer')
      const held = { id: login.id, holder: client.holder }
      const view = await viewLogin(other, held)
      assert.ok(view.ok)
      const choice = view.choices.find(({ method }) => method === 'code-card')
      const authenticatorId = choice?.id ?? assert.fail('the card is not offered')
      assert.ok((await openChallenge(other, { ...held, authenticatorId, way: null })).ok)
      assert.deepEqual(await pairOf(other, login), pair)
      const right = await answered(other, login, { client, codes: card.codesAt(pair) })
      assert.ok(right.ok && right.token)
      const next = await challenged(world, { ...at, client: browser() })
      assert.notDeepEqual(await pairOf(world, next), pair)
    })

    test('A7 one pair opens one login, however many answer it at once on two nodes', async (t) => {
      const { world, card } = await withCard(t, database)
      const other = await testWorld(t, { database, beside: world })
      const used: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const clients = [browser(), browser(), browser()]
        const logins = []
        for (const client of clients) {
          logins.push(await challenged(world, { userName: 'anna', platform: 'trade', client }))
        }
        const pair = await pairOf(world, logins[0] ?? assert.fail())
        assert.ok(!pair.some((index) => used.includes(index)), 'a cell is asked once')
        used.push(...pair)
        const outcomes = await Promise.all(
          logins.map((login, at) =>
            answered(at === 1 ? other : world, login, {
              client: clients[at] ?? browser(),
              codes: card.codesAt(pair),
            }),
          ),
        )
        assert.equal(outcomes.filter(({ ok }) => ok).length, 1, `round ${round}`)
        const told = outcomes.flatMap((one) => ('problem' in one ? [one.problem] : []))
        for (const problem of told) {
          assert.ok(['login.asked-anew', 'login.conflict'].includes(problem), problem)
        }
        world.advance(minutes(10))
      }
    })

    test('A4 the tenth wrong answer in a row disables it, over several logins', async (t) => {
      const { world, session, card } = await withCard(t, database)
      let count = 0
      for (let login = 0; login < 2; login += 1) {
        for (let guess = 0; guess < 5; guess += 1) {
          const client = browser({ address: `2001:db8:${login}:${guess}::1` })
          const open = await challenged(world, { userName: 'anna', platform: 'trade', client })
          const refused = await answered(world, open, { client, codes: '000000' })
          count += 1
          const last = count === 10
          const problem = last ? 'login.authenticator-locked' : 'login.wrong-answer'
          assert.ok(!refused.ok && refused.problem === problem, `${count}`)
          if (!last) continue
          assert.deepEqual(await lifecycleOf(world, session, 'code-card'), ['disabled'])
        }
        world.advance(minutes(10))
      }
      const started = await begin(world, browser(), { userName: 'anna' })
      assert.ok(!started.ok && card)
    })

    test('R162 S57 S59 expires to the second, and says so after the password', async (t) => {
      const { world, card } = await withCard(t, database)
      world.setClock(after(card.sheet.expiresAt, seconds(-1)))
      const client = browser()
      const login = await challenged(world, { userName: 'anna', platform: 'trade', client })
      const codes = card.codesAt(await pairOf(world, login))
      world.advance(seconds(1))
      const late = await answered(world, login, { client, codes })
      assert.ok(!late.ok)
      const refused = await begin(world, browser(), { userName: 'anna' })
      assert.deepEqual(refused, { ok: false, problem: 'login.card-expired' })
      const stranger = await begin(world, browser(), { userName: 'anna', password: 'no idea' })
      assert.deepEqual(stranger, { ok: false, problem: 'login.wrong-credentials' })
    })

    test('S70 R097 one that was reported lost is found again, and ends nothing but what else stands in', async (t) => {
      const { world, session } = await away(t, database)
      await boundCard(world, session)
      const held = await listAuthenticators(world.db, session.subscriberId)
      const id = held.find(({ value }) => value.method === 'code-card')?.value.id
      assert.ok(id)
      assert.deepEqual(await suspendAuthenticator(world, session, { id }), { ok: true })
      const printed = await reactivateAuthenticator(world, session, { id, from: 'loss' })
      assert.deepEqual(printed, { ok: true })
      assert.deepEqual(await lifecycleOf(world, session, 'code-card'), ['active'])
      assert.deepEqual(await lifecycleOf(world, session, 'temporary-passcode'), ['revoked'])
    })

    test('A15 a new card ends the old one, and the device that is back ends every card', async (t) => {
      const { world, session } = await away(t, database)
      const first = await boundCard(world, session)
      const second = await boundCard(world, session)
      assert.notEqual(first.sheet.serial, second.sheet.serial)
      const states = await lifecycleOf(world, session, 'code-card')
      assert.deepEqual(states.toSorted(), ['active', 'revoked'])
      const held = await listAuthenticators(world.db, session.subscriberId)
      const phone = held.find(({ value }) => value.method === 'phone-key')?.value
      assert.ok(phone)
      const back = await reactivateAuthenticator(world, session, { id: phone.id })
      assert.deepEqual(back, { ok: true })
      const after = await listAuthenticators(world.db, session.subscriberId)
      const active = after.filter(({ value }) => value.lifecycle === 'active')
      assert.deepEqual(active.map(({ value }) => value.method).sort(), ['password', 'phone-key'])
    })
  })
}
