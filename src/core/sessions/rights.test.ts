import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Account, NEW_ACCOUNT, type Standing, STANDINGS } from '../subscribers/account.ts'
import { type Acr, type Phase, type Proof, STRENGTHS } from '../assurance.ts'
import { shippedJurisdictions } from '../../config/jurisdictions.ts'
import { DEFAULT_RULES, type Profile, type Rules } from '../subscribers/jurisdiction.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import {
  closedDoor,
  type Facts,
  type Forbidden,
  FORBIDDEN,
  type Hold,
  neededAt,
  obstacleAt,
  type RowId,
  rightsOf,
  ROW_IDS,
  type SecondFactor,
  suffices,
} from './rights.ts'
import { after, before, days, hours, type Instant, instant, millis } from '../time/time.ts'

const NOW = instant(Date.UTC(2026, 10, 20, 15))
const TOMORROW = after(NOW, hours(14))

/** What a client may have beside the password, by what it proves. */
const METHODS: Readonly<Record<string, Acr>> = {
  'temporary-passcode': '2t',
  'sms-code': '2s',
  'code-card': '2c',
  'phone-key': '3',
  'older-card': '3c',
  'security-card': '4',
  passkey: '4',
}

/** Every place whose rules come with the server. */
const PLACES = [...shippedJurisdictions().profiles.values()]

const PASSWORD: Proof = { method: 'password', acr: '1', amr: ['pwd'] }

/** Two days of everything, then ten days of printing a card (R094, R095). */
const phasesFrom = (issuedAt: Instant): readonly Phase[] => [
  { until: after(issuedAt, days(2)), opens: 'everything' },
  { until: after(issuedAt, days(12)), opens: 'card-printing' },
]

type PhaseName = 'lasting' | 'everything' | 'card-printing' | 'waiting' | 'over'

/** When something had to be issued for it to be in this phase now. */
const ISSUED: Readonly<Record<Exclude<PhaseName, 'lasting' | 'waiting'>, Instant>> = {
  everything: before(NOW, days(1)),
  'card-printing': before(NOW, days(3)),
  over: before(NOW, days(13)),
}

const proven = (method: string, phase: PhaseName): readonly Proof[] => {
  const acr = METHODS[method]
  if (acr === undefined) return [PASSWORD]
  const second: Proof = { method, acr, amr: ['otp'], carried: ['sms', 'email'] }
  if (phase === 'lasting') return [PASSWORD, second]
  // A new phone that waits to take the place of another (S73).
  if (phase === 'waiting')
    return [PASSWORD, { ...second, phases: [{ until: TOMORROW, opens: 'reading' }] }]
  return [PASSWORD, { ...second, phases: phasesFrom(ISSUED[phase]) }]
}

const APPROVED = { approvedAt: before(NOW, hours(1)) } as const

/** An account that stands so now. */
function standing(name: Standing, changes: Partial<Account> = {}): Account {
  const plain = { ...NEW_ACCOUNT, environment: 'live', number: 'U1' } as Account
  const account: Readonly<Record<Standing, Partial<Account>>> = {
    applied: { status: 'applied' },
    'approved-late': { status: 'approved', ...APPROVED, tradesFrom: TOMORROW },
    approved: { status: 'approved', ...APPROVED, tradesFrom: APPROVED.approvedAt },
    open: { status: 'open' },
    'closed-by-client': { status: 'closed-by-client' },
    'closed-by-broker': { status: 'closed-by-broker' },
  }
  return { ...plain, ...account[name], ...changes }
}

const facts = (changes: Partial<Facts> = {}): Facts => ({
  proofs: proven('phone-key', 'lasting'),
  account: standing('open'),
  rules: DEFAULT_RULES,
  second: 'bound',
  holds: [],
  isFromNamed: false,
  limits: DEFAULT_LIMITS,
  ...changes,
})

/** The row that decides, for every login (down) and every account (across). */
const SPECIFICATION = `
  opted out  login                        applied        approved-late  approved         open             closed

  no         password, never had more     first-binding  first-binding  first-binding    first-binding    closed
  no         password, all revoked        password-only  password-only  password-only    password-only    closed
  no         password, one bound          password-only  password-only  password-only    password-only    closed-unproven
  no         any method                   applied        approved-late  trades           trades           closed
  no         temporary passcode           applied        approved-late  trades           trades           closed
  no         passcode, strict rules       applied        passcode-binds  passcode-binds   passcode-binds   closed
  no         text alone, strict rules     applied        code-one-way    code-one-way     code-one-way     closed
  no         any method, card printing    card-printing  card-printing  card-printing    card-printing    card-printing
  no         any method, waiting          waiting        waiting        waiting          waiting          waiting
  no         any method, over             access-over    access-over    access-over      access-over      access-over

  yes        password, never had more     first-binding  first-binding  opted-out-first  opted-out-first  closed
  yes        password, all revoked        password-only  password-only  opted-out        opted-out        closed
  yes        password, one bound          password-only  password-only  opted-out        opted-out        closed-unproven
  yes        any method                   applied        approved-late  trades           trades           closed
  yes        temporary passcode           applied        approved-late  trades           trades           closed
  yes        any method, card printing    card-printing  card-printing  card-printing    card-printing    card-printing
  yes        any method, waiting          waiting        waiting        waiting          waiting          waiting
  yes        any method, over             access-over    access-over    access-over      access-over      access-over
`

/**
 * What each row opens. Money: per day and per five days, in thousands; by what was proven where it
 * says so.
 */
const OPENS = `
  row              portal         trading  money        bind
  access-over      closed         no       0            no
  waiting          statements     no       0            no
  card-printing    card-printing  no       0            no
  closed-unproven  closed         no       0            no
  closed           statements     no       0            no
  opted-out-first  first-binding  yes      by strength  yes
  opted-out        closed         yes      by strength  no
  first-binding    first-binding  no       0            yes
  password-only    first-binding  no       0            no
  applied          full           no       0            yes
  approved-late    full           no       by strength  yes
  passcode-binds   full           no       0            yes
  code-one-way     full           no       0            yes
  trades           full           yes      by strength  yes
`

/** Of a login that was confirmed with nothing but this (R121). */
const MONEY: Readonly<Record<Acr, readonly [number | null, number | null]>> = {
  1: [50_000, 100_000],
  '2t': [50_000, 100_000],
  '2s': [200_000, 600_000],
  '2c': [200_000, 600_000],
  3: [1_000_000, 1_000_000],
  '3c': [1_000_000, 1_500_000],
  4: [null, null],
}

function tableIn(text: string): readonly Readonly<Record<string, string>>[] {
  const [names = [], ...rows] = text
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
    .filter((cells) => cells.length > 1)
  return rows.map((cells) => Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])))
}

const LINES = tableIn(SPECIFICATION)
const OPENED = new Map(tableIn(OPENS).map((row) => [row['row'] ?? '', row]))

const SECONDS: Readonly<Record<string, SecondFactor>> = {
  'password, never had more': 'never',
  'password, all revoked': 'revoked',
  'password, one bound': 'bound',
}
/** Two days of a passcode, or a text alone; elsewhere whose rules hold changes nothing. */
const PASSCODE: Readonly<Record<string, (rules: Rules) => boolean>> = {
  'temporary passcode': ({ passcodeTrades }) => passcodeTrades,
  'passcode, strict rules': ({ passcodeTrades }) => !passcodeTrades,
}
const TEXT_ALONE = 'text alone, strict rules'
const PHASES: Readonly<Record<string, readonly PhaseName[]>> = {
  'any method': ['lasting', 'everything'],
  'any method, card printing': ['card-printing'],
  'any method, waiting': ['waiting'],
  'any method, over': ['over'],
}

interface Case {
  readonly method: string
  readonly proofs: readonly Proof[]
  readonly second: SecondFactor
  readonly acr: Acr
}

/** The logins that one line of the specification speaks of. */
function casesOf(login: string): readonly Case[] {
  const second = SECONDS[login]
  if (second) return [{ method: 'password', proofs: [PASSWORD], second, acr: '1' }]
  if (login === TEXT_ALONE) {
    const proofs = [PASSWORD, { method: 'sms-code', acr: '2s', amr: ['otp'], carried: ['sms'] }]
    return [{ method: login, proofs: proofs as readonly Proof[], second: 'bound', acr: '2s' }]
  }
  const isPasscode = login in PASSCODE
  const phases = isPasscode ? (['everything'] as const) : (PHASES[login] ?? [])
  return phases.flatMap((phase) =>
    methodsIn(phase, isPasscode).map(([method, acr]) => ({
      method: `${method}, ${phase}`,
      proofs: proven(method, phase),
      acr,
      second: 'bound' as const,
    })),
  )
}

/** As long as it opens everything, a passcode has lines of its own. */
const methodsIn = (phase: PhaseName, isPasscode: boolean) =>
  Object.entries(METHODS).filter(
    ([, acr]) => (phase !== 'lasting' && phase !== 'everything') || (acr === '2t') === isPasscode,
  )

suite('The table of rights, for every combination', () => {
  for (const line of LINES) {
    for (const place of PLACES) {
      const { login = '', 'opted out': opted } = line
      if (PASSCODE[login]?.(place.rules) === false) continue
      if (login === TEXT_ALONE && place.rules.codeChannels === 'text') continue
      const title = `opted out: ${opted}, ${login}, under the rules of ${place.id}`
      test(`R026 R027 R028 R121 C5 ${title}`, () => {
        for (const name of STANDINGS) holdsTo({ line, name, place })
      })
    }
  }

  test('names every row there is, each at least once', () => {
    const named = new Set(LINES.flatMap((line) => Object.values(line)))
    assert.deepEqual(
      [...ROW_IDS].filter((id) => !named.has(id)),
      [],
    )
    assert.deepEqual([...OPENED.keys()].toSorted(), [...ROW_IDS].toSorted())
  })
})

interface Combination {
  readonly line: Readonly<Record<string, string>>
  readonly name: Standing
  readonly place: Profile
}

/** One cell of the specification, for every method that it speaks of. */
function holdsTo({ line, name, place: { rules } }: Combination): void {
  const { login = '', 'opted out': opted } = line
  // Where opting out does not exist, a client who did it elsewhere is treated like every other
  // (R128, R129).
  const counts = opted === 'yes' && rules.optOut
  const asLine = counts
    ? line
    : LINES.find((one) => one['opted out'] === 'no' && one['login'] === login)
  const expected = asLine?.[name.startsWith('closed') ? 'closed' : name] ?? ''
  const opens = OPENED.get(expected)
  const cases = casesOf(login)
  assert.ok(cases.length > 0 && opens, login)
  for (const { method, proofs, second, acr } of cases) {
    const account = standing(name, { optedOut: opted === 'yes' })
    const { row, rights } = rightsOf({ ...facts(), rules, proofs, second, account }, NOW)
    const [perDay, per5Days]: readonly [number | null, number | null] =
      opens['money'] === 'by strength' ? limited(MONEY[acr], counts) : NO_MONEY
    const told = `${method}, ${name}`
    assert.equal(row, expected, told)
    const trades: boolean = opens['trading'] === 'yes'
    assert.deepEqual(
      rights,
      {
        portal: opens['portal'],
        trading: trades,
        // From every network, only who trades with a second factor (R130).
        tradePenny: trades && !counts,
        tradeNetwork: null,
        withdrawalPerDayUsd: perDay,
        withdrawalPer5DaysUsd: per5Days,
        bind: opens['bind'] === 'yes',
      },
      told,
    )
    for (const isFromNamed of [true, false]) {
      const restricted = { ...account, networks: NAMED }
      const from = { ...facts(), rules, proofs, second, account: restricted, isFromNamed }
      const decision = rightsOf(from, NOW)
      // Where opting out does not count, neither does what was named with it.
      const isShut = counts && !isFromNamed
      assert.equal(decision.row, expected, told)
      assert.deepEqual(
        decision.rights,
        {
          ...rights,
          trading: trades && !isShut,
          tradePenny: trades && !isShut,
          tradeNetwork: counts ? NAMED : null,
        },
        `${told}, from ${isFromNamed ? 'a named network' : 'elsewhere'}`,
      )
    }
  }
}

const NO_MONEY: readonly [number, number] = [0, 0]
const NAMED = ['203.0.113.0/24']

/** The price of having opted out (R130). */
const limited = (
  [perDay, per5Days]: readonly [number | null, number | null],
  optedOut: boolean,
): readonly [number | null, number | null] =>
  optedOut
    ? [Math.min(perDay ?? 50_000, 50_000), Math.min(per5Days ?? 100_000, 100_000)]
    : [perDay, per5Days]

suite('What was proven', () => {
  test('R129 NSE 14 June 2022: a code by text alone trades everywhere but in India', () => {
    const text: Proof = { method: 'sms-code', acr: '2s', amr: ['sms', 'otp'] }
    const ways: readonly (readonly [Proof, RowId])[] = [
      [text, 'code-one-way'],
      [{ ...text, carried: ['sms'] }, 'code-one-way'],
      [{ ...text, carried: ['sms', 'email'] }, 'trades'],
    ]
    for (const { id, rules } of PLACES) {
      for (const [proof, row] of ways) {
        const decision = rightsOf(facts({ rules, proofs: [PASSWORD, proof] }), NOW)
        assert.equal(decision.row, id === 'in' ? row : 'trades', id)
      }
      const both = [PASSWORD, text, ...proven('phone-key', 'lasting')]
      assert.equal(rightsOf(facts({ rules, proofs: both }), NOW).row, 'trades', id)
    }
    const india = PLACES.find(({ id }) => id === 'in')?.rules ?? assert.fail('no India')
    const narrow = rightsOf(facts({ rules: india, proofs: [PASSWORD, text] }), NOW)
    assert.deepEqual(obstacleAt({ purpose: 'portal' }, narrow), null)
    const problem = 'account.code-one-way'
    assert.deepEqual(obstacleAt({ purpose: 'trading' }, narrow), { problem, until: null })
  })

  test('C5 SFC FAQ, question 2, and NSE 14 June 2022: a temporary passcode binds in Hong Kong and India, and trades elsewhere', () => {
    for (const { id, rules } of PLACES) {
      const proofs = proven('temporary-passcode', 'everything')
      const decision = rightsOf(facts({ rules, proofs }), NOW)
      const isStrict = id === 'hk' || id === 'in'
      assert.equal(decision.row, isStrict ? 'passcode-binds' : 'trades', id)
      assert.ok(decision.rights.bind)
      const withPhone = [...proofs, ...proven('phone-key', 'lasting')]
      assert.equal(rightsOf(facts({ rules, proofs: withPhone }), NOW).row, 'trades', id)
    }
  })

  test('R094 R095 fades at the end of each phase, and not a millisecond before', () => {
    const issuedAt = NOW
    const proofs = [
      PASSWORD,
      { method: 'x', acr: '2t', amr: [], phases: phasesFrom(issuedAt) } as const,
    ]
    const rows: readonly (readonly [number, RowId])[] = [
      [0, 'trades'],
      [days(2) - 1, 'trades'],
      [days(2), 'card-printing'],
      [days(12) - 1, 'card-printing'],
      [days(12), 'access-over'],
      [days(400), 'access-over'],
    ]
    for (const [later, row] of rows) {
      const at = after(issuedAt, millis(later))
      assert.equal(rightsOf(facts({ proofs }), at).row, row, String(later))
    }
    const { until } = rightsOf(facts({ proofs }), issuedAt)
    assert.equal(until, after(issuedAt, days(2)))
  })

  test('beside temporary access counts for itself: a phone does not fade with the passcode', () => {
    const faded = proven('temporary-passcode', 'over')
    const both = [...faded, { method: 'phone-key', acr: '3', amr: [] } as const]
    const { row, rights } = rightsOf(facts({ proofs: both }), NOW)
    assert.equal(row, 'trades')
    assert.equal(rights.withdrawalPerDayUsd, 1_000_000)
  })

  test('of two temporary accesses is as much as the one that opens more', () => {
    const proofs = [
      ...proven('temporary-passcode', 'over'),
      ...proven('code-card', 'card-printing').slice(1),
    ]
    assert.equal(rightsOf(facts({ proofs }), NOW).row, 'card-printing')
  })

  test('of a client without an account opens no trading', () => {
    assert.equal(rightsOf(facts({ account: null }), NOW).row, 'applied')
  })
})

suite('A hold', () => {
  const hold = (forbids: readonly Forbidden[], until: Instant = TOMORROW): Hold => ({
    kind: 'migration',
    forbids,
    until,
  })

  test('takes away what it forbids, and nothing else', () => {
    const free = rightsOf(facts(), NOW).rights
    for (const forbidden of FORBIDDEN) {
      const { row, narrowed, rights } = rightsOf(facts({ holds: [hold([forbidden])] }), NOW)
      assert.equal(row, 'trades')
      assert.deepEqual(narrowed, [`hold-${forbidden}`])
      const expected = {
        trading: { ...free, trading: false, tradePenny: false },
        withdrawals: { ...free, withdrawalPerDayUsd: 0, withdrawalPer5DaysUsd: 0 },
        binding: { ...free, bind: false },
      }[forbidden]
      assert.deepEqual(rights, expected)
    }
    const both = rightsOf(
      facts({ holds: [hold(['binding']), hold(['withdrawals', 'trading'])] }),
      NOW,
    )
    assert.deepEqual(both.narrowed, ['hold-trading', 'hold-withdrawals', 'hold-binding'])
  })

  test('ends when it says so', () => {
    const holds = [hold(['trading'])]
    assert.equal(rightsOf(facts({ holds }), after(TOMORROW, millis(-1))).rights.trading, false)
    assert.equal(rightsOf(facts({ holds }), TOMORROW).rights.trading, true)
    assert.equal(rightsOf(facts({ holds }), NOW).until, TOMORROW)
    assert.equal(rightsOf(facts({ holds }), TOMORROW).until, null)
  })

  test('on trading and the cut-off must both be over', () => {
    const until = after(TOMORROW, hours(1))
    const account = standing('approved-late')
    const decision = rightsOf(facts({ account, holds: [hold(['trading'], until)] }), NOW)
    assert.equal(decision.tradesFrom, until)
    assert.equal(decision.until, TOMORROW)
  })

  test('is not named where it takes nothing away', () => {
    const account = standing('closed-by-client')
    assert.deepEqual(rightsOf(facts({ account, holds: [hold([...FORBIDDEN])] }), NOW).narrowed, [])
  })
})

suite('A paper account', () => {
  test('trades, and pays nothing out', () => {
    for (const acr of STRENGTHS.slice(1)) {
      const proofs = [PASSWORD, { method: 'any', acr, amr: [] }]
      const account = standing('open', { environment: 'paper' })
      const { rights, narrowed } = rightsOf(facts({ proofs, account }), NOW)
      assert.equal(rights.trading, true)
      assert.equal(rights.withdrawalPerDayUsd, 0)
      assert.deepEqual(narrowed, ['paper'])
    }
  })
})

suite('A platform', () => {
  const obstacle = (
    purpose: 'portal' | 'trading' | 'statements' | 'other',
    changes: Partial<Facts>,
  ) => obstacleAt({ purpose }, rightsOf(facts(changes), NOW))

  test('R150 R151 R161 R164 says why it does not open, and when it will', () => {
    const problem = (purpose: Parameters<typeof obstacle>[0], changes: Partial<Facts>) =>
      obstacle(purpose, changes)?.problem ?? 'open'
    const rows: readonly (readonly [Partial<Facts>, string, string, string, string])[] = [
      //                                               trading  portal  statements  other
      [{}, 'open', 'open', 'open', 'open'],
      [{ account: standing('applied') }, 'account.not-approved', 'open', 'open', 'open'],
      [{ account: standing('approved-late') }, 'account.approved-late', 'open', 'open', 'open'],
      [
        { account: standing('closed-by-broker') },
        ...(['account.closed', 'open', 'open', 'account.closed'] as const),
      ],
      [
        { proofs: proven('temporary-passcode', 'card-printing') },
        ...(['account.card-printing-only', 'open'] as const),
        ...(['account.card-printing-only', 'account.card-printing-only'] as const),
      ],
      [
        { proofs: proven('temporary-passcode', 'over') },
        ...(['account.access-over', 'account.access-over'] as const),
        ...(['account.access-over', 'account.access-over'] as const),
      ],
      [
        { proofs: [PASSWORD], second: 'never' },
        ...(['login.no-authenticator', 'open'] as const),
        ...(['login.no-authenticator', 'login.no-authenticator'] as const),
      ],
      [
        { holds: [{ kind: 'x', forbids: ['trading'], until: TOMORROW }] },
        ...(['account.on-hold', 'open', 'open', 'open'] as const),
      ],
    ]
    for (const [changes, ...expected] of rows) {
      const found = (['trading', 'portal', 'statements', 'other'] as const).map((purpose) =>
        problem(purpose, changes),
      )
      assert.deepEqual(found, expected, JSON.stringify(changes))
    }
    const late = obstacle('trading', { account: standing('approved-late') })
    assert.equal(late?.until, TOMORROW)
    assert.equal(obstacle('trading', { account: standing('closed-by-client') })?.until, null)
  })

  test('R028 R130 asks for a password alone only where the table opens to one', () => {
    const needed = (
      purpose: 'portal' | 'trading' | 'statements' | 'other',
      changes: Partial<Facts>,
      needs: Acr = '2t',
    ) => neededAt({ purpose, needs }, facts(changes), NOW)
    const closed = standing('closed-by-client')
    const free = standing('open', { optedOut: true })
    const hongKong = { account: free, rules: { ...DEFAULT_RULES, optOut: false } }
    const rows: readonly (readonly [Acr, Acr])[] = [
      [needed('trading', {}), '2t'],
      [needed('portal', {}), '2t'],
      [needed('portal', { second: 'never' }), '1'],
      [needed('portal', { second: 'revoked' }), '2t'],
      [needed('trading', { second: 'never' }), '2t'],
      [needed('portal', { account: closed, second: 'revoked' }), '1'],
      [needed('statements', { account: closed, second: 'never' }), '1'],
      // C10: a client who has a second factor keeps using it.
      [needed('portal', { account: closed }), '2t'],
      [needed('trading', { account: free }), '1'],
      [needed('portal', { account: free }), '2t'],
      [needed('other', { account: free }), '2t'],
      [needed('trading', { account: free }, '3'), '3'],
      [needed('trading', hongKong), '2t'],
    ]
    for (const [index, [found, expected]] of rows.entries())
      assert.equal(found, expected, String(index))
  })

  test('R130 takes a password alone in no other case', () => {
    const decisionOf = (changes: Partial<Facts>) =>
      rightsOf(facts({ proofs: [PASSWORD], ...changes }), NOW)
    const free = decisionOf({ account: standing('open', { optedOut: true }) })
    const closed = decisionOf({ account: standing('closed-by-client'), second: 'never' })
    const rows = [
      ['trading', '2t', free, true],
      ['trading', '3', free, false],
      ['statements', '2t', free, false],
      ['other', '2t', free, false],
      ['statements', '3', closed, true],
      ['trading', '2t', closed, false],
      ['trading', '2t', decisionOf({}), false],
    ] as const
    for (const [purpose, needs, decision, expected] of rows) {
      assert.equal(suffices({ purpose, needs }, { strength: '1', decision }), expected, purpose)
    }
    const short = rightsOf(facts({ proofs: proven('sms-code', 'lasting') }), NOW)
    assert.equal(
      suffices({ purpose: 'statements', needs: '3' }, { strength: '2s', decision: short }),
      false,
    )
    assert.equal(
      suffices({ purpose: 'statements', needs: '2s' }, { strength: '2s', decision: short }),
      true,
    )
  })

  test('R150 R151 is shut for an account that no proof would open it to', () => {
    const shut = (changes: Partial<Facts>) =>
      closedDoor({ purpose: 'trading' }, facts(changes), NOW)?.problem ?? 'open'
    assert.equal(shut({}), 'open')
    assert.equal(shut({ account: standing('applied') }), 'account.not-approved')
    assert.equal(shut({ account: standing('approved-late') }), 'account.approved-late')
    assert.equal(shut({ account: standing('closed-by-client') }), 'account.closed')
    assert.equal(
      closedDoor({ purpose: 'portal' }, facts({ account: standing('applied') }), NOW),
      null,
    )
  })
})
