import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { shippedJurisdictions } from '#config/jurisdictions.ts'
import { seconds } from '#core/time/time.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { viewLogin } from '#engine/login/view.ts'
import type { WorldSettings } from '#engine/world.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { auditOf } from '../../support/audit.ts'
import {
  activate,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  requestsOf,
  sendAnswer,
} from '../../support/clients/engine-story.ts'
import { subscriberOf } from '../../support/clients/printed.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, testWorld } from '../../support/server/world.ts'

/** In a new browser the phone has the number checked before it asks for PIN or finger (A5). */

async function asked(
  t: TestContext,
  database: DatabaseKind,
  account: object = {},
  settings: Partial<WorldSettings> = {},
) {
  const world = await testWorld(t, { database, settings })
  const accounts = [{ number: 'U0000001', environment: 'live' as const, ...account }]
  await world.add({ userName: 'anna', password: PASSWORD, accounts })
  const phone = await activate(world, await firstSession(world, 'anna'))
  const begin = async () => {
    const client = browser()
    const login = await begun(world, client, 'anna')
    const [request] = (await requestsOf(world, phone)).filter(
      ({ transaction }) => transaction === login.id,
    )
    assert.ok(request?.transfer)
    const number = await numberOn(world, login.id, client)
    const held = { id: login.id, holder: client.holder }
    const match = async (typed: string) => {
      world.advance(seconds(1))
      const signed = await phone.match(request, { now: world.now(), number: typed })
      return await sendAnswer(world, request, signed)
    }
    const approve = async (changes: { number?: string; wrongPin?: boolean } = {}) => {
      world.advance(seconds(1))
      const answer = { now: world.now(), number, ...changes }
      return await sendAnswer(world, request, await phone.approve(request, answer))
    }
    const look = async () => {
      const view = await viewLogin(world, held)
      assert.ok(view.ok)
      return view.login
    }
    return { request, number, held, match, approve, look }
  }
  const held = async () => {
    const all = await listAuthenticators(world.db, await subscriberOf(world, 'anna'))
    return all.find(({ value }) => value.method === 'phone-key') ?? assert.fail()
  }
  return { world, phone, begin, held }
}

/** A number that is not on the page. */
const wrong = (number: string, by = 1): string =>
  String((Number(number) + by) % 1_000_000).padStart(6, '0')

const countsOf = (state: unknown) => {
  const { wrongPins, wrongNumbers } = state as { wrongPins: number; wrongNumbers: number }
  return { wrongPins, wrongNumbers }
}

for (const database of DATABASES) {
  suite(`the number of the page, before the PIN, on ${database}`, () => {
    test('is checked alone, opens nothing, and is written', async (t) => {
      const { world, begin } = await asked(t, database)
      const login = await begin()
      assert.deepEqual(await login.match(login.number), { ok: true, outcome: 'matched' })
      assert.equal((await login.look()).state, 'challenged')
      const taken = await claimLogin(world, login.held)
      assert.equal('problem' in taken && taken.problem, 'login.not-completed')
      const kinds = (await auditOf(world)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'login.number-matched').length, 1)
      assert.deepEqual(await login.approve(), { ok: true, outcome: 'approved' })
      assert.ok((await claimLogin(world, login.held)).ok)
    })

    test('the phone hears which of the two was wrong, and neither uses up the other', async (t) => {
      const { begin, held } = await asked(t, database)
      const login = await begin()
      const said = async (answer: ReturnType<typeof login.match>) => {
        const answered = await answer
        return 'problem' in answered ? answered.problem : answered.outcome
      }
      assert.equal(await said(login.match(wrong(login.number))), 'login.wrong-number')
      assert.deepEqual(countsOf((await held()).value.state), { wrongPins: 0, wrongNumbers: 1 })
      assert.equal((await held()).value.failures, 0)
      assert.equal(await said(login.match(login.number)), 'matched')
      assert.equal(await said(login.approve({ wrongPin: true })), 'login.wrong-answer')
      assert.deepEqual(countsOf((await held()).value.state), { wrongPins: 1, wrongNumbers: 1 })
      // The number is judged with the approval, too, whatever was checked before.
      const other = { number: wrong(login.number) }
      assert.equal(await said(login.approve(other)), 'login.wrong-number')
      assert.equal(await said(login.approve()), 'approved')
      assert.deepEqual(countsOf((await held()).value.state), { wrongPins: 0, wrongNumbers: 0 })
    })

    test('A5 the fifth wrong number ends the login, and the phone is not locked', async (t) => {
      const { begin, held } = await asked(t, database)
      const login = await begin()
      for (let count = 1; count <= 4; count += 1) {
        const answered = await login.match(wrong(login.number, count))
        assert.deepEqual(answered, { ...answered, ok: false, problem: 'login.wrong-number' })
      }
      const fifth = await login.match(wrong(login.number, 5))
      assert.equal('problem' in fifth && fifth.problem, 'login.too-many-wrong-answers')
      assert.equal((await login.look()).state, 'refused')
      const late = await login.match(login.number)
      assert.equal('problem' in late && late.problem, 'phone.request-not-found')
      assert.equal((await held()).value.lifecycle, 'active')
    })

    test('A5 guesses that come at once are no more than five', async (t) => {
      const { world, phone, begin } = await asked(t, database)
      const { request, number, look } = await begin()
      const guesses = Array.from({ length: 12 }, (_, at) => wrong(number, at + 1))
      // The right one is the last of them.
      const signed = []
      for (const guess of [...guesses, number]) {
        signed.push(await phone.match(request, { now: world.now(), number: guess }))
      }
      const said = await Promise.all(signed.map((one) => sendAnswer(world, request, one)))
      const wrongs = said.filter(
        (one) =>
          !one.ok && ['login.wrong-number', 'login.too-many-wrong-answers'].includes(one.problem),
      )
      const { wrongAnswers } = await look()
      assert.ok(wrongAnswers <= 5)
      assert.equal(wrongs.length, wrongAnswers)
      // The right one is heard before the fifth wrong one, or not at all.
      const kinds = (await auditOf(world)).map(({ kind }) => kind)
      const matched = kinds.lastIndexOf('login.number-matched')
      const last = kinds.lastIndexOf('login.answer-refused')
      assert.ok(wrongAnswers < 5 || matched < last, kinds.join(' '))
    })

    test('A5 where the rules of an account count all failed attempts, the fifth locks the phone', async (t) => {
      const { begin, held } = await asked(t, database, { residence: 'FR' })
      const login = await begin()
      for (let count = 1; count <= 4; count += 1) await login.match(wrong(login.number, count))
      assert.equal((await held()).value.lifecycle, 'active')
      const fifth = await login.match(wrong(login.number, 5))
      assert.equal('problem' in fifth && fifth.problem, 'login.authenticator-locked')
      assert.equal((await held()).value.lifecycle, 'disabled')
    })

    test('A5 rules count all failed attempts whatever number they allow, also the one of the method', async (t) => {
      const jurisdictions = shippedJurisdictions()
      const eu = jurisdictions.profiles.get('eu') ?? assert.fail()
      const ten = { ...eu, rules: { ...eu.rules, failuresMax: 10 } }
      const profiles = new Map([...jurisdictions.profiles, ['eu', ten] as const])
      const settings = { jurisdictions: { ...jurisdictions, profiles } }
      const { begin, held } = await asked(t, database, { residence: 'FR' }, settings)
      const login = await begin()
      await login.match(wrong(login.number))
      assert.equal((await held()).value.failures, 1)
    })

    test('S85 a phone that was stopped learns nothing of it', async (t) => {
      const { world, phone, begin, held } = await asked(t, database)
      const { request, number } = await begin()
      const { value, version } = await held()
      const signed = await phone.match(request, { now: world.now(), number })
      await commitAuthenticators(world.db, {
        now: world.now(),
        changed: [{ value: { ...value, lifecycle: 'suspended' }, version }],
        events: [],
      })
      const answered = await sendAnswer(world, request, signed)
      assert.equal('problem' in answered && answered.problem, 'phone.revoked')
    })
  })
}
