import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test, type TestContext } from 'node:test'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { days } from '#core/time/time.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import { GUIDES } from '#edges/pages/help/guides.ts'
import { problemPage } from '#edges/pages/help/problems/problem-page.ts'
import { ARTICLE_ON, articleFor } from '#edges/pages/help/problems/problem-articles.ts'
import { ACTS, FIRST, QUESTIONS, questionsOn } from '#edges/pages/help/questions.ts'
import { pageContext } from '#edges/pages/frame/site.ts'
import { logIn } from '../../../../test/support/clients/login-story.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'

const CODES = Object.keys(PROBLEMS) as readonly Problem[]
const answersOf = (name: string): readonly string[] => {
  const asked = QUESTIONS.get(name)
  assert.ok(asked, `${name} is asked, and is not there`)
  return 'answers' in asked ? asked.answers : []
}

/** What can be reached from the first question, each with the way there. */
function reached(): ReadonlyMap<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>()
  const walk = (name: string, way: readonly string[]): void => {
    assert.ok(!way.includes(name), `a circle: ${[...way, name].join(' > ')}`)
    if (!ways.has(name)) ways.set(name, way)
    for (const answer of answersOf(name)) walk(answer, [...way, name])
  }
  walk(FIRST, [])
  return ways
}

suite('The questions of the help', () => {
  test('R016 end at an act, each of them, and none is out of reach', () => {
    const ways = reached()
    assert.deepEqual([...ways.keys()].toSorted(), [...QUESTIONS.keys()].toSorted())
    for (const [name, asked] of QUESTIONS) {
      if ('answers' in asked) {
        assert.ok(asked.answers.length > 1, `${name} asks nothing`)
        assert.equal(new Set(asked.answers).size, asked.answers.length, name)
      } else {
        assert.ok(Object.hasOwn(ACTS, asked.act), name)
        assert.ok(GUIDES.includes(asked.guide), name)
        for (const problem of asked.problems ?? [])
          assert.equal(articleFor(problem), asked.guide, `${name}: ${problem}`)
      }
    }
  })

  test('R016 lead to every problem that a client hears, once', () => {
    const told = [...QUESTIONS.values()].flatMap(({ problems = [] }) => problems)
    const meant = CODES.filter((code) => articleFor(code))
    assert.deepEqual(told.toSorted(), meant.toSorted())
  })

  test('R016 R170 are pages of their own in both languages, without a script', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const language of LANGUAGES) {
      for (const [name, asked] of QUESTIONS) {
        const url = `/help/questions/${name}?language=${language}`
        const { html, status, heading } = await browser.open(url)
        assert.equal(status, 200, url)
        assert.doesNotMatch(html, /login\.help\.(ask|act)/, `${url} has its words`)
        assert.ok(heading, url)
        const ways = [...html.matchAll(/href="\/help\/questions\/([a-z-]+)"/g)]
        const others = ways.map(([, way]) => way).filter((way) => way !== FIRST)
        assert.deepEqual(others, 'answers' in asked ? asked.answers : [], url)
        assert.match(html, /href="tel:\+12125550100"/, url)
        if ('answers' in asked) continue
        assert.equal([...html.matchAll(/<a class="button"/g)].length, 1, url)
        assert.ok(html.includes(`href="/help/${asked.guide}"`), url)
      }
    }
  })

  test('R016 have the same words in both languages, and none for what is not asked', () => {
    for (const language of LANGUAGES) {
      const { login } = JSON.parse(readFileSync(`locales/${language}.json`, 'utf8')) as {
        readonly login: { readonly help: { readonly ask: Readonly<Record<string, unknown>> } }
      }
      const shapes = Object.entries(login.help.ask).map(([name, one]) => [
        name,
        Object.keys(one as object).toSorted(),
      ])
      const meant = [...QUESTIONS].map(([name, asked]) => [
        name,
        ['label', 'answers' in asked ? 'title' : 'lead'].toSorted(),
      ])
      assert.deepEqual(Object.fromEntries(shapes), Object.fromEntries(meant), language)
    }
  })

  test('every act is on a page that is there', async (t) => {
    const { app } = await openDoor(t)
    for (const address of Object.values(ACTS)) {
      if (address === null) continue
      const { statusCode } = await app.inject({ url: address })
      assert.ok([200, 303].includes(statusCode), `${address}: ${statusCode}`)
    }
  })

  test('have no other address', async (t) => {
    const { app } = await openDoor(t)
    for (const name of ['nothing', 'constructor', '__proto__', 'Start', 'start/', '%2e%2e', ''])
      assert.equal((await app.inject({ url: `/help/questions/${name}` })).statusCode, 404, name)
    for (const name of ['nothing', 'constructor', 'lost-phone.md', 'questions'])
      assert.equal((await app.inject({ url: `/help/${name}` })).statusCode, 404, name)
  })

  test('R155 R156 R157 begin at the login page, and where it has said no, go on from there', async (t) => {
    const browser = visitor(await openDoor(t))
    const first = await browser.open('/login')
    assert.match(first.html, /<a href="\/help\/questions\/start">/)
    assert.match((await browser.open('/help')).html, /href="\/help\/questions\/start"/)
    const wrong = await logIn(browser, { password: 'not the password' })
    assert.match(wrong.html, /<a href="\/help\/questions\/mismatch">/)

    const answers = async (...names: readonly string[]) => {
      let shown = await browser.open('/help/questions/start')
      for (const name of names) {
        assert.ok(shown.html.includes(`href="/help/questions/${name}"`), name)
        shown = await browser.open(`/help/questions/${name}`)
      }
      return shown
    }
    const forgotten = await answers('password', 'forgotten')
    assert.match(forgotten.words, /on the telephone only, and check first that it is you/)
    assert.match(forgotten.html, /<a class="button" href="tel:\+12125550100">/)
    const name = await answers('password', 'forgotten-name')
    assert.match(name.words, /Call us with your account number: it is on your statements/)
    assert.match(name.html, /href="\/help\/user-name"/)
    const offline = await answers('page', 'no-internet')
    assert.match(offline.words, /Try another website, then your router, then your provider/)
    const blocked = await answers('page', 'firewall')
    assert.match(blocked.words, /A firewall may block us. Try another network/)
    const { words } = await browser.open('/help/no-connection')
    assert.match(words, /ask your Internet provider/)
    assert.match(words, /They must allow https, port 443, to the address of this page/)
  })
})

test('R160 the way of a lost card names the days that another one takes, as they are set', async (t) => {
  const days = { days: { US: 3 }, elsewhere: 11 }
  const orders = {
    equityUsd: 1,
    fees: {},
    returnDays: 1,
    warrantyDays: 1,
    delivery: days,
    activation: days,
    lateDays: 1,
    lowStock: 10,
  }
  const browser = visitor(await openDoor(t, { settings: { orders } }))
  const said = { en: /States: 3 days, elsewhere: 11 days/, fr: /3 jours, ailleurs : 11 jours/ }
  for (const language of LANGUAGES) {
    const { words, html } = await browser.open(`/help/questions/card-lost?language=${language}`)
    assert.match(words.replaceAll('\u00a0', ' '), said[language])
    assert.match(html, /<a class="button" href="tel:/)
  }
})

suite('"Did this help?"', () => {
  const OUTCOME = '/help/questions/forgotten'
  const tokenOn = (html: string) => /name="form" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const ways = { yes: /glad that it helped/, no: /Answer the questions again, or call us/ }

  /** Says it as a browser does that keeps no cookie. */
  async function opened(t: TestContext) {
    const door = await openDoor(t)
    const shown = await door.app.inject({ url: OUTCOME })
    assert.equal(shown.headers['set-cookie'], undefined, 'no cookie')
    const origin = door.settings.issuer
    const say = async (payload: string, to = OUTCOME, address = '192.0.2.1') =>
      await door.app.inject({
        method: 'POST',
        url: to,
        remoteAddress: address,
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        payload,
      })
    const counted = async () =>
      (await metricsOf(door.world).helped.get()).values.map(
        ({ labels, value }) => `${labels.outcome} ${labels.solved} ${value}`,
      )
    return { ...door, token: tokenOn(shown.payload), say, counted }
  }

  test('R016 is asked where questions end, without a cookie, counted, and thanked for', async (t) => {
    const { app, say, token, counted } = await opened(t)
    for (const [helped, thanks] of Object.entries(ways)) {
      const { statusCode, headers } = await say(`form=${token}&helped=${helped}`)
      assert.equal(statusCode, 303)
      assert.equal(headers['set-cookie'], undefined)
      const { payload } = await app.inject({ url: String(headers.location) })
      assert.match(payload, thanks)
      assert.doesNotMatch(payload, /name="helped"/, 'asked once')
    }
    assert.deepEqual(await counted(), ['forgotten yes 1', 'forgotten no 1'])
    const question = await app.inject({ url: '/help/questions/password' })
    assert.doesNotMatch(question.payload, /name="helped"/, 'not in the middle')
  })

  test('is counted six times an hour for one address, and sixty for its network', async (t) => {
    const { say, token, counted } = await opened(t)
    for (let times = 0; times < 9; times += 1)
      assert.equal((await say(`form=${token}&helped=yes`)).statusCode, 303)
    assert.deepEqual(await counted(), ['forgotten yes 6'])
    for (let last = 10; last < 80; last += 1)
      await say(`form=${token}&helped=yes`, OUTCOME, `192.0.2.${last}`)
    assert.deepEqual(await counted(), ['forgotten yes 60'])
  })

  test('is counted from the page of that outcome only, and not from one of days ago', async (t) => {
    const { app, world, say, token, counted } = await opened(t)
    for (const [payload, to] of [
      ['helped=yes', OUTCOME],
      [`form=${'x'.repeat(43)}&helped=yes`, OUTCOME],
      [`form=${'x'.repeat(9_000)}&helped=yes`, OUTCOME],
      [`form=${token}&helped=yes`, '/help/questions/locked'],
      [`form=${token}&helped=yes`, '/help/questions/nothing'],
      [`form=${token}&form=${token}&helped=yes`, OUTCOME],
    ] as const)
      assert.equal((await say(payload, to)).statusCode, 403, payload.slice(0, 60))
    for (const bad of ['', '&helped=', '&helped=perhaps', '&helped=yes&helped=no'])
      assert.equal((await say(`form=${token}${bad}`)).statusCode, 400, bad)
    const foreign = await app.inject({
      method: 'POST',
      url: OUTCOME,
      payload: `form=${token}&helped=yes`,
      headers: {
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
    assert.equal(foreign.statusCode, 403)
    world.advance(days(1))
    assert.equal((await say(`form=${token}&helped=no`)).statusCode, 303)
    world.advance(days(1))
    assert.equal((await say(`form=${token}&helped=no`)).statusCode, 403)
    assert.deepEqual(await counted(), ['forgotten no 1'])
  })
})

suite('A problem', () => {
  test('R172 leads to its article, and only what no client sees has none', () => {
    const without = CODES.filter((code) => articleFor(code) === null)
    const unseen = /^(desk|audit|letter)\./
    const told = Object.entries(ARTICLE_ON).filter(([, on]) => on === 'help')
    assert.deepEqual(
      told.map(([code]) => code),
      [
        ...['request.malformed', 'request.not-found', 'request.method', 'request.too-large'],
        ...['session.conflict', 'session.too-many-ended', 'subscriber.conflict'],
      ],
    )
    const others = without.filter((code) => !unseen.test(code))
    for (const code of others) assert.ok(!/^(login|call|contact|email)\./.test(code), code)
    for (const code of CODES) {
      const guide = articleFor(code)
      if (guide) assert.ok(GUIDES.includes(guide), code)
    }
  })

  test('R172 has the way to its article on its page, in both languages', async (t) => {
    const { app } = await openDoor(t)
    const told = { until: null, since: null, reference: null, primary: null, wayOut: null }
    for (const language of LANGUAGES) {
      const context = pageContext(app.site, language, '/')
      for (const problem of CODES) {
        const guide = articleFor(problem)
        const way = guide ? `href="/help/${guide}"` : 'href="/help"'
        const page = String(problemPage(context, { problem, ...told }))
        const [main = ''] = /<main[^]*<\/main>/.exec(page) ?? []
        assert.ok(main.includes(way), `${language}: ${problem}`)
      }
    }
  })

  test('leads to where the questions go on, or to the first of them', () => {
    assert.equal(questionsOn('login.use-paper'), '/help/questions/paper')
    assert.equal(questionsOn('login.wrong-answer'), '/help/questions/step')
    assert.equal(questionsOn('service.busy'), '/help/questions/ours')
    assert.equal(questionsOn('request.malformed'), '/help/questions/start')
    assert.equal(questionsOn(null), '/help/questions/start')
  })
})

test('R115 trouble after a card was to work by itself leads to the number of the technical desk', async (t) => {
  const card = ['help/questions/not-by-itself', 'help/replacement', 'help/security-card'] as const
  for (const [technicalLine, number] of [
    ['+1 212 555 0199', /href="tel:\+12125550199"/],
    [null, /(?:technical desk: <a|class="button") href="tel:\+12125550100"/],
  ] as const) {
    const browser = visitor(await openDoor(t, { http: { technicalLine } }))
    for (const path of card) {
      const { html } = await browser.open(`/${path}`)
      assert.match(html, number, path)
    }
    const asked = await browser.open('/help/questions/security-card')
    assert.match(asked.html, /href="\/help\/questions\/not-by-itself"/)
  }
})
