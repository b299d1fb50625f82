import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Channel } from '#channels/channel.ts'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { after, days, hours } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import { sample as passkey } from '#methods/passkey/sample.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import {
  inside,
  LABEL,
  logIn,
  type Story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'

/** What a client reads first in the portal. */

async function addPasskey({ world }: Story): Promise<void> {
  const subscriberId = await subscriberOf(world, 'anna')
  const id = newId('aut', world.now(), world.random)
  const facts = { id, method: 'passkey', label: 'Key', createdAt: world.now() }
  const held = { ...FRESH, ...facts, state: passkey.state }
  assert.ok(await world.db.commit(bindingWrites(world.db, held, [subscriberId])))
}

const overview = async ({ browser }: Story): Promise<string> =>
  (await browser.open('/portal')).words

const MAIL: Channel = {
  name: 'email',
  retries: [],
  deliver: async () => ({ outcome: 'sent' }),
}

suite('The overview', () => {
  test('greets a client by the name that the back office knows, and else by the user name', async (t) => {
    const door = await inside(t)
    assert.match(await overview(door), /Hello, anna/)
    const id = await subscriberOf(door.world, 'anna')
    assert.ok((await setFullName(door.world, { id, name: 'Anna <Example>', by: 'operator' })).ok)
    const page = await door.browser.open('/portal')
    assert.equal(page.heading, 'Hello, Anna <Example>')
    assert.doesNotMatch(page.html, /<Example>/)
  })

  test('names what to do, the most urgent as the one button, until nothing is left', async (t) => {
    const door = await inside(t)
    const { world } = door
    // Where no mail can be sent, none is asked for.
    assert.doesNotMatch(await overview(door), /e-mail/)
    world.channels.set('email', MAIL)
    assert.match(
      await overview(door),
      /You have one device to log in with.*We have no e-mail address for you/,
    )
    const buttons = (html: string) => html.match(/<a [^>]*class="button"[^>]*>[^<]*/g)
    assert.deepEqual(buttons((await door.browser.open('/portal')).html)?.length, 1)
    await addPasskey(door)
    assert.doesNotMatch(await overview(door), /one device/)
    const subscriberId = await subscriberOf(world, 'anna')
    const mail = { subscriberId, kind: 'email', value: 'anna@example.com', by: 'operator' } as const
    await setContact(world, mail)
    const page = await door.browser.open('/portal')
    assert.match(page.words, /Your e-mail address is not verified yet/)
    assert.match(page.html, /<a href="\/portal\/security\/contact\/email" class="button">Verify/)
    const verified = world.db.write.updateTable('contact').set({ verified_at_ms: world.now() })
    await world.db.commit([{ ...verified.compile(), rows: 1 }])
    assert.match(await overview(door), /Nothing needs your attention/)
  })

  test('says until when something is held back', async (t) => {
    const door = await inside(t)
    const { world } = door
    const subscriberId = await subscriberOf(world, 'anna')
    for (const [forbids, length] of [
      [['withdrawals', 'binding'], hours(20)],
      [['withdrawals'], days(3)],
    ] as const)
      await startHold(world, {
        subscriberId,
        kind: 'review',
        forbids,
        until: after(world.now(), length),
        by: 'operator',
      })
    const words = await overview(door)
    assert.match(words, /Withdrawals are on hold until 23 November, 07:00/)
    assert.match(words, /New devices are on hold until tomorrow, 03:00/)
    assert.doesNotMatch(words, /Trading is on hold until/)
    // What could not be done is not asked for.
    assert.doesNotMatch(words, /one device|e-mail address/)
  })

  test('says when, where and with which device the client logged in before', async (t) => {
    const door = await inside(t)
    for (const _ of ['before', 'now']) {
      await door.browser.submit('/portal/log-out')
      door.world.advance(hours(1))
      await logIn(door.browser)
      await typeResponse(door)
    }
    const words = await overview(door)
    assert.match(
      words,
      /Your last login Today, 08:00, Firefox, Windows, network near 127\.0\.0\.1\./,
    )
    assert.match(words, new RegExp(`Confirmed with ${LABEL}\\.`))
  })

  test('names a device that was locked', async (t) => {
    const door = await inside(t)
    await addPasskey(door)
    const locked = door.world.db.write.updateTable('authenticator').set({ lifecycle: 'disabled' })
    const write = locked.where('method', '=', 'passkey').compile()
    await door.world.db.commit([{ ...write, rows: 1 }])
    assert.match(await overview(door), /Key is locked after too many wrong answers/)
  })

  test('says to a client who has blocked the only device to call, and asks nothing that takes one', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    world.channels.set('email', MAIL)
    const { html } = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    await browser.open(`${device}/stop`)
    await browser.submit(/stop$/)
    const alone = await browser.open('/portal')
    assert.match(
      alone.words,
      /Needs your attention You have no device that works.* Call us for temporary access\. \+1 212/,
    )
    assert.doesNotMatch(alone.words, /one device|e-mail address|Nothing needs/)
    await addPasskey(door)
    assert.match(await overview(door), /You have one device to log in with/)
  })
})
