import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { WebSocketServer } from 'ws'
import { PATHS } from '#core/connectivity/diagnosis.ts'
import { instant } from '#core/time/time.ts'
import { CLIENT_CODES, type ClientSubject, waysOf } from '#cli/doctor/client.ts'
import { said, wrong } from '#cli/doctor/finding.ts'
import { openGateway } from '#edges/gateway/server.ts'
import { freePorts } from '../../../test/support/server/ports.ts'
import { openSite } from '../../../test/support/server/site.ts'
import type { TestWorld } from '../../../test/support/server/world.ts'

interface Network {
  readonly origin: string
  readonly ports: readonly number[]
  readonly world: TestWorld
}

/** A server with its gateway; only the first so many of its ports are open. */
async function network(
  t: TestContext,
  { open = 2, trusted = [] }: { open?: number; trusted?: readonly string[] } = {},
): Promise<Network> {
  const ports = await freePorts(2)
  const { issuer, world } = await openSite(t, { gateway: { ports, host: null } })
  const gateway = { ports: ports.slice(0, open), host: null }
  const settings = { gateway, listen: '127.0.0.1', trustedProxies: trusted }
  const running = await openGateway(world, settings)
  t.after(() => running.close())
  world.setClock(instant(Date.now()))
  return { origin: issuer, ports, world }
}

type Answer = (request: IncomingMessage, reply: ServerResponse) => unknown

/** Something that stands between: it does what `instead` says, and else passes all on. */
async function between(
  t: TestContext,
  target: string,
  {
    instead = {},
    upgrades = true,
  }: { instead?: Readonly<Record<string, Answer>>; upgrades?: boolean },
): Promise<string> {
  const { port: behind } = new URL(target)
  const proxy = createServer((request, reply) => {
    const own = instead[request.url ?? '']
    void (own ? own(request, reply) : passOn(target, request, reply))
  })
  if (upgrades)
    proxy.on('upgrade', ({ url, rawHeaders, method }, socket, head) => {
      const through = connect(Number(behind), '127.0.0.1')
      const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `\r\n${text}: ` : text)).join('')
      through.write(`${method} ${url} HTTP/1.1${lines}\r\n\r\n`)
      through.write(head)
      socket.pipe(through).pipe(socket)
      for (const one of [socket, through]) one.on('error', () => socket.destroy())
    })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const { port } = proxy.address() as { readonly port: number }
  return `http://localhost:${port}`
}

/** WebSockets that say this first, and then each word that they hear. */
async function attackersSockets(t: TestContext, first: string): Promise<number> {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(sockets, 'listening')
  t.after(() => sockets.close())
  sockets.on('connection', (socket) => {
    socket.send(first)
    socket.on('message', (word: Buffer) => socket.send(String(word)))
  })
  return (sockets.address() as { readonly port: number }).port
}

async function passOn(target: string, { url }: IncomingMessage, reply: ServerResponse) {
  const answer = await fetch(target + (url ?? ''), { redirect: 'manual' })
  reply.writeHead(answer.status)
  for await (const piece of answer.body ?? []) reply.write(piece)
  reply.end()
}

/** What is wrong, in its order, with its sentence. */
async function faults(origin: string, ports: readonly number[]) {
  const ways = waysOf({ origin, ports, host: null })
  const wrong: (readonly [ClientSubject, string])[] = []
  for (const subject of Object.keys(CLIENT_CODES) as ClientSubject[]) {
    const finding = await ways[subject]()
    if (finding && !finding.isWell) wrong.push([subject, finding.sentence])
  }
  return wrong
}

suite('The doctor on the way of a client', () => {
  test('R014 R156 R158 names what is wrong in each arranged network, and nothing where all is well', async (t) => {
    const { origin, ports, world } = await network(t)
    const [closed = 0] = await freePorts(1)
    const buffers: Answer = async ({ url }, reply) => {
      const answer = await fetch(origin + (url ?? ''))
      reply.end(Buffer.from(await answer.arrayBuffer()))
    }
    const seenElsewhere: Answer = (_request, reply) =>
      reply.end(JSON.stringify({ address: '203.0.113.7', at: world.now() }))
    const cutsOff: Answer = (_request, reply) => {
      reply.writeHead(200)
      reply.write('event: test\ndata: 0\n\n')
      setTimeout(() => reply.destroy(), 20)
    }
    const portal: Answer = (_request, reply) => reply.end('<h1>Welcome to the hotel</h1>')
    const leads: Answer = (_request, reply) =>
      reply.writeHead(302, { location: 'http://hotel.example.com/terms' }).end()
    const clock: Answer = (_request, reply) =>
      reply.end(JSON.stringify({ address: '127.0.0.1', at: Date.now() + 300_000 }))
    const networks: readonly (readonly [
      Parameters<typeof between>[2],
      readonly number[],
      ClientSubject,
      RegExp,
    ])[] = [
      [{ instead: { [PATHS.text]: portal } }, ports, 'text', /Something else answers/],
      [{ instead: { [PATHS.text]: leads } }, ports, 'text', /leads to hotel\.example\.com/],
      [{ instead: { [PATHS.events]: buffers } }, ports, 'events', /a proxy buffers them/],
      [{ instead: { [PATHS.events]: cutsOff } }, ports, 'events', /Of 4 live updates 1 came/],
      [{ upgrades: false }, ports, 'socket', /Let the proxy pass Upgrade on/],
      [
        {},
        [ports[0] ?? 0, closed],
        'ports',
        new RegExp(`localhost tcp/${closed} \\(ECONNREFUSED\\)`),
      ],
      [{ instead: { [PATHS.seen]: clock } }, ports, 'clock', /300 s behind ours/],
      [{ instead: { [PATHS.seen]: seenElsewhere } }, ports, 'exits', /203\.0\.113\.7/],
    ]
    const well = [origin, await between(t, origin, {})].map((one) => faults(one, ports))
    const found = await Promise.all(
      networks.map(async ([stands, asked]) => faults(await between(t, origin, stands), asked)),
    )
    assert.deepEqual(await Promise.all(well), [[], []])
    for (const [at, [, , subject, sentence]] of networks.entries()) {
      const wrong = found[at] ?? []
      assert.deepEqual(
        wrong.map(([name]) => name),
        [subject],
        JSON.stringify(wrong),
      )
      assert.match(wrong[0]?.[1] ?? '', sentence)
    }
  })

  test('an attacker who answers in our place fills no memory, and gives the terminal no order', async (t) => {
    let sent = 0
    const piece = Buffer.alloc(65_536, 'x')
    const endless: Answer = (_request, reply) => {
      const send = () => {
        while (!reply.destroyed && reply.write(piece)) sent += piece.length
      }
      reply.on('drain', send)
      send()
    }
    const orders = '\u001b]0;owned\u0007\u001b[31m\u202e'
    const ordering: Answer = (_request, reply) =>
      reply.end(JSON.stringify({ address: orders, at: Date.now() }))
    const instead = { [PATHS.text]: endless, [PATHS.seen]: ordering }
    const nowhere = await freePorts(1)
    const origin = await between(t, `http://127.0.0.1:${nowhere[0]}`, { instead, upgrades: false })
    const port = await attackersSockets(t, JSON.stringify({ address: orders }))
    const ways = waysOf({ origin, ports: [port], host: null })
    assert.match((await ways.text())?.sentence ?? '', /Something else answers/)
    assert.ok(sent < 64 * 1_048_576, `${sent} bytes`)
    assert.equal((await ways.ports())?.isWell, true)
    assert.equal(await ways.clock(), null)
    assert.equal(await ways.exits(), null)
    assert.equal(wrong(said(new Error(orders)))?.sentence, 'Error: ?]0;owned??[31m?')
  })

  test('R156 says that a name has no address, and that nothing answers at one', async () => {
    const [closed] = await freePorts(1)
    const nowhere = await faults('http://login.invalid', [])
    assert.deepEqual(nowhere[0]?.[0], 'name')
    assert.match(nowhere[0]?.[1] ?? '', /login\.invalid has no address \(E/)
    const away = await faults(`http://127.0.0.1:${closed}`, [])
    assert.deepEqual(
      away.map(([name]) => name),
      ['families', 'text', 'socket'],
    )
    assert.match(away[0]?.[1] ?? '', /is not reached by IPv4/)
  })
})
