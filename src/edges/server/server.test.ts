import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { sampleCard } from '#methods/security-card/sample.ts'
import { deliver } from '../../../test/support/clients/card.ts'
import { openDoor, visitor } from '../../../test/support/server/door.ts'
import { registerApi } from '#edges/api/routes.ts'
import { createLogger } from '#edges/http/log.ts'
import { buildManagementServer } from '#edges/server/management.ts'
import type { LoginId } from '#core/ids.ts'
import { hours, millis } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { WRITTEN_WITHIN } from '#engine/operation/health.ts'
import { keepClock } from '#engine/operation/jobs.ts'
import type { World } from '#engine/world.ts'
import { letterPosted, waitingLetters } from '#engine/notices/letters.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { findLogin } from '#store/login/logins.ts'
import type { RateRule } from '#store/server/rate-limits.ts'
import { PASSWORD, personWithPhone } from '../../../test/support/clients/engine-story.ts'
import { testWorld } from '../../../test/support/server/world.ts'

suite('Cookies', () => {
  test('S83 on https belong to this host alone', async (t) => {
    const { app } = await openDoor(t, {
      settings: { issuer: 'https://login.example.com' },
      http: { issuer: 'https://login.example.com' },
    })
    const response = await app.inject({ url: '/login' })
    const [line = ''] = [response.headers['set-cookie']].flat()
    assert.match(line, /^__Host-pre=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    assert.match(String(response.headers['strict-transport-security']), /max-age=63072000/)
  })

  test('on this machine alone have plain names, because browsers want https for the other', async (t) => {
    const { app } = await openDoor(t)
    const response = await app.inject({ url: '/login' })
    assert.match(
      String(response.headers['set-cookie']),
      /^pre=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    assert.equal(response.headers['strict-transport-security'], undefined)
  })

  test('that were not made here count as none', async (t) => {
    const { app } = await openDoor(t)
    for (const cookie of ['pre=short', `pre=${'x'.repeat(44)}`, 'pre=%22%22']) {
      const response = await app.inject({ url: '/login', headers: { cookie } })
      assert.match(String(response.headers['set-cookie']), /^pre=[\w-]{43};/, cookie)
    }
  })
})

suite('Every answer', () => {
  test('S116 is kept in no cache, unless its name changes with its content', async (t) => {
    const { app } = await openDoor(t)
    for (const url of ['/login', '/portal', '/help', '/phone', '/nothing', '/phone/api/nothing']) {
      const { headers } = await app.inject({ url })
      assert.equal(headers['cache-control'], 'no-store', url)
      assert.equal(headers['x-content-type-options'], 'nosniff', url)
      assert.equal(headers['referrer-policy'], 'same-origin', url)
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', url)
    }
  })

  test('tells nothing of the program behind it', async (t) => {
    const { app } = await openDoor(t)
    const { headers } = await app.inject({ url: '/login' })
    assert.equal(headers['x-powered-by'], undefined)
    assert.equal(headers.server, undefined)
  })
})

suite('A29 behind a proxy', () => {
  const guess = { userName: 'anna', password: 'wrong', environment: 'live' }
  const GUESSES = 30

  test('a forged chain of addresses does not get around the limit', async (t) => {
    const door = await openDoor(t, { http: { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] } })
    const statuses = new Set<number>()
    for (let count = 0; count <= GUESSES; count += 1) {
      const forged = `198.51.100.${count}, 2001:db8::${count}, 203.0.113.9, 10.1.2.3`
      const response = await sendFrom(door, forged)
      statuses.add(response)
    }
    assert.ok(statuses.has(429), [...statuses].join())
  })

  test('two addresses that a trusted proxy has seen are two', async (t) => {
    const door = await openDoor(t, { http: { trustedProxies: ['127.0.0.1'] } })
    for (let count = 0; count < GUESSES; count += 1) await sendFrom(door, '198.51.100.1')
    assert.equal(await sendFrom(door, '198.51.100.1'), 429)
    assert.notEqual(await sendFrom(door, '203.0.113.1'), 429)
  })

  test('without a trusted proxy the header is not believed', async (t) => {
    const door = await openDoor(t)
    for (let count = 0; count < GUESSES; count += 1) await sendFrom(door, `203.0.113.${count}`)
    assert.equal(await sendFrom(door, '192.0.2.77'), 429)
  })

  const SPELLINGS: readonly (readonly [string, (count: number) => string])[] = [
    ['a port', (count) => `203.0.113.9:${50_000 + count}`],
    ['a port, in brackets', (count) => `[2001:db8::1]:${50_000 + count}`],
    ['the mapped form', (count) => (count % 2 ? '203.0.113.9' : `[::ffff:203.0.113.9]:${count}`)],
    ['noughts', (count) => `2001:${'0'.repeat(count % 2)}db8:${'0'.repeat(1 + (count % 4))}::1`],
    ['what is no address', (count) => `garbage-${count}`],
  ]
  for (const [name, spelled] of SPELLINGS) {
    test(`an address does not get around the limit by ${name}`, async (t) => {
      const door = await openDoor(t, { http: { trustedProxies: ['127.0.0.1'] } })
      const statuses: number[] = []
      for (let count = 0; count < 2 * GUESSES; count += 1) {
        statuses.push(await sendFrom(door, spelled(count)))
      }
      assert.equal(statuses.filter((status) => status !== 429).length, GUESSES)
    })
  }

  const NETWORK_GUESSES = 120
  const NETWORKS: readonly (readonly [string, (count: number) => string])[] = [
    ['/24', (count) => `203.0.113.${count % 256}:${count}`],
    ['/48', (count) => `2001:db8:${count % 2 ? ':' : '0:'}${count.toString(16)}:0:0:0:1`],
  ]
  for (const [bits, spelled] of NETWORKS) {
    test(`A2 a whole ${bits}, however it is written, is slowed together`, async (t) => {
      const door = await openDoor(t, { http: { trustedProxies: ['127.0.0.1'] } })
      const statuses: number[] = []
      for (let count = 0; count < NETWORK_GUESSES + 30; count += 1) {
        statuses.push(await sendFrom(door, spelled(count)))
      }
      assert.equal(statuses.filter((status) => status !== 429).length, NETWORK_GUESSES)
    })
  }

  test('what is no address counts as the proxy’s own, and is metered', async (t) => {
    const door = await openDoor(t, { http: { trustedProxies: ['127.0.0.1'] } })
    const management = await buildManagementServer(door.world)
    t.after(() => management.close())
    for (const chain of ['garbage', '203.0.113.9:x', 'garbage, 203.0.113.9', '203.0.113.9']) {
      await door.app.inject({ url: '/login', headers: { 'x-forwarded-for': chain } })
    }
    const { payload } = await management.inject({ url: '/metrics' })
    assert.match(payload, /^countersign_bad_forwarded_total 2$/m)
  })

  test('one address stands with a login, without its port, in one spelling', async (t) => {
    const door = await openDoor(t, { http: { trustedProxies: ['127.0.0.1'] } })
    await personWithPhone(door.world, 'anna')
    const begun = await loginFrom(door, '[2001:DB8:0::1]:443', {
      ...guess,
      password: PASSWORD,
    })
    const id = String(begun.headers.location).split('/').at(-1) as LoginId
    const { address, place } = (await findLogin(door.world.db, id))?.value.origin ?? {}
    assert.deepEqual([address, place], ['2001:db8::1', 'near 2001:db8::1'])
  })

  test('every other door counts by that address too', async (t) => {
    const door = await openDoor(t, {
      http: { trustedProxies: ['127.0.0.1'] },
      extend: async (app, world) => await registerApi(app, world),
    })
    const { app } = door
    const seen = new Set<string>()
    const { take } = door.world.limits
    Object.assign(door.world.limits, {
      take: async (rule: RateRule, key: string) => {
        seen.add(key)
        return await take(rule, key)
      },
    })
    const platform = { platform: 'trade', environment: 'live', language: 'en' }
    const activation = { userName: 'anna', code: '00000000' }
    for (const [url, payload] of [
      ['/phone/api/activation/open', { activation }],
      ['/api/logins', { userName: 'anna', password: 'x', ...platform }],
      ['/carriers/sms/x', {}],
    ] as const) {
      for (const chain of ['203.0.113.9:1', '::ffff:203.0.113.9', '198.51.100.7, 203.0.113.9']) {
        seen.clear()
        await app.inject({ method: 'POST', url, payload, headers: { 'x-forwarded-for': chain } })
        assert.ok(seen.has('203.0.113.9'), `${url} counts ${[...seen].join()}`)
      }
    }
  })

  let names = 0
  async function sendFrom(door: Parameters<typeof visitor>[0], chain: string): Promise<number> {
    // A new name each time: the limit that is meant is the one of the address.
    names += 1
    return (await loginFrom(door, chain, { ...guess, userName: `name-${names}` })).statusCode
  }

  async function loginFrom(
    door: Parameters<typeof visitor>[0],
    chain: string,
    fields: Readonly<Record<string, string>>,
  ) {
    const browser = visitor(door)
    await browser.open('/login')
    const form = /name="form" value="([^"]+)"/.exec(browser.page().html)?.[1] ?? ''
    const next = /name="continue" value="([^"]+)"/.exec(browser.page().html)?.[1] ?? ''
    return await browser.ask({
      method: 'POST',
      url: '/login',
      headers: {
        origin: door.settings.issuer,
        'x-forwarded-for': chain,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams({ ...fields, form, continue: next }).toString(),
    })
  }
})

suite('The log', () => {
  test('A21 has one line a request, and no name, password, cookie, address or query in it', async (t) => {
    const lines: string[] = []
    const logger = createLogger('debug', { write: (line: string) => void lines.push(line) })
    const door = await openDoor(t, { logger })
    await door.world.add({ userName: 'canary-name', password: 'canary-password' })
    const browser = visitor(door)
    await browser.open('/login?platform=portal&canary-query=1', {
      'user-agent': 'canary-agent\u001b[31m',
    })
    await browser.submit('/login', {
      userName: 'canary-name',
      password: 'canary-password',
      environment: 'live',
    })
    await browser.open('/canary-path\r\ncanary: x')
    const secrets = [...browser.cookies.values()]
    const log = lines.join('')
    assert.doesNotMatch(log, /canary|127\.0\.0\.1/)
    for (const secret of secrets) assert.ok(!log.includes(secret))
    const requests = lines.map((line) => JSON.parse(line) as { msg: string; route: string | null })
    assert.deepEqual(
      requests.filter(({ msg }) => msg === 'request').map(({ route }) => route),
      ['/login', '/login', '/login/:id', '/portal', null],
    )
  })

  test('A21 hides what a line holds by mistake', () => {
    const lines: string[] = []
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
    logger.info({ password: 'canary', body: { token: 'canary', userName: 'canary' } }, 'oops')
    assert.doesNotMatch(lines.join(), /canary/)
  })
})

suite('The management door', () => {
  test('says whether the process lives and whether it can serve', async (t) => {
    const world = await testWorld(t)
    const app = await buildManagementServer(world)
    t.after(() => app.close())
    const statusOf = async (url: string) => (await app.inject({ url })).statusCode
    assert.equal(await statusOf('/livez'), 200)
    assert.equal(await statusOf('/readyz'), 503, 'nothing was ever written')
    await keepClock(world, world.clock)
    assert.equal(await statusOf('/readyz'), 200)
    // Its disk is full: it reads, and writes nothing.
    world.advance(WRITTEN_WITHIN)
    assert.equal(await statusOf('/readyz'), 200)
    world.advance(millis(1))
    assert.equal(await statusOf('/readyz'), 503)
    assert.equal(await statusOf('/livez'), 200)
    await keepClock(world, world.clock)
    assert.equal(await statusOf('/readyz'), 200)
    const broken = await buildManagementServer({
      ...world,
      now: () => {
        throw new Error('no clock')
      },
    })
    assert.equal((await broken.inject({ url: '/livez' })).statusCode, 200)
    assert.equal((await broken.inject({ url: '/readyz' })).statusCode, 503)
  })

  test('counts requests by route, never by address or name', async (t) => {
    const { app, world } = await openDoor(t)
    await app.inject({ url: '/login?platform=portal' })
    await app.inject({ url: '/login/log_01ABCDEFGHJKMNPQRSTVWXYZ12' })
    const management = await buildManagementServer(world)
    const { payload } = await management.inject({ url: '/metrics' })
    const count = 'countersign_http_request_duration_seconds_count'
    assert.ok(payload.includes(`${count}{method="GET",route="/login",status="200"} 1`), payload)
    assert.match(payload, /route="\/login\/:id",status="404"/)
    assert.doesNotMatch(payload, /log_01/)
    assert.match(payload, /countersign_event_streams 0/)
    assert.match(payload, /countersign_audit_events_total\{kind="login.password-refused"\} \d/)
  })

  test('names its numbers as Prometheus asks', async (t) => {
    const { app, world } = await openDoor(t)
    await app.inject({ url: '/login' })
    const payloadOf = async (of: World) =>
      (await (await buildManagementServer(of)).inject({ url: '/metrics' })).payload
    const away = { ...world, db: { ...world.db, read: null as never } }
    for (const payload of [await payloadOf(world), await payloadOf(away)]) {
      const types = [...payload.matchAll(/^# TYPE (\w+) (\w+)$/gm)]
      assert.ok(types.length > 20)
      for (const [, name = '', type] of types) {
        assert.equal(name.endsWith('_total'), type === 'counter', name)
      }
      const promtool = spawnSync('promtool', ['check', 'metrics'], { input: payload })
      if (promtool.error)
        t.diagnostic('promtool is not installed here: its own word is not asked for')
      else assert.deepEqual([promtool.stderr.toString(), promtool.status], ['', 0])
    }
  })

  test('S69 counts the letters that wait, and how long the oldest has', async (t) => {
    const world = await testWorld(t)
    const told = async (of = world) => {
      const management = await buildManagementServer(of)
      const { payload } = await management.inject({ url: '/metrics' })
      return [...payload.matchAll(/^countersign_letters_waiting\w* (.*)$/gm)].map(
        ([, value]) => value,
      )
    }
    assert.deepEqual(await told(), ['0', '0'])
    const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
    const value = '1 Example Street'
    await setContact(world, { subscriberId, kind: 'postal', value, by: 'operator' })
    await noticeDue(world)
    world.advance(hours(25))
    assert.deepEqual(await told(), ['1', '90000'])
    const [letter] = await waitingLetters(world, null)
    await letterPosted(world, { id: letter?.id ?? '', by: 'operator' })
    assert.deepEqual(await told(), ['0', '0'])
    // The database is away.
    const away = { ...world, db: { ...world.db, read: null as never } }
    assert.deepEqual(await told(away), ['Nan', 'Nan'])
  })

  test('R012 counts the devices that can be sent, and says of which kind too few', async (t) => {
    const world = await testWorld(t)
    const management = await buildManagementServer(world)
    const told = async () => {
      const { payload } = await management.inject({ url: '/metrics' })
      return [...payload.matchAll(/^countersign_stock_(\w+)\{kind="security-card"\} (.*)$/gm)].map(
        ([, name, value]) => `${name} ${value}`,
      )
    }
    assert.deepEqual(await told(), ['free 0', 'low 1'])
    const { lowStock } = world.settings.orders
    const cards = Array.from({ length: lowStock }, (_, at) => `CARD-${at}`)
    await deliver(world, new Map(cards.map((serial) => [serial, sampleCard('c')])))
    assert.deepEqual(await told(), [`free ${lowStock}`, 'low 0'])
  })
})

suite('A well-known address', () => {
  test('is there', async (t) => {
    const { app } = await openDoor(t)
    assert.equal(
      (await app.inject({ url: '/.well-known/change-password' })).headers.location,
      '/portal/security/password',
    )
    const endpoints = await app.inject({ url: '/.well-known/passkey-endpoints' })
    const security = 'http://localhost:4600/portal/security/devices'
    assert.deepEqual(endpoints.json(), { enroll: security, manage: security })
    const { payload } = await app.inject({ url: '/.well-known/security.txt' })
    assert.match(payload, /^Contact: tel:\+12125550100\nExpires: 2027-05-\d\dT.*Z\n/)
    assert.match((await app.inject({ url: '/robots.txt' })).payload, /Disallow: \//)
  })
})
