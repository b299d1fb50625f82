import type { AuditSubject } from '#core/events/event.ts'
import type { Random } from '#core/ids.ts'
import type { Connection, Write } from '#store/database/connection.ts'
import type { Keys } from '#store/database/keys.ts'
import { openSqlite } from '#store/database/sqlite.ts'
import { inSpan } from '#tracing/spans.ts'

/** One database, and the keys that open what is sealed in it. */
export interface Db extends Connection {
  readonly keys: Keys
  readonly random: Random
  /** As `commitCounted`, for a caller that only wants to know whether it was written. */
  commit(writes: readonly Write[]): Promise<boolean>
  /** How many audit events of each kind this process has committed. */
  readonly committed: ReadonlyMap<string, number>
  /** What every commit through it is held to; see `heldTo`. */
  readonly terms?: CommitTerms
}

/** What all commits of one request have in common. */
export interface CommitTerms {
  /** Written with each of them; where one of these changes another number of rows, nothing is. */
  readonly rests: readonly Write[]
  /** Said by each of their audit events. */
  readonly said: Pick<AuditSubject, 'actor' | 'verified' | 'behalf'>
}

/** The same database, through which nothing is written but what holds to this. */
export function heldTo(db: Db, terms: CommitTerms): Db {
  const commitCounted: Db['commitCounted'] = async (writes) => {
    const rows = await db.commitCounted([...terms.rests, ...writes])
    return rows && rows.slice(terms.rests.length)
  }
  const commit: Db['commit'] = async (writes) => (await commitCounted(writes)) !== null
  return { ...db, commit, commitCounted, terms }
}

/** The same database, through which nothing is written at all. */
export const closedTo = (db: Db): Db => ({
  ...db,
  commit: () => Promise.resolve(false),
  commitCounted: () => Promise.resolve(null),
})

export interface DatabaseOptions {
  /** `sqlite:/path/to/file` or `postgres://…`. */
  readonly url: string
  readonly keys: Keys
  /** Cryptographically strong: nonces come from it. */
  readonly random: Random
  /** Connections to PostgreSQL; SQLite has one that reads and one that writes. */
  readonly poolSize?: number
  /** Hears of connections that broke while they were idle; the next use opens a new one. */
  readonly onError?: (error: Error) => void
}

/** Opens a database; `migrate` makes its tables. */
export async function openDatabase(options: DatabaseOptions): Promise<Db> {
  const { url, keys, random } = options
  const connection = await openConnection(options)
  if (!connection)
    throw new Error(`a database URL begins with sqlite: or postgres:, not ${url.slice(0, 9)}`)
  const committed = new Map<string, number>()
  const commitCounted: Connection['commitCounted'] = async (writes) => {
    const events = writes.flatMap(({ event }) => event ?? [])
    const rows = await inSpan('commit', { attributes: aboutCommit(url, events) }, async (span) => {
      const written = await connection.commitCounted(writes)
      span.setAttribute('countersign.committed', written !== null)
      return written
    })
    if (rows === null) return null
    for (const event of events) committed.set(event, (committed.get(event) ?? 0) + 1)
    return rows
  }
  const commit = async (writes: readonly Write[]): Promise<boolean> =>
    (await commitCounted(writes)) !== null
  return { ...connection, keys, random, commit, commitCounted, committed }
}

/** What a span tells of a commit: the kinds of its audit events, and nothing that is in them. */
const aboutCommit = (url: string, events: readonly string[]) => ({
  'db.system.name': url.startsWith('sqlite:') ? 'sqlite' : 'postgresql',
  'countersign.events': [...events],
})

async function openConnection({
  url,
  poolSize,
  onError,
}: DatabaseOptions): Promise<Connection | null> {
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length), { erases: true })
  if (!/^postgres(ql)?:\/\//.test(url)) return null
  // An installation on SQLite does without the driver.
  const { openPostgres } = await import('#store/database/postgres.ts')
  return openPostgres({ url, poolSize: poolSize ?? POOL_SIZE, onError: onError ?? ignore })
}

const POOL_SIZE = 16

const ignore = (): void => undefined
