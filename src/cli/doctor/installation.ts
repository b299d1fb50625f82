import { existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sql } from 'kysely'
import { RootKeyFailed } from '#channels/root-keys/provider.ts'
import type { Settings } from '#config/settings.ts'
import { type Finding, said, well, wrong } from '#cli/doctor/finding.ts'
import { systemRandom } from '#cli/random.ts'
import { openRoots } from '#cli/root-keys.ts'
import { unreadKeys } from '#engine/keyring/keyring.ts'
import { tryOut } from '#engine/keyring/wrapping.ts'
import { pendingMigrations } from '#store/database/migrate.ts'
import { type Db, openDatabase } from '#store/database/open.ts'
import type { Instant } from '#core/time/time.ts'
import { lowKinds, stockRows } from '#core/inventory/stock.ts'
import { ORDERED_KINDS } from '#methods/registry.ts'
import { findLastBackup } from '#store/backup/figures.ts'
import { countStock } from '#store/inventory/stock.ts'
import { listKeys, type StoredKey } from '#store/keys/keys.ts'
import { openRedis } from '#store/server/redis.ts'

/** What the doctor finds on this machine, in the database and in Redis. Nothing is changed. */

const GIGABYTE = 1024 ** 3
/** With less an installation does not run through a night. */
const FREE_GIGABYTES_MIN = 1
/** The clocks of nodes and database may differ by so much. */
const CLOCK_OFF_MS = 2_000
/** What others than the owner may do with a file. */
const OTHERS = 0o077

/** @param db `null` where it cannot be opened: then what wraps its keys is not known. */
export async function keysOf(settings: Settings, db: Db | null): Promise<Finding> {
  const { file, provider, vault } = settings.keys
  if (provider === 'file' && !existsSync(file))
    return wrong(`${file} is not there. The first start makes it.`)
  const roots = openRoots(settings, systemRandom())
  try {
    if (provider !== 'file') await tryOut(roots)
  } catch (error) {
    if (error instanceof RootKeyFailed) return wrong(`keys.provider: ${error.message}`)
    throw error
  }
  for (const secret of [file, ...(vault.tokenFile === null ? [] : [vault.tokenFile])])
    if (existsSync(secret) && (statSync(secret).mode & OTHERS) !== 0)
      return wrong(`${secret} can be read by other users of this machine. Run: chmod 600 ${secret}`)
  // Where its tables are not there yet, another examination says so.
  const wrappers = db ? wrappersIn(await listKeys(db).catch(() => [])) : new Set<string>()
  for (const name of wrappers)
    if (!roots.all.has(name))
      return wrong(`Keys of the database were wrapped by ${name}, which the settings do not name.`)
  if (provider === 'file') return well(`${file} can be read, and by its owner alone.`)
  return existsSync(file) && wrappers.size > 0 && !wrappers.has('file')
    ? wrong(
        `${file} wraps no key any more, and still opens what its keys have sealed. ` +
          'Take it off this machine.',
      )
    : well(`${provider} wraps and unwraps.`)
}

const wrappersIn = (keys: readonly StoredKey[]): ReadonlySet<string> =>
  new Set(
    keys.flatMap(({ kind, wrappedWith }) =>
      kind === 'root' || wrappedWith === null ? [] : (wrappedWith.split(':', 1)[0] ?? ''),
    ),
  )

const fileOf = ({ database: { url } }: Settings): string | null =>
  url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null

export async function diskOf(settings: Settings): Promise<Finding> {
  const folder = dirname(fileOf(settings) ?? settings.keys.file)
  if (!existsSync(folder)) return wrong(`${folder} is not there. The first start makes it.`)
  const { bavail, bsize } = await statfs(folder)
  const free = (bavail * bsize) / GIGABYTE
  const sentence = `${free.toFixed(1)} GB are free in ${folder}.`
  return free < FREE_GIGABYTES_MIN ? wrong(`${sentence} Make room.`) : well(sentence)
}

/** @returns why it cannot be opened. A file is not made here. */
export async function databaseOf(settings: Settings): Promise<Db | string> {
  const { database, keys } = settings
  const file = fileOf(settings)
  if (file !== null && !existsSync(file)) return `${file} is not there. The first start makes it.`
  if (keys.provider === 'file' && !existsSync(keys.file))
    return 'It cannot be opened without the keys.'
  const random = systemRandom()
  try {
    const opened = { url: database.url, poolSize: 1, keys: unreadKeys(), random }
    const db = await openDatabase(opened)
    await db.read.selectNoFrom(sql`1`.as('one')).execute()
    return db
  } catch (error) {
    return `It does not answer. ${said(error)}`
  }
}

export async function tablesOf(db: Db): Promise<Finding> {
  const pending = await pendingMigrations(db)
  return pending.length === 0
    ? well('The tables are up to date.')
    : wrong(`Migrations that have not run: ${pending.join(', ')}. Run: countersign migrate`)
}

/** Without it no phone is notified. It is made by the first start, and exchanged like all keys. */
export async function vapidOf(db: Db): Promise<Finding> {
  const active = (await listKeys(db)).find(
    ({ kind, state }) => kind === 'vapid' && state === 'active',
  )
  return active
    ? well('The key for notifications (VAPID) is there.')
    : wrong('There is no key for notifications (VAPID). The first start makes it.')
}

/** A backup that is older than this has lost what clients have set up since. */
const BACKUP_DAYS_MAX = 7
const DAY_MS = 86_400_000

/** By the audit log: a backup that other programs make is not known here. */
export async function backupOf(db: Db, now: Instant): Promise<Finding> {
  const { begun, last } = await findLastBackup(db)
  const since = last ?? begun
  const age = Math.floor((now - (since ?? now)) / DAY_MS)
  const sentence = last === null ? 'There is no backup yet.' : `The last backup is ${age} days old.`
  if (age < BACKUP_DAYS_MAX) return well(sentence)
  return wrong(`${sentence} Run: countersign backup`)
}

/** Where no card has ever been taken in, none is ordered from there. */
export async function stockOf(
  db: Db,
  { orders: { lowStock: least } }: { readonly orders: Pick<Settings['orders'], 'lowStock'> },
): Promise<Finding> {
  const rows = stockRows(await countStock(db))
  const kinds = ORDERED_KINDS.filter((kind) => rows.some(({ method }) => method === kind))
  if (kinds.length === 0) return null
  const low = lowKinds(rows, { kinds, least })
  return low.length === 0
    ? well('Enough devices are free to be sent.')
    : wrong(`Fewer than ${least} are free: ${low.join(', ')}. Order more, and import their keys.`)
}

/** A node whose clock is wrong refuses good codes, and writes a time that others must not pass. */
export async function clockOf(db: Db): Promise<Finding> {
  if (db.dialect === 'sqlite') return null
  const asked = Date.now()
  const at = sql<string>`(extract(epoch from clock_timestamp()) * 1000)::text`.as('at')
  const told = await db.read.selectNoFrom(at).executeTakeFirstOrThrow()
  const ahead = Math.round((asked + Date.now()) / 2 - Number(told.at))
  const side = ahead < 0 ? 'behind' : 'ahead of'
  const sentence = `This machine is ${Math.abs(ahead)} ms ${side} the database.`
  return Math.abs(ahead) > CLOCK_OFF_MS ? wrong(`${sentence} Set both by NTP.`) : well(sentence)
}

export async function redisOf({ redis: { url } }: Settings): Promise<Finding> {
  if (url === null) return null
  const redis = await openRedis(url, () => {})
  try {
    return redis.client.isReady ? well('Redis answers.') : wrong('Redis does not answer.')
  } finally {
    redis.close()
  }
}
