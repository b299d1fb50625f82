import { sql } from 'kysely'
import type { CanaryModel } from '#core/subscribers/canary.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Account } from '#core/subscribers/account.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { listContacts } from '#store/contact/addresses.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import { one } from '#store/queries/writes.ts'

/** Whether no such client exists. */
export async function isCanary(db: Db, subscriberId: SubscriberId): Promise<boolean> {
  return (await db.ask(canaryBy(db, { subscriberId }))).length > 0
}

const canaryBy = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read.selectFrom('canary').select('made_at_ms').where('subscriber_id', '=', subscriberId),
)

export const canaryInsert = (db: Db, subscriberId: SubscriberId, madeAt: Instant): Write =>
  one(
    db.write
      .insertInto('canary')
      .values({ subscriber_id: subscriberId, made_at_ms: madeAt })
      .onConflict((oc) => oc.doNothing()),
  )

/** How many clients there are, and canaries beside them. */
export async function countClients(
  db: Db,
): Promise<{ readonly clients: number; readonly canaries: number }> {
  const count = async (table: 'subscriber' | 'canary') =>
    Number(
      (
        await db.read
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number | string>().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    )
  const [all, canaries] = await Promise.all([count('subscriber'), count('canary')])
  return { clients: all - canaries, canaries }
}

/** A client who exists, drawn by chance, with their first account; `null` where there is none. */
export async function drawModel(
  db: Db,
): Promise<(CanaryModel & { readonly account: Account; readonly language: string }) | null> {
  const row = await db.read
    .selectFrom('account')
    .innerJoin('subscriber', 'subscriber.id', 'account.subscriber_id')
    .select(['subscriber.id', 'subscriber.user_name', 'subscriber.full_name'])
    .select(['subscriber.language', 'subscriber.created_at_ms', 'account.number'])
    .where('account.environment', '=', 'live')
    .where('account.status', '=', 'open')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('canary')
            .select('subscriber_id')
            .whereRef('canary.subscriber_id', '=', 'subscriber.id'),
        ),
      ),
    )
    .orderBy(sql`random()`)
    .limit(1)
    .executeTakeFirst()
  if (!row) return null
  const subscriberId = row.id as SubscriberId
  const [accounts, contacts] = await Promise.all([
    listAccounts(db, subscriberId),
    listContacts(db, subscriberId),
  ])
  const account = accounts.find(({ number }) => number === row.number)
  if (!account) return null
  return {
    account,
    language: row.language,
    userName: row.user_name,
    isNamed: row.full_name !== null,
    number: account.number,
    contacts: contacts.filter(({ replacedAt }) => replacedAt === null),
    createdAt: instant(row.created_at_ms),
  }
}

/** Once for each look. @returns whether it is written now. */
export async function raiseAlarm(
  db: Db,
  { seq, now, event }: { readonly seq: number; readonly now: Instant; readonly event: AuditEvent },
): Promise<boolean> {
  const first = db.write
    .insertInto('canary_alarm')
    .values({ seq, at_ms: now })
    .onConflict((oc) => oc.doNothing())
  return await db.commit([one(first), ...eventWrites(db, [event], now)])
}

export async function isAlarmRaised(db: Db, seq: number): Promise<boolean> {
  const rows = await db.read
    .selectFrom('canary_alarm')
    .select('seq')
    .where('seq', '=', seq)
    .execute()
  return rows.length > 0
}
