import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DEFAULT_LIMITS } from '#core/sessions/limits.ts'
import { loadSettings } from '#config/load.ts'
import { withdrawalLimits } from '#config/limits/withdrawals.ts'

const load = (file: string, environment: NodeJS.ProcessEnv = {}) =>
  loadSettings({ file, environment, readFile: () => '' })

const problemsOf = (file: string): readonly string[] => {
  const loaded = load(file)
  return loaded.ok ? [] : loaded.problems
}

const inWithdrawals = (lines: string): string => `withdrawals: ${lines}\n`

suite('The settings of withdrawals', () => {
  test('R121 left out, are the limits of before', () => {
    const loaded = load('')
    assert.ok(loaded.ok)
    const limits = withdrawalLimits(loaded.settings.withdrawals)
    assert.deepEqual(limits, { everywhere: DEFAULT_LIMITS, places: new Map() })
  })

  test('R121 change one limit and leave the others, and a place begins with those of everywhere', () => {
    const loaded = load(
      inWithdrawals(
        '{ limits: { card: { perDayUsd: 5000000 } }, ' +
          'places: { hk: { phone: { perDayUsd: 500000 },' +
          ' card: { perDayUsd: null, per5DaysUsd: null } } } }',
      ),
      {
        COUNTERSIGN_WITHDRAWALS_LIMITS_TEXT_PER_DAY_USD: '150000',
        COUNTERSIGN_WITHDRAWALS_LIMITS_CARD_PER5_DAYS_USD: '9000000',
      },
    )
    assert.ok(loaded.ok, JSON.stringify(loaded))
    const { everywhere, places } = withdrawalLimits(loaded.settings.withdrawals)
    const text = [150_000, 600_000]
    assert.deepEqual(everywhere, { ...DEFAULT_LIMITS, '2s': text, 4: [5_000_000, 9_000_000] })
    assert.deepEqual(places.get('hk'), {
      ...DEFAULT_LIMITS,
      '2s': text,
      3: [500_000, 1_000_000],
      4: [null, null],
    })
  })

  test('R121 of an older card are 1,000,000 and 1,500,000, between what is said of a phone and of a card', () => {
    const olderBy = (limits: string) => {
      const loaded = load(inWithdrawals(`{ limits: { ${limits} } }`))
      assert.ok(loaded.ok, JSON.stringify(loaded))
      return withdrawalLimits(loaded.settings.withdrawals).everywhere['3c']
    }
    assert.deepEqual(olderBy(''), [1_000_000, 1_500_000])
    const usd = (amount: number | null) => `{ perDayUsd: ${amount}, per5DaysUsd: ${amount} }`
    assert.deepEqual(olderBy(`phone: ${usd(2_000_000)}`), [2_000_000, 2_000_000])
    assert.deepEqual(olderBy(`card: ${usd(1_200_000)}`), [1_000_000, 1_200_000])
    assert.deepEqual(olderBy(`phone: ${usd(null)}`), [null, null])
    assert.deepEqual(olderBy('olderCard: { per5DaysUsd: 2000000 }'), [1_000_000, 2_000_000])
    const low = '{ limits: { olderCard: { perDayUsd: 999999 } } }'
    assert.deepEqual(problemsOf(inWithdrawals(low)), [
      'withdrawals.limits.olderCard.perDayUsd: must be at least that of ' +
        'a phone or authenticator app, which is weaker: 1000000',
    ])
  })

  test('R121 are refused with a sentence where a weaker device opens more than a stronger one', () => {
    assert.deepEqual(problemsOf(inWithdrawals('{ limits: { phone: { perDayUsd: 199999 } } }')), [
      'withdrawals.limits.phone.perDayUsd: must be at least that of ' +
        'a printed code card, which is weaker: 200000',
    ])
    assert.deepEqual(problemsOf(inWithdrawals('{ limits: { text: { perDayUsd: null } } }')), [
      'withdrawals.limits.text.per5DaysUsd: must be at least the limit of one day: without limit',
      'withdrawals.limits.codeCard.perDayUsd: must be at least that of ' +
        'a text or call, which is weaker: without limit',
    ])
    assert.deepEqual(
      problemsOf(
        inWithdrawals('{ places: { hk: { none: { perDayUsd: 300000, per5DaysUsd: 300000 } } } }'),
      ),
      [
        'withdrawals.places.hk.text.perDayUsd: must be at least that of ' +
          'a password alone or a temporary passcode, which is weaker: 300000',
      ],
    )
  })

  test('R130 are refused without a limit for a password alone', () => {
    const free = '{ perDayUsd: null, per5DaysUsd: null }'
    const all = ['none', 'text', 'codeCard', 'phone', 'card'].map((one) => `${one}: ${free}`)
    assert.deepEqual(problemsOf(inWithdrawals(`{ limits: { ${all.join(', ')} } }`)), [
      'withdrawals.limits.none.perDayUsd: must be an amount: ' +
        'it limits a password alone or a temporary passcode',
      'withdrawals.limits.none.per5DaysUsd: must be an amount: ' +
        'it limits a password alone or a temporary passcode',
    ])
  })

  test('R121 are refused for a place that is not known, a class that is not, and what is no amount', () => {
    assert.match(
      problemsOf(inWithdrawals('{ places: { xx: {} } }')).join(),
      /^withdrawals\.places\.xx: there is no xx; there are default, eu/,
    )
    assert.deepEqual(problemsOf(inWithdrawals('{ limits: { gold: { perDayUsd: 1 } } }')), [
      'withdrawals.limits.gold: there is no such setting',
    ])
    for (const amount of ['-1', '0.5', '1000000001', 'much']) {
      const [said = ''] = problemsOf(
        inWithdrawals(`{ limits: { card: { perDayUsd: ${amount} } } }`),
      )
      assert.match(said, /^withdrawals\.limits\.card\.perDayUsd: /, amount)
    }
  })
})
