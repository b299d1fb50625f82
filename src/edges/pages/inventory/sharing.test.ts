import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import { lookUpShares } from '#engine/inventory/share-requests.ts'
import { createAccount } from '#engine/subscribers/accounts.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import type { TypedFacts } from '#core/subscribers/identity.ts'
import { cardOf } from '../../../../test/support/clients/card.ts'
import {
  confirmTask,
  inside,
  logIn,
  PASSWORD,
  type Story,
} from '../../../../test/support/clients/login-story.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'
import { type Visitor, visitor } from '../../../../test/support/server/door.ts'

const FACTS: TypedFacts = {
  birthDate: '1984-02-29',
  citizenship: 'CH',
  documents: [{ type: 'passport', number: 'X0471-9926' }],
}

const SHARING = '/portal/security/sharing'

interface Second {
  readonly second: Visitor
  readonly card: { readonly id: AuthenticatorId }
}

/** Anna has a card, and a second user name without any device. */
async function twoNames(t: TestContext): Promise<Story & Second> {
  const door = await inside(t)
  const { world } = door
  await world.add({ userName: 'anna2', password: PASSWORD })
  for (const userName of ['anna', 'anna2']) {
    const id = await subscriberOf(world, userName)
    assert.ok((await setIdentity(world, { id, facts: FACTS, by: 'operator' })).ok)
    const account = { number: `U-${userName}-2`, environment: 'live', residence: 'CH' } as const
    assert.ok((await createAccount(world, { ...account, subscriberId: id, by: 'operator' })).ok)
  }
  const card = await cardOf(world, await subscriberOf(world, 'anna'))
  const second = visitor(door)
  await logIn(second, { userName: 'anna2' })
  return { ...door, second, card }
}

suite('One card for several user names, in the portal', () => {
  test('R120 R023 the other one asks, the owner agrees with a second look, and both read it', async (t) => {
    const door = await twoNames(t)
    const { browser, second, world, card } = door
    const first = await second.open('/portal')
    assert.match(first.html, /href="\/portal\/security\/sharing"/)
    await second.open(SHARING)
    const own = await second.submit(/sharing$/, { name: 'anna2' })
    assert.equal(own.status, 400)
    assert.match(own.words, /Type the other user name, not your own/)
    const none = await second.submit(/sharing$/, { name: 'not-a-client' })
    const asked = await second.submit(/sharing$/, { name: 'Anna' })
    assert.equal(none.status, asked.status)
    const answer = /We have noted it\. You see the answer here\./
    for (const page of [none, asked]) assert.match(page.words, answer)
    await lookUpShares(world)
    const waiting = await second.open(SHARING)
    assert.equal(waiting.words.match(/None yet\. It can come until/g)?.length, 2)
    const owners = await browser.open('/portal/security/devices')
    assert.match(owners.words, /anna2 asks to log in with your card\. See and answer/)
    assert.match(owners.html, /<a href="\/portal\/security\/sharing">See and answer/)

    const devices = await browser.open('/portal/security/devices')
    assert.match(devices.html, /href="\/portal\/security\/sharing"/)
    const shown = await browser.open(SHARING)
    assert.match(shown.words, /anna2 asks to log in with CARD-C/i)
    // A session has called it another name: what is printed on it is confirmed with it.
    await browser.open(`/portal/security/devices/${card.id}`)
    await browser.submit(/name$/, { label: 'A card of the bank' })
    const renamed = await browser.open(SHARING)
    assert.match(renamed.words, /anna2 asks to log in with CARD-C \(“A card of the bank”\)/)
    await browser.submit(/agree$/)
    const confirmed = /Let this user name use your device .*CARD-C \(“A card of the bank”\).*anna2/
    assert.match(browser.page().words, confirmed)
    await confirmTask(door)
    const agreed = await browser.submit(/agree$/)
    assert.match(agreed.words, /The card now confirms logins of both user names/)
    assert.match(agreed.words, /A card of the bank confirms logins of anna, anna2/)
    assert.match((await second.open(SHARING)).words, /Agreed: the card confirms your logins/)
    const activity = await browser.open('/portal/activity')
    assert.match(activity.words, /another user name uses it, too/)
  })

  test('R120 R170 in French, the owner says no, and the one who asked reads nothing of it', async (t) => {
    const { browser, second, world } = await twoNames(t)
    await second.open(SHARING)
    await second.submit(/sharing$/, { name: 'anna' })
    await lookUpShares(world)
    await browser.open('/portal/security')
    const shown = await browser.submit('/portal/language', { language: 'fr', to: SHARING })
    assert.match(shown.words, /anna2 demande à se connecter avec CARD-C/i)
    const declined = await browser.submit(/decline$/)
    assert.match(declined.words, /Vous n’avez pas accepté\. L’autre côté n’en sait rien/)
    assert.match((await second.open(SHARING)).words, /None yet\. It can come until/)
    const back = await second.submit(/withdraw$/)
    assert.match(back.words, /You no longer ask for it/)
    assert.doesNotMatch(back.words, /None yet/)
  })
})
