import type { Effect } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { opaque } from '#engine/secrets.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Delivery, Take } from '#methods/delivery.ts'
import type { RateRule } from '#store/server/rate-limits.ts'

/** What a method wants delivered, as the commit writes it. */
export const effectOf = (delivery: Delivery, whose: Pick<Effect, 'to' | 'about'>): Effect => ({
  kind: 'deliver',
  ...delivery,
  ...whose,
})

/**
 * Takes one use out of every cap, in their order; says which one is used up, or `null`. Then
 * nothing is sent, so the others get back what was taken of them: a request without effect uses up
 * nothing that others share (A28).
 */
export async function take(world: World, takes: readonly Take[]): Promise<Refusal | null> {
  const now = world.now()
  const taken: { readonly rule: RateRule; readonly key: string }[] = []
  for (const { key: plain, problem, ...rule } of takes) {
    // A number is personal data, and the counts may be kept outside.
    const key = opaque(world.keys, plain)
    const one = await world.limits.take(rule, key)
    if (one.ok) {
      taken.push({ rule, key })
      continue
    }
    for (const { rule, key } of taken) await world.limits.giveBack(rule, key, now)
    return refusal(problem, one.until)
  }
  return null
}
