import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Case } from '#core/desk/case.ts'
import type { Role } from '#core/desk/role.ts'
import { PAIR_MAX, SECOND_LIFETIME } from '#core/desk/second-person.ts'
import type { SecondRequestId, WarrantId } from '#core/ids.ts'
import { after, before, days, hours, seconds } from '#core/time/time.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import type { AskedDeed } from '#engine/desk/cases/permit.ts'
import {
  answerSecond,
  askSecond,
  requestsFor,
  touchOfAgreeing,
  viewSecondRequest,
} from '#engine/desk/cases/second-person.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import {
  endMemberSession,
  findOpenMemberSession,
  type OpenMemberSession,
} from '#engine/desk/sessions.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { findMember, memberWrite } from '#store/desk/members.ts'
import { findSecondRequest, secondRequestUsed } from '#store/desk/second-requests.ts'
import { findWarrant } from '#store/desk/warrants.ts'
import { inWithPasscode } from '../../support/clients/printed.ts'
import {
  acted,
  agent,
  call as callOf,
  called,
  caller,
  eventsAbout,
  guessed,
  hiredAs,
  proven,
} from '../../support/desk/calls.ts'
import { type Hired, memberLogIn, touched } from '../../support/desk/staff.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, testWorld, type TestWorld } from '../../support/server/world.ts'
import { problemOf } from '../../support/outcomes.ts'

const PASSCODE = { deed: 'issue-passcode', reason: 'lost' } as const satisfies AskedDeed
const WHY = 'The phone fell into the sea.'

/** A call of a client with a large account: what lets a person in takes two people. */
async function call(t: TestContext, database: DatabaseKind, equityUsd = 1_000_000) {
  const { world, jane, ...there } = await callOf(t, database)
  const change = { kind: 'value', equityUsd } as const
  await changeAccount(world, { number: 'U-anna', change, by: 'operator' })
  const sue = await agent(world, 'sue', { role: 'supervisor' })
  return { ...there, world, jane: hiredAs(jane), sue }
}

type Call = Awaited<ReturnType<typeof call>>

const warrantOf = async ({ world, anna, jane, case: one }: Call): Promise<WarrantId> =>
  (await proven(world, anna, { open: jane.open, case: one, of: 'device' })).id

async function askedWith(
  { world, jane, case: { id: caseId } }: Pick<Call, 'world' | 'jane' | 'case'>,
  warrantId: WarrantId,
  reason = WHY,
) {
  return await askSecond(world, jane.open, { caseId, warrantId, asked: PASSCODE, reason })
}

/** What sue is asked, after a proof. */
async function waiting(there: Call): Promise<SecondRequestId> {
  const ids = async () =>
    (await requestsFor(there.world, there.sue.open)).map(({ request: { id } }) => id)
  const before = await ids()
  const asked = await askedWith(there, await warrantOf(there))
  assert.ok(asked.ok, 'problem' in asked ? asked.problem : '')
  // Of two that were asked in one millisecond either comes first.
  const fresh = (await ids()).find((id) => !before.includes(id))
  return fresh ?? assert.fail('nobody was asked')
}

async function agrees(
  world: TestWorld,
  { open, key }: Pick<Hired, 'open' | 'key'>,
  id: SecondRequestId,
): Promise<string> {
  const request = (await findSecondRequest(world.db, id))?.value ?? assert.fail()
  const touch = await touched(world, { open, key }, touchOfAgreeing(request))
  return problemOf(await answerSecond(world, open, { id, agrees: true, touch }))
}

const refuses = async ({ world, sue }: Call, id: SecondRequestId, reason = 'No.') =>
  problemOf(await answerSecond(world, sue.open, { id, agrees: false, reason }))

const act = async (
  { world, jane, case: one }: { world: TestWorld; jane: Pick<Hired, 'open'>; case: Case },
  requestId: SecondRequestId,
  asked: AskedDeed = PASSCODE,
) => await acted(world, jane.open, { caseId: one.id, warrantId: null, requestId, asked })

async function member(world: TestWorld, { member: { id } }: Hired, changed: object): Promise<void> {
  const found = (await findMember(world.db, id)) ?? assert.fail()
  const writes = [memberWrite(world.db, { ...found, value: { ...found.value, ...changed } })]
  assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
}

for (const database of DATABASES) {
  suite(`A deed that takes two people, on ${database}`, () => {
    test('A13 is asked for, too, where less is said to be in the account by now', async (t) => {
      const there = await call(t, database)
      const { world } = there
      const change = { kind: 'value', equityUsd: 10 } as const
      await changeAccount(world, { number: 'U-anna', change, by: 'operator' })
      const alone = { caseId: there.case.id, warrantId: await warrantOf(there), asked: PASSCODE }
      assert.equal(problemOf(await acted(world, there.jane.open, alone)), 'desk.second-person')
    })

    test('R098 A13 is done once the second person has agreed, once, with both on record', async (t) => {
      const there = await call(t, database)
      const { world, anna, home, sue } = there
      const warrantId = await warrantOf(there)
      const alone = { caseId: there.case.id, warrantId, asked: PASSCODE }
      assert.equal(problemOf(await acted(world, there.jane.open, alone)), 'desk.second-person')
      const asked = await askedWith(there, warrantId)
      assert.ok(asked.ok)
      assert.equal(asked.second.id, sue.member.id)
      const [waits] = await requestsFor(world, sue.open)
      assert.ok(waits)
      assert.equal(waits.request.reason, WHY)
      assert.deepEqual(waits.request.signals, ['large-account'])
      const { id } = waits.request
      assert.equal(problemOf(await act(there, id)), 'desk.second-waits')
      assert.equal(await agrees(world, sue, id), 'yes')
      assert.deepEqual(await requestsFor(world, sue.open), [])
      const done = await act(there, id)
      assert.ok(done.ok && done.spoken)
      assert.equal(problemOf(await act(there, id)), 'desk.warrant-used')
      const [issued] = await eventsAbout(world, anna, 'authenticator.issued')
      assert.ok(issued?.kind === 'authenticator.issued')
      assert.deepEqual([issued.agent, issued.approvedBy], ['jane', 'sue'])
      assert.equal(issued.verified, 'response')
      const [told] = await eventsAbout(world, anna, 'desk.acted')
      assert.ok(told?.kind === 'desk.acted')
      assert.deepEqual([told.actor, told.second], ['staff:jane', 'staff:sue'])
      const [agreed] = await eventsAbout(world, anna, 'desk.second-agreed')
      assert.ok(agreed?.kind === 'desk.second-agreed')
      assert.deepEqual([agreed.actor, agreed.asker], ['staff:sue', 'staff:jane'])
      await inWithPasscode(world, { userName: 'anna', client: home }, done.spoken)
    })

    test('one proof asks one person: the warrant is used up by asking', async (t) => {
      const there = await call(t, database)
      const warrantId = await warrantOf(there)
      assert.equal(problemOf(await askedWith(there, warrantId)), 'yes')
      assert.equal(problemOf(await askedWith(there, warrantId)), 'desk.warrant-used')
    })

    test('nothing is asked without a reason in one legible line', async (t) => {
      const there = await call(t, database)
      const warrantId = await warrantOf(there)
      for (const reason of [
        '',
        ' ',
        'two\nlines',
        'a\u202eb',
        'x'.repeat(201),
        'x'.repeat(10_000),
      ]) {
        assert.equal(problemOf(await askedWith(there, warrantId, reason)), 'desk.reason', reason)
      }
      assert.equal(problemOf(await askedWith(there, warrantId, 'x'.repeat(200))), 'yes')
    })

    test('nothing that one person may do alone is asked of a second', async (t) => {
      const there = await call(t, database, 0)
      const asked = await askedWith(there, await warrantOf(there))
      assert.equal(problemOf(asked), 'desk.nothing-to-do')
    })

    test('A13 the agent is never drawn, nor who is away, suspended or in another role', async (t) => {
      const there = await call(t, database)
      const { world, sue, anna } = there
      for (const role of ['agent', 'fulfilment', 'documents', 'compliance', 'operator'] as const) {
        await agent(world, `a-${role}`, { role })
      }
      const boss = await agent(world, 'boss', { role: 'supervisor' })
      const theirs = { ...there, jane: boss, case: await called(world, boss.open, anna) }
      await member(world, sue, { state: 'suspended' })
      const warrantId = await warrantOf(theirs)
      assert.equal(problemOf(await askedWith(theirs, warrantId)), 'desk.no-second', 'themselves')
      assert.equal((await findWarrant(world.db, warrantId))?.usedAt, null, 'nothing is used up')
      await member(world, sue, { state: 'active' })
      world.advance(seconds(15 * 60))
      const here = await memberLogIn(world, boss.key)
      assert.ok(here.ok)
      const open = await findOpenMemberSession(world, here.token)
      assert.ok(open)
      const later = { ...theirs, jane: { ...boss, open } }
      const fresh = await warrantOf(later)
      assert.equal(problemOf(await askedWith(later, fresh)), 'desk.no-second', 'sue is away')
      assert.ok((await memberLogIn(world, sue.key)).ok)
      assert.equal(problemOf(await askedWith(later, fresh)), 'yes', 'and is back')
    })

    test('A13 nor who has something in common with the client or with the agent', async (t) => {
      const there = await call(t, database)
      const { world, sue, jane } = there
      const warrantId = await warrantOf(there)
      const tie = (name: string) => [tieOf(world.keys, 'user-name', name) ?? assert.fail()]
      await member(world, sue, { ties: tie('anna') })
      assert.equal(problemOf(await askedWith(there, warrantId)), 'desk.no-second')
      await member(world, sue, { ties: tie('home') })
      await member(world, jane, { ties: tie('home') })
      const open = { ...jane.open, member: { ...jane.member, ties: tie('home') } }
      const twice = { ...there, jane: { ...jane, open } }
      assert.equal(problemOf(await askedWith(twice, warrantId)), 'desk.no-second', 'one person')
      await member(world, sue, { ties: [] })
      assert.equal(problemOf(await askedWith(twice, warrantId)), 'yes')
    })

    test('A13 the same two people act together three times in a day, on two nodes too', async (t) => {
      const there = await call(t, database)
      const { world, jane } = there
      const other = await testWorld(t, { database, beside: world })
      const calls: (readonly [Call, WarrantId])[] = []
      for (let count = 0; count <= PAIR_MAX; count += 1) {
        const anna = await caller(world, `client${count}`)
        const theirs = { ...there, anna, case: await called(world, jane.open, anna) }
        calls.push([theirs, await warrantOf(theirs)])
      }
      const [first, ...more] = calls
      assert.ok(first)
      assert.equal(problemOf(await askedWith(...first)), 'yes')
      const firstAt = world.now()
      const said = await Promise.all(
        more.map(([theirs, id], at) =>
          askedWith({ ...theirs, world: at % 2 === 0 ? world : other }, id),
        ),
      )
      // One that lost its turn to another at the same moment is asked again.
      for (const [at, one] of said.entries()) {
        const next = more[at] ?? assert.fail()
        if (problemOf(one) === 'desk.conflict') await askedWith(...next)
      }
      assert.equal((await requestsFor(world, there.sue.open)).length, PAIR_MAX)
      world.setClock(before(after(firstAt, hours(24)), seconds(1)))
      assert.equal(await tomorrow(there), 'desk.no-second')
      world.setClock(after(firstAt, days(2)))
      assert.equal(await tomorrow(there), 'yes')
    })

    test('A13 while one has it before them no other is drawn, in this call or another of the client', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      await agent(world, 'tom', { role: 'supervisor' })
      const bob = await agent(world, 'bob')
      assert.equal(problemOf(await askedWith(there, await warrantOf(there))), 'yes')
      const second = await warrantOf(there)
      assert.equal(problemOf(await askedWith(there, second)), 'desk.second-asked')
      assert.equal((await findWarrant(world.db, second))?.usedAt, null, 'nothing is used up')
      const again = { ...there, case: await called(world, jane.open, anna) }
      assert.equal(problemOf(await askedWith(again, await warrantOf(again))), 'desk.second-asked')
      const theirs = { ...there, jane: bob, case: await called(world, bob.open, anna) }
      assert.equal(problemOf(await askedWith(theirs, await warrantOf(theirs))), 'desk.second-asked')
      assert.equal((await eventsAbout(world, anna, 'desk.second-asked')).length, 1)
    })

    test('A13 what one was asked, or has refused, comes to the same one in the next call', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      assert.equal(problemOf(await askedWith(there, await warrantOf(there))), 'yes')
      for (const name of ['tom', 'kim', 'lea', 'max', 'ned']) {
        await agent(world, name, { role: 'supervisor' })
      }
      await closeCase(world, jane.open, there.case.id)
      const next = { ...there, case: await called(world, jane.open, anna) }
      const id = await waiting(next)
      assert.equal(await refuses(next, id), 'yes')
      const third = { ...there, case: await called(world, jane.open, anna) }
      await waiting(third)
      const told = await eventsAbout(world, anna, 'desk.second-asked')
      const asked = told.map((event) => event.kind === 'desk.second-asked' && event.second)
      assert.deepEqual(asked, ['staff:sue', 'staff:sue', 'staff:sue'])
    })

    test('A13 who has left, or has let it expire, is replaced by another', async (t) => {
      const there = await call(t, database)
      const { world, sue, anna } = there
      assert.equal(problemOf(await askedWith(there, await warrantOf(there))), 'yes')
      const tom = await agent(world, 'tom', { role: 'supervisor' })
      await endMemberSession(world, sue.open)
      const asked = await askedWith(there, await warrantOf(there))
      assert.ok(asked.ok, problemOf(asked))
      assert.equal(asked.second.id, tom.member.id)
      world.advance(SECOND_LIFETIME)
      const open = await back(world, there.jane)
      await back(world, sue)
      const later = { ...there, jane: { ...there.jane, open } }
      const next = { ...later, case: await called(world, open, anna) }
      const last = await askedWith(next, await warrantOf(next))
      assert.ok(last.ok, problemOf(last))
      assert.equal(last.second.id, sue.member.id)
    })

    test('S12 of two requests for a client at the same moment, on two nodes, one is made', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const other = await testWorld(t, { database, beside: world })
      await agent(world, 'tom', { role: 'supervisor' })
      const beside = { ...there, case: await called(world, jane.open, anna) }
      const warrants = [await warrantOf(there), await warrantOf(beside)] as const
      const commit = world.db.commit.bind(world.db)
      let other2: string | null = null
      world.db.commit = async (writes) => {
        world.db.commit = commit
        other2 = problemOf(await askedWith({ ...beside, world: other }, warrants[1]))
        return await commit(writes)
      }
      assert.equal(problemOf(await askedWith(there, warrants[0])), 'desk.conflict')
      assert.equal(other2, 'yes')
      assert.equal((await eventsAbout(world, anna, 'desk.second-asked')).length, 1)
    })

    test('S12 only what was agreed to is used up, and once', async (t) => {
      const there = await call(t, database)
      const { world, sue, jane, case: one } = there
      const id = await waiting(there)
      const use = async () => {
        const asked = { id, caseId: one.id, memberId: jane.member.id }
        return await world.db.commit([secondRequestUsed(world.db, asked, world.now())])
      }
      assert.equal(await use(), false, 'nobody has agreed yet')
      assert.equal(await agrees(world, sue, id), 'yes')
      assert.equal(await use(), true)
      assert.equal(await use(), false)
    })

    test('A13 what was agreed opens this deed with these facts, on this case and for this agent', async (t) => {
      const there = await call(t, database)
      const { world, anna, sue } = there
      const id = await waiting(there)
      assert.equal(await agrees(world, sue, id), 'yes')
      const other = { ...PASSCODE, reason: 'stolen' } as const
      assert.equal(problemOf(await act(there, id, other)), 'desk.no-warrant')
      const release = { deed: 'release-passcode' } as const
      assert.equal(problemOf(await act(there, id, release)), 'desk.no-warrant')
      const elsewhere = { ...there, case: await called(world, there.jane.open, anna) }
      assert.equal(problemOf(await act(elsewhere, id)), 'desk.no-warrant')
      const bob = await agent(world, 'bob')
      const asBob = { ...there, jane: bob, case: await called(world, bob.open, anna) }
      assert.equal(problemOf(await act(asBob, id)), 'desk.no-warrant')
      assert.equal(problemOf(await act(there, id)), 'yes')
    })

    test('A13 only the one who was drawn answers, and by a touch for exactly this', async (t) => {
      const there = await call(t, database)
      const { world, jane, sue } = there
      const id = await waiting(there)
      const tom = await agent(world, 'tom', { role: 'supervisor' })
      for (const stranger of [tom, jane]) {
        assert.equal(await agrees(world, stranger, id), 'desk.no-request')
        assert.equal(
          problemOf(await viewSecondRequest(world, stranger.open, id)),
          'desk.no-request',
        )
      }
      const request = (await findSecondRequest(world.db, id))?.value ?? assert.fail()
      const forged = { ...request, asked: { ...PASSCODE, reason: 'stolen' } }
      const touch = await touched(world, sue, touchOfAgreeing(forged))
      const said = await answerSecond(world, sue.open, { id, agrees: true, touch })
      assert.equal(problemOf(said), 'desk.not-touched')
      await member(world, sue, { role: 'agent' satisfies Role })
      assert.equal(await agrees(world, sue, id), 'desk.conflict', 'another role by now')
      await member(world, sue, { role: 'supervisor' })
      assert.equal(await agrees(world, sue, id), 'yes')
      assert.equal(await agrees(world, sue, id), 'desk.second-answered')
    })

    test('A13 refused once, it is refused for the whole call, and the agent reads why', async (t) => {
      const there = await call(t, database)
      const id = await waiting(there)
      assert.equal(await refuses(there, id, ''), 'desk.reason')
      assert.equal(await refuses(there, id, 'The voice is another one.'), 'yes')
      assert.equal(problemOf(await act(there, id)), 'desk.second-refused')
      const again = await askedWith(there, await warrantOf(there))
      assert.equal(problemOf(again), 'desk.second-refused')
      const view = await viewCase(there.world, there.jane.open, there.case.id)
      assert.ok(view.ok)
      const seen = view.deeds.find(({ deed }) => deed === 'issue-passcode')?.second
      assert.equal(seen?.request.answer, 'The voice is another one.')
      assert.equal((await eventsAbout(there.world, there.anna, 'desk.second-refused')).length, 1)
    })

    test('A13 it expires after thirty minutes, answered or not, and not a second later', async (t) => {
      const there = await call(t, database)
      const { world, sue, jane } = there
      const bert = await caller(world, 'bert')
      const theirs = { ...there, anna: bert, case: await called(world, jane.open, bert) }
      const over = after(world.now(), SECOND_LIFETIME)
      const [late, agreed] = [await waiting(theirs), await waiting(there)]
      assert.equal(await agrees(world, sue, agreed), 'yes')
      world.setClock(before(over, seconds(1)))
      const open = await back(world, sue)
      const there2 = { ...there, jane: { ...there.jane, open: await back(world, there.jane) } }
      world.setClock(over)
      assert.equal(await agrees(world, { ...sue, open }, late), 'desk.second-expired')
      assert.equal(problemOf(await act(there2, agreed)), 'desk.second-expired')
    })

    test('A13 what has changed since it was agreed to opens nothing', async (t) => {
      const changes: readonly (readonly [string, (there: Call) => Promise<unknown>, string])[] = [
        [
          'two proofs failed',
          async ({ world, anna, jane, case: one }) => {
            const asking = { open: jane.open, case: one, of: 'device' } as const
            await guessed(world, anna, asking)
            await guessed(world, anna, asking)
          },
          'desk.second-outdated',
        ],
        [
          'the second person was suspended',
          async ({ world, sue }) => await member(world, sue, { state: 'suspended' }),
          'desk.second-outdated',
        ],
        [
          'the second person has another role',
          async ({ world, sue }) => await member(world, sue, { role: 'agent' }),
          'desk.second-outdated',
        ],
        [
          'the agent was suspended',
          async ({ world, jane }) => await member(world, jane, { state: 'suspended' }),
          'desk.conflict',
        ],
        [
          'the case was closed',
          async ({ world, jane, case: { id } }) => await closeCase(world, jane.open, id),
          'desk.case-closed',
        ],
      ]
      for (const [what, change, problem] of changes) {
        const there = await call(t, database)
        const id = await waiting(there)
        assert.equal(await agrees(there.world, there.sue, id), 'yes')
        await change(there)
        assert.equal(problemOf(await act(there, id)), problem, what)
        assert.deepEqual(await eventsAbout(there.world, there.anna, 'desk.acted'), [], what)
      }
    })

    test('A13 nor is it done where the two turn out to be one person', async (t) => {
      const there = await call(t, database)
      const { world, sue, jane } = there
      const id = await waiting(there)
      assert.equal(await agrees(world, sue, id), 'yes')
      const ties = [tieOf(world.keys, 'user-name', 'home') ?? assert.fail()]
      await member(world, sue, { ties })
      await member(world, jane, { ties })
      const theirs = { ...there, jane: { open: await back(world, jane) } }
      assert.equal(problemOf(await act(theirs, id)), 'desk.second-outdated')
    })

    test('A13 a second person who is suspended while the deed is written takes it back', async (t) => {
      const there = await call(t, database)
      const { world, sue } = there
      const id = await waiting(there)
      assert.equal(await agrees(world, sue, id), 'yes')
      const slow = overtaken(world, async () => await member(world, sue, { state: 'suspended' }))
      const done = await act({ ...there, world: slow }, id)
      assert.equal(problemOf(done), 'desk.second-outdated')
      assert.deepEqual(await eventsAbout(world, there.anna, 'desk.acted'), [])
    })

    test('S12 two nodes that answer at once answer once, and do the deed once', async (t) => {
      const there = await call(t, database)
      const { world, sue } = there
      const other = await testWorld(t, { database, beside: world })
      const id = await waiting(there)
      const said = await Promise.all([
        agrees(world, sue, id),
        agrees(other, sue, id),
        refuses(there, id),
      ])
      assert.equal(said.filter((one) => one === 'yes').length, 1, said.join(' '))
      const next = await call(t, database)
      const beside = await testWorld(t, { database, beside: next.world })
      const agreed = await waiting(next)
      assert.equal(await agrees(next.world, next.sue, agreed), 'yes')
      const done = await Promise.all(
        [next.world, beside, next.world, beside].map((node) =>
          act({ ...next, world: node }, agreed),
        ),
      )
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await eventsAbout(next.world, next.anna, 'authenticator.issued')).length, 1)
    })

    test('A13 two people give a client without a known browser a passcode that works in any', async (t) => {
      const there = await call(t, database)
      const { world, jane, sue } = there
      const bert = await caller(world, 'bert')
      const theirs = { ...there, anna: bert, case: await called(world, jane.open, bert) }
      const id = await waiting(theirs)
      assert.equal(await agrees(world, sue, id), 'yes')
      const done = await act(theirs, id)
      assert.ok(done.ok && done.spoken)
      await inWithPasscode(world, { userName: 'bert', client: browser() }, done.spoken)
    })
  })
}

/** One more call of the next day, asked by the same two. */
async function tomorrow(there: Call): Promise<string> {
  const { world, anna, jane, sue } = there
  await back(world, sue)
  const open = await back(world, jane)
  const next = { ...there, jane: { ...jane, open }, case: await called(world, open, anna) }
  return problemOf(await askedWith(next, await warrantOf(next)))
}

/** Logs in again. */
async function back(world: TestWorld, { key }: Pick<Hired, 'key'>): Promise<OpenMemberSession> {
  const here = await memberLogIn(world, key)
  assert.ok(here.ok)
  return (await findOpenMemberSession(world, here.token)) ?? assert.fail()
}
