import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openSite } from '../../support/server/site.ts'
import { desktop, handset, type Looks, stage } from '../support.ts'
import { tour } from '../tour.ts'
import { words } from '../words.ts'
import { critic } from './critic.ts'
import { pagesOf } from './routes.ts'

/** What the demo adds to a server. */
const OF_THE_DEMO = ['/demo', '/sim', '/sim/mail']

/** Routes that show no page of their own, or one that other tests look at. */
const BESIDE: Readonly<Record<string, string>> = {
  '/': 'leads to the login',
  '/call': 'of a client who has called: desk/call-page.test.ts',
  '/call/confirmed': 'the same',
  '/call/denied': 'the same',
  '/call/question': 'the same',
  '/help/pictures/*': 'files',
  '/oidc/auth': 'leads to a login',
  '/oidc/auth/:uid': 'leads back to the platform',
  '/oidc/continue/:uid': 'leads to a login',
  '/oidc/continue/:uid/cancel': 'leads back to the platform',
  '/oidc/jwks': 'keys, for programs',
  '/oidc/userinfo': 'for programs',
  '/phone/help/:language': 'articles, for the phone app',
  '/portal/documents/:id': 'a file',
  '/reset/:id': 'of a client who has called: desk/every-page.test.ts',
  '/trade/api/limits': 'for programs',
  '/trade/callback': 'leads on',
  '/trade/language/:language': 'leads back',
  '/trade/login': 'leads to a login',
  '/trade/logout': 'leads on',
}

/** Of stories of days: `walks.test.ts` and `accessibility/stories.test.ts` look at them. */
const WALKED: Readonly<Record<string, string>> = {
  '/portal/security/orders/:id': 'security-card',
  '/portal/security/orders/:id/arrival': 'security-card',
}

/** These come past pages that are on no tour. */
export const LOOKED_AT: readonly string[] = ['lost-phone', 'new-phone', 'security-card']

/** Looks at the pages of a story. What is wrong is told at its end. */
export async function criticOf(s: TestContext, story: string) {
  const { app } = await openSite(s)
  const { found, seen, look } = critic(pagesOf(app))
  const atEnd = () => {
    assert.deepEqual(found, [])
    const passed = Object.keys(WALKED).filter((route) => WALKED[route] === story)
    assert.deepEqual(
      passed.filter((route) => !seen.has(route)),
      [],
    )
  }
  return { look, atEnd }
}

/** Goes past every page of a language, and looks at each. */
export async function looksAtEveryPage(
  s: TestContext,
  looks: Required<Pick<Looks, 'language' | 'dark'>>,
): Promise<void> {
  const { language } = looks
  const { app } = await openSite(s)
  const routes = [...pagesOf(app), ...OF_THE_DEMO]
  const { found, seen, look } = critic(routes)
  const set = await stage(s)
  await tour({
    issuer: set.where.issuer,
    language,
    t: words(language),
    desktop: async () => await desktop(set, looks),
    handset: async () => await handset(set, looks),
    look,
  })
  assert.deepEqual(found, [])
  const unseen = routes.filter((route) => !seen.has(route))
  assert.deepEqual(unseen.toSorted(), Object.keys({ ...BESIDE, ...WALKED }).toSorted())
}
