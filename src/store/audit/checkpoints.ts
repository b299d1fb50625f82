import type { Selectable } from 'kysely'
import { type Instant, instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import { any, one } from '#store/queries/writes.ts'

/** What was signed of the tree. */
export interface Checkpoint {
  readonly size: number
  /** Of the last event in it. */
  readonly seq: number
  readonly at: Instant
  /** A signed note, without what witnesses have signed. */
  readonly note: string
}

const CHECKPOINT = ['size', 'seq', 'at_ms', 'note'] as const

/** @returns `false` when one of this size is there already. */
export const createCheckpoint = (db: Db, { at, ...checkpoint }: Checkpoint): Promise<boolean> =>
  db.commit([
    one(
      db.write
        .insertInto('audit_checkpoint')
        .values({ ...checkpoint, at_ms: at })
        .onConflict((oc) => oc.doNothing()),
    ),
  ])

/** Checkpoints of at most this size, the largest first, at most `CHECKPOINTS_MAX`. */
export async function listLatestCheckpoints(
  db: Db,
  { upTo, limit }: { readonly upTo: number; readonly limit: number },
): Promise<readonly Checkpoint[]> {
  const rows = await db.read
    .selectFrom('audit_checkpoint')
    .select(CHECKPOINT)
    .where('size', '<=', upTo)
    .orderBy('size', 'desc')
    .limit(Math.min(limit, CHECKPOINTS_MAX))
    .execute()
  return rows.map(checkpointOf)
}

/** Checkpoints behind a size and up to another, the smallest first, at most `CHECKPOINTS_MAX`. */
export async function listCheckpoints(
  db: Db,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<readonly Checkpoint[]> {
  const rows = await db.read
    .selectFrom('audit_checkpoint')
    .select(CHECKPOINT)
    .where('size', '>', after)
    .where('size', '<=', upTo)
    .orderBy('size')
    .limit(CHECKPOINTS_MAX)
    .execute()
  return rows.map(checkpointOf)
}

/** What a witness has signed under a checkpoint, once and for all. */
export async function createCosignature(
  db: Db,
  cosignature: { readonly size: number; readonly witness: string; readonly line: string },
): Promise<void> {
  await db.commit([
    any(
      db.write
        .insertInto('audit_cosignature')
        .values(cosignature)
        .onConflict((oc) => oc.doNothing()),
    ),
  ])
}

/** The signature lines of witnesses under a checkpoint. */
export async function listCosignatures(db: Db, size: number): Promise<readonly string[]> {
  const rows = await db.read
    .selectFrom('audit_cosignature')
    .select('line')
    .where('size', '=', size)
    .orderBy('witness')
    .execute()
  return rows.map(({ line }) => line)
}

/** The last size, up to this one, that a witness has signed; 0 where there is none. */
export async function findLastCosigned(
  db: Db,
  { witness, upTo }: { readonly witness: string; readonly upTo: number },
): Promise<number> {
  const row = await db.read
    .selectFrom('audit_cosignature')
    .select('size')
    .where('witness', '=', witness)
    .where('size', '<=', upTo)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.size ?? 0
}

export const CHECKPOINTS_MAX = 500

const checkpointOf = ({ at_ms, ...row }: Selectable<Tables['audit_checkpoint']>): Checkpoint => ({
  ...row,
  at: instant(at_ms),
})
