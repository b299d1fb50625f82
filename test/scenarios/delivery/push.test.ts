import assert from 'node:assert/strict'
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { webPush } from '#channels/web-push/channel.ts'
import { seconds } from '#core/time/time.ts'
import { shownOf } from '#edges/phone/shown.ts'
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
  const bodies: Buffer[] = []
  const answers: { retryAfter?: string } = {}
  const server = createServer((request, response) => {
    got.push(request)
    void buffer(request).then((body) => {
      bodies.push(body)
      const { retryAfter } = answers
      const asked = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
      response.writeHead(status(), { location: 'http://127.0.0.1:9/', ...asked }).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  // The name leads to this machine; all else is as it would be.
  const lead: typeof fetch = async (_address, init) =>
    await fetch(`http://127.0.0.1:${port}/send/abc`, init)
  return { got, bodies, answers, address: 'https://push.example.com/send/abc', lead }
}

/** A browser that can read what was encrypted for it. @see RFC 8291, section 3; RFC 8188 */
async function reader() {
  const ecdh = createECDH('prime256v1')
  const own = ecdh.generateKeys()
  const auth = randomBytes(16)
  const derive = (key: Buffer, salt: Buffer, info: Buffer, length: number) =>
    Buffer.from(hkdfSync('sha256', key, salt, info, length))
  return {
    keys: { p256dh: own.toString('base64url'), auth: auth.toString('base64url') },
    async read(body: Buffer): Promise<Readonly<Record<string, unknown>>> {
      const salt = body.subarray(0, 16)
      const theirs = body.subarray(21, 21 + body.readUInt8(20))
      const sealed = body.subarray(21 + theirs.length)
      const about = Buffer.concat([Buffer.from('WebPush: info\0'), own, theirs])
      const secret = derive(ecdh.computeSecret(theirs), auth, about, 32)
      const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
      const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
      const cipher = createDecipheriv('aes-128-gcm', key, nonce)
      cipher.setAuthTag(sealed.subarray(-16))
      const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
      return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString())
    },
  }
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

  test('a request lives no longer than it can be approved, and only the newest is brought', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    let status = 503
    const service = await pushService(t, () => status)
    const id = authenticatorOf(phone)
    const push = { subscription: subscription(service.address), permission: 'granted' } as const
    await storePush(world.db, id, { ...push, seenAt: world.now() })
    await begun(world, browser(), 'anna')
    const reported = pushOver(world, service.lead)
    await deliverDue(world)
    // The service says when it will be ready: not asked before, though our own wait is over.
    service.answers.retryAfter = '20'
    world.advance(seconds(3))
    status = 429
    await deliverDue(world)
    world.advance(seconds(12))
    await deliverDue(world)
    assert.equal(service.got.length, 2)
    world.advance(seconds(9))
    status = 201
    await deliverDue(world)
    assert.deepEqual(
      service.got.map(({ headers }) => headers.ttl),
      ['90', '87', '66'],
    )
    const topics = service.got.map(({ headers }) => String(headers.topic))
    assert.equal(new Set(topics).size, 1)
    assert.match(topics[0] ?? '', /^[A-Za-z0-9_-]{22}-request$/)
    assert.deepEqual(reported, [])
  })

  test('a message that a service refuses is not sent again, and the operator hears of it', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const service = await pushService(t, () => 403)
    const id = authenticatorOf(phone)
    const push = { subscription: subscription(service.address), permission: 'granted' } as const
    await storePush(world.db, id, { ...push, seenAt: world.now() })
    await begun(world, browser(), 'anna')
    const reported = pushOver(world, service.lead)
    for (let count = 0; count < 4; count += 1) {
      await deliverDue(world)
      world.advance(seconds(31))
    }
    assert.equal(service.got.length, 1)
    assert.deepEqual(reported, ['push.example.com answers 403'])
    assert.ok((await findPush(world.db, id))?.subscription, 'the address is none the worse for it')
  })

  test('S32 a platform can show a message by itself, with what the app would say and no more', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const service = await pushService(t, () => 201)
    const { keys, read } = await reader()
    const subscribed = { endpoint: service.address, keys }
    const push = { subscription: subscribed, permission: 'granted' } as const
    await storePush(world.db, authenticatorOf(phone), { ...push, seenAt: world.now() })
    const login = await begun(world, browser(), 'anna')
    pushOver(world, service.lead)
    await deliverDue(world)
    const said = await read(service.bodies[0] ?? assert.fail())
    const { notification, ...rest } = said
    assert.deepEqual(
      [rest['web_push'], rest['mutable'], rest['transaction']],
      [8030, true, login.id],
    )
    const { title, body, lang, navigate, tag, data } = notification as Record<string, unknown>
    assert.deepEqual(
      [title, lang, tag, navigate],
      ['Log in?', 'en', 'request', 'https://login.example.com/phone#requests'],
    )
    assert.ok(!JSON.stringify([title, body]).includes(login.id))
    const { web_push: _, mutable: __, ...own } = rest
    assert.deepEqual(data, own)
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

/** Gives the world a push service. @returns what the operator hears. */
function pushOver(world: Awaited<ReturnType<typeof testWorld>>, lead: typeof fetch) {
  const reported: string[] = []
  const channel = webPush({
    vapidOf: world.serverKeys.vapidOf,
    subject: 'mailto:operator@example.com',
    shown: (payload) => shownOf(payload, 'https://login.example.com'),
    now: world.now,
    report: (problem) => reported.push(problem),
    fetch: lead,
  })
  world.channels.set(channel.name, channel)
  return reported
}
