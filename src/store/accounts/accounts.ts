import { type Selectable, sql } from 'kysely'
import type { Account, Environment } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AccountId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Reason } from '#core/subscribers/jurisdiction.ts'
import { reasonWrites } from '#store/accounts/reasons.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorWrites } from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

export const ACCOUNT = [
  ...(['id', 'version', 'subscriber_id', 'number', 'environment', 'status'] as const),
  ...(['approved_at_ms', 'trades_from_ms', 'residence', 'opted_out', 'equity_usd'] as const),
  ...(['jurisdiction', 'jurisdiction_reason', 'trading_networks', 'reserved_usd'] as const),
] as const

export type AccountRow = Selectable<Tables['account']>

/** Whose accounts a subscriber uses: their own, or those of the primary user (R032). */
export const ACCOUNT_HOLDER = sql<string>`coalesce(subscriber.primary_id, subscriber.id)`

/** The accounts that a subscriber uses, oldest first. */
export async function listAccounts(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Account[]> {
  return (await listVersionedAccounts(db, subscriberId)).map(({ value }) => value)
}

/** As `listAccounts`, to be written over. */
export async function listVersionedAccounts(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Account>[]> {
  const rows = await db.ask(accountsOf(db, { subscriberId }))
  return rows.map((row) => ({ value: accountOf(row), version: row.version }))
}

const accountsOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read
    .selectFrom('subscriber')
    .innerJoin('account', (on) => on.on('account.subscriber_id', '=', ACCOUNT_HOLDER))
    .select(ACCOUNT.map((column) => `account.${column}` as const))
    .where('subscriber.id', '=', subscriberId)
    .orderBy('account.id'),
)

/** Where accounts that are not closed belong, each place once: what is recorded of it. */
export async function listPlaces(
  db: Db,
): Promise<readonly Pick<Account, 'residence' | 'override' | 'status'>[]> {
  const rows = await db.read
    .selectFrom('account')
    .select(['residence', 'jurisdiction', 'jurisdiction_reason', 'status'])
    .distinct()
    .where('status', 'not in', ['closed-by-client', 'closed-by-broker'])
    .limit(atMost(PLACES_MAX))
    .execute()
  return rows.map((row) => ({ ...placeOf(row), status: row.status as Account['status'] }))
}

/** More than there are countries, by as many as an installation may set apart. */
const PLACES_MAX = 10_000

export async function findAccountByNumber(
  db: Db,
  number: string,
): Promise<Versioned<Account> | null> {
  const [row] = await db.ask(accountByNumber(db, { number }))
  return row ? { value: accountOf(row), version: row.version } : null
}

const accountByNumber = prepared((db, { number }: { readonly number: string }) =>
  db.read.selectFrom('account').select(ACCOUNT).where('number', '=', number),
)

export interface AccountCommit {
  readonly now: Instant
  /** A new one, for a number that is not taken. */
  readonly added?: Account
  /** Over the versions that were read. */
  readonly changed: readonly Versioned<Account>[]
  /** What was decided rests on them: they must not have been written since they were read. */
  readonly unchanged?: readonly Versioned<Account>[]
  /** What ends with it, for each of those who use the account. */
  readonly ended: readonly Ended[]
  /** The phones that end with it. */
  readonly revoked: readonly Versioned<Authenticator>[]
  /** What it rests on, where its holder asks for it. */
  readonly standing?: Standing
  /** Why the back office has said where one of them belongs. */
  readonly reasons?: readonly Reason[]
  /** What is written with it. */
  readonly besides?: readonly Write[]
  readonly events: readonly AuditEvent[]
}

/**
 * @returns `false`, and writes nothing, when one of them was written since it was read, or the
 *   number is taken.
 */
export async function commitAccounts(db: Db, commit: AccountCommit): Promise<boolean> {
  const { now, added, changed, unchanged = [], ended, revoked, standing, events } = commit
  const { reasons = [], besides = [] } = commit
  return db.commit([
    ...(standing ? standingWrites(db, standing) : []),
    ...ended.flatMap((one) => endingWrites(db, one, now)),
    ...authenticatorWrites(db, revoked),
    ...(added ? [accountInsert(db, added)] : []),
    ...changed.map(({ value, version }) => {
      const { id, status, approvedAt, tradesFrom, residence, override, optedOut } = value
      const { equityUsd, networks } = value
      const update = db.write
        .updateTable('account')
        .set({
          status,
          residence,
          ...overrideIn(override),
          opted_out: Number(optedOut),
          trading_networks: networksIn(networks),
          equity_usd: equityUsd,
        })
        .set({ approved_at_ms: approvedAt, trades_from_ms: tradesFrom, version: version + 1 })
        .where('id', '=', id)
        .where('version', '=', version)
      return one(update)
    }),
    ...unchanged.map((account) => accountStays(db, account)),
    ...reasonWrites(db, reasons),
    ...besides,
    ...eventWrites(db, events, now),
  ])
}

/** It has not been written since it was read. */
export const accountStays = (db: Db, { value: { id }, version }: Versioned<Account>): Write =>
  one(
    db.write
      .updateTable('account')
      .set({ version })
      .where('id', '=', id)
      .where('version', '=', version),
  )

/** What was set stays to be read by a server of before, until something else is set. */
const overrideIn = (override: Account['override']) =>
  override
    ? { jurisdiction: override.jurisdiction, jurisdiction_reason: override.reason }
    : { jurisdiction_reason: null }

const networksIn = (networks: Account['networks']): string | null =>
  networks.length === 0 ? null : JSON.stringify(networks)

export function accountInsert(db: Pick<Db, 'write'>, account: Account): Write {
  const { id, subscriberId, number, environment, status, ...rest } = account
  const row = {
    id,
    subscriber_id: subscriberId,
    number,
    environment,
    status,
    approved_at_ms: rest.approvedAt,
    trades_from_ms: rest.tradesFrom,
    residence: rest.residence,
    ...overrideIn(rest.override),
    opted_out: Number(rest.optedOut),
    trading_networks: networksIn(rest.networks),
    equity_usd: rest.equityUsd,
  }
  return one(
    db.write
      .insertInto('account')
      .values(row)
      .onConflict((oc) => oc.doNothing()),
  )
}

export const accountOf = (row: AccountRow): Account => ({
  id: row.id as AccountId,
  subscriberId: row.subscriber_id as SubscriberId,
  number: row.number,
  environment: row.environment as Environment,
  status: row.status as Account['status'],
  approvedAt: row.approved_at_ms === null ? null : instant(row.approved_at_ms),
  tradesFrom: row.trades_from_ms === null ? null : instant(row.trades_from_ms),
  ...placeOf(row),
  optedOut: row.opted_out === 1,
  networks: row.trading_networks === null ? [] : (JSON.parse(row.trading_networks) as string[]),
  equityUsd: row.equity_usd,
  reservedUsd: row.reserved_usd,
})

const placeOf = (
  row: Pick<AccountRow, 'residence' | 'jurisdiction' | 'jurisdiction_reason'>,
): Pick<Account, 'residence' | 'override'> => ({
  residence: row.residence,
  override:
    row.jurisdiction_reason === null
      ? null
      : { jurisdiction: row.jurisdiction, reason: row.jurisdiction_reason },
})
