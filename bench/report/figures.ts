import { ANSWER_ROWS, type AnswerRow } from './answer-rows.ts'

/** Every figure there is: what it says, in which unit, and what it must keep. */
export interface Kind {
  readonly what: string
  readonly unit: string
  readonly budget: Budget | null
}

export type Budget = { readonly atLeast: number } | { readonly atMost: number }

const FIXED = {
  'hash.raw.rate': {
    what: 'Argon2id verifications, no server: the limit of this machine',
    unit: '/s',
    budget: null,
  },
  'login.complete.rate': {
    what: 'complete logins, every request of a browser',
    unit: '/s',
    budget: null,
  },
  'login.complete.ratio': {
    what: 'complete logins by raw hashes of the same run',
    unit: '',
    budget: { atLeast: 0.8 },
  },
  'login.bare.ratio': {
    what: 'the requests, the hash and the commits of a login and nothing else, by raw hashes',
    unit: '',
    budget: null,
  },
  'login.cpu': {
    what: 'CPU of the server for a complete login, outside the hash',
    unit: 'ms',
    budget: { atMost: 1 },
  },
  'login.oidc.rate': {
    what: 'logins at a platform by OpenID Connect, from its button to the tokens',
    unit: '/s',
    budget: null,
  },
  'login.oidc.ratio': {
    what: 'such logins by raw hashes of the same run',
    unit: '',
    budget: { atLeast: 0.6 },
  },
  'login.oidc.cpu': {
    what: 'CPU of the server for such a login, outside the pool that hashes and signs',
    unit: 'ms',
    budget: { atMost: 6 },
  },
  'login.oidc.cpu.all': {
    what: 'CPU of the server for such a login, with the hash and the signature',
    unit: 'ms',
    budget: null,
  },
  'login.oidc.requests': {
    what: 'requests of such a login: those of the browser, and the exchange of the code',
    unit: '',
    budget: { atMost: 6 },
  },
  'loop.delay.p99': {
    what: 'event-loop delay while saturated with logins',
    unit: 'ms',
    budget: { atMost: 10 },
  },
  'answer.rate': { what: 'second-factor answers', unit: '/s', budget: { atLeast: 2_000 } },
  'step-up.rate': {
    what: 'sensitive tasks confirmed, every request of a browser, the hash of the password too',
    unit: '/s',
    budget: null,
  },
  'step-up.cpu': {
    what: 'CPU of the server for a confirmed task, outside the hash',
    unit: 'ms',
    budget: { atMost: 1.5 },
  },
  'migration.rate': {
    what: 'new phones that take the place of the old one',
    unit: '/s',
    budget: { atLeast: 500 },
  },
  'migration.cpu': {
    what: 'CPU of the server for such a phone, outside the pool that verifies its signature',
    unit: 'ms',
    budget: { atMost: 1.5 },
  },
  'session.check.rate': {
    what: 'requests of a client who is logged in',
    unit: '/s',
    budget: { atLeast: 5_000 },
  },
  'overload.p95': {
    what: 'what those who are signed in wait at five times the capacity',
    unit: 'ms',
    budget: { atMost: 500 },
  },
  'push.p50': {
    what: 'commit of a challenge to event at the phone',
    unit: 'ms',
    budget: { atMost: 5 },
  },
  'push.p99': { what: 'the same', unit: 'ms', budget: { atMost: 20 } },
  'memory.rest': { what: 'resident memory at rest', unit: 'MB', budget: { atMost: 120 } },
  'memory.phone': {
    what: 'resident memory of a connected phone',
    unit: 'KB',
    budget: { atMost: 25 },
  },
  'gateway.socket.bytes': {
    what: 'resident memory of a stream of the platform, both its connections',
    unit: 'KB',
    budget: { atMost: 25 },
  },
  'gateway.drop': {
    what: 'last of 1,000 sessions ended to last of their streams closed',
    unit: 'ms',
    budget: { atMost: 1_000 },
  },
  'login.growth': {
    what: 'time of a login, without the hash, at 1,000,000 subscribers by that at 1,000',
    unit: '',
    budget: { atMost: 1.1 },
  },
  'desk.search.p99': {
    what: 'a search at the desk that finds no client, at 1,000,000 subscribers',
    unit: 'ms',
    budget: { atMost: 50 },
  },
  'desk.open.p99': {
    what: 'a search there that opens a case',
    unit: 'ms',
    budget: { atMost: 50 },
  },
  'desk.case.p99': {
    what: 'the page of that case',
    unit: 'ms',
    budget: { atMost: 50 },
  },
  'desk.call.p99': {
    what: 'commit of that case to event at the phone of its client',
    unit: 'ms',
    budget: { atMost: 20 },
  },
  'start.cold': {
    what: 'installed tree to ready, with a new database',
    unit: 's',
    budget: { atMost: 1.5 },
  },
  'start.setup': { what: 'empty clone to ready', unit: 's', budget: null },
  'page.login.bytes': {
    what: 'everything the login page loads',
    unit: 'bytes',
    budget: { atMost: 15_360 },
  },
  'app.phone.bytes': {
    what: 'everything the phone app loads when it starts, gzip',
    unit: 'bytes',
    budget: { atMost: 25_600 },
  },
} as const satisfies Readonly<Record<string, Kind>>

/** A row for each way in which a method is answered. */
const ofAnswer = ({ id, method, door }: AnswerRow): readonly [AnswerRow['id'], Kind] => {
  const by = door === 'device' ? `the device of ${method}` : method
  const what = `CPU of the server for an answer by ${by}, outside the pool that hashes and verifies`
  return [id, { what, unit: 'ms', budget: { atMost: 1 } }]
}

export type FigureId = keyof typeof FIXED | AnswerRow['id']

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...Object.entries(FIXED),
  ...ANSWER_ROWS.map(ofAnswer),
])

export const FIGURE_IDS = [...KINDS.keys()] as readonly FigureId[]

export function kindOf(id: FigureId): Kind {
  const kind = KINDS.get(id)
  if (!kind) throw new Error(`there is no figure ${id}`)
  return kind
}

/** Which database it was measured over; `null` where there is none in it. */
export type DatabaseKind = 'sqlite' | 'postgres'

/** One figure as it was measured: the value is the median of the runs. */
export interface Measured {
  readonly id: FigureId
  readonly database: DatabaseKind | null
  readonly runs: readonly number[]
}
