import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { days, minutes } from '#core/time/time.ts'
import { outcomesAfter } from '#engine/audit/solved.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import { begin, PASSWORD } from '../../support/clients/engine-story.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import { agent, called } from '../../support/desk/calls.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const QUARTER = minutes(15)

for (const database of DATABASES) {
  suite(`What became of a problem that a client was told, on ${database}`, () => {
    const wrong = async (world: TestWorld, userName: string) =>
      void (await begin(world, browser(), { userName, password: 'a guess' }))

    test('is known after fifteen minutes: in by themselves, after a call, or not', async (t) => {
      const world = await testWorld(t, { database })
      for (const userName of ['alone', 'caller', 'late', 'gone'])
        await world.add({ userName, password: PASSWORD })
      const passcodes = new Map<string, string>()
      for (const userName of ['alone', 'caller', 'late', 'gone'])
        passcodes.set(userName, await givenPasscode(world, userName))
      const enter = async (userName: string) =>
        void (await inWithPasscode(world, { userName }, passcodes.get(userName) ?? ''))
      const start = { at: world.now(), seq: 0 }
      for (const userName of ['alone', 'caller', 'late', 'unknown']) await wrong(world, userName)
      world.advance(minutes(1))
      await enter('alone')
      await enter('caller')
      await called(world, (await agent(world, 'mary')).open, { userName: 'caller' })
      const early = await outcomesAfter(world, start)
      assert.deepEqual(early.outcomes, [])
      // In before, and not after.
      await enter('gone')
      world.advance(minutes(9))
      await wrong(world, 'gone')
      world.advance(minutes(6))
      await enter('late')
      world.advance(QUARTER)
      const { outcomes, place } = await outcomesAfter(world, early.place)
      assert.deepEqual(
        outcomes.map(({ code, solved }) => `${code} ${solved}`),
        ['alone', 'called', 'no', 'no'].map((solved) => `login.wrong-credentials ${solved}`),
      )
      assert.deepEqual((await outcomesAfter(world, place)).outcomes, [], 'once')
    })

    test('has the code that the client read, also where the password was right', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'none', password: PASSWORD })
      const paper = [{ number: 'DU1', environment: 'paper' }] as const
      await world.add({ userName: 'paper', password: PASSWORD, accounts: paper })
      const closed = [{ number: 'U2', environment: 'live', status: 'closed-by-broker' }] as const
      await world.add({ userName: 'closed', password: PASSWORD, accounts: closed })
      const start = { at: world.now(), seq: 0 }
      const told = []
      for (const userName of ['none', 'paper', 'closed']) {
        const started = await begin(world, browser(), { userName, platform: 'trade' })
        told.push(!started.ok && started.problem)
      }
      world.advance(minutes(16))
      const { outcomes } = await outcomesAfter(world, start)
      assert.deepEqual(told, ['login.no-authenticator', 'login.use-paper', 'account.closed'])
      assert.deepEqual(
        outcomes.map(({ code }) => code),
        told,
      )
    })

    test('is read an hour at a time, however long none has asked', async (t) => {
      const world = await testWorld(t, { database })
      for (const userName of ['early', 'soon', 'later'])
        await world.add({ userName, password: PASSWORD })
      const start = { at: world.now(), seq: 0 }
      await wrong(world, 'early')
      world.advance(minutes(59))
      await wrong(world, 'soon')
      world.advance(days(30))
      await wrong(world, 'later')
      world.advance(minutes(16))
      const first = await outcomesAfter(world, start)
      assert.equal(first.outcomes.length, 2)
      const second = await outcomesAfter(world, first.place)
      assert.equal(second.outcomes.length, 1)
      assert.deepEqual((await outcomesAfter(world, second.place)).outcomes, [])
    })

    test('is counted once, however often it is asked at once', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'gone', password: PASSWORD })
      const { registry } = metricsOf(world)
      const said = async () =>
        /^countersign_reasons_total\{.*$/m.exec(await registry.metrics())?.[0]
      assert.equal(await said(), undefined)
      await wrong(world, 'gone')
      world.advance(minutes(16))
      await Promise.all([said(), said(), said()])
      assert.equal(
        await said(),
        'countersign_reasons_total{code="login.wrong-credentials",solved="no"} 1',
      )
    })
  })
}
