import type { FigureId } from '../../bench/report/figures.ts'

/**
 * The figures that say whether this is for real money, and what runs for each. A row says what its
 * budget asks for and what we do not do of it: such a row is never green.
 */
export interface Row {
  readonly id: string
  readonly what: string
  readonly budget: string
  readonly runs: readonly Run[]
  /** What of the budget no run of ours does; `null` where they do all of it. */
  readonly lacks: string | null
  /** Runs for minutes. */
  readonly isLong?: boolean
}

export type Run =
  | {
      readonly tests: readonly string[]
      /** Those whose names begin so; without it all of them. */
      readonly named?: string
    }
  | { readonly figure: FigureId }

export const ROWS: readonly Row[] = [
  {
    id: 'F1',
    what: 'no acknowledged record is lost',
    budget: 'a kill at every write point, three times, 300 at random, and 100 losses of power',
    runs: [{ tests: ['test/long/deaths.long.ts'] }],
    lacks: 'each point is taken once before and once after; no kill at random, no loss of power',
    isLong: true,
  },
  {
    id: 'F2',
    what: 'exactly once',
    budget: '1,000 races of each of ten kinds, on two nodes: one wins each',
    runs: [
      { tests: ['test/long/races.long.ts', 'test/long/provider-races.long.ts'], named: 'A7' },
      { tests: ['test/long/simulation.long.ts'], named: 'F2' },
    ],
    lacks: null,
    isLong: true,
  },
  {
    id: 'F3',
    what: 'caps hold',
    budget: '100 rounds of 50 guesses at once on two nodes: no more are judged than the cap',
    runs: [{ tests: ['test/long/races.long.ts'], named: 'A4' }],
    lacks: null,
    isLong: true,
  },
  {
    id: 'F4',
    what: 'odd input is answered',
    budget: '10,000 made requests and 10,000 mutated ones: no 500, none hangs',
    runs: [{ tests: ['test/odd-text.test.ts'], named: 'A31' }],
    lacks: 'odd text at every door; no requests made from the OpenAPI document, none mutated',
  },
  { id: 'F5', what: 'parsers', budget: 'a million runs of each: no crash', runs: [], lacks: null },
  {
    id: 'F6',
    what: 'no enumeration',
    budget: '2,000 questions at each of six doors: equal bodies, AUC of 0.55 at most',
    runs: [{ tests: ['test/long/enumeration.long.ts'], named: 'A1' }],
    lacks: null,
    isLong: true,
  },
  {
    id: 'F7',
    what: 'OCRA is right',
    budget: '70 of 70 values of RFC 6287, 35 of our own, 10,000 against a second implementation',
    runs: [{ tests: ['src/oath/ocra.test.ts'], named: 'F7' }],
    lacks: null,
  },
  {
    id: 'F8',
    what: 'failover',
    budget: 'the primary is killed during 500 logins: away for 30 s at most, nothing lost',
    runs: [
      {
        tests: ['src/store/database/postgres.test.ts', 'src/edges/http/problems.test.ts'],
        named: 'F8',
      },
    ],
    lacks: 'a database that does not answer or ends a connection; no failover to a standby',
  },
  {
    id: 'F9',
    what: 'loss of Redis',
    budget: 'Redis is killed during 500 logins: nothing wrong is accepted, no 5xx after 5 s',
    runs: [{ tests: ['src/store/server/wake-ups.test.ts'] }],
    lacks: 'wake-ups and counts without Redis; no load beside it',
  },
  {
    id: 'F10',
    what: 'clock',
    budget: 'jumps of a second to 400 days, both ways: nothing that is over or used counts again',
    runs: [
      { tests: ['test/scenarios/contact/campaigns.test.ts'], named: 'A24' },
      {
        tests: ['test/scenarios/login/login.test.ts', 'src/edges/http/problems.test.ts'],
        named: 'A24',
      },
    ],
    lacks: null,
  },
  {
    id: 'F11',
    what: 'disk full and input errors',
    budget: 'no space, and an error of fsync: no decision without its event, and no restart',
    runs: [
      {
        tests: ['test/command/command.test.ts', 'src/store/database/sqlite.test.ts'],
        named: 'F11',
      },
    ],
    lacks: 'a full disk, under a node and under commits; no error of fsync',
  },
  {
    id: 'F12',
    what: 'slow carriers',
    budget: 'p95 of the password step within 10 %, the outbox drains, no text twice',
    runs: [
      {
        tests: [
          'test/scenarios/delivery/carriers.test.ts',
          'src/channels/sms-http/channel.test.ts',
          'src/channels/sms-smpp/channel.test.ts',
        ],
        named: 'F12',
      },
    ],
    lacks: 'the time of the password step is not measured beside them',
  },
  {
    id: 'F13',
    what: 'restore',
    budget: '100 codes, 10 devices and 20 cells of before the fence: none is accepted',
    runs: [{ tests: ['test/scenarios/backup/fence.test.ts'], named: 'A25' }],
    lacks: 'cells of cards are among the hundred codes, so these are 110 and not 130',
  },
  {
    id: 'F14',
    what: 'soak',
    budget: '20 minutes at 60 % of capacity: memory and files level, no error',
    runs: [],
    lacks: null,
  },
  {
    id: 'F15',
    what: 'overload',
    budget: '5 times the capacity: who is logged in waits 500 ms at most (p95); over in 10 s',
    runs: [{ figure: 'overload.p95' }],
    lacks: 'how soon it is over is not measured',
    isLong: true,
  },
  {
    id: 'F16',
    what: 'bombs',
    budget: '60 hostile files, 300 texts that are markup, 60 addresses inside: none gets through',
    runs: [
      { tests: ['src/engine/documents/sandbox.test.ts'] },
      { tests: ['test/scenarios/delivery/push.test.ts'], named: 'A20' },
    ],
    lacks: 'fewer files and addresses than that, and no collection of markup',
  },
  {
    id: 'F17',
    what: 'tampering',
    budget: '1,000 changes of the audit log: 1,000 are found',
    runs: [{ tests: ['test/scenarios/audit/tampering.test.ts'], named: 'A22 F17' }],
    lacks: null,
  },
  {
    id: 'F18',
    what: 'secrets',
    budget: 'no secret of a login in files, logs, traces or dumps',
    runs: [
      {
        tests: ['test/scenarios/audit/secrets.test.ts', 'src/edges/server/server.test.ts'],
        named: 'A21',
      },
    ],
    lacks: 'traces and dumps are not searched',
  },
  {
    id: 'F19',
    what: 'mutation score',
    budget: 'Stryker on core and methods: 85 %; limits and comparisons 100 %',
    runs: [],
    lacks: null,
  },
  {
    id: 'F20',
    what: 'rolling upgrade',
    budget: 'two versions at once while tables change, under load: no failed login',
    runs: [{ tests: ['test/rolling-migration.test.ts'] }],
    lacks: 'one version of the code, with migrations made for the test; a handful of clients',
  },
  {
    id: 'F21',
    what: 'other OpenID Connect clients',
    budget: 'three, in three languages, log in',
    runs: [
      {
        tests: [
          'test/interop/authlib.interop.ts',
          'test/interop/go-oidc.interop.ts',
          'test/interop/mod-auth-openidc.interop.ts',
        ],
      },
    ],
    lacks: null,
    isLong: true,
  },
  {
    id: 'F22',
    what: 'accessibility',
    budget: 'axe finds nothing serious on the pages of the security path',
    runs: [
      {
        tests: [
          'test/browser/accessibility/english.test.ts',
          'test/browser/accessibility/french.test.ts',
        ],
        named: 'F22',
      },
    ],
    lacks: null,
    isLong: true,
  },
]
