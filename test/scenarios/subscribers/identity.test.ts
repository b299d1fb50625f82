import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { NO_FACTS, type TypedFacts } from '#core/subscribers/identity.ts'
import { identityOf, setIdentity } from '#engine/subscribers/identity.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { findIdentity, writeIdentity } from '#store/subscribers/identities.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { testWorld } from '../../support/server/world.ts'

const FACTS = { birthDate: '1984-02-29', documents: ['X0471 9926'] }
const KEPT = { ...NO_FACTS, ...FACTS, documents: [{ type: null, number: 'X0471 9926' }] }

for (const database of DATABASES) {
  suite(`The papers of a client on ${database}`, () => {
    test('are recorded once for each change, sealed, and named by no event', async (t) => {
      const world = await testWorld(t, { database })
      const [anna, benoit] = [
        await world.add({ userName: 'anna', password: PASSWORD }),
        await world.add({ userName: 'benoit', password: PASSWORD }),
      ]
      const set = async (facts: TypedFacts, id = anna) =>
        await setIdentity(world, { id, facts, by: 'operator' })
      assert.deepEqual(await identityOf(world, anna), NO_FACTS)
      assert.ok((await set(FACTS)).ok)
      const spelled = { ...FACTS, documents: [' X0471  9926 ', 'X0471 9926'] }
      assert.ok((await set(spelled)).ok)
      assert.deepEqual(await identityOf(world, anna), KEPT)
      const { identity } = await world.db.read
        .selectFrom('subscriber')
        .select('identity')
        .where('id', '=', anna)
        .executeTakeFirstOrThrow()
      assert.ok(identity)
      assert.equal(Buffer.from(identity).includes('1984'), false)
      const moved = world.db.write
        .updateTable('subscriber')
        .set({ identity })
        .where('id', '=', benoit)
      await world.db.commit([{ ...moved.compile(), rows: 1 }])
      await assert.rejects(identityOf(world, benoit))
      assert.ok((await set({ birthDate: null, documents: [] })).ok)
      assert.deepEqual(await identityOf(world, anna), NO_FACTS)
      const events = await listSubscriberEvents(world.db, anna, { limit: 20 })
      const facts = events.flatMap(({ event }) =>
        event.kind === 'subscriber.identity-set' ? [event.facts] : [],
      )
      const both = ['birthDate', 'documents']
      assert.deepEqual(facts, [both, both])
      assert.equal(/1984|9926/.test(JSON.stringify(events)), false)
    })

    test('are not written over a client who was written since', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const read = await findIdentity(world.db, id)
      assert.ok(read)
      assert.ok((await setIdentity(world, { id, facts: FACTS, by: 'operator' })).ok)
      const event = { kind: 'subscriber.identity-set', subscriberId: id, facts: [], by: 'operator' }
      const stale = { id, identity: read, now: world.now(), event: event as never }
      assert.equal(await writeIdentity(world.db, stale), false)
      assert.deepEqual(await identityOf(world, id), KEPT)
    })

    test('that cannot be are refused, and leave what was recorded', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      assert.ok((await setIdentity(world, { id, facts: FACTS, by: 'operator' })).ok)
      const tomorrow = new Date(world.now() + 86_400_000).toISOString().slice(0, 10)
      const days = ['1983-02-29', '1984-02-30', '1899-12-31', tomorrow, '84-02-29', '', 'x']
      const numbers = [[''], ['-'], ['a\nb\u0000'], ['9'.repeat(41)], ['<b>1</b>']]
      const many = Array.from({ length: 11 }, (_, one) => `X${one}`)
      for (const facts of [
        ...days.map((birthDate) => ({ ...FACTS, birthDate })),
        ...[...numbers, many].map((documents) => ({ ...FACTS, documents })),
      ])
        assert.deepEqual(
          await setIdentity(world, { id, facts, by: 'operator' }),
          { ok: false, problem: 'subscriber.identity' },
          JSON.stringify(facts),
        )
      assert.deepEqual(await identityOf(world, id), KEPT)
      const none = { id: 'sub_nothing' as SubscriberId, facts: FACTS, by: 'operator' } as const
      assert.deepEqual(await setIdentity(world, none), {
        ok: false,
        problem: 'subscriber.not-found',
      })
    })
  })
}
