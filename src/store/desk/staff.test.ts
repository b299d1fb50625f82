import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after, days, type Instant, millis } from '#core/time/time.ts'
import { NOW, overBothDatabases, random, winners } from '#store/contract/store.contract.ts'
import type { Db } from '#store/database/open.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { findInvitation } from '#store/desk/invitations.ts'
import { countMemberPasskeys, listMemberPasskeys } from '#store/desk/member-passkeys.ts'
import { findMember, findMemberCalled, listMembers } from '#store/desk/members.ts'
import { findHeldMemberSession } from '#store/desk/session-facts.ts'
import { member, passkey, staffSession } from '#store/desk/staff.fixture.ts'
import { HISTORY, purge } from '#store/server/purge.ts'

const NOTHING = { now: NOW, events: [] }
let count = 0

/** A member with a passkey and a session. */
async function hired(db: Db) {
  count += 1
  const value = member(`olga${count}`)
  const key = passkey(value.id)
  const session = staffSession(value.id, key.id)
  const tokenHash = random(32)
  assert.ok(await commitStaff(db, { ...NOTHING, member: { value, version: null } }))
  assert.ok(await commitStaff(db, { ...NOTHING, passkey: { value: key, version: null } }))
  assert.ok(await commitStaff(db, { ...NOTHING, opened: { value: session, tokenHash } }))
  const standing = { memberId: value.id, role: value.role, sessionId: session.id }
  return { value, key, session, tokenHash, standing }
}

overBothDatabases('The staff in the store', (nodes) => {
  test('a member is found as written, by id and by what stands in the audit log', async () => {
    const { value } = await hired(nodes.db)
    assert.deepEqual(await findMember(nodes.other, value.id), { value, version: 1 })
    assert.deepEqual(await findMemberCalled(nodes.other, value.agentId), { value, version: 1 })
    assert.ok((await listMembers(nodes.db)).some((one) => one.value.id === value.id))
    const twin = { ...member(value.agentId), agentId: value.agentId }
    assert.equal(
      await commitStaff(nodes.db, { ...NOTHING, member: { value: twin, version: null } }),
      false,
    )
  })

  test('nothing of a member can be read in the table but the id, the role and the state', async () => {
    const { value } = await hired(nodes.db)
    const { body } = await nodes.db.read
      .selectFrom('member')
      .select('body')
      .where('id', '=', value.id)
      .executeTakeFirstOrThrow()
    assert.ok(!Buffer.from(body).includes('Olga'))
  })

  test('of many answers to one challenge one counts, on whatever node', async () => {
    const { key, standing } = await hired(nodes.db)
    const challenge = Buffer.from(random(8)).toString('hex')
    const answered = { challenge, passkey: { value: key, version: 1 } }
    const all = Array.from({ length: 8 }, (_, index) =>
      commitStaff(index % 2 ? nodes.db : nodes.other, { ...NOTHING, standing, answered }),
    )
    assert.equal(winners(await Promise.all(all)), 1)
    const other = { challenge: `${challenge}2`, passkey: { value: key, version: 2 } }
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, standing, answered: other }))
    const again = { challenge, passkey: { value: key, version: 3 } }
    assert.equal(await commitStaff(nodes.db, { ...NOTHING, standing, answered: again }), false)
  })

  test('a deed of a member who is suspended, has another role or another session writes nothing', async () => {
    const { value, session, standing } = await hired(nodes.db)
    const holds = (changed: object) =>
      commitStaff(nodes.other, { ...NOTHING, standing: { ...standing, ...changed } })
    assert.ok(await holds({}))
    assert.equal(await holds({ role: 'operator' }), false)
    assert.equal(await holds({ sessionId: 'mse_other' }), false)
    const suspended = { value: { ...value, state: 'suspended' as const }, version: 1 }
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, member: suspended }))
    assert.equal(await holds({}), false)
    const back = { value, version: 2 }
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, member: back }))
    assert.ok(await holds({}))
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, ended: { session: session.id } }))
    assert.equal(await holds({}), false)
    assert.equal(await commitStaff(nodes.db, { ...NOTHING, ended: { session: session.id } }), false)
  })

  test('of a suspension and a deed at once each holds what it was decided on', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { value, tokenHash, standing } = await hired(nodes.db)
      const other = member(`new${(count += 1)}`)
      const [suspended, done] = await Promise.all([
        commitStaff(nodes.db, {
          ...NOTHING,
          member: { value: { ...value, state: 'suspended' }, version: 1 },
          ended: { memberId: value.id, withPasskeys: true },
        }),
        commitStaff(nodes.other, { ...NOTHING, standing, member: { value: other, version: null } }),
      ])
      assert.ok(suspended)
      assert.equal((await findMember(nodes.db, other.id)) !== null, done)
      const held = await findHeldMemberSession(nodes.db, tokenHash)
      assert.equal(held?.session.endedAt, NOW)
      assert.equal(held.member.value.state, 'suspended')
      assert.deepEqual(await listMemberPasskeys(nodes.db, value.id), [])
      assert.equal((await countMemberPasskeys(nodes.db)).get(value.id), undefined)
    }
  })

  test('a passkey that was removed is not written any more', async () => {
    const { key } = await hired(nodes.db)
    const removed = { value: { ...key, revokedAt: NOW }, version: 1 }
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, passkey: removed }))
    const used = { value: key, version: 2 }
    assert.equal(await commitStaff(nodes.db, { ...NOTHING, passkey: used }), false)
  })

  test('of two invitations of a member the later is good, once, until its time', async () => {
    const { value } = await hired(nodes.db)
    const [first, second] = [Buffer.from(random(8)), Buffer.from(random(8))].map((one) =>
      one.toString('hex'),
    )
    const invite = (tokenHash = '', expiresAt: Instant = after(NOW, millis(10))) =>
      commitStaff(nodes.db, {
        ...NOTHING,
        ended: { memberId: value.id, withPasskeys: false },
        invited: { tokenHash, memberId: value.id, expiresAt },
      })
    const use = (invitation = '', now: Instant = NOW) =>
      commitStaff(nodes.other, { now, events: [], invitation })
    assert.ok(await invite(first))
    assert.ok(await invite(second))
    assert.equal((await findInvitation(nodes.db, first ?? ''))?.endedAt, NOW)
    assert.equal(await use(first), false)
    assert.equal(await use(second, after(NOW, millis(10))), false)
    const both = await Promise.all([use(second, after(NOW, millis(9))), use(second)])
    assert.equal(winners(both), 1)
  })

  test('what is over is forgotten: answers after a day, sessions and invitations after 90', async () => {
    const { tokenHash, value } = await hired(nodes.db)
    const challenge = Buffer.from(random(8)).toString('hex')
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, challenge }))
    const invited = { tokenHash: challenge, memberId: value.id, expiresAt: NOW }
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, invited }))
    const purged = async (at: Instant) => {
      while ((await purge(nodes.db, at)) > 0);
    }
    await purged(after(NOW, days(1)))
    assert.equal(await commitStaff(nodes.db, { ...NOTHING, challenge }), false)
    await purged(after(NOW, millis(days(1) + 1)))
    assert.ok(await commitStaff(nodes.db, { ...NOTHING, challenge }))
    assert.ok(await findHeldMemberSession(nodes.db, tokenHash))
    assert.ok(await findInvitation(nodes.db, challenge))
    await purged(after(NOW, millis(HISTORY + 1)))
    assert.equal(await findHeldMemberSession(nodes.db, tokenHash), null)
    assert.equal(await findInvitation(nodes.db, challenge), null)
  })
})
