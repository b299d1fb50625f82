import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { openGateway } from '#edges/gateway/server.ts'
import { CLOSED } from '#edges/gateway/stream.ts'
import { after, days, minutes, seconds } from '#core/time/time.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { endSession, findOpenSession, seeSession } from '#engine/sessions/sessions.ts'
import { shelfOf } from '#engine/sessions/relying-parties.ts'
import { makeTicket } from '#engine/sessions/gateway.ts'
import { DATABASES } from '../../../test/support/databases/databases.ts'
import { annaAt, type AtHome, loggedInAt, signIn } from '../../../test/support/server/site.ts'
import { freePorts } from '../../../test/support/server/ports.ts'
import { openStreams } from '../../../test/support/server/streams.ts'
import { testWorld, type TestWorld } from '../../../test/support/server/world.ts'

/** The streams of a platform, which greets and then returns what it is sent. */
async function platform(t: TestContext) {
  const { upstream, sockets, close } = await openStreams()
  const seen: IncomingHttpHeaders[] = []
  sockets.on('connection', (socket, { headers }) => {
    seen.push(headers)
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  t.after(close)
  return { upstream, seen, sockets, close }
}

async function gatewayOn(t: TestContext, world: TestWorld, upstream: string) {
  const ports = await freePorts(1)
  const settings = { gateway: { ports, host: null, upstream }, listen: '127.0.0.1' }
  const trustedProxies = ['127.0.0.1']
  const open = await openGateway(world, { ...settings, trustedProxies })
  t.after(() => open.close())
  return `ws://127.0.0.1:${ports[0]}/stream`
}

interface Home extends AtHome {
  readonly address: string
  readonly platform: Awaited<ReturnType<typeof platform>>
}

async function home(t: TestContext, database: (typeof DATABASES)[number] = 'sqlite') {
  const [site, behind] = await Promise.all([annaAt(t, { database }), platform(t)])
  const address = await gatewayOn(t, site.world, behind.upstream)
  return { ...site, address, platform: behind } satisfies Home
}

const tokenOf = (at: Home) => loggedInAt(at, at.phone, { userName: 'anna' })

/** Connected as a program connects, once the platform has spoken. */
async function connected(address: string, token: string, more: Record<string, string> = {}) {
  const headers = { authorization: `Bearer ${token}`, ...more }
  const socket = new WebSocket(address, { headers })
  const [greeting] = (await once(socket, 'message')) as [Buffer]
  assert.equal(String(greeting), 'quotes')
  return socket
}

/** As a page connects: it says what it has in its first messages. */
function shows(address: string, ...messages: readonly string[]): WebSocket {
  const socket = new WebSocket(address)
  socket.on('open', () => messages.forEach((message) => socket.send(message)))
  return socket
}

/** Says how it was closed. A heartbeat looks by itself, so none may have come. */
async function closeBeforeBeat(socket: WebSocket): Promise<readonly [number, string]> {
  let beats = 0
  socket.on('ping', () => (beats += 1))
  const told = await closeOf(socket)
  assert.equal(beats, 0, 'it waited for the heartbeat')
  return told
}

async function closeOf(socket: WebSocket): Promise<readonly [number, string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [code, String(reason)]
}

async function refusedWith(address: string, token: string): Promise<number | undefined> {
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } })
  const [, answer] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { readonly statusCode: number },
  ]
  return answer.statusCode
}

async function ticketFor({ issuer }: Home, token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${issuer}/api/gateway/tickets`, { method: 'POST', headers })
  const json = (await answer.json()) as { readonly ticket: string; readonly code: string }
  return { status: answer.status, ...json }
}

/** An access token of the trading platform, or of another, for Anna's session. */
async function accessToken(at: Home, more: Readonly<Record<string, string>> = {}) {
  const redirectUri = 'https://rp.example.com/callback'
  const query = new URLSearchParams({
    client_id: at.client.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    nonce: 'a-nonce',
    ...more,
  })
  const page = await at.anna.follow(await at.anna.get(`/oidc/auth?${query.toString()}`))
  const code = new URL(page.leadsTo ?? '').searchParams.get('code') ?? ''
  const isOther = more['client_id'] === 'other'
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: query.get('client_id') ?? '',
    redirect_uri: query.get('redirect_uri') ?? '',
    code,
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    ...(!isOther && { client_secret: at.client.secret }),
  })
  const answer = await fetch(`${at.issuer}/oidc/token`, { method: 'POST', body })
  const { access_token: token = '' } = (await answer.json()) as { readonly access_token?: string }
  assert.notEqual(token, '')
  return token
}

suite('The streams of a platform', () => {
  test('R158 are open to a session that may trade, and tell the platform whose it is', async (t) => {
    const at = await home(t)
    const socket = await connected(at.address, await tokenOf(at), {
      'x-forwarded-for': '203.0.113.7',
    })
    socket.send('an order')
    const [echoed] = (await once(socket, 'message')) as [Buffer]
    assert.equal(String(echoed), 'an order')
    const [told] = at.platform.seen
    assert.equal(told?.['countersign-account'], 'U0000001')
    assert.equal(told['countersign-environment'], 'live')
    assert.equal(told['x-forwarded-for'], '203.0.113.7')
    assert.match(String(told['countersign-session']), /^ses_/)
    assert.equal(told['authorization'], undefined)
    socket.close()
    await once(socket, 'close')
  })

  test('are closed to a caller without a session, and to a token of the portal', async (t) => {
    const at = await home(t)
    assert.equal(await refusedWith(at.address, 'x'.repeat(43)), 401)
    assert.equal(await refusedWith(at.address, '-'.repeat(9_000)), 401)
    await signIn(at)
    const other = { client_id: 'other', redirect_uri: 'https://other.example.com/callback' }
    assert.equal(await refusedWith(at.address, await accessToken(at, other)), 401)
    const unknown = shows(at.address, JSON.stringify({ ticket: 'x'.repeat(43) }))
    assert.deepEqual(await closeOf(unknown), [CLOSED.loggedOut, 'session.missing'])
    for (const sent of ['', 'null', '{}', '[]', '{"ticket":1}', '{"ticket":"a","token":"b"}'])
      assert.equal((await closeOf(shows(at.address, sent)))[0], CLOSED.unreadable, sent)
    assert.deepEqual(at.platform.seen, [])
  })

  test('do not open with a token that is bound to a key, without a proof of that key', async (t) => {
    const at = await home(t)
    await signIn(at)
    const tokens = shelfOf(at.world, 'AccessToken')
    const { payload } = (await tokens.find(await accessToken(at))) ?? assert.fail()
    const bound = 'b'.repeat(43)
    const about = { expiresIn: minutes(1) }
    assert.ok(await tokens.put(bound, { ...(payload as object), jkt: 'a-thumbprint' }, about))
    const free = 'f'.repeat(43)
    assert.ok(await tokens.put(free, { ...(payload as object) }, about))
    assert.equal(await refusedWith(at.address, bound), 401)
    const socket = await connected(at.address, free)
    socket.terminate()
  })

  test('open with the access token of a trading platform', async (t) => {
    const at = await home(t)
    await signIn(at)
    const token = await accessToken(at)
    const socket = await connected(at.address, token)
    socket.terminate()
    const shown = shows(at.address, JSON.stringify({ token }), 'early')
    const messages: string[] = []
    shown.on('message', (data: Buffer) => messages.push(String(data)))
    while (messages.length < 2) await once(shown, 'message')
    assert.deepEqual(messages, ['quotes', 'early'])
    shown.terminate()
  })

  test('tell a client who may not trade why, before and after', async (t) => {
    const at = await home(t)
    const token = await tokenOf(at)
    const socket = await connected(at.address, token)
    const until = after(at.world.now(), days(1))
    const held = closeOf(socket)
    const { subscriberId } = (await findOpenSession(at.world, token)) ?? assert.fail()
    await startHold(at.world, {
      subscriberId,
      kind: 'suspected-takeover',
      forbids: ['trading'],
      until,
      by: 'operator',
    })
    assert.deepEqual(await held, [CLOSED.noRight, 'account.on-hold'])
    assert.equal(await refusedWith(at.address, token), 403)
    assert.equal((await ticketFor(at, token)).code, 'account.on-hold')
  })

  test('drop a client whom too much waits for, and one who sends too much', async (t) => {
    const at = await home(t)
    const socket = await connected(at.address, await tokenOf(at))
    socket.send('x'.repeat(65_537))
    assert.equal((await closeOf(socket))[0], 1009)
    const slow = await connected(at.address, await tokenOf(at))
    slow.pause()
    const [, upstream] = [...at.platform.sockets.clients]
    const sender = upstream ?? [...at.platform.sockets.clients][0]
    assert.ok(sender)
    const gone = once(sender, 'close')
    const flood = setInterval(() => sender.send('x'.repeat(1_000_000)), 5)
    await gone
    clearInterval(flood)
    slow.terminate()
  })

  test('end when the platform does, and say that it is away', async (t) => {
    const at = await home(t)
    const token = await tokenOf(at)
    const socket = await connected(at.address, token)
    const ended = closeOf(socket)
    at.platform.close()
    assert.deepEqual(await ended, [CLOSED.away, 'service.unavailable'])
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await closeOf(new WebSocket(at.address, { headers })))[0], CLOSED.away)
  })

  test('keep four windows of one session: the oldest makes room', async (t) => {
    const at = await home(t)
    const token = await tokenOf(at)
    const first = await connected(at.address, token)
    const replaced = closeOf(first)
    const others: WebSocket[] = []
    for (let count = 0; count < 4; count += 1) others.push(await connected(at.address, token))
    assert.deepEqual(await replaced, [CLOSED.changed, 'session.conflict'])
    for (const socket of others) socket.terminate()
  })

  test('keep four windows of one session, also where all are opened at one moment', async (t) => {
    const at = await home(t)
    const token = await tokenOf(at)
    const headers = { authorization: `Bearer ${token}` }
    const sockets = Array.from({ length: 10 }, () => new WebSocket(at.address, { headers }))
    let left = sockets.length
    for (const socket of sockets) socket.once('close', () => (left -= 1))
    await Promise.all(sockets.slice(0, 6).map((socket) => once(socket, 'open')))
    const four = async () => {
      while (left > 4) await setTimeout(20)
    }
    await Promise.race([four(), setTimeout(3_000)])
    assert.equal(left, 4)
    for (const socket of sockets) socket.terminate()
  })

  test('have room for others while one host opens and shows nothing', async (t) => {
    const at = await home(t)
    const from = { 'x-forwarded-for': '203.0.113.66' }
    const silent = Array.from({ length: 21 }, () => new WebSocket(at.address, { headers: from }))
    const answers = silent.map(async (socket) => {
      const opened = once(socket, 'open').then(() => 101)
      const refused = once(socket, 'unexpected-response') as Promise<
        [unknown, { readonly statusCode: number }]
      >
      return await Promise.race([opened, refused.then(([, { statusCode }]) => statusCode)])
    })
    const told = await Promise.all(answers)
    assert.deepEqual([told.filter((one) => one === 101).length, told.includes(503)], [20, true])
    const socket = await connected(at.address, await tokenOf(at))
    for (const one of [...silent, socket]) one.terminate()
  })

  test('are not there without a platform behind them', async (t) => {
    const world = await testWorld(t)
    const ports = await freePorts(1)
    const gateway = { ports, host: null, upstream: null }
    const open = await openGateway(world, { gateway, listen: '127.0.0.1', trustedProxies: [] })
    t.after(() => open.close())
    assert.equal(await refusedWith(`ws://127.0.0.1:${ports[0]}/stream`, 'x'.repeat(43)), 404)
  })

  test('a client who goes away while they are asked for is forgotten', async (t) => {
    const at = await home(t)
    const port = Number(new URL(at.address).port)
    const token = await tokenOf(at)
    const raw = connect({ port, host: '127.0.0.1' })
    const lines = [
      'GET /stream HTTP/1.1',
      'Host: a',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Authorization: Bearer ${token}`,
    ]
    await once(raw, 'connect')
    raw.write(`${lines.join('\r\n')}\r\n\r\n`)
    raw.destroy()
    const socket = await connected(at.address, token)
    socket.terminate()
  })
})

for (const database of DATABASES) {
  suite(`A stream over ${database}`, () => {
    test('a ticket opens it once, also where it is shown twice at one moment', async (t) => {
      const at = await home(t, database)
      const { ticket } = await ticketFor(at, await tokenOf(at))
      const message = JSON.stringify({ ticket })
      const two = [shows(at.address, message), shows(at.address, message)]
      const answers = await Promise.all(
        two.map(
          async (socket) =>
            await Promise.race([
              once(socket, 'message').then(() => 'open'),
              closeOf(socket).then(([code]) => code),
            ]),
        ),
      )
      assert.deepEqual(answers.toSorted(), [CLOSED.loggedOut, 'open'])
      for (const socket of two) socket.terminate()
    })

    test('a ticket is good for half a minute, and for as long as its session', async (t) => {
      const at = await home(t, database)
      const token = await tokenOf(at)
      const old = await makeTicket(at.world, token)
      const other = await makeTicket(at.world, token)
      assert.ok(old.ok && other.ok)
      const session = await findOpenSession(at.world, token)
      assert.ok(session)
      await endSession(at.world, session, { id: session.id, by: 'log-out' })
      const ended = shows(at.address, JSON.stringify({ ticket: other.ticket }))
      assert.deepEqual(await closeOf(ended), [CLOSED.loggedOut, 'session.missing'])
      at.world.advance(seconds(30))
      const late = shows(at.address, JSON.stringify({ ticket: old.ticket }))
      assert.deepEqual(await closeOf(late), [CLOSED.loggedOut, 'session.missing'])
    })

    test('R158 ends with its session, also when another node ends it without a wake-up', async (t) => {
      const at = await home(t, database)
      const token = await tokenOf(at)
      const socket = await connected(at.address, token)
      // No Redis: its wake-ups reach no other node.
      const other = await testWorld(t, { database, beside: at.world })
      const session = await findOpenSession(other, token)
      assert.ok(session)
      const closed = closeBeforeBeat(socket)
      await endSession(other, session, { id: session.id, by: 'log-out' })
      assert.deepEqual(await closed, [CLOSED.loggedOut, 'session.missing'])
    })

    test('ends when another node takes the right to trade and leaves the session', async (t) => {
      const at = await home(t, database)
      const token = await tokenOf(at)
      const socket = await connected(at.address, token)
      const other = await testWorld(t, { database, beside: at.world })
      const closed = closeBeforeBeat(socket)
      const { subscriberId } = (await findOpenSession(other, token)) ?? assert.fail()
      const until = after(other.now(), days(1))
      await startHold(other, {
        subscriberId,
        kind: 'desk',
        forbids: ['trading'],
        until,
        by: 'operator',
      })
      assert.deepEqual(await closed, [CLOSED.noRight, 'account.on-hold'])
    })

    test('listening keeps no session alive; a message does', async (t) => {
      const at = await home(t, database)
      const token = await tokenOf(at)
      const socket = await connected(at.address, token)
      const seen = async () => (await seeSession(at.world, token, {}))?.seenAt
      const before = await seen()
      at.world.advance(minutes(20))
      socket.send('an order')
      while ((await seen()) === before) await setTimeout(20)
      at.world.advance(minutes(20))
      assert.notEqual(await seen(), undefined)
      at.world.advance(minutes(10))
      assert.equal(await seen(), undefined)
      socket.terminate()
    })
  })
}
