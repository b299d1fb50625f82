import { type AgentId, isAgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, type BrowserId, newId, type SubscriberId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { before, days, type Instant } from '#core/time/time.ts'
import { devicesEndedBy, isWaiting } from '#engine/endings.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import { isResting, standInsAmong } from '#engine/temporary-access/stand-ins.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import type { Issued, Issuing } from '#methods/on-call.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import {
  commitIssue,
  countIssuedBy,
  listIssuedTo,
} from '#store/temporary-access/issued-passcodes.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What the desk gives out, once it has verified who calls: a passcode that replaces the permanent
 * device until that one is back, or another is bound (R092, R093).
 */

/** Why a client needs one; the log holds this word and no story. */
export const REASONS = ['lost', 'stolen', 'broken', 'away', 'delivery'] as const
export type Reason = (typeof REASONS)[number]

/**
 * Security limits 2.2 `tempPasscode`. The one an agent may give out in a day is held by the table,
 * too.
 */
const PER_SUBSCRIBER = { count: 2, per: days(30) } as const
export const PER_AGENT_DAY = 10

export interface IssueRequest {
  readonly subscriberId: SubscriberId
  /** The id of the agent, never a name. */
  readonly by: string
  /** The supervisor who agrees, where one is needed. */
  readonly approvedBy?: string
  readonly reason: Reason
  /** The browsers in which alone it is accepted; without, in any. */
  readonly only?: readonly BrowserId[]
  /** The case of the desk under which it is given out. */
  readonly onCase?: OnCase
}

export interface IssuedPasscode {
  readonly ok: true
  readonly authenticatorId: AuthenticatorId
  /** To be read out, once; it is stored nowhere. */
  readonly passcode: string
  readonly phases: Issued['phases']
}

/** Why no passcode is given to this client, or by this agent, whatever is proven. */
export async function obstacleToIssue(
  world: World,
  { subscriberId, by }: { readonly subscriberId: SubscriberId; readonly by: AgentId },
): Promise<Problem | null> {
  const now = world.now()
  const [lately, today] = await Promise.all([
    listIssuedTo(world.db, subscriberId, before(now, PER_SUBSCRIBER.per)),
    countIssuedBy(world.db, by, Math.floor(now / days(1))),
  ])
  if (today >= PER_AGENT_DAY) return 'desk.too-many-by-agent'
  return lately.length >= PER_SUBSCRIBER.count ? 'desk.too-many-for-client' : null
}

/**
 * Gives a passcode to a verified caller. In the same commit the permanent devices rest, what stood
 * in for them before ends, and so does every session: a thief may hold what was lost (R099, S85).
 *
 * A second one in a row, or within 30 days, takes a second person; a third within 30 days is not
 * given out at all (R098).
 */
export async function issueTemporaryPasscode(
  world: World,
  request: IssueRequest,
): Promise<IssuedPasscode | Refusal> {
  const { subscriberId, by, approvedBy = null, reason, only, onCase } = request
  if (!isAgentId(by)) return refusal('desk.not-an-agent')
  if (approvedBy !== null && !isAgentId(approvedBy)) return refusal('desk.not-an-agent')
  const method = issuedMethod(world)
  const now = world.now()
  const day = Math.floor(now / days(1))
  const stamp = await findStamp(world.db, subscriberId)
  const [subscriber, held, lately, today] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    listAuthenticators(world.db, subscriberId),
    listIssuedTo(world.db, subscriberId, before(now, PER_SUBSCRIBER.per)),
    countIssuedBy(world.db, by, day),
  ])
  if (!subscriber) return refusal('request.not-found')
  if (today >= PER_AGENT_DAY) return refusal('desk.too-many-by-agent')
  if (lately.length >= PER_SUBSCRIBER.count) return refusal('desk.too-many-for-client')
  const isConsecutive = lately.length > 0 || isOnTemporaryAccess(world, held)
  if (approvedBy === by || (isConsecutive && approvedBy === null)) {
    return refusal('desk.second-person')
  }
  const { language } = subscriber.value
  const facts = { agent: by, approvedBy, reason }
  const issued = await method.issued.issue({
    now,
    random: world.random,
    language,
    ...(only && { only }),
  })
  const authenticator = authenticatorOf(world, { method, issued, now })
  // One that was set up and does not count yet may be a stranger's: it never will.
  const waiting = held.filter(({ value }) => isWaiting(value))
  const { shared, own: resting } = await apart(world, restingOnes(world, held))
  const ending = [...standInsAmong(world, held), ...waiting]
  const done = await commitIssue(world.db, {
    now,
    authenticator,
    subscriberId,
    stamp,
    issue: { ...facts, day, ordinal: today + 1 },
    // A client who joins or leaves a shared device at the same moment writes another version.
    changed: [...restingFrom(now, resting), ...withLifecycle(ending, 'revoked'), ...shared],
    unbound: shared.map(({ value }) => value.id),
    ...(onCase && { besides: onCase.uses(now) }),
    events: eventsOn(onCase, [
      ...eventsOf({ subscriberId, agent: by }, { resting, ending, shared }),
      {
        kind: 'authenticator.issued',
        subscriberId,
        authenticatorId: authenticator.id,
        method: method.name,
        ...facts,
      },
    ]),
  })
  if (!done) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfClient(subscriberId))
  const { secret: passcode, phases } = issued
  return { ok: true, authenticatorId: authenticator.id, passcode, phases }
}

/**
 * Lets it be used from another browser or program, once: the holder has called, and was verified.
 */
export async function releaseTemporaryPasscode(
  world: World,
  { subscriberId, by, only, onCase }: Omit<IssueRequest, 'approvedBy' | 'reason'>,
): Promise<{ readonly ok: true } | Refusal> {
  if (!isAgentId(by)) return refusal('desk.not-an-agent')
  const { issued, held } = await issuedTo(world, subscriberId)
  if (!held) return refusal('desk.nothing-issued')
  const value = { ...held.value, state: issued.release(held.value.state, only) }
  const fact = { subscriberId, authenticatorId: value.id, agent: by }
  const now = world.now()
  const done = await commitAuthenticators(world.db, {
    now,
    changed: [{ value, version: held.version }],
    events: eventsOn(onCase, [{ kind: 'authenticator.released', ...fact }]),
    ...(onCase && { besides: onCase.uses(now) }),
  })
  return done ? { ok: true } : refusal('desk.conflict')
}

/**
 * Ends it at once, and every session of its holder. The permanent devices rest until one is
 * re-activated.
 */
export async function revokeTemporaryPasscode(
  world: World,
  { subscriberId, by, onCase }: Pick<IssueRequest, 'subscriberId' | 'by' | 'onCase'>,
): Promise<{ readonly ok: true } | Refusal> {
  if (!isAgentId(by)) return refusal('desk.not-an-agent')
  const { held } = await issuedTo(world, subscriberId)
  if (!held) return refusal('desk.nothing-issued')
  const devices = await devicesEndedBy(world, {
    by: 'passcode-revoked',
    subscriberId,
    actor: 'desk',
    besides: [held.value.id],
  })
  const now = world.now()
  const done = await commitAuthenticators(world.db, {
    now,
    ...(onCase && { besides: onCase.uses(now) }),
    changed: [...withLifecycle([held], 'revoked'), ...devices.changed],
    ended: { by: 'passcode-revoked', subscriberId, stamp: devices.stamp },
    events: eventsOn(onCase, [
      ...eventsOf({ subscriberId, agent: by }, { resting: [], ending: [held] }),
      ...devices.events,
    ]),
  })
  if (!done) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true }
}

type IssuedMethod = Method & { readonly issued: Issuing }

const canIssue = (method: Method): method is IssuedMethod => method.issued !== undefined

function issuedMethod({ methods }: Pick<World, 'methods'>): IssuedMethod {
  const method = [...methods.values()].find(canIssue)
  if (!method) throw new Error('the desk has nothing to give out')
  return method
}

async function issuedTo(world: World, subscriberId: SubscriberId) {
  const { name, issued } = issuedMethod(world)
  const all = await listAuthenticators(world.db, subscriberId)
  const isUsable = ({ value }: Versioned<Authenticator>) =>
    value.method === name && value.lifecycle !== 'revoked'
  return { issued, held: all.find(isUsable) ?? null }
}

function authenticatorOf(
  world: World,
  {
    method,
    issued,
    now,
  }: { readonly method: Method; readonly issued: Issued; readonly now: Instant },
): Authenticator {
  const { label, state, expiresAt } = issued
  return {
    ...FRESH,
    id: newId('aut', now, world.random),
    method: method.name,
    createdAt: now,
    label,
    state,
    expiresAt,
  }
}

type Held = readonly Versioned<Authenticator>[]

/** The permanent ones that work: from now on they answer nothing (R099). */
const restingOnes = (world: World, held: Held): Held =>
  held.filter(({ value }) => {
    const method = world.methods.get(value.method)
    const isPermanent = method?.secondFactor === true && !method.standsIn
    return isPermanent && value.lifecycle === 'active' && !isWaiting(value)
  })

/**
 * What several hold does not rest for all because one of them is on temporary access: it serves
 * that one no more (R120), and is given to them again when they have it back.
 */
async function apart(
  world: World,
  held: Held,
): Promise<{ readonly own: Held; readonly shared: Held }> {
  const all = await Promise.all(held.map(({ value }) => findAuthenticator(world.db, value.id)))
  const found = all.filter((one) => one !== null)
  return {
    own: found.filter(({ subscriberIds }) => subscriberIds.length <= 1),
    shared: found.filter(({ subscriberIds }) => subscriberIds.length > 1),
  }
}

/** No permanent device has been back since the last one was given out. */
export const isOnTemporaryAccess = (world: World, held: Held): boolean =>
  held.some(
    ({ value }) =>
      isResting(value) ||
      (value.lifecycle !== 'revoked' && world.methods.get(value.method)?.vouched === true),
  )

const restingFrom = (now: Instant, held: Held): Held =>
  held.map(({ value, version }) => ({
    value: { ...value, lifecycle: 'suspended', restsSince: now },
    version,
  }))

const withLifecycle = (held: Held, lifecycle: 'revoked'): Held =>
  held.map(({ value, version }) => ({ value: { ...value, lifecycle }, version }))

function eventsOf(
  { subscriberId, agent }: { readonly subscriberId: SubscriberId; readonly agent: AgentId },
  {
    resting,
    ending,
    shared = [],
  }: { readonly resting: Held; readonly ending: Held; readonly shared?: Held },
): readonly AuditEvent[] {
  const about = (value: Authenticator) => ({ subscriberId, authenticatorId: value.id, agent })
  return [
    ...resting.map(
      ({ value }) => ({ kind: 'authenticator.suspended', ...about(value), by: 'desk' }) as const,
    ),
    ...shared.map(
      ({ value }) => ({ kind: 'authenticator.unbound', ...about(value), by: 'desk' }) as const,
    ),
    ...ending.map(
      ({ value }) => ({ kind: 'authenticator.revoked', ...about(value), by: 'desk' }) as const,
    ),
  ]
}
