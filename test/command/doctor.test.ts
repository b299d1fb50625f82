import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test, type TestContext } from 'node:test'
import { MIGRATIONS } from '#store/database/migrate.ts'
import { type Place, place, run, serving } from '../support/commands/command.ts'
import { freePorts } from '../support/server/ports.ts'

const examined = async (where: Place, more: Readonly<Record<string, string>> = {}) =>
  await run({ ...where, environment: { ...where.environment, ...more } }, ['doctor'])

/** A proxy that waits for the end of every answer before it lets any of it through. */
async function bufferingProxy(t: TestContext, target: string): Promise<string> {
  const proxy = createServer((request, reply) => {
    void fetch(target + (request.url ?? '')).then(async (answer) => {
      reply.writeHead(answer.status)
      reply.end(Buffer.from(await answer.arrayBuffer()))
    })
  })
  const [port = 0] = await freePorts(1)
  proxy.listen(port, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => proxy.close())
  return `http://localhost:${port}`
}

const LAST = Object.keys(MIGRATIONS).toSorted().at(-1) ?? ''

suite('countersign doctor', () => {
  test('says of an installation that was never started what the first start makes', async (t) => {
    const where = await place(t)
    const { code, stdout, stderr } = await examined(where)
    assert.equal(code, 10)
    assert.match(stdout, /^WRONG {2}keys {6}.* The first start makes it\.$/m)
    assert.match(stdout, /^WRONG {2}database .* The first start makes it\.$/m)
    assert.match(stdout, /^WRONG {2}server {4}.* does not answer\./m)
    assert.match(stderr, /Not all is well: see keys\./)
    // It makes neither itself.
    assert.equal((await examined(where)).code, 10)
  })

  test('finds a server that runs well, and names each fault with a code of its own', async (t) => {
    const where = await place(t)
    await serving(t, where, ['serve'])
    const fine = await examined(where)
    assert.equal(fine.code, 0, fine.stdout + fine.stderr)
    for (const subject of [
      'keys',
      'disk',
      'database',
      'tables',
      'server',
      'proxy',
      'vapid',
      'backup',
    ])
      assert.match(fine.stdout, new RegExp(`^well {3}${subject} `, 'm'))

    const client = ['doctor', '--client', '--url', where.issuer, '--ports']
    const way = await run(where, [...client, ''])
    assert.equal(way.code, 0, way.stdout + way.stderr)
    assert.match(way.stdout, /^well {3}events +Live updates arrive as they are sent\.$/m)
    const [closed] = await freePorts(1)
    const blocked = await run(where, [...client, String(closed)])
    assert.equal(blocked.code, 37, blocked.stdout)
    assert.match(blocked.stderr, /Not all is well: see ports\./)
    assert.equal((await run(where, ['doctor', '--client'])).code, 2)
    const faults: readonly (readonly [number, Readonly<Record<string, string>>, RegExp])[] = [
      [
        12,
        { COUNTERSIGN_DATABASE_URL: `postgres://me:hush@127.0.0.1:${closed}/one` },
        /It does not answer/,
      ],
      [20, { COUNTERSIGN_DOCUMENTS_MAIL_PORT: `${closed}` }, /Nothing answers at port \d+, where/],
      [15, { COUNTERSIGN_REDIS_URL: `redis://127.0.0.1:${closed}` }, /Redis does not answer/],
      [16, { COUNTERSIGN_ISSUER: where.management }, /Something else answers at .* status 404/],
      [17, { COUNTERSIGN_ISSUER: await bufferingProxy(t, where.issuer) }, /buffers event streams/],
      [18, { COUNTERSIGN_GATEWAY_PORTS: `[${closed}]` }, new RegExp(`localhost:${closed}\\.`)],
      [
        19,
        { COUNTERSIGN_EMAIL_HOST: '127.0.0.1', COUNTERSIGN_EMAIL_PORT: String(closed) },
        /Not reached, as carrier: 127\.0\.0\.1/,
      ],
    ]
    for (const [code, setting, sentence] of faults) {
      const { code: ended, stdout, stderr } = await examined(where, setting)
      assert.equal(ended, code, stdout + stderr)
      assert.match(stdout, sentence)
      assert.doesNotMatch(stdout + stderr, /hush/)
    }
    chmodSync(join(where.folder, 'var/keys.json'), 0o644)
    const open = await examined(where)
    assert.equal(open.code, 10)
    assert.match(open.stdout, /can be read by other users .* chmod 600/)
  })

  test('names the migrations that have not run, and runs none', async (t) => {
    const where = await place(t)
    assert.equal((await run(where, ['migrate'])).code, 0)
    const database = new DatabaseSync(join(where.folder, 'var/countersign.db'))
    t.after(() => database.close())
    database.prepare('delete from kysely_migration where name = ?').run(LAST)
    for (const _again of [1, 2]) {
      const { code, stdout } = await examined(where)
      assert.equal(code, 13, stdout)
      assert.ok(stdout.includes(`WRONG  tables    Migrations that have not run: ${LAST}.`), stdout)
    }
  })
})
