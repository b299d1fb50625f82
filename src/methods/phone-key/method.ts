import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { compactVerify } from 'jose'
import { z } from 'zod'
import { INTEGRITY_SIGNS, isTrusted, type PhoneIntegrity } from '#core/devices/integrity/signs.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import { after, earlier, type Instant, minutes } from '#core/time/time.ts'
import type { Binding, Bound } from '#methods/enrol.ts'
import { drawNumber } from '#methods/challenge-number.ts'
import { drawableFrom, recentDraws } from '#methods/draws.ts'
import {
  defineMethod,
  type Method,
  type MethodDefinition,
  type PhonePinChangeBy,
  type VerdictBy,
} from '#methods/method.ts'
import {
  approvable,
  NOTHING_ASKED,
  PUSH_PENDING_FOR,
  pushable,
  SILENCE_AFTER_DENIAL,
  WRONG_NUMBERS_MAX,
} from '#methods/phone-key/limits.ts'
import { DeskKey, deskCheck, deskProof } from '#methods/phone-key/desk-check.ts'
import { publicKeyOf } from '#methods/phone-key/device-keys.ts'
import { type Picture, questionOf } from '#methods/phone-key/picture.ts'
import { describe } from '#methods/phone-key/prompt.ts'
import { PICTURE_TYPE } from '#methods/phone-key/signing.ts'
import { callerSuite, phoneSuite, taskSuite } from '#methods/phone-key/suite.ts'
import { typedCode } from '#methods/typed.ts'
import {
  ActivationComplete,
  ActivationProof,
  activationPath,
  APP_PATH,
  DeviceKey,
  DeviceRequest,
  PROOF_NUMBER,
  type PhoneRequest,
  type PhoneContext,
  type AlertPayload,
  type PushPayload,
} from '#methods/phone-key/wire.ts'
import { HASHES, type Hash } from '#oath/hash.ts'
import { type Inputs, ocra, type Suite } from '#oath/ocra.ts'
import { acceptedSteps } from '#oath/totp.ts'

/**
 * A key on the client's phone, locked with a PIN, a finger or a face, that answers one challenge in
 * two ways: online, by approving what the phone shows, and offline, by turning the 6-digit number
 * of the page into an 8-digit response.
 *
 * Approving takes both keys of the phone: the device key signs what was shown, the OCRA key answers
 * the number. A wrong PIN opens the OCRA key to a wrong value, so the server, and only the server,
 * counts wrong PINs.
 *
 * @see NIST SP 800-63B-4, "Out-of-Band Devices" and "Multi-Factor OTP Authenticators"
 * @see RFC 6287, "OCRA: OATH Challenge-Response Algorithm"; docs/decisions on the length of the
 *   challenge
 */
const State = z.strictObject({
  ocraKey: z.base64url(),
  /** What the desk proves itself with to a phone that asks first. */
  deskKey: DeskKey.nullable().default(null),
  deviceKey: DeviceKey,
  lock: z.enum(['pin', 'prf']),
  /** Wrong responses to the right number that the phone itself has signed: wrong PINs. */
  wrongPins: z.number().int().nonnegative(),
  draws: z.array(z.number()),
  pushes: z.array(z.number()),
  unanswered: z.number().int().nonnegative(),
  wrongNumbers: z.number().int().nonnegative().default(0),
  silentUntil: z.number().nullable(),
  /** What is asked before the PIN is changed, until it is answered once. */
  relock: z.strictObject({ number: z.string(), until: z.number() }).nullable().default(null),
  /** What it last said of itself (R041); a response that is typed says nothing. */
  signs: z.array(z.enum(INTEGRITY_SIGNS)).default([]),
  /** Whether it was refused because it said nothing of itself. */
  silent: z.boolean().default(false),
})
type State = z.infer<typeof State>

const Expected = z.strictObject({
  transaction: z.string(),
  number: z.string(),
  context: z.json(),
  transfer: z.boolean(),
  /** Until when the phone may approve; `null` when only the response counts. */
  approveBy: z.number().nullable(),
  /** Whom a picture of it is for, and until when; only of a task. */
  offline: z.strictObject({ authenticator: z.string(), expiresAt: z.number() }).optional(),
  /** The number that the phone asked first: then nothing but a response over both is right. */
  asked: z.string().optional(),
})
type Expected = z.infer<typeof Expected>

/** Eight digits as people type them. */
const Response = typedCode(/^[0-9]{8}$/)

const Answer = z.union([
  z.strictObject({ response: Response }),
  /** A signed `DeviceAnswer`, compact JWS. */
  z.strictObject({ approval: z.string().max(8192) }),
])

/** Challenge lifetime (product default `login.challenge`). */
export const CHALLENGE_LIFETIME = minutes(3)

/**
 * Signed wrong answers after which the phone is disabled (security limits `pinWrong`; S5 allows
 * 10).
 */
const WRONG_PINS_MAX = 5

/**
 * The PIN is changed on the phone alone, which cannot tell whether the one before it was typed
 * right: a wrong one would be wrapped as if it were the key. So the key answers a number first.
 * That is no other way to guess: it takes the device key, is drawn as seldom, and counts as every
 * wrong PIN does (R075, A16).
 */
const relock: PhonePinChangeBy<State> = {
  begin(state, { now, random }) {
    const until = drawableFrom(state, { now, recognised: false })
    if (until !== null) return { ok: false, problem: 'login.too-many-challenges', until }
    const number = drawNumber(phoneSuite, { purpose: 'task', random })
    const ends = after(now, CHALLENGE_LIFETIME)
    const draws = [...recentDraws(state, now), now]
    return {
      ok: true,
      number,
      until: ends,
      state: { ...state, draws, relock: { number, until: ends } },
    }
  },
  complete(state, answer, now) {
    const typed = z.strictObject({ response: Response }).safeParse(answer)
    if (!typed.success || state.relock === null) return { outcome: 'malformed' }
    const { number, until } = state.relock
    if (now >= until) return { outcome: 'late' }
    if (answers(state, { question: number, response: typed.data.response, now })) {
      return { outcome: 'accepted', state: rested(state) }
    }
    return wrongPin({ ...state, relock: null }, 'wrong-pin')
  },
}

type Definition = MethodDefinition<State, Expected, z.infer<typeof Answer>>

const challenge: Definition['challenge'] = (state, asking) => {
  const { now, random, authenticatorId, transaction, purpose, context, recognised } = asking
  const { transfer } = asking
  const until = drawableFrom(state, { now, recognised })
  if (until !== null) return { ok: false, problem: 'login.too-many-challenges', until }
  const { mutual } = asking
  if (mutual && state.deskKey === null) return { ok: false, problem: 'desk.cannot-ask' }
  const drawing = mutual ? { purpose, random, about: mutual.about } : { purpose, random }
  const number = drawNumber(mutual ? callerSuite : phoneSuite, drawing)
  const proof =
    mutual && deskProof(state.deskKey ?? '', { client: mutual.question, server: number })
  const asks = asking.seamless && asking.way !== 'response' && approvable(state, now)
  const pushes = asks && pushable(state, now)
  const expiresAt = after(now, CHALLENGE_LIFETIME)
  const approveBy = asks ? earlier(after(now, PUSH_PENDING_FOR), expiresAt) : null
  const { task, platform } = context as Partial<PhoneContext>
  const push: PushPayload = {
    transaction,
    language: asking.holderLanguage,
    ...(platform && { platform }),
    ...(task && { doing: task.kind }),
    ...(purpose === 'desk' && { doing: 'desk' }),
  }
  return {
    ok: true,
    state: {
      ...state,
      draws: [...recentDraws(state, now), now],
      pushes: pushes ? [...state.pushes.slice(-9), now] : state.pushes,
      // A stranger who calls the desk keeps no login from the phone (A28).
      unanswered: state.unanswered + (pushes && purpose !== 'desk' ? 1 : 0),
    },
    prompt: { transaction, number, transfer, pushed: pushes, approveBy },
    expected: {
      transaction,
      number,
      context: context as z.infer<typeof Expected>['context'],
      transfer,
      approveBy,
      ...(task && { offline: { authenticator: authenticatorId, expiresAt } }),
      ...(mutual && { asked: mutual.question }),
    },
    validFor: CHALLENGE_LIFETIME,
    unique: number,
    ...(proof !== undefined && { proof }),
    deliver: pushes ? [{ channel: 'web-push', payload: push }] : [],
  }
}

/** All that no setting decides. */
const PLAIN: Omit<Definition, 'verify' | 'bind'> = {
  name: 'phone-key',
  icon: 'phone',
  acr: '3',
  amr: ['pop', 'user'],
  // A wrong response may be a wrong PIN, which cannot be told: so the limit is ten and not twenty
  // (S5).
  hardCap: 10,
  secondFactor: true,
  telling: true,
  guide: 'first-phone',
  app: { path: APP_PATH, invited: activationPath },
  onPhone: 'always',
  spoken: true,
  onePerSubscriber: true,
  bindsFrom: '3',
  state: State,
  expected: Expected,
  answer: Answer,
  describe,
  alert: (alert, language) => ({
    channel: 'web-push',
    payload: { alert, language } satisfies AlertPayload,
  }),

  challenge,

  // The phone may have made another meanwhile, and would call the desk an impostor.
  restored: (state) => ({ ...state, deskKey: null }),

  decoy: (random) => ({
    ocraKey: Buffer.from(random(32)).toString('base64url'),
    deskKey: null,
    deviceKey: {
      kty: 'EC',
      crv: 'P-256',
      x: Buffer.from(random(32)).toString('base64url'),
      y: Buffer.from(random(32)).toString('base64url'),
    },
    lock: 'pin',
    wrongPins: 0,
    relock: null,
    signs: [],
    silent: false,
    ...asked(),
  }),

  device: {
    relock,
    desk: deskCheck<State>(),
    open: (state, signed) => openSigned(state.deviceKey, signed),
    picture(expected) {
      const payload = pictureOf(expected)
      return payload && { type: PICTURE_TYPE, payload }
    },
    request({ approveBy, context, ...challenge }) {
      if (approveBy === null) return null
      const { transaction, number, transfer } = challenge
      const request: Omit<PhoneRequest, 'context'> = {
        transaction,
        transfer,
        number: transfer ? null : number,
        expiresAt: approveBy,
      }
      return { ...request, context }
    },
  },
}

/** @param integrity whether a device that is not its holder's alone confirms (R041) */
export const phoneKeyUnder = (integrity: PhoneIntegrity): Method =>
  defineMethod<State, Expected, z.infer<typeof Answer>>({
    ...PLAIN,

    async verify(state, { expected, answer, now }) {
      if ('approval' in answer)
        return verifyApproval(state, expected, { signed: answer.approval, now, integrity })
      const { response } = answer
      const { number, asked } = expected
      const picture = pictureOf(expected)
      const isTyped = asked === undefined && answers(state, { question: number, response, now })
      const isMutual =
        asked !== undefined &&
        answers(state, { suite: callerSuite, question: [number, asked], response, now })
      const isShown =
        picture !== null &&
        answers(state, { suite: taskSuite, question: questionOf(picture), response, now })
      if (isTyped || isMutual || isShown)
        // It is refused, and may be asked again: its next answer may be one without a sign.
        return isTrusted(integrity, state.silent ? undefined : state.signs)
          ? { outcome: 'accepted', state: rested(state) }
          : notTrusted(rested(state))
      return { outcome: 'rejected', reason: 'wrong-response' }
    },

    bind: async (request, binding) => await bind(request, binding, integrity),
  })

/** As it is where nothing is set. */
export const phoneKey = phoneKeyUnder('off')

/** What a phone without a connection shows of a task, and answers for. */
function pictureOf({ offline, transaction, number, context }: Expected): Picture | null {
  return offline ? { ...offline, transaction, number, context } : null
}

/**
 * Whether a response answers a question at this moment, one step of 30 seconds early or late: a
 * number, unless the suite says otherwise.
 *
 * @see RFC 6287, sections 7.1 and 7.2; RFC 6238, section 5.2 for the window
 */
function answers(
  { ocraKey }: Pick<State, 'ocraKey'>,
  {
    suite = phoneSuite,
    question,
    response,
    now,
  }: {
    readonly suite?: Suite
    readonly question: Inputs['question']
    readonly response: string
    readonly now: Instant
  },
): boolean {
  const key = createSecretKey(ocraKey, 'base64url')
  const mac = (hash: Hash, message: Uint8Array) =>
    createHmac(HASHES[hash].node, key).update(message).digest()
  let right = false
  for (const timeStep of acceptedSteps(suite, now, 1)) {
    const value = ocra(suite, { question, timeStep }, mac)
    // Each step is computed and compared, so that the time taken tells nothing.
    right = timingSafeEqual(Buffer.from(value), Buffer.from(response)) || right
  }
  return right
}

/** What a phone signed under its device key, or `null`. */
async function openSigned(deviceKey: DeviceKey, signed: string): Promise<Json | null> {
  try {
    const { payload } = await compactVerify(signed, publicKeyOf(deviceKey), {
      algorithms: ['ES256'],
    })
    return JSON.parse(new TextDecoder().decode(payload)) as Json
  } catch {
    // A point that is not on the curve, a foreign signature, no JSON: it was not this phone.
    return null
  }
}

/** What the holder saw, as both sides hash it. */
export const contextHash = (context: Json): string =>
  createHash('sha256').update(canonicalJson(context)).digest('base64url')

/**
 * A phone presents its two keys, and proves that it holds both.
 *
 * @see NIST SP 800-63B-4, "Binding an Additional Authenticator"
 */
async function bind(
  request: unknown,
  { now, audience, enrolment }: Binding,
  integrity: PhoneIntegrity,
): Promise<Bound> {
  const typed = ActivationComplete.safeParse(request)
  if (!typed.success) return { ok: false, problem: 'request.malformed' }
  const { label, model, deviceKey, ocraKey, lock, proof, signs } = typed.data
  const opened = ActivationProof.safeParse(await openSigned(deviceKey, proof))
  if (!opened.success) return { ok: false, problem: 'enrolment.malformed-key' }
  const { aud, enrolment: meant, response } = opened.data
  const right = aud === audience && meant === enrolment
  if (!right || !answers({ ocraKey }, { question: PROOF_NUMBER, response, now })) {
    return { ok: false, problem: 'enrolment.malformed-key' }
  }
  if (!isTrusted(integrity, signs ?? undefined))
    return { ok: false, problem: 'enrolment.device-not-trusted' }
  return {
    ok: true,
    label,
    model,
    state: {
      ocraKey,
      deskKey: null,
      deviceKey,
      lock,
      wrongPins: 0,
      relock: null,
      signs: signs ?? [],
      silent: false,
      ...asked(),
    },
  }
}

async function verifyApproval(
  state: State,
  expected: Expected,
  {
    signed,
    now,
    integrity,
  }: {
    readonly signed: string
    readonly now: Instant
    readonly integrity: PhoneIntegrity
  },
): Promise<VerdictBy<State>> {
  const opened = DeviceRequest.safeParse(await openSigned(state.deviceKey, signed))
  if (!opened.success) return { outcome: 'malformed' }
  const { data } = opened
  // What the desk is answered is signed under an act of its own, and nothing else is (A13).
  if (data.act !== (isCall(expected) ? 'call' : 'answer')) return { outcome: 'malformed' }
  const { transaction, contextHash: shown, decision, number, response, signs } = data
  // An answer to another question is no answer to this one (A8); it cannot be a guess either.
  if (transaction !== expected.transaction || expected.approveBy === null)
    return { outcome: 'malformed' }
  // A no is never too late: the response could still be typed, and by an attacker.
  if (decision === 'deny' || decision === 'not-me') {
    const silentUntil = after(now, SILENCE_AFTER_DENIAL)
    return { outcome: 'denied', notMe: decision === 'not-me', state: { ...state, silentUntil } }
  }
  if (now >= expected.approveBy || state.wrongNumbers >= WRONG_NUMBERS_MAX)
    return { outcome: 'late' }
  if (number === undefined || shown !== contextHash(expected.context))
    return { outcome: 'malformed' }
  if (decision === 'approve' && response === undefined) return { outcome: 'malformed' }
  // Of a wrong number nothing more is judged: it neither uses up a PIN nor tells of one (A5, A16).
  if (number !== expected.number) return wrongNumber(state)
  if (!isTrusted(integrity, signs))
    return notTrusted({ ...state, signs: signs ?? [], silent: signs === undefined })
  if (decision === 'match' || response === undefined) return { outcome: 'matched', state }
  if (answers(state, { question: number, response, now }))
    return {
      outcome: 'accepted',
      state: rested({ ...state, signs: signs ?? state.signs, silent: false }),
    }
  // A client who mistyped the PIN types it again on the phone; the page need not start over.
  return { ...wrongPin(state, 'wrong-pin'), open: true }
}

/** Whether an agent of the desk asks. */
const isCall = ({ context }: Expected): boolean =>
  context !== null &&
  typeof context === 'object' &&
  'purpose' in context &&
  context.purpose === 'desk'

/**
 * One more number that is not that of the page. The login counts it, and ends with the fifth; here
 * it is counted over all logins, apart from the PIN.
 */
function wrongNumber(state: State) {
  const wrongNumbers = state.wrongNumbers + 1
  const explained = 'login.wrong-number' as const
  return {
    ...({ outcome: 'rejected', reason: 'wrong-number', explained } as const),
    ...({ open: true, apart: true } as const),
    state: { ...state, wrongNumbers },
  }
}

/**
 * It is of this phone, and the phone is not its holder's alone as far as it says (R041). That is no
 * guess; a response of it is not accepted either, until it has answered without a sign.
 */
function notTrusted(state: State) {
  const explained = 'login.device-not-trusted' as const
  const reason = `device-not-trusted ${state.signs.join(' ')}`.trim()
  return { outcome: 'rejected', reason, explained, guess: false, state } as const
}

/** One more wrong answer that the phone itself has signed. */
function wrongPin(state: State, reason: string) {
  const wrongPins = state.wrongPins + 1
  const disable = wrongPins >= WRONG_PINS_MAX
  return { outcome: 'rejected', reason, state: { ...state, wrongPins }, disable } as const
}

const rested = (state: State): State => ({ ...state, wrongPins: 0, relock: null, ...asked() })

const asked = () => ({ ...NOTHING_ASKED, draws: [], pushes: [] })
