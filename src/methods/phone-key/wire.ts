import { PHONE_PIN_LENGTH, type PhonePinRule } from '#core/devices/pin-rule.ts'
import { z } from 'zod'
import { INTEGRITY_SIGNS } from '#core/devices/integrity/signs.ts'
import { POINTS } from '#core/devices/blind-pin.ts'
import { FINDING_CODES, type PhoneTest, SYSTEMS, TEST_STAGES } from '#core/delivery/phone-check.ts'
import type { Alert } from '#core/notices/alerts.ts'
import { PICTURE_MARK, SIGNED_BEFORE_MAX } from '#methods/phone-key/signing.ts'

/**
 * What the phone and the server say to each other. The browser part imports the types only.
 *
 * Everything a phone asks is a compact JWS (ES256) under its device key, whose payload is canonical
 * JSON (RFC 8785). `time` rises strictly from request to request of one phone, so none can be sent
 * twice. Everything of weight that the server says to a phone is a compact JWS under the server's
 * phone key, which the phone learned when it was activated.
 */

/**
 * Suite of a phone key: 6-digit question, 30-second step, 8-digit response. @see RFC 6287, section
 * 6
 */
export const PHONE_SUITE = 'OCRA-1:HOTP-SHA256-8:QN06-T30S'

const base64url = (bytes: number) => z.base64url().length(Math.ceil((bytes * 4) / 3))

/** A public key of the curve P-256. @see RFC 7518, section 6.2 */
export const DeviceKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url(32),
  y: base64url(32),
})
export type DeviceKey = z.infer<typeof DeviceKey>

/** What a PIN of the phone app has to be. */
export interface PhonePin {
  readonly lengthMin: number
  readonly lengthMax: number
  readonly pattern: string
}

/**
 * The PIN of the phone app: 4 to 6 letters or digits, at least one digit (R067), or less of that
 * where the operator says so. It never leaves the phone.
 */
export function phonePinOf({ lengthMin, characters }: PhonePinRule): PhonePin {
  const { max } = PHONE_PIN_LENGTH
  const of = characters === 'digits' ? '[0-9]' : '[0-9A-Za-z]'
  return { lengthMin, lengthMax: max, pattern: `^(?=.*[0-9])${of}{${lengthMin},${max}}$` }
}

/**
 * How an activation is named: by the long code in the picture, or by user name and the short one.
 */
export const ActivationCode = z.union([
  z.strictObject({ token: z.string().min(20).max(64) }),
  z.strictObject({ userName: z.string().min(1).max(256), code: z.string().min(1).max(64) }),
])
export type ActivationCode = z.infer<typeof ActivationCode>

/** POST /phone/api/activation/open */
export const ActivationOpen = z.strictObject({ activation: ActivationCode })
export interface ActivationOffer {
  readonly enrolment: string
  readonly userName: string
  /** The brokerage, as pages call it. */
  readonly name: string
  /** Whether another phone of this user name stops as soon as this one is ready. */
  readonly replaces: boolean
  readonly suite: string
  /** The server's key for what it says to phones. */
  readonly serverKey: DeviceKey & { readonly kid: string }
  /** The VAPID public key, 65 bytes as base64url. @see RFC 8292 */
  readonly pushKey: string
  readonly pin: PhonePin
  /** The server's time in milliseconds; the phone keeps the difference to its own clock. */
  readonly time: number
}

/** Blinded points, one for each piece of a PIN. @see `core/devices/blind-pin.ts` */
const points = z.array(base64url(32)).length(POINTS)

/** POST /phone/api/activation/pin, before a PIN is chosen for a new phone. */
export const ActivationPin = z.strictObject({ activation: ActivationCode, points })

/** The answer to it, and to the act `pin` of a phone that is bound: what a PIN is held against. */
export interface PinChecked {
  readonly points: readonly string[]
  readonly refused: readonly string[]
}

/** What the app sees of its device (R041); apps of before say nothing. */
const signs = z.array(z.enum(INTEGRITY_SIGNS)).max(INTEGRITY_SIGNS.length)

/** POST /phone/api/activation/complete */
export const ActivationComplete = z.strictObject({
  activation: ActivationCode,
  /** What the holder calls the phone. */
  label: z.string().min(1).max(40),
  /** What the phone is, such as `Pixel 8 (Android)`; phones of before do not say. */
  model: z.string().max(120).nullable().default(null),
  deviceKey: DeviceKey,
  /** The OCRA key, 32 bytes. It is made on the phone, and stays there wrapped. */
  ocraKey: base64url(32),
  /** `ActivationProof` under the device key that is being bound. */
  proof: z.string().max(2048),
  language: z.enum(['en', 'fr']),
  /** How the OCRA key is wrapped: the desk sees it, and no rule relies on it. */
  lock: z.enum(['pin', 'prf']),
  signs: signs.nullable().default(null),
})
export type ActivationComplete = z.infer<typeof ActivationComplete>

/**
 * The question that a new OCRA key answers to show that both sides compute alike; no login ever
 * asks it.
 */
export const PROOF_NUMBER = '000000'

/** Payload of `proof`: the device key is held, and the OCRA key answers. */
export const ActivationProof = z.strictObject({
  aud: z.url(),
  act: z.literal('activate'),
  time: z.number().int(),
  enrolment: z.string().max(40),
  /** The response of the OCRA key to `PROOF_NUMBER` at `time`. */
  response: z.string().regex(/^[0-9]{8}$/),
})
export type ActivationProof = z.infer<typeof ActivationProof>

export interface Activated {
  readonly authenticator: string
  readonly label: string
  /** Until when it waits to take the place of the phone before it; `null` when it has. */
  readonly waitsUntil: number | null
}

/**
 * POST /phone/api/{act}, body `{ "jws": … }` with the protected header `{ alg: ES256, kid:
 * <authenticator> }`.
 */
export const SignedRequest = z.strictObject({ jws: z.string().max(8192) })

const common = {
  aud: z.url(),
  /** Milliseconds by the phone's corrected clock, strictly rising. */
  time: z.number().int().positive(),
  nonce: base64url(16),
  /**
   * The times of what this phone signed before, the latest last: all that the server may have heard
   * of since it last answered, and a few before. A copy of the phone does not know what the phone
   * signed after it was copied (T-PWA-5).
   */
  before: z.array(z.number().int().positive()).max(SIGNED_BEFORE_MAX),
}
const transaction = z.string().max(40)

/** What every answer says: to which request, and what was shown and typed. */
const answering = {
  transaction,
  /** SHA-256 of the canonical JSON of `context` as it was shown, base64url. */
  contextHash: base64url(32),
  /**
   * With `match` and `approve`: the number from the login page, typed, scanned or, on a known
   * browser, as sent; in a call the number that the agent reads out.
   */
  number: z
    .string()
    .regex(/^[0-9]{6}$/)
    .optional(),
  /** With `approve`: the response of the OCRA key to `number`. */
  response: z
    .string()
    .regex(/^[0-9]{8}$/)
    .optional(),
  signs: signs.optional(),
}

export const DeviceRequest = z.discriminatedUnion('act', [
  z.strictObject({ ...common, act: z.literal('list') }),
  /** Opens the event stream: a POST whose answer is `text/event-stream`. */
  z.strictObject({ ...common, act: z.literal('events') }),
  /**
   * The holder did not set up the phone that waits to take the place of this one. It takes no PIN
   * (S70).
   */
  z.strictObject({ ...common, act: z.literal('stop') }),
  /** Asks blindly whether a new PIN is known of the holder (R068). */
  z.strictObject({ ...common, act: z.literal('pin'), points }),
  /** Asks the number that proves the PIN before it is changed (R075). */
  z.strictObject({ ...common, act: z.literal('question') }),
  /** The response of the OCRA key to that number. */
  z.strictObject({ ...common, act: z.literal('proof'), response: z.string().regex(/^[0-9]{8}$/) }),
  z.strictObject({ ...common, act: z.literal('received'), transaction }),
  z.strictObject({ ...common, act: z.literal('opened'), transaction }),
  z.strictObject({
    ...common,
    ...answering,
    act: z.literal('answer'),
    /** `match` has the number checked, before the holder is asked for the PIN. */
    decision: z.enum(['match', 'approve', 'deny', 'not-me']),
  }),
  /**
   * The same to an agent of the desk who asks. The act is another one, and signed: such an answer
   * is none to a login or a task, and none of theirs is one to the desk (A8, A13).
   */
  z.strictObject({
    ...common,
    ...answering,
    act: z.literal('call'),
    /** `not-me` when none of us is on the telephone. */
    decision: z.enum(['match', 'approve', 'not-me']),
  }),
  z.strictObject({
    ...common,
    act: z.literal('push'),
    subscription: z
      .strictObject({
        endpoint: z.url().max(1024),
        keys: z.strictObject({ p256dh: base64url(65), auth: base64url(16) }),
      })
      .nullable(),
    permission: z.enum(['granted', 'denied', 'default']),
    /** The key of the server that it was made with. */
    pushKey: base64url(65).optional(),
    /** Whether the app shows alerts. One that does not know them would ask for a login. */
    alerts: z.literal(true).optional(),
  }),
  /** The key by which the phone checks, without a connection, that the desk talks to its holder. */
  z.strictObject({ ...common, act: z.literal('desk'), key: base64url(32) }),
  /** Asks what the server knows of the notifications of this phone. */
  z.strictObject({ ...common, act: z.literal('check') }),
  /** Asks for a test notification. */
  z.strictObject({ ...common, act: z.literal('test') }),
  z.strictObject({
    ...common,
    act: z.literal('tested'),
    test: z.string().max(40),
    stage: z.enum(TEST_STAGES),
  }),
  /** The holder shows the desk what the phone has found. */
  z.strictObject({
    ...common,
    act: z.literal('examined'),
    findings: z.array(z.enum(FINDING_CODES)).max(FINDING_CODES.length),
    system: z.enum(SYSTEMS),
    isInstalled: z.boolean(),
  }),
])
export type DeviceRequest = z.infer<typeof DeviceRequest>
export type DeviceAnswer = Extract<DeviceRequest, { act: 'answer' | 'call' }>

/** Answer to `push`, as that to `list`: the key that new subscriptions are made with. */
export interface PhonePush {
  readonly authenticator: string
  readonly time: number
  readonly pushKey: string
}

/** Answer to `check` and to `test`, signed in the same way. */
export interface PhoneChecked {
  readonly authenticator: string
  readonly time: number
  /** The switch in the portal (R038); `null` where several hold the phone. */
  readonly seamless: boolean | null
  /** SHA-256 of the address for notifications that the server has, as base64url. */
  readonly subscription: string | null
  readonly test: PhoneTest | null
}

/** Answer to `list`, as `{ "jws": … }` under the server's key; header `{ alg: ES256, kid }`. */
export interface PhoneList {
  readonly authenticator: string
  readonly label: string
  readonly time: number
  /** Whether notifications can reach this phone, as far as the server knows. */
  readonly push: 'on' | 'off'
  /** Whether the server has the key with which this phone checks who calls. */
  readonly desk: 'on' | 'off'
  /**
   * Another phone that waits to take the place of this one, and until when; this one can stop it.
   */
  readonly successor: { readonly label: string; readonly until: number } | null
  /** What its holder has chosen in the portal; `null` while they have chosen nothing. */
  readonly language: 'en' | 'fr' | null
  /** Until when this phone waits itself; until then its answers open the statements only. */
  readonly waitsUntil: number | null
  /**
   * Who of us is on the telephone with its holder; `null` for none of us. Left out where the server
   * cannot tell: the holder hangs up then, and calls us.
   */
  readonly call?: PhoneCall | null
  readonly requests: readonly PhoneRequest[]
  readonly earlier: readonly EarlierRequest[]
}

/** A call that goes on. */
export interface PhoneCall {
  /** The first name of the agent. */
  readonly agent: string
  readonly since: number
  /** When it is over at the latest. */
  readonly until: number
}

/**
 * Answer to `question`, as `{ "jws": … }` under the server's key: an attacker gets no response to a
 * number of his own.
 */
export interface PhoneQuestion {
  readonly authenticator: string
  readonly number: string
  readonly expiresAt: number
}

/** One open request. */
export interface PhoneRequest<Context = PhoneContext | CallContext> {
  readonly transaction: string
  /** What the holder must see, and what the signature covers. */
  readonly context: Context
  /** Whether the number of the login page has to be typed or scanned. */
  readonly transfer: boolean
  /** The number, when it need not be carried over. */
  readonly number: string | null
  readonly expiresAt: number
}

export interface PhoneContext {
  readonly purpose: 'login' | 'task'
  readonly platform: { readonly en: string; readonly fr: string }
  readonly environment: 'live' | 'paper'
  readonly account: string
  readonly userName: string
  readonly place: string
  readonly browser: string
  readonly newBrowser: boolean
  readonly askedAt: number
  /**
   * With the purpose `task`: what is to be done, as it is signed. Money is `amount` and `currency`.
   */
  readonly task?: { readonly kind: string; readonly facts: { readonly [name: string]: string } }
}

/** The same where an agent of the desk asks, to make sure who is on the telephone. */
export interface CallContext {
  readonly purpose: 'desk'
  /** Whose call it is: a phone may hold several user names. */
  readonly userName: string
  /** The first name of the agent, and the brokerage whose desk it is. */
  readonly agent: string
  readonly brand: string
  readonly caseNumber: string
  /** Why the client has called, as the agent has chosen it. */
  readonly reason: string
  /** What it lets the agent do, once: a class of deeds. */
  readonly opens: string
  readonly askedAt: number
}

/**
 * What the picture on the page of a task holds, as canonical JSON under the server's key: a phone
 * without a connection shows it, and makes its response over all of it.
 */
export interface TaskPicture {
  /** The phone that it is for. */
  readonly authenticator: string
  readonly transaction: string
  /** The number of the page: with a connection, scanning is typing. */
  readonly number: string
  readonly expiresAt: number
  readonly context: PhoneContext
}

export interface EarlierRequest {
  readonly platform: { readonly en: string; readonly fr: string }
  /** The kind of the task; without, it was a login. */
  readonly doing?: string
  readonly outcome: 'approved' | 'denied' | 'unanswered'
  readonly at: number
}

/** Answer to `answer`. */
export interface Answered {
  readonly outcome: 'approved' | 'matched' | 'denied'
}

/** Events of the stream: only a hint that the list has changed. */
export type PhoneEvent = 'changed' | 'revoked'

/**
 * The payload of a Web Push message, encrypted for this phone: the transaction, where it is, and of
 * what kind the task is where there is one, or `desk` for a call. Nothing more: a locked phone
 * shows it to every onlooker (S32). The language is the one that the client has chosen, since the
 * app may have been closed for long.
 */
export type PushPayload = {
  readonly transaction: string
  readonly language: 'en' | 'fr'
  readonly platform?: { readonly en: string; readonly fr: string }
  readonly doing?: string
}

/** What a push message says that asks for nothing (R018): what it is about, and nothing else. */
export type AlertPayload = { readonly alert: Alert; readonly language: 'en' | 'fr' }

/** Where the app is, after the address of the installation; pictures lead there. */
export const APP_PATH = '/phone'

/** What the picture on the waiting page holds: `<issuer>/phone#login=<transaction>.<number>`. */
export const scanPath = (transaction: string, number: string): string =>
  `${APP_PATH}#login=${transaction}.${number}`

/**
 * What the picture on the page of a task holds: `<issuer>/phone#task=<payload>.<signature>`. The
 * protected header is left out of it: the phone knows key and type.
 *
 * @param jws compact, with the type `PICTURE_TYPE`. @see RFC 7515, section 7.1
 */
export function picturePath(jws: string): string {
  const [, payload, signature] = jws.split('.')
  return `${APP_PATH}${PICTURE_MARK}${payload}.${signature}`
}

/** What the picture in the portal holds: `<issuer>/phone#activate=<token>`. */
export const activationPath = (token: string): string => `${APP_PATH}#activate=${token}`
