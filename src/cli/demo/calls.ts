import { DEMO_CLIENTS } from '#cli/demo/clients.ts'
import { DEMO_STAFF } from '#cli/demo/staff.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { staffActor } from '#core/desk/member.ts'
import { newId } from '#core/ids.ts'
import { after, before, days, minutes } from '#core/time/time.ts'
import { memberCalled } from '#engine/desk/staff.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { rereadingInsert } from '#store/audit/rereadings.ts'
import { caseInsert } from '#store/desk/cases.ts'

/** Calls of the days before, whose deeds chance has drawn: a supervisor reads them again. */
export async function finishCalls(world: World): Promise<void> {
  const caller = DEMO_CLIENTS.find(({ calls }) => calls)
  const [agent] = DEMO_STAFF.filter(({ role }) => role === 'agent')
  const subscriberId = caller && (await findSubscriberByName(world, caller.userName))
  const member = agent && (await memberCalled(world, agent.agentId))
  if (!subscriberId || !member) throw new Error('the demo has no call to read again')
  for (const [index, { number, note }] of CALLS.entries()) {
    const openedAt = before(world.now(), days(CALLS.length - index + 1))
    const at = (count: number) => after(openedAt, minutes(count))
    const id = newId('cas', openedAt, world.random)
    const about = { subscriberId, caseId: id, actor: staffActor(member), caseNumber: number }
    const act = 'end-sessions'
    const events: readonly AuditEvent[] = [
      { kind: 'desk.case-opened', ...about, reason: 'stolen-device' },
      { kind: 'desk.noted', ...about },
      { kind: 'desk.acted', ...about, act },
      { kind: 'desk.case-closed', ...about },
    ]
    const memberId = member.id
    const ended = { openedAt, closedAt: at(3), deniedAt: null, reason: 'stolen-device' } as const
    const notes = [{ at: at(1), text: note }]
    const drawn = { id: newId('rrd', at(2), world.random), caseId: id, act, memberId } as const
    const waits = { secondId: null, state: 'open', readerId: null, takenAt: null } as const
    const written = await world.db.commit([
      caseInsert(world.db, { id, number, subscriberId, memberId, ...ended, notes }),
      ...events.flatMap((event, minute) => eventWrites(world.db, [event], at(minute))),
      rereadingInsert(world.db, { ...drawn, ...waits, doneAt: at(2) }),
    ])
    if (!written) throw new Error('a call of the demo was there before')
  }
}

const CALLS = [
  { number: '471100', note: 'Left a laptop on the train, logged in.' },
  { number: '471101', note: 'The laptop was found. Wants to be sure that no session is open.' },
] as const
