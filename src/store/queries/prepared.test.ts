import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepared } from '#store/queries/prepared.ts'
import { overBothDatabases } from '#store/contract/store.contract.ts'

overBothDatabases('a prepared statement', (nodes) => {
  interface Asked {
    readonly kind: string
    readonly after: number
  }

  test('has each value where it belongs, and the others as they were built', () => {
    const events = prepared((db, { kind, after }: Asked) =>
      db.read
        .selectFrom('audit_event')
        .select('seq')
        .where('seq', '>', after)
        .where('subscriber_id', '=', 'sub_one')
        .where('kind', 'in', [kind, 'other'])
        .limit(3),
    )
    const first = events(nodes.db, { kind: 'login.started', after: 7 })
    assert.deepEqual(first.parameters, [7, 'sub_one', 'login.started', 'other', 3])
    const second = events(nodes.db, { kind: 'login.expired', after: 8 })
    assert.deepEqual(second.parameters, [8, 'sub_one', 'login.expired', 'other', 3])
    assert.equal(first.sql, second.sql)
  })

  test('answers with rows', async () => {
    const marks = prepared((db, { kind }: Asked) =>
      db.read.selectFrom('audit_event').select('kind').where('kind', '=', kind),
    )
    const note = prepared((db, { kind, after }: Asked) =>
      db.write.insertInto('audit_event').values({ kind, at_ms: after, body: '{}' }),
    )
    const kind = 'session.opened'
    assert.ok(await nodes.db.commit([{ ...note(nodes.db, { kind, after: 1 }), rows: 1 }]))
    assert.deepEqual({ ...(await nodes.db.ask(marks(nodes.db, { kind, after: 0 })))[0] }, { kind })
  })

  test('cannot be built of what is not known yet', () => {
    const wrong = prepared((db, { after }: Asked) =>
      db.read
        .selectFrom('audit_event')
        .select('seq')
        .where('seq', '=', after + 1),
    )
    assert.throws(() => wrong(nodes.db, { kind: 'a', after: 1 }), /still to come/)
  })
})
