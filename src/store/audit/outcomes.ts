import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { EVENT, eventOf, type WrittenEvent } from '#store/audit/audit.ts'
import type { Cursor } from '#store/audit/looks.ts'
import type { Db } from '#store/database/open.ts'
import { among } from '#store/queries/writes.ts'

interface Stretch {
  readonly kinds: readonly AuditEvent['kind'][]
  readonly until: Instant
}

/** Events of clients after a place in the log, the oldest first. */
export async function listStretch(
  db: Pick<Db, 'read'>,
  { kinds, until, after, limit }: Stretch & { readonly after: Cursor; readonly limit: number },
): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('kind', 'in', kinds)
    .where('at_ms', '>=', after.at)
    .where('at_ms', '<', until)
    .where('subscriber_id', 'is not', null)
    .where(({ or, eb }) => or([eb('at_ms', '>', after.at), eb('seq', '>', after.seq)]))
    .orderBy('at_ms')
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(eventOf)
}

/** What these clients did of these kinds, the oldest first. */
export async function listOfClients(
  db: Pick<Db, 'read'>,
  ids: readonly SubscriberId[],
  { kinds, from, until }: Stretch & { readonly from: Instant },
): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('subscriber_id', 'in', among(ids))
    .where('kind', 'in', kinds)
    .where('at_ms', '>=', from)
    .where('at_ms', '<=', until)
    .orderBy('at_ms')
    .orderBy('seq')
    .execute()
  return rows.map(eventOf)
}
