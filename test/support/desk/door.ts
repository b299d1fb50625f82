import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Json } from '#core/json.ts'
import { deskRealm } from '#edges/desk/frame/realm.ts'
import { deskRoutes } from '#edges/desk/routes.ts'
import { createLogger } from '#edges/http/log.ts'
import { buildServer } from '#edges/server/server.ts'
import type { SoftKey } from '#methods/passkey/sample.ts'
import { type DoorOptions, openDoor, type Shown, type Visitor, visitor } from '../server/door.ts'
import { DESK, type TestWorld } from '../server/world.ts'
import { invited } from './staff.ts'

/** The door of the staff beside that of the clients, over one database. */
export interface DeskDoor {
  readonly world: TestWorld
  readonly clients: FastifyInstance
  readonly desk: FastifyInstance
  /** A browser at the desk. */
  visit(): Visitor
}

export async function openDesk(t: TestContext, options: DoorOptions = {}): Promise<DeskDoor> {
  const { onRoute, ...others } = options
  const { app: clients, world, settings } = await openDoor(t, others)
  const desk = await buildServer(world, settings, {
    logger: createLogger('silent'),
    dist: '/no-build',
    realm: deskRealm({ origin: DESK }),
  })
  if (onRoute) desk.addHook('onRoute', onRoute)
  await desk.register(deskRoutes(world))
  await desk.ready()
  t.after(() => desk.close())
  const at = { app: desk, settings: { ...settings, issuer: DESK } }
  return { world, clients, desk, visit: () => visitor(at) }
}

/** What the script of a page is asked to do with a passkey. */
export function askedOn({ html }: Shown): Json {
  const asked = /data-asked="([^"]*)"/.exec(html)?.[1] ?? ''
  return JSON.parse(asked.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as Json
}

/** Sends what a passkey makes of the page. */
export const answered = async (
  browser: Visitor,
  action: string | RegExp,
  make: (asked: never) => string,
): Promise<Shown> =>
  await browser.submit(action, { answer: make(askedOn(browser.page()) as never) })

/** The passkey answers the one thing that the page asks of it. */
export async function touches(browser: Visitor, key: SoftKey): Promise<Shown> {
  const [, action = ''] = /action="([^"]*)" data-script/.exec(
    browser.page().html.replaceAll('\n', ' '),
  ) ?? ['', 'no form of a passkey']
  return await answered(browser, action, (asked) => key.assert(asked, { origin: DESK }))
}

/** A browser in which a new member has just come in. */
export async function comesIn(
  door: DeskDoor,
  {
    agentId,
    role,
    key,
  }: { readonly agentId: string; readonly role: string; readonly key: SoftKey },
): Promise<Visitor> {
  const { path } = await invited(door.world, agentId, { role })
  const browser = door.visit()
  await browser.open(path)
  await answered(browser, path, (asked) => key.register(asked, { origin: DESK }))
  return browser
}
