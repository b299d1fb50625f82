import { createECDH, createHmac, createPrivateKey, createSecretKey } from 'node:crypto'
import { CompactSign } from 'jose'
import type { AuthenticatorId } from '#core/ids.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Binding } from '#methods/enrol.ts'
import { contextHash, phoneKey } from '#methods/phone-key/method.ts'
import { type Picture, questionOf } from '#methods/phone-key/picture.ts'
import type { PhonePrompt } from '#methods/phone-key/prompt.ts'
import { phoneSuite, taskSuite } from '#methods/phone-key/suite.ts'
import {
  type ActivationComplete,
  type ActivationProof,
  type DeviceAnswer,
  type DeviceKey,
  type PhoneRequest,
  PROOF_NUMBER,
  type TaskPicture,
} from '#methods/phone-key/wire.ts'
import type { Sample } from '#methods/sample.ts'
import { HASHES, type Hash } from '#oath/hash.ts'
import { ocra, type Suite } from '#oath/ocra.ts'
import { timeStep } from '#oath/totp.ts'

/** A phone as the server cannot know it: with both keys in the clear. */
export interface SamplePhone {
  readonly deviceKey: DeviceKey
  readonly ocraKey: string
  /** What only the phone and, for the OCRA key, the server may ever see. */
  readonly secrets: readonly string[]
  /** What it shows for a number, offline. */
  respond(number: string, now: Instant): string
  /** What it shows for a task from a picture, offline. */
  respondTo(shown: TaskPicture, now: Instant): string
  /**
   * Anything at all, signed with its device key, in the name that it was given when it was bound.
   */
  sign(payload: Json, self?: AuthenticatorId): Promise<string>
  /** Approves a request with this number, at this moment; `changes` make it say something else. */
  approve(request: PhoneRequest, approval: Approval): Promise<{ readonly approval: string }>
  /** Presents itself; `changes` make its proof say something else. */
  activate(binding: Binding, changes?: Changes<ActivationProof>): Promise<ActivationComplete>
}

export interface Approval {
  readonly number: string
  readonly now: Instant
  readonly self?: AuthenticatorId | undefined
  readonly changes?: Changes<DeviceAnswer>
}

type Changes<Payload> = Partial<Record<keyof Payload, Json | undefined>>

/** A phone whose keys are made of one letter, so that they are obviously samples. */
export function samplePhone(letter: string): SamplePhone {
  const ocraKey = Buffer.alloc(32, letter)
  const { privateKey, deviceKey, d } = deviceKeys(Buffer.alloc(32, letter))
  const respond = responder(ocraKey)
  const sign = (payload: Json, self?: AuthenticatorId) =>
    new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
      .setProtectedHeader({ alg: 'ES256', ...(self && { kid: self }) })
      .sign(privateKey)
  return {
    deviceKey,
    ocraKey: ocraKey.toString('base64url'),
    secrets: [ocraKey.toString('base64url'), ocraKey.toString('hex'), d],
    respond: (number, now) => respond(phoneSuite, number, now),
    respondTo: (shown, now) => respond(taskSuite, questionOf(shown as unknown as Picture), now),
    sign,
    async approve({ transaction, context }, { number, now, self, changes }) {
      const answer = {
        aud: 'https://login.example.com',
        act: 'answer',
        time: now,
        nonce: 'A'.repeat(22),
        before: [],
        transaction,
        decision: 'approve',
        number,
        response: respond(phoneSuite, number, now),
        contextHash: contextHash(context as unknown as Json),
      }
      return { approval: await sign(changed(answer, changes), self) }
    },
    async activate({ audience, enrolment, now }, changes) {
      const proof = {
        aud: audience,
        act: 'activate',
        time: now,
        enrolment,
        response: respond(phoneSuite, PROOF_NUMBER, now),
      }
      return {
        activation: { token: '0'.repeat(26) },
        label: 'Anna’s phone',
        model: null,
        language: 'en',
        lock: 'pin',
        signs: null,
        deviceKey,
        ocraKey: ocraKey.toString('base64url'),
        proof: await sign(changed(proof, changes)),
      }
    },
  }
}

function responder(secret: Uint8Array) {
  const key = createSecretKey(secret)
  const mac = (hash: Hash, message: Uint8Array) =>
    createHmac(HASHES[hash].node, key).update(message).digest()
  return (suite: Suite, question: string, now: Instant) =>
    ocra(suite, { question, timeStep: timeStep(suite, now) }, mac)
}

function deviceKeys(scalar: Uint8Array) {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(scalar)
  const point = ecdh.getPublicKey()
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  const deviceKey: DeviceKey = { kty: 'EC', crv: 'P-256', x, y }
  const d = Buffer.from(scalar).toString('base64url')
  const privateKey = createPrivateKey({ key: { ...deviceKey, d }, format: 'jwk' })
  return { deviceKey, privateKey, d }
}

/** With the changes; what is changed to `undefined` is left out. */
function changed(payload: object, changes: object = {}): Json {
  const members = Object.entries({ ...payload, ...changes })
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as Json
}

const phone = samplePhone('a')
const binding = { now: instant(0), audience: 'https://login.example.com', enrolment: 'enr_1' }
const bound = await phoneKey.bind?.(await phone.activate(binding), binding)
if (!bound?.ok) throw new Error('the sample phone cannot be bound')

export const sample: Sample = {
  state: bound.state,
  async holder(prompt, now) {
    const { number } = prompt as unknown as PhonePrompt
    return { response: phone.respond(number, now) }
  },
  async device(request, { prompt, now, self }) {
    const asked = request as unknown as PhoneRequest
    // What the phone is not told has to be typed, or scanned, from the page.
    const number = asked.number ?? (prompt as unknown as PhonePrompt).number
    return await phone.approve(asked, { number, now, self })
  },
  secrets: phone.secrets,
}
