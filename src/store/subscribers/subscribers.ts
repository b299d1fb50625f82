import { type Selectable } from 'kysely'
import type { Account, Language, Subscriber } from '#core/subscribers/account.ts'
import { userNameKey } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SessionId, SubscriberId } from '#core/ids.ts'
import { OTHER_USERS_MAX, type Primary } from '#core/subscribers/primary-user.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Reason } from '#core/subscribers/jurisdiction.ts'
import { accountInsert } from '#store/accounts/accounts.ts'
import { reasonWrites } from '#store/accounts/reasons.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, sessionWrites } from '#store/endings.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { sealedName } from '#store/subscribers/full-names.ts'
import { movesState, nextState, sessionStays } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { among, one } from '#store/queries/writes.ts'

export const SUBSCRIBER = [
  'id',
  'version',
  'user_name',
  'language',
  'language_chosen',
  ...(['seamless', 'asked_first'] as const),
  ...(['primary_id', 'primary_name', 'leave_until_ms'] as const),
  'created_at_ms',
] as const
export async function findSubscriber(
  db: Db,
  id: SubscriberId,
): Promise<Versioned<Subscriber> | null> {
  const [row] = await db.ask(subscriberById(db, { id }))
  return row ? { value: subscriberOf(row), version: row.version } : null
}

const subscriberById = prepared((db, { id }: { readonly id: SubscriberId }) =>
  db.read.selectFrom('subscriber').select(SUBSCRIBER).where('id', '=', id),
)

/** Who has one of these user names, in the form in which they are compared. */
export async function listSubscribersNamed(
  db: Db,
  nameKeys: readonly string[],
): Promise<readonly SubscriberId[]> {
  const rows = await db.read
    .selectFrom('subscriber')
    .select('id')
    .where('name_key', 'in', among(nameKeys))
    .execute()
  return rows.map(({ id }) => id as SubscriberId)
}

/** @returns `false`, and writes nothing, when the user name or an account number is taken. */
export async function createSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Subscriber
    /** What the client is called, where it is known. */
    readonly fullName?: string
    readonly accounts: readonly Account[]
    readonly authenticators: readonly Authenticator[]
    /** Why the back office has said where one of the accounts belongs. */
    readonly reasons?: readonly Reason[]
    /** What else comes on record with them. */
    readonly besides?: readonly Write[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, subscriber, fullName, accounts, authenticators, reasons = [], events } = commit
  const nameKey = userNameKey(subscriber.userName)
  if (nameKey === null) throw new Error('a user name that cannot be typed')
  const row = {
    id: subscriber.id,
    version: 1,
    user_name: subscriber.userName,
    name_key: nameKey,
    full_name: fullName === undefined ? null : sealedName(db, subscriber.id, fullName),
    identity: null,
    language: subscriber.language,
    language_chosen: Number(subscriber.hasChosenLanguage),
    seamless: Number(subscriber.seamless),
    asked_first: subscriber.askedFirst,
    ...primaryRow(subscriber),
    created_at_ms: subscriber.createdAt,
  }
  return db.commit([
    one(
      db.write
        .insertInto('subscriber')
        .values(row)
        .onConflict((oc) => oc.doNothing()),
    ),
    ...accounts.map((account) => accountInsert(db, account)),
    ...authenticators.flatMap((value) => bindingWrites(db, value, [subscriber.id])),
    ...reasonWrites(db, reasons),
    ...(commit.besides ?? []),
    ...eventWrites(db, events, now),
  ])
}

/**
 * Language, what is asked first and how, and whose account it is may change.
 *
 * @returns `false`, and writes nothing, when it, or one that must `stay` as it is, was written
 *   since it was read.
 */
export async function updateSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Versioned<Subscriber>
    /** Of another, what was decided depends on. */
    readonly stays?: Versioned<Subscriber>
    /** What ends with it. */
    readonly ended?: Ended
    /** The session that asks for it, which must not have ended. */
    readonly within?: SessionId
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { subscriber, stays, ended, within, events, now } = commit
  const { value, version } = subscriber
  const changed = {
    language: value.language,
    language_chosen: Number(value.hasChosenLanguage),
    seamless: Number(value.seamless),
    asked_first: value.askedFirst,
    ...primaryRow(value),
  }
  const update = db.write
    .updateTable('subscriber')
    .set({ ...changed, version: version + 1 })
    .where('id', '=', value.id)
    .where('version', '=', version)
  // One statement for all of it: two of one commit must not write the same row.
  const moved = ended && movesState(ended.by) ? update.set((eb) => nextState(eb, ended.by)) : update
  return db.commit([
    one(moved),
    ...(within ? [sessionStays(db, within)] : []),
    ...(ended ? sessionWrites(db, ended, now) : []),
    ...(stays ? [one(stayWrite(db, stays))] : []),
    ...eventWrites(db, events, now),
  ])
}

const stayWrite = (db: Db, { value, version }: Versioned<Subscriber>) =>
  db.write
    .updateTable('subscriber')
    .set({ version: version + 1 })
    .where('id', '=', value.id)
    .where('version', '=', version)

/** Every client who uses the account of this subscriber beside them, by their ids. */
export async function listOtherUsers(
  db: Db,
  id: SubscriberId,
): Promise<readonly Versioned<Subscriber>[]> {
  const rows = await db.ask(otherUsers(db, { id }))
  return rows.map((row) => ({ value: subscriberOf(row), version: row.version }))
}

const otherUsers = prepared((db, { id }: { readonly id: SubscriberId }) =>
  db.read
    .selectFrom('subscriber')
    .select(SUBSCRIBER)
    .where('primary_id', '=', id)
    .orderBy('id')
    .limit(atMost(OTHER_USERS_MAX)),
)

const primaryRow = ({ primary }: Subscriber) => ({
  primary_id: primary?.id ?? null,
  primary_name: primary?.name ?? null,
  leave_until_ms: primary?.leaveUntil ?? null,
})

type SubscriberRow = Omit<
  Selectable<Tables['subscriber']>,
  | 'name_key'
  | 'full_name'
  | 'identity'
  | 'security_stamp'
  | 'order_stamp'
  | 'login_stamp'
  | 'arrivals'
>

export const subscriberOf = (row: SubscriberRow): Subscriber => ({
  id: row.id as SubscriberId,
  userName: row.user_name,
  language: row.language as Language,
  hasChosenLanguage: row.language_chosen === 1,
  seamless: row.seamless === 1,
  askedFirst: row.asked_first as AuthenticatorId | null,
  primary: primaryOf(row),
  createdAt: instant(row.created_at_ms),
})

const primaryOf = (row: SubscriberRow): Primary | null =>
  row.primary_id === null
    ? null
    : {
        id: row.primary_id as SubscriberId,
        name: row.primary_name ?? '',
        leaveUntil: row.leave_until_ms === null ? null : instant(row.leave_until_ms),
      }
