import type { Channel } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant, type Millis, millis, minutes, seconds } from '#core/time/time.ts'
import { type Clock, steadyClock } from '#engine/operation/clock.ts'
import type { World } from '#engine/world.ts'
import type { Db } from '#store/database/open.ts'
import { memoryRateLimits } from '#store/server/rate-limits.ts'
import { memoryWakeUps } from '#store/server/wake-ups.ts'
import type { Chance } from './chance.ts'
import type { Ground } from './ground.ts'
import type { Bug } from './bugs.ts'
import type { Life, Schedule } from './schedule.ts'

/** Three nodes over one storage, each with a clock of its own; one may die at any moment. */
export interface Node {
  readonly index: number
  life: Life
  world: World
  clock: Clock
  /** How far its machine’s clock is from the true time. */
  offset: Millis
  /** The same while it is in order. */
  usual: Millis
  /** The latest time that it has read or learned, as one who watches knows it. */
  seen: Instant
}

export interface Nodes {
  readonly all: readonly Node[]
  /** It starts again with nothing in its memory. */
  restart(node: Node): void
}

export interface Letter {
  readonly id: string
  readonly channel: string
  readonly address: Json | null
  readonly payload: Json
}

interface Running {
  readonly ground: Ground
  readonly schedule: Schedule
  readonly chanceOf: (stream: string) => Chance
  readonly bug: Bug | null
  readonly dbOf: (node: Node) => Db
  /** A carrier has taken it. */
  readonly carried: (letter: Letter) => void
  readonly hasFaults: () => boolean
}

export function nodesOf(running: Running, count: number): Nodes {
  const all = Array.from({ length: count }, (_, index) => ({ index }) as Node)
  for (const node of all) {
    // Clocks of machines that are in order differ a little.
    node.offset = millis(running.chanceOf(`clock ${node.index}`).below(OFFSET_MAX) - OFFSET_MAX / 2)
    node.usual = node.offset
    start(running, node)
  }
  return { all, restart: (node) => start(running, node) }
}

const OFFSET_MAX = seconds(2)

function start(running: Running, node: Node): void {
  const { ground, schedule, bug } = running
  node.life = { isOver: false }
  const machine = (): number => {
    const read = instant(schedule.now() + node.offset)
    if (read > node.seen) node.seen = read
    return read
  }
  node.seen = instant(0)
  node.clock = bug?.clock?.(machine) ?? steadyClock(machine)
  const now = () => node.clock.now()
  const { bytes } = running.chanceOf(`node ${node.index}`)
  const channels = new Map(
    ['sms', 'email'].map((name) => [name, carrierOf(running, { node, name })]),
  )
  const world: World = {
    ...ground.world,
    db: running.dbOf(node),
    random: bytes,
    now,
    // What a process that died had taken is not held by another.
    passwords: { ...ground.world.passwords, admit: () => () => undefined },
    limits: memoryRateLimits(now),
    wakeUps: memoryWakeUps(),
    channels,
  }
  node.world = bug?.world?.(world) ?? world
}

/** A carrier that loses, repeats and delays what it was given, and does not always answer. */
function carrierOf(
  running: Running,
  { node, name }: { readonly node: Node; readonly name: string },
) {
  const chance = running.chanceOf(`carrier ${node.index} ${name}`)
  const channel: Channel = {
    name,
    retries: [seconds(10), minutes(1), minutes(5), minutes(15), minutes(60), minutes(240)],
    async deliver({ id, payload, address }) {
      await running.schedule.park(`${name} is asked`, { life: node.life })
      const drawn = running.hasFaults() ? chance.below(100) : 100
      if (drawn < 8) return { outcome: 'later', reason: 'away' }
      running.carried({ id, channel: name, address, payload })
      await running.schedule.park(`${name} answers`, { life: node.life })
      if (drawn < 12) return { outcome: 'later', reason: 'not heard' }
      return { outcome: 'sent' }
    },
  }
  return channel
}
