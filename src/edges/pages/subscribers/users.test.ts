import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import { giveLeave, setPrimary, takeLeave } from '#engine/subscribers/primary-user.ts'
import {
  confirmTask,
  inside,
  logIn,
  PASSWORD,
  type Story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { auditOf } from '../../../../test/support/audit.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'

const by = 'operator'

/** Anna’s account has another user, who has never come in. */
async function withClerk(t: TestContext): Promise<Story> {
  const door = await inside(t)
  const id = await door.world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
  const primary = { id: await subscriberOf(door.world, 'anna'), name: 'Anna' }
  assert.ok((await setPrimary(door.world, { id, primary, by })).ok)
  return door
}

/** Anna uses the account of a company, whose owner is called something else to her than to us. */
async function annaAsClerk(t: TestContext): Promise<Story & { readonly chief: SubscriberId }> {
  const door = await inside(t)
  const { world, browser } = door
  const anna = await subscriberOf(world, 'anna')
  const chief = await world.add({ userName: 'chief-login', password: PASSWORD })
  // An account of her own would stand in the way.
  const gone = world.db.write.deleteFrom('account').where('subscriber_id', '=', anna).compile()
  await world.db.commit([{ ...gone, rows: null }])
  const primary = { id: chief, name: 'The chief <b>' }
  assert.ok((await setPrimary(world, { id: anna, primary, by })).ok)
  await logIn(browser)
  await typeResponse(door)
  return { ...door, chief }
}

suite('The users of an account, in the portal', () => {
  test('R032 the primary user lets another one change their settings, with a second look, and takes it back', async (t) => {
    const door = await withClerk(t)
    const { browser, world } = door
    const shown = await browser.open('/portal/security')
    assert.match(shown.words, /Other users of your account .*clerk Not without you Allow for a day/)
    await browser.submit(/give-leave$/)
    assert.match(browser.page().words, /Let this user change how they log in .*User name clerk/)
    await confirmTask(door)
    const done = await browser.submit(/give-leave$/)
    assert.match(done.words, /They can change how they log in for a day/)
    assert.match(done.words, /clerk Allowed until/)
    const taken = await browser.submit(/take-leave$/)
    assert.match(taken.words, /clerk Not without you/)
    const kinds = (await auditOf(world)).map(({ kind }) => kind)
    assert.ok(kinds.includes('subscriber.leave-given') && kinds.includes('subscriber.leave-taken'))
  })

  test('R032 A31 a client gives no leave to a client who is no other user of their account', async (t) => {
    const door = await withClerk(t)
    const { browser, world } = door
    await browser.open('/portal/security')
    const form = /name="form" value="([^"]+)"/.exec(browser.page().html)?.[1] ?? ''
    const ask = async (id: string) =>
      await browser.ask({
        method: 'POST',
        url: `/portal/security/users/${id}/give-leave`,
        payload: `form=${form}`,
        headers: {
          origin: door.settings.issuer,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
      })
    const anna = await subscriberOf(world, 'anna')
    assert.equal((await ask(anna)).statusCode, 404, 'herself')
    assert.equal((await ask('sub_00000000000000000000000000')).statusCode, 404, 'an unknown client')
    assert.equal((await ask('sub_')).statusCode, 400, 'no id')
  })

  test('R032 another user reads whom to ask, in words and at every closed door, and never a user name', async (t) => {
    const { browser } = await annaAsClerk(t)
    const security = await browser.open('/portal/security')
    assert.match(security.words, /The chief <b> is the primary user of this account/)
    assert.match(security.words, /You need not ask to block a lost device/)
    assert.doesNotMatch(security.html, /chief-login|<b> is the primary/)
    // Nothing is offered that would be refused.
    assert.doesNotMatch(security.html, /name="method" value="(?:totp|passkey|code-card)"/)
    assert.doesNotMatch(security.html, /security\/(?:seamless|trading|contact\/(?:mobile|email))"/)
    assert.equal((await browser.open('/portal/security/trading')).status, 403)
  })

  test('R032 leave that was taken back is none, also on a page that was opened before', async (t) => {
    const { browser, world, chief } = await annaAsClerk(t)
    const anna = await subscriberOf(world, 'anna')
    const session = { subscriberId: chief } as Session
    assert.ok((await giveLeave(world, session, anna)).ok)
    const contact = await browser.open('/portal/security/contact')
    assert.match(contact.html, /security\/contact\/email"/)
    const allowed = await browser.open('/portal/security')
    assert.doesNotMatch(allowed.html, /security\/trading"/, 'that is for the primary user alone')
    assert.ok((await takeLeave(world, session, anna)).ok)
    const refused = await browser.submit(/seamless$/, { seamless: 'off' })
    assert.equal(refused.status, 403)
    assert.match(refused.words, /Only the primary user of the account can change this/)
    assert.match(refused.words, /Ask The chief <b>, the primary user/)
    assert.doesNotMatch(refused.html, /chief-login/)
  })

  test('R032 S70 another user stops a lost phone with one press', async (t) => {
    const { browser } = await annaAsClerk(t)
    const security = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(security.html)?.[0] ?? ''
    await browser.open(`${device}/stop`)
    const stopped = await browser.submit(/stop$/)
    assert.match(stopped.words, /The device is blocked/)
  })

  test('R032 R170 in French too', async (t) => {
    const { browser } = await annaAsClerk(t)
    await browser.open('/portal/security')
    const shown = await browser.submit('/portal/language', {
      language: 'fr',
      to: '/portal/security',
    })
    assert.match(shown.words, /The chief <b> est l’utilisateur principal de ce compte/)
    const refused = await browser.open('/portal/security/trading')
    assert.match(refused.words, /Adressez-vous à The chief <b>, utilisateur principal\./)
  })
})
