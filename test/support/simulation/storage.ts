import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type CompiledQuery, type DatabaseConnection, type Driver, Kysely } from 'kysely'
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import {
  type Connection,
  DatabaseAway,
  DatabaseBusy,
  kept,
  type Write,
} from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { committer } from '#store/database/sqlite-writer.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Chance } from './chance.ts'
import type { Life, Schedule } from './schedule.ts'

/**
 * One SQLite database that three nodes share, with the commits of the product. Each query and each
 * commit waits for its turn, and the storage may refuse it, or keep its answer.
 */
export interface Storage {
  /** Everything is as it was before the first step. */
  reset(): void
  /** What a node has in its hands. */
  connectionOf(node: StoringNode): Connection
  /** For one who looks and takes part in nothing. */
  rows(sql: string, ...parameters: readonly SQLInputValue[]): readonly object[]
  /** What a party does that has the file itself in its hands. */
  tamper(sql: string): void
  close(): void
}

/** Faults of the storage, in a thousand of the commits; reads fail a tenth as often. */
export interface StorageFaults {
  readonly refused: number
  readonly conflict: number
  readonly away: number
  /** It is written, and the caller does not hear of it. */
  readonly unheard: number
}

export interface StoringNode {
  readonly schedule: () => Schedule
  readonly life: () => Life
  readonly chance: () => Chance
  readonly faults: () => StorageFaults
  /** What was changed at the storage, by a bug that was planted; as it is without one. */
  readonly bent: (writes: readonly Write[]) => readonly Write[]
  /** It says that it has written before it has. */
  readonly isEarly: boolean
  /** Hears of each commit that is written. */
  readonly wrote: (writes: readonly Write[]) => void
}

/** @param template a database file with all tables in it, and the keys of the server. */
export function storageFrom(template: string): Storage {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-simulation-'))
  const file = join(folder, 'shared.db')
  let database = opened()
  let commit = committer(database)

  function opened(): DatabaseSync {
    copyFileSync(template, file)
    const made = new DatabaseSync(file)
    // What survives a loss of power is tested elsewhere; here a process dies, and the file stays.
    made.exec('pragma journal_mode = memory; pragma synchronous = off; pragma foreign_keys = on')
    return made
  }

  const prepared = new Map<string, StatementSync>()
  const all = (sql: string, parameters: readonly unknown[]) =>
    kept(prepared, sql, () => database.prepare(sql)).all(
      ...(parameters as readonly SQLInputValue[]),
    )

  function written(writes: readonly Write[]): readonly number[] | null {
    const [reply] = commit([{ id: 0, writes }])
    if (!reply) throw new Error('no reply')
    const { result } = reply
    if ('error' in result) throw new Error(result.error)
    return result.counts
  }

  function connectionOf(node: StoringNode): Connection {
    async function turn(what: string): Promise<void> {
      await node.schedule().park(what, { life: node.life() })
    }
    async function read(sql: string, parameters: readonly unknown[]) {
      await turn('read')
      const { away } = node.faults()
      if (away > 0 && node.chance().below(10_000) < away) throw new DatabaseAway('not reached')
      return all(sql, parameters)
    }
    /** A bug: the answer comes before what it says. */
    function early(writes: readonly Write[]): readonly number[] {
      void node.schedule().begin(async () => {
        await turn('written later')
        if (written(writes) !== null) node.wrote(writes)
      })
      return writes.map(({ rows }) => rows ?? 0)
    }
    const connection: DatabaseConnection = {
      executeQuery: async ({ sql, parameters }: CompiledQuery) =>
        ({ rows: await read(sql, parameters) }) as never,
      streamQuery: () => {
        throw new Error('no query is streamed')
      },
    }
    return {
      dialect: 'sqlite',
      read: new Kysely<Tables>({ dialect: dialectOver(connection) }) as never,
      ask: async ({ sql, parameters }) => (await read(sql, parameters)) as never,
      write: new Kysely<Tables>({ dialect: dialectOver(connection) }),
      async commitCounted(writes) {
        await turn('commit')
        const { refused, conflict, away, unheard } = node.faults()
        const drawn = node.chance().below(1_000)
        if (drawn < refused) throw new DatabaseBusy('refused')
        if (drawn < refused + conflict) return null
        if (drawn < refused + conflict + away) throw new DatabaseAway('not reached')
        const bent = node.bent(writes)
        if (node.isEarly) return early(bent)
        const counts = written(bent)
        if (counts !== null) node.wrote(bent)
        await turn('committed')
        if (drawn >= 1_000 - unheard) throw new DatabaseAway('not heard')
        return counts
      },
      writersOf: () => Promise.resolve([]),
      lastDrawn: () => Promise.resolve(null),
      alter: () => Promise.reject(new Error('tables do not change here')),
      close: () => Promise.resolve(),
    }
  }

  return {
    reset() {
      prepared.clear()
      database.close()
      database = opened()
      commit = committer(database)
    },
    connectionOf,
    rows: (sql, ...parameters) => all(sql, parameters),
    tamper: (sql) => database.exec(sql),
    close() {
      database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A database as use cases have it, over a connection of ours. */
export const databaseOver = (connection: Connection, sealing: Pick<Db, 'keys' | 'random'>): Db => ({
  ...connection,
  ...sealing,
  commit: async (writes) => (await connection.commitCounted(writes)) !== null,
  committed: new Map(),
})

/** Kysely lets one query after the other to a file; here each waits for the seed to choose it. */
class SharedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

/** Queries of one node at the same time wait each for itself, as they would on a network. */
function dialectOver(connection: DatabaseConnection) {
  const driver: Driver = {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    beginTransaction: () => Promise.reject(new Error('no transaction is held open')),
    commitTransaction: () => Promise.resolve(),
    rollbackTransaction: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  }
  return {
    createDriver: () => driver,
    createAdapter: () => new SharedAdapter(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
