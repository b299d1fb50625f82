import { POLICY } from '#edges/http/headers.ts'
import { gatewayOf, socketOrigin } from '#edges/gateway/address.ts'
import type { ToldRefusal } from '#edges/http/problems.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import type { Realm } from '#edges/realm.ts'
import type { Html } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { problemPage } from '#edges/pages/help/problems/problem-page.ts'

/** A realm as the server draws it. */
export interface ServedRealm extends Realm {
  /** Its page that says no, in the frame of its own pages. */
  readonly problemPage: (context: PageContext, told: ToldRefusal) => Html
}

/**
 * The realm of the clients. Its cookies and keys are named as they were before there were realms.
 */
export const clientsRealm = (settings: Pick<HttpSettings, 'issuer' | 'gateway'>): ServedRealm => ({
  name: 'clients',
  origin: settings.issuer,
  cookiePrefix: '',
  formKey: 'form',
  sessions: 'clients',
  cookieless: ['/api/', '/phone/api/', '/oidc/', '/carriers/'],
  policy: POLICY,
  tested: [socketOrigin(settings.issuer), ...gatewayOf(settings).map(({ address }) => address)],
  problemPage,
})
