import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startReset } from '#engine/password/reset.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import {
  logIn,
  PASSWORD,
  story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { visitor } from '../../../../test/support/server/door.ts'

const NEW = 'seven spoons of rain'
const CHOICE = /^\/reset\/log_\w{26}$/

suite('A client who has forgotten the password', () => {
  test('R030 S18 types the code of the desk, confirms, and chooses another', async (t) => {
    const door = await story(t)
    const { browser, world } = door
    const subscriberId = await findSubscriberByName(world, 'anna')
    assert.ok(subscriberId)
    const begun = await startReset(world, { subscriberId, by: 'agent-7' })
    assert.ok(begun.ok)
    await browser.open('/reset')
    const empty = await browser.submit('/reset', { userName: 'anna', code: '' })
    assert.match(empty.words, /Type your user name and the code/)
    const wrong = await browser.submit('/reset', { userName: 'anna', code: '00000000' })
    assert.equal(wrong.status, 401)
    assert.match(wrong.words, /This user name and code do not match/)
    const unknown = await browser.submit('/reset', { userName: 'nobody', code: '00000000' })
    assert.match(unknown.words, /This user name and code do not match/)
    const asked = await browser.submit('/reset', { userName: 'anna', code: begun.code })
    assert.match(asked.address, /^\/login\/log_/)
    const id = /log_\w{26}/.exec(asked.address)?.[0] ?? ''
    const early = await browser.open(`/reset/${id}`)
    assert.equal(early.status, 409)
    await browser.open(asked.address)
    const form = await typeResponse(door)
    assert.match(form.address, CHOICE)
    assert.equal(form.heading, 'Choose a new password')
    const weak = await browser.submit(CHOICE, { password: PASSWORD })
    assert.match(weak.words, /your current password/)
    assert.equal((await browser.open('/portal')).heading, 'Log in', 'it opens no session')
    await browser.open(form.address)
    const done = await browser.submit(CHOICE, { password: NEW })
    assert.equal(done.heading, 'Your password is changed')
    assert.equal((await browser.open(form.address)).status, 409)
    const fresh = await logIn(visitor(door), { password: NEW })
    assert.match(fresh.address, /^\/login\/log_/)
  })
})
