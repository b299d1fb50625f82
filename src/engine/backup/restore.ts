import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type BackupId, newId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { type About, aboutIn } from '#engine/backup/about.ts'
import { BackupFlawed, type Reading } from '#engine/backup/verify.ts'
import { opensWith } from '#engine/backup/seal.ts'
import { unreadKeys } from '#engine/keyring/keyring.ts'
import { DATABASE, flawOf, newFolder, writePart } from '#store/backup/copies.ts'
import { putDump } from '#store/backup/dumps.ts'
import { mustBeNew, named, ThereAlready } from '#store/backup/new-file.ts'
import { openBackup } from '#store/backup/openings.ts'
import { createRestoration, type Restoration, restorationSql } from '#store/backup/restorations.ts'
import { filePathOf } from '#store/database/files.ts'
import { migrate } from '#store/database/migrate.ts'
import { openDatabase } from '#store/database/open.ts'
import { isEmpty } from '#store/backup/figures.ts'

export interface Restoring {
  readonly file: string
  /** Of a database in which nothing is. */
  readonly url: string
  readonly now: Instant
}

/** It was made of the other kind of database. */
export class BackupOfOther extends Error {
  override readonly name = 'BackupOfOther'
}

/**
 * Puts a backup where nothing is, marked as restored: until it is fenced nothing starts on it. All
 * of it is there afterwards, or nothing.
 *
 * @throws BackupUnreadable, BackupNewer, BackupFlawed, BackupOfOther or ThereAlready
 */
export async function restoreBackup(reading: Reading, restoring: Restoring): Promise<BackupId> {
  const { url } = restoring
  return url.startsWith('sqlite:')
    ? await intoFile(reading, restoring, url.slice('sqlite:'.length))
    : await intoPostgres(reading, restoring)
}

async function intoFile(reading: Reading, restoring: Restoring, path: string): Promise<BackupId> {
  for (const target of [path, `${path}-wal`, filePathOf(path)]) await mustBeNew(target)
  const folder = await newFolder(dirname(path))
  try {
    const names: string[] = []
    const { read, taken } = taking(restoring, 'sqlite')
    await openBackup(restoring.file, opensWith(reading.keyring.roots), {
      about: read,
      async part(name, bytes) {
        names.push(name)
        await writePart(bytes, join(folder, name))
      },
    })
    for (const name of names) {
      const flaw = flawOf(join(folder, name))
      if (flaw !== null) throw new BackupFlawed(flaw)
    }
    const restoration = taken(reading)
    await marked(reading, join(folder, DATABASE), restoration)
    // The database last: with it, it is restored.
    for (const name of names.toReversed())
      await named(join(folder, name), name === DATABASE ? path : filePathOf(path))
    return restoration.backupId
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function marked({ random }: Reading, path: string, restoration: Restoration): Promise<void> {
  const db = await openDatabase({ url: `sqlite:${path}`, keys: unreadKeys(), random })
  try {
    await migrate(db)
    await createRestoration(db, restoration)
  } finally {
    await db.close()
  }
}

async function intoPostgres(reading: Reading, restoring: Restoring): Promise<BackupId> {
  const { url } = restoring
  const { random } = reading
  const db = await openDatabase({ url, keys: unreadKeys(), random, poolSize: 1 })
  try {
    if (!(await isEmpty(db))) throw new ThereAlready('A table')
  } finally {
    await db.close()
  }
  const { read, taken } = taking(restoring, 'postgres')
  let id: BackupId | null = null
  await openBackup(restoring.file, opensWith(reading.keyring.roots), {
    about: read,
    async part(_name, bytes) {
      const restoration = taken(reading)
      id = restoration.backupId
      await putDump(bytes, { url, further: ['reset search_path', restorationSql(restoration)] })
    },
  })
  if (id === null) throw new BackupFlawed('it holds no dump')
  return id
}

/** What the backup says of itself, and the mark that follows from it. */
function taking({ now }: Restoring, kind: About['database']) {
  let about: About | null = null
  return {
    read(json: Parameters<typeof aboutIn>[0]) {
      about = aboutIn(json)
      if (about.database !== kind) throw new BackupOfOther(about.database)
    },
    taken({ random }: Reading): Restoration & { readonly backupId: BackupId } {
      if (about === null) throw new Error('nothing was read yet')
      return { id: newId('rst', now, random), backupId: about.id, restoredAt: now }
    },
  }
}
