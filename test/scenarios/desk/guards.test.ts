import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CLASSES } from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import { closeCase, noteCase, openCase } from '#engine/desk/cases/cases.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { commitDesk, findCase } from '#store/desk/cases.ts'
import { findMember, memberWrite } from '#store/desk/members.ts'
import { any } from '#store/queries/writes.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import {
  acted,
  agent,
  asked,
  type Call,
  call,
  called,
  caller,
  eventsAbout,
  guessed,
  proven,
} from '../../support/desk/calls.ts'
import type { TestWorld } from '../../support/server/world.ts'
import { problemOf } from '../../support/outcomes.ts'

/** What the desk looks at once more in the write, where only a race shows that it does. */

const suspended = async ({ world, jane }: Pick<Call, 'world' | 'jane'>): Promise<void> => {
  const found = (await findMember(world.db, jane.member.id)) ?? assert.fail()
  const value: Member = { ...found.value, state: 'suspended' }
  const writes = [memberWrite(world.db, { ...found, value })]
  assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
}

for (const database of DATABASES) {
  suite(`The desk in the write, on ${database}`, () => {
    test('A13 a device of an accomplice proves nothing for the client', async (t) => {
      const { world, jane, ...there } = await call(t, database)
      const mallory = await caller(world, 'mallory')
      for (const of of CLASSES) {
        const asking = { caseId: there.case.id, authenticatorId: mallory.phoneId, of }
        assert.equal(problemOf(await beginProof(world, jane, asking)), 'desk.cannot-ask', of)
      }
    })

    test('A13 nor does one that is the client’s no more when its response is read back', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const mallory = await caller(world, 'mallory')
      const { id, number } = await asked(world, anna, {
        open: jane,
        case: there.case,
        of: 'access',
      })
      const response = await anna.phone.respond(number, world.now())
      const moved = world.db.write
        .updateTable('binding')
        .set({ subscriber_id: mallory.subscriberId })
        .where('authenticator_id', '=', anna.phoneId)
      assert.ok(await world.db.commit([any(moved)]))
      const done = await answerProof(world, jane, { caseId: there.case.id, id, response })
      assert.equal(problemOf(done), 'desk.not-proven')
    })

    test('A13 a proof that fails at that moment takes the deed back', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const { id: warrantId } = await proven(world, anna, {
        open: jane,
        case: there.case,
        of: 'password',
      })
      const { open: bob } = await agent(world, 'bob')
      const theirs = await called(world, bob, anna)
      const node = overtaken(world, async () =>
        assert.equal(
          await guessed(world, anna, { open: bob, case: theirs, of: 'access' }),
          'desk.not-proven',
        ),
      )
      const acting = {
        caseId: there.case.id,
        warrantId,
        asked: { deed: 'reset-password' },
      } as const
      assert.equal(problemOf(await acted(node, jane, acting)), 'desk.conflict')
      assert.deepEqual(await eventsAbout(world, anna, 'desk.acted'), [])
    })

    test('A13 a case that is closed at that moment takes deed and proof back', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const { id: caseId } = there.case
      const asking = { open: jane, case: there.case, of: 'password' } as const
      const { id: warrantId } = await proven(world, anna, asking)
      const { id, number } = await asked(world, anna, asking)
      const response = await anna.phone.respond(number, world.now())
      const close = async () => assert.ok((await closeCase(world, jane, caseId)).ok)
      const node = overtaken(world, close)
      const acting = { caseId, warrantId, asked: { deed: 'reset-password' } } as const
      assert.equal(problemOf(await acted(node, jane, acting)), 'desk.conflict')
      assert.deepEqual(await eventsAbout(world, anna, 'desk.acted'), [])
      const done = await answerProof(world, jane, { caseId, id, response })
      assert.equal(problemOf(done), 'desk.case-closed')
    })

    test('A13 nor is a number drawn, or its response judged, in a case that is closed meanwhile', async (t) => {
      for (const what of ['ask', 'answer'] as const) {
        const there = await call(t, database)
        const { world, anna, jane } = there
        const { id: caseId } = there.case
        const asking = { open: jane, case: there.case, of: 'access' } as const
        const { id, number } = await asked(world, anna, asking)
        const response = await anna.phone.respond(number, world.now())
        const close = async () => assert.ok((await closeCase(world, jane, caseId)).ok)
        const node = overtaken(world, close)
        const done =
          what === 'ask'
            ? await beginProof(node, jane, { caseId, authenticatorId: anna.phoneId, of: 'access' })
            : await answerProof(node, jane, { caseId, id, response })
        assert.equal(problemOf(done), 'desk.case-closed', what)
        assert.deepEqual(await eventsAbout(world, anna, 'desk.proof-accepted'), [], what)
      }
    })

    test('A13 an agent who is suspended at that moment opens, notes, asks and closes nothing', async (t) => {
      const acts: Readonly<
        Record<string, (node: TestWorld, there: Call) => Promise<{ readonly ok: boolean }>>
      > = {
        open: async (node, { jane }) =>
          await openCase(node, jane, { by: 'user-name', typed: 'anna', reason: 'question' }),
        note: async (node, { jane, case: { id } }) =>
          await noteCase(node, jane, { id, typed: 'Noted.' }),
        close: async (node, { jane, case: { id } }) => await closeCase(node, jane, id),
        ask: async (node, { jane, anna, case: { id: caseId } }) =>
          await beginProof(node, jane, { caseId, authenticatorId: anna.phoneId, of: 'access' }),
      }
      for (const [what, act] of Object.entries(acts)) {
        const there = await call(t, database)
        const { world, anna } = there
        const node = overtaken(world, async () => await suspended(there))
        const before = await findCase(world.db, there.case.id)
        assert.equal(problemOf(await act(node, there)), 'desk.conflict', what)
        assert.deepEqual(await findCase(world.db, there.case.id), before, what)
        assert.equal((await eventsAbout(world, anna, 'desk.case-opened')).length, 1, what)
        assert.deepEqual(await eventsAbout(world, anna, 'desk.proof-begun'), [], what)
      }
    })
  })
}
