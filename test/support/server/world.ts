import { createSecretKey, randomBytes } from 'node:crypto'
import { USUAL_PIN_RULE } from '#core/devices/pin-rule.ts'
import type { TestContext } from 'node:test'
import type { Channel } from '#channels/channel.ts'
import { shippedJurisdictions } from '#config/jurisdictions.ts'
import type { Account, Subscriber } from '#core/subscribers/account.ts'
import type { MailIntake } from '#core/documents/mail.ts'
import { NEW_ACCOUNT, userNameKey } from '#core/subscribers/account.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { DEFAULT_LIMITS } from '#core/sessions/limits.ts'
import type { Calendar } from '#core/time/calendar.ts'
import type { OrderRules } from '#core/orders/order.ts'
import { newId, type Random, type SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, hours, type Instant, instant, type Millis } from '#core/time/time.ts'
import { type Clock, steadyClock } from '#engine/operation/clock.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import type { Client } from '#engine/login/view.ts'
import { platformsOf } from '#engine/sessions/platforms.ts'
import { keyedFor, peppersOf } from '#engine/secrets.ts'
import { type RootKeyFile, rootKeysOf } from '#channels/root-keys/file.ts'
import { openKeyring, unreadKeys } from '#engine/keyring/keyring.ts'
import type { Roots } from '#engine/keyring/wrapping.ts'
import { loadServerKeys } from '#engine/server-keys.ts'
import type { NewAccount } from '#engine/subscribers/subscribers.ts'
import type { World, WorldSettings } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { createHasher } from '#methods/password/hasher.ts'
import { methodsOf, type MethodTools, staffMethod } from '#methods/registry.ts'
import { filesBeside } from '#store/database/files.ts'
import { openDatabase } from '#store/database/open.ts'
import { memoryRateLimits } from '#store/server/rate-limits.ts'
import { createSubscriber } from '#store/subscribers/subscribers.ts'
import { memoryWakeUps } from '#store/server/wake-ups.ts'
import { type DatabaseKind, testDatabase } from '../databases/databases.ts'
import { methodTools } from '../tools.ts'

/** Read once: the rules of places that come with the server. */
const JURISDICTIONS = shippedJurisdictions()

/** A world of a test: the real one, with a clock that the test moves. */
export interface TestWorld extends World {
  readonly clock: Clock
  /** None from the start; a test adds those that it needs. */
  readonly channels: Map<string, Channel>
  readonly url: string
  /** What stands in for the machine's clock; nodes of one test share it. */
  readonly machine: { now: Instant }
  advance(by: Millis): void
  /** Sets the machine's clock, also backwards. */
  setClock(to: Instant): void
  add(person: Person): Promise<SubscriberId>
}

export interface Person {
  readonly userName: string
  readonly password: string
  readonly accounts?: readonly NewAccount[]
  readonly language?: Subscriber['language']
  readonly seamless?: boolean
  /** What they hold beside a password, from the start. */
  readonly holds?: readonly HeldFromStart[]
}

interface HeldFromStart
  extends Partial<Pick<Authenticator, 'failures' | 'pendingUntil' | 'lifecycle'>> {
  readonly method: string
  readonly state: Json
}

/** One for the process: whether it runs here is asked once. */
const SANDBOX = bubblewrapSandbox()

export const ISSUER = 'http://localhost:4600'
export const DESK = 'http://localhost:4601'
/** New York, Monday to Friday, until five. */
const CALENDAR: Calendar = {
  timeZone: 'America/New_York',
  cutOff: hours(17),
  weekend: [6, 7],
  holidays: new Set(),
}
/** As the settings have it. */
const ORDERS: OrderRules = {
  equityUsd: 1_000_000,
  fees: { 'security-card': 20, 'older-card': 20, 'gold-card': 150, 'platinum-card': 150 },
  returnDays: 30,
  warrantyDays: 730,
  delivery: { days: { US: 2 }, elsewhere: 14 },
  activation: { days: { US: 14 }, elsewhere: 21 },
  lateDays: 5,
  lowStock: 10,
}
export const MAIL_INTAKE: MailIntake = {
  isOpen: true,
  mailboxes: {
    european: { address: 'europe@example.com', language: 'en' },
    other: { address: 'documents@example.com', language: 'en' },
  },
  europe: ['FR', 'DE', 'GB'],
  accountNumber: 'U#######',
}
export const NOON = instant(Date.UTC(2026, 10, 20, 12, 0, 0))

/** Every wrong password is answered as wrong: no caller gets a decoy. */
export const HONEST = { decoy: 'never' } as const satisfies Partial<WorldSettings>

export interface TestWorldOptions {
  readonly settings?: Partial<WorldSettings>
  readonly database?: DatabaseKind
  readonly tools?: Partial<MethodTools>
  /** Beside those of the registry. */
  readonly methods?: readonly Method[]
  /** Another world of the same test: two nodes over one database, with one clock. */
  readonly beside?: Pick<TestWorld, 'keys' | 'url' | 'machine'>
  /** What keeps the root key; without it a key in memory. */
  readonly roots?: RootKeyFile | Roots
  /** For a test that must come out alike each time; without it that of the machine. */
  readonly random?: Random
}

const rootsIn = (of: RootKeyFile | Roots): Roots =>
  'active' in of ? of : { active: of, all: new Map([[of.name, of]]), file: of }

/** Opens a world over a database of its own, and closes it when the test is over. */
export async function testWorld(
  t: Pick<TestContext, 'after'>,
  options: TestWorldOptions = {},
): Promise<TestWorld> {
  const { beside, database = 'sqlite', random = (length: number) => randomBytes(length) } = options
  const rootKeys = beside?.keys ?? {
    current: 1,
    root: new Map([[1, createSecretKey(random(32))]]),
  }
  const made = beside ? null : await testDatabase(database, rootKeys)
  const keys = unreadKeys()
  const url = beside?.url ?? made?.url ?? ''
  const db = await openDatabase({ url, keys, random })
  const files = filesBeside({ url, random })
  const machine = beside?.machine ?? { now: NOON }
  const clock = steadyClock(() => machine.now)
  const roots = rootsIn(options.roots ?? rootKeysOf(rootKeys, random))
  const keyring = await openKeyring({ db, keys, roots, now: clock.now }).catch(async (error) => {
    // Where a test opens with other keys: what is open would keep its process alive.
    await Promise.all([db.close(), files.close()])
    throw error
  })
  const passwords = await createHasher({
    pepper: peppersOf(keys),
    random,
    cost: { memoryCost: 64, timeCost: 1 },
  })
  const further = (options.methods ?? []).map((method) => [method.name, method] as const)
  const tools = { ...methodTools(passwords), keyed: keyedFor(keys), ...options.tools }
  const methods = new Map([...methodsOf(tools), ...further])
  const firstFactor = [...methods.values()].find((method) => !method.secondFactor)
  if (!firstFactor) throw new Error('no first factor')
  const world: TestWorld = {
    db,
    files,
    sandbox: SANDBOX,
    antivirus: null,
    keys,
    random,
    passwords: tools.passwords,
    words: tools.words,
    methods,
    firstFactor,
    staffMethod: staffMethod(),
    clock,
    keyring,
    serverKeys: await loadServerKeys(db, keyring),
    now: () => clock.now(),
    platforms: platformsOf([
      {
        id: 'trade',
        name: { en: 'Trading platform', fr: 'Plateforme de trading' },
        needs: '2t',
        purpose: 'trading',
        startUri: null,
      },
    ]),
    wakeUps: memoryWakeUps(),
    channels: new Map(),
    limits: memoryRateLimits(() => machine.now),
    placeOf: (address) => `near ${address}`,
    settings: {
      issuer: ISSUER,
      name: 'Example Brokerage',
      helpLine: '+1 202 555 0100',
      helpLines: {},
      technicalLine: null,
      decoy: 'under-attack',
      textsAfterPhone: 'keep',
      numberBeforePhone: 'any',
      pins: { everywhere: USUAL_PIN_RULE, places: new Map() },
      transfer: 'new-browser',
      taskApproval: 'phone-or-response',
      pushHosts: ['push.example.com'],
      calendar: CALENDAR,
      orders: ORDERS,
      deskOrigin: DESK,
      jurisdictions: JURISDICTIONS,
      withdrawals: { everywhere: DEFAULT_LIMITS, places: new Map() },
      mailIntake: MAIL_INTAKE,
      review: { months: 3, approves: ['address', 'identity'] },
      backOffice: ['ledger'],
      ...options.settings,
    },
    url,
    machine,
    advance: (by) => {
      machine.now = after(machine.now, by)
    },
    setClock: (to) => {
      machine.now = to
    },
    add: (person) => addPerson(world, person),
  }
  t.after(async () => {
    await world.wakeUps.close()
    await world.limits.close()
    await files.close()
    await db.close()
    await made?.drop()
  })
  return world
}

export async function addPerson(world: World, person: Person): Promise<SubscriberId> {
  const now = world.now()
  const { userName, password, language = 'en', seamless = true } = person
  const id = newId('sub', now, world.random)
  if (userNameKey(userName) === null) throw new Error('no user name')
  const known: Authenticator = {
    ...FRESH,
    id: newId('aut', now, world.random),
    method: 'password',
    label: '',
    createdAt: now,
    state: { hash: await world.passwords.hash(password) },
  }
  const accounts = (
    person.accounts ?? [{ number: `U-${userName}`, environment: 'live' as const }]
  ).map(
    (account): Account => ({
      ...NEW_ACCOUNT,
      status: 'open',
      ...account,
      id: newId('acc', now, world.random),
      subscriberId: id,
    }),
  )
  const subscriber: Subscriber = {
    id,
    userName,
    language,
    hasChosenLanguage: false,
    seamless,
    askedFirst: null,
    createdAt: now,
    primary: null,
  }
  const events = [{ kind: 'subscriber.created', subscriberId: id, by: 'operator' }] as const
  const held = (person.holds ?? []).map(
    ({ method, ...rest }): Authenticator => ({
      ...FRESH,
      id: newId('aut', now, world.random),
      method,
      label: `My ${method}`,
      createdAt: now,
      ...rest,
    }),
  )
  const made = await createSubscriber(world.db, {
    now,
    subscriber,
    accounts,
    authenticators: [known, ...held],
    events,
  })
  if (!made) throw new Error(`${userName} is taken`)
  return id
}

/** A browser as the engine sees it: an address, and the secrets it keeps. */
export function browser(changes: Partial<Client> = {}): Client {
  return {
    address: '203.0.113.7',
    browser: 'Firefox, Windows',
    language: 'en',
    holder: randomBytes(32).toString('base64url'),
    browserCookie: null,
    ...changes,
  }
}
