import type { Selectable } from 'kysely'
import type { BackupId, RestorationId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { type Place, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { one } from '#store/queries/writes.ts'

/** That a database was restored. */
export interface Restoration {
  readonly id: RestorationId
  /** `null` where it was restored by other means than ours. */
  readonly backupId: BackupId | null
  readonly restoredAt: Instant
}

/** The one that was not fenced yet; `null` where there is none. */
export async function findUnfenced({ read }: Pick<Db, 'read'>): Promise<Restoration | null> {
  const row = await read
    .selectFrom('restoration')
    .select(['id', 'backup_id', 'restored_at_ms'])
    .where('fenced_at_ms', 'is', null)
    .orderBy('restored_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id as RestorationId,
    backupId: row.backup_id as BackupId | null,
    restoredAt: instant(row.restored_at_ms),
  }
}

/** The database was restored, and not fenced after that. */
export class DatabaseUnfenced extends Error {
  override readonly name = 'DatabaseUnfenced'
}

/**
 * How often the audit log went on under another name, because events were lost for good. A row that
 * an attacker has added has no proof, and gives the log no other name: what was signed under the
 * one that it has still counts (A22).
 */
export async function countRewinds(db: Db): Promise<number> {
  const rows = await db.read
    .selectFrom('restoration')
    .select(['id', 'rewound_to', 'rewound_proof'])
    .where('rewound_to', 'is not', null)
    .execute()
  return rows.filter((row) => isProven(db, row)).length
}

type Proven = Pick<Selectable<Tables['restoration']>, 'id' | 'rewound_to' | 'rewound_proof'>

function isProven(db: Db, { id, rewound_to: size, rewound_proof: proof }: Proven): boolean {
  if (proof === null) return false
  try {
    return unsealed(db, rewoundPlace(id), proof) === size
  } catch {
    return false
  }
}

export const rewoundPlace = (row: string): Place => ({
  table: 'restoration',
  column: 'rewound_proof',
  row,
})

/** Marks a copy as restored, before it stands where a server looks for it. */
export async function createRestoration(db: Db, made: Restoration): Promise<void> {
  await db.commit([one(db.write.insertInto('restoration').values(rowOf(made)))])
}

/** The same as a statement. */
export const restorationSql = ({ id, backupId, restoredAt }: Restoration): string =>
  `insert into restoration (id, backup_id, restored_at_ms)
    values ('${id}', '${String(backupId)}', ${restoredAt})`

export const rowOf = ({ id, backupId, restoredAt }: Restoration) => ({
  id,
  backup_id: backupId,
  restored_at_ms: restoredAt,
})
