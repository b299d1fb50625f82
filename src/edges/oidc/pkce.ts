import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { OidcClient } from '#edges/oidc/clients.ts'
import { requestContextOf } from '#edges/oidc/request/context.ts'

/**
 * Which authorization requests need PKCE: all, except those of a confidential client that is set to
 * do without and sends a nonce instead. The nonce binds the code to the browser, as far as the
 * client compares it; the log says each time that it did without (S97).
 *
 * @see RFC 9700, "OAuth 2.0 Security Best Current Practice", section 2.1.1
 */
export function pkceRule(clients: readonly OidcClient[]) {
  const isOptional = new Set(
    clients.filter((one) => one.pkce === 'optional' && one.secret !== null).map(({ id }) => id),
  )
  return (ctx: KoaContextWithOIDC, client: { readonly clientId: string }): boolean => {
    if (!isOptional.has(client.clientId)) return true
    if (!ctx.oidc.params?.['nonce']) {
      throw new errors.InvalidRequest('this client has to send a code_challenge or a nonce')
    }
    const { request } = requestContextOf(ctx)
    request.log.warn({ client: client.clientId }, 'an authorization request without PKCE')
    return false
  }
}
