import type { AuthenticatorId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'

/** How many phones have a subscription that was made with this key. */
export async function countSubscriptions(db: Pick<Db, 'read'>, key: number): Promise<number> {
  const { count } = await db.read
    .selectFrom('phone_channel')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('push', 'is not', null)
    .where((eb) =>
      // Those of older versions do not say it: there was one key.
      key === 1
        ? eb.or([eb('push_key', 'is', null), eb('push_key', '=', key)])
        : eb('push_key', '=', key),
    )
    .executeTakeFirstOrThrow()
  return Number(count)
}

/**
 * Whether what an authenticator holds is ever looked at again: not that of a revoked one, of one
 * that has expired, or of a client who does not exist.
 */
export async function isJudgedAgain(
  db: Pick<Db, 'read'>,
  id: AuthenticatorId,
  now: Instant,
): Promise<boolean> {
  const row = await db.read
    .selectFrom('authenticator')
    .select('authenticator.id')
    .where('authenticator.id', '=', id)
    .where('lifecycle', '!=', 'revoked')
    .where((eb) => eb.or([eb('expires_at_ms', 'is', null), eb('expires_at_ms', '>', now)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('binding')
            .innerJoin('canary', 'canary.subscriber_id', 'binding.subscriber_id')
            .select('binding.authenticator_id')
            .whereRef('binding.authenticator_id', '=', 'authenticator.id'),
        ),
      ),
    )
    .executeTakeFirst()
  return row !== undefined
}
