import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { barriersOn, overflowOn } from './barriers.ts'
import { desktop, handset, type Looks, noBrowser, stage } from './support.ts'
import { tour } from './tour.ts'
import { words } from './words.ts'

const LOOKS: readonly Required<Pick<Looks, 'language' | 'dark'>>[] = [
  { language: 'en', dark: false },
  { language: 'fr', dark: true },
]

suite('every page is for every client', { skip: noBrowser }, () => {
  for (const looks of LOOKS) {
    const { language, dark } = looks
    test(`F22 in ${language}, ${dark ? 'dark' : 'light'}: axe finds nothing`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const found: string[] = []
      const seen = new Set<string>()
      await tour({
        issuer,
        language,
        t: words(language),
        desktop: async () => await desktop(set, looks),
        handset: async () => await handset(set, looks),
        async look(page, name) {
          seen.add(name)
          found.push(...(await barriersOn(page)), ...(await overflowOn(page)))
        },
      })
      assert.deepEqual(found, [])
      assert.ok(seen.size > 40, `only ${seen.size} pages were seen`)
    })
  }
})
