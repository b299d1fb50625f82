import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { acrValue, STRENGTHS } from '#core/assurance.ts'
import { TASKS_OF_PLATFORMS } from '#core/task-details.ts'
import { SESSION_ABSOLUTE } from '#core/sessions/session.ts'
import { adapterOn } from '#edges/oidc/adapter.ts'
import { admissionPolicy } from '#edges/oidc/request/prompt-policy.ts'
import { checkAsked } from '#edges/oidc/request/asked.ts'
import { CLAIMS, claimsOf } from '#edges/oidc/request/claims.ts'
import {
  type BackOfficeClient,
  backOfficeMetadata,
  clientMetadata,
  ID_TOKEN_ALGORITHMS,
  type OidcClient,
} from '#edges/oidc/clients.ts'
import { checkDetails, DETAILS } from '#edges/oidc/request/authorization-details.ts'
import { pkceRule } from '#edges/oidc/pkce.ts'
import { sendProviderError } from '#edges/oidc/pages.ts'
import { speakFor } from '#edges/oidc/request/context.ts'
import { BACK_OFFICE, EVENTS, LEDGER } from '#engine/sessions/api-clients.ts'
import { findTaskOfGrant, noteUse, sessionOfGrant } from '#engine/sessions/relying-parties.ts'
import { signingKeysOf } from '#engine/keyring/signing-keys.ts'
import { keyedHashes } from '#engine/secrets.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'

/** Where each endpoint is. The two below `/.well-known` are fixed by their standards. */
export const PATHS = {
  authorization: '/oidc/auth',
  pushed_authorization_request: '/oidc/par',
  token: '/oidc/token',
  userinfo: '/oidc/userinfo',
  introspection: '/oidc/introspect',
  revocation: '/oidc/revoke',
  jwks: '/oidc/jwks',
  end_session: '/oidc/logout',
} as const

/** Where an authorization request waits until a session can answer it. */
export const CONTINUE = '/oidc/continue'

/**
 * Lifetimes in seconds.
 *
 * @see security limits S96, S98; no token outlives the session that gave it
 */
const SESSION_S = SESSION_ABSOLUTE / 1_000
const TTL = {
  AuthorizationCode: 60,
  AccessToken: 10 * 60,
  IdToken: 10 * 60,
  Interaction: 20 * 60,
  RefreshToken: SESSION_S,
  Grant: SESSION_S,
  Session: SESSION_S,
  // Features that are off; a lifetime that is not named would be the library's.
  DeviceCode: 60,
  BackchannelAuthenticationRequest: 60,
  PreAuthorizedCode: 60,
} as const

interface Clients {
  readonly clients: readonly OidcClient[]
  readonly backOffice: readonly BackOfficeClient[]
}

/** What of OAuth 2.0 and OpenID Connect this server speaks. What is not named here is off. */
export function configuration(world: World, { clients, backOffice }: Clients): Configuration {
  return {
    adapter: adapterOn(world),
    clients: [...clients.map(clientMetadata), ...backOffice.map(backOfficeMetadata)],
    jwks: signingKeysOf(world.keyring),
    routes: PATHS,
    scopes: ['openid', 'profile', 'offline_access', BACK_OFFICE, LEDGER, EVENTS],
    claims: { acr: null, iss: null, ...Object.fromEntries(scopesAndClaims()) },
    acrValues: STRENGTHS.map(acrValue),
    subjectTypes: ['public'],
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: [...ID_TOKEN_ALGORITHMS],
      dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519'],
    },
    // The library knows S256 only (S97).
    pkce: { required: pkceRule(clients) },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: () => false,
    ttl: { ...TTL, ClientCredentials: ofPrograms },
    clockTolerance: 10,
    features: FEATURES,
    extraParams: { environment: checkAsked, [DETAILS]: checkDetails },
    discovery: {
      authorization_details_types_supported: [...TASKS_OF_PLATFORMS],
      prompt_values_supported: ['none', 'login', 'consent'],
      ui_locales_supported: [...LANGUAGES],
    },
    interactions: {
      policy: admissionPolicy(world),
      url: (_ctx, { uid }) => `${CONTINUE}/${uid}`,
    },
    loadExistingGrant: async () => undefined,
    findAccount: (ctx, sub, token) => findAccount(world, { ctx, sub, token }),
    // Only our session counts, and every grant is checked against it.
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx, _client, { scopes }) => scopes.has('offline_access'),
    rotateRefreshToken: () => true,
    cookies: cookiesOf(world),
    renderError: async (ctx, out) => speakFor(ctx, (reply) => sendProviderError(reply, out)),
    // Nothing is configured that would have to be fetched, so nothing is (A20).
    fetch: () => Promise.reject(new Error('the provider fetches nothing')),
  }
}

function scopesAndClaims(): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(CLAIMS)
}

const FEATURES: NonNullable<Configuration['features']> = {
  devInteractions: { enabled: false },
  pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
  userinfo: { enabled: true },
  dPoP: { enabled: true },
  clientCredentials: { enabled: true },
  // There is one audience, this server; with them, a task would have to name another.
  resourceIndicators: { enabled: false },
  // A relying party asks about its own tokens only.
  introspection: { enabled: true, allowedPolicy: isOwn },
  revocation: { enabled: true, allowedPolicy: isOwn },
  // What is shown is decided when the library has checked the request: `logout.ts`.
  rpInitiatedLogout: { enabled: true, logoutSource: async () => {} },
}

const PROGRAM_TOKEN_S = 10 * 60

/**
 * How long a program speaks for itself with one token. The library asks here before it gives one:
 * with any other scope it would open nothing, and a platform has no other.
 */
function ofPrograms(
  _ctx: KoaContextWithOIDC,
  { scope }: { readonly scope?: string | undefined },
  { scope: own }: { readonly scope?: string | undefined },
): number {
  const isOfPlatform = own?.split(' ').includes('openid') === true
  if (isOfPlatform && scope !== EVENTS) throw new errors.InvalidScope(NOT_OF_CLIENTS, scope ?? '')
  return PROGRAM_TOKEN_S
}

const NOT_OF_CLIENTS = 'a platform speaks for itself with the scope events alone'

async function isOwn(
  _ctx: KoaContextWithOIDC,
  client: { readonly clientId: string },
  token: { readonly clientId?: string | undefined },
): Promise<boolean> {
  return token.clientId === client.clientId
}

interface Subject {
  readonly ctx: KoaContextWithOIDC
  readonly sub: string
  readonly token: { readonly grantId?: string | undefined } | undefined
}

/** Whom a token speaks of, while the session that gave it is open. */
async function findAccount(world: World, { ctx, sub, token }: Subject) {
  // Without a token a caller learns nothing.
  if (!token) return { accountId: sub, claims: () => ({ sub }) }
  const sessionId = sessionOfGrant(token.grantId ?? '')
  const session = sessionId && (await findLiveSession(world, sessionId))
  const task = await findTaskOfGrant(world, token.grantId ?? '')
  if (!session || session.subscriber.id !== sub) return undefined
  if (ctx.oidc.route === 'userinfo') await noteUse(world, session)
  return { accountId: sub, claims: () => claimsOf(session, task) }
}

/**
 * As our own cookies are: bound to this host where that can be said, signed, never for a script.
 */
function cookiesOf({ keys, settings }: World): NonNullable<Configuration['cookies']> {
  const isSecure = settings.issuer.startsWith('https:')
  const attributes = { httpOnly: true, sameSite: 'lax', secure: isSecure, signed: true } as const
  return {
    names: {
      session: isSecure ? '__Host-countersign-provider' : 'countersign-provider',
      // These two have a path of their own, so that two tabs do not take each other's place.
      interaction: isSecure ? '__Secure-countersign-request' : 'countersign-request',
      resume: isSecure ? '__Secure-countersign-resume' : 'countersign-resume',
    },
    long: attributes,
    short: attributes,
    keys: [...keyedHashes(keys, 'oidc-cookies', 'v1')],
  }
}
