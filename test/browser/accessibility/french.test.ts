import { suite, test } from 'node:test'
import { looksAtEveryPage } from '../every-page/every-page.ts'
import { noBrowser } from '../support.ts'

suite('every page is for every client', { skip: noBrowser }, () => {
  test('F22 in fr, dark: for axe and at 360 pixels', async (s) => {
    await looksAtEveryPage(s, { language: 'fr', dark: true })
  })
})
