import type { Acr } from '#core/assurance.ts'
import {
  type Identity,
  type Participant,
  type SharingObstacle,
  sharingObstacle,
} from '#core/inventory/device-sharing.ts'
import type { AuthenticatorId, SessionId, ShareRequestId, SubscriberId } from '#core/ids.ts'
import type { IdentityDocument, IdentityFacts } from '#core/subscribers/identity.ts'
import { after, days, type Instant } from '#core/time/time.ts'

/**
 * A client asks to log in with the device of another user name (R120).
 *
 *   asked ──nothing to be shared──▶ idle
 *     └──looked up──▶ offered ──the owner agrees──▶ agreed     (shares, once)
 *                        └──the owner says no──▶ declined
 *   asked, offered, idle ──its client takes it back, or ends a session as not theirs──▶ withdrawn
 *
 * To the client who asks, all but `agreed` look alike until the request is over: whether the name
 * exists, what is on record of it, and what its holder said are not theirs to learn. A job looks
 * the name up, so that the time of the answer does not tell it either.
 */
export type ShareRequest = Request &
  (
    | { readonly state: 'asked' }
    | { readonly state: 'idle'; readonly why: IdleReason }
    | ({ readonly state: 'offered' | 'agreed' | 'declined' } & Offer)
    | { readonly state: 'withdrawn'; readonly offer: Offer | null }
  )

interface Request {
  readonly id: ShareRequestId
  /** Who asks, and does not have the device. */
  readonly askerId: SubscriberId
  /** The user name that was typed, in the form in which names are compared. */
  readonly nameKey: string
  /** The state that its client was in; the device is bound in no other. */
  readonly stamp: number
  readonly sessionId: SessionId
  readonly askedAt: Instant
  readonly expiresAt: Instant
}

export interface Offer {
  readonly ownerId: SubscriberId
  readonly authenticatorId: AuthenticatorId
}

/** Why nothing comes of it, for the log. */
export type IdleReason = ShareObstacle | 'no-client' | 'no-device' | 'shared-already' | 'too-many'

export type ShareObstacle = SharingObstacle | 'account-closed' | 'binding-held' | 'state-changed'

/** How long the owner has to agree. */
export const SHARE_REQUEST_LIFETIME = days(7)

/** Requests that wait for one owner: more would let others fill the page. */
export const OFFERS_MAX = 5

export const shareAsked = (
  request: Omit<Request, 'expiresAt'>,
): Extract<ShareRequest, { readonly state: 'asked' }> => ({
  ...request,
  state: 'asked',
  expiresAt: after(request.askedAt, SHARE_REQUEST_LIFETIME),
})

/** What the name was found to be. */
export function shareLookedUp(
  asked: Extract<ShareRequest, { readonly state: 'asked' }>,
  found: Offer | IdleReason,
): ShareRequest {
  const request = requestIn(asked)
  return typeof found === 'string'
    ? { ...request, state: 'idle', why: found }
    : { ...request, state: 'offered', ...found }
}

/** The owner says yes or no, in time. @returns `null` where there is nothing to say it to. */
export function shareAnswered(
  request: ShareRequest,
  answer: 'agreed' | 'declined',
  now: Instant,
): Extract<ShareRequest, Offer> | null {
  if (request.state !== 'offered' || now >= request.expiresAt) return null
  return { ...request, state: answer }
}

/** The client takes it back, whatever has become of it but a device. */
export function shareWithdrawn(request: ShareRequest): ShareRequest | null {
  if (request.state === 'agreed' || request.state === 'withdrawn') return null
  const offer =
    'ownerId' in request
      ? { ownerId: request.ownerId, authenticatorId: request.authenticatorId }
      : null
  return { ...requestIn(request), state: 'withdrawn', offer }
}

/** What was asked, without what has become of it. */
const requestIn = ({ id, askerId, nameKey, stamp, ...one }: Request): Request => {
  const { sessionId, askedAt, expiresAt } = one
  return { id, askerId, nameKey, stamp, sessionId, askedAt, expiresAt }
}

/** What its client hears of it. */
export type Heard = 'waiting' | 'agreed' | 'over'

export function heardOf({ state, expiresAt }: ShareRequest, now: Instant): Heard {
  if (state === 'agreed') return 'agreed'
  return state === 'withdrawn' || now >= expiresAt ? 'over' : 'waiting'
}

/** One of those who would hold the device, as it is on record. */
export interface OnRecord {
  readonly identity: IdentityFacts
  /** The one that all accounts agree on; `null` where they do not, or none is recorded. */
  readonly residence: string | null
  readonly holds: readonly Acr[]
  /** Has accounts, and none that is not closed. */
  readonly isClosed: boolean
  /** No device may be bound for this client now. */
  readonly isHeld: boolean
}

/** Why these may not share a device of this strength; `null` when they may. */
export function obstacleOnRecord(shared: Acr, all: readonly OnRecord[]): ShareObstacle | null {
  if (all.some(({ isClosed }) => isClosed)) return 'account-closed'
  if (all.some(({ isHeld }) => isHeld)) return 'binding-held'
  return sharingObstacle(shared, participantsIn(all))
}

function participantsIn(all: readonly OnRecord[]): readonly Participant[] {
  const common = commonDocument(all.map(({ identity }) => identity.documents))
  return all.map(({ identity, residence, holds }) => ({
    entity: identity.entity,
    identity: common === null ? null : identityWith(common, { identity, residence }),
    holds,
  }))
}

/**
 * Of several papers one that all of them have, by type and number: a passport that was renewed does
 * not part a client from themselves. A number without a type is none.
 */
function commonDocument(all: readonly (readonly IdentityDocument[])[]): NamedDocument | null {
  const [first = [], ...others] = all.map((documents) => documents.flatMap(namedOf))
  return (
    first.find((one) =>
      others.every((documents) =>
        documents.some(({ type, number }) => type === one.type && number === one.number),
      ),
    ) ?? null
  )
}

interface NamedDocument {
  readonly type: string
  /** Without what is only how it was written. */
  readonly number: string
}

const namedOf = ({ type, number }: IdentityDocument): readonly NamedDocument[] =>
  type === null ? [] : [{ type, number: number.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, '') }]

function identityWith(
  { type: documentType, number: documentNumber }: NamedDocument,
  { identity, residence }: Pick<OnRecord, 'identity' | 'residence'>,
): Identity | null {
  const { birthDate, citizenship } = identity
  if (birthDate === null || citizenship === null || residence === null) return null
  return { birthDate, citizenship, residence, documentType, documentNumber }
}
