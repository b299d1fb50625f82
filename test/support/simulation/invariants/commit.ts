import type { Write } from '#store/database/connection.ts'
import type { Person } from '../acts/people.ts'
import type { Storage } from '../storage.ts'

/** What was written, as the rows say it and not as the product reads them. */
export interface Commit {
  readonly events: readonly Event[]
  /** The tables that it names. */
  readonly tables: ReadonlySet<string>
  readonly writes: readonly Write[]
  /** The latest time that the node knew of when it took up the work. */
  readonly since: number | null
}

export interface Event {
  readonly seq: number
  readonly at: number
  readonly kind: string
  readonly subscriberId: string | null
  readonly loginId: string | null
  readonly body: string
  readonly said: {
    readonly authenticatorId?: string
    readonly method?: string
    readonly methods?: readonly string[]
    readonly reason?: string
    readonly disabled?: boolean
    readonly replaced?: readonly string[]
    readonly notMe?: boolean
  }
}

/** What a check has to go by. */
export interface Looking {
  readonly storage: Storage
  readonly people: readonly Person[]
  /** The login that an attacker or a client has begun, by its id. */
  readonly logins: ReadonlyMap<string, Begun>
}

export interface Begun {
  readonly who: 'client' | 'attacker'
  readonly person: Person
  /** Whether the password was the right one. */
  readonly isRight: boolean
  /** Second factors whose answer was sent for this login by one who has them. */
  readonly presented: Set<string>
}

export function eventsAfter(storage: Storage, seq: number): readonly Event[] {
  const rows = storage.rows(
    'select * from audit_event where seq > ? order by seq',
    seq,
  ) as readonly {
    readonly seq: number
    readonly at_ms: number
    readonly kind: string
    readonly subscriber_id: string | null
    readonly login_id: string | null
    readonly body: string
  }[]
  return rows.map(({ at_ms, subscriber_id, login_id, body, ...row }) => ({
    ...row,
    at: at_ms,
    subscriberId: subscriber_id,
    loginId: login_id,
    body,
    said: JSON.parse(body) as Event['said'],
  }))
}

export const tablesOf = (writes: readonly Write[]): ReadonlySet<string> =>
  new Set(
    writes.flatMap(({ sql }) => /^(?:insert into|update|delete from) "(\w+)"/.exec(sql)?.[1] ?? []),
  )
