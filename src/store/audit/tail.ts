import type { SubscriberId } from '#core/ids.ts'
import type { Db } from '#store/database/open.ts'

/** What an event is about, by its number. */
export interface Stirred {
  readonly seq: number
  readonly subscriberId: SubscriberId | null
}

/** How many are read at once. */
export const STIRRED_MAX = 5_000

/**
 * The events behind this number, the lowest first; at most `STIRRED_MAX`. On PostgreSQL a lower
 * number can appear after a higher one (decision 0044).
 */
export async function listStirred(db: Db, after: number): Promise<readonly Stirred[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(['seq', 'subscriber_id'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(STIRRED_MAX)
    .execute()
  return rows.map(({ seq, subscriber_id }) => ({
    seq,
    subscriberId: subscriber_id as SubscriberId | null,
  }))
}
