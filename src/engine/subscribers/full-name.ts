import type { Actor } from '#core/events/event.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { fullNameOf } from '#core/subscribers/full-name.ts'
import { retryStale } from '#engine/retry.ts'
import { refusal, type World } from '#engine/world.ts'
import { findFullName, writeFullName } from '#store/subscribers/full-names.ts'

/** What a client is called in full; `null` where it is not recorded. */
export const nameOf = async ({ db }: World, id: SubscriberId): Promise<string | null> =>
  (await findFullName(db, id))?.value ?? null

/** Records it. The same one again changes nothing. */
export async function setFullName(
  world: World,
  { id, name: typed, by }: { readonly id: SubscriberId; readonly name: string; readonly by: Actor },
): Promise<{ readonly ok: true } | Refusal> {
  const name = fullNameOf(typed)
  if (name === null) return refusal('subscriber.full-name')
  return await retryStale<{ readonly ok: true } | Refusal>('subscriber.conflict', async () => {
    const held = await findFullName(world.db, id)
    if (!held) return refusal('subscriber.not-found')
    if (held.value === name) return { ok: true }
    const done = await writeFullName(world.db, {
      id,
      name: { value: name, version: held.version },
      now: world.now(),
      event: { kind: 'subscriber.name-set', subscriberId: id, by },
    })
    return done ? { ok: true } : 'stale'
  })
}
