import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { SessionId, ShareRequestId, SubscriberId } from '#core/ids.ts'
import { OFFERS_MAX, type ShareRequest } from '#core/inventory/share-request.ts'
import type { Json } from '#core/json.ts'
import type { Account } from '#core/subscribers/account.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { accountStays } from '#store/accounts/accounts.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { authenticatorWrites } from '#store/devices/authenticators.ts'
import { endingWrites } from '#store/endings.ts'
import { sharingWrite } from '#store/inventory/hardware-tokens.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'
import {
  clientWrite,
  notDisowned,
  sessionStays,
  type Standing,
  standingWrites,
} from '#store/security-stamp.ts'

const REQUEST = [
  ...(['id', 'version', 'asker_id', 'owner_id', 'state'] as const),
  ...(['asked_at_ms', 'expires_at_ms', 'body'] as const),
] as const

export async function findShareRequest(
  db: Db,
  id: ShareRequestId,
): Promise<Versioned<ShareRequest> | null> {
  const row = await db.read
    .selectFrom('share_request')
    .select(REQUEST)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? requestOf(db, row) : null
}

/** What a client has asked for, the latest first. */
export async function listSharesAsked(
  db: Db,
  askerId: SubscriberId,
): Promise<readonly Versioned<ShareRequest>[]> {
  const rows = await db.ask(sharesAsked(db, { askerId }))
  return rows.map((row) => requestOf(db, row))
}

const ASKED_MAX = 20

const sharesAsked = prepared((db, { askerId }: { readonly askerId: SubscriberId }) =>
  db.read
    .selectFrom('share_request')
    .select(REQUEST)
    .where('asker_id', '=', askerId)
    .orderBy('id', 'desc')
    .limit(atMost(ASKED_MAX)),
)

/** What a client is asked for and has not answered, the oldest first. */
export async function listSharesOffered(
  db: Db,
  asked: { readonly ownerId: SubscriberId; readonly now: Instant },
): Promise<readonly Versioned<ShareRequest>[]> {
  const rows = await db.ask(sharesOffered(db, asked))
  return rows.map((row) => requestOf(db, row))
}

const sharesOffered = prepared(
  (db, { ownerId, now }: { readonly ownerId: SubscriberId; readonly now: Instant }) =>
    db.read
      .selectFrom('share_request')
      .select(REQUEST)
      .where('owner_id', '=', ownerId)
      .where('state', '=', 'offered')
      .where('expires_at_ms', '>', now)
      .orderBy('id')
      .limit(atMost(OFFERS_MAX)),
)

/** What a client was asked for, whatever became of it, the latest first. */
export async function listSharesOfOwner(
  db: Db,
  ownerId: SubscriberId,
): Promise<readonly Versioned<ShareRequest>[]> {
  const rows = await db.read
    .selectFrom('share_request')
    .select(REQUEST)
    .where('owner_id', '=', ownerId)
    .orderBy('id', 'desc')
    .limit(atMost(ASKED_MAX))
    .execute()
  return rows.map((row) => requestOf(db, row))
}

/** Names that were not looked up yet, the oldest first. */
export async function listSharesToLookUp(db: Db): Promise<readonly Versioned<ShareRequest>[]> {
  const rows = await db.read
    .selectFrom('share_request')
    .select(REQUEST)
    .where('state', '=', 'asked')
    .orderBy('id')
    .limit(LOOKED_UP_AT_ONCE)
    .execute()
  return rows.map((row) => requestOf(db, row))
}

const LOOKED_UP_AT_ONCE = 20

/** @returns `false`, and writes nothing, when it was written since it was read. */
export async function commitShareRequest(
  db: Db,
  commit: {
    readonly now: Instant
    readonly request: Written<ShareRequest>
    /** What it rests on, where a client asks. */
    readonly standing?: Standing
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, request, standing, events } = commit
  return await db.commit([
    ...(standing ? standingWrites(db, standing) : []),
    requestWrite(db, request),
    ...eventWrites(db, events, now),
  ])
}

/** A client as everything was decided on. */
export interface SharerAsRead {
  readonly subscriberId: SubscriberId
  readonly stamp: number
  readonly version: number
  readonly accounts: readonly Versioned<Account>[]
}

/**
 * One more holds it. @returns `false`, and writes nothing, when anything that this rests on was
 * written since: the request, the device, or of one of the clients the state, what is on record or
 * an account; or when the client who asked has ended the session that they asked in.
 */
export async function commitShareAgreed(
  db: Db,
  commit: {
    readonly now: Instant
    readonly request: Versioned<ShareRequest>
    readonly device: Versioned<Authenticator>
    readonly asker: SharerAsRead
    /** Who holds it already. */
    readonly holders: readonly SharerAsRead[]
    /** The session of the owner. */
    readonly within: SessionId
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, request, device, asker, holders, within, events } = commit
  const all = [asker, ...holders].toSorted((one, other) =>
    one.subscriberId < other.subscriberId ? -1 : 1,
  )
  const accounts = new Map(
    all.flatMap((sharer) => sharer.accounts.map((one) => [one.value.id, one])),
  )
  return await db.commit([
    ...all.flatMap(({ subscriberId, stamp, version }) =>
      subscriberId === asker.subscriberId
        ? endingWrites(db, { by: 'device-given', subscriberId, stamp, version }, now)
        : [clientWrite(db, { subscriberId, stamp, version, moves: false })],
    ),
    sessionStays(db, within),
    notDisowned(db, request.value.sessionId),
    ...[...accounts.values()]
      .toSorted((one, other) => (one.value.id < other.value.id ? -1 : 1))
      .map((account) => accountStays(db, account)),
    ...authenticatorWrites(db, [device]),
    sharingWrite(db, device.value, asker.subscriberId),
    requestWrite(db, request),
    ...eventWrites(db, events, now),
  ])
}

function requestWrite(db: Db, { value, version }: Written<ShareRequest>): Write {
  const { id, askerId, state, askedAt, expiresAt, ...kept } = value
  const ownerId = 'ownerId' in value ? value.ownerId : null
  const body = sealed(db, shareRequestPlace(id), kept as unknown as Json)
  if (version === null) {
    const at = { asked_at_ms: askedAt, expires_at_ms: expiresAt }
    const row = { id, version: 1, asker_id: askerId, owner_id: ownerId, state, ...at, body }
    return one(db.write.insertInto('share_request').values(row))
  }
  return one(
    db.write
      .updateTable('share_request')
      .set({ state, owner_id: ownerId, body, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version),
  )
}

export const shareRequestPlace = (id: string) => ({
  table: 'share_request',
  column: 'body',
  row: id,
})

function requestOf(db: Db, row: Selectable<Tables['share_request']>): Versioned<ShareRequest> {
  // Nothing but `requestWrite` has written what opens here.
  const kept = unsealed(db, shareRequestPlace(row.id), row.body) as unknown as ShareRequest
  const value = {
    ...kept,
    id: row.id as ShareRequestId,
    askerId: row.asker_id as SubscriberId,
    state: row.state,
    askedAt: instant(row.asked_at_ms),
    expiresAt: instant(row.expires_at_ms),
  } as ShareRequest
  return { value, version: row.version }
}
