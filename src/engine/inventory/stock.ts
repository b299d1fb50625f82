import { isAgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import { serialKey, type Token } from '#core/inventory/hardware-token.ts'
import { freeOf, lowKinds, placeKey, type StockRow, stockRows } from '#core/inventory/stock.ts'
import type { Refusal } from '#core/problems.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Write } from '#store/database/connection.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import {
  commitDestroyed,
  countStock,
  findPlace,
  listFree,
  listUnused,
  placeWrite,
  type UnusedToken,
} from '#store/inventory/stock.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** What lies in the inventory, and what is destroyed. */

export interface Stock {
  readonly rows: readonly StockRow[]
  /** Kinds that clients order, and of which fewer are free than `orders.lowStock`. */
  readonly low: readonly string[]
  readonly least: number
  /** How many of each kind that clients order are free, over all places. */
  readonly free: readonly { readonly kind: string; readonly count: number }[]
}

export async function stockOf(world: World): Promise<Stock> {
  const rows = stockRows(await countStock(world.db))
  const { lowStock: least } = world.settings.orders
  const kinds = [...world.methods.values()].flatMap(({ name, stock }) =>
    stock?.ordering ? [name] : [],
  )
  const free = kinds.map((kind) => ({ kind, count: freeOf(rows, kind) }))
  return { rows, least, free, low: lowKinds(rows, { kinds, least }) }
}

/** As many as are read at a glance. */
const FREE_SHOWN = 5

/** The next ones that can go into an envelope. */
export const freeIn = async (
  { db }: World,
  method: string,
): Promise<readonly { readonly serial: string; readonly place: string }[]> =>
  await listFree(db, { method, limit: FREE_SHOWN })

/** A table full of devices. */
const UNUSED_MAX = 100

/** What clients use no more and have not brought back: expected, or written off. */
export const unusedIn = async (
  world: World,
  what: 'due-back' | 'written-off',
): Promise<readonly UnusedToken[]> =>
  await listUnused(world.db, { isWrittenOff: what === 'written-off', limit: UNUSED_MAX })

/** One device: where it is, who holds it and since when. */
export interface SeenToken {
  readonly ok: true
  readonly token: Token
  readonly place: string
  readonly destroyedAt: Instant | null
  /** The names of those who hold it, or held it last; empty for one that has never been given. */
  readonly holders: readonly string[]
  readonly since: Instant | null
}

export async function seeToken(world: World, typed: string): Promise<SeenToken | Refusal> {
  const serial = serialKey(typed)
  const [token, at] =
    serial === null
      ? [null, null]
      : await Promise.all([findToken(world.db, serial), findPlace(world.db, serial)])
  if (!token || !at) return refusal('token.not-found')
  const held = token.authenticatorId ? await holdersOf(world, token.authenticatorId) : NOBODYS
  const destroyedAt = at.destroyedAt === null ? null : instant(at.destroyedAt)
  return { ok: true, token, place: at.place, destroyedAt, ...held }
}

const NOBODYS = { holders: [], since: null }

async function holdersOf(world: World, id: AuthenticatorId) {
  const held = await findAuthenticator(world.db, id)
  if (!held) return NOBODYS
  const names = await Promise.all(
    held.subscriberIds.map(async (one) => (await findSubscriber(world.db, one))?.value.userName),
  )
  return { holders: names.filter((one) => one !== undefined), since: held.value.createdAt }
}

export interface Saying {
  /** As it is printed on the device, however it was typed. */
  readonly serial: string
  readonly by: Actor
  /** The agent, by id; refused where it cannot be one. */
  readonly agent?: string
  /** What the commit is held to besides. */
  readonly besides?: readonly Write[]
}

type Said = SeenToken | Refusal

/**
 * It is destroyed: one that came back, or one that never left. Said twice, the first time counts.
 */
export async function destroyToken(world: World, saying: Saying): Promise<Said> {
  const { by, agent, besides = [] } = saying
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  return await retryStale<Said>('token.conflict', async () => {
    const seen = await seeToken(world, saying.serial)
    if (!seen.ok || seen.destroyedAt !== null) return seen
    const { serial, method, returnedAt, authenticatorId, orderId } = seen.token
    const isHere = returnedAt !== null || (authenticatorId === null && orderId === null)
    if (!isHere) return refusal('token.given')
    const now = world.now()
    const about = { serial, method, by, ...(agent !== undefined && { agent }) }
    const events = [{ kind: 'token.destroyed', subscriberId: null, ...about } as const]
    const done = await commitDestroyed(world.db, { now, serial, besides, events })
    return done ? { ...seen, destroyedAt: now } : 'stale'
  })
}

/** It lies in another place from now on. */
export async function moveToken(
  world: World,
  { place: typed, ...saying }: Saying & { readonly place: string },
): Promise<Said> {
  const { by, agent, besides = [] } = saying
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  const place = placeKey(typed)
  if (place === null) return refusal('token.no-place')
  const seen = await seeToken(world, saying.serial)
  if (!seen.ok || seen.place === place) return seen
  const { serial, method } = seen.token
  const about = { serial, method, place, by, ...(agent !== undefined && { agent }) }
  const done = await commitDesk(world.db, {
    now: world.now(),
    writes: [...besides, placeWrite(world.db, { serial, place })],
    events: [{ kind: 'token.moved', subscriberId: null, ...about }],
  })
  return done ? { ...seen, place } : refusal('token.conflict')
}
