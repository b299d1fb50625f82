import { suite, test } from 'node:test'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { jonahCalls } from '../walks/jonah-calls.ts'
import { words } from '../words.ts'

const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

suite('a call, from the first word to the last', { skip: noBrowser }, () => {
  test('A13 R123 Jonah calls in French: to trading by keyboard alone', async (s) => {
    const set = await stage(s)
    await jonahCalls.walk({
      issuer: set.where.issuer,
      language: 'fr',
      t: words('fr'),
      desktop: async () => await desktop(set, { language: 'fr' }),
      handset: async () => await handset(set, { language: 'fr' }),
      async shot(page, name) {
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/jonah-${name}.png`, fullPage: true })
      },
    })
  })
})
