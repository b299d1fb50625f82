import assert from 'node:assert/strict'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { before, millis } from '#core/time/time.ts'
import { sample as sms } from '#methods/sms-code/sample.ts'
import { sample as totp } from '#methods/totp/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import type { TestPhone } from '../clients/phone.ts'
import { activate, firstSession, PASSWORD } from '../clients/engine-story.ts'
import type { TestWorld } from './world.ts'

/**
 * A client who holds a phone, an authenticator app and a number for texts, and has both accounts.
 */
export async function personWithAll(
  world: TestWorld,
  { userName, number }: { readonly userName: string; readonly number: string },
): Promise<TestPhone> {
  const accounts = [
    { number: `U-${userName}`, environment: 'live' as const },
    { number: `DU-${userName}`, environment: 'paper' as const },
  ]
  const id = await world.add({ userName, password: PASSWORD, accounts })
  const phone = await activate(world, await firstSession(world, userName))
  await hold(world, id, { method: 'totp', state: totp.state })
  const state = { ...(sms.state as object), number }
  await hold(world, id, { method: 'sms-code', state })
  return phone
}

async function hold(
  world: TestWorld,
  subscriberId: SubscriberId,
  { method, state }: { readonly method: string; readonly state: Json },
): Promise<void> {
  const now = world.now()
  const id = newId('aut', now, world.random)
  // Before the phone, so that the phone is what is asked first.
  const one = { ...FRESH, id, method, label: method, state, createdAt: before(now, millis(1)) }
  assert.ok(await world.db.commit(bindingWrites(world.db, one, [subscriberId])))
}
