import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { MIGRATIONS, type Migrations, migrate } from '#store/database/migrate.ts'
import { DATABASES, type DatabaseKind } from './support/databases/databases.ts'
import type { TestPhone } from './support/clients/phone.ts'
import {
  annaAt,
  loggedInAt,
  openSite,
  personAt,
  type Site,
  type Visitor,
  visitor,
} from './support/server/site.ts'
import { PASSWORD } from './support/clients/engine-story.ts'

/**
 * One node after the other gets a new version: the older ones run on while the first of the new
 * ones changes the tables. The migrations of this test add a column to each table, and drop one
 * from each.
 */

/** The last one leads to the login server and back, through every table of OpenID Connect. */
const PAGES = ['/login', '/portal', '/portal/security', '/portal/activity', '/trade/login']

/** A client who logs in, looks at pages, and logs out, at one node, until told to stop. */
interface Client {
  readonly site: Site
  readonly userName: string
  readonly phone: TestPhone
  readonly browser: Visitor
}

const tablesOf = async ({ world }: Site): Promise<readonly string[]> => {
  const tables = await world.db.alter((db) => db.introspection.getTables())
  return tables.map(({ name }) => name)
}

/** The same in every table. */
const everywhere =
  (tables: readonly string[], change: string): Migrations[string] =>
  () =>
    tables.map((table) => `alter table ${table} ${change}`)

/**
 * Goes on with the clients until `migrated` is done, and a little longer; @returns what went wrong.
 */
async function under(load: readonly Client[], migrated: () => Promise<void>) {
  const wrong: string[] = []
  let rounds = 0
  let isOver = false
  const going = load.map(async (client) => {
    while (!isOver) {
      try {
        wrong.push(...(await aRound(client)))
      } catch (error) {
        wrong.push(String(error))
      }
      rounds += 1
    }
  })
  const more = async (count: number) => {
    const target = rounds + count
    while (rounds < target) await wait(10)
  }
  // Whatever goes wrong, the clients stop: nothing else ends this file.
  try {
    await more(load.length)
    await migrated()
    await more(2 * load.length)
  } finally {
    isOver = true
    await Promise.all(going)
  }
  return wrong
}

/** A login with the phone, and the pages; @returns those that were not answered as they should. */
async function aRound({ site, userName, phone, browser }: Client): Promise<readonly string[]> {
  const token = await loggedInAt(site, phone, { userName })
  browser.cookies.set('session', { value: token, path: '/' })
  const pages = await Promise.all(
    PAGES.map(async (page) => browser.follow(await browser.get(page))),
  )
  return pages
    .filter(({ status }) => status >= 400)
    .map(({ status, address }) => `${status} ${address}`)
}

async function migratedUnderLoad(t: TestContext, database: DatabaseKind) {
  const older = await annaAt(t, { database })
  const { world } = older
  const tables = await tablesOf(older)
  const first: Migrations = {
    ...MIGRATIONS,
    '9001-before': everywhere(tables, 'add column left_over integer'),
  }
  await migrate(world.db, first)
  const atOlder = { site: older, userName: 'anna', phone: older.phone, browser: older.anna }

  const second: Migrations = {
    ...first,
    '9002-added': (words) => [
      ...everywhere(tables, 'add column added_now text')(words),
      ...everywhere(tables, 'add column added_as_well integer not null default 7')(words),
    ],
  }
  const whileAdded = await under([atOlder], async () => void (await migrate(world.db, second)))

  const newer = await openSite(t, { beside: world })
  const itsPhone = await personAt(newer, { userName: 'bob', password: PASSWORD })
  const atNewer = { site: newer, userName: 'bob', phone: itsPhone, browser: visitor(newer.issuer) }
  const third: Migrations = {
    ...second,
    '9003-dropped': (words) => [
      ...everywhere(tables, 'drop column left_over')(words),
      ...everywhere(tables, 'drop column added_now')(words),
    ],
  }
  const whileDropped = await under([atOlder, atNewer], async () => {
    assert.deepEqual(await migrate(newer.world.db, third), ['9003-dropped'])
  })
  return { whileAdded, whileDropped }
}

for (const database of DATABASES) {
  suite(`nodes that run while the tables change, on ${database}`, () => {
    test('an older node and a newer one answer everything while a column comes and one goes', async (t) => {
      const { whileAdded, whileDropped } = await migratedUnderLoad(t, database)
      assert.deepEqual(whileAdded, [])
      assert.deepEqual(whileDropped, [])
    })
  })
}
