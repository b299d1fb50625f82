import type { AuditEvent } from '#core/audit/audit.ts'
import {
  type AuthenticatorId,
  newId,
  type SessionId,
  type ShareRequestId,
  type SubscriberId,
} from '#core/ids.ts'
import {
  type Heard,
  heardOf,
  type IdleReason,
  type Offer,
  OFFERS_MAX,
  type ShareRequest,
  shareAnswered,
  shareAsked,
  shareLookedUp,
  shareWithdrawn,
} from '#core/inventory/share-request.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { userNameKey } from '#core/subscribers/account.ts'
import { hours, type Instant } from '#core/time/time.ts'
import { obstacleToBinding } from '#engine/devices/may-bind.ts'
import { guesserOf } from '#engine/devices/pins/guesses.ts'
import { knownOf } from '#engine/devices/pins/known-facts.ts'
import { type NamedDevice, namedDevice } from '#engine/inventory/named-device.ts'
import { canBeShared, deviceToShare, obstacleAmong, sharerOf } from '#engine/inventory/sharers.ts'
import { retryStale } from '#engine/retry.ts'
import { obstacleToSettings } from '#engine/subscribers/primary-user.ts'
import { findSubscriberByName, findUserName } from '#engine/subscribers/subscribers.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import {
  commitShareAgreed,
  commitShareRequest,
  findShareRequest,
  listSharesAsked,
  listSharesOffered,
  listSharesToLookUp,
} from '#store/inventory/share-requests.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import type { Taken } from '#store/server/rate-limits.ts'
import { findStamp } from '#store/security-stamp.ts'

/**
 * A client asks for the device of another user name, and its owner agrees (R120). The client who
 * asks learns nothing of the other before that: the answer is written down without a look, and is
 * the same for every name.
 */

/** Names that a browser may ask for in a day, and all that are new on that day (`guesses.ts`). */
const PER_ASKER = { name: 'share', count: 5, per: hours(24) } as const
const PER_CLIENT = { name: 'share-client', count: 10, per: hours(24) } as const

type Done = { readonly ok: true } | Refusal

/** What can be shared here at all; `null` where no device is delivered. */
const sharedMethod = ({ methods }: Pick<World, 'methods'>): Method | null =>
  [...methods.values()].find(({ stock }) => stock) ?? null

/** Why this session may not ask: a client who joins has one device more, as if they bound it. */
export async function obstacleToAsking(world: World, session: Session): Promise<Problem | null> {
  const method = sharedMethod(world)
  return method ? await obstacleToBinding(world, session, method) : 'sharing.not-found'
}

/** Writes down which name was typed. What it is worth is found out later, not by this client. */
export async function askToShare(
  world: World,
  session: Session,
  { userName }: { readonly userName: string },
): Promise<Done> {
  const { subscriberId, id: within } = session
  const stamp = await findStamp(world.db, subscriberId)
  const obstacle = await obstacleToAsking(world, session)
  if (obstacle) return refusal(obstacle)
  const nameKey = userNameKey(userName)
  const own = await findUserName(world, subscriberId)
  if (nameKey === null || own === null || nameKey === userNameKey(own))
    return refusal('sharing.name')
  const now = world.now()
  const before = await listSharesAsked(world.db, subscriberId)
  const isWaiting = ({ value }: Versioned<ShareRequest>) =>
    value.nameKey === nameKey && value.stamp === stamp && heardOf(value, now) === 'waiting'
  if (before.some(isWaiting)) return { ok: true }
  const taken = await takeAsking(world, session)
  if (!taken.ok) return refusal('sharing.too-many', taken.until)
  const id = newId('shr', now, world.random)
  const value = shareAsked({
    id,
    askerId: subscriberId,
    nameKey,
    stamp,
    sessionId: within,
    askedAt: now,
  })
  const done = await commitShareRequest(world.db, {
    now,
    request: { value, version: null },
    standing: { subscriberId, stamp, within },
    events: [{ kind: 'sharing.asked', subscriberId, within, shareRequestId: id }],
  })
  return done ? { ok: true } : refusal('sharing.over')
}

async function takeAsking(world: World, session: Session): Promise<Taken> {
  const { asker, isOld } = await guesserOf(world, session)
  const at = world.now()
  const own = await world.limits.take(PER_ASKER, asker)
  if (!own.ok || isOld) return own
  const all = await world.limits.take(PER_CLIENT, session.subscriberId)
  if (!all.ok) await world.limits.giveBack(PER_ASKER, asker, at)
  return all
}

/** Looks names up that were typed. */
export async function lookUpShares(world: World): Promise<void> {
  for (const { value, version } of await listSharesToLookUp(world.db)) {
    if (value.state !== 'asked') continue
    const now = world.now()
    const found = await lookedUp(world, value, now)
    const request = { value: shareLookedUp(value, found), version }
    const event = await lookedUpEvent(world, value, found)
    await commitShareRequest(world.db, { now, request, events: [event] })
    if (typeof found !== 'string') world.wakeUps.publish(topicOfClient(found.ownerId))
  }
}

async function lookedUp(
  world: World,
  { askerId, nameKey, stamp }: ShareRequest,
  now: Instant,
): Promise<Offer | IdleReason> {
  const ownerId = await findSubscriberByName(world, nameKey)
  if (ownerId === null) return 'no-client'
  const device = await deviceToShare(world, ownerId)
  if (!device) return 'no-device'
  if (device.subscriberIds.includes(askerId)) return 'shared-already'
  const asker = await sharerOf(world, askerId)
  if (asker.stamp !== stamp) return 'state-changed'
  const holders = await Promise.all(device.subscriberIds.map((id) => sharerOf(world, id)))
  const obstacle = obstacleAmong(world, device, [asker, ...holders])
  if (obstacle) return obstacle
  const waiting = await listSharesOffered(world.db, { ownerId, now })
  if (waiting.length >= OFFERS_MAX) return 'too-many'
  return { ownerId, authenticatorId: device.value.id }
}

async function lookedUpEvent(
  world: World,
  { id: shareRequestId, askerId: asker }: ShareRequest,
  found: Offer | IdleReason,
): Promise<AuditEvent> {
  if (typeof found === 'string')
    return { kind: 'sharing.idle', subscriberId: asker, shareRequestId, reason: found }
  const { ownerId, authenticatorId } = found
  const device = await findAuthenticator(world.db, authenticatorId)
  const method = device?.value.method ?? ''
  const about = { shareRequestId, authenticatorId, method, asker }
  return { kind: 'sharing.offered', subscriberId: ownerId, ...about }
}

/** What a client has asked for, as they hear of it. */
export interface AskedShare {
  readonly id: ShareRequestId
  readonly nameKey: string
  readonly heard: Heard
  readonly askedAt: Instant
  readonly expiresAt: Instant
}

/** What a client is asked for. */
export interface OfferedShare {
  readonly id: ShareRequestId
  readonly asker: string
  readonly device: NamedDevice
  readonly askedAt: Instant
  readonly expiresAt: Instant
}

export interface Shares {
  readonly asked: readonly AskedShare[]
  readonly offered: readonly OfferedShare[]
}

export async function sharesOf(
  world: World,
  { subscriberId }: Pick<Session, 'subscriberId'>,
): Promise<Shares> {
  const now = world.now()
  const [asked, offered] = await Promise.all([
    listSharesAsked(world.db, subscriberId),
    listSharesOffered(world.db, { ownerId: subscriberId, now }),
  ])
  const read = await Promise.all(
    offered.map(async ({ value }) => {
      const { id, askerId, askedAt, expiresAt } = value
      if (value.state !== 'offered') return []
      const [asker, device] = await Promise.all([
        findUserName(world, askerId),
        findAuthenticator(world.db, value.authenticatorId),
      ])
      if (asker === null || !device?.subscriberIds.includes(subscriberId)) return []
      return [{ id, asker, device: await namedDevice(world, device.value), askedAt, expiresAt }]
    }),
  )
  return {
    asked: asked
      .filter(({ value }) => value.state !== 'withdrawn')
      .map(({ value }) => ({
        id: value.id,
        nameKey: value.nameKey,
        heard: heardOf(value, now),
        askedAt: value.askedAt,
        expiresAt: value.expiresAt,
      })),
    offered: read.flat(),
  }
}

/** What an owner is asked for, so that they can confirm it; for other sessions there is none. */
export async function findOfferedShare(
  world: World,
  session: Pick<Session, 'subscriberId'>,
  id: ShareRequestId,
): Promise<OfferedShare | null> {
  const { offered } = await sharesOf(world, session)
  return offered.find((one) => one.id === id) ?? null
}

/** The owner agrees; to be confirmed before it is asked for. */
export async function agreeToShare(
  world: World,
  session: Session,
  { id }: { readonly id: ShareRequestId },
): Promise<Done> {
  return await retryStale<Done>('sharing.over', () => tryToAgree(world, session, id))
}

async function tryToAgree(
  world: World,
  session: Session,
  id: ShareRequestId,
): Promise<Done | 'stale'> {
  const { subscriberId: ownerId, id: within } = session
  const now = world.now()
  const found = await offeredTo(world, session, id)
  if (!found) return refusal('sharing.not-found')
  const { request, offer } = found
  const agreed = shareAnswered(request.value, 'agreed', now)
  const device = await findAuthenticator(world.db, offer.authenticatorId)
  if (!agreed || !device?.subscriberIds.includes(ownerId)) return refusal('sharing.over')
  const toSettings = await obstacleToSettings(world, session)
  if (toSettings) return refusal(toSettings)
  const asker = await sharerOf(world, request.value.askerId)
  const holders = await Promise.all(device.subscriberIds.map((one) => sharerOf(world, one)))
  const isAsBefore =
    asker.stamp === agreed.stamp &&
    (await canBeShared(world, device.value.id)) &&
    obstacleAmong(world, device, [asker, ...holders]) === null &&
    !device.subscriberIds.includes(asker.subscriberId)
  if (!isAsBefore) return refusal('sharing.over')
  const { value } = device
  const { known } = await knownOf(world, asker.subscriberId)
  const about = { authenticatorId: value.id, method: value.method }
  if (methodNamed(world, value.method).stock?.isKnown(value.state, known))
    return await refusedFor(world, request, { ...about, ownerId, within })
  const fact = { ...about, shareRequestId: id, asker: asker.subscriberId, owner: ownerId }
  const told = holders.map(
    ({ subscriberId }): AuditEvent => ({
      kind: 'sharing.agreed',
      subscriberId,
      ...fact,
      ...(subscriberId === ownerId && { within }),
    }),
  )
  const bound = { kind: 'authenticator.bound', subscriberId: asker.subscriberId } as const
  const done = await commitShareAgreed(world.db, {
    now,
    request: { value: agreed, version: request.version },
    device,
    asker,
    holders,
    within,
    events: [...told, { ...bound, ...about, replaced: [] }],
  })
  if (!done) return 'stale'
  for (const one of [asker, ...holders]) world.wakeUps.publish(topicOfClient(one.subscriberId))
  return { ok: true }
}

interface Refused {
  readonly ownerId: SubscriberId
  readonly within: SessionId
  readonly authenticatorId: AuthenticatorId
  readonly method: string
}

/** It is offered still: with another PIN the owner can agree. */
async function refusedFor(
  world: World,
  { value, version }: Versioned<ShareRequest>,
  { ownerId: subscriberId, within, ...about }: Refused,
): Promise<Refusal | 'stale'> {
  const problem = 'authenticator.pin-known'
  const fact = { ...about, shareRequestId: value.id, asker: value.askerId, problem } as const
  const done = await commitShareRequest(world.db, {
    now: world.now(),
    request: { value, version },
    events: [{ kind: 'sharing.refused', subscriberId, within, ...fact }],
  })
  return done ? refusal(problem) : 'stale'
}

/** The owner says no; the client who asked hears nothing of it. */
export async function declineShare(
  world: World,
  session: Session,
  { id }: { readonly id: ShareRequestId },
): Promise<Done> {
  return await retryStale<Done>('sharing.over', async () => {
    const now = world.now()
    const found = await offeredTo(world, session, id)
    if (!found) return refusal('sharing.not-found')
    const declined = shareAnswered(found.request.value, 'declined', now)
    if (!declined) return refusal('sharing.over')
    const { authenticatorId } = found.offer
    const method = (await findAuthenticator(world.db, authenticatorId))?.value.method ?? ''
    const about = { subscriberId: session.subscriberId, within: session.id, shareRequestId: id }
    const fact = { authenticatorId, method, asker: declined.askerId }
    const request = { value: declined, version: found.request.version }
    const events = [{ kind: 'sharing.declined', ...about, ...fact } as const]
    const done = await commitShareRequest(world.db, { now, request, events })
    return done ? { ok: true } : 'stale'
  })
}

async function offeredTo(
  world: World,
  { subscriberId }: Pick<Session, 'subscriberId'>,
  id: ShareRequestId,
): Promise<{ readonly request: Versioned<ShareRequest>; readonly offer: Offer } | null> {
  const request = await findShareRequest(world.db, id)
  if (!request) return null
  const { value } = request
  if (!('ownerId' in value) || value.ownerId !== subscriberId) return null
  return { request, offer: value }
}

/** The client takes the request back, whatever was found. */
export async function withdrawShare(
  world: World,
  { subscriberId, id: within }: Session,
  { id }: { readonly id: ShareRequestId },
): Promise<Done> {
  return await retryStale<Done>('sharing.over', async () => {
    const found = await findShareRequest(world.db, id)
    if (found?.value.askerId !== subscriberId) return refusal('sharing.not-found')
    const value = shareWithdrawn(found.value)
    if (!value) return refusal('sharing.over')
    const done = await commitShareRequest(world.db, {
      now: world.now(),
      request: { value, version: found.version },
      events: [{ kind: 'sharing.withdrawn', subscriberId, within, shareRequestId: id }],
    })
    return done ? { ok: true } : 'stale'
  })
}
