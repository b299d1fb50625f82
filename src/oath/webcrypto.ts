/**
 * The same responses where HMAC is asynchronous and keys can not be read back: the phone, and the
 * simulators in a browser. The server does not use this file: awaiting WebCrypto costs it ten times
 * the computation itself.
 */
import { HASHES, type Hash } from './hash.ts'
import { type Inputs, ocraMessage, ocraValue, type Suite } from './ocra.ts'

/** A CryptoKey, by a name that exists in Node's types and in a browser's. */
export type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** Hands a secret to WebCrypto as an HMAC key that signs and can not be exported again. */
export function importKey(hash: Hash, secret: Uint8Array<ArrayBuffer>): Promise<WebKey> {
  const algorithm = { name: 'HMAC', hash: HASHES[hash].web }
  return crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
}

/**
 * The response of a key imported for the hash of the suite.
 *
 * @throws as `ocraMessage` and `ocraValue` do, the latter for a key of another hash.
 * @see RFC 6287, section 5
 */
export async function ocraWithKey(suite: Suite, inputs: Inputs, key: WebKey): Promise<string> {
  return ocraValue(suite, await hmac(key, ocraMessage(suite, inputs)))
}

/** The MAC of a message, for the modes and the algorithms `ocraWithKey` does not cover. */
export async function hmac(key: WebKey, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
}

/** The hash of a text in UTF-8: of a PIN for P, of a canonical transaction for its question. */
export async function digest(hash: Hash, text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  return new Uint8Array(await crypto.subtle.digest(HASHES[hash].web, bytes))
}
