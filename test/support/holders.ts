import assert from 'node:assert/strict'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { BrowserId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Challenged } from '#core/login/state.ts'
import { hours, type Instant, instant } from '#core/time/time.ts'
import type { Client } from '#engine/login/view.ts'
import type { World } from '#engine/world.ts'
import type { Delivery } from '#methods/delivery.ts'
import type { Method } from '#methods/method.ts'
import { keyed, passwords } from '#methods/sample-tools.ts'
import { methodsOf } from '#methods/registry.ts'
import { type Sample, SAMPLE_ASKING } from '#methods/sample.ts'
import { memoryRateLimits } from '#store/server/rate-limits.ts'
import { begin, PASSWORD } from './clients/engine-story.ts'
import { methodTools } from './tools.ts'
import { addPerson, browser } from './server/world.ts'

/**
 * Holders of every second factor of the registry, by their samples: a new method needs no line
 * here.
 */

export interface Holder {
  readonly method: Method
  readonly sample: Sample
}

export const HOLDERS: readonly Holder[] = await Promise.all(
  [...methodsOf(methodTools(passwords)).values()]
    .filter(({ secondFactor }) => secondFactor)
    .map(async (method) => {
      const path = `#methods/${method.successor ?? method.name}/sample.ts`
      return { method, sample: ((await import(path)) as { readonly sample: Sample }).sample }
    }),
)

/** What a world must have that is to know the samples. */
export const SAMPLE_TOOLS = { keyed, passwords }

/** A client who was asked, and what the holder would answer. */
export interface Asked {
  readonly subscriberId: SubscriberId
  readonly client: Client
  readonly login: Challenged
  readonly right: Json
  /** Of the right shape. */
  readonly wrong: Json
  /** What the device itself answers, where it has a line of its own and is asked. */
  readonly approval: Json | null
}

interface Asking {
  readonly userName: string
  /** What happened? to the authenticator before. */
  readonly before?: Partial<Pick<Authenticator, 'failures'>>
  /** Where they log in; the trading platform unless told otherwise. */
  readonly platform?: string
}

/** A new client who holds nothing else types the password, and is asked. */
export async function askedBy(
  world: World,
  { method, sample }: Holder,
  { userName, before = {}, platform = 'trade' }: Asking,
): Promise<Asked> {
  const holds = [{ method: method.name, state: sample.state, ...before }]
  const subscriberId = await addPerson(world, { userName, password: PASSWORD, holds })
  const client = browser()
  const delivered: Delivery[] = []
  const house = listening(world, method, delivered)
  const started = await begin(house, client, { userName, platform })
  assert.ok(started.ok, `the password was refused: ${'problem' in started && started.problem}`)
  const { login } = started
  assert.ok(login.state === 'challenged', `${method.name} was not asked: ${login.state}`)
  const { prompt, expected, authenticatorId: self } = login.challenge
  const now = world.now()
  const request = method.device?.request(expected) ?? null
  const approval = request && (await sample.device?.(request, { prompt, now, self }))
  return {
    subscriberId,
    client,
    login,
    right: (await sample.holder(prompt, now, delivered)) as Json,
    wrong: await wrongAnswer({ method, sample }, login, now),
    approval: (approval ?? null) as Json,
  }
}

/**
 * The same house on another day, for limits that count by the hour, at the address that the samples
 * belong to, with every carrier that the method asks for. What it delivers is heard here.
 */
function listening(world: World, method: Method, delivered: Delivery[]): World {
  const hears: Method = {
    ...method,
    challenge(state, asking) {
      const drawn = method.challenge(state, asking)
      if (drawn.ok) delivered.push(...drawn.deliver)
      return drawn
    },
  }
  const silent = (name: string) => ({
    name,
    retries: [],
    deliver: () => Promise.resolve({ outcome: 'sent' as const }),
  })
  return {
    ...world,
    methods: new Map(world.methods).set(method.name, hears),
    channels: new Map((method.channels ?? []).map((name) => [name, silent(name)])),
    limits: memoryRateLimits(world.now),
    settings: { ...world.settings, issuer: SAMPLE_ASKING.issuer },
  }
}

/**
 * The answer to something else that was asked, or at another time, whichever is wrong and no
 * nonsense.
 */
export async function wrongAnswer(
  { method, sample }: Holder,
  { challenge }: Challenged,
  now: Instant,
): Promise<Json> {
  const elsewhere = method.challenge(sample.state, {
    now,
    random: (length) => Buffer.alloc(length, 'elsewhere'),
    purpose: 'login',
    authenticatorId: challenge.authenticatorId,
    transaction: 'log_elsewhere',
    context: {},
    recognised: false,
    seamless: true,
    transfer: true,
    way: null,
    ...SAMPLE_ASKING,
  })
  const prompt = elsewhere.ok ? elsewhere.prompt : challenge.prompt
  const { authenticatorId, expected } = challenge
  const right = (await sample.holder(prompt, now, [])) as Json
  const early = (await sample.holder(prompt, instant(now - hours(5)), [])) as Json
  for (const answer of [right, early, backwards(right)]) {
    const judging = { authenticatorId, expected, answer, now, browser: SOME_BROWSER }
    const { outcome } = await method.verify(sample.state, judging)
    if (outcome === 'rejected') return answer
  }
  throw new Error(`${method.name} takes every answer of its holder`)
}

const SOME_BROWSER = 'brw_sample' as BrowserId

const backwards = (answer: Json): Json =>
  Object.fromEntries(
    Object.entries(answer ?? {}).map(([name, value]) => [
      name,
      [...String(value)].reverse().join(''),
    ]),
  )
