import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { minutes } from '#core/time/time.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { completeActivation, openActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import type { Json } from '#core/json.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { findLogin } from '#store/login/logins.ts'
import { nodeOf } from '../../support/clients/acts.ts'
import {
  CONTESTS,
  FIRST_FACTORS,
  runContest,
  runFirstGuesses,
  runGuesses,
} from '../../support/models/contests.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { HOLDERS, SAMPLE_TOOLS } from '../../support/holders.ts'
import { testPhone } from '../../support/clients/phone.ts'
import {
  begin,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
  requestsOf,
  sendAnswer,
  typed,
} from '../../support/clients/engine-story.ts'
import { browser, HONEST, ISSUER, testWorld } from '../../support/server/world.ts'

const ROUNDS = 20
/** Of each kind; `npm run test:long` runs a thousand, over two processes. */
const RACES = { sqlite: 6, postgres: 20 } as const

for (const database of DATABASES) {
  suite(`two nodes over one ${database}`, () => {
    test('A7 the page and the phone answer at once: one session, one answer', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      const phone = await personWithPhone(one, 'anna')
      for (let round = 0; round < ROUNDS; round += 1) {
        const client = browser()
        const login = await begun(one, client, 'anna')
        const number = await numberOn(one, login.id, client)
        const [request] = await requestsOf(other, phone)
        assert.ok(request)
        const response = await phone.respond(number, one.now())
        const approval = await phone.approve(request, { now: one.now(), number })
        const answers = await Promise.all([
          typed(one, login, { client, response }),
          sendAnswer(other, request, approval),
          typed(other, login, { client, response }),
        ])
        assert.equal(answers.filter(({ ok }) => ok).length, 1, `round ${round}`)
        one.advance(minutes(1))
      }
    })

    test('A7 a session is taken once, however many ask for it at once', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      const phone = await personWithPhone(one, 'anna')
      for (let round = 0; round < ROUNDS; round += 1) {
        const client = browser()
        const login = await begun(one, client, 'anna')
        const number = await numberOn(one, login.id, client)
        const [request] = await requestsOf(one, phone)
        assert.ok(request)
        const approval = await phone.approve(request, { now: one.now(), number })
        assert.ok((await sendAnswer(one, request, approval)).ok)
        const held = { id: login.id, holder: client.holder }
        const claims = await Promise.all(
          [one, other, one, other].map(async (node) => await claimLogin(node, held)),
        )
        assert.equal(claims.filter(({ ok }) => ok).length, 1, `round ${round}`)
        one.advance(minutes(1))
      }
    })

    test('A4 fifty guesses at once, on two nodes, are evaluated no more often than the budget allows', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      await personWithPhone(one, 'anna')
      const guesses = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const client = browser({ address: `2001:db8:${index}::1` })
          const node = index % 2 === 0 ? one : other
          return await begin(node, client, { userName: 'anna', password: `guess ${index}` })
        }),
      )
      const problems = guesses.map((guess) => ('problem' in guess ? guess.problem : 'none'))
      // Three at once are free; the fourth has to wait, and none of the fifty is let by.
      assert.ok(problems.filter((problem) => problem === 'login.wrong-credentials').length <= 3)
      assert.ok(problems.every((problem) => problem !== 'none'))
    })

    test('A28 the owner comes in although a stranger guesses at the same moment', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      for (let round = 0; round < ROUNDS; round += 1) {
        // Another client each time: guesses that stay counted would let the owner wait in a later
        // round.
        const userName = `anna-${round}`
        await personWithPhone(one, userName)
        const stranger = browser({ address: `2001:db8:${round}::1` })
        const [owner] = await Promise.all([
          begin(one, browser({ address: `2001:db8:${round}:1::1` }), { userName }),
          begin(other, stranger, { userName, password: 'wrong' }),
        ])
        assert.ok(owner.ok, `round ${round}: ${'problem' in owner && owner.problem}`)
        one.advance(minutes(10))
      }
    })

    test('A4 fifty responses at once, on two nodes: each that is evaluated is counted', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      await personWithPhone(one, 'anna')
      const client = browser()
      const login = await begun(one, client, 'anna')
      const guesses = await Promise.all(
        Array.from(
          { length: 50 },
          async (_, index) =>
            await typed(index % 2 === 0 ? one : other, login, {
              client,
              response: String(10_000_000 + index),
            }),
        ),
      )
      const told = guesses.filter((one) => 'problem' in one && one.problem === 'login.wrong-answer')
      const found = await findLogin(one.db, login.id)
      // The first wrong answer closes the challenge: later answers hear nothing of right or wrong.
      assert.equal(told.length, 1)
      assert.equal(found?.value.wrongAnswers, 1)
      assert.ok(found.value.subscriberId)
      const held = await listAuthenticators(one.db, found.value.subscriberId)
      assert.equal(held.find(({ value }) => value.method === 'phone-key')?.value.failures, 1)
    })

    for (const contest of CONTESTS) {
      test(`A7 ${contest.name} is had once, on two nodes at once`, async (t) => {
        const one = await testWorld(t, { database, tools: SAMPLE_TOOLS })
        const other = await testWorld(t, { database, beside: one, tools: SAMPLE_TOOLS })
        const nodes = [nodeOf(one), nodeOf(other)]
        await runContest(one, nodes, { contest, rounds: RACES[database], abreast: 4 })
      })
    }

    for (const holder of HOLDERS) {
      const { name } = holder.method
      test(`A4 fifty answers by ${name} at once are judged no more often than the cap allows`, async (t) => {
        const one = await testWorld(t, { database, tools: SAMPLE_TOOLS })
        const other = await testWorld(t, { database, beside: one, tools: SAMPLE_TOOLS })
        await runGuesses(one, [nodeOf(one), nodeOf(other)], { holder, rounds: 2, abreast: 2 })
      })
    }

    for (const method of FIRST_FACTORS) {
      test(`A4 fifty guesses of ${method.name} at once are judged no more often than the budget allows`, async (t) => {
        const options = { database, tools: SAMPLE_TOOLS, settings: HONEST }
        const one = await testWorld(t, options)
        const other = await testWorld(t, { ...options, beside: one })
        await runFirstGuesses(one, [nodeOf(one), nodeOf(other)], { method, rounds: 2, abreast: 2 })
      })
    }

    test('R060 ten phones with one code: one is bound', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      const id = await one.add({ userName: 'anna', password: PASSWORD })
      const invited = await startEnrolment(one, await firstSession(one, 'anna'), {
        method: 'phone-key',
      })
      assert.ok(invited.ok)
      const activation = { token: invited.token }
      const bound = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const node = index % 2 === 0 ? one : other
          const address = `2001:db8:${index}::1`
          const phone = await testPhone(ISSUER)
          const offer = { enrolment: invited.enrolment.id, now: one.now() }
          const request = (await phone.activation(activation, offer)) as unknown as Json
          await openActivation(node, { activation, address })
          return await completeActivation(node, { activation, address, request })
        }),
      )
      assert.equal(bound.filter(({ ok }) => ok).length, 1)
      const held = await listAuthenticators(one.db, id)
      const active = held.filter(({ value }) => value.lifecycle === 'active')
      assert.equal(active.filter(({ value }) => value.method === 'phone-key').length, 1)
    })
  })
}
