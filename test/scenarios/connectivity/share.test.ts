import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Claim, SHARED_FOR } from '#core/connectivity/share.ts'
import { millis } from '#core/time/time.ts'
import {
  openResult,
  openResultOnCase,
  SHARED_A_DAY,
  shareResult,
} from '#engine/connectivity/share.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import { CONNECTIVITY_CODES, CONNECTIVITY_SHARES } from '#engine/rate-limits.ts'
import type { World } from '#engine/world.ts'
import { purge } from '#store/server/purge.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { comesIn, openDesk } from '../../support/desk/door.ts'
import { agent, call, caller, eventsAbout } from '../../support/desk/calls.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { testWorld } from '../../support/server/world.ts'

const CLAIM: Claim = {
  text: 'works',
  events: 'late',
  socket: 'works',
  ports: [{ port: 4000, finding: 'blocked' }],
  clockAhead: 12,
  storage: 'works',
  addresses: ['203.0.113.7'],
  protocol: 'h2',
  dnsMs: 12,
}
const ADDRESS = '203.0.113.7'
const OTHER = '198.51.100.9'

async function shared(world: World): Promise<string> {
  const done = await shareResult(world, { claim: CLAIM, address: ADDRESS })
  assert.ok(done.ok, 'problem' in done ? done.problem : '')
  return done.code
}

const opened = async (world: World, typed: string) => {
  const found = await openResult(world, { typed, address: OTHER })
  assert.ok(found.ok, 'problem' in found ? found.problem : '')
  return found.result
}

for (const database of DATABASES) {
  suite(`A result of the connection test that is shared, on ${database}`, () => {
    test('R014 opens by its code for seven days, however it is typed, and for no other', async (t) => {
      const world = await testWorld(t, { database })
      const code = await shared(world)
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{8}$/)
      const at = world.now()
      for (const typed of [code, code.toLowerCase(), ` ${code.slice(0, 4)}-${code.slice(4)} `])
        assert.deepEqual(await opened(world, typed), { claim: CLAIM, seenFrom: ADDRESS, at })
      const other = `${code.startsWith('0') ? '1' : '0'}${code.slice(1)}`
      for (const typed of [other, code.slice(1), `${code}0`, '', '%', 'x'.repeat(10_000)])
        assert.equal(await opened(world, typed), null)
      world.advance(millis(SHARED_FOR - 1))
      assert.notEqual(await opened(world, code), null)
      world.advance(millis(1))
      assert.equal(await opened(world, code), null)
      world.advance(millis(1))
      await purge(world.db, world.now())
      const rows = await world.db.read
        .selectFrom('connectivity_result')
        .select('code_hash')
        .execute()
      assert.deepEqual(rows, [])
    })

    test('an address shares and tries so many, and the code stands nowhere', async (t) => {
      const world = await testWorld(t, { database })
      const code = await shared(world)
      const [row] = await world.db.read
        .selectFrom('connectivity_result')
        .select(['code_hash', 'body'])
        .execute()
      assert.ok(row && !row.code_hash.includes(code))
      assert.ok(!Buffer.from(row.body).includes(ADDRESS))
      for (let count = 1; count < CONNECTIVITY_SHARES.perAddress.count; count += 1)
        await shared(world)
      const more = await shareResult(world, { claim: CLAIM, address: ADDRESS })
      assert.equal(more.ok ? null : more.problem, 'request.too-many')
      for (let count = 0; count < CONNECTIVITY_CODES.perAddress.count; count += 1)
        await opened(world, '00000000')
      const tried = await openResult(world, { typed: code, address: OTHER })
      assert.equal(tried.ok ? null : tried.problem, 'request.too-many')
    })

    test('A28 strangers who share all day leave a few results to each network', async (t) => {
      const world = await testWorld(t, { database })
      while ((await world.limits.take(SHARED_A_DAY, 'all')).ok);
      const from = async (address: string) =>
        (await shareResult(world, { claim: CLAIM, address })).ok
      for (let count = 0; count < 3; count += 1) assert.ok(await from(OTHER))
      assert.ok(!(await from(OTHER)))
      assert.ok(await from(ADDRESS))
    })

    test('R014 an agent opens it in a case of their own that is open, and that stands in the log', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const code = await shared(world)
      const asked = { id: one.id, typed: code }
      const read = await openResultOnCase(world, jane, asked)
      assert.deepEqual(read.ok && read.result?.claim, CLAIM)
      const none = await openResultOnCase(world, jane, { ...asked, typed: 'ZZZZZZZZ' })
      assert.deepEqual(none, { ok: true, result: null })
      const bob = await agent(world, 'bob')
      const refused = async (by: typeof jane, at: World = world) => {
        const done = await openResultOnCase(at, by, asked)
        return done.ok ? null : done.problem
      }
      assert.equal(await refused(bob.open), 'desk.no-case')
      // Closed between the look at it and the commit: nothing is shown.
      const closing = overtaken(world, () => closeCase(world, jane, one.id))
      assert.equal(await refused(jane, closing), 'desk.conflict')
      assert.equal(await refused(jane), 'desk.case-closed')
      const events = await eventsAbout(world, anna, 'desk.connectivity-read')
      assert.deepEqual(
        events
          .toReversed()
          .map((event) => [event.actor, event.caseId, (event as { found?: boolean }).found]),
        [
          ['staff:jane', one.id, true],
          ['staff:jane', one.id, false],
        ],
      )
    })
  })
}

test('R014 an agent types the code that the client reads out, and reads what the client reads', async (t) => {
  const door = await openDesk(t)
  await caller(door.world, 'anna')
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
  await browser.open('/cases')
  const sought = { by: 'user-name', typed: 'anna', reason: 'cannot-log-in' }
  const { address } = await browser.submit('/cases', sought)
  const code = await shared(door.world)
  const shown = await browser.submit(`${address}/connectivity`, { code: code.toLowerCase() })
  assert.equal(shown.status, 200)
  assert.match(shown.words, /Your browser reported this\. .* Port 4000 Blocked .* 203\.0\.113\.7/)
  await browser.open(address)
  const none = await browser.submit(`${address}/connectivity`, { code: '<b>' })
  assert.deepEqual([none.status, none.heading], [404, 'No such result'])
})
