import { sql } from 'kysely'
import type { FailureReason } from '#core/delivery/delivery.ts'
import type { LoginId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { any } from '#store/queries/writes.ts'

/** A message that a carrier has, by the name that the carrier gave it. */
export interface MessageName {
  readonly channel: string
  readonly message: string
}

/** Which challenge of which login a message carries. */
export interface About {
  readonly loginId: LoginId
  readonly openedAt: Instant
}

/** Stands for a channel where it is we ourselves who speak, under the id of the delivery. */
export const OUTBOX = 'outbox'

/** The same, of what carries the same as another message. */
export const BESIDE = 'beside'

/** How far a message has come. */
export type MessageState =
  | { readonly state: 'sent' | 'delivered' }
  | { readonly state: 'failed'; readonly reason: FailureReason }

export type MessageNote = MessageName & {
  readonly about: About
  readonly at: Instant
} & MessageState

/**
 * Writes what a message is about. A receipt that was here first keeps what it said; what was said
 * of an older message of the same name does not: carriers use their names again.
 */
export function messageWrite(db: Db, note: MessageNote): Write {
  const { channel, message, about, at } = note
  const reason = note.state === 'failed' ? note.reason : null
  const row = { channel, message, state: note.state, reason, at, ...about }
  return any(messageInsert(db, row))
}

interface MessageRow extends MessageName, About {
  readonly state: MessageState['state']
  readonly reason: string | null
  readonly at: Instant
}

const messageInsert = prepared((db, row: MessageRow) =>
  db.write
    .insertInto('carrier_message')
    .values({
      channel: row.channel,
      message: row.message,
      state: row.state,
      reason: row.reason,
      login_id: row.loginId,
      opened_at_ms: row.openedAt,
      at_ms: row.at,
    })
    .onConflict((oc) =>
      oc.columns(['channel', 'message']).doUpdateSet({
        login_id: row.loginId,
        opened_at_ms: row.openedAt,
        state: unlessOlder('state'),
        reason: unlessOlder('reason'),
        at_ms: unlessOlder('at_ms'),
      }),
    ),
)

/** What stands there, when it was said of no other challenge; else what is new. */
const unlessOlder = <T>(column: string) =>
  sql<T>`case when carrier_message.login_id is null
      or (carrier_message.login_id = excluded.login_id
        and carrier_message.opened_at_ms = excluded.opened_at_ms)
    then ${sql.ref(`carrier_message.${column}`)} else ${sql.ref(`excluded.${column}`)} end`

/**
 * Keeps what a carrier says of a message, known or not. That it was delivered is never taken back,
 * and the first failure stays: carriers repeat themselves, and do not always speak in order.
 *
 * @returns whose it is, when that is known by now.
 */
export async function recordReceiptOf(
  db: Db,
  receipt: MessageName & MessageState & { readonly at: Instant },
): Promise<LoginId | null> {
  const { channel, message, state, at } = receipt
  const reason = state === 'failed' ? receipt.reason : null
  await db.commit([any(receiptInsert(db, { channel, message, state, reason, at }))])
  const [row] = await db.ask(messageByName(db, { channel, message }))
  return (row?.login_id ?? null) as LoginId | null
}

const receiptInsert = prepared((db, row: Omit<MessageRow, keyof About>) =>
  db.write
    .insertInto('carrier_message')
    .values({
      channel: row.channel,
      message: row.message,
      state: row.state,
      reason: row.reason,
      login_id: null,
      opened_at_ms: null,
      at_ms: row.at,
    })
    .onConflict((oc) =>
      oc
        .columns(['channel', 'message'])
        .doUpdateSet({ state: row.state, reason: row.reason, at_ms: row.at })
        .where(sql<boolean>`carrier_message.state <> 'delivered'`)
        .where(sql<boolean>`carrier_message.state <> excluded.state`),
    ),
)

const messageByName = prepared((db, { channel, message }: MessageName) =>
  db.read
    .selectFrom('carrier_message')
    .select('login_id')
    .where('channel', '=', channel)
    .where('message', '=', message),
)

export type MessageSeen = MessageState & {
  readonly at: Instant
  /** Our own note that it was handed over, under the id of the delivery. */
  readonly isOwn: boolean
  /** It carries the same as another one. */
  readonly isBeside: boolean
}

/** What the last message to this client was about that a carrier was given; `null` for none. */
export async function findLastAbout(db: Db, subscriberId: SubscriberId): Promise<About | null> {
  const [row] = await db.ask(lastAbout(db, { subscriberId }))
  if (!row?.login_id || row.opened_at_ms === null) return null
  return { loginId: row.login_id as LoginId, openedAt: instant(row.opened_at_ms) }
}

const lastAbout = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read
    .selectFrom('login')
    .innerJoin('carrier_message', 'carrier_message.login_id', 'login.id')
    .select(['carrier_message.login_id', 'carrier_message.opened_at_ms'])
    .where('login.subscriber_id', '=', subscriberId)
    .where('carrier_message.channel', '!=', BESIDE)
    .orderBy('carrier_message.opened_at_ms', 'desc')
    .limit(atMost(1)),
)

/** How far the messages of one challenge have come. */
export async function listMessages(db: Db, about: About): Promise<readonly MessageSeen[]> {
  const rows = await db.ask(messagesAbout(db, about))
  return rows.map(({ channel, state, reason, at_ms }) => {
    const seen = { at: instant(at_ms), isOwn: channel === OUTBOX, isBeside: channel === BESIDE }
    if (state === 'failed') return { ...seen, state, reason: reason as FailureReason }
    return { ...seen, state: state as 'sent' | 'delivered' }
  })
}

const messagesAbout = prepared((db, { loginId, openedAt }: About) =>
  db.read
    .selectFrom('carrier_message')
    .select(['channel', 'state', 'reason', 'at_ms'])
    .where('login_id', '=', loginId)
    .where('opened_at_ms', '=', openedAt)
    .orderBy('at_ms')
    .limit(atMost(MESSAGES_MAX)),
)

/** Parts of a text, and the few attempts at it. */
const MESSAGES_MAX = 20

export type MessageOfLogin = MessageSeen & { readonly loginId: LoginId }

/** How far the messages of these logins have come, oldest first. */
export async function listMessagesOfLogins(
  db: Db,
  ids: readonly LoginId[],
): Promise<readonly MessageOfLogin[]> {
  if (ids.length === 0) return []
  const rows = await db.read
    .selectFrom('carrier_message')
    .select(['login_id', 'channel', 'state', 'reason', 'at_ms'])
    .where('login_id', 'in', ids)
    .where('channel', '!=', BESIDE)
    .orderBy('at_ms')
    .limit(MESSAGES_MAX * ids.length)
    .execute()
  return rows.map(({ login_id, channel, state, reason, at_ms }) => {
    const loginId = login_id as LoginId
    const seen = { loginId, at: instant(at_ms), isOwn: channel === OUTBOX, isBeside: false }
    if (state === 'failed') return { ...seen, state, reason: reason as FailureReason }
    return { ...seen, state: state as 'sent' | 'delivered' }
  })
}
