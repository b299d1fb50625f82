import { type Kysely, sql } from 'kysely'
import {
  type Migration,
  type MigrationProvider,
  type MigrationResultSet,
  Migrator,
} from 'kysely/migration'
import type { Connection } from '#store/database/connection.ts'
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
import { securityStamp } from '#store/migrations/0016-security-stamp.ts'
import { reach } from '#store/migrations/0017-reach.ts'
import { loginsOfABrowser } from '#store/migrations/0018-logins-of-a-browser.ts'
import { orderStamp } from '#store/migrations/0019-order-stamp.ts'
import { loginStamp } from '#store/migrations/0020-login-stamp.ts'
import { rememberedNames } from '#store/migrations/0021-remembered-names.ts'
import { staff } from '#store/migrations/0022-staff.ts'
import { auditTree } from '#store/migrations/0023-audit-tree.ts'
import { deskCases } from '#store/migrations/0024-desk-cases.ts'
import { statements } from '#store/migrations/0025-statements.ts'
import { fullNames } from '#store/migrations/0026-full-names.ts'
import { identityFacts } from '#store/migrations/0057-identity-facts.ts'
import { shareRequests } from '#store/migrations/0059-share-requests.ts'
import { models } from '#store/migrations/0027-models.ts'
import { askedFirst } from '#store/migrations/0028-asked-first.ts'
import { residenceDecides } from '#store/migrations/0029-residence-decides.ts'
import { secondPerson } from '#store/migrations/0030-second-person.ts'
import { placingReasons } from '#store/migrations/0031-placing-reasons.ts'
import { calls } from '#store/migrations/0032-calls.ts'
import { rulesTable } from '#store/migrations/0033-rules-table.ts'
import { tradingNetworks } from '#store/migrations/0034-trading-networks.ts'
import { unmaskings } from '#store/migrations/0035-unmaskings.ts'
import { auditLooks } from '#store/migrations/0036-audit-looks.ts'
import { callCodes } from '#store/migrations/0037-call-codes.ts'
import { pressures } from '#store/migrations/0038-pressures.ts'
import { reports } from '#store/migrations/0040-reports.ts'
import { fileKeys } from '#store/migrations/0042-file-keys.ts'
import { submissions } from '#store/migrations/0043-submissions.ts'
import { heldLetters } from '#store/migrations/0044-held-letters.ts'
import { ledger } from '#store/migrations/0045-ledger.ts'
import { mails } from '#store/migrations/0046-mails.ts'
import { canaries } from '#store/migrations/0047-canaries.ts'
import { alertChoice } from '#store/migrations/0048-alert-choice.ts'
import { mailAnswers } from '#store/migrations/0049-mail-answers.ts'
import { restorations } from '#store/migrations/0050-restorations.ts'
import { reviews } from '#store/migrations/0051-reviews.ts'
import { managedKeys } from '#store/migrations/0052-managed-keys.ts'
import { rewoundProof } from '#store/migrations/0053-rewound-proof.ts'
import { status } from '#store/migrations/0054-status.ts'
import { phoneChecks } from '#store/migrations/0055-phone-checks.ts'
import { sharedResults } from '#store/migrations/0056-shared-results.ts'
import { orderStages } from '#store/migrations/0058-order-stages.ts'
import { rereadings } from '#store/migrations/0060-rereadings.ts'
import { addressChanges } from '#store/migrations/0062-address-changes.ts'
import { tokenPlaces } from '#store/migrations/0061-token-places.ts'
import { writtenOffTokens } from '#store/migrations/0063-written-off-tokens.ts'
import { callBacks } from '#store/migrations/0064-call-backs.ts'
import { POSTGRES, SQLITE, type Words } from '#store/migrations/words.ts'

/** By name, and in the order of their names. */
export type Migrations = Readonly<Record<string, (words: Words) => readonly string[]>>

/** One that has been released is never changed. */
export const MIGRATIONS: Migrations = {
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
  '0016-security-stamp': securityStamp,
  '0017-reach': reach,
  '0018-logins-of-a-browser': loginsOfABrowser,
  '0019-order-stamp': orderStamp,
  '0020-login-stamp': loginStamp,
  '0021-remembered-names': rememberedNames,
  '0022-staff': staff,
  '0023-audit-tree': auditTree,
  '0024-desk-cases': deskCases,
  '0025-statements': statements,
  '0026-full-names': fullNames,
  '0027-models': models,
  '0028-asked-first': askedFirst,
  '0029-residence-decides': residenceDecides,
  '0030-second-person': secondPerson,
  '0031-placing-reasons': placingReasons,
  '0032-calls': calls,
  '0033-rules-table': rulesTable,
  '0034-trading-networks': tradingNetworks,
  '0035-unmaskings': unmaskings,
  '0036-audit-looks': auditLooks,
  '0037-call-codes': callCodes,
  '0038-pressures': pressures,
  '0040-reports': reports,
  '0042-file-keys': fileKeys,
  '0043-submissions': submissions,
  '0044-held-letters': heldLetters,
  '0045-ledger': ledger,
  '0046-mails': mails,
  '0047-canaries': canaries,
  '0048-alert-choice': alertChoice,
  '0049-mail-answers': mailAnswers,
  '0050-restorations': restorations,
  '0051-reviews': reviews,
  '0052-managed-keys': managedKeys,
  '0053-rewound-proof': rewoundProof,
  '0054-status': status,
  '0055-phone-checks': phoneChecks,
  '0056-shared-results': sharedResults,
  '0057-identity-facts': identityFacts,
  '0058-order-stages': orderStages,
  '0059-share-requests': shareRequests,
  '0060-rereadings': rereadings,
  '0061-token-places': tokenPlaces,
  '0062-address-changes': addressChanges,
  '0063-written-off-tokens': writtenOffTokens,
  '0064-call-backs': callBacks,
}

/**
 * Brings the tables up to date, all or nothing; two that start at once wait for each other. Nodes
 * may run meanwhile: one of their statements and this transaction can wait for each other, and
 * where the database ends this one, it is run again from its beginning.
 *
 * @returns the names of the migrations that were run now.
 */
export async function migrate(
  db: Altered,
  migrations: Migrations = MIGRATIONS,
  names: Names = {},
): Promise<readonly string[]> {
  for (let attempts = 1; ; attempts += 1) {
    const { error, results = [] } = await migrateOnce(db, migrations, names)
    if (error === undefined) return results.map((result) => result.migrationName)
    if (!isDeadlock(error) || attempts >= ATTEMPTS_MAX)
      throw new Error('the tables could not be brought up to date', { cause: error })
  }
}

type Altered = Pick<Connection, 'dialect' | 'alter'>

/** The tables that remember what was run, where there are several series in one database. */
interface Names {
  readonly migrationTableName?: string
  readonly migrationLockTableName?: string
}

/** Each costs a second or two, in which the nodes that run answer as ever. */
const ATTEMPTS_MAX = 30

/** @see PostgreSQL, "Appendix A. PostgreSQL Error Codes": deadlock_detected */
const isDeadlock = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '40P01'

/** The names of those that have not run yet. Nothing is changed. */
export async function pendingMigrations(db: Altered): Promise<readonly string[]> {
  const provider = providerFor(db, MIGRATIONS)
  const all = await db.alter((tables) => new Migrator({ db: tables, provider }).getMigrations())
  return all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name)
}

function migrateOnce(
  db: Altered,
  migrations: Migrations,
  names: Names,
): Promise<MigrationResultSet> {
  const provider = providerFor(db, migrations)
  return db.alter((tables) => new Migrator({ db: tables, provider, ...names }).migrateToLatest())
}

function providerFor({ dialect }: Altered, migrations: Migrations): MigrationProvider {
  const words = dialect === 'sqlite' ? SQLITE : POSTGRES
  return { getMigrations: () => Promise.resolve(migrationsIn(migrations, words)) }
}

function migrationsIn(migrations: Migrations, words: Words): Record<string, Migration> {
  const entries = Object.entries(migrations).map(([name, statements]) => {
    const up = async (tables: Kysely<unknown>): Promise<void> => {
      for (const statement of statements(words)) await sql.raw(statement).execute(tables)
    }
    return [name, { up }] as const
  })
  return Object.fromEntries(entries)
}
