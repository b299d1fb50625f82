import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import { TIES_MAX } from '#core/desk/member.ts'
import { newId } from '#core/ids.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { type Invited, inviteMember, memberCalled, suspendMember } from '#engine/desk/staff.ts'
import { openCase } from '#engine/desk/cases/cases.ts'
import { readTies, tieOf, tieToStaff } from '#engine/desk/ties.ts'
import type { World } from '#engine/world.ts'
import { sample as phone } from '#methods/phone-key/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { CONSOLE, hired, invited } from '../../support/desk/staff.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { testWorld } from '../../support/server/world.ts'
import { problemOf } from '../../support/outcomes.ts'

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
      assert.equal(await invite(all.slice(1)), 'yes')
      assert.equal(await invite(all.slice(0, 1)), 'desk.too-many-ties')
      assert.equal(await invite(all.slice(-1)), 'yes')
      assert.equal((await tiesOf(world))?.length, 20)
    })
  })
}

for (const database of DATABASES) {
  suite(`A client who is also staff, on ${database}`, () => {
    test('A13 is told apart from every other client, by name, number, mail and address', async (t) => {
      const world = await testWorld(t, { database })
      const [own, other] = [
        await world.add({ userName: 'olga-e', password: PASSWORD }),
        await world.add({ userName: 'anna', password: PASSWORD }),
      ]
      const by = 'operator'
      await setContact(world, { subscriberId: other, kind: 'email', value: 'anna@example.com', by })
      const mobile = { subscriberId: other, kind: 'mobile', value: '+12025550123', by } as const
      const postal = { subscriberId: other, kind: 'postal', value: 'Main St 1\nZug', by } as const
      await setContact(world, mobile)
      await setContact(world, postal)
      const rows = [
        ['user-name', 'Olga-E', own],
        ['email', 'ANNA@example.com', other],
        ['telephone', '001 202 555 0123', other],
        ['postal', 'Main St. 1, Zug', other],
      ] as const
      for (const [kind, text, client] of rows) {
        const ties = [tieOf(world.keys, kind, text) ?? assert.fail()]
        const { member } = await invited(world, `has.${kind}`, { ties })
        assert.deepEqual(await tieToStaff(world, client), { of: kind, memberId: member.id })
        const stranger = client === own ? other : own
        assert.equal(await tieToStaff(world, stranger), null)
        assert.ok((await suspendMember(world, CONSOLE, member.id)).ok)
        assert.equal(await tieToStaff(world, client), null, 'a leaver is a client like any other')
      }
      // The number before this one was theirs until today.
      await setContact(world, { ...mobile, value: '+12025550124' })
      const number = tieOf(world.keys, 'telephone', '+12025550123') ?? assert.fail()
      const { member } = await invited(world, 'olga', { ties: [number] })
      assert.deepEqual(await tieToStaff(world, other), { of: 'telephone', memberId: member.id })
      assert.doesNotMatch(JSON.stringify(member.ties), /2025550123/)
    })

    test('A13 is tied by a device that they hold together with another client', async (t) => {
      const world = await testWorld(t, { database })
      const own = await world.add({ userName: 'olga-e', password: PASSWORD })
      const holds = [{ method: 'phone-key', state: phone.state }]
      const other = await world.add({ userName: 'anna', password: PASSWORD, holds })
      const name = tieOf(world.keys, 'user-name', 'olga-e') ?? assert.fail()
      const { member } = await invited(world, 'olga', { ties: [name] })
      assert.equal(await tieToStaff(world, other), null)
      const { id } = await world.db.read
        .selectFrom('authenticator')
        .innerJoin('binding', 'binding.authenticator_id', 'authenticator.id')
        .select('authenticator.id')
        .where('binding.method', '=', 'phone-key')
        .executeTakeFirstOrThrow()
      const shared = { authenticator_id: id, subscriber_id: own, method: 'phone-key' }
      const insert = world.db.write.insertInto('binding').values(shared).compile()
      await world.db.commit([{ ...insert, rows: 1 }])
      assert.deepEqual(await tieToStaff(world, other), { of: 'device', memberId: member.id })
      assert.equal(await tieToStaff(world, newId('sub', world.now(), world.random)), null)
    })

    test('A13 is no client to any agent, and the log says who was looked for, by whom and why', async (t) => {
      const world = await testWorld(t, { database })
      const own = await world.add({ userName: 'olga-e', password: PASSWORD })
      const name = tieOf(world.keys, 'user-name', 'olga-e') ?? assert.fail()
      const olga = await hired(world, 'olga', { ties: [name] })
      const jane = await hired(world, 'jane')
      const search = { by: 'user-name', reason: 'suspicious' } as const
      const missing = await openCase(world, jane.open, { ...search, typed: 'missing' })
      for (const { open } of [olga, jane]) {
        const found = await openCase(world, open, { ...search, typed: 'olga-e' })
        assert.deepEqual(found, missing)
      }
      const searched = (await auditOf(world)).flatMap((event) =>
        event.kind === 'desk.searched'
          ? [[event.actor, event.subscriberId, event.reason, event.found, event.tied]]
          : [],
      )
      const tied = { of: 'user-name', memberId: olga.member.id }
      assert.deepEqual(searched, [
        ['staff:jane', null, 'suspicious', false, null],
        ['staff:olga', own, 'suspicious', false, tied],
        ['staff:jane', own, 'suspicious', false, tied],
      ])
    })
  })
}
