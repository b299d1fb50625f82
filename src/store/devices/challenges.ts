import type { AuthenticatorId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import { one } from '#store/queries/writes.ts'

/** A number that one authenticator is asked. */
export interface Challenge {
  readonly authenticatorId: AuthenticatorId
  readonly number: string
}

/** A number is asked once for ever: an answer seen today opens nothing tomorrow (A8). */
export function challengeWrite(
  db: Db,
  { authenticatorId, number }: Challenge,
  now: Instant,
): Write {
  return one(challengeInsert(db, { authenticatorId, number, now }))
}

const challengeInsert = prepared(
  (db, { authenticatorId, number, now }: Challenge & { readonly now: Instant }) =>
    db.write
      .insertInto('challenge_issued')
      .values({ authenticator_id: authenticatorId, number, issued_at_ms: now })
      .onConflict((oc) => oc.columns(['authenticator_id', 'number']).doNothing()),
)
