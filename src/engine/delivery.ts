import type { Effect } from '#core/login.ts'
import type { Refusal } from '#core/problems.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Delivery, Take } from '#methods/delivery.ts'

/** What a method wants delivered, as the commit writes it. */
export const effectOf = (delivery: Delivery, whose: Pick<Effect, 'to' | 'about'>): Effect => ({
  kind: 'deliver',
  ...delivery,
  ...whose,
})

/** Takes one use out of every cap, in their order; says which one is used up, or `null`. */
export async function take(world: World, takes: readonly Take[]): Promise<Refusal | null> {
  for (const { name, count, per, key, problem } of takes) {
    const taken = await world.limits.take({ name, count, per }, key)
    if (!taken.ok) return refusal(problem, taken.until)
  }
  return null
}
