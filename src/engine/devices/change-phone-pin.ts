import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { countingFor } from '#engine/counting.ts'
import { judgedAuthenticator } from '#engine/login/answer.ts'
import { topicOfPhone } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Method, PhonePinChange } from '#methods/method.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
} from '#store/devices/authenticators.ts'

type BegunPhonePinChange =
  | { readonly ok: true; readonly number: string; readonly until: Instant }
  | Refusal

/**
 * A client changes how their device is opened, on the device alone. The device cannot tell a right
 * PIN from a wrong one, so its key answers a number of the server first; a wrong answer is counted
 * like one in a login.
 *
 *   beginRelock ──number──▶ answerRelock ──right──▶ the device locks its key anew
 *                                 └──wrong──▶ counted; the number is no longer valid
 */
export async function beginPhonePinChange(
  world: World,
  id: AuthenticatorId,
): Promise<BegunPhonePinChange> {
  return await retryStale<BegunPhonePinChange>('authenticator.conflict', async () => {
    const found = await findOpen(world, id)
    if ('problem' in found) return found
    const { value, version, relock } = found
    const now = world.now()
    const drawn = relock.begin(value.state, { now, random: world.random })
    if (!drawn.ok) return refusal(drawn.problem, drawn.until)
    const { state, number, until } = drawn
    const done = await commitAuthenticators(world.db, {
      now,
      changed: [{ value: { ...value, state }, version }],
      events: [],
      challenge: { authenticatorId: id, number },
    })
    return done ? { ok: true, number, until } : 'stale'
  })
}

export async function answerPhonePinChange(
  world: World,
  id: AuthenticatorId,
  answer: unknown,
): Promise<{ readonly ok: true } | Refusal> {
  return await retryStale('authenticator.conflict', async () => {
    const found = await findOpen(world, id)
    return 'problem' in found ? found : await judge(world, found, answer)
  })
}

async function judge(
  world: World,
  { value: held, version, subscriberIds, method, relock }: Open,
  answer: unknown,
): Promise<{ readonly ok: true } | Refusal | 'stale'> {
  const now = world.now()
  const verdict = relock.complete(held.state, answer, now)
  if (verdict.outcome === 'late') return refusal('login.too-late')
  if (verdict.outcome !== 'accepted' && verdict.outcome !== 'rejected')
    return refusal('login.malformed-answer')
  const counting = await countingFor(world, subscriberIds, method)
  const value = judgedAuthenticator(held, verdict, { ...counting, now })
  const disabled = value.lifecycle !== 'active'
  const events = subscriberIds.map((subscriberId): AuditEvent => {
    const about = { subscriberId, authenticatorId: held.id, method: method.name }
    return verdict.outcome === 'accepted'
      ? { kind: 'authenticator.changed', ...about }
      : { kind: 'authenticator.change-refused', ...about, reason: verdict.reason, disabled }
  })
  const done = await commitAuthenticators(world.db, { now, changed: [{ value, version }], events })
  if (!done) return 'stale'
  if (verdict.outcome === 'accepted') return { ok: true }
  world.wakeUps.publish(topicOfPhone(held.id))
  return refusal(disabled ? 'login.authenticator-locked' : 'authenticator.not-proven')
}

type Open = BoundAuthenticator & { readonly method: Method; readonly relock: PhonePinChange }

/**
 * A device that was reported lost is still heard while another waits for its place; it changes
 * nothing.
 */
async function findOpen(world: World, id: AuthenticatorId): Promise<Open | Refusal> {
  const found = await findAuthenticator(world.db, id)
  if (found?.value.lifecycle !== 'active') return refusal('phone.revoked')
  const method = methodNamed(world, found.value.method)
  const relock = method.device?.relock
  return relock ? { ...found, method, relock } : refusal('authenticator.not-found')
}
