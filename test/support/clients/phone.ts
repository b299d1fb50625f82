import { createHash, randomBytes } from 'node:crypto'
import { compactVerify, CompactSign, decodeJwt, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Random } from '#core/ids.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import type { Instant } from '#core/time/time.ts'
import { hmac, ocraWithKey, importKey } from '#oath/webcrypto.ts'
import { type Inputs, ocraValue, parseSuite, type Questions, serverMessage } from '#oath/ocra.ts'
import { timeStep } from '#oath/totp.ts'
import type {
  ActivationCode,
  ActivationComplete,
  DeviceKey,
  PhoneList,
  PhoneRequest,
  TaskPicture,
} from '#methods/phone-key/wire.ts'
import { PHONE_SUITE, PROOF_NUMBER } from '#methods/phone-key/wire.ts'

/**
 * A phone as another client would write it: it shares the wire types and the OATH room with the
 * product, and nothing of the server.
 */
export interface TestPhone {
  /** What it sends to be activated. */
  activation(
    code: ActivationCode,
    offer: { readonly enrolment: string; readonly now: Instant },
  ): Promise<ActivationComplete>
  /** Another phone with all that this one has in it at this moment. */
  copy(): TestPhone
  /** Learns its own name. */
  readonly self: { authenticator: string }
  /** The eight digits for a number. */
  respond(number: string, now: Instant): Promise<string>
  /** The eight digits for a task that it shows, with no connection. */
  respondTo(shown: TaskPicture, now: Instant): Promise<string>
  /** The key with which it checks who calls, as the server learns it. */
  readonly deskKey: string
  /** Whether this is the answer of the desk to what the phone has asked it, with no connection. */
  isDesk(questions: Questions, proof: string): Promise<boolean>
  /** The eight digits after that. */
  answerDesk(questions: Questions, now: Instant): Promise<string>
  /** A signed request. */
  sign(act: string, members: { readonly [key: string]: Json }, now: Instant): Promise<string>
  /** Approves what it is shown; `number` is typed when the request does not carry it. */
  approve(
    request: PhoneRequest,
    answer: { readonly now: Instant; readonly number?: string; readonly wrongPin?: boolean },
  ): Promise<string>
  /** Has the number of the page checked, before the PIN is asked for. */
  match(
    request: PhoneRequest,
    answer: { readonly now: Instant; readonly number: string },
  ): Promise<string>
  decide(
    request: PhoneRequest,
    answer: { readonly now: Instant; readonly decision: 'deny' | 'not-me' },
  ): Promise<string>
}

interface Memory {
  readonly keys: Awaited<ReturnType<typeof generateKeyPair>>
  readonly ocraKey: Uint8Array<ArrayBuffer>
  readonly deskKey: Uint8Array<ArrayBuffer>
  readonly authenticator: string
  /** Times that it has signed. */
  readonly before: readonly number[]
  readonly random: Random
}

export async function testPhone(issuer: string, random: Random = randomBytes): Promise<TestPhone> {
  const keys = await generateKeyPair('ES256', { extractable: true })
  const ocraKey = new Uint8Array(random(32))
  const deskKey = new Uint8Array(random(32))
  return phoneWith(issuer, { keys, ocraKey, deskKey, authenticator: '', before: [], random })
}

function phoneWith(issuer: string, memory: Memory): TestPhone {
  const { ocraKey, deskKey } = memory
  const { privateKey, publicKey } = memory.keys
  const self = { authenticator: memory.authenticator }
  const before = [...memory.before]

  const compact = (payload: Json, kid: string) =>
    new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(privateKey)

  const respondIn = async (
    name: string,
    key: Uint8Array<ArrayBuffer>,
    { question, now }: { readonly question: Inputs['question']; readonly now: Instant },
  ) => {
    const suite = parseSuite(name)
    if (!suite) throw new Error('no suite')
    const inputs = { question, timeStep: timeStep(suite, now) }
    return await ocraWithKey(suite, inputs, await importKey(suite.hash, key))
  }
  const respondWith = async (key: Uint8Array<ArrayBuffer>, question: string, now: Instant) =>
    await respondIn(PHONE_SUITE, key, { question, now })

  const sign: TestPhone['sign'] = (act, members, now) => {
    const last = Math.max((before.at(-1) ?? 0) + 1, now)
    const nonce = Buffer.from(memory.random(16)).toString('base64url')
    const payload = { aud: issuer, act, time: last, nonce, before: [...before], ...members }
    before.push(last)
    return compact(payload, self.authenticator)
  }

  const shown = ({ context }: PhoneRequest) =>
    createHash('sha256')
      .update(canonicalJson(context as unknown as Json))
      .digest('base64url')

  // What an agent of the desk asks is signed under an act of its own.
  const actOf = ({ context }: PhoneRequest) => (context.purpose === 'desk' ? 'call' : 'answer')

  return {
    self,
    sign,
    copy: () => phoneWith(issuer, { ...memory, ...self, before: [...before] }),
    async activation(activation, { enrolment, now }) {
      const { x = '', y = '' }: JWK = await exportJWK(publicKey)
      const deviceKey: DeviceKey = { kty: 'EC', crv: 'P-256', x, y }
      const response = await respondWith(ocraKey, PROOF_NUMBER, now)
      const proof = await compact(
        { aud: issuer, act: 'activate', time: now, enrolment, response },
        'new',
      )
      return {
        activation,
        label: 'Test phone',
        model: null,
        deviceKey,
        proof,
        language: 'en',
        lock: 'pin',
        signs: null,
        ocraKey: Buffer.from(ocraKey).toString('base64url'),
      }
    },
    respond: (number, now) => respondWith(ocraKey, number, now),
    respondTo: async (shown, now) => {
      const text = canonicalJson(shown as unknown as Json)
      const question = createHash('sha256').update(text).digest('hex')
      return await respondIn('OCRA-1:HOTP-SHA256-8:QH64-T30S', ocraKey, { question, now })
    },
    deskKey: Buffer.from(deskKey).toString('base64url'),
    async isDesk(questions, proof) {
      const suite = parseSuite('OCRA-1:HOTP-SHA256-8:QA06')
      if (!suite) throw new Error('no suite')
      const key = await importKey(suite.hash, deskKey)
      return ocraValue(suite, await hmac(key, serverMessage(suite, questions))) === proof
    },
    answerDesk: async ({ client, server }, now) =>
      await respondIn('OCRA-1:HOTP-SHA256-8:QA06-T30S', ocraKey, {
        question: [server, client],
        now,
      }),
    async approve(request, { now, number = request.number ?? '', wrongPin = false }) {
      // A wrong PIN opens the key to something else of the same shape (security 2.5).
      const key = wrongPin ? ocraKey.map((byte) => byte ^ 1) : ocraKey
      const response = await respondWith(key, number, now)
      const { transaction } = request
      const answer = {
        transaction,
        contextHash: shown(request),
        decision: 'approve',
        number,
        response,
      }
      return await sign(actOf(request), answer, now)
    },
    async match(request, { now, number }) {
      const { transaction } = request
      const answer = { transaction, contextHash: shown(request), decision: 'match', number }
      return await sign(actOf(request), answer, now)
    },
    async decide(request, { now, decision }) {
      const { transaction } = request
      const answer = { transaction, contextHash: shown(request), decision }
      return await sign(actOf(request), answer, now)
    },
  }
}

/** What a picture of a task says, once its signature is the server's. */
export async function readPicture(path: string, { kid, ...key }: JWK): Promise<TaskPicture> {
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid, typ: 'task-picture' }))
  const jws = `${header.toString('base64url')}.${path.replace('/phone#task=', '')}`
  const { payload } = await compactVerify(jws, { alg: 'ES256', ...key })
  return JSON.parse(new TextDecoder().decode(payload)) as TaskPicture
}

/** What a list from the server says; its signature is tested where the server's key is. */
export const listIn = (jws: string): PhoneList => decodeJwt(jws) as unknown as PhoneList
