import { createPrivateKey, sign as signWith } from 'node:crypto'
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { canonicalJson, type Json } from '#core/json.ts'
import type { Db } from '#store/database/open.ts'
import { countRewinds } from '#store/backup/restorations.ts'
import { getServerKey } from '#store/server/server-keys.ts'

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
  /** Names this server to push services. @see RFC 8292 */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string }
  /** Signs the checkpoints of the audit log: Ed25519, 32 bytes of public key. */
  readonly audit: {
    readonly publicKey: Uint8Array
    readonly sign: (message: Uint8Array) => Uint8Array
    /** How often the log was set back for good. */
    readonly rewinds: number
  }
}

export interface PhoneSigner {
  readonly publicKey: JWK & { readonly kid: string }
  /**
   * A compact JWS over the canonical JSON. What is not the answer to a request carries a type, so
   * that the one is never taken for the other. @see RFC 7515, sections 4.1.9 and 7.1
   */
  sign(payload: Json, type?: string): Promise<string>
}

export async function loadServerKeys(db: Db): Promise<ServerKeys> {
  const [phone, vapid, audit, rewinds] = await Promise.all([
    getServerKey(db, 'phone', () => newKeyPair('ES256')),
    getServerKey(db, 'vapid', () => newKeyPair('ES256')),
    getServerKey(db, 'audit', () => newKeyPair('Ed25519')),
    countRewinds(db),
  ])
  // All were written by `newKeyPair`.
  return {
    phone: await signerOf(phone as JWK),
    vapid: vapidOf(vapid as JWK),
    audit: { ...auditOf(audit as JWK), rewinds },
  }
}

async function newKeyPair(algorithm: 'ES256' | 'Ed25519'): Promise<Json> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return await exportJWK(privateKey)
}

function auditOf(jwk: JWK): Omit<ServerKeys['audit'], 'rewinds'> {
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
function vapidOf({ x = '', y = '', d = '' }: JWK): ServerKeys['vapid'] {
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ])
  return { publicKey: point.toString('base64url'), privateKey: d }
}
