import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { MIGRATIONS, migrate } from '#store/database/migrate.ts'
import { emptyDatabase, open, type Place } from '#store/contract/store.contract.ts'

/**
 * A migration runs beside a node: on PostgreSQL it ends plans, and takes locks in its own order.
 */

const SERVER = process.env['COUNTERSIGN_TEST_POSTGRES']
const select = (sql: string) => ({ sql, parameters: [] }) as never
const write = (sql: string): Write => ({ sql, parameters: [], rows: 1 })

suite('statements beside a migration, on postgres', { skip: !SERVER }, () => {
  let place: Place
  let db: Db
  /** Stands for the migration: what it locks, and in which order, is up to the test. */
  let migration: pg.Client
  const rows = async (table: string) => await db.ask(select(`select * from ${table} order by id`))

  before(async () => {
    place = await emptyDatabase()
    db = await open(place.url)
    await migrate(db)
    migration = new pg.Client({ connectionString: place.url })
    await migration.connect()
    // The other side is to be the one that the server ends.
    await migration.query("set deadlock_timeout = '1min'")
    for (const table of ['first', 'second']) {
      await migration.query(
        `create table ${table} (id integer primary key, count integer not null)`,
      )
      await migration.query(`insert into ${table} values (1, 0)`)
    }
  })
  after(async () => {
    await migration.end()
    await db.close()
    await place.remove()
  })

  /** Waits until one of our connections waits for a lock of the migration. */
  const ourLockWaits = async () => {
    const blocked = `select 1 from pg_locks, pg_database
      where not granted and database = pg_database.oid and datname = current_database()`
    while ((await migration.query(blocked)).rowCount === 0) await wait(5)
  }

  /** The same for a row of another transaction, which is no lock of this database. */
  const ourCommitWaits = async () => {
    const blocked = `select 1 from pg_stat_activity where application_name = 'countersign'
      and datname = current_database() and wait_event_type = 'Lock'`
    for (let looks = 0; looks < 1_000; looks += 1) {
      if (((await migration.query(blocked)).rowCount ?? 0) > 0) return
      await wait(5)
    }
    assert.fail('nothing waits')
  }

  /** Locks `second`, lets us wait for it with `first` in hand, and then asks for `first`. */
  const inEachOthersWay = async <T>(ours: () => Promise<T>, change = ''): Promise<T> => {
    await migration.query('begin')
    await migration.query('lock table second in access exclusive mode')
    const asked = ours()
    await ourLockWaits()
    await migration.query(change)
    await migration.query('lock table first in access exclusive mode')
    await migration.query('commit')
    return await asked
  }

  test('a read whose plan is stale is prepared anew and answers, on every connection', async () => {
    const six = () => Promise.all(Array.from({ length: 6 }, () => rows('first')))
    await six()
    for (const change of [
      'add column extra integer',
      'drop column extra',
      'alter id type bigint',
    ]) {
      await migration.query(`alter table first ${change}`)
      const expected = change.startsWith('add')
        ? { id: 1, count: 0, extra: null }
        : { id: 1, count: 0 }
      for (const answer of await six()) assert.deepEqual(answer, [expected], change)
      for (const answer of await six()) assert.deepEqual(answer, [expected], 'and later ones')
    }
  })

  test('the first that hears of a stale plan spares the other connections the same', async () => {
    const four = () => Promise.all(Array.from({ length: 4 }, () => rows('second')))
    const connections = async () => {
      const { rows: found } = await migration.query<{ pid: number }>(
        `select pid from pg_stat_activity
          where application_name = 'countersign' and datname = current_database()`,
      )
      return found.map(({ pid }) => pid)
    }
    await four()
    await migration.query('alter table second add column extra integer')
    const earlier = await connections()
    await rows('second')
    await four()
    // The driver gives up a connection on which a statement has failed.
    const kept = (await connections()).filter((pid) => earlier.includes(pid))
    assert.equal(kept.length, 3)
    await migration.query('alter table second drop column extra')
  })

  test('what is not supported is an error, also when it is asked again', async () => {
    await migration.query('create view both_of_them as select first.id from first, second')
    const insert = write('insert into both_of_them values (1)')
    await assert.rejects(db.commit([insert]), { code: '55000' })
    const unsupported = db.ask(select('select count(*) from first for update'))
    await assert.rejects(unsupported, { code: '0A000' })
  })

  test('a read that a deadlock has ended is asked again', async () => {
    const both = select('select second.id from first, second')
    assert.equal((await inEachOthersWay(() => db.ask(both))).length, 1)
  })

  test('a commit that a deadlock has undone is made again, once and as a whole', async () => {
    const raise = (table: string) => write(`update ${table} set count = count + 1`)
    assert.equal(await inEachOthersWay(() => db.commit([raise('first'), raise('second')])), true)
    assert.deepEqual(
      await db.ask(select('select first.count as one, second.count as other from first, second')),
      [{ one: 1, other: 1 }],
    )
  })

  test('a commit that was overtaken meanwhile is stale when it is made again', async () => {
    const over = (table: string) => write(`update ${table} set count = 9 where count = 1`)
    const overtaking = 'update second set count = 2'
    const committed = await inEachOthersWay(
      () => db.commit([over('first'), over('second')]),
      overtaking,
    )
    assert.equal(committed, false)
    assert.deepEqual(
      await db.ask(select('select first.count as one, second.count as other from first, second')),
      [{ one: 1, other: 2 }],
    )
  })

  test('a commit that takes a place which another one takes at that moment is stale', async () => {
    const node = migration
    await node.query('create table third (id integer primary key, place text unique)')
    await node.query('insert into third values (1, null), (2, null)')
    const take = (id: number) =>
      write(`update third set place = 'only' where id = ${id}
        and not exists (select 1 from third as other where other.place = 'only')`)
    await node.query('begin')
    await node.query(take(1).sql)
    const ours = db.commit([take(2), write('update first set count = 77')])
    await ourCommitWaits()
    await node.query('commit')
    assert.equal(await ours, false)
    assert.deepEqual(await rows('third'), [
      { id: 1, place: 'only' },
      { id: 2, place: null },
    ])
    assert.ok((await rows('first')).every((row) => (row as { count: number }).count !== 77))
  })

  test('a migration that a deadlock has undone is run again from its beginning', async () => {
    const node = migration
    const add = (table: string) => `alter table ${table} add column later integer`
    const migrations = { ...MIGRATIONS, '9999-later': () => [add('first'), add('second')] }
    await node.query('begin')
    await node.query('select * from second')
    const migrated = migrate(db, migrations)
    await ourLockWaits()
    await node.query('select * from first')
    await node.query('commit')
    assert.deepEqual(await migrated, ['9999-later'])
    assert.deepEqual(await rows('second'), [{ id: 1, count: 2, later: null }])
  })
})
