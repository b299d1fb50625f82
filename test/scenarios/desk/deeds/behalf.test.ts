import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import type { BehalfDeed, BehalfSaid } from '#core/desk/programs/behalf.ts'
import type { Refusal } from '#core/problems.ts'
import { days, hours } from '#core/time/time.ts'
import { contactsOf, setContact } from '#engine/contact/addresses.ts'
import { onBehalf } from '#engine/desk/programs/behalf.ts'
import { setRole, suspendMember } from '#engine/desk/staff.ts'
import { changeAccount, createAccount } from '#engine/subscribers/accounts.ts'
import { memberWrite } from '#store/desk/members.ts'
import { auditOf } from '../../../support/audit.ts'
import { listed } from '../../../support/desk/behalf.ts'
import { caller } from '../../../support/desk/calls.ts'
import { CONSOLE } from '../../../support/desk/staff.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { HONEST, testWorld } from '../../../support/server/world.ts'

/** Programs of the back office, each deed of which is that of a member of staff. */

const CRM = 'back-office:crm' as const
const ROUTINE = { second: null, reason: 'routine', reference: null, verified: null } as const

const saidBy = (agentId: string, second: string | null = null): BehalfSaid => ({
  ...ROUTINE,
  agentId: agentId as AgentId,
  second: second as AgentId | null,
})

async function there(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const { subscriberId: anna } = await caller(world, 'anna')
  const amy = await listed(world, 'amy')
  const sue = await listed(world, 'sue', { role: 'supervisor' })
  const sam = await listed(world, 'sam', { role: 'supervisor' })
  const asks = async (said: BehalfSaid, deed: BehalfDeed = 'setEmail') => {
    const done = await onBehalf(world, CRM, { deed, said, about: { userName: 'anna' } })
    if (!done.ok) return done
    const set = async (value: string) => {
      const kind = 'email' as const
      const by = CRM
      return await setContact(done.world, { subscriberId: anna, kind, value, by })
    }
    return { ...done, set }
  }
  return { world, anna, amy, sue, sam, asks }
}

/** What was asked is permitted. */
function permitted<T extends { readonly ok: true }>(done: T | Refusal): T {
  assert.ok(done.ok, problemOf(done))
  return done
}

for (const database of DATABASES) {
  suite(`On whose behalf, on ${database}`, () => {
    test('R127 each event of a deed names the member, the program, why and how', async (t) => {
      const { world, anna, asks } = await there(t, database)
      const said = { ...saidBy('amy'), reason: 'client-request', reference: 'CRM-7' } as const
      const { set } = permitted(await asks({ ...said, verified: 'call-back' }))
      assert.ok((await set('anna@new.example.com')).ok)
      const event = (await auditOf(world)).findLast(({ kind }) => kind === 'contact.set')
      assert.equal(event?.subscriberId, anna)
      assert.deepEqual(
        [event?.actor, event?.verified, event?.behalf],
        ['staff:amy', 'call-back', { program: CRM, reason: 'client-request', reference: 'CRM-7' }],
      )
    })

    test('a member who is suspended, or gets another role, before it is written does nothing', async (t) => {
      const { world, anna, amy, sue, asks } = await there(t, database)
      const mail = async () =>
        (await contactsOf(world, anna)).find(({ kind }) => kind === 'email')?.value
      const before = await mail()
      const byAmy = permitted(await asks(saidBy('amy'), 'changeSubscriber'))
      const bySue = permitted(await asks(saidBy('amy', 'sue')))
      assert.ok((await suspendMember(world, CONSOLE, amy.id)).ok)
      assert.equal(problemOf(await byAmy.set('a@example.com')), 'subscriber.conflict')
      assert.equal(problemOf(await bySue.set('b@example.com')), 'subscriber.conflict')
      assert.equal(problemOf(await asks(saidBy('amy'))), 'desk.not-on-behalf')
      const alone = permitted(await asks(saidBy('sue'), 'changeSubscriber'))
      assert.ok((await setRole(world, CONSOLE, { id: sue.id, role: 'compliance' })).ok)
      assert.equal(problemOf(await alone.set('c@example.com')), 'subscriber.conflict')
      assert.equal(await mail(), before)
    })

    test('A13 an address that was changed lately takes two, whom the log names', async (t) => {
      const { world, asks } = await there(t, database)
      // The first one replaces none.
      for (const value of ['zero@example.com', 'one@example.com'])
        assert.ok((await permitted(await asks(saidBy('amy'))).set(value)).ok)
      const again = permitted(await asks(saidBy('amy')))
      assert.equal(again.missing, 'desk.second-person')
      assert.ok(!(await again.set('two@example.com')).ok)
      // The same once more changes nothing, and takes no second person.
      assert.ok((await again.set('one@example.com')).ok)
      const two = permitted(await asks(saidBy('amy', 'sue')))
      assert.ok((await two.set('two@example.com')).ok)
      const joint = (await auditOf(world)).findLast(({ kind }) => kind === 'desk.acted-together')
      assert.ok(joint?.kind === 'desk.acted-together')
      assert.deepEqual(
        [joint.actor, joint.second, joint.act],
        ['staff:amy', 'staff:sue', 'setEmail'],
      )
      world.advance(days(31))
      assert.equal(permitted(await asks(saidBy('amy'))).missing, null)
    })

    test('A13 who says that less is in an account does not get rid of the second person', async (t) => {
      const { world, anna, asks } = await there(t, database)
      const made = { subscriberId: anna, number: 'U0000042', by: CRM } as const
      const place = { environment: 'live', residence: 'US' } as const
      assert.ok((await createAccount(world, { ...made, ...place })).ok)
      const said = async (equityUsd: number) => {
        const change = { kind: 'value', equityUsd } as const
        assert.ok((await changeAccount(world, { number: made.number, change, by: CRM })).ok)
      }
      await said(world.settings.orders.equityUsd)
      assert.ok((await permitted(await asks(saidBy('amy'))).set('zero@example.com')).ok)
      assert.equal(permitted(await asks(saidBy('amy'))).missing, 'desk.second-person')
      await said(1)
      assert.equal(permitted(await asks(saidBy('amy'))).missing, 'desk.second-person')
      world.advance(days(31))
      assert.equal(permitted(await asks(saidBy('amy'))).missing, null)
    })

    test('A13 two changes that one member has begun at once are one', async (t) => {
      const { asks } = await there(t, database)
      const [one, other] = [
        permitted(await asks(saidBy('amy'))),
        permitted(await asks(saidBy('amy'))),
      ]
      assert.ok((await one.set('one@example.com')).ok)
      assert.equal(problemOf(await other.set('two@example.com')), 'subscriber.conflict')
    })

    test('A13 the same two act together three times in a day, whichever of them asks', async (t) => {
      const { world, asks } = await there(t, database)
      const pairs = [
        ['sue', 'sam'],
        ['sam', 'sue'],
      ] as const
      for (const [index, [one, other]] of pairs.entries())
        assert.ok((await permitted(await asks(saidBy(one, other))).set(`${index}@example.com`)).ok)
      // Two that were begun at once, as the third and the fourth.
      const third = permitted(await asks(saidBy('sue', 'sam')))
      const fourth = permitted(await asks(saidBy('sam', 'sue')))
      assert.ok((await third.set('third@example.com')).ok)
      assert.equal(problemOf(await fourth.set('fourth@example.com')), 'subscriber.conflict')
      const late = permitted(await asks(saidBy('sam', 'sue')))
      assert.equal(late.missing, 'desk.no-second')
      assert.ok(!(await late.set('late@example.com')).ok)
      assert.equal(permitted(await asks(saidBy('amy', 'sue'))).missing, null)
      world.advance(hours(24))
      assert.equal(permitted(await asks(saidBy('sam', 'sue'))).missing, null)
    })

    test('A13 a member does nothing to what is theirs, however it came to be so', async (t) => {
      const { world, anna, amy, asks } = await there(t, database)
      const own = await listed(world, 'zoe', { own: { telephone: '+1 212 555 0188' } })
      const mobile = { kind: 'mobile', value: '+12125550188', by: CRM } as const
      assert.ok((await setContact(world, { subscriberId: anna, ...mobile })).ok)
      assert.equal(problemOf(await asks(saidBy('zoe'), 'startHold')), 'desk.not-allowed')
      assert.equal(problemOf(await asks(saidBy('amy'), 'startHold')), 'desk.not-allowed')
      assert.ok((await asks(saidBy('sue'), 'startHold')).ok)
      assert.equal(problemOf(await asks(saidBy('not-hired'))), 'desk.not-on-behalf')
      // One who has left is no colleague any more.
      const gone = { value: { ...own, state: 'suspended' as const }, version: 1 }
      assert.ok(await world.db.commit([memberWrite(world.db, gone)]))
      assert.ok((await asks(saidBy(amy.agentId), 'startHold')).ok)
    })
  })
}
