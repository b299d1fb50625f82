import { lineOf, UNTOLD, type AuditEvent } from '#core/audit/audit.ts'
import { type Line } from '#core/events/hearing.ts'
import type { CaseId, LoginId, SessionId, TaskId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import { isOnlyBegun, type TaskDetails } from '#core/task-details.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { listSubscriberEvents, type WrittenEvent } from '#store/audit/audit.ts'
import { type Holding, listHoldings } from '#store/devices/authenticators.ts'
import { listLoginsById } from '#store/login/logins.ts'
import { listSessionsById } from '#store/sessions/sessions.ts'
import { listTasksById } from '#store/tasks/tasks.ts'

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
  /** What was to be done, with its amount; `null` for what is no part of a task. */
  readonly deed: TaskDetails | null
  /** The login, task or call that it is a step of; `null` for what stands alone. */
  readonly of: LoginId | TaskId | CaseId | null
}

/** One thing that happened, such as a login: what came of it, and its steps. */
export interface Happening {
  /** The step that says what came of it. */
  readonly outcome: Entry
  /** All of them, newest first. */
  readonly entries: readonly Entry[]
}

export interface ActivityPage {
  /** Newest first. */
  readonly happenings: readonly Happening[]
  /** From where the page after it goes on; `null` when this is the last. */
  readonly before: number | null
}

/** What stands on a page. */
const HAPPENINGS = 40
/** Steps that are read for it, so a long history costs no more than a short one. */
const ENTRIES = 100

/** What is on record about a client, in their words, page by page. */
export async function activityOf(
  world: World,
  session: Session,
  { before }: { readonly before?: number },
): Promise<ActivityPage> {
  const page = { limit: ENTRIES + 1, except: UNTOLD, ...(before !== undefined && { before }) }
  const found = await listSubscriberEvents(world.db, session.subscriberId, page)
  const read = found.slice(0, ENTRIES)
  const entries = await entriesOf(world, session, read)
  const shown = asMany(entries)
  const last = shown.length < entries.length ? shown.at(-1) : read.at(-1)
  const hasMore = shown.length < entries.length || found.length > ENTRIES
  return { happenings: happeningsOf(shown), before: hasMore && last ? last.seq : null }
}

/**
 * As many as a page has room for. What began before the last of them goes on on the page after it:
 * a page ends at a place in the log, so that nothing is left out and nothing comes twice.
 */
function asMany(entries: readonly Entry[]): readonly Entry[] {
  const begun = new Set<string | number>()
  const end = entries.findIndex((one) => {
    const name = nameOf(one)
    if (begun.size === HAPPENINGS && !begun.has(name)) return true
    begun.add(name)
    return false
  })
  return end === -1 ? entries : entries.slice(0, end)
}

const nameOf = ({ of, seq }: Entry): string | number => of ?? seq

function happeningsOf(entries: readonly Entry[]): readonly Happening[] {
  const groups = Map.groupBy(entries, nameOf)
  return [...groups.values()].flatMap((steps) => {
    const [newest] = steps
    if (!newest) return []
    const outcome = OUTCOMES.flatMap((line) => steps.find((one) => one.line === line) ?? []).at(0)
    return [{ outcome: outcome ?? newest, entries: steps }]
  })
}

/** Steps that say what came of a login or a task; without any of them the newest says it. */
const OUTCOMES: readonly Line[] = [
  ...(['password-reset', 'device-copied', 'device-locked', 'logged-in'] as const),
  ...(['task-used', 'task-refused', 'task-cancelled'] as const),
  ...(['denied-not-me', 'denied', 'login-over', 'login-unfinished'] as const),
  ...(['task-approved', 'task-opened'] as const),
  ...(['desk-denied', 'desk-stopped', 'desk-acted', 'desk-proven'] as const),
  'desk-called-back',
]

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
  const [held, accounts, logins, sessions, tasks] = await Promise.all([
    listHoldings(world.db, session.subscriberId),
    listAccounts(world.db, session.subscriberId),
    listLoginsById(world.db, different(events.map(({ loginId }) => loginId))),
    listSessionsById(world.db, different(events.map(sessionIn))),
    listTasksById(world.db, different(events.map(taskIn))),
  ])
  const known = {
    devices: new Map(held.map((one) => [one.id, one])),
    accounts: new Map(accounts.map(({ id, number }) => [id, number])),
    logins: new Map(logins.map((one) => [one.id, one])),
    sessions: new Map(sessions.map((one) => [one.id, one])),
    tasks: new Map(tasks.map((one) => [one.id, one.deed])),
  }
  return written.flatMap((one) => entryOf(one, known) ?? [])
}

interface Known {
  readonly devices: ReadonlyMap<string, Holding>
  readonly accounts: ReadonlyMap<string, string>
  readonly logins: ReadonlyMap<LoginId, Login>
  readonly sessions: ReadonlyMap<SessionId, Session>
  readonly tasks: ReadonlyMap<TaskId, TaskDetails>
}

function entryOf(written: WrittenEvent, known: Known): Entry | null {
  const { event } = written
  const line = lineOf(event)
  if (line === null) return null
  const login = event.loginId ? (known.logins.get(event.loginId) ?? null) : null
  // What it confirmed is told by the task itself.
  if (event.kind === 'login.completed' && login?.task) return null
  // It has begun, and is not done: a code, a document or a device is still awaited.
  if (event.kind === 'task.used' && isOnlyBegun(event.deed)) return null
  const within = sessionIn(event)
  const taskId = taskIn(event) ?? login?.task?.id ?? null
  const origin = login?.origin ?? (within ? known.sessions.get(within)?.origin : null)
  return {
    ...written,
    line,
    platform: login?.platform ?? null,
    device: deviceIn(event, known),
    account: 'accountId' in event ? (known.accounts.get(event.accountId) ?? null) : null,
    from: origin ? { browser: origin.browser, place: origin.place } : null,
    deed: (taskId && known.tasks.get(taskId)) ?? login?.task?.deed ?? null,
    of: taskId ?? event.loginId ?? event.caseId ?? null,
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

const taskIn = (event: AuditEvent): TaskId | undefined =>
  'taskId' in event ? event.taskId : undefined

const different = <T>(ids: readonly (T | undefined)[]): readonly T[] => [
  ...new Set(ids.flatMap((id) => (id === undefined ? [] : [id]))),
]
