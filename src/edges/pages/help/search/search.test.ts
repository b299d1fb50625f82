import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { createLogger } from '#edges/http/log.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import { articleOn } from '#edges/pages/help/help-articles.ts'
import { type Guide, GUIDES } from '#edges/pages/help/guides.ts'
import { searchHelp } from '#edges/pages/help/search/search.ts'
import { openDoor, visitor } from '../../../../../test/support/server/door.ts'

const first = (language: Language, words: string): string | undefined =>
  searchHelp(language, words).found[0]?.guide

suite('The search of the help', () => {
  test('R016 finds each article by its own title, in both languages', () => {
    for (const language of LANGUAGES) {
      for (const guide of GUIDES) {
        const { title } = articleOn(guide, language)
        const found = searchHelp(language, title).found.map((one) => one.guide)
        assert.ok(found.slice(0, 3).includes(guide), `${language} ${guide}: ${found.join()}`)
      }
    }
  })

  test('R016 R170 finds it in the words of a client: other words, plurals, no accents, a typo', () => {
    const asked: readonly (readonly [Language, string, Guide])[] = [
      ['en', 'sms not received', 'no-text'],
      ['en', 'stolen mobile', 'lost-phone'],
      ['en', 'airplane mode', 'no-notification'],
      ['en', 'travelling? my TRIP', 'new-phone'],
      ['en', 'fees', 'fees'],
      ['en', 'forgot username', 'user-name'],
      ['en', 'scanner', 'documents'],
      ['en', 'reinstalled app', 'phone-again'],
      ['en', 'how do I print the code card', 'printed-card'],
      ['en', 'This user name and password do not match.', 'cannot-log-in'],
      ['en', 'withdrawl', 'withdrawal'],
      ['fr', 'téléphone volé', 'lost-phone'],
      ['fr', 'telephone vole', 'lost-phone'],
      ['fr', 'je ne reçois pas de texto', 'no-text'],
      ['fr', 'REGLEMENTATION', 'rules'],
      ['fr', 'mot de passe oublie', 'password'],
      ['fr', 'numériser un justificatif', 'documents'],
      ['fr', 'livrason de la carte de sécurité', 'security-card'],
    ]
    for (const [language, words, guide] of asked) assert.equal(first(language, words), guide, words)
    for (const [language, word] of [
      ['en', 'notificaton'],
      ['en', 'notificatoin'],
      ['fr', 'notificatoin'],
    ] as const)
      assert.ok(['notifications', 'no-notification'].includes(first(language, word) ?? ''), word)
  })

  test('says that it has found all words, some of them, or none', () => {
    assert.equal(searchHelp('en', 'security card deposit').finding, 'all')
    assert.equal(searchHelp('en', 'zeppelin deposit').finding, 'some')
    for (const nothing of ['zeppelin xylophone', 'the my of', '???', '\u0000'])
      assert.deepEqual(searchHelp('en', nothing), { finding: 'none', found: [] }, nothing)
  })
})

suite('The page of the search', () => {
  test('R016 is a form without a script, and leads to the part of the article that is nearest', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const [language, words, address] of [
      ['en', 'hong kong', '/help/rules#hong-kong'],
      ['fr', 'mode avion', '/help/no-notification#3-mode-avion-et-ne-pas-déranger'],
    ] as const) {
      const help = await browser.open(`/help?language=${language}`)
      assert.match(help.html, /<form [^>]*action="\/help\/search"[^]*?name="q"/)
      const { html, status } = await browser.open(`/help/search?q=${encodeURIComponent(words)}`)
      assert.equal(status, 200)
      assert.ok(html.includes(`href="${address}"`), html.slice(html.indexOf('id="found"')))
      assert.ok(html.includes(`value="${words}"`))
      assert.doesNotMatch(html, /<script/)
      const other = language === 'en' ? 'fr' : 'en'
      const link = `/help/search?q=${encodeURIComponent(words)}&amp;language=${other}`
      assert.ok(html.includes(`href="${link}"`), link)
    }
  })

  test('says what to do where nothing was found, and begins empty', async (t) => {
    const browser = visitor(await openDoor(t))
    const none = await browser.open('/help/search?q=zeppelin')
    assert.match(none.words, /Nothing was found\. Try other words\./)
    assert.match(none.html, /href="\/help\/questions\/start"[^]*href="tel:\+12125550100"/)
    for (const empty of ['/help/search', '/help/search?q=', '/help/search?q=%20'])
      assert.doesNotMatch((await browser.open(empty)).html, /id="found"/, empty)
  })

  test('answers bad questions in words, and escapes what was typed', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const bad of [`q=${'a'.repeat(101)}`, 'q=a&q=b']) {
      const { status, html } = await browser.open(`/help/search?${bad}`)
      assert.equal(status, 400, bad)
      assert.match(html, /href="\/help"/)
    }
    const script = '"><script>alert(1)</script>'
    const { html } = await browser.open(`/help/search?q=${encodeURIComponent(script)}`)
    assert.doesNotMatch(html, /<script/)
  })

  test('R016 counts searches that found nothing, and writes down no word of any', async (t) => {
    const lines: string[] = []
    const logger = createLogger('trace', { write: (line) => void lines.push(line) })
    const door = await openDoor(t, { logger })
    const browser = visitor(door)
    for (const words of ['zeppelin', 'xylophone', 'zeppelin deposit', 'deposit'])
      await browser.open(`/help/search?q=${encodeURIComponent(words)}`)
    await browser.open('/help/search')
    const { searches, registry } = metricsOf(door.world)
    const counted = (await searches.get()).values.map(({ labels, value }) => [labels.found, value])
    assert.deepEqual(Object.fromEntries(counted), { none: 2, some: 1, all: 1 })
    assert.doesNotMatch(await registry.metrics(), /zeppelin|xylophone/)
    assert.ok(lines.some((line) => line.includes('/help/search')))
    assert.doesNotMatch(lines.join(''), /zeppelin|xylophone/)
  })
})
