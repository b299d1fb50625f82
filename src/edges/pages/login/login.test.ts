import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { after, hours, instant, type Millis, millis, minutes, seconds } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { formatsOf } from '#edges/texts/formats.ts'
import { createLogger } from '#edges/http/log.ts'
import { rich } from '#edges/pages/frame/html.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { texts } from '#edges/texts/texts.ts'
import { sample as smsCode } from '#methods/sms-code/sample.ts'
import { sample as totp } from '#methods/totp/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import { subscriberOf } from '../../../../test/support/clients/printed.ts'
import { textsOf } from '../../../../test/support/clients/texts.ts'
import { openDoor, type Shown, visitor } from '../../../../test/support/server/door.ts'
import {
  ANNA,
  approve,
  asked,
  authenticatorIn,
  getKnown,
  LABEL,
  logIn,
  numberOn,
  PASSWORD,
  post,
  story,
  typeResponse,
  until,
} from '../../../../test/support/clients/login-story.ts'

suite('The login form', () => {
  test('R020 asks for user name and password, and for live or paper', async (t) => {
    const browser = visitor(await openDoor(t))
    const { html, title } = await browser.open('/login')
    assert.equal(title, 'Log in – Example Brokerage')
    assert.match(html, /name="userName" type="text" autocomplete="username webauthn"/)
    assert.match(html, /name="password" type="password" autocomplete="current-password"/)
    assert.match(html, /value="live" checked>/)
    assert.match(html, /value="paper">/)
  })

  test('R170 says before the password that passkeys need JavaScript, to every visitor alike', async (t) => {
    const browser = visitor(await openDoor(t))
    const first = await browser.open('/login')
    const said = '<noscript><p>Passkeys need JavaScript. It is off in this browser.</p></noscript>'
    assert.ok(first.html.includes(said))
    const french = await browser.open('/login?language=fr')
    assert.match(french.html, /<noscript><p>Les clés d’accès ont besoin de JavaScript/)
  })

  test('says which platform it is for, and knows no others', async (t) => {
    const browser = visitor(await openDoor(t))
    assert.match((await browser.open('/login?platform=trade')).words, /Trading platform/)
    const unknown = await browser.open('/login?platform=moon')
    assert.equal(unknown.status, 400)
    assert.equal(unknown.heading, 'We do not know this platform')
  })

  test('R167 tells a wrong password and a wrong response apart', async (t) => {
    const door = await story(t)
    const password = await logIn(door.browser, { password: 'a guess' })
    assert.match(password.words, /This user name and password do not match\./)
    assert.doesNotMatch(password.words, /Wrong response/)
    const { address } = await logIn(door.browser)
    await door.browser.open(`${address}?view=response`)
    const response = await door.browser.submit(/answer$/, { answer: '00000000' })
    assert.match(response.words, /Wrong response\./)
    assert.doesNotMatch(response.words, /user name and password/)
  })

  test('A1 R167 says one thing for a wrong password and for an unknown name', async (t) => {
    const door = await openDoor(t)
    await door.world.add({ userName: 'anna', password: PASSWORD })
    const told = async (userName: string) => {
      const browser = visitor(door)
      const shown = await logIn(browser, { userName, password: 'wrong' })
      const html = shown.html
        .replaceAll(userName, 'X')
        .replaceAll(/value="[^"]{40,}"|challenge&quot;:&quot;[\w-]{43}/g, '')
      return { status: shown.status, html, cookies: [...browser.cookies.keys()] }
    }
    assert.deepEqual(await told('nobody'), await told('anna'))
  })

  test('shown again keeps the user name and never the password', async (t) => {
    const browser = visitor(await openDoor(t))
    const shown = await logIn(browser, {
      userName: 'an<b>"na',
      password: 'canary-1',
      environment: 'paper',
    })
    assert.equal(shown.status, 401)
    assert.match(shown.title, /^Error: /)
    assert.match(shown.html, /value="an&lt;b&gt;&quot;na"/)
    assert.match(shown.html, /value="paper" checked>/)
    assert.doesNotMatch(shown.html, /canary/)
    assert.match(shown.html, /<a href="#password">This user name and password do not match\./)
    assert.match(
      shown.html,
      /id="password"[^>]*aria-describedby="password-error" aria-invalid="true"/,
    )
  })

  test('names each field that is empty', async (t) => {
    const browser = visitor(await openDoor(t))
    const shown = await logIn(browser, { userName: ' ', password: '' })
    assert.match(shown.words, /2 things to correct Type your user name. Type your password./)
  })

  test('R029 R152 the wrong account has a page that asks for the password and nothing else', async (t) => {
    const door = await openDoor(t)
    const accounts = [{ number: 'DU1', environment: 'paper' }] as const
    await door.world.add({ userName: 'anna', password: PASSWORD, accounts })
    const browser = visitor(door)
    const shown = await logIn(browser)
    assert.deepEqual([shown.status, shown.heading], [409, 'This is a paper account'])
    assert.match(shown.words, /You chose Live\./)
    assert.doesNotMatch(shown.html, /role="alert"|type="radio"/)
    assert.doesNotMatch(shown.html, new RegExp(PASSWORD))
    const inside = await browser.submit('/login', { password: PASSWORD })
    assert.equal(inside.address, '/portal')
  })

  test('A1 a wrong password hears nothing of the other account', async (t) => {
    const door = await openDoor(t)
    const accounts = [{ number: 'DU1', environment: 'paper' }] as const
    await door.world.add({ userName: 'anna', password: PASSWORD, accounts })
    const shown = await logIn(visitor(door), { password: 'a guess' })
    assert.match(shown.words, /do not match/)
    assert.doesNotMatch(shown.words, /paper account/)
  })

  test('A1 a locked user name has a page with the number to call, and so has an unknown one', async (t) => {
    const door = await openDoor(t)
    await door.world.add({ userName: 'anna', password: PASSWORD })
    const pages: string[] = []
    for (const userName of ['anna', 'nobody']) {
      const browser = visitor(door)
      await logIn(browser, { userName, password: 'a guess' })
      const guessed = door.world.db.write.updateTable('throttle').set({ failures: 50 })
      await door.world.db.commit([{ ...guessed.where('failures', '=', 1).compile(), rows: 1 }])
      const shown = await logIn(browser, { userName, password: PASSWORD })
      assert.deepEqual([shown.status, shown.heading], [403, 'This user name is locked'])
      assert.match(shown.html, /<a class="button" href="tel:\+12125550100">Call us:/)
      assert.doesNotMatch(shown.html, /<form|role="alert"/)
      pages.push(shown.html)
    }
    assert.equal(pages[0], pages[1])
  })

  test('tells a caller who guesses how long to wait', async (t) => {
    const door = await openDoor(t)
    const browser = visitor(door)
    for (let count = 0; count < 4; count += 1) await logIn(browser, { password: `wrong ${count}` })
    const shown = await logIn(browser, { password: 'wrong again' })
    assert.equal(shown.status, 429)
    assert.match(shown.words, /Too many tries for this user name\. You can try again in 1 second\./)
  })

  test('leads a client who is logged in straight on', async (t) => {
    const door = await story(t)
    await logIn(door.browser)
    await typeResponse(door)
    assert.equal((await door.browser.open('/login')).address, '/portal')
    assert.match((await door.browser.open('/login?platform=trade')).heading, /Log in/)
  })
})

suite('The waiting page', () => {
  test('R021 moves on when the phone has approved', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    assert.equal(shown.heading, 'Approve on your phone')
    await approve(door, numberOn(shown))
    assert.equal((await door.browser.open(shown.address)).address, '/portal')
  })

  test('without a script has a button that looks whether it may', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    assert.match(shown.html, /<noscript><form[^>]*continue">.*I have approved: continue/)
    const early = await door.browser.submit(/continue$/)
    assert.match(early.words, /^Not approved yet\./)
    assert.equal(early.heading, 'Approve on your phone')
    await approve(door, numberOn(shown))
    assert.equal((await door.browser.submit(/continue$/)).address, '/portal')
  })

  test('says until when, by the clock of the brokerage', async (t) => {
    const { browser } = await story(t)
    assert.match((await logIn(browser)).words, /Valid until 07:01 \(New York time\)\./)
  })

  test('A5 in a new browser shows a number that the phone asks for, also as a picture', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    assert.match(numberOn(shown), /^\d{6}$/)
    // The notification, then the picture, then challenge and response.
    const order = /Open the [\s\S]*class="number"[\s\S]*<svg class="qr"[\s\S]*view=response/
    assert.match(shown.html, order)
    assert.equal((await asked(door, door.phone)).number, null)
  })

  test('in a new browser names kinds of devices, never labels', async (t) => {
    const { browser } = await story(t)
    const shown = await logIn(browser)
    const picker = await browser.open(`${shown.address}?view=choose`)
    for (const { html } of [shown, picker]) assert.ok(!html.includes(LABEL))
    assert.match(picker.words, /Phone Approve on the phone/)
  })

  test('offers the next device with one press, and all of them behind one link', async (t) => {
    const door = await story(t)
    assert.doesNotMatch((await logIn(door.browser)).words, /Confirm with/)
    await typeResponse(door)
    const subscriberId = await subscriberOf(door.world, 'anna')
    for (const [method, state] of [
      ['sms-code', smsCode.state],
      ['totp', totp.state],
    ] as const) {
      const id = newId('aut', door.world.now(), door.world.random)
      const facts = { id, method, label: `My ${method}`, createdAt: door.world.now() }
      const held = { ...FRESH, ...facts, state }
      assert.ok(await door.world.db.commit(bindingWrites(door.world.db, held, [subscriberId])))
    }
    const shown = await logIn(visitor(door))
    assert.equal(shown.heading, 'Approve on your phone')
    assert.deepEqual(shown.words.match(/Confirm with [\w ]+? Confirm another way/g)?.length, 1)
    assert.equal(shown.html.match(/name="authenticator"/g)?.length, 1)
  })

  test('in a browser that is known names the phone, and shows no number', async (t) => {
    const door = await story(t)
    await getKnown(door)
    const shown = await logIn(door.browser)
    assert.ok(shown.words.includes(`on ${LABEL} and approve`))
    assert.equal(numberOn(shown), '')
    await approve(door)
    assert.equal((await door.browser.open(shown.address)).address, '/portal')
  })

  test('tells what the phone has reported', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    assert.match(shown.words, /Sent to your phone 07:00 Waiting for you to open it/)
    const { transaction } = await asked(door, door.phone)
    for (const [kind, words] of [
      ['received', /Received on the phone/],
      ['opened', /Opened on the phone .*Waiting for your approval/],
    ] as const) {
      await post(door, kind, {
        jws: await door.phone.sign(kind, { transaction }, door.world.now()),
      })
      assert.match((await door.browser.open(shown.address)).words, words)
    }
  })

  test('after the time of the phone offers to ask again, or to answer without it', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    door.world.advance(seconds(90))
    const over = await door.browser.open(address)
    assert.equal(over.heading, 'No answer from your phone')
    assert.match(over.words, /within 90 seconds/)
    const link = /href="([^"]*view=response)"/.exec(over.html)?.[1] ?? ''
    assert.match((await door.browser.open(link)).heading, /without a notification/)
    await door.browser.open(address)
    assert.match(
      (await door.browser.submit(/challenge$/, { authenticator: authenticatorIn(over) })).words,
      /Approve on your phone/,
    )
  })

  test('says no when the phone says no, and nothing about whom', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const now = door.world.now()
    const jws = await door.phone.decide(await asked(door, door.phone), { now, decision: 'deny' })
    await post(door, 'answer', { jws })
    const shown = await door.browser.open(address)
    assert.equal(shown.heading, 'Denied on the phone')
    assert.match(shown.words, /Asked for Client Portal, live/)
    assert.match(
      shown.words,
      /Give us this reference\. .* [0-9A-Z]{4} [0-9A-Z]{4} \+1 212 555 0100/,
    )
    assert.ok(!shown.html.includes('anna'))
  })
})

suite('The response', () => {
  test('R036 R050 R051 R057 is reached by one link, and logs in', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    assert.match(shown.html, /view=response">I do not receive the notification<\/a>/)
    assert.equal((await typeResponse(door)).address, '/portal')
  })

  test('R024 may be typed with spaces', async (t) => {
    const door = await story(t)
    await logIn(door.browser)
    const shown = await door.browser.open(`${door.browser.page().address}?view=response`)
    const response = await door.phone.respond(numberOn(shown), door.world.now())
    const typed = ` ${response.slice(0, 2)} ${response.slice(2, 5)}-${response.slice(5)} `
    assert.equal((await door.browser.submit(/answer$/, { answer: typed })).address, '/portal')
  })

  test('R059 that is wrong brings a new challenge at once, and says how many tries are left', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const first = await door.browser.open(`${address}?view=response`)
    const shown = await door.browser.submit(/answer$/, { answer: '00000000' })
    assert.match(shown.title, /^Error: /)
    assert.match(shown.words, /Wrong response\. 4 tries left\. Here is a new challenge\./)
    assert.notEqual(numberOn(shown), numberOn(first))
    assert.match(shown.html, /id="answer"[^>]*aria-invalid="true"/)
    assert.equal((await typeResponse(door)).address, '/portal')
  })

  test('R059 that was wrong five times ends the login', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    await door.browser.open(`${address}?view=response`)
    for (let count = 0; count < 5; count += 1)
      await door.browser.submit(/answer$/, { answer: '00000000' })
    assert.equal(door.browser.page().heading, 'Too many wrong answers')
    assert.equal(door.browser.page().address, address)
  })

  test('of a client with a number alone, five times wrong, is told without a phone to approve on', async (t) => {
    const door = await openDoor(t)
    const inbox = textsOf(door.world)
    const holds = [{ method: 'sms-code', state: smsCode.state }]
    await door.world.add({ userName: 'anna', password: PASSWORD, holds })
    const browser = visitor(door)
    await logIn(browser)
    await deliverDue(door.world)
    const wrong = inbox.latest() === '000000' ? '000001' : '000000'
    for (let count = 0; count < 5; count += 1) await browser.submit(/answer$/, { answer: wrong })
    const over = browser.page()
    assert.equal(over.heading, 'Too many wrong answers')
    assert.match(over.words, /check each character\. Only the newest code counts/)
    const help = await browser.open('/help')
    assert.match(help.words, /Of the codes that we send, only the newest counts/)
    assert.doesNotMatch(over.words, /phone|challenge|response/i)
  })

  test('that cannot be one is no try: it is typed again', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const first = await door.browser.open(`${address}?view=response`)
    const shown = await door.browser.submit(/answer$/, { answer: '1234567' })
    assert.match(shown.words, /A response has 8 digits\. This try does not count/)
    assert.equal(numberOn(shown), numberOn(first))
  })

  test('after three minutes belongs to nothing: a new challenge costs one press', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const first = await door.browser.open(`${address}?view=response`)
    door.world.advance(minutes(3))
    const late = await door.browser.submit(/answer$/, {
      answer: await door.phone.respond(numberOn(first), door.world.now()),
    })
    assert.equal(late.address, address)
    const over = await door.browser.open(`${address}?view=response`)
    assert.equal(over.heading, 'This challenge has expired')
    const again = await door.browser.submit(/challenge$/, { authenticator: authenticatorIn(over) })
    assert.notEqual(numberOn(again), numberOn(first))
    assert.equal((await typeResponse(door)).address, '/portal')
  })

  test('with a connection that is slow may be sent twice, and opens one session', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const shown = await door.browser.open(`${address}?view=response`)
    const response = await door.phone.respond(numberOn(shown), door.world.now())
    const request = {
      ...({ method: 'POST', url: `${address}/answer` } as const),
      headers: {
        origin: door.settings.issuer,
        'content-type': 'application/x-www-form-urlencoded',
        cookie: `pre=${door.browser.cookies.get('pre')}`,
      },
      payload: new URLSearchParams({ ...hidden(shown), answer: response }).toString(),
    }
    const answers = await Promise.all([door.app.inject(request), door.app.inject(request)])
    const given = answers.flatMap(({ cookies }) => cookies.filter(({ name }) => name === 'session'))
    assert.equal(given.length, 1)
    for (const { statusCode } of answers) assert.equal(statusCode, 303)
  })
})

function hidden({ html }: Shown): Readonly<Record<string, string>> {
  const form = /<form[^>]*answer"[\s\S]*?<\/form>/.exec(html)?.[0] ?? ''
  return Object.fromEntries(
    [...form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  )
}

suite('A login', () => {
  test('A9 ends with secrets that were not known before', async (t) => {
    const door = await story(t)
    await logIn(door.browser)
    const before = door.browser.cookies.get('pre')
    const { address } = door.browser.page()
    await typeResponse(door)
    assert.notEqual(door.browser.cookies.get('pre'), before)
    const thief = visitor(door)
    thief.cookies.set('pre', before ?? '')
    assert.notEqual((await thief.open(address)).address, '/portal')
    assert.equal(thief.cookies.has('session'), false)
  })

  test('A9 S82 ends the session that the browser had before', async (t) => {
    const door = await story(t)
    await logIn(door.browser)
    await typeResponse(door)
    const before = door.browser.cookies.get('session') ?? ''
    await door.browser.open('/login?platform=trade')
    await door.browser.submit('/login', ANNA)
    await typeResponse(door)
    const thief = visitor(door)
    thief.cookies.set('session', before)
    assert.match((await thief.open('/portal')).address, /^\/login/)
    assert.equal((await door.browser.open('/portal')).address, '/portal')
  })

  test('A8 of another browser does not exist here', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const stranger = visitor(door)
    await stranger.open('/login')
    for (const url of [address, `${address}?view=response`, `${address}/events?since=0`]) {
      assert.equal((await stranger.open(url)).status, 404, url)
    }
    await stranger.open('/login')
    const form = /name="form" value="([^"]+)"/.exec(stranger.page().html)?.[1] ?? ''
    const response = await door.phone.respond(
      numberOn(await door.browser.open(address)),
      door.world.now(),
    )
    const answered = await stranger.ask({
      method: 'POST',
      url: `${address}/answer`,
      headers: {
        origin: door.settings.issuer,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams({ form, view: 'response', answer: response }).toString(),
    })
    assert.equal(answered.statusCode, 404)
    assert.equal(stranger.cookies.has('session'), false)
  })

  test('R031 that ran out of time shows the form again, with the name and the choice', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    door.world.advance(minutes(10))
    const shown = await door.browser.open(address)
    assert.match(shown.words, /This login took more than 10 minutes/)
    assert.match(shown.html, /value="anna"/)
    assert.match((await door.browser.submit('/login', ANNA)).heading, /Approve/)
  })

  test('R022 with a choice of ways begins again with any of them', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const picker = await door.browser.open(`${address}?view=choose`)
    assert.match(picker.words, /How do you want to confirm\? Logging in as anna, live account\./)
    const shown = await door.browser.submit(/challenge$/, {
      authenticator: authenticatorIn(picker),
    })
    assert.equal(shown.heading, 'Approve on your phone')
  })

  test('that asks for too many challenges is told when the next can be had', async (t) => {
    const door = await story(t)
    const { address } = await logIn(door.browser)
    const authenticator = authenticatorIn(await door.browser.open(`${address}?view=choose`))
    let shown = door.browser.page()
    for (let count = 0; count < 12 && shown.status !== 429; count += 1) {
      await door.browser.open(`${address}?view=choose`)
      shown = await door.browser.submit(/challenge$/, { authenticator })
    }
    assert.match(shown.words, /You asked for too many challenges\. You can try again (at|in)/)
    assert.match(shown.heading, /How do you want to confirm/)
  })

  test('A1 of an unknown name shows the same pages as one of a client, where decoys are on', async (t) => {
    const door = await story(t, { settings: { decoy: 'always' } })
    const pages = async (userName: string) => {
      const browser = visitor(door)
      const first = await logIn(browser, { userName, password: 'wrong password' })
      const second = await browser.open(`${first.address}?view=response`)
      const third = await browser.open(`${first.address}?view=choose`)
      const masked = ({ html, status }: Shown) => ({
        status,
        html: html
          .replaceAll(userName, 'X')
          .replaceAll(/(log|aut)_\w{26}/g, '$1')
          .replaceAll(/<path fill="#000"[^>]*>/g, '')
          .replaceAll(/\d( \d){5}|<span aria-hidden="true">\d{3}<\/span>|value="[\w-]{43}"/g, ''),
      })
      return [first, second, third].map(masked)
    }
    // Names have kinds of their own: this one is as long as hers, and has a phone and no more.
    const isLikeHers = async (userName: string) => {
      const { heading, html } = await logIn(visitor(door), { userName, password: 'wrong' })
      return heading === 'Approve on your phone' && !html.includes('name="authenticator"')
    }
    const names = Array.from({ length: 26 }, (_, at) => `ann${String.fromCodePoint(98 + at)}`)
    let nobody = ''
    for (const name of names) {
      if (nobody === '' && (await isLikeHers(name))) nobody = name
      door.world.advance(minutes(1))
    }
    assert.deepEqual(await pages(nobody), await pages('anna'))
    const real = visitor(door)
    assert.equal((await logIn(real)).heading, 'Approve on your phone')
  })

  test('leads on to the platform that waits for it, by a page that goes by itself', async (t) => {
    const door = await story(t)
    const uid = 'Abc_123-xyz'
    await door.browser.open(`/login?platform=trade&interaction=${uid}`)
    assert.match(door.browser.page().html, new RegExp(`href="/oidc/continue/${uid}/cancel"`))
    await door.browser.submit('/login', ANNA)
    const shown = await typeResponse(door)
    assert.equal(shown.heading, 'You are logged in')
    assert.match(
      shown.html,
      new RegExp(
        `<meta http-equiv="refresh" content="0;url=/oidc/continue/${uid}\\?platform=trade">`,
      ),
    )
    assert.ok(door.browser.cookies.has('session'))
  })

  test('A11 cannot be led elsewhere by an attacker who changes the form, or sends a link', async (t) => {
    const door = await story(t)
    await door.browser.open('/login?platform=trade&interaction=Abc')
    const next = /name="continue" value="([^"]+)"/.exec(door.browser.page().html)?.[1] ?? ''
    const forged = next.replace('Abc', 'Evil')
    assert.equal((await door.browser.submit('/login', { ...ANNA, continue: forged })).status, 403)
    for (const goal of ['https://evil.example', '//evil.example', '/portal/../oidc', '/logout']) {
      await door.browser.open(`/login?platform=portal&goal=${encodeURIComponent(goal)}`)
      await door.browser.submit('/login', ANNA)
      assert.equal((await typeResponse(door)).address, '/portal', goal)
      await door.browser.submit('/portal/log-out')
    }
  })

  test('two in one browser lead each to their own platform', async (t) => {
    const door = await story(t)
    await door.browser.open('/login?platform=trade&interaction=first')
    const first = await door.browser.submit('/login', ANNA)
    await door.browser.open('/login?platform=trade&interaction=second')
    await door.browser.submit('/login', ANNA)
    await door.browser.open(first.address)
    assert.match((await typeResponse(door)).html, /content="0;url=\/oidc\/continue\/first\?/)
  })
})

suite('The stream of a login', () => {
  test('R021 says what happens, and when there is another page to show', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    const [, address = ''] = /data-stream="([^"]+)"/.exec(shown.html) ?? []
    const heard = door.browser.ask({ method: 'GET', url: address.replaceAll('&amp;', '&') })
    await until(() => door.app.streams.count === 1)
    const { transaction } = await asked(door, door.phone)
    await post(door, 'opened', {
      jws: await door.phone.sign('opened', { transaction }, door.world.now()),
    })
    await approve(door, numberOn(shown))
    const { payload } = await heard
    assert.match(payload, /event: status\ndata: \{"status":"Sent to your phone\./)
    assert.match(payload, /event: status\ndata: \{"status":"The request is open on your phone\./)
    assert.match(payload, /event: moved\ndata: \{"status":"Approved\."\}\n\n$/)
    assert.equal(door.app.streams.count, 0)
  })

  test('that connects late learns at once that the page is old', async (t) => {
    const door = await story(t)
    const shown = await logIn(door.browser)
    const id = shown.address.split('/').at(-1)
    const { payload } = await door.browser.ask({
      method: 'GET',
      url: `/login/${id}/events?since=1`,
    })
    assert.match(payload, /event: moved/)
  })
})

test('a page that another tab has left behind is answered once', async (t) => {
  const lines: string[] = []
  const logger = createLogger('warn', { write: (line) => void lines.push(line) })
  const door = await story(t, { logger })
  const { address } = await logIn(door.browser)
  await logIn(door.browser)
  await typeResponse(door)
  const led = await door.browser.open(address)
  assert.equal(led.address, '/portal')
  assert.deepEqual(lines, [])
})

test('when the next try is possible is told by the first minute that is late enough', () => {
  const now = instant(Date.UTC(2026, 10, 20, 12, 0, 0))
  const context = {
    texts: texts('en'),
    formats: formatsOf('en', 'America/New_York'),
    site: { now: () => now },
  } as unknown as PageContext
  const said = (wait: Millis) => againAt(context, after(now, wait))
  assert.match(said(minutes(10)), /07:10/)
  assert.match(said(millis(minutes(10) + 1)), /07:11/)
  assert.match(said(minutes(2)), /120/)
  // 07:00 at the brokerage: its day has 17 hours left.
  assert.match(said(millis(hours(17) - 1_000)), /on 21 November 2026 at 00:00 \(New York time\)/)
  assert.match(said(hours(16)), /again at 23:00/)
  assert.match(said(hours(24)), /again on 21 November 2026 at 07:00/)
})

test('a user name or serial number with a hyphen stays in one line', () => {
  const said = (userName: string) => String(rich(texts('en'), 'login.choose.as.live', { userName }))
  assert.match(said('demo-anna'), /<strong class="whole">demo-anna<\/strong>/)
  for (const other of ['anna', 'demo anna-b', `a-${'b'.repeat(30)}`, '-'])
    assert.doesNotMatch(said(other), /whole/, other)
})
