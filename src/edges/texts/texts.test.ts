import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { instant } from '#core/time/time.ts'
import { formatsOf } from '#edges/texts/formats.ts'
import { placeIn, texts } from '#edges/texts/texts.ts'

suite('Texts', () => {
  test('S91 R131 SFC 21 May and 6 June 2025, MAS and ABS 19 January 2022: no message has a link', () => {
    for (const language of LANGUAGES) {
      const messages = messagesIn(JSON.parse(readFileSync(`locales/${language}.json`, 'utf8')))
      assert.ok(messages.length > 100)
      const linked = messages.filter((one) =>
        /https?:|www\.|:\/\/|href|\b[\w-]+\.(?:com|ch|fr)\b/.test(one),
      )
      assert.deepEqual(linked, [], language)
      const asked = messages.flatMap((one) =>
        [...one.matchAll(/\{\{([\w-]+)/g)].map(([, name]) => name),
      )
      assert.deepEqual(
        asked.filter((name) => /url|uri|link|origin|issuer|host|portal/i.test(name ?? '')),
        [],
        language,
      )
    }
  })

  test('R170 of every key that a page names exist in both languages', () => {
    const sources = globSync('src/edges/{pages,http,oidc,api}/**/*.ts').filter(
      (file) => !file.includes('.test.'),
    )
    const named = sources.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /'((?:common|login|method|portal|problem|trade)(?:\.[\w-]+)+)'/g,
        ),
      ].map(([, key = '']) => key),
    )
    assert.ok(named.length > 100)
    for (const language of LANGUAGES) {
      const { text } = texts(language)
      const missing = named.filter((key) => text(key) === key && text(key, { count: 1 }) === key)
      // Some names are the beginning of a key, or a code of `core/problems.ts`.
      assert.deepEqual(
        missing.filter((key) => !isPrefix(key)),
        [],
        language,
      )
    }
  })

  test('put values in, and choose the plural', () => {
    const { text } = texts('en')
    assert.equal(text('login.again-in', { count: 1 }), 'You can try again in 1 second.')
    assert.equal(text('login.again-in', { count: 2 }), 'You can try again in 2 seconds.')
    assert.equal(text('common.page-title', { title: '<b>', name: '{{x}}' }), '<b> – {{x}}')
  })

  test('in French have hard spaces before double marks, and no straight apostrophe', () => {
    const french = readFileSync('locales/fr.json', 'utf8')
    assert.deepEqual(
      french.match(/[^\u00a0\u202f\s\d"\\/}][:;?!»](?=[\s"])(?<!https?:)/g) ?? [],
      [],
    )
    assert.deepEqual(french.match(/\w'\w/g) ?? [], [])
    // A text message has no hard spaces: they are not in its alphabet (GSM 03.38).
    const onPages = valuesOf(JSON.parse(french) as Node).filter(
      ([key]) => !/\.(?:short|message)\b/.test(key),
    )
    assert.deepEqual(
      onPages.filter(([, value]) => / [:;?!»]|« /.test(value)).map(([key]) => key),
      [],
    )
  })
})

type Node = string | { readonly [key: string]: Node }

const valuesOf = (node: Node, key = ''): readonly (readonly [string, string])[] =>
  typeof node === 'string'
    ? [[key, node]]
    : Object.entries(node).flatMap(([name, below]) => valuesOf(below, `${key}.${name}`))

/** A key whose last part is put together where it is used. */
function isPrefix(key: string): boolean {
  return (
    PREFIXES.some((prefix) => key === prefix) ||
    texts('en').text(`problem.${key}`) !== `problem.${key}`
  )
}

const PREFIXES = [
  'portal.opens.all',
  'portal.opens.portal',
  'portal.devices',
  'portal.users',
  'portal.sessions',
  'portal.browsers',
  'portal.order',
  'activity',
  'portal.first',
  'portal.first.bound',
  'portal.enrol.left',
  'login.left',
  'login.scan',
  'login.overdue',
]

suite('A place', () => {
  const rows = [
    ['203.0.113.7', '203.0.113.x'],
    ['::ffff:203.0.113.7', '203.0.113.x'],
    ['127.0.0.1', '127.0.0.x'],
    ['2001:db8:85a3::8a2e:370:7334', '2001:db8:85a3::x'],
    ['2001:db8::1', '2001:db8:0::x'],
    ['::1', '0:0:0::x'],
    ['fe80::1%eth0', 'fe80:0:0::x'],
    ['', '?'],
    ['<script>', '?'],
  ] as const

  for (const [address, place] of rows) {
    test(`of ${address || 'nothing'} is ${place}: the network, never the machine`, () =>
      assert.equal(placeIn(address), place))
  }
})

suite('Times and money', () => {
  const at = (iso: string) => instant(Date.parse(iso))
  const now = at('2026-11-20T12:00:00Z')
  const [en, fr] = [formatsOf('en', 'America/New_York'), formatsOf('fr', 'America/New_York')]

  test('are written with the day that it is at the brokerage', () => {
    assert.equal(en.moment(at('2026-11-20T05:30:00Z'), now), 'Today, 00:30')
    assert.equal(en.moment(at('2026-11-20T04:30:00Z'), now), 'Yesterday, 23:30')
    assert.equal(en.day(at('2026-10-12T12:00:00Z'), now), '12 October')
    assert.equal(en.day(at('2025-03-03T12:00:00Z'), now), '3 March 2025')
    assert.equal(en.zone, 'New York')
  })

  test('begin with a small letter within a sentence, as far as days have names', () => {
    for (const [iso, said] of [
      ['2026-11-19T14:00:59Z', 'yesterday, 09:00'],
      ['2026-11-20T11:59:59Z', 'today, 06:59'],
      ['2026-11-18T14:00:00Z', '18 November, 09:00'],
    ] as const)
      assert.equal(en.past(at(iso), now), said)
    assert.equal(en.ahead(at('2026-11-20T12:00:01Z'), now), 'today, 07:01')
    assert.equal(en.ahead(at('2026-11-21T12:00:00Z'), now), 'tomorrow, 07:00')
    assert.equal(fr.past(at('2026-11-19T14:00:00Z'), now), 'hier, 09:00')
  })

  test('in French begin the month with “1er”', () => {
    assert.equal(fr.day(at('2026-10-01T12:00:00Z'), now), '1er octobre')
    assert.equal(fr.day(at('2026-10-11T12:00:00Z'), now), '11 octobre')
    assert.equal(fr.moment(now, now), 'Aujourd’hui, 07:00')
  })

  test('have spaces that do not break', () => {
    assert.equal(en.money(12_500), 'USD\u00a012,500')
    assert.match(fr.money(12_500), /^USD\u00a012[\u00a0\u202f]500$/)
  })
})

const Words: z.ZodType<Words> = z.union([
  z.string(),
  z.record(
    z.string(),
    z.lazy(() => Words),
  ),
])
type Words = string | { readonly [key: string]: Words }

/** What goes out by text, by mail and by letter. */
function messagesIn(locale: unknown): readonly string[] {
  const {
    notice,
    letter,
    'mail-answer': answer,
    method,
  } = z.record(z.string(), Words).parse(locale)
  const text = typeof method === 'object' ? method['sms-code'] : undefined
  const code = typeof text === 'object' ? text['message'] : undefined
  return [notice, letter, answer, code].flatMap((one) => sentencesIn(one ?? assert.fail()))
}

const sentencesIn = (words: Words): readonly string[] =>
  typeof words === 'string' ? [words] : Object.values(words).flatMap(sentencesIn)
