import { type AgentId, isAgentId } from '#core/agent.ts'
import { type Authenticator, answers, FRESH } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, newId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { type Participant, sharingObstacle } from '#core/inventory/device-sharing.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import type { Instant } from '#core/time/time.ts'
import { serialKey, type StockedToken } from '#core/inventory/hardware-token.ts'
import { knownOf } from '#engine/devices/pins/known-facts.ts'
import {
  bookWrites,
  type DepositStep,
  depositEvents,
  handedTo,
} from '#engine/subscribers/deposit.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import {
  type BoundAuthenticator,
  findAuthenticator,
  listHoldings,
} from '#store/devices/authenticators.ts'
import { commitGift, commitSharing, findToken } from '#store/inventory/hardware-tokens.ts'

/** What the back office says of a client, where a device is to be shared. */
export type Recorded = Pick<Participant, 'entity' | 'identity'>

export interface Giving {
  /** As it is printed on the device, however it was typed. */
  readonly serial: string
  readonly subscriberId: SubscriberId
  /** What the subscriber chose when they ordered it, such as a PIN. */
  readonly wishes: unknown
  /** Who gives it, by id: an agent, or a process; refused where it cannot be one. */
  readonly by: string
  /** Of every client who would share it; a client who is not in it may not. */
  readonly recorded?: ReadonlyMap<SubscriberId, Recorded>
}

type GivingBy = Giving & { readonly by: AgentId }

export type GivenToken =
  | { readonly ok: true; readonly authenticatorId: AuthenticatorId; readonly shared: number }
  | Refusal

/**
 * A hardware token from the inventory becomes an authenticator of a subscriber. One that a client
 * holds already is shared, where the rules allow it (R120).
 */
export async function giveToken(world: World, asked: Giving): Promise<GivenToken> {
  const { by } = asked
  if (!isAgentId(by)) return refusal('desk.not-an-agent')
  const giving = { ...asked, by }
  const serial = serialKey(asked.serial)
  const token = serial === null ? null : await findToken(world.db, serial)
  if (!token) return refusal('token.not-found')
  if (token.returnedAt !== null || token.returningAt !== null) return refusal('token.revoked')
  // One that is on its way to a client is theirs already.
  if (token.orderId !== null && token.authenticatorId === null) return refusal('token.given')
  return token.authenticatorId === null
    ? await giveNew(world, token, giving)
    : await share(world, { id: token.authenticatorId, giving })
}

async function giveNew(
  world: World,
  { serial, method: name, state: kept }: StockedToken,
  { subscriberId, wishes, by }: GivingBy,
): Promise<GivenToken> {
  const now = world.now()
  const { stock } = methodNamed(world, name)
  if (!stock) throw new Error(`${name} is in the inventory, and is never delivered`)
  const { known } = await knownOf(world, subscriberId)
  if (stock.ordering?.isKnown(wishes, known)) return refusal('authenticator.pin-known')
  const given = stock.give(kept, wishes)
  if (!given.ok) return refusal(given.problem)
  const authenticator: Authenticator = {
    id: newId('aut', now, world.random),
    method: name,
    label: serial,
    state: given.state,
    ...FRESH,
    createdAt: now,
    expiresAt: given.expiresAt,
  }
  const deposit = await heldFor(world, { authenticator, serial, subscriberId })
  const events = [
    ...eventsOf(authenticator, { subscriberId, by, shared: 0 }),
    ...depositEvents(deposit.entries, { by: 'operator', id: authenticator.id }),
  ]
  const about = { now, serial, authenticator, subscriberId, events }
  const besides = bookWrites(world.db, deposit)
  const orderId = deposit.order?.value.id ?? null
  const done = await commitGift(world.db, { ...about, besides, orderId })
  // Another client was given it at the same moment.
  return done ? { ok: true, authenticatorId: authenticator.id, shared: 0 } : refusal('token.given')
}

/** What replacing it costs is kept back for it, as for one that came by post (R117). */
async function heldFor(
  world: World,
  about: Parameters<typeof handedTo>[1],
): Promise<Omit<DepositStep, 'events'>> {
  const value = await handedTo(world, about)
  if (!value) return { order: null, entries: [] }
  const entries = entriesOf(null, value, { why: 'given', now: world.now() })
  return { order: { value, version: null }, entries }
}

/** A client who joins brings no PIN: the device is one, and so is what opens it. */
async function share(
  world: World,
  { id, giving }: { readonly id: AuthenticatorId; readonly giving: GivingBy },
): Promise<GivenToken> {
  const { subscriberId, by, recorded = new Map<SubscriberId, Recorded>() } = giving
  const now = world.now()
  const found = await findAuthenticator(world.db, id)
  if (!found) throw new Error('a token became an authenticator that does not exist')
  if (found.subscriberIds.includes(subscriberId)) return refusal('token.given')
  if (!answers(found.value, now)) return refusal('token.revoked')
  const participants = await participantsOf(world, found, { recorded, subscriberId, now })
  const obstacle = sharingObstacle(methodNamed(world, found.value.method).acr, participants)
  if (obstacle) return refusal(obstacle)
  const shared = found.subscriberIds.length
  const events = eventsOf(found.value, { subscriberId, by, shared })
  const done = await commitSharing(world.db, { now, authenticator: found, subscriberId, events })
  return done ? { ok: true, authenticatorId: id, shared } : refusal('token.conflict')
}

/** Every client who holds it, and the client who would. */
async function participantsOf(
  world: World,
  { subscriberIds }: BoundAuthenticator,
  {
    recorded,
    subscriberId,
    now,
  }: {
    readonly recorded: ReadonlyMap<SubscriberId, Recorded>
    readonly subscriberId: SubscriberId
    readonly now: Instant
  },
): Promise<readonly Participant[]> {
  const sharers = [...subscriberIds, subscriberId]
  return await Promise.all(
    sharers.map(async (one) => {
      const { entity = null, identity = null } = recorded.get(one) ?? {}
      const held = await listHoldings(world.db, one)
      const holds = held
        .filter((holding) => answers(holding, now))
        .map(({ method }) => methodNamed(world, method))
        .filter(({ secondFactor }) => secondFactor)
        .map(({ acr }) => acr)
      return { entity, identity, holds }
    }),
  )
}

function eventsOf(
  { id: authenticatorId, method }: Authenticator,
  {
    subscriberId,
    by,
    shared,
  }: { readonly subscriberId: SubscriberId; readonly by: AgentId; readonly shared: number },
) {
  const about = { subscriberId, authenticatorId, method }
  return [
    { kind: 'token.given', ...about, by, shared },
    { kind: 'authenticator.bound', ...about, replaced: [] },
  ] as const
}
