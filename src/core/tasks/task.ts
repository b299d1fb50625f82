import type { Environment } from '#core/subscribers/account.ts'
import { type Acr, phaseOf, type Proof, strengthOf } from '#core/assurance.ts'
import { type TaskDetails, isSameTask, isShownAlike, legibleDetails } from '#core/task-details.ts'
import type { LoginId, SessionId, SubscriberId, TaskId } from '#core/ids.ts'
import type { Login, Stayed } from '#core/login/state.ts'
import type { Problem } from '#core/problems.ts'
import { commonOf } from '#core/states.ts'
import { after, type Instant, minutes } from '#core/time/time.ts'

/**
 * Something that a session alone may not do. Its holder proves anew who they are, for this task and
 * for no other; then the session that asked for it may do it, once.
 *
 *   open ──a login that confirms this task is completed──▶ approved ──used once──▶ used
 *     │                                                        │
 *     ├──given up──▶ cancelled                                 └──5 minutes──▶ not valid
 *     └──10 minutes──▶ not valid
 *
 * Pure. A task that is in another state than the caller thought stays as it is: a double click can
 * cause that.
 *
 * @see requirements R023; security S86 to S88, A8, A9
 */
export type Task = OpenTask | ApprovedTask | UsedTask | CancelledTask

interface Errand {
  readonly id: TaskId
  readonly subscriberId: SubscriberId
  /** Only the session that asked may go on with it. */
  readonly sessionId: SessionId
  /** The security stamp of the client when it was asked for; it is over when that moves. */
  readonly stamp: number
  readonly platform: string
  readonly environment: Environment
  readonly deed: TaskDetails
  readonly next: Next
  readonly openedAt: Instant
  readonly expiresAt: Instant
}

/** Where it goes on: nothing in it comes from the claimant, who only ever names the task. */
export interface Next {
  /** With fields it is a form that is sent once more; without, an address that is opened. */
  readonly to: string
  readonly fields: { readonly [name: string]: string } | null
  /** Where a client who gives it up goes back to. */
  readonly back: string
}

export interface OpenTask extends Errand {
  readonly state: 'open'
}
export interface CancelledTask extends Errand {
  readonly state: 'cancelled'
}
export interface ApprovedTask extends Errand, Approval {
  readonly state: 'approved'
}
export interface UsedTask extends Errand, Approval {
  readonly state: 'used'
  readonly usedAt: Instant
  /** What it was used for: the grant of a relying party, or the portal itself. */
  readonly usedFor: string
}

interface Approval {
  readonly loginId: LoginId
  /** What confirmed it; the limit on money is the one of this strength (R121). */
  readonly acr: Acr
  readonly methods: readonly string[]
  readonly approvedAt: Instant
}

/** How long a client may take to confirm it, and how long it may wait to be done afterwards. */
export const TASK_LIFETIME = minutes(10)
export const APPROVAL_LIFETIME = minutes(5)

/** The moment, and the state that the client is in. */
export interface AsOf {
  readonly now: Instant
  /** The security stamp. */
  readonly stamp: number
}

export type NewTask = Omit<OpenTask, 'state' | 'openedAt' | 'expiresAt'>

/**
 * From here on the words of the task are what is shown and signed, and are never written in another
 * way.
 */
export function opened(task: NewTask, now: Instant): OpenTask {
  const deed = legibleDetails(task.deed)
  return { ...task, deed, state: 'open', openedAt: now, expiresAt: after(now, TASK_LIFETIME) }
}

/**
 * Why nothing can be done with a task now, whatever was to be done; `null` while it is open or
 * approved.
 */
export function obstacleOf(task: Task, { now, stamp }: AsOf): Problem | null {
  if (task.state === 'used') return 'task.already-used'
  if (task.state === 'cancelled' || task.stamp !== stamp) return 'task.cancelled'
  return now >= task.expiresAt ? 'task.expired' : null
}

/** A login that was begun for this very task, by its subscriber, is completed. */
export function approved(task: Task, login: Login, asOf: AsOf): ApprovedTask | Stayed {
  const { now } = asOf
  const obstacle = obstacleOf(task, asOf)
  if (obstacle) return { stays: obstacle }
  if (task.state !== 'open') return { stays: 'task.conflict' }
  if (login.state !== 'completed') return { stays: 'task.not-approved' }
  // What was confirmed is what the login says, and never what the task has become since (A8).
  const isMeant = login.task?.id === task.id && login.subscriberId === task.subscriberId
  if (!isMeant) return { stays: 'task.not-found' }
  if (!isShownAlike(login.task.deed, task.deed)) return { stays: 'task.changed' }
  if (!login.proofs.every((proof) => mayApprove(proof, task.deed, now))) {
    return { stays: 'task.too-weak' }
  }
  return {
    ...task,
    state: 'approved',
    loginId: login.id,
    acr: strengthOf(login.proofs),
    methods: login.proofs.map(({ method }) => method),
    approvedAt: now,
    expiresAt: after(now, APPROVAL_LIFETIME),
  }
}

/**
 * What waits to take the place of another proves nothing yet (S73), and temporary access that is
 * nearly over prints a card, and does nothing else (R095, A14).
 */
export function mayApprove(proof: Proof, { kind }: TaskDetails, now: Instant): boolean {
  const phase = phaseOf(proof, now)
  return phase === 'everything' || (phase === 'card-printing' && kind === 'print')
}

export interface Use extends AsOf {
  /**
   * As the door that carries it out understands it; it must be what was approved, in any language.
   */
  readonly deed: TaskDetails
  readonly sessionId: SessionId
  readonly usedFor: string
}

/** One proof opens one task once. */
export function used(task: Task, use: Use): UsedTask | Stayed {
  const { deed, sessionId, usedFor, now } = use
  // The task of another session does not exist.
  if (task.sessionId !== sessionId) return { stays: 'task.not-found' }
  const obstacle = obstacleOf(task, use)
  if (obstacle) return { stays: obstacle }
  if (task.state !== 'approved') return { stays: 'task.not-approved' }
  if (!isSameTask(task.deed, deed)) return { stays: 'task.changed' }
  return { ...task, state: 'used', usedAt: now, usedFor }
}

export function cancelled(task: Task, asOf: AsOf): CancelledTask | Stayed {
  const obstacle = obstacleOf(task, asOf)
  if (obstacle) return { stays: obstacle }
  return { ...errandOf(task), state: 'cancelled' }
}

/** Without what confirmed it and what it was used for. */
const errandOf = commonOf<Task, Errand>({
  state: true,
  loginId: true,
  acr: true,
  methods: true,
  approvedAt: true,
  usedAt: true,
  usedFor: true,
})
