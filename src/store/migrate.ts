import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Db } from '#store/database.ts'
import { firstTables } from '#store/migrations/0001-first-tables.ts'
import { wholeLadder } from '#store/migrations/0002-whole-ladder.ts'
import { accounts } from '#store/migrations/0003-accounts.ts'
import { waiting } from '#store/migrations/0004-waiting.ts'
import { carrierMessages } from '#store/migrations/0005-carrier-messages.ts'
import { tokens } from '#store/migrations/0006-tokens.ts'
import { tasks } from '#store/migrations/0007-tasks.ts'
import { notices } from '#store/migrations/0008-notices.ts'
import { issuedAuthenticators } from '#store/migrations/0009-issued-authenticators.ts'
import { verifiedContacts } from '#store/migrations/0010-verified-contacts.ts'
import { letters } from '#store/migrations/0011-letters.ts'
import { chosenLanguage } from '#store/migrations/0012-chosen-language.ts'
import { primaryUsers } from '#store/migrations/0013-primary-users.ts'
import { stoppedTexts } from '#store/migrations/0014-stopped-texts.ts'
import { orders } from '#store/migrations/0015-orders.ts'
import { loginsOfABrowser } from '#store/migrations/0023-logins-of-a-browser.ts'
import { POSTGRES, SQLITE, type Words } from '#store/migrations/words.ts'

/** In the order of their names; one that has been released is never changed. */
const MIGRATIONS: Readonly<Record<string, (words: Words) => readonly string[]>> = {
  '0001-first-tables': firstTables,
  '0002-whole-ladder': wholeLadder,
  '0003-accounts': accounts,
  '0004-waiting': waiting,
  '0005-carrier-messages': carrierMessages,
  '0006-tokens': tokens,
  '0007-tasks': tasks,
  '0008-notices': notices,
  '0009-issued-authenticators': issuedAuthenticators,
  '0010-verified-contacts': verifiedContacts,
  '0011-letters': letters,
  '0012-chosen-language': chosenLanguage,
  '0013-primary-users': primaryUsers,
  '0014-stopped-texts': stoppedTexts,
  '0015-orders': orders,
  '0023-logins-of-a-browser': loginsOfABrowser,
}

/**
 * Brings the tables up to date, all or nothing; two that start at once wait for each other.
 *
 * @returns the names of the migrations that were run now.
 */
export async function migrate(db: Db): Promise<readonly string[]> {
  const words = db.dialect === 'sqlite' ? SQLITE : POSTGRES
  return db.alter(async (tables) => {
    const provider = { getMigrations: () => Promise.resolve(migrationsIn(words)) }
    const { error, results = [] } = await new Migrator({ db: tables, provider }).migrateToLatest()
    if (error !== undefined)
      throw new Error('the tables could not be brought up to date', { cause: error })
    return results.map((result) => result.migrationName)
  })
}

function migrationsIn(words: Words): Record<string, Migration> {
  const entries = Object.entries(MIGRATIONS).map(([name, statements]) => {
    const up = async (tables: Kysely<unknown>): Promise<void> => {
      for (const statement of statements(words)) await sql.raw(statement).execute(tables)
    }
    return [name, { up }] as const
  })
  return Object.fromEntries(entries)
}
