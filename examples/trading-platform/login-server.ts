import * as oidc from 'openid-client'
import { z } from 'zod'
import type { Trade } from './trades.ts'
import { detailOf, type Withdrawal } from './withdrawals.ts'

/**
 * Everything this platform asks of its login server. There is nothing here that is peculiar to
 * Countersign but the three claims `environment`, `account` and `rights`, the parameter
 * `environment`, and what a withdrawal is called in `authorization_details`.
 *
 * @see docs/guide/openid-connect.md
 */
export interface LoginServer {
  /** Where to send the browser, and what to remember until it comes back. */
  begin(wish: Wish): Promise<{ readonly address: string; readonly begun: Begun } | 'away'>
  /** The browser is back: `query` is all that it brought. */
  finish(begun: Begun, query: string): Promise<Finished>
  /** Who is logged in and what they may do, or that the session has ended. */
  ask(tokens: Tokens): Promise<Client | 'ended' | 'away'>
  /**
   * Whether a session goes on; asking does not keep it alive. `true` while the login server is
   * away.
   */
  isOpen(tokens: Tokens): Promise<boolean>
  /** The same, for a caller with an access token of its own. */
  askWith(accessToken: string): Promise<Client | 'ended' | 'away'>
  /** A ticket with which a page of this client comes in at the gateway, once. */
  ticket(tokens: Tokens): Promise<Ticket | 'refused' | 'away'>
  /** Tells of a trade, under its reference: `refused` is for good, `away` may take it later. */
  report(trade: Trade): Promise<'taken' | 'refused' | 'away'>
  /** Where to send the browser so that the session ends there as well. */
  logoutAddress(tokens: Tokens): Promise<URL | 'away'>
}

export type Environment = 'live' | 'paper'

export interface Wish {
  readonly environment: Environment
  readonly language: string
  /** Only if the client is logged in already: the login server must not ask anything. */
  readonly silent: boolean
  /** What the client is to approve, word for word; the login server shows it. */
  readonly withdrawal?: Withdrawal
}

/** A login that has begun and not ended. */
export interface Begun {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly wish: Wish
}

export interface Tokens {
  readonly accessToken: string
  readonly idToken: string
  readonly subject: string
  /** The session there, by the name that this platform may call it. */
  readonly session: string | undefined
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** What this platform was told about its client. */
export interface Client {
  readonly userName: string
  readonly account: string | null
  readonly environment: Environment
  /** Such as `urn:countersign:acr:3`. */
  readonly strength: string
  /** Seconds since 1970. */
  readonly loggedInAt: number
  readonly rights: Rights
}

/** Money in US dollars; `null` means without limit. */
export interface Rights {
  readonly trading: boolean
  /** Stocks of Pink Sheet and OTCBB. */
  readonly trade_penny: boolean
  /** The only networks to trade from; `null` for all. */
  readonly trade_network: readonly string[] | null
  readonly withdrawal_per_day_usd: number | null
  readonly withdrawal_per_5_days_usd: number | null
}

export type Finished =
  | { readonly ok: true; readonly tokens: Tokens; readonly details: unknown }
  /** `mismatch`: this answer does not belong to what was asked. */
  | { readonly ok: false; readonly why: 'denied' | 'weak' | 'not-logged-in' | 'mismatch' | 'away' }

export interface LoginServerOptions {
  readonly issuer: string
  readonly clientId: string
  /** `null` for a public client. */
  readonly clientSecret: string | null
  /** Where the browser comes back to. */
  readonly callback: string
  readonly afterLogout: string
}

/** How long the login server may take to answer, in seconds. */
const TIMEOUT_S = 5

export function loginServer(options: LoginServerOptions): LoginServer {
  const { callback, afterLogout } = options
  let known: Promise<oidc.Configuration> | null = null
  // Discovered when it is needed, so that this platform starts while the login server is away.
  const configuration = () => {
    known ??= discover(options).catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }
  return {
    async begin(wish) {
      const [state, nonce, verifier] = [
        oidc.randomState(),
        oidc.randomNonce(),
        oidc.randomPKCECodeVerifier(),
      ]
      const found = await orAway(configuration())
      if (found === 'away') return 'away'
      const address = oidc.buildAuthorizationUrl(found, {
        redirect_uri: callback,
        scope: 'openid profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        environment: wish.environment,
        ui_locales: wish.language,
        ...(wish.silent && { prompt: 'none' }),
        ...(wish.withdrawal && {
          authorization_details: JSON.stringify([detailOf(wish.withdrawal)]),
        }),
      })
      return { address: address.href, begun: { state, nonce, verifier, wish } }
    },
    async finish({ state, nonce, verifier }, query) {
      const found = await orAway(configuration())
      if (found === 'away') return { ok: false, why: 'away' }
      try {
        // Checks state and nonce, that `iss` is the server that was asked (RFC 9207), and the ID
        // token.
        const granted = await oidc.authorizationCodeGrant(found, new URL(`${callback}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const details = granted.claims()?.['authorization_details'] ?? null
        return { ok: true, tokens: tokensOf(granted), details }
      } catch (error) {
        return { ok: false, why: reasonOf(error) }
      }
    },
    async ask({ accessToken, subject }) {
      try {
        return clientOf(await oidc.fetchUserInfo(await configuration(), accessToken, subject))
      } catch (error) {
        return isRefused(error) ? 'ended' : 'away'
      }
    },
    async isOpen({ accessToken, expiresAt }) {
      // One that has run out says nothing of the session: the next view asks for another.
      if (Date.now() >= expiresAt) return true
      try {
        const { active } = await oidc.tokenIntrospection(await configuration(), accessToken)
        return active
      } catch {
        return true
      }
    },
    async askWith(accessToken) {
      try {
        const found = await configuration()
        return clientOf(await oidc.fetchUserInfo(found, accessToken, oidc.skipSubjectCheck))
      } catch (error) {
        return isRefused(error) ? 'ended' : 'away'
      }
    },
    async ticket({ accessToken }) {
      try {
        return await ticketFrom(options.issuer, accessToken)
      } catch {
        return 'away'
      }
    },
    async report(trade) {
      if (options.clientSecret === null) return 'refused'
      try {
        return await sent(options.issuer, await configuration(), trade)
      } catch {
        return 'away'
      }
    },
    async logoutAddress({ idToken }) {
      const found = await orAway(configuration())
      if (found === 'away') return 'away'
      const parameters = { id_token_hint: idToken, post_logout_redirect_uri: afterLogout }
      return oidc.buildEndSessionUrl(found, parameters)
    },
  }
}

/**
 * With a token of its own, not that of a client: it is this platform that says it.
 *
 * @see RFC 6749, "The OAuth 2.0 Authorization Framework", section 4.4
 */
async function sent(
  issuer: string,
  configuration: oidc.Configuration,
  { reference: id, account, at, session, side, quantity, instrument }: Trade,
): Promise<'taken' | 'refused' | 'away'> {
  const { access_token: token } = await oidc.clientCredentialsGrant(configuration, {
    scope: 'events',
  })
  const event = {
    id,
    kind: 'trade',
    account,
    at: new Date(at).toISOString(),
    ...(session !== undefined && { session }),
    side,
    quantity: String(quantity),
    instrument: instrument.symbol,
    price: instrument.price.toFixed(2),
    currency: 'USD',
  }
  const { ok, status } = await fetch(`${issuer}/api/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(TIMEOUT_S * 1_000),
  })
  if (ok) return 'taken'
  return status >= 500 || status === 429 ? 'away' : 'refused'
}

async function ticketFrom(issuer: string, token: string): Promise<Ticket | 'refused' | 'away'> {
  const answer = await fetch(`${issuer}/api/gateway/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_S * 1_000),
  })
  if (answer.ok) return Ticket.parse(await answer.json())
  return answer.status >= 500 ? 'away' : 'refused'
}

const Ticket = z.object({ ticket: z.string() })
type Ticket = z.infer<typeof Ticket>

async function discover({
  issuer,
  clientId,
  clientSecret,
}: LoginServerOptions): Promise<oidc.Configuration> {
  const authentication = clientSecret === null ? oidc.None() : oidc.ClientSecretBasic(clientSecret)
  // http is for one machine only, where there is no network to read along.
  const isLocal = new URL(issuer).protocol === 'http:'
  const execute = isLocal ? [oidc.allowInsecureRequests] : []
  const options = { execute, timeout: TIMEOUT_S }
  return await oidc.discovery(new URL(issuer), clientId, undefined, authentication, options)
}

async function orAway<T>(asked: Promise<T>): Promise<T | 'away'> {
  try {
    return await asked
  } catch {
    return 'away'
  }
}

function tokensOf(granted: Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>): Tokens {
  const claims = granted.claims()
  if (!claims || granted.id_token === undefined) throw new Error('an answer without an ID token')
  return {
    accessToken: granted.access_token,
    idToken: granted.id_token,
    subject: claims.sub,
    session: typeof claims['sid'] === 'string' ? claims['sid'] : undefined,
    expiresAt: Date.now() + (granted.expiresIn() ?? 0) * 1_000,
  }
}

function reasonOf(error: unknown): Extract<Finished, { ok: false }>['why'] {
  if (error instanceof oidc.AuthorizationResponseError) {
    return REFUSALS[error.error] ?? 'mismatch'
  }
  const isFromNetwork = error instanceof oidc.ClientError && error.cause instanceof TypeError
  return isFromNetwork ? 'away' : 'mismatch'
}

/** @see OpenID Connect Core 1.0, section 3.1.2.6; RFC 9470, section 5 */
const REFUSALS: Readonly<Record<string, Extract<Finished, { ok: false }>['why']>> = {
  access_denied: 'denied',
  unmet_authentication_requirements: 'weak',
  login_required: 'not-logged-in',
  interaction_required: 'not-logged-in',
  server_error: 'away',
  temporarily_unavailable: 'away',
}

const isRefused = (error: unknown): boolean =>
  (error instanceof oidc.WWWAuthenticateChallengeError ||
    error instanceof oidc.ResponseBodyError) &&
  error.status === 401

const UserInfo = z.object({
  preferred_username: z.string(),
  account: z.string().nullable(),
  environment: z.enum(['live', 'paper']),
  acr: z.string(),
  auth_time: z.number(),
  rights: z.object({
    trading: z.boolean(),
    trade_penny: z.boolean(),
    trade_network: z.array(z.string()).nullable(),
    withdrawal_per_day_usd: z.number().nullable(),
    withdrawal_per_5_days_usd: z.number().nullable(),
  }),
})

function clientOf(answer: unknown): Client {
  const {
    preferred_username: userName,
    acr: strength,
    auth_time: loggedInAt,
    ...rest
  } = UserInfo.parse(answer)
  return { userName, strength, loggedInAt, ...rest }
}
