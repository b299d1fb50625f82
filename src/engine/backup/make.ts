import type { AgentId } from '#core/agent.ts'
import { type BackupId, newId } from '#core/ids.ts'
import { checkpointNow } from '#engine/audit/checkpoints.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { aboutNow } from '#engine/backup/about.ts'
import { sealWith } from '#engine/backup/seal.ts'
import { verifyBackup, type BackupVerified } from '#engine/backup/verify.ts'
import type { World } from '#engine/world.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { type Copied, sqliteCopies } from '#store/backup/copies.ts'
import { postgresDump } from '#store/backup/dumps.ts'
import { mustBeNew, writeNewFile } from '#store/backup/new-file.ts'
import { recordsOf } from '#store/backup/records.ts'
import { sealing } from '#store/backup/sealed-stream.ts'

export interface BackingUp {
  /** A file that is not there yet. */
  readonly to: string
  /** Of the database. */
  readonly url: string
  /** Who asks for it; `null` for a clock. */
  readonly by: AgentId | null
}

/**
 * Copies the database while it is in use, sealed with a key of the root key, which is not in the
 * copy. It is opened and read again before it gets its name.
 */
export async function makeBackup(
  world: World,
  { to, url, by }: BackingUp,
): Promise<BackupVerified & { readonly id: BackupId }> {
  const { db, random } = world
  await mustBeNew(to)
  const madeAt = world.now()
  const id = newId('bak', madeAt, random)
  const event = {
    kind: 'backup.made',
    subscriberId: null,
    actor: by === null ? ('system' as const) : (`operator:${by}` as const),
    backupId: id,
  } as const
  await db.commit(eventWrites(db, [event], madeAt))
  // So that what is signed in the copy holds all that was written down before.
  await sequenceNow(world)
  await checkpointNow(world)
  const copied = await copiedFrom(url)
  const about = aboutNow({ id, madeAt, database: db.dialect })
  let verified: BackupVerified | null = null
  try {
    const bytes = sealing(await sealWith(world), recordsOf(about, copied.parts))
    await writeNewFile({ to, random }, bytes, async (file) => {
      verified = await verifyBackup(world, { file, ...beside(url) })
    })
  } finally {
    await copied.remove()
  }
  if (verified === null) throw new Error('a backup got its name without having been read')
  return { ...(verified as BackupVerified), id }
}

async function copiedFrom(url: string): Promise<Copied> {
  return url.startsWith('sqlite:')
    ? await sqliteCopies(url.slice('sqlite:'.length))
    : { parts: [postgresDump(url)], remove: () => Promise.resolve() }
}

/** What is in clear for a moment stands where it stands in clear anyway. */
export const beside = (url: string): { readonly beside?: string } =>
  url.startsWith('sqlite:') ? { beside: url.slice('sqlite:'.length) } : {}
