import type { FastifyInstance } from 'fastify'
import { quietHashThreads } from '#cli/hash-threads.ts'
import type { HowToOpen } from '#cli/command.ts'
import { runProgram } from '#cli/commands/program.ts'
import { placesOf } from '#cli/places.ts'
import { systemRandom } from '#cli/random.ts'
import { openRoots } from '#cli/root-keys.ts'
import { calendarOf, orderRules } from '#config/broker.ts'
import { readJurisdictions } from '#config/jurisdictions.ts'
import { pinRules } from '#config/limits/pins.ts'
import { withdrawalLimits } from '#config/limits/withdrawals.ts'
import { antivirusOf, mailDoorOf, mailIntakeOf, reviewRulesOf } from '#config/doors/documents.ts'
import type { Settings } from '#config/settings.ts'
import { KEYS_READ_EVERY } from '#core/keys/key.ts'
import { placeIn } from '#edges/texts/texts.ts'
import { wordsOf } from '#cli/words.ts'
import { clamd } from '#engine/documents/antivirus.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { type Clock, steadyClock } from '#engine/operation/clock.ts'
import { keepClock, startJobs } from '#engine/operation/jobs.ts'
import { platformsOf } from '#engine/sessions/platforms.ts'
import { type Keyring, openKeyring, unreadKeys } from '#engine/keyring/keyring.ts'
import { keyedFor, peppersOf } from '#engine/secrets.ts'
import { loadServerKeys } from '#engine/server-keys.ts'
import type { ReportJob } from '#engine/delivery/outbox.ts'
import type { World } from '#engine/world.ts'
import { createHasher } from '#methods/password/hasher.ts'
import { methodsOf, staffMethod } from '#methods/registry.ts'
import { DatabaseUnfenced, findUnfenced } from '#store/backup/restorations.ts'
import { filesBeside } from '#store/database/files.ts'
import { type Db, openDatabase } from '#store/database/open.ts'
import type { Keys } from '#store/database/keys.ts'
import { migrate } from '#store/database/migrate.ts'
import { memoryRateLimits, redisRateLimits } from '#store/server/rate-limits.ts'
import { memoryWakeUps, redisWakeUps } from '#store/server/wake-ups.ts'

/**
 * The composition root: the only file that knows all rooms, and where time and chance come in.
 */

const random = systemRandom()

export interface OpenWorld {
  readonly world: World
  readonly clock: Clock
  close(): Promise<void>
}

/** Opens the database, brings its tables up to date, and builds the world that use cases run in. */
export async function openWorld(
  settings: Settings,
  { evenUnfenced = false }: HowToOpen = {},
): Promise<OpenWorld> {
  const roots = openRoots(settings, random)
  const keys = unreadKeys()
  const { url, poolSize } = settings.database
  const db = await openDatabase({ url, poolSize, keys, random })
  const clock = steadyClock(Date.now)
  const files = filesBeside({ url, random })
  const opened: Closing[] = [db, files]
  let closing: Promise<void> | null = null
  const close = () => (closing ??= closeAll(opened))
  // Whatever is open keeps the process alive: a server that does not start must end.
  try {
    await migrate(db)
    if (!evenUnfenced && (await findUnfenced(db)) !== null) throw new DatabaseUnfenced()
    const report = ({ name, code }: NodeJS.ErrnoException) =>
      console.error(
        `Redis does not answer (${code ?? name}): until it does, each node counts alone.`,
      )
    const redis = settings.redis.url
    const limits = redis
      ? await redisRateLimits(redis, clock.now, report)
      : memoryRateLimits(clock.now)
    opened.push(limits)
    const wakeUps = redis ? await redisWakeUps(redis, report) : memoryWakeUps()
    opened.push(wakeUps)
    const keyring = await openKeyring({ db, keys, roots, now: clock.now })
    opened.push(readAgain(keyring))
    const parts = { db, files, keys, keyring, clock, wakeUps, limits }
    const world = await buildWorld(settings, parts)
    await keepClock(world, clock)
    return { world, clock, close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

/** A command that takes long works beside servers that exchange keys. */
function readAgain(keyring: Keyring): Closing {
  const timer = setInterval(() => {
    // What reads and writes says what is wrong.
    keyring.refresh().catch(() => {})
  }, KEYS_READ_EVERY)
  timer.unref()
  return { close: async () => clearInterval(timer) }
}

interface Closing {
  close(): Promise<void>
}

interface Parts extends Pick<World, 'files' | 'wakeUps' | 'limits' | 'keyring'> {
  readonly db: Db
  readonly keys: Keys
  readonly clock: Clock
}

async function buildWorld(
  settings: Settings,
  { clock, keys, db, ...parts }: Parts,
): Promise<World> {
  const passwords = await createHasher({ pepper: peppersOf(keys), random })
  quietHashThreads()
  const words = wordsOf(settings.timeZone)
  const methods = methodsOf({
    passwords,
    words,
    keyed: keyedFor(keys),
    telephone: settings.sms,
    rpId: settings.passkeys.domain,
    phoneIntegrity: settings.phones.integrity,
  })
  const firstFactor = [...methods.values()].find((method) => !method.secondFactor)
  if (!firstFactor) throw new Error('no method can be the first factor')
  const { issuer, name, helpLine, helpLines, technicalLine, login, push, tasks } = settings
  const scanner = antivirusOf(settings)
  const rules = readJurisdictions(settings.jurisdictions)
  if (!rules.ok) throw new Error(rules.problems.join('\n'))
  return {
    ...parts,
    db,
    keys,
    random,
    passwords,
    words,
    sandbox: bubblewrapSandbox(),
    antivirus: scanner && clamd(scanner),
    methods,
    firstFactor,
    staffMethod: staffMethod(),
    now: clock.now,
    channels: new Map(),
    serverKeys: await loadServerKeys(db, parts.keyring),
    platforms: platformsOf(settings.relyingParties),
    placeOf: placeIn,
    settings: {
      issuer,
      name,
      helpLine,
      helpLines,
      technicalLine,
      decoy: login.decoy,
      textsAfterPhone: settings.sms.afterPhone,
      numberBeforePhone: settings.sms.beforePhone,
      transfer: push.transfer,
      pushHosts: push.hosts,
      taskApproval: tasks.approval,
      calendar: calendarOf(settings),
      orders: orderRules(settings.orders),
      deskOrigin: settings.desk.origin,
      jurisdictions: rules.jurisdictions,
      withdrawals: withdrawalLimits(settings.withdrawals),
      pins: pinRules(settings.pins),
      mailIntake: mailIntakeOf(settings),
      review: reviewRulesOf(settings),
      backOffice: settings.backOffice.map(({ id }) => id),
    },
  }
}

export interface RunningServer {
  readonly app: FastifyInstance
  /** Lets requests at hand finish, then closes everything. */
  stop(): Promise<void>
}

/** A client who has not taken the answer by then has gone away. */
const STOP_PATIENCE_MS = 3_000

/**
 * Opens every door, and closes all again when one of them stays shut. `extend` adds what only this
 * installation has, such as the demo.
 */
export async function startServer(
  settings: Settings,
  opened: OpenWorld,
  extend: (app: FastifyInstance) => Promise<void> = async () => {},
): Promise<RunningServer> {
  const open: Closing[] = [opened]
  let stopping: Promise<void> | null = null
  const stop = () => (stopping ??= closeAll(open))
  try {
    const app = await openDoors(settings, opened, { extend, open })
    return { app, stop }
  } catch (error) {
    // Why it did not start is what counts; what did not close besides would only hide it.
    await stop().catch(() => {})
    throw error
  }
}

interface Opening {
  readonly extend: (app: FastifyInstance) => Promise<void>
  /** What is open so far, in this order; whatever fails next, all of it is closed. */
  readonly open: Closing[]
}

async function openDoors(
  settings: Settings,
  { world: opened, clock }: OpenWorld,
  { extend, open }: Opening,
): Promise<FastifyInstance> {
  const [doors, { openChannels }] = await Promise.all([
    import('#cli/doors.ts'),
    import('#cli/channels.ts'),
    // What judges passkeys: there before the first of them comes, and of no use to a command.
    import('@simplewebauthn/server'),
  ])
  let tell: ReportJob = () => {}
  // Commands open a world too: only a server calls carriers.
  const channels = openChannels(opened, settings, (problem) => tell({ job: 'carrier', problem }))
  for (const channel of channels.values()) open.push({ close: async () => await channel.close?.() })
  const world: World = { ...opened, channels }
  const app = await doors.buildServer(world, settings)
  tell = (line) => app.log.warn(line)
  const management = await doors.buildManagementServer(world)
  open.push(patient(management))
  const jobs = startJobs(world, { clock, report: tell, places: placesOf(world, settings) })
  open.push({ close: () => jobs.stop() }, patient(app))
  await app.register(doors.carrierRoutes(world), { prefix: '/carriers' })
  await app.register(doors.phoneRoutes(world), { prefix: '/phone/api' })
  await doors.registerApi(app, world)
  const { relyingParties: clients, backOffice } = settings
  await doors.registerOidc(app, world, { clients, backOffice })
  doors.readHelp()
  await app.register(doors.pageRoutes(world, settings))
  await extend(app)
  const desk = await doors.buildServer(world, settings, { realm: doors.deskRealm(settings.desk) })
  open.push(patient(desk))
  await desk.register(doors.deskRoutes(world))
  const noteGateway = (problem: string) => tell({ job: 'gateway', problem })
  open.push(await doors.openGateway(world, settings, noteGateway))
  const { listen } = settings
  open.push(await doors.openMailDoor(world, { listen, mail: mailDoorOf(settings) }))
  await management.listen({ host: settings.listen, port: settings.ports.management })
  await desk.listen({ host: settings.listen, port: settings.ports.desk })
  await app.listen({ host: settings.listen, port: settings.ports.public })
  return app
}

/** Lets requests at hand finish, and cuts off who does not take the answer. */
const patient = (app: FastifyInstance): Closing => ({
  async close() {
    const impatient = setTimeout(() => app.server.closeAllConnections(), STOP_PATIENCE_MS)
    try {
      await app.close()
    } finally {
      clearTimeout(impatient)
    }
  },
})

/**
 * The last first. What fails to close keeps nothing else open. @throws the first of what went wrong
 */
async function closeAll(open: readonly Closing[]): Promise<void> {
  const failures: unknown[] = []
  for (const one of open.toReversed()) {
    try {
      await one.close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

if (import.meta.main)
  process.exitCode = await runProgram(process.argv.slice(2), { openWorld, startServer })
