import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Json } from '#core/json.ts'
import type { IdTokenAlgorithm } from '#edges/oidc/clients.ts'
import { serverKey } from '#engine/sessions/relying-parties.ts'
import type { World } from '#engine/world.ts'

/**
 * The keys that ID tokens are signed with: one for each algorithm, made at the first start and kept
 * sealed in the database. RS256 comes first, for validators that take the first key of its type.
 *
 * @see RFC 8725, "JSON Web Token Best Current Practices", section 3.1: a key has one algorithm
 */
export async function signingKeys(world: World): Promise<{ readonly keys: JWK[] }> {
  const [rs256, ps256, es256] = await Promise.all([
    serverKey(world, 'oidc-rs256', () => newSigningKeys('RS256')),
    serverKey(world, 'oidc-ps256', () => newSigningKeys('PS256')),
    // The oldest of them; installations have it under this name.
    serverKey(world, 'oidc', () => newSigningKeys('ES256')),
  ])
  // Written by `newSigningKeys`, and by nothing else.
  const sets = [rs256, ps256, es256] as unknown as readonly { readonly keys: readonly JWK[] }[]
  return { keys: sets.flatMap(({ keys }) => keys) }
}

/** Bits of an RSA key: good beyond 2030. @see NIST SP 800-57 part 1, section 5.6.1 */
const RSA_BITS = 3_072

/** A set of one. */
export async function newSigningKeys(alg: IdTokenAlgorithm): Promise<Json> {
  const options = { extractable: true, modulusLength: RSA_BITS }
  const { privateKey } = await generateKeyPair(alg, options)
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { keys: [{ ...jwk, kid, alg, use: 'sig' }] }
}
