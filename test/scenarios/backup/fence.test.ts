import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { LoggedEvent } from '#core/audit/leaf.ts'
import type { Case } from '#core/desk/case.ts'
import { type HoldId, newId, type SecondRequestId } from '#core/ids.ts'
import { after, before, days, minutes, seconds } from '#core/time/time.ts'
import { checkpointNow, logSigner } from '#engine/audit/checkpoints.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { checkpointIn, type TreeHead } from '#engine/audit/tree-head.ts'
import { verifyLog } from '#engine/audit/verify.ts'
import { eventIn, exportTo } from '#engine/backup/export.ts'
import { fence, type Fencing } from '#engine/backup/fence.ts'
import { makeBackup } from '#engine/backup/make.ts'
import { headsOf, keptOutside, setBack } from '#engine/backup/outside.ts'
import { BackupOfOther, restoreBackup } from '#engine/backup/restore.ts'
import { actOnCase } from '#engine/desk/cases/deeds.ts'
import {
  answerSecond,
  askSecond,
  requestsFor,
  touchOfAgreeing,
} from '#engine/desk/cases/second-person.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { revokeAuthenticator } from '#engine/devices/overview.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { beginReset, completeReset, startReset } from '#engine/password/reset.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { cardState, SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import { sample as totp } from '#methods/totp/sample.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { listLatestCheckpoints } from '#store/audit/checkpoints.ts'
import { findTree } from '#store/audit/tree.ts'
import { ThereAlready } from '#store/backup/new-file.ts'
import { findUnfenced } from '#store/backup/restorations.ts'
import { findCallerProof, findCallStanding } from '#store/desk/proofs.ts'
import { listWarrants } from '#store/desk/warrants.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { holdWrite, listHoldIds } from '#store/holds.ts'
import { begin, PASSWORD } from '../../support/clients/engine-story.ts'
import { asked, codeUsers, logIn, type Used } from '../../support/clients/code-users.ts'
import { auditOf, writeEvents } from '../../support/audit.ts'
import {
  acted,
  agent,
  asked as askedOf,
  called,
  type Caller,
  caller,
  knownBrowser,
  PASSCODE,
  proven,
  touchBy,
} from '../../support/desk/calls.ts'
import { touched } from '../../support/desk/staff.ts'
import { problemOf } from '../../support/outcomes.ts'
import { givenPasscode } from '../../support/clients/printed.ts'
import { DATABASES, type DatabaseKind, testDatabase } from '../../support/databases/databases.ts'
import { SAMPLE_TOOLS } from '../../support/holders.ts'
import { one } from '#store/queries/writes.ts'
import { browser, HONEST, type TestWorld, testWorld } from '../../support/server/world.ts'

const BY = 'agent-1' as AgentId
/** The sample cards are read with it. */
const TOOLS = { keyed: SAMPLE_TOOLS.keyed }
const NEW = 'another fifteen letters'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-fence-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A database in which nothing is. */
async function nowhere(t: TestContext, database: DatabaseKind, world: TestWorld): Promise<string> {
  if (database === 'sqlite') return `sqlite:${join(folderOf(t), 'restored.db')}`
  const { url, drop } = await testDatabase(database, world.keys)
  t.after(drop)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('drop schema public cascade; create schema public')
  await client.end()
  return url
}

/** What a place outside has. */
async function signed(world: TestWorld): Promise<TreeHead> {
  await sequenceNow(world)
  const head = checkpointIn((await checkpointNow(world))?.note ?? '')?.head
  assert.ok(head)
  return head
}

const linesOf = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n')

/** The world goes on from the backup; its clock is the same. */
async function restored(t: TestContext, world: TestWorld, file: string): Promise<TestWorld> {
  const database = world.db.dialect
  const url = await nowhere(t, database, world)
  await restoreBackup(world, { file, url, now: world.now() })
  const next = await testWorld(t, {
    database,
    settings: HONEST,
    tools: TOOLS,
    beside: { ...world, url },
  })
  assert.notEqual(await findUnfenced(next.db), null)
  return next
}

/** An event that stands in the database already, under its number. */
const asWritten = async (world: TestWorld, event: LoggedEvent): Promise<void> =>
  await world.db.alter(async (tables) => {
    const { seq, at, kind, subscriberId, loginId, body } = event
    const numbered = sql.raw(world.db.dialect === 'postgres' ? 'overriding system value' : '')
    const row = sql.join([seq, at, kind, subscriberId, loginId, body])
    await sql`insert into audit_event (seq, at_ms, kind, subscriber_id, login_id, body)
      ${numbered} values (${row})`.execute(tables)
  })

const fenced = async (world: TestWorld, changes: Partial<Fencing> = {}) =>
  await fence(world, {
    by: BY,
    reason: 'drill',
    lines: null,
    heads: [],
    withoutEvents: false,
    ...changes,
  })

/** A code of the desk, a second factor, and another password. */
async function resetPassword(world: TestWorld, userName: string, password: string) {
  const [subscriber] = await world.db.read
    .selectFrom('subscriber')
    .select('id')
    .where('user_name', '=', userName)
    .execute()
  const subscriberId = subscriber?.id as never
  const code = await startReset(world, { subscriberId, by: BY })
  assert.ok(code.ok)
  const client = browser()
  const begun = await beginReset(world, { userName, code: code.code, client })
  assert.ok(begun.ok, `${'problem' in begun && begun.problem}`)
  const held = { id: begun.login.id, holder: client.holder }
  const answer = await totp.holder(null, world.now(), [])
  const answered = await answerLogin(world, { ...held, answer })
  assert.ok(answered.ok, `${'problem' in answered && answered.problem}`)
  const done = await completeReset(world, { ...held, password })
  assert.ok(done.ok, `${'problem' in done && done.problem}`)
}

/** Whether an answer, or the session that it opened, opens anything where it was given. */
async function isOpen(world: TestWorld, { login, client, answer, token }: Used) {
  const own = await answerLogin(world, { id: login.id, holder: client.holder, answer })
  return own.ok || (await findOpenSession(world, token)) !== null
}

/** Each from an address of its own, or the limits of one would answer. */
let tries = 0

/** Whether an answer opens a new login. */
async function isAccepted(world: TestWorld, { user, answer }: Used) {
  tries += 1
  const other = browser({ address: `198.51.100.${tries % 250}` })
  const again = await asked(world, user.userName, { client: other })
  const next = await answerLogin(world, { id: again.id, holder: other.holder, answer })
  return next.ok
}

/** Sessions, logins and codes of the desk that are not over. */
async function underWay({ db }: TestWorld): Promise<readonly string[]> {
  const { read } = db
  const sessions = read.selectFrom('session').select('id').where('ended_at_ms', 'is', null)
  const over = ['expired', 'refused']
  const logins = read.selectFrom('login').select('id').where('state', 'not in', over)
  const codes = read
    .selectFrom('authenticator')
    .select('id')
    .where('method', 'in', ['temporary-passcode', 'reset-code'])
    .where('lifecycle', '!=', 'revoked')
  const found = await Promise.all([sessions.execute(), logins.execute(), codes.execute()])
  return found.flat().map(({ id }) => id)
}

/** Whatever number or pair is drawn next: counters and cells that were used are behind it. */
async function usedUp(world: TestWorld, used: readonly Used[]): Promise<void> {
  let burned = 0
  for (const { user, login } of used) {
    const held = await listAuthenticators(world.db, user.id)
    const state = held.find(({ value }) => value.method === user.method)?.value.state
    if (user.method === 'security-card')
      assert.equal((state as { readonly counter: number }).counter, 5)
    if (user.method !== 'code-card') continue
    const { pair } = login.challenge.prompt as { readonly pair: readonly number[] }
    const { cells } = state as { readonly cells: readonly (string | null)[] }
    for (const index of pair) {
      assert.equal(cells[index - 1], null, `cell ${index} counts again`)
      burned += 1
    }
  }
  assert.equal(burned, 40)
}

/** Ten clients with a card and an app; each ends the app. */
async function revoking(world: TestWorld, count: number) {
  const holders = []
  for (let at = 0; at < count; at += 1) {
    const card = sampleCard(String.fromCharCode('k'.charCodeAt(0) + at))
    const holds = [
      { method: 'totp', state: totp.state },
      { method: 'security-card', state: cardState(card) },
    ]
    const userName = `revoker-${at}`
    const id = await world.add({ userName, password: PASSWORD, holds })
    const held = await listAuthenticators(world.db, id)
    const of = (method: string) => held.find(({ value }) => value.method === method)?.value.id
    const app = of('totp')
    assert.ok(app)
    holders.push({ userName, card, app })
  }
  return holders
}

type Revoker = Awaited<ReturnType<typeof revoking>>[number]

/** The ways that a login of theirs offers, by the id that it shows each under. */
async function waysOf(world: TestWorld, userName: string, client: Client) {
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok)
  const { login } = started
  const held = { id: login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  assert.ok(view.ok)
  return { held, login, choices: view.choices }
}

async function inWithCard(world: TestWorld, { userName, card }: Revoker) {
  const { held, login, choices } = await waysOf(world, userName, browser())
  const choice = choices.find(({ method }) => method === 'security-card')
  const open = choice
    ? await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
    : null
  const now = open?.ok ? open.login : login
  assert.ok(now.state === 'challenged' && now.challenge.method === 'security-card')
  const { number } = now.challenge.prompt as { readonly number: string }
  const answer = { response: card.press(SAMPLE_PIN, number) }
  const done = await answerLogin(world, { ...held, answer })
  assert.ok(done.ok && done.token, `${'problem' in done && done.problem}`)
  const session = await findOpenSession(world, done.token)
  assert.ok(session)
  return session
}

/** A supervisor agrees to a passcode for this client, whose account is large. */
async function agreedFor(
  world: TestWorld,
  client: Caller,
  call: { readonly open: OpenMemberSession; readonly case: Case },
): Promise<SecondRequestId> {
  const sue = await agent(world, 'sue', { role: 'supervisor' })
  const change = { kind: 'value', equityUsd: world.settings.orders.equityUsd } as const
  const number = `U-${client.userName}`
  assert.ok((await changeAccount(world, { number, change, by: 'operator' })).ok)
  const { id: warrantId } = await proven(world, client, { ...call, of: 'device' })
  const asking = { caseId: call.case.id, warrantId, asked: PASSCODE, reason: 'It is lost.' }
  assert.ok((await askSecond(world, call.open, asking)).ok)
  const [waits] = await requestsFor(world, sue.open)
  assert.ok(waits)
  const { id } = waits.request
  const touch = await touched(world, sue, touchOfAgreeing(waits.request))
  assert.ok((await answerSecond(world, sue.open, { id, agrees: true, touch })).ok)
  return id
}

for (const database of DATABASES) {
  suite(`A restored database, on ${database}`, () => {
    test('A25 F13 a hundred codes, ten devices and a password that were used or ended since count no more, and honest clients get back in', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST, tools: TOOLS })
      const users = await codeUsers(world, 4)
      const revokers = await revoking(world, 10)
      const holds = [{ method: 'totp', state: totp.state }]
      await world.add({ userName: 'changer', password: PASSWORD, holds })
      const folder = folderOf(t)
      const file = join(folder, 'night.backup')
      const first = await logIn(world, users[0] ?? assert.fail())
      await world.add({ userName: 'traveller', password: PASSWORD, holds })
      await givenPasscode(world, 'traveller')
      await asked(world, users[1]?.userName ?? '')
      await makeBackup(world, { to: file, url: world.url, by: null })

      const used: Used[] = []
      for (let round = 0; round < 5; round += 1) {
        world.advance(minutes(20))
        for (const user of users) used.push(await logIn(world, user))
      }
      assert.equal(used.length, 100)
      // From here on the clock stands: what was typed last is replayed in the same second.
      for (const holder of revokers) {
        const session = await inWithCard(world, holder)
        const ended = await revokeAuthenticator(world, session, { id: holder.app })
        assert.ok(ended.ok, `${'problem' in ended && ended.problem}`)
      }
      await resetPassword(world, 'changer', NEW)
      const head = await signed(world)
      const events = join(folder, 'events.jsonl')
      await exportTo(world, events)

      const next = await restored(t, world, file)
      assert.ok(await setBack(next, [head]), 'a server would start on it')
      const missing = await fenced(next, { heads: [head] })
      assert.ok(!missing.ok && missing.why === 'missing' && missing.signed === head.size)
      const done = await fenced(next, { lines: linesOf(events), heads: [head] })
      assert.ok(done.ok, `${!done.ok && done.why}`)
      assert.equal(await findUnfenced(next.db), null)
      assert.deepEqual(await underWay(next), [])

      let accepted = 0
      for (const one of [first, ...used]) if (await isOpen(next, one)) accepted += 1
      // Of codes whose time is over the rules say nothing that depends on the database.
      const again = database === 'sqlite' ? used : used.slice(-20)
      for (const one of again) if (await isAccepted(next, one)) accepted += 1
      assert.equal(accepted, 0, 'of 100 used codes')
      await usedUp(next, used)
      for (const { userName } of revokers) {
        const { login, choices } = await waysOf(next, userName, browser())
        const asked = login.state === 'challenged' ? login.challenge.method : 'none'
        assert.equal(asked, 'security-card')
        assert.ok(!choices.some(({ method }) => method === 'totp'), 'what was revoked is offered')
      }
      for (const password of [PASSWORD, NEW])
        assert.equal((await begin(next, browser(), { userName: 'changer', password })).ok, false)

      // The log is the one that was signed, and goes on.
      await signed(next)
      const log = await verifyLog(next, { checkpoints: [] })
      assert.deepEqual([log.findings, log.rewinds], [[], []])
      assert.equal(await setBack(next, [head]), null)

      next.advance(minutes(61))
      for (const user of users) await logIn(next, user)
      for (const holder of revokers) await inWithCard(next, holder)
      await resetPassword(next, 'changer', NEW)
      next.advance(seconds(90))
      assert.ok((await begin(next, browser(), { userName: 'changer', password: NEW })).ok)
    })

    test('A25 A13 what was confirmed, proven and agreed to at the desk is over after a restore', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST, tools: TOOLS })
      const [anna, ben] = [await caller(world, 'anna'), await caller(world, 'ben')]
      await knownBrowser(world, anna)
      const { open } = await agent(world, 'jane')
      const one = await called(world, open, anna)
      const warrant = await proven(world, anna, { open, case: one, of: 'device' })
      const acting = { caseId: one.id, warrantId: warrant.id, asked: PASSCODE }
      const touch = await touchBy(world, open, acting)
      const other = await called(world, open, ben)
      const requestId = await agreedFor(world, ben, { open, case: other })
      const { id } = await askedOf(world, anna, { open, case: one, of: 'access' })
      const file = join(folderOf(t), 'night.backup')
      await makeBackup(world, { to: file, url: world.url, by: null })
      assert.ok((await actOnCase(world, open, { ...acting, touch })).ok)
      const next = await restored(t, world, file)
      assert.ok((await fenced(next, { withoutEvents: true })).ok)
      const again = await actOnCase(next, open, { ...acting, touch })
      assert.ok(!again.ok, 'what was confirmed is over')
      // Nor by the agent who comes back with a session of the time after.
      const { open: back } = await agent(next, 'jane', { again: true })
      const [left] = await listWarrants(next.db, one.id)
      assert.ok(left && warrant.expiresAt > next.now())
      assert.ok(left.expiresAt <= next.now(), 'what the caller has proven is over, too')
      const question = await findCallerProof(next.db, id)
      assert.ok(question && question.value.expiresAt <= next.now(), 'so is what they were asked')
      const agreed = { caseId: other.id, warrantId: null, requestId, asked: PASSCODE }
      assert.equal(problemOf(await acted(next, back, agreed)), 'desk.second-expired')
      const issued = (await auditOf(next)).filter(({ kind }) => kind === 'authenticator.issued')
      assert.deepEqual(issued, [])
    })

    test('A25 without the events whatever may have ended rests, and the log goes on under another name', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST, tools: TOOLS })
      const holds = [{ method: 'totp', state: totp.state }]
      const id = await world.add({ userName: 'anna', password: PASSWORD, holds })
      const file = join(folderOf(t), 'night.backup')
      await makeBackup(world, { to: file, url: world.url, by: null })
      await resetPassword(world, 'anna', NEW)
      await signed(world)
      const latest = checkpointIn((await checkpointNow(world))?.note ?? '')
      assert.ok(latest)
      const next = await restored(t, world, file)
      const heads = [latest.head]
      const done = await fenced(next, { heads, withoutEvents: true })
      assert.ok(done.ok && done.isUnknown && done.lost > 0)
      const on = await testWorld(t, {
        database,
        settings: HONEST,
        tools: TOOLS,
        beside: { ...world, url: next.url },
      })
      assert.match(logSigner(on).verifier.name, /\/audit\/2$/)
      const newest = await signed(on)
      assert.equal(newest.origin, logSigner(on).verifier.name)
      // The database of before does not know the name, and was set back all the same.
      const later = checkpointIn((await checkpointNow(on))?.note ?? '') ?? assert.fail()
      assert.deepEqual(headsOf(world, [later]), [later.head])
      assert.deepEqual(headsOf(on, [latest]), [])
      const log = await verifyLog(on, { checkpoints: [latest] })
      assert.deepEqual(log.findings, [])
      assert.deepEqual(
        log.rewinds.map(({ origin, lost }) => ({ origin, lost })),
        [{ origin: latest.head.origin, lost: done.lost }],
      )
      for (const password of [PASSWORD, NEW])
        assert.equal((await begin(on, browser(), { userName: 'anna', password })).ok, false)
      // The desk lets them in: with a code for a password, and a passcode.
      const passcode = await givenPasscode(on, 'anna')
      const code = await startReset(on, { subscriberId: id, by: BY })
      assert.ok(code.ok)
      const client = browser()
      const begun = await beginReset(on, { userName: 'anna', code: code.code, client })
      assert.ok(begun.ok, `${'problem' in begun && begun.problem}`)
      const held = { id: begun.login.id, holder: client.holder }
      const answered = await answerLogin(on, { ...held, answer: { passcode } })
      assert.ok(answered.ok, `${'problem' in answered && answered.problem}`)
      assert.ok((await completeReset(on, { ...held, password: NEW })).ok)
    })

    test('A25 events that are changed, missing, out of order or of another log are refused, and nothing is written', async (t) => {
      const world = await testWorld(t, { database })
      const folder = folderOf(t)
      const file = join(folder, 'night.backup')
      await writeEvents(world, 5)
      await makeBackup(world, { to: file, url: world.url, by: null })
      world.advance(minutes(10))
      await writeEvents(world, 20)
      const head = await signed(world)
      const to = join(folder, 'events.jsonl')
      await exportTo(world, to)
      const lines = linesOf(to)
      await writeEvents(world, 1)
      assert.equal((await exportTo(world, to)).count, 0, 'it has no place yet')
      const next = await restored(t, world, file)
      const why = async (given: readonly string[], heads = [head]) => {
        const done = await fenced(next, { lines: given, heads })
        return done.ok ? 'ok' : done.why
      }
      assert.equal(await why(lines.map((line) => line.replace('sub_', 'sub_0'))), 'another-log')
      assert.equal(await why(lines.toSpliced(10, 1)), 'missing')
      assert.equal(await why(lines.toSpliced(10, 2, lines[11] ?? '', lines[10] ?? '')), 'missing')
      assert.equal(await why(lines.slice(0, 10)), 'missing')
      assert.equal(await why(lines.toSpliced(3, 0, 'something else')), 'line')
      assert.equal(await why(lines, [{ ...head, size: 2 }]), 'another-log')
      // Nothing outside says more, and what is given ends before the backup.
      assert.equal(await why([''], []), 'missing')
      assert.equal(await why(lines.slice(0, 5), []), 'missing')
      assert.notEqual(await findUnfenced(next.db), null)
      assert.equal((await findTree(next.db)).size, 6)
      next.setClock(before(next.machine.now, minutes(1)))
      assert.equal(await why(lines), 'clock')
      next.advance(minutes(2))
      assert.equal(await why([...lines, ...lines]), 'ok')
      assert.equal((await signed(next)).size, head.size + 1)
      assert.deepEqual((await verifyLog(next, { checkpoints: [] })).findings, [])
    })

    test('A25 what a client has denied, an order that was disowned and calls that were stopped are not undone', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST, tools: TOOLS })
      const id = await world.add({ userName: 'anna', password: PASSWORD, holds: [] })
      const folder = folderOf(t)
      const file = join(folder, 'night.backup')
      await makeBackup(world, { to: file, url: world.url, by: null })
      const until = after(world.now(), days(2))
      const [denied, waiting] = ['hld_denied', 'hld_waiting'] as unknown as [HoldId, HoldId]
      const about = { subscriberId: id, caseNumber: '123456', until } as const
      const caseId = newId('cas', world.now(), world.random)
      const forbids = ['trading'] as const
      const hold = { kind: 'doubt', forbids, until }
      const begun = { subscriberId: id, holdId: waiting, hold: hold.kind, forbids, until } as const
      const events: AuditEvent[] = [
        { kind: 'desk.calls-stopped', ...about, caseId, actor: 'system' },
        { kind: 'desk.call-denied', ...about, caseId, holdId: denied, actor: 'holder' },
        { kind: 'hold.started', ...begun, by: 'holder' },
      ]
      assert.ok(await world.db.commit(eventWrites(world.db, events, world.now())))
      const head = await signed(world)
      const to = join(folder, 'events.jsonl')
      await exportTo(world, to)
      const next = await restored(t, world, file)
      // What was written while the copy was made waits in it for its place in the log.
      const rows = linesOf(to).flatMap((line) => eventIn(line) ?? [])
      const row = rows.find((one) => one.kind === 'hold.started') ?? assert.fail()
      await asWritten(next, row)
      await next.db.commit([
        holdWrite(next.db, { id: waiting, subscriberId: id, hold }, world.now()),
      ])
      const stamps = async () =>
        await next.db.read
          .selectFrom('subscriber')
          .select(['order_stamp', 'security_stamp'])
          .executeTakeFirstOrThrow()
      const old = await stamps()
      const done = await fenced(next, { lines: linesOf(to), heads: [head] })
      assert.ok(done.ok, `${!done.ok && done.why}`)
      const holds = await listHoldIds(next.db, {
        subscriberId: id,
        kind: 'desk-denied',
        now: world.now(),
      })
      assert.deepEqual(holds, [denied])
      assert.equal((await findCallStanding(next.db, id)).value.stoppedUntil, until)
      // No day accepts a device that was ordered before.
      const now = await stamps()
      assert.equal(now.order_stamp, now.security_stamp)
      assert.ok(now.order_stamp > old.security_stamp)
    })

    test('A25 a place whose checkpoints are of a key of later says nothing', async (t) => {
      const [world, other] = [await testWorld(t, { database }), await testWorld(t)]
      await writeEvents(world, 2)
      await writeEvents(other, 3)
      const head = await signed(world)
      await signed(other)
      const placeOf = async (name: string, { db }: TestWorld) => {
        const [latest] = await listLatestCheckpoints(db, { upTo: 9, limit: 1 })
        return { name, keep: async () => {}, latest: async () => latest?.note ?? '' }
      }
      const places = [await placeOf('own', world), await placeOf('later', other)]
      const none = { name: 'new', keep: async () => {}, latest: async () => '' }
      const kept = await keptOutside(world, [...places, none])
      assert.deepEqual(kept, { heads: [head], silent: ['later'] })
    })

    test('A22 A25 a row that says that the log was set back is no way around what was signed', async (t) => {
      const world = await testWorld(t, { database })
      await writeEvents(world, 3)
      const { origin } = await signed(world)
      const row = { id: newId('rst', world.now(), world.random), backup_id: null }
      const times = { restored_at_ms: world.now(), fenced_at_ms: world.now() }
      // As an insider writes it, who has no key.
      const forged = { ...row, ...times, rewound_to: 1 }
      await world.db.commit([one(world.db.write.insertInto('restoration').values(forged))])
      const on = await testWorld(t, { database, beside: { ...world, url: world.url } })
      assert.equal(logSigner(on).verifier.name, origin)
    })

    test('A25 a backup is restored where nothing is, and into its own kind of database', async (t) => {
      const world = await testWorld(t, { database })
      const file = join(folderOf(t), 'night.backup')
      await makeBackup(world, { to: file, url: world.url, by: null })
      const restoring = (url: string) => restoreBackup(world, { file, url, now: world.now() })
      await assert.rejects(restoring(world.url), ThereAlready)
      const other = database === 'sqlite' ? 'postgres' : 'sqlite'
      if (!DATABASES.includes(other)) return
      await assert.rejects(restoring(await nowhere(t, other, world)), BackupOfOther)
    })
  })
}
