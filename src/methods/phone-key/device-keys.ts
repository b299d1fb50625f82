import { createPublicKey, type KeyObject } from 'node:crypto'
import type { DeviceKey } from '#methods/phone-key/wire.ts'

/** Phones that send requests at about the same time; more of them only cost time. */
export const KEPT_MAX = 1_000

const kept = new Map<string, KeyObject>()

/**
 * The key that a phone signs with. A phone sends several requests within a minute, and to parse its
 * key takes three times as long as to verify with it: so the last keys are kept.
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
