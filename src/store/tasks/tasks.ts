import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { AccountId, SessionId, SubscriberId, TaskId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { NOTHING_PAID, type Outflow } from '#core/tasks/withdrawal-limits.ts'
import type { Task } from '#core/tasks/task.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { reserveStays } from '#store/orders/ledger.ts'
import { prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { among, one } from '#store/queries/writes.ts'

const TASK = [
  'task.id',
  'task.version',
  'task.subscriber_id',
  'task.session_id',
  'task.state',
  'task.used_for',
  'task.body',
] as const
const OUTFLOW = ['outflow.account_id', 'outflow.version', 'outflow.body'] as const

export async function findTask(db: Db, id: TaskId): Promise<Versioned<Task> | null> {
  const [row] = await db.ask(taskById(db, { id }))
  return row ? taskOf(db, row) : null
}

const taskById = prepared((db, { id }: { readonly id: TaskId }) =>
  db.read.selectFrom('task').select(TASK).where('id', '=', id),
)

/** Several tasks, in no order. */
export async function listTasksById(db: Db, ids: readonly TaskId[]): Promise<readonly Task[]> {
  const rows = await db.read
    .selectFrom('task')
    .select(TASK)
    .where('id', 'in', among(ids.slice(0, TASKS_MAX)))
    .execute()
  return rows.map((row) => taskOf(db, row).value)
}

const TASKS_MAX = 100

/** The task that was used for this, such as the grant of a relying party. */
export async function findTaskUsedFor(db: Db, usedFor: string): Promise<Task | null> {
  const [row] = await db.ask(taskByUse(db, { usedFor }))
  return row ? taskOf(db, row).value : null
}

const taskByUse = prepared((db, { usedFor }: { readonly usedFor: string }) =>
  db.read.selectFrom('task').select(TASK).where('used_for', '=', usedFor),
)

/** What has left an account lately; its version is `null` where nothing ever has. */
export async function findOutflow(db: Db, accountId: AccountId): Promise<Written<Outflow>> {
  const [row] = await db.ask(outflowOf(db, { accountId }))
  if (!row) return { value: NOTHING_PAID, version: null }
  const value = unsealed(db, outflowPlace(accountId), row.body) as unknown as Outflow
  return { value, version: row.version }
}

const outflowOf = prepared((db, { accountId }: { readonly accountId: AccountId }) =>
  db.read.selectFrom('outflow').select(OUTFLOW).where('account_id', '=', accountId),
)

export interface TaskCommit {
  readonly now: Instant
  readonly task: Written<Task>
  /** What leaves the account with it. */
  readonly outflow?: Written<Outflow> & {
    readonly accountId: AccountId
    /** What was kept back in the account when this was decided. */
    readonly reservedUsd: number
  }
  /** What it rests on. */
  readonly standing?: Standing
  readonly events: readonly AuditEvent[]
}

/**
 * @returns `false`, and writes nothing, when the task or the account was written since it was read.
 *   That is what makes a proof good for one use, and a limit one limit, however many ask at once.
 */
export async function commitTask(db: Db, commit: TaskCommit): Promise<boolean> {
  const { now, task, outflow, standing, events } = commit
  return db.commit([
    ...(standing ? standingWrites(db, standing) : []),
    taskWrite(db, task),
    ...(outflow ? payingWrites(db, outflow) : []),
    ...eventWrites(db, events, now),
  ])
}

export function taskWrite(db: Db, { value, version }: Written<Task>): Write {
  const { id, subscriberId, sessionId, state } = value
  const usedFor = state === 'used' ? value.usedFor : null
  const body = sealed(db, taskPlace(id), value as unknown as Json)
  if (version === null) {
    const row = { id, version: 1, subscriber_id: subscriberId, session_id: sessionId, state, body }
    return one(
      db.write
        .insertInto('task')
        .values({ ...row, used_for: usedFor })
        .onConflict((oc) => oc.doNothing()),
    )
  }
  return one(taskUpdate(db, { id, version, next: version + 1, state, usedFor, body }))
}

interface TaskStep {
  readonly id: TaskId
  readonly version: number
  readonly next: number
  readonly state: Task['state']
  readonly usedFor: string | null
  readonly body: Uint8Array
}

const taskUpdate = prepared((db, step: TaskStep) =>
  db.write
    .updateTable('task')
    .set({ state: step.state, used_for: step.usedFor, body: step.body, version: step.next })
    .where('id', '=', step.id)
    .where('version', '=', step.version),
)

const payingWrites = (db: Db, outflow: NonNullable<TaskCommit['outflow']>): readonly Write[] => [
  outflowWrite(db, outflow),
  reserveStays(db, { id: outflow.accountId, reservedUsd: outflow.reservedUsd }),
]

function outflowWrite(
  db: Db,
  { accountId, value, version }: Written<Outflow> & { readonly accountId: AccountId },
): Write {
  const body = sealed(db, outflowPlace(accountId), value as unknown as Json)
  if (version === null) {
    const row = { account_id: accountId, version: 1, body }
    return one(
      db.write
        .insertInto('outflow')
        .values(row)
        .onConflict((oc) => oc.doNothing()),
    )
  }
  return one(
    db.write
      .updateTable('outflow')
      .set({ body, version: version + 1 })
      .where('account_id', '=', accountId)
      .where('version', '=', version),
  )
}

export const taskPlace = (id: string) => ({ table: 'task', column: 'body', row: id })
export const outflowPlace = (id: string) => ({ table: 'outflow', column: 'body', row: id })

function taskOf(db: Db, row: Selectable<Tables['task']>): Versioned<Task> {
  const value = unsealed(db, taskPlace(row.id), row.body) as unknown as Task
  const names = {
    id: row.id as TaskId,
    subscriberId: row.subscriber_id as SubscriberId,
    sessionId: row.session_id as SessionId,
  }
  // One that was opened before there were stamps belongs to the first state.
  return { value: { ...value, stamp: value.stamp ?? 0, ...names }, version: row.version }
}
