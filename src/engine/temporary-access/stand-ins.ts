import { atLeast, phaseOf, strengthOf } from '#core/assurance.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { depositOnReturn, depositWrites } from '#engine/subscribers/deposit.ts'
import { isBindingHeld } from '#engine/sessions/rights.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { findStamp } from '#store/security-stamp.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What stands in for a permanent authenticator while that one is away, and what becomes of it when
 * the permanent one works again: it is not valid from that moment on (R097, A15).
 */

type Held = readonly Versioned<Authenticator>[]

/** Whether it is away for a while, and answers again when its holder says so. */
export const isResting = ({
  lifecycle,
  restsSince,
}: Pick<Authenticator, 'lifecycle' | 'restsSince'>) =>
  lifecycle === 'suspended' && restsSince !== null

/** Those of them that stand in for another and still could be used. */
export const standInsAmong = (world: Pick<World, 'methods'>, held: Held): Held =>
  held.filter(
    ({ value }) => world.methods.get(value.method)?.standsIn && value.lifecycle !== 'revoked',
  )

/**
 * What ends when one of this method is bound. A client who prints a card beside a phone that works
 * keeps it when they bind another; a client on temporary access no longer needs it.
 */
export function endedByReturn(world: Pick<World, 'methods'>, method: string, held: Held): Held {
  if (world.methods.get(method)?.standsIn) return []
  const isAway = held.some(
    ({ value }) =>
      isResting(value) ||
      (value.lifecycle !== 'revoked' && world.methods.get(value.method)?.vouched),
  )
  return isAway ? standInsAmong(world, held) : []
}

/**
 * Whether its holder has lost it, and may find it again. One that waited for its turn is set up
 * anew.
 */
export const isLost = ({
  lifecycle,
  restsSince,
  pendingUntil,
}: Pick<Authenticator, 'lifecycle' | 'restsSince' | 'pendingUntil'>) =>
  lifecycle === 'suspended' && restsSince === null && pendingUntil === null

/**
 * What each of them comes back from. That it was lost takes one factor to say; that it was found, a
 * task (S70).
 */
const CAN_RETURN = { rest: isResting, loss: isLost } as const

/** Whether it can come back from there now; what cannot is not confirmed first. */
export const canReturn = (
  held: Pick<Authenticator, 'lifecycle' | 'restsSince' | 'pendingUntil'>,
  from: keyof typeof CAN_RETURN,
): boolean => CAN_RETURN[from](held)

/**
 * The permanent device is back: it answers again, and everything that stood in for it ends in the
 * same commit. One that was disabled stays disabled: it is bound anew (S1).
 */
export async function reactivateAuthenticator(
  world: World,
  session: Session,
  { id, from = 'rest' }: { readonly id: AuthenticatorId; readonly from?: keyof typeof CAN_RETURN },
): Promise<{ readonly ok: true } | Refusal> {
  const now = world.now()
  const { subscriberId } = session
  const stamp = await findStamp(world.db, subscriberId)
  const lasting = session.proofs.filter((proof) => phaseOf(proof, now) === 'everything')
  if (lasting.length === 0 || !atLeast(strengthOf(lasting), '2t')) {
    return refusal('session.insufficient')
  }
  if (await isBindingHeld(world, subscriberId)) return refusal('account.on-hold')
  const held = await listAuthenticators(world.db, subscriberId)
  const found = held.find(({ value }) => value.id === id)
  if (!found || found.value.lifecycle === 'revoked') return refusal('authenticator.not-found')
  if (!canReturn(found.value, from)) return refusal('authenticator.not-suspended')
  // One that stands in comes back as well: a sheet that was lost and is found again does not end
  // itself.
  const ended = standInsAmong(world, held).filter((one) => one !== found)
  const ids = ended.map(({ value }) => value.id)
  const fact = { kind: 'authenticator.reactivated', authenticatorId: id } as const
  // The clients who share it have it back as well, and are told; what stands in for it with them is
  // theirs (R120).
  const holders = (await findAuthenticator(world.db, id))?.subscriberIds ?? []
  const others = holders
    .filter((one) => one !== subscriberId)
    .map((other) => ({ ...fact, subscriberId: other, ended: [] }))
  const deposit = await depositOnReturn(world, id)
  const done = await commitAuthenticators(world.db, {
    now,
    deposit: depositWrites(world, deposit),
    changed: [
      { value: { ...found.value, lifecycle: 'active', restsSince: null }, version: found.version },
      ...ended.map(({ value, version }) => ({
        value: { ...value, lifecycle: 'revoked' as const },
        version,
      })),
    ],
    // Sessions elsewhere were opened with what counts no more (S85).
    ended: { by: 'device-returned', subscriberId, within: session.id, stamp },
    events: [{ ...fact, subscriberId, ended: ids, within: session.id }, ...others],
  })
  if (!done) return refusal('authenticator.conflict')
  for (const holder of holders) world.wakeUps.publish(topicOfClient(holder))
  return { ok: true }
}
