import { type Instant, type Millis, millis, seconds } from '#core/time/time.ts'
import { ClockWentBack, type World } from '#engine/world.ts'
import { DatabaseAway, DatabaseBusy } from '#store/database/connection.ts'
import type { Chance } from './chance.ts'
import type { Node } from './nodes.ts'
import type { Life, Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'
import { Broken } from './trace.ts'

/** What is known of a request by the one who sends it, and not by the server. */
export interface About {
  readonly what: string
  readonly who: string
  /** The one-time value that it carries: of all that carry it, one is accepted at most. */
  readonly once?: string
  /** Events of which one has to stand in the log before it is answered with a yes. */
  readonly evidence?: {
    readonly kinds: readonly string[]
    readonly loginId?: string
    readonly subscriberId?: string
  }
  /** The login that a wrong answer is counted in. */
  readonly guesses?: string
}

/** The answer got lost, or the server could not give one. */
export type Lost = 'lost'

/** Carries requests to nodes, and answers back: late, twice, in another order, or not at all. */
export interface Network {
  send<T>(about: About, call: (world: World, now: Instant) => Promise<T>): Promise<T | Lost>
  /** Runs something on a node itself. */
  run(node: Node, what: string, work: () => Promise<void>): Promise<void>
  /** The node dies: what was asked of it is not answered. */
  kill(node: Node): void
}

interface Carrying {
  readonly schedule: Schedule
  readonly chance: Chance
  readonly nodes: readonly [Node, ...Node[]]
  readonly trace: Trace
  readonly hasFaults: () => boolean
  /** Looks at an answer before it leaves. */
  readonly answered: (node: Node, about: About, answer: unknown) => void
  /** What must not happen has. */
  readonly broken: (what: Broken) => void
}

/** What a node may answer with while its storage or its clock is out of order. */
const EXPECTED = [DatabaseAway, DatabaseBusy, ClockWentBack]

export function networkOf(carrying: Carrying): Network {
  const { schedule, chance, nodes, trace, answered, broken } = carrying
  const underWay = new Set<{ readonly life: Life; readonly lose: () => void }>()
  const travel = (): Millis => millis(chance.percent(10) ? chance.below(SLOW) : chance.below(200))

  async function outcomeOf<T>(work: () => Promise<T>, what: string): Promise<T | Lost> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Broken) broken(error)
      else if (!EXPECTED.some((one) => error instanceof one))
        broken(new Broken('answer', `${what}: ${error instanceof Error ? error.stack : 'thrown'}`))
      return 'lost'
    }
  }

  function handled<T>(node: Node, about: About, call: (world: World) => Promise<T>) {
    return new Promise<T | Lost>((resolve) => {
      const request = { life: node.life, lose: () => resolve('lost') }
      underWay.add(request)
      void schedule.begin(async () => {
        schedule.current()?.notes.set('seen', node.seen)
        const answer = await outcomeOf(() => call(node.world), about.what)
        trace.note(`${node.index} ${about.who} ${about.what}: ${told(answer)}`)
        answered(node, about, answer)
        underWay.delete(request)
        resolve(answer)
      }, node.life)
    })
  }

  return {
    async send(about, call) {
      const fate = carrying.hasFaults() ? chance.below(100) : 50
      const ask = async () => {
        await schedule.park(`${about.what} travels`, { after: travel() })
        const node = chance.pick(nodes)
        return await schedule.hold(handled(node, about, (world) => call(world, schedule.now())))
      }
      if (fate < 3) {
        await schedule.park(`${about.what} is lost`, { after: PATIENCE })
        return 'lost'
      }
      if (fate < 15) void schedule.begin(ask)
      const answer = await ask()
      await schedule.park(`${about.what} is answered`, { after: travel() })
      return fate > 95 ? 'lost' : answer
    },
    async run(node, what, work) {
      await schedule.begin(async () => {
        schedule.current()?.notes.set('seen', node.seen)
        await outcomeOf(work, what)
        trace.note(`${node.index} ${what}`)
      }, node.life)
    },
    kill(node) {
      node.life.isOver = true
      for (const request of underWay) {
        if (request.life !== node.life) continue
        underWay.delete(request)
        request.lose()
      }
    },
  }
}

const SLOW = seconds(20)
/** How long one waits for an answer before one tries again. */
const PATIENCE = seconds(15)

/** What an answer says, without what is in it. */
export function told(answer: unknown): string {
  if (answer === null || typeof answer !== 'object') return String(answer)
  if ('ok' in answer) return answer.ok ? 'yes' : String((answer as { problem?: string }).problem)
  return 'there'
}
