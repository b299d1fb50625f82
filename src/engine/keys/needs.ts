import type { AuthenticatorId } from '#core/ids.ts'
import type { ManagedKey } from '#core/keys/key.ts'
import { findLatestSigned, logSigner } from '#engine/audit/checkpoints.ts'
import { checkpointIn, isOfLog } from '#engine/audit/tree-head.ts'
import type { World } from '#engine/world.ts'
import { countSubscriptions, isJudgedAgain } from '#store/keys/needs.ts'
import { SEALED, type SealedColumn } from '#store/keys/sealed-columns.ts'
import { findSealed, listSealed, openedText, type RowKey } from '#store/keys/sealed-rows.ts'

/** How many rows are read at once. */
const BATCH = 500

/** How many rows need an old key; `null` for a key of which no row tells. */
export async function countNeeds(world: World, key: ManagedKey): Promise<number | null> {
  if (key.state !== 'old') return null
  switch (key.kind) {
    case 'root':
      return world.keyring.all().filter(({ wrappedWith }) => wrappedWith === `file:${key.id}`)
        .length
    case 'sealing':
      return await countSealed(world, key.id)
    case 'pepper':
      return await countPeppered(world, key.id)
    case 'vapid':
      return await countSubscriptions(world.db, key.id)
    case 'audit':
      return await countUnsigned(world)
    default:
      return null
  }
}

async function countSealed(world: World, version: number): Promise<number> {
  let count = 0
  for (const column of SEALED) {
    for await (const row of rowsOf(world, column)) if (row.version === version) count += 1
  }
  return count
}

/** Hashes stand in what is sealed; each of them names its pepper. */
async function countPeppered(world: World, pepper: number): Promise<number> {
  let count = 0
  for (const column of SEALED) {
    if (column.isOfBytes) continue
    for await (const { key } of rowsOf(world, column)) {
      const bytes = await findSealed(world.db, column, key)
      if (!bytes) continue
      if (!mayHold(world, { column, key, bytes }, pepper)) continue
      const id = column.table === 'authenticator' ? (key[0] as AuthenticatorId) : null
      if (id === null || (await isJudgedAgain(world.db, id, world.now()))) count += 1
    }
  }
  return count
}

/** The latest checkpoint, where only an old key has signed it: the log is held against it. */
async function countUnsigned(world: World): Promise<number> {
  const latest = await findLatestSigned(world)
  const note = latest && checkpointIn(latest.note)
  return note && !isOfLog(note, [logSigner(world).verifier]) ? 1 : 0
}

interface Held {
  readonly column: SealedColumn
  readonly key: RowKey
  readonly bytes: Uint8Array
}

/** What cannot be opened, and may be put back from a backup, may hold a hash. */
function mayHold({ db, passwords }: World, { bytes, ...row }: Held, pepper: number): boolean {
  try {
    const hashes = [...openedText(db, row, bytes).matchAll(HASHES)]
    return hashes.some(([hash]) => passwords.pepperOf(hash) === pepper)
  } catch {
    return true
  }
}

const HASHES = /\$argon2id\$[^"\\]*/g

async function* rowsOf({ db }: World, column: SealedColumn) {
  let after: RowKey | null = null
  for (;;) {
    const rows = await listSealed(db, column, { after, limit: BATCH })
    yield* rows
    after = rows.at(-1)?.key ?? null
    if (rows.length < BATCH || !after) return
  }
}
