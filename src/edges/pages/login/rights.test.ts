import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Account } from '#core/subscribers/account.ts'
import type { Phase } from '#core/assurance.ts'
import { DEFAULT_LIMITS, type LimitTable } from '#core/sessions/limits.ts'
import { after, minutes } from '#core/time/time.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import {
  ANNA,
  confirmTask,
  logIn,
  PASSWORD,
  type Story,
  story,
  typeResponse,
} from '../../../../test/support/clients/login-story.ts'
import { openDoor, type Shown, visitor } from '../../../../test/support/server/door.ts'

/** What pages say of rights: why something is shut, what is open instead, and where that is. */

const NUMBER = 'U-anna'

/** Anna is in the portal, with her phone. */
async function inside(...parameters: Parameters<typeof story>): Promise<Story> {
  const door = await story(...parameters)
  await logIn(door.browser)
  await typeResponse(door)
  assert.equal(door.browser.page().address, '/portal')
  return door
}

/** Writes what no step of the story leads to. */
async function put({ world }: Story, changes: Partial<Account>): Promise<void> {
  const { status = 'open', residence = null, tradesFrom = null } = changes
  const row = { status, residence, trades_from_ms: tradesFrom }
  const update = world.db.write.updateTable('account').set(row).where('number', '=', NUMBER)
  await world.db.commit([{ ...update.compile(), rows: 1 }])
}

/** The session was opened with something that fades. */
async function fade({ world }: Story, phases: readonly Phase[]): Promise<void> {
  const rows = await world.db.read.selectFrom('session').select(['id', 'body']).execute()
  const writes = rows.map(({ id, body }) => {
    const held = JSON.parse(body) as { proofs: object[] }
    const [password, second] = held.proofs
    const proofs = [password, { ...second, acr: '2t', phases }]
    const text = JSON.stringify({ ...held, proofs })
    const update = world.db.write.updateTable('session').set({ body: text }).where('id', '=', id)
    return { ...update.compile(), rows: 1 }
  })
  await world.db.commit(writes)
}

const refusedAt = async ({ browser }: Story): Promise<Shown> => {
  await browser.open('/login?platform=trade')
  return await browser.submit('/login', ANNA)
}

const buttonsOf = ({ html }: Shown): readonly string[] =>
  html.match(/<(?:a|button) class="button[^>]*>[^<]*<\/(?:a|button)>/g) ?? []

suite('The login page of a trading platform', () => {
  test('R150 says that the account is not approved yet, and leads to the portal', async (t) => {
    const door = await story(t)
    await put(door, { status: 'applied' })
    const page = await refusedAt(door)
    assert.deepEqual([page.status, page.heading], [403, 'Your account is not approved yet'])
    assert.match(page.words, /See in the Client Portal how far your application is/)
    assert.match(page.words, /Trading Once your account is approved/)
    assert.deepEqual(buttonsOf(page), [
      '<a class="button" href="/portal">Go to the Client Portal</a>',
    ])
    assert.doesNotMatch(page.html, /<form|role="alert"/)
    assert.match(page.html, /<p class="emblem"><svg class="icon"/)
  })

  test('R150 R027 says when an account that was approved after the cut-off opens', async (t) => {
    const door = await story(t)
    const tradesFrom = after(door.world.now(), minutes(15 * 60))
    await put(door, { status: 'approved', tradesFrom })
    const page = await refusedAt(door)
    assert.match(page.heading, /^You can trade from \d+ \w+ 2026$/)
    assert.match(page.words, /Client Portal Open Trading From .* 2026, 22:00 \(New York time\)/)
    assert.equal(buttonsOf(page).length, 1)
    assert.doesNotMatch(page.html, /<form|role="alert"/)
  })

  test('R151 says that the account is closed, and that statements are in the portal', async (t) => {
    const door = await story(t)
    await put(door, { status: 'closed-by-broker' })
    const page = await refusedAt(door)
    assert.equal(page.heading, 'Your account is closed')
    assert.match(page.words, /You can no longer trade on it\./)
    assert.match(page.words, /same user name and password/)
    assert.match(page.words, /Client Portal Statements only Trading Closed/)
    assert.deepEqual(buttonsOf(page), [
      '<a class="button" href="/portal">Go to the Client Portal</a>',
    ])
    assert.doesNotMatch(page.html, /<form|role="alert"/)
  })

  test('leads back to the relying party that waits', async (t) => {
    const door = await story(t)
    await put(door, { status: 'applied' })
    await door.browser.open('/login?platform=trade&interaction=waits')
    const page = await door.browser.submit('/login', ANNA)
    assert.equal(page.heading, 'Your account is not approved yet')
    assert.match(page.html, /<a href="\/oidc\/continue\/waits\/cancel">Cancel and go back<\/a>/)
  })

  test('A1 says nothing of any account to a caller who does not know the password', async (t) => {
    const door = await story(t)
    await put(door, { status: 'closed-by-broker' })
    await door.browser.open('/login?platform=trade')
    const page = await door.browser.submit('/login', { ...ANNA, password: 'a guess' })
    assert.match(page.words, /do not match/)
    assert.doesNotMatch(page.words, /closed/)
  })

  test('R170 says it in French', async (t) => {
    const door = await story(t)
    await put(door, { status: 'applied' })
    await door.browser.open('/login?platform=trade&language=fr')
    const page = await door.browser.submit('/login', ANNA)
    assert.match(page.words, /Votre compte n’est pas encore approuvé/)
  })
})

suite('The portal of a closed account', () => {
  test('R028 R151 opens statements and the way out, and explains every other page', async (t) => {
    const door = await inside(t)
    const change = { kind: 'close', by: 'client' } as const
    await changeAccount(door.world, { number: NUMBER, change, by: 'operator' })
    const page = await door.browser.open('/portal')
    assert.equal(page.heading, 'Your account is closed')
    assert.match(page.words, /Activity and tax statements/)
    assert.doesNotMatch(page.html, /href="\/portal\/security"/)
    for (const address of ['/portal/security', '/portal/security/trading']) {
      const shut = await door.browser.open(address)
      assert.equal(shut.status, 403, address)
      assert.equal(shut.heading, 'You can only see your statements')
      assert.match(shut.html, /href="\/portal"/)
    }
    await door.browser.open('/portal')
    const left = await door.browser.submit('/portal/log-out')
    assert.match(left.address, /^\/login/)
  })

  test('R028 opens with the password alone to a client who never had more', async (t) => {
    const door = await openDoor(t)
    const accounts = [{ number: NUMBER, environment: 'live', status: 'closed-by-broker' }] as const
    await door.world.add({ userName: 'anna', password: PASSWORD, accounts })
    const browser = visitor(door)
    const page = await logIn(browser)
    assert.equal(page.heading, 'Your account is closed')
    const bind = await browser.open('/portal/security')
    assert.equal(bind.status, 403)
  })
})

suite('The portal of temporary access', () => {
  test('R095 R164 opens the printing of a card and nothing else, then nothing', async (t) => {
    const door = await inside(t)
    const now = door.world.now()
    await fade(door, [
      { until: after(now, minutes(1)), opens: 'everything' },
      { until: after(now, minutes(10)), opens: 'card-printing' },
    ])
    assert.match((await door.browser.open('/portal')).heading, /^Hello/)
    door.world.advance(minutes(1))
    const printing = await door.browser.open('/portal')
    assert.equal(printing.heading, 'Print your code card')
    const shut = await door.browser.open('/portal/security/trading')
    assert.equal(shut.status, 403)
    assert.match(shut.heading, /You can only print your code card/)
    door.world.advance(minutes(9))
    const over = await door.browser.open('/portal')
    assert.deepEqual([over.status, over.heading], [403, 'Your temporary access has expired'])
    // The browser is not sent round in circles: the login page opens, for another login.
    const again = await door.browser.open('/login?platform=portal')
    assert.equal(again.heading, 'Log in')
  })
})

suite('Withdrawal limits that the operator has set', () => {
  const LOW = { ...DEFAULT_LIMITS, 1: [10_000, 20_000], 3: [300_000, 600_000] } as const
  const set = (places: ReadonlyMap<string, LimitTable>) => ({
    settings: { withdrawals: { everywhere: LOW, places } },
  })

  test('R121 stand on the page that chooses a device, without an amount where places differ', async (t) => {
    const picker = async (places: ReadonlyMap<string, LimitTable>) => {
      const { browser } = await story(t, set(places))
      const shown = await logIn(browser)
      return (await browser.open(`${shown.address}?view=choose`)).words
    }
    assert.match(await picker(new Map()), /Full access\. Withdrawals up to USD\s300,000 a day/)
    const hidden = await picker(new Map([['hk', DEFAULT_LIMITS]]))
    assert.match(hidden, /Full access\. The portal shows your withdrawal limit/)
    assert.doesNotMatch(hidden, /USD/)
  })

  test('R121 R130 stand on the page of a device and where the price of opting out is told', async (t) => {
    const { browser } = await inside(t, set(new Map()))
    const devices = await browser.open('/portal/security/devices')
    const device = /\/portal\/security\/devices\/aut_\w{26}/.exec(devices.html)?.[0] ?? ''
    assert.match((await browser.open(device)).words, /USD\s300,000/)
    const price = await browser.open('/portal/security/trading')
    assert.match(price.words, /USD\s10,000 a day and USD\s20,000 in five days/)
  })
})

suite('Trading without a second factor', () => {
  test('R130 S75 has a price that is told before, is confirmed, and can be undone', async (t) => {
    const door = await inside(t)
    const page = await door.browser.open('/portal/security/trading')
    assert.match(page.words, /USD\s50,000 a day and USD\s100,000 in five days/)
    assert.equal(
      (await door.browser.submit('/portal/security/trading', { 'second-factor': 'off' })).heading,
      'Trade with the password alone',
    )
    assert.match((await door.browser.open('/portal')).words, /Up to USD\s1,000,000 a day/)
    await door.browser.open('/portal/security/trading')
    await door.browser.submit('/portal/security/trading', { 'second-factor': 'off' })
    await confirmTask(door)
    const out = await door.browser.submit('/portal/security/trading')
    assert.match(out.words, /You now trade with your password alone/)
    assert.match((await door.browser.open('/portal')).words, /Up to USD\s50,000 a day/)
    await door.browser.open('/portal/security/trading')
    await door.browser.submit('/portal/security/trading', { 'second-factor': 'on' })
    await confirmTask(door)
    const back = await door.browser.submit('/portal/security/trading')
    assert.match(back.words, /Trading asks for your second step again/)
    assert.match((await door.browser.open('/portal')).words, /Up to USD\s1,000,000 a day/)
  })

  for (const [residence, citation] of [
    ['HK', /SFC, Guidelines .* 27 October 2017, paragraph 1\.1/],
    ['IN', /NSE, circular of 25 March 2014, regulation 3b/],
  ] as const) {
    test(`R015 R128 R129 R132 is refused to a client who lives in ${residence}, and the rule is named`, async (t) => {
      const door = await inside(t)
      const before = await door.browser.open('/portal/security/trading')
      await put(door, { residence })
      // The form was shown before the account moved.
      assert.equal(door.browser.page(), before)
      const refused = await door.browser.submit('/portal/security/trading', {
        'second-factor': 'off',
      })
      assert.deepEqual(
        [refused.status, refused.heading],
        [403, 'The rules for your account require a second step'],
      )
      const page = await door.browser.open('/portal/security/trading')
      assert.match(page.words, citation)
      assert.doesNotMatch(page.html, /name="second-factor"/)
    })
  }

  test('A31 takes no other word', async (t) => {
    const door = await inside(t)
    await door.browser.open('/portal/security/trading')
    const strange = await door.browser.submit('/portal/security/trading', {
      'second-factor': 'maybe',
    })
    assert.equal(strange.status, 400)
  })
})
