import type { Selectable } from 'kysely'
import type { Rereading } from '#core/audit/rereading.ts'
import type { Deed } from '#core/desk/deeds.ts'
import type { CaseId, MemberId, RereadingId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

const REREADING = [
  ...(['id', 'version', 'case_id', 'act', 'member_id', 'second_id'] as const),
  ...(['done_at_ms', 'state', 'reader_id', 'taken_at_ms'] as const),
] as const

export async function findRereading(db: Db, id: RereadingId): Promise<Versioned<Rereading> | null> {
  const row = await db.read
    .selectFrom('rereading')
    .select(REREADING)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? rereadingOf(row) : null
}

/** In one page. */
const WAITING_MAX = 100

/** Those that wait, the oldest first; at most 100 after this one, and none that is over. */
export async function listOpenRereadings(
  db: Db,
  last: RereadingId | null = null,
): Promise<readonly Versioned<Rereading>[]> {
  const rows = await db.read
    .selectFrom('rereading')
    .select(REREADING)
    .where('state', '=', 'open')
    .$if(last !== null, (query) => query.where('id', '>', last ?? ''))
    .orderBy('id')
    .limit(WAITING_MAX)
    .execute()
  return rows.map(rereadingOf)
}

export const rereadingInsert = (db: Db, value: Rereading): Write =>
  one(
    db.write.insertInto('rereading').values({
      id: value.id,
      version: 1,
      case_id: value.caseId,
      act: value.act,
      member_id: value.memberId,
      second_id: value.secondId,
      done_at_ms: value.doneAt,
      state: value.state,
      reader_id: value.readerId,
      taken_at_ms: value.takenAt,
    }),
  )

/** Who has it, or what was found, over the version that was read. */
export const rereadingWrite = (db: Db, { value, version }: Versioned<Rereading>): Write =>
  one(
    db.write
      .updateTable('rereading')
      .set({
        version: version + 1,
        state: value.state,
        reader_id: value.readerId,
        taken_at_ms: value.takenAt,
      })
      .where('id', '=', value.id)
      .where('version', '=', version),
  )

function rereadingOf(
  row: Pick<Selectable<Tables['rereading']>, (typeof REREADING)[number]>,
): Versioned<Rereading> {
  return {
    version: row.version,
    value: {
      id: row.id as RereadingId,
      caseId: row.case_id as CaseId,
      act: row.act as Deed,
      memberId: row.member_id as MemberId,
      secondId: row.second_id as MemberId | null,
      doneAt: instant(row.done_at_ms),
      state: row.state as Rereading['state'],
      readerId: row.reader_id as MemberId | null,
      takenAt: row.taken_at_ms === null ? null : instant(row.taken_at_ms),
    },
  }
}
