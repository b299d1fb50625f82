import type { Effect } from '#core/login.ts'
import type { Refusal } from '#core/problems.ts'
import { keyedHash } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Delivery, Take } from '#methods/delivery.ts'

/** What a method wants delivered, as the commit writes it. */
export const effectOf = (delivery: Delivery, whose: Pick<Effect, 'to' | 'about'>): Effect => ({
  kind: 'deliver',
  ...delivery,
  ...whose,
})

/** Something that limits can count by, and that nobody else can read. */
export const opaque = ({ keys }: World, text: string): string => keyedHash(keys, 'take', text)

/** Takes one use out of every cap, in their order; says which one is used up, or `null`. */
export async function take(world: World, takes: readonly Take[]): Promise<Refusal | null> {
  for (const { key, problem, ...rule } of takes) {
    // A number is nobody’s business, and the counts may be kept outside.
    const taken = await world.limits.take(rule, opaque(world, key))
    if (!taken.ok) return refusal(problem, taken.until)
  }
  return null
}
