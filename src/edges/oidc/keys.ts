import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Json } from '#core/json.ts'
import { serverKey } from '#engine/relying-parties.ts'
import type { World } from '#engine/world.ts'

/**
 * The keys that ID tokens are signed with, made at the first start and kept sealed in the database.
 */
export async function signingKeys(world: World): Promise<{ readonly keys: JWK[] }> {
  // Written by `newSigningKeys`, and by nobody else.
  return (await serverKey(world, 'oidc', newSigningKeys)) as unknown as { readonly keys: JWK[] }
}

async function newSigningKeys(): Promise<Json> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] }
}
