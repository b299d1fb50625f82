import { createSecretKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite } from 'node:test'
import pg from 'pg'
import { type Account, NEW_ACCOUNT, type Subscriber } from '#core/subscribers/account.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { newId, type Random, type SubscriberId } from '#core/ids.ts'
import type { Origin, Started } from '#core/login/state.ts'
import { started } from '#core/login/login.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { type Db, openDatabase } from '#store/database/open.ts'
import type { Keys } from '#store/database/keys.ts'
import { commitLogin } from '#store/login/logins.ts'
import { migrate } from '#store/database/migrate.ts'
import { createSubscriber } from '#store/subscribers/subscribers.ts'
import { dropDatabase } from '../../../test/support/databases/databases.ts'

/**
 * One suite over both databases: SQLite always, PostgreSQL when `COUNTERSIGN_TEST_POSTGRES` names a
 * server. Each suite has a database of its own, and two nodes on it.
 */
export function overBothDatabases(name: string, tests: (nodes: Nodes) => void): void {
  for (const kind of ['sqlite', 'postgres'] as const) {
    void suite(`${name}, on ${kind}`, { skip: kind === 'postgres' && SERVER === undefined }, () => {
      const nodes: { db: Db; other: Db; url: string } = { db: CLOSED, other: CLOSED, url: '' }
      let place: Place | undefined
      before(async () => {
        place = kind === 'sqlite' ? folder() : await emptyDatabase()
        nodes.url = place.url
        nodes.db = await open(place.url)
        nodes.other = await open(place.url)
        await migrate(nodes.db)
      })
      after(async () => {
        await nodes.db.close()
        await nodes.other.close()
        await place?.remove()
      })
      tests(nodes)
    })
  }
}

/** Two connections to one database, as two nodes of an installation have them. */
export interface Nodes {
  readonly db: Db
  readonly other: Db
  readonly url: string
}

export interface Place {
  readonly url: string
  remove(): void | Promise<void>
}

export interface Folder {
  readonly path: string
  readonly url: string
  remove(): void
}

const SERVER = process.env['COUNTERSIGN_TEST_POSTGRES']

/** Until the hooks have run. */
const CLOSED = null as unknown as Db

export const KEYS: Keys = {
  current: 1,
  root: new Map([[1, createSecretKey(Buffer.alloc(32, 1))]]),
}

/**
 * Chance that repeats itself with every run, and never within one: a number, in digits of five
 * bits.
 */
export const random: Random = (length) => {
  drawn += 1
  const bytes = Buffer.alloc(length)
  // A child of a test makes rows beside it: the process belongs to the number.
  let rest = drawn * 4_194_304 + process.pid
  for (let at = length - 1; at >= 0; at -= 1, rest = Math.floor(rest / 32)) bytes[at] = rest % 32
  return bytes
}
let drawn = 0

export const open = (url: string, keys: Keys = KEYS): Promise<Db> =>
  openDatabase({ url, keys, random, poolSize: 4 })

/** A folder of its own for a file of SQLite. */
export function folder(): Folder {
  const root = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  const path = join(root, 'test.db')
  return { path, url: `sqlite:${path}`, remove: () => rmSync(root, { recursive: true }) }
}

export async function emptyDatabase(): Promise<Place> {
  made += 1
  const name = `countersign_store_${process.pid}_${made}`
  await onServer(`create database ${name}`)
  const url = new URL(SERVER ?? '')
  url.pathname = name
  return { url: url.href, remove: () => dropDatabase(name) }
}
let made = 0

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** When everything in these tests happens, unless a test says otherwise. */
export const NOW: Instant = instant(Date.UTC(2026, 10, 2, 9, 30))

export interface Newcomer {
  readonly subscriber: Subscriber
  readonly account: Account
  readonly password: Authenticator
  readonly phone: Authenticator
}

/** A subscriber with an account, a password and a phone, written to the database. */
export async function newcomer(db: Db, userName = `user-${(drawn += 1)}`): Promise<Newcomer> {
  const subscriber: Subscriber = {
    id: newId('sub', NOW, random),
    userName,
    language: 'en',
    hasChosenLanguage: false,
    primary: null,
    seamless: true,
    askedFirst: null,
    createdAt: NOW,
  }
  const account: Account = {
    id: newId('acc', NOW, random),
    subscriberId: subscriber.id,
    number: `U${(drawn += 1)}`,
    ...NEW_ACCOUNT,
    environment: 'live',
    status: 'open',
  }
  const password = authenticator('password')
  const phone = authenticator('phone-key')
  const authenticators = [password, phone]
  const person = { subscriber, accounts: [account], authenticators }
  const event = { subscriberId: subscriber.id, kind: 'subscriber.created', by: 'operator' } as const
  const written = await createSubscriber(db, { ...person, now: NOW, events: [event] })
  if (!written) throw new Error('the newcomer was not written')
  return { subscriber, account, password, phone }
}

export const authenticator = (method: string): Authenticator => ({
  id: newId('aut', NOW, random),
  method,
  label: `A ${method}`,
  state: { secret: 'not a secret', counter: 0 },
  createdAt: NOW,
  ...FRESH,
})

const ORIGIN: Origin = {
  address: '192.0.2.1',
  place: 'Somewhere',
  browser: 'Firefox, Linux',
  browserId: null,
  language: 'en',
}

/** A login that has begun, not written yet. */
export const beginning = (subscriberId: SubscriberId | null, at: Instant = NOW): Started =>
  started(
    {
      id: newId('log', at, random),
      subscriberId,
      userName: 'someone',
      environment: 'live',
      platform: 'portal',
      needs: '2t',
      origin: ORIGIN,
      holder: 'the hash of a secret',
      task: null,
    },
    at,
  ).login

/** A login that has begun, written: version 1. */
export async function begun(
  db: Db,
  subscriberId: SubscriberId | null,
  at: Instant = NOW,
): Promise<Started> {
  const value = beginning(subscriberId, at)
  const commit = { now: at, login: { value, version: null }, effects: [], events: [] }
  if (!(await commitLogin(db, commit))) throw new Error('the login was not written')
  return value
}

/** How many of those that asked at once were told yes. */
export const winners = (answers: readonly boolean[]): number => answers.filter(Boolean).length

/** Everything that stands in the database, to be held against what stands there later. */
export async function contents(db: Db): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const all = new Map<string, readonly unknown[]>()
  for (const table of TABLES) {
    const rows = await db.read.selectFrom(table).selectAll().execute()
    all.set(table, rows.map((row) => JSON.stringify({ ...row })).toSorted())
  }
  return all
}

const TABLES = [
  ...(['subscriber', 'account', 'authenticator', 'binding', 'login', 'challenge_issued'] as const),
  ...(['receipt', 'session', 'session_grant', 'browser', 'throttle', 'enrolment'] as const),
  ...(['outbox', 'audit_event', 'phone_channel', 'server_key', 'clock_mark'] as const),
  ...(['oidc_payload', 'carrier_message'] as const),
] as const
