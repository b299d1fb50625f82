import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { ECHO_LENGTH_MAX, PATHS } from '#core/connectivity/diagnosis.ts'
import { openGateway } from '#edges/gateway/server.ts'
import { testWorld } from '../../../test/support/server/world.ts'
import { openSite } from '../../../test/support/server/site.ts'
import { freePorts } from '../../../test/support/server/ports.ts'

async function gateway(t: TestContext, trustedProxies: readonly string[] = []) {
  const ports = await freePorts(2)
  const settings = { gateway: { ports, host: null }, listen: '127.0.0.1', trustedProxies }
  const open = await openGateway(await testWorld(t), settings)
  t.after(() => open.close())
  return { open, ports, settings }
}

/** Opens a socket and hears what is said first. */
async function connected(address: string, headers = {}) {
  const socket = new WebSocket(address, { headers })
  const [first] = (await once(socket, 'message')) as [Buffer]
  return { socket, first: JSON.parse(String(first)) as { readonly address: string } }
}

const at = (port: number | undefined, path: string = PATHS.socket): string =>
  `ws://127.0.0.1:${port}${path}`

/** The status with which an opening is refused. */
async function refusedWith(address: string): Promise<number | undefined> {
  const socket = new WebSocket(address)
  const [, answer] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ]
  return answer.statusCode
}

suite('The ports of the gateway', () => {
  test('R158 say where a client comes from, and return what is sent', async (t) => {
    const { ports } = await gateway(t)
    for (const port of ports) {
      const { socket, first } = await connected(at(port))
      assert.deepEqual(first, { address: '127.0.0.1' })
      socket.send('a word')
      const [echoed] = (await once(socket, 'message')) as [Buffer]
      assert.equal(String(echoed), 'a word')
      const [code] = (await once(socket, 'close')) as [number]
      assert.equal(code, 1000)
    }
  })

  test('believe the address that a proxy of ours says, and of no other', async (t) => {
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    const behind = await gateway(t, ['127.0.0.1'])
    assert.equal((await connected(at(behind.ports[0]), headers)).first.address, '203.0.113.7')
    const open = await gateway(t)
    assert.equal((await connected(at(open.ports[0]), headers)).first.address, '127.0.0.1')
  })

  test('end a connection on which too much is sent, or no frame, and go on', async (t) => {
    const { ports } = await gateway(t)
    const [port] = ports
    const { socket } = await connected(at(port))
    socket.send('x'.repeat(ECHO_LENGTH_MAX + 1))
    const [code] = (await once(socket, 'close')) as [number]
    assert.equal(code, 1009)
    const { socket: other } = await connected(at(port))
    const raw = (other as unknown as { readonly _socket: { write(bytes: Buffer): void } })._socket
    raw.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await once(other, 'close')
    assert.equal((await connected(at(port))).first.address, '127.0.0.1')
  })

  test('have one path for sockets', async (t) => {
    const { ports } = await gateway(t)
    assert.equal(await refusedWith(at(ports[0], '/')), 404)
    assert.equal(await refusedWith(at(ports[0], `${PATHS.socket}/more`)), 404)
  })

  test('are open for a browser that runs no script: the page says so', async (t) => {
    const { ports } = await gateway(t)
    for (const port of ports) {
      const page = await fetch(`http://127.0.0.1:${port}/`)
      assert.match(await page.text(), new RegExp(`Port ${port} is open[^]*port ${port} est ouvert`))
      assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    }
    const other = await fetch(`http://127.0.0.1:${ports[0]}/etc`)
    assert.equal(other.status, 404)
    const posted = await fetch(`http://127.0.0.1:${ports[0]}/`, { method: 'POST', body: 'x' })
    assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD'])
  })

  test('close at once, with the sockets that are open', async (t) => {
    const { open, ports } = await gateway(t)
    const { socket } = await connected(at(ports[0]))
    const closed = once(socket, 'close')
    await open.close()
    await closed
    await assert.rejects(fetch(`http://127.0.0.1:${ports[0]}/`))
  })

  test('let a refused connection go, also when its client keeps it open', async (t) => {
    const { open, ports } = await gateway(t)
    const raw = connect({ port: ports[0] ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    t.after(() => raw.destroy())
    raw.on('error', () => {})
    raw.resume()
    raw.write('GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await once(raw, 'end')
    await open.close()
  })

  test('serve other clients while one host opens as many sockets as it can', async (t) => {
    const { ports } = await gateway(t, ['127.0.0.1'])
    const from = (address: string) => connected(at(ports[0]), { 'x-forwarded-for': address })
    const sockets: WebSocket[] = []
    for (let count = 0; count < 40; count += 1) sockets.push((await from('203.0.113.7')).socket)
    const more = new WebSocket(at(ports[0]), { headers: { 'x-forwarded-for': '203.0.113.7' } })
    const [, answer] = (await once(more, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ]
    assert.equal(answer.statusCode, 503)
    assert.equal((await from('203.0.113.8')).first.address, '203.0.113.8')
    const [one] = sockets
    one?.close()
    if (one) await once(one, 'close')
    assert.equal((await from('203.0.113.7')).first.address, '203.0.113.7')
  })

  test('are all closed again when one of them is taken', async (t) => {
    const { settings, ports } = await gateway(t)
    const [free = 0] = await freePorts(1)
    const taken = { ...settings, gateway: { ports: [free, ports[0] ?? 0], host: null } }
    await assert.rejects(openGateway(await testWorld(t), taken), { code: 'EADDRINUSE' })
    await assert.rejects(fetch(`http://127.0.0.1:${free}/`))
  })
})

suite('A socket at the address of the pages', () => {
  test('is answered as at the gateway', async (t) => {
    const { app, port } = await openSite(t)
    const { socket, first } = await connected(at(port))
    assert.equal(first.address, '127.0.0.1')
    const closed = once(socket, 'close')
    await app.close()
    await closed
  })

  test('is the only address that changes the protocol: any other answers as ever', async (t) => {
    const { port } = await openSite(t)
    const host = `localhost:${port}`
    const headers = { host, connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' }
    const asked = request({ port, host: '127.0.0.1', path: '/login?platform=portal', headers })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
    answer.resume()
    assert.equal(answer.statusCode, 200)
    assert.equal(await refusedWith(at(port, '/portal')), 303)
  })
})
