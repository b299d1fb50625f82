/**
 * F6: a caller who tries to find out at a door whether a name is a client's learns nothing, neither
 * by word nor by time.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import type { InjectOptions } from 'fastify'
import type { SubscriberId } from '#core/ids.ts'
import { minutes } from '#core/time/time.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { startReset } from '#engine/password/reset.ts'
import { newSecret } from '#engine/secrets.ts'
import { registerApi } from '#edges/api/routes.ts'
import { FORM_FIELD, formToken } from '#edges/http/client/form-token.ts'
import { contextField, contextOf } from '#edges/pages/sessions/login-context.ts'
import { sample as phone } from '#methods/phone-key/sample.ts'
import { createHasher } from '#methods/password/hasher.ts'
import { advantage } from '../support/models/classifier.ts'
import { DATABASES } from '../support/databases/databases.ts'
import { type Door, type DoorOptions, openDoor } from '../support/server/door.ts'
import { firstSession, PASSWORD } from '../support/clients/engine-story.ts'

/** Of each kind, one of each in turn. */
const TRIALS = 1_000
/** AUC 0.55: with so many trials chance alone exceeds it once in nine thousand runs. */
const ADVANTAGE_MAX = 0.05
/** Clients; each is asked for several times, as unknown names are. */
const CLIENTS = 100

const WRONG = 'wrong horse battery'

/** A question at a door, about a name. */
interface Question {
  readonly name: string
  /** What the door answers. */
  readonly status: number
  /** What happened? to the client before, if anything. */
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
  { app, world, settings }: Door,
  url: string,
  fields: Readonly<Record<string, string>>,
): InjectOptions {
  const pre = newSecret(world.random)
  const payload = new URLSearchParams({
    [FORM_FIELD]: formToken(world, app.realm, pre),
    ...fields,
  }).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    cookie: `pre=${pre}`,
    origin: settings.issuer,
    'sec-fetch-site': 'same-origin',
  }
  return { method: 'POST', url, headers, payload }
}

const loginPage = (door: Door, userName: string, password: string): InjectOptions =>
  form(door, '/login', {
    userName,
    password,
    environment: 'live',
    continue: contextField(door.world, door.app.realm, contextOf({ platform: 'portal' })),
  })

const QUESTIONS: readonly Question[] = [
  {
    status: 401,
    name: 'the login page',
    request: (door, userName) => loginPage(door, userName, WRONG),
  },
  {
    status: 401,
    name: 'the JSON API',
    request: (_door, userName) =>
      json('/api/logins', { userName, password: WRONG, environment: 'live', platform: 'portal' }),
  },
  {
    status: 401,
    name: 'the page for a forgotten password, while the desk has given no code',
    request: (door, userName) => form(door, '/reset', { userName, code: 'WRNG WRNG' }),
  },
  {
    status: 401,
    name: 'the page for a forgotten password, while there is a code',
    async prepare({ world }, { id }) {
      assert.ok((await startReset(world, { subscriberId: id, by: 'agent-7' })).ok)
    },
    request: (door, userName) => form(door, '/reset', { userName, code: 'WRNG WRNG' }),
  },
  {
    status: 401,
    name: 'the door of a new phone, while it is not awaited',
    request: (_door, userName) =>
      json('/phone/api/activation/open', { activation: { userName, code: '0000 0000' } }),
  },
  {
    status: 401,
    name: 'the door of a new phone, while it is awaited',
    async prepare({ world }, { userName }) {
      const session = await firstSession(world, userName)
      assert.ok((await startEnrolment(world, session, { method: 'phone-key' })).ok)
    },
    request: (_door, userName) =>
      json('/phone/api/activation/open', { activation: { userName, code: '0000 0000' } }),
  },
]

const STRICT: Question = {
  status: 303,
  name: 'the login page, where decoys are on',
  request: (door, userName) =>
    loginPage(door, userName, userName.startsWith('right') ? PASSWORD : WRONG),
}

for (const database of DATABASES) {
  suite(`over ${database}`, () => {
    for (const question of QUESTIONS) {
      test(`A1 ${question.name} does not tell who is a client`, async (t) => {
        const door = await house(t, { database })
        await clients(door, question)
        const heard = await interleaved(door, question, ['client', 'nobody'])
        report(t, heard)
        assert.ok(gained(heard) <= ADVANTAGE_MAX)
      })
    }

    test('A1 where decoys are on, no time tells a right password from a wrong one', async (t) => {
      const door = await house(t, { database, settings: { decoy: 'always' } })
      for (const kind of ['right', 'wrong'] as const) {
        for (let index = 0; index < TRIALS; index += 1) {
          const holds = [{ method: 'phone-key', state: phone.state }]
          await door.world.add({ userName: nameOf(kind, index), password: PASSWORD, holds })
        }
      }
      const heard = await interleaved(door, STRICT, ['right', 'wrong'])
      report(t, heard)
      assert.ok(gained(heard) <= ADVANTAGE_MAX)
    })

    test('A1 a server that does not hash for unknown names gives itself away to the same guesser', async (t) => {
      const passwords = await hasher()
      const verify = async (stored: string, typed: string) =>
        stored !== passwords.nobody && (await passwords.verify(stored, typed))
      const door = await house(t, { database, tools: { passwords: { ...passwords, verify } } })
      const [page] = QUESTIONS
      assert.ok(page)
      await clients(door, page)
      const heard = await interleaved(door, page, ['client', 'nobody'])
      report(t, heard)
      assert.ok(gained(heard) > 2 * ADVANTAGE_MAX)
    })
  })
}

type Kind = 'client' | 'nobody' | 'right' | 'wrong'

/** What was said of the one kind and of the other, and how long it took, in ms. */
type Heard = readonly [Answers, Answers]

interface Answers {
  readonly words: string[]
  readonly times: number[]
}

function report(t: TestContext, [ones, others]: Heard): void {
  const medians = [ones, others].map(({ times }) => middle(times).toFixed(2))
  const auc = (0.5 + gained([ones, others])).toFixed(3)
  t.diagnostic(`AUC ${auc} with medians of ${medians.join(' and ')} ms`)
  assert.deepEqual(ones.words, others.words)
}

const gained = ([ones, others]: Heard): number => advantage(ones.times, others.times)

const middle = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[times.length >> 1] ?? 0

/** At the cost of the product. */
const hasher = async () =>
  await createHasher({
    pepper: Buffer.alloc(32, 'pepper'),
    random: (length) => Buffer.alloc(length, 'salt'),
  })

const house = async (t: TestContext, options: DoorOptions): Promise<Door> =>
  await openDoor(t, {
    settings: { decoy: 'never' },
    extend: registerApi,
    ...options,
    tools: { passwords: await hasher(), ...options.tools },
  })

async function clients(door: Door, question: Question): Promise<void> {
  for (let index = 0; index < CLIENTS; index += 1) {
    const userName = nameOf('client', index)
    const id = await door.world.add({ userName, password: PASSWORD })
    await question.prepare?.(door, { userName, id })
  }
}

/** Asks about one of each kind in turn, in random order. */
async function interleaved(
  door: Door,
  question: Question,
  kinds: readonly [Kind, Kind],
): Promise<Heard> {
  const heard: Heard = [
    { words: [], times: [] },
    { words: [], times: [] },
  ]
  for (let trial = 0; trial < TRIALS; trial += 1) {
    // No guess waits for the one before.
    if (trial % CLIENTS === 0) door.world.advance(minutes(2))
    for (const which of randomInt(2) === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const kind = kinds[which]
      const userName = nameOf(
        kind,
        kind === 'client' || kind === 'nobody' ? trial % CLIENTS : trial,
      )
      const request = { ...question.request(door, userName), remoteAddress: addressOf() }
      const startedAt = performance.now()
      const response = await door.app.inject(request)
      heard[which].times.push(performance.now() - startedAt)
      assert.equal(response.statusCode, question.status)
      heard[which].words.push(masked(response, userName))
    }
  }
  return heard
}

const nameOf = (kind: Kind, index: number) => `${kind}-${String(index).padStart(4, '0')}`

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
    .replaceAll(/log_\w{26}/g, '<login>')
}
