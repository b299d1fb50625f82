import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isTrusted, signsOf } from '#core/devices/integrity/signs.ts'

const PHONE = {
  webdriver: false,
  isSecureContext: true,
  userAgent: 'Mozilla/5.0 (Linux; Android 10; K) Mobile Safari/537.36',
  model: 'Pixel 8',
}

suite('What a page can see of its device', () => {
  test('R041 a program that steers it, an emulator, and a page without https are signs', () => {
    assert.deepEqual(signsOf(PHONE), [])
    assert.deepEqual(signsOf({ ...PHONE, webdriver: true }), ['automated'])
    assert.deepEqual(signsOf({ ...PHONE, isSecureContext: false }), ['insecure'])
    for (const model of ['sdk_gphone64_x86_64', 'Android SDK built for x86', 'google_sdk'])
      assert.deepEqual(signsOf({ ...PHONE, model }), ['emulated'], model)
    const userAgent = 'Mozilla/5.0 (Linux; Android 9; Genymotion Phone) Mobile'
    assert.deepEqual(signsOf({ ...PHONE, userAgent, model: null }), ['emulated'])
  })

  test('R041 nothing is refused until it is set; then silence is a sign too', () => {
    assert.ok(isTrusted('off', ['automated']))
    assert.ok(isTrusted('off', undefined))
    assert.ok(isTrusted('refuse', []))
    assert.ok(!isTrusted('refuse', ['emulated']))
    assert.ok(!isTrusted('refuse', undefined))
  })
})
