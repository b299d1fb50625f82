import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { CLASSES } from '#core/desk/deeds.ts'
import type { Json } from '#core/json.ts'
import { minutes } from '#core/time/time.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import { answerProof, type BegunProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { learnDeskKey } from '#engine/desk/desk-key.ts'
import { listRequests } from '#engine/devices/phone-approval.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { findCallStanding } from '#store/desk/proofs.ts'
import { phoneKeyUnder } from '#methods/phone-key/method.ts'
import { cardOf } from '../../../support/clients/card.ts'
import { begun, device, numberOn, typed } from '../../../support/clients/engine-story.ts'
import {
  agent,
  asked,
  call as callOf,
  type Caller,
  called,
  caller,
  eventsAbout,
} from '../../../support/desk/calls.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { browser, testWorld, type TestWorld } from '../../../support/server/world.ts'

/** What the app of the caller has drawn, without a connection. */
const ASKED = '271828'

/** With a call that jane has taken, of a client whose phone has shown us its key. */
async function call(t: TestContext, database: DatabaseKind) {
  const there = await callOf(t, database)
  await learned(there.world, there.anna)
  return { ...there, asking: askingOf(there.anna, there.case) }
}

const learned = async (world: TestWorld, { phoneId, phone }: Caller) =>
  assert.ok((await learnDeskKey(world, phoneId, phone.deskKey)).ok)

const askingOf = ({ phoneId }: Caller, { id: caseId }: Pick<Call['case'], 'id'>) =>
  ({ caseId, authenticatorId: phoneId, of: 'device', way: 'mutual', question: ASKED }) as const

type Call = Awaited<ReturnType<typeof callOf>>
type Asking = Parameters<typeof beginProof>[2]

/** The agent has typed what the caller read, and reads out both numbers. */
async function provenFirst({ world, jane }: Call, asking: Asking) {
  const done = await beginProof(world, jane, asking)
  assert.ok(done.ok, problemOf(done))
  const { proof = assert.fail('we prove nothing') } = done
  return { ...done, proof, questions: { client: ASKED, server: done.number } }
}

const answer = async ({ world, jane, case: one }: Call, { id }: BegunProof, response: string) =>
  problemOf(await answerProof(world, jane, { caseId: one.id, id, response }))

for (const database of DATABASES) {
  suite(`The desk proves itself to a phone without a connection, on ${database}`, () => {
    test('R041 a right response of a phone that is not trusted stops no calls', async (t) => {
      const there = await callOf(t, database)
      const { world, anna, jane } = there
      const strict = phoneKeyUnder('refuse')
      Object.assign(world, { methods: new Map([...world.methods, [strict.name, strict]]) })
      const { value, version } = (await findAuthenticator(world.db, anna.phoneId)) ?? assert.fail()
      const state = { ...(value.state as Record<string, Json>), signs: ['automated'] }
      const changed = [{ value: { ...value, state }, version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
      for (let time = 0; time < 3; time += 1) {
        const asking = { ...askingOf(anna, there.case), way: 'response' as const }
        const first = await beginProof(world, jane, asking)
        assert.ok(first.ok, problemOf(first))
        const right = await anna.phone.respond(first.number, world.now())
        assert.equal(await answer(there, first, right), 'desk.not-proven')
        world.advance(minutes(5))
      }
      const { value: calls } = await findCallStanding(world.db, anna.subscriberId)
      assert.deepEqual([calls.failedAt, calls.stoppedUntil], [[], null])
    })

    test('A13 the agent answers the phone first, and the response to both gives a warrant of L2', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, asking } = there
      const first = await provenFirst(there, asking)
      assert.match(first.number, /^92[0-9]{4}$/, 'the second digit says what it opens')
      assert.equal(CLASSES[2], 'device')
      assert.ok(await anna.phone.isDesk(first.questions, first.proof))
      const view = await viewCase(world, jane, there.case.id)
      assert.ok(view.ok)
      assert.deepEqual(view.asked?.mutual, { asked: ASKED, answered: first.proof })
      const response = await anna.phone.answerDesk(first.questions, world.now())
      const done = await answerProof(world, jane, {
        caseId: there.case.id,
        id: first.id,
        response,
      })
      assert.ok(done.ok)
      assert.deepEqual([done.warrant.level, done.warrant.of], ['L2', 'device'])
      const [begunFirst] = await eventsAbout(world, anna, 'desk.proof-begun')
      assert.ok(begunFirst && 'mutual' in begunFirst && begunFirst.mutual)
      assert.equal(await answer(there, first, response), 'desk.proof-expired')
    })

    test('A13 what we said in one call is no proof in the next, and not of another client', async (t) => {
      const there = await call(t, database)
      const { world, anna, asking } = there
      const first = await provenFirst(there, asking)
      const again = await provenFirst(there, asking)
      assert.notEqual(again.number, first.number, 'the same question gets another answer')
      const next = { client: '271829', server: first.number }
      assert.ok(!(await anna.phone.isDesk(next, first.proof)))
      assert.ok(!(await anna.phone.isDesk(again.questions, first.proof)))
      const bert = await caller(world, 'bert')
      await learned(world, bert)
      assert.ok(!(await bert.phone.isDesk(first.questions, first.proof)))
    })

    test('A8 A13 nothing that is read out or back answers a login, and no plain response counts here', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, asking } = there
      const first = await provenFirst(there, asking)
      const response = await anna.phone.answerDesk(first.questions, world.now())
      for (const said of [response, first.proof]) {
        const client = browser()
        const login = await begun(world, client, 'anna')
        await numberOn(world, login.id, client)
        const tried = await typed(world, login, { client, response: said })
        assert.equal(problemOf(tried), 'login.wrong-answer')
      }
      // A caller in our name has the client type the number where any number is typed.
      const plain = await anna.phone.respond(first.number, world.now())
      assert.equal(await answer(there, first, plain), 'desk.not-proven')
      const spoken = await asked(world, anna, { open: jane, case: there.case, of: 'device' })
      const both = { client: ASKED, server: spoken.number }
      const mutual = await anna.phone.answerDesk(both, world.now())
      assert.equal(await answer(there, spoken, mutual), 'desk.not-proven')
    })

    test('A16 what every caller hears is under a key of its own, so that it tells no PIN', async (t) => {
      const there = await call(t, database)
      const { world, anna, asking } = there
      const before = await provenFirst(there, asking)
      const other = Buffer.alloc(32, 'k').toString('base64url')
      assert.ok((await learnDeskKey(world, anna.phoneId, other)).ok)
      const { proof, questions } = await provenFirst(there, asking)
      assert.ok(!(await anna.phone.isDesk(questions, proof)), 'it hangs on that key alone')
      const response = await anna.phone.answerDesk(before.questions, world.now())
      assert.equal(await answer(there, before, response), 'yes')
    })

    test('R126 a caller who guesses is counted as any other, and asks five times an hour', async (t) => {
      const there = await call(t, database)
      const { world, jane, asking } = there
      for (const expected of ['desk.not-proven', 'desk.not-proven', 'desk.not-proven']) {
        const first = await provenFirst(there, asking)
        assert.equal(await answer(there, first, '00000000'), expected)
      }
      const stopped = await beginProof(world, jane, asking)
      assert.equal(problemOf(stopped), 'desk.calls-stopped')
      const bert = await caller(world, 'bert')
      await learned(world, bert)
      const theirs = askingOf(bert, await called(world, jane, bert))
      const all: string[] = []
      for (let count = 0; count < 6; count += 1) {
        all.push(problemOf(await beginProof(world, jane, theirs)))
      }
      const yes = Array.from({ length: 5 }, () => 'yes')
      assert.deepEqual(all, [...yes, 'login.too-many-challenges'])
    })

    test('a question that no phone asks, a phone that has no key and a card are refused', async (t) => {
      const there = await call(t, database)
      const { world, jane, asking } = there
      const begin = async (changed: Partial<Asking>) =>
        problemOf(await beginProof(world, jane, { ...asking, ...changed }))
      for (const question of ['', '12345', '1234567', 'abcdef', '9'.repeat(200)]) {
        assert.equal(await begin({ question }), 'login.malformed-answer', question)
      }
      assert.equal(await begin({ question: ' 271 828 ' }), 'yes')
      await cardOf(world, there.anna.subscriberId)
      const view = await viewCase(world, jane, there.case.id)
      const card = view.ok && view.devices.find(({ asksFirst }) => !asksFirst)
      assert.ok(card)
      assert.equal(await begin({ authenticatorId: card.id }), 'desk.cannot-ask')
      const carl = await caller(world, 'carl')
      const theirs = askingOf(carl, await called(world, jane, carl))
      assert.equal(problemOf(await beginProof(world, jane, theirs)), 'desk.cannot-ask')
    })

    test('it is over after three minutes, with its case, and for another agent', async (t) => {
      const there = await call(t, database)
      const { world, anna, asking } = there
      const late = await provenFirst(there, asking)
      world.advance(minutes(3))
      const response = await anna.phone.answerDesk(late.questions, world.now())
      assert.equal(await answer(there, late, response), 'desk.proof-expired')
      const first = await provenFirst(there, asking)
      const right = await anna.phone.answerDesk(first.questions, world.now())
      const mary = await agent(world, 'mary')
      const others = { ...there, jane: mary.open }
      assert.equal(await answer(others, first, right), 'desk.no-case')
      assert.ok((await closeCase(world, there.jane, there.case.id)).ok)
      assert.equal(await answer(there, first, right), 'desk.case-closed')
    })

    test('S12 of two nodes that hear the response at once one gives a warrant', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, asking } = there
      const other = await testWorld(t, { database, beside: world })
      const { id, questions } = await provenFirst(there, asking)
      const response = await anna.phone.answerDesk(questions, world.now())
      const about = { caseId: there.case.id, id, response }
      const done = await Promise.all([world, other].map((one) => answerProof(one, jane, about)))
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await eventsAbout(world, anna, 'desk.proof-accepted')).length, 1)
    })

    test('a phone shows its key under its signature, and its list says whether we have it', async (t) => {
      const { world, anna } = await callOf(t, database)
      const listed = async () => {
        const found = await findAuthenticator(world.db, anna.phoneId)
        const { value: authenticator, subscriberIds } = found ?? assert.fail()
        return (await listRequests(world, { authenticator, subscriberIds })).desk
      }
      assert.equal(await listed(), 'off')
      for (const key of ['', 'short', null, 7, `${anna.phone.deskKey}A`]) {
        assert.equal(problemOf(await learnDeskKey(world, anna.phoneId, key)), 'request.malformed')
      }
      const signed = await anna.phone.sign('desk', { key: anna.phone.deskKey }, world.now())
      assert.equal(problemOf(await device(world, signed, 'push')), 'phone.unsigned')
      assert.ok((await device(world, signed, 'desk')).ok)
      assert.equal(problemOf(await device(world, signed, 'desk')), 'phone.replayed')
      await learned(world, anna)
      assert.equal(await listed(), 'on')
      const { value, version } = (await findAuthenticator(world.db, anna.phoneId)) ?? assert.fail()
      const changed = [{ value: { ...value, lifecycle: 'suspended' as const }, version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
      const lost = await learnDeskKey(world, anna.phoneId, anna.phone.deskKey)
      assert.equal(problemOf(lost), 'phone.revoked')
      const [event, ...more] = await eventsAbout(world, anna, 'authenticator.desk-key')
      assert.deepEqual([event?.subscriberId, more], [anna.subscriberId, []])
    })
  })
}
