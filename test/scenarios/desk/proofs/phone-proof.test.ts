import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Case } from '#core/desk/case.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { hours, minutes, seconds } from '#core/time/time.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import {
  answerCall,
  type AnsweredCall,
  listCallRequests,
  noteCallReceipt,
} from '#engine/desk/cases/phone-proofs.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { endMemberSession, type OpenMemberSession } from '#engine/desk/sessions.ts'
import { setRole, suspendMember } from '#engine/desk/staff.ts'
import { activityOf } from '#engine/notices/activity.ts'
import { setSeamless } from '#engine/devices/overview.ts'
import { answerRequest, proveDevice } from '#engine/devices/phone-approval.ts'
import type { Json } from '#core/json.ts'
import { contextHash } from '#methods/phone-key/method.ts'
import type { PhoneRequest } from '#methods/phone-key/wire.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import {
  authenticatorOf,
  begun,
  device,
  numberOn,
  requestsOf,
  sendAnswer,
} from '../../../support/clients/engine-story.ts'
import {
  acted,
  agent,
  askedOnPhone,
  call as callOf,
  called,
  caller,
  callsOn,
  eventsAbout,
  hiredAs,
  proven,
  provenOnPhone,
  sendToDesk,
  sessionOf,
} from '../../../support/desk/calls.ts'
import { CONSOLE } from '../../../support/desk/staff.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { browser, testWorld } from '../../../support/server/world.ts'

/** With a call that jane has taken. */
async function call(t: TestContext, database: DatabaseKind) {
  const { jane, ...there } = await callOf(t, database)
  return { ...there, jane: hiredAs(jane), asking: askingIn(jane, there.case) }
}

type Call = Awaited<ReturnType<typeof call>>

const askingIn = (open: OpenMemberSession, one: Case) =>
  ({ open, case: one, of: 'device' }) as const

const saidOf = (done: AnsweredCall): string => (done.ok ? done.outcome : done.problem)

const kinds = async ({ world, anna }: Call, kind: AuditEvent['kind']) =>
  (await eventsAbout(world, anna, kind)).length

const warrantsOf = async ({ world, case: { id } }: Pick<Call, 'world' | 'case'>) =>
  await listWarrants(world.db, id)

for (const database of DATABASES) {
  suite(`The phone proves who is calling, on ${database}`, () => {
    test('R124 A13 the phone shows who asks and why, and the number of the agent gives a warrant of L3', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, asking } = there
      const { number, request } = await askedOnPhone(world, anna, asking)
      assert.match(number, /^9[0-9]{5}$/)
      assert.deepEqual(request.context, {
        purpose: 'desk',
        userName: 'anna',
        agent: 'Jane',
        brand: world.settings.name,
        caseNumber: there.case.number,
        reason: 'cannot-log-in',
        opens: 'device',
        askedAt: world.now(),
      })
      assert.equal(request.number, null, 'it is read out, and not on the phone')
      assert.ok(!JSON.stringify(request).includes(number))
      const now = world.now()
      const checked = await anna.phone.match(request, { now, number })
      assert.equal(saidOf(await sendToDesk(world, request, checked)), 'matched')
      assert.deepEqual(await warrantsOf(there), [], 'a number alone proves nothing')
      const signed = await anna.phone.approve(request, { now, number })
      assert.equal(saidOf(await sendToDesk(world, request, signed)), 'approved')
      const [warrant, ...more] = await warrantsOf(there)
      assert.deepEqual([warrant?.level, warrant?.of, more], ['L3', 'device', []])
      assert.equal(warrant?.verified, 'approved-on-device')
      const [event] = await eventsAbout(world, anna, 'desk.proof-accepted')
      assert.equal(event?.verified, 'approved-on-device')
      assert.deepEqual(await callsOn(world, anna.phone), [], 'it is asked no more')
      const done = await acted(world, jane.open, {
        caseId: there.case.id,
        warrantId: warrant?.id ?? null,
        asked: { deed: 'issue-passcode', reason: 'lost' },
      })
      assert.ok(done.ok)
    })

    test('S12 of two nodes that hear the phone at once, one gives a warrant', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const other = await testWorld(t, { database, beside: world })
      const { number, request } = await askedOnPhone(world, anna, there.asking)
      const { transaction } = request
      const signed = await anna.phone.approve(request, { now: world.now(), number })
      const phone = await device(world, signed, 'call')
      assert.ok(phone.ok)
      const done = await Promise.all(
        [world, other, world, other].map((node) =>
          answerCall(node, phone, { transaction, signed }),
        ),
      )
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await warrantsOf(there)).length, 1)
      assert.equal(saidOf(await answerCall(world, phone, { transaction, signed })), GONE)
    })

    test('A8 A13 what answers a call answers no login, no task and no other case, and the other way round', async (t) => {
      const there = await call(t, database)
      const { world, anna, asking } = there
      const { number, request } = await askedOnPhone(world, anna, asking)
      const { transaction } = request
      const now = () => world.now()
      // All that is signed is right but for the act, whichever address it is sent to.
      const signedAs = async (act: string, about: PhoneRequest, digits: string) =>
        await anna.phone.sign(
          act,
          {
            transaction: about.transaction,
            contextHash: contextHash(about.context as unknown as Json),
            decision: 'approve',
            number: digits,
            response: await anna.phone.respond(digits, now()),
          },
          now(),
        )
      const asLogin = await signedAs('answer', request, number)
      assert.equal(saidOf(await sendToDesk(world, request, asLogin)), 'phone.unsigned')
      const phone = await device(world, asLogin, 'answer')
      assert.ok(phone.ok)
      const sent = await answerCall(world, phone, { transaction, signed: asLogin })
      assert.equal(saidOf(sent), 'login.malformed-answer')

      const client = browser()
      const login = await begun(world, client, 'anna')
      const [theirs] = await requestsOf(world, anna.phone)
      assert.equal(theirs?.transaction, login.id)
      const shown = await numberOn(world, login.id, client)
      const asCall = await signedAs('call', theirs, shown)
      const heard = await sendAnswer(world, theirs, asCall)
      assert.equal(heard.ok ? '' : heard.problem, 'phone.unsigned')
      const unnoted = await proveDevice(world, {
        authenticatorId: anna.phoneId,
        signed: asCall,
        act: 'call',
      })
      assert.ok(unnoted.ok)
      const taken = await answerRequest(world, unnoted, {
        transaction: theirs.transaction,
        signed: asCall,
      })
      assert.equal(taken.ok ? '' : taken.problem, 'login.malformed-answer')

      const second = await called(world, there.jane.open, anna)
      world.advance(seconds(91))
      const next = await askedOnPhone(world, anna, { ...asking, case: second })
      const moved = await anna.phone.approve(
        { ...next.request, transaction },
        { now: now(), number: next.number },
      )
      assert.equal(saidOf(await sendToDesk(world, next.request, moved)), 'login.malformed-answer')
      const facts = { ...next.request.context, opens: 'password' }
      const changed = await anna.phone.approve(
        { ...next.request, context: facts },
        { now: now(), number: next.number },
      )
      assert.equal(saidOf(await sendToDesk(world, next.request, changed)), 'login.malformed-answer')
      assert.deepEqual(await warrantsOf({ world, case: second }), [])
    })

    test('A13 a response that is read back is no answer to a phone that was asked', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const { id, number } = await askedOnPhone(world, anna, there.asking)
      const response = await anna.phone.respond(number, world.now())
      const done = await answerProof(world, jane.open, { caseId: there.case.id, id, response })
      assert.equal(done.ok ? '' : done.problem, 'desk.proof-expired')
      assert.deepEqual(await warrantsOf(there), [])
    })

    test('A13 an answer that comes when agent, session, role, case or device have gone proves nothing', async (t) => {
      const ends: readonly (readonly [string, (there: Call) => Promise<unknown>])[] = [
        ['closed', ({ world, jane, case: { id } }) => closeCase(world, jane.open, id)],
        ['suspended', ({ world, jane }) => suspendMember(world, CONSOLE, jane.member.id)],
        [
          'another role',
          ({ world, jane }) => setRole(world, CONSOLE, { id: jane.member.id, role: 'supervisor' }),
        ],
        ['logged out', ({ world, jane }) => endMemberSession(world, jane.open)],
        ['too late', async ({ world }) => world.advance(seconds(90))],
        [
          'another change',
          async ({ world, anna }) => {
            const { open } = await agent(world, 'bob')
            const other = await called(world, open, anna)
            await proven(world, anna, { open, case: other, of: 'password' })
          },
        ],
      ]
      for (const [what, end] of ends) {
        const there = await call(t, database)
        const { world, anna } = there
        const { number, request } = await askedOnPhone(world, anna, there.asking)
        await end(there)
        const signed = await anna.phone.approve(request, { now: world.now(), number })
        assert.equal(saidOf(await sendToDesk(world, request, signed)), GONE, what)
        assert.deepEqual(await warrantsOf(there), [], what)
      }
    })

    test('A13 of a case that is closed while the phone answers, no warrant is left that opens anything', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const { number, request } = await askedOnPhone(world, anna, there.asking)
      const signed = await anna.phone.approve(request, { now: world.now(), number })
      const [, answered] = await Promise.all([
        closeCase(world, jane.open, one.id),
        sendToDesk(world, request, signed),
      ])
      const warrants = await warrantsOf(there)
      assert.equal(warrants.length, answered.ok ? 1 : 0)
      const done = await acted(world, jane.open, {
        caseId: one.id,
        warrantId: warrants[0]?.id ?? null,
        asked: { deed: 'issue-passcode', reason: 'lost' },
      })
      assert.equal(done.ok ? '' : done.problem, 'desk.case-closed')
    })

    test('S1 wrong numbers and PINs are counted in the write, and the fifth is a failed proof', async (t) => {
      for (const wrong of ['number', 'pin'] as const) {
        const there = await call(t, database)
        const { world, anna } = there
        const { number, request } = await askedOnPhone(world, anna, there.asking)
        const answer = async () => {
          const now = world.now()
          const signed =
            wrong === 'number'
              ? await anna.phone.match(request, { now, number: '900000' })
              : await anna.phone.approve(request, { now, number, wrongPin: true })
          return saidOf(await sendToDesk(world, request, signed))
        }
        const single = wrong === 'number' ? 'login.wrong-number' : 'login.wrong-answer'
        for (let count = 1; count < 5; count += 1) assert.equal(await answer(), single)
        assert.equal(await kinds(there, 'desk.answer-wrong'), 4)
        assert.equal(await kinds(there, 'desk.proof-refused'), 0, 'it may be typed again')
        const last =
          wrong === 'number' ? 'login.too-many-wrong-answers' : 'login.authenticator-locked'
        assert.equal(await answer(), last)
        assert.equal(await kinds(there, 'desk.proof-refused'), 1)
        const view = await viewCase(world, there.jane.open, there.case.id)
        assert.ok(view.ok)
        assert.deepEqual(
          [view.failed, view.came, view.asked],
          [1, { of: 'phone', it: 'wrong' }, null],
        )
      }
    })

    test('R126 failed proofs of the phone and read-back ones together stop the telephone for a day', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const { number, request } = await askedOnPhone(world, anna, there.asking)
      for (let count = 0; count < 5; count += 1) {
        const signed = await anna.phone.match(request, { now: world.now(), number: '900000' })
        await sendToDesk(world, request, signed)
      }
      for (let count = 0; count < 2; count += 1) {
        const asking = { caseId: one.id, authenticatorId: anna.phoneId, of: 'device' } as const
        const drawn = await beginProof(world, jane.open, asking)
        assert.ok(drawn.ok)
        const { id } = drawn
        await answerProof(world, jane.open, { caseId: one.id, id, response: '00000000' })
      }
      assert.equal(await kinds(there, 'desk.calls-stopped'), 1)
      assert.notEqual(number, '900000')
    })

    test('A13 a client whom we do not call ends the call on the phone, with an alarm and in the activity', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const { number, request } = await askedOnPhone(world, anna, there.asking)
      const no = await anna.phone.decide(request, { now: world.now(), decision: 'not-me' })
      assert.equal(saidOf(await sendToDesk(world, request, no)), 'denied')
      const view = await viewCase(world, jane.open, one.id)
      assert.equal(view.ok ? '' : view.problem, 'desk.case-closed')
      assert.deepEqual(await callsOn(world, anna.phone), [])
      const yes = await anna.phone.approve(request, { now: world.now(), number })
      assert.equal(saidOf(await sendToDesk(world, request, yes)), GONE, 'a no is not taken back')
      assert.deepEqual(await warrantsOf(there), [])
      assert.equal(await kinds(there, 'desk.call-denied'), 1)
      const { happenings } = await activityOf(world, anna as never, {})
      const lines = happenings.flatMap(({ entries }) => entries.map(({ line }) => line))
      assert.ok(lines.includes('desk-denied'))
      const next = await called(world, jane.open, anna)
      const again = { caseId: next.id, authenticatorId: anna.phoneId, of: 'access' } as const
      const stopped = await beginProof(world, jane.open, { ...again, way: 'phone' })
      assert.equal(stopped.ok ? '' : stopped.problem, 'desk.calls-stopped')
    })

    test('A13 a no counts after the case was closed, and after a yes of another node', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const { number, request } = await askedOnPhone(world, anna, there.asking)
      const yes = await anna.phone.approve(request, { now: world.now(), number })
      assert.equal(saidOf(await sendToDesk(world, request, yes)), 'approved')
      await closeCase(world, jane.open, one.id)
      const no = await anna.phone.decide(request, { now: world.now(), decision: 'not-me' })
      assert.equal(saidOf(await sendToDesk(world, request, no)), 'denied')
      assert.equal(await kinds(there, 'desk.call-denied'), 1)
    })

    test('a phone with two user names asks under each its own, and neither key answers for the other', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const bert = await caller(world, 'bert')
      const theirs = await called(world, jane.open, bert)
      const mine = await askedOnPhone(world, anna, there.asking)
      const other = await askedOnPhone(world, bert, { ...there.asking, case: theirs })
      assert.equal(mine.request.context.userName, 'anna')
      assert.equal(other.request.context.userName, 'bert')
      const id = authenticatorOf(bert.phone)
      assert.equal((await callsOn(world, anna.phone)).length, 1)
      const found = await noteCallReceipt(world, id, mine.id)
      assert.equal(found.ok ? '' : found.problem, GONE)
      assert.ok((await noteCallReceipt(world, anna.phoneId, mine.id)).ok)
      const crossed = await bert.phone.approve(mine.request, {
        now: world.now(),
        number: mine.number,
      })
      assert.equal(saidOf(await sendToDesk(world, mine.request, crossed)), GONE)
      const denied = await bert.phone.decide(mine.request, {
        now: world.now(),
        decision: 'not-me',
      })
      assert.equal(saidOf(await sendToDesk(world, mine.request, denied)), GONE)
      assert.equal(await kinds(there, 'desk.call-denied'), 0, 'no stranger ends the call')
      assert.deepEqual(await warrantsOf(there), [])
    })

    test('R038 a phone whose client wants no requests is not asked, nor one that waits or was stopped', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const asking = { caseId: one.id, authenticatorId: anna.phoneId, of: 'access' } as const
      const session = await sessionOf(world, anna)
      assert.ok((await setSeamless(world, session, false)).ok)
      const refused = await beginProof(world, jane.open, { ...asking, way: 'phone' })
      assert.equal(refused.ok ? '' : refused.problem, 'desk.cannot-ask')
      assert.ok((await beginProof(world, jane.open, asking)).ok, 'a response is read back')
      const view = await viewCase(world, jane.open, one.id)
      assert.ok(view.ok)
      assert.equal(view.devices.find(({ id }) => id === anna.phoneId)?.isPhone, false)
      const looks = await device(world, await anna.phone.sign('list', {}, world.now()), 'list')
      assert.ok(looks.ok)
      const waiting = { ...looks.authenticator, pendingUntil: world.now() }
      assert.deepEqual(await listCallRequests(world, { ...looks, authenticator: waiting }), [])
    })

    test('A28 a stranger who has the phone asked again and again keeps no login from it', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const asking = { caseId: one.id, authenticatorId: anna.phoneId, of: 'access' } as const
      for (let count = 0; count < 5; count += 1) {
        assert.ok((await beginProof(world, jane.open, { ...asking, way: 'phone' })).ok)
        // Long enough for a notification each time.
        world.advance(minutes(4))
      }
      world.advance(hours(1))
      const login = await begun(world, browser(), 'anna')
      const [request] = await requestsOf(world, anna.phone)
      assert.equal(request?.transaction, login.id)
    })

    test('the phone is asked once in a case: what was asked before is gone from it', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      await askedOnPhone(world, anna, there.asking)
      world.advance(seconds(1))
      const second = await askedOnPhone(world, anna, there.asking)
      const shown = await callsOn(world, anna.phone)
      assert.deepEqual(
        shown.map(({ transaction }) => transaction),
        [second.id],
      )
      world.advance(seconds(1))
      const done = await provenOnPhone(world, anna, there.asking)
      assert.equal(saidOf(done), 'approved')
    })
  })
}

const GONE = 'phone.request-not-found'
