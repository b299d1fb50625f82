import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { ENVIRONMENTS } from '#core/subscribers/account.ts'
import { EVENTS } from '#engine/sessions/api-clients.ts'

/**
 * What an authorization request must say before the client is asked anything, beyond what the
 * provider checks: that it is one of OpenID Connect, and no other mode of answering than discovery
 * names.
 */

/** The only way in which a code is answered. */
export const RESPONSE_MODE = 'query'

/** `environment` is ours: live or paper, where the relying party takes only one of them. */
export async function checkAsked(
  { oidc }: KoaContextWithOIDC,
  environment: string | undefined,
): Promise<void> {
  const { params } = oidc
  const mode = params?.['response_mode']
  if (params && mode !== undefined && mode !== RESPONSE_MODE) {
    delete params['response_mode']
    throw new errors.UnsupportedResponseMode()
  }
  const scope = params?.['scope']
  if (typeof scope !== 'string' || !scope.split(' ').includes('openid')) {
    throw new errors.InvalidScope(WITHOUT_OPENID, '')
  }
  // With it a platform speaks for itself: no client logs in for that.
  if (scope.split(' ').includes(EVENTS)) throw new errors.InvalidScope(OF_PLATFORMS, EVENTS)
  if (environment === undefined || ENVIRONMENTS.some((one) => one === environment)) return
  throw new errors.InvalidRequest('environment must be live or paper')
}

const OF_PLATFORMS = 'requested scope is for client credentials'
const WITHOUT_OPENID = 'openid scope must be requested'

/**
 * The provider finds by itself that `openid` is missing where a parameter comes along that only
 * OpenID Connect has, and calls it `invalid_request`. One lack has one name.
 *
 * @see RFC 6749, "The OAuth 2.0 Authorization Framework", section 4.1.2.1
 */
export function nameScopeError(ctx: KoaContextWithOIDC): void {
  const { error_description: told } = (ctx.body ?? {}) as { readonly error_description?: unknown }
  if (isOfScope(told)) ctx.body = { ...(ctx.body as object), error: 'invalid_scope' }
  const location = ctx.response.get('location')
  if (!URL.canParse(location)) return
  const answer = new URL(location)
  if (!isOfScope(answer.searchParams.get('error_description'))) return
  answer.searchParams.set('error', 'invalid_scope')
  ctx.set('location', answer.href)
}

const isOfScope = (description: unknown): boolean =>
  typeof description === 'string' && description.startsWith(WITHOUT_OPENID)
