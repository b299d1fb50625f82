import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { auditOf } from '../audit.ts'
import type { DatabaseKind } from '../databases/databases.ts'
import { testWorld } from '../server/world.ts'

const FIXTURE = fileURLToPath(new URL('dying.fixture.ts', import.meta.url))

export interface Death {
  readonly nth: number
  readonly when: 'before' | 'after'
}

/**
 * Lets a process die at one commit, and looks at what it has left: each count beside its events,
 * and nothing that a client was told is missing. @returns `false` when it lived to the end.
 */
export async function died(
  t: TestContext,
  database: DatabaseKind,
  { nth, when }: Death,
): Promise<boolean> {
  const world = await testWorld(t, { database })
  const rootKey = world.keys.root.get(world.keys.current)?.export().toString('base64url')
  const told = JSON.stringify({ url: world.url, rootKey, now: world.now(), nth, when })
  const { stdout, stderr, signal } = spawnSync(process.execPath, [FIXTURE, told], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  const said = stdout.split('\n').filter((line) => line !== '')
  const name = `${when} commit ${nth}, after: ${said.join(', ')}`
  assert.ok(signal === 'SIGKILL' || said.includes('end'), `${name}: ${stderr}`)
  const kinds = (await auditOf(world)).map(({ kind }) => kind)
  const written = (kind: (typeof kinds)[number]) => kinds.filter((one) => one === kind).length
  const rows = async (table: 'login' | 'session') =>
    (await world.db.read.selectFrom(table).select('id').execute()).length
  const sum = async (table: 'authenticator' | 'throttle') =>
    (await world.db.read.selectFrom(table).select('failures').execute()).reduce(
      (all, { failures }) => all + failures,
      0,
    )
  assert.equal(await rows('login'), written('login.started'), name)
  assert.equal(await rows('session'), written('session.opened'), name)
  assert.equal(await sum('authenticator'), written('login.answer-refused'), name)
  // An attempt is counted when it begins, and given back when the password was right.
  const open = written('login.started') - written('login.password-accepted')
  assert.equal(await sum('throttle'), open, name)
  assert.ok(open >= written('login.password-refused'), name)
  if (said.includes('wrong password')) assert.equal(written('login.password-refused'), 1, name)
  if (said.includes('wrong answer')) assert.equal(written('login.answer-refused'), 1, name)
  if (said.includes('session')) assert.equal(written('session.opened'), 1, name)
  return signal === 'SIGKILL'
}
