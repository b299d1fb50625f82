import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Browser, Page, Route } from 'playwright-core'
import { DIAGNOSES, type Diagnosis, PATHS } from '#core/connectivity/diagnosis.ts'
import { instant } from '#core/time/time.ts'
import { openGateway } from '#edges/gateway/server.ts'
import {
  PASSWORD,
  personWithPhone,
  requestsOf,
  sendAnswer,
} from '../../support/clients/engine-story.ts'
import { freePorts } from '../../support/server/ports.ts'
import { openSite } from '../../support/server/site.ts'
import type { TestWorld } from '../../support/server/world.ts'
import { digitsOn, typePassword } from '../acts.ts'
import { desktop, noBrowser, openBrowser } from '../support.ts'
import { type Words, words } from '../words.ts'

interface Network {
  readonly browser: Browser
  readonly address: string
  readonly ports: readonly number[]
  readonly world: TestWorld
  /** The clock of the server goes on: that of a test stands still. */
  readonly tick: () => void
}

/** A server with its gateway; only the first so many of its ports are open. */
async function network(t: TestContext, open: number): Promise<Network> {
  const ports = await freePorts(2)
  const { issuer, world } = await openSite(t, { gateway: { ports, host: null } })
  const gateway = { ports: ports.slice(0, open), host: null }
  const settings = { gateway, listen: '127.0.0.1', trustedProxies: [] }
  const running = await openGateway(world, settings)
  t.after(() => running.close())
  const tick = () => world.setClock(instant(Date.now()))
  const browser = await openBrowser(t)
  return { browser, world, address: `${issuer}/connectivity`, ports, tick }
}

/** What the page says in the end, once and in one sentence. */
async function told(page: Page, t: Words, diagnosis: Diagnosis): Promise<string> {
  const heading = page.getByRole('heading', { name: t(`connectivity.outcome.${diagnosis}.title`) })
  await heading.waitFor()
  const shown = page.locator('[data-outcome]:visible')
  assert.equal(await shown.count(), 1)
  return await shown.innerText()
}

const waits = async (route: Route) => await route.fulfill({ response: await route.fetch() })

/** What stands in the way, and what the page says of it. */
const IN_THE_WAY: readonly (readonly [Diagnosis, (page: Page, network: Network) => unknown])[] = [
  [
    'replaced',
    async (page) =>
      await page.route(`**${PATHS.text}`, async (route) => {
        await route.fulfill({ contentType: 'text/html', body: '<h1>Welcome to the hotel</h1>' })
      }),
  ],
  [
    'replaced',
    async (page) =>
      await page.route(`**${PATHS.text}`, async (route) => {
        const headers = { location: 'http://hotel.example.com/terms' }
        await route.fulfill({ status: 302, headers })
      }),
  ],
  [
    'sockets-blocked',
    async (page) =>
      await page.routeWebSocket(`**${PATHS.socket}`, async (socket) => await socket.close()),
  ],
  ['events-blocked', async (page) => await page.route(`**${PATHS.events}`, (one) => one.abort())],
  // A proxy that waits for the end of an answer.
  ['events-late', async (page) => await page.route(`**${PATHS.events}`, waits)],
  [
    'clock',
    async (page) =>
      await page.addInitScript(() => {
        const right = Date.now.bind(Date)
        Date.now = () => right() + 300_000
      }),
  ],
  [
    'storage-blocked',
    async (page) =>
      await page.addInitScript(() => {
        Object.defineProperty(navigator, 'cookieEnabled', { value: false })
      }),
  ],
  [
    'addresses-differ',
    async (page, { ports }) =>
      await page.routeWebSocket(new RegExp(`:${ports[0]}/`), (socket) => {
        const server = socket.connectToServer()
        server.onMessage((sent) =>
          socket.send(String(sent).includes('address') ? '{"address":"203.0.113.7"}' : sent),
        )
      }),
  ],
  [
    'incomplete',
    async (page) => await page.route(`**${PATHS.events}`, (one) => one.fulfill({ status: 429 })),
  ],
]

suite('the connection test in a real browser', { skip: noBrowser }, () => {
  test('R156 R157 R158 names what is wrong in each arranged network, and well where all is well', async (t) => {
    const there = await network(t, 2)
    const found = new Set<Diagnosis>()
    for (const language of ['en', 'fr'] as const) {
      there.tick()
      const arranged = IN_THE_WAY.map(async ([diagnosis, stands]) => {
        const page = await desktop(there, { language })
        await stands(page, there)
        await page.goto(there.address)
        const sentence = await told(page, words(language), diagnosis)
        assert.doesNotMatch(sentence, /\{\{|undefined/)
        if (diagnosis === 'clock') assert.match(sentence, /5 minutes/)
        if (diagnosis === 'addresses-differ') assert.match(sentence, /127\.0\.0\.1.*203\.0\.113\.7/)
        found.add(diagnosis)
        await page.context().close()
      })
      await Promise.all(arranged)
      const page = await desktop(there, { language })
      there.tick()
      await page.goto(there.address)
      await told(page, words(language), 'works')
      assert.ok(!(await page.locator('#for-network').isVisible()))
      // The network goes away while the page is open.
      await page.context().setOffline(true)
      await page.getByRole('button', { name: words(language)('connectivity.again') }).click()
      await told(page, words(language), 'offline')
      await page.context().setOffline(false)
      await page.getByRole('button', { name: words(language)('connectivity.again') }).click()
      await told(page, words(language), 'works')
      await page.context().close()
    }
    const other = DIAGNOSES.filter((one) => !found.has(one))
    assert.deepEqual(other, ['offline', 'ports-blocked', 'works'])
  })

  test('R158 names the port that is closed, and what the administrator has to open', async (t) => {
    const there = await network(t, 1)
    const [open, closed] = there.ports
    const page = await desktop(there)
    await page.goto(there.address)
    const sentence = await told(page, words('en'), 'ports-blocked')
    assert.match(sentence, new RegExp(`port ${closed}\\.`))
    const report = await page.locator('#report').innerText()
    assert.match(report, new RegExp(`localhost  tcp/${open}  WebSocket  Works`))
    assert.match(report, new RegExp(`localhost  tcp/${closed}  WebSocket  Blocked`))
    assert.match(report, /^20\d\d-\d\d-\d\dT[\d:.]+Z$/m)
    await page.getByRole('button', { name: words('en')('connectivity.share.get') }).click()
    await page.getByRole('heading', { name: /^Result [0-9A-Z]{4}-[0-9A-Z]{4}$/ }).waitFor()
    const said = await page.locator('main').innerText()
    assert.match(said, new RegExp(`Port ${closed}\\s+Blocked`))
    assert.match(said, new RegExp(`Port ${open}\\s+Works`))
  })

  test('R156 R157 a page that waits for the phone tells what is in the way, and goes on by hand', async (t) => {
    const there = await network(t, 2)
    const phone = await personWithPhone(there.world, 'lena')
    const say = words('fr')
    const page = await desktop(there, { language: 'fr' })
    await page.route('**/login/*/events*', async (one) => await one.abort())
    await page.route(`**${PATHS.text}`, async (route) => await route.fulfill({ body: 'Hotel' }))
    there.tick()
    await page.goto(there.address.replace('connectivity', 'login?platform=portal'))
    await typePassword(page, say, { userName: 'lena', password: PASSWORD })
    await page.getByText(say('connectivity.outcome.replaced.text')).waitFor()
    assert.ok(!(await page.locator('#by-hand').isVisible()))
    await page.reload()
    await page.unroute(`**${PATHS.text}`)
    await page.route(`**${PATHS.events}`, async (one) => await one.abort())
    await page.getByText(say('connectivity.outcome.events-blocked.text')).waitFor()
    const [request] = await requestsOf(there.world, phone)
    assert.ok(request)
    const number = await digitsOn(page)
    const signed = await phone.approve(request, { now: there.world.now(), number })
    await sendAnswer(there.world, request, signed)
    await page.getByRole('button', { name: say('login.approved-continue') }).click()
    await page.waitForURL('**/portal')
  })

  test('says without JavaScript what to open by hand', async (t) => {
    const there = await network(t, 2)
    const page = await desktop(there, { javaScript: false, language: 'fr' })
    await page.goto(there.address)
    const t_ = words('fr')
    const without = page.locator('noscript')
    assert.ok((await without.innerText()).includes(t_('connectivity.by-hand.closed')))
    assert.ok(!(await page.locator('#connectivity').isVisible()))
    const [port] = there.ports
    await without.locator('a').first().click()
    await page.getByText(`Le port ${port} est ouvert`).waitFor()
  })
})
