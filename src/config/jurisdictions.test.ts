import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { readJurisdictions, shippedJurisdictions } from '#config/jurisdictions.ts'
import { loadSettings } from '#config/load.ts'
import { DEFAULT_RULES, jurisdictionOf, rulesFor } from '#core/subscribers/jurisdiction.ts'
import { minutes } from '#core/time/time.ts'

/** A folder of the operator with these files. */
function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-rules-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const AUSTRALIA = `
name: { en: Australia, fr: Australie }
countries: [AU]
rules:
  idle: { value: 15, source: A circular }
`

suite('The rules of places', () => {
  test('R132 that come with the server name a text for every rule they change', () => {
    const { profiles } = shippedJurisdictions()
    assert.deepEqual([...profiles.keys()], ['default', 'eu', 'hk', 'in', 'sg', 'uk', 'us'])
    for (const { id, rules, sources } of profiles.values()) {
      const changed = Object.entries(rules).filter(
        ([name, value]) => value !== profiles.get('default')?.rules[name as keyof typeof rules],
      )
      assert.deepEqual(
        Object.keys(sources).toSorted(),
        changed.map(([name]) => name).toSorted(),
        id,
      )
    }
  })

  test('R132 that a place does not ask for by a text of its own are said to be rules of the house', () => {
    const authorities = new Map([
      ['eu', /^Commission Delegated Regulation \(EU\)/],
      ['hk', /^(SFC|HKMA),/],
      ['in', /^NSE,/],
    ])
    for (const { id, sources } of shippedJurisdictions().profiles.values())
      for (const [rule, source] of Object.entries(sources))
        assert.ok(
          authorities.get(id)?.test(source.text) || source.text.startsWith('House rule, after '),
          `${id} ${rule}: ${source.text}`,
        )
  })

  test('can be added, and take the place of those that come with the server', (t) => {
    const folder = folderWith(t, {
      'au.yaml': AUSTRALIA,
      'uk.yaml': 'name: { en: Britain, fr: Bretagne }\ncountries: [GB, JE]\n',
      'README.md': 'not one of them',
    })
    const read = readJurisdictions({ folder, countries: { CH: 'eu', FR: 'default' } })
    assert.ok(read.ok)
    const { jurisdictions } = read
    const placeOf = (residence: string) =>
      jurisdictionOf(jurisdictions, { residence, override: null })
    assert.equal(jurisdictions.profiles.get('au')?.rules.idle, minutes(15))
    assert.equal(jurisdictions.profiles.get('uk')?.name.en, 'Britain')
    assert.deepEqual(['AU', 'JE', 'CH', 'FR', 'DE', 'HK'].map(placeOf), [
      ...(['au', 'uk', 'eu', 'default', 'eu', 'hk'] as const),
    ])
  })

  test('R132 keep what a file of the operator leaves out, and lose only what it leaves out by name', (t) => {
    const name = 'name: { en: Hong Kong, fr: Hong Kong }\n'
    const rulesWith = (content: string) => {
      const folder = folderWith(t, { 'hk.yaml': `${name}${content}` })
      const read = readJurisdictions({ folder, countries: {} })
      assert.ok(read.ok, JSON.stringify(read))
      const at = { residence: 'HK', override: null, status: 'open' }
      return { ...rulesFor(read.jurisdictions, [at]), jurisdictions: read.jurisdictions }
    }
    const shipped = rulesFor(shippedJurisdictions(), [
      { residence: 'HK', override: null, status: 'open' },
    ])
    const idle = rulesWith('rules: { idle: { value: 10, source: A circular } }')
    assert.deepEqual(idle.rules, { ...shipped.rules, idle: minutes(10) })
    assert.deepEqual(idle.sources.optOut, shipped.sources.optOut)
    assert.deepEqual(rulesWith('').rules, shipped.rules)
    const laxer = rulesWith('rules: { optOut: { value: true, source: A circular } }')
    assert.deepEqual(laxer.rules, { ...shipped.rules, optOut: true })
    const without = rulesWith('without: { rules: [optOut] }\ncountries: [MO]')
    assert.deepEqual(without.rules, { ...shipped.rules, optOut: true })
    assert.equal(without.sources.optOut, undefined)
    const moved = rulesWith('without: { countries: [HK] }\ncountries: [MO]')
    assert.deepEqual(
      [...moved.jurisdictions.countries].filter(([, place]) => place === 'hk'),
      [['MO', 'hk']],
    )
  })

  test('R067 R068 R132 can say which factor a task takes, what a PIN is, and how long proofs are kept', (t) => {
    const folder = folderWith(t, {
      'au.yaml': `${AUSTRALIA}
  taskFactors: { value: { email: phone, withdrawal: card }, source: A circular }
  phonePinLength: { value: 6, source: A circular }
  phonePinCharacters: { value: digits, source: A circular }
  pinBlocklist: { value: ['4711', '1212', '4711'], source: A circular }
  documentsKept: { value: 12, source: A circular }
`,
    })
    const read = readJurisdictions({ folder, countries: {} })
    assert.ok(read.ok, JSON.stringify(read))
    assert.deepEqual(read.jurisdictions.profiles.get('au')?.rules, {
      ...DEFAULT_RULES,
      idle: minutes(15),
      taskFactors: { withdrawal: '4', email: '3' },
      phonePinLength: 6,
      phonePinCharacters: 'digits',
      pinBlocklist: ['1212', '4711'],
      documentsKept: 12,
    })
  })

  test('R068 forbid a hundred pieces together with those of the settings', (t) => {
    const list = (from: number, count: number) =>
      JSON.stringify(Array.from({ length: count }, (_, at) => String(from + at)))
    const problemsOf = (ofFile: number) => {
      const folder = folderWith(t, {
        'au.yaml': `${AUSTRALIA}  pinBlocklist: { value: ${list(2000, ofFile)}, source: A }\n`,
      })
      const loaded = loadSettings({
        file: `jurisdictions: { folder: ${folder} }\npins: { blocklist: ${list(1000, 60)} }\n`,
        environment: {},
        readFile: () => assert.fail('no file of this test'),
      })
      return loaded.ok ? [] : loaded.problems
    }
    assert.deepEqual(problemsOf(40), [])
    assert.match(problemsOf(41).join(), /^pins\.blocklist: has 101 pieces with those of places and/)
  })

  const ruled = (rule: string) => ({ 'x.yaml': `${AUSTRALIA}  ${rule}` })

  const wrong = [
    [
      'a task that there is not',
      ruled('taskFactors: { value: { bind: phone }, source: A }'),
      /x\.yaml: rules\.taskFactors\.value(\.bind)?: there is no such task; there are withdrawal, /,
    ],
    [
      'tasks that are none',
      ruled('taskFactors: { value: {}, source: A }'),
      /rules\.taskFactors\.value: must name at least one task/,
    ],
    [
      'a name that is no task of ours',
      ruled('taskFactors: { value: { __proto__: card }, source: A }'),
      /rules\.taskFactors\.value/,
    ],
    [
      'a factor that there is not',
      ruled('taskFactors: { value: { email: fax }, source: A }'),
      /rules\.taskFactors\.value\.email: must be one of text, codeCard, phone, olderCard, card/,
    ],
    [
      'a factor that is weaker than everywhere',
      ruled('taskFactors: { value: { opt_out: text }, source: A }'),
      /rules\.taskFactors\.value\.opt_out: must be stronger than what is asked for everywhere/,
    ],
    [
      'a PIN that is too long',
      ruled('phonePinLength: { value: 7, source: A }'),
      /x\.yaml: rules\.phonePinLength\.value: must be 4 to 6 characters/,
    ],
    [
      'a piece of a PIN that is none',
      ruled("pinBlocklist: { value: ['123'], source: A }"),
      /x\.yaml: rules\.pinBlocklist\.value\.0: four digits or small letters/,
    ],
    [
      'a hundred years',
      ruled('documentsKept: { value: 100, source: A }'),
      /x\.yaml: rules\.documentsKept\.value: must be years, from 1 to 50/,
    ],
    [
      'a rule left out that is none of the place',
      { 'hk.yaml': 'name: { en: X, fr: X }\nwithout: { rules: [idle], countries: [FR] }' },
      /hk\.yaml: without\.rules: hk has no idle\n.*hk\.yaml: without\.countries: hk has no FR/,
    ],
    [
      'something left out of a new place',
      { 'x.yaml': 'name: { en: X, fr: X }\nwithout: { countries: [FR] }' },
      /x\.yaml: without\.countries: x has no FR/,
    ],
    [
      'the same place twice',
      { 'au.yaml': AUSTRALIA, 'au.yml': AUSTRALIA.replace('15', '30') },
      /au\.yml: there is another file for au/,
    ],
    [
      'a rule that does not exist',
      { 'x.yaml': `${AUSTRALIA}  colour: { value: 1, source: A }` },
      /x\.yaml: rules\.colour: there is no such rule; there are optOut, passcodeTrades, transfer, /,
    ],
    [
      'a rule in the wrong place',
      { 'x.yaml': `${AUSTRALIA}optOut: false` },
      /x\.yaml: optOut: is a rule, and belongs under rules/,
    ],
    [
      'a word that does not exist',
      { 'x.yaml': `${AUSTRALIA}country: AU` },
      /x\.yaml: country: there is no such word here; there are name, countries, rules, /,
    ],
    [
      'a word of a rule that does not exist',
      { 'x.yaml': `${AUSTRALIA}  optOut: { value: false, source: A, since: 2014 }` },
      /x\.yaml: rules\.optOut\.since: there is no such word here$/,
    ],
    [
      'a rule without its text',
      { 'x.yaml': 'name: { en: X, fr: X }\nrules: { optOut: { value: false } }' },
      /x\.yaml: rules\.optOut\.source/,
    ],
    [
      'a value of another kind',
      { 'x.yaml': 'name: { en: X, fr: X }\nrules: { optOut: { value: never, source: A } }' },
      /rules\.optOut\.value/,
    ],
    [
      'no minutes at all',
      { 'x.yaml': 'name: { en: X, fr: X }\nrules: { idle: { value: 0, source: A } }' },
      /rules\.idle\.value: must be minutes, from 1 to 30/,
    ],
    ['no name in French', { 'x.yaml': 'name: { en: X }' }, /x\.yaml: name\.fr/],
    [
      'a country that does not exist',
      { 'x.yaml': 'name: { en: X, fr: X }\ncountries: [UK]' },
      /countries\.0: must be two letters of ISO 3166-1, such as GB/,
    ],
    [
      'a country that belongs elsewhere',
      { 'x.yaml': 'name: { en: X, fr: X }\ncountries: [HK]' },
      /x\.yaml: HK belongs to hk already/,
    ],
    [
      'a name that is none',
      { 'X Y.yaml': 'name: { en: X, fr: X }' },
      /X Y\.yaml: must be small letters/,
    ],
    ['a text that cannot be read', { 'x.yaml': 'name: [' }, /x\.yaml: /],
    ['nothing', { 'x.yaml': '' }, /x\.yaml: /],
    [
      'one rule twice',
      { 'x.yaml': 'name: { en: X, fr: X }\nname: { en: Y, fr: Y }' },
      /x\.yaml: Map keys must be unique/,
    ],
  ] as const
  for (const [what, files, expected] of wrong) {
    test(`R132 with ${what} keep the server from starting, and it says which`, (t) => {
      const folder = folderWith(t, files)
      const loaded = loadSettings({
        file: `jurisdictions:\n  folder: ${JSON.stringify(folder)}\n`,
        environment: {},
        readFile: () => assert.fail('no file of this test'),
      })
      assert.ok(!loaded.ok)
      assert.match(loaded.problems.join('\n'), expected)
    })
  }

  test('cannot be in a folder that is not there, nor in a country or a place that is not', () => {
    const problemsOf = (jurisdictions: string) => {
      const loaded = loadSettings({
        file: `jurisdictions: ${jurisdictions}\n`,
        environment: {},
        readFile: () => assert.fail('no file of this test'),
      })
      return loaded.ok ? '' : loaded.problems.join('\n')
    }
    assert.match(problemsOf('{ folder: /nowhere/at/all }'), /jurisdictions\.folder: .*ENOENT/)
    assert.match(
      problemsOf('{ countries: { CH: mars } }'),
      /countries\.CH: there is no mars; there are default, eu/,
    )
    assert.match(problemsOf('{ countries: { UK: eu } }'), /countries\.UK/)
    assert.equal(problemsOf('{ countries: { CH: eu } }'), '')
  })
})
