import { hash } from 'node:crypto'
import { type ExpressionBuilder, type SqlBool, type Expression } from 'kysely'
import type { SessionId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { any, one } from '#store/queries/writes.ts'

/**
 * Ids here are secrets of their holders (an opaque token is its own id): only hashes are
 * stored.
 */
export interface OidcKey {
  readonly model: string
  readonly id: string
}

export interface OidcPayload {
  readonly payload: Json
  readonly expiresAt: Instant | null
  readonly consumedAt: Instant | null
}

export interface OidcUpsert extends OidcKey {
  readonly payload: Json
  readonly expiresAt: Instant | null
  readonly grantId?: string | undefined
  readonly uid?: string | undefined
  readonly userCode?: string | undefined
  /**
   * `once`, if nothing is said: what stands under this key stays. `until-consumed`: it is replaced
   * while unused.
   */
  readonly written?: 'once' | 'until-consumed'
  /** A step that is taken once in the life of this key, and with this write. */
  readonly step?: string | undefined
  /** The session that gave what is written, so that its end can take it back: of grants. */
  readonly givenBy?: SessionId | undefined
}

/**
 * Writes what stands under this key. What has expired stands there no more, whether it was deleted
 * or not.
 *
 * @returns `false`, and writes nothing, when the key is taken, was consumed, or has taken this step
 *   before.
 */
export async function upsertOidc(db: Db, upsert: OidcUpsert, now: Instant): Promise<boolean> {
  const { model, payload, expiresAt, grantId, uid, userCode, written = 'once' } = upsert
  const { step, givenBy } = upsert
  const id = hashed(upsert.id)
  const put = PUTS[written](db, {
    model,
    id,
    uid: uid === undefined ? null : hashed(uid),
    userCode: userCode === undefined ? null : hashed(userCode),
    grantId: grantId ?? null,
    expiresAt,
    payload: sealed(db, oidcPlace(model, id), payload),
    now,
  })
  const steps = step === undefined ? [] : [taken(db, { model: `${model}/${step}`, id, expiresAt })]
  const links = givenBy === undefined ? [] : [linked(db, { sessionId: givenBy, id: upsert.id })]
  return await db.commit([one(put), ...steps, ...links])
}

/** The values of a row, with what is hashed and sealed. */
interface PayloadRow {
  readonly model: string
  readonly id: string
  readonly uid: string | null
  readonly userCode: string | null
  readonly grantId: string | null
  readonly expiresAt: Instant | null
  readonly payload: Uint8Array
  readonly now: Instant
}

const putting = (isReplaced: (eb: PayloadBuilder, row: PayloadRow) => Expression<SqlBool>) =>
  prepared((db, row: PayloadRow) => {
    const changed = {
      uid_hash: row.uid,
      user_code_hash: row.userCode,
      grant_id: row.grantId,
      expires_at_ms: row.expiresAt,
      consumed_at_ms: null,
      payload: row.payload,
    }
    return db.write
      .insertInto('oidc_payload')
      .values({ model: row.model, id_hash: row.id, ...changed })
      .onConflict((oc) =>
        oc
          .columns(['model', 'id_hash'])
          .doUpdateSet(changed)
          .where((eb) => isReplaced(eb as PayloadBuilder, row)),
      )
  })

type PayloadBuilder = ExpressionBuilder<Tables, 'oidc_payload'>

const isExpired = (eb: PayloadBuilder, { now }: Pick<PayloadRow, 'now'>) =>
  eb('oidc_payload.expires_at_ms', '<=', now)

const PUTS = {
  once: putting(isExpired),
  'until-consumed': putting((eb, row) =>
    eb.or([isExpired(eb, row), eb('oidc_payload.consumed_at_ms', 'is', null)]),
  ),
}

/** A row that says only that it is there: its key is free once. */
function taken(
  db: Db,
  { model, id, expiresAt }: OidcKey & { readonly expiresAt: Instant | null },
): Write {
  const row = {
    model,
    id_hash: id,
    uid_hash: null,
    user_code_hash: null,
    grant_id: null,
    expires_at_ms: expiresAt,
    consumed_at_ms: null,
    payload: sealed(db, oidcPlace(model, id), null),
  }
  const inserted = db.write.insertInto('oidc_payload').values(row)
  return one(inserted.onConflict((oc) => oc.columns(['model', 'id_hash']).doNothing()))
}

interface Link {
  readonly sessionId: SessionId
  readonly id: string
}

const linked = (db: Db, link: Link): Write => any(grantLink(db, link))

const grantLink = prepared((db, { sessionId, id }: Link) =>
  db.write
    .insertInto('session_grant')
    .values({ session_id: sessionId, grant_id: id })
    .onConflict((oc) => oc.doNothing()),
)

/** `null` when there is none, or its time is over. */
export async function findOidc(db: Db, key: OidcKey, now: Instant): Promise<OidcPayload | null> {
  return findBy(db, key.model, { column: 'id_hash', value: hashed(key.id), now })
}

export async function findOidcByUid(
  db: Db,
  key: { readonly model: string; readonly uid: string },
  now: Instant,
): Promise<OidcPayload | null> {
  return findBy(db, key.model, { column: 'uid_hash', value: hashed(key.uid), now })
}

export async function findOidcByUserCode(
  db: Db,
  key: { readonly model: string; readonly userCode: string },
  now: Instant,
): Promise<OidcPayload | null> {
  return findBy(db, key.model, { column: 'user_code_hash', value: hashed(key.userCode), now })
}

/** @returns `false` when it was consumed before, has expired or is gone: the caller must refuse. */
export async function consumeOidc(db: Db, { model, id }: OidcKey, now: Instant): Promise<boolean> {
  return await db.commit([one(consumed(db, { model, id: hashed(id), now }))])
}

const consumed = prepared((db, { model, id, now }: OidcKey & { readonly now: Instant }) =>
  db.write
    .updateTable('oidc_payload')
    .set({ consumed_at_ms: now })
    .where('model', '=', model)
    .where('id_hash', '=', id)
    .where('consumed_at_ms', 'is', null)
    .where(livesAt(now)),
)

export async function destroyOidc(db: Db, { model, id }: OidcKey): Promise<void> {
  const all = db.write.deleteFrom('oidc_payload')
  await db.commit([any(all.where('model', '=', model).where('id_hash', '=', hashed(id)))])
}

/** Everything that was issued under a grant is gone. */
export async function revokeGrant(db: Db, grantId: string): Promise<void> {
  await db.commit([any(db.write.deleteFrom('oidc_payload').where('grant_id', '=', grantId))])
}

export async function listGrants(db: Db, sessionId: SessionId): Promise<readonly string[]> {
  const rows = await db.read
    .selectFrom('session_grant')
    .select('grant_id')
    .where('session_id', '=', sessionId)
    .orderBy('grant_id')
    .execute()
  return rows.map((row) => row.grant_id)
}

async function findBy(
  db: Db,
  model: string,
  {
    column,
    value,
    now,
  }: { readonly column: Column; readonly value: string; readonly now: Instant },
): Promise<OidcPayload | null> {
  const [row] = await db.ask(FOUND[column](db, { model, value, now }))
  if (!row) return null
  return {
    payload: unsealed(db, oidcPlace(model, row.id_hash), row.payload),
    expiresAt: row.expires_at_ms === null ? null : instant(row.expires_at_ms),
    consumedAt: row.consumed_at_ms === null ? null : instant(row.consumed_at_ms),
  }
}

interface Looked {
  readonly model: string
  readonly value: string
  readonly now: Instant
}

const foundBy = (column: Column) =>
  prepared((db, { model, value, now }: Looked) =>
    db.read
      .selectFrom('oidc_payload')
      .select(['id_hash', 'payload', 'expires_at_ms', 'consumed_at_ms'])
      .where('model', '=', model)
      .where(column, '=', value)
      .where(livesAt(now))
      .limit(atMost(1)),
  )

type Column = 'id_hash' | 'uid_hash' | 'user_code_hash'

const FOUND = {
  id_hash: foundBy('id_hash'),
  uid_hash: foundBy('uid_hash'),
  user_code_hash: foundBy('user_code_hash'),
}

const livesAt =
  (now: Instant) =>
  (eb: PayloadBuilder): Expression<SqlBool> =>
    eb.or([eb('expires_at_ms', 'is', null), eb('expires_at_ms', '>', now)])

const hashed = (secret: string): string => hash('sha256', secret, 'base64url')

export const oidcPlace = (model: string, id: string) => ({
  table: 'oidc_payload',
  column: 'payload',
  row: `${model}/${id}`,
})
