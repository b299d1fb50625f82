import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, type LoginId, newId, type SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { LOGIN_LIFETIME, overtaken } from '#core/login/login.ts'
import { endsLogins } from '#core/sessions/under-way.ts'
import { type Effect, type Login } from '#core/login/state.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Task } from '#core/tasks/task.ts'
import type { Throttle } from '#core/login/throttle.ts'
import { before, earlier, type Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorWrites } from '#store/devices/authenticators.ts'
import { type BrowserWritten, browserWrite, namingWrite } from '#store/login/browsers.ts'
import { challengeWrite } from '#store/devices/challenges.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import { requestWrite, type SignedAt } from '#store/devices/phone-channels.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { arrivalWrite, type LiftStanding, type LoginStanding } from '#store/security-stamp.ts'
import { openingWrite } from '#store/sessions/sessions.ts'
import { taskWrite } from '#store/tasks/tasks.ts'
import { throttleTouch, throttleWrites } from '#store/login/throttles.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { among, any, one } from '#store/queries/writes.ts'

/** Everything that one step of a login writes. */
export interface LoginCommit {
  readonly now: Instant
  readonly login: Written<Login>
  readonly authenticators?: readonly Versioned<Authenticator>[]
  /** `NO_FAILURES` deletes the row. */
  readonly throttles?: readonly (Written<Throttle> & { readonly key: string })[]
  /** A number that this authenticator was never asked before. */
  readonly challenge?: { readonly authenticatorId: AuthenticatorId; readonly number: string }
  readonly session?: { readonly value: Session; readonly tokenHash: Uint8Array }
  readonly browser?: BrowserWritten
  /** What the login confirms. */
  readonly task?: Written<Task>
  readonly ended?: Ended
  /**
   * What it goes on with, where this comes on record with the first factor, or what it rests on,
   * where it lifts a session.
   */
  readonly standing?: LoginStanding | LiftStanding | null
  /** Of a decoy: the count of its guesses, which is written as it stands (A1). */
  readonly decoyOf?: string
  /** The request of a device that this answers, noted with it. */
  readonly request?: SignedAt & { readonly authenticatorId: AuthenticatorId }
  readonly effects: readonly Effect[]
  readonly events: readonly AuditEvent[]
}

export async function findLogin(db: Db, id: LoginId): Promise<Versioned<Login> | null> {
  const [row] = await db.ask(loginById(db, { id }))
  return row ? loginOf(db, row) : null
}

const loginById = prepared((db, { id }: { readonly id: LoginId }) =>
  db.read.selectFrom('login').select(COLUMNS).where('id', '=', id),
)

/**
 * Writes one step of a login, what it used up and what it leads to: all of it or nothing.
 *
 * @returns `false`, and writes nothing, when anything in it was written since it was read, when the
 *   challenge was asked before, or when the request is not the next one of its device. That is what
 *   makes a challenge, a code and an approval good for one use.
 */
export async function commitLogin(db: Db, commit: LoginCommit): Promise<boolean> {
  const { now, login, challenge, session, browser, task, ended, request } = commit
  const { id, subscriberId } = login.value
  return db.commit([
    ...arrivalWrites(db, commit),
    ...(ended ? endingWrites(db, ended, now) : []),
    loginWrite(db, login),
    ...authenticatorWrites(db, commit.authenticators ?? []),
    ...throttleWrites(db, commit.throttles ?? [], subscriberId),
    ...(challenge ? [challengeWrite(db, challenge, now)] : []),
    ...(session ? [openingWrite(db, session)] : []),
    ...(browser ? [browserWrite(db, browser)] : []),
    ...(session ? namingWrites(db, login.value, now) : []),
    ...(task ? [taskWrite(db, task)] : []),
    ...(request ? [requestWrite(db, request)] : []),
    ...outboxWrites(db, commit.effects, { id, version: (login.version ?? 0) + 1, now }),
    ...eventWrites(db, commit.events, now),
  ])
}

/**
 * A login that goes on after its first factor, and a session that is opened. An act that ends both
 * counts for itself.
 */
function arrivalWrites(db: Db, { standing, session, ended, decoyOf }: LoginCommit): Write[] {
  if (ended && endsLogins(ended.by)) return []
  if (decoyOf !== undefined) return [throttleTouch(db, decoyOf)]
  if (standing) return [arrivalWrite(db, standing)]
  return session ? [arrivalWrite(db, { subscriberId: session.value.subscriberId })] : []
}

/** Most logins come from a browser that fills in the name already, and write nothing here. */
const namingWrites = (db: Db, { origin }: Login, now: Instant): Write[] =>
  origin.browserId !== null && origin.isUnnamed === true
    ? [namingWrite(db, { browserId: origin.browserId, now })]
    : []

/** The logins that wait for an answer of this authenticator now, newest first, at most ten. */
export async function listOpenChallenges(
  db: Db,
  authenticatorId: AuthenticatorId,
  now: Instant,
): Promise<readonly Versioned<Login>[]> {
  // Ids begin with the time: what is older than a login lives is not even looked at.
  const oldest = newId('log', before(now, LOGIN_LIFETIME), zeros)
  const rows = await db.ask(openChallenges(db, { authenticatorId, oldest, now }))
  return rows.map((row) => loginOf(db, row))
}

const OPEN_CHALLENGES_MAX = 10

interface Asking {
  readonly authenticatorId: AuthenticatorId
  readonly oldest: LoginId
  readonly now: Instant
}

const openChallenges = prepared((db, { authenticatorId, oldest, now }: Asking) =>
  db.read
    .selectFrom('login')
    .select(COLUMNS)
    .where('authenticator_id', '=', authenticatorId)
    .where('id', '>=', oldest)
    .where('state', '=', 'challenged')
    .where('open_until_ms', '>', now)
    .orderBy('id', 'desc')
    .limit(atMost(OPEN_CHALLENGES_MAX)),
)

const zeros = (length: number): Uint8Array => new Uint8Array(length)

/** The latest logins that this authenticator was asked for, in whatever state they are now. */
export async function listAnswered(
  db: Db,
  authenticatorId: AuthenticatorId,
  limit: number,
): Promise<readonly Login[]> {
  const page = { authenticatorId, limit: Math.min(limit, PAGE_MAX) }
  const rows = await db.ask(answeredBy(db, page))
  return rows.map((row) => loginOf(db, row).value)
}

interface AnsweredPage {
  readonly authenticatorId: AuthenticatorId
  readonly limit: number
}

const answeredBy = prepared((db, { authenticatorId, limit }: AnsweredPage) =>
  db.read
    .selectFrom('login')
    .select(COLUMNS)
    .where('authenticator_id', '=', authenticatorId)
    .orderBy('id', 'desc')
    .limit(limit),
)

/** Those of these logins that there still are, in no order. */
export async function listLoginsById(db: Db, ids: readonly LoginId[]): Promise<readonly Login[]> {
  const rows = await db.read
    .selectFrom('login')
    .select(COLUMNS)
    .where('id', 'in', among(ids.slice(0, PAGE_MAX)))
    .execute()
  return rows.map((row) => loginOf(db, row).value)
}

/**
 * Logins of a client that were begun in a stretch of time and still wait, oldest first. Their ids
 * begin with the time, so this costs as much as was begun in it, and no index more.
 */
export async function listWaiting(
  db: Db,
  {
    from,
    until,
    limit,
  }: { readonly from: Instant; readonly until: Instant; readonly limit: number },
): Promise<readonly Versioned<Login>[]> {
  const rows = await db.read
    .selectFrom('login')
    .select(COLUMNS)
    .where('id', '>=', newId('log', from, zeros))
    .where('id', '<', newId('log', until, zeros))
    .where('state', 'in', ['choosing', 'challenged'])
    .where('subscriber_id', 'is not', null)
    .orderBy('id')
    .limit(Math.min(limit, PAGE_MAX))
    .execute()
  return rows.map((row) => loginOf(db, row))
}

/**
 * The other logins that were begun with this secret and may still go on, newest first, at most
 * twenty.
 */
export async function listOpenLogins(
  db: Db,
  {
    holder,
    besides,
    now,
  }: { readonly holder: string; readonly besides: LoginId; readonly now: Instant },
): Promise<readonly Versioned<Login>[]> {
  const oldest = newId('log', before(now, LOGIN_LIFETIME), zeros)
  const rows = await db.ask(openLogins(db, { holder, besides, oldest }))
  return rows.map((row) => loginOf(db, row))
}

const OPEN_LOGINS_MAX = 20

const openLogins = prepared(
  (db, asked: { readonly holder: string; readonly besides: LoginId; readonly oldest: LoginId }) =>
    db.read
      .selectFrom('login')
      .select(COLUMNS)
      .where('holder', '=', asked.holder)
      .where('id', '>=', asked.oldest)
      .where('id', '!=', asked.besides)
      .where('state', 'in', ['choosing', 'challenged', 'completed'])
      .orderBy('id', 'desc')
      .limit(atMost(OPEN_LOGINS_MAX)),
)

/** The latest login of a subscriber that is wanted, among the last ten; none is opened in vain. */
export async function findLatestLogin(
  db: Db,
  subscriberId: SubscriberId,
  isWanted: (login: Login) => boolean,
): Promise<Login | null> {
  for (const row of await db.ask(lastLogins(db, { subscriberId }))) {
    const { value } = loginOf(db, row)
    if (isWanted(value)) return value
  }
  return null
}

/** The last ten logins of a subscriber, newest first, to be written over. */
export async function listLatestLogins(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Login>[]> {
  return (await db.ask(lastLogins(db, { subscriberId }))).map((row) => loginOf(db, row))
}

const lastLogins = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read
    .selectFrom('login')
    .select(COLUMNS)
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id', 'desc')
    .limit(atMost(LAST_LOGINS)),
)

const LAST_LOGINS = 10

/** The longest page of logins that is handed out. */
export const PAGE_MAX = 100

/** That a device has shown a challenge to its holder. */
export interface Receipt {
  readonly loginId: LoginId
  /** When the challenge was opened: it names which challenge of the login. */
  readonly openedAt: Instant
  readonly kind: 'received' | 'opened'
  readonly at: Instant
}

export async function listReceipts(
  db: Db,
  loginId: LoginId,
  openedAt: Instant,
): Promise<readonly Receipt[]> {
  const rows = await db.ask(receiptsOf(db, { loginId, openedAt }))
  return rows.map(({ kind, at_ms }) => ({
    loginId,
    openedAt,
    kind: kind as Receipt['kind'],
    at: at_ms as Instant,
  }))
}

const receiptsOf = prepared((db, { loginId, openedAt }: Omit<Receipt, 'kind' | 'at'>) =>
  db.read
    .selectFrom('receipt')
    .select(['kind', 'at_ms'])
    .where('login_id', '=', loginId)
    .where('opened_at_ms', '=', openedAt)
    .orderBy('at_ms'),
)

/** The first receipt of a kind counts; later ones change nothing. */
export async function recordReceipt(db: Db, receipt: Receipt): Promise<void> {
  const { loginId, openedAt, kind, at } = receipt
  const row = { login_id: loginId, opened_at_ms: openedAt, kind, at_ms: at }
  const inserted = db.write.insertInto('receipt').values(row)
  await db.commit([any(inserted.onConflict((oc) => oc.doNothing()))])
}

const COLUMNS = ['id', 'version', 'state', 'body'] as const

export const loginPlace = (id: string) => ({ table: 'login', column: 'body', row: id })

function loginOf(
  db: Db,
  {
    id,
    version,
    state,
    body,
  }: {
    readonly id: string
    readonly version: number
    readonly state: string
    readonly body: Uint8Array
  },
): Versioned<Login> {
  const value = unsealed(db, loginPlace(id), body) as unknown as Login
  // What ends many logins at once writes their state alone (`endings`).
  return { value: state === 'expired' ? (overtaken(value) ?? value) : value, version }
}

export function loginWrite(db: Db, { value, version }: Written<Login>): Write {
  const { id, subscriberId, state, holder } = value
  const row = {
    id,
    state,
    holder,
    authenticatorId: state === 'challenged' ? askedBy(value) : null,
    openUntil: state === 'challenged' ? openUntil(value) : value.expiresAt,
    body: sealed(db, loginPlace(id), value as unknown as Json),
  }
  if (version === null) return one(loginInsert(db, { ...row, subscriberId }))
  const step = { ...row, version, next: version + 1 }
  return one(state === 'challenged' ? challengedUpdate(db, step) : loginUpdate(db, step))
}

/** A request that was withdrawn waits for no device. */
const openUntil = ({ challenge }: Extract<Login, { state: 'challenged' }>): Instant =>
  earlier(challenge.expiresAt, challenge.withdrawnAt ?? challenge.expiresAt)

interface LoginRow {
  readonly id: LoginId
  readonly holder: string
  readonly state: Login['state']
  readonly authenticatorId: AuthenticatorId | null
  readonly openUntil: Instant
  readonly body: Uint8Array
}

interface LoginStep extends LoginRow {
  readonly version: number
  readonly next: number
}

const loginInsert = prepared((db, row: LoginRow & { readonly subscriberId: SubscriberId | null }) =>
  db.write
    .insertInto('login')
    .values({
      id: row.id,
      version: 1,
      subscriber_id: row.subscriberId,
      holder: row.holder,
      authenticator_id: row.authenticatorId,
      state: row.state,
      open_until_ms: row.openUntil,
      body: row.body,
    })
    .onConflict((oc) => oc.column('id').doNothing()),
)

/** Whom it asked last stays on record. */
const loginUpdate = prepared((db, step: LoginStep) =>
  db.write
    .updateTable('login')
    .set({
      state: step.state,
      holder: step.holder,
      open_until_ms: step.openUntil,
      body: step.body,
      version: step.next,
    })
    .where('id', '=', step.id)
    .where('version', '=', step.version),
)

const challengedUpdate = prepared((db, step: LoginStep) =>
  db.write
    .updateTable('login')
    .set({
      state: step.state,
      holder: step.holder,
      authenticator_id: step.authenticatorId,
      open_until_ms: step.openUntil,
      body: step.body,
      version: step.next,
    })
    .where('id', '=', step.id)
    .where('version', '=', step.version),
)

/** Whose answer is awaited. A decoy's authenticator is not there to be named. */
const askedBy = ({ decoy, challenge }: Extract<Login, { state: 'challenged' }>) =>
  decoy ? null : challenge.authenticatorId
