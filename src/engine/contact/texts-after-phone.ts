import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Login } from '#core/login/state.ts'
import type { Instant } from '#core/time/time.ts'
import { methodNamed, type World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { findAuthenticator, listAuthenticators } from '#store/devices/authenticators.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * Texts that end once a phone confirms (R087), where the operator wants it. Not when it is set up:
 * a phone that has never confirmed may not be able to, and its holder would be left with nothing.
 */

type Held = Pick<Authenticator, 'method' | 'lifecycle' | 'expiresAt' | 'pendingUntil' | 'usedAt'>

/** Whether it confirms by itself, over a channel of its own, and has done so. */
const isUsedPhone = (world: World, held: Held, now: Instant): boolean =>
  isPhone(methodNamed(world, held.method)) &&
  answers(held, now) &&
  held.pendingUntil === null &&
  held.usedAt !== null

const isPhone = ({ device, restricted = false }: Method): boolean =>
  device !== undefined && !restricted

/** Whether this client is offered no texts, since a phone confirms for them. */
export const arePhonesInstead = (
  world: World,
  wanted: string,
  holdings: readonly Held[],
): boolean =>
  world.settings.textsAfterPhone === 'end' &&
  world.methods.get(wanted)?.restricted === true &&
  holdings.some((held) => isUsedPhone(world, held, world.now()))

/** What ends with a right answer of this authenticator, for the commit that writes the answer. */
export async function textsEndedBy(
  world: World,
  answering: Authenticator,
  { subscriberId, proofs }: Pick<Login, 'subscriberId' | 'proofs'>,
): Promise<{
  readonly changed: readonly Versioned<Authenticator>[]
  readonly events: readonly AuditEvent[]
}> {
  const isOver =
    world.settings.textsAfterPhone === 'end' &&
    isPhone(methodNamed(world, answering.method)) &&
    answering.pendingUntil === null
  if (!isOver || subscriberId === null) return NOTHING
  const held = await listAuthenticators(world.db, subscriberId)
  // What this login was confirmed with has to answer until its session is open.
  const proving = new Set(proofs.map(({ authenticatorId }) => authenticatorId))
  const texts = held.filter(
    ({ value: { id, method, lifecycle } }) =>
      lifecycle !== 'revoked' && methodNamed(world, method).restricted && !proving.has(id),
  )
  if (texts.length === 0) return NOTHING
  const bound = await Promise.all(texts.map(({ value }) => findAuthenticator(world.db, value.id)))
  // What serves another client too is theirs to end.
  const own = bound.filter((one) => one !== null).filter((one) => one.subscriberIds.length === 1)
  return {
    changed: own.map(({ value, version }) => ({
      value: { ...value, lifecycle: 'revoked' as const },
      version,
    })),
    events: own.map(({ value: { id: authenticatorId } }) => ({
      kind: 'authenticator.revoked',
      subscriberId,
      authenticatorId,
      by: 'phone',
    })),
  }
}

const NOTHING = { changed: [], events: [] } as const
