import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { LoggedEvent } from '#core/audit/leaf.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type {
  AccountId,
  AuthenticatorId,
  BrowserId,
  ContactId,
  HoldId,
  LoginId,
  MemberId,
  SubscriberId,
} from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import type { Hold } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'
import { type Restoration, rewoundPlace, rowOf } from '#store/backup/restorations.ts'
import type { Db } from '#store/database/open.ts'
import { sealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { authenticatorOf, authenticatorSeal } from '#store/devices/authenticators.ts'
import type { Versioned } from '#store/queries/versioned.ts'

export interface Fence {
  readonly now: Instant
  readonly restoration: Restoration
  /** The size that the log is set back to for good; `null` where it goes on. */
  readonly rewoundTo: number | null
  /** Events that were written down after the backup. */
  readonly taken: readonly LoggedEvent[]
  readonly event: AuditEvent
  /** Those that become something else. */
  readonly authenticators: readonly Authenticator[]
  /** Ways whose authenticators all end: what the desk has read out. */
  readonly endedMethods: readonly string[]
  /** Nothing is known of the time since: whatever may have ended then rests. */
  readonly isUnknown: boolean
  readonly unbound: readonly { readonly subscriberId: SubscriberId; readonly of: AuthenticatorId }[]
  readonly browsers: {
    readonly blocked: readonly BrowserId[]
    readonly forgotten: readonly BrowserId[]
  }
  readonly forgetful: readonly SubscriberId[]
  readonly holds: ReadonlyMap<HoldId, HeldSince>
  readonly endedHolds: readonly HoldId[]
  readonly stoppedCalls: ReadonlyMap<SubscriberId, Instant>
  readonly replacedContacts: readonly { readonly id: ContactId; readonly at: Instant }[]
  readonly closed: readonly { readonly id: AccountId; readonly status: string }[]
  readonly optedIn: readonly AccountId[]
  readonly unshared: readonly SubscriberId[]
  readonly members: {
    readonly suspended: readonly MemberId[]
    readonly passkeys: readonly AuthenticatorId[]
  }
}

interface HeldSince {
  readonly subscriberId: SubscriberId
  readonly hold: Hold
  readonly at: Instant
}

/** All of it in one transaction: a database is fenced, or is what it was. */
export async function commitFence(db: Db, fence: Fence): Promise<void> {
  const { dialect } = db
  const changed = fence.authenticators.map(({ id, lifecycle, failures, restsSince, state }) => ({
    id,
    lifecycle,
    failures,
    rests_since_ms: restsSince,
    state: sealed(db, authenticatorSeal(id), state),
  }))
  const { rewoundTo, restoration } = fence
  const proof = rewoundTo === null ? null : sealed(db, rewoundPlace(restoration.id), rewoundTo)
  await db.alter(async (tables) => {
    // The same database, with the tables that it has.
    const typed = tables as unknown as Kysely<Tables>
    await typed.transaction().execute(async (tx) => {
      await takeEvents(tx, dialect, fence)
      await endAll(tx, fence)
      await endAuthenticators(tx, fence, changed)
      await endOfClients(tx, fence)
      await endOfStaff(tx, fence)
      await finish(tx, fence, proof)
    })
  })
}

type Tx = Transaction<Tables>

const EVENTS_AT_ONCE = 100

/** Under the numbers that they had: the log goes on as the one that was signed. */
async function takeEvents(tx: Tx, dialect: Db['dialect'], { taken }: Fence): Promise<void> {
  const numbered = sql.raw(dialect === 'postgres' ? 'overriding system value' : '')
  for (let at = 0; at < taken.length; at += EVENTS_AT_ONCE) {
    const rows = taken
      .slice(at, at + EVENTS_AT_ONCE)
      .map(
        ({ seq, at: time, kind, subscriberId, loginId, body }) =>
          sql`(${sql.join([seq, time, kind, subscriberId, loginId, body])})`,
      )
    await sql`insert into audit_event (seq, at_ms, kind, subscriber_id, login_id, body)
      ${numbered} values ${sql.join(rows)}`.execute(tx)
  }
  const last = taken.at(-1)
  if (last === undefined) return
  if (dialect === 'postgres') {
    await sql`select setval(pg_get_serial_sequence('audit_event', 'seq')::regclass,
      greatest(${last.seq}, (select max(seq) from audit_event)))`.execute(tx)
  }
  // Their clients were told then.
  await tx.updateTable('notice_mark').set({ seq: last.seq }).where('seq', '<', last.seq).execute()
}

/** Whatever is under way, of all clients: where it stands now is not known here. */
async function endAll(tx: Tx, { now }: Fence): Promise<void> {
  await tx
    .updateTable('session')
    .set({ ended_at_ms: now })
    .where('ended_at_ms', 'is', null)
    .execute()
  await tx
    .updateTable('login')
    .set((eb) => ({ state: 'expired', version: eb('version', '+', 1) }))
    .where('state', 'in', ['started', 'choosing', 'challenged', 'completed'])
    .execute()
  await tx
    .updateTable('subscriber')
    .set((eb) => ({
      security_stamp: eb('security_stamp', '+', 1),
      // What an order was placed in may have been disowned since: no day accepts it.
      order_stamp: eb('security_stamp', '+', 1),
      login_stamp: eb('login_stamp', '+', 1),
      version: eb('version', '+', 1),
    }))
    .execute()
  await tx.deleteFrom('oidc_payload').execute()
  const closing = { expires_at_ms: now }
  await tx.updateTable('enrolment').set({ state: 'dead' }).where('state', '=', 'open').execute()
  await tx.updateTable('caller_proof').set(closing).where('expires_at_ms', '>', now).execute()
  await tx.updateTable('second_request').set(closing).where('expires_at_ms', '>', now).execute()
  await tx.updateTable('warrant').set(closing).where('expires_at_ms', '>', now).execute()
}

type Changed = Pick<
  Selectable<Tables['authenticator']>,
  'id' | 'lifecycle' | 'failures' | 'rests_since_ms' | 'state'
>

async function endAuthenticators(tx: Tx, fence: Fence, changed: readonly Changed[]): Promise<void> {
  for (const { id, ...changes } of changed) {
    await tx
      .updateTable('authenticator')
      .set((eb) => ({ ...changes, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute()
  }
  const ended = (lifecycle: string, methods: readonly string[] | null) =>
    tx
      .updateTable('authenticator')
      .set((eb) => ({ lifecycle, version: eb('version', '+', 1) }))
      .where('lifecycle', 'in', ['active', 'suspended'])
      .$if(methods !== null, (query) => query.where('method', 'in', [...(methods ?? [])]))
      .execute()
  if (fence.endedMethods.length > 0) await ended('revoked', fence.endedMethods)
  if (fence.isUnknown) await ended('suspended', null)
  for (const { subscriberId, of } of fence.unbound) {
    await tx
      .deleteFrom('binding')
      .where('subscriber_id', '=', subscriberId)
      .where('authenticator_id', '=', of)
      .execute()
  }
}

async function endOfClients(tx: Tx, fence: Fence): Promise<void> {
  const { browsers, now } = fence
  if (fence.isUnknown) await tx.deleteFrom('browser').execute()
  for (const id of browsers.blocked)
    await tx
      .updateTable('browser')
      .set((eb) => ({ blocked_at_ms: now, named_at_ms: null, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute()
  for (const id of browsers.forgotten) await tx.deleteFrom('browser').where('id', '=', id).execute()
  for (const id of fence.forgetful)
    await tx.deleteFrom('browser').where('subscriber_id', '=', id).execute()
  for (const [id, { subscriberId, hold, at }] of fence.holds) {
    const { kind, until } = hold
    const row = { id, subscriber_id: subscriberId, kind, since_ms: at, until_ms: until }
    // A client who came after the backup is not here.
    const known = tx.selectFrom('subscriber').select('id').where('id', '=', subscriberId)
    if ((await known.executeTakeFirst()) !== undefined)
      await tx
        .insertInto('hold')
        .values({ ...row, forbids: JSON.stringify(hold.forbids) })
        .execute()
  }
  for (const [id, until] of fence.stoppedCalls) await stopCalls(tx, id, until)
  for (const id of fence.endedHolds) await tx.deleteFrom('hold').where('id', '=', id).execute()
  for (const { id, at } of fence.replacedContacts)
    await tx
      .updateTable('contact')
      .set({ replaced_at_ms: at })
      .where('id', '=', id)
      .where('replaced_at_ms', 'is', null)
      .execute()
  for (const { id, status } of fence.closed)
    await tx
      .updateTable('account')
      .set((eb) => ({ status, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute()
  for (const id of fence.optedIn)
    await tx
      .updateTable('account')
      .set((eb) => ({ opted_out: 0, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute()
  for (const id of fence.unshared)
    await tx
      .updateTable('subscriber')
      .set({ primary_id: null, primary_name: null, leave_until_ms: null })
      .where('id', '=', id)
      .execute()
}

async function stopCalls(tx: Tx, id: SubscriberId, until: Instant): Promise<void> {
  const known = tx.selectFrom('subscriber').select('id').where('id', '=', id)
  if ((await known.executeTakeFirst()) === undefined) return
  const stopped = { stopped_until_ms: until }
  await tx
    .insertInto('call_standing')
    .values({ ...stopped, subscriber_id: id, version: 1, failed_at: '[]' })
    .onConflict((oc) =>
      oc.column('subscriber_id').doUpdateSet((eb) => ({
        ...stopped,
        version: eb('call_standing.version', '+', 1),
      })),
    )
    .execute()
}

async function endOfStaff(tx: Tx, { now, members, isUnknown }: Fence): Promise<void> {
  await tx
    .updateTable('member_session')
    .set({ ended_at_ms: now })
    .where('ended_at_ms', 'is', null)
    .execute()
  await tx
    .updateTable('member_invitation')
    .set({ ended_at_ms: now })
    .where('ended_at_ms', 'is', null)
    .execute()
  const revoking = tx
    .updateTable('member_passkey')
    .set((eb) => ({ revoked_at_ms: now, version: eb('version', '+', 1) }))
    .where('revoked_at_ms', 'is', null)
  if (isUnknown) await revoking.execute()
  for (const id of members.passkeys) await revoking.where('id', '=', id).execute()
  for (const id of members.suspended)
    await tx
      .updateTable('member')
      .set((eb) => ({ state: 'suspended', version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute()
}

async function finish(tx: Tx, fence: Fence, proof: Uint8Array | null): Promise<void> {
  const { now, restoration, rewoundTo, event } = fence
  const { kind, subscriberId, loginId = null } = event
  const body = canonicalJson({ ...event })
  await tx
    .insertInto('audit_event')
    .values({ at_ms: now, kind, subscriber_id: subscriberId, login_id: loginId, body })
    .execute()
  await tx
    .insertInto('restoration')
    .values(rowOf(restoration))
    .onConflict((oc) => oc.doNothing())
    .execute()
  await tx
    .updateTable('restoration')
    .set({ fenced_at_ms: now })
    .where('fenced_at_ms', 'is', null)
    .execute()
  await tx
    .updateTable('restoration')
    .set({ rewound_to: rewoundTo, rewound_proof: proof })
    .where('id', '=', restoration.id)
    .execute()
}

/** Authenticators of some methods, and some others, page by page. */
export async function* listToFence(
  db: Db,
  { methods, ids }: { readonly methods: readonly string[]; readonly ids: readonly string[] },
): AsyncGenerator<Versioned<Authenticator>> {
  for (let last = ''; ; ) {
    const page = await db.read
      .selectFrom('authenticator')
      .select(FENCED)
      .where('id', '>', last)
      .where('method', 'in', [...methods, ''])
      .where('lifecycle', 'in', ['active', 'suspended'])
      .orderBy('id')
      .limit(PAGE)
      .execute()
    for (const row of page) yield authenticatorOf(db, row)
    last = page.at(-1)?.id ?? last
    if (page.length < PAGE) break
  }
  for (let at = 0; at < ids.length; at += PAGE) {
    const page = await db.read
      .selectFrom('authenticator')
      .select(FENCED)
      .where('id', 'in', ids.slice(at, at + PAGE))
      .where('method', 'not in', [...methods, ''])
      .execute()
    for (const row of page) yield authenticatorOf(db, row)
  }
}

const PAGE = 500

const FENCED = [
  ...(['id', 'version', 'method', 'label', 'model', 'lifecycle', 'failures'] as const),
  ...(['created_at_ms', 'used_at_ms', 'expires_at_ms', 'pending_until_ms'] as const),
  ...(['rests_since_ms', 'state'] as const),
] as const

/** Whom the logins have asked that are under way. */
export async function askedByLogins(db: Db): Promise<Map<LoginId, AuthenticatorId>> {
  const rows = await db.read
    .selectFrom('login')
    .select(['id', 'authenticator_id'])
    .where('state', 'in', ['started', 'choosing', 'challenged'])
    .where('authenticator_id', 'is not', null)
    .execute()
  return new Map(rows.map((row) => [row.id as LoginId, row.authenticator_id as AuthenticatorId]))
}
