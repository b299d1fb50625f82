import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nameOf, setFullName } from '#engine/subscribers/full-name.ts'
import { setLanguage } from '#engine/subscribers/subscribers.ts'
import type { SubscriberId } from '#core/ids.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { findFullName, writeFullName } from '#store/subscribers/full-names.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { testWorld } from '../../support/server/world.ts'

for (const database of DATABASES) {
  suite(`The full name of a client on ${database}`, () => {
    test('is recorded once for each change, and opens only in its own row', async (t) => {
      const world = await testWorld(t, { database })
      const [anna, benoit] = [
        await world.add({ userName: 'anna', password: PASSWORD }),
        await world.add({ userName: 'benoit', password: PASSWORD }),
      ]
      assert.equal(await nameOf(world, anna), null)
      for (const name of ['Anna  Example', 'Anna Example'])
        assert.deepEqual(await setFullName(world, { id: anna, name, by: 'operator' }), { ok: true })
      assert.equal(await nameOf(world, anna), 'Anna Example')
      const events = await listSubscriberEvents(world.db, anna, { limit: 20 })
      assert.equal(events.filter(({ event }) => event.kind === 'subscriber.name-set').length, 1)
      assert.equal(JSON.stringify(events).includes('Example'), false)
      const row = await world.db.read
        .selectFrom('subscriber')
        .select('full_name')
        .where('id', '=', anna)
        .executeTakeFirstOrThrow()
      const moved = world.db.write
        .updateTable('subscriber')
        .set({ full_name: row.full_name })
        .where('id', '=', benoit)
      await world.db.commit([{ ...moved.compile(), rows: 1 }])
      await assert.rejects(nameOf(world, benoit))
    })

    test('is not written over a client who was written since, and keeps the rest', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const read = await findFullName(world.db, id)
      assert.ok(read)
      assert.ok((await setLanguage(world, { id, language: 'fr', by: 'operator' })).ok)
      const event = { kind: 'subscriber.name-set', subscriberId: id, by: 'operator' } as const
      const name = { value: 'Anna Example', version: read.version }
      assert.equal(await writeFullName(world.db, { id, name, now: world.now(), event }), false)
      assert.equal(await nameOf(world, id), null)
      assert.ok((await setFullName(world, { id, name: 'Anna Example', by: 'operator' })).ok)
      assert.ok((await setLanguage(world, { id, language: 'en', by: 'operator' })).ok)
      assert.equal(await nameOf(world, id), 'Anna Example')
    })

    test('that cannot be one is refused, as is one of no client', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      for (const name of ['', 'two\nlines', 'x'.repeat(81)])
        assert.deepEqual(await setFullName(world, { id, name, by: 'operator' }), {
          ok: false,
          problem: 'subscriber.full-name',
        })
      const none = { id: 'sub_nothing' as SubscriberId, name: 'Anna', by: 'operator' } as const
      assert.deepEqual(await setFullName(world, none), {
        ok: false,
        problem: 'subscriber.not-found',
      })
    })
  })
}
