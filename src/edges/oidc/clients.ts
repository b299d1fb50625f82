import { createHash, timingSafeEqual } from 'node:crypto'
import type { ClientMetadata } from 'oidc-provider'
import { type BackOfficeScope, EVENTS } from '#engine/sessions/api-clients.ts'

/** What ID tokens are signed with; the first is for a client that says nothing. */
export const ID_TOKEN_ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const
export type IdTokenAlgorithm = (typeof ID_TOKEN_ALGORITHMS)[number]

/** A relying party, as the configuration names it. Its id is that of its platform. */
export interface OidcClient {
  readonly id: string
  readonly name: { readonly en: string; readonly fr: string }
  /** 32 random characters or more; `null` for a public client, which has only PKCE. */
  readonly secret: string | null
  /** Decides which addresses it may have, and whether the port of one on this machine counts. */
  readonly applicationType: 'web' | 'native'
  /**
   * Compared as text, whole: no pattern, no other port (but see above), no slash more or less
   * (S94).
   */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly idTokenSignedResponseAlg: IdTokenAlgorithm
  /** `optional` only with a secret: a request without PKCE then sends a nonce. */
  readonly pkce: 'required' | 'optional'
}

/** @see OpenID Connect Dynamic Client Registration 1.0, section 2, for the names */
export function clientMetadata({ id, name, secret, ...client }: OidcClient): ClientMetadata {
  // One that can prove who it is also speaks for itself: it reports what it has done.
  const itself = secret === null ? [] : ['client_credentials']
  return {
    client_id: id,
    client_name: name.en,
    ...(secret === null
      ? { token_endpoint_auth_method: 'none' }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretHash(secret) }),
    application_type: client.applicationType,
    // Without an address to return to it comes by the JSON API only.
    ...(client.redirectUris.length === 0
      ? { grant_types: itself, response_types: [] }
      : {
          grant_types: ['authorization_code', 'refresh_token', ...itself],
          response_types: ['code'],
        }),
    scope: ['openid profile offline_access', ...(secret === null ? [] : [EVENTS])].join(' '),
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
  }
}

/** A program of the back office: it speaks for itself, and for no client of the brokerage. */
export interface BackOfficeClient {
  readonly id: string
  readonly secret: string
  /** What it may ask for. */
  readonly scopes: readonly BackOfficeScope[]
}

/** @see RFC 6749, "Client Credentials Grant", section 4.4 */
export const backOfficeMetadata = ({ id, secret, scopes }: BackOfficeClient): ClientMetadata => ({
  client_id: id,
  client_secret: secretHash(secret),
  scope: scopes.join(' '),
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
})

/** All that the provider keeps of a secret: it is random enough to need no salt. */
export const secretHash = (secret: string): string => digest(secret).toString('base64url')

/** Compares without telling by its time how much of the secret was right. */
export function isSecret(given: unknown, hash: string | undefined): boolean {
  if (typeof given !== 'string' || hash === undefined) return false
  const held = Buffer.from(hash, 'base64url')
  return held.length === DIGEST_BYTES && timingSafeEqual(held, digest(given))
}

const DIGEST_BYTES = 32
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
