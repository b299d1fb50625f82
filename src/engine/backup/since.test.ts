import assert from 'node:assert/strict'
import test from 'node:test'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuthenticatorId, LoginId, SubscriberId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import { learn, nothingSince, type Since } from '#engine/backup/since.ts'

const [ONE, OTHER] = ['aut_one', 'aut_other'] as unknown as [AuthenticatorId, AuthenticatorId]
const CLIENT = 'sub_anna' as unknown as SubscriberId
const LOGIN = 'log_one' as unknown as LoginId
const AT = instant(1_000)

/** What events say, one after the other; each is as much of one as it takes. */
function learned(events: readonly object[]): Since {
  const since = nothingSince()
  const asked = new Map<LoginId, AuthenticatorId>()
  for (const event of events)
    learn(since, { event: { subscriberId: CLIENT, ...event } as AuditEvent, at: AT }, asked)
  return since
}

const of = (id: AuthenticatorId, events: readonly object[]) =>
  learned(events).authenticators.get(id)

const asked = { kind: 'login.challenged', loginId: LOGIN, authenticatorId: ONE, method: 'x' }
const refused = (disabled = false) => ({
  ...asked,
  kind: 'login.answer-refused',
  reason: 'wrong',
  disabled,
  over: false,
})
const completed = { kind: 'login.completed', loginId: LOGIN, acr: '3', methods: ['x'] }

test('A25 what a login used up is of whom it asked last', () => {
  const told = of(ONE, [asked, { ...completed, used: [7] }])
  assert.deepEqual([told?.used, told?.uses], [[7], 0])
  const unsaid = of(ONE, [asked, completed])
  assert.deepEqual([unsaid?.used, unsaid?.uses], [[], 1])
})

test('A25 wrong answers count from the last right one on', () => {
  const told = of(ONE, [asked, refused(), refused(), completed, refused()])
  assert.deepEqual([told?.refused, told?.refusedSince], [3, 1])
  assert.equal(of(ONE, [asked, refused()])?.refusedSince, null)
  assert.equal(of(ONE, [asked, refused(true)])?.lifecycle, 'disabled')
})

for (const [event, lifecycle] of [
  [{ kind: 'authenticator.revoked', authenticatorId: ONE, by: 'holder' }, 'revoked'],
  [{ kind: 'authenticator.stopped', authenticatorId: ONE, by: 'device' }, 'revoked'],
  [{ kind: 'authenticator.suspended', authenticatorId: ONE, by: 'holder' }, 'suspended'],
  [{ kind: 'authenticator.copied', authenticatorId: ONE }, 'disabled'],
  [{ kind: 'authenticator.bound', authenticatorId: OTHER, replaced: [ONE] }, 'revoked'],
  [{ kind: 'password.changed', authenticatorId: OTHER, replaced: [ONE] }, 'revoked'],
  [{ kind: 'authenticator.reactivated', authenticatorId: OTHER, ended: [ONE] }, 'revoked'],
  [{ kind: 'token.returned', authenticatorId: ONE, method: 'x', by: 'desk' }, 'revoked'],
  [{ kind: 'desk.proof-refused', authenticatorId: ONE, disabled: true }, 'disabled'],
] as const)
  test(`A25 ${event.kind} makes it ${lifecycle} again`, () => {
    assert.equal(of(ONE, [event])?.lifecycle, lifecycle)
  })

test('A25 one that was suspended and is back is what it was', () => {
  const suspended = { kind: 'authenticator.suspended', authenticatorId: ONE, by: 'holder' }
  const back = { kind: 'authenticator.reactivated', authenticatorId: ONE, ended: [] }
  assert.equal(of(ONE, [suspended, back])?.lifecycle, null)
})

test('A25 holds, browsers, addresses and staff of the time since are learned', () => {
  const hold = { kind: 'hold.started', holdId: 'hld_1', hold: 'x', forbids: ['trading'], until: AT }
  const since = learned([
    hold,
    { kind: 'browser.blocked', browserId: 'brw_1' },
    { kind: 'browser.forgotten', browserId: 'brw_2' },
    { kind: 'browser.forgotten' },
    { kind: 'contact.set', contactId: 'con_2', contact: 'email', replaced: 'con_1', by: 'holder' },
    { kind: 'account.closed', accountId: 'acc_1', status: 'closed-by-client', by: 'holder' },
    { kind: 'desk.member-suspended', memberId: 'mem_1' },
    { kind: 'desk.passkey-removed', memberId: 'mem_2', passkeyId: 'aut_9' },
    { kind: 'account.relocated', accountId: 'acc_1', by: 'desk' },
    { kind: 'key.made', key: 'audit', id: 2, why: 'x', agent: 'operator-1' },
    { kind: 'key.activated', key: 'audit', id: 2 },
  ])
  assert.deepEqual([...since.holds.keys()], ['hld_1'])
  assert.deepEqual(since.browsers, { blocked: ['brw_1'], forgotten: ['brw_2'] })
  assert.deepEqual(since.forgetful, [CLIENT])
  assert.deepEqual(since.replacedContacts, [{ id: 'con_1', at: AT }])
  assert.deepEqual(since.closed, [{ id: 'acc_1', status: 'closed-by-client' }])
  assert.deepEqual(since.members, { suspended: ['mem_1'], passkeys: ['aut_9'] })
  assert.equal(since.besides, 1)
  assert.equal(since.keys, 1)
  assert.deepEqual([...learned([hold, { kind: 'hold.ended', holdId: 'hld_1' }]).holds.keys()], [])
})
