import { createHmac } from 'node:crypto'
import type { BrowserId, EnrolmentId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Throttle } from '#core/login/throttle.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { derivedKey, type Keys, oldestVersion } from '#store/database/keys.ts'
import { prepared } from '#store/queries/prepared.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'

/** What strangers guess at: a password, the code of a reset, or the code of a new phone. */
export type GuessedAt = 'name' | 'reset' | 'activation'

/**
 * The key that strangers' guesses at a user name are counted under; `nameKey` is made by
 * `userNameKey`. People type passwords where the name belongs, so what is stored is a keyed hash.
 * Each secret is counted apart: an attacker who guesses at a password uses up no try at a code.
 */
export const nameThrottle = (
  { keys }: { readonly keys: Keys },
  nameKey: string,
  secret: GuessedAt = 'name',
): string =>
  `${secret}:${createHmac('sha256', derivedKey(keys, 'name', oldestVersion(keys)))
    .update(nameKey)
    .digest('base64url')}`

/** The key that a recognised browser's guesses are counted under. */
export const browserThrottle = (id: BrowserId): string => `browser:${id}`

/** The key that guesses within a session are counted under, where its browser is not recognised. */
export const sessionThrottle = (id: SessionId): string => `session:${id}`

/**
 * The key that guesses at a code are counted under, where they come from the end site of the client
 * who asked for it.
 */
export const invitationThrottle = (id: EnrolmentId): string => `invitation:${id}`

export async function findThrottle(db: Db, key: string): Promise<Versioned<Throttle> | null> {
  const [row] = await db.ask(throttleByKey(db, { key }))
  return row ? throttleOf(row) : null
}

const throttleByKey = prepared((db, { key }: { readonly key: string }) =>
  db.read
    .selectFrom('throttle')
    .select(['version', 'failures', 'last_failed_at_ms'])
    .where('key', '=', key),
)

/**
 * Without failures there is no row. `subscriberId` says whose password was guessed at: what counts
 * against a client is kept until the right password comes (S1), what counts against an unknown name
 * is purged.
 */
export function throttleWrites(
  db: Db,
  throttles: readonly (Written<Throttle> & { readonly key: string })[],
  subscriberId: SubscriberId | null,
): readonly Write[] {
  return throttles
    .toSorted((first, second) => (first.key < second.key ? -1 : 1))
    .flatMap(({ key, value, version }) => {
      const { failures, lastFailedAt } = value
      const row = { key, failures, lastFailedAt, subscriberId }
      if (version === null) return failures === 0 ? [] : [one(throttleInsert(db, row))]
      if (failures === 0) return [one(throttleDelete(db, { key, version }))]
      return [one(throttleUpdate(db, { ...row, version, next: version + 1 }))]
    })
}

interface ThrottleRow extends Throttle {
  readonly key: string
  readonly subscriberId: SubscriberId | null
}

const throttleInsert = prepared((db, { key, failures, lastFailedAt, subscriberId }: ThrottleRow) =>
  db.write
    .insertInto('throttle')
    .values({
      key,
      version: 1,
      failures,
      last_failed_at_ms: lastFailedAt,
      subscriber_id: subscriberId,
    })
    .onConflict((oc) => oc.column('key').doNothing()),
)

/**
 * Writes a count as it stands: what a decoy writes where a right password writes the row of its
 * client, so that no time tells them apart (A1).
 */
export const throttleTouch = (db: Db, key: string): Write => any(throttleAsItIs(db, { key }))

const throttleAsItIs = prepared((db, { key }: Pick<VersionedKey, 'key'>) =>
  db.write
    .updateTable('throttle')
    .set((eb) => ({ version: eb.ref('version') }))
    .where('key', '=', key),
)

interface VersionedKey {
  readonly key: string
  readonly version: number
}

const throttleDelete = prepared((db, { key, version }: VersionedKey) =>
  db.write.deleteFrom('throttle').where('key', '=', key).where('version', '=', version),
)

const throttleUpdate = prepared((db, row: ThrottleRow & VersionedKey & { readonly next: number }) =>
  db.write
    .updateTable('throttle')
    .set({
      failures: row.failures,
      last_failed_at_ms: row.lastFailedAt,
      subscriber_id: row.subscriberId,
      version: row.next,
    })
    .where('key', '=', row.key)
    .where('version', '=', row.version),
)

export function throttleOf(row: {
  readonly version: number
  readonly failures: number
  readonly last_failed_at_ms: number | null
}): Versioned<Throttle> {
  const last = row.last_failed_at_ms
  const lastFailedAt = last === null ? null : instant(last)
  return { value: { failures: row.failures, lastFailedAt }, version: row.version }
}

/**
 * Counts a guess, or with `NO_FAILURES` forgets those so far, and writes what happened.
 *
 * @returns `false`, and writes nothing, when more were counted since it was read: the guess counts
 *   for nothing, and its caller must not hear how it was judged (A4).
 */
export async function commitGuess(
  db: Db,
  commit: {
    readonly now: Instant
    readonly throttle: Written<Throttle> & { readonly key: string }
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, throttle, events } = commit
  const writes = [...throttleWrites(db, [throttle], null), ...eventWrites(db, events, now)]
  // A right code without earlier guesses leaves nothing to write.
  return writes.length === 0 || (await db.commit(writes))
}

/**
 * Forgets the guesses that were counted under a key; @returns `false` when more were counted
 * meanwhile.
 */
export async function forgetGuesses(
  db: Db,
  commit: {
    readonly key: string
    readonly version: number
    readonly now: Instant
    readonly events: readonly AuditEvent[]
    /** What is written first: the desk uses a warrant up. */
    readonly besides?: readonly Write[]
  },
): Promise<boolean> {
  const { key, version, now, events, besides = [] } = commit
  return db.commit([
    ...besides,
    one(throttleDelete(db, { key, version })),
    ...eventWrites(db, events, now),
  ])
}
