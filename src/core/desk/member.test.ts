import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AuthenticatorId, MemberId, MemberSessionId } from '../ids.ts'
import { after, hours, type Instant, instant, type Millis, millis, minutes } from '../time/time.ts'
import {
  INVITATION_LIFETIME,
  isMemberSessionOpen,
  memberName,
  MEMBER_SESSION_ABSOLUTE,
  MEMBER_SESSION_IDLE,
  memberSessionExpiry,
  type MemberSession,
  ownObstacle,
  TIE_KINDS,
  tieText,
} from './member.ts'
import { changesStaff, isRole, readsStaff, ROLES } from './role.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))

const session = (seenAfter: Millis, endedAt: Instant | null = null): MemberSession => ({
  id: 'mse_1' as MemberSessionId,
  memberId: 'mem_1' as MemberId,
  passkeyId: 'aut_1' as AuthenticatorId,
  browser: 'Firefox, Windows',
  place: 'Zug',
  openedAt: NOON,
  seenAt: after(NOON, seenAfter),
  endedAt,
})

suite('The session of a member', () => {
  test('ends after fifteen minutes without a request, or eight hours', () => {
    assert.equal(MEMBER_SESSION_IDLE, 15 * 60_000)
    assert.equal(MEMBER_SESSION_ABSOLUTE, 8 * 3_600_000)
    const rows = [
      [minutes(0), minutes(15)],
      [minutes(7 * 60 + 44), minutes(7 * 60 + 59)],
      [minutes(7 * 60 + 45), minutes(8 * 60)],
      [minutes(7 * 60 + 59), minutes(8 * 60)],
    ] as const
    for (const [seen, ends] of rows) {
      const one = session(seen)
      assert.equal(memberSessionExpiry(one), after(NOON, ends))
      const at = (ms: number) => after(NOON, millis(ms))
      assert.ok(isMemberSessionOpen(one, { state: 'active' }, at(ends - 1)))
      assert.ok(!isMemberSessionOpen(one, { state: 'active' }, at(ends)))
    }
  })

  test('is open for an active member alone, and never once it was ended', () => {
    const one = session(minutes(0))
    assert.ok(isMemberSessionOpen(one, { state: 'active' }, NOON))
    for (const state of ['invited', 'suspended'] as const) {
      assert.ok(!isMemberSessionOpen(one, { state }, NOON))
    }
    assert.ok(!isMemberSessionOpen(session(minutes(0), NOON), { state: 'active' }, NOON))
  })
})

suite('A member of staff', () => {
  test('comes in within the hour', () => assert.equal(INVITATION_LIFETIME, hours(1)))

  test('has a name of one line that can be read', () => {
    assert.equal(memberName('  Jane  Doe '), 'Jane Doe')
    assert.equal(memberName('x'.repeat(60)), 'x'.repeat(60))
    for (const wrong of ['', ' ', 'x'.repeat(61), 'Jane\nDoe', 'Jane\u202eDoe', 'Jane\u0000']) {
      assert.equal(memberName(wrong), null)
    }
  })

  test('changes nothing about themselves; the operator of the machine is no member', () => {
    const [one, other] = [{ id: 'mem_1' as MemberId }, { id: 'mem_2' as MemberId }]
    assert.equal(ownObstacle(one, one), 'desk.own-member')
    assert.equal(ownObstacle(one, other), null)
    assert.equal(ownObstacle(null, one), null)
  })

  test('is tied to a client by what is one text however it is written', () => {
    const rows = [
      ['user-name', 'Jane.Doe', 'janedoe'],
      ['email', ' Jane@Example.COM ', 'jane@example.com'],
      ['telephone', '+1 (202) 555-0100', '+12025550100'],
      ['postal', 'Main St. 1, 8000 Zürich', 'main st 1\n8000 ZÜRICH'],
    ] as const
    for (const [kind, one, other] of rows) assert.equal(tieText(kind, one), tieText(kind, other))
    assert.notEqual(tieText('email', 'jane'), tieText('user-name', 'jane'))
    for (const kind of TIE_KINDS) assert.equal(tieText(kind, ' .-() '), null)
  })
})

suite('A role', () => {
  test('opens of the staff what its row says, and there are six', () => {
    const rows = [
      ['agent', false, false],
      ['supervisor', false, false],
      ['fulfilment', false, false],
      ['documents', false, false],
      ['compliance', true, false],
      ['operator', true, true],
    ] as const
    assert.deepEqual(
      ROLES,
      rows.map(([role]) => role),
    )
    for (const [role, reads, changes] of rows) {
      assert.deepEqual([role, readsStaff(role), changesStaff(role)], [role, reads, changes])
    }
    assert.ok(isRole('agent') && !isRole('Agent') && !isRole(''))
  })
})
