import { base64url } from 'jose'
import type {
  Activated,
  ActivationCode,
  ActivationComplete,
  ActivationOffer,
  PinChecked,
} from '#methods/phone-key/wire.ts'
import { addBinding, type Binding } from '../server/bindings.ts'
import { corrected, NEW_CLOCK, serverTime } from '../server/clock.ts'
import { lockedWith } from '../key/kdf.ts'
import { signsHere } from './integrity.ts'
import { type Model, modelOf } from './model.ts'
import { makePrfLock, type Refused } from '../key/prf.ts'
import { respond, suiteOf } from '../key/respond.ts'
import { type Heard, jwsOf, post } from '../server/server.ts'
import { type Bytes, type Lock, newOcraKey } from '../key/vault.ts'

/** An activation that the server has offered, and what is needed to take it up. */
export interface Opened {
  readonly activation: ActivationCode
  readonly offer: ActivationOffer
  /** Server minus phone, as measured when the offer came. */
  readonly offset_ms: number
  /** What this phone is, as far as it is known. */
  readonly model: Model | null
}

/** How the holder wants to open the key. */
export type LockWish = { readonly kind: 'prf' } | { readonly kind: 'pin'; readonly pin: string }

export interface Wishes {
  readonly label: string
  readonly lock: LockWish
  readonly language: 'en' | 'fr'
  readonly issuer: string
  /** Bindings of the same user name on this phone: the new one takes their place. */
  readonly replaces: readonly Binding[]
}

/** Asks what a code is for; nothing is bound yet, and the code can be used again. */
export async function openActivation(activation: ActivationCode): Promise<Heard<Opened>> {
  const sent_ms = Date.now()
  // While the server answers, the browser says what phone this is.
  const [heard, model] = await Promise.all([
    post('/phone/api/activation/open', { activation }),
    modelOf(navigator),
  ])
  if (!heard.ok) return heard
  const offer = (await heard.value.json()) as ActivationOffer
  const times = { server_ms: offer.time, sent_ms, heard_ms: Date.now() }
  const { offset_ms } = corrected(NEW_CLOCK, times)
  return { ok: true, value: { activation, offer, offset_ms, model } }
}

/** Whether a PIN is known, asked with the code of the activation. */
export async function sendActivationPoints(
  { activation }: Opened,
  points: readonly string[],
): Promise<Heard<PinChecked>> {
  const heard = await post('/phone/api/activation/pin', { activation, points })
  return heard.ok ? { ok: true, value: (await heard.value.json()) as PinChecked } : heard
}

/**
 * A key that this phone holds from now on, and until when it waits to take the place of another's.
 */
export interface Made {
  readonly binding: Binding
  readonly waitsUntil: number | null
}

/**
 * Makes both keys, wraps the one, shows the server the other, and keeps what the phone needs.
 *
 *   OCRA key    random 32 bytes ──▶ the server, once, over TLS ──▶ wrapped on the phone, wiped in memory
 *   device key  ECDSA P-256, non-extractable ──▶ its public half to the server
 *
 * @returns `cancelled` or `unsupported` when a finger or a face did not lock the key.
 */
export async function activate(opened: Opened, wishes: Wishes): Promise<Heard<Made> | Refused> {
  const ocraKey = newOcraKey()
  try {
    const lock = await makeLock(ocraKey, opened, wishes)
    if (typeof lock === 'string') return lock
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    const body = await completion(opened, { wishes, ocraKey, pair, lock })
    const heard = await post('/phone/api/activation/complete', body)
    if (!heard.ok) return heard
    const activated = (await heard.value.json()) as Activated
    const binding = bindingOf(opened, { activated, wishes, lock, deviceKey: pair.privateKey })
    const clock = { ...NEW_CLOCK, offset_ms: opened.offset_ms }
    await addBinding(binding, { clock, replaces: wishes.replaces })
    await navigator.storage?.persist?.()
    return { ok: true, value: { binding, waitsUntil: activated.waitsUntil } }
  } finally {
    ocraKey.fill(0)
  }
}

async function makeLock(
  ocraKey: Bytes,
  { offer }: Opened,
  { lock }: Wishes,
): Promise<Lock | Refused> {
  if (lock.kind === 'prf') {
    return makePrfLock(ocraKey, { userName: offer.userName, issuerName: offer.name })
  }
  return lockedWith(lock.pin, ocraKey)
}

async function completion(
  { activation, offer, offset_ms, model }: Opened,
  made: { wishes: Wishes; ocraKey: Bytes; pair: CryptoKeyPair; lock: Lock },
): Promise<ActivationComplete> {
  const { wishes, ocraKey, pair, lock } = made
  const time = serverTime({ ...NEW_CLOCK, offset_ms }, Date.now())
  // `PROOF_NUMBER` of the wire contract, whose file would bring its schemas along.
  const response = await respond(ocraKey, '000000', { suite: suiteOf(offer.suite), at_ms: time })
  const proof = { aud: wishes.issuer, act: 'activate', time, enrolment: offer.enrolment, response }
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return {
    activation,
    label: wishes.label,
    model: model?.name ?? null,
    deviceKey: { kty: 'EC', crv: 'P-256', x, y },
    ocraKey: base64url.encode(ocraKey),
    proof: await jwsOf(proof, pair.privateKey),
    language: wishes.language,
    lock: lock.kind,
    signs: await signsHere(),
  }
}

function bindingOf(
  { offer }: Opened,
  made: { activated: Activated; wishes: Wishes; lock: Lock; deviceKey: CryptoKey },
): Binding {
  const { activated, wishes, lock, deviceKey } = made
  return {
    authenticator: activated.authenticator,
    userName: offer.userName,
    label: activated.label,
    name: offer.name,
    issuer: wishes.issuer,
    suite: offer.suite,
    serverKey: offer.serverKey,
    pushKey: offer.pushKey,
    pin: offer.pin,
    deviceKey,
    lock,
    boundAt_ms: Date.now(),
    revoked: false,
  }
}
