import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AccountId, OrderId } from '#core/ids.ts'
import { charged, due, held, settled } from '#core/orders/deposit.ts'
import { minutes } from '#core/time/time.ts'
import { sampleCard, SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { provenContact, setContact } from '#engine/contact/addresses.ts'
import { tokenReturned } from '#engine/orders/fulfilment.ts'
import { orderPacked, orderSent } from '#engine/orders/sending.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import { changeContact } from '#store/contact/addresses.ts'
import { listHoldings } from '#store/devices/authenticators.ts'
import { findOrder, listOrders, orderWrite } from '#store/orders/orders.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import {
  ANNA,
  confirmTask,
  inside,
  logIn,
  numberOn,
  type Story,
  PASSWORD,
} from '../../../../test/support/clients/login-story.ts'
import { deliver } from '../../../../test/support/clients/card.ts'
import { visitor } from '../../../../test/support/server/door.ts'
import { ADDRESS, setEquity } from '../../../../test/support/clients/orders.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'

const ORDER = '/portal/security/order'

/** Anna has two million and an address. */
async function wealthy(door: Story): Promise<void> {
  const { world } = door
  await setEquity(world, 'U-anna', 2_000_000)
  const subscriberId = await subscriberOf(world, 'anna')
  await setContact(world, { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' })
}

async function ordered(door: Story): Promise<string> {
  const { browser } = door
  await browser.open(`${ORDER}/pin`)
  await browser.submit(/pin$/, { pin: SAMPLE_PIN, again: SAMPLE_PIN })
  await browser.submit(/account$/, { account: 'U-anna' })
  await browser.submit(/order$/)
  await confirmTask(door)
  const shown = await browser.submit(/order$/)
  assert.equal(shown.heading, 'Your security card is ordered')
  return orderIn(shown.address)
}

const orderIn = (address: string): string => /ord_\w{26}/.exec(address)?.[0] ?? ''

async function sent(door: Story, letter = 'c') {
  const { world } = door
  const card = sampleCard(letter)
  const serial = `CARD-${letter.toUpperCase()}`
  await deliver(world, new Map([[serial, card]]))
  const orders = await listOrders(world.db, await subscriberOf(world, 'anna'))
  const order = orders.find(({ value }) => value.state === 'ordered')
  assert.ok(order)
  const done = await orderSent(world, { id: order.value.id, serial, by: 'operator' })
  assert.ok(done.ok, JSON.stringify(done))
  return { card, serial, id: order.value.id }
}

/** Of phone and card the one that was used last is asked: the card. */
async function withCard({ browser }: Story, card: ReturnType<typeof sampleCard>): Promise<void> {
  await browser.submit(/answer$/, { answer: card.press(SAMPLE_PIN, numberOn(browser.page())) })
}

suite('The pages on which a card is ordered', () => {
  test('R119 show nothing to a client to whom it does not apply, and say why on request', async (t) => {
    const door = await inside(t)
    const security = await door.browser.open('/portal/security/devices')
    assert.doesNotMatch(security.words, /security card/i)
    for (const path of ['', '/pin', '/account', '/summary']) {
      const refused = await door.browser.open(ORDER + path)
      assert.equal(refused.status, 403)
      assert.equal(refused.heading, 'This card is not offered for your accounts')
      assert.match(refused.words, /USD 1,000,000 or more/)
    }
  })

  test('R116 without an address of record say to call', async (t) => {
    const door = await inside(t)
    await setEquity(door.world, 'U-anna', 2_000_000)
    const refused = await door.browser.open(ORDER)
    assert.equal(refused.status, 409)
    assert.match(refused.words, /Add it and send a document that shows it, or call us: \+/)
  })

  test('R116 R056 lead from the address over PIN and account to a summary, and to an order that is confirmed', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser } = door
    const security = await browser.open('/portal/security/devices')
    assert.match(security.html, /href="\/portal\/security\/order"/)
    const address = await browser.open(ORDER)
    assert.match(address.words, /17 Invented Street/)
    // A client who jumps ahead begins where something is missing.
    assert.match((await browser.open(`${ORDER}/summary`)).address, /\/order$/)
    assert.match((await browser.open(`${ORDER}/account`)).address, /\/pin$/)
    for (const [pin, again, words] of [
      ['0000', '0000', /easy to guess/],
      ['2580', '2581', /two PINs are different/],
      ['25', '25', /4 digits/],
    ] as const) {
      const wrong = await browser.submit(/pin$/, { pin, again })
      assert.equal(wrong.status, 400)
      assert.match(wrong.words, words)
      assert.match(wrong.title, /^Error/)
      // What was typed is nowhere on the page.
      assert.doesNotMatch(wrong.html, new RegExp(`value="${pin}"`))
    }
    const account = await browser.submit(/pin$/, { pin: SAMPLE_PIN, again: SAMPLE_PIN })
    assert.match(account.words, /USD 20/)
    const none = await browser.submit(/account$/, { account: 'U-other' })
    assert.equal(none.status, 400)
    const summary = await browser.submit(/account$/, { account: 'U-anna' })
    assert.match(summary.words, /about 23 November 2026/)
    assert.match(summary.words, /about 7 December 2026/)
    assert.doesNotMatch(summary.html, new RegExp(SAMPLE_PIN))
    await browser.submit(/order$/)
    assert.match(browser.page().words, /Order this device/)
    assert.match(browser.page().words, /17 Invented Street/)
    await confirmTask(door)
    const done = await browser.submit(/order$/)
    assert.equal(done.heading, 'Your security card is ordered')
    // The way is closed while one is on its way.
    assert.equal((await browser.open(ORDER)).heading, 'Your security card is ordered')
    const now = await browser.open('/portal/security/devices')
    assert.match(now.words, /ordered See/)
    assert.doesNotMatch(now.html, /href="\/portal\/security\/order"/)
  })

  test('R112 R116 the address is changed on the way, and the order goes on where it was left', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    const step = await browser.open(`${ORDER}?why=more`)
    assert.match(
      step.html,
      /name="from" value="order" formaction="\/portal\/security\/contact\/postal"/,
    )
    const postal = '/portal/security/contact/postal'
    const form = await browser.open(`${postal}?from=order&why=lost+aut_x`)
    assert.match(form.html, /href="\/portal\/security\/order\?why=lost%20aut_x"/)
    const moved = { street: '2 New Street', more: '', town: '10002 New York', country: 'US' }
    const kept = await browser.submit(postal, { ...moved, town: '' })
    assert.equal(kept.status, 400)
    assert.match(kept.html, /order\?why=lost%20aut_x/, 'the way back is not lost')
    await browser.submit(postal, moved)
    await confirmTask(door)
    const back = await browser.submit(postal)
    assert.equal(back.address, `${ORDER}?why=lost%20aut_x`)
    assert.match(back.words, /17 Invented Street .*new address waits for a document .*2 New Street/)
    const elsewhere = await browser.open(`${postal}?from=https://evil.example&why=x`)
    assert.match(elsewhere.html, /Back to contact data/, 'and leads to no other place')

    const id = await ordered(door)
    const page = `/portal/security/orders/${id}`
    assert.match((await browser.open(page)).words, /waits for a document .* if we accept it before/)
    await deliver(world, new Map([['CARD-C', sampleCard('c')]]))
    const pack = await orderPacked(world, { id, serial: 'CARD-C', by: 'operator' })
    assert.ok(pack.ok)
    const packed = await browser.open(page)
    assert.match(packed.words, /goes to the address below, also once we accept your new one/)
    assert.match(packed.words, /Address .*17 Invented Street/)
    const subscriberId = await subscriberOf(world, 'anna')
    const proven = { subscriberId, kind: 'postal', value: '2 New Street\n10002 New York' } as const
    const accepted = await provenContact(world, proven)
    assert.ok(accepted)
    const commit = { change: accepted.change, events: [accepted.event], now: world.now() }
    assert.ok(await changeContact(world.db, commit))
    assert.match((await browser.open(page)).words, /packed and goes to the old one below/)
    await orderSent(world, { id, serial: 'CARD-C', by: 'operator' })
    const out = await browser.open(page)
    assert.match(out.words, /on its way to the old one below.*Have your post sent on/)
    assert.match(out.words, /Address .*17 Invented Street/)
  })

  test('A8 another address between the summary and the proof is another order', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    await browser.open(`${ORDER}/pin`)
    await browser.submit(/pin$/, { pin: SAMPLE_PIN, again: SAMPLE_PIN })
    await browser.submit(/account$/, { account: 'U-anna' })
    await browser.submit(/order$/)
    const subscriberId = await subscriberOf(world, 'anna')
    const elsewhere = {
      subscriberId,
      kind: 'postal',
      value: '1 Thief Lane',
      by: 'operator',
    } as const
    await setContact(world, elsewhere)
    await confirmTask(door)
    const refused = await browser.submit(/order$/)
    assert.equal(refused.status, 409)
    assert.deepEqual(await listOrders(world.db, subscriberId), [])
  })

  test('A8 R056 another PIN between the proof and the order is another order', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    await browser.open(`${ORDER}/pin`)
    await browser.submit(/pin$/, { pin: SAMPLE_PIN, again: SAMPLE_PIN })
    await browser.submit(/account$/, { account: 'U-anna' })
    await browser.submit(/order$/)
    await confirmTask(door)
    // An attacker has the cookie, and chooses the PIN of the card that is about to be ordered.
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    await thief.open(`${ORDER}/pin`)
    await thief.submit(/pin$/, { pin: '7193', again: '7193' })
    await thief.submit(/account$/, { account: 'U-anna' })
    const refused = await browser.submit(/order$/)
    assert.equal(refused.status, 409)
    assert.equal(refused.heading, 'The order was changed in another window')
    assert.deepEqual(await listOrders(world.db, await subscriberOf(world, 'anna')), [])
  })

  test('R116 a step back in the browser shows the choice of its client again', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser } = door
    await browser.open(`${ORDER}/pin`)
    const account = await browser.submit(/pin$/, { pin: SAMPLE_PIN, again: SAMPLE_PIN })
    await browser.submit(/account$/, { account: 'U-anna' })
    const back = await browser.open(account.address)
    assert.equal(back.heading, 'Choose the account for the deposit')
    const summary = await browser.submit(/account$/, { account: 'U-anna' })
    assert.match(summary.address, /summary/)
  })

  test('A8 R056 no step goes on with a PIN or an account that was chosen in another window', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    /** The attacker with the same cookie chooses; every step of the client after that says so. */
    const refused = async (step: () => Promise<{ status: number; heading: string }>) => {
      await thief.open(`${ORDER}/pin`)
      await thief.submit(/pin$/, { pin: '7193', again: '7193' })
      const said = await step()
      assert.equal(said.status, 409)
      assert.equal(said.heading, 'The order was changed in another window')
    }
    const pin = { pin: SAMPLE_PIN, again: SAMPLE_PIN }
    await browser.open(`${ORDER}/pin`)
    await refused(() => browser.submit(/pin$/, pin))
    assert.match(browser.page().words, /Nothing was ordered\. Start again/)
    assert.match(browser.page().html, /class="button" href="\/portal\/security\/order"/)
    await browser.open(`${ORDER}/pin`)
    const account = await browser.submit(/pin$/, pin)
    await refused(() => browser.submit(/account$/, { account: 'U-anna' }))
    // Nor is the choice of the attacker shown where the client's was.
    await refused(() => browser.open(account.address))
    assert.match((await browser.open(`${ORDER}/account`)).address, /\/order$/)
    await browser.open(`${ORDER}/pin`)
    await browser.submit(/pin$/, pin)
    const summary = await browser.submit(/account$/, { account: 'U-anna' })
    await refused(() => browser.open(summary.address))
    await browser.open(`${ORDER}/pin`)
    await browser.submit(/pin$/, pin)
    await browser.submit(/account$/, { account: 'U-anna' })
    await refused(() => browser.submit(/order$/))
    assert.deepEqual(await listOrders(world.db, await subscriberOf(world, 'anna')), [])
    // The client goes back a page, and in between nothing was chosen.
    await browser.open(`${ORDER}/pin`)
    await browser.submit(/pin$/, pin)
    await browser.submit(/account$/, { account: 'U-anna' })
    const back = /href="([^"]+account\?draft=[^"]+)"/.exec(browser.page().html)?.[1] ?? ''
    assert.equal((await browser.open(back)).heading, 'Choose the account for the deposit')
    await browser.submit('/portal/language', { language: 'fr' })
    assert.match(browser.page().address, /account\?draft=/)
    assert.match((await browser.submit(/account$/, { account: 'U-anna' })).address, /summary/)
  })

  test('A8 R170 what is confirmed stays so when another window speaks another language', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser } = door
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    const speak = async (language: string) => {
      await thief.open('/portal/security/devices')
      await thief.submit('/portal/language', { language })
    }
    await browser.open(`${ORDER}/pin`)
    await browser.submit(/pin$/, { pin: SAMPLE_PIN, again: SAMPLE_PIN })
    await browser.submit(/account$/, { account: 'U-anna' })
    await browser.submit(/order$/)
    await confirmTask(door)
    await speak('fr')
    const placed = await browser.submit(/order$/)
    assert.match(placed.address, /\/orders\/ord_/)
    await browser.submit(/withdraw$/)
    await confirmTask(door)
    await speak('en')
    assert.equal((await browser.submit(/withdraw$/)).heading, 'This order was cancelled')
  })

  test('R116 cancel it, and say so when it has left meanwhile', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser } = door
    await ordered(door)
    assert.match(browser.page().html, /<button class="button plain">Cancel the order<\/button>/)
    const asked = await browser.submit(/withdraw$/)
    assert.equal(asked.heading, 'Cancel the order')
    assert.match(asked.words, /Device Security card Ordered 20 November 2026, /)
    await confirmTask(door)
    const withdrawn = await browser.submit(/withdraw$/)
    assert.equal(withdrawn.heading, 'This order was cancelled')
    await ordered(door)
    await sent(door)
    const late = await browser.submit(/withdraw$/)
    assert.equal(late.heading, 'Your security card is on its way')
    assert.match(late.words, /can no longer cancel the order/)
  })

  test('R115 R163 R165 say that it is on its way, bind it by one response, and name the technical desk', async (t) => {
    const door = await inside(t, { http: { technicalLine: '+1 212 555 0199' } })
    await wealthy(door)
    const { browser, world } = door
    const id = await ordered(door)
    const { card } = await sent(door)
    assert.match((await browser.open('/portal/security/devices')).words, /on its way/)
    const way = await browser.open(`/portal/security/orders/${id}`)
    assert.match(way.words, /We sent it on 20 November 2026/)
    assert.match(way.words, /it works from 11 December 2026 on/)
    const asked = await browser.submit(/arrival$/)
    assert.equal(asked.heading, 'Activate your card')
    const technical = /does not work, call our technical desk: <a href="tel:\+12125550199">/
    assert.doesNotMatch(asked.html, technical)
    const wrong = await browser.submit(/answer$/, { answer: card.press('2581', numberOn(asked)) })
    assert.equal(wrong.status, 401)
    assert.match(wrong.html, technical)
    assert.notEqual(numberOn(wrong), numberOn(asked))
    const odd = await browser.submit(/answer$/, { answer: 'what?' })
    assert.equal(odd.status, 400)
    const response = card.press(SAMPLE_PIN, numberOn(odd))
    const done = await browser.submit(/answer$/, { answer: response })
    assert.equal(done.heading, 'Your security card is active')
    assert.match(done.html, technical)
    const held = await listHoldings(world.db, await subscriberOf(world, 'anna'))
    assert.ok(
      held.some(({ method, lifecycle }) => method === 'security-card' && lifecycle === 'active'),
    )
  })

  test('A8 R113 say that it is never accepted by itself once an attacker may have ordered it', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    const id = await ordered(door)
    await sent(door)
    const subscriberId = await subscriberOf(world, 'anna')
    const holdings = await listHoldings(world.db, subscriberId)
    const phone = holdings.find(({ method }) => method === 'phone-key') ?? assert.fail('no phone')
    await browser.open(`/portal/security/devices/${phone.id}/stop`)
    await browser.submit(/stop$/)
    const way = await browser.open(`/portal/security/orders/${id}`)
    assert.equal(way.heading, 'Your security card is on its way')
    assert.match(way.words, /You must activate this card with a response/)
    assert.doesNotMatch(way.words, /If you do nothing/)
    assert.match(way.html, /arrival/)
  })

  test('of another client do not exist', async (t) => {
    const door = await inside(t)
    for (const id of ['ord_01JD0000000000000000000000', 'ord_1', 'x']) {
      const shown = await door.browser.open(`/portal/security/orders/${id}`)
      assert.ok([400, 404].includes(shown.status), `${id} ${shown.status}`)
    }
  })

  test('R163 before the password nothing is said of it; after it since when, until when, and whom to call', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    await ordered(door)
    await sent(door)
    const { world } = door
    const subscriberId = await subscriberOf(world, 'anna')
    const phone = (await listHoldings(world.db, subscriberId)).find(
      (one) => one.method === 'phone-key',
    )
    assert.ok(phone)
    const [session] = await listSessions(world.db, subscriberId, world.now())
    assert.ok(session)
    assert.ok((await suspendAuthenticator(world, session, { id: phone.id })).ok)
    const stranger = visitor(door)
    const wrong = await logIn(stranger, { password: 'wrong password' })
    assert.doesNotMatch(wrong.words, /card/)
    const right = await logIn(stranger, ANNA)
    assert.equal(right.status, 403)
    assert.equal(right.heading, 'Your security card is in the post')
    assert.match(right.words, /Sent on 20 November 2026 Expected by 4 December 2026/)
    assert.match(right.words, /call us for temporary access/)
    assert.match(right.html, /<a class="button" href="tel:\+12125550100">/)
    assert.doesNotMatch(right.html, /<form|role="alert"/)
    assert.match(right.html, /href="\/help\/security-card"/)
  })

  test('R118 R117 send it back: how, how long it takes, and that it has come', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    await ordered(door)
    const { card, serial } = await sent(door)
    world.advance(minutes(1))
    await browser.open(`/portal/security/orders/${orderIn(browser.page().address)}`)
    const asked = await browser.submit(/arrival$/)
    await browser.submit(/answer$/, { answer: card.press(SAMPLE_PIN, numberOn(asked)) })
    const subscriberId = await subscriberOf(world, 'anna')
    const held = await listHoldings(world.db, subscriberId)
    const device = held.find(({ method }) => method === 'security-card')
    assert.ok(device)
    const address = `/portal/security/devices/${device.id}`
    const own = await browser.open(address)
    assert.match(own.words, /To send a card back, go to your security cards/)
    assert.doesNotMatch(own.html, /\/return"/)
    // It came with an order, and goes back from it.
    const [order] = await listOrders(world.db, subscriberId)
    const { html } = await browser.open(`/portal/security/orders/${order?.value.id}`)
    assert.ok(html.includes(`href="${address}/return"`))
    const listed = await browser.open('/portal/security/devices')
    assert.ok(!listed.html.includes(`href="${address}/return"`), 'once')
    // A client who logged in with less than the card does not take it away.
    assert.equal((await browser.open(`${address}/return`)).status, 403)
    await browser.submit('/portal/log-out')
    await logIn(browser)
    await withCard(door, card)
    const how = await browser.open(`${address}/return`)
    assert.match(how.words, /3 to 5 business days/)
    assert.match(how.words, /deposit of USD 20\. If the card is not here by 20 December 2026/)
    assert.doesNotMatch(how.words, /You have no other device/)
    const phone = held.find(({ method }) => method === 'phone-key')
    await browser.open(`/portal/security/devices/${phone?.id}/stop`)
    await browser.submit(/stop$/)
    const last = await browser.open(`${address}/return`)
    assert.match(last.words, /You have no other device to confirm a login\. Set up another/)
    assert.match(how.words, /between 25 November 2026 and 27 November 2026/)
    await browser.submit(/return$/)
    const number = numberOn(await browser.submit(/^\/tasks\/tsk_\w{26}$/, { password: PASSWORD }))
    await browser.submit(/answer$/, { answer: card.press(SAMPLE_PIN, number) })
    const gone = await browser.submit(/return$/)
    assert.match(gone.words, /The card is blocked/)
    assert.match(gone.words, /Ordered 20 November 2026 blocked/)
    assert.match(gone.words, new RegExp(`${serial}: you sent it back on 20 November`))
    const waiting = await browser.open(`/portal/security/orders/${order?.value.id}`)
    assert.equal(waiting.heading, 'Your security card is blocked')
    assert.match(waiting.words, /so that it is here by 20 December 2026/)
    assert.doesNotMatch(waiting.words, /has confirmed your logins|does not work/)
    assert.ok((await tokenReturned(world, { serial, by: 'operator' })).ok)
    const back = await browser.open('/portal/security/devices')
    assert.match(back.words, new RegExp(`${serial}: received on 20 November`))
  })

  test('R117 R170 say what has become of the deposit, in English and French', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser, world } = door
    const id = (await ordered(door)) as OrderId
    const now = world.now()
    const lost = charged(held({ id: 'acc_1' as AccountId, number: 'U1' }, 20), now)
    for (const [deposit, en, fr] of [
      [due({ ...lost, chargedAt: null }, now), /here by 20 November 2026/, /tard le 20 novembre/],
      [lost, /On 20 November 2026 we charged USD 20 .*USD 20 in U1, charged/, /débité USD 20/],
      [settled(lost, now), /charged and refunded/, /débitée puis remboursée/],
    ] as const) {
      const found = (await findOrder(world.db, id)) ?? assert.fail('no order')
      const value = { ...found.value, deposit }
      assert.ok(await world.db.commit([orderWrite(world.db, { ...found, value })]))
      for (const [language, words] of [
        ['fr', fr],
        ['en', en],
      ] as const) {
        await browser.submit('/portal/language', { language })
        const page = await browser.open(`/portal/security/orders/${id}`)
        assert.match(page.words.replaceAll('\n', ' '), words)
      }
    }
  })

  test('R170 are there in French too', async (t) => {
    const door = await inside(t)
    await wealthy(door)
    const { browser } = door
    await browser.open('/portal/security/devices')
    await browser.submit('/portal/language', { language: 'fr' })
    assert.equal((await browser.open(ORDER)).heading, 'Où nous envoyons votre carte')
    assert.equal((await browser.open(`${ORDER}/pin`)).heading, 'Choisissez un code PIN')
  })
})
