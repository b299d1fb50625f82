import { createPrivateKey, sign as signWith } from 'node:crypto'
import { CompactSign, importJWK, type JWK } from 'jose'
import { canonicalJson, type Json } from '#core/json.ts'
import type { KeyState } from '#core/keys/key.ts'
import type { Keyring, OpenedKey } from '#engine/keyring/keyring.ts'
import { newKeyPair } from '#engine/keyring/signing-keys.ts'
import type { Db } from '#store/database/open.ts'
import { countRewinds } from '#store/backup/restorations.ts'
import { findServerKey, getServerKey } from '#store/server/server-keys.ts'

/**
 * Keys that the server makes for itself at its first start, and keeps sealed in the database so
 * that all nodes have the same.
 */
export interface ServerKeys {
  /**
   * What the server says to phones is signed with this one; each phone learned it when it was
   * activated.
   */
  readonly phone: PhoneSigner
  /** Names this server to push services: the one for new subscriptions. @see RFC 8292 */
  readonly vapid: VapidKey
  /** The one that a subscription was made with; `null` for one that is retired. */
  readonly vapidOf: (id: number) => VapidKey | null
  readonly vapidNamed: (publicKey: string) => VapidKey | null
  /** Signs the checkpoints of the audit log: Ed25519, 32 bytes of public key. */
  readonly audit: LogKey & {
    /** How often the log was set back for good. */
    readonly rewinds: number
  }
  /** Those before it, which sign beside it until they are retired. */
  readonly auditBefore: readonly LogKey[]
  /** The public halves of all others: of the next, and of those that are retired. */
  readonly auditBeside: readonly Uint8Array[]
}

export interface VapidKey {
  readonly id: number
  readonly publicKey: string
  readonly privateKey: string
}

export interface LogKey {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

export interface PhoneSigner {
  readonly publicKey: JWK & { readonly kid: string }
  /**
   * A compact JWS over the canonical JSON. What is not the answer to a request carries a type, so
   * that the one is never taken for the other. @see RFC 7515, sections 4.1.9 and 7.1
   */
  sign(payload: Json, type?: string): Promise<string>
}

/** They change when this node reads that one was exchanged. */
export async function loadServerKeys(db: Db, keyring: Keyring): Promise<ServerKeys> {
  const [phone, rewinds] = await Promise.all([
    getServerKey(db, 'phone', () => newKeyPair('ES256')),
    countRewinds(db),
  ])
  // Earlier versions had one of each for good.
  for (const [kind, make] of [
    ['vapid', () => newKeyPair('ES256')],
    ['audit', () => newKeyPair('Ed25519')],
  ] as const)
    await keyring.ensure(kind, async () => (await findServerKey(db, kind)) ?? (await make()))
  // All were written by `newKeyPair`.
  return exchangedKeys(keyring, { phone: await signerOf(phone as JWK), rewinds })
}

type Exchanged = Omit<ServerKeys, 'phone' | 'audit'> & { readonly audit: LogKey }

interface Lasting {
  readonly phone: PhoneSigner
  readonly rewinds: number
}

function exchangedKeys(keyring: Keyring, { phone, rewinds }: Lasting): ServerKeys {
  let read: { readonly turn: number; readonly keys: Exchanged } | null = null
  const keys = (): Exchanged => {
    const turn = keyring.turn()
    if (read?.turn !== turn) read = { turn, keys: exchangedNow(keyring) }
    return read.keys
  }
  return {
    phone,
    get vapid() {
      return keys().vapid
    },
    vapidOf: (id) => keys().vapidOf(id),
    vapidNamed: (publicKey) => keys().vapidNamed(publicKey),
    get audit() {
      return { ...keys().audit, rewinds }
    },
    get auditBefore() {
      return keys().auditBefore
    },
    get auditBeside() {
      return keys().auditBeside
    },
  }
}

function exchangedNow(keyring: Keyring): Exchanged {
  const vapids = keyring.opened('vapid').map((key) => ({ ...key, ...vapidOf(key) }))
  const logs = keyring.opened('audit').map(({ state, value }) => ({ state, value: value as JWK }))
  const vapid = vapids.find(({ state }) => state === 'active')
  const audit = logs.find(({ state }) => state === 'active')
  if (!vapid || !audit) throw new Error('the keys of the server are not there')
  const ofState = (wanted: KeyState) => logs.filter(({ state }) => state === wanted)
  return {
    vapid,
    vapidOf: (id) => vapids.find((key) => key.id === id) ?? null,
    vapidNamed: (publicKey) => vapids.find((key) => key.publicKey === publicKey) ?? null,
    audit: auditOf(audit.value),
    auditBefore: ofState('old').map(({ value }) => auditOf(value)),
    auditBeside: [
      ...ofState('next').map(({ value }) => value),
      ...keyring.retired('audit').map(({ value }) => value as JWK),
    ].map(({ x = '' }) => Buffer.from(x, 'base64url')),
  }
}

function auditOf(jwk: JWK): LogKey {
  const { kty = 'OKP', crv = 'Ed25519', x = '', d = '' } = jwk
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' })
  return { publicKey: Buffer.from(x, 'base64url'), sign: (message) => signWith(null, message, key) }
}

async function signerOf(jwk: JWK): Promise<PhoneSigner> {
  const key = await importJWK(jwk, 'ES256')
  const kid = 'phone-1'
  const { kty = 'EC', crv = 'P-256', x = '', y = '' } = jwk
  return {
    publicKey: { kty, crv, x, y, kid },
    sign: (payload, type) =>
      new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
        .setProtectedHeader({ alg: 'ES256', kid, ...(type !== undefined && { typ: type }) })
        .sign(key),
  }
}

/** The uncompressed point, as browsers and push services want it. @see RFC 8292, section 3.2 */
function vapidOf({ id, value }: OpenedKey): VapidKey {
  // Written by `newKeyPair`.
  const { x = '', y = '', d = '' } = value as JWK
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ])
  return { id, publicKey: point.toString('base64url'), privateKey: d }
}
