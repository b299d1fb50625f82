import type { DatabaseKind, FigureId, Measured } from '../report/figures.ts'
import type { Place, Urls } from '../server/workspace.ts'
import { type Server, startServer } from '../server/server-process.ts'
import { hangUp } from '../load/browser.ts'

/** How much of everything: enough for a claim, or enough to see that it works. */
export interface Extent {
  readonly runs: number
  /** Of one run that goes by time. */
  readonly runMs: number
  /** Of logins before the first run: a server that has just started is not what clients meet. */
  readonly warmUpMs: number
  /** Clients who log in again and again. */
  readonly clients: number
  readonly phones: number
  /** Streams at the gateway, and sessions among theirs that end. */
  readonly streams: number
  readonly dropped: number
  /** Challenges of one run of pushes, and of answers. */
  readonly pushes: number
  readonly answers: number
  /** Answers by each method, and new phones, of one run. */
  readonly samples: number
  /** Calls to the desk of one run. */
  readonly calls: number
  /** Subscribers of the large database: the desk finds one, and `login.growth` compares with it. */
  readonly subscribers: number
}

export const FULL: Extent = {
  runs: 5,
  runMs: 5_000,
  warmUpMs: 30_000,
  clients: 500,
  phones: 5_000,
  streams: 5_000,
  dropped: 1_000,
  pushes: 1_000,
  answers: 2_000,
  samples: 1_000,
  calls: 500,
  subscribers: 1_000_000,
}

export const QUICK: Extent = {
  runs: 2,
  runMs: 1_500,
  warmUpMs: 3_000,
  clients: 100,
  phones: 500,
  streams: 500,
  dropped: 100,
  pushes: 100,
  answers: 500,
  samples: 100,
  calls: 50,
  subscribers: 20_000,
}

/** Clients of the house where it is measured, unless their number is what is measured. */
export const POPULATION = 10_000

/** What a measurement is given. */
export interface Bench {
  readonly place: Place
  readonly extent: Extent
  /** Which figures were asked for. */
  readonly wants: (...ids: readonly FigureId[]) => boolean
  /** One line for the person who waits. */
  readonly tell: (line: string) => void
}

/** One measurement may give several figures. */
export type Measure = (bench: Bench) => Promise<readonly Measured[]>

/** Servers on these databases, stopped when the work is done, however it ends. */
export async function withServers<T>(
  { place, ofSamples = false }: Pick<Bench, 'place'> & { readonly ofSamples?: boolean },
  urls: Urls,
  work: (servers: ReadonlyMap<DatabaseKind, Server>) => Promise<T>,
): Promise<T> {
  const servers = new Map<DatabaseKind, Server>()
  try {
    for (const [kind, url] of urls) servers.set(kind, await startServer(place, { url, ofSamples }))
    return await work(servers)
  } finally {
    for (const server of servers.values()) {
      hangUp(server.port)
      await server.stop()
    }
  }
}

export const withServer = async <T>(
  bench: Bench,
  url: string,
  work: (server: Server) => Promise<T>,
): Promise<T> =>
  await withServers(bench, [['sqlite', url]], async (servers) => {
    for (const server of servers.values()) return await work(server)
    throw new Error('no server')
  })

/** The address of the SQLite database among several. */
export function sqliteOf(urls: Urls): string {
  const found = urls.find(([kind]) => kind === 'sqlite')?.[1]
  if (found === undefined) throw new Error('SQLite is always there')
  return found
}

/** Collects the runs of each figure. */
export interface Gathering {
  add(id: FigureId, database: DatabaseKind | null, value: number): void
  readonly measured: () => readonly Measured[]
}

export function gathering(): Gathering {
  const all = new Map<string, { id: FigureId; database: DatabaseKind | null; runs: number[] }>()
  return {
    add(id, database, value) {
      const key = `${id} ${database}`
      const one = all.get(key) ?? { id, database, runs: [] }
      one.runs.push(value)
      all.set(key, one)
    },
    measured: () => [...all.values()],
  }
}

/** So many workers abreast until the time is up. @returns how often they did it, a second. */
export async function rateFor(
  { forMs, abreast }: { readonly forMs: number; readonly abreast: number },
  work: () => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now()
  const until = startedAt + forMs
  let done = 0
  const walk = async () => {
    while (performance.now() < until) {
      await work()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: abreast }, walk))
  return (done * 1_000) / (performance.now() - startedAt)
}

/** All of them, so many abreast. @returns how many a second. */
export async function rateOf<T>(
  all: readonly T[],
  abreast: number,
  work: (one: T) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now()
  const waiting = all.values()
  const walk = async () => {
    for (const one of waiting) await work(one)
  }
  await Promise.all(Array.from({ length: abreast }, walk))
  return (all.length * 1_000) / (performance.now() - startedAt)
}

/** Goes round and round. */
export function circling<T>(all: readonly T[]): () => T {
  let at = 0
  return () => {
    const one = all[at % all.length]
    if (one === undefined) throw new Error('no client to take turns')
    at += 1
    return one
  }
}
