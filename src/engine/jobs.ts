import type { Channel, Delivered } from '#channels/channel.ts'
import { after, type Instant, type Millis, minutes, seconds } from '#core/time.ts'
import type { Clock } from '#engine/clock.ts'
import { TOPIC_OF_OUTBOX } from '#engine/topics.ts'
import type { World } from '#engine/world.ts'
import { raiseClockMark, readClockMark } from '#store/clock.ts'
import { giveUp, markSent, type Outgoing, postpone, takeDue } from '#store/outbox.ts'
import { findPush, savePush } from '#store/phone-channels.ts'
import { purge } from '#store/purge.ts'

/** What happens by itself, on every node alike. */
export interface Jobs {
  /** Lets the work at hand finish. */
  stop(): Promise<void>
}

export interface JobOptions {
  readonly channels: readonly Channel[]
  readonly clock: Clock
  /** One line for the operator; it holds no name, no address and no secret. */
  readonly report: (line: { readonly job: string; readonly problem: string }) => void
}

const DELIVERIES_AT_ONCE = 50
/** Another node may take over what this one took and did not finish in this time. */
const LEASE = seconds(30)
const LOOK_AGAIN = seconds(1)
const CLOCK_MARK_EVERY = seconds(1)
const PURGE_EVERY = minutes(10)
const PURGE_BATCHES = 100

/** A notification is worth something for minutes only: tried at once, then after these waits. */
const RETRIES = [seconds(2), seconds(10), seconds(30)] as const

export function startJobs(world: World, options: JobOptions): Jobs {
  const { report } = options
  const jobs = [
    repeat({ job: 'outbox', every: LOOK_AGAIN, report }, () => deliverDue(world, options)),
    repeat({ job: 'clock', every: CLOCK_MARK_EVERY, report }, () =>
      keepClock(world, options.clock),
    ),
    repeat({ job: 'purge', every: PURGE_EVERY, report }, () => purgeAll(world)),
  ]
  const [outbox] = jobs
  const unsubscribe = world.wakeUps.subscribe(TOPIC_OF_OUTBOX, () => outbox?.wake())
  return {
    async stop() {
      unsubscribe()
      await Promise.all(jobs.map((job) => job.stop()))
    },
  }
}

/** Sends what is due. A delivery that was sent and not marked is sent again: at least once. */
export async function deliverDue(world: World, { channels, report }: JobOptions): Promise<void> {
  const now = world.now()
  const due = await takeDue(world.db, { now, limit: DELIVERIES_AT_ONCE, lease: LEASE })
  const sent = await Promise.all(
    due.map(async (outgoing) => {
      const delivered = await deliver(world, channels, outgoing)
      if (delivered.outcome !== 'later') return outgoing.id
      report({ job: `deliver ${outgoing.channel}`, problem: delivered.reason })
      await tryLater(world, outgoing, now)
      return null
    }),
  )
  const done = sent.filter((id) => id !== null)
  if (done.length > 0) await markSent(world.db, done)
}

async function deliver(
  world: World,
  channels: readonly Channel[],
  { id, channel: name, to, address, payload }: Outgoing,
): Promise<Delivered> {
  const channel = channels.find((one) => one.name === name)
  if (!channel) return { outcome: 'later', reason: 'no such channel' }
  if (address !== undefined) return await channel.deliver({ id, address, payload })
  if (to === null) return { outcome: 'gone' }
  const push = await findPush(world.db, to)
  // Without an address there is nothing to send: the phone asks by itself when it is opened (R043).
  if (!push?.subscription) return { outcome: 'sent' }
  const delivered = await channel.deliver({ id, address: push.subscription, payload })
  if (delivered.outcome === 'gone') await savePush(world.db, to, { ...push, subscription: null })
  return delivered
}

async function tryLater(world: World, { id, attempts }: Outgoing, now: Instant): Promise<void> {
  const wait = RETRIES[attempts]
  if (wait === undefined) return await giveUp(world.db, id, now)
  await postpone(world.db, { id, dueAt: after(now, wait), attempts: attempts + 1 })
}

/** Writes how far time has come, and learns how far it has come elsewhere (A24). */
export async function keepClock(world: World, clock: Clock): Promise<void> {
  const written = await readClockMark(world.db)
  if (written !== null) clock.learn(written)
  await raiseClockMark(world.db, world.now())
}

async function purgeAll(world: World): Promise<void> {
  for (let batch = 0; batch < PURGE_BATCHES; batch += 1) {
    if ((await purge(world.db, world.now())) === 0) return
  }
}

interface Repeated {
  /** Runs now, or once more if it is running already. */
  wake(): void
  stop(): Promise<void>
}

interface Repeating extends Pick<JobOptions, 'report'> {
  readonly job: string
  readonly every: Millis
}

function repeat({ job, every, report }: Repeating, work: () => Promise<void>): Repeated {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  const run = async (): Promise<void> => {
    do {
      again = false
      try {
        await work()
      } catch (error) {
        report({ job, problem: error instanceof Error ? error.name : 'unknown' })
      }
    } while (again && !stopped)
    running = null
  }
  const wake = () => {
    if (running) again = true
    else if (!stopped) running = run()
  }
  const timer = setInterval(wake, every)
  timer.unref()
  return {
    wake,
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
