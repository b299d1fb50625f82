import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, type BrowserContext, chromium, devices, type Page } from 'playwright-core'
import { type Place, place, serving } from '../support/commands/command.ts'
import { layOutDemo } from './made-demo.ts'

declare module 'node:test' {
  interface TestContext {
    /** Node 21.7 and later; its types do not know it yet. */
    readonly passed: boolean
  }
}

/** Where the browser of the tests is; `npm test` unpacks it. */
const executablePath = process.env['COUNTERSIGN_CHROMIUM'] ?? ''

/** Why there is nothing to test with, or `false`. */
export const noBrowser = executablePath === '' && 'no Chromium: npm test brings its own'

/**
 * The network of a test is this machine: what speaks to it shares the process of the browser, which
 * takes a tenth off the time of a processor. The first is what Playwright switches on by itself.
 */
const FEATURES = ['CDPScreenshotNewSurface', 'NetworkServiceInProcess2']

export const LAUNCH = {
  executablePath,
  args: [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    `--enable-features=${FEATURES.join(',')}`,
  ],
}

export interface Stage {
  readonly browser: Browser
  readonly where: Place
  /** Sets the clock of the demo ahead: what is open in a browser ends as it would. */
  advance(by: number): Promise<void>
}

/** The demo as a newcomer finds it, and a real browser. */
export async function stage(t: TestContext): Promise<Stage> {
  const where = await place(t)
  await layOutDemo(t, where.folder)
  const { advance } = await serving(t, where, ['demo'])
  return { browser: await openBrowser(t), where, advance }
}

/** A real browser, closed when the test is over. */
export async function openBrowser(t: TestContext, more: readonly string[] = []): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'countersign-browser-'))
  const browser = await chromium.launch({
    ...LAUNCH,
    args: [...LAUNCH.args, ...more],
    env: { ...process.env, TMPDIR: profile, HOME: profile },
  })
  t.after(async () => {
    if (!t.passed) t.diagnostic(await shownIn(browser))
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
  })
  return browser
}

/** What every open page shows: where a test failed, it tells why. */
async function shownIn(browser: Browser): Promise<string> {
  const pages = browser.contexts().flatMap((context) => context.pages())
  const shown = pages.map(async (page) => {
    const text = await page.locator('body').innerText({ timeout: 2_000 })
    return `${page.url()}\n${text.slice(0, 2_000)}`
  })
  const told = await Promise.allSettled(shown)
  return told.map((one) => (one.status === 'fulfilled' ? one.value : 'no page')).join('\n\n')
}

export interface Looks {
  readonly language?: 'en' | 'fr'
  readonly javaScript?: boolean
  readonly dark?: boolean
  /** What the phone says it is, and how large its page is. */
  readonly device?: 'iPhone 15' | 'Pixel 7'
}

/** A new desktop browser. */
export const desktop = async (
  { browser }: Pick<Stage, 'browser'>,
  looks: Looks = {},
): Promise<Page> =>
  await pageOf(
    await browser.newContext({ ...contextOf(looks), viewport: { width: 1280, height: 800 } }),
  )

/** A new phone. */
export const handset = async (
  { browser }: Pick<Stage, 'browser'>,
  looks: Looks = {},
): Promise<Page> =>
  await pageOf(
    await browser.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      ...(looks.device && devices[looks.device]),
      ...contextOf(looks),
    }),
  )

const contextOf = ({ language = 'en', javaScript = true, dark = false }: Looks) => ({
  locale: language === 'en' ? 'en-GB' : 'fr-FR',
  javaScriptEnabled: javaScript,
  colorScheme: dark ? ('dark' as const) : ('light' as const),
  // What moves while a client waits would be drawn sixty times a second, and looked at by no test.
  reducedMotion: 'reduce' as const,
})

async function pageOf(context: BrowserContext): Promise<Page> {
  context.setDefaultTimeout(15_000)
  return await context.newPage()
}
