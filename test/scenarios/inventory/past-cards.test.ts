import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { strengthOf } from '#core/assurance.ts'
import { hours } from '#core/time/time.ts'
import { rungsOf } from '#edges/pages/portal/portal-scope.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { securityOf } from '#engine/devices/overview.ts'
import { importTokens, pastKinds } from '#engine/inventory/key-import.ts'
import { imaginedHoldings } from '#engine/login/decoy.ts'
import { useTask, viewTask } from '#engine/tasks/tasks.ts'
import { SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { findOpenOrder } from '#store/orders/orders.ts'
import { cardOf, deliveredKey, listed } from '../../support/clients/card.ts'
import { numberOn, PASSWORD, personWithPhone, typed } from '../../support/clients/engine-story.ts'
import { ADDRESS, inPortal } from '../../support/clients/orders.ts'
import { begunTask, opened, withdrawal } from '../../support/clients/task.ts'
import { act, call, warrantOf } from '../../support/desk/calls.ts'
import { problemOf } from '../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, testWorld } from '../../support/server/world.ts'

/** Kinds of cards that are given out no more, with keys that were imported as theirs (R121). */

async function withCard(t: TestContext, database: DatabaseKind, kind: string) {
  const world = await testWorld(t, { database })
  const accounts = [{ number: 'U-anna', environment: 'live' }] as const
  const id = await world.add({ userName: 'anna', password: PASSWORD, accounts })
  const { card } = await cardOf(world, id, 'c', kind)
  // Its holder presses it as they press one of today.
  const respond = async (number: string) => card.press(SAMPLE_PIN, number)
  const anna = { userName: 'anna', phone: { respond } }
  const session = await inPortal(world, anna)
  const judged = async (amount: string) => {
    const now = await inPortal(world, anna)
    const view = await viewTask(world, now, await opened(world, now, withdrawal(amount)))
    return view.ok ? [view.allowance.needs, view.allowance.isReached] : assert.fail(view.problem)
  }
  const withdrawn = async (amount: string) => {
    const deed = withdrawal(amount)
    const task = await opened(world, session, deed)
    const client = browser()
    const login = await begunTask(world, session, { id: task, client })
    const response = card.press(SAMPLE_PIN, await numberOn(world, login.id, client))
    assert.ok((await typed(world, login, { client, response })).ok)
    return problemOf(await useTask(world, session, { id: task, deed, usedFor: amount }))
  }
  return { world, session, judged, withdrawn }
}

for (const database of DATABASES) {
  suite(`A card of the past, on ${database}`, () => {
    test('R121 an older card opens a million a day and a million and a half in five, between a phone and a card', async (t) => {
      const { world, session, judged, withdrawn } = await withCard(t, database, 'older-card')
      assert.equal(strengthOf(session.proofs), '3c')
      const { withdrawalPerDayUsd, withdrawalPer5DaysUsd } = session.decision.rights
      assert.deepEqual([withdrawalPerDayUsd, withdrawalPer5DaysUsd], [1_000_000, 1_500_000])
      assert.deepEqual(await judged('1000000.00'), ['3', true])
      assert.deepEqual(await judged('1000000.01'), ['4', false])
      assert.equal(await withdrawn('1000000.00'), 'yes')
      world.advance(hours(25))
      assert.deepEqual(await judged('500000.00'), ['3c', true])
      assert.deepEqual(await judged('500000.01'), ['4', false])
    })

    test('R121 a gold card and a platinum card open what a card of today opens', async (t) => {
      for (const kind of ['gold-card', 'platinum-card']) {
        const { session, judged } = await withCard(t, database, kind)
        assert.equal(session.decision.rights.withdrawalPerDayUsd, null)
        assert.deepEqual(await judged('9000000.00'), ['4', true])
      }
    })

    test('is in no file that does not say so, and neither proposed nor imagined', async (t) => {
      const world = await testWorld(t, { database })
      const kinds = pastKinds(world)
      assert.deepEqual(kinds, ['older-card', 'gold-card', 'platinum-card'])
      const imported = async (serial: string, kind?: string) => {
        const items = listed([deliveredKey(serial, sampleCard('d'))])
        // In whatever order the registry has them.
        const methods = new Map([...world.methods].toReversed())
        const done = await importTokens({ ...world, methods }, { items, dryRun: false, kind })
        assert.ok(done.ok)
        return (await findToken(world.db, serial))?.method
      }
      assert.equal(await imported('TODAY-1'), 'security-card')
      assert.equal(await imported('GOLD-1', 'gold-card'), 'gold-card')
      const items = listed([deliveredKey('X-1', sampleCard('d'))])
      const unknown = await importTokens(world, { items, dryRun: false, kind: 'silver-card' })
      assert.equal(!unknown.ok && unknown.reason, 'nothing-usable')

      const phone = await personWithPhone(world, 'anna')
      const session = await inPortal(world, { userName: 'anna', phone })
      const rungs = await rungsOf(world, session, await securityOf(world, session))
      assert.ok(rungs.some(({ method }) => method === 'security-card'))
      assert.ok(!rungs.some(({ method }) => kinds.includes(method)))
      const deed = withdrawal('2000000')
      const view = await viewTask(world, session, await opened(world, session, deed))
      assert.equal(view.ok && view.allowance.better?.method, 'security-card')
      const imagined = Array.from({ length: 400 }, (_, index) =>
        imaginedHoldings(world, { userName: `name-${index}` }),
      )
      const seen = new Set(imagined.flat().map(({ method }) => method))
      assert.ok(seen.has('security-card') && !kinds.some((kind) => seen.has(kind)))
    })

    test('R110 R117 that is lost is replaced by a card of today, with the deposit of one', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const { subscriberId } = anna
      const address = { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' } as const
      assert.ok((await setContact(world, address)).ok)
      const { id } = await cardOf(world, subscriberId, 'a', 'gold-card')
      const asked = { deed: 'replace-device', authenticatorId: id } as const
      assert.equal(problemOf(await act(there, asked, await warrantOf(there, 'device'))), 'yes')
      const order = (await findOpenOrder(world.db, subscriberId))?.value
      assert.equal(order?.method, 'security-card')
      assert.equal(order.deposit.usd, 20)
    })
  })
}
