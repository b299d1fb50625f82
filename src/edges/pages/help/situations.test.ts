import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { type Account, LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { days, hours } from '#core/time/time.ts'
import { PASSWORD, personWithPhone } from '../../../../test/support/clients/engine-story.ts'
import { givenPasscode } from '../../../../test/support/clients/printed.ts'
import { ORDERS, SITUATIONS, TELEPHONE } from '../../../../test/support/help/situations.ts'
import { type Door, openDoor, type Shown, visitor } from '../../../../test/support/server/door.ts'

/**
 * The eleven situations of the article on failed logins, as a client meets them who knows nothing:
 * from the login page, by what it says or by the questions behind "I cannot log in".
 */

const plain = ({ words }: Shown): string => words.replaceAll(/\s/g, ' ')
const buttonOf = ({ html }: Shown): string | undefined =>
  /<a class="button" href="([^"]+)"/.exec(html)?.[1]

suite('A client who cannot log in, and knows only the login page', () => {
  test('R150 R151 R152 R153 R154 R155 R156 R157 R158 R159 R160 R161 R162 R163 R164 R165 is led by the questions to the one thing to do, in both languages', async (t) => {
    const door = await openDoor(t, {
      settings: { orders: ORDERS },
      http: { gateway: { ports: [4710, 4711], host: null } },
    })
    for (const language of LANGUAGES) {
      for (const [name, { answers, button, ...said }] of Object.entries(SITUATIONS)) {
        const browser = visitor(door)
        let shown = await browser.open(`/login?language=${language}`)
        for (const one of ['start', ...answers]) {
          const way = `/help/questions/${one}`
          assert.ok(shown.html.includes(`href="${way}"`), `${language} ${name}: no way to ${one}`)
          shown = await browser.open(way)
        }
        assert.match(`${shown.heading} ${plain(shown)}`, said[language], `${language} ${name}`)
        assert.equal(buttonOf(shown), button, `${language} ${name}`)
        assert.match(shown.html, /name="helped"/)
      }
    }
  })
})

suite('A client who has typed the password', () => {
  const CLAIM = { userName: 'anna', password: PASSWORD, environment: 'live' }

  async function typed(
    door: Door,
    language: Language,
    changes: Partial<typeof CLAIM> = {},
  ): Promise<Shown> {
    const browser = visitor(door)
    await browser.open(`/login?platform=trade&language=${language}`)
    return await browser.submit('/login', { ...CLAIM, ...changes })
  }

  /** A stranger hears the same in each state. */
  async function isSilent(door: Door, words: RegExp): Promise<void> {
    const guess = await typed(door, 'en', { password: 'a guess' })
    assert.match(plain(guess), /do not match/)
    assert.doesNotMatch(plain(guess), words)
  }

  async function holding(t: TestContext, changes: Partial<Account>): Promise<Door> {
    const door = await openDoor(t)
    const account = { number: 'U-anna', environment: 'live', status: 'open', ...changes } as const
    await door.world.add({ userName: 'anna', password: PASSWORD, accounts: [account] })
    return door
  }

  test('R150 R151 reads on that page why the account does not trade, and where to go', async (t) => {
    for (const [status, en, fr] of [
      ['applied', /not approved yet .* how far your application is/, /pas encore approuvé/],
      [
        'closed-by-broker',
        /account is closed .* same user name and password/,
        /compte est clôturé/,
      ],
    ] as const) {
      const door = await holding(t, { status })
      await isSilent(door, /approved|closed/)
      const english = await typed(door, 'en')
      assert.match(`${english.heading} ${plain(english)}`, en)
      assert.equal(buttonOf(english), '/portal')
      const french = await typed(door, 'fr')
      assert.match(`${french.heading} ${plain(french)}`, fr)
      assert.equal(buttonOf(french), '/portal')
    }
  })

  test('R152 types the password once more for the paper account, and is in', async (t) => {
    const door = await holding(t, { environment: 'paper' })
    await isSilent(door, /paper account/)
    for (const [language, heading] of [
      ['en', 'This is a paper account'],
      ['fr', /compte simulé/],
    ] as const) {
      const browser = visitor(door)
      await browser.open(`/login?platform=portal&language=${language}`)
      assert.match((await browser.submit('/login', CLAIM)).heading, new RegExp(heading))
      assert.equal((await browser.submit('/login', { password: PASSWORD })).address, '/portal')
    }
  })

  test('R153 R161 R164 reads why the passcode does not do, and what does', async (t) => {
    const door = await openDoor(t)
    const { world } = door
    await personWithPhone(world, 'anna')
    const passcode = await givenPasscode(world, 'anna')
    for (const [language, capitals] of [
      ['en', /Type the passcode in capital letters/],
      ['fr', /majuscules/],
    ] as const) {
      const browser = visitor(door)
      await browser.open(`/login?platform=portal&language=${language}`)
      await browser.submit('/login', CLAIM)
      if (/[A-Z]/.test(passcode))
        assert.match(
          plain(await browser.submit(/\/answer$/, { answer: passcode.toLowerCase() })),
          capitals,
        )
    }
    const own = visitor(door)
    await own.open('/login?platform=portal')
    await own.submit('/login', CLAIM)
    // R154: however it is typed.
    const spaced = `${passcode.slice(0, 4)} ${passcode.slice(4)}`
    assert.equal((await own.submit(/\/answer$/, { answer: spaced })).address, '/portal')

    world.advance(hours(49))
    for (const [language, en] of [
      ['en', /only print your code card/i],
      ['fr', /imprimer votre carte de codes/],
    ] as const)
      assert.match(plain(await typed(door, language)), en)

    world.advance(days(10))
    await isSilent(door, /expired/)
    for (const [language, en] of [
      ['en', /temporary passcode has expired/],
      ['fr', /code temporaire a expiré/],
    ] as const) {
      const shown = await typed(door, language)
      assert.match(`${shown.heading} ${plain(shown)}`, en)
      assert.equal(buttonOf(shown), TELEPHONE)
    }
  })
})
