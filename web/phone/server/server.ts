import { canonicalJson, type Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type {
  Answered,
  DeviceRequest,
  PhoneChecked,
  PhoneList,
  PhonePush,
  PhoneQuestion,
  PinChecked,
} from '#methods/phone-key/wire.ts'
import { type Binding, changeClock } from './bindings.ts'
import { answered, corrected, reset, signed, signingTime } from './clock.ts'
import { randomBytes } from '../key/vault.ts'

/**
 * Why nothing was learned: the server's own word, no connection, or an answer that is not the
 * server's.
 */
export type Trouble = Problem | 'offline' | 'forged'

export type Heard<T> =
  | { readonly ok: true; readonly value: T }
  /** Times by the server's clock, where it said them: now, and when to try again. */
  | {
      readonly ok: false
      readonly problem: Trouble
      readonly server_ms?: number
      readonly until_ms?: number
    }

type Distribute<R> = R extends DeviceRequest ? Omit<R, 'aud' | 'time' | 'nonce' | 'before'> : never
export type Act = Distribute<DeviceRequest>

const PATIENCE_MS = 10_000

/** Signing is loaded when it is first needed. */
const jose = () => import('../key/jose.ts')

/** Sends JSON; whatever is no answer in good order is a problem, never an exception. */
export async function post(
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Heard<Response>> {
  // A stream may take its time once it has begun; everything else must be over.
  const impatience = new AbortController()
  const timer = setTimeout(() => impatience.abort(), PATIENCE_MS)
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: signal
        ? AbortSignal.any([signal, impatience.signal])
        : AbortSignal.timeout(PATIENCE_MS),
    })
    if (response.ok) return { ok: true, value: response }
    const server_ms = Date.parse(response.headers.get('date') ?? '')
    const problem = await problemOf(response)
    if (Number.isNaN(server_ms)) return { ok: false, problem }
    const wait_s = Number(response.headers.get('retry-after') ?? Number.NaN)
    const isLater = Number.isFinite(wait_s)
    return {
      ok: false,
      problem,
      server_ms,
      ...(isLater && { until_ms: server_ms + wait_s * 1_000 }),
    }
  } catch {
    return { ok: false, problem: 'offline' }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Asks something as this phone: signed, once, in order. `signal` is for streams, which end when
 * told to.
 */
export function ask(binding: Binding, act: Act, signal?: AbortSignal): Promise<Heard<Response>> {
  return inOrder(binding, async () => {
    const loaded = await jose().catch(() => null)
    if (!loaded) return { ok: false, problem: 'offline' }
    const send = async () =>
      post(`/phone/api/${act.act}`, { jws: await sign(binding, act) }, signal)
    const heard = await send()
    if (heard.ok) await changeClock(binding.authenticator, answered)
    if (heard.ok || !heard.server_ms) return heard
    if (heard.problem !== 'phone.clock' && heard.problem !== 'phone.replayed') return heard
    // Nothing was done with a request that came at the wrong time: say it again by the server's
    // clock.
    const times = { server_ms: heard.server_ms, heard_ms: Date.now() }
    await changeClock(binding.authenticator, (clock) => reset(clock, times))
    return send()
  })
}

/**
 * The list of requests, once it is certain that it is the server's, for this phone, and not an old
 * one.
 */
export async function listRequests(binding: Binding): Promise<Heard<PhoneList>> {
  const sent = performance.now()
  const heard = await ask(binding, { act: 'list' })
  if (!heard.ok) return heard
  const list = await verified<PhoneList>(heard.value, binding)
  if (!list || list.authenticator !== binding.authenticator) return { ok: false, problem: 'forged' }
  let replayed = false
  await changeClock(binding.authenticator, (clock) => {
    replayed = list.time < clock.listed_ms
    if (replayed) return clock
    // The clock of the phone may have been set meanwhile: how long it took is measured by the
    // monotonic one.
    const heard_ms = Date.now()
    const sent_ms = heard_ms - (performance.now() - sent)
    const times = { server_ms: list.time, sent_ms, heard_ms }
    return { ...corrected(clock, times), listed_ms: list.time }
  })
  return replayed ? { ok: false, problem: 'forged' } : { ok: true, value: list }
}

/** Tells where this phone can be reached; @returns the key for new subscriptions. */
export async function sendPush(
  binding: Binding,
  push: Extract<Act, { act: 'push' }>,
): Promise<string | null> {
  const heard = await ask(binding, push)
  const said = heard.ok ? await verified<PhonePush>(heard.value, binding) : null
  return said?.authenticator === binding.authenticator ? said.pushKey : null
}

/** What the server knows of this phone's notifications; with `test`, it sends one first. */
export async function askCheck(
  binding: Binding,
  act: 'check' | 'test',
): Promise<Heard<PhoneChecked>> {
  const heard = await ask(binding, { act })
  if (!heard.ok) return heard
  const checked = await verified<PhoneChecked>(heard.value, binding)
  const isOurs = checked?.authenticator === binding.authenticator
  return isOurs ? { ok: true, value: checked } : { ok: false, problem: 'forged' }
}

/**
 * The number that proves the PIN before it is changed, once it is certain that it is the server's
 * (A8).
 */
export async function askQuestion(binding: Binding): Promise<Heard<PhoneQuestion>> {
  const heard = await ask(binding, { act: 'question' })
  if (!heard.ok) return heard
  const question = await verified<PhoneQuestion>(heard.value, binding)
  const isOurs =
    question?.authenticator === binding.authenticator && /^[0-9]{6}$/.test(question.number)
  return isOurs ? { ok: true, value: question } : { ok: false, problem: 'forged' }
}

/** Whether a new PIN is known, asked by a phone that has a key. */
export async function sendPoints(
  binding: Binding,
  points: readonly string[],
): Promise<Heard<PinChecked>> {
  const heard = await ask(binding, { act: 'pin', points: [...points] })
  if (!heard.ok) return heard
  const checked = await verified<PinChecked & { readonly authenticator: string }>(
    heard.value,
    binding,
  )
  const isOurs = checked?.authenticator === binding.authenticator
  return isOurs ? { ok: true, value: checked } : { ok: false, problem: 'forged' }
}

/** @returns what the server made of an answer. */
export async function sendAnswer(
  binding: Binding,
  answer: Extract<Act, { act: 'answer' | 'call' }>,
): Promise<Heard<Answered>> {
  const heard = await ask(binding, answer)
  if (!heard.ok) return heard
  // Nothing hangs on these words but a sentence on the screen: the login page shows what happened.
  return { ok: true, value: (await heard.value.json()) as Answered }
}

export async function jwsOf(payload: Json, deviceKey: CryptoKey, kid?: string): Promise<string> {
  const { CompactSign } = await jose()
  const header = kid === undefined ? { alg: 'ES256' } : { alg: 'ES256', kid }
  const bytes = new TextEncoder().encode(canonicalJson(payload))
  return new CompactSign(bytes).setProtectedHeader(header).sign(deviceKey)
}

/** SHA-256 of canonical JSON, base64url: what a signature says was on the screen. */
export async function hashOf(value: Json): Promise<string> {
  const { base64url } = await jose()
  const bytes = new TextEncoder().encode(canonicalJson(value))
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

async function sign(binding: Binding, act: Act): Promise<string> {
  let before: readonly number[] = []
  const { signed_ms: time } = await changeClock(binding.authenticator, (clock) => {
    before = clock.before_ms
    return signed(clock, signingTime(clock, Date.now()))
  })
  const { base64url } = await jose()
  const nonce = base64url.encode(randomBytes(16))
  const payload = { aud: binding.issuer, time, nonce, before, ...act }
  return jwsOf(payload as unknown as Json, binding.deviceKey, binding.authenticator)
}

/** One request of a phone at a time, in all its tabs: the server takes only rising times. */
function inOrder<T>(binding: Binding, request: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`countersign ${binding.authenticator}`, request)
}

async function verified<T>(response: Response, { serverKey }: Binding): Promise<T | null> {
  const body: unknown = await response.json().catch(() => null)
  const jws = (body as { jws?: unknown } | null)?.jws
  return typeof jws === 'string' ? opened<T>(jws, serverKey) : null
}

/**
 * What the server has signed, as this type or as the answer to a request; `null` for anything else.
 */
export async function opened<T>(
  jws: string,
  serverKey: Binding['serverKey'],
  type?: string,
): Promise<T | null> {
  const { compactVerify, errors } = await jose()
  try {
    const { kid, ...jwk } = serverKey
    const key = await crypto.subtle.importKey('jwk', jwk, ES256, false, ['verify'])
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: ['ES256'] })
    if (protectedHeader.kid !== kid || protectedHeader.typ !== type) return null
    // The signature is the server's; what it signs has the shape of the wire contract.
    return JSON.parse(new TextDecoder().decode(payload)) as T
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

async function problemOf(response: Response): Promise<Trouble> {
  const body: unknown = await response.json().catch(() => null)
  const code = (body as { code?: unknown } | null)?.code
  // A code that this app does not know yet has no sentence; `words.ts` says the general one.
  if (typeof code === 'string' && code.length < 80) return code as Problem
  return response.status === 429 ? 'request.too-many' : 'service.failed'
}
