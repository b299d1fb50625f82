import type { Selectable } from 'kysely'
import type { AccountId, OrderId, SubscriberId } from '#core/ids.ts'
import {
  type EntryKind,
  type EntryReason,
  type LedgerEntry,
  reservedBy,
} from '#core/orders/ledger.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import { one } from '#store/queries/writes.ts'

/** An entry with its place in the ledger, and the names that the broker knows it by. */
export interface NumberedEntry extends LedgerEntry {
  readonly number: number
  /** The number of its account. */
  readonly account: string
  readonly userName: string
}

/**
 * Entries of the commit of an act. One that stands there already is written by no second commit: it
 * writes nothing at all, and so does the act. All entries of a commit come together, because each
 * account is written once in it.
 */
export function ledgerWrites(db: Db, entries: readonly LedgerEntry[]): readonly Write[] {
  const more = new Map<AccountId, number>()
  for (const entry of entries) {
    more.set(entry.accountId, (more.get(entry.accountId) ?? 0) + reservedBy(entry))
  }
  const reserves = [...more].flatMap(([id, usd]) => (usd === 0 ? [] : [reserveWrite(db, id, usd)]))
  return [...entries.map((entry) => insertWrite(db, entry)), ...reserves]
}

function insertWrite(db: Db, entry: LedgerEntry): Write {
  const { id, kind, why, accountId, subscriberId, orderId, device, usd, at } = entry
  const row = { id, kind, why, device, usd, account_id: accountId, subscriber_id: subscriberId }
  const insert = db.write
    .insertInto('ledger_entry')
    .values({ ...row, order_id: orderId, at_ms: at })
    .onConflict((oc) => oc.doNothing())
  return one(insert)
}

const reserveWrite = (db: Db, id: AccountId, usd: number): Write =>
  one(
    db.write
      .updateTable('account')
      .set((eb) => ({ reserved_usd: eb('reserved_usd', '+', usd) }))
      .where('id', '=', id)
      // Never below nothing: PostgreSQL would fail on it before it counts what was changed.
      .where('reserved_usd', '>=', -usd),
  )

/** What was decided rests on what is kept back in this account: no commit has changed it since. */
export const reserveStays = (
  db: Db,
  { id, reservedUsd }: { readonly id: AccountId; readonly reservedUsd: number },
): Write =>
  one(
    db.write
      .updateTable('account')
      .set({ reserved_usd: reservedUsd })
      .where('id', '=', id)
      .where('reserved_usd', '=', reservedUsd),
  )

/**
 * The ledger behind a number, in the order of its numbers. A commit that is under way may still
 * write a lower number than one that can be read by now, so it ends before the first entry that is
 * not settled.
 */
export async function listLedger(
  db: Db,
  {
    after,
    settled,
    limit,
  }: { readonly after: number; readonly settled: Instant; readonly limit: number },
): Promise<readonly NumberedEntry[]> {
  const rows = await db.read
    .selectFrom('ledger_entry')
    .innerJoin('account', 'account.id', 'ledger_entry.account_id')
    .innerJoin('subscriber', 'subscriber.id', 'ledger_entry.subscriber_id')
    .select(ENTRY)
    .where('ledger_entry.number', '>', after)
    .orderBy('ledger_entry.number')
    .limit(limit)
    .execute()
  const open = rows.findIndex((row) => row.at_ms >= settled)
  return (open === -1 ? rows : rows.slice(0, open)).map(entryOf)
}

const ENTRY = [
  ...(['ledger_entry.number', 'ledger_entry.id', 'ledger_entry.kind'] as const),
  ...(['ledger_entry.why', 'ledger_entry.account_id', 'ledger_entry.subscriber_id'] as const),
  ...(['ledger_entry.order_id', 'ledger_entry.device', 'ledger_entry.usd'] as const),
  ...(['ledger_entry.at_ms', 'account.number as account_number'] as const),
  'subscriber.user_name',
] as const

type EntryRow = Selectable<Tables['ledger_entry']> & {
  readonly account_number: string
  readonly user_name: string
}

const entryOf = (row: EntryRow): NumberedEntry => ({
  number: row.number,
  id: row.id,
  kind: row.kind as EntryKind,
  why: row.why as EntryReason,
  accountId: row.account_id as AccountId,
  account: row.account_number,
  subscriberId: row.subscriber_id as SubscriberId,
  userName: row.user_name,
  orderId: row.order_id as OrderId,
  device: row.device,
  usd: row.usd,
  at: instant(row.at_ms),
})
