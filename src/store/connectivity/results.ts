import { SHARED_FOR, type SharedResult } from '#core/connectivity/share.ts'
import type { Json } from '#core/json.ts'
import { before, type Instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { one } from '#store/queries/writes.ts'

export const resultPlace = (codeHash: string) => ({
  table: 'connectivity_result',
  column: 'body',
  row: codeHash,
})

/** @returns `false` where the code is taken. */
export async function addResult(db: Db, codeHash: string, result: SharedResult): Promise<boolean> {
  const body = sealed(db, resultPlace(codeHash), result as unknown as Json)
  const row = { code_hash: codeHash, made_at_ms: result.at, body }
  const added = db.write.insertInto('connectivity_result').values(row)
  return await db.commit([one(added.onConflict((oc) => oc.doNothing()))])
}

/** By any of the hashes that a code may stand under; `null` for none that still counts. */
export async function findResult(
  db: Db,
  codeHashes: readonly string[],
  now: Instant,
): Promise<SharedResult | null> {
  const row = await db.read
    .selectFrom('connectivity_result')
    .select(['code_hash', 'body'])
    .where('code_hash', 'in', codeHashes)
    .where('made_at_ms', '>', before(now, SHARED_FOR))
    .executeTakeFirst()
  return row
    ? (unsealed(db, resultPlace(row.code_hash), row.body) as unknown as SharedResult)
    : null
}
