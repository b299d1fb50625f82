import { type Authenticator, failed, succeeded } from '#core/devices/authenticator.ts'
import { type OrderId } from '#core/ids.ts'
import {
  activated,
  delivered,
  isTravelling,
  obstacleToActivating,
  type TravellingOrder,
} from '#core/orders/order.ts'
import type { Refusal } from '#core/problems.ts'
import { countingFor } from '#engine/counting.ts'
import { askerOf } from '#engine/devices/change-pin.ts'
import { depositOnEnd, depositWrites } from '#engine/subscribers/deposit.ts'
import { judgedWithin } from '#engine/rate-limits.ts'
import { decisionOn, type OpenSession } from '#engine/sessions/rights.ts'
import { endedByReturn } from '#engine/temporary-access/stand-ins.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { OpenChange } from '#methods/change.ts'
import type { Method } from '#methods/method.ts'
import type { Ordering } from '#methods/stock.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitOrder } from '#store/orders/orders.ts'
import { findStamp, type Standing } from '#store/security-stamp.ts'

import { findOwnOrder } from '#engine/orders/orders.ts'

/**
 * A client proves that the device which they have ordered has come, and it is theirs from then on
 * (R165).
 */

interface Arriving {
  /** What its proof rests on. */
  readonly standing: Standing
  readonly order: TravellingOrder
  readonly version: number
  readonly method: Method
  readonly ordering: Ordering
}

/** What has been sent to this client, and may be proven now. */
async function arriving(
  world: World,
  session: OpenSession,
  id: OrderId,
): Promise<Arriving | Refusal> {
  const { subscriberId, id: within } = session
  const stamp = await findStamp(world.db, subscriberId)
  const found = await findOwnOrder(world, session, id)
  if ('problem' in found) return found
  const { value: order, version } = found
  if (!isTravelling(order)) return refusal(obstacleToActivating(order) ?? 'order.not-found')
  const decision = await decisionOn(world, session)
  if (decision.narrowed.includes('hold-binding')) return refusal('account.on-hold')
  if (!decision.rights.bind) return refusal('session.insufficient')
  if (order.held.lifecycle !== 'active') return refusal('login.authenticator-locked')
  const method = methodNamed(world, order.method)
  const ordering = method.stock?.ordering
  if (!ordering) throw new Error(`${order.method} was ordered, and cannot be`)
  const standing = { subscriberId, stamp, within }
  return { order, version, method, ordering, standing }
}

/** How often a number is drawn anew when this one was asked it before. */
const NUMBERS = 3

/** Draws the number that it is to answer. */
export async function beginArrival(
  world: World,
  session: OpenSession,
  id: OrderId,
): Promise<{ readonly ok: true } | Refusal> {
  const found = await arriving(world, session, id)
  if ('problem' in found) return found
  const now = world.now()
  const { order, version, ordering, standing } = found
  const asker = askerOf(standing)
  for (let attempt = 0; attempt < NUMBERS; attempt += 1) {
    const begun = ordering.proof.begin(order.held.state, { now, random: world.random, asker })
    if (!begun.ok) return refusal(begun.problem, begun.until)
    const asked = { ...order, held: { ...order.held, state: begun.state } }
    // Who asks for the number has the card: it is there, by the word of its client.
    const value = delivered(asked, { by: 'holder', now })
    if ('stays' in value) return refusal(value.stays)
    const { method } = order
    const isNews = value !== asked
    const { subscriberId } = session
    const about = { subscriberId, within: session.id, orderId: id, method, by: 'holder' } as const
    const done = await commitOrder(world.db, {
      now,
      order: { value, version },
      ...(isNews && { standing }),
      events: isNews ? [{ kind: 'order.delivered', ...about }] : [],
      ...(begun.unique !== undefined && {
        challenge: { authenticatorId: order.held.id, number: begun.unique },
      }),
    })
    if (done) return { ok: true }
  }
  return refusal('order.conflict')
}

/** The question that is open, and `null` when none is. */
export async function viewArrival(
  world: World,
  session: OpenSession,
  id: OrderId,
): Promise<
  { readonly ok: true; readonly order: TravellingOrder; readonly open: OpenChange | null } | Refusal
> {
  const found = await arriving(world, session, id)
  if ('problem' in found) return found
  const { order, ordering, standing } = found
  const asked = { now: world.now(), asker: askerOf(standing) }
  return { ok: true, order, open: ordering.proof.describe(order.held.state, asked) }
}

/**
 * It has reached the client who ordered it: it answers from now on, beside the others, and what
 * stood in for it ends. A wrong response is counted as at any login, and what was counted stays
 * when the day comes on which it is accepted by itself.
 */
export async function answerArrival(
  world: World,
  session: OpenSession,
  { id, answer }: { readonly id: OrderId; readonly answer: unknown },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await arriving(world, session, id)
  if ('problem' in found) return found
  const { order, ordering, standing } = found
  const now = world.now()
  const { hardCap } = await countingFor(world, [session.subscriberId], found.method)
  const tries = { session: session.id, triesLeft: hardCap - order.held.failures }
  const verdict = await judgedWithin(world, tries, () =>
    ordering.proof.complete(order.held.state, answer, { now, asker: askerOf(standing) }),
  )
  if ('problem' in verdict) return verdict
  switch (verdict.outcome) {
    case 'accepted':
      return await arrived(world, session, {
        ...found,
        held: succeeded(order.held, verdict.state, now),
      })
    case 'rejected':
      return await notProven(world, session, { ...found, verdict, hardCap })
    case 'late':
      return refusal('login.too-late')
    case 'malformed':
      return refusal('login.malformed-answer')
  }
}

async function arrived(
  world: World,
  { subscriberId, id: within }: OpenSession,
  { order, version, method, held, standing }: Arriving & { readonly held: Authenticator },
): Promise<{ readonly ok: true } | Refusal> {
  const now = world.now()
  const value = activated(order, now)
  if ('stays' in value) return refusal(value.stays)
  const all = await listAuthenticators(world.db, subscriberId)
  const replaced = all.filter(
    (one) => one.value.id === order.replaces && one.value.lifecycle !== 'revoked',
  )
  const ended = [...endedByReturn(world, method.name, all), ...replaced]
  // What is kept back for the lost one waits for it no longer than for any that is used no more.
  const deposits = await Promise.all(
    replaced.map(async ({ value: { id } }) =>
      depositOnEnd(world, { id, subscriberId, how: 'unused', by: 'holder', within }),
    ),
  )
  const about = { subscriberId, within, authenticatorId: held.id, method: method.name }
  const done = await commitOrder(world.db, {
    now,
    order: { value, version },
    binds: { authenticator: { ...held, createdAt: now }, serial: order.serial },
    changed: ended.map((one) => ({
      value: { ...one.value, lifecycle: 'revoked' as const },
      version: one.version,
    })),
    // Sessions elsewhere were opened with what counts no more (S85).
    ended: { by: 'device-bound', ...standing },
    besides: deposits.flatMap((deposit) => depositWrites(world, deposit)),
    events: [
      { kind: 'order.activated', ...about, orderId: order.id, by: 'holder' },
      { kind: 'authenticator.bound', ...about, replaced: ended.map((one) => one.value.id) },
      ...replaced.map((one) => {
        const fact = { subscriberId, within, authenticatorId: one.value.id } as const
        return { kind: 'authenticator.revoked', ...fact, by: 'holder' } as const
      }),
      ...deposits.flatMap((deposit) => deposit.events),
    ],
  })
  if (!done) return refusal('order.conflict')
  world.wakeUps.publish(topicOfClient(standing.subscriberId))
  return { ok: true }
}

async function notProven(
  world: World,
  { subscriberId, id: within }: OpenSession,
  {
    order,
    version,
    method,
    verdict,
    hardCap,
  }: Arriving & {
    readonly verdict: { readonly reason: string; readonly state: Authenticator['state'] }
    readonly hardCap: number
  },
): Promise<Refusal> {
  const held = failed({ ...order.held, state: verdict.state }, hardCap)
  const about = { subscriberId, within, orderId: order.id, method: method.name }
  const fact = { authenticatorId: held.id, reason: verdict.reason, disabled: false }
  const done = await commitOrder(world.db, {
    now: world.now(),
    order: { value: { ...order, held }, version },
    events: [{ kind: 'order.proof-refused', ...about, ...fact }],
  })
  return refusal(done ? 'authenticator.not-proven' : 'order.conflict')
}
