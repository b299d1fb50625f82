import type { Selectable } from 'kysely'
import type { MemberPasskey } from '#core/desk/member.ts'
import type { AuthenticatorId, MemberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'

export type StoredPasskey = MemberPasskey<Json>

const PASSKEY = [
  ...(['id', 'version', 'member_id', 'label', 'created_at_ms', 'used_at_ms'] as const),
  ...(['revoked_at_ms', 'state'] as const),
] as const

/** The passkeys of a member that work, oldest first. */
export async function listMemberPasskeys(
  db: Db,
  memberId: MemberId,
): Promise<readonly Versioned<StoredPasskey>[]> {
  const rows = await db.ask(passkeysOf(db, { memberId }))
  return rows.map((row) => passkeyOf(db, row))
}

/** More than a member may have at a time. */
const PASSKEYS_READ_MAX = 20

const passkeysOf = prepared((db, { memberId }: { readonly memberId: MemberId }) =>
  db.read
    .selectFrom('member_passkey')
    .select(PASSKEY)
    .where('member_id', '=', memberId)
    .where('revoked_at_ms', 'is', null)
    .orderBy('id')
    .limit(atMost(PASSKEYS_READ_MAX)),
)

/** How many passkeys of each member work. */
export async function countMemberPasskeys(db: Db): Promise<ReadonlyMap<MemberId, number>> {
  const rows = await db.read
    .selectFrom('member_passkey')
    .select((eb) => ['member_id', eb.fn.countAll<number | string>().as('count')])
    .where('revoked_at_ms', 'is', null)
    .groupBy('member_id')
    .execute()
  return new Map(rows.map((row) => [row.member_id as MemberId, Number(row.count)]))
}

/** A new passkey, or another state of one over the version that was read, while it works. */
export function memberPasskeyWrite(db: Db, { value, version }: Written<StoredPasskey>): Write {
  const { id, memberId, label, createdAt, usedAt, revokedAt } = value
  const state = sealed(db, memberPasskeyPlace(id), value.state)
  if (version !== null) {
    const update = db.write
      .updateTable('member_passkey')
      .set({ label, used_at_ms: usedAt, revoked_at_ms: revokedAt, state, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('revoked_at_ms', 'is', null)
    return one(update)
  }
  return one(
    db.write.insertInto('member_passkey').values({
      id,
      version: 1,
      member_id: memberId,
      label,
      created_at_ms: createdAt,
      used_at_ms: usedAt,
      revoked_at_ms: revokedAt,
      state,
    }),
  )
}

/** None of them works any more. */
export const revokeMemberPasskeys = (db: Db, memberId: MemberId, now: Instant): Write =>
  any(
    db.write
      .updateTable('member_passkey')
      .set((eb) => ({ revoked_at_ms: now, version: eb('version', '+', 1) }))
      .where('member_id', '=', memberId)
      .where('revoked_at_ms', 'is', null),
  )

/** A challenge of ours that a passkey has answered, and what the passkey is afterwards. */
export interface AnsweredChallenge {
  readonly challenge: string
  readonly passkey: Versioned<StoredPasskey>
}

/**
 * An answer counts once: a second one to the same challenge, on whatever node, writes nothing, and
 * neither does one of a passkey that was used or removed since.
 */
export const answeredWrites = (
  db: Db,
  { challenge, passkey }: AnsweredChallenge,
  now: Instant,
): readonly Write[] => [challengeWrite(db, challenge, now), memberPasskeyWrite(db, passkey)]

export const challengeWrite = (db: Db, challenge: string, now: Instant): Write =>
  one(
    db.write
      .insertInto('member_answer')
      .values({ challenge, at_ms: now })
      .onConflict((oc) => oc.doNothing()),
  )

export const memberPasskeyPlace = (id: string) => ({
  table: 'member_passkey',
  column: 'state',
  row: id,
})

function passkeyOf(db: Db, row: Selectable<Tables['member_passkey']>): Versioned<StoredPasskey> {
  const value: StoredPasskey = {
    id: row.id as AuthenticatorId,
    memberId: row.member_id as MemberId,
    label: row.label,
    createdAt: instant(row.created_at_ms),
    usedAt: instant(row.used_at_ms),
    revokedAt: row.revoked_at_ms === null ? null : instant(row.revoked_at_ms),
    state: unsealed(db, memberPasskeyPlace(row.id), row.state),
  }
  return { value, version: row.version }
}
