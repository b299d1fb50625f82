import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  getKnown,
  logIn,
  story,
  type Story,
  typeResponse,
} from '../../support/clients/login-story.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { endingWrites } from '#store/endings.ts'
import { browserWrite, listBrowsers } from '#store/login/browsers.ts'
import { givenPasscode, subscriberOf } from '../../support/clients/printed.ts'
import { auditOf } from '../../support/audit.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type Shown, type Visitor, visitor } from '../../support/server/door.ts'

/** The user name that a recognised browser fills in. */

const named = ({ html }: Shown): string | null =>
  /<input id="userName"[^>]* value="([^"]*)"/.exec(html)?.[1] ?? null

const form = async (browser: Visitor): Promise<Shown> => await browser.open('/login')

/** Logs in once more in a browser that is known, and out again. */
async function again({ browser, ...door }: Story): Promise<void> {
  await logIn(browser)
  await typeResponse({ browser, ...door })
  await browser.submit('/portal/log-out')
}

suite('a browser that is known', () => {
  test('fills in the user name, and never the password', async (t) => {
    const door = await story(t)
    assert.equal(named(await form(door.browser)), null)
    await getKnown(door)
    const shown = await form(door.browser)
    assert.equal(named(shown), 'anna')
    assert.match(shown.words, /Not you\?/)
    assert.match(shown.html, /<input id="password"[^>]* autofocus/)
    assert.doesNotMatch(shown.html, /<input id="password"[^>]* value=/)
    const typed = { userName: 'anna', password: '', environment: 'live' }
    // What is typed wrong is typed again, and the name stays.
    assert.equal(named(await door.browser.submit('/login', typed)), 'anna')
  })

  for (const database of DATABASES) {
    test(`chooses paper where its client has nothing else, unless the platform says which, on ${database}`, async (t) => {
      const chosen = ({ html }: Shown): string | null =>
        /name="environment" value="(\w+)" checked/.exec(html)?.[1] ?? null
      const door = await story(t, { database })
      await getKnown(door)
      assert.equal(chosen(await form(door.browser)), 'live')
      const { db } = door.world
      const isPaper = db.write.updateTable('account').set({ environment: 'paper' })
      await db.commit([{ ...isPaper.compile(), rows: 1 }])
      assert.equal(chosen(await form(door.browser)), 'paper')
      assert.equal(chosen(await door.browser.open('/login?environment=live')), 'live')
      assert.equal(chosen(await form(visitor(door))), 'live')
      // Of a form that comes again what was chosen stays.
      await form(door.browser)
      const typed = { userName: 'anna', password: '', environment: 'live' }
      assert.equal(chosen(await door.browser.submit('/login', typed)), 'live')
      await door.browser.submit('/login/not-you')
      assert.equal(chosen(door.browser.page()), 'live')
    })
  }

  test('A1 tells the name to no other browser', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const other = visitor(door)
    assert.equal(named(await form(other)), null)
    // Nor does it hold the name itself: another secret opens nothing.
    assert.ok(![...door.browser.cookies.values()].some((value) => value.includes('anna')))
    const secret = door.browser.cookies.get('browser') ?? ''
    other.cookies.set('browser', [...secret].toReversed().join(''))
    assert.equal(named(await form(other)), null)
  })

  test('“Not you?” takes the name away, until the next login there', async (t) => {
    const door = await story(t)
    const { browser, world } = door
    await getKnown(door)
    await browser.open('/login?platform=trade&interaction=a1')
    const cleared = await browser.submit('/login/not-you')
    assert.equal(named(cleared), null)
    assert.doesNotMatch(cleared.words, /Not you\?/)
    // It leads where it led.
    assert.match(cleared.address, /platform=trade&interaction=a1/)
    assert.equal(named(await form(browser)), null)
    const kinds = (await auditOf(world)).map(({ kind }) => kind)
    assert.equal(kinds.filter((kind) => kind === 'browser.unnamed').length, 1)
    // It is still an old acquaintance: no number is carried over.
    const asked = await logIn(browser)
    assert.doesNotMatch(asked.html, /class="number"/)
    await typeResponse(door)
    await browser.submit('/portal/log-out')
    assert.equal(named(await form(browser)), 'anna')
  })

  test('forgets the name with “Log out everywhere”, wherever it was pressed', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const other = { ...door, browser: visitor(door) }
    await getKnown(other)
    assert.equal(named(await form(door.browser)), 'anna')
    await logIn(other.browser)
    await typeResponse(other)
    await other.browser.open('/portal/security/sessions')
    await other.browser.submit(/sessions\/end-all$/)
    assert.equal(named(await form(other.browser)), null)
    assert.equal(named(await form(door.browser)), null)
    await again(door)
    assert.equal(named(await form(door.browser)), 'anna')
    assert.equal(named(await form(other.browser)), null)
  })

  test('keeps the name when the desk gives a passcode, and loses it with a new password', async (t) => {
    const door = await story(t)
    const { browser, world } = door
    await getKnown(door)
    await givenPasscode(world, 'anna')
    assert.equal(named(await form(browser)), 'anna', 'it is all that is left of their way in')
    const subscriberId = await subscriberOf(world, 'anna')
    const ended = { by: 'password-reset', subscriberId } as const
    assert.ok(await world.db.commit(endingWrites(world.db, ended, world.now())))
    assert.equal(named(await form(browser)), null)
  })

  test('that is blocked fills in no name', async (t) => {
    const door = await story(t)
    const { browser, world } = door
    await getKnown(door)
    assert.equal(named(await form(browser)), 'anna')
    const subscriber = await findSubscriberByName(world, 'anna')
    const [known] = await listBrowsers(world.db, subscriber ?? assert.fail('no anna'))
    assert.ok(known)
    const blocked = { ...known, value: { ...known.value, blockedAt: world.now() } }
    assert.ok(await world.db.commit([browserWrite(world.db, blocked)]))
    assert.equal(named(await form(browser)), null)
  })

  test('that is forgotten forgets the name, too', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const copy = visitor(door)
    copy.cookies.set('browser', door.browser.cookies.get('browser') ?? '')
    assert.equal(named(await form(copy)), 'anna')
    await logIn(door.browser)
    await typeResponse(door)
    await door.browser.open('/portal/security/sessions')
    await door.browser.submit('/portal/security/browsers/forget')
    assert.equal(named(await form(copy)), null)
  })
})
