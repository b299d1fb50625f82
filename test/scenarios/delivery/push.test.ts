import assert from 'node:assert/strict'
import { createECDH, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { webPush } from '#channels/web-push/channel.ts'
import { seconds } from '#core/time/time.ts'
import { isOn, savePush } from '#engine/devices/phone-approval.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import { findPush, savePush as storePush } from '#store/devices/phone-channels.ts'
import {
  authenticatorOf,
  begun,
  personWithPhone,
  requestsOf,
} from '../../support/clients/engine-story.ts'
import { browser, testWorld } from '../../support/server/world.ts'

/** Keys of a browser's subscription, as a push service wants them. */
function subscription(endpoint: string) {
  const ecdh = createECDH('prime256v1')
  const p256dh = ecdh.generateKeys().toString('base64url')
  return { endpoint, keys: { p256dh, auth: randomBytes(16).toString('base64url') } }
}

/** A push service that answers as it is told to, and remembers what it was sent. */
async function pushService(t: TestContext, status: () => number) {
  const got: IncomingMessage[] = []
  const server = createServer((request, response) => {
    got.push(request)
    request.resume()
    response.writeHead(status(), { location: 'http://127.0.0.1:9/' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  // The name leads to this machine; all else is as it would be.
  const lead: typeof fetch = async (_address, init) =>
    await fetch(`http://127.0.0.1:${port}/send/abc`, init)
  return { got, address: 'https://push.example.com/send/abc', lead }
}

/** Addresses that look like an allowed push service at first glance. */
const ELSEWHERE = [
  'http://push.example.com/x',
  'https://push.example.com:8443/x',
  'https://push.example.com:80/',
  'https://push.example.com@127.0.0.1/x',
  'https://127.0.0.1#push.example.com',
  'https://user@push.example.com/x',
  'https://user:pw@push.example.com/x',
  'https://push.example.com.evil.example/x',
  'https://evilpush.example.com/x',
  'https://example.com/',
  'https://xpush.example.com/',
  'https://push.example.com./',
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://localhost/',
  'https://10.0.0.1/',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest',
  'https://push。example。org/',
  'file:///etc/passwd',
  'gopher://push.example.com/',
  'data:,x',
  'javascript:alert(1)',
  '//push.example.com/',
  'push.example.com',
  '',
  ' ',
  'https://',
  'https://push.example.com%00.evil.example/',
  'ws://push.example.com/',
  'https://notify.windows.example/',
  'https://a.evil.example/',
]

suite('notifications', () => {
  test('A20 a push address outside the allow-list is refused, in whatever guise', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    for (const endpoint of ELSEWHERE) {
      const push = { subscription: subscription(endpoint), permission: 'granted' } as const
      const saved = await savePush(world, authenticatorOf(phone), push)
      assert.equal('problem' in saved && saved.problem, 'phone.push-endpoint', endpoint)
    }
    const right = {
      subscription: subscription('https://push.example.com/x'),
      permission: 'granted',
    } as const
    assert.ok((await savePush(world, authenticatorOf(phone), right)).ok)
  })

  test('A20 a star stands for everything below a name, and for nothing beside it', () => {
    assert.ok(isOn('https://db5.notify.windows.com/x', '*.notify.windows.com'))
    assert.ok(!isOn('https://notify.windows.com/x', '*.notify.windows.com'))
    assert.ok(!isOn('https://evilnotify.windows.com/x', '*.notify.windows.com'))
  })

  test('R005 R033 a login sends one notification, encrypted, urgent and short-lived', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const service = await pushService(t, () => 201)
    const id = authenticatorOf(phone)
    const push = { subscription: subscription(service.address), permission: 'granted' } as const
    await storePush(world.db, id, { ...push, seenAt: world.now() })
    await begun(world, browser(), 'anna')
    pushOver(world, service.lead)
    await deliverDue(world)
    await deliverDue(world)
    assert.equal(service.got.length, 1)
    const { headers } = service.got[0] as IncomingMessage
    assert.equal(headers['content-encoding'], 'aes128gcm')
    assert.equal(headers.urgency, 'high')
    assert.ok(Number(headers.ttl) <= 90)
    assert.match(headers.authorization ?? '', /^vapid t=.+, ?k=.+/)
  })

  test('R018 news goes out the same way, waits for a day, and wakes no phone', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const service = await pushService(t, () => 201)
    const id = authenticatorOf(phone)
    const push = { subscription: subscription(service.address), permission: 'granted' } as const
    const news = async () => {
      const channel = 'web-push'
      const payload = { alert: 'contact', language: 'en' }
      const effect = { kind: 'deliver', channel, to: id, payload } as const
      const now = world.now()
      const step = { id: `alert_${now}`, version: 1, now }
      assert.ok(await world.db.commit(outboxWrites(world.db, [effect], step)))
      await deliverDue(world)
      world.advance(seconds(1))
    }
    pushOver(world, service.lead)
    // An app from before there was news would ask for a login.
    assert.ok((await savePush(world, id, push)).ok)
    await news()
    assert.equal(service.got.length, 0)
    assert.ok((await savePush(world, id, { ...push, alerts: true })).ok)
    await news()
    assert.equal(service.got.length, 1)
    const { headers } = service.got[0] as IncomingMessage
    assert.equal(headers['content-encoding'], 'aes128gcm')
    assert.deepEqual([headers.urgency, headers.ttl], ['low', '86400'])
  })

  test('R042 R043 without any push service the request is on the phone all the same', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const login = await begun(world, browser(), 'anna')
    pushOver(world, fetch)
    await deliverDue(world)
    const [request] = await requestsOf(world, phone)
    assert.equal(request?.transaction, login.id)
  })

  test('a service that fails is tried again later, and one that forgot the phone never again', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    let status = 503
    const service = await pushService(t, () => status)
    const id = authenticatorOf(phone)
    const push = { subscription: subscription(service.address), permission: 'granted' } as const
    await storePush(world.db, id, { ...push, seenAt: world.now() })
    await begun(world, browser(), 'anna')
    pushOver(world, service.lead)
    await deliverDue(world)
    await deliverDue(world)
    assert.equal(service.got.length, 1, 'not before its time')
    world.advance(seconds(3))
    status = 302
    await deliverDue(world)
    assert.equal(service.got.length, 2, 'a redirection is not followed, and tried again')
    world.advance(seconds(11))
    status = 410
    await deliverDue(world)
    assert.equal(service.got.length, 3)
    assert.equal((await findPush(world.db, id))?.subscription, null)
  })
})

/** Gives the world a push service. */
function pushOver(world: Awaited<ReturnType<typeof testWorld>>, lead: typeof fetch): void {
  const channel = webPush({
    vapidOf: world.serverKeys.vapidOf,
    subject: 'mailto:operator@example.com',
    fetch: lead,
  })
  world.channels.set(channel.name, channel)
}
