import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { confirmTask, inside, type Story } from '../../../../test/support/clients/login-story.ts'

const PAGE = '/portal/security/trading'
const ADD = /trading\/networks$/
const REMOVE = /networks\/remove$/

/** Anna has opted out. */
async function out(t: TestContext): Promise<Story> {
  const door = await inside(t)
  const { world, browser } = door
  const optOut = world.db.write.updateTable('account').set({ opted_out: 1 })
  await world.db.commit([{ ...optOut.compile(), rows: null }])
  await browser.open(PAGE)
  return door
}

suite('The networks of a client who has opted out, in the portal', () => {
  test('R130 are named one by one, each confirmed as it is shown', async (t) => {
    const door = await out(t)
    const { browser } = door
    assert.match(browser.page().words, /You can trade from every network/)
    await browser.submit(ADD, { network: '203.0.113.7/24' })
    assert.match(browser.page().words, /Trade from this network .*Network 203\.0\.113\.0\/24/)
    await confirmTask(door)
    const done = await browser.submit(ADD)
    assert.match(done.words, /You can now trade from this network/)
    const listed = await browser.open(PAGE)
    assert.match(listed.words, /Trading is open from these networks only\..*203\.0\.113\.0\/24/)
  })

  test('R130 A9 each one that is removed is confirmed, and the last one as what it is', async (t) => {
    const door = await out(t)
    const { browser, world } = door
    const two = JSON.stringify(['192.0.2.1', '192.0.2.2'])
    const named = world.db.write.updateTable('account').set({ trading_networks: two })
    await world.db.commit([{ ...named.compile(), rows: null }])
    await browser.open(PAGE)
    await browser.submit(REMOVE, { network: '192.0.2.1' })
    assert.match(browser.page().words, /Remove this network for trading/)
    await confirmTask(door)
    const removed = await browser.submit(REMOVE)
    assert.match(removed.words, /You can no longer trade from this network/)
    const page = await browser.open(PAGE)
    assert.match(page.words, /When you remove the last network, trading is open from every/)
    const none = await browser.submit(REMOVE, { network: 'our agent is on the phone' })
    assert.equal(none.status, 404)
    await browser.open(PAGE)
    await browser.submit(REMOVE, { network: '192.0.2.2' })
    assert.match(browser.page().words, /Trade from every network again/)
    await confirmTask(door)
    const lifted = await browser.submit(REMOVE)
    assert.match(lifted.words, /You can now trade from every network/)
  })

  test('R130 what is no network is said at the field, with what was typed, before anything is confirmed', async (t) => {
    const { browser, world } = await out(t)
    const listed = JSON.stringify(['192.0.2.0/24'])
    const named = world.db.write.updateTable('account').set({ trading_networks: listed })
    await world.db.commit([{ ...named.compile(), rows: null }])
    const answers = [
      ['home & garden', 400, /That is no network/, /value="home &amp; garden"/],
      ['0.0.0.0/0', 400, /This network is too wide/, /value="0\.0\.0\.0\/0"/],
      ['192.0.2.0/24', 409, /on your list already/, /value="192/],
      ['192.0.2.9', 409, /overlaps with 192\.0\.2\.0\/24/, /value="192\.0\.2\.9"/],
    ] as const
    for (const [network, status, words, value] of answers) {
      await browser.open(PAGE)
      const shown = await browser.submit(ADD, { network })
      assert.equal(shown.status, status, network)
      assert.match(shown.words, words)
      assert.match(shown.html, value)
      assert.match(shown.html, /aria-invalid="true"/)
    }
  })

  test('R130 the portal says that trading is closed where its client is now', async (t) => {
    const { browser, world, app } = await out(t)
    const listed = JSON.stringify(['127.0.0.1'])
    const named = world.db.write.updateTable('account').set({ trading_networks: listed })
    await world.db.commit([{ ...named.compile(), rows: null }])
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const from = async (remoteAddress: string) =>
      (await app.inject({ url: '/portal', remoteAddress, headers: { cookie } })).body
    assert.match(await from('198.51.100.9'), /only trade from the networks that you have named/)
    assert.doesNotMatch(await from('127.0.0.1'), /only trade from the networks/)
  })

  test('R130 R170 in French too', async (t) => {
    const { browser } = await out(t)
    const shown = await browser.submit('/portal/language', { language: 'fr', to: PAGE })
    assert.match(shown.words, /Réseaux pour le trading Vous pouvez passer des ordres depuis tous/)
    const refused = await browser.submit(ADD, { network: '::/0' })
    assert.match(refused.words, /Ce réseau est trop étendu/)
  })
})
