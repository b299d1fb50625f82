import { type Acr, atLeast, stronger } from '#core/assurance.ts'
import { answers } from '#core/devices/authenticator.ts'
import {
  centsOf,
  type TaskDetails,
  type TaskKind,
  TASK_RULES,
  identityOf,
  SETTINGS,
} from '#core/task-details.ts'
import { newId, type TaskId } from '#core/ids.ts'
import { freeIn, type Limit, paid, roomIn, strengthFor } from '#core/tasks/withdrawal-limits.ts'
import type { Refusal } from '#core/problems.ts'
import { type Facts, rightsOf } from '#core/sessions/rights.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Rules } from '#core/subscribers/jurisdiction.ts'
import { cancelled, obstacleOf, opened, type Task, type Next, used } from '#core/tasks/task.ts'
import { type Instant, minutes } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import type { StartedLogin } from '#engine/login/challenge.ts'
import type { Client } from '#engine/login/view.ts'
import { obstacleToSettings } from '#engine/subscribers/primary-user.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { holderHash } from '#engine/login/same-browser.ts'
import { keyedHash } from '#engine/secrets.ts'
import { findLastingSession } from '#engine/sessions/sessions.ts'
import { startLogin } from '#engine/login/start.ts'
import { PASSWORD_IN_DOUBT } from '#engine/devices/migration.ts'
import { refusal, type World } from '#engine/world.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { findLogin } from '#store/login/logins.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import { commitTask, findOutflow, findTask, type TaskCommit } from '#store/tasks/tasks.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * Sensitive tasks (R023): what a session alone may not do. A task is confirmed by a login like any
 * other, that leads nowhere but to it; here it begins and ends.
 */

/**
 * Tasks of one session: a client needs no more, and each of them is a row. Other sessions are not
 * limited by it.
 */
const PER_SESSION = { name: 'tasks', count: 60, per: minutes(60) } as const

export interface Wish {
  readonly deed: TaskDetails
  readonly platform: string
  readonly next: Next
  /** One by which it is found again. */
  readonly id?: TaskId
}

/** Writes down what is to be done; nothing of it can be changed from here on. */
export async function openTask(
  world: World,
  session: Session,
  { deed, platform, next, id = newId('tsk', world.now(), world.random) }: Wish,
): Promise<{ readonly ok: true; readonly task: Task } | Refusal> {
  const stamp = await findStamp(world.db, session.subscriberId)
  const obstacle = await obstacleToTask(world, session, deed)
  if (obstacle) return refusal(obstacle)
  const taken = await world.limits.take(PER_SESSION, session.id)
  if (!taken.ok) return refusal('task.too-many', taken.until)
  const now = world.now()
  const { subscriberId, id: sessionId, environment } = session
  const errand = { subscriberId, sessionId, stamp, environment, deed, platform, next }
  const task = opened({ id, ...errand }, now)
  const about = { subscriberId, within: sessionId, taskId: id, deed: deed.kind }
  const event = { kind: 'task.opened', ...about } as const
  const standing = { subscriberId, stamp, within: sessionId }
  const commit = { now, task: { value: task, version: null }, standing, events: [event] }
  if (!(await commitTask(world.db, commit))) return refusal('task.conflict')
  return { ok: true, task }
}

/**
 * The task that waits for what asks once more, such as an address that is loaded twice, or a new
 * one. Its id follows from the session and from what asks: of two at once one writes it.
 *
 * @param by what asks, by a name that nothing else has
 */
export async function openTaskOnce(
  world: World,
  session: Session,
  { by, ...wish }: Wish & { readonly by: string },
): Promise<{ readonly ok: true; readonly task: Task } | Refusal> {
  const stamp = await findStamp(world.db, session.subscriberId)
  for (let over = 0; over < PER_SESSION.count; over += 1) {
    const hash = keyedHash(world.keys, 'task/asker', `${over} ${session.id} ${by}`)
    const drawn = (length: number) => Buffer.from(hash, 'base64url').subarray(0, length)
    const id = newId('tsk', session.openedAt, drawn)
    const waiting = (await ownTask(world, session, { id }))?.value
    if (!waiting) {
      const opened = await openTask(world, session, { ...wish, id })
      if (opened.ok || opened.problem !== 'task.conflict') return opened
    }
    const task = waiting ?? (await ownTask(world, session, { id }))?.value
    if (!task) return refusal('task.conflict')
    if (obstacleOf(task, { now: world.now(), stamp }) === null) return { ok: true, task }
  }
  return refusal('task.too-many')
}

/** Only the primary user changes an account, and how its users log in to it (R032). */
export const obstacleToTask = async (world: World, session: Session, { kind }: TaskDetails) =>
  SETTINGS.includes(kind) ? await obstacleToSettings(world, session) : null

export interface TaskView {
  readonly ok: true
  readonly task: Task
  /** Why nothing more can be done with it, or `null`. */
  readonly problem: ReturnType<typeof obstacleOf>
  readonly allowance: Allowance
}

/** What the client may do with what they hold, and with what they might hold. */
export interface Allowance {
  /** The least that confirms this task now; `null` when nothing does. */
  readonly needs: Acr | null
  /** Whether the client holds something that is enough. */
  readonly isReached: boolean
  /** Of what the client holds, what opens most; only where money leaves. */
  readonly held: Room | null
  /** What would open more, if they held it. */
  readonly better: Room | null
  /** What is kept back in the account for devices; only where money leaves (R117). */
  readonly reservedUsd: number
}

export interface Room {
  readonly method: string
  readonly perDayUsd: number | null
  /** In cents; `null` is without limit. */
  readonly left: number | null
}

/** Shows a task to the session that asked for it; to any other it does not exist. */
export async function viewTask(
  world: World,
  session: Session,
  id: TaskId,
): Promise<TaskView | Refusal> {
  const found = await ownTask(world, session, { id })
  if (!found) return refusal('task.not-found')
  const task = found.value
  const asOf = { now: world.now(), stamp: await findStamp(world.db, session.subscriberId) }
  const allowance = await allowanceFor(world, session, task.deed)
  return { ok: true, task, problem: obstacleOf(task, asOf), allowance }
}

/** A task of the same client that an earlier session asked for; it ended with that session. */
export async function findLeftTask(
  world: World,
  session: Session,
  id: TaskId,
): Promise<Task | null> {
  const found = await findTask(world.db, id)
  if (found?.value.subscriberId !== session.subscriberId) return null
  // In another browser of the same client, which goes on, it does not exist.
  return (await findLastingSession(world, found.value.sessionId)) ? null : found.value
}

/**
 * The password again; from here on it is a login like any other. A wrong password counts against
 * the browser that is recognised, or against the session: a stolen one has ten guesses, and
 * strangers use up none of them (A28).
 */
export async function startTask(
  world: World,
  session: Session,
  {
    id,
    password,
    client,
  }: { readonly id: TaskId; readonly password: string; readonly client: Client },
): Promise<StartedLogin> {
  const viewed = await viewTask(world, session, id)
  if (!viewed.ok) return viewed
  const { task, allowance, problem } = viewed
  if (problem) return refusal(problem)
  if (task.state !== 'open') return refusal('task.conflict')
  const { needs, isReached } = allowance
  if (needs === null || (!isReached && centsOf(task.deed) > 0)) return refusal('task.over-limit')
  const subscriber = await findSubscriber(world.db, session.subscriberId)
  if (!subscriber) throw new Error('a session without a subscriber')
  const { deed, expiresAt, platform, environment } = task
  return await startLogin(world, {
    userName: subscriber.value.userName,
    password,
    environment,
    platform,
    client,
    needs,
    task: { id, deed, expiresAt },
    within: session.id,
  })
}

/** Its holder does not want it any more; a login that confirms it is not valid from now on. */
export async function cancelTask(
  world: World,
  session: Session,
  id: TaskId,
): Promise<{ readonly ok: true; readonly task: Task } | Refusal> {
  const now = world.now()
  const found = await ownTask(world, session, { id })
  if (!found) return refusal('task.not-found')
  const stamp = await findStamp(world.db, session.subscriberId)
  const value = cancelled(found.value, { now, stamp })
  if ('stays' in value) return refusal(value.stays)
  const { subscriberId, deed } = value
  const about = { subscriberId, within: session.id, taskId: id, deed: deed.kind }
  const event = { kind: 'task.cancelled', ...about } as const
  const task = { value, version: found.version }
  const done = await commitTask(world.db, { now, task, events: [event] })
  return done ? { ok: true, task: value } : refusal('task.conflict')
}

/**
 * Whether a task is asked for in the browser in which it was confirmed. Who has copied the cookie
 * of a session uses nothing that its client has approved (A9).
 */
async function isConfirmedIn(world: World, task: Task, holder: string): Promise<boolean> {
  if (!('loginId' in task)) return true
  const login = await findLogin(world.db, task.loginId)
  return login?.value.holder === holderHash(holder)
}

export interface Using {
  readonly id: TaskId
  /** The secret of the browser that asks; without, no browser does. */
  readonly holder?: string | undefined
  /** What is about to be done, as the client understands it. */
  readonly deed: TaskDetails
  readonly usedFor: string
}

/**
 * Uses an approved task up. Of two requests with one proof, one may go on; of two payments that fit
 * the limit only separately, one is made. Ask right before it is done: a caller who hears yes does
 * it.
 */
export async function useTask(
  world: World,
  session: Session,
  using: Using,
): Promise<{ readonly ok: true; readonly task: Task } | Refusal> {
  return await retryStale('task.conflict', () => tryToUse(world, session, using), USES)
}

/** How often it is tried anew when something else was paid from the same account just now. */
const USES = 5

async function tryToUse(
  world: World,
  session: Session,
  { id, holder, deed, usedFor }: Using,
): Promise<{ readonly ok: true; readonly task: Task } | Refusal | 'stale'> {
  const now = world.now()
  const { subscriberId, id: within } = session
  const stamp = await findStamp(world.db, subscriberId)
  const found = await ownTask(world, session, { id, holder })
  if (!found) return refusal('task.not-found')
  if (!(await findLastingSession(world, within))) return refusal('task.cancelled')
  const obstacle = await obstacleToTask(world, session, deed)
  if (obstacle) return refusal(obstacle)
  const value = used(found.value, { deed, sessionId: within, usedFor, now, stamp })
  if ('stays' in value) return refusal(value.stays)
  // Stricter rules may have come since it was approved.
  const { rules } = await factsOf(world, session)
  const isEnough = atLeast(value.acr, rules.taskFactors[deed.kind] ?? '1')
  if (!isEnough) return await refused(world, found, refusal('task.too-weak'))
  const payment = await paidBy(world, session, { deed, acr: value.acr, now })
  if (payment && 'problem' in payment) return await refused(world, found, payment)
  const about = { subscriberId, within, taskId: id }
  const event = { kind: 'task.used', ...about, deed: deed.kind } as const
  const done = await commitTask(world.db, {
    now,
    task: { value, version: found.version },
    events: [event],
    standing: { subscriberId, stamp, within },
    ...(payment && { outflow: payment }),
  })
  return done ? { ok: true, task: value } : 'stale'
}

/** It was approved, and still it is too much: other payments came before it. It is over. */
async function refused(
  world: World,
  { value: task, version }: Versioned<Task>,
  refusal: Refusal,
): Promise<Refusal> {
  const now = world.now()
  const value = cancelled(task, { now, stamp: task.stamp })
  if ('stays' in value) return refusal
  const { subscriberId, sessionId: within, id: taskId, deed } = task
  const { problem } = refusal
  const about = { subscriberId, within, taskId, deed: deed.kind }
  const event = { kind: 'task.refused', ...about, problem } as const
  await commitTask(world.db, { now, task: { value, version }, events: [event] })
  return refusal
}

async function paidBy(
  world: World,
  session: Session,
  { deed, acr, now }: { readonly deed: TaskDetails; readonly acr: Acr; readonly now: Instant },
): Promise<TaskCommit['outflow'] | Refusal | null> {
  const cents = centsOf(deed)
  if (cents === 0) return null
  const facts = await factsOf(world, session)
  if (!facts.account) return refusal('task.over-limit')
  const { id: accountId, reservedUsd } = facts.account
  const { value: outflow, version } = await findOutflow(world.db, accountId)
  const value = paid(outflow, { cents, limit: limitBy(facts, acr, now), now })
  return value ? { value, version, accountId, reservedUsd } : refusal('task.over-limit')
}

/** All that was confirmed, in whatever language, as one word to be held against what is done. */
export function taskDigest({ keys }: Pick<World, 'keys'>, deed: TaskDetails): string {
  return keyedHash(keys, 'deed', identityOf(deed))
}

/** Whether what they hold is enough to confirm a task in which no money leaves. */
export async function canConfirm(world: World, session: Session, kind: TaskKind): Promise<boolean> {
  const [held, { rules }] = await Promise.all([
    heldMethods(world, session),
    factsOf(world, session),
  ])
  const needs = leastFor(kind, rules)
  return held.some((method) => atLeast(world.methods.get(method)?.acr ?? '1', needs))
}

async function heldMethods(world: World, { subscriberId }: Session): Promise<readonly string[]> {
  const now = world.now()
  const holdings = await listHoldings(world.db, subscriberId)
  const active = holdings.filter((held) => answers(held, now)).map(({ method }) => method)
  return [...new Set(active)].filter((method) => world.methods.get(method)?.secondFactor)
}

const NO_MONEY = { held: null, better: null, reservedUsd: 0 } as const

async function allowanceFor(world: World, session: Session, deed: TaskDetails): Promise<Allowance> {
  const now = world.now()
  const cents = centsOf(deed)
  const [held, facts] = await Promise.all([heldMethods(world, session), factsOf(world, session)])
  const strengthOf = (method: string): Acr => world.methods.get(method)?.acr ?? '1'
  if (cents === 0) {
    // The very first is confirmed with all there is (S66): the rights of the session say that it
    // may be bound.
    const isFirst = deed.kind === 'bind' && facts.second === 'never'
    const needs = isFirst ? '1' : neededFor(deed, facts)
    if (isFirst) return { ...NO_MONEY, needs, isReached: true }
    const isReached = held.some((method) => atLeast(strengthOf(method), needs))
    return { ...NO_MONEY, needs, isReached }
  }
  if (!facts.account) return { ...NO_MONEY, needs: null, isReached: false }
  const { value: outflow } = await findOutflow(world.db, facts.account.id)
  const limited = (acr: Acr) => limitBy(facts, acr, now)
  const enough = strengthFor(cents, { outflow, limitOf: limited, now })
  const needs = enough && stronger(enough, leastFor(deed.kind, facts.rules))
  const roomOf = (method: string): Room => {
    const limit = limited(strengthOf(method))
    return { method, perDayUsd: limit.perDayUsd, left: roomIn(outflow, limit, now) }
  }
  const best = held.map(roomOf).toSorted(mostFirst)[0] ?? null
  const others = [...world.methods.values()]
    .filter(({ name, secondFactor }) => secondFactor && !held.includes(name))
    .map(({ name }) => roomOf(name))
  const better = others.filter((room) => isMore(room, best)).toSorted(mostFirst)[0] ?? null
  const isReached = needs !== null && held.some((method) => atLeast(strengthOf(method), needs))
  return { needs, isReached, held: best, better, reservedUsd: facts.account.reservedUsd }
}

/**
 * What confirms a task in which no money leaves. A password that a stranger has known is changed
 * with what the stranger does not have: a text, which may have set up the phone that was stopped,
 * settles no doubt. A client who holds nothing better is verified by the desk, and chooses another
 * password with its code.
 *
 * Who opts back in trades from everywhere: where networks are named, that takes what lifting them
 * takes.
 */
function neededFor(
  { kind }: TaskDetails,
  { holds, account, rules }: Pick<Facts, 'holds' | 'account' | 'rules'>,
): Acr {
  const needs = leastFor(kind, rules)
  const isInDoubt = kind === 'password' && holds.some((hold) => hold.kind === PASSWORD_IN_DOUBT)
  const isLifting = kind === 'opt_in' && (account?.networks.length ?? 0) > 0
  return isInDoubt || isLifting ? stronger(needs, '3') : needs
}

/** What a task is confirmed with at least: everywhere, or where the client lives. */
function leastFor(kind: TaskKind, { taskFactors }: Pick<Rules, 'taskFactors'>): Acr {
  const { needs } = TASK_RULES[kind]
  const asked = taskFactors[kind]
  return asked === undefined ? needs : stronger(needs, asked)
}

const amountIn = ({ left }: Room): number => left ?? Number.POSITIVE_INFINITY

const mostFirst = (one: Room, other: Room): number =>
  amountIn(one) === amountIn(other) ? 0 : amountIn(other) - amountIn(one)

const isMore = (room: Room, than: Room | null): boolean =>
  than === null || amountIn(room) > amountIn(than)

/**
 * What may leave this account now, by what confirms it: the limits of the method, what narrows them
 * (R121), and what is kept back in the account (R117).
 */
function limitBy(facts: Omit<Facts, 'proofs'>, acr: Acr, now: Instant): Limit {
  const { rights } = rightsOf({ ...facts, proofs: [{ method: '', acr, amr: [] }] }, now)
  return {
    perDayUsd: rights.withdrawalPerDayUsd,
    per5DaysUsd: rights.withdrawalPer5DaysUsd,
    freeUsd: facts.account && freeIn(facts.account),
    equityUsd: facts.account?.equityUsd ?? null,
  }
}

/**
 * A task of this session, in whatever state it is; to any other it does not exist, and once it is
 * confirmed, to any other browser.
 */
export async function ownTask(
  world: World,
  { id: sessionId }: Session,
  { id, holder }: Pick<Using, 'id' | 'holder'>,
): Promise<Versioned<Task> | null> {
  const found = await findTask(world.db, id)
  if (found?.value.sessionId !== sessionId) return null
  const isHere = holder === undefined || (await isConfirmedIn(world, found.value, holder))
  return isHere ? found : null
}
