import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { Settings } from '#config/settings.ts'
import { openWorld, startServer } from '../../src/main.ts'
import { type Place, place, runAlone } from '../support/commands/command.ts'

/** What is opened on the way is closed again where the way ends early, the last first. */

/** A message centre that takes connections and never says a word. */
async function mute(t: TestContext) {
  const connected = new Set<Socket>()
  const server = createServer((socket) => {
    connected.add(socket)
    socket.resume()
    socket.on('close', () => connected.delete(socket)).on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { readonly port: number }
  return { server, connected, port }
}

const texting = (port: number) => ({
  provider: 'smpp',
  from: '+12025550100',
  countries: ['US'],
  smpp: { host: '127.0.0.1', port, tls: false, systemId: 'us', password: 'hush' },
})

function settingsIn({ folder, issuer, desk, management }: Place, changes: object): Settings {
  const ports = [issuer, desk, management].map((address) => Number(new URL(address).port))
  return Settings.parse({
    issuer,
    ports: { public: ports[0], desk: ports[1], management: ports[2] },
    gateway: { ports: [] },
    desk: { origin: desk },
    log: { level: 'silent' },
    database: { url: `sqlite:${join(folder, 'a.db')}` },
    keys: { file: join(folder, 'a.keys') },
    ...changes,
  })
}

suite('A server that does not start', () => {
  test('closes what it has opened, also where it failed on the way', async (t) => {
    const centre = await mute(t)
    const settings = settingsIn(await place(t), { sms: texting(centre.port) })
    const opened = await openWorld(settings)
    const dialled = once(centre.server, 'connection')
    const started = startServer(settings, opened, async () => {
      await dialled
      throw new Error('the demo has no room')
    })
    await assert.rejects(started, /the demo has no room/)
    for (const socket of centre.connected) await once(socket, 'close')
    await assert.rejects(opened.world.db.commit([]), Error)
    for (const address of Object.values(settings.ports))
      await assert.rejects(fetch(`http://127.0.0.1:${address}/livez`))
  })

  test('ends with 75 where a port is taken, though a carrier is connected already', async (t) => {
    const [centre, where] = [await mute(t), await place(t)]
    const taken = createServer().listen(Number(new URL(where.issuer).port), '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const environment = {
      ...where.environment,
      COUNTERSIGN_SMS_PROVIDER: 'smpp',
      COUNTERSIGN_SMS_FROM: '+12025550100',
      COUNTERSIGN_SMS_COUNTRIES: '["US"]',
      COUNTERSIGN_SMS_SMPP_HOST: '127.0.0.1',
      COUNTERSIGN_SMS_SMPP_PORT: String(centre.port),
      COUNTERSIGN_SMS_SMPP_TLS: 'false',
      COUNTERSIGN_SMS_SMPP_SYSTEM_ID: 'us',
      COUNTERSIGN_SMS_SMPP_PASSWORD: 'hush',
    }
    const ended = await runAlone({ ...where, environment }, ['serve'])
    assert.equal(ended.code, 75, ended.stderr)
    assert.match(ended.stderr, /Port \d+ is taken\./)
    assert.equal(centre.connected.size, 0)
  })
})
