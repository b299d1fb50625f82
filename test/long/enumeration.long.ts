/** F6: whoever asks at a door whether somebody is a client learns nothing, neither by word nor by time. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import type { InjectOptions } from 'fastify'
import type { SubscriberId } from '#core/ids.ts'
import { minutes } from '#core/time.ts'
import { startEnrolment } from '#engine/enrolment.ts'
import { startReset } from '#engine/reset.ts'
import { newSecret } from '#engine/secrets.ts'
import { registerApi } from '#edges/api/routes.ts'
import { FORM_FIELD, formToken, sealed } from '#edges/http/form-token.ts'
import { createHasher } from '#methods/password/hasher.ts'
import { advantage } from '../support/classifier.ts'
import { DATABASES, type DatabaseKind } from '../support/databases.ts'
import { type Door, openDoor } from '../support/door.ts'
import { firstSession, PASSWORD } from '../support/story.ts'

/** Of each kind, one of each in turn. */
const TRIALS = 1_000
/** AUC 0.55: three out of four thousand who ask at random would see more. */
const ADVANTAGE_MAX = 0.05
/** Clients of the house; each is asked for several times, as the names that nobody has are. */
const CLIENTS = 100

const WRONG = 'wrong horse battery'

/** A question at a door, about a name. */
interface Question {
  readonly name: string
  /** What has happened to the client before, if anything. */
  prepare?(door: Door, client: Client): Promise<void>
  request(door: Door, userName: string): InjectOptions
}

interface Client {
  readonly userName: string
  readonly id: SubscriberId
}

const json = (url: string, payload: object): InjectOptions => ({ method: 'POST', url, payload })

/** A form that a page of ours has given to this browser. */
function form(
  { world, settings }: Door,
  url: string,
  fields: Readonly<Record<string, string>>,
): InjectOptions {
  const pre = newSecret(world.random)
  const payload = new URLSearchParams({ [FORM_FIELD]: formToken(world, pre), ...fields }).toString()
  const headers = {
    ...{ 'content-type': 'application/x-www-form-urlencoded', cookie: `pre=${pre}` },
    ...{ origin: settings.issuer, 'sec-fetch-site': 'same-origin' },
  }
  return { method: 'POST', url, headers, payload }
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'the login page',
    request: (door, userName) =>
      form(door, '/login', {
        ...{ userName, password: WRONG, environment: 'live' },
        continue: sealed(door.world, 'portal'),
      }),
  },
  {
    name: 'the JSON API',
    request: (_door, userName) =>
      json('/api/logins', { userName, password: WRONG, environment: 'live', platform: 'portal' }),
  },
  {
    name: 'the page for a forgotten password, while the desk has given no code',
    request: (door, userName) => form(door, '/reset', { userName, code: 'WRNG WRNG' }),
  },
  {
    name: 'the page for a forgotten password, while there is a code',
    async prepare({ world }, { id }) {
      assert.ok((await startReset(world, { subscriberId: id, by: 'agent-7' })).ok)
    },
    request: (door, userName) => form(door, '/reset', { userName, code: 'WRNG WRNG' }),
  },
  {
    name: 'the door of a new phone, while it is not awaited',
    request: (_door, userName) =>
      json('/phone/api/activation/open', { activation: { userName, code: '0000 0000' } }),
  },
  {
    name: 'the door of a new phone, while it is awaited',
    async prepare({ world }, { userName }) {
      const session = await firstSession(world, userName)
      assert.ok((await startEnrolment(world, session, 'phone-key')).ok)
    },
    request: (_door, userName) =>
      json('/phone/api/activation/open', { activation: { userName, code: '0000 0000' } }),
  },
]

for (const database of DATABASES) {
  suite(`over ${database}`, () => {
    for (const question of QUESTIONS) {
      test(`A1 ${question.name} tells nobody who is a client`, async (t) => {
        const door = await house(t, database)
        const { clients, strangers } = await asked(door, question)
        assert.deepEqual(strangers.words, clients.words)
        const gained = advantage(strangers.times, clients.times)
        t.diagnostic(`AUC ${(0.5 + gained).toFixed(3)}, ${told(clients)} and ${told(strangers)} ms`)
        assert.ok(gained <= ADVANTAGE_MAX, `AUC ${0.5 + gained}`)
      })
    }
  })
}

interface Heard {
  readonly words: string[]
  readonly times: number[]
}

const told = ({ times }: Heard): string =>
  times.toSorted((a, b) => a - b)[TRIALS / 2]?.toFixed(2) ?? ''

async function house(t: TestContext, database: DatabaseKind): Promise<Door> {
  const cost = process.env['CHEAP'] ? { memoryCost: 64, timeCost: 1 } : null
  const passwords = await createHasher({
    pepper: Buffer.alloc(32, 'pepper'),
    random: (length) => Buffer.alloc(length, 'salt'),
    ...(cost && { cost }),
  })
  return await openDoor(t, {
    database,
    tools: { passwords },
    settings: { decoy: 'never' },
    extend: registerApi,
  })
}

/** Asks about clients and about names that nobody has, in an order that nobody knows. */
async function asked(door: Door, question: Question) {
  const { world } = door
  for (let index = 0; index < CLIENTS; index += 1) {
    const userName = nameOf('client', index)
    const id = await world.add({ userName, password: PASSWORD })
    await question.prepare?.(door, { userName, id })
  }
  const heard = { client: heardNothing(), nobody: heardNothing() }
  for (let trial = 0; trial < TRIALS; trial += 1) {
    // Nobody has to wait for the guess before.
    if (trial % CLIENTS === 0) world.advance(minutes(2))
    const order = randomInt(2) === 0 ? KINDS : KINDS.toReversed()
    for (const kind of order) {
      const userName = nameOf(kind, trial % CLIENTS)
      const request = { ...question.request(door, userName), remoteAddress: addressOf() }
      const startedAt = performance.now()
      const response = await door.app.inject(request)
      heard[kind].times.push(performance.now() - startedAt)
      heard[kind].words.push(masked(response, userName))
    }
  }
  return { clients: heard.client, strangers: heard.nobody }
}

const KINDS = ['client', 'nobody'] as const
const heardNothing = (): Heard => ({ words: [], times: [] })
const nameOf = (kind: (typeof KINDS)[number], index: number) =>
  `${kind}-${String(index).padStart(4, '0')}`

let came = 0
function addressOf(): string {
  came += 1
  return `2001:db8:${came.toString(16)}::1`
}

/** All that is said, but for what differs between any two answers. */
function masked(response: Awaited<ReturnType<Door['app']['inject']>>, userName: string): string {
  const { statusCode, headers, payload } = response
  const { date: _date, ...rest } = headers
  return JSON.stringify([statusCode, rest, payload])
    .replaceAll(userName, '<name>')
    .replaceAll(/[\w-]{43}/g, '<secret>')
}
