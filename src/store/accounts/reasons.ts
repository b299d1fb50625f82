import type { AccountId, ReasonId } from '#core/ids.ts'
import type { Reason } from '#core/subscribers/jurisdiction.ts'
import { instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost } from '#store/queries/prepared.ts'
import { one } from '#store/queries/writes.ts'

/** Why the back office has said where an account belongs: the words whose digest the log holds. */
export const reasonWrites = (db: Pick<Db, 'write'>, reasons: readonly Reason[]): readonly Write[] =>
  reasons.map(({ id, accountId, words, salt, at }) =>
    one(
      db.write
        .insertInto('placing_reason')
        .values({ id, account_id: accountId, words, salt, at_ms: at }),
    ),
  )

/** Of one account, the oldest first. */
export async function listReasons(db: Db, accountId: AccountId): Promise<readonly Reason[]> {
  const rows = await db.read
    .selectFrom('placing_reason')
    .select(['id', 'words', 'salt', 'at_ms'])
    .where('account_id', '=', accountId)
    .orderBy('id')
    .limit(atMost(REASONS_MAX))
    .execute()
  return rows.map(({ id, words, salt, at_ms: at }) => ({
    id: id as ReasonId,
    accountId,
    words,
    salt,
    at: instant(at),
  }))
}

/** More than any account moves. */
const REASONS_MAX = 1_000
