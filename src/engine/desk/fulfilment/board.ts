import { sendsDevices } from '#core/desk/role.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { staffActor } from '#core/desk/member.ts'
import { isId } from '#core/ids.ts'
import { placeKey } from '#core/inventory/stock.ts'
import type { Loss } from '#core/orders/fees.ts'
import { isOnItsWay, obstacleToActivating, type Order } from '#core/orders/order.ts'
import { shipmentOf } from '#core/orders/shipment.ts'
import type { Refusal } from '#core/problems.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { clientsWithToken, tieToStaff } from '#engine/desk/ties.ts'
import {
  type AskedTouch,
  askTouch,
  type Deed,
  type GivenTouch,
  judgeTouch,
} from '#engine/desk/touch.ts'
import { destroyToken, moveToken, type SeenToken, seeToken } from '#engine/inventory/stock.ts'
import { enclosureOf, getOrder, type NamedOrder, tokenReturned } from '#engine/orders/fulfilment.ts'
import {
  obstacleToPacking,
  orderDelivered,
  orderLost,
  orderPacked,
  orderRelabelled,
  orderSent,
} from '#engine/orders/sending.ts'
import { writeOff } from '#engine/orders/write-off.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { type AnsweredChallenge, answeredWrites } from '#store/desk/member-passkeys.ts'
import { memberStandingWrites } from '#store/desk/members.ts'

/**
 * The board of those who send devices: what waits, what is on its way, and what they say of it.
 * Each commit is held to the member, their role and their session, and to a touch of their passkey
 * for this act and no other.
 */

/** Who says it, and what the commit is held to: the member, and the touch of their passkey. */
const byMember = (world: World, open: OpenMemberSession, answered: AnsweredChallenge) => ({
  by: 'desk' as const,
  agent: open.member.agentId,
  besides: [
    ...memberStandingWrites(world.db, standingOf(open)),
    ...answeredWrites(world.db, answered, world.now()),
  ],
})

/**
 * Whose order it is and where it goes: each look is written down first. An order of a client who
 * has something in common with one of the staff is seen and changed by no member.
 */
export async function lookAtOrder(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<NamedOrder | Refusal> {
  const found = await orderFor(world, open, id)
  if (!found.ok) return found
  const { subscriberId, id: orderId, method } = found.order
  const about = { subscriberId, orderId, method, actor: staffActor(open.member) }
  const event: AuditEvent = { kind: 'order.looked', ...about, memberId: open.member.id }
  const written = await commitDesk(world.db, {
    now: world.now(),
    writes: memberStandingWrites(world.db, standingOf(open)),
    events: [event],
  })
  return written ? found : refusal('desk.not-allowed')
}

async function orderFor(
  world: World,
  { member }: OpenMemberSession,
  id: string,
): Promise<NamedOrder | Refusal> {
  if (!sendsDevices(member.role)) return refusal('desk.not-allowed')
  const found = isId('ord', id) ? await getOrder(world, id) : refusal('order.not-found')
  if (!found.ok) return found
  const tie = await tieToStaff(world, found.order.subscriberId)
  return tie === null ? found : refusal('desk.not-allowed')
}

/** What is said of an order on the board. */
export type BoardAct =
  | { readonly act: 'packed'; readonly serial: string }
  | (Label & { readonly act: 'sent'; readonly serial: string })
  | (Label & { readonly act: 'relabelled' })
  | { readonly act: 'delivered' | 'lost' }

interface Label {
  readonly carrier: string
  readonly tracking: string
}

export type ActOnOrder = BoardAct & { readonly id: string }

/** All that a touch of the passkey stands for. */
export const touchOfOrder = ({ act, ...facts }: ActOnOrder): Deed => ({
  kind: `order.${act}`,
  facts,
})

/** Asks for the touch; what is wrong with the act is told before it. */
export async function askOfOrder(
  world: World,
  open: OpenMemberSession,
  acting: ActOnOrder,
): Promise<{ readonly ok: true; readonly touch: AskedTouch } | Refusal> {
  const found = await orderFor(world, open, acting.id)
  if (!found.ok) return found
  const obstacle = await obstacleTo(world, found.order, acting)
  if (obstacle) return obstacle
  return { ok: true, touch: await askTouch(world, open, touchOfOrder(acting)) }
}

async function obstacleTo(world: World, order: Order, act: BoardAct): Promise<Refusal | null> {
  if ('carrier' in act && shipmentOf(act) === undefined) return refusal('order.no-label')
  // What is said to have left for a cancelled order is taken out of the stock, and then told.
  const isLate = act.act === 'sent' && order.state === 'withdrawn'
  return 'serial' in act && !isLate ? await obstacleToPacking(world, order, act.serial) : null
}

export async function actOnOrder(
  world: World,
  open: OpenMemberSession,
  { touch, ...acting }: ActOnOrder & { readonly touch: GivenTouch },
): Promise<NamedOrder | Refusal> {
  const found = await orderFor(world, open, acting.id)
  if (!found.ok) return found
  const judged = await judgeTouch(world, open, { deed: touchOfOrder(acting), touch })
  if (!judged.ok) return judged
  const about = { id: acting.id, ...byMember(world, open, judged.answered) }
  switch (acting.act) {
    case 'packed':
      return await orderPacked(world, { ...about, serial: acting.serial })
    case 'sent':
      return await orderSent(world, { ...about, ...labelOf(acting), serial: acting.serial })
    case 'relabelled':
      return await orderRelabelled(world, { ...about, ...labelOf(acting) })
    case 'delivered':
      return await orderDelivered(world, about)
    case 'lost':
      return await orderLost(world, about)
  }
}

const labelOf = ({ carrier, tracking }: Label): Label => ({ carrier, tracking })

/** Where the envelope goes, as long as there is one: before, its client may move. */
export async function labelFor(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<NamedOrder | Refusal> {
  const found = await lookAtOrder(world, open, id)
  const hasOne = found.ok && found.order.state !== 'ordered' && isOnItsWay(found.order)
  if (!found.ok || hasOne) return found
  return refusal(obstacleToActivating(found.order) ?? 'order.not-found')
}

/** The sheet that lies beside it, with the address. */
export async function sheetFor(world: World, open: OpenMemberSession, id: string) {
  const found = await lookAtOrder(world, open, id)
  return found.ok ? await enclosureOf(world, id) : found
}

/** What is said of one device. */
export type TokenAct =
  | { readonly act: 'returned' | 'destroyed' }
  | { readonly act: 'moved'; readonly place: string }
  | { readonly act: 'written-off'; readonly why: Loss }

export type ActOnToken = TokenAct & { readonly serial: string }

export const touchOfToken = ({ act, ...facts }: ActOnToken): Deed => ({
  kind: `token.${act}`,
  facts,
})

/** One device, where a member may change it: none of the staff, nor of who shares with them. */
async function tokenFor(
  world: World,
  { member }: OpenMemberSession,
  serial: string,
): Promise<SeenToken | Refusal> {
  if (!sendsDevices(member.role)) return refusal('desk.not-allowed')
  const seen = await seeToken(world, serial)
  if (!seen.ok) return seen
  const clients = await clientsWithToken(world, serial)
  const ties = await Promise.all(clients.map((id) => tieToStaff(world, id)))
  return ties.some((tie) => tie !== null) ? refusal('desk.not-allowed') : seen
}

/** Asks for the touch; what is wrong with the act is told before it. */
export async function askOfToken(
  world: World,
  open: OpenMemberSession,
  acting: ActOnToken,
): Promise<{ readonly ok: true; readonly touch: AskedTouch } | Refusal> {
  const seen = await tokenFor(world, open, acting.serial)
  if (!seen.ok) return seen
  if (acting.act === 'moved' && placeKey(acting.place) === null) return refusal('token.no-place')
  return { ok: true, touch: await askTouch(world, open, touchOfToken(acting)) }
}

export async function actOnToken(
  world: World,
  open: OpenMemberSession,
  { touch, ...acting }: ActOnToken & { readonly touch: GivenTouch },
): Promise<{ readonly ok: true } | Refusal> {
  const seen = await tokenFor(world, open, acting.serial)
  if (!seen.ok) return seen
  const judged = await judgeTouch(world, open, { deed: touchOfToken(acting), touch })
  if (!judged.ok) return judged
  const about = { serial: acting.serial, ...byMember(world, open, judged.answered) }
  switch (acting.act) {
    case 'returned':
      return await tokenReturned(world, about)
    case 'destroyed':
      return await destroyToken(world, about)
    case 'moved':
      return await moveToken(world, { ...about, place: acting.place })
    case 'written-off':
      return await writeOff(world, { ...about, why: acting.why })
  }
}
