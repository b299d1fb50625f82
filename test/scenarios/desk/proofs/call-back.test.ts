import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { PUSH_RETRIES } from '#channels/channel.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { CALL_BACK_LIFETIME, CALL_BACKS, CALLED_FROM } from '#core/desk/call-back.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import { days, millis, minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { take } from '#engine/delivery/effects.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import {
  answerCallBack,
  calledContact,
  callBack,
  noteCallBack,
} from '#engine/desk/cases/call-back.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import type { AskedDeed } from '#engine/desk/cases/permit.ts'
import { answerProof } from '#engine/desk/cases/proofs.ts'
import { answerSecond, askSecond, touchOfAgreeing } from '#engine/desk/cases/second-person.ts'
import { isProofOver, viewCase } from '#engine/desk/cases/view.ts'
import { activityOf } from '#engine/notices/activity.ts'
import { opaque } from '#engine/secrets.ts'
import { CELLS, CODE_LENGTH } from '#methods/code-card/wire.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { findCallerProof } from '#store/desk/proofs.ts'
import { findSecondRequest, listSecondRequests } from '#store/desk/second-requests.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import {
  answered,
  boundCard,
  challenged,
  givenPasscode,
  inWithPasscode,
  pairOf,
} from '../../../support/clients/printed.ts'
import { handsetOf, proveNumber, ringing, settledNumber } from '../../../support/desk/call-back.ts'
import {
  acted,
  agent,
  called,
  type Caller,
  caller,
  eventsAbout,
  knownBrowser,
} from '../../../support/desk/calls.ts'
import { touched } from '../../../support/desk/staff.ts'
import { overtaken } from '../../../support/models/interrupted.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { HONEST, type TestWorld, testWorld } from '../../../support/server/world.ts'

/** A client whose number has been theirs for a month, and a call that jane has taken. */
async function call(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const handset = handsetOf(world)
  const anna = await caller(world, 'anna')
  await settledNumber(world, anna)
  const jane = await agent(world, 'jane')
  const one = await called(world, jane.open, anna)
  return { world, handset, anna, jane, case: one }
}

type Call = Awaited<ReturnType<typeof call>>

const rings = async ({ world, jane, case: one }: Call, of: DeedClass = 'access') =>
  await ringing(world, { open: jane.open, case: one, of })

const tells = async (
  { world, jane, case: { id: caseId } }: Call,
  id: Awaited<ReturnType<typeof rings>>,
  { code, cells = '' }: { readonly code: string; readonly cells?: string },
) => await answerCallBack(world, jane.open, { caseId, id, code, cells })

const warrantsOf = async ({ world, case: { id } }: Pick<Call, 'world' | 'case'>) =>
  await listWarrants(world.db, id)

const kinds = async ({ world, anna }: Call, kind: AuditEvent['kind']) =>
  (await eventsAbout(world, anna, kind)).length

const seen = async ({ world, jane, case: { id } }: Call) => {
  const view = await viewCase(world, jane.open, id)
  assert.ok(view.ok, 'problem' in view ? view.problem : '')
  return view
}

const other = (code: string): string => (code === '90000000' ? '90000001' : '90000000')

/** With a printed card, which is good for three weeks. */
async function withCard(there: Call) {
  const { world, anna } = there
  const passcode = await givenPasscode(world, 'anna')
  const { session, client } = await inWithPasscode(world, { userName: 'anna' }, passcode)
  const card = await boundCard(world, session)
  const held = async () => {
    const all = await listAuthenticators(world.db, anna.subscriberId)
    const found = all.find(({ value }) => value.method === 'code-card')
    return found?.value ?? assert.fail('no card')
  }
  const unused = async () => {
    const { cells } = (await held()).state as { readonly cells: readonly unknown[] }
    return cells.flatMap((cell, at) => (cell === null ? [] : [at + 1]))
  }
  const asked = async (id: Awaited<ReturnType<typeof rings>>): Promise<readonly number[]> =>
    ((await findCallerProof(world.db, id))?.value.onCall?.cells ?? []).map(Number)
  return { ...card, client, held, unused, asked }
}

/** An agent who has called back as many clients as one may in an hour. */
async function spentBy(world: TestWorld, { member }: Pick<Call['jane'], 'member'>) {
  const method = world.methods.get('sms-code') ?? assert.fail()
  const network = opaque(world.keys, `desk ${member.id}`)
  const about = { digits: '', denies: '', of: 'access', language: 'en' } as const
  const { takes } =
    method.callBack?.call({
      ...about,
      brand: '',
      subscriber: '',
      number: SAMPLE_NUMBER,
      network,
    }) ?? {}
  const [ofAgent] = takes ?? []
  assert.ok(ofAgent && ofAgent.key === network)
  assert.equal(ofAgent.count, 20)
  for (let count = 0; count < ofAgent.count; count += 1) await take(world, [ofAgent])
}

const OVER = 'desk.proof-expired'

for (const database of DATABASES) {
  suite(`A caller is called back, on ${database}`, () => {
    test('A13 our voice says a code at their number, and told to the agent it gives a warrant of L1', async (t) => {
      const there = await call(t, database)
      const { world, handset, anna, jane, case: one } = there
      assert.match((await seen(there)).calledAt ?? '', /42$/)
      const id = await rings(there)
      const heard = { caseId: one.id, id, isOpened: false }
      assert.equal(await isProofOver(world, jane.open, heard), false, 'the page waits')
      const code = await handset.press('1')
      assert.match(code, /^9[0-9]{7}$/)
      assert.equal(await isProofOver(world, jane.open, heard), true, 'and goes on')
      assert.equal(handset.calls[0]?.to, '+12025550142')
      const view = await seen(there)
      assert.ok(!JSON.stringify(view).includes(code), 'no page of the agent has it')
      const done = await tells(there, id, { code: `${code.slice(0, 4)} ${code.slice(4)}` })
      assert.ok(done.ok, problemOf(done))
      const [warrant, ...more] = await warrantsOf(there)
      assert.deepEqual([warrant?.level, warrant?.of, more], ['L1', 'access', []])
      assert.equal(warrant?.verified, 'call-back')
      assert.equal(problemOf(await tells(there, id, { code })), OVER, 'once')
      const { happenings } = await activityOf(world, anna as never, {})
      const lines = happenings.flatMap(({ entries }) => entries.map(({ line }) => line))
      assert.ok(lines.includes('desk-called-back') && lines.includes('desk-asked'))
      const unlock = { caseId: one.id, warrantId: warrant?.id ?? null }
      const unlocked = await acted(world, jane.open, { ...unlock, asked: { deed: 'unlock-name' } })
      assert.notEqual(problemOf(unlocked), 'desk.more-proof')
    })

    test('A13 a passcode after a call-back takes a second person', async (t) => {
      const there = await call(t, database)
      const { world, handset, anna, jane, case: one } = there
      await knownBrowser(world, anna)
      const sue = await agent(world, 'sue', { role: 'supervisor' })
      const id = await rings(there, 'device')
      const done = await tells(there, id, { code: await handset.press('1') })
      assert.ok(done.ok, problemOf(done))
      const asked: AskedDeed = { deed: 'issue-passcode', reason: 'lost' }
      const about = { caseId: one.id, warrantId: done.warrant.id, asked }
      assert.equal(problemOf(await acted(world, jane.open, about)), 'desk.second-person')
      const request = { ...about, reason: 'The phone fell into the sea.' }
      assert.ok((await askSecond(world, jane.open, request)).ok)
      const [waiting] = await listSecondRequests(world.db, one.id)
      assert.ok(waiting)
      assert.equal(waiting.verified, 'call-back')
      const found = (await findSecondRequest(world.db, waiting.id))?.value ?? assert.fail()
      const touch = await touched(world, sue, touchOfAgreeing(found))
      const agreed = await answerSecond(world, sue.open, { id: found.id, agrees: true, touch })
      assert.ok(agreed.ok, problemOf(agreed))
      const given = { ...about, warrantId: null, requestId: found.id }
      const issued = await acted(world, jane.open, given)
      assert.ok(issued.ok, problemOf(issued))
    })

    test('only a number that is verified and unchanged for 30 days is called', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const anna = await caller(world, 'anna')
      const { subscriberId } = anna
      const number = { subscriberId, kind: 'mobile', by: 'operator' } as const
      const handset = handsetOf(world)
      let agents = 0
      const mayRing = async () => {
        agents += 1
        const jane = await agent(world, `jane-${agents}`)
        const one = await called(world, jane.open, anna)
        const there = { world, handset, anna, jane, case: one }
        const { calledAt } = await seen(there)
        const begun = await callBack(world, jane.open, { caseId: one.id, of: 'access' })
        assert.equal(begun.ok, calledAt !== null, problemOf(begun))
        return begun.ok
      }
      assert.equal(await mayRing(), false, 'there is none')
      await setContact(world, { ...number, value: '+12025550142' })
      world.advance(days(60))
      assert.equal(await mayRing(), false, 'it was never verified')
      await proveNumber(world, anna)
      world.advance(millis(days(30) - seconds(1)))
      assert.equal(await mayRing(), false, 'verified for less')
      world.advance(seconds(1))
      assert.equal(await mayRing(), true)
      world.channels.delete('voice')
      assert.equal(await mayRing(), false, 'there is no voice')
      handsetOf(world)
      world.advance(days(1))
      await proveNumber(world, anna, '+12025550143')
      assert.equal(await mayRing(), false, 'another one took its place')
      world.advance(days(30))
      assert.equal(await mayRing(), true)
      world.advance(days(1))
      await proveNumber(world, anna, '+8613912345678')
      world.advance(days(31))
      assert.equal(await mayRing(), false, 'we call no number there')
      assert.equal(CALLED_FROM, days(30))
    })

    test('a code counts from when it was said, for five minutes, and a call that is not taken is told', async (t) => {
      const there = await call(t, database)
      const { world, handset, jane, case: one } = there
      const id = await rings(there)
      assert.equal(problemOf(await tells(there, id, { code: '90000000' })), OVER, 'it rings')
      assert.equal(await kinds(there, 'desk.proof-refused'), 0)
      await handset.ignore()
      const { asked, came } = await seen(there)
      assert.deepEqual([asked, came], [null, { of: 'call-back', it: 'silent' }])
      const waits = { caseId: one.id, id, isOpened: false }
      assert.equal(await isProofOver(world, jane.open, waits), true)
      await noteCallBack(world, id, 'heard')
      assert.equal(
        problemOf(await tells(there, id, { code: '90000000' })),
        OVER,
        'nobody was there',
      )
      for (const about of ['', 'vrf_01ABCDEFGHJKMNPQRSTVWXYZ12', 'cas_1'])
        await noteCallBack(world, about, 'denied')
      const late = await rings(there)
      const code = await handset.press('1')
      world.advance(CALL_BACK_LIFETIME)
      assert.equal(problemOf(await tells(there, late, { code })), OVER)
      assert.deepEqual(await warrantsOf(there), [])
    })

    test('no call is made once there is no reason for it, and the agent sees it', async (t) => {
      const there = await call(t, database)
      const { world, handset, jane, case: one } = there
      await rings(there)
      world.advance(CALL_BACK_LIFETIME)
      await deliverDue(world)
      assert.deepEqual(handset.calls, [], 'its time is over')
      assert.equal((await seen(there)).came?.it, 'silent')
      await rings(there)
      assert.ok((await closeCase(world, jane.open, one.id)).ok)
      await deliverDue(world)
      assert.deepEqual(handset.calls, [], 'the case is closed')
    })

    for (const [status, rounds] of [
      [400, 1],
      [503, PUSH_RETRIES.length + 1],
    ] as const)
      test(`a call that its carrier answers with ${status} rings no more for the agent`, async (t) => {
        const there = await call(t, database)
        const { world, handset } = there
        handset.carrierSays(status)
        await rings(there)
        for (let round = 1; round <= rounds; round += 1) {
          assert.equal((await seen(there)).asked?.onCall?.state, 'ringing', `round ${round}`)
          await deliverDue(world)
          world.advance(minutes(1))
        }
        const { asked, came } = await seen(there)
        assert.deepEqual([asked, came], [null, { of: 'call-back', it: 'silent' }])
      })

    test('an agent calls one client after the other back, and what is refused uses up nothing of theirs', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      handsetOf(world)
      const clients: Caller[] = []
      for (let index = 0; index < 7; index += 1) {
        const client = await caller(world, `anna-${index}`)
        await proveNumber(world, client, `+1202555015${index}`)
        clients.push(client)
      }
      world.advance(CALLED_FROM)
      const jane = await agent(world, 'jane')
      const last = clients.pop() ?? assert.fail()
      for (const client of clients) {
        const one = await called(world, jane.open, client)
        await ringing(world, { open: jane.open, case: one, of: 'access' })
        assert.ok((await closeCase(world, jane.open, one.id)).ok)
      }
      await spentBy(world, jane)
      const { id: caseId } = await called(world, jane.open, last)
      for (let count = 0; count < 6; count += 1) {
        const refused = await callBack(world, jane.open, { caseId, of: 'access' })
        assert.equal(problemOf(refused), 'telephone.too-many')
      }
      const jo = await agent(world, 'jo')
      const other = await called(world, jo.open, last)
      await ringing(world, { open: jo.open, case: other, of: 'access' })
    })

    test('R126 three wrong answers stop the telephone, and what is no answer counts nothing', async (t) => {
      const there = await call(t, database)
      const { world, handset } = there
      for (let count = 1; count <= 3; count += 1) {
        const id = await rings(there)
        const code = await handset.press('1')
        for (const typed of ['', '9', 'nine', code.slice(1), `${code}1`])
          assert.equal(problemOf(await tells(there, id, { code: typed })), 'login.malformed-answer')
        const wrong = await tells(there, id, { code: other(code) })
        assert.equal(problemOf(wrong), 'desk.not-proven')
        assert.equal(problemOf(await tells(there, id, { code })), OVER, 'answered once')
        assert.equal((await seen(there)).failed, count)
        world.advance(seconds(1))
      }
      assert.equal(await kinds(there, 'desk.calls-stopped'), 1)
      const { jane, case: one } = there
      const more = await callBack(world, jane.open, { caseId: one.id, of: 'access' })
      assert.equal(problemOf(more), 'desk.calls-stopped')
    })

    test('A15 where there is a card two of its codes are told too, and no one hears what was wrong', async (t) => {
      const there = await call(t, database)
      const { handset } = there
      const card = await withCard(there)
      const heard: string[] = []
      for (const wrong of ['code', 'cells', null] as const) {
        const id = await rings(there)
        const code = await handset.press('1')
        const right = card.codesAt(await card.asked(id))
        assert.equal(right.length, 2 * CODE_LENGTH)
        const missing = await tells(there, id, { code })
        assert.equal(problemOf(missing), 'login.malformed-answer', 'the code alone is no answer')
        const cells = wrong === 'cells' ? (right === '000000' ? '111111' : '000000') : right
        const told = { code: wrong === 'code' ? other(code) : code, cells: cells.toLowerCase() }
        const done = await tells(there, id, told)
        if (wrong === null) assert.ok(done.ok, problemOf(done))
        else heard.push(problemOf(done))
      }
      assert.deepEqual(heard, ['desk.not-proven', 'desk.not-proven'])
      const cardId = (await card.held()).id
      const number = await calledContact(there.world, there.anna.subscriberId)
      const begun = await eventsAbout(there.world, there.anna, 'desk.proof-begun')
      for (const event of begun)
        assert.ok(event.kind === 'desk.proof-begun' && event.contactId === number?.id)
      assert.equal(begun.length, 3)
      const refused = await eventsAbout(there.world, there.anna, 'desk.proof-refused')
      const said = refused.map((event) => event.kind === 'desk.proof-refused' && event.reason)
      assert.deepEqual(said, ['told-wrong', 'told-wrong'])
      for (const event of refused)
        assert.ok(event.kind === 'desk.proof-refused' && event.authenticatorId === cardId)
      assert.equal((await card.held()).failures, 0, 'A28 it disables no card')
      const [warrant] = await warrantsOf(there)
      assert.equal(warrant?.level, 'L1')
    })

    test('A8 A15 what is told of a card is used up when it is asked, and answers no login', async (t) => {
      const there = await call(t, database)
      const { world, handset } = there
      const card = await withCard(there)
      const at = { userName: 'anna', client: card.client }
      const first = await challenged(world, at)
      const login = await pairOf(world, first)
      const before = await card.unused()
      const id = await rings(there)
      const desk = await card.asked(id)
      assert.ok(
        desk.every((index) => !login.includes(index)),
        'not what the login asks',
      )
      const left = before.filter((index) => !desk.includes(index))
      assert.deepEqual(await card.unused(), left, 'gone as soon as it is asked')
      const { codesAt, client } = card
      const overheard = await answered(world, first, { client, codes: codesAt(desk) })
      assert.equal(problemOf(overheard), 'login.wrong-answer')
      const theirs = { code: await handset.press('1'), cells: codesAt(login) }
      assert.equal(problemOf(await tells(there, id, theirs)), 'desk.not-proven')
      const again = await challenged(world, at)
      assert.deepEqual(await pairOf(world, again), login, 'asked until it is answered')
      const done = await answered(world, again, { client, codes: codesAt(login) })
      assert.ok(done.ok && done.token, problemOf(done))
      assert.ok(left.length < CELLS)
    })

    test('A13 a card that an attacker has locked is not left out: the number alone proves too little', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const card = await withCard(there)
      const { client } = card
      for (let tries = 0; (await card.held()).lifecycle === 'active'; tries += 1) {
        assert.ok(tries < 10, 'ten wrong answers lock it')
        const first = await challenged(world, { userName: 'anna', client })
        for (const codes of ['000000', '000001', '000002'])
          await answered(world, first, { client, codes })
        world.advance(minutes(30))
      }
      assert.equal((await card.held()).lifecycle, 'disabled')
      const asked = async (name: string) => {
        const { open } = await agent(world, name)
        const { id: caseId } = await called(world, open, anna)
        return problemOf(await callBack(world, open, { caseId, of: 'access' }))
      }
      assert.equal(await asked('bob'), 'desk.cannot-ask')
      world.advance(days(22))
      assert.equal(await asked('carl'), 'yes', 'the card is over')
    })

    test('A13 a card that is locked while the client is called proves nothing any more', async (t) => {
      const there = await call(t, database)
      const { world, handset } = there
      const card = await withCard(there)
      const id = await rings(there)
      const told = { code: await handset.press('1'), cells: card.codesAt(await card.asked(id)) }
      const held = (await findAuthenticator(world.db, (await card.held()).id)) ?? assert.fail()
      const { value, version } = held
      const locked = { value: { ...value, lifecycle: 'disabled' } as const, version }
      const changes = { now: world.now(), besides: [], changed: [locked], events: [] }
      assert.ok(await commitAuthenticators(world.db, changes))
      assert.equal(problemOf(await tells(there, id, told)), OVER)
    })

    test('A28 a client is called back three times in a day, over all agents', async (t) => {
      const there = await call(t, database)
      const { world, handset, anna } = there
      for (let count = 0; count < 3; count += 1) {
        await rings(there)
        await handset.ignore()
        world.advance(minutes(25))
      }
      const bob = await agent(world, 'bob')
      const one = await called(world, bob.open, anna)
      const more = { caseId: one.id, of: 'access' } as const
      const done = await callBack(world, bob.open, more)
      assert.equal(problemOf(done), 'desk.too-many-call-backs')
      assert.equal(handset.calls.length, 3)
      assert.equal(CALL_BACKS.count, 3)
    })

    test('A13 a client who is not talking to us ends the call with a key, and nothing is changed for a day', async (t) => {
      const there = await call(t, database)
      const { world, handset, jane, anna } = there
      await rings(there)
      assert.equal(await handset.press('9'), '', 'no digit is said')
      assert.equal(await kinds(there, 'desk.call-denied'), 1)
      const view = await viewCase(world, jane.open, there.case.id)
      assert.equal(problemOf(view), 'desk.case-closed')
      const one = await called(world, jane.open, anna)
      const next = await callBack(world, jane.open, { caseId: one.id, of: 'access' })
      assert.equal(problemOf(next), 'desk.calls-stopped')
    })

    test('A13 a code proves nothing when number, card or case have changed since it was said', async (t) => {
      const ends: readonly (readonly [string, string, (there: Call) => Promise<unknown>])[] = [
        ['another number', OVER, ({ world, anna }) => proveNumber(world, anna, '+12025550143')],
        [
          'closed',
          'desk.case-closed',
          ({ world, jane, case: { id } }) => closeCase(world, jane.open, id),
        ],
      ]
      for (const [what, problem, end] of ends) {
        for (const when of ['before', 'in the commit']) {
          const there = await call(t, database)
          const id = await rings(there)
          const code = await there.handset.press('1')
          if (when === 'before') await end(there)
          const world = when === 'before' ? there.world : overtaken(there.world, () => end(there))
          const done = await tells({ ...there, world }, id, { code })
          assert.equal(problemOf(done), problem, `${what}, ${when}`)
          assert.deepEqual(await warrantsOf(there), [], `${what}, ${when}`)
        }
      }
      const there = await call(t, database)
      const card = await withCard(there)
      const id = await rings(there)
      const code = await there.handset.press('1')
      const cells = card.codesAt(await card.asked(id))
      there.world.advance(days(22))
      assert.equal(problemOf(await tells(there, id, { code, cells })), 'desk.case-closed')
    })

    test('A13 a number that changes while it is about to ring is not called', async (t) => {
      const there = await call(t, database)
      const { anna, jane, case: one, handset } = there
      const world = overtaken(there.world, () => proveNumber(there.world, anna, '+12025550143'))
      const done = await callBack(world, jane.open, { caseId: one.id, of: 'access' })
      assert.equal(problemOf(done), 'desk.cannot-ask')
      await assert.rejects(handset.press('1'), /nothing rings/)
    })

    test('S12 of two nodes that hear the code at once, one gives a warrant', async (t) => {
      const there = await call(t, database)
      const { world, handset, jane, case: one } = there
      const twin = await testWorld(t, { database, beside: world })
      for (const [name, channel] of world.channels) twin.channels.set(name, channel)
      const id = await rings(there)
      const code = await handset.press('1')
      const done = await Promise.all(
        [world, twin, world, twin].map((node) =>
          answerCallBack(node, jane.open, { caseId: one.id, id, code, cells: '' }),
        ),
      )
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await warrantsOf(there)).length, 1)
    })

    test('what is asked in one way is answered in no other, and of another case in none', async (t) => {
      const there = await call(t, database)
      const { world, handset, jane, anna, case: one } = there
      const id = await rings(there)
      const code = await handset.press('1')
      const read = await answerProof(world, jane.open, { caseId: one.id, id, response: code })
      assert.equal(problemOf(read), OVER)
      const bob = await agent(world, 'bob')
      const theirs = await called(world, bob.open, anna)
      const stolen = { caseId: theirs.id, id, code, cells: '' }
      assert.equal(problemOf(await answerCallBack(world, bob.open, stolen)), 'desk.no-case')
      const { asked } = await withCard(there)
      const withCells = await rings(there)
      assert.equal((await asked(withCells)).length, 2)
      const about = { caseId: one.id, id: withCells, response: await handset.press('1') }
      assert.equal(problemOf(await answerProof(world, jane.open, about)), OVER)
      const own = { caseId: one.id, id, code, cells: '' }
      assert.equal(problemOf(await answerCallBack(world, bob.open, own)), 'desk.no-case')
    })
  })
}
