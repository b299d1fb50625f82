import { days, hours, instant, type Millis, millis, minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { succeedDue } from '#engine/devices/migration.ts'
import { abandonedLogins } from '#engine/login/abandoned.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { ClockWentBack } from '#engine/world.ts'
import { keepClock, keepLog } from '#engine/operation/jobs.ts'
import { codeIn } from '#methods/sms-code/sample.ts'
import { attacks, lives } from './acts/plot.ts'
import type { Bug } from './bugs.ts'
import { type Chance, chanceOf } from './chance.ts'
import type { Ground } from './ground.ts'
import { networkOf } from './network.ts'
import { type Letter, type Node, nodesOf } from './nodes.ts'
import { emailOf, type Person, personOf } from './acts/people.ts'
import { scheduleOf } from './schedule.ts'
import { databaseOver } from './storage.ts'
import { Broken, newTrace, type Trace } from './trace.ts'
import { type Seen, watchOver } from './watch.ts'

/** One run: everything in it follows from its seed. */
export interface Outcome {
  readonly seed: number
  readonly steps: number
  readonly broken: Broken | null
  readonly digest: string
  readonly trace: Trace
  readonly seen: Seen
}

export interface Running {
  readonly bug?: Bug | null
  readonly steps?: number
}

const STEPS = 700
const ACTS_MAX = 4
const FAULTS = { refused: 4, conflict: 8, away: 4, unheard: 10 } as const
const CALM = { refused: 0, conflict: 0, away: 0, unheard: 0 } as const

export async function ran(ground: Ground, seed: number, running: Running = {}): Promise<Outcome> {
  const { bug = null, steps: most = STEPS } = running
  const { storage } = ground
  storage.reset()
  const trace = newTrace()
  const chances = new Map<string, Chance>()
  const chance = (stream: string): Chance => {
    const made = chances.get(stream) ?? chanceOf(seed, stream)
    chances.set(stream, made)
    return made
  }
  const plot = chance('plot')
  const schedule = scheduleOf(chance('schedule'), instant(ground.start + plot.below(hours(20))))
  const isOfClocks = plot.percent(40)
  const people = ground.clients.map((one) => personOf(one)) as [Person, ...Person[]]
  const watch = watchOver(storage, people)
  const letters: Letter[] = []
  let broken: Broken | null = null
  let isCalm = false
  const breaks = (what: unknown): void => {
    if (!(what instanceof Broken)) throw what
    broken ??= what
  }
  const looked = (look: () => void): void => {
    try {
      look()
    } catch (error) {
      breaks(error)
    }
  }

  const nodes = nodesOf(
    {
      ground,
      schedule,
      chanceOf: chance,
      bug,
      hasFaults: () => !isCalm,
      carried: (letter) => void carried(letter),
      dbOf: (node) =>
        databaseOver(
          storage.connectionOf({
            schedule: () => schedule,
            life: () => node.life,
            chance: () => chance(`storage ${node.index}`),
            faults: () => (isCalm ? CALM : FAULTS),
            bent: bug?.bent ?? ((writes) => writes),
            isEarly: bug?.isEarly ?? false,
            wrote(writes) {
              const notes = schedule.current()?.notes
              const since = notes?.get('seen') ?? null
              trace.note(`${node.index} wrote ${writes.map(({ event }) => event ?? '.').join(' ')}`)
              looked(() => watch.committed(writes, { since, address: notes?.get('address') }))
            },
          }),
          { keys: ground.world.keys, random: chance(`node ${node.index}`).bytes },
        ),
    },
    NODES,
  )
  const [first] = nodes.all
  if (!first) throw new Error('no nodes')
  const network = networkOf({
    schedule,
    chance: chance('network'),
    nodes: nodes.all as [Node, ...Node[]],
    trace,
    hasFaults: () => !isCalm,
    broken: breaks,
    answered: (node, about, answer) => looked(() => watch.answered(node, about, answer)),
  })
  const players = {
    stage: {
      schedule,
      network,
      chance: chance('people'),
      watch,
      slow: isOfClocks ? 35 : 12,
      passes: timePasses,
    },
    key: ground.key,
  }

  /** A carrier delivers late, or twice, to the one whose address it is. */
  async function carried(letter: Letter): Promise<void> {
    const fate = chance('carriers')
    if (!isCalm && fate.percent(4)) return void (letter.channel === 'email' && letters.push(letter))
    const wait = fate.percent(15) ? millis(fate.below(minutes(7))) : millis(fate.below(4_000))
    const copies = fate.percent(5) ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1)
      void schedule.begin(async () => {
        await schedule.park('a letter travels', { after: wait })
        letters.push(letter)
        if (letter.channel !== 'sms') return
        const code = codeIn(letter.payload)
        const person = people.find(({ number }) => JSON.stringify(letter.address).includes(number))
        if (code === '' || !person) return
        watch.secret('a code', code)
        person.inbox.push({ code, at: schedule.now() })
      })
  }

  const busy = new Set<string>()
  function work(node: Node, name: string, job: () => Promise<void>): void {
    const key = `${name} ${node.index}`
    if (busy.has(key)) return
    busy.add(key)
    const { life } = node
    void network.run(node, name, job).then(() => busy.delete(key))
    ends.set(life, [...(ends.get(life) ?? []), key])
  }
  /** A node that died has no job under way. */
  const ends = new Map<object, readonly string[]>()

  function jobOf(node: Node, which: number): void {
    const { world, clock } = node
    const report = () => undefined
    const [name, job] = (
      [
        ['outbox', () => deliverDue(world, report)],
        ['notices', () => noticeDue(world)],
        ['succession', () => succeedDue(world)],
        ['clock', () => keepsClock(node)],
        ['log', () => logs(node)],
        ['unanswered', () => abandonedLogins(world)()],
      ] as const
    )[which % 6] as readonly [string, () => Promise<void>]
    void clock
    work(node, name, job)
  }
  async function keepsClock(node: Node): Promise<void> {
    const [row] = storage.rows('select at_ms from clock_mark') as readonly {
      readonly at_ms: number
    }[]
    await keepClock(node.world, node.clock)
    node.seen = instant(Math.max(node.seen, row?.at_ms ?? 0))
  }
  const logs = async (node: Node): Promise<void> =>
    await keepLog(node.world, { places: [], report: () => undefined })(new AbortController().signal)

  function dies(node: Node): void {
    trace.note(`${node.index} dies`)
    network.kill(node)
    for (const key of ends.get(node.life) ?? []) busy.delete(key)
    nodes.restart(node)
    work(node, 'clock', () => keepsClock(node))
  }

  let acts = 0
  function act(): void {
    acts += 1
    const person = plot.pick(people)
    const done = schedule.begin(() =>
      plot.percent(40) ? attacks(players, person, plot) : lives(players, person, plot),
    )
    void done.catch(breaks).finally(() => (acts -= 1))
  }

  function movesAddress(): void {
    const person = plot.pick(people)
    person.emailCount += 1
    const count = person.emailCount
    const value = emailOf(person, count)
    const { subscriberId } = person
    const about = {
      what: 'address',
      who: 'operator',
      evidence: { kinds: ['contact.set'], subscriberId },
    }
    void schedule
      .begin(async () => {
        const set = { subscriberId, kind: 'email', value, by: 'operator' } as const
        await network.send(about, async (world) => {
          // The row is sealed: one who watches learns here which address it is.
          schedule.current()?.notes.set('address', count)
          return await setContact(world, set)
        })
      })
      .catch(breaks)
  }

  /** And then, it may be, the machines are told a time of before, and each has seen a later one. */
  function timePasses(by: Millis): void {
    schedule.advance(by)
    if (!isOfClocks || isCalm || plot.percent(40)) return
    const back = plot.pick(CLOCK_FAULTS)
    for (const node of nodes.all) {
      isInTime(node)
      clockGoesWrong(node, { by: back, for: seconds(20) })
    }
  }

  /** A node looks at its clock, as any request has it do. */
  function isInTime({ world }: Node): boolean {
    try {
      return world.now() > 0
    } catch (error) {
      if (error instanceof ClockWentBack) return false
      throw error
    }
  }

  function clockGoesWrong(
    node: Node,
    { by, for: most }: { readonly by: number; readonly for: Millis },
  ): void {
    node.offset = seconds(by)
    trace.note(`${node.index} is ${node.offset} off`)
    void schedule.begin(async () => {
      await schedule.park('a clock is set right', { after: millis(plot.below(most)) })
      node.offset = node.usual
      trace.note(`${node.index} is right`)
    })
  }

  let steps = 0
  async function step(): Promise<boolean> {
    const what = await schedule.step()
    steps += 1
    looked(() => watch.look())
    if (bug?.tampers && plot.percent(1)) bug.tampers(storage)
    return what !== null
  }
  while (steps < most && broken === null) {
    if (acts < ACTS_MAX && plot.percent(8)) act()
    else if (plot.below(300) === 0) timePasses(minutes(plot.pick(WAITS)))
    else if (plot.below(200) === 0) dies(plot.pick(nodes.all as [Node, ...Node[]]))
    else if (isOfClocks && plot.below(50) === 0)
      clockGoesWrong(plot.pick(nodes.all as [Node, ...Node[]]), {
        by: plot.pick(CLOCK_FAULTS),
        for: minutes(2),
      })
    else if (plot.below(150) === 0) movesAddress()
    else if (plot.percent(3)) jobOf(plot.pick(nodes.all as [Node, ...Node[]]), plot.pick(JOBS))
    else await step()
  }

  // Everything is in order again: what is under way ends, and what is due is done.
  isCalm = true
  for (const node of nodes.all) node.offset = millis(0)
  const drained = async (): Promise<void> => {
    for (let turns = 0; broken === null && (await step()); turns += 1)
      if (turns > DRAIN_MAX) throw new Error(`seed ${seed} does not come to an end`)
  }
  await drained()
  for (let round = 0; round < ROUNDS && broken === null; round += 1) {
    schedule.advance(round === 0 ? days(2) : hours(5))
    for (const which of ROUND) {
      for (const node of nodes.all) jobOf(node, which)
      await drained()
    }
  }
  if (broken === null) looked(() => watch.lookAtAll(letters))
  return { seed, steps, broken, digest: trace.digest(), trace, seen: watch.seen }
}

const NODES = 3
/** Just beyond what something lives for, in minutes. */
const WAITS = [0.4, 1, 2.1, 3.1, 3.1, 5.1, 10.1, 31, 726] as const
/** The outbox most often: clients wait for what leaves it. */
const JOBS = [0, 0, 0, 0, 1, 2, 3, 4, 5] as const
/** How far a clock goes wrong, in seconds: back, a little back, and forward. */
const CLOCK_FAULTS = [-86_400, -3_600, -420, -420, -3, 20, 240] as const
const DRAIN_MAX = 50_000
const ROUNDS = 3
/** Clocks first; then what is due, what is told of it, and what leaves. */
const ROUND = [3, 5, 2, 1, 0, 4] as const
