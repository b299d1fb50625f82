import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type About, aboutIn } from '#engine/backup/about.ts'
import { opensWith } from '#engine/backup/seal.ts'
import type { Random } from '#core/ids.ts'
import { type Verified, verifyLog } from '#engine/audit/verify.ts'
import { instant } from '#core/time/time.ts'
import { type Keyring, openKeyring, unreadKeys } from '#engine/keyring/keyring.ts'
import { loadServerKeys } from '#engine/server-keys.ts'
import type { World } from '#engine/world.ts'
import { flawOf, newFolder, writePart } from '#store/backup/copies.ts'
import { readDump } from '#store/backup/dumps.ts'
import { openBackup } from '#store/backup/openings.ts'
import { openDatabase } from '#store/database/open.ts'
import { countSubscribers } from '#store/backup/figures.ts'

/** What needs no database of its own. */
export interface Reading {
  readonly keyring: Pick<Keyring, 'roots'>
  readonly random: Random
  readonly settings: Pick<World['settings'], 'issuer'>
}

export interface BackupVerified {
  readonly about: About
  /** How many clients it has; `null` where its database was not opened. */
  readonly clients: number | null
  /** What its audit log is; `null` likewise. */
  readonly log: Verified | null
}

/** The file opens, and what is in it is not whole. */
export class BackupFlawed extends Error {
  override readonly name = 'BackupFlawed'
}

/**
 * Reads a backup from end to end, and opens the database in it. That of PostgreSQL is read as for a
 * restore, and opened only where it is restored.
 *
 * @param beside a file on the disk that may hold the database in clear for a moment.
 * @throws BackupUnreadable, BackupNewer or BackupFlawed
 */
export async function verifyBackup(
  reading: Reading,
  { file, beside }: { readonly file: string; readonly beside?: string },
): Promise<BackupVerified> {
  let about: About | null = null
  const folder = await newFolder(beside === undefined ? tmpdir() : dirname(beside))
  const parts: string[] = []
  try {
    await openBackup(file, opensWith(reading.keyring.roots), {
      about: (json) => {
        about = aboutIn(json)
      },
      async part(name, bytes) {
        if (about?.database === 'postgres') return await readDump(bytes)
        await writePart(bytes, join(folder, name))
        parts.push(join(folder, name))
      },
    })
    const [database] = parts
    const opened = database === undefined ? NOT_OPENED : await looked(reading, [database, ...parts])
    return { about: about as unknown as About, ...opened }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const NOT_OPENED = { clients: null, log: null }

async function looked(
  { keyring: { roots }, random, settings }: Reading,
  [database = '', ...all]: readonly string[],
): Promise<Omit<BackupVerified, 'about'>> {
  for (const path of all) {
    const flaw = flawOf(path)
    if (flaw !== null) throw new BackupFlawed(flaw)
  }
  const read = unreadKeys()
  const db = await openDatabase({ url: `sqlite:${database}`, keys: read, random })
  try {
    const keyring = await openKeyring({ db, keys: read, roots, now: () => instant(0) })
    const serverKeys = await loadServerKeys(db, keyring)
    const log = await verifyLog({ db, serverKeys, settings }, { checkpoints: [] })
    return { clients: await countSubscribers(db), log }
  } finally {
    await db.close()
  }
}
