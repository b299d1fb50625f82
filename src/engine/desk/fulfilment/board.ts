import { sendsDevices } from '#core/desk/role.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { staffActor } from '#core/desk/member.ts'
import { isId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { clientsWithToken, tieToStaff } from '#engine/desk/ties.ts'
import { destroyToken, moveToken } from '#engine/inventory/stock.ts'
import { enclosureOf, getOrder, type NamedOrder, tokenReturned } from '#engine/orders/fulfilment.ts'
import { orderDelivered, orderLost, orderPacked, orderSent } from '#engine/orders/sending.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { memberStandingWrites } from '#store/desk/members.ts'

/**
 * The board of those who send devices: what waits, what is on its way, and what they say of it.
 * Each commit is held to the member, their role and their session.
 */

/** Who says it, and what the commit is held to. */
const byMember = (world: World, open: OpenMemberSession) => ({
  by: 'desk' as const,
  agent: open.member.agentId,
  besides: memberStandingWrites(world.db, standingOf(open)),
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
  | {
      readonly act: 'sent'
      readonly serial: string
      readonly carrier: string
      readonly tracking: string
    }
  | { readonly act: 'delivered' | 'lost' }

export async function actOnOrder(
  world: World,
  open: OpenMemberSession,
  { id, ...act }: BoardAct & { readonly id: string },
): Promise<NamedOrder | Refusal> {
  const found = await orderFor(world, open, id)
  if (!found.ok) return found
  const about = { id, ...byMember(world, open) }
  switch (act.act) {
    case 'packed':
      return await orderPacked(world, { ...about, serial: act.serial })
    case 'sent':
      return await orderSent(world, { ...about, ...act })
    case 'delivered':
      return await orderDelivered(world, about)
    case 'lost':
      return await orderLost(world, about)
  }
}

/** The sheet that lies beside it, with the address. */
export async function sheetFor(world: World, open: OpenMemberSession, id: string) {
  const found = await lookAtOrder(world, open, id)
  return found.ok ? await enclosureOf(world, id) : found
}

/** Whether it was given to, or ordered by, a client who has something in common with the staff. */
async function isOfStaff(world: World, serial: string): Promise<boolean> {
  const clients = await clientsWithToken(world, serial)
  const ties = await Promise.all(clients.map((id) => tieToStaff(world, id)))
  return ties.some((tie) => tie !== null)
}

/** What is said of one device. */
export type TokenAct =
  | { readonly act: 'returned' | 'destroyed' }
  | { readonly act: 'moved'; readonly place: string }

export async function actOnToken(
  world: World,
  open: OpenMemberSession,
  { serial, ...act }: TokenAct & { readonly serial: string },
): Promise<{ readonly ok: true } | Refusal> {
  if (!sendsDevices(open.member.role)) return refusal('desk.not-allowed')
  if (await isOfStaff(world, serial)) return refusal('desk.not-allowed')
  const about = { serial, ...byMember(world, open) }
  switch (act.act) {
    case 'returned':
      return await tokenReturned(world, about)
    case 'destroyed':
      return await destroyToken(world, about)
    case 'moved':
      return await moveToken(world, { ...about, place: act.place })
  }
}
