import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Kysely } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Random } from '#core/ids.ts'
import type { Connection } from '#store/database/connection.ts'
import { migrate, type Migrations } from '#store/database/migrate.ts'
import { openSqlite } from '#store/database/sqlite.ts'
import type { Words } from '#store/migrations/words.ts'

/**
 * The place for large files. It has a file and a thread of its own on SQLite, and connections of
 * its own on PostgreSQL, so that no login waits for a picture that arrives (0055).
 */
export interface Files {
  readonly random: Random
  /** Opened when it is first needed, with its tables; the same from then on. */
  connection(): Promise<FileConnection>
  /**
   * Whether a file may be begun: the last of the disk is for logins.
   *
   * @param times how often what is kept free for them has to be free; once, unless said otherwise.
   */
  hasRoom(times?: number): Promise<boolean>
  close(): Promise<void>
}

export interface FileConnection extends Pick<Connection, 'commitCounted' | 'close'> {
  readonly read: ReadonlyKysely<FileTables>
  readonly write: Pick<Kysely<FileTables>, 'insertInto' | 'updateTable' | 'deleteFrom'>
}

export interface FileTables {
  readonly file: {
    id: string
    begun_at_ms: number
    /** When its key was seen; `null` while it is not known whether it will ever have one. */
    settled_at_ms: number | null
  }
  readonly file_piece: {
    file_id: string
    piece: number
    /** Sealed with the key of the file. */
    bytes: Uint8Array
  }
}

export interface FilesOptions {
  /** Of the database beside which files lie. */
  readonly url: string
  /** Cryptographically strong: the keys of files come from it. */
  readonly random: Random
  /** How much of the disk is left free; 1 GiB, unless said otherwise. */
  readonly keptFreeBytes?: number
  /** Hears of connections that broke while they were idle. */
  readonly onError?: (error: Error) => void
}

export function filesBeside({
  url,
  random,
  keptFreeBytes = KEPT_FREE_BYTES,
  onError = ignore,
}: FilesOptions): Files {
  const path = url.startsWith('sqlite:') ? filePathOf(url.slice('sqlite:'.length)) : null
  let opening: Promise<FileConnection> | null = null
  const opened = async (): Promise<FileConnection> => {
    const connection =
      path === null
        ? (await postgres()).openPostgres({ url, poolSize: POOL_SIZE, onError })
        : // Without its key a piece is noise: it need not be overwritten.
          await openSqlite(path, { erases: false })
    try {
      await migrate(connection, FILE_MIGRATIONS, NAMES[connection.dialect])
    } catch (error) {
      await connection.close()
      throw error
    }
    // The same connection, to other tables.
    return connection as unknown as FileConnection
  }
  return {
    random,
    connection() {
      // One that failed is tried again by the next caller.
      opening ??= opened().catch((error: unknown) => {
        opening = null
        throw error
      })
      return opening
    },
    async hasRoom(times = 1) {
      // The disk of PostgreSQL is another machine's, and says so itself.
      if (path === null) return true
      const { bavail, bsize } = await statfs(dirname(path))
      return bavail * bsize >= keptFreeBytes * times
    },
    async close() {
      const connection = await opening?.catch(() => null)
      await connection?.close()
    },
  }
}

/** An installation on SQLite does without the driver. */
const postgres = async () => await import('#store/database/postgres.ts')

const KEPT_FREE_BYTES = 1_024 ** 3

/** Enough for a few that send at once; what comes beyond waits for its turn. */
const POOL_SIZE = 4

const ignore = (): void => undefined

/** `countersign.db` has its files in `countersign-files.db`. */
export const filePathOf = (path: string): string => path.replace(/(\.[^./\\]*)?$/, '-files$1')

/** In a file of its own nothing is called alike. */
const NAMES = {
  sqlite: {},
  postgres: {
    migrationTableName: 'file_migration',
    migrationLockTableName: 'file_migration_lock',
  },
} as const

const FILE_MIGRATIONS: Migrations = {
  '0001-files': ({ id, integer, bytes, strict }: Words): readonly string[] => [
    `create table file (
      id ${id} primary key,
      begun_at_ms ${integer} not null,
      settled_at_ms ${integer}
    )${strict}`,
    'create index file_unsettled on file (begun_at_ms) where settled_at_ms is null',
    `create table file_piece (
      file_id ${id} not null references file,
      piece ${integer} not null check (piece >= 0),
      bytes ${bytes} not null,
      primary key (file_id, piece)
    )${strict}`,
  ],
}
