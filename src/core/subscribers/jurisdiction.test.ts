import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { shippedJurisdictions } from '../../config/jurisdictions.ts'
import { minutes } from '../time/time.ts'
import { isCountry } from './country.ts'
import {
  areSame,
  DEFAULT_RULES,
  isNoStricter,
  jurisdictionOf,
  type Override,
  placed,
  type Profile,
  RULE_NAMES,
  type RuleName,
  type Rules,
  rulesFor,
} from './jurisdiction.ts'

const SHIPPED = shippedJurisdictions()

const at = (residence: string | null, changes: { status?: string; override?: Override } = {}) => ({
  residence,
  override: null,
  status: 'open',
  ...changes,
})

suite('Whose rules apply', () => {
  test('R132 follows from the residence: Hong Kong, India, the EEA, the United Kingdom, the United States, Singapore', () => {
    const rows = [
      ['HK', 'hk'],
      ['IN', 'in'],
      ['FR', 'eu'],
      ['NO', 'eu'],
      ['RE', 'eu'],
      ['GB', 'uk'],
      ['US', 'us'],
      ['SG', 'sg'],
      ['CH', 'default'],
      [null, 'default'],
    ] as const
    for (const [residence, place] of rows)
      assert.equal(jurisdictionOf(SHIPPED, at(residence)), place, residence ?? 'none')
  })

  test('R132 is set apart only with a reason, and only to what is known', () => {
    const rows = [
      [{ residence: 'HK' }, null],
      [{ residence: 'HK', jurisdiction: 'hk' }, null],
      [{ residence: 'HK', jurisdiction: 'hk', reason: 'said twice' }, null],
      [{ residence: 'HK', jurisdiction: 'default' }, 'account.override-without-reason'],
      [{ residence: null, jurisdiction: 'hk' }, 'account.override-without-reason'],
      [{ residence: 'HK', jurisdiction: 'mars', reason: 'why' }, 'account.unknown-jurisdiction'],
      [
        { residence: 'US', jurisdiction: 'hk', reason: 'why' },
        { jurisdiction: 'hk', reason: 'why' },
      ],
    ] as const
    for (const [placing, expected] of rows) {
      const step = placed(SHIPPED, placing)
      const found = step.ok ? step.override : step.problem
      assert.deepEqual(found, expected, JSON.stringify(placing))
      if (step.ok) assert.equal(step.residence, placing.residence)
    }
  })

  test('R132 stays what was set while the same is said again, and becomes laxer only by a new country or for a reason', () => {
    const strict = { residence: 'US', override: { jurisdiction: 'hk', reason: 'before' } }
    const lax = { residence: 'HK', override: { jurisdiction: 'default', reason: 'before' } }
    const [atHome, inFrance] = ['HK', 'FR'].map((residence) => ({ residence, override: null }))
    assert.ok(atHome && inFrance)
    const gone = (residence: string | null) => ({ residence, override: null })
    const laxer = 'account.laxer-without-reason'
    const rows = [
      [strict, { residence: 'US' }, strict],
      [lax, { residence: 'HK' }, lax],
      [lax, {}, lax],
      [lax, { jurisdiction: 'default' }, lax],
      [atHome, { residence: null }, laxer],
      [atHome, { residence: null, jurisdiction: 'default' }, laxer],
      [atHome, { residence: null, reason: 'why' }, gone(null)],
      [atHome, { residence: 'US' }, gone('US')],
      [gone('US'), { residence: null }, gone(null)],
      [strict, { residence: 'US', jurisdiction: 'us' }, laxer],
      [strict, { residence: 'US', jurisdiction: 'us', reason: 'why' }, gone('US')],
      [strict, { residence: 'GB' }, laxer],
      [strict, { residence: 'FR' }, laxer],
      [strict, { residence: 'HK' }, gone('HK')],
      [lax, { jurisdiction: 'hk' }, gone('HK')],
      [lax, { residence: 'FR' }, gone('FR')],
      [
        lax,
        { reason: 'another' },
        { residence: 'HK', override: { jurisdiction: 'default', reason: 'another' } },
      ],
      [inFrance, { residence: 'HK' }, gone('HK')],
    ] as const
    for (const [present, placing, expected] of rows) {
      const step = placed(SHIPPED, placing, present)
      const found = step.ok ? { residence: step.residence, override: step.override } : step.problem
      assert.deepEqual(found, expected, JSON.stringify([present, placing]))
    }
  })

  test('R132 is of each rule the strictest that an account asks for, with the text that asks for it', () => {
    const { rules, sources } = rulesFor(SHIPPED, [at('FR'), at('HK'), at('US')])
    assert.deepEqual(rules, {
      optOut: false,
      passcodeTrades: false,
      transfer: 'always',
      migrationByText: false,
      idle: minutes(5),
      failuresMax: 5,
      decoys: 'always',
      notices: 'always',
      codeChannels: 'text',
      askedFirst: 'as-used',
      taskFactors: {},
      phonePinLength: null,
      phonePinCharacters: 'as-set',
      pinBlocklist: [],
      documentsKept: null,
    })
    assert.match(sources.optOut?.text ?? '', /^SFC, .* 27 October 2017, paragraph 1\.1$/)
    assert.equal(sources.optOut?.place.fr, 'Hong Kong')
    assert.match(sources.idle?.text ?? '', /2018\/389, article 4\(3\)\(d\)/)
    assert.deepEqual(rulesFor(SHIPPED, [at('US'), at('CH')]).rules, DEFAULT_RULES)
    assert.deepEqual(rulesFor(SHIPPED, []), { rules: DEFAULT_RULES, sources: {} })
  })

  test('R067 R068 R132 of two places is the stronger factor, the longer PIN, every list, the longer keeping', () => {
    const placeWith = (id: string, rules: Rules, name: RuleName): Profile => {
      const words = { en: id, fr: id }
      const sources = { [name]: { place: words, text: `Text of ${id}` } }
      return { id, name: words, rules, sources, everywhere: [] }
    }
    const one = placeWith(
      'aa',
      {
        ...DEFAULT_RULES,
        taskFactors: { email: '3', payee: '4' },
        phonePinLength: 6,
        pinBlocklist: ['4711'],
        documentsKept: 7,
      },
      'taskFactors',
    )
    const other = placeWith(
      'bb',
      {
        ...DEFAULT_RULES,
        taskFactors: { email: '4', telephone: '3' },
        phonePinLength: 5,
        phonePinCharacters: 'digits',
        pinBlocklist: ['1212', '4711'],
        documentsKept: 12,
      },
      'pinBlocklist',
    )
    const profiles = new Map([one, other].map((place) => [place.id, place]))
    const places = {
      profiles,
      countries: new Map([...'AB'].map((c) => [c + c, (c + c).toLowerCase()])),
    }
    const { rules, sources } = rulesFor(places, [at('AA'), at('BB')])
    assert.deepEqual(rules.taskFactors, { email: '4', payee: '4', telephone: '3' })
    assert.deepEqual([rules.phonePinLength, rules.phonePinCharacters], [6, 'digits'])
    assert.deepEqual(rules.pinBlocklist, ['1212', '4711'])
    assert.equal(rules.documentsKept, 12)
    assert.equal(sources.taskFactors?.text, 'Text of aa')
    assert.equal(sources.pinBlocklist?.text, 'Text of bb')
    assert.ok(areSame(rules, rulesFor(places, [at('BB'), at('AA')]).rules))
    assert.equal(isNoStricter(one.rules, rules), true)
    assert.equal(isNoStricter(rules, one.rules), false)
  })

  test('does not depend on the order of the accounts', () => {
    const places = [...SHIPPED.profiles.keys()]
    const set = (jurisdiction: string) => at(null, { override: { jurisdiction, reason: 'test' } })
    for (const one of places) {
      for (const other of places) {
        const both = [set(one), set(other)]
        const { rules } = rulesFor(SHIPPED, both)
        assert.deepEqual(rules, rulesFor(SHIPPED, both.toReversed()).rules, `${one}, ${other}`)
        const alone = rulesFor(SHIPPED, [set(one)]).rules
        assert.ok(isNoStricter(alone, rules), `${one} asks for more than ${one} and ${other}`)
      }
    }
  })

  test('leaves out accounts that are closed, while another is left', () => {
    const closed = at('HK', { status: 'closed-by-client' })
    assert.equal(rulesFor(SHIPPED, [closed, at('US')]).rules.optOut, true)
    assert.equal(rulesFor(SHIPPED, [closed]).rules.optOut, false)
  })

  test('is the strictest there is, where what was set is not known any more', () => {
    const gone = at('US', { override: { jurisdiction: 'gone', reason: 'its file was removed' } })
    const { rules } = rulesFor(SHIPPED, [gone])
    assert.deepEqual([rules.optOut, rules.idle, rules.failuresMax], [false, minutes(5), 5])
  })

  test('tells whether rules have become stricter, each rule by itself', () => {
    const stricter: Rules = {
      optOut: false,
      passcodeTrades: false,
      transfer: 'always',
      migrationByText: false,
      idle: minutes(5),
      failuresMax: 5,
      decoys: 'always',
      notices: 'always',
      codeChannels: 'text-and-mail',
      askedFirst: 'device',
      taskFactors: { email: '3' },
      phonePinLength: 6,
      phonePinCharacters: 'digits',
      pinBlocklist: ['4711'],
      documentsKept: 12,
    }
    for (const name of RULE_NAMES) {
      const one = { ...DEFAULT_RULES, [name]: stricter[name] }
      assert.equal(isNoStricter(one, DEFAULT_RULES), false, name)
      assert.equal(isNoStricter(DEFAULT_RULES, one), true, name)
      assert.equal(isNoStricter(one, one), true, name)
    }
    const longer = { ...DEFAULT_RULES, idle: minutes(6) }
    assert.equal(isNoStricter(longer, { ...longer, idle: minutes(5) }), true)
    assert.equal(isNoStricter({ ...longer, idle: minutes(5) }, longer), false)
  })
})

test('R132 a country is one of the 249 of ISO 3166-1, and a name of every day is not', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
  const all = letters.flatMap((one) => letters.map((other) => one + other)).filter(isCountry)
  assert.equal(all.length, 249)
  const named = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  for (const country of all) assert.ok(named.of(country), country)
  for (const odd of ['UK', 'EU', 'ZZ', 'hk', 'HKG', '', 'XX']) assert.equal(isCountry(odd), false)
  for (const country of ['GB', 'HK', 'IN', 'US', 'SG']) assert.ok(isCountry(country), country)
})
