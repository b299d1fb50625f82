import { createPublicKey, type KeyObject } from 'node:crypto'
import type { DeviceKey } from '#methods/phone-key/wire.ts'

/** Phones that speak at about the same time; more of them cost time, and nothing else. */
export const KEPT_MAX = 1_000

const kept = new Map<string, KeyObject>()

/**
 * The key that a phone signs with. A phone that is asked speaks several times within a minute, and
 * to read its key takes three times as long as to verify with it: so the last ones are kept.
 *
 * @throws Error for a point that is not on the curve.
 */
export function publicKeyOf(deviceKey: DeviceKey): KeyObject {
  const name = `${deviceKey.x}.${deviceKey.y}`
  const known = kept.get(name)
  if (known) return known
  const key = createPublicKey({ key: deviceKey, format: 'jwk' })
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= KEPT_MAX) kept.delete(oldest)
  kept.set(name, key)
  return key
}
