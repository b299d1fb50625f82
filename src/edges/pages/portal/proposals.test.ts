import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { sample as passkey } from '#methods/passkey/sample.ts'
import { sample as totp } from '#methods/totp/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import { cardState, SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import { inside, logIn, numberOn, PASSWORD } from '../../../../test/support/clients/login-story.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'

/** What the page of devices proposes, and to whom. */

const PAGE = '/portal/security'

test('a passkey that is set up is not proposed again as if there were none: another one is', async (t) => {
  const door = await inside(t)
  const { browser, world } = door
  const step = /One step would help\..*?(Set up a passkey|Add another passkey)/
  assert.equal(step.exec((await browser.open(PAGE)).words)?.[1], 'Set up a passkey')
  const subscriberId = await subscriberOf(world, 'anna')
  const id = newId('aut', world.now(), world.random)
  const facts = { id, method: 'passkey', label: 'Key', createdAt: world.now() }
  const held = { ...FRESH, ...facts, state: passkey.state }
  assert.ok(await world.db.commit(bindingWrites(world.db, held, [subscriberId])))
  assert.equal(step.exec((await browser.open(PAGE)).words)?.[1], 'Add another passkey')
})

test('a client who confirms with a card is told nothing of a phone that they may lose', async (t) => {
  const { browser: withPhone } = await inside(t)
  const apart = /Add a passkey on a computer or a security key\. Do not keep it on your phone\./
  assert.match((await withPhone.open(PAGE)).words, apart)
  const door = await openDoor(t)
  const card = sampleCard('c')
  const holds = [{ method: 'security-card', state: cardState(card) }]
  await door.world.add({ userName: 'anna', password: PASSWORD, holds })
  const browser = visitor(door)
  const number = numberOn(await logIn(browser))
  await browser.submit(/answer$/, { answer: card.press(SAMPLE_PIN, number) })
  const { words } = await browser.open(PAGE)
  assert.match(words, /If you lost My security-card now .* Add a passkey on a computer/)
  assert.doesNotMatch(words, /Do not keep it on your phone|If your phone were lost/)
})

test('R038 whether the phone is asked first is a setting of clients who have one', async (t) => {
  const { browser: withPhone } = await inside(t)
  assert.match((await withPhone.open(PAGE)).words, /We ask your phone first/)
  const door = await openDoor(t)
  const holds = [{ method: 'totp', state: totp.state }]
  await door.world.add({ userName: 'anna', password: PASSWORD, holds })
  const browser = visitor(door)
  await logIn(browser)
  const { code } = (await totp.holder(null, door.world.now(), [])) as { readonly code: string }
  await browser.submit(/answer$/, { answer: code })
  const { words, heading } = await browser.open(PAGE)
  assert.equal(heading, 'How you log in')
  assert.doesNotMatch(words, /We ask your phone first/)
})
