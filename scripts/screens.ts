/**
 * Takes the pictures of every page in `docs/screens/`, on the running demo, in a real browser:
 * `npm run screens`. Names are page, width, scheme and, where it is not English, the language.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { tour } from '../test/browser/tour.ts'
import { type Story, STORIES } from '../test/browser/walks.ts'
import { words } from '../test/browser/words.ts'
import { openBrowser, photograph, startDemo } from './demo.ts'

const OUT = resolve(import.meta.dirname, '../docs/screens')
const WIDTHS = { desk: [360, 1280], phone: [390] } as const

interface Look {
  readonly language: 'en' | 'fr'
  readonly scheme: 'light' | 'dark'
}

/** Both schemes in English, and French in the light one. */
const LOOKS: readonly Look[] = [
  { language: 'en', scheme: 'light' },
  { language: 'en', scheme: 'dark' },
  { language: 'fr', scheme: 'light' },
]

/** All articles of the help look alike. */
const ARTICLE = 'help-lost-phone'

/** What no tour passes, because it needs a day of its own. */
const CARD = STORIES.find(({ name }) => name === 'lost-phone')

rmSync(OUT, { recursive: true, force: true })
const folder = mkdtempSync(join(tmpdir(), 'countersign-screens-'))
const browser = await openBrowser(folder)
try {
  for (const look of LOOKS) {
    await film(look, 'tour', tour)
    if (CARD) await film(look, 'card', cardOf(CARD))
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

/** One walk, in a demo of its own. */
async function film(look: Look, name: string, walk: typeof tour): Promise<void> {
  const { issuer, stop } = await startDemo(join(folder, `${name}-${look.language}-${look.scheme}`))
  try {
    await walk({
      issuer,
      language: look.language,
      t: words(look.language),
      desktop: async () => await visitor(look, 'desk'),
      handset: async () => await visitor(look, 'phone'),
      look: camera(look),
    })
  } finally {
    await stop()
    for (const context of browser.contexts()) await context.close()
  }
}

/** The pages of the printed card, from the passcode to its first login. */
function cardOf({ walk }: Story): typeof tour {
  const names = new Map([
    ['passcode', 'passcode'],
    ['card', 'code-card'],
    ['check', 'code-card-check'],
    ['ready', 'code-card-ready'],
    ['codes', 'code-card-codes'],
  ])
  return async (tourist) =>
    await walk({
      ...tourist,
      async shot(page, picture) {
        const name = names.get(picture)
        if (name) await tourist.look(page, name)
      },
    })
}

function camera({ language, scheme }: Look) {
  return async (page: Page, name: string): Promise<void> => {
    if (name.startsWith('help-') && name !== ARTICLE) return
    const before = page.viewportSize()
    const tail = language === 'en' ? '' : `-${language}`
    for (const width of name.startsWith('phone-') ? WIDTHS.phone : WIDTHS.desk) {
      await page.setViewportSize({ width, height: width > 600 ? 800 : 844 })
      // The bar of the app stands at the end of its window: the window is as long as the page.
      const length = await page.evaluate<number>('document.documentElement.scrollHeight')
      if (name.startsWith('phone-')) await page.setViewportSize({ width, height: length })
      await photograph(page, join(OUT, `${name}-${width}-${scheme}${tail}.webp`))
    }
    if (before) await page.setViewportSize(before)
  }
}

async function visitor(look: Look, kind: 'desk' | 'phone'): Promise<Page> {
  const context = await browser.newContext({
    locale: look.language === 'en' ? 'en-GB' : 'fr-FR',
    colorScheme: look.scheme,
    viewport: { width: kind === 'desk' ? 1280 : 390, height: 844 },
    hasTouch: kind === 'phone',
  })
  context.setDefaultTimeout(20_000)
  return await context.newPage()
}
