import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pushState } from './push.ts'

/** A browser as far as this question goes. */
function browser(
  permission: NotificationPermission,
  subscribed: boolean,
): ServiceWorkerRegistration {
  Object.assign(globalThis, { Notification: { permission } })
  const pushManager = { getSubscription: async () => (subscribed ? {} : null) }
  return { pushManager } as unknown as ServiceWorkerRegistration
}

test('R049 a permission that was refused is told apart from one that was never asked for', async () => {
  assert.equal(await pushState(browser('denied', false)), 'denied')
  assert.equal(await pushState(browser('default', false)), 'off')
  assert.equal(await pushState(browser('granted', false)), 'off')
  assert.equal(await pushState(browser('granted', true)), 'on')
})

test('R049 a subscription that outlived its permission is not used', async () => {
  assert.equal(await pushState(browser('denied', true)), 'denied')
  assert.equal(await pushState(browser('default', true)), 'off')
})

test('R042 a browser without notifications says so', async () => {
  assert.equal(await pushState(null), 'none')
  Reflect.deleteProperty(globalThis, 'Notification')
  assert.equal(await pushState(null), 'none')
})
