import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { OWN_ADDRESSES } from '#config/portal.ts'
import { minutes } from '#core/time/time.ts'
import {
  type Door,
  openDoor,
  type Shown,
  type Visitor,
  visitor,
} from '../../../../test/support/server/door.ts'
import {
  addFirst,
  ANNA,
  confirmTask,
  getKnown,
  inside,
  LABEL,
  logIn,
  PASSWORD,
  post,
  story,
  type Story,
  typeResponse,
  until,
} from '../../../../test/support/clients/login-story.ts'
import { testPhone } from '../../../../test/support/clients/phone.ts'
import { openSite } from '../../../../test/support/server/site.ts'

/** Anna has a password, and nothing else yet. */
async function first(t: TestContext): Promise<Door & { readonly browser: Visitor }> {
  const door = await openDoor(t)
  await door.world.add({ userName: 'anna', password: PASSWORD })
  const browser = visitor(door)
  await logIn(browser)
  return { ...door, browser }
}

/** A client who holds a phone confirms with it that another is set up. */
async function addPhone(door: Story): Promise<Shown> {
  await door.browser.open('/portal/security')
  await door.browser.submit('/portal/security/enrolments', { method: 'phone-key' })
  await confirmTask(door)
  return await door.browser.submit('/portal/security/enrolments')
}

const codeOn = ({ html }: Shown): string =>
  /<p class="number">(.*?)<\/p>/.exec(html)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''

/** Activates a phone with the code that the portal shows. */
async function activate(door: Door, code: string): Promise<void> {
  const phone = await testPhone(door.settings.issuer)
  const activation = { userName: 'anna', code }
  const { enrolment } = await post<{ enrolment: string }>(door, 'activation/open', { activation })
  const request = await phone.activation(activation, { enrolment, now: door.world.now() })
  await post(door, 'activation/complete', request)
}

suite('A client who has only a password', () => {
  test('sees one thing: how to set up a phone', async (t) => {
    const { browser } = await first(t)
    for (const address of [
      '/portal',
      '/portal/security',
      '/portal/security/devices/aut_01ABCDEFGHJKMNPQRSTVWXYZ12',
    ]) {
      const shown = await browser.open(address)
      assert.equal(shown.heading, 'Set up a second step', address)
      assert.doesNotMatch(shown.html, /class="tabs"/)
    }
  })

  test('is led here by a platform that asks for more', async (t) => {
    const { browser } = await first(t)
    await browser.open('/login?platform=trade')
    const shown = await browser.submit('/login', ANNA)
    assert.equal(shown.address, '/portal')
    assert.equal(shown.heading, 'Set up a second step')
    assert.match(shown.words, /You then continue to Trading platform\./)
  })

  test('and trades with it is not told that it opens nothing', async (t) => {
    const { world, browser } = await first(t)
    assert.match((await browser.open('/portal')).words, /Your password alone is not enough/)
    const optOut = world.db.write.updateTable('account').set({ opted_out: 1 })
    await world.db.commit([{ ...optOut.compile(), rows: 1 }])
    const shown = await browser.open('/portal')
    assert.equal(shown.heading, 'Set up a second step')
    assert.match(shown.words, /You chose to trade with your password alone\. Set up a second step/)
    assert.doesNotMatch(shown.words, /alone is not enough/)
  })

  test('R073 gets a picture and a code, and logs in again when the phone is ready', async (t) => {
    const door = await first(t)
    const shown = await addFirst(door.browser, { method: 'phone-key' })
    assert.equal(shown.heading, 'Set up a phone')
    assert.match(shown.html, /<svg class="qr"/)
    assert.match(codeOn(shown), /^[0-9A-HJKMNP-TV-Z]{8}$/)
    assert.match(shown.words, /Valid until 07:10 \(New York time\)/)
    await activate(door, codeOn(shown))
    const ready = await door.browser.open('/portal')
    assert.equal(ready.heading, 'Your second step is ready')
    assert.doesNotMatch(ready.words, /None of these at hand/)
    assert.match((await door.browser.submit('/portal/log-out')).address, /^\/login/)
  })

  test('S66 cannot set up a second phone with the password alone', async (t) => {
    const door = await first(t)
    const shown = await addFirst(door.browser, { method: 'phone-key' })
    await activate(door, codeOn(shown))
    const again = visitor(door)
    again.cookies.set('session', door.browser.cookies.get('session') ?? '')
    again.cookies.set('pre', door.browser.cookies.get('pre') ?? '')
    await again.open('/portal')
    await door.browser.open(shown.address.replace(/\/enr_.*/, ''))
    const form = /name="form" value="([^"]+)"/.exec(again.page().html)?.[1] ?? ''
    const response = await again.ask({
      method: 'POST',
      url: '/portal/security/enrolments',
      headers: {
        origin: door.settings.issuer,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams({ form, method: 'phone-key' }).toString(),
    })
    assert.equal(response.statusCode, 403)
  })
})

suite('A page that listens', () => {
  // What such a request is given would replace what the login page of another tab needs.
  test('hears that its session is over, and is given neither the login page nor a cookie', async (t) => {
    const { app } = await first(t)
    const streams = app.routeList.filter(
      ({ url, method }) => method === 'GET' && /^\/portal\/.*\/events$/.test(url),
    )
    assert.ok(streams.length >= 2)
    for (const { url } of streams) {
      const { statusCode, headers, payload } = await app.inject({
        url: url.replace(':id', 'enr_00000000000000000000000000'),
        headers: { accept: 'text/event-stream' },
      })
      assert.deepEqual([url, statusCode, headers['set-cookie']], [url, 200, undefined])
      assert.match(String(headers['content-type']), /^text\/event-stream/)
      assert.match(payload, /^event: ended$/m)
    }
  })

  test('is not led to another page by a session that may not come there', async (t) => {
    const door = await first(t)
    const heard = await door.browser.ask({
      method: 'GET',
      url: '/portal/call/events',
      headers: { accept: 'text/event-stream' },
    })
    assert.match(heard.payload, /^event: ended$/m)
  })
})

/** Where it is said, once. */
const READY = '/portal?done=bound'

suite('Setting up a phone', () => {
  test('without a script shows the same codes again until the phone is ready', async (t) => {
    const door = await first(t)
    const shown = await addFirst(door.browser, { method: 'phone-key' })
    const again = await door.browser.submit(/enrolments\/enr_\w+$/)
    assert.match(again.words, /^The phone is not ready yet\./)
    assert.equal(codeOn(again), codeOn(shown))
    await activate(door, codeOn(shown))
    assert.equal((await door.browser.submit(/enrolments\/enr_\w+$/)).address, READY)
  })

  test('S82 leads straight into the portal when the first phone is ready, in another session', async (t) => {
    const door = await first(t)
    const { browser } = door
    const shown = await addFirst(browser, { method: 'phone-key' })
    const [, address = ''] = /data-stream="([^"]+)\/events"/.exec(shown.html) ?? []
    const [session, pre] = [browser.cookies.get('session'), browser.cookies.get('pre')]
    await activate(door, codeOn(shown))
    const inside = await browser.open(address)
    assert.equal(inside.address, READY)
    assert.match(inside.words, /Phone: ready\. You can now log in with it\..*Trading Open/)
    assert.doesNotMatch((await browser.open('/portal')).words, /ready/)
    assert.notEqual(browser.cookies.get('session'), session)
    assert.notEqual(browser.cookies.get('pre'), pre)
    assert.ok(browser.cookies.has('browser'), 'it is known from now on')
    // A thief who had copied the cookie is out.
    const thief = visitor(door)
    thief.cookies.set('session', session ?? '')
    thief.cookies.set('pre', pre ?? '')
    assert.match((await thief.open('/portal')).address, /^\/login/)
  })

  test('A9 does not lift the session of a browser that has copied its cookie', async (t) => {
    const door = await first(t)
    const { browser } = door
    const thief = visitor(door)
    thief.cookies.set('session', browser.cookies.get('session') ?? '')
    const shown = await addFirst(browser, { method: 'phone-key' })
    const [, address = ''] = /data-stream="([^"]+)\/events"/.exec(shown.html) ?? []
    await activate(door, codeOn(shown))
    const seen = await thief.open(address)
    assert.equal(seen.heading, 'Your second step is ready')
    assert.equal(thief.cookies.get('session'), browser.cookies.get('session'))
    assert.equal((await browser.open(address)).address, READY)
    assert.match((await thief.open('/portal')).address, /^\/login/)
  })

  test('leads to the platform that sent its client, who set it up on the way', async (t) => {
    const door = await openDoor(t)
    await door.world.add({ userName: 'anna', password: PASSWORD })
    const browser = visitor(door)
    await browser.open('/login?platform=trade&interaction=a1')
    const begun = await browser.submit('/login', ANNA)
    assert.equal(begun.address, '/portal')
    assert.match(begun.words, /You then continue to Trading platform\./)
    // In another tab, and back to its page: the same.
    assert.equal((await browser.open('/portal')).heading, begun.heading)
    const shown = await addFirst(browser, { method: 'phone-key' })
    const [, address = ''] = /data-stream="([^"]+)\/events"/.exec(shown.html) ?? []
    await activate(door, codeOn(shown))
    const on = await browser.open(address)
    assert.match(on.html, /href="\/oidc\/continue\/a1\?platform=trade"/)
    assert.match((await browser.open('/portal')).words, /Trading Open/)
  })

  test('moves on by itself when the phone is ready', async (t) => {
    const door = await first(t)
    const shown = await addFirst(door.browser, { method: 'phone-key' })
    const [, address = ''] = /data-stream="([^"]+)"/.exec(shown.html) ?? []
    const heard = door.browser.ask({ method: 'GET', url: address })
    await until(() => door.app.streams.count === 1)
    await activate(door, codeOn(shown))
    assert.match(
      (await heard).payload,
      /event: moved\ndata: \{"to":"\/portal\/security\/enrolments\/enr_\w{26}"\}/,
    )
  })

  test('lasts ten minutes; a new code costs one press', async (t) => {
    const door = await first(t)
    await addFirst(door.browser, { method: 'phone-key' })
    door.world.advance(minutes(10))
    const shown = await door.browser.submit(/enrolments\/enr_\w+$/)
    assert.equal(shown.heading, 'The ten minutes are over')
    assert.equal((await addFirst(door.browser, { method: 'phone-key' })).heading, 'Set up a phone')
  })

  test('can be cancelled', async (t) => {
    const door = await inside(t)
    const shown = await addPhone(door)
    const code = codeOn(shown)
    assert.match((await door.browser.submit(/cancel$/)).words, /Nothing was set up\./)
    const opened = await post<{ code: string }>(door, 'activation/open', {
      activation: { userName: 'anna', code },
    })
    assert.equal(opened.code, 'enrolment.wrong-code')
  })

  test('R060 says which phone it takes the place of', async (t) => {
    const door = await inside(t)
    const shown = await addPhone(door)
    assert.ok(
      shown.words.includes(`Once the new phone is ready, ${LABEL} can no longer approve anything.`),
    )
  })

  test('of another client does not exist', async (t) => {
    const door = await inside(t)
    const shown = await addPhone(door)
    await door.world.add({ userName: 'ben', password: PASSWORD })
    const ben = visitor(door)
    await logIn(ben, { userName: 'ben' })
    const [, id = ''] = /enrolments\/(enr_\w{26})/.exec(shown.html) ?? []
    assert.equal((await ben.open(`/portal/security/enrolments/${id}`)).status, 404)
    assert.equal((await ben.open(`/portal/security/enrolments/${id}/events`)).status, 404)
  })

  test('with an unknown method is refused', async (t) => {
    const { browser } = await inside(t)
    await browser.open('/portal/security')
    assert.equal(
      (await browser.submit('/portal/security/enrolments', { method: '__proto__' })).status,
      403,
    )
  })
})

suite('The portal', () => {
  test('is for clients who are logged in', async (t) => {
    const door = await openDoor(t)
    for (const address of [
      '/portal',
      '/portal/security',
      '/portal/security/enrolments/enr_01ABCDEFGHJKMNPQRSTVWXYZ12',
    ]) {
      assert.match(
        (await visitor(door).open(address)).address,
        /^\/login\?platform=portal(&goal=[\w%]+)?$/,
        address,
      )
    }
  })

  test('shows accounts, and what this login opens', async (t) => {
    const { browser } = await inside(t)
    const { words } = await browser.open('/portal')
    assert.match(words, /Live U-anna Open/)
    assert.match(words, /Trading Open Withdrawals Up to USD 1,000,000 a day/)
  })

  test('tells in a paragraph how a client logs in', async (t) => {
    const { browser } = await inside(t)
    const { words } = await browser.open('/portal/security')
    assert.ok(words.includes(`Today you type your password and approve on ${LABEL}. If your phone`))
    assert.match(words, /Phone Active All USD 1,000,000/)
  })

  test('R002 has ways to log in, devices, contact data and sessions, each on a page of its own', async (t) => {
    const { browser } = await inside(t)
    const ways = await browser.open('/portal/security')
    assert.equal(ways.heading, 'How you log in')
    assert.match(ways.html, /name="method" value="code-card"/)
    assert.match(ways.words, /Settings .*Notifications On\..*Second step for trading On\./)
    const pages = [...ways.html.matchAll(/href="(\/portal\/security\/\w+)">[A-Z]/g)]
    const others = pages.map(([, address = '']) => address)
    assert.deepEqual(others, [
      '/portal/security/devices',
      '/portal/security/contact',
      '/portal/security/sessions',
      '/portal/security/password',
      '/portal/security/trading',
      '/portal/security/alerts',
    ])
    const shown = new Map<string, Shown>()
    for (const address of others) shown.set(address, await browser.open(address))
    const on = (name: string) => shown.get(`/portal/security/${name}`)
    assert.match(on('devices')?.words ?? '', new RegExp(`Device .*${LABEL} Phone .*Manage`))
    assert.equal(on('contact')?.heading, 'Contact data')
    assert.equal(on('sessions')?.heading, 'Sessions and browsers')
    assert.match(on('sessions')?.words ?? '', /Where you are logged in/)
    // What a way opens is said once, on the first of them.
    assert.match(ways.words, /Phone Active All/)
    for (const one of shown.values()) assert.doesNotMatch(one.words, /Active All|Opens /)
  })

  test('leads on from an address that these pages had when they were one', async (t) => {
    const { browser } = await inside(t)
    const renamed = await browser.open('/portal/security?done=renamed')
    assert.equal(renamed.address, '/portal/security/devices?done=renamed')
    assert.match(renamed.words, /The name is saved\./)
    const ended = await browser.open('/portal/security?done=ended')
    assert.equal(ended.address, '/portal/security/sessions?done=ended')
    const saved = await browser.open('/portal/security?done=saved')
    assert.equal(saved.address, '/portal/security?done=saved')
    assert.match(saved.words, /The setting is saved\./)
    // What was never done is not said.
    const made = await browser.open('/portal/security?done=money')
    assert.equal(made.address, '/portal/security?done=money')
  })

  test('a device is blocked or removed, and each says what comes of it', async (t) => {
    const { browser } = await inside(t)
    const { html } = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(html)?.[0] ?? ''
    const { words } = await browser.open(device)
    assert.match(
      words,
      /Lost or stolen\? Block it It stops working at once\. .*unblock it.*Block this/,
    )
    assert.match(
      words,
      /No longer used\? Remove it It is removed .* for good and cannot be unblocked.*Remove this/,
    )
    assert.doesNotMatch(words, /Send it back/)
  })

  test('renames a device, and says what a name may be', async (t) => {
    const { browser } = await inside(t)
    const device =
      /\/portal\/security\/devices\/aut_\w{26}/.exec(
        (await browser.open('/portal/security/devices')).html,
      )?.[0] ?? ''
    await browser.open(device)
    const wrong = await browser.submit(/name$/, { label: 'x'.repeat(41) })
    assert.equal(wrong.status, 400)
    assert.match(wrong.words, /A name has 1 to 40 characters\./)
    await browser.open(device)
    const shown = await browser.submit(/name$/, { label: ' <i>Anna’s</i>  iPhone ' })
    assert.match(shown.words, /The name is saved\./)
    assert.match(shown.html, /&lt;i&gt;Anna’s&lt;\/i&gt; iPhone/)
  })

  test('S70 blocks a lost device after asking once more, and for no other proof', async (t) => {
    const { browser } = await inside(t)
    const device =
      /\/portal\/security\/devices\/aut_\w{26}/.exec(
        (await browser.open('/portal/security/devices')).html,
      )?.[0] ?? ''
    const sure = await browser.open(`${device}/stop`)
    assert.equal(sure.heading, `Block ${LABEL}?`)
    const shown = await browser.submit(/stop$/)
    assert.match(shown.words, /The device is blocked\./)
    assert.match(shown.words, new RegExp(`${LABEL} Blocked`))
    assert.doesNotMatch((await browser.open(device)).html, /\/stop"/, 'it is blocked once')
  })

  test('of a device of another client knows nothing', async (t) => {
    const door = await inside(t)
    assert.equal(
      (await door.browser.open('/portal/security/devices/aut_01ABCDEFGHJKMNPQRSTVWXYZ12')).status,
      404,
    )
  })

  test('S85 shows every session and ends each, or all others at once', async (t) => {
    const door = await inside(t)
    const other = visitor(door)
    await logIn(other)
    await typeResponse({ ...door, browser: other })
    const third = visitor(door)
    await logIn(third)
    await typeResponse({ ...door, browser: third })
    const shown = await door.browser.open('/portal/security/sessions')
    // The first of them set up the phone.
    assert.equal([...shown.html.matchAll(/sessions\/ses_\w{26}\/end/g)].length, 3)
    assert.match((await door.browser.submit(/sessions\/ses_\w+\/end$/)).words, /Logged out there\./)
    assert.match(
      (await door.browser.submit('/portal/security/sessions/end-others')).words,
      /everywhere else/,
    )
    for (const gone of [other, third])
      assert.match((await gone.open('/portal')).address, /^\/login/)
    assert.equal((await door.browser.open('/portal')).address, '/portal')
  })

  test('S85 logs out everywhere, here too, and says so before and after', async (t) => {
    const door = await inside(t)
    const other = visitor(door)
    await logIn(other)
    await typeResponse({ ...door, browser: other })
    const stranger = visitor(door)
    await door.world.add({ userName: 'ben', password: PASSWORD })
    const ben = { ...ANNA, userName: 'ben' }
    await logIn(stranger, ben)
    const shown = await door.browser.open('/portal/security/sessions')
    assert.match(
      shown.words,
      /This ends every login with your user name at once: .* and this page\./,
    )
    const session = door.browser.cookies.get('session') ?? ''
    const left = await door.browser.submit('/portal/security/sessions/end-all')
    assert.equal(left.heading, 'You are logged out everywhere')
    assert.equal(door.browser.cookies.has('session'), false)
    const copy = visitor(door)
    copy.cookies.set('session', session)
    for (const gone of [door.browser, copy, other])
      assert.match((await gone.open('/portal')).address, /^\/login/)
    assert.equal((await stranger.open('/portal')).address, '/portal', 'ben is another client')
  })

  test('S85 more sessions than a page lists end all the same', async (t) => {
    const door = await inside(t)
    const { world } = door
    const [held] = await world.db.read.selectFrom('session').selectAll().execute()
    assert.ok(held)
    const copies = Array.from({ length: 150 }, (_, index) => {
      const name = `${index}`.padStart(26, '0')
      const row = {
        ...held,
        id: `ses_${name}`,
        login_id: `lgn_${name}`,
        token_hash: Buffer.from(name.padEnd(32)),
      }
      return { ...world.db.write.insertInto('session').values(row).compile(), rows: 1 }
    })
    await world.db.commit(copies)
    await door.browser.open('/portal/security/sessions')
    await door.browser.submit('/portal/security/sessions/end-all')
    const open = world.db.read.selectFrom('session').select('id').where('ended_at_ms', 'is', null)
    assert.deepEqual(await open.execute(), [])
  })

  test('forgets browsers: they are new again', async (t) => {
    const door = await story(t)
    await getKnown(door)
    await logIn(door.browser)
    await typeResponse(door)
    const shown = await door.browser.open('/portal/security/sessions')
    assert.match(shown.words, /Browsers we know/)
    await door.browser.submit('/portal/security/browsers/forget')
    assert.equal(door.browser.cookies.has('browser'), false)
    await door.browser.submit('/portal/log-out')
    const again = await logIn(door.browser)
    assert.ok(!again.html.includes(LABEL))
  })

  test('logs out, and the session is over everywhere', async (t) => {
    const door = await inside(t)
    const session = door.browser.cookies.get('session') ?? ''
    assert.match((await door.browser.submit('/portal/log-out')).address, /^\/login/)
    const thief = visitor(door)
    thief.cookies.set('session', session)
    assert.match((await thief.open('/portal')).address, /^\/login/)
  })

  test('S78 is closed after half an hour of nothing, and says so two minutes before', async (t) => {
    const { browser, world } = await inside(t)
    assert.match(
      (await browser.open('/portal')).html,
      /hidden id="session-end" data-seconds="1800"/,
    )
    world.advance(minutes(29))
    assert.equal((await browser.open('/portal')).address, '/portal')
    world.advance(minutes(30))
    assert.match((await browser.open('/portal')).address, /^\/login/)
  })

  test('R170 speaks French, in which what is open and closed agrees with what it is', async (t) => {
    const { browser, world } = await inside(t)
    const shown = await browser.open('/portal/security?language=fr')
    assert.equal(shown.heading, 'Vos moyens de connexion')
    assert.match(shown.words, /Actif Tout USD 1 000 000/)
    const open = await browser.open('/portal')
    assert.match(open.words, /Portail client Ouvert Trading Ouvert Retraits Jusqu’à/)
    const applied = world.db.write.updateTable('account').set({ status: 'applied' })
    await world.db.commit([{ ...applied.compile(), rows: null }])
    const closed = await browser.open('/portal')
    assert.match(closed.words, /Portail client Ouvert Trading Fermé Retraits Fermés/)
    assert.doesNotMatch(shown.words, /\{\{|portal\.|method\./)
  })
})

suite('An address of the portal before this one', () => {
  const earlier = { '/account/security-device': 'devices', '/account': 'overview' } as const
  const portal = { formerAddresses: earlier }

  test('R019 leads to where the setting is now, by way of the login where one is needed', async (t) => {
    const door = await openDoor(t, { http: { portal } })
    await door.world.add({ userName: 'anna', password: PASSWORD })
    const browser = visitor(door)
    const asked = await browser.open('/account/security-device?next=https://evil.example/')
    assert.match(asked.address, /^\/login/)
    const inside = await browser.submit('/login', ANNA)
    assert.equal(inside.address, '/portal/security/devices')
    assert.equal((await browser.open('/account')).address, '/portal')
    assert.equal((await browser.open('/account/other')).status, 404)
  })

  test('R019 is none of ours, whatever is added to these', async (t) => {
    const { app } = await openSite(t)
    const first = new Set(app.routeList.map(({ url }) => url.split('/')[1] ?? ''))
    const unknown = [...first].filter((one) => one !== '' && !OWN_ADDRESSES.includes(one))
    assert.deepEqual(unknown, [])
  })
})
