import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Channel } from '#channels/channel.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { after, days, minutes, seconds } from '#core/time/time.ts'
import { lossPreviewIn } from '#engine/devices/loss-preview.ts'
import { noteTested, standingOf } from '#engine/delivery/phone-check.ts'
import { savePush } from '#engine/devices/phone-approval.ts'
import { forgetBrowsers } from '#engine/devices/overview.ts'
import { bindingWrites, listAuthenticators, listHoldings } from '#store/devices/authenticators.ts'
import { listBrowsers } from '#store/login/browsers.ts'
import {
  asked,
  getKnown,
  inside,
  LABEL,
  logIn,
  PASSWORD,
  post,
  story,
  type Story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { auditOf } from '../../../../test/support/audit.ts'
import { type Shown, visitor } from '../../../../test/support/server/door.ts'
import { givenPasscode, subscriberOf } from '../../../../test/support/clients/printed.ts'
import { firstSession } from '../../../../test/support/clients/engine-story.ts'

const annaIn = async ({ world }: Story): Promise<SubscriberId> => await subscriberOf(world, 'anna')

const browsersOf = async (door: Story) => {
  const known = await listBrowsers(door.world.db, await annaIn(door))
  return known.map(({ value }) => value)
}

suite('What is confirmed before a device is added', () => {
  test('A8 S87 is said in our words: a form has no part in them where nothing is asked', async (t) => {
    const { browser } = await inside(t)
    for (const method of ['passkey', 'phone-key', 'totp', 'code-card']) {
      await browser.open('/portal/security')
      const answer = '(locked). Example Brokerage support: approve to keep your access'
      const shown = await browser.submit('/portal/security/enrolments', { method, answer })
      assert.doesNotMatch(shown.words, /approve to keep your access/, method)
    }
  })
})

suite('A phone whose notifications do not arrive', () => {
  test('R044 is sent a test from its page, which says how far it came', async (t) => {
    const door = await inside(t)
    const { world, browser } = door
    const sent: string[] = []
    const channel: Channel = {
      name: 'web-push',
      retries: [],
      async deliver({ address }) {
        sent.push(JSON.stringify(address))
        return { outcome: 'sent' }
      },
    }
    world.channels.set(channel.name, channel)
    const [phone] = await listAuthenticators(world.db, await annaIn(door))
    const id = phone?.value.id ?? assert.fail()
    const address = `/portal/security/devices/${id}`
    assert.doesNotMatch((await browser.open(address)).html, /Send a test notification/)
    const keys = { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) }
    const subscription = { endpoint: 'https://push.example.com/send/abc', keys }
    assert.ok((await savePush(world, id, { subscription, permission: 'granted' })).ok)
    assert.match((await browser.open(address)).html, /Send a test notification/)
    const shown = await browser.submit(`${address}/test`)
    assert.equal(sent.length, 1)
    assert.match(shown.words, /A test is on its way\. Tap it when your phone shows it/)
    world.advance(minutes(1))
    const later = await browser.open(address)
    assert.match(later.words, /Last test .*taken by the notification service/)
    assert.match(later.html, /Send a test notification/)
    const { test: found } = (await standingOf(world, id)) ?? assert.fail()
    assert.ok((await noteTested(world, id, { test: found?.id ?? '', stage: 'opened' })).ok)
    assert.match((await browser.open(address)).words, /Last test .*tapped/)
  })
})

suite('The last device that confirms a login', () => {
  const WAY_BACK = /call us (?:for temporary access|to log in again)\. \+1 212 555 0100/

  async function pagesOf({ browser }: Story): Promise<readonly [stop: Shown, own: Shown]> {
    const { html } = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    return [await browser.open(`${device}/stop`), await browser.open(device)]
  }

  test('S70 is blocked or removed by a client who has read what the way back is', async (t) => {
    const door = await inside(t)
    const [stop, own] = await pagesOf(door)
    for (const { words } of [stop, own]) {
      assert.match(words, /You have no other device to confirm a login\./)
      assert.match(words, WAY_BACK)
    }
    assert.match(stop.words, /If it is lost or stolen, block it all the same\./)
    assert.match(own.words, /Set up another one first\./)
  })

  test('is not spoken of while another answers, and is again when that has expired', async (t) => {
    const door = await inside(t)
    const subscriberId = await annaIn(door)
    const held = await listAuthenticators(door.world.db, subscriberId)
    const [phone] = held.filter(({ value }) => value.method === 'phone-key')
    assert.ok(phone)
    const now = door.world.now()
    const id = newId('aut', now, door.world.random)
    const card = { ...phone.value, id, method: 'code-card', label: 'Code card 1' }
    await door.world.db.commit(
      bindingWrites(door.world.db, { ...card, expiresAt: after(now, minutes(2)) }, [subscriberId]),
    )
    const address = `/portal/security/devices/${phone.value.id}`
    for (const page of [`${address}/stop`, address]) {
      assert.doesNotMatch((await door.browser.open(page)).words, /You have no other device/)
    }
    door.world.advance(minutes(2))
    for (const page of [`${address}/stop`, address]) {
      assert.match((await door.browser.open(page)).words, /You have no other device/)
    }
    // The card answers nothing itself: with it goes nothing.
    const own = await door.browser.open(`/portal/security/devices/${id}`)
    assert.doesNotMatch(own.words, /You have no other device/)
  })

  test('R170 in French too', async (t) => {
    const door = await inside(t)
    await door.browser.open('/portal/security?language=fr')
    for (const { words } of await pagesOf(door)) {
      assert.match(words, /Vous n’avez aucun autre appareil pour confirmer une connexion\./)
    }
  })
})

suite('A device that was lost', () => {
  const lifecycles = async (door: Story) => {
    const held = await listHoldings(door.world.db, await annaIn(door))
    return Object.fromEntries(held.map(({ method, lifecycle }) => [method, lifecycle]))
  }

  test('S70 S76 comes back when something else confirms it, and never by itself', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    const security = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(security.html)?.[0] ?? ''
    await browser.open(`${device}/stop`)
    await browser.submit(/stop$/)
    const alone = await browser.open(device)
    assert.match(alone.words, /you have no other device to confirm with/)
    assert.doesNotMatch(alone.html, /bring-back/)

    const passcode = await givenPasscode(world, 'anna')
    await logIn(browser)
    await browser.submit(/\/answer$/, { answer: passcode })
    const found = await browser.open(device)
    assert.match(found.words, /What you can do with it Full access/)
    // The press that is enough for one that rests is not enough for this one.
    const form = /name="form" value="([^"]+)"/.exec(found.html)?.[1] ?? ''
    const pressed = await browser.ask({
      method: 'POST',
      url: `${device}/reactivate`,
      payload: `form=${form}`,
      headers: {
        origin: door.settings.issuer,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
    assert.equal(pressed.statusCode, 409)
    const task = await browser.submit(/bring-back$/)
    assert.equal(task.heading, 'Unblock this device')
    assert.match(task.words, new RegExp(LABEL))
    assert.equal((await lifecycles(door))['phone-key'], 'suspended')
    await browser.submit(/^\/tasks\/tsk_\w{26}$/, { password: PASSWORD })
    await browser.submit(/\/answer$/, { answer: passcode })
    const back = await browser.submit(/bring-back$/)
    assert.match(back.words, /The device works again\. Its replacement has expired\./)
    assert.deepEqual(await lifecycles(door), {
      password: 'active',
      'phone-key': 'active',
      'temporary-passcode': 'revoked',
    })
    // The phone that was found is heard again, and logs in.
    const again = visitor(door)
    await logIn(again)
    assert.equal((await typeResponse({ ...door, browser: again })).address, '/portal')
  })

  test('T-PWA-5 whose key was copied does not come back', async (t) => {
    const door = await inside(t)
    const { browser, world, phone } = door
    const copy = phone.copy()
    for (const one of [phone, copy]) {
      world.advance(seconds(1))
      await post(door, 'list', { jws: await one.sign('list', {}, world.now()) })
    }
    // The copy may have opened this session.
    assert.equal((await browser.open('/portal/security')).heading, 'Log in')
    const passcode = await givenPasscode(world, 'anna')
    await logIn(browser)
    await browser.submit(/\/answer$/, { answer: passcode })
    const security = await browser.open('/portal/security/devices')
    assert.match(security.words, new RegExp(`${LABEL} Locked`))
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(security.html)?.[0] ?? ''
    assert.doesNotMatch((await browser.open(device)).words, /I have found it/)
  })
})

suite('If the phone were lost now', () => {
  const partOf = ({ words }: Shown): string =>
    /If (?:your phone were|you lost) .*?(?= What each way opens)/.exec(words)?.[0] ?? ''

  test('nothing would open, and the page says so, with the one step that helps', async (t) => {
    const door = await inside(t)
    const shown = partOf(await door.browser.open('/portal/security'))
    assert.match(
      shown,
      /^If your phone were lost now You could not log in\. You would have to call us/,
    )
    assert.match(shown, /One step would help\. Add a passkey on a computer/)
    await door.browser.submit('/portal/security/enrolments', { method: 'passkey' })
    assert.equal(door.browser.page().heading, 'Add a device')
  })

  test('R121 what is left opens what the table of rights says, in this account, until it ends', async (t) => {
    const door = await inside(t)
    const subscriberId = await annaIn(door)
    const held = await listAuthenticators(door.world.db, subscriberId)
    const phone = held.find(({ value }) => value.method === 'phone-key')?.value ?? assert.fail()
    const expiresAt = after(door.world.now(), days(21))
    const more = [
      { method: 'code-card', label: 'Code card 1', expiresAt },
      { method: 'sms-code', label: 'Number ending in 42', expiresAt: null },
    ]
    for (const one of more) {
      const id = newId('aut', door.world.now(), door.world.random)
      await door.world.db.commit(
        bindingWrites(door.world.db, { ...phone, ...one, id }, [subscriberId]),
      )
    }
    const shown = partOf(await door.browser.open('/portal/security'))
    assert.match(
      shown,
      new RegExp(
        'You could still log in with: Code card 1 Full access\\. ' +
          'Withdrawals up to USD\\s200,000 a day\\. Valid until 11 December 2026\\.',
      ),
    )
    assert.match(shown, new RegExp(`You would also lose: ${LABEL}, Number ending in 42\\.`))
    const row = { status: 'applied' }
    const update = door.world.db.write.updateTable('account').set(row)
    await door.world.db.commit([{ ...update.compile(), rows: null }])
    const applied = partOf(await door.browser.open('/portal/security'))
    assert.match(applied, /Code card 1 Portal only\. No trading and no withdrawals\./)
    door.world.advance(days(21))
    const authenticators = await listHoldings(door.world.db, subscriberId)
    const subscriber = { primary: null }
    const { left } = lossPreviewIn(door.world, { authenticators, subscriber })
    assert.deepEqual(left, [], 'the card has expired')
  })

  test('R170 is said in French too', async (t) => {
    const door = await inside(t)
    const { words } = await door.browser.open('/portal/security?language=fr')
    assert.match(
      words,
      /Si vous perdiez votre téléphone maintenant Vous ne pourriez pas vous connecter/,
    )
  })
})

suite('Browsers that are known', () => {
  test('S85 are forgotten one by one: that one is new at its next login', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const other = { ...door, browser: visitor(door) }
    await getKnown(other)
    await logIn(door.browser)
    await typeResponse(door)
    const { html } = await door.browser.open('/portal/security/sessions')
    const [, id = ''] =
      /This one<\/span><\/th>(?:(?!<\/tr>)[\s\S])*browsers\/(brw_\w{26})\/forget/.exec(html) ?? []
    const gone = await door.browser.submit(`/portal/security/browsers/${id}/forget`)
    assert.match(gone.words, /We forgot that browser. At its next login it is new to us\./)
    assert.equal(door.browser.cookies.has('browser'), false)
    await door.browser.submit('/portal/log-out')
    assert.ok(!(await logIn(door.browser)).html.includes(LABEL), 'it hears kinds, not names')
    assert.ok((await logIn(other.browser)).html.includes(LABEL), 'the other one stays known')
    const events = await auditOf(door.world)
    assert.ok(events.some((one) => one.kind === 'browser.forgotten' && one.browserId === id))
  })

  test('of another client are not forgotten', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const [annas] = await browsersOf(door)
    assert.ok(annas)
    await door.world.add({ userName: 'ben', password: PASSWORD })
    const ben = await firstSession(door.world, 'ben')
    assert.equal(await forgetBrowsers(door.world, ben, annas.id), 0)
    assert.equal((await browsersOf(door)).length, 1)
  })

  test('A2 and were blocked stay blocked when all others are forgotten', async (t) => {
    const door = await story(t)
    await getKnown(door)
    await logIn(visitor(door))
    const now = door.world.now()
    const request = await asked(door, door.phone)
    const jws = await door.phone.decide(request, { now, decision: 'not-me' })
    await post(door, 'answer', { jws })
    await logIn(door.browser)
    await typeResponse(door)
    await door.browser.open('/portal/security/sessions')
    await door.browser.submit('/portal/security/browsers/forget')
    const left = await browsersOf(door)
    assert.deepEqual(
      left.map(({ blockedAt }) => blockedAt === null),
      [false],
    )
  })
})

suite('Your last login', () => {
  test('has the same minute in the overview as in the activity', async (t) => {
    const door = await story(t)
    door.world.advance(minutes(1))
    // The password, and the response two minutes later.
    await logIn(door.browser)
    door.world.advance(minutes(2))
    await typeResponse(door)
    const later = { ...door, browser: visitor(door) }
    door.world.advance(minutes(1))
    await logIn(later.browser)
    await typeResponse(later)
    const activity = await later.browser.open('/portal/activity')
    const lines = activity.html.matchAll(/<summary><time[^>]*>([^<]+)<\/time>\s<span>Logged in to/g)
    const [now, before] = [...lines]
    assert.deepEqual([now?.[1], before?.[1]], ['07:04', '07:03'])
    for (const page of ['/portal', '/portal/security'])
      assert.match((await later.browser.open(page)).words, /Your last login ?Today, 07:03/)
  })

  test('is one that was completed', async (t) => {
    const door = await inside(t)
    const line = /Your last login ?(Today, \d\d:\d\d)/
    const before = line.exec((await door.browser.open('/portal')).words)?.[1]
    assert.ok(before)
    door.world.advance(minutes(3))
    // An attacker types the password, and gets no further.
    await logIn(visitor(door))
    for (const page of ['/portal', '/portal/security'])
      assert.equal(line.exec((await door.browser.open(page)).words)?.[1], before, page)
  })
})
