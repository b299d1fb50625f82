import type { Account } from '#core/subscribers/account.ts'
import type { SubscriberId } from '#core/ids.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import type { RulesTable } from '#core/subscribers/jurisdiction.ts'
import { ACCOUNT, accountOf } from '#store/accounts/accounts.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { among, one } from '#store/queries/writes.ts'

/** The rules that the servers last started with, and how far clients are told of a change. */
export interface KeptRules {
  readonly table: RulesTable
  /** Those of before; `null` when all clients are told. */
  readonly before: RulesTable | null
  /** Clients up to this one are told. */
  readonly toldThrough: string
}

export async function findKeptRules(db: Db): Promise<Versioned<KeptRules> | null> {
  const row = await db.read
    .selectFrom('rules_table')
    .select(['version', 'body', 'before', 'told_through'])
    .executeTakeFirst()
  if (!row) return null
  const { body, before, told_through: toldThrough, version } = row
  // Written below, and by nothing else.
  const tableIn = (text: string) => JSON.parse(text) as RulesTable
  const value = {
    table: tableIn(body),
    before: before === null ? null : tableIn(before),
    toldThrough,
  }
  return { value, version }
}

/** Over the version that was read; `null` for the first. */
export function keptRulesWrite(
  db: Db,
  { table, before, toldThrough }: KeptRules,
  version: number | null,
): Write {
  const row = {
    version: (version ?? 0) + 1,
    body: textOf(table),
    before: before && textOf(before),
    told_through: toldThrough,
  }
  if (version === null) {
    const insert = db.write.insertInto('rules_table').values({ id: 1, ...row })
    return one(insert.onConflict((oc) => oc.doNothing()))
  }
  return one(db.write.updateTable('rules_table').set(row).where('version', '=', version))
}

/** One text for one table, whatever the order of its files. */
export const textOf = (table: RulesTable): string => canonicalJson(table as unknown as Json)

/** A client with accounts of their own, and who uses these beside them. */
export interface ClientWithAccounts {
  readonly users: readonly SubscriberId[]
  readonly accounts: readonly Versioned<Account>[]
}

/** The next clients after one, by their ids. */
export async function listClientsAfter(
  db: Db,
  after: string,
  most: number,
): Promise<ReadonlyMap<SubscriberId, ClientWithAccounts>> {
  const holders = await db.read
    .selectFrom('account')
    .select('subscriber_id')
    .distinct()
    .where('subscriber_id', '>', after)
    .orderBy('subscriber_id')
    .limit(atMost(most))
    .execute()
  const ids = holders.map((row) => row.subscriber_id as SubscriberId)
  const [accounts, others] = await Promise.all([
    db.read
      .selectFrom('account')
      .select(ACCOUNT)
      .where('subscriber_id', 'in', among(ids))
      .orderBy('id')
      .execute(),
    db.read
      .selectFrom('subscriber')
      .select(['id', 'primary_id'])
      .where('primary_id', 'in', among(ids))
      .orderBy('id')
      .execute(),
  ])
  const own = Map.groupBy(accounts, (row) => row.subscriber_id)
  const beside = Map.groupBy(others, (row) => row.primary_id)
  return new Map(
    ids.map((id) => [
      id,
      {
        users: [id, ...(beside.get(id) ?? []).map((row) => row.id as SubscriberId)],
        accounts: (own.get(id) ?? []).map((row) => ({
          value: accountOf(row),
          version: row.version,
        })),
      },
    ]),
  )
}
