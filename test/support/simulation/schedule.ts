import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { after, type Instant, instant, type Millis, millis } from '#core/time/time.ts'
import type { Chance } from './chance.ts'
import { underWay } from './threads.ts'

/**
 * Who goes on when. Everything that waits (a query, a commit, a request on its way, a text) is
 * parked here, and the seed says which one goes on next; until it waits again, or has ended,
 * nothing else moves. So the steps of three nodes come in an order that the seed alone decides.
 */
export interface Schedule {
  /** The true time, which no node knows. */
  readonly now: () => Instant
  /** Time passes without anything else happening. */
  advance(by: Millis): void
  /** Waits until it is chosen, and then forever where what it belongs to has died meanwhile. */
  park(what: string, options?: Parking): Promise<void>
  /** Waits for what another piece of work brings about. */
  hold<T>(awaited: Promise<T>): Promise<T>
  /** Begins a piece of work, and notes when it ends. */
  begin<T>(work: () => Promise<T>, life?: Life): Promise<T>
  /** Lets one that waits go on, and returns when everything waits again; `null` for none left. */
  step(): Promise<string | null>
  readonly waiting: number
  /** The work of this moment, so that what it does can be told apart. */
  readonly current: () => Work | undefined
}

/** A process that may die: what belongs to it never goes on. */
export interface Life {
  isOver: boolean
}

export interface Parking {
  /** It comes only after so long. */
  readonly after?: Millis
  readonly life?: Life
}

export interface Work {
  parked: number
  readonly life: Life | null
  /** Where it waited last. */
  last: string
  /** What others keep with it. */
  readonly notes: Map<string, number>
}

interface Parked {
  readonly what: string
  readonly dueAt: Instant
  readonly life: Life | null
  readonly work: Work | null
  readonly go: () => void
}

export function scheduleOf(chance: Chance, start: Instant): Schedule {
  let now = start
  let parked: Parked[] = []
  const all = new Set<Work>()
  const inside = new AsyncLocalStorage<Work>()

  /** Turns of the event loop until all that goes on waits: work in threads ends meanwhile. */
  async function settle(): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      await turn()
      if (underWay() === 0 && ![...all].some((work) => work.parked === 0)) return
      if (turns <= TURNS_MAX) continue
      const [lost] = [...all].filter(({ parked: waits }) => waits === 0)
      throw new Error(`what waited for "${lost?.last}" waits for what is not simulated`)
    }
  }

  function buryDead(): void {
    parked = parked.filter(({ life, work }) => {
      const isDead = life?.isOver || work?.life?.isOver
      if (isDead && work) all.delete(work)
      return !isDead
    })
  }

  function chosen(): Parked {
    const due = parked.filter(({ dueAt }) => dueAt <= now)
    if (due.length > 0) return due[chance.below(due.length)] as Parked
    const next = parked.reduce((one, other) => (other.dueAt < one.dueAt ? other : one))
    now = next.dueAt
    return next
  }

  const schedule: Schedule = {
    now: () => now,
    advance: (by) => {
      now = after(now, by)
    },
    async park(what, { after: later = millis(0), life } = {}) {
      const work = inside.getStore() ?? null
      if (work) {
        work.parked += 1
        work.last = what
      }
      await new Promise<void>((go) => {
        parked.push({ what, dueAt: after(now, later), life: life ?? null, work, go })
      })
      if (work) work.parked -= 1
    },
    async hold(awaited) {
      const work = inside.getStore() ?? null
      if (work) work.parked += 1
      try {
        return await awaited
      } finally {
        if (work) work.parked -= 1
      }
    },
    begin(run, life) {
      const work: Work = { parked: 0, life: life ?? null, last: 'its beginning', notes: new Map() }
      all.add(work)
      return inside.run(work, async () => {
        try {
          return await run()
        } finally {
          all.delete(work)
        }
      })
    },
    async step() {
      buryDead()
      // What was begun since the last step goes first, up to where it waits.
      await settle()
      if (parked.length === 0) return null
      now = instant(now + 1 + chance.below(STEP_MS_MAX))
      const one = chosen()
      parked.splice(parked.indexOf(one), 1)
      one.go()
      await settle()
      return one.what
    },
    get waiting() {
      return parked.length
    },
    current: () => inside.getStore(),
  }
  return schedule
}

const TURNS_MAX = 100_000
/** How long a step takes at most. */
const STEP_MS_MAX = 300
