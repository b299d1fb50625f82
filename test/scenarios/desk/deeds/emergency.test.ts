import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import { noticeOf } from '#core/audit/audit.ts'
import type { EmergencyDeed } from '#core/desk/programs/emergency.ts'
import { hours } from '#core/time/time.ts'
import { type EmergencyAct, inEmergency } from '#engine/desk/programs/emergency.ts'
import { suspendMember } from '#engine/desk/staff.ts'
import { startReset } from '#engine/password/reset.ts'
import {
  issueTemporaryPasscode,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import { unlockName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'
import { listMembers } from '#store/desk/members.ts'
import { callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import { proofFailed } from '#core/desk/verification.ts'
import { auditOf } from '../../../support/audit.ts'
import { listed } from '../../../support/desk/behalf.ts'
import { begin } from '../../../support/clients/engine-story.ts'
import { caller, knownBrowser } from '../../../support/desk/calls.ts'
import { CONSOLE } from '../../../support/desk/staff.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { browser, HONEST, testWorld } from '../../../support/server/world.ts'

/** Commands that do what the desk does, while it cannot: each by its limits, and with an alarm. */

async function there(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const anna = await caller(world, 'anna')
  await knownBrowser(world, anna)
  const { subscriberId } = anna
  const by = 'jane' as AgentId
  const asks = async (deed: EmergencyDeed, more: Partial<EmergencyAct> = {}) => {
    const second = null
    const word = { verified: 'response', why: 'desk-away' } as const
    return await inEmergency(world, { subscriberId, deed, by, second, ...word, ...more })
  }
  const alarms = async () =>
    (await auditOf(world)).filter(({ kind }) => kind === 'desk.glass-broken').length
  return { world, subscriberId, by, asks, alarms }
}

const SUE = { second: 'sue' as AgentId } as const

/** What each of them does, once it may. */
const ACTS: Readonly<
  Record<
    EmergencyDeed,
    (world: World, there: Awaited<ReturnType<typeof opened>>) => Promise<unknown>
  >
> = {
  'issue-passcode': (world, { subscriberId, by }) =>
    issueTemporaryPasscode(world, { subscriberId, by, reason: 'lost' }),
  'release-passcode': (world, { subscriberId, by }) =>
    releaseTemporaryPasscode(world, { subscriberId, by }),
  'end-passcode': (world, { subscriberId, by }) =>
    revokeTemporaryPasscode(world, { subscriberId, by }),
  'reset-password': (world, { subscriberId, by }) => startReset(world, { subscriberId, by }),
  'unlock-name': (world) => unlockName(world, 'anna'),
}

async function opened(t: TestContext, database: DatabaseKind) {
  const set = await there(t, database)
  await listed(set.world, 'jane')
  const sue = await listed(set.world, 'sue', { role: 'supervisor' })
  return { ...set, sue }
}

for (const database of DATABASES) {
  suite(`A command in place of the desk, on ${database}`, () => {
    test('A13 R127 each raises an alarm in its commit, names who and why, and the client is told', async (t) => {
      const set = await opened(t, database)
      const { world, asks, alarms } = set
      const told = async () =>
        (await auditOf(world)).filter((event) => noticeOf(event) !== null).length
      const deeds = ['issue-passcode', 'release-passcode', 'end-passcode'] as const
      for (const [index, deed] of deeds.entries()) {
        const before = await told()
        const held = await asks(deed, deed === 'end-passcode' ? {} : SUE)
        assert.ok(held.ok, problemOf(held))
        const done = (await ACTS[deed](held.world, set)) as { readonly ok: boolean }
        assert.ok(done.ok)
        assert.equal(await alarms(), index + 1)
        assert.ok((await told()) > before, deed)
      }
      const events = await auditOf(world)
      const alarm = events.find(({ kind }) => kind === 'desk.glass-broken')
      assert.ok(alarm?.kind === 'desk.glass-broken')
      assert.deepEqual(
        [alarm.actor, alarm.second, alarm.act, alarm.why, alarm.verified],
        ['operator:jane', 'operator:sue', 'issue-passcode', 'desk-away', 'response'],
      )
      const issued = events.find(({ kind }) => kind === 'authenticator.issued')
      assert.deepEqual([issued?.actor, issued?.verified], ['operator:jane', 'response'])
    })

    test('A13 the table of the desk decides how many people it takes', async (t) => {
      const { asks, alarms } = await opened(t, database)
      const rows: readonly (readonly [EmergencyDeed, Partial<EmergencyAct>, string])[] = [
        // The word of one person, however good, lets no one in.
        ['issue-passcode', {}, 'desk.second-person'],
        ['issue-passcode', { verified: 'in-person' }, 'desk.second-person'],
        ['release-passcode', { verified: 'in-person' }, 'desk.second-person'],
        ['issue-passcode', SUE, 'yes'],
        ['issue-passcode', { verified: 'call-back' }, 'desk.second-person'],
        ['issue-passcode', { verified: 'call-back', ...SUE }, 'yes'],
        ['issue-passcode', { second: 'jane' as AgentId }, 'desk.second-person'],
        ['issue-passcode', { second: 'not-hired' as AgentId }, 'desk.second-person'],
        ['reset-password', { verified: 'document' }, 'desk.second-person'],
        ['reset-password', { verified: 'document', ...SUE }, 'yes'],
        ['unlock-name', { verified: 'call-back' }, 'yes'],
        ['unlock-name', { by: 'not-hired' as AgentId }, 'desk.not-on-behalf'],
      ]
      for (const [deed, more, said] of rows) {
        const held = await asks(deed, more)
        assert.equal(held.ok ? 'yes' : held.problem, said, `${deed} ${JSON.stringify(more)}`)
      }
      assert.equal(await alarms(), 0, 'what is not done raises none')
    })

    test('A13 a password and a passcode are a day apart, whichever door gives them', async (t) => {
      const set = await opened(t, database)
      const { world, subscriberId, by, asks } = set
      const held = await asks('reset-password', SUE)
      assert.ok(held.ok && (await startReset(held.world, { subscriberId, by })).ok)
      assert.equal(problemOf(await asks('issue-passcode', SUE)), 'desk.one-change')
      world.advance(hours(24))
      assert.ok((await asks('issue-passcode', SUE)).ok)
    })

    test('R126 three failed proofs stop what is proven by telephone here, too', async (t) => {
      const { world, subscriberId, asks } = await opened(t, database)
      const calls = await findCallStanding(world.db, subscriberId)
      let { value } = calls
      for (let failed = 0; failed < 3; failed += 1) value = proofFailed(value, world.now())
      const stopped = callStandingWrite(world.db, subscriberId, { value, version: calls.version })
      assert.ok(await world.db.commit([stopped]))
      assert.equal(problemOf(await asks('unlock-name')), 'desk.calls-stopped')
      assert.ok((await asks('unlock-name', { verified: 'in-person' })).ok)
    })

    test('of two that were begun at once one is done, and none by a member who has left', async (t) => {
      const { world, subscriberId, by, sue, asks, alarms } = await opened(t, database)
      const [one, other] = [await asks('reset-password', SUE), await asks('reset-password', SUE)]
      assert.ok(one.ok && other.ok)
      assert.ok((await startReset(one.world, { subscriberId, by })).ok)
      assert.equal(problemOf(await startReset(other.world, { subscriberId, by })), 'desk.conflict')
      const late = await asks('reset-password', SUE)
      assert.ok(late.ok)
      assert.ok((await suspendMember(world, CONSOLE, sue.id)).ok)
      assert.equal(problemOf(await startReset(late.world, { subscriberId, by })), 'desk.conflict')
      assert.equal(await alarms(), 1)
    })

    test('A13 a name is not unlocked by a member who has left, and the command says so', async (t) => {
      const { world, asks, alarms } = await opened(t, database)
      const wrong = { userName: 'anna', password: 'wrong' } as const
      assert.ok(!(await begin(world, browser(), wrong)).ok)
      const held = await asks('unlock-name')
      assert.ok(held.ok)
      const jane = (await listMembers(world.db)).find(({ value }) => value.agentId === 'jane')
      assert.ok(jane && (await suspendMember(world, CONSOLE, jane.value.id)).ok)
      assert.equal(problemOf(await unlockName(held.world, 'anna')), 'desk.conflict')
      assert.equal(await alarms(), 0)
      assert.deepEqual(await unlockName(world, 'anna'), { ok: true, forgotten: 1 })
    })

    test('A13 none is done for a client who has something in common with the staff', async (t) => {
      const { world, asks } = await opened(t, database)
      await listed(world, 'zoe', { own: { 'user-name': 'anna' } })
      assert.equal(problemOf(await asks('unlock-name')), 'desk.not-allowed')
    })

    test('A13 where all who work at the desk are suspended, invented ids are no people', async (t) => {
      const { world, asks, sue } = await opened(t, database)
      assert.ok((await suspendMember(world, CONSOLE, sue.id)).ok)
      const jane = (await listMembers(world.db)).find(({ value }) => value.agentId === 'jane')
      assert.ok(jane && (await suspendMember(world, CONSOLE, jane.value.id)).ok)
      const away = {
        verified: 'call-back',
        by: 'ann' as AgentId,
        second: 'bob' as AgentId,
      } as const
      assert.equal(problemOf(await asks('issue-passcode', away)), 'desk.not-on-behalf')
    })

    test('where no one works at the desk yet, two ids are two people', async (t) => {
      const { asks } = await there(t, database)
      const away = { verified: 'call-back' } as const
      assert.equal(problemOf(await asks('issue-passcode', away)), 'desk.second-person')
      assert.ok((await asks('issue-passcode', { ...away, ...SUE })).ok)
    })
  })
}
