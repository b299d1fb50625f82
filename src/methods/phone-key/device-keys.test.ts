import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import { KEPT_MAX, publicKeyOf } from './device-keys.ts'
import type { DeviceKey } from './wire.ts'

function deviceKey(): DeviceKey {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return { kty: 'EC', crv: 'P-256', x, y }
}

suite('The key of a phone', () => {
  test('is read once while it speaks, and no more are kept than there is room for', () => {
    const mine = deviceKey()
    const read = publicKeyOf(mine)
    assert.deepEqual(read.export({ format: 'jwk' }), mine)
    assert.equal(publicKeyOf({ ...mine }), read)
    for (let others = 0; others < KEPT_MAX; others += 1) publicKeyOf(deviceKey())
    assert.notEqual(publicKeyOf(mine), read)
  })

  test('that is no point of the curve is refused each time', () => {
    const [one, other] = [deviceKey(), deviceKey()]
    for (let time = 0; time < 2; time += 1) {
      assert.throws(() => publicKeyOf({ ...one, y: other.y }))
    }
  })
})
