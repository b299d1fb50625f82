import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { refusedWords, saidIn, textsIn } from '../../scripts/words/texts.ts'
import {
  easeOf,
  gradeOf,
  isEasy,
  LANGUAGES,
  measured,
  sentencesOf,
  syllablesOf,
  WORDS_MAX,
  wordsOf,
} from '../../scripts/words/readability.ts'

const GLOSSARY = refusedWords(readFileSync('docs/glossary.md', 'utf8'))

suite('The words that a client reads', () => {
  for (const language of LANGUAGES) {
    test(`are those of the glossary, in ${language}`, () => {
      assert.ok(GLOSSARY[language].length > 30, 'the glossary has its table')
      const found = textsIn(language).flatMap(({ name, text }) =>
        GLOSSARY[language].filter((word) => saidIn(text, word)).map((word) => `${name}: ${word}`),
      )
      assert.deepEqual(found, [])
    })

    test(`stand in sentences of ${WORDS_MAX} words at most, in ${language}`, () => {
      const found = textsIn(language).flatMap(({ name, text }) =>
        sentencesOf(text)
          .filter((sentence) => wordsOf(sentence).length > WORDS_MAX)
          .map((sentence) => `${name}: ${sentence}`),
      )
      assert.deepEqual(found, [])
    })

    test(`are read with ease by a client of fourteen, in ${language}`, () => {
      const texts = textsIn(language)
      const parts = Map.groupBy(texts, ({ part }) => part)
      for (const [part, those] of [...parts, ['all', texts] as const]) {
        const of = measured(
          those.map(({ text }) => text),
          language,
        )
        assert.ok(isEasy(of, language), `${part}: ${gradeOf(of)}, ${easeOf(of)}`)
      }
    })
  }

  test('a challenge is no number in French: numbers are those of telephones and accounts', () => {
    const french = new Map(textsIn('fr').map(({ name, text }) => [name, text]))
    const found = textsIn('en')
      .filter(({ text }) => /challenge/i.test(text) && !/number/i.test(text))
      .filter(({ name }) => /numéro/i.test(french.get(name) ?? ''))
      .map(({ name }) => name)
    assert.deepEqual(found, [])
  })

  test('French has a hard space before a colon and its like, and within quotation marks', () => {
    const found = textsIn('fr').filter(({ text }) => / (?:[:;?»]|!(?!\[))|« /.test(text))
    assert.deepEqual(
      found.map(({ name }) => name),
      [],
    )
  })

  test('stand in a text with their colon: a page that writes it has none of French', () => {
    const colon = /[}`]: ?\$\{(?:text\(|detail|words)/
    const files = globSync('src/edges/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
    const pages = files.filter((file) => colon.test(readFileSync(file, 'utf8')))
    assert.deepEqual(pages, [])
  })
})

test('a figure and its unit stand in one line', () => {
  const parted = / (?:min|s|h|[KM]B|[KM]o)(?![\p{L}’'])/u
  const found = (['en', 'fr'] as const).flatMap((language) =>
    textsIn(language)
      .filter(({ text }) =>
        text
          .split('}}')
          .slice(1)
          .some((after) => parted.exec(after)?.index === 0),
      )
      .map(({ name }) => `${language}: ${name}`),
  )
  assert.deepEqual(found, [])
})

suite('The table of the glossary', () => {
  const table = refusedWords(`
| English | Français | What it means | Not in English | Not in French |
|---|---|---|---|---|
| log in | se connecter | to begin | \`sign in\`, \`come in\` | \`entrer\` |
| number | numéro | | | \`ce numéro\` |
`)

  test('names in its last two columns what is not said', () => {
    assert.deepEqual(table, { en: ['sign in', 'come in'], fr: ['entrer', 'ce numéro'] })
  })

  test('means whole words, in any capitals, and neither addresses nor place holders', () => {
    assert.ok(saidIn('Sign in.', 'sign in'))
    assert.ok(saidIn('A **sign\u00a0in**', 'sign in'))
    for (const text of ['Design in', 'sign inside', '[here](sign in)', '{{sign in}}'])
      assert.ok(!saidIn(text, 'sign in'), text)
    assert.ok(saidIn('Il faut entrer.', 'entrer'))
    assert.ok(!saidIn('Il rentrera.', 'entrer'))
  })
})

suite('Reading grade', () => {
  test('counts syllables as they are said', () => {
    for (const [word, said] of [
      ['the', 1],
      ['phone', 1],
      ['devices', 3],
      ['logged', 1],
      ['client', 2],
      ['password', 2],
      ['response', 2],
      ['approve', 2],
      ['every', 3],
      ['8', 1],
    ] as const)
      assert.equal(syllablesOf(word, 'en'), said, word)
    for (const [word, said] of [
      ['code', 1],
      ['connexion', 3],
      ['réponse', 2],
      ['téléphone', 3],
      ['appareils', 3],
      ['le', 1],
    ] as const)
      assert.equal(syllablesOf(word, 'fr'), said, word)
  })

  test('is that of the published formula', () => {
    const text = 'The cat sat on the mat. It was a big cat.'
    const of = measured([text], 'en')
    assert.deepEqual(of, { sentences: 2, words: 11, syllables: 11 })
    assert.equal(gradeOf(of).toFixed(2), (0.39 * 5.5 + 11.8 - 15.59).toFixed(2))
    const french = measured(['Le chat est sur le tapis.'], 'fr')
    assert.deepEqual(french, { sentences: 1, words: 6, syllables: 7 })
    assert.equal(easeOf(french).toFixed(2), (207 - 1.015 * 6 - (73.6 * 7) / 6).toFixed(2))
  })

  test('judges sentences, and takes a button for none', () => {
    assert.deepEqual(sentencesOf('Wait. **Call** us: {{help}}. [Read](x.md)'), [
      'Wait.',
      'Call us: that.',
      'Read',
    ])
    assert.equal(measured(['Continue', 'Wait.'], 'en').words, 1)
  })

  test('of long words in long sentences is too high', () => {
    const hard =
      'Notwithstanding aforementioned considerations, authentication necessitates ' +
      'comprehensive identification methodologies.'
    assert.ok(!isEasy(measured([hard], 'en'), 'en'))
    const dur =
      'Nonobstant les considérations susmentionnées, l’authentification nécessite ' +
      'une identification méthodologique particulièrement exhaustive.'
    assert.ok(!isEasy(measured([dur], 'fr'), 'fr'))
  })
})
