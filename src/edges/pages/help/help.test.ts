import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { shippedJurisdictions } from '#config/jurisdictions.ts'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { articleBody } from '#edges/pages/help/reading/article.ts'
import { GUIDES } from '#edges/pages/help/guides.ts'
import { pictureAddress } from '#edges/pages/help/help-articles.ts'
import { readArticle } from '#edges/pages/help/reading/read-article.ts'
import { html } from '#edges/pages/frame/html.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'

const drawn = (markdown: string): string =>
  String(
    articleBody(readArticle(markdown), {
      filled: (name) =>
        name === 'telephone' ? [{ kind: 'link', to: 'tel:1', words: ['1'] }] : [`<${name}>`],
      picture: (file, alt) => html`<img src="${file}" alt="${alt}">`,
    }),
  )

test('S74 R132 the guide to a new phone names the places whose rules take no text for it, as they are set', async (t) => {
  const jurisdictions = shippedJurisdictions()
  const none = { ...jurisdictions, countries: new Map<string, string>() }
  for (const [settings, words] of [
    [{ jurisdictions }, /residents of: Hong Kong\./],
    [{ jurisdictions: none }, /residents of: –\./],
  ] as const) {
    const page = await visitor(await openDoor(t, { settings })).open('/help/new-phone')
    assert.match(page.words, words)
  }
})

test('every guide that a method names is there', async (t) => {
  const { world } = await openDoor(t)
  const named = [...world.methods.values()].flatMap(({ guide }) => guide ?? [])
  assert.ok(named.length > 0)
  for (const guide of named)
    assert.ok(
      GUIDES.some((one) => one === guide),
      guide,
    )
})

suite('An article', () => {
  test('has headings, paragraphs, lists, bold words, links and pictures', () => {
    assert.equal(readArticle('# My phone is gone\n\nCall us.').title, 'My phone is gone')
    const body = drawn(`# Title

One **bold** word,
and {{telephone}}.

## Now

1. First
   goes on
2. [Second](new-phone.md)

- [Portal](/portal)

![Two words](a.png)
`)
    for (const part of [
      '<p>One <strong>bold</strong> word, and <a href="tel:1">1</a>.</p>',
      '<h2 id="now">Now</h2>',
      '<ol class="steps" role="list"><li>First goes on</li>' +
        '<li><a href="/help/new-phone">Second</a></li></ol>',
      '<ul><li><a href="/portal">Portal</a></li></ul>',
      '<figure><img src="a.png" alt="Two words"></figure>',
    ])
      assert.ok(body.includes(part), `${part}\n${body}`)
  })

  test('has tables, lists and pictures within steps, notes, and headings of a second level', () => {
    const body = drawn(`# Title

### Below

1. First

   ![Two words](a.png)

2. Second
   - one **bold**
   - two

     more

| With | In a day |
|---|---|
| **Phone** | {{card-valid}} |

> [!WARNING]
> Tell the code to
> nobody.
>
> - Not even [us](pin.md).
`)
    for (const part of [
      '<h3 id="below">Below</h3>',
      '<li>First<figure><img src="a.png" alt="Two words"></figure>',
      '<li>Second<ul><li>one <strong>bold</strong></li><li>two<p>more</p>',
      '<tr><th scope="col">With</th><th scope="col">In a day</th></tr>',
      '<tr><th scope="row"><strong>Phone</strong></th>' +
        '<td data-label="In a day">&lt;card-valid&gt;</td></tr>',
      '<div class="notice warn" role="note">',
      '<p>Tell the code to nobody.</p>',
      '<ul><li>Not even <a href="/help/pin">us</a>.</li></ul>',
    ])
      assert.ok(body.includes(part), `${part}\n${body}`)
  })

  test('is refused at the start where it is written wrongly', () => {
    for (const [markdown, problem] of [
      ['1. a\n\nb\n\n2. c', /steps begin with 1/],
      ['# Another title', /one title/],
      ['#### Too deep', /two levels/],
      ['## Twice\n\n## Twice', /two headings twice/],
      ['> A quotation', /begins with its kind/],
      ['> [!SHOUT] a', /begins with its kind/],
      ['One *leaning* word', /has no em/],
      ['Beside ![a](b.png) words', /has no image/],
      ['- ![a](b.png)', /has no image/],
      ['- # a', /begins with words/],
      ['[a](/portal "b")', /no title/],
    ] as const)
      assert.throws(() => readArticle(`# T\n\n${markdown}`), problem, markdown)
  })

  test('is text where it is nothing else, and text is escaped', () => {
    const body = drawn(
      '# T\n\n<script>x</script> **<b>** & "q"\n\n<div>\n\n![<i>](x"y.png)\n\n' +
        '<a href="x">y</a>\n\n' +
        '| <u> |\n|---|\n| <s> |\n\n> [!NOTE]\n> <em>\n\n`code` ~~~ <https://evil.example> &lt;',
    )
    assert.doesNotMatch(body, /<script|<b>|<i>|x"y|<div>|<a |<u>|<s>|<em>|<code/)
    assert.match(body, /&lt;script&gt;/)
  })

  test('leads only to articles and pages of this server, and begins with a title', () => {
    for (const target of [
      'https://evil.example',
      '//evil.example',
      'javascript:x',
      '/help?x=1',
      '../x.md',
      '',
    ]) {
      const markdown = `# T\n\n[a](${target || ' '})`
      assert.throws(() => readArticle(markdown), /leads to other articles/, target)
    }
    assert.throws(() => readArticle('No title\n\ntext'), /begins with its title/)
  })

  test('leads to headings of its own only, named as GitHub names them', () => {
    const body = drawn('# T\n\n[On](#2-énergie-et-réseau)\n\n## 2. Énergie et réseau\n\nText.')
    assert.match(body, /<a href="#2-énergie-et-réseau">On<\/a>/)
    assert.match(body, /<h2 id="2-énergie-et-réseau">/)
    assert.throws(() => readArticle('# T\n\n[a](#nowhere)\n\n## Here'), /no heading #nowhere/)
  })

  test('is filled in with what the server knows, also within a link, and names nothing else', () => {
    const body = drawn('# T\n\nIn {{card-valid}}: [{{delivery}}](pin.md).')
    assert.match(body, /In &lt;card-valid&gt;: <a href="\/help\/pin">&lt;delivery&gt;<\/a>\./)
    for (const name of ['card', 'constructor', '', 'Telephone', ' telephone'])
      assert.throws(() => readArticle(`# T\n\n{{${name}}}`), /nothing is called so/, name)
  })
})

suite('The guides for clients', () => {
  for (const language of LANGUAGES) {
    test(`R016 R170 are served in ${language}, with every picture, and lead on`, async (t) => {
      const { app } = await openDoor(t)
      const headers = { 'accept-language': language }
      const index = await app.inject({ url: '/help', headers })
      for (const guide of GUIDES) {
        const url = `/help/${guide}`
        assert.ok(index.payload.includes(`href="${url}"`), url)
        const { statusCode, payload } = await app.inject({ url, headers })
        assert.equal(statusCode, 200)
        const [title = ''] = readFileSync(`help/${language}/${guide}.md`, 'utf8').split('\n')
        assert.ok(payload.includes(`<h1>${String(html`${title.slice(2)}`)}</h1>`), url)
        assert.match(payload, new RegExp(`<html lang="${language}"`))
        assert.match(payload, /\+1\s?212\s?555\s?0100|212/)
        const pictures = [...payload.matchAll(/<img src="([^"]+)" alt="[^"]+" width="(\d+)"/g)]
        assert.equal(pictures.length, picturesIn(language, guide), `${url} has its pictures`)
        for (const [, address = '', width] of pictures) {
          const screen = language === 'fr' ? /\/screens\/.*-fr\.webp$/ : /\/screens\/.*light\.webp$/
          const isOwn = address.startsWith(`/help/pictures/${language}/`) || screen.test(address)
          assert.ok(isOwn, address)
          const sent = await app.inject({ url: address })
          assert.equal(sent.headers['content-type'], 'image/webp')
          assert.equal(sent.rawPayload.readUIntLE(24, 3) + 1, Number(width))
        }
        for (const [, other = ''] of payload.matchAll(/href="(\/help\/[a-z-]+)"/g))
          assert.equal((await app.inject({ url: other })).statusCode, 200, other)
      }
    })

    test(`in ${language} name the screens as they are called`, () => {
      const catalogue = readFileSync(`locales/${language}.json`, 'utf8').replaceAll('**', '')
      const strange = globSync(`help/${language}/*.md`).flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/\*\*([^*]+)\*\*/g)]
          .map(([, words = '']) => words.replace(/\.$/, ''))
          .filter((words) => !catalogue.includes(words))
          .map((words) => `${file}: ${words}`),
      )
      assert.deepEqual(strange, [])
    })
  }

  test('stand in both languages under the same names', () => {
    for (const language of LANGUAGES) {
      const names = globSync('*.md', { cwd: `help/${language}` }).toSorted()
      assert.deepEqual(names, GUIDES.map((guide) => `${guide}.md`).toSorted())
    }
  })

  test('R155 R030 send who has forgotten a name or a password to the telephone', async (t) => {
    const browser = visitor(await openDoor(t))
    const help = await browser.open('/help')
    assert.match(help.words, /forgot your user name or password, call us. We check that it is you/)
    assert.match(help.words, /always on the telephone/)
    assert.match(help.html, /href="tel:\+12125550100"/)
  })

  test('R088 R166 name what helps when a text does not come', async (t) => {
    const { words } = await visitor(await openDoor(t)).open('/help')
    for (const advice of [
      /some get lost abroad/,
      /Restart your phone/,
      /After two minutes you can ask for a new text, or choose Call me instead at once/,
      /such as the United States, India and China, carriers stop texts from companies/,
      /set up the Authenticator on your phone: it needs no texts/,
    ])
      assert.match(words, advice)
  })

  test('R044 R166 name what helps when no notification comes', async (t) => {
    const { words } = await visitor(await openDoor(t)).open('/help')
    assert.match(words, /Open the Authenticator: the request is there/)
    assert.match(words, /Type the 6-digit challenge in the app .* then the 8-digit response/)
  })

  test('show pictures without the address of a server, and no dark ones', () => {
    const of = (file: string) => pictureAddress(`../../docs/${file}`)
    assert.equal(
      of('screens/phone-request-390-light-fr.webp'),
      '/help/pictures/screens/phone-request-390-light-fr.webp',
    )
    assert.equal(of('walkthroughs/en/a/1-b.webp'), '/help/pictures/en/a/1-b.webp')
    for (const other of [
      'screens/login-360-light.webp',
      'screens/code-card-360-light.webp',
      'screens/phone-request-390-dark.webp',
      'screens/../walkthroughs/en/a/1-b.webp',
      'walkthroughs/en/../../screens/login-360-light.webp',
      'help.md',
    ])
      assert.throws(() => of(other), /of the walkthroughs and screens/, other)
    // What takes them for the help puts an example in its place.
    const script = readFileSync('scripts/walkthroughs.ts', 'utf8')
    assert.match(script, /shown\.has\(file\) \? withExample\(page, take\) : take\(\)/)
  })

  test('show no other file of the server', async (t) => {
    const { app } = await openDoor(t)
    for (const url of [
      '/help/pictures/',
      '/help/pictures/en/lost-phone/1-login.webp',
      '/help/pictures/../../package.json',
      '/help/pictures/..%2f..%2fpackage.json',
      '/help/lost-phone.md',
    ])
      assert.equal((await app.inject({ url })).statusCode, 404, url)
  })
})

const picturesIn = (language: string, guide: string): number =>
  [...readFileSync(`help/${language}/${guide}.md`, 'utf8').matchAll(/^ *!\[/gm)].length
