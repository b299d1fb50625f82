import { suite, test } from 'node:test'
import { looksAtEveryPage } from '../every-page/every-page.ts'
import { noBrowser } from '../support.ts'

suite('every page is for every client', { skip: noBrowser }, () => {
  test('F22 in en, light: for axe, at 360 pixels, by keyboard alone and without JavaScript', async (s) => {
    await looksAtEveryPage(s, { language: 'en', dark: false })
  })
})
