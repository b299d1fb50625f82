import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import { canariesAmong, canaryLike } from '#core/subscribers/canary.ts'
import { before, days } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { makeCanaries } from '#engine/desk/canaries.ts'
import { openCase } from '#engine/desk/cases/cases.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import { subscriberView } from '#edges/back-office/view.ts'
import { auditOf } from '../../support/audit.ts'
import { begin } from '../../support/clients/engine-story.ts'
import { act, desk, knownBrowser } from '../../support/desk/calls.ts'
import { comesIn, openDesk } from '../../support/desk/door.ts'
import { problemOf } from '../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, testWorld, type TestWorld } from '../../support/server/world.ts'

const BY = 'root' as AgentId

/** Anna has an address of each kind, and one canary is like her. */
async function withCanary(t: TestContext, database: DatabaseKind) {
  const there = await desk(t, database)
  const { world, anna } = there
  const { subscriberId } = anna
  for (const [kind, value] of [
    ['email', 'anna@example.com'],
    ['mobile', '+12025550142'],
    ['postal', 'Anna Example\n17 Invented Street\nSpringfield'],
  ] as const)
    assert.ok((await setContact(world, { subscriberId, kind, value, by: 'operator' })).ok)
  await knownBrowser(world, anna)
  return { ...there, ...(await madeIn(world)) }
}

async function madeIn(world: TestWorld) {
  const made = await makeCanaries(world, { count: 1, by: BY })
  assert.ok(made.ok && made.made === 1, problemOf(made))
  const row = await world.db.read.selectFrom('canary').select('subscriber_id').executeTakeFirst()
  const id = (row?.subscriber_id ?? '') as SubscriberId
  const found = await findSubscriber(world.db, id)
  assert.ok(found)
  return { canary: { subscriberId: id, userName: found.value.userName } }
}

const kindsOf = (events: readonly AuditEvent[]) => events.map(({ kind }) => kind)
const alarmsIn = async (world: TestWorld) =>
  (await auditOf(world)).flatMap((event) => (event.kind === 'desk.canary-opened' ? [event] : []))

/** What is there, and not what it is: every text is one, every number one. */
const shapeOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shapeOf)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]))
      : typeof value

for (const database of DATABASES) {
  suite(`A client who does not exist, on ${database}`, () => {
    test('A13 there are 20 among 100,000 clients, or as many as are asked, and no log says which', async (t) => {
      const world = await testWorld(t, { database })
      const none = await makeCanaries(world, { count: null, by: BY })
      assert.equal(problemOf(none), 'desk.no-such-client')
      for (const name of ['anna', 'bert'])
        await world.add({ userName: name, password: 'correct horse battery' })
      const first = await makeCanaries(world, { count: null, by: BY })
      assert.deepEqual(first, { ok: true, clients: 2, canaries: 1, made: 1 })
      const more = await makeCanaries(world, { count: 5, by: BY })
      assert.deepEqual(more, { ok: true, clients: 2, canaries: 5, made: 4 }, 'none is counted')
      const again = await makeCanaries(world, { count: 3, by: BY })
      assert.deepEqual(again, { ok: true, clients: 2, canaries: 5, made: 0 })
      const log = (await auditOf(world)).filter(({ kind }) => kind === 'desk.canary-made')
      assert.equal(log.length, 5)
      const text = JSON.stringify(log)
      const ids = await world.db.read.selectFrom('canary').select('subscriber_id').execute()
      assert.ok(ids.every((row) => !text.includes(row.subscriber_id)))
    })

    test('A13 an agent gets the same answer, the same page and the same log as with a client', async (t) => {
      const { world, jane, anna, canary } = await withCanary(t, database)
      const seen = []
      for (const { userName } of [anna, canary]) {
        const start = (await auditOf(world)).length
        const typed = { by: 'user-name', typed: userName, reason: 'cannot-log-in' } as const
        const opened = await openCase(world, jane, typed)
        assert.ok(opened.ok, problemOf(opened))
        const events = (await auditOf(world)).slice(start)
        const view = await viewCase(world, jane, opened.case.id)
        assert.ok(view.ok)
        const { client, devices, signals, deeds, calledAt, canAskOnPage } = view
        seen.push({
          kinds: kindsOf(events),
          shape: shapeOf({ client, devices, calledAt, canAskOnPage }),
          signals,
          decisions: deeds.map(({ deed, decision }) => [deed, decision]),
        })
      }
      assert.deepEqual(seen[1], seen[0])
      const views = [anna, canary].map(({ userName }) => subscriberView(world, userName))
      const [real, drawn] = (await Promise.all(views)).map(shapeOf)
      assert.deepEqual(drawn, real, 'a program sees no difference either')
    })

    test('A13 opening one raises an alarm once, with who it was, and opening a client none', async (t) => {
      const { world, jane, anna, canary } = await withCanary(t, database)
      const other = await testWorld(t, { database, beside: world })
      const typed = { by: 'user-name', reason: 'question' } as const
      assert.ok((await openCase(world, jane, { ...typed, typed: anna.userName })).ok)
      const opened = await openCase(world, jane, { ...typed, typed: canary.userName })
      assert.ok(opened.ok)
      for (let round = 0; round < 3; round += 1)
        await Promise.all([world, other].map((node) => noticeDue(node)))
      const [alarm, ...more] = await alarmsIn(world)
      assert.deepEqual(more, [])
      assert.deepEqual(
        [alarm?.actor, alarm?.caseId, alarm?.caseNumber, alarm?.subscriberId],
        ['staff:jane', opened.case.id, opened.case.number, canary.subscriberId],
      )
      const again = { by: 'case', typed: opened.case.number, reason: 'question' } as const
      assert.ok((await openCase(world, jane, again)).ok)
      await noticeDue(world)
      assert.equal((await alarmsIn(world)).length, 2, 'each look')
    })

    test('A13 a login is refused like that of a client with a wrong password, and no proof is right', async (t) => {
      const { world, jane, anna, canary } = await withCanary(t, database)
      const refused = async (userName: string) =>
        problemOf(await begin(world, browser(), { userName, password: 'not the password' }))
      assert.equal(await refused(canary.userName), await refused(anna.userName))
      const typed = { by: 'user-name', typed: canary.userName, reason: 'question' } as const
      const opened = await openCase(world, jane, typed)
      assert.ok(opened.ok)
      const caseId = opened.case.id
      const view = await viewCase(world, jane, caseId)
      assert.ok(view.ok)
      const [phone] = view.devices
      assert.ok(phone?.isSpoken && phone.isPhone)
      const asking = { caseId, authenticatorId: phone.id, of: 'access' } as const
      const begun = await beginProof(world, jane, asking)
      assert.ok(begun.ok, problemOf(begun))
      const answer = { caseId, id: begun.id, response: '12345678' }
      assert.equal(problemOf(await answerProof(world, jane, answer)), 'desk.not-proven')
      const asked = { ...asking, way: 'phone' } as const
      assert.equal(problemOf(await beginProof(world, jane, asked)), 'yes')
    })

    test('A13 nothing is ever written to one, whatever is done', async (t) => {
      const { world, jane, canary } = await withCanary(t, database)
      const counts = async () =>
        await Promise.all(
          (['outbox', 'letter'] as const).map(
            async (table) => (await world.db.read.selectFrom(table).select('id').execute()).length,
          ),
        )
      await noticeDue(world)
      const start = await counts()
      const typed = { by: 'user-name', typed: canary.userName, reason: 'question' } as const
      const opened = await openCase(world, jane, typed)
      assert.ok(opened.ok)
      const at = { world, jane, case: opened.case }
      assert.equal(problemOf(await act(at, { deed: 'freeze' })), 'yes')
      assert.equal(problemOf(await act(at, { deed: 'end-sessions' })), 'yes')
      await noticeDue(world)
      assert.deepEqual(await counts(), start)
      const notices = await world.db.read
        .selectFrom('notice')
        .select('kind')
        .where('subscriber_id', '=', canary.subscriberId)
        .execute()
      assert.ok(notices.length > 0, 'what is told is on record, and goes nowhere')
    })
  })
}

test('A13 so many canaries are among so many clients', () => {
  for (const [clients, canaries] of [
    [0, 1],
    [5_000, 1],
    [5_001, 2],
    [100_000, 20],
    [100_001, 21],
    [1_000_000, 200],
  ] as const)
    assert.equal(canariesAmong(clients), canaries, `${clients}`)
})

test('A13 a canary is built as the clients are, and shares nothing with the one it is like', async (t) => {
  const { now, random } = await testWorld(t)
  for (const [userName, name, number, figures] of [
    ['anna', /^[a-z]+$/, 'U1234567', /^U123\d{4}$/],
    ['b.bond', /^[a-z]+\.[a-z]+$/, 'DU98', /^DU\d{7}$/],
    ['Carl77', /^[A-Z][A-Za-z]+\d\d$/, 'U-anna', /^U\d{7}$/],
  ] as const) {
    const contacts = [
      { kind: 'email', value: `${userName}@example.com` },
      { kind: 'mobile', value: '+12025550142' },
      { kind: 'postal', value: 'Anna Example\n17 Invented Street\nSpringfield' },
    ] as const
    const createdAt = before(now(), days(100))
    const model = { userName, isNamed: true, number, contacts, createdAt }
    const drawn = canaryLike(model, { now: now(), random })
    assert.match(drawn.userName, name)
    assert.match(drawn.number, figures)
    assert.ok(drawn.createdAt >= createdAt && drawn.seenAt <= now())
    const [mail, mobile, postal] = drawn.contacts.map(({ value }) => value)
    assert.match(mail ?? '', /@example\.com$/)
    assert.match(mobile ?? '', /^\+1202555\d{4}$/)
    assert.match(postal ?? '', /^[A-Z][a-z]+ [A-Z][a-z]+\n\d+ Invented Street\nSpringfield$/)
    assert.ok(!JSON.stringify(drawn).includes('Anna Example'))
  }
})

test('A13 compliance sees the alarm on its first page, and the event behind it', async (t) => {
  const door = await openDesk(t)
  const { world } = door
  await world.add({ userName: 'anna', password: 'correct horse battery' })
  const { canary } = await madeIn(world)
  const carl = await comesIn(door, { agentId: 'carl', role: 'compliance', key: softKey('c') })
  assert.match((await carl.open('/audit')).words, /No alarm in the last 30 days/)
  const jane = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
  await jane.open('/cases')
  const typed = { by: 'user-name', typed: canary.userName, reason: 'question' }
  const shown = await jane.submit('/cases', typed)
  assert.equal(shown.status, 200)
  await noticeDue(world)
  assert.doesNotMatch((await jane.open(shown.address)).html, /canary|alarm/i)
  const page = await carl.open('/audit')
  assert.match(page.words, /A client was opened who does not exist: 1/)
  const [, link = ''] =
    /href="(\/audit\/found\?kind=desk\.canary-opened[^"]*)"/.exec(page.html) ?? []
  const found = await carl.open(link.replaceAll('&amp;', '&'))
  assert.match(found.html, /staff:jane/)
})
