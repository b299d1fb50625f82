import type { AuditEvent } from '#core/audit/audit.ts'
import type { Examination, PhoneTest } from '#core/delivery/phone-check.ts'
import type { AuthenticatorId, SessionId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { OF_NOBODY, type Versioned } from '#store/queries/versioned.ts'
import { sessionStays } from '#store/security-stamp.ts'
import { one } from '#store/queries/writes.ts'

/** What was last tried with a phone, and what it has said of itself. */
export interface PhoneCheck {
  readonly test: PhoneTest | null
  readonly examination: Examination | null
}

/** Version 0 for a phone that was never tried. */
export async function findPhoneCheck(db: Db, id: AuthenticatorId): Promise<Versioned<PhoneCheck>> {
  const row = await db.read
    .selectFrom('phone_check')
    .select(['version', 'test', 'examination'])
    .where('authenticator_id', '=', id)
    .executeTakeFirst()
  if (!row) return { value: { test: null, examination: null }, version: OF_NOBODY }
  // Only `commitPhoneCheck` writes there.
  const test = row.test === null ? null : (JSON.parse(row.test) as PhoneTest)
  const examination = row.examination === null ? null : (JSON.parse(row.examination) as Examination)
  return { value: { test, examination }, version: row.version }
}

/**
 * @returns `false`, and has written nothing, when another request was faster, the phone has stopped
 *   or the session is over.
 */
export async function commitPhoneCheck(
  db: Db,
  id: AuthenticatorId,
  {
    checked: { value, version },
    events,
    within,
    now,
  }: {
    readonly checked: Versioned<PhoneCheck>
    readonly events: readonly AuditEvent[]
    /** A session that has to be open; `null` where the phone itself asks. */
    readonly within: SessionId | null
    readonly now: Instant
  },
): Promise<boolean> {
  const next = {
    version: version + 1,
    test: value.test && JSON.stringify(value.test),
    examination: value.examination && JSON.stringify(value.examination),
  }
  const write =
    version === OF_NOBODY
      ? db.write
          .insertInto('phone_check')
          .values({ authenticator_id: id, ...next })
          .onConflict((oc) => oc.doNothing())
      : db.write
          .updateTable('phone_check')
          .set(next)
          .where('authenticator_id', '=', id)
          .where('version', '=', version)
  const active = db.write
    .updateTable('authenticator')
    .set({ lifecycle: 'active' })
    .where('id', '=', id)
    .where('lifecycle', '=', 'active')
  const stays = within === null ? [] : [sessionStays(db, within)]
  return await db.commit([one(active), one(write), ...stays, ...eventWrites(db, events, now)])
}
