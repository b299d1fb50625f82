import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Case } from '#core/desk/case.ts'
import type { WarrantId } from '#core/ids.ts'
import { answerCallBack, callBack } from '#engine/desk/cases/call-back.ts'
import { openCase } from '#engine/desk/cases/cases.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { activityOf } from '#engine/notices/activity.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import { listNotices } from '#store/notices/notices.ts'
import { cardOf } from '../../../support/clients/card.ts'
import { handsetOf, settledNumber } from '../../../support/desk/call-back.ts'
import {
  act,
  desk,
  eventsAbout,
  guessed,
  proven,
  provenOnPhone,
} from '../../../support/desk/calls.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'

const TELL = { deed: 'tell-user-name' } as const

/** Anna has forgotten her user name, and has a statement at hand. */
async function forgotten(t: TestContext, database: DatabaseKind) {
  const there = await desk(t, database)
  const { world, jane, anna } = there
  const opened = await openCase(world, jane, {
    by: 'account',
    typed: 'U-anna',
    reason: 'forgotten-user-name',
  })
  assert.ok(opened.ok, problemOf(opened))
  const one: Case = opened.case
  const asking = { open: jane, case: one, of: 'access' } as const
  const warrantFrom = async (): Promise<WarrantId> => {
    const warrant = (await listWarrants(world.db, one.id)).find(({ usedAt }) => usedAt === null)
    return warrant?.id ?? assert.fail('no warrant')
  }
  const told = async () => (await eventsAbout(world, anna, 'desk.acted')).length
  return { ...there, case: one, asking, warrantFrom, told }
}

for (const database of DATABASES) {
  suite(`A forgotten user name, on ${database}`, () => {
    test('R030 R123 is found by the account number, and read out to a caller who is proven', async (t) => {
      const there = await forgotten(t, database)
      const { world, anna, jane, asking } = there
      const hidden = async () => {
        const view = JSON.stringify(await viewCase(world, jane, there.case.id))
        assert.ok(!view.includes('"anna"'), 'the page of the case never holds it')
      }
      await hidden()
      const { id } = await proven(world, anna, asking)
      await hidden()
      const done = await act(there, TELL, id)
      assert.deepEqual(done, { ok: true, spoken: 'anna', until: null })
      await hidden()
      assert.equal(problemOf(await act(there, TELL, id)), 'desk.warrant-used', 'once')

      const [event, ...more] = await eventsAbout(world, anna, 'desk.acted')
      assert.ok(event?.kind === 'desk.acted' && more.length === 0)
      const { act: deed, actor, caseId, verified } = event
      assert.deepEqual(
        [deed, actor, caseId, verified],
        ['tell-user-name', 'staff:jane', there.case.id, 'response'],
      )
      assert.ok(!JSON.stringify(event).includes('"anna"'), 'the log says that, and not what')
      await noticeDue(world)
      const notices = await listNotices(world.db, anna.subscriberId, 50)
      assert.equal(notices.filter(({ kind }) => kind === 'desk-acted').length, 1)
      const { happenings } = await activityOf(world, anna as never, {})
      const lines = happenings.flatMap(({ entries }) => entries.map(({ line }) => line))
      assert.ok(lines.includes('desk-acted') && lines.includes('desk-looked'))
    })

    test('R155 R030 is told to no caller who proves nothing, whatever the agent tries', async (t) => {
      const there = await forgotten(t, database)
      const { world, anna, asking, told } = there
      assert.equal(problemOf(await act(there, TELL)), 'desk.more-proof')
      assert.equal(await guessed(world, anna, asking), 'desk.not-proven')
      assert.equal(problemOf(await act(there, TELL)), 'desk.more-proof')
      for (const other of ['stop', 'device'] as const) {
        const { id } = await proven(world, anna, { ...asking, of: other })
        assert.equal(problemOf(await act(there, TELL, id)), 'desk.no-warrant', other)
      }
      assert.equal(await told(), 0)
    })

    test('R123 A13 each proof is given without a user name: phone, card and call-back', async (t) => {
      const there = await forgotten(t, database)
      const { world, anna, jane, asking, warrantFrom } = there
      const spoken = async () => {
        const done = await act(there, TELL, await warrantFrom())
        assert.ok(done.ok, problemOf(done))
        assert.equal(done.spoken, 'anna')
      }
      const onPhone = await provenOnPhone(world, anna, asking)
      assert.ok(onPhone.ok && onPhone.outcome === 'approved')
      await spoken()

      const { card, id: authenticatorId } = await cardOf(world, anna.subscriberId)
      const caseId = there.case.id
      const begun = await beginProof(world, jane, { caseId, authenticatorId, of: 'access' })
      assert.ok(begun.ok, problemOf(begun))
      const response = card.press(SAMPLE_PIN, begun.number)
      assert.ok((await answerProof(world, jane, { caseId, id: begun.id, response })).ok)
      await spoken()
    })

    test('R123 A13 a call-back is enough for it, and not where anything is unusual', async (t) => {
      const there = await forgotten(t, database)
      const { world, anna, jane, told } = there
      const handset = handsetOf(world)
      await settledNumber(world, anna)
      const called = await openCase(world, jane, {
        by: 'account',
        typed: 'U-anna',
        reason: 'forgotten-user-name',
      })
      assert.ok(called.ok, problemOf(called))
      const caseId = called.case.id
      const provenBack = async () => {
        const rings = await callBack(world, jane, { caseId, of: 'access' })
        assert.ok(rings.ok, problemOf(rings))
        const answer = { caseId, id: rings.id, code: await handset.press('1'), cells: '' }
        const done = await answerCallBack(world, jane, answer)
        assert.ok(done.ok, problemOf(done))
        return done.warrant.id
      }
      const at = { world, jane, case: called.case }
      const done = await act(at, TELL, await provenBack())
      assert.ok(done.ok && done.spoken === 'anna', problemOf(done))
      assert.equal(await told(), 1)
      const asking = { open: jane, case: called.case, of: 'access' } as const
      await guessed(world, anna, asking)
      await guessed(world, anna, asking)
      assert.equal(problemOf(await act(at, TELL, await provenBack())), 'desk.more-proof')
      assert.equal(await told(), 1)
    })
  })
}
