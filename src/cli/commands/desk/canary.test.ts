import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canaryCommands } from '#cli/commands/desk/canary.ts'
import { PASSWORD } from '../../../../test/support/clients/engine-story.ts'
import { auditOf } from '../../../../test/support/audit.ts'
import { complains, openOffice } from '../../../../test/support/commands/office.ts'

test('A13 canaries are made by a command, which says how many and never which', async (t) => {
  const { world, run } = await openOffice<Record<string, unknown>>(t, 'canary', canaryCommands)
  await assert.rejects(run('make'), complains(/^No client has an open account yet/))
  await world.add({ userName: 'anna', password: PASSWORD })
  for (const count of ['0', '-1', '1.5', '10001', 'many', '1e3'])
    await assert.rejects(run('make', '--', count), complains(/^The number is from 1 to 10000\.$/))
  assert.deepEqual(await run('make', '3', '--by', 'agent-7'), [
    { clients: 1, canaries: 3, made: 3 },
  ])
  assert.deepEqual(await run('make'), [{ clients: 1, canaries: 3, made: 0 }])
  const made = (await auditOf(world)).filter(({ kind }) => kind === 'desk.canary-made')
  assert.deepEqual(
    made.map(({ actor, subscriberId }) => [actor, subscriberId]),
    Array.from({ length: 3 }, () => ['operator:agent-7', null]),
  )
})
