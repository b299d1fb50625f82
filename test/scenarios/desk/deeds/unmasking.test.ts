import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { CONTACT_KINDS, type ContactKind } from '#core/contact/address.ts'
import type { Case } from '#core/desk/case.ts'
import type { SecondRequestId } from '#core/ids.ts'
import { days, hours, minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { actOnCase } from '#engine/desk/cases/deeds.ts'
import type { Acting } from '#engine/desk/cases/permit.ts'
import {
  answerSecond,
  askSecond,
  requestsFor,
  touchOfAgreeing,
} from '#engine/desk/cases/second-person.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { activityOf } from '#engine/notices/activity.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { findMember, memberWrite } from '#store/desk/members.ts'
import { findSecondRequest, listOfPair } from '#store/desk/second-requests.ts'
import { listUnmaskingsBy, unmaskingInsert } from '#store/desk/unmaskings.ts'
import { listNotices } from '#store/notices/notices.ts'
import {
  acted,
  agent,
  called,
  type Caller,
  caller,
  eventsAbout,
  guessed,
  proven,
  sessionOf,
  touchBy,
} from '../../../support/desk/calls.ts'
import { answered, askedOn, comesIn, openDesk } from '../../../support/desk/door.ts'
import { memberLogIn, sessionWith, touched } from '../../../support/desk/staff.ts'
import { overtaken } from '../../../support/models/interrupted.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { DESK, HONEST, testWorld, type TestWorld } from '../../../support/server/world.ts'

const MOBILE = '+41791234567'
const POSTAL = 'Anna Example\n1 Street\nSwitzerland'
const VALUES: Readonly<Record<ContactKind, (name: string) => string>> = {
  email: (name) => `${name}@example.com`,
  mobile: () => MOBILE,
  postal: () => POSTAL,
}

/** A client with an address of each kind. */
async function withAddresses(world: TestWorld, userName: string): Promise<Caller> {
  const client = await caller(world, userName)
  for (const kind of CONTACT_KINDS) {
    const { subscriberId } = client
    const value = VALUES[kind](userName)
    assert.ok((await setContact(world, { subscriberId, by: 'operator', kind, value })).ok)
  }
  return client
}

async function call(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const anna = await withAddresses(world, 'anna')
  const jane = await agent(world, 'jane')
  return { world, anna, jane, case: await called(world, jane.open, anna) }
}

type There = Pick<Awaited<ReturnType<typeof call>>, 'world' | 'case'> & {
  readonly open: OpenMemberSession
}

const WHY = 'The caller spells the street.'

async function shownIn({ world, open, case: { id } }: There) {
  const view = await viewCase(world, open, id)
  assert.ok(view.ok, problemOf(view))
  return Object.fromEntries(view.client.contacts.map(({ kind, shown }) => [kind, shown]))
}

async function unmasking(
  { world, open, case: { id: caseId } }: There,
  field: ContactKind,
  more: Partial<Acting> = {},
): Promise<Acting> {
  const view = await viewCase(world, open, caseId)
  const contact = view.ok ? view.client.contacts.find(({ kind }) => kind === field) : undefined
  const contactId = contact?.id ?? assert.fail('no such field')
  const asked = { deed: 'unmask', contactId, field } as const
  return { caseId, warrantId: null, asked, reason: WHY, ...more }
}

const unmasked = async (there: There, field: ContactKind, more: Partial<Acting> = {}) =>
  problemOf(await acted(there.world, there.open, await unmasking(there, field, more)))

/** Looks at so many fields, of a new client for every three. */
async function looksAt(world: TestWorld, open: OpenMemberSession, count: number): Promise<There> {
  let there: There | null = null
  for (let done = 0; done < count; done += 1) {
    const kind = CONTACT_KINDS[done % CONTACT_KINDS.length] ?? 'email'
    if (there === null || kind === CONTACT_KINDS[0]) {
      const client = await withAddresses(world, `client-${open.member.agentId}-${done}`)
      there = { world, open, case: await called(world, open, client) }
    }
    assert.equal(await unmasked(there, kind), 'yes', `${done}`)
  }
  return there ?? assert.fail('nothing was looked at')
}

/** Jane has looked at four fields, and at the fifth she is asked for a touch. */
async function beforeTheFifth(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const { open } = await agent(world, 'jane')
  await looksAt(world, open, 4)
  const bert = await withAddresses(world, 'bert')
  const there: There = { world, open, case: await called(world, open, bert) }
  return { world, open, bert, there, acting: await unmasking(there, 'mobile') }
}

const looked = async ({ db }: TestWorld, { member }: OpenMemberSession): Promise<number> =>
  (await listUnmaskingsBy(db, member.id))[0]?.seq ?? 0

for (const database of DATABASES) {
  suite(`A hidden field that is shown to an agent, on ${database}`, () => {
    test('A13 one field is shown for a reason, and the client reads which, in which case and why', async (t) => {
      const { world, anna, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      const session = await sessionOf(world, anna)
      assert.deepEqual(await shownIn(there), {
        email: 'a•••@e•••',
        mobile: '•••67',
        postal: '•••',
      })
      assert.equal(await unmasked(there, 'mobile'), 'yes')
      assert.deepEqual(await shownIn(there), {
        email: 'a•••@e•••',
        mobile: MOBILE,
        postal: '•••',
      })
      assert.equal(await unmasked(there, 'mobile'), 'desk.nothing-to-do', 'it is shown already')
      const [told, ...more] = await eventsAbout(world, anna, 'desk.unmasked')
      assert.ok(told?.kind === 'desk.unmasked' && more.length === 0)
      const { actor, caseId, caseNumber, field, reason } = told
      assert.deepEqual(
        [actor, caseId, caseNumber, field, reason],
        ['staff:jane', rest.case.id, rest.case.number, 'mobile', 'cannot-log-in'],
      )
      const [kept] = await listUnmaskingsBy(world.db, jane.member.id)
      assert.equal(kept?.reason, WHY)
      assert.ok(!JSON.stringify(told).includes(WHY), 'the log holds no story')
      const { happenings } = await activityOf(world, session, {})
      const lines = happenings.flatMap(({ entries }) => entries.map(({ line }) => line))
      assert.ok(lines.includes('desk-unmasked'))
      await noticeDue(world)
      const notices = await listNotices(world.db, anna.subscriberId, 50)
      assert.equal(
        notices.filter(({ kind }) => kind === 'desk-unmasked').length,
        1,
        'they are told',
      )
    })

    test('A13 nothing is shown without a reason, and a reason of markup, directions or any length runs nothing', async (t) => {
      const { world, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      const bad = [
        '',
        '  ',
        'a\u0000b',
        'a\u202eb',
        'two\nlines',
        'x'.repeat(201),
        'x'.repeat(10_000),
      ]
      for (const reason of bad) {
        assert.equal(await unmasked(there, 'mobile', { reason }), 'desk.reason', reason.slice(0, 9))
      }
      assert.equal(await looked(world, jane.open), 0)
      const markup = '<img src=x onerror=alert(1)>'
      assert.equal(await unmasked(there, 'mobile', { reason: markup }), 'yes')
      const [kept] = await listUnmaskingsBy(world.db, jane.member.id)
      assert.equal(kept?.reason, markup)
    })

    test('A13 a member looks at five fields in a day alone, whichever clients they are of', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const jane = await agent(world, 'jane')
      const there = await looksAt(world, jane.open, 5)
      assert.equal(await unmasked(there, 'postal'), 'desk.second-person')
      assert.equal((await shownIn(there))['postal'], '•••')
      const bob = await agent(world, 'bob')
      const other = await withAddresses(world, 'other')
      const theirs = { world, open: bob.open, case: await called(world, bob.open, other) }
      assert.equal(await unmasked(theirs, 'email'), 'yes', 'each member for themselves')
      world.advance(days(1))
      const { key } = jane
      const again = await memberLogIn(world, key)
      const open = again.ok ? await sessionWith(world, again.token) : null
      assert.ok(open)
      const tomorrow = { world, open, case: await called(world, open, other) }
      assert.equal(await unmasked(tomorrow, 'email'), 'yes')
    })

    test('A13 of two nodes that show a fifth field at the same moment one shows it', async (t) => {
      const { world, open, bert, acting } = await beforeTheFifth(t, database)
      const [last] = await listUnmaskingsBy(world.db, open.member.id)
      assert.ok(last)
      const node = overtaken(world, async () => {
        // With another passkey of hers: nothing but the number is the same.
        const writes = [unmaskingInsert(world.db, { ...last, seq: last.seq + 1 })]
        assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
      })
      assert.equal(problemOf(await acted(node, open, acting)), 'desk.second-person')
      assert.equal(await looked(world, open), 5)
      assert.deepEqual(await eventsAbout(world, bert, 'desk.unmasked'), [])
    })

    test('A13 nor does an agent see a sixth who confirms two at the same moment', async (t) => {
      const { world, open, there, acting } = await beforeTheFifth(t, database)
      let isFirst = true
      const ask: TestWorld['db']['ask'] = async (statement) => {
        const isNow = isFirst && statement.sql.includes('"member_passkey"')
        if (isNow) {
          isFirst = false
          // With another touch, after what was weighed for this one and before it is judged.
          assert.equal(await unmasked(there, 'email'), 'yes')
        }
        return await world.db.ask(statement)
      }
      const node: TestWorld = { ...world, db: { ...world.db, ask } }
      const touch = await touchBy(world, open, acting)
      const done = await actOnCase(node, open, { ...acting, touch })
      assert.ok(!isFirst)
      assert.equal(problemOf(done), 'desk.second-person')
      assert.equal(await looked(world, open), 5)
    })

    test('A13 beyond five a supervisor agrees to one field of one case, once', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const jane = await agent(world, 'jane')
      const sue = await agent(world, 'sue', { role: 'supervisor' })
      const there = await looksAt(world, jane.open, 5)
      const acting = await unmasking(there, 'postal')
      const asked = await askSecond(world, jane.open, { ...acting, reason: WHY })
      assert.ok(asked.ok, problemOf(asked))
      const [waits] = await requestsFor(world, sue.open)
      assert.ok(waits)
      const { request } = waits
      assert.deepEqual(
        [request.reason, request.signals, request.asked['field']],
        [WHY, ['unmasked-often'], 'postal'],
      )
      const requestId: SecondRequestId = request.id
      const counted = async (deed: 'unmask' | 'issue-passcode') =>
        (await listOfPair(world.db, [jane.member.id, sue.member.id], deed)).length
      // Looks take no proof: an agent must not use up with them who would agree to a deed.
      assert.deepEqual([await counted('unmask'), await counted('issue-passcode')], [1, 0])
      assert.equal(await unmasked(there, 'postal', { requestId }), 'desk.second-waits')
      const found = (await findSecondRequest(world.db, requestId))?.value ?? assert.fail()
      const touch = await touched(world, sue, touchOfAgreeing(found))
      const agrees = { id: requestId, agrees: true, touch } as const
      assert.equal(problemOf(await answerSecond(world, sue.open, agrees)), 'yes')
      const bert = await withAddresses(world, 'bert')
      const other = { world, open: jane.open, case: await called(world, jane.open, bert) }
      assert.equal(await unmasked(other, 'postal', { requestId }), 'desk.no-warrant')
      assert.equal(await unmasked(there, 'postal', { requestId, reason: '' }), 'yes')
      assert.equal((await shownIn(there))['postal'], POSTAL)
      const [kept] = await listUnmaskingsBy(world.db, jane.member.id)
      assert.equal(kept?.reason, WHY)
      const written = await eventsAbout(
        world,
        { subscriberId: there.case.subscriberId },
        'desk.unmasked',
      )
      const [told] = written
      assert.ok(told?.kind === 'desk.unmasked')
      assert.equal(told.second, 'staff:sue')
    })

    test('A13 an agent who has fields left asks no second person, and a proven caller needs none', async (t) => {
      const { world, anna, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      await agent(world, 'sue', { role: 'supervisor' })
      const acting = await unmasking(there, 'mobile')
      const asked = await askSecond(world, jane.open, { ...acting, reason: WHY })
      assert.equal(problemOf(asked), 'desk.nothing-to-do')
      await proven(world, anna, { open: jane.open, case: rest.case, of: 'access' })
      assert.equal((await shownIn(there))['mobile'], MOBILE)
      assert.equal(await unmasked(there, 'mobile'), 'desk.nothing-to-do')
      assert.equal(await looked(world, jane.open), 0, 'nothing is used up')
    })

    test('A13 nothing stays visible in another session, nor on a closed case', async (t) => {
      const { world, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      assert.equal(await unmasked(there, 'mobile'), 'yes')
      const again = await memberLogIn(world, jane.key)
      const open = again.ok ? await sessionWith(world, again.token) : null
      assert.ok(open)
      assert.equal((await shownIn({ ...there, open }))['mobile'], '•••67')
      assert.ok((await closeCase(world, jane.open, rest.case.id)).ok)
      assert.equal(problemOf(await viewCase(world, jane.open, rest.case.id)), 'desk.case-closed')
      const late = await unmaskingOf(there)
      assert.equal(problemOf(await acted(world, jane.open, late)), 'desk.case-closed')
    })

    test('A13 nor on one that the client denies, or that was left open for two hours', async (t) => {
      const { world, anna, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      assert.equal(await unmasked(there, 'mobile'), 'yes')
      const session = await sessionOf(world, anna)
      assert.equal(problemOf(await denyCall(world, session, rest.case.id)), 'yes')
      assert.equal(problemOf(await viewCase(world, jane.open, rest.case.id)), 'desk.case-closed')
      const bert = await withAddresses(world, 'bert')
      const other = { world, open: jane.open, case: await called(world, jane.open, bert) }
      const late = await unmasking(other, 'mobile')
      world.advance(hours(2))
      const fresh = await memberLogIn(world, jane.key)
      const open = fresh.ok ? await sessionWith(world, fresh.token) : null
      assert.ok(open)
      assert.equal(problemOf(await acted(world, open, late)), 'desk.case-closed')
    })

    test('A13 a case that is closed, or a member who is suspended, at that moment takes the look back', async (t) => {
      const acts: Readonly<Record<string, (there: There) => Promise<unknown>>> = {
        closed: async ({ world, open, case: { id } }) => await closeCase(world, open, id),
        suspended: async ({ world, open: { member } }) => {
          const found = (await findMember(world.db, member.id)) ?? assert.fail()
          const value = { ...found.value, state: 'suspended' } as const
          const writes = [memberWrite(world.db, { ...found, value })]
          assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
        },
      }
      for (const [what, act] of Object.entries(acts)) {
        const { world, anna, jane, ...rest } = await call(t, database)
        const there = { world, open: jane.open, case: rest.case }
        const acting = await unmasking(there, 'mobile')
        const node = overtaken(world, async () => await act(there))
        const done = await acted(node, jane.open, acting)
        assert.equal(done.ok, false, what)
        assert.equal(await looked(world, jane.open), 0, what)
        assert.deepEqual(await eventsAbout(world, anna, 'desk.unmasked'), [], what)
      }
    })

    test('A13 a field of another client, one that was replaced, and another kind than named are none', async (t) => {
      const { world, anna, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      const bert = await withAddresses(world, 'bert')
      const other = { world, open: jane.open, case: await called(world, jane.open, bert) }
      const theirs = { ...(await unmasking(other, 'mobile')), caseId: rest.case.id }
      assert.equal(problemOf(await acted(world, jane.open, theirs)), 'desk.nothing-to-do')
      const acting = await unmasking(there, 'mobile')
      assert.ok(acting.asked.deed === 'unmask')
      const renamed = { ...acting, asked: { ...acting.asked, field: 'email' } } as const
      assert.equal(problemOf(await acted(world, jane.open, renamed)), 'desk.nothing-to-do')
      const { subscriberId } = anna
      const moved = { subscriberId, by: 'operator', kind: 'mobile', value: '+41797654321' } as const
      assert.ok((await setContact(world, moved)).ok)
      assert.equal(problemOf(await acted(world, jane.open, acting)), 'desk.nothing-to-do')
    })

    test('R126 A13 failed proofs keep no field from being shown', async (t) => {
      const { world, anna, jane, ...rest } = await call(t, database)
      const there = { world, open: jane.open, case: rest.case }
      for (let count = 0; count < 3; count += 1) {
        await guessed(world, anna, { open: jane.open, case: rest.case, of: 'access' })
        world.advance(seconds(1))
      }
      assert.equal(await unmasked(there, 'mobile'), 'yes')
    })
  })
}

/** What an agent asks who has the page open still. */
async function unmaskingOf({ world, case: one }: There): Promise<Acting> {
  const [contactId, field] = [await contactOf(world, one), 'mobile'] as const
  const asked = { deed: 'unmask', contactId, field } as const
  return { caseId: one.id, warrantId: null, asked, reason: WHY }
}

async function contactOf({ db }: TestWorld, { subscriberId }: Case) {
  const found = (await listContacts(db, subscriberId)).find(({ kind }) => kind === 'mobile')
  return found?.id ?? assert.fail()
}

suite('A hidden field on the pages of the desk', () => {
  test('A13 is shown after a reason and a touch, and the page leaves when the case is closed', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const anna = await withAddresses(world, 'anna')
    const key = softKey('j')
    const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key })
    await browser.open('/cases')
    const find = { by: 'user-name', typed: 'anna', reason: 'lost-device' }
    const shown = await browser.submit('/cases', find)
    assert.ok(!shown.html.includes(MOBILE))
    assert.match(shown.html, /data-stream="\/session\/events"/)
    const [, path = ''] =
      /href="(\/cases\/cas_\w+\/contacts\/con_\w+)" [^>]*="Show: Mobile number"/.exec(shown.html) ??
      []
    const asks = await browser.open(path)
    assert.match(asks.words, /Show a hidden field: Mobile number/)
    assert.match(asks.words, /Left for today: 5/)
    const touch = (reason: string) =>
      browser.submit(path, {
        answer: key.assert(askedOn(browser.page()), { origin: DESK }),
        reason,
      })
    const without = await touch(' ')
    assert.equal(without.status, 400)
    assert.match(without.words, /Give a reason/)
    const long = await touch('x'.repeat(10_000))
    assert.equal(long.status, 400)
    const typed = 'They <b>spell</b> it.'
    const stranger = await answered(browser, path, () => '{}')
    assert.ok(stranger.status >= 400)
    await browser.open(path)
    const done = await touch(typed)
    assert.match(done.words, /The field is shown\. The client is told\./)
    assert.ok(done.words.includes(MOBILE) && !done.html.includes('<b>spell'))
    const [, events = ''] = /data-stream="(\/cases\/cas_\w+\/events)"/.exec(done.html) ?? []
    assert.notEqual(events, '')
    await door.desk.listen({ port: 0, host: '127.0.0.1' })
    const { port } = door.desk.server.address() as { readonly port: number }
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const stream = await fetch(`http://127.0.0.1:${port}${events}`, { headers: { cookie } })
    const at = done.address.replace(/\?.*/, '')
    await browser.submit(`${at}/close`)
    assert.match(await stream.text(), /event: moved/)
    const over = await browser.open(at)
    assert.equal(over.status, 409)
    assert.ok(!over.html.includes(MOBILE))
    const [told] = await eventsAbout(world, anna, 'desk.unmasked')
    assert.ok(told?.kind === 'desk.unmasked')
    assert.equal(told.reason, 'lost-device')
    world.advance(minutes(1))
  })
})
