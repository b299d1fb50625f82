import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { TieKind } from '#core/desk/member.ts'
import { newId } from '#core/ids.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { tieBetween, tieOf } from '#engine/desk/ties.ts'
import { sample as phone } from '#methods/phone-key/sample.ts'
import { hired } from '../../support/desk/staff.ts'
import { testWorld } from '../../support/server/world.ts'

const PASSWORD = 'correct horse battery'

suite('A member of staff who is also a client', () => {
  const hire = async (
    world: Awaited<ReturnType<typeof testWorld>>,
    own: readonly (readonly [TieKind, string])[],
  ) => {
    const ties = own.flatMap(([kind, text]) => tieOf(world.keys, kind, text) ?? [])
    return (await hired(world, 'olga', { ties })).member
  }

  test('is told apart from every other client, by name, number, mail and address', async (t) => {
    const world = await testWorld(t)
    const [own, other] = [
      await world.add({ userName: 'olga-e', password: PASSWORD }),
      await world.add({ userName: 'anna', password: PASSWORD }),
    ]
    const by = 'operator'
    await setContact(world, { subscriberId: other, kind: 'email', value: 'anna@example.com', by })
    const rows = [
      ['user-name', 'Olga-E', own],
      ['email', 'ANNA@example.com', other],
      ['telephone', '+1 202 555 0123', other],
      ['postal', 'Main St. 1, Zug', other],
    ] as const
    const mobile = { subscriberId: other, kind: 'mobile', value: '+12025550123', by } as const
    const postal = { subscriberId: other, kind: 'postal', value: 'Main St 1\nZug', by } as const
    await setContact(world, mobile)
    await setContact(world, postal)
    for (const [kind, text, client] of rows) {
      const member = { ties: [tieOf(world.keys, kind, text) ?? assert.fail()] }
      assert.equal(await tieBetween(world, member, client), kind)
      const stranger = client === own ? other : own
      assert.equal(await tieBetween(world, member, stranger), null)
    }
    // The number before this one was theirs until today.
    await setContact(world, { ...mobile, value: '+12025550124' })
    const member = await hire(world, [['telephone', '+12025550123']])
    assert.equal(await tieBetween(world, member, other), 'telephone')
    assert.doesNotMatch(JSON.stringify(member.ties), /2025550123/)
  })

  test('is tied to whom they hold a device together with', async (t) => {
    const world = await testWorld(t)
    const own = await world.add({ userName: 'olga-e', password: PASSWORD })
    const holds = [{ method: 'phone-key', state: phone.state }]
    const other = await world.add({ userName: 'anna', password: PASSWORD, holds })
    const member = await hire(world, [['user-name', 'olga-e']])
    assert.equal(await tieBetween(world, member, other), null)
    const { id } = await world.db.read
      .selectFrom('authenticator')
      .innerJoin('binding', 'binding.authenticator_id', 'authenticator.id')
      .select('authenticator.id')
      .where('binding.method', '=', 'phone-key')
      .executeTakeFirstOrThrow()
    const shared = { authenticator_id: id, subscriber_id: own, method: 'phone-key' }
    const insert = world.db.write.insertInto('binding').values(shared).compile()
    await world.db.commit([{ ...insert, rows: 1 }])
    assert.equal(await tieBetween(world, member, other), 'device')
    assert.equal(await tieBetween(world, { ties: [] }, other), null)
    assert.equal(await tieBetween(world, member, newId('sub', world.now(), world.random)), null)
  })
})
