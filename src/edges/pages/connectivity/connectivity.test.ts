import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { EVENTS, PATHS, TEXT_SENT } from '#core/connectivity/diagnosis.ts'
import { CONNECTIVITY } from '#engine/rate-limits.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'

const GATEWAY = { ports: [4000, 4001], host: null }

suite('The page that tests the connection', () => {
  test('R014 is for every client, in both languages, and sets no cookie of a login', async (t) => {
    const door = await openDoor(t, { http: { gateway: GATEWAY } })
    const browser = visitor(door)
    const page = await browser.open('/connectivity')
    assert.equal(page.heading, 'Connection test')
    assert.deepEqual([...browser.cookies.keys()], [])
    const french = await browser.open('/connectivity?language=fr')
    assert.equal(french.heading, 'Test de connexion')
  })

  test('R158 names each port for a browser without a script, where it can be opened', async (t) => {
    const door = await openDoor(t, { http: { gateway: GATEWAY } })
    const { html } = await visitor(door).open('/connectivity')
    const [without = ''] = /<noscript>[^]*?<\/noscript>/.exec(html) ?? []
    for (const port of GATEWAY.ports)
      assert.match(without, new RegExp(`href="http://localhost:${port}/">Port ${port}<`))
    assert.match(without, /a firewall blocks it/)
  })

  test('may ask the ports of the gateway, and no other page may', async (t) => {
    const door = await openDoor(t, { http: { gateway: GATEWAY } })
    const browser = visitor(door)
    const policyOf = async (address: string) =>
      String((await browser.open(address)).headers['content-security-policy'])
    const own = "connect-src 'self'"
    const more = ' ws://localhost:4600 ws://localhost:4000 ws://localhost:4001;'
    assert.ok((await policyOf('/connectivity')).includes(own + more))
    assert.ok((await policyOf('/help')).includes(`${own};`))
  })

  test('asks the gateway where it is, encrypted where the login pages are', async (t) => {
    const issuer = 'https://login.example.com'
    const gateway = { ports: [4001], host: 'trade.example.com' }
    const { app } = await openDoor(t, { settings: { issuer }, http: { issuer, gateway } })
    const { body, headers } = await app.inject({ url: '/connectivity' })
    assert.match(body, /wss:\/\/trade\.example\.com:4001\/connectivity\/socket/)
    assert.match(
      String(headers['content-security-policy']),
      / wss:\/\/login\.example\.com wss:\/\/trade\.example\.com:4001;/,
    )
  })

  test('sends a text, the address and the time, and keeps none of them', async (t) => {
    const { app, world } = await openDoor(t)
    const text = await app.inject({ url: PATHS.text })
    assert.deepEqual([text.body, text.headers['cache-control']], [TEXT_SENT, 'no-store'])
    const seen = await app.inject({ url: PATHS.seen, remoteAddress: '203.0.113.7' })
    assert.deepEqual(seen.json(), { address: '203.0.113.7', at: world.now() })
    assert.equal(seen.headers['cache-control'], 'no-store')
  })

  test('sends events until they are all there, and no more than an address may ask for', async (t) => {
    const { app, world } = await openDoor(t)
    const events = await app.inject({ url: PATHS.events })
    assert.equal(events.body.split('event: test').length - 1, EVENTS.count)
    const key = '203.0.113.7'
    for (let count = 0; count < CONNECTIVITY.perAddress.count; count += 1)
      await world.limits.take(CONNECTIVITY.perAddress, key)
    const refused = await app.inject({ url: PATHS.events, remoteAddress: key })
    assert.equal(refused.statusCode, 429)
  })

  const CLAIM = {
    text: 'works',
    events: 'late',
    socket: 'works',
    ports: [{ port: 4000, finding: 'blocked' }],
    clockAhead: 90_000,
    storage: 'works',
    addresses: ['203.0.113.7', '2001:db8::7'],
    protocol: 'h2',
    dnsMs: 12.4,
  }

  test('R014 a result that is shared has an address of its own, and says whose words it is', async (t) => {
    const door = await openDoor(t, { http: { gateway: GATEWAY } })
    const browser = visitor(door)
    await browser.open('/connectivity')
    const shown = await browser.submit('/connectivity/results', { result: JSON.stringify(CLAIM) })
    assert.match(shown.address, /^\/connectivity\/results\/[0-9A-Z]{8}$/)
    assert.match(shown.heading, /^Result [0-9A-Z]{4}-[0-9A-Z]{4}$/)
    assert.match(shown.words, /Your browser reported this\. We did not measure it ourselves\./)
    assert.match(shown.words, /Port 4000 Blocked/)
    assert.match(shown.words, /Off by 90 seconds/)
    assert.match(shown.words, /203\.0\.113\.7, 2001:db8::7/)
    assert.match(shown.words, /12 milliseconds/)
    assert.deepEqual([...browser.cookies.keys()], [])
    // Another person who was given the code.
    const french = await visitor(door).open(`${shown.address}?language=fr`)
    assert.match(french.heading, /^Résultat/)
    const none = await visitor(door).open('/connectivity/results/00000000')
    assert.deepEqual([none.status, none.heading], [404, 'No such result'])
    // What was typed leads nowhere else when the language is changed.
    const typed = '/connectivity/results/..%2F..%2Fstatus'
    const { html } = await visitor(door).open(typed)
    assert.ok(html.includes(`href="${typed}?language=fr"`))
  })

  test('a result is taken as the test makes it, and nothing else of a browser', async (t) => {
    const door = await openDoor(t)
    const browser = visitor(door)
    const refused: readonly (readonly [string, string])[] = [
      ['no JSON', '{'],
      ['another thing', '[]'],
      ['a member more', JSON.stringify({ ...CLAIM, note: '<script>' })],
      ['another finding', JSON.stringify({ ...CLAIM, text: 'perfect' })],
      ['no port', JSON.stringify({ ...CLAIM, ports: [{ port: 0, finding: 'works' }] })],
      ['nine ports', JSON.stringify({ ...CLAIM, ports: Array(9).fill(CLAIM.ports[0]) })],
      ['no address', JSON.stringify({ ...CLAIM, addresses: ['<b>'] })],
      ['no protocol', JSON.stringify({ ...CLAIM, protocol: '<b>h2</b>' })],
      ['no time', JSON.stringify({ ...CLAIM, dnsMs: -1 })],
      ['a clock of nowhere', JSON.stringify({ ...CLAIM, clockAhead: 1e13 })],
    ]
    for (const [what, result] of refused) {
      await browser.open('/connectivity')
      const shown = await browser.submit('/connectivity/results', { result })
      assert.equal(shown.status, 400, what)
    }
    const long = JSON.stringify(CLAIM) + ' '.repeat(2_048)
    await browser.open('/connectivity')
    assert.equal((await browser.submit('/connectivity/results', { result: long })).status, 400)
    const forged = { form: 'forged', result: JSON.stringify(CLAIM) }
    await browser.open('/connectivity')
    assert.equal((await browser.submit('/connectivity/results', forged)).status, 403)
    const rows = await door.world.db.read
      .selectFrom('connectivity_result')
      .select('code_hash')
      .execute()
    assert.deepEqual(rows, [])
  })
})
