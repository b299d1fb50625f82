import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openSite } from '../../support/server/site.ts'
import { critic } from '../every-page/critic.ts'
import { WALKED } from '../every-page/every-page.ts'
import { pagesOf } from '../every-page/routes.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { STORIES } from '../walks.ts'
import { words } from '../words.ts'

/** Stories that come past pages of which no tour knows. */
const NAMES = ['lost-phone', 'new-phone', 'security-card']

suite('every page of a story is for every client', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`F22 in ${language}: for axe, at 360 pixels, by keyboard alone and without JavaScript`, async (s) => {
      const { app } = await openSite(s)
      const { found, seen, look } = critic(pagesOf(app))
      for (const { name, walk } of STORIES) {
        if (!NAMES.includes(name)) continue
        const set = await stage(s)
        await walk({
          issuer: set.where.issuer,
          language,
          t: words(language),
          desktop: async () => await desktop(set, { language }),
          handset: async () => await handset(set, { language }),
          shot: async (page, picture) => await look(page, `${name}: ${picture}`),
        })
        await set.browser.close()
      }
      assert.deepEqual(found, [])
      assert.deepEqual(
        Object.keys(WALKED).filter((route) => !seen.has(route)),
        [],
      )
    })
  }
})
