import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { type Account, NEW_ACCOUNT } from '#core/subscribers/account.ts'
import { after, hours } from '#core/time/time.ts'
import { addFirst, ANNA, logIn, PASSWORD } from '../../../../test/support/clients/login-story.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'

/** What the portal says of an application before and after a second step is set up. */

async function applying(t: TestContext, changes: Partial<Account>) {
  const door = await openDoor(t)
  const account = { ...NEW_ACCOUNT, number: 'U1', environment: 'live', ...changes } as const
  await door.world.add({ userName: 'anna', password: PASSWORD, accounts: [account] })
  return { ...door, browser: visitor(door) }
}

suite('The first page of the portal', () => {
  test('R026 shows how far the application is, above the invitation', async (t) => {
    const { browser } = await applying(t, {})
    await browser.open('/login?platform=trade')
    assert.match((await browser.submit('/login', ANNA)).words, /See in the Client Portal how far/)
    const page = await logIn(browser)
    assert.equal(page.heading, 'We are examining your application')
    assert.match(
      page.words,
      /received We are examining it Account approved Trading opens Set up a second step/,
    )
    assert.match(page.html, /<li aria-current="step">We are examining it<\/li>/)
    const french = await browser.submit('/portal/language', { language: 'fr' })
    assert.match(french.words, /Demande reçue Nous l’examinons/)
  })

  test('R027 says from when a client trades who was approved after the cut-off', async (t) => {
    const { world, ...door } = await applying(t, {})
    const now = world.now()
    const row = { status: 'approved', approved_at_ms: now, trades_from_ms: after(now, hours(30)) }
    await world.db.commit([
      { ...world.db.write.updateTable('account').set(row).compile(), rows: 1 },
    ])
    const page = await logIn(door.browser)
    assert.equal(page.heading, 'Your account is approved')
    assert.match(page.words, /after the daily cut-off/)
    assert.match(page.words, /Account approved Today Trading opens \d+ \w+, 13:00/)
    world.advance(hours(30))
    const later = await logIn(door.browser)
    assert.match(later.words, /as soon as you have a second step/)
    assert.match(later.html, /<li aria-current="step">You set up a second step<\/li>/)
  })

  test('speaks of no application to a client whose account is open', async (t) => {
    const { browser } = await applying(t, { status: 'open' })
    const page = await logIn(browser)
    assert.equal(page.heading, 'Set up a second step')
    assert.doesNotMatch(page.words, /pplication/)
  })

  test('goes on to set up the second step of a client who has applied', async (t) => {
    const { browser } = await applying(t, {})
    await logIn(browser)
    const page = await addFirst(browser, { method: 'phone-key' })
    assert.equal(page.heading, 'Set up a phone')
  })
})
