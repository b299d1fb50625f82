import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { SessionId } from '#core/ids.ts'
import { newId } from '#core/ids.ts'
import { eventWrites, listSubscriberEvents } from '#store/audit/audit.ts'
import { newcomer, NOW, overBothDatabases, random } from '#store/contract/store.contract.ts'
import { changing } from '#store/queries/writes.ts'

overBothDatabases('an audit event', (nodes) => {
  test('says who did it, under which case, and how the client was verified', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const event: AuditEvent = {
      kind: 'session.ended',
      subscriberId: subscriber.id,
      sessionId: newId('ses', NOW, random),
      by: 'desk',
      actor: `staff:${'agent-7' as AgentId}`,
      caseId: newId('cas', NOW, random),
      verified: 'call-back',
    }
    assert.ok(await nodes.db.commit(eventWrites(nodes.db, [event], NOW)))
    const [written] = await listSubscriberEvents(nodes.other, subscriber.id, { limit: 1 })
    assert.deepEqual(written?.event, event)
  })

  test('is counted by its kind once it is committed, and not when its commit fails', async () => {
    const { db } = nodes
    const { subscriber } = await newcomer(db)
    const count = () => db.committed.get('session.opened') ?? 0
    const before = count()
    const sessionId: SessionId = newId('ses', NOW, random)
    const event = { kind: 'session.opened', subscriberId: subscriber.id, sessionId } as const
    const writes = eventWrites(db, [event, event], NOW)
    assert.ok(await db.commit(writes))
    assert.equal(count(), before + 2)
    const nobody = db.write.deleteFrom('subscriber').where('id', '=', 'sub_nobody' as never)
    assert.equal(await db.commit([...writes, changing(1, nobody)]), false)
    assert.equal(count(), before + 2)
  })
})
