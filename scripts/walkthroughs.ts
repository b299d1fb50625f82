/**
 * Walks the stories of a client on the running demo with a camera, and writes a page of pictures
 * for each into `docs/walkthroughs/`: `npm run walkthroughs`, or `-- lost-phone` for one of them.
 * In French it keeps the pictures that the help shows.
 */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { STORIES, type Story } from '../test/browser/walks.ts'
import { words } from '../test/browser/words.ts'
import { ISSUER, openBrowser, photograph, startDemo } from './demo.ts'

const ROOT = resolve(import.meta.dirname, '..')
const OUT = join(ROOT, 'docs/walkthroughs')
const LANGUAGES = ['en', 'fr'] as const
type Language = (typeof LANGUAGES)[number]

/** Low, so that a picture ends where the page does. */
const SIZES = {
  desktop: { width: 1000, height: 560 },
  handset: { width: 360, height: 660 },
} as const

/** Stands in pictures of the help where the address of the broker would. */
const EXAMPLE = 'https://login.example.com'

/** Of a longer page the top is enough. */
const LENGTH_MAX = 1_000

interface Picture {
  readonly file: string
  readonly caption: string
}

const only = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'countersign-walks-'))
const browser = await openBrowser(folder)
try {
  for (const language of LANGUAGES) {
    for (const story of STORIES) {
      if (only.length === 0 || only.includes(story.name)) await film(browser, story, language)
    }
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

async function film(in_: Browser, story: Story, language: Language): Promise<void> {
  const { issuer, stop } = await startDemo(join(folder, `${story.name}-${language}`))
  const pictures: Picture[] = []
  const shown = shownInHelp(language)
  const open = async (kind: keyof typeof SIZES): Promise<Page> => {
    const context = await in_.newContext({
      locale: language === 'en' ? 'en-GB' : 'fr-FR',
      viewport: SIZES[kind],
      hasTouch: kind === 'handset',
    })
    context.setDefaultTimeout(20_000)
    return await context.newPage()
  }
  try {
    await story.walk({
      issuer,
      language,
      t: words(language),
      desktop: async () => await open('desktop'),
      handset: async () => await open('handset'),
      async shot(page, name, caption) {
        const file = `${language}/${story.name}/${pictures.length + 1}-${name}.webp`
        pictures.push({ file, caption })
        if (language !== 'en' && !shown.has(file)) return
        const take = async () => await photograph(page, join(OUT, file), { lengthMax: LENGTH_MAX })
        await (shown.has(file) ? withExample(page, take) : take())
      },
    })
  } finally {
    await stop()
    for (const context of in_.contexts()) await context.close()
  }
  if (language === 'en') writeFileSync(join(OUT, `${story.name}.md`), pageOf(story, pictures))
}

/**
 * Takes a picture on which an example stands in place of the address of the demo: the help is read
 * at another address, and tells its readers to look at it.
 */
async function withExample(page: Page, take: () => Promise<void>): Promise<void> {
  await exchange(page, ISSUER, EXAMPLE)
  const said = await page.locator('body').innerText()
  if (said.includes(new URL(ISSUER).host)) throw new Error(`a picture shows ${ISSUER}`)
  await take()
  await exchange(page, EXAMPLE, ISSUER)
}

async function exchange(page: Page, from: string, to: string): Promise<void> {
  await page.evaluate(`{
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode())
      texts.currentNode.data = texts.currentNode.data.replaceAll(
        ${JSON.stringify(from)}, ${JSON.stringify(to)})
  }`)
}

/** The pictures that the articles of a language point to. */
function shownInHelp(language: Language): ReadonlySet<string> {
  const articles = globSync(`help/${language}/*.md`, { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  )
  const pictures = articles.flatMap((text) => [
    ...text.matchAll(/docs\/walkthroughs\/([^)]+\.webp)/g),
  ])
  return new Set(pictures.map(([, file = '']) => file))
}

function pageOf({ title, lead }: Story, pictures: readonly Picture[]): string {
  const shown = pictures.map(
    ({ file, caption }, at) => `${at + 1}. ${caption}\n\n   ![${caption}](${file})\n`,
  )
  return `# ${title}

${lead}

Taken by \`npm run walkthroughs\` from the running demo; \`test/browser/walks.test.ts\` walks \
the same.

${shown.join('\n')}`
}
