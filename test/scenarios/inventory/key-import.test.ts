import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, hours } from '#core/time/time.ts'
import type { DeliveredKey } from '#core/inventory/hardware-token.ts'
import { importTokens, type ReadKey, REFUSALS_NAMED_MAX } from '#engine/inventory/key-import.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import { SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import {
  addTokens,
  beginImport,
  findToken,
  finishImport,
  listUnfinishedImports,
} from '#store/inventory/hardware-tokens.ts'
import { newId } from '#core/ids.ts'
import { deliveredKey, listed } from '../../support/clients/card.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { NOON, type TestWorld, testWorld } from '../../support/server/world.ts'

type Read = ReadKey<'malformed'>

const card = sampleCard('c')
const key = (serial: string, changes: Partial<DeliveredKey> = {}, line = 1): Read => ({
  line,
  key: { ...deliveredKey(serial, card).key, ...changes },
})
const many = (count: number, from = 0): Read[] =>
  Array.from({ length: count }, (_, index) => key(`CARD-${from + index}`, {}, index + 2))

const importing = (world: TestWorld, items: Iterable<Read>, dryRun = false) =>
  importTokens(world, { items: listed(items), dryRun })

const isThere = async (world: TestWorld, serial: string) =>
  (await findToken(world.db, serial)) !== null

for (const database of DATABASES) {
  suite(`importing tokens on ${database}`, () => {
    test('takes in every key that can be used, over several pieces', async (t) => {
      const world = await testWorld(t, { database })
      const heard: number[] = []
      const imported = await importTokens(world, {
        items: listed(many(1_201)),
        dryRun: false,
        progress: (read) => heard.push(read),
      })
      assert.ok(imported.ok)
      assert.deepEqual([imported.read, imported.imported, imported.refused], [1_201, 1_201, 0])
      assert.deepEqual(heard, [500, 1_000])
      for (const serial of ['CARD-0', 'CARD-499', 'CARD-500', 'CARD-1200']) {
        assert.ok(await isThere(world, serial), serial)
      }
      assert.deepEqual(await listUnfinishedImports(world.db), [])
    })

    test('refuses each of the others with its reason, and takes the rest', async (t) => {
      const world = await testWorld(t, { database })
      assert.ok((await importing(world, [key('KNOWN')])).ok)
      const imported = await importing(world, [
        key('GOOD'),
        key('KNOWN'),
        key('GOOD', {}, 4),
        { line: 5, serial: 'BAD-MAC', refused: 'wrong-mac' },
        { line: 6, serial: null, refused: 'no-serial' },
        key('SUITE', { suite: 'OCRA-1:HOTP-SHA512-8:QN08' }),
        key('ALGORITHM', { algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:hotp' }),
        key('WEAK', { secret: Buffer.alloc(8) }),
        key('OVER', { expiresAt: NOON }),
        key('LAST', { expiresAt: after(NOON, hours(1)), startsAt: NOON }),
        key('EARLY', { startsAt: after(NOON, hours(1)) }),
      ])
      assert.ok(imported.ok)
      assert.equal(imported.imported, 2)
      assert.deepEqual(imported.reasons, {
        known: 1,
        duplicate: 1,
        'wrong-mac': 1,
        'no-serial': 1,
        suite: 1,
        algorithm: 1,
        'weak-secret': 1,
        expired: 1,
        'not-yet-valid': 1,
      })
      assert.deepEqual(imported.refusals[0], { line: 4, serial: 'GOOD', reason: 'duplicate' })
      for (const serial of ['GOOD', 'LAST']) assert.ok(await isThere(world, serial), serial)
      for (const serial of ['WEAK', 'OVER', 'EARLY', 'BAD-MAC']) {
        assert.ok(!(await isThere(world, serial)), serial)
      }
    })

    test('a file that ends badly leaves nothing, even when thousands were written', async (t) => {
      const world = await testWorld(t, { database })
      const broken: Read[] = [...many(1_100), { line: 1_102, unreadable: 'malformed' }]
      const imported = await importing(world, broken)
      assert.ok(!imported.ok)
      assert.deepEqual([imported.reason, imported.line], ['malformed', 1_102])
      assert.equal(imported.report.imported, 0)
      assert.ok(!(await isThere(world, 'CARD-0')))
      assert.deepEqual(await listUnfinishedImports(world.db), [])
      // And may be sent again, corrected.
      const again = await importing(world, many(1_100))
      assert.ok(again.ok)
      assert.equal(again.imported, 1_100)
    })

    test('a reader that breaks leaves nothing either', async (t) => {
      const world = await testWorld(t, { database })
      async function* breaking() {
        yield* many(600)
        throw new Error('the disk')
      }
      await assert.rejects(importTokens(world, { items: breaking(), dryRun: false }), /the disk/)
      assert.ok(!(await isThere(world, 'CARD-0')))
      assert.deepEqual(await listUnfinishedImports(world.db), [])
    })

    test('what a process that died has left is no token, and the next import removes it', async (t) => {
      const world = await testWorld(t, { database })
      const id = newId('imp', NOON, world.random)
      assert.ok(await beginImport(world.db, { id, now: NOON }))
      const left = { serial: 'CARD-0', method: 'security-card', authenticatorId: null, state: {} }
      assert.ok(await addTokens(world.db, id, [left]))
      assert.ok(!(await isThere(world, 'CARD-0')))
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
      const wishes = { pin: SAMPLE_PIN }
      const given = await giveToken(world, { serial: 'CARD-0', subscriberId, wishes, by: 'test' })
      assert.deepEqual(given, { ok: false, problem: 'token.not-found' })
      const imported = await importing(world, many(1))
      assert.ok(imported.ok)
      assert.ok(await isThere(world, 'CARD-0'))
      assert.equal(await addTokens(world.db, id, [{ ...left, serial: 'LATE' }]), false)
    })

    test('an import that lacks a token is not finished', async (t) => {
      const world = await testWorld(t, { database })
      const id = newId('imp', NOON, world.random)
      assert.ok(await beginImport(world.db, { id, now: NOON }))
      const token = { serial: 'A', method: 'security-card', authenticatorId: null, state: {} }
      assert.ok(await addTokens(world.db, id, [token]))
      const end = { id, now: NOON, events: [] }
      assert.equal(await finishImport(world.db, { ...end, keys: 2 }), false)
      assert.ok(!(await isThere(world, 'A')))
      assert.equal(await finishImport(world.db, { ...end, keys: 1 }), true)
      assert.ok(await isThere(world, 'A'))
      assert.equal(await finishImport(world.db, { ...end, keys: 1 }), false)
    })

    test('of two imports at once the one that began later counts', async (t) => {
      const world = await testWorld(t, { database })
      let passed: () => void = () => undefined
      const other = new Promise<void>((resolve) => {
        passed = resolve
      })
      async function* slow() {
        yield* many(600)
        await other
        yield* many(600, 600)
      }
      const first = importTokens(world, { items: slow(), dryRun: false })
      while ((await listUnfinishedImports(world.db)).length === 0) await Promise.resolve()
      const second = await importing(world, many(3, 5_000))
      assert.ok(second.ok)
      passed()
      const late = await first
      assert.ok(!late.ok)
      assert.equal(late.reason, 'taken-over')
      assert.ok(!(await isThere(world, 'CARD-0')))
      assert.ok(await isThere(world, 'CARD-5000'))
    })

    test('a dry run says the same and writes nothing', async (t) => {
      const world = await testWorld(t, { database })
      assert.ok((await importing(world, [key('KNOWN')])).ok)
      const file = [...many(600), key('KNOWN')]
      const dry = await importing(world, file, true)
      assert.ok(!(await isThere(world, 'CARD-0')))
      assert.deepEqual(await listUnfinishedImports(world.db), [])
      assert.deepEqual(dry, await importing(world, file))
    })

    test('a file of which nothing can be used is no import', async (t) => {
      const world = await testWorld(t, { database })
      const imported = await importing(world, [key('A', { suite: null })])
      assert.ok(!imported.ok)
      assert.equal(imported.reason, 'nothing-usable')
      assert.deepEqual(imported.report.reasons, { suite: 1 })
      assert.ok(!(await importing(world, [])).ok)
    })

    test('a report names the first thousand refusals and counts the others', async (t) => {
      const world = await testWorld(t, { database })
      const bad = many(REFUSALS_NAMED_MAX + 5).map(
        ({ line }): Read => ({ line, serial: null, refused: 'no-serial' }),
      )
      const imported = await importing(world, [...bad, key('GOOD')])
      assert.ok(imported.ok)
      assert.equal(imported.refusals.length, REFUSALS_NAMED_MAX)
      assert.equal(imported.refused, REFUSALS_NAMED_MAX + 5)
    })

    test('a token that was given away does not come again with an old counter', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
      assert.ok((await importing(world, [key('CARD-1')])).ok)
      const wishes = { pin: SAMPLE_PIN }
      assert.ok((await giveToken(world, { serial: 'CARD-1', subscriberId, wishes, by: 'test' })).ok)
      const again = await importing(world, [key('CARD-1')])
      assert.ok(!again.ok)
      assert.deepEqual(again.report.reasons, { known: 1 })
    })
  })
}
