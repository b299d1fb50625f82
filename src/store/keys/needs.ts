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
