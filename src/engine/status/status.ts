import { EVERYWHERE } from '#core/status/lateness.ts'
import type { StatusNotice } from '#core/status/notice.ts'
import {
  AWAY_AFTER,
  type HourSeen,
  SHOWN_DAYS,
  type Standing,
  WAYS,
} from '#core/status/subjects.ts'
import { after, before, days, type Instant, seconds } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { findNotice, listHours, listStandings } from '#store/status/status.ts'

/** What is late now, and what an operator tells. */
export interface StatusNow {
  readonly late: readonly Standing[]
  readonly notice: StatusNotice | null
}

export interface Status extends StatusNow {
  /** What is looked at here: a way that this installation has not is none. */
  readonly isWatched: (subject: string) => boolean
  readonly hours: readonly HourSeen[]
  /** Since when it is looked at; `null` where that begins. */
  readonly since: Instant | null
  /** Whether a node has looked just now. */
  readonly isFresh: boolean
}

/** What a login page tells. Nothing, where that cannot be read: a login does not fail for it. */
export const statusNow = remembered(
  async (world, at) =>
    await readNow(world, at).catch((): StatusNow => ({ late: [], notice: null })),
)

/** Read once for all pages of so many seconds. */
const KEPT = seconds(5)

function remembered<T>(read: (world: World, at: Instant) => Promise<T>) {
  const kept = new WeakMap<World['db'], { readonly at: Instant; readonly told: Promise<T> }>()
  return async (world: World): Promise<T> => {
    const at = world.now()
    const known = kept.get(world.db)
    if (known && at >= known.at && at < after(known.at, KEPT)) return await known.told
    const told = read(world, at)
    kept.set(world.db, { at, told })
    return await told
  }
}

async function readNow({ db }: Pick<World, 'db'>, at: Instant): Promise<StatusNow> {
  const [standings, notice] = await Promise.all([listStandings(db), findNotice(db, at)])
  // What was late when the last node looked is not told as what is late now.
  const late = standings.filter(
    ({ condition, seenAt }) => condition === 'late' && at < after(seenAt, AWAY_AFTER),
  )
  return { late, notice }
}

/** Everything that the status page tells. */
export const wholeStatus = remembered(async (world, at): Promise<Status> => {
  const { db, channels } = world
  const [now, standings, hours] = await Promise.all([
    readNow(world, at),
    listStandings(db),
    listHours(db, before(at, days(SHOWN_DAYS))),
  ])
  const mark = standings.find(
    ({ subject, place }) => subject === 'database' && place === EVERYWHERE,
  )
  return {
    ...now,
    hours,
    isWatched: (subject) => !CHANNELS.has(subject) || channels.has(subject),
    since: mark?.since ?? null,
    isFresh: mark !== undefined && at < after(mark.seenAt, AWAY_AFTER),
  }
})

const CHANNELS: ReadonlySet<string> = new Set(WAYS)
