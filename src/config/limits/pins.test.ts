import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pinRules } from '#config/limits/pins.ts'
import { loadSettings } from '#config/load.ts'
import { USUAL_PIN_RULE } from '#core/devices/pin-rule.ts'

const load = (file: string) => loadSettings({ file, environment: {}, readFile: () => '' })

const problemsOf = (file: string): readonly string[] => {
  const loaded = load(file)
  return loaded.ok ? [] : loaded.problems
}

suite('The settings of PINs', () => {
  test('R067 left out, are four to six letters or digits', () => {
    const loaded = load('')
    assert.ok(loaded.ok)
    const usual = { everywhere: USUAL_PIN_RULE, places: new Map() }
    assert.deepEqual(pinRules(loaded.settings.pins), usual)
    assert.equal(USUAL_PIN_RULE.phone.lengthMin, 4)
  })

  test('R067 of a place begin with those of everywhere', () => {
    const loaded = load(
      'pins: { phone: { lengthMin: 5 }, blocklist: ["4711"], ' +
        'places: { hk: { phone: { characters: digits } }, in: { blocklist: [] } } }',
    )
    assert.ok(loaded.ok, JSON.stringify(loaded))
    const { places } = pinRules(loaded.settings.pins)
    assert.deepEqual(places.get('hk'), {
      phone: { lengthMin: 5, characters: 'digits' },
      blocklist: ['4711'],
    })
    assert.deepEqual(places.get('in')?.blocklist, [])
  })

  test('that are none are refused, each with its name', () => {
    const wrong = [
      ['phone: { lengthMin: 3 }', 'pins.phone.lengthMin'],
      ['phone: { lengthMin: 7 }', 'pins.phone.lengthMin'],
      ['phone: { characters: any }', 'pins.phone.characters'],
      ['blocklist: ["123"]', 'pins.blocklist.0'],
      ['blocklist: ["12 4"]', 'pins.blocklist.0'],
      ['blocklist: ["ABCD"]', 'pins.blocklist.0'],
      ['places: { xx: {} }', 'pins.places.xx'],
    ] as const
    for (const [line, name] of wrong) {
      const [said = ''] = problemsOf(`pins: { ${line} }`)
      assert.ok(said.startsWith(`${name}: `), `${line}: ${said}`)
    }
  })

  test('of all places forbid a hundred pieces: more would leave no room for what is known', () => {
    const list = (from: number, count: number) =>
      JSON.stringify(Array.from({ length: count }, (_, at) => String(from + at)))
    const lists = (everywhere: number, hk: number) =>
      problemsOf(
        `pins: { blocklist: ${list(1000, everywhere)}, ` +
          `places: { hk: { blocklist: ${list(2000, hk)} }, in: { blocklist: ${list(1000, 5)} } } }`,
      )
    assert.deepEqual(lists(60, 40), [])
    assert.match(
      lists(60, 41).join(),
      /^pins\.blocklist: has 101 pieces with those of places and of files of rules; /,
    )
  })

  test('R074 a verified number before a phone takes someone who carries texts', () => {
    assert.match(problemsOf('sms: { beforePhone: verified }').join(), /^sms\.beforePhone: needs/)
  })
})
