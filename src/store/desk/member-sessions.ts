import type { Selectable } from 'kysely'
import type { MemberSession } from '#core/desk/member.ts'
import type { AuthenticatorId, MemberId, MemberSessionId } from '#core/ids.ts'
import { SEEN_GRAIN } from '#core/sessions/session.ts'
import { before, type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import { prepared } from '#store/queries/prepared.ts'
import { any, one } from '#store/queries/writes.ts'

/** What is read of a session: what its token is hashed to is only looked for. */
export const MEMBER_SESSION = [
  ...(['id', 'member_id', 'passkey_id', 'opened_at_ms', 'seen_at_ms'] as const),
  ...(['ended_at_ms', 'body'] as const),
] as const

export function memberSessionWrite(
  db: Db,
  { value, tokenHash }: { readonly value: MemberSession; readonly tokenHash: Uint8Array },
): Write {
  const { id, memberId, passkeyId, openedAt, seenAt, endedAt, ...kept } = value
  return one(
    db.write.insertInto('member_session').values({
      id,
      token_hash: tokenHash,
      member_id: memberId,
      passkey_id: passkeyId,
      opened_at_ms: openedAt,
      seen_at_ms: seenAt,
      ended_at_ms: endedAt,
      body: JSON.stringify(kept satisfies Body),
    }),
  )
}

/** Notes that a session was used, at most once in `SEEN_GRAIN`; an ended one stays as it is. */
export async function touchMemberSession(db: Db, id: MemberSessionId, at: Instant): Promise<void> {
  const write = db.write
    .updateTable('member_session')
    .set({ seen_at_ms: at })
    .where('id', '=', id)
    .where('seen_at_ms', '<=', before(at, SEEN_GRAIN))
    .where('ended_at_ms', 'is', null)
  await db.commit([any(write)])
}

/** The session has not ended. It is written: an act that ends it waits, or is waited for. */
export const memberSessionStays = (db: Db, id: MemberSessionId): Write => one(stays(db, { id }))

const stays = prepared((db, { id }: { readonly id: MemberSessionId }) =>
  db.write
    .updateTable('member_session')
    .set({ ended_at_ms: null })
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null),
)

/** Ends one session, which must be open. */
export const endMemberSession = (db: Db, id: MemberSessionId, now: Instant): Write =>
  one(
    db.write
      .updateTable('member_session')
      .set({ ended_at_ms: now })
      .where('id', '=', id)
      .where('ended_at_ms', 'is', null),
  )

/** Ends all sessions of a member; or those that one of their passkeys has opened. */
export function endMemberSessions(
  db: Db,
  {
    memberId,
    passkeyId,
    asking,
  }: {
    readonly memberId: MemberId
    readonly passkeyId?: AuthenticatorId
    /** The one that asks, which the commit ends by itself: it must be open. */
    readonly asking?: MemberSessionId
  },
  now: Instant,
): Write {
  let update = db.write
    .updateTable('member_session')
    .set({ ended_at_ms: now })
    .where('member_id', '=', memberId)
    .where('ended_at_ms', 'is', null)
  if (passkeyId !== undefined) update = update.where('passkey_id', '=', passkeyId)
  if (asking !== undefined) update = update.where('id', '!=', asking)
  return any(update)
}

export const memberSessionOf = (
  row: Omit<Selectable<Tables['member_session']>, 'token_hash'>,
): MemberSession => ({
  ...(JSON.parse(row.body) as Body),
  id: row.id as MemberSessionId,
  memberId: row.member_id as MemberId,
  passkeyId: row.passkey_id as AuthenticatorId,
  openedAt: instant(row.opened_at_ms),
  seenAt: instant(row.seen_at_ms),
  endedAt: row.ended_at_ms === null ? null : instant(row.ended_at_ms),
})

/** What has no column of its own. */
type Body = Pick<MemberSession, 'browser' | 'place'>
