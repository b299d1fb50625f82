import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SessionId, SubscriberId } from '#core/ids.ts'
import { type Ending, extentOf } from '#core/sessions/under-way.ts'
import { resetFactor, type World } from '#engine/world.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import type { Ended } from '#store/endings.ts'
import { findEnrolmentThatBound } from '#store/devices/enrolments.ts'
import { findStamp } from '#store/security-stamp.ts'
import type { Versioned } from '#store/queries/versioned.ts'

type Held = readonly Versioned<Authenticator>[]

interface EndingAct {
  readonly by: Ending
  readonly subscriberId: SubscriberId
  /** Who says so, for the phones that end. */
  readonly actor: 'session' | 'device' | 'desk'
  readonly within?: SessionId | null
  /** Whether a phone that was set up in this session ends, where the act ends those of sessions. */
  readonly isOf?: (session: SessionId) => boolean
  /** The security stamp, where it was read already. */
  readonly stamp?: number
  /** What the act itself writes. */
  readonly besides?: readonly AuthenticatorId[]
}

export interface EndedDevices {
  readonly changed: Held
  readonly events: readonly AuditEvent[]
  /**
   * The security stamp that was read before them: the commit names it, or one could have come
   * meanwhile.
   */
  readonly stamp: number
}

/**
 * The authenticators that end with an act: phones that wait to take the place of another, and codes
 * of the desk for a forgotten password (`core/sessions/under-way`). They are written in the commit
 * of the act.
 */
export async function devicesEndedBy(world: World, act: EndingAct): Promise<EndedDevices> {
  const { by, subscriberId, actor, within = null, besides = [] } = act
  const stamp = act.stamp ?? (await findStamp(world.db, subscriberId))
  const held = await listAuthenticators(world.db, subscriberId)
  const others = held.filter(({ value }) => !besides.includes(value.id))
  const phones = await waitingEndedBy(world, act, others)
  const codes = extentOf(by, 'reset-code') === 'all' ? resetCodesAmong(world, others) : []
  const events = phones.map(
    ({ value }): AuditEvent => ({
      kind: 'authenticator.stopped',
      subscriberId,
      authenticatorId: value.id,
      by: actor,
      ...(within !== null && { within }),
    }),
  )
  const revoked = phones.map(({ value, version }) => ({
    value: { ...value, lifecycle: 'revoked' as const },
    version,
  }))
  return { changed: [...revoked, ...codes], events, stamp }
}

async function waitingEndedBy(world: World, { by, isOf }: EndingAct, held: Held): Promise<Held> {
  const waiting = held.filter(({ value }) => isWaiting(value))
  switch (extentOf(by, 'successor')) {
    case 'none':
      return []
    case 'all':
      return waiting
    case 'of-sessions': {
      const found = await Promise.all(
        waiting.map(({ value }) => findEnrolmentThatBound(world.db, value.id)),
      )
      const sessionOf = (index: number) => found[index]?.value.sessionId
      return waiting.filter((_, index) => {
        const session = sessionOf(index)
        return session !== undefined && isOf?.(session) === true
      })
    }
  }
}

/**
 * What the end of a device means for each of its holders: a person who is logged in as one of them
 * may have used it, so all their sessions end. One of each for the commit that ends the device.
 */
export async function stoppedFor(
  world: World,
  {
    by,
    actor,
    id,
    holders,
  }: Pick<EndingAct, 'actor'> & {
    readonly by: 'device-stopped' | 'device-removed'
    readonly id: AuthenticatorId
    readonly holders: readonly SubscriberId[]
  },
): Promise<readonly (EndedDevices & { readonly ended: Ended })[]> {
  return await Promise.all(
    // In the order of their ids, so that two commits never wait for each other.
    holders.toSorted().map(async (subscriberId) => {
      const act = { by, subscriberId, actor, isOf: () => true, besides: [id] }
      const devices = await devicesEndedBy(world, act)
      return { ...devices, ended: { by, subscriberId, stamp: devices.stamp } }
    }),
  )
}

/** One that was set up and does not count yet. */
export const isWaiting = ({
  lifecycle,
  pendingUntil,
}: Pick<Authenticator, 'lifecycle' | 'pendingUntil'>): boolean =>
  lifecycle !== 'revoked' && pendingUntil !== null

/** Codes of the desk that still count, ended: with nothing left to be guessed at. */
export const resetCodesAmong = (world: World, held: Held): Held =>
  held
    .filter(({ value }) => value.method === resetFactor(world).name)
    .filter(({ value }) => value.lifecycle !== 'revoked')
    .map(({ value, version }) => ({
      value: {
        ...value,
        lifecycle: 'revoked' as const,
        state: resetFactor(world).decoy(world.random),
      },
      version,
    }))
