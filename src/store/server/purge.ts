import { sql } from 'kysely'
import { SHARED_FOR } from '#core/connectivity/share.ts'
import { REPLACED_CONTACT_KEPT } from '#core/contact/address.ts'
import { newId } from '#core/ids.ts'
import { REPORT_KEPT } from '#core/notices/report.ts'
import { DRAFT_LIFETIME } from '#core/orders/order.ts'
import { before, days, type Instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import { any } from '#store/queries/writes.ts'

/** How long what is over stays to be looked at: by its subscriber, and by the desk. */
export const HISTORY = days(90)

/**
 * How long guesses at an unknown name are remembered. Guesses at that of a client are kept until
 * the right password comes, so an attacker who waits this long and finds his guesses forgotten has
 * learned that the name is unknown: one name a month.
 */
export const NOBODYS_THROTTLE = days(30)

/**
 * How long a receipt is kept for a message that is not known here: its sender writes it soon.
 */
const UNKNOWN_MESSAGE = days(1)

/** Much longer than a question to a passkey of staff is open. */
const ANSWERS_KEPT = days(1)

/**
 * Rows of one table that one commit deletes: enough to keep up, little enough that no request
 * waits.
 */
export const PURGED_MAX = 500

/**
 * Deletes a bounded batch of what has outlived its time; @returns how many rows: 0 when all is
 * done.
 */
export async function purge(db: Db, now: Instant): Promise<number> {
  let deleted = 0
  for (const write of overdue(db, now)) {
    const counts = await db.commitCounted([write])
    deleted += counts?.[0] ?? 0
  }
  return deleted
}

/**
 * Ids begin with the time, so the oldest rows stand first in the primary key: no index more for
 * this.
 */
function overdue(db: Db, now: Instant): readonly Write[] {
  const past = before(now, HISTORY)
  return [
    olderThan(db, 'login', newId('log', past, zeros)),
    sessionThrottles(db, newId('ses', past, zeros)),
    olderThan(db, 'session', newId('ses', past, zeros)),
    olderThan(db, 'member_session', newId('mse', past, zeros)),
    olderThan(db, 'enrolment', newId('enr', past, zeros)),
    olderThan(db, 'task', newId('tsk', past, zeros)),
    nobodysThrottles(db, before(now, NOBODYS_THROTTLE)),
    expiredPayloads(db, now),
    since(db, 'outbox', past),
    unknownMessages(db, before(now, UNKNOWN_MESSAGE)),
    since(db, 'contact', before(now, REPLACED_CONTACT_KEPT)),
    since(db, 'hold', past),
    since(db, 'letter', past),
    oldReports(db, before(now, REPORT_KEPT)),
    toldLongAgo(db, past),
    since(db, 'order_draft', before(now, DRAFT_LIFETIME)),
    since(db, 'member_answer', before(now, ANSWERS_KEPT)),
    since(db, 'member_invitation', past),
    since(db, 'connectivity_result', before(now, SHARED_FOR)),
    since(db, 'share_request', past),
    since(db, 'address_change', past),
  ]
}

const zeros = (length: number): Uint8Array => new Uint8Array(length)

type Aged = 'login' | 'session' | 'enrolment' | 'task' | 'member_session'

function olderThan(db: Db, table: Aged, id: string): Write {
  const old = db.read.selectFrom(table).select('id').where('id', '<', id).orderBy('id')
  return any(db.write.deleteFrom(table).where('id', 'in', old.limit(PURGED_MAX)))
}

/**
 * What is over by a time of its own, with the key of its rows. A delivery that was given up stays
 * until the operator has had time to look, and a letter that is not posted however long it waits.
 * There is a PIN in a draft. A question that a passkey of staff has answered is too old to be asked
 * again.
 */
const OVER_AT = {
  outbox: ['id', 'given_up_at_ms'],
  contact: ['id', 'replaced_at_ms'],
  hold: ['id', 'until_ms'],
  letter: ['id', 'posted_at_ms'],
  order_draft: ['session_id', 'begun_at_ms'],
  member_answer: ['challenge', 'at_ms'],
  member_invitation: ['token_hash', 'expires_at_ms'],
  connectivity_result: ['code_hash', 'made_at_ms'],
  share_request: ['id', 'expires_at_ms'],
  address_change: ['subscriber_id', 'expires_at_ms'],
} as const satisfies { readonly [T in keyof Tables]?: readonly [keyof Tables[T], keyof Tables[T]] }

function since(db: Db, table: keyof typeof OVER_AT, past: Instant): Write {
  const [key, at] = OVER_AT[table]
  const overAt = sql.ref<number>(at)
  const old = db.read.selectFrom(table).select(sql.ref<string>(key).as('key'))
  const oldest = old.where(overAt, '<', past).orderBy(overAt).limit(PURGED_MAX)
  return any(db.write.deleteFrom(table).where(sql.ref<string>(key), 'in', oldest))
}

/** What was counted within sessions, while these are left to tell which it is. */
function sessionThrottles(db: Db, id: string): Write {
  const old = db.read
    .selectFrom('session')
    .select(sql<string>`'session:' || id`.as('key'))
    .where('id', '<', id)
    .orderBy('id')
  return any(db.write.deleteFrom('throttle').where('key', 'in', old.limit(PURGED_MAX)))
}

function nobodysThrottles(db: Db, past: Instant): Write {
  const old = db.read
    .selectFrom('throttle')
    .select('key')
    .where('subscriber_id', 'is', null)
    .where('last_failed_at_ms', '<', past)
    .orderBy('last_failed_at_ms')
  return any(db.write.deleteFrom('throttle').where('key', 'in', old.limit(PURGED_MAX)))
}

/** By the time of the report: as long as it can come again, it is known. */
function oldReports(db: Db, past: Instant): Write {
  const old = db.read
    .selectFrom('report')
    .select(['platform', 'event'])
    .where('reported_at_ms', '<', past)
    .orderBy('reported_at_ms')
    .limit(PURGED_MAX)
  return any(
    db.write
      .deleteFrom('report')
      .where((eb) => eb(eb.refTuple('platform', 'event'), 'in', old.$asTuple('platform', 'event'))),
  )
}

function expiredPayloads(db: Db, now: Instant): Write {
  const old = db.read
    .selectFrom('oidc_payload')
    .select(['model', 'id_hash'])
    .where('expires_at_ms', '<=', now)
    .orderBy('expires_at_ms')
    .limit(PURGED_MAX)
  return any(
    db.write
      .deleteFrom('oidc_payload')
      .where((eb) => eb(eb.refTuple('model', 'id_hash'), 'in', old.$asTuple('model', 'id_hash'))),
  )
}

function unknownMessages(db: Db, past: Instant): Write {
  const old = db.read
    .selectFrom('carrier_message')
    .select(['channel', 'message'])
    .where('login_id', 'is', null)
    .where('at_ms', '<', past)
    .orderBy('at_ms')
    .limit(PURGED_MAX)
  return any(
    db.write
      .deleteFrom('carrier_message')
      .where((eb) =>
        eb(eb.refTuple('channel', 'message'), 'in', old.$asTuple('channel', 'message')),
      ),
  )
}

/** Only below the mark: above it, what is forgotten here would be told once more. */
function toldLongAgo(db: Db, past: Instant): Write {
  const oldest = db.read
    .selectFrom('notice')
    .select('seq')
    .where('seq', '<=', (eb) => eb.selectFrom('notice_mark').select('seq').where('id', '=', 1))
    .orderBy('seq')
    .limit(PURGED_MAX)
  return any(db.write.deleteFrom('notice').where('seq', 'in', oldest).where('at_ms', '<', past))
}
