import assert from 'node:assert/strict'
import { viewRecord } from '#engine/desk/record/record.ts'
import { ADDRESS } from '../../clients/orders.ts'
import type { Run } from './play.ts'

/** The agent reads what is on record of the client: masked, until the client has proven it. */
export async function readsRecord(run: Run): Promise<void> {
  const { world, open } = run
  if (!run.case) return
  const view = await viewRecord(world, open, run.case.id)
  run.seesNothing(view)
  if (!view.ok) return
  run.seen.records += 1
  run.records += 1
  assert.equal(view.isProven, run.isProven)
  if (view.isProven) return
  const { logins, orders, documents } = view
  const shown = JSON.stringify([logins, orders, documents])
  for (const hidden of [run.mail, JSON.stringify(ADDRESS).slice(1, -1), ...run.programs.own])
    assert.ok(!shown.includes(JSON.stringify(hidden).slice(1, -1)), `${hidden} on record`)
  for (const one of logins)
    assert.deepEqual([one.device, one.from, one.reason, one.messages], [null, null, null, []])
}
