import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { HoldId, SubscriberId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Task } from '#core/tasks/task.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorWrites, bindingWrites } from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { loginWrite } from '#store/login/logins.ts'
import { taskWrite } from '#store/tasks/tasks.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'

/** A new password, and everything that ends with the one before it. */
export interface PasswordCommit {
  readonly now: Instant
  readonly subscriberId: SubscriberId
  readonly fresh: Authenticator
  /** What counts no more: the password so far, and whatever stood in for it. */
  readonly revoked: readonly Versioned<Authenticator>[]
  /** What allowed it, used up. */
  readonly task?: Versioned<Task>
  /** The login that allowed it, where one did. */
  readonly login?: Versioned<Login>
  readonly ended: Ended
  /** The doubts that it settles. */
  readonly holds: readonly HoldId[]
  readonly events: readonly AuditEvent[]
}

/**
 * All of it or nothing. Guesses at this subscriber are forgotten: the owner has shown who they are
 * (A28).
 *
 * @returns `false`, and writes nothing, when anything in it was written since it was read.
 */
export async function commitPassword(db: Db, commit: PasswordCommit): Promise<boolean> {
  const { now, subscriberId, fresh, revoked, task, login, holds } = commit
  return db.commit([
    ...endingWrites(db, commit.ended, now),
    ...(login ? [loginWrite(db, login)] : []),
    ...authenticatorWrites(db, revoked),
    ...bindingWrites(db, fresh, [subscriberId]),
    any(db.write.deleteFrom('throttle').where('subscriber_id', '=', subscriberId)),
    ...(task ? [taskWrite(db, task)] : []),
    ...holds.map((id) => settlingWrite(db, { id, subscriberId })),
    ...eventWrites(db, commit.events, now),
  ])
}

export interface ResetCommit {
  readonly now: Instant
  /** The version that was read: of two codes at once, one is written. */
  readonly subscriber: { readonly id: SubscriberId; readonly version: number }
  readonly code: Authenticator
  readonly revoked: readonly Versioned<Authenticator>[]
  readonly events: readonly AuditEvent[]
  /** What is written first: the desk uses a warrant up. */
  readonly besides?: readonly Write[]
}

/**
 * A code of the desk, in place of the one before. Guesses at this subscriber are forgotten: the
 * desk has verified who calls, and a locked name would take no code either.
 */
export async function commitReset(db: Db, commit: ResetCommit): Promise<boolean> {
  const { now, subscriber, code, revoked, events, besides = [] } = commit
  const turn = db.write
    .updateTable('subscriber')
    .set({ version: subscriber.version + 1 })
    .where('id', '=', subscriber.id)
    .where('version', '=', subscriber.version)
  return db.commit([
    ...besides,
    one(turn),
    ...authenticatorWrites(db, revoked),
    ...bindingWrites(db, code, [subscriber.id]),
    any(db.write.deleteFrom('throttle').where('subscriber_id', '=', subscriber.id)),
    ...eventWrites(db, events, now),
  ])
}

const settlingWrite = (
  db: Db,
  { id, subscriberId }: { readonly id: HoldId; readonly subscriberId: SubscriberId },
): Write =>
  one(db.write.deleteFrom('hold').where('id', '=', id).where('subscriber_id', '=', subscriberId))
