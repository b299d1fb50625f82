import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { ALARMS } from '#core/audit/alarms.ts'
import { type Found, REREAD_AGAIN, REREAD_CHANCE, REREAD_WITHIN } from '#core/audit/rereading.ts'
import { staffActor } from '#core/desk/member.ts'
import type { SecondRequest } from '#core/desk/second-person.ts'
import { newId, type RereadingId } from '#core/ids.ts'
import { before, days } from '#core/time/time.ts'
import { noteCase } from '#engine/desk/cases/cases.ts'
import {
  answerRereading,
  hasRereading,
  takeRereading,
  viewRereading,
} from '#engine/desk/compliance/rereading.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { setRole, suspendMember } from '#engine/desk/staff.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { activityOf } from '#engine/notices/activity.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { listOpenRereadings, rereadingInsert } from '#store/audit/rereadings.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { findMember, memberWrite } from '#store/desk/members.ts'
import { secondRequestInsert } from '#store/desk/second-requests.ts'
import { act, agent, call, called, caller, eventsAbout } from '../../../support/desk/calls.ts'
import { comesIn, openDesk } from '../../../support/desk/door.ts'
import { CONSOLE } from '../../../support/desk/staff.ts'
import { overtaken } from '../../../support/models/interrupted.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import type { TestWorld } from '../../../support/server/world.ts'

/** Chance draws every deed, or none. */
const drawing = (world: TestWorld, isDrawn: boolean): TestWorld => ({
  ...world,
  random: (length) =>
    length === REREAD_CHANCE ? new Uint8Array(length).fill(isDrawn ? 0 : 1) : world.random(length),
})

/** Jane has frozen an account, and chance has drawn it; sue and tom may read it again. */
async function drawn(t: TestContext, database: DatabaseKind) {
  const there = await call(t, database)
  const { world } = there
  const [sue, tom] = [
    await agent(world, 'sue', { role: 'supervisor' }),
    await agent(world, 'tom', { role: 'supervisor' }),
  ]
  const frozen = await act({ ...there, world: drawing(world, true) }, { deed: 'freeze' })
  assert.equal(problemOf(frozen), 'yes')
  return { ...there, sue: sue.open, tom: tom.open }
}

async function taken(world: TestWorld, open: OpenMemberSession): Promise<RereadingId> {
  const done = await takeRereading(world, open)
  assert.ok(done.ok, problemOf(done))
  return done.id ?? assert.fail('none waits')
}

const noneFor = async (world: TestWorld, open: OpenMemberSession) => {
  const done = await takeRereading(world, open)
  assert.ok(done.ok && done.id === null)
  assert.equal(await hasRereading(world, open), false)
}

const says = async (
  { world }: { world: TestWorld },
  open: OpenMemberSession,
  said: { readonly id: RereadingId; readonly found: Found },
) => problemOf(await answerRereading(world, open, said))

/** The member has something in common with others of this name; their next request knows it. */
async function tied(
  world: TestWorld,
  open: OpenMemberSession,
  name: string,
): Promise<OpenMemberSession> {
  const { member } = open
  const found = (await findMember(world.db, member.id)) ?? assert.fail()
  const ties = [tieOf(world.keys, 'user-name', name) ?? assert.fail()]
  const value = { ...found.value, ties }
  const writes = [memberWrite(world.db, { ...found, value })]
  assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
  return { ...open, member: value }
}

for (const database of DATABASES) {
  suite(`A finished deed is read again by another member, on ${database}`, () => {
    test('A13 one that chance has drawn waits for a supervisor, and the client reads of it', async (t) => {
      const there = await drawn(t, database)
      const { world, anna, jane, sue } = there
      assert.equal(
        problemOf(await act({ ...there, world: drawing(world, false) }, { deed: 'end-sessions' })),
        'yes',
      )
      assert.equal((await listOpenRereadings(world.db)).length, 1, 'the other was not drawn')
      assert.ok(await hasRereading(world, sue))
      assert.equal(await hasRereading(world, jane), false)
      assert.equal(problemOf(await takeRereading(world, jane)), 'desk.not-this-role')
      assert.ok((await noteCase(world, jane, { id: there.case.id, typed: 'In a hurry.' })).ok)
      const id = await taken(world, sue)
      assert.equal(await taken(world, sue), id, 'it stays with its reader')
      assert.equal((await eventsAbout(world, anna, 'desk.reread-begun')).length, 1)
      const view = await viewRereading(world, sue, id)
      assert.ok(view.ok)
      assert.deepEqual(
        [view.rereading.act, view.member.name, view.case.number, view.case.notes.length],
        ['freeze', jane.member.name, there.case.number, 1],
      )
      const kinds = view.lines.map(({ event }) => event.kind)
      assert.ok(kinds.indexOf('desk.case-opened') < kinds.indexOf('desk.acted'))
      assert.doesNotMatch(JSON.stringify(view), /anna/, 'whose case it is stands nowhere')
      assert.equal(await says(there, sue, { id, found: 'well' }), 'yes')
      const [read] = await eventsAbout(world, anna, 'desk.reread')
      assert.ok(read?.kind === 'desk.reread')
      assert.deepEqual([read.actor, read.doer, read.act], ['staff:sue', 'staff:jane', 'freeze'])
      const { happenings } = await activityOf(world, anna as never, {})
      const lines = happenings.flatMap(({ entries }) => entries.map(({ line }) => line))
      assert.equal(lines.filter((line) => line === 'desk-reread').length, 1)
      await noneFor(world, sue)
      assert.equal(await says(there, sue, { id, found: 'proof' }), 'desk.no-request', 'said once')
    })

    test('A13 never by who did it or agreed to it, nor by who has something in common with them', async (t) => {
      const there = await drawn(t, database)
      const { world, anna, jane, sue, tom } = there
      assert.equal(await says(there, tom, { id: await taken(world, tom), found: 'well' }), 'yes')
      const bert = await caller(world, 'bert')
      const theirs = {
        world: drawing(world, true),
        jane: sue,
        case: await called(world, sue, bert),
      }
      assert.equal(problemOf(await act(theirs, { deed: 'freeze' })), 'yes')
      await noneFor(world, sue)
      assert.ok(await hasRereading(world, tom))
      await tied(world, sue, 'one-house')
      await noneFor(world, await tied(world, tom, 'one-house'))
      await noneFor(world, await tied(world, tom, 'bert'))
      await tied(world, tom, 'another')
      const [one] = await listOpenRereadings(world.db)
      assert.ok(one)
      assert.equal(await taken(world, tom), one.value.id)
      // Jane did it, and sue agreed to it.
      const both = {
        ...one.value,
        id: newId('rrd', world.now(), world.random),
        caseId: there.case.id,
        memberId: jane.member.id,
        secondId: sue.member.id,
        readerId: null,
        takenAt: null,
      }
      const writes = [rereadingInsert(world.db, both)]
      assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
      await noneFor(world, sue)
      assert.deepEqual(await eventsAbout(world, anna, 'desk.deed-doubted'), [])
    })

    test('A13 what is doubted is an alarm of compliance', async (t) => {
      const there = await drawn(t, database)
      const { world, anna, sue } = there
      const id = await taken(world, sue)
      assert.equal(await says(there, sue, { id, found: 'pressure' }), 'yes')
      const [doubted] = await eventsAbout(world, anna, 'desk.deed-doubted')
      assert.ok(doubted?.kind === 'desk.deed-doubted')
      assert.deepEqual([doubted.doubt, doubted.doer], ['pressure', 'staff:jane'])
      assert.ok(ALARMS.includes(doubted.kind))
      assert.deepEqual(await eventsAbout(world, anna, 'desk.reread'), [])
    })

    test('A13 only its reader sees it and answers, for a day; then another has it', async (t) => {
      const there = await drawn(t, database)
      const { world, sue, tom } = there
      const id = await taken(world, sue)
      await noneFor(world, tom)
      assert.equal(problemOf(await viewRereading(world, tom, id)), 'desk.no-request')
      assert.equal(await says(there, tom, { id, found: 'well' }), 'desk.no-request')
      world.advance(REREAD_WITHIN)
      assert.equal(problemOf(await viewRereading(world, sue, id)), 'desk.no-request')
      await noneFor(world, sue)
      assert.equal(await taken(world, tom), id)
      assert.equal(await says(there, sue, { id, found: 'well' }), 'desk.no-request')
      world.advance(REREAD_AGAIN)
      assert.ok(await hasRereading(world, tom), 'none other wanted it')
    })

    test('A13 what none may read keeps no other from its reader, and a long trail says so', async (t) => {
      const there = await drawn(t, database)
      const { world, anna, jane, sue } = there
      const [one] = await listOpenRereadings(world.db)
      assert.ok(one)
      const first = before(world.now(), days(1))
      const own = Array.from({ length: 100 }, () => ({
        ...one.value,
        id: newId('rrd', first, world.random),
        memberId: sue.member.id,
      }))
      const writes = own.map((value) => rereadingInsert(world.db, value))
      assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
      const id = await taken(world, sue)
      assert.equal(id, one.value.id)
      const seen = async () => {
        const view = await viewRereading(world, sue, id)
        return view.ok ? view : assert.fail(problemOf(view))
      }
      assert.equal((await seen()).isCut, false)
      const about = {
        subscriberId: anna.subscriberId,
        caseId: there.case.id,
        caseNumber: there.case.number,
        actor: staffActor(jane.member),
      } as const
      const noted = { kind: 'desk.noted', ...about } as const
      const canary = { kind: 'desk.canary-opened', ...about, reason: 'lost-device' } as const
      const doubt = { ...about, doer: about.actor, act: 'freeze', doubt: 'proof' } as const
      const doubted = { kind: 'desk.deed-doubted', ...doubt } as const
      const events = [...Array.from({ length: 200 }, () => noted), canary, doubted]
      assert.ok(await world.db.commit(eventWrites(world.db, events, world.now())))
      const { isCut, lines } = await seen()
      assert.ok(isCut)
      const kinds = new Set(lines.map(({ event }) => event.kind))
      assert.deepEqual([...kinds], ['desk.noted'], 'what compliance alone hears is not told')
      // Who was asked about another deed of the call was a part of it.
      const now = world.now()
      const asked: SecondRequest = {
        id: newId('sec', now, world.random),
        caseId: there.case.id,
        subscriberId: anna.subscriberId,
        memberId: one.value.memberId,
        secondId: sue.member.id,
        asked: { deed: 'end-sessions' },
        level: 'none',
        verified: null,
        signals: [],
        reason: 'A call.',
        answer: null,
        askedAt: now,
        expiresAt: now,
        state: 'refused',
      }
      const insert = [secondRequestInsert(world.db, asked, 1)]
      assert.ok(await commitDesk(world.db, { now, writes: insert, events: [] }))
      assert.equal(problemOf(await viewRereading(world, sue, id)), 'desk.no-request')
      await noneFor(world, sue)
    })

    test('S12 of two nodes that hand it out at once one does, and one answer counts', async (t) => {
      const there = await drawn(t, database)
      const { world, anna, sue, tom } = there
      const node = overtaken(world, async () => await taken(world, tom))
      const late = await takeRereading(node, sue)
      assert.ok(late.ok && late.id === null, 'tom has it')
      const id = await taken(world, tom)
      const slow = overtaken(world, async () => await says(there, tom, { id, found: 'well' }))
      assert.equal(await says({ world: slow }, tom, { id, found: 'proof' }), 'desk.conflict')
      assert.deepEqual(await eventsAbout(world, anna, 'desk.deed-doubted'), [])
    })

    test('A13 who is suspended or has another role at that moment reads and says nothing', async (t) => {
      const there = await drawn(t, database)
      const { world, sue, tom } = there
      const id = await taken(world, sue)
      const gone = overtaken(world, () => suspendMember(world, CONSOLE, sue.member.id))
      assert.equal(await says({ world: gone }, sue, { id, found: 'well' }), 'desk.conflict')
      world.advance(REREAD_WITHIN)
      const other = { id: tom.member.id, role: 'agent' } as const
      const changed = overtaken(world, () => setRole(world, CONSOLE, other))
      assert.equal(problemOf(await takeRereading(changed, tom)), 'desk.conflict')
    })

    test('what was not done is not read again', async (t) => {
      const there = await drawn(t, database)
      const always = { ...there, world: drawing(there.world, true) }
      assert.equal(problemOf(await act(always, { deed: 'freeze' })), 'desk.too-many-stops')
      assert.equal((await listOpenRereadings(there.world.db)).length, 1)
    })
  })
}

test('A13 a supervisor is handed it on the first page, reads the case as it went, and says what they found', async (t) => {
  const door = await openDesk(t)
  const { world } = door
  const anna = await caller(world, 'anna')
  const jane = await agent(world, 'jane')
  const one = await called(world, jane.open, anna)
  const there = { world: drawing(world, true), jane: jane.open, case: one }
  assert.equal(problemOf(await act(there, { deed: 'freeze' })), 'yes')
  const browser = await comesIn(door, { agentId: 'sue', role: 'supervisor', key: softKey('s') })
  const home = await browser.open('/')
  assert.match(home.words, /A finished deed waits to be read again/)
  const page = await browser.submit('/rereadings/next')
  assert.match(page.address, /^\/rereadings\/rrd_/)
  assert.match(page.words, /Freeze .* Done by Jane/)
  assert.match(page.words, /Put a hold on the account .* Done: trading/)
  assert.match(page.words, new RegExp(`Case number ${one.number}`))
  assert.equal((await browser.submit(page.address, { found: 'nothing' })).status, 400)
  await browser.open(page.address)
  const done = await browser.submit(page.address, { found: 'purpose' })
  assert.match(done.words, /Noted\./)
  assert.doesNotMatch(done.words, /waits to be read again/)
  assert.equal((await browser.open(page.address)).status, 404)
  const other = await comesIn(door, { agentId: 'jim', role: 'agent', key: softKey('j') })
  assert.doesNotMatch((await other.open('/')).words, /read again/)
})
