import type { Place } from '#channels/checkpoints/place.ts'
import { type Millis, minutes, seconds } from '#core/time/time.ts'
import { checkpointer } from '#engine/audit/checkpoints.ts'
import { publisher } from '#engine/audit/publish.ts'
import { sequencer } from '#engine/audit/sequence.ts'
import type { Clock } from '#engine/operation/clock.ts'
import { lookUpShares } from '#engine/inventory/share-requests.ts'
import { chargeDue } from '#engine/orders/deposits.ts'
import { activateDue } from '#engine/orders/fulfilment.ts'
import { openOutbox, type ReportJob } from '#engine/delivery/outbox.ts'
import { lostFiles, sweepAll } from '#engine/documents/files.ts'
import { KEYS_READ_EVERY } from '#core/keys/key.ts'
import { LOOK_EVERY } from '#core/status/subjects.ts'
import { keepKeys } from '#engine/keys/rotate.ts'
import { sweeper } from '#engine/keys/sweep.ts'
import { openDueMails } from '#engine/documents/mail-openings.ts'
import { shredOutlivedMails } from '#engine/documents/mails.ts'
import { openDue } from '#engine/documents/openings.ts'
import { shredOutlived } from '#engine/documents/submissions.ts'
import { writeHeldLetters } from '#engine/notices/held-letters.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { alertDue } from '#engine/notices/alerts.ts'
import { gatherDue } from '#engine/notices/reports.ts'
import { succeedDue } from '#engine/devices/migration.ts'
import { rulesKeeper } from '#engine/subscribers/rules-table.ts'
import { TOPIC_OF_OUTBOX } from '#engine/wake-up-topics.ts'
import { lookAtStatus } from '#engine/status/look.ts'
import { abandonedLogins } from '#engine/login/abandoned.ts'
import type { World } from '#engine/world.ts'
import { raiseClockMark, readClockMark } from '#store/server/clock.ts'
import { hashNumbers } from '#store/contact/addresses.ts'
import { forgetNode } from '#store/keys/keys.ts'
import { purge } from '#store/server/purge.ts'

/** The jobs that every node runs. */
export interface Jobs {
  /** Lets the work at hand finish. */
  stop(): Promise<void>
}

export interface JobOptions {
  readonly clock: Clock
  readonly report: ReportJob
  /** Where checkpoints of the audit log are kept outside. */
  readonly places: readonly Place[]
}

const LOOK_AGAIN = seconds(1)
/** After twelve hours a few seconds do not matter. */
const SUCCEED_EVERY = seconds(10)
/** After two weeks a few minutes do not matter. */
const ACTIVATE_EVERY = minutes(1)
/** After weeks, too. */
const CHARGE_EVERY = minutes(1)
const UNANSWERED_EVERY = seconds(30)
/** After a day a minute does not matter. */
const LETTERS_EVERY = minutes(1)
/** Rules change with a start of the server. */
const RULES_EVERY = minutes(1)
/** Numbers that an older version has written. */
const HASH_NUMBERS_EVERY = minutes(1)
const CLOCK_MARK_EVERY = seconds(1)
const PURGE_EVERY = minutes(10)
const PURGE_BATCHES = 100

export function startJobs(world: World, options: JobOptions): Jobs {
  const { report } = options
  const leaving = openOutbox(world, report)
  const jobs = [
    repeat({ job: 'outbox', every: LOOK_AGAIN, report }, () => leaving.take()),
    repeat({ job: 'succession', every: SUCCEED_EVERY, report }, () => succeedDue(world)),
    repeat({ job: 'orders', every: ACTIVATE_EVERY, report }, () => activateDue(world)),
    repeat({ job: 'deposits', every: CHARGE_EVERY, report }, () => chargeDue(world)),
    repeat({ job: 'unanswered', every: UNANSWERED_EVERY, report }, abandonedLogins(world)),
    repeat({ job: 'notices', every: LOOK_AGAIN, report }, () => noticeDue(world)),
    repeat({ job: 'shares', every: LOOK_AGAIN, report }, () => lookUpShares(world)),
    repeat({ job: 'trades', every: LOOK_AGAIN, report }, () => gatherDue(world)),
    repeat({ job: 'letters', every: LETTERS_EVERY, report }, () => writeHeldLetters(world)),
    repeat({ job: 'alerts', every: LOOK_AGAIN, report }, () => alertDue(world)),
    repeat({ job: 'rules', every: RULES_EVERY, report }, rulesKeeper(world)),
    repeat({ job: 'numbers', every: HASH_NUMBERS_EVERY, report }, () => hashAll(world)),
    repeat({ job: 'clock', every: CLOCK_MARK_EVERY, report }, () =>
      keepClock(world, options.clock),
    ),
    repeat({ job: 'audit', every: LOOK_AGAIN, report }, keepLog(world, options)),
    repeat({ job: 'status', every: LOOK_EVERY, report }, () => lookAtStatus(world)),
    repeat({ job: 'keys', every: KEYS_READ_EVERY, report }, () => keepKeys(world)),
    repeat({ job: 'sealing', every: LOOK_AGAIN, report }, sweepOf(world, report)),
    repeat({ job: 'purge', every: PURGE_EVERY, report }, () => purgeAll(world)),
    repeat({ job: 'files', every: PURGE_EVERY, report }, tidyFiles(world)),
    repeat({ job: 'mails', every: LOOK_AGAIN, report }, (signal) => openDueMails(world, signal)),
    repeat({ job: 'submissions', every: LOOK_AGAIN, report }, (signal) => openDue(world, signal)),
  ]
  const [outbox] = jobs
  const unsubscribe = world.wakeUps.subscribe(TOPIC_OF_OUTBOX, () => outbox?.wake())
  return {
    async stop() {
      unsubscribe()
      await Promise.all(jobs.map((job) => job.stop()))
      await leaving.idle()
      await forgetNode(world.db, world.keyring.node)
    },
  }
}

/** Writes the time of this node, and reads the latest time of the others (A24). */
export async function keepClock(world: World, clock: Clock): Promise<void> {
  const written = await readClockMark(world.db)
  if (written !== null) clock.learn(written)
  await raiseClockMark(world.db, world.now())
}

/**
 * Gives events their place in the tree, signs it when that is due, and tells it outside (A22). One
 * that fails holds up no other: what was signed leaves, also when nothing more is signed.
 */
export function keepLog(world: World, { places, report }: Omit<JobOptions, 'clock'>): Work {
  const sequence = sequencer(world)
  const checkpoint = checkpointer(world)
  const publish = publisher(world, places, report)
  return async (signal) => {
    for (const step of [sequence, checkpoint, publish]) {
      try {
        await step(signal)
      } catch (error) {
        report({ job: 'audit', problem: nameOf(error) })
      }
    }
  }
}

const sweepOf = (world: World, report: ReportJob): Work =>
  sweeper(world, (column) => report({ job: 'sealing', problem: `${column} cannot be opened` }))

async function hashAll({ db }: World): Promise<void> {
  for (let batch = 0; batch < PURGE_BATCHES; batch += 1) {
    if ((await hashNumbers(db)) === 0) return
  }
}

async function purgeAll(world: World): Promise<void> {
  for (let batch = 0; batch < PURGE_BATCHES; batch += 1) {
    if ((await purge(world.db, world.now())) === 0) return
  }
}

function tidyFiles(world: World): Work {
  const walk = lostFiles(world)
  return async () => {
    await shredOutlived(world)
    await shredOutlivedMails(world)
    await sweepAll(world)
    await walk()
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown')

/** The signal says that the node stops: what takes long ends early. */
type Work = (signal: AbortSignal) => Promise<void>

interface Repeated {
  /** Runs now, or once more if it is running already. */
  wake(): void
  stop(): Promise<void>
}

interface Repeating extends Pick<JobOptions, 'report'> {
  readonly job: string
  readonly every: Millis
}

function repeat({ job, every, report }: Repeating, work: Work): Repeated {
  let running: Promise<void> | null = null
  let again = false
  const stopping = new AbortController()
  const { signal } = stopping
  const run = async (): Promise<void> => {
    do {
      again = false
      try {
        await work(signal)
      } catch (error) {
        report({ job, problem: nameOf(error) })
      }
    } while (again && !signal.aborted)
    running = null
  }
  const wake = () => {
    if (running) again = true
    else if (!signal.aborted) running = run()
  }
  const timer = setInterval(wake, every)
  timer.unref()
  return {
    wake,
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await running
    },
  }
}
