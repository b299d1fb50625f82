import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { depositOnEnd, depositWrites } from '#engine/subscribers/deposit.ts'
import { devicesEndedBy, stoppedFor } from '#engine/endings.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import { mayEndOthers } from '#engine/rate-limits.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Write } from '#store/database/connection.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { findStamp } from '#store/security-stamp.ts'

interface Blocking {
  readonly subscriberId: SubscriberId
  readonly id: AuthenticatorId
  readonly by: AgentId
  readonly onCase: OnCase
  /** What is done with it in the same commit. */
  readonly also?: Alongside
}

/** What is written and told beside the block. */
export interface Alongside {
  readonly writes: readonly Write[]
  readonly events: readonly AuditEvent[]
}

/**
 * Blocks a device that a caller says is lost or stolen, and ends every session: that takes no proof
 * (S70), and to bring it back takes one. Who holds it besides is told.
 */
export async function blockDevice(
  world: World,
  blocking: Blocking,
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', () =>
    tryToBlock(world, blocking),
  )
}

const NOTHING_ELSE: Alongside = { writes: [], events: [] }

async function tryToBlock(
  world: World,
  { subscriberId, id, by: agent, onCase, also = NOTHING_ELSE }: Blocking,
): Promise<{ readonly ok: true } | Refusal | 'stale'> {
  const stamp = await findStamp(world.db, subscriberId)
  const held = (await listAuthenticators(world.db, subscriberId)).find(
    ({ value }) => value.id === id && world.methods.get(value.method)?.secondFactor,
  )
  if (!held || held.value.lifecycle === 'revoked') return refusal('authenticator.not-found')
  if (held.value.lifecycle !== 'active') return refusal('desk.nothing-to-do')
  const act = { by: 'device-stopped', actor: 'desk' } as const
  const devices = await devicesEndedBy(world, {
    ...act,
    subscriberId,
    stamp,
    isOf: () => true,
    besides: [id],
  })
  // Read after the version that is written over: a client who joins meanwhile writes another.
  const holders = (await findAuthenticator(world.db, id))?.subscriberIds ?? []
  const others = holders.filter((one) => one !== subscriberId)
  const ends = others.length > 0 && (await mayEndOthers(world, id))
  const theirs = ends ? await stoppedFor(world, { ...act, id, holders: others }) : []
  const told = { kind: 'authenticator.suspended', by: 'caller', agent } as const
  const fact = { ...told, authenticatorId: id }
  const all = [devices, ...theirs]
  // Its caller has proven nothing: nothing is charged on their word, and its holder hears of it.
  const deposit = await depositOnEnd(world, { id, subscriberId, how: 'unused', by: 'desk' })
  const now = world.now()
  const own = [{ ...fact, subscriberId }, ...devices.events, ...also.events]
  const done = await commitAuthenticators(world.db, {
    now,
    besides: [...onCase.uses(now), ...also.writes],
    changed: [
      { value: { ...held.value, lifecycle: 'suspended' }, version: held.version },
      ...all.flatMap((one) => one.changed),
    ],
    // The case is of the client who called: the others hear what was done, and of no call.
    events: [
      ...eventsOn(onCase, own),
      ...others.map((holder): AuditEvent => ({ ...fact, subscriberId: holder })),
      ...theirs.flatMap((one) => one.events),
      ...deposit.events,
    ],
    deposit: depositWrites(world, deposit),
    ended: [{ by: act.by, subscriberId, stamp }, ...theirs.map(({ ended }) => ended)].toSorted(
      (one, other) => (one.subscriberId < other.subscriberId ? -1 : 1),
    ),
  })
  if (!done) return 'stale'
  for (const holder of [subscriberId, ...others]) world.wakeUps.publish(topicOfClient(holder))
  return { ok: true }
}
