import assert from 'node:assert/strict'
import { isMemberSessionOpen } from '#core/desk/member.ts'
import { askCallBack, endCallBack, queueFor, takeCallBack } from '#engine/desk/queue/call-backs.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { callBackWrite, listCallBacks } from '#store/desk/queue/call-backs.ts'
import { agent } from '../../desk/calls.ts'
import { problemOf } from '../../outcomes.ts'
import type { Run } from './play.ts'

/** What an enemy does with the clients who are to be called back. */

export const IN_QUEUE = [
  ...(['asks', 'asks', 'takes', 'takes', 'done', 'returned', 'of-another'] as const),
] as const
type Does = (typeof IN_QUEUE)[number]

export async function queues(run: Run, does: Does): Promise<void> {
  const { world, open } = run
  if (does === 'asks') return await asks(run)
  const queue = await queueFor(world, open)
  sees(run, queue)
  const [one, ...more] = queue
  // What waits in it of another history was taken out at its end.
  assert.deepEqual([queue.length, more.length], [run.isQueued ? 1 : 0, 0], 'it is not lost')
  if (!one) return
  if (does === 'takes') return await takes(run, one.id)
  if (does === 'of-another') return await ofAnother(run, one.id)
  const ended = await endCallBack(world, open, { id: one.id, as: does })
  run.seesNothing(ended)
  assert.equal(ended.ok, run.hasTaken, 'who has taken it ends it, and no other')
  if (!ended.ok) return
  run.seen.ended += 1
  run.hasTaken = false
  if (does === 'done') run.isQueued = false
}

async function asks(run: Run): Promise<void> {
  const { world, open } = run
  if (!run.case) return
  const asked = await askCallBack(world, open, run.case.id)
  run.seesNothing(asked)
  if (!asked.ok) return
  run.isQueued = true
  run.seen.queued += 1
}

/** A case of their own is opened with it, in which nothing is proven, and no other agent has it. */
async function takes(run: Run, id: string): Promise<void> {
  const { world, open, client } = run
  const taken = await takeCallBack(world, open, id)
  run.seesNothing(taken)
  if (!taken.ok) return
  run.seen.taken += 1
  assert.equal(taken.case.subscriberId, client.subscriberId)
  assert.equal(taken.case.memberId, open.member.id)
  Object.assign(run, { case: taken.case, isProven: false, isUnmasked: false, asked: null })
  run.hasTaken = true
  const other = await colleagueOf(run)
  const end = { id, as: 'done' } as const
  assert.equal(problemOf(await endCallBack(world, other, end)), 'desk.no-request')
  if (isMemberSessionOpen(open.session, open.member, world.now()))
    assert.equal(problemOf(await takeCallBack(world, other, id)), 'desk.call-back-taken')
}

/** A colleague has taken it: the enemy does not end it, nor take it while they are there. */
async function ofAnother(run: Run, id: string): Promise<void> {
  const { world, open } = run
  const other = await colleagueOf(run)
  const taken = await takeCallBack(world, other, id)
  if (!taken.ok) return
  run.hasTaken = false
  for (const as of ['done', 'returned'] as const)
    assert.equal(problemOf(await endCallBack(world, open, { id, as })), 'desk.no-request')
  assert.equal(problemOf(await takeCallBack(world, open, id)), 'desk.call-back-taken')
  assert.ok((await endCallBack(world, other, { id, as: 'returned' })).ok)
}

const colleagues = new WeakMap<Run, OpenMemberSession>()

/** Another agent, who is at the desk now. */
async function colleagueOf(run: Run): Promise<OpenMemberSession> {
  const { world, open } = run
  const known = colleagues.get(run)
  if (known && isMemberSessionOpen(known.session, known.member, world.now())) return known
  const name = `olga-${open.member.agentId}-${world.now()}`
  const { open: other } = await agent(world, name)
  colleagues.set(run, other)
  return other
}

/** Masked, whatever has been proven in a case. */
function sees(run: Run, queue: object): void {
  run.seesNothing(queue)
  const shown = JSON.stringify(queue)
  for (const hidden of [run.client.userName, run.mail, SAMPLE_NUMBER, ...run.programs.own])
    assert.ok(!shown.includes(hidden), `${hidden} in the queue`)
}

/** The history is over: the next one finds no client of it in the queue. */
export async function emptied({ world }: Run): Promise<void> {
  for (const { value, version } of await listCallBacks(world.db)) {
    const { askedBy: by, caseId } = value
    const status = { state: 'done', by, at: world.now(), caseId } as const
    const ended = { value: { ...value, status }, version }
    assert.ok(await world.db.commit([callBackWrite(world.db, ended)]))
  }
}
