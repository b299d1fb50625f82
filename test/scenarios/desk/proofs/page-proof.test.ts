import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AuditEvent } from '#core/audit/audit.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import { openCall } from '#engine/desk/cases/opened-call.ts'
import { askOnPage, confirmCall, denyOpenedCall, viewCall } from '#engine/desk/cases/page-proofs.ts'
import { answerProof } from '#engine/desk/cases/proofs.ts'
import { isProofOver, viewCase } from '#engine/desk/cases/view.ts'
import { endMemberSession } from '#engine/desk/sessions.ts'
import { setRole, suspendMember } from '#engine/desk/staff.ts'
import { activityOf } from '#engine/notices/activity.ts'
import type { World } from '#engine/world.ts'
import { FLAGS, softKey } from '#methods/passkey/sample.ts'
import { findLatestCallerProof, findCallStanding } from '#store/desk/proofs.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { any } from '#store/queries/writes.ts'
import { personWithPasskey } from '../../../support/clients/passkey.ts'
import { codeFor, confirms, opened, opens, signedFor } from '../../../support/desk/call-page.ts'
import { acted, agent, called, eventsAbout } from '../../../support/desk/calls.ts'
import { CONSOLE } from '../../../support/desk/staff.ts'
import { overtaken } from '../../../support/models/interrupted.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { browser, HONEST, testWorld } from '../../../support/server/world.ts'

/** A client with a passkey, and a call that jane has taken. */
async function call(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const { id: subscriberId, key } = await personWithPasskey(world, 'anna')
  const jane = await agent(world, 'jane')
  const one = await called(world, jane.open, { userName: 'anna' })
  return { world, anna: { userName: 'anna', subscriberId }, key, jane, case: one }
}

type Call = Awaited<ReturnType<typeof call>>

const warrantsOf = async ({ world, case: { id } }: Pick<Call, 'world' | 'case'>) =>
  await listWarrants(world.db, id)

const kinds = async ({ world, anna }: Call, kind: AuditEvent['kind']) =>
  (await eventsAbout(world, anna, kind)).length

const passkeyOf = async ({ world, anna }: Pick<Call, 'world' | 'anna'>) =>
  (await listAuthenticators(world.db, anna.subscriberId)).find(
    ({ value }) => value.method === 'passkey',
  ) ?? assert.fail('no passkey')

/** Changes the row of the passkey, as an act elsewhere would. */
async function passkeyIs(
  there: Pick<Call, 'world' | 'anna'>,
  columns: { readonly lifecycle?: string; readonly pending_until_ms?: number },
): Promise<void> {
  const { value, version } = await passkeyOf(there)
  const changed = there.world.db.write
    .updateTable('authenticator')
    .set({ ...columns, version: version + 1 })
    .where('id', '=', value.id)
  assert.ok(await there.world.db.commit([any(changed)]))
}

/** A world that draws these four bytes first. */
const drawing = (world: World, ...first: number[]): World => {
  const left = [...first]
  return {
    ...world,
    random: (length) => {
      if (length !== 4 || left.length === 0) return world.random(length)
      return Uint8Array.of(0, 0, 0, left.shift() ?? 0)
    },
  }
}

for (const database of DATABASES) {
  suite(`A passkey proves on a page who is calling, on ${database}`, () => {
    test('R124 A13 the page shows who asks and why, and the passkey that signs it gives a warrant of L3', async (t) => {
      const there = await call(t, database)
      const { world, anna, key, jane } = there
      const code = await codeFor(world, jane.open, there.case)
      assert.match(code, /^9[0-9]{5}$/)
      const here = await opened(world, key, { code: ` ${code.slice(0, 3)} ${code.slice(3)}` })
      const view = await viewCall(world, here)
      assert.ok(view.ok)
      assert.deepEqual(view, {
        ok: true,
        asked: view.asked,
        userName: 'anna',
        agent: 'Jane',
        caseNumber: there.case.number,
        reason: 'cannot-log-in',
        opens: 'device',
        until: world.now() + minutes(5),
      })
      assert.deepEqual(await warrantsOf(there), [], 'the code and a passkey prove nothing yet')
      assert.ok((await confirms(world, here, { key })).ok)
      const [warrant, ...more] = await warrantsOf(there)
      assert.deepEqual([warrant?.level, warrant?.of, more], ['L3', 'device', []])
      assert.equal(warrant?.verified, 'passkey')
      const [event] = await eventsAbout(world, anna, 'desk.proof-accepted')
      assert.equal(event?.verified, 'passkey')
      assert.equal(await kinds(there, 'desk.call-opened'), 1)
      const { happenings } = await activityOf(world, anna as never, {})
      const lines = happenings.flatMap(({ entries }) => entries.map(({ line }) => line))
      assert.ok(lines.includes('desk-proven') && lines.includes('desk-asked'))
      const done = await acted(world, jane.open, {
        caseId: there.case.id,
        warrantId: warrant?.id ?? null,
        asked: { deed: 'unlock-name' },
      })
      assert.equal(problemOf(done), 'desk.no-warrant', 'it is for a device')
    })

    test('S12 of two nodes that hear the passkey at once one gives a warrant, and the code is used up', async (t) => {
      const there = await call(t, database)
      const { world, key, jane } = there
      const other = await testWorld(t, { database, beside: world })
      const code = await codeFor(world, jane.open, there.case)
      const here = await opened(world, key, { code })
      const signed = await signedFor(world, here, { key })
      const nodes = [world, other, world, other]
      const done = await Promise.all(nodes.map((node) => confirmCall(node, signed)))
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await warrantsOf(there)).length, 1)
      assert.equal(problemOf((await opens(other, key, { code })).done), NOT_FOUND)
      assert.equal(problemOf(await confirmCall(world, signed)), OVER)
    })

    test('A1 a wrong code, a used, closed or late one and a passkey of another client are answered alike', async (t) => {
      const there = await call(t, database)
      const { world, anna, key, jane } = there
      const { key: foreign } = await personWithPasskey(world, 'bert', { key: softKey('b') })
      const said: string[] = []
      const tries = async (by: typeof key, code: string, names?: string) => {
        const userHandle = names && { userHandle: Buffer.from(names).toString('base64url') }
        said.push(problemOf((await opens(world, by, { code, ...userHandle })).done))
      }
      await tries(key, '912345')
      await tries(foreign, '912345')
      await tries(softKey('x'), '912345', anna.subscriberId)
      await tries(softKey('x'), '912345', 'sub_\0')
      const code = await codeFor(world, jane.open, there.case)
      await tries(foreign, code)
      await tries(softKey('x'), code, anna.subscriberId)
      await tries(softKey('x'), code, 'sub_nobody')
      world.advance(minutes(5))
      await tries(key, code)
      const next = await codeFor(world, jane.open, there.case)
      await closeCase(world, jane.open, there.case.id)
      await tries(key, next)
      assert.deepEqual([...new Set(said)], [NOT_FOUND])
      assert.equal(said.length, 9)
    })

    test('A28 a stranger who guesses codes with a passkey of their own uses up nothing of the client', async (t) => {
      const there = await call(t, database)
      const { world, anna, key, jane } = there
      const { id, key: foreign } = await personWithPasskey(world, 'bert', { key: softKey('b') })
      const code = await codeFor(world, jane.open, there.case)
      const wrong = code === '900001' ? '900002' : '900001'
      const client = browser()
      for (let count = 0; count < 10; count += 1) {
        const { done } = await opens(world, foreign, { code: wrong, client })
        assert.equal(problemOf(done), NOT_FOUND)
      }
      const { done } = await opens(world, foreign, { code, client })
      assert.equal(problemOf(done), 'request.too-many', 'guesses are counted')
      assert.deepEqual((await findCallStanding(world.db, anna.subscriberId)).value.failedAt, [])
      const lost = await eventsAbout(world, { subscriberId: id }, 'desk.call-not-found')
      assert.equal(lost.length, 10)
      const elsewhere = { ...browser(), address: '203.0.113.200' }
      const here = await opened(world, key, { code, client: elsewhere })
      assert.ok((await confirms(world, here, { key })).ok)
    })

    test('A28 A1 what is no passkey of ours costs the client no proof, also with the code of the agent', async (t) => {
      const there = await call(t, database)
      const { world, anna, key, jane } = there
      const code = await codeFor(world, jane.open, there.case)
      for (let count = 0; count < 6; count += 1) {
        const client = { ...browser(), address: `203.0.113.${count + 1}` }
        const by = count % 2 === 0 ? softKey('z') : key
        const named = Buffer.from(anna.subscriberId).toString('base64url')
        const how = count % 2 === 0 ? { userHandle: named } : { origin: 'https://evil.example.com' }
        const { done } = await opens(world, by, { code, client, ...how })
        assert.equal(problemOf(done), NOT_FOUND)
      }
      assert.equal(await kinds(there, 'desk.answer-wrong'), 0)
      assert.equal(await kinds(there, 'desk.proof-refused'), 0)
      await opened(world, key, { code })
    })

    test('a right code and passkey cost no try, so that all clients of an office come through', async (t) => {
      const { world, key, jane, ...there } = await call(t, database)
      const code = await codeFor(world, jane.open, there.case)
      for (let count = 0; count < 12; count += 1) await opened(world, key, { code })
    })

    test('R126 a passkey of another client with the code of the agent is wrong, and the fifth time no proof', async (t) => {
      const there = await call(t, database)
      const { world, anna, key, jane, case: one } = there
      const { key: foreign } = await personWithPasskey(world, 'bert', { key: softKey('b') })
      const code = await codeFor(world, jane.open, one)
      for (let count = 0; count < 4; count += 1) await opens(world, foreign, { code })
      assert.equal(await kinds(there, 'desk.answer-wrong'), 4)
      assert.equal(await kinds(there, 'desk.proof-refused'), 0)
      const { done } = await opens(world, foreign, { code })
      assert.equal(problemOf(done), NOT_FOUND, 'nor does it hear that it was the last')
      assert.equal(await kinds(there, 'desk.proof-refused'), 1)
      assert.equal((await findCallStanding(world.db, anna.subscriberId)).value.failedAt.length, 1)
      assert.equal(problemOf((await opens(world, key, { code })).done), NOT_FOUND)
      const view = await viewCase(world, jane.open, one.id)
      assert.deepEqual(view.ok && view.came, { of: 'page', it: 'wrong' })
      for (let failed = 0; failed < 2; failed += 1) {
        world.advance(seconds(1))
        const next = await codeFor(world, jane.open, one)
        for (let count = 0; count < 5; count += 1) {
          await opens(world, foreign, { code: next, client: fresh() })
        }
      }
      const asked = await askOnPage(world, jane.open, { caseId: one.id, of: 'device' })
      assert.equal(problemOf(asked), 'desk.calls-stopped')
      assert.equal(await kinds(there, 'desk.calls-stopped'), 1)
    })

    test('A6 what the passkey has signed stands for this call, as it is shown, in this browser', async (t) => {
      const there = await call(t, database)
      const { world, key, jane } = there
      const client = browser()
      const code = await codeFor(world, jane.open, there.case)
      const here = await opened(world, key, { code, client })
      const signed = await signedFor(world, here, { key })
      const second = await opened(world, key, { code })
      const moved = { ...signed, ...second }
      assert.equal(problemOf(await confirmCall(world, moved)), NOT_CONFIRMED)
      const elsewhere = { ...signed, holder: browser().holder }
      assert.equal(problemOf(await confirmCall(world, elsewhere)), OVER)
      const { done } = await opens(world, key, { code, client })
      assert.ok(done.ok)
      const changed = { ...signed, token: here.token.replace(/.$/, 'x') }
      assert.equal(problemOf(await confirmCall(world, changed)), OVER)
      const view = await viewCall(world, here)
      assert.ok(view.ok)
      // Signed for the page before this one: right but for the challenge.
      const stale = { ...signed, sealed: view.asked.sealed }
      assert.equal(problemOf(await confirmCall(world, stale)), NOT_CONFIRMED)
      const foreign = await confirms(world, here, { key, origin: 'https://evil.example.com' })
      assert.equal(problemOf(foreign), NOT_CONFIRMED)
      const untouched = await confirms(world, here, { key, flags: FLAGS.present })
      assert.equal(problemOf(untouched), NOT_CONFIRMED)
      assert.deepEqual(await warrantsOf(there), [])
      assert.ok((await confirmCall(world, signed)).ok)
    })

    test('A13 what the request rested on is looked at again when the passkey answers', async (t) => {
      const ends: readonly ((there: Call) => Promise<unknown>)[] = [
        async ({ world, jane, case: { id } }) => await closeCase(world, jane.open, id),
        async ({ world, jane }) => await endMemberSession(world, jane.open),
        async ({ world, jane }) => await suspendMember(world, CONSOLE, jane.member.id),
        async ({ world, jane }) =>
          await setRole(world, CONSOLE, { id: jane.member.id, role: 'supervisor' }),
        async (there) => await passkeyIs(there, { lifecycle: 'suspended' }),
        async (there) => await passkeyIs(there, { pending_until_ms: there.world.now() + 1 }),
        async ({ world, jane, case: one }) => await codeFor(world, jane.open, one),
        async ({ world }) => world.advance(minutes(5)),
      ]
      for (const [index, end] of ends.entries()) {
        const there = await call(t, database)
        const { world, key, jane } = there
        const code = await codeFor(world, jane.open, there.case)
        const here = await opened(world, key, { code })
        const signed = await signedFor(world, here, { key })
        world.advance(1 as never)
        await end(there)
        assert.equal(problemOf(await confirmCall(world, signed)), OVER, String(index))
        assert.deepEqual(await warrantsOf(there), [], String(index))
      }
    })

    test('A13 and once more in the write', async (t) => {
      const ends: readonly ((there: Call) => Promise<unknown>)[] = [
        async ({ world, jane, case: { id } }) => await closeCase(world, jane.open, id),
        async ({ world, jane }) => await endMemberSession(world, jane.open),
        async (there) => await passkeyIs(there, { lifecycle: 'suspended' }),
      ]
      for (const [index, end] of ends.entries()) {
        const there = await call(t, database)
        const { world, key, jane } = there
        const code = await codeFor(world, jane.open, there.case)
        const here = await opened(world, key, { code })
        const signed = await signedFor(world, here, { key })
        const node = overtaken(world, () => end(there))
        assert.equal(problemOf(await confirmCall(node, signed)), OVER, String(index))
        assert.deepEqual(await warrantsOf(there), [], String(index))
      }
    })

    test('a passkey that is blocked while it opens the call opens none', async (t) => {
      const there = await call(t, database)
      const { world, key, jane } = there
      const code = await codeFor(world, jane.open, there.case)
      const blocked = overtaken(world, () => passkeyIs(there, { lifecycle: 'suspended' }))
      const { done } = await opens(blocked, key, { code })
      assert.equal(problemOf(done), 'login.authenticator-locked')
      assert.equal(await kinds(there, 'desk.call-opened'), 0)
    })

    test('a passkey that is paused, locked or on hold is told so to its holder, and costs no proof', async (t) => {
      const there = await call(t, database)
      const { world, key, jane, case: one } = there
      const code = await codeFor(world, jane.open, one)
      const states = [
        [{ lifecycle: 'suspended' }, 'login.authenticator-locked'],
        [{ lifecycle: 'disabled' }, 'login.authenticator-locked'],
        [{ lifecycle: 'active', pending_until_ms: world.now() + 1 }, 'call.device-on-hold'],
      ] as const
      for (const [columns, problem] of states) {
        await passkeyIs(there, columns)
        assert.equal(problemOf((await opens(world, key, { code })).done), problem)
        assert.equal(problemOf((await opens(world, key, { code: '912345' })).done), problem)
      }
      assert.equal(await kinds(there, 'desk.answer-wrong'), 0)
      const view = await viewCase(world, jane.open, one.id)
      assert.ok(view.ok && !view.canAskOnPage)
      world.advance(minutes(5))
      const asked = await askOnPage(world, jane.open, { caseId: one.id, of: 'device' })
      assert.equal(problemOf(asked), 'desk.cannot-ask')
    })

    test('a client with two user names confirms under the one that the agent has found', async (t) => {
      const there = await call(t, database)
      const { world, key, jane } = there
      const second = await personWithPasskey(world, 'anna-two', { key: softKey('s') })
      const code = await codeFor(world, jane.open, there.case)
      assert.equal(problemOf((await opens(world, second.key, { code })).done), NOT_FOUND)
      const here = await opened(world, key, { code })
      const other = await confirms(world, here, { key: second.key })
      assert.equal(problemOf(other), NOT_CONFIRMED)
      assert.ok((await confirms(world, here, { key })).ok)
    })

    test('A13 a client who has shown a passkey and is not calling says so, and the call ends', async (t) => {
      const there = await call(t, database)
      const { world, key, jane, case: one } = there
      const code = await codeFor(world, jane.open, one)
      const here = await opened(world, key, { code })
      const signed = await signedFor(world, here, { key })
      const stranger = { ...here, holder: browser().holder }
      assert.equal(problemOf(await denyOpenedCall(world, stranger)), OVER)
      assert.equal(await kinds(there, 'desk.call-denied'), 0)
      assert.ok((await denyOpenedCall(world, here)).ok)
      assert.equal(await kinds(there, 'desk.call-denied'), 1)
      assert.equal(problemOf(await viewCase(world, jane.open, one.id)), 'desk.case-closed')
      assert.equal(problemOf(await confirmCall(world, signed)), OVER, 'a no is not taken back')
      assert.deepEqual(await warrantsOf(there), [])
    })

    test('A13 a no counts after a yes too', async (t) => {
      const there = await call(t, database)
      const { world, key, jane } = there
      const code = await codeFor(world, jane.open, there.case)
      const here = await opened(world, key, { code })
      assert.ok((await confirms(world, here, { key })).ok)
      assert.ok((await denyOpenedCall(world, here)).ok)
      assert.equal(await kinds(there, 'desk.call-denied'), 1)
    })

    test('no two calls have the same code at one moment, and it is given again when its time is over', async (t) => {
      const there = await call(t, database)
      const { world, key, jane } = there
      const bert = await personWithPasskey(world, 'bert', { key: softKey('b') })
      const bob = await agent(world, 'bob')
      const theirs = await called(world, bob.open, { userName: 'bert' })
      const first = await codeFor(drawing(world, 7), jane.open, there.case)
      const second = await codeFor(drawing(world, 7), bob.open, theirs)
      assert.deepEqual([first, first === second], ['900007', false])
      await opened(world, key, { code: first })
      await opened(world, bert.key, { code: second })
      world.advance(minutes(5))
      assert.equal(await codeFor(drawing(world, 7), bob.open, theirs), '900007')
      await opened(world, bert.key, { code: '900007' })
    })

    test('the page of the agent goes on when the client has opened the call, and when it is answered', async (t) => {
      const { world, key, jane, ...there } = await call(t, database)
      const caseId = there.case.id
      const code = await codeFor(world, jane.open, there.case)
      const proof = (await findLatestCallerProof(world.db, caseId)) ?? assert.fail()
      const isOver = async (isOpened: boolean) =>
        await isProofOver(world, jane.open, { caseId, id: proof.value.id, isOpened })
      assert.equal(await isOver(false), false)
      const here = await opened(world, key, { code })
      assert.deepEqual([await isOver(false), await isOver(true)], [true, false])
      assert.ok((await confirms(world, here, { key })).ok)
      assert.equal(await isOver(true), true)
    })

    test('what the client was asked on the page is answered by no response that is read back', async (t) => {
      const { world, jane, ...there } = await call(t, database)
      const caseId = there.case.id
      const code = await codeFor(world, jane.open, there.case)
      const proof = (await findLatestCallerProof(world.db, caseId)) ?? assert.fail()
      const answering = { caseId, id: proof.value.id, response: code }
      const done = await answerProof(world, jane.open, answering)
      assert.equal(problemOf(done), 'desk.proof-expired')
    })

    test('a copy of a passkey that cannot leave its device opens no call and works no more', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const bound = { flags: FLAGS.present | FLAGS.verified, counter: 5 }
      const { id: subscriberId, key } = await personWithPasskey(world, 'anna', {
        ...bound,
        attestation: { fmt: 'none', attStmt: new Map() },
      })
      const jane = await agent(world, 'jane')
      const one = await called(world, jane.open, { userName: 'anna' })
      const code = await codeFor(world, jane.open, one)
      const { done } = await opens(world, key, { code, ...bound, counter: 5 })
      assert.equal(problemOf(done), 'login.authenticator-locked')
      const anna = { subscriberId, userName: 'anna' }
      const { value } = await passkeyOf({ world, anna })
      assert.equal(value.lifecycle, 'disabled')
      const [event] = await eventsAbout(world, anna, 'desk.call-not-found')
      assert.ok(event?.kind === 'desk.call-not-found' && event.disabled)
    })

    test('what is no code and no passkey is told so, and costs nothing', async (t) => {
      const there = await call(t, database)
      const { world, key } = there
      for (const code of ['', '12345', '1234567', 'abcdef']) {
        assert.equal(problemOf((await opens(world, key, { code })).done), 'call.no-code')
      }
      const client = browser()
      const opening = { code: '912345', sealed: 'made.up', client }
      const none = await openCall(world, { ...opening, typed: '' })
      assert.equal(problemOf(none), 'call.no-passkey')
      const late = await openCall(world, { ...opening, typed: '{}' })
      assert.equal(problemOf(late), 'request.form-expired')
    })
  })
}

const NOT_FOUND = 'call.not-found'
const NOT_CONFIRMED = 'call.not-confirmed'
const OVER = 'call.over'

let addresses = 0
/** A browser at an address of its own. */
const fresh = () => ({ ...browser(), address: `203.0.113.${(addresses += 1)}` })
