import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { sql } from 'kysely'
import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import {
  type AuditLook,
  EXPORT_MAX,
  EXPORTS_MAX,
  LOOK_PAGE,
  LOOK_RANGE_MAX,
} from '#core/audit/look.ts'
import { MARKS_OF_A_TRAIL } from '#core/audit/pairs.ts'
import type { EventActor } from '#core/events/event.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import { after, before, days, hours, type Instant, millis, minutes } from '#core/time/time.ts'
import { notePressure } from '#engine/desk/cases/cases.ts'
import { figuresOf, pairsIn } from '#engine/desk/compliance/figures.ts'
import { exportAudit, exportOf } from '#engine/desk/compliance/export.ts'
import { readLook, searchAudit } from '#engine/desk/compliance/look.ts'
import { reportOn } from '#engine/desk/compliance/report.ts'
import { findOpenMemberSession, type OpenMemberSession } from '#engine/desk/sessions.ts'
import { memberCalled, setRole } from '#engine/desk/staff.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { POSTGRES, SQLITE } from '#store/migrations/words.ts'
import { auditOf } from '../../support/audit.ts'
import { act, agent, call, guessed, hiredAs } from '../../support/desk/calls.ts'
import { comesIn, openDesk, touches } from '../../support/desk/door.ts'
import { CONSOLE, type Hired, memberLogIn, touched } from '../../support/desk/staff.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { problemOf } from '../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { HONEST, testWorld, type TestWorld } from '../../support/server/world.ts'

async function office(t: TestContext, database: DatabaseKind) {
  const there = await call(t, database)
  const { open } = await agent(there.world, 'carl', { role: 'compliance' })
  return { ...there, carl: open }
}

const withinOf = ({ now }: TestWorld) => ({
  from: before(now(), days(1)),
  until: after(now(), hours(1)),
})

const lookAt = (world: TestWorld, asked: Partial<AuditLook>): AuditLook => ({
  subscriberId: null,
  agentId: null,
  caseId: null,
  of: null,
  ...withinOf(world),
  ...asked,
})

/** An export that its member has confirmed with the passkey. */
async function exported(world: TestWorld, open: OpenMemberSession, look: AuditLook) {
  const { key } = hiredAs(open)
  const touch = await touched(world, { open, key }, exportOf(look, 'csv'))
  return await exportAudit(world, open, { look, format: 'csv', touch })
}

/** The same member, logged in again. */
async function backIn(world: TestWorld, before: OpenMemberSession): Promise<Hired> {
  const { key, member } = hiredAs(before)
  const back = await memberLogIn(world, key)
  assert.ok(back.ok, problemOf(back))
  const open = await findOpenMemberSession(world, back.token)
  return open ? { key, member, open } : assert.fail('no session')
}

const looksOf = async (world: TestWorld) =>
  (await auditOf(world)).flatMap((event) => (event.kind === 'desk.audit-read' ? [event] : []))

const NOTHING_DONE = {
  cases: 0,
  deeds: 0,
  failed: 0,
  unmasked: 0,
  pressed: 0,
  refused: 0,
  denied: 0,
  looks: 0,
}

const write = async (world: TestWorld, events: readonly AuditEvent[], at = world.now()) =>
  assert.ok(await world.db.commit(eventWrites(world.db, events, at)))

/** The same event again and again, at one time. */
async function flood(
  world: TestWorld,
  event: AuditEvent,
  { count, at }: { readonly count: number; readonly at: Instant },
) {
  const { kind, subscriberId } = event
  const body = canonicalJson({ ...event })
  const numbers = sql`with recursive numbers(n) as
    (select 1 union all select n + 1 from numbers where n < ${sql.lit(count)})`
  await world.db.alter(async (tables) => {
    const row = sql`${sql.lit(at)}, ${sql.lit(kind)}, ${sql.lit(subscriberId)}, ${sql.lit(body)}`
    await sql`insert into audit_event (at_ms, kind, subscriber_id, body)
      ${numbers} select ${row} from numbers`.execute(tables)
  })
}

/** A deed of two, a proof that failed before it, and that the client had not called. */
function aboutPair(world: TestWorld, subscriberId: SubscriberId) {
  const about = { subscriberId, caseNumber: '123456' } as const
  const [mia, max] = ['staff:mia' as EventActor, 'staff:max' as EventActor]
  const authenticatorId = newId('aut', world.now(), world.random)
  const asked = { of: 'device', method: 'phone-key', reason: 'wrong' } as const
  const holdId = newId('hld', world.now(), world.random)
  return {
    deed: { kind: 'desk.acted', ...about, act: 'freeze', actor: mia, second: max },
    failed: { kind: 'desk.proof-refused', ...about, ...asked, authenticatorId },
    denied: { kind: 'desk.call-denied', ...about, holdId, until: world.now() },
  } as const satisfies Readonly<Record<string, AuditEvent>>
}

for (const database of DATABASES) {
  suite(`Compliance reads the audit log, on ${database}`, () => {
    test('by client, member, case and kind, within a time, and each look is in the log', async (t) => {
      const { world, anna, carl, case: one } = await office(t, database)
      const found = async (asked: Partial<AuditLook>) => {
        const done = await searchAudit(world, carl, { look: lookAt(world, asked), before: null })
        assert.ok(done.ok, problemOf(done))
        // The look itself is of this client and case too.
        const events = done.events.map(({ event }) => event)
        return events.filter(({ kind }) => kind !== 'desk.audit-read')
      }
      const jane = 'jane' as AgentId
      const by: EventActor = `staff:${jane}`
      const byStaff = await found({ agentId: jane })
      assert.ok(byStaff.length > 0 && byStaff.every(({ actor }) => actor === by))
      const byCase = await found({ caseId: one.id })
      assert.deepEqual(
        byCase.map(({ kind }) => kind),
        ['desk.case-opened'],
      )
      const byClient = await found({ subscriberId: anna.subscriberId })
      assert.ok(byClient.every(({ subscriberId }) => subscriberId === anna.subscriberId))
      const byKind = await found({ of: 'desk.case-opened' })
      assert.equal(byKind.length, 1)
      const early = { from: before(world.now(), days(9)), until: before(world.now(), days(8)) }
      assert.deepEqual(await found({ agentId: jane, ...early }), [])
      const looks = await looksOf(world)
      assert.deepEqual(
        looks.map(({ look, actor, agentId, caseId, subscriberId, of }) => [
          ...[look, actor, agentId, caseId ?? null, subscriberId, of],
        ]),
        [
          ['search', 'staff:carl', 'jane', null, null, null],
          ['search', 'staff:carl', null, one.id, null, null],
          ['search', 'staff:carl', null, null, anna.subscriberId, null],
          ['search', 'staff:carl', null, null, null, 'desk.case-opened'],
          ['search', 'staff:carl', 'jane', null, null, null],
        ],
      )
    })

    test('what is typed is whole: a part, another name, markup and NUL find nothing', async (t) => {
      const { world, carl, case: one } = await office(t, database)
      const read = async (typed: object) => {
        const none = { client: '', staff: '', case: '', of: '' }
        return problemOf(await readLook(world, carl, { ...none, ...withinOf(world), ...typed }))
      }
      assert.equal(await read({ client: 'anna' }), 'yes')
      assert.equal(await read({ staff: 'jane', case: one.number, of: 'desk.acted' }), 'yes')
      for (const typed of ['ann', '<b>', 'a\u0000', 'a\u202eb', 'x'.repeat(10_000), '%']) {
        for (const name of ['client', 'staff', 'case', 'of']) {
          assert.equal(await read({ [name]: typed }), 'audit.no-such-name', `${name} ${typed}`)
        }
      }
      assert.equal(await read({}), 'audit.nothing-named')
    })

    test('a time that is reversed, empty or longer than a year is refused, to the millisecond', async (t) => {
      const { world, carl } = await office(t, database)
      const now = world.now()
      const asked = async (from: number, until: number) => {
        const look = lookAt(world, { of: 'desk.acted', from: from as never, until: until as never })
        const done = [
          await searchAudit(world, carl, { look, before: null }),
          await exported(world, carl, look),
          await figuresOf(world, carl, look),
          await pairsIn(world, carl, look),
        ]
        return [...new Set(done.map(problemOf))]
      }
      const longest = before(now, LOOK_RANGE_MAX)
      assert.deepEqual(await asked(longest, now), ['yes'])
      assert.deepEqual(await asked(before(longest, millis(1)), now), ['audit.range'])
      assert.deepEqual(await asked(now, now), ['audit.range'])
      assert.deepEqual(await asked(now, before(now, days(1))), ['audit.range'])
    })

    test('A13 no other role reads anything, and one who has left the role at that moment sees nothing', async (t) => {
      const { world, jane, carl, anna } = await office(t, database)
      const look = lookAt(world, { of: 'desk.acted' })
      const all = async (node: TestWorld, open: typeof jane) => [
        problemOf(await searchAudit(node, open, { look, before: null })),
        problemOf(await exported(node, open, look)),
        problemOf(await figuresOf(node, open, look)),
        problemOf(await pairsIn(node, open, look)),
        problemOf(await reportOn(node, open, { ...look, subscriberId: anna.subscriberId })),
      ]
      const { open: sue } = await agent(world, 'sue', { role: 'supervisor' })
      const { open: olga } = await agent(world, 'olga', { role: 'operator' })
      for (const open of [jane, sue, olga]) {
        assert.deepEqual([...new Set(await all(world, open))], ['desk.not-this-role'])
      }
      const { id } = carl.member
      const node = overtaken(world, async () =>
        assert.ok((await setRole(world, CONSOLE, { id, role: 'documents' })).ok),
      )
      assert.deepEqual([...new Set(await all(node, carl))], ['desk.conflict'])
      assert.deepEqual(await looksOf(world), [])
    })

    test('pages follow each other without a gap, also where many events have one time', async (t) => {
      const { world, carl, anna } = await office(t, database)
      const count = LOOK_PAGE * 2 + 1
      const { subscriberId } = anna
      const actor = 'staff:nina' as EventActor
      const one: AuditEvent = { kind: 'desk.noted', subscriberId, actor, caseNumber: '123456' }
      await write(
        world,
        Array.from({ length: count }, () => one),
      )
      const look = lookAt(world, { agentId: 'nina' as AgentId })
      const seen: number[] = []
      let cursor: Parameters<typeof searchAudit>[2]['before'] = null
      for (let pages = 0; pages < 3; pages += 1) {
        const page = await searchAudit(world, carl, { look, before: cursor })
        assert.ok(page.ok)
        seen.push(...page.events.map(({ seq }) => seq))
        cursor = page.before
      }
      assert.equal(cursor, null)
      assert.equal(new Set(seen).size, count)
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => b - a),
      )
    })

    test('an export ends when its member is suspended, or gets another role, in the middle of it', async (t) => {
      const { world, carl, anna } = await office(t, database)
      const { subscriberId } = anna
      const actor = 'staff:nina' as EventActor
      const one: AuditEvent = { kind: 'desk.noted', subscriberId, actor, caseNumber: '123456' }
      for (let left = 6; left > 0; left -= 1) {
        await write(
          world,
          Array.from({ length: 100 }, () => one),
        )
      }
      const look = lookAt(world, { agentId: 'nina' as AgentId })
      const whole = await exported(world, carl, look)
      assert.ok(whole.ok)
      let read = 0
      for await (const batch of whole.batches) read += batch.length
      assert.equal(read, 600)
      const cut = await exported(world, carl, look)
      assert.ok(cut.ok)
      assert.equal((await cut.batches.next()).done, false)
      const { id } = carl.member
      assert.ok((await setRole(world, CONSOLE, { id, role: 'agent' })).ok)
      await assert.rejects(cut.batches.next(), /session of an export has ended/)
    })

    test('A13 an export takes a touch of the passkey for exactly it, used once, and a member makes ten in a day', async (t) => {
      const { world, carl } = await office(t, database)
      const look = lookAt(world, { of: 'desk.acted' })
      const exports = async () =>
        (await looksOf(world)).filter((one) => one.look === 'export').length
      const { key } = hiredAs(carl)
      const at = { open: carl, key }
      const other = await touched(world, at, exportOf({ ...look, of: 'desk.noted' }, 'csv'))
      const jsonl = await touched(world, at, exportOf(look, 'jsonl'))
      for (const touch of [other, jsonl, { sealed: 'x', typed: '{}' }]) {
        const refused = await exportAudit(world, carl, { look, format: 'csv', touch })
        assert.equal(problemOf(refused), 'desk.not-touched')
      }
      const touch = await touched(world, at, exportOf(look, 'csv'))
      assert.equal(problemOf(await exportAudit(world, carl, { look, format: 'csv', touch })), 'yes')
      const again = await exportAudit(world, carl, { look, format: 'csv', touch })
      assert.equal(problemOf(again), 'desk.conflict')
      assert.equal(await exports(), 1)
      const first = world.now()
      world.advance(minutes(10))
      for (let made = 1; made < EXPORTS_MAX; made += 1) {
        assert.equal(problemOf(await exported(world, carl, look)), 'yes', `${made}`)
      }
      const refused = await exported(world, carl, look)
      assert.equal(problemOf(refused), 'audit.too-many-exports')
      assert.ok(!refused.ok && refused.until === after(first, days(1)))
      assert.equal(await exports(), EXPORTS_MAX)
      const { open: carla } = await agent(world, 'carla', { role: 'compliance' })
      assert.equal(problemOf(await exported(world, carla, look)), 'yes', 'each for themselves')
      world.setClock(before(after(first, days(1)), millis(1)))
      const { open: late } = await backIn(world, carl)
      assert.equal(problemOf(await exported(world, late, look)), 'audit.too-many-exports')
      world.setClock(after(first, days(1)))
      const { open: next } = await backIn(world, carl)
      assert.equal(problemOf(await exported(world, next, look)), 'yes')
      assert.equal(problemOf(await exported(world, next, look)), 'audit.too-many-exports')
    })

    test('S12 A13 of two nodes that make a tenth export at the same moment one makes it', async (t) => {
      const { world, carl } = await office(t, database)
      const look = lookAt(world, { of: 'desk.acted' })
      for (let made = 0; made < EXPORTS_MAX - 3; made += 1) {
        assert.equal(problemOf(await exported(world, carl, look)), 'yes')
      }
      // One is confirmed after the other was counted, and before its passkey is judged.
      const both = async () => {
        const meanwhile: string[] = []
        const ask: TestWorld['db']['ask'] = async (statement) => {
          if (meanwhile.length === 0 && statement.sql.includes('"member_passkey"')) {
            meanwhile.push('')
            meanwhile[0] = problemOf(await exported(world, carl, look))
          }
          return await world.db.ask(statement)
        }
        const touch = await touched(world, { open: carl, key: hiredAs(carl).key }, csv)
        const node: TestWorld = { ...world, db: { ...world.db, ask } }
        const done = await exportAudit(node, carl, { look, format: 'csv', touch })
        return [problemOf(done), ...meanwhile]
      }
      const csv = exportOf(look, 'csv')
      assert.deepEqual(await both(), ['yes', 'yes'], 'there is room for both')
      assert.deepEqual(await both(), ['audit.too-many-exports', 'yes'])
      const made = (await looksOf(world)).filter(({ look: kind }) => kind === 'export')
      assert.equal(made.length, EXPORTS_MAX)
    })

    test('each question has an index: no look reads the whole log', async (t) => {
      const world = await testWorld(t, { database })
      const { member } = database === 'sqlite' ? SQLITE : POSTGRES
      const asked = {
        audit_event_actor: `(${member('body', 'actor')}) = 'staff:jane'`,
        audit_event_case: `(${member('body', 'caseId')}) = 'cas_1'`,
        audit_event_kind: `kind = 'desk.acted'`,
        audit_event_client: `subscriber_id = 'sub_1'`,
      }
      for (const [index, criterion] of Object.entries(asked)) {
        const explain = database === 'sqlite' ? 'explain query plan' : 'explain'
        const plan = `${explain} select seq from audit_event
          where ${criterion} and at_ms >= 1 and at_ms < 9 order by at_ms desc, seq desc limit 51`
        const rows = await world.db.alter(async (tables) => {
          if (database === 'postgres') await sql.raw('set enable_seqscan = off').execute(tables)
          return (await sql.raw(plan).execute(tables)).rows
        })
        const text = JSON.stringify(rows)
        assert.match(text, new RegExp(index), text)
        assert.doesNotMatch(text, /TEMP B-TREE|Sort/, 'nothing is sorted')
      }
    })

    test('A13 the report says who saw and did what, when, under which case, and how it was verified', async (t) => {
      const there = await office(t, database)
      const { world, anna, carl, jane, case: one } = there
      await guessed(world, anna, { open: jane, case: one, of: 'access' })
      assert.ok((await act(there, { deed: 'freeze' })).ok)
      assert.ok((await notePressure(world, jane, { id: one.id, pressure: 'hurry' })).ok)
      const asked = { subscriberId: anna.subscriberId, ...withinOf(world) }
      const report = await reportOn(world, carl, asked)
      assert.ok(report.ok)
      assert.equal(report.userName, 'anna')
      const lines = report.lines.map(({ by, caseNumber, event }) => [by, caseNumber, event.kind])
      const said = (kind: string) => lines.find(([, , of]) => of === kind)
      const mine = (kind: string) => ['Jane Example', one.number, kind]
      for (const kind of ['desk.case-opened', 'desk.proof-refused', 'desk.acted', 'hold.started']) {
        assert.deepEqual(said(kind), mine(kind))
      }
      const times = report.lines.map(({ at }) => at)
      assert.deepEqual(times, times.toSorted(), 'as it went')
      const figures = await figuresOf(world, carl, withinOf(world))
      assert.ok(figures.ok)
      const byName = figures.figures.toSorted((a, b) => b.name.localeCompare(a.name))
      assert.deepEqual(byName, [
        {
          agentId: 'jane',
          name: 'Jane Example',
          counts: { ...NOTHING_DONE, cases: 1, deeds: 1, failed: 1, pressed: 1 },
        },
        // The report, and these figures.
        { agentId: 'carl', name: 'Carl Example', counts: { ...NOTHING_DONE, looks: 2 } },
      ])
    })

    test('figures and pairs are refused, and not cut off, where there is too much to read', async (t) => {
      const { world, carl, anna } = await office(t, database)
      const about = aboutPair(world, anna.subscriberId)
      const floods = [
        [about.deed, 'yes'],
        [about.failed, 'yes'],
        [about.denied, 'audit.too-much'],
      ] as const
      for (const [place, [event, figures]] of floods.entries()) {
        const from = before(world.now(), days(200 - 60 * place))
        const within = { from, until: after(from, hours(1)) }
        await flood(world, event, { count: 10_000, at: from })
        assert.equal(problemOf(await figuresOf(world, carl, within)), 'yes', event.kind)
        assert.equal(problemOf(await pairsIn(world, carl, within)), 'yes', event.kind)
        await flood(world, event, { count: 1, at: from })
        assert.equal(problemOf(await figuresOf(world, carl, within)), figures, event.kind)
        assert.equal(problemOf(await pairsIn(world, carl, within)), 'audit.too-much', event.kind)
      }
    })

    test('what happened a week before the time or a month after it marks a pair too', async (t) => {
      const { world, carl, anna } = await office(t, database)
      const { deed, failed, denied } = aboutPair(world, anna.subscriberId)
      const from = before(world.now(), days(60))
      const within = { from, until: after(from, hours(1)) }
      await write(world, [failed], before(from, days(6)))
      await write(world, [deed], from)
      await write(world, [denied], after(from, days(29)))
      const done = await pairsIn(world, carl, within)
      assert.ok(done.ok, problemOf(done))
      const found = done.pairs.map((pair) => [pair.failedBefore, pair.denied])
      assert.deepEqual(found, [[1, 1]])
    })

    test('a report that did not read everything says so', async (t) => {
      const { world, carl, anna } = await office(t, database)
      const { subscriberId } = anna
      const at = before(world.now(), days(60))
      const asked = { subscriberId, from: at, until: after(at, hours(1)) }
      const isCut = async () => {
        const report = await reportOn(world, carl, asked)
        assert.ok(report.ok, problemOf(report))
        assert.deepEqual(report.lines, [])
        return report.isCut
      }
      const { failed: event } = aboutPair(world, subscriberId)
      await flood(world, event, { count: EXPORT_MAX, at })
      assert.equal(await isCut(), false)
      await flood(world, event, { count: 1, at })
      assert.equal(await isCut(), true)
    })

    test('A13 what is typed is written down, found or not, before it is answered', async (t) => {
      const { world, carl, anna, case: one } = await office(t, database)
      const none = { client: '', staff: '', case: '', of: '', ...withinOf(world) }
      const read = async (node: TestWorld, typed: object) =>
        problemOf(await readLook(node, carl, { ...none, ...typed }))
      assert.equal(await read(world, { client: 'unknown' }), 'audit.no-such-name')
      assert.equal(await read(world, { client: 'anna', staff: 'nina' }), 'audit.no-such-name')
      assert.equal(await read(world, { staff: 'jane', case: one.number }), 'yes')
      const reversed = { from: none.until, until: none.from }
      assert.equal(await read(world, { client: 'unknown', ...reversed }), 'audit.range')
      const looks = await looksOf(world)
      const found = looks.map(({ look, actor, subscriberId, agentId, caseId }) => [
        ...[look, actor, subscriberId, agentId, caseId ?? null],
      ])
      assert.deepEqual(found, [
        ['find', 'staff:carl', null, null, null],
        ['find', 'staff:carl', anna.subscriberId, null, null],
        ['find', 'staff:carl', null, 'jane', one.id],
      ])
      const { id } = carl.member
      const node = overtaken(world, async () =>
        assert.ok((await setRole(world, CONSOLE, { id, role: 'documents' })).ok),
      )
      assert.equal(await read(node, { client: 'anna' }), 'desk.conflict')
      assert.equal(await read(world, { client: 'unknown' }), 'desk.conflict')
      assert.equal((await looksOf(world)).length, 3)
    })

    test('A13 the 61st name of a member of compliance in an hour is refused and raises an alarm', async (t) => {
      const { world, carl } = await office(t, database)
      const typed = { client: 'unknown', staff: '', case: '', of: '', ...withinOf(world) }
      for (let count = 0; count < 60; count += 1) {
        assert.equal(problemOf(await readLook(world, carl, typed)), 'audit.no-such-name')
      }
      const refused = await readLook(world, carl, { ...typed, client: 'anna' })
      assert.equal(problemOf(refused), 'desk.too-many-searches')
      assert.ok(!refused.ok && (refused.until ?? 0) > world.now())
      const alarms = (await auditOf(world)).filter(({ kind }) => kind === 'desk.searched-too-often')
      assert.deepEqual(
        alarms.map(({ actor }) => actor),
        ['staff:carl'],
      )
    })

    test('A13 the question of compliance finds the trail of two corrupt agents', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const { open: carl } = await agent(world, 'carl', { role: 'compliance' })
      const joint = async (asker: string, second: string, isFailed: boolean, door = 'staff') => {
        const subscriberId = newId('sub', world.now(), world.random)
        const about = { subscriberId, caseNumber: '123456' } as const
        const asked = { of: 'device', method: 'phone-key', reason: 'wrong' } as const
        const authenticatorId = newId('aut', world.now(), world.random)
        const failed = { kind: 'desk.proof-refused', ...about, ...asked, authenticatorId } as const
        if (isFailed) await write(world, [failed])
        world.advance(hours(1))
        const [actor, other] = [asker, second].map((name) => `${door}:${name}` as EventActor)
        assert.ok(actor && other)
        const by = { actor, second: other, act: 'issue-passcode' } as const
        const { caseNumber, ...client } = about
        const byCommand = { kind: 'desk.glass-broken', ...client, ...by, why: 'exercise' } as const
        const atDesk = { kind: 'desk.acted', ...client, ...by, caseNumber } as const
        await write(world, [door === 'operator' ? byCommand : atDesk])
      }
      for (const [asker, second] of [
        ['jane', 'sue'],
        ['jane', 'tom'],
        ['bob', 'sue'],
        ['bob', 'tom'],
      ] as const) {
        await joint(asker, second, false)
      }
      // A pair is one pair, whichever door the two take.
      for (const door of ['staff', 'staff', 'operator']) await joint('mia', 'max', true, door)
      const done = await pairsIn(world, carl, withinOf(world))
      assert.ok(done.ok)
      const found = done.pairs.filter(({ marks }) => marks.length >= MARKS_OF_A_TRAIL)
      assert.deepEqual(
        found.map(({ asker, second, clients, failedBefore }) => [
          ...[asker, second, clients, failedBefore],
        ]),
        [['staff:mia', 'staff:max', 3, 3]],
      )
    })
  })
}

suite('Compliance on the pages of the desk', () => {
  test('A13 searches, exports and reads the report; another role comes to none of it by its address', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    await world.add({ userName: 'anna', password: 'correct horse battery' })
    const key = softKey('c')
    const carl = await comesIn(door, { agentId: 'carl', role: 'compliance', key })
    const jane = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
    await jane.open('/cases')
    await jane.submit('/cases', { by: 'user-name', typed: 'anna', reason: 'lost-device' })
    const form = await carl.open('/audit')
    assert.match(form.words, /Audit log/)
    const unknown = await carl.submit('/audit', { client: 'nobody', as: 'events' })
    assert.equal(unknown.status, 404)
    assert.match(unknown.words, /not known here/)
    await carl.open('/audit')
    const found = await carl.submit('/audit', { client: 'anna', as: 'events' })
    assert.match(found.address, /^\/audit\/found\?client=sub_/)
    assert.match(found.words, /desk\.case-opened/)
    await carl.open('/audit')
    const report = await carl.submit('/audit', { client: 'anna', as: 'report' })
    assert.match(report.words, /Report: anna/)
    assert.match(report.words, /Opened a case and saw the devices/)
    const [, query = ''] = /\?(client=[^"]+)"/.exec(report.html) ?? []
    const named = query.replaceAll('&amp;', '&')
    for (const format of ['jsonl', 'csv', 'cef']) {
      const asks = await carl.open(`/audit/export/${format}?${named}`)
      assert.match(asks.words, /Exports left for 24 hours/, format)
      assert.ok(!asks.html.includes('case-opened'), 'a look alone gives nothing')
      const stranger = await touches(carl, softKey('s'))
      assert.equal(stranger.status, 401, format)
      const file = await touches(carl, key)
      assert.equal(file.status, 200, format)
      assert.match(file.html, /desk\.case-opened/, format)
    }
    await carl.open('/audit')
    for (let left = 57; left > 0; left -= 1) {
      assert.equal((await carl.submit('/audit', { client: 'nobody' })).status, 404)
    }
    const tired = await carl.submit('/audit', { client: 'anna' })
    assert.equal(tired.status, 429)
    assert.match(tired.words, /too many clients in an hour/)
    const wrong = await carl.open(`/audit/found?kind=desk.acted&from=2026-11-20&until=2026-11-01`)
    assert.equal(wrong.status, 400)
    assert.match(wrong.words, /The first day is not before the last/)
    for (const path of ['/audit/figures', '/audit/pairs']) {
      assert.equal((await carl.open(path)).status, 200, path)
    }
    const routes = door.desk.routeList.filter(
      ({ url, method }) => url.startsWith('/audit') && method === 'GET',
    )
    assert.ok(routes.length >= 6)
    for (const role of ['agent', 'supervisor', 'fulfilment', 'documents', 'operator'] as const) {
      const browser = await comesIn(door, { agentId: `a-${role}`, role, key: softKey(role) })
      for (const { url } of routes) {
        const path = url.replace(':format', 'csv').replace(':id', 'sub_01ABCDEFGHJKMNPQRSTVWXYZ12')
        assert.equal((await browser.open(path)).status, 403, `${role} ${url}`)
      }
    }
    assert.ok(await memberCalled(world, 'carl' as AgentId))
  })
})
