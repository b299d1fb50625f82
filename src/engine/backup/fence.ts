import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { FenceReason } from '#core/backup/events.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import { logSigner } from '#engine/audit/checkpoints.ts'
import type { TreeHead } from '#engine/audit/tree-head.ts'
import { learn, nothingSince, type Since, type ToldOfAuthenticator } from '#engine/backup/since.ts'
import { type Taken, takeEvents } from '#engine/backup/taken.ts'
import type { World } from '#engine/world.ts'
import { askedByLogins, commitFence, listToFence } from '#store/backup/fence.ts'
import { findUnfenced, type Restoration } from '#store/backup/restorations.ts'
import { findTree } from '#store/audit/tree.ts'

export interface Fencing {
  readonly by: AgentId
  readonly reason: FenceReason
  /** Lines of `audit export`; `null` for none. */
  readonly lines: readonly string[] | null
  /** What places outside have kept. */
  readonly heads: readonly TreeHead[]
  /** What is missing is lost: whatever may have ended since the backup rests. */
  readonly withoutEvents: boolean
}

export type Fenced =
  | {
      readonly ok: true
      readonly taken: number
      /** Events that were signed and are lost. */
      readonly lost: number
      /** Authenticators that ended, rest, or were raised. */
      readonly changed: number
      /** What others have to say again. */
      readonly besides: number
      /** Keys that were exchanged since, and are to be exchanged again. */
      readonly keys: number
      readonly isUnknown: boolean
    }
  | { readonly ok: false; readonly why: 'line'; readonly line: number }
  | { readonly ok: false; readonly why: 'another-log' }
  /** Events are missing that were signed; or it is not known whether any are. */
  | { readonly ok: false; readonly why: 'missing'; readonly size: number; readonly signed: number }
  /** The clock of this machine is behind what was written down. */
  | { readonly ok: false; readonly why: 'clock' }

/**
 * Makes a restored database safe to start on: what was used or ended since the backup does not
 * count again (A25). Sessions, logins, and codes that the desk has read out end for all clients;
 * what the events say ended is ended again, and what they say was used is used again.
 */
export async function fence(world: World, fencing: Fencing): Promise<Fenced> {
  const { db } = world
  const { lines, heads, withoutEvents } = fencing
  const taking = await takeEvents(world, { lines: lines ?? [], heads })
  if (!taking.ok) return taking
  const { taken } = taking
  const isWhole = taken.signed > 0 && taken.signed <= taken.size
  // Exported events say themselves how far they go, once they go as far as the backup.
  const isGiven = lines !== null && taken.isReached
  if (!withoutEvents && !isWhole && (!isGiven || taken.signed > taken.size))
    return { ok: false, why: 'missing', size: taken.size, signed: taken.signed }
  const now = world.now()
  if (taken.since.some(({ at }) => at > now)) return { ok: false, why: 'clock' }
  const since = await sinceIn(world, taken)
  const authenticators = await changedBy(world, since)
  const { size } = await findTree(db)
  const lost = Math.max(0, taken.signed - taken.size)
  const left = size + taken.since.length
  const restoration: Restoration = (await findUnfenced(db)) ?? {
    id: newId('rst', now, world.random),
    backupId: null,
    restoredAt: now,
  }
  const isUnknown = withoutEvents && !isWhole
  const rewound = isUnknown && { origin: logSigner(world).verifier.name, size: left, lost }
  const event: AuditEvent = {
    kind: 'backup.fenced',
    subscriberId: null,
    actor: `operator:${fencing.by}`,
    backupId: restoration.backupId,
    reason: fencing.reason,
    taken: taken.events.length,
    ...(rewound && { rewound }),
  }
  await commitFence(db, {
    ...since,
    now,
    restoration,
    rewoundTo: rewound ? rewound.size : null,
    taken: taken.events,
    event,
    authenticators,
    endedMethods: readOut(world),
    isUnknown,
  })
  const { besides, keys } = since
  const changed = authenticators.length
  return { ok: true, taken: taken.events.length, lost, changed, besides, keys, isUnknown }
}

/** What is in the database already has come with what it did: the copy is of one moment. */
async function sinceIn({ db }: World, { events }: Taken): Promise<Since> {
  const since = nothingSince()
  const asked = await askedByLogins(db)
  for (const { at, body } of events)
    learn(since, { event: JSON.parse(body) as AuditEvent, at: instant(at) }, asked)
  return since
}

/** What the desk has read out to a client, for a while: it reads out another. */
const readOut = ({ methods }: World): readonly string[] =>
  [...methods.values()]
    .filter(({ issued, resets }) => issued !== undefined || resets === true)
    .map(({ name }) => name)

/** Every authenticator that is another after the fence. */
async function changedBy(world: World, { authenticators }: Since): Promise<Authenticator[]> {
  const methods = [...world.methods.values()].filter(({ restored }) => restored).map(nameOf)
  const ids = [...authenticators.keys()]
  const changed: Authenticator[] = []
  for await (const { value } of listToFence(world.db, { methods, ids })) {
    const next = fencedOne(world, value, authenticators.get(value.id))
    if (next !== value) changed.push(next)
  }
  return changed
}

const nameOf = ({ name }: { readonly name: string }): string => name

function fencedOne(
  world: World,
  value: Authenticator,
  told: ToldOfAuthenticator | undefined,
): Authenticator {
  if (value.lifecycle === 'revoked') return value
  const method = world.methods.get(value.method)
  const counted = told ? { ...value, failures: failuresOf(value, told) } : value
  if (told?.lifecycle) return { ...counted, lifecycle: told.lifecycle, restsSince: null }
  // Its PIN is known to the server, and not which it is now.
  if (told?.isChanged && method?.change) return { ...counted, lifecycle: 'suspended' }
  if (!method?.restored) return counted
  const state = method.restored(value.state, {
    now: world.now(),
    isTouched: told !== undefined,
    used: told?.used ?? [],
    uses: (told?.uses ?? 0) + (method.beside ? (told?.calls ?? 0) : 0),
  })
  if (state === null) return { ...counted, lifecycle: 'suspended' }
  return isSame(state, value.state) ? counted : { ...counted, state }
}

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

const failuresOf = (
  { failures }: Authenticator,
  { refused, refusedSince }: ToldOfAuthenticator,
): number => refusedSince ?? failures + refused
