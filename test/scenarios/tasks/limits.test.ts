import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DEFAULT_LIMITS, type LimitTable } from '#core/sessions/limits.ts'
import { changeAccount, createAccount } from '#engine/subscribers/accounts.ts'
import { setOptedOut } from '#engine/subscribers/opting-out.ts'
import { useTask, viewTask } from '#engine/tasks/tasks.ts'
import { approvedTask, opened, withdrawal } from '../../support/clients/task.ts'
import { inPortal } from '../../support/clients/orders.ts'
import { personWithPhone } from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/** Limits that the operator has set, everywhere and in one place (R121). */

const HONG_KONG: LimitTable = { ...DEFAULT_LIMITS, 1: [5_000, 5_000], 3: [300_000, 600_000] }
const ELSEWHERE: LimitTable = { ...DEFAULT_LIMITS, 1: [10_000, 20_000], 3: [800_000, 900_000] }

const SETTINGS = {
  withdrawals: { everywhere: ELSEWHERE, places: new Map([['hk', HONG_KONG]]) },
} as const

const limitsOf = async (world: TestWorld, phone: Parameters<typeof inPortal>[1]['phone']) => {
  const { rights } = (await inPortal(world, { userName: 'anna', phone })).decision
  return [rights.withdrawalPerDayUsd, rights.withdrawalPer5DaysUsd]
}

const move = async (world: TestWorld, residence: string) => {
  const change = { kind: 'relocate', residence } as const
  const moved = await changeAccount(world, { number: 'U-anna', change, by: 'operator' })
  assert.ok(moved.ok)
}

for (const database of DATABASES) {
  suite(`Withdrawal limits of the operator, on ${database}`, () => {
    test('R121 R132 are those of the place where the client lives, the lowest of several', async (t) => {
      const world = await testWorld(t, { database, settings: SETTINGS })
      const phone = await personWithPhone(world, 'anna')
      assert.deepEqual(await limitsOf(world, phone), [800_000, 900_000])
      await move(world, 'HK')
      assert.deepEqual(await limitsOf(world, phone), [300_000, 600_000])
      await move(world, 'US')
      const { subscriberId } = await inPortal(world, { userName: 'anna', phone })
      const about = { number: 'U-further', environment: 'live', subscriberId } as const
      assert.ok((await createAccount(world, { ...about, residence: 'HK', by: 'operator' })).ok)
      assert.deepEqual(await limitsOf(world, phone), [300_000, 600_000])
    })

    test('R121 R130 hold for a withdrawal to the cent, and for a client who has opted out', async (t) => {
      const world = await testWorld(t, { database, settings: SETTINGS })
      const phone = await personWithPhone(world, 'anna')
      const session = await inPortal(world, { userName: 'anna', phone })
      const more = await viewTask(
        world,
        session,
        await opened(world, session, withdrawal('800000.01')),
      )
      // Enough for a card, also for one of the past: the client holds none, and one of today is
      // what may be had.
      assert.ok(more.ok && more.allowance.needs === '3c' && !more.allowance.isReached)
      assert.match(more.allowance.better?.method ?? '', /^(security-card|passkey)$/)
      const deed = withdrawal('800000.00')
      const all = await viewTask(world, session, await opened(world, session, deed))
      assert.ok(all.ok && all.allowance.needs === '3' && all.allowance.isReached)
      assert.deepEqual(await setOptedOut(world, session, true), { ok: true })
      assert.deepEqual(await limitsOf(world, phone), [10_000, 20_000])
    })

    test('R121 a withdrawal that was approved before the operator lowered the limit is held to the new one', async (t) => {
      const world = await testWorld(t, { database, settings: SETTINGS })
      const phone = await personWithPhone(world, 'anna')
      const session = await inPortal(world, { userName: 'anna', phone })
      assert.equal(session.limits[3][0], 800_000)
      const deed = withdrawal('300000.01')
      const id = await approvedTask(world, session, { deed, phone })
      const withdrawals = { everywhere: HONG_KONG, places: new Map() }
      const started = await testWorld(t, { beside: world, settings: { withdrawals } })
      const refused = await useTask(started, session, { id, deed, usedFor: 'grant 1' })
      assert.equal(!refused.ok && refused.problem, 'task.over-limit')
    })
  })
}
