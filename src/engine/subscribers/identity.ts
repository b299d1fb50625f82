import type { Actor } from '#core/events/event.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import {
  changedFacts,
  type IdentityFacts,
  identityFactsOf,
  NO_FACTS,
  type TypedFacts,
} from '#core/subscribers/identity.ts'
import { retryStale } from '#engine/retry.ts'
import { refusal, type World } from '#engine/world.ts'
import { findIdentity, writeIdentity } from '#store/subscribers/identities.ts'

/** What is recorded of the papers of a client. */
export const identityOf = async ({ db }: World, id: SubscriberId): Promise<IdentityFacts> =>
  (await findIdentity(db, id))?.value ?? NO_FACTS

/** Records all of it, in place of what was recorded. The same again changes nothing. */
export async function setIdentity(
  world: World,
  set: { readonly id: SubscriberId; readonly facts: TypedFacts; readonly by: Actor },
): Promise<{ readonly ok: true } | Refusal> {
  const { id, by } = set
  return await retryStale<{ readonly ok: true } | Refusal>('subscriber.conflict', async () => {
    const now = world.now()
    const value = identityFactsOf(set.facts, now)
    if (value === null) return refusal('subscriber.identity')
    const held = await findIdentity(world.db, id)
    if (!held) return refusal('subscriber.not-found')
    const facts = changedFacts(held.value, value)
    if (facts.length === 0) return { ok: true }
    const done = await writeIdentity(world.db, {
      id,
      identity: { value, version: held.version },
      now,
      event: { kind: 'subscriber.identity-set', subscriberId: id, facts, by },
    })
    return done ? { ok: true } : 'stale'
  })
}
