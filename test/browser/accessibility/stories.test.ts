import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { criticOf, LOOKED_AT } from '../every-page/every-page.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { STORIES } from '../walks.ts'
import { words } from '../words.ts'

/** In English `walks.test.ts` looks at them on its way. */
suite('every page of a story is for every client', { skip: noBrowser }, () => {
  for (const name of LOOKED_AT) {
    test(`F22 in fr: ${name}, for axe and at 360 pixels`, async (s) => {
      const story = STORIES.find((one) => one.name === name)
      assert.ok(story, name)
      const { look, atEnd } = await criticOf(s, name)
      const set = await stage(s)
      const looks = { language: 'fr' } as const
      await story.walk({
        ...looks,
        issuer: set.where.issuer,
        t: words('fr'),
        desktop: async () => await desktop(set, looks),
        handset: async () => await handset(set, looks),
        shot: async (page, picture) => await look(page, `${name}: ${picture}`),
      })
      atEnd()
    })
  }
})
