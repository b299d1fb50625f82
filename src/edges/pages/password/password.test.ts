import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, hours } from '#core/time/time.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import {
  confirmTask,
  inside,
  logIn,
  type Story,
} from '../../../../test/support/clients/login-story.ts'
import { visitor } from '../../../../test/support/server/door.ts'

const NEW = 'seven spoons of rain'
const ADDRESS = '/portal/security/password'

async function toTheForm(door: Story) {
  await door.browser.open(ADDRESS)
  await door.browser.submit(`${ADDRESS}/begin`)
  return await confirmTask(door)
}

suite('A client who changes the password', () => {
  test('S75 R023 confirms first, then chooses once, and logs in with it', async (t) => {
    const door = await inside(t)
    const { browser } = door
    const { words } = await browser.open('/portal/security')
    assert.match(words, /Password Change the password/)
    const form = await toTheForm(door)
    assert.equal(form.heading, 'Choose a new password')
    assert.match(form.html, /autocomplete="new-password"/)
    const done = await browser.submit(ADDRESS, { password: NEW })
    assert.match(done.words, /Your new password is in effect/)
    const again = visitor(door)
    assert.equal((await logIn(again)).status, 401)
    const fresh = await logIn(again, { password: NEW })
    assert.match(fresh.address, /^\/login\/log_/)
  })

  test('S16 hears at the field why one is not taken, and chooses another without a second proof', async (t) => {
    const door = await inside(t)
    await toTheForm(door)
    for (const [password, words] of [
      ['', /Type the new password/],
      ['short', /Too short: 8 characters at least/],
      ['x'.repeat(10_000), /Too long: 256 characters at most/],
      ['password123', /This password is too common/],
      ['correct horse battery', /your current password/],
    ] as const) {
      const again = await door.browser.submit(ADDRESS, { password })
      assert.equal(again.status, 400)
      assert.match(again.title, /^Error:/)
      assert.match(again.words, words)
      assert.match(again.html, /aria-invalid="true"/)
      if (password !== '') assert.ok(!again.html.includes(`value="${password}"`))
    }
    assert.match(
      (await door.browser.submit(ADDRESS, { password: NEW })).words,
      /password is in effect/,
    )
  })

  test('A9 comes nowhere with a session alone', async (t) => {
    const door = await inside(t)
    const { browser } = door
    await browser.open(ADDRESS)
    const task = await browser.submit(`${ADDRESS}/begin`)
    const id = /tsk_\w{26}/.exec(task.address)?.[0] ?? ''
    const early = await browser.open(`${ADDRESS}?task=${id}`)
    assert.equal(early.address, task.address, 'it is asked for the proof again')
    await browser.open(ADDRESS)
    const forged = await browser.submit(`${ADDRESS}/begin`, { task: id })
    assert.equal(forged.status, 400)
  })

  test('A9 is chosen where the change was confirmed, and not with a copy of the session', async (t) => {
    const door = await inside(t)
    await toTheForm(door)
    const { browser } = door
    const task = /name="task" value="(tsk_\w{26})"/.exec(browser.page().html)?.[1] ?? ''
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    await thief.open(`${ADDRESS}?task=${task}`)
    const refused = await thief.submit(ADDRESS, { task, password: NEW })
    assert.equal(refused.status, 404)
    assert.match((await browser.submit(ADDRESS, { password: NEW })).words, /password is in effect/)
  })

  test('is led there where the password is in doubt', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    assert.doesNotMatch((await browser.open('/portal')).words, /may know your password/)
    const subscriberId = await findSubscriberByName(world, 'anna')
    assert.ok(subscriberId)
    const forbids = ['trading', 'withdrawals', 'binding'] as const
    const until = after(world.now(), hours(24))
    await startHold(world, { subscriberId, kind: 'password-in-doubt', forbids, until, by: 'desk' })
    for (const page of ['/portal', '/portal/security']) {
      const shown = await browser.open(page)
      assert.match(shown.words, /Somebody else may know your password/)
      assert.match(shown.html, /href="\/portal\/security\/password"/)
    }
    await toTheForm(door)
    await browser.submit(ADDRESS, { password: NEW })
    assert.doesNotMatch((await browser.open('/portal')).words, /may know your password/)
  })
})
