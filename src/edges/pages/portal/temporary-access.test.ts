import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { after, days, hours, millis, minutes } from '#core/time/time.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import {
  type Door,
  openDoor,
  type Shown,
  type Visitor,
  visitor,
} from '../../../../test/support/server/door.ts'
import { givenPasscode, subscriberOf } from '../../../../test/support/clients/printed.ts'
import { PASSWORD, personWithPhone } from '../../../../test/support/clients/engine-story.ts'

/**
 * The pages of a client whose device is away: passcode, printing a card, logging in with it, and
 * back.
 */

async function away(t: TestContext): Promise<Door & { readonly passcode: string }> {
  const door = await openDoor(t)
  await personWithPhone(door.world, 'anna')
  return { ...door, passcode: await givenPasscode(door.world, 'anna') }
}

/** As far as the second step. */
async function toSecondStep(browser: Visitor, platform = 'portal'): Promise<Shown> {
  await browser.open(`/login?platform=${platform}`)
  return await browser.submit('/login', {
    userName: 'anna',
    password: PASSWORD,
    environment: 'live',
  })
}

async function logIn(browser: Visitor, passcode: string): Promise<Shown> {
  const asked = await toSecondStep(browser)
  assert.equal(asked.heading, 'Type your temporary passcode')
  return await browser.submit(/\/answer$/, { answer: passcode })
}

/** What stands on a card, by number. */
const codesOn = ({ html }: Shown): ReadonlyMap<string, string> =>
  new Map(
    [...html.matchAll(/<li><span>(\d+)<\/span><b>([^<]+)<\/b>/g)].map(
      ([, index = '', code = '']) => [index, code] as const,
    ),
  )

/** The numbers that a page asks for. */
const askedOn = ({ words }: Shown): readonly string[] =>
  [...words.matchAll(/number (\d+)/g)].map(([, index = '']) => index)

const typedFrom = (card: ReadonlyMap<string, string>, page: Shown): string =>
  askedOn(page)
    .map((index) => card.get(index) ?? '')
    .join('')

/** Asks for a card on the page that is open and looks at it; the passcode was typed just now. */
async function print(browser: Visitor): Promise<Shown> {
  return await browser.submit('/portal/security/enrolments', { method: 'code-card' })
}

/** The password again, then the passcode, whatever else there is to choose. */
async function confirmed(browser: Visitor, passcode: string): Promise<void> {
  const asked = await browser.submit(/^\/tasks\//, { password: PASSWORD })
  if (!asked.words.includes('Temporary passcode, 8 characters')) {
    const [, id = ''] =
      /value="(aut_[^"]+)">(?:(?!<button)[\s\S])*Temporary passcode/.exec(asked.html) ?? []
    await browser.submit(/\/challenge$/, { authenticator: id })
  }
  await browser.submit(/\/answer$/, { answer: passcode })
}

async function cardOf(browser: Visitor): Promise<ReadonlyMap<string, string>> {
  const sheet = await print(browser)
  const card = codesOn(sheet)
  assert.equal(card.size, 224)
  const check = await browser.open(`${sheet.address}?view=check`)
  const bound = await browser.submit(/\/answer$/, { answer: typedFrom(card, check) })
  // Its hyphen breaks no line.
  assert.match(bound.heading, /^Code card [0-9]{5}\u2011[0-9]{4} is ready$/)
  return card
}

suite('The pages of temporary access', () => {
  test('R096 R104 one press types the passcode and comes to the card that it confirms', async (t) => {
    const door = await away(t)
    const browser = visitor(door)
    const asked = await toSecondStep(browser)
    assert.match(asked.html, /name="next" value="print">Log in and print a code card</)
    const wrong = await browser.submit(/\/answer$/, { answer: 'ABCD2345', next: 'print' })
    assert.match(wrong.words, /Wrong passcode/)
    const card = await browser.submit(/\/answer$/, { answer: door.passcode, next: 'print' })
    assert.match(card.address, /^\/portal\/security\/enrolments\/enr_\w{26}$/)
    assert.equal(codesOn(card).size, 224)
    const check = await browser.open(`${card.address}?view=check`)
    const bound = await browser.submit(/\/answer$/, { answer: typedFrom(codesOn(card), check) })
    assert.match(bound.words, /is ready You can now log in with it\. Valid until/)
    // What confirmed this card confirms no other.
    await browser.open('/portal/security')
    assert.match((await print(browser)).address, /^\/tasks\//)
  })

  test('S12 while binding is held it lets in, and says why no card is printed', async (t) => {
    const door = await away(t)
    const { world } = door
    const subscriberId = await subscriberOf(world, 'anna')
    const until = after(world.now(), hours(1))
    const hold = { kind: 'review', forbids: ['binding'], until, by: 'operator' } as const
    await startHold(world, { subscriberId, ...hold })
    const browser = visitor(door)
    await toSecondStep(browser)
    const refused = await browser.submit(/\/answer$/, { answer: door.passcode, next: 'print' })
    assert.equal(refused.status, 403)
    assert.equal(codesOn(refused).size, 0)
    assert.equal((await browser.open('/portal')).status, 200)
  })

  test('R104 a card is printed, checked, bound with its end, and opens the portal', async (t) => {
    const { app, settings, world, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    await browser.open('/portal/security')
    const sheet = await print(browser)
    assert.equal(sheet.heading, 'Print your code card')
    assert.equal(sheet.headers['cache-control'], 'no-store')
    assert.match(sheet.words, /Valid until 11 December 2026, 07:00/)
    assert.match(sheet.words, /New York time/)
    assert.ok(
      sheet.words.includes('+1 212 555 0100'.replaceAll(' ', '\u00a0')) ||
        /212.555.0100/.test(sheet.words),
    )
    const [paper = ''] = /<section class="sheet[\s\S]*?<\/section>/.exec(sheet.html) ?? []
    assert.ok(!paper.includes('anna') && !paper.includes('U-anna'), 'no name is on it')
    assert.ok(!/<img|url\(/.test(paper), 'no address of a picture')
    const [serial = ''] = /[0-9]{5}-[0-9]{4}/.exec(paper) ?? []
    assert.ok(paper.split(serial).length > 15, 'as a watermark and in the head')
    const card = codesOn(sheet)

    const check = await browser.open(`${sheet.address}?view=check`)
    assert.match(check.words, /Make sure that the card is printed or saved/)
    const malformed = await browser.submit(/\/answer$/, { answer: 'UUU' })
    assert.match(malformed.words, /This try does not count/)
    const wrong = await browser.submit(/\/answer$/, { answer: '000000' })
    assert.match(wrong.words, /4 tries left/)
    const typed = typedFrom(card, wrong)
    const spaced = `${typed.slice(0, 3)} ${typed.slice(3)}`.toLowerCase()
    const bound = await browser.submit(/\/answer$/, { answer: spaced })
    assert.equal(bound.heading, `Code card ${serial.replace('-', '\u2011')} is ready`)
    assert.match(bound.words, /11 December 2026, 07:00 \(New York time\)/)

    // The passcode is over, and the card is all there is.
    world.advance(days(12))
    const fresh = visitor({ app, settings })
    const asked = await toSecondStep(fresh)
    const chosen = asked.heading.startsWith('Type two codes')
      ? asked
      : await fresh.submit(/\/challenge$/)
    assert.equal(askedOn(chosen).length, 2)
    const again = await fresh.submit(/\/answer$/, { answer: '000000' })
    assert.deepEqual(askedOn(again), askedOn(chosen), 'the pair stays')
    assert.match(again.words, /4 tries left/)
    const inside = await fresh.submit(/\/answer$/, { answer: typedFrom(card, again) })
    assert.equal(inside.address, '/portal')
    assert.equal(inside.heading, 'Hello, anna')
  })

  test('A15 the second look at the card is 410, explains itself, and begins again or goes on', async (t) => {
    const { app, settings, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    await browser.open('/portal/security')
    const sheet = await print(browser)
    const card = codesOn(sheet)
    for (const address of [sheet.address, `${sheet.address}?view=card`]) {
      const second = await browser.open(address)
      assert.equal(second.status, 410)
      assert.equal(second.heading, 'This was already shown once')
      assert.equal(codesOn(second).size, 0)
    }
    const kept = await browser.open(`${sheet.address}?view=check`)
    assert.equal(askedOn(kept).length, 2)
    assert.equal(codesOn(kept).size, 0)
    await browser.open(sheet.address)
    const next = await browser.submit('/portal/security/enrolments', { method: 'code-card' })
    assert.equal(next.status, 200)
    const other = codesOn(next)
    assert.equal(other.size, 224)
    assert.notDeepEqual([...other], [...card])
    const over = await browser.open(`${sheet.address}?view=check`)
    assert.equal(over.heading, 'The ten minutes are over')
  })

  test('R025 R153 small letters are explained, and the next try is in', async (t) => {
    const { app, settings, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await toSecondStep(browser)
    const wrong = await browser.submit(/\/answer$/, { answer: '00000000' })
    if (passcode !== '00000000') assert.match(wrong.words, /Wrong passcode\. 4 tries left/)
    if (/[A-Z]/.test(passcode)) {
      const told = await browser.submit(/\/answer$/, { answer: passcode.toLowerCase() })
      assert.match(told.words, /Type the passcode in capital letters\./)
    }
    const malformed = await browser.submit(/\/answer$/, { answer: 'OIL' })
    assert.match(malformed.words, /never I, L, O or U/)
    const inside = await browser.submit(/\/answer$/, { answer: passcode })
    assert.equal(inside.heading, 'Hello, anna')
  })

  test('A14 another browser hears why the right passcode is refused', async (t) => {
    const { app, settings, passcode } = await away(t)
    await logIn(visitor({ app, settings }), passcode)
    const other = visitor({ app, settings })
    const told = await logIn(other, passcode)
    assert.match(told.words, /in use in another browser/)
    const wrong = await other.submit(/\/answer$/, {
      answer: passcode.split('').toReversed().join(''),
    })
    assert.doesNotMatch(wrong.words, /in use in another browser/)
  })

  test('A14 R095 from the third day on every route but printing and leaving is closed', async (t) => {
    const { app, settings, world, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    const subscriberId = await subscriberOf(world, 'anna')
    const held = await listAuthenticators(world.db, subscriberId)
    const phone = held.find(({ value }) => value.method === 'phone-key')?.value.id ?? ''
    world.advance(hours(48))
    const asked = await toSecondStep(browser)
    assert.match(asked.words, /You can now only print your code card/)
    const home = await browser.submit(/\/answer$/, { answer: passcode })
    assert.equal(home.heading, 'Print your code card')
    const routes = [
      ['GET', `/portal/security/devices/${phone}`],
      ['GET', `/portal/security/devices/${phone}/stop`],
      ['POST', `/portal/security/devices/${phone}/stop`],
      ['POST', `/portal/security/devices/${phone}/name`],
      ['POST', `/portal/security/devices/${phone}/remove`],
      ['POST', `/portal/security/devices/${phone}/reactivate`],
      ['POST', '/portal/security/sessions/end-others'],
      ['POST', '/portal/security/seamless'],
      ['POST', '/portal/security/browsers/forget'],
    ] as const
    for (const [method, url] of routes) {
      const headers = {
        origin: settings.issuer,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      }
      const payload = method === 'POST' ? { payload: '' } : {}
      const answer = await browser.ask({ method, url, headers, ...payload })
      assert.equal(answer.statusCode, 403, url)
      assert.match(answer.payload, /You can only print your code card/, url)
    }
    // A phone is no card.
    const refused = await browser.submit('/portal/security/enrolments', { method: 'phone-key' })
    assert.equal(refused.status, 403)
    await browser.open('/portal')
    await cardOf(browser)
    const out = await browser.submit('/portal/log-out')
    assert.equal(out.address, '/login?platform=portal')
    world.advance(days(10))
    const over = await toSecondStep(browser)
    assert.notEqual(over.status, 500)
  })

  test('R100 A1 when all is expired the page says so after the password, with the number of the desk; before it nothing', async (t) => {
    const { app, settings, world, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    await browser.open('/portal/security')
    await cardOf(browser)
    const revoked = (await listAuthenticators(world.db, await subscriberOf(world, 'anna'))).filter(
      ({ value }) => value.method === 'phone-key',
    )
    const changed = revoked.map(({ value, version }) => ({
      value: { ...value, lifecycle: 'revoked' as const },
      version,
    }))
    assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
    world.advance(days(22))
    for (const platform of ['portal', 'trade']) {
      const over = await toSecondStep(visitor({ app, settings }), platform)
      assert.match(
        over.words,
        /has expired .*Call us: we check that it is you and give you temporary access/,
      )
      assert.match(over.html, /href="tel:\+12125550100"/)
      assert.doesNotMatch(over.address, /\/login\/log_/, 'there is nothing to confirm with')
    }
    const stranger = visitor({ app, settings })
    await stranger.open('/login?platform=portal')
    const guess = { userName: 'anna', password: 'a guess', environment: 'live' }
    assert.doesNotMatch((await stranger.submit('/login', guess)).words, /expired/)
  })

  test('R109 R161 R162 R172 what has expired says so after the password, and what to do', async (t) => {
    const { app, settings, world, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    await browser.open('/portal/security')
    world.advance(days(12))
    const passcodeOver = await toSecondStep(visitor({ app, settings }))
    assert.match(passcodeOver.words, /Your temporary passcode has expired .*Call us/)
    assert.match(
      passcodeOver.html,
      /href="\/help\/passcode">Help: I was given a temporary passcode</,
    )
    const again = await givenPasscode(world, 'anna', { approvedBy: 'supervisor-1' })
    await logIn(browser, again)
    await browser.open('/portal/security')
    await cardOf(browser)
    world.advance(days(21))
    const cardOver = await toSecondStep(visitor({ app, settings }))
    assert.match(cardOver.words, /Your code card has expired .*Call us/)
    assert.match(cardOver.html, /href="\/help\/printed-card">/)
    const french = visitor({ app, settings })
    await french.open('/login?platform=portal&language=fr')
    const told = await french.submit('/login', {
      userName: 'anna',
      password: PASSWORD,
      environment: 'live',
    })
    assert.match(told.words, /Votre carte de codes a expiré/)
  })

  test('R095 R096 the overview of temporary access says until when a card is to be printed, until it is', async (t) => {
    const { app, settings, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    const home = await browser.open('/portal')
    assert.match(home.words, /Print your code card before 22 November, 07:00\./)
    assert.match(home.words, /With the card you can log in for 21 days\./)
    assert.doesNotMatch(home.words, /no device that works/)
    assert.match(home.html, /name="method" value="code-card"/)
    await browser.open('/portal/security')
    await cardOf(browser)
    assert.doesNotMatch((await browser.open('/portal')).words, /Print your code card before/)
  })

  test('R097 the device that is back is switched on when that is confirmed, and the rest ends', async (t) => {
    const { app, settings, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    await browser.open('/portal/security')
    await cardOf(browser)
    const security = await browser.open('/portal/security/devices')
    assert.match(security.words, /Test phone Paused/)
    const [, address = ''] =
      /href="([^"]+)">Manage<span class="hidden"> Test phone/.exec(security.html) ?? []
    const device = await browser.open(address)
    assert.match(device.words, /your temporary passcode and your code card expire at once/)
    await browser.submit(/\/reactivate$/)
    await confirmed(browser, passcode)
    const back = await browser.submit(/\/reactivate$/)
    assert.match(back.words, /The device works again\. Its replacement has expired\./)
    assert.doesNotMatch(back.words, /Paused|Code card [0-9]/)
  })

  test('R096 R104 the page of the card asks for its codes too, and the session goes on to trade', async (t) => {
    const door = await away(t)
    const browser = visitor(door)
    await toSecondStep(browser)
    const card = await browser.submit(/\/answer$/, { answer: door.passcode, next: 'print' })
    // Hidden until a script has printed the card.
    assert.deepEqual(askedOn(card), [])
    const asked = [...card.html.matchAll(/number <strong>(\d+)</g)]
    const codes = codesOn(card)
    const answer = asked.map(([, index = '']) => codes.get(index) ?? '').join('')
    const bound = await browser.submit(/\/answer$/, { answer })
    assert.match(bound.words, /Valid until/)
    assert.match((await browser.open('/portal')).words, /Trading Open/)
  })

  test('R161 a passcode whose time ends while its page is open says that it has expired, and one that waited too long says so', async (t) => {
    const { app, settings, world, passcode } = await away(t)
    world.advance(millis(days(12) - minutes(1)))
    const browser = visitor({ app, settings })
    await toSecondStep(browser)
    world.advance(minutes(2))
    const over = await browser.submit(/\/answer$/, { answer: passcode })
    assert.match(over.words, /Your temporary passcode has expired\. Call us/)

    const door = await away(t)
    const other = visitor(door)
    const asked = await toSecondStep(other)
    door.world.advance(minutes(3))
    const late = await other.open(asked.address)
    assert.equal(late.heading, 'Time is up')
    assert.match(late.words, /Type your passcode again\./)
    assert.doesNotMatch(late.words, /challenge/)
  })

  test('R097 R104 what was typed to come in is not typed again: for the card, and for the way back', async (t) => {
    const { app, settings, passcode } = await away(t)
    const browser = visitor({ app, settings })
    await logIn(browser, passcode)
    const sheet = await print(browser)
    assert.equal(codesOn(sheet).size, 224)
    // It is good once: the next card is a task of its own.
    await browser.open('/portal/security')
    assert.match((await print(browser)).address, /^\/tasks\/tsk_/)

    const again = visitor({ app, settings })
    for (const [name, value] of browser.cookies) again.cookies.set(name, value)
    again.cookies.delete('session')
    await logIn(again, passcode)
    const security = await again.open('/portal/security/devices')
    const [, address = ''] =
      /href="([^"]+)">Manage<span class="hidden"> Test phone/.exec(security.html) ?? []
    await again.open(address)
    const back = await again.submit(/\/reactivate$/)
    assert.match(back.words, /The device works again\. Its replacement has expired\./)
  })

  test('S56 a client with a password alone is offered no card', async (t) => {
    const { app, settings, world } = await openDoor(t)
    await world.add({ userName: 'anna', password: PASSWORD })
    const browser = visitor({ app, settings })
    const first = await toSecondStep(browser)
    assert.equal(first.address, '/portal')
    assert.doesNotMatch(first.html, /value="code-card"/)
    const refused = await browser.submit('/portal/security/enrolments', { method: 'code-card' })
    assert.equal(refused.status, 403)
  })
})
