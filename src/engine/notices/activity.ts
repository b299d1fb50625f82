import { lineOf, UNTOLD, type AuditEvent } from '#core/audit/audit.ts'
import { type Line } from '#core/events/hearing.ts'
import type { LoginId, SessionId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { listSubscriberEvents, type WrittenEvent } from '#store/audit/audit.ts'
import { type Holding, listHoldings } from '#store/devices/authenticators.ts'
import { listLoginsById } from '#store/login/logins.ts'
import { listSessionsById } from '#store/sessions/sessions.ts'

/** One line of what was done with a user name, and from where. */
export interface Entry extends WrittenEvent {
  readonly line: Line
  /** What it is about; `null` for none, or for one that serves the client no more. */
  readonly device: Holding | null
  /** The number of the account that it is about. */
  readonly account: string | null
  /** The platform of a login. */
  readonly platform: string | null
  /** Browser and network, as long as they are kept. */
  readonly from: Pick<Session['origin'], 'browser' | 'place'> | null
}

export interface ActivityPage {
  /** Newest first. */
  readonly entries: readonly Entry[]
  /** From where the page after it goes on; `null` when this is the last. */
  readonly before: number | null
}

/**
 * Lines of a page. Each costs at most one query, so a long history costs no more than a short one.
 */
const ENTRIES = 40

/** What is on record about a client, in their words, page by page. */
export async function activityOf(
  world: World,
  session: Session,
  { before }: { readonly before?: number },
): Promise<ActivityPage> {
  const page = { limit: ENTRIES + 1, except: UNTOLD, ...(before !== undefined && { before }) }
  const found = await listSubscriberEvents(world.db, session.subscriberId, page)
  const shown = found.slice(0, ENTRIES)
  const last = shown.at(-1)
  return {
    entries: await entriesOf(world, session, shown),
    before: found.length > ENTRIES && last ? last.seq : null,
  }
}

/** One line, by its place in the log; `null` for one of another client, and for none. */
export async function findActivity(
  world: World,
  session: Session,
  seq: number,
): Promise<Entry | null> {
  const page = { before: seq + 1, limit: 1 }
  const found = await listSubscriberEvents(world.db, session.subscriberId, page)
  const [entry] = await entriesOf(
    world,
    session,
    found.filter((one) => one.seq === seq),
  )
  return entry ?? null
}

async function entriesOf(
  world: World,
  session: Session,
  written: readonly WrittenEvent[],
): Promise<readonly Entry[]> {
  const events = written.map(({ event }) => event)
  const [held, accounts, logins, sessions] = await Promise.all([
    listHoldings(world.db, session.subscriberId),
    listAccounts(world.db, session.subscriberId),
    listLoginsById(world.db, different(events.map(({ loginId }) => loginId))),
    listSessionsById(world.db, different(events.map(sessionIn))),
  ])
  const known = {
    devices: new Map(held.map((one) => [one.id, one])),
    accounts: new Map(accounts.map(({ id, number }) => [id, number])),
    logins: new Map(logins.map((one) => [one.id, one])),
    sessions: new Map(sessions.map((one) => [one.id, one])),
  }
  return written.flatMap((one) => entryOf(one, known) ?? [])
}

interface Known {
  readonly devices: ReadonlyMap<string, Holding>
  readonly accounts: ReadonlyMap<string, string>
  readonly logins: ReadonlyMap<LoginId, Login>
  readonly sessions: ReadonlyMap<SessionId, Session>
}

function entryOf(written: WrittenEvent, known: Known): Entry | null {
  const { event } = written
  const line = lineOf(event)
  if (line === null) return null
  const login = event.loginId ? (known.logins.get(event.loginId) ?? null) : null
  // What it confirmed is told by the task itself.
  if (event.kind === 'login.completed' && login?.task) return null
  const within = sessionIn(event)
  const origin = login?.origin ?? (within ? known.sessions.get(within)?.origin : null)
  return {
    ...written,
    line,
    platform: login?.platform ?? null,
    device: deviceIn(event, known),
    account: 'accountId' in event ? (known.accounts.get(event.accountId) ?? null) : null,
    from: origin ? { browser: origin.browser, place: origin.place } : null,
  }
}

const deviceIn = (event: AuditEvent, { devices }: Known): Holding | null =>
  'authenticatorId' in event && event.authenticatorId !== null
    ? (devices.get(event.authenticatorId) ?? null)
    : null

/** Where it was done; of a session that another one has ended, where that one was. */
function sessionIn(event: AuditEvent): SessionId | undefined {
  return event.within ?? (event.kind === 'session.ended' ? event.sessionId : undefined)
}

const different = <T>(ids: readonly (T | undefined)[]): readonly T[] => [
  ...new Set(ids.flatMap((id) => (id === undefined ? [] : [id]))),
]
