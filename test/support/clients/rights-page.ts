import { type Account, NEW_ACCOUNT, type Standing, STANDINGS } from '#core/subscribers/account.ts'
import { type Acr, type Phase, type PhaseNow, type Proof, STRENGTHS } from '#core/assurance.ts'
import { JURISDICTIONS, PROFILES } from '#core/subscribers/jurisdiction.ts'
import {
  LIMITS,
  NARROWING_IDS,
  type Rights,
  rightsOf,
  type Row,
  TABLE,
} from '#core/sessions/rights.ts'
import { after, hours, instant, type Millis } from '#core/time/time.ts'
import { texts } from '#edges/texts/texts.ts'

/**
 * The page docs/rights.md: the table that the program decides by, and every combination worked out.
 */
export function rightsPage(): string {
  const { text } = texts('en')
  return [
    '# Rights',
    '',
    'Written by `node scripts/rights.ts` from `src/core/sessions/rights.ts`, ' +
      'the table that every look at a',
    'session goes through; a test fails when the two differ. What it means for operators stands in',
    '[guide/rights.md](guide/rights.md).',
    '',
    '## The table',
    '',
    'The first row that fits decides. An empty cell fits everything. "By strength" is the limit of',
    'what was proven (below). Where binding is open, a method may still ask for a stronger login.',
    '',
    ...markdown(
      [
        'row',
        'phase',
        'account',
        'proven',
        'second factor',
        'opted out',
        'passcode trades',
        ...RIGHTS,
      ],
      TABLE.map((row: Row) => [
        `\`${row.id}\``,
        ...COLUMNS.map((column) => cell(row.when[column])),
        row.opens.portal,
        row.opens.trading ? 'yes' : 'no',
        row.opens.money ? 'by strength' : 'none',
        row.opens.bind ? 'yes' : 'no',
      ]),
    ),
    '',
    'Their words, as clients and `countersign rights explain` read them:',
    '',
    ...TABLE.map(({ id }) => `- \`${id}\`: ${text(`rights.${id}`)}`),
    '',
    'The limits of withdrawals by what was proven, in US dollars a day and in five days (R121):',
    '',
    ...markdown(
      ['strength', 'a day', 'five days'],
      STRENGTHS.map((acr) => [
        acr,
        ...LIMITS[acr].map((usd) => usd?.toLocaleString('en') ?? 'no limit'),
      ]),
    ),
    '',
    '## What narrows any row',
    '',
    ...NARROWING_IDS.map((id) => `- \`${id}\`: ${text(`rights.${id}`)}`),
    '',
    '## Whose rules hold',
    '',
    'The jurisdiction of the account decides (R132).',
    '',
    ...markdown(
      [
        'jurisdiction',
        'may opt out',
        'passcode trades',
        'number on every push',
        'new phone by text',
        'idle',
        'wrong in a row',
        'because of',
      ],
      JURISDICTIONS.map((one) => {
        const { optOut, passcodeTrades, transfer, migrationByText, idle, failuresMax, citation } =
          PROFILES[one]
        return [
          one,
          optOut ? 'yes' : 'no',
          passcodeTrades ? 'yes' : 'no',
          transfer === 'always' ? 'yes' : 'as set',
          migrationByText ? 'yes' : 'no',
          idle === null ? 'as everywhere' : `${idle / 60_000} min`,
          failuresMax === null ? 'as everywhere' : String(failuresMax),
          citation ?? '',
        ]
      }),
    ),
    '',
    '## Every combination',
    '',
    'A live account without a hold. Each cell: the row that decides; the portal; ' +
      'whether trading is',
    'open; what may be withdrawn in a day and in five days, in US dollars; ' +
      'whether an authenticator',
    'may be bound.',
    ...STANDINGS.flatMap(combinations),
    '',
  ].join('\n')
}

const COLUMNS = ['phase', 'standing', 'strength', 'second', 'optedOut', 'passcodeTrades'] as const
const RIGHTS = ['portal', 'trading', 'withdrawals', 'binding'] as const

const cell = (values: readonly unknown[] | undefined): string =>
  (values ?? [])
    .map((value) => (value === true ? 'yes' : value === false ? 'no' : String(value)))
    .join(', ')

/** The columns are as wide as they need to be, so that the page can be read as it is. */
function markdown(
  names: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(names), `|${names.map(() => '---').join('|')}|`, ...rows.map(line)]
}

const NOW = instant(Date.UTC(2026, 10, 20, 15))
const LATER = after(NOW, hours(9))

interface Login {
  readonly name: string
  readonly strength: Acr
  readonly phase: PhaseNow
  readonly second: 'never' | 'revoked' | 'bound'
}

const LOGINS: readonly Login[] = [
  { name: 'password, never more', strength: '1', phase: 'everything', second: 'never' },
  { name: 'password, all revoked', strength: '1', phase: 'everything', second: 'revoked' },
  { name: 'password, one bound', strength: '1', phase: 'everything', second: 'bound' },
  ...(
    [
      ['temporary passcode', '2t'],
      ['text or call', '2s'],
      ['code card', '2c'],
      ['phone or app', '3'],
      ['security card or passkey', '4'],
    ] as const
  ).map(([name, strength]) => ({
    name: `${name} (${strength})`,
    strength,
    ...({ phase: 'everything', second: 'bound' } as const),
  })),
  { name: 'any, card printing', strength: '2t', phase: 'card-printing', second: 'bound' },
  { name: 'new phone, waiting', strength: '3', phase: 'reading', second: 'bound' },
  { name: 'any, over', strength: '2t', phase: 'over', second: 'bound' },
]

function combinations(standing: Standing): readonly string[] {
  const withOptOut = JURISDICTIONS.filter((one) => PROFILES[one].optOut)
  const without = JURISDICTIONS.filter((one) => !PROFILES[one].optOut)
  const [free = 'default'] = withOptOut
  const [strict = 'hk'] = without
  const rows = LOGINS.map((login) => [
    login.name,
    told(login, accountOf(standing, { jurisdiction: free })),
    told(login, accountOf(standing, { jurisdiction: strict })),
    told(login, accountOf(standing, { jurisdiction: free, optedOut: true })),
    told(login, accountOf(standing, { jurisdiction: strict, optedOut: true })),
  ])
  const names = [
    'login',
    `not opted out, ${withOptOut.join(', ')}`,
    `not opted out, ${without.join(', ')}`,
    `opted out, ${withOptOut.join(', ')}`,
    `opted out elsewhere, now ${without.join(', ')}`,
  ]
  return ['', `### Account: ${standing}`, '', ...markdown(names, rows)]
}

function accountOf(standing: Standing, changes: Partial<Account>): Account {
  const late = standing === 'approved-late'
  const status = late ? 'approved' : standing
  const plain = { ...NEW_ACCOUNT, environment: 'live', number: 'U1', ...changes } as Account
  return { ...plain, status, tradesFrom: late ? LATER : null }
}

function told({ strength, phase, second }: Login, account: Account): string {
  const until: Readonly<Record<PhaseNow, Millis | null>> = {
    everything: null,
    'card-printing': hours(1),
    reading: hours(1),
    over: hours(-1),
  }
  const end = until[phase]
  const phases = end === null ? {} : { phases: [{ until: after(NOW, end), opens: opensIn(phase) }] }
  const password: Proof = { method: 'password', acr: '1', amr: [] }
  const proofs =
    strength === '1' ? [password] : [password, { ...password, acr: strength, ...phases }]
  const { row, rights } = rightsOf({ proofs, account, second, holds: [] }, NOW)
  return `\`${row}\`: ${inShort(rights)}`
}

const opensIn = (phase: PhaseNow): Phase['opens'] => (phase === 'over' ? 'reading' : phase)

function inShort({ portal, trading, bind, ...money }: Rights): string {
  const amount = (usd: number | null) =>
    usd === null ? 'no limit' : usd >= 1_000_000 ? `${usd / 1_000_000}M` : `${usd / 1_000}K`
  const { withdrawalPerDayUsd: perDay, withdrawalPer5DaysUsd: per5Days } = money
  const withdrawals = perDay === 0 ? '0' : `${amount(perDay)}/${amount(per5Days)}`
  return `${portal}, ${trading ? 'trades' : 'no trading'}, ${withdrawals}${bind ? ', binds' : ''}`
}
