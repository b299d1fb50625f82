import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { setContact } from '#engine/contact/addresses.ts'
import { auditOf } from '../../../../test/support/audit.ts'
import { inside, type Story } from '../../../../test/support/clients/login-story.ts'

const PAGE = '/portal/security/trade-notices'
const SAVE = /trade-notices$/

/** Anna with a mail address, in the portal. */
async function reachable(t: TestContext, residence: string | null = null): Promise<Story> {
  const door = await inside(t)
  const { world } = door
  const [account] = await world.db.read.selectFrom('account').select('subscriber_id').execute()
  assert.ok(account)
  const moved = world.db.write.updateTable('account').set({ residence })
  await world.db.commit([{ ...moved.compile(), rows: null }])
  const deliver = async () => ({ outcome: 'sent' }) as const
  world.channels.set('email', { name: 'email', retries: [], deliver })
  const subscriberId = account.subscriber_id as never
  await setContact(world, { subscriberId, kind: 'email', value: 'a@example.com', by: 'operator' })
  return door
}

suite('Messages about trades, in the portal', () => {
  test('R131 elsewhere are off until their client turns them on, and are shown as chosen', async (t) => {
    const { browser } = await reachable(t)
    const settings = await browser.open('/portal/security')
    assert.match(settings.words, /Messages about trades No messages about trades/)
    const before = await browser.open(PAGE)
    assert.match(before.words, /We can write to you when a trading platform has executed/)
    assert.match(before.html, /value="never" checked/)
    assert.doesNotMatch(before.html, /value="mobile"/)
    assert.doesNotMatch(before.words, /If you logged in with a text/)
    const saved = await browser.submit(SAVE, { every: 'hour', channel: 'email' })
    assert.match(saved.words, /Your choice for messages about trades is saved/)
    assert.match(saved.words, /Messages about trades At most one message an hour/)
    assert.match((await browser.open(PAGE)).html, /value="hour" checked/)
  })

  test('R131 SFC 27 October 2017, 1.3: are on in Hong Kong, with the rule that says so, and can be turned off', async (t) => {
    const { browser } = await reachable(t, 'HK')
    const before = await browser.open(PAGE)
    assert.match(before.words, /The rules for your account say that you are told of each trade/)
    assert.match(before.words, /Hong Kong .*27 October 2017, paragraph 1\.3/)
    assert.match(before.words, /a transfer to another person, are always sent/)
    assert.match(before.html, /value="each" checked/)
    assert.match(before.words, /If you logged in with a text/)
    const saved = await browser.submit(SAVE, { every: 'never', channel: 'email' })
    assert.match(saved.words, /Messages about trades No messages about trades/)
  })

  test('R131 are not chosen for an address that there is not, nor by what the page does not offer', async (t) => {
    const { browser, world } = await reachable(t)
    await browser.open(PAGE)
    const none = await browser.submit(SAVE, { every: 'each', channel: 'mobile' })
    assert.equal(none.status, 409)
    assert.match(none.words, /We have no address on record for this/)
    for (const fields of [
      { every: 'always', channel: 'email' },
      { every: 'each', channel: 'postal' },
      { every: 'each', channel: 'email', more: 'x' },
    ]) {
      await browser.open(PAGE)
      assert.equal((await browser.submit(SAVE, fields)).status, 400)
    }
    const log = await auditOf(world)
    assert.ok(!log.some(({ kind }) => kind === 'trade-notices.set'))
  })

  test('R131 without any address the page leads to the contact details', async (t) => {
    const { browser } = await inside(t)
    const page = await browser.open(PAGE)
    assert.match(page.words, /We have no e-mail address or mobile number/)
    assert.match(page.html, /href="\/portal\/security\/contact"/)
    assert.doesNotMatch(page.html, /type="radio"/)
  })
})
