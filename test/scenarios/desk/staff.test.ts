import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hours, millis, minutes } from '#core/time/time.ts'
import { join, openInvitation } from '#engine/desk/invitation.ts'
import { endMemberSession, findOpenMemberSession, watchMember } from '#engine/desk/sessions.ts'
import {
  invitationOf,
  inviteMember,
  roleChangeOf,
  setRole,
  staffOf,
  suspendMember,
  suspensionOf,
} from '#engine/desk/staff.ts'
import { FLAGS, softKey } from '#methods/passkey/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { personWithPasskey } from '../../support/clients/passkey.ts'
import {
  atDesk,
  CONSOLE,
  deskBrowser,
  hired,
  invited,
  joining,
  memberLogIn,
  sessionWith,
} from '../../support/desk/staff.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { ISSUER, testWorld } from '../../support/server/world.ts'
import { problemOf } from '../../support/outcomes.ts'

const NEW = { agentId: 'nina', name: 'Nina Example', role: 'agent', ties: [], again: false }

for (const database of DATABASES) {
  suite(`Staff of the desk, on ${database}`, () => {
    test('a member comes in with the address that was printed, once', async (t) => {
      const world = await testWorld(t, { database })
      const { token, member } = await invited(world, 'olga', { role: 'supervisor' })
      const [one, other] = [softKey('o'), softKey('x')]
      const sent = await joining(world, token, { key: one, client: deskBrowser() })
      const second = await joining(world, token, { key: other, client: deskBrowser() })
      const came = await join(world, sent)
      assert.ok(came.ok)
      assert.equal((await sessionWith(world, came.token))?.member.role, 'supervisor')
      // A second browser had the page open as well.
      assert.equal(problemOf(await join(world, second)), 'desk.invitation-over')
      assert.equal(problemOf(await join(world, sent)), 'desk.invitation-over')
      assert.equal(problemOf(await memberLogIn(world, other)), 'desk.not-logged-in')
      assert.ok((await memberLogIn(world, one)).ok)
      const kinds = (await auditOf(world)).map(({ kind, actor }) => `${kind} ${actor}`)
      assert.deepEqual(kinds.slice(0, 3), [
        'desk.member-invited operator:root',
        'desk.member-joined staff:olga',
        'desk.logged-in staff:olga',
      ])
      assert.equal((await staffOf(world))[0]?.member.id, member.id)
    })

    test('two nodes that receive the same first passkey let it in once', async (t) => {
      const world = await testWorld(t, { database })
      const node = await testWorld(t, { database, beside: world })
      const { token } = await invited(world, 'olga')
      const sent = await joining(world, token, { key: softKey('o'), client: deskBrowser() })
      const both = await Promise.all([join(world, sent), join(node, sent)])
      assert.equal(both.filter(({ ok }) => ok).length, 1)
      assert.equal((await staffOf(world))[0]?.passkeys, 1)
    })

    test('an invitation is good for one hour, and to the millisecond', async (t) => {
      const world = await testWorld(t, { database })
      const { token } = await invited(world, 'olga')
      world.advance(millis(hours(1) - 1))
      const opening = { token, client: deskBrowser(), language: 'en' } as const
      assert.ok((await openInvitation(world, opening)).ok)
      const sent = await joining(world, token, { key: softKey('o'), client: deskBrowser() })
      world.advance(millis(1))
      assert.equal(problemOf(await openInvitation(world, opening)), 'desk.invitation-over')
      assert.equal(problemOf(await join(world, sent)), 'desk.invitation-over')
      assert.equal(
        problemOf(await openInvitation(world, { ...opening, token: 'x'.repeat(43) })),
        'desk.invitation-over',
      )
    })

    test('a second invitation ends the first, and a member who is in is not invited by mistake', async (t) => {
      const world = await testWorld(t, { database })
      const first = await invited(world, 'olga')
      const second = await invited(world, 'olga', { role: 'operator', again: true })
      assert.equal(first.member.id, second.member.id)
      const client = deskBrowser()
      const opening = { token: first.token, client, language: 'en' } as const
      assert.equal(problemOf(await openInvitation(world, opening)), 'desk.invitation-over')
      const key = softKey('o')
      const came = await join(world, await joining(world, second.token, { key, client }))
      assert.ok(came.ok)
      const again = { ...NEW, agentId: 'olga' }
      assert.equal(problemOf(await inviteMember(world, CONSOLE, again)), 'desk.member-taken')
      assert.ok(await sessionWith(world, came.token))
      // On purpose it ends whatever they held.
      const anew = await invited(world, 'olga', { again: true })
      assert.equal(await sessionWith(world, came.token), null)
      assert.equal(problemOf(await memberLogIn(world, key)), 'desk.not-logged-in')
      assert.ok((await join(world, await joining(world, anew.token, { key, client }))).ok)
    })

    test('no passkey of a client opens the desk, and none of staff the portal', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await personWithPasskey(world, 'anna')
      assert.equal(problemOf(await memberLogIn(world, key)), 'desk.not-logged-in')
      const staff = await hired(world, 'olga')
      const elsewhere = await memberLogIn(world, staff.key, { origin: ISSUER })
      assert.equal(problemOf(elsewhere), 'desk.not-logged-in')
      assert.ok((await memberLogIn(world, staff.key)).ok)
    })

    test('a passkey that did not verify its holder, or was asked in another browser, logs no member in', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await hired(world, 'olga')
      const present = { flags: FLAGS.present | FLAGS.eligible | FLAGS.backedUp }
      assert.equal(problemOf(await memberLogIn(world, key, present)), 'desk.not-logged-in')
      const late = await memberLogIn(world, key, { challenge: 'AAAA' })
      assert.equal(problemOf(late), 'desk.not-logged-in')
      const reasons = (await auditOf(world)).flatMap((event) =>
        event.kind === 'desk.login-refused' ? [event.reason] : [],
      )
      assert.deepEqual(reasons, ['not-verified', 'not-verified'])
      const client = { ...deskBrowser(), holder: 'one' }
      const { offerMemberLogin, logInMember } = await import('#engine/desk/login.ts')
      const offer = offerMemberLogin(world, client.holder)
      const typed = key.assert(offer.script.data, { origin: world.settings.deskOrigin })
      const answer = { sealed: offer.sealed, typed, client }
      const moved = { ...answer, client: { ...client, holder: 'two' } }
      assert.equal(problemOf(await logInMember(world, moved)), 'desk.not-logged-in')
      assert.ok((await logInMember(world, answer)).ok)
      // The same answer once more, as an attacker would send it who has seen it.
      assert.equal(problemOf(await logInMember(world, answer)), 'desk.not-logged-in')
    })

    test('an answer after five minutes is too late', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await hired(world, 'olga')
      const { offerMemberLogin, logInMember } = await import('#engine/desk/login.ts')
      const client = deskBrowser()
      const answer = (wait: number) => {
        const offer = offerMemberLogin(world, client.holder)
        const typed = key.assert(offer.script.data, { origin: world.settings.deskOrigin })
        world.advance(millis(wait))
        return logInMember(world, { sealed: offer.sealed, typed, client })
      }
      assert.ok((await answer(minutes(5) - 1)).ok)
      assert.equal(problemOf(await answer(minutes(5))), 'desk.not-logged-in')
    })

    test('a member who leaves is suspended in one act: sessions, passkeys and invitations end, on every node', async (t) => {
      const world = await testWorld(t, { database })
      const node = await testWorld(t, { database, beside: world })
      const { member, key } = await hired(world, 'olga')
      const [here, there] = [await memberLogIn(world, key), await memberLogIn(node, key)]
      assert.ok(here.ok && there.ok)
      let woken = 0
      watchMember(world, member.id, () => (woken += 1))
      assert.ok((await suspendMember(world, CONSOLE, member.id)).ok)
      assert.equal(await findOpenMemberSession(world, here.token), null)
      assert.equal(await findOpenMemberSession(node, there.token), null)
      assert.equal(problemOf(await memberLogIn(node, key)), 'desk.not-logged-in')
      await new Promise(setImmediate)
      assert.equal(woken, 1)
      // Once more changes nothing.
      const before = (await auditOf(world)).length
      assert.ok((await suspendMember(world, CONSOLE, member.id)).ok)
      assert.equal((await auditOf(world)).length, before)
    })

    test('a session ends after 15 minutes without use, and after 8 hours', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await hired(world, 'olga')
      const one = await memberLogIn(world, key)
      assert.ok(one.ok)
      world.advance(millis(minutes(15) - 1))
      assert.ok(await sessionWith(world, one.token))
      world.advance(minutes(15))
      assert.equal(await sessionWith(world, one.token), null)
      const busy = await memberLogIn(world, key)
      assert.ok(busy.ok)
      for (let used = 0; used < 47; used += 1) {
        world.advance(minutes(10))
        assert.ok(await sessionWith(world, busy.token))
      }
      world.advance(millis(minutes(10) - 1))
      assert.ok(await sessionWith(world, busy.token))
      world.advance(millis(1))
      assert.equal(await sessionWith(world, busy.token), null)
    })

    test('logging out ends the session, and no other', async (t) => {
      const world = await testWorld(t, { database })
      const { key, open } = await hired(world, 'olga')
      const one = await memberLogIn(world, key)
      assert.ok(one.ok)
      await endMemberSession(world, open)
      assert.ok(await sessionWith(world, one.token))
      await endMemberSession(world, open)
      const ended = (await auditOf(world)).filter(({ kind }) => kind === 'desk.session-ended')
      assert.equal(ended.length, 1)
    })
  })

  suite(`An operator at the desk, on ${database}`, () => {
    test('invites, gives a role and suspends, each with a touch, and is named in each event', async (t) => {
      const world = await testWorld(t, { database })
      const operator = await hired(world, 'olga', { role: 'operator' })
      const { member } = await hired(world, 'bert')
      const asking = await atDesk(world, operator, invitationOf(NEW))
      assert.ok((await inviteMember(world, asking, NEW)).ok)
      const role = { id: member.id, role: 'supervisor' } as const
      const change = await atDesk(world, operator, roleChangeOf(role.id, role.role))
      assert.ok((await setRole(world, change, role)).ok)
      const end = await atDesk(world, operator, suspensionOf(member.id))
      assert.ok((await suspendMember(world, end, member.id)).ok)
      const told = (await auditOf(world)).slice(-3).map(({ kind, actor }) => `${kind} ${actor}`)
      assert.deepEqual(told, [
        'desk.member-invited staff:olga',
        'desk.member-role-set staff:olga',
        'desk.member-suspended staff:olga',
      ])
    })

    test('a touch stands for one deed, once: for no other, not for another member, not twice', async (t) => {
      const world = await testWorld(t, { database })
      const operator = await hired(world, 'olga', { role: 'operator' })
      const [bert, carl] = [await hired(world, 'bert'), await hired(world, 'carl')]
      const asking = await atDesk(world, operator, suspensionOf(bert.member.id))
      const other = await suspendMember(world, asking, carl.member.id)
      assert.equal(problemOf(other), 'desk.not-touched')
      const role = { id: bert.member.id, role: 'operator' } as const
      assert.equal(problemOf(await setRole(world, asking, role)), 'desk.not-touched')
      const altered = await atDesk(world, operator, invitationOf(NEW))
      const another = { ...NEW, role: 'operator' }
      assert.equal(problemOf(await inviteMember(world, altered, another)), 'desk.not-touched')
      const twice = { ...NEW, again: true }
      const both = await atDesk(world, operator, invitationOf(twice))
      assert.ok((await inviteMember(world, both, twice)).ok)
      assert.equal(problemOf(await inviteMember(world, both, twice)), 'desk.conflict')
      const late = await atDesk(world, operator, suspensionOf(bert.member.id))
      world.advance(minutes(5))
      assert.equal(problemOf(await suspendMember(world, late, bert.member.id)), 'desk.not-touched')
      // By another member, and in another session of the same one.
      const second = await hired(world, 'dora', { role: 'operator' })
      const theirs = await atDesk(world, second, suspensionOf(bert.member.id))
      assert.ok(theirs.at === 'desk')
      const borrowed = { ...theirs, open: operator.open }
      assert.equal(
        problemOf(await suspendMember(world, borrowed, bert.member.id)),
        'desk.not-touched',
      )
    })

    test('nothing is done for one who was suspended, lost the role or was logged out in between', async (t) => {
      const world = await testWorld(t, { database })
      const { member } = await hired(world, 'bert')
      const cases = [
        (id: typeof member.id) => suspendMember(world, CONSOLE, id),
        (id: typeof member.id) => setRole(world, CONSOLE, { id, role: 'agent' }),
      ]
      for (const [index, act] of cases.entries()) {
        const operator = await hired(world, `olga${index}`, {
          role: 'operator',
          key: softKey(String(index)),
        })
        const asking = await atDesk(world, operator, suspensionOf(member.id))
        assert.ok((await act(operator.member.id)).ok)
        const done = await suspendMember(world, asking, member.id)
        assert.notEqual(problemOf(done), 'yes')
      }
      const operator = await hired(world, 'zoe', { role: 'operator' })
      const asking = await atDesk(world, operator, suspensionOf(member.id))
      await endMemberSession(world, operator.open)
      assert.equal(problemOf(await suspendMember(world, asking, member.id)), 'desk.conflict')
      assert.equal((await staffOf(world))[0]?.member.state, 'active')
    })

    test('acts on themselves in no way, and no other role acts on staff', async (t) => {
      const world = await testWorld(t, { database })
      const operator = await hired(world, 'olga', { role: 'operator' })
      const own = operator.member.id
      const leave = await atDesk(world, operator, suspensionOf(own))
      assert.equal(problemOf(await suspendMember(world, leave, own)), 'desk.own-member')
      const rise = await atDesk(world, operator, roleChangeOf(own, 'supervisor'))
      const to = { id: own, role: 'supervisor' } as const
      assert.equal(problemOf(await setRole(world, rise, to)), 'desk.own-member')
      const self = { ...NEW, agentId: 'olga', again: true }
      const anew = await atDesk(world, operator, invitationOf(self))
      assert.equal(problemOf(await inviteMember(world, anew, self)), 'desk.own-member')
      for (const role of [
        'agent',
        'supervisor',
        'fulfilment',
        'documents',
        'compliance',
      ] as const) {
        const other = await hired(world, `an-${role}`, { role, key: softKey(role.slice(-1)) })
        const asking = await atDesk(world, other, suspensionOf(own))
        assert.equal(problemOf(await suspendMember(world, asking, own)), 'desk.not-allowed')
      }
    })

    test('what is no id, no name or no role is refused, and nothing is written', async (t) => {
      const world = await testWorld(t, { database })
      const rows = [
        [{ agentId: 'Nina Example' }, 'desk.not-an-agent'],
        [{ agentId: 'x'.repeat(41) }, 'desk.not-an-agent'],
        [{ name: ' ' }, 'desk.member-malformed'],
        [{ name: 'x'.repeat(61) }, 'desk.member-malformed'],
        [{ name: 'Nina\u202e' }, 'desk.member-malformed'],
        [{ role: 'root' }, 'desk.member-malformed'],
      ] as const
      for (const [wrong, problem] of rows) {
        assert.equal(problemOf(await inviteMember(world, CONSOLE, { ...NEW, ...wrong })), problem)
      }
      assert.deepEqual(await staffOf(world), [])
      assert.ok((await inviteMember(world, CONSOLE, { ...NEW, name: 'x'.repeat(60) })).ok)
    })
  })
}
