import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Card, drawerIn } from '../../../examples/simulators/cards.ts'
import { carriersOf, clientsHands, type Hands } from '../../../examples/simulators/hands.ts'
import { simulators } from '../../../examples/simulators/plugin.ts'
import { openChannels } from '#cli/channels.ts'
import { Settings } from '#config/settings.ts'
import { carrierRoutes } from '#edges/carriers/routes.ts'
import { createLogger } from '#edges/http/log.ts'
import { pageRoutes } from '#edges/pages/routes.ts'
import { buildServer } from '#edges/server/server.ts'
import type { Channel, Delivered } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'
import { freePorts } from './ports.ts'
import { type TestWorld, testWorld } from './world.ts'

/** The server with its carriers, as the demo has them, and what the clients hold in their hands. */
export interface ServerWithCarriers {
  readonly world: TestWorld
  readonly hands: Hands
  readonly issuer: string
  send(channel: string, address: string, payload: Json): Promise<Delivered>
}

export const NUMBER = '+12025550142'

const TEXTS = { from: '+12025550100', countries: ['US'] }

/** A made-up secret, for a card without a holder. */
export const CARD: Card = {
  serial: '00418-7731',
  suite: 'OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256',
  secretHex: '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',
  holder: 'demo-anna',
}

export async function openServerWithCarriers(t: TestContext): Promise<ServerWithCarriers> {
  const [port = 0] = await freePorts(1)
  const issuer = `http://localhost:${port}`
  const world = await testWorld(t, { settings: { issuer } })
  const hands = await clientsHands()
  const settings = Settings.parse({ issuer, log: { level: 'silent' }, ...carriersOf(hands, TEXTS) })
  const channels = openChannels(world, settings, () => {})
  for (const [name, channel] of channels) world.channels.set(name, channel)
  const app = await buildServer(world, settings, { logger: createLogger('silent') })
  await app.register(carrierRoutes(world), { prefix: '/carriers' })
  await app.register(pageRoutes(world, settings))
  await app.register(simulators, {
    hands,
    drawer: drawerIn(folderWith(t)),
    brand: settings.name,
    people: [
      { userName: 'demo-anna', telephone: NUMBER },
      { userName: 'demo-anna-paper', telephone: NUMBER },
    ],
    script: app.site.assets.built('web/sim/sim.ts'),
    languageOf: (reply) => reply.page().texts.language,
    zone: settings.timeZone,
  })
  t.after(async () => {
    await app.close()
    for (const channel of channels.values()) await channel.close?.()
    await hands.close()
  })
  await app.listen({ host: '127.0.0.1', port })
  let count = 0
  const send = async (name: string, address: string, payload: Json) => {
    count += 1
    return await channelOf(world, name).deliver({ id: `out_${count}`, address, payload })
  }
  return { world, hands, issuer, send }
}

function folderWith(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cards-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'cards.json'), JSON.stringify([CARD]))
  return folder
}

function channelOf({ channels }: TestWorld, name: string): Channel {
  const channel = channels.get(name)
  if (!channel) throw new Error(`there is no channel called ${name}`)
  return channel
}
