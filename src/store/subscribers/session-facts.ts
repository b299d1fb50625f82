import { type Selectable, sql } from 'kysely'
import type { Account, Subscriber } from '#core/subscribers/account.ts'
import type { SessionId, SubscriberId } from '#core/ids.ts'
import type { Facts, Forbidden, Hold } from '#core/sessions/rights.ts'
import type { Session } from '#core/sessions/session.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { ACCOUNT, ACCOUNT_HOLDER, accountOf } from '#store/accounts/accounts.ts'
import type { Connection } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { columnsOf, part, partIn, partsIn } from '#store/queries/joined-rows.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { SESSION, sessionOf } from '#store/sessions/sessions.ts'
import { SUBSCRIBER, subscriberOf } from '#store/subscribers/subscribers.ts'
import type { Tables } from '#store/database/tables.ts'

/** What the rights of a subscriber follow from, beside what a session has proven. */
export interface HeldFacts extends Pick<Facts, 'second' | 'holds'> {
  /** Oldest first. */
  readonly accounts: readonly Account[]
}

/** What makes the facts of a client: which methods are no second factor, and when it is. */
export interface FactsAsked {
  /** The method that is no second factor. */
  readonly firstFactor: string
  /** And the one that stands in for it. */
  readonly resetFactor: string
  readonly now: Instant
}

export async function findFacts(
  db: Db,
  asked: FactsAsked & { readonly subscriberId: SubscriberId },
): Promise<HeldFacts> {
  return factsIn(await db.ask(factsOf(db, asked)))
}

/** A session, open or not, whose it is, and what its rights follow from. */
export interface HeldSession extends HeldFacts {
  readonly session: Session
  readonly subscriber: Subscriber
}

/**
 * Finds a session by its id, or by the SHA-256 of its token. One read, because every look at a
 * session asks for all of it; whether it is open is the caller's question.
 */
export async function findHeldSession(
  db: Db,
  asked: FactsAsked & ({ readonly tokenHash: Uint8Array } | { readonly id: SessionId }),
): Promise<HeldSession | null> {
  const rows = await db.ask(
    'id' in asked ? heldSessionById(db, asked) : heldSessionByToken(db, asked),
  )
  const [first] = rows
  const session = first && partIn(first, PARTS.session)
  const subscriber = first && partIn(first, PARTS.subscriber)
  if (!session || !subscriber) return null
  return { ...factsIn(rows), session: sessionOf(session), subscriber: subscriberOf(subscriber) }
}

type Rows = readonly (Readonly<Record<string, unknown>> & Seconds)[]

/** One row where there is one, whatever was found. */
interface Seconds {
  readonly seconds: unknown
  readonly bound: unknown
}

function factsIn(rows: Rows): HeldFacts {
  const [first] = rows
  return {
    accounts: partsIn(rows, PARTS.account).map(accountOf),
    holds: partsIn(rows, PARTS.hold).map(holdOf),
    second: !first?.seconds ? 'never' : first.bound ? 'bound' : 'revoked',
  }
}

const holdOf = ({ kind, forbids, until_ms }: Selectable<Tables['hold']>): Hold => ({
  kind,
  forbids: JSON.parse(forbids) as Forbidden[],
  until: instant(until_ms),
})

const HOLD = ['id', 'kind', 'forbids', 'until_ms'] as const

const PARTS = {
  session: part<'session'>('session', SESSION),
  subscriber: part<'subscriber'>('subscriber', SUBSCRIBER),
  account: part<'account'>('account', ACCOUNT),
  hold: part<'hold'>('hold', HOLD),
} as const

const factsOf = prepared((db, asked: FactsAsked & { readonly subscriberId: SubscriberId }) =>
  factsAsked(db, asked).where('subscriber.id', '=', asked.subscriberId),
)

const heldSessionByToken = prepared((db, asked: FactsAsked & { readonly tokenHash: Uint8Array }) =>
  sessionAsked(db, asked).where('session.token_hash', '=', asked.tokenHash),
)

const heldSessionById = prepared((db, asked: FactsAsked & { readonly id: SessionId }) =>
  sessionAsked(db, asked).where('session.id', '=', asked.id),
)

const sessionAsked = (db: Pick<Connection, 'read'>, asked: FactsAsked) =>
  factsAsked(db, asked)
    .innerJoin('session', 'session.subscriber_id', 'subscriber.id')
    .select([...columnsOf('session', SESSION), ...columnsOf('subscriber', SUBSCRIBER)])

const factsAsked = (db: Pick<Connection, 'read'>, { firstFactor, resetFactor, now }: FactsAsked) =>
  db.read
    .selectFrom('subscriber')
    .leftJoin('account', (on) => on.on('account.subscriber_id', '=', ACCOUNT_HOLDER))
    .leftJoin('hold', (on) =>
      on.onRef('hold.subscriber_id', '=', 'subscriber.id').on('hold.until_ms', '>', now),
    )
    .select([...columnsOf('account', ACCOUNT), ...columnsOf('hold', HOLD)])
    .select((eb) => {
      const held = eb
        .selectFrom('binding')
        .innerJoin('authenticator', 'authenticator.id', 'binding.authenticator_id')
        .whereRef('binding.subscriber_id', '=', 'subscriber.id')
        .where('binding.method', '!=', firstFactor)
        .where('binding.method', '!=', resetFactor)
        .select(sql<number>`1`.as('one'))
        .limit(atMost(1))
      return [
        held.as('seconds'),
        held
          .where('authenticator.lifecycle', '!=', 'revoked')
          .where(({ eb, or }) =>
            or([
              eb('authenticator.expires_at_ms', 'is', null),
              eb('authenticator.expires_at_ms', '>', now),
            ]),
          )
          .as('bound'),
      ]
    })
    .orderBy('account.id')
