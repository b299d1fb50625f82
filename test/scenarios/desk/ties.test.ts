import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import { type TieKind, TIES_MAX } from '#core/desk/member.ts'
import { newId } from '#core/ids.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { type Invited, inviteMember, memberCalled } from '#engine/desk/staff.ts'
import { readTies, tieBetween, tieOf } from '#engine/desk/ties.ts'
import type { World } from '#engine/world.ts'
import { sample as phone } from '#methods/phone-key/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { CONSOLE, hired, invited } from '../../support/desk/staff.ts'
import { DATABASES } from '../../support/server/databases.ts'
import { testWorld } from '../../support/server/world.ts'

const problemOf = (done: { readonly ok: boolean } | { readonly problem: string }): string =>
  'problem' in done ? done.problem : 'none'

const PASSWORD = 'correct horse battery'

for (const database of DATABASES) {
  suite(`What is a member’s own, on ${database}`, () => {
    const tie = (world: World, number: number) =>
      tieOf(world.keys, 'user-name', `name${number}`) ?? assert.fail()
    const tiesOf = async (world: World) => (await memberCalled(world, 'olga' as AgentId))?.ties
    const told = async (world: World) =>
      (await auditOf(world)).flatMap((event) =>
        event.kind === 'desk.member-invited' ? [event.ties] : [],
      )

    test('stays when the member is invited again without it, and the log says how much there is', async (t) => {
      const world = await testWorld(t, { database })
      const [one, other] = [tie(world, 1), tie(world, 2)]
      await hired(world, 'olga', { ties: [one] })
      await invited(world, 'olga', { again: true })
      assert.deepEqual(await tiesOf(world), [one])
      await invited(world, 'olga', { again: true, ties: [other, one] })
      assert.deepEqual(await tiesOf(world), [one, other])
      assert.deepEqual(await told(world), [1, 1, 2])
    })

    test('is not taken away, and no other role is given, by a plain invitation of an invited member', async (t) => {
      const world = await testWorld(t, { database })
      const own = tie(world, 1)
      await hired(world, 'olga', { ties: [own] })
      await invited(world, 'olga', { again: true })
      const plain = { agentId: 'olga', name: 'Olga', role: 'supervisor', ties: [], again: false }
      assert.equal(problemOf(await inviteMember(world, CONSOLE, plain)), 'desk.member-taken')
      const member = await memberCalled(world, 'olga' as AgentId)
      assert.deepEqual([member?.role, member?.ties], ['agent', [own]])
    })

    test('is one telephone number however it is written, and none without its country', async (t) => {
      const world = await testWorld(t, { database })
      const read = (telephone: string) => readTies(world.keys, { telephone })
      const own = [tieOf(world.keys, 'telephone', '+41791234567')]
      for (const written of ['+41 79 123 45 67', '0041 79 123 45 67', '+41 (0)79 123 45 67']) {
        assert.deepEqual(read(written), { ok: true, ties: own }, written)
      }
      assert.deepEqual(read(' '), { ok: true, ties: [] })
      for (const wrong of ['079 123 45 67', '+41 79', 'call me', '+1 202 555 0123 or mail']) {
        assert.equal(problemOf(read(wrong)), 'telephone.malformed', wrong)
      }
    })

    test('is not more than twenty, with what was said before', async (t) => {
      const world = await testWorld(t, { database })
      const all = Array.from({ length: TIES_MAX + 1 }, (_, number) => tie(world, number))
      const asked = { agentId: 'olga', name: 'Olga', role: 'agent', again: true }
      const invite = async (ties: Invited['ties']) =>
        problemOf(await inviteMember(world, CONSOLE, { ...asked, ties }))
      assert.equal(await invite(all), 'desk.too-many-ties')
      assert.equal(await invite(all.slice(1)), 'none')
      assert.equal(await invite(all.slice(0, 1)), 'desk.too-many-ties')
      assert.equal(await invite(all.slice(-1)), 'none')
      assert.equal((await tiesOf(world))?.length, 20)
    })
  })
}

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
