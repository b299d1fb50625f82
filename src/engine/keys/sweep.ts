import type { World } from '#engine/world.ts'
import { SEALED } from '#store/keys/sealed-columns.ts'
import { findSealed, listSealed, resealWrite, type RowKey } from '#store/keys/sealed-rows.ts'
import type { Write } from '#store/database/connection.ts'
import { after as later, type Instant, minutes } from '#core/time/time.ts'

/** How many rows are looked at, and sealed anew, in one piece. */
const LOOKED_AT = 200
const WRITTEN = 25
/** How many pieces of work are done before others have their turn. */
const PIECES = 20
/** A node that was late may have sealed with the old key after the sweep went by. */
const SWEEP_AGAIN_AFTER = minutes(5)

/**
 * Seals with the current key what an older one has sealed, a few rows at a time, as long as there
 * is an older one. It can end after any row: what is done is done, and the next start goes over the
 * rest. Several nodes may do it at once, and beside any login: a row is written only over the bytes
 * that were read.
 */
export function sweeper(
  world: World,
  broken: (column: string) => void = () => {},
): (signal?: AbortSignal) => Promise<void> {
  let at: Position | null = null
  let restUntil: Instant | null = null
  let turn = 0
  return async (signal) => {
    const { keyring } = world
    if (keyring.turn() !== turn) {
      turn = keyring.turn()
      ;[at, restUntil] = [null, null]
    }
    const isDue = keyring.opened('sealing').some(({ state }) => state === 'old')
    if (!isDue || (restUntil !== null && world.now() < restUntil)) return
    at ??= { column: 0, after: null }
    for (let piece = 0; piece < PIECES && !signal?.aborted; piece += 1) {
      at = await sweepPiece(world, at, broken)
      if (at) continue
      restUntil = later(world.now(), SWEEP_AGAIN_AFTER)
      return
    }
  }
}

interface Position {
  readonly column: number
  readonly after: RowKey | null
}

async function sweepPiece(
  { db, keyring }: World,
  { column: index, after }: Position,
  broken: (column: string) => void,
): Promise<Position | null> {
  const column = SEALED[index]
  if (!column) return null
  const current = keyring.opened('sealing').find(({ state }) => state === 'active')?.id
  const rows = await listSealed(db, column, { after, limit: LOOKED_AT })
  const older = rows.filter(({ version }) => version !== 0 && version !== current)
  for (let from = 0; from < older.length; from += WRITTEN) {
    const writes: Write[] = []
    for (const { key } of older.slice(from, from + WRITTEN)) {
      const bytes = await findSealed(db, column, key)
      if (!bytes) continue
      try {
        writes.push(resealWrite(db, { column, key }, bytes))
      } catch {
        // It cannot be opened, and so not be sealed anew: the others can.
        broken(`${column.table}.${column.column}`)
      }
    }
    if (writes.length > 0) await db.commit(writes)
  }
  const last = rows.at(-1)
  return rows.length === LOOKED_AT && last
    ? { column: index, after: last.key }
    : { column: index + 1, after: null }
}
