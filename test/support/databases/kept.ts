import { once } from 'node:events'
import pg, { type Pool, type PoolConfig } from 'pg'
import { isEmptied, type Made, madeAt } from './emptied.ts'

/**
 * Databases of PostgreSQL that tests have given back, with their connections. To make a database,
 * to connect to it and to plan each statement for the first time takes most of the time of a test:
 * the next one finds the database as it was made, and connections that know the statements.
 */
export interface Kept {
  readonly name: string
  readonly url: string
  readonly made: Made
  /** Of worlds that are closed. */
  readonly pools: Pool[]
  /** How many pools worlds have that are open. */
  lent: number
}

/** By the address that a world opens. */
const kept = new Map<string, Kept>()
/** Those whose test is over. */
const returned = new Set<Kept>()
const PlainPool = pg.Pool

/** What is asked here of whatever database the driver connects to. */
pg.Pool = new Proxy(PlainPool, {
  construct(_target, [config]: [PoolConfig]) {
    const database = kept.get(config.connectionString ?? '')
    return database && config.statement_timeout ? lent(database, config) : new PlainPool(config)
  },
})

/** From now on the connections of a world that is closed are kept for the next one. */
export async function keep(name: string, url: string): Promise<Kept> {
  const pool = new PlainPool({ connectionString: url, max: 1 })
  const database: Kept = { name, url, made: await madeAt(pool), pools: [], lent: 0 }
  await pool.end()
  kept.set(url, database)
  return database
}

export function giveBack(database: Kept): void {
  returned.add(database)
}

/**
 * A database that is as it was made.
 *
 * @param drop of one that its test has altered or filled
 * @returns `null` where none is free: connections of a test may end after it
 */
export async function emptied(drop: (database: Kept) => Promise<void>): Promise<Kept | null> {
  for (const database of returned) {
    const [pool] = database.pools
    if (!pool || (await isInUse(database, pool))) continue
    returned.delete(database)
    if (await isEmptied(pool, database.made)) return database
    await letGo(database)
    await drop(database)
  }
  return null
}

/** Closes all that is kept. @returns the databases, which are to be dropped */
export async function letAllGo(): Promise<readonly Kept[]> {
  const all = [...kept.values()]
  for (const database of all) await letGo(database)
  return all
}

async function letGo({ pools, url }: Kept): Promise<void> {
  kept.delete(url)
  await Promise.all(pools.map(async (pool) => await pool.end()))
}

async function isInUse({ pools, lent }: Kept, pool: Pool): Promise<boolean> {
  if (lent > 0) return true
  const { rows } = await pool.query<{ readonly open: number }>(OPEN)
  const ours = pools.reduce((sum, { totalCount }) => sum + totalCount, 0)
  return (rows[0]?.open ?? 0) > ours
}

const OPEN = `select count(*)::int as open from pg_stat_activity where datname = current_database()`

/** What a world has for a pool: at its end the connections stay, for the next one. */
function lent(database: Kept, config: PoolConfig): Pool {
  const at = database.pools.findIndex(({ options }) => options.max === config.max)
  const pool = database.pools.splice(at, at < 0 ? 0 : 1)[0] ?? lasting(config)
  const heard: Hears[] = []
  let isOver = false
  database.lent += 1
  const hear = (_event: 'error', listener: Hears) => {
    heard.push(listener)
    pool.on('error', listener)
  }
  const end = async () => {
    isOver = true
    while (pool.idleCount < pool.totalCount || pool.waitingCount > 0) await once(pool, 'release')
    for (const listener of heard) pool.off('error', listener)
    database.pools.push(pool)
    database.lent -= 1
  }
  return new Proxy(pool, {
    get(_pool, key) {
      if (key === 'on') return hear
      if (key === 'end') return end
      if (isOver) throw new Error('Cannot use a pool after calling end on the pool')
      const value: unknown = Reflect.get(pool, key)
      return typeof value === 'function' ? value.bind(pool) : value
    },
  })
}

type Hears = (error: Error) => void

/** It keeps no process alive while nothing is asked, and a connection that ends is no fault. */
function lasting(config: PoolConfig): Pool {
  const pool = new PlainPool({ ...config, allowExitOnIdle: true, idleTimeoutMillis: 0 })
  pool.on('error', () => undefined)
  return pool
}
