import type { OpenSession } from '#engine/sessions/rights.ts'
import type { Write } from '#store/database/connection.ts'
import type { TestPhone } from '../clients/phone.ts'
import type { Who } from './acts/client.ts'
import { type Begun, type Commit, type Event, eventsAfter, tablesOf } from './invariants/commit.ts'
import { phonesHeld } from './invariants/devices.ts'
import { edgesHeld } from './invariants/edges.ts'
import { guessesCounted } from './invariants/guesses.ts'
import { logKept } from './invariants/log.ts'
import { noticesSent } from './invariants/notices.ts'
import { secretsKept } from './invariants/secrets.ts'
import { sessionsProven } from './invariants/sessions.ts'
import { timesKept } from './invariants/times.ts'
import type { About } from './network.ts'
import type { Letter, Node } from './nodes.ts'
import { emailOf, type Held, type Person } from './acts/people.ts'
import type { Storage } from './storage.ts'
import { Broken } from './trace.ts'

/**
 * One who sees everything: what people hold and do, what is written, and what is answered. It reads
 * rows and asks none of the rules of the product.
 */
export interface Watch {
  begun(id: string, login: Omit<Begun, 'presented'>): void
  /** An answer that only a holder can give is on its way. */
  presents(id: string, method: string): void
  invited(id: string, invited: Invited): void
  opened(id: string, held: Held): void
  used(held: Held, use: Use): void
  committed(writes: readonly Write[], work: Knowing): void
  answered(node: Node, about: About, answer: unknown): void
  /** After each step. */
  look(): void
  lookAtAll(letters: readonly Letter[]): void
  readonly events: readonly Event[]
  readonly seen: Seen
  secret(name: string, secret: string): void
  /** The desk was brought to do what it must not. */
  deceived(how: string): void
}

interface Invited {
  readonly who: Who
  readonly person: Person
  readonly phone: TestPhone
}

/** What is known of the work that commits. */
interface Knowing {
  /** The latest time that its node knew of when it took it up. */
  readonly since: number | null
  /** Which of the addresses of a client it sets. */
  readonly address: number | undefined
}

interface Use {
  readonly session: OpenSession
  readonly wasEnded: boolean
  readonly person: Person
}

/** What the runs had in them: without it they say nothing. */
export interface Seen {
  sessions: number
  approvals: number
  refusals: number
  phones: number
  waits: number
  migrations: number
  stops: number
  told: number
  signed: number
  deeds: number
}

/** A row of the log is read again so often; what a commit wrote is looked at with the commit. */
const LOOKS_EVERY = 4

export function watchOver(storage: Storage, people: readonly Person[]): Watch {
  const logins = new Map<string, Begun>()
  const looking = { storage, people, logins }
  const guesses = guessesCounted(looking)
  const log = logKept(storage)
  const secrets = secretsKept()
  const checks: readonly ((commit: Commit) => void)[] = [
    edgesHeld(looking),
    phonesHeld(looking),
    guesses.committed,
    sessionsProven(looking),
    timesKept(),
  ]
  let steps = 0
  const all: Event[] = []
  const accepted = new Map<string, number>()
  const invitations = new Map<string, Invited>()
  let seq = (
    storage.rows('select coalesce(max(seq), 0) as seq from audit_event') as readonly {
      readonly seq: number
    }[]
  )[0]?.seq as number
  const seen: Seen = {
    sessions: 0,
    approvals: 0,
    refusals: 0,
    phones: 0,
    waits: 0,
    migrations: 0,
    stops: 0,
    told: 0,
    signed: 0,
    deeds: 0,
  }
  for (const check of checks)
    check({ events: [], tables: new Set(['login', 'session']), writes: [], since: null })
  for (const { password } of people) secrets.add('a password', password)

  /** A phone learns its name from the row, where its owner was not answered. */
  function named(): void {
    for (const [id, { who, person, phone }] of invitations) {
      const [row] = storage.rows('select bound_id from enrolment where id = ?', id) as readonly {
        readonly bound_id: string | null
      }[]
      if (!row?.bound_id) continue
      invitations.delete(id)
      phone.self.authenticator = row.bound_id
      if (who === 'client') person.phones.push(phone)
      else person.foreign.push(phone)
    }
  }

  function addressed(events: readonly Event[], count: number | undefined): void {
    const set = events.find(({ kind }) => kind === 'contact.set')
    const person = people.find(({ subscriberId }) => subscriberId === set?.subscriberId)
    if (!set || !person || count === undefined) return
    person.emails.push({ value: emailOf(person, count), seq: set.seq })
  }

  function counted(events: readonly Event[]): void {
    for (const { kind, said } of events) {
      if (kind === 'login.completed') seen.sessions += 1
      if (kind === 'login.answer-refused') seen.refusals += 1
      if (kind === 'desk.acted') seen.deeds += 1
      if (kind === 'authenticator.waiting') seen.waits += 1
      if (kind === 'authenticator.stopped') seen.stops += 1
      if (kind === 'authenticator.bound' && said.method === 'phone-key') {
        seen.phones += 1
        if ((said.replaced ?? []).length > 0) seen.migrations += 1
      }
    }
  }

  return {
    events: all,
    seen,
    begun: (id, login) => void logins.set(id, { ...login, presented: new Set() }),
    presents: (id, method) => void logins.get(id)?.presented.add(method),
    invited: (id, invited) => void invitations.set(id, invited),
    opened(_, { token }) {
      secrets.add('the token of a session', token)
    },
    used(held, { session, wasEnded }) {
      if (wasEnded) throw new Broken('I7', `${session.id} was ended, and opens`)
      const { trading, withdrawalPerDayUsd: money, bind } = session.decision.rights
      const most = held.with === 'phone' ? 1_000_000 : 200_000
      if (money === null || money > most)
        throw new Broken('I5', `${session.id} by ${held.with} withdraws ${money}`)
      const [row] = storage.rows(
        'select pending_until_ms from authenticator where id = ?',
        held.phoneId ?? '',
      ) as readonly { readonly pending_until_ms: number | null }[]
      const waits = row?.pending_until_ms !== null && row !== undefined
      if (waits && (trading || money > 0 || bind))
        throw new Broken('I5', `${session.id} of a phone that waits does more than read`)
    },
    committed(writes, { since, address }) {
      secrets.stored(writes)
      const events = eventsAfter(storage, seq)
      seq = events.at(-1)?.seq ?? seq
      all.push(...events)
      log.written(events)
      counted(events)
      addressed(events, address)
      const commit: Commit = { events, tables: tablesOf(writes), writes, since }
      if (commit.tables.has('enrolment')) named()
      for (const check of checks) check(commit)
    },
    answered(node, { what, once, evidence, guesses: loginId }, answer) {
      secrets.said('an answer', answer, ownSecrets(answer))
      const { ok, problem } = (answer ?? {}) as { readonly ok?: boolean; readonly problem?: string }
      if (problem === 'login.wrong-answer' && loginId !== undefined) guesses.told(loginId)
      if (ok !== true) return
      if (once !== undefined) {
        const times = (accepted.get(once) ?? 0) + 1
        accepted.set(once, times)
        if (times > 1) throw new Broken('I1', `${what}: accepted ${times} times`)
        if (what === 'approve') seen.approvals += 1
      }
      if (evidence && !isOnRecord(evidence))
        throw new Broken('I2', `${what} at node ${node.index}: a yes without an event`)
    },
    look() {
      steps += 1
      if (steps % LOOKS_EVERY === 0) log.look()
    },
    lookAtAll(letters) {
      log.lookAtAll()
      seen.told += noticesSent(people, all, letters)
      seen.signed += storage.rows('select 1 from audit_checkpoint').length
    },
    secret: secrets.add,
    deceived(how) {
      throw new Broken('I5', how)
    },
  }

  function isOnRecord({ kinds, loginId, subscriberId }: NonNullable<About['evidence']>): boolean {
    const column = loginId === undefined ? 'subscriber_id' : 'login_id'
    const rows = storage.rows(
      `select 1 from audit_event where ${column} = ? and kind in (select value from json_each(?))`,
      loginId ?? subscriberId ?? '',
      JSON.stringify(kinds),
    )
    return rows.length > 0
  }
}

/** A token is told to its browser, a passcode to the agent who reads it out. */
function ownSecrets(answer: unknown): readonly string[] {
  const { token, spoken } = (answer ?? {}) as {
    readonly token?: unknown
    readonly spoken?: unknown
  }
  return [token, spoken].filter((one) => typeof one === 'string')
}
