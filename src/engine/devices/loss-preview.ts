import type { Subscriber } from '#core/subscribers/account.ts'
import { answers } from '#core/devices/authenticator.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import {
  type Candidate,
  type LossPreview,
  lossPreviewOf,
  type Way,
} from '#core/devices/loss-preview.ts'
import type { Security } from '#engine/devices/overview.ts'
import { isReachable, type World } from '#engine/world.ts'

/**
 * What would be left without the phone. What the desk gives for two days is the desk's own rung.
 */
export function lossPreviewIn(
  world: World,
  {
    authenticators,
    subscriber,
  }: Pick<Security, 'authenticators'> & { readonly subscriber: Pick<Subscriber, 'primary'> },
): LossPreview {
  const now = world.now()
  const ways = authenticators
    .filter((held) => answers(held, now) && held.pendingUntil === null)
    .flatMap(({ method: name, label, expiresAt }): readonly Way[] => {
      const method = world.methods.get(name)
      if (!method?.secondFactor || method.vouched) return []
      const { acr, onPhone = 'never' } = method
      return [{ method: name, label, expiresAt, acr, onPhone }]
    })
  // Nothing is proposed that the primary user has to allow first.
  const isFree = mayChangeSettings(subscriber, now)
  const candidates = [...world.methods.values()]
    .filter(() => isFree)
    .filter((method) => method.secondFactor && isReachable(world, method))
    .filter(({ bind, enrol }) => bind !== undefined || enrol !== undefined)
    .map((method): Candidate => {
      const { name, acr, onPhone = 'never', standsIn = false } = method
      return { method: name, acr, onPhone, standsIn }
    })
  return lossPreviewOf(ways, candidates)
}
