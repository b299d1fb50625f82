import type { AuthenticatorId } from '#core/ids.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { any, one } from '#store/queries/writes.ts'

/** How a device that is not looking can be told to look. */
export interface PushChannel {
  /** What the push service gave the device; `null` when it has none. */
  readonly subscription: Json | null
  /** The key of the server that it was made with; the first one where it is left out. */
  readonly key?: number
  readonly permission: 'granted' | 'denied' | 'default'
  readonly seenAt: Instant
}

/**
 * Notes the time that a device signed its request with.
 *
 * @returns `replayed` when that device has signed this time or a later one before; `copied` when
 *   the last one that was noted is none that this device knows of, although it is newer than the
 *   oldest it names: a copy of it has signed that. (One that is older was noted before this
 *   database was set back.)
 */
export async function noteDeviceRequest(
  db: Db,
  authenticatorId: AuthenticatorId,
  { time, before }: SignedAt,
): Promise<'noted' | 'replayed' | 'copied'> {
  const noted = (last: number) =>
    db.commit([one(requestNoted(db, { authenticatorId, time, last }))])
  if (await db.commit([requestWrite(db, { authenticatorId, time, before })])) return 'noted'
  const [row] = await db.ask(lastOf(db, { authenticatorId }))
  const last = row?.last_request_ms ?? 0
  if (time <= last) return 'replayed'
  const isOlder = before.length > 0 && last < Math.min(...before)
  const isKnown = last === 0 || before.includes(last) || isOlder
  if (!isKnown) return 'copied'
  // Another request of the same device was faster: this one came too late.
  return (await noted(last)) ? 'noted' : 'replayed'
}

/**
 * Notes a request together with what it asks for: nothing is written unless it came right after the
 * last one that its device knows of. Why it did not, `noteDeviceRequest` finds out.
 */
export const requestWrite = (
  db: Db,
  { authenticatorId, time, before }: SignedAt & { readonly authenticatorId: AuthenticatorId },
): Write => one(requestNoted(db, { authenticatorId, time, last: before.at(-1) ?? 0 }))

/** Times in milliseconds, by the clock of the device. */
export interface SignedAt {
  readonly time: number
  /** The requests before it, as far as the device remembers them, the latest last. */
  readonly before: readonly number[]
}

interface Requested {
  readonly authenticatorId: AuthenticatorId
  readonly time: number
  /** What must have been noted last. */
  readonly last: number
}

const lastOf = prepared((db, { authenticatorId }: Pick<Requested, 'authenticatorId'>) =>
  db.read
    .selectFrom('phone_channel')
    .select('last_request_ms')
    .where('authenticator_id', '=', authenticatorId),
)

const requestNoted = prepared((db, { authenticatorId, time, last }: Requested) =>
  db.write
    .insertInto('phone_channel')
    .values({
      authenticator_id: authenticatorId,
      last_request_ms: time,
      push: null,
      permission: 'default',
      seen_at_ms: 0,
    })
    .onConflict((oc) =>
      oc
        .column('authenticator_id')
        .doUpdateSet({ last_request_ms: time })
        .where('phone_channel.last_request_ms', '=', last)
        .where('phone_channel.last_request_ms', '<', time),
    ),
)

/** The latest subscription counts: a push service may replace it at any time. */
export async function savePush(
  db: Db,
  authenticatorId: AuthenticatorId,
  { subscription, permission, seenAt, key }: PushChannel,
): Promise<void> {
  const push =
    subscription === null ? null : sealed(db, phoneChannelPlace(authenticatorId), subscription)
  const changed = { push, permission, seen_at_ms: seenAt, push_key: key ?? null }
  const row = { authenticator_id: authenticatorId, last_request_ms: 0, ...changed }
  const saved = db.write.insertInto('phone_channel').values(row)
  await db.commit([
    any(saved.onConflict((oc) => oc.column('authenticator_id').doUpdateSet(changed))),
  ])
}

/** A push service no longer knows it; one that the phone has told us of since is kept. */
export async function forgetPush(
  db: Db,
  authenticatorId: AuthenticatorId,
  subscription: Json,
): Promise<void> {
  const [row] = await db.ask(channelOf(db, { authenticatorId }))
  if (!row?.push) return
  const kept = unsealed(db, phoneChannelPlace(authenticatorId), row.push)
  if (canonicalJson(kept) !== canonicalJson(subscription)) return
  const forgotten = db.write
    .updateTable('phone_channel')
    .set({ push: null })
    .where('authenticator_id', '=', authenticatorId)
    .where('push', '=', row.push)
  await db.commit([any(forgotten)])
}

export async function findPush(
  db: Db,
  authenticatorId: AuthenticatorId,
): Promise<PushChannel | null> {
  const [row] = await db.ask(channelOf(db, { authenticatorId }))
  if (!row) return null
  return {
    subscription:
      row.push === null ? null : unsealed(db, phoneChannelPlace(authenticatorId), row.push),
    ...(row.push_key !== null && { key: row.push_key }),
    permission: row.permission as PushChannel['permission'],
    seenAt: instant(row.seen_at_ms),
  }
}

const channelOf = prepared((db, { authenticatorId }: Pick<Requested, 'authenticatorId'>) =>
  db.read
    .selectFrom('phone_channel')
    .select(['push', 'permission', 'seen_at_ms', 'push_key'])
    .where('authenticator_id', '=', authenticatorId),
)

export const phoneChannelPlace = (row: string) => ({ table: 'phone_channel', column: 'push', row })
