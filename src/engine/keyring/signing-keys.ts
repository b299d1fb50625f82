import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Json } from '#core/json.ts'
import type { KeyKind } from '#core/keys/key.ts'
import type { Keyring } from '#engine/keyring/keyring.ts'
import type { Db } from '#store/database/open.ts'
import { findServerKey } from '#store/server/server-keys.ts'

/**
 * What ID tokens can be signed with. RS256 comes first, for validators that take the first key of
 * its type.
 */
const SIGNING_ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const

/** Bits of an RSA key: good beyond 2030. @see NIST SP 800-57 part 1, section 5.6.1 */
const RSA_BITS = 3_072

/**
 * One key for each algorithm. @see RFC 8725, "JSON Web Token Best Current Practices", section 3.1:
 * a key has one algorithm
 */
export const newSigningKeys = async (): Promise<Json> => ({
  keys: await Promise.all(SIGNING_ALGORITHMS.map(newSigningKey)),
})

async function newSigningKey(alg: (typeof SIGNING_ALGORITHMS)[number]): Promise<Json> {
  const options = { extractable: true, modulusLength: RSA_BITS }
  const { privateKey } = await generateKeyPair(alg, options)
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { ...jwk, kid, alg, use: 'sig' }
}

/** A pair of keys as a JWK. */
export async function newKeyPair(algorithm: 'ES256' | 'Ed25519'): Promise<Json> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return await exportJWK(privateKey)
}

/** How the next key of a kind is made; `null` for one that is not exchanged, or is no key pair. */
export const MAKERS: Partial<Record<KeyKind, () => Promise<Json>>> = {
  oidc: newSigningKeys,
  vapid: () => newKeyPair('ES256'),
  audit: () => newKeyPair('Ed25519'),
}

interface Ensuring {
  readonly keyring: Pick<Keyring, 'ensure'>
  readonly db: Db
}

/** Makes the first ones, or takes those that an earlier version had for good. */
export const ensureSigningKeys = async ({ keyring, db }: Ensuring): Promise<void> =>
  await keyring.ensure('oidc', async () => (await formerKeys(db)) ?? (await newSigningKeys()))

async function formerKeys(db: Db): Promise<Json> {
  const names = ['oidc-rs256', 'oidc-ps256', 'oidc']
  const found = await Promise.all(names.map(async (name) => await findServerKey(db, name)))
  // Each was written with a list of keys.
  const keys = found.map((value) => (value as { keys?: Json[] } | undefined)?.keys ?? [])
  return keys.every((some) => some.length > 0) ? { keys: keys.flat() } : null
}

/**
 * The keys that ID tokens are signed with, and all that a token may still bear: the one that signs
 * stands first of its algorithm. A key is published before it signs, and until no token of it is
 * left.
 */
export function signingKeysOf(keyring: Pick<Keyring, 'opened'>): { readonly keys: JWK[] } {
  const keys = keyring.opened('oidc')
  const inOrder = [
    ...keys.filter(({ state }) => state === 'active'),
    ...keys.filter(({ state }) => state !== 'active'),
  ]
  // Written by `newSigningKeys`, and by nothing else.
  return { keys: inOrder.flatMap(({ value }) => (value as unknown as { keys: JWK[] }).keys) }
}
