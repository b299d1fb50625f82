import type { AuthenticatorId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { days } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'

/** Each is a line in the log. */
const KEYS = { name: 'desk-keys', count: 10, per: days(1) } as const

/**
 * A device has made the key with which it checks, without a connection, that our desk talks to its
 * holder. It may send another: an app that lost the answer does not know that we have one.
 */
export async function learnDeskKey(
  world: World,
  id: AuthenticatorId,
  key: unknown,
): Promise<{ readonly ok: true } | Refusal> {
  const limited = await world.limits.take(KEYS, id)
  if (!limited.ok) return refusal('phone.too-many', limited.until)
  return await retryStale<{ readonly ok: true } | Refusal>('authenticator.conflict', async () => {
    const found = await findAuthenticator(world.db, id)
    if (found?.value.lifecycle !== 'active') return refusal('phone.revoked')
    const { value, version, subscriberIds } = found
    const { method } = value
    const state = methodNamed(world, method).device?.desk?.learned(value.state, key) ?? null
    if (state === null) return refusal('request.malformed')
    const kind = 'authenticator.desk-key'
    const done = await commitAuthenticators(world.db, {
      now: world.now(),
      changed: [{ value: { ...value, state }, version }],
      events: subscriberIds.map(
        (subscriberId) => ({ kind, subscriberId, authenticatorId: id, method }) as const,
      ),
    })
    return done ? { ok: true } : 'stale'
  })
}
