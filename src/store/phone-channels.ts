import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'

/** How a device that is not looking can be told to look. */
export interface PushChannel {
  /** What the push service gave the device; `null` when it has none. */
  readonly subscription: Json | null
  readonly permission: 'granted' | 'denied' | 'default'
  readonly seenAt: Instant
}

/**
 * Notes the time that a device signed its request with.
 *
 * @param time by the device's clock, in milliseconds.
 * @returns `false` when that device has signed this time or a later one before: the request is replayed.
 */
export async function noteDeviceRequest(
  db: Db,
  authenticatorId: AuthenticatorId,
  time: number,
): Promise<boolean> {
  throw new Error('not written yet')
}

export async function savePush(
  db: Db,
  authenticatorId: AuthenticatorId,
  push: PushChannel,
): Promise<void> {
  throw new Error('not written yet')
}

export async function findPush(
  db: Db,
  authenticatorId: AuthenticatorId,
): Promise<PushChannel | null> {
  throw new Error('not written yet')
}
