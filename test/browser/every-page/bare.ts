import type { BrowserContext, Page } from 'playwright-core'
import { words } from '../words.ts'
import { shownOn } from './narrow.ts'

interface Bare {
  readonly heading: string
  /** Buttons that send nothing, and forms that nothing sends, where no words beside them say so. */
  readonly dead: readonly string[]
}

const BARE = `(() => {
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetWidth > 0
  const buttons = [...document.querySelectorAll('button')].filter(isSeen)
  const isTold = (one) => one.closest('section, form')?.querySelector('noscript')
  const isDead = (one) => (one.type === 'button' || one.form === null) && !isTold(one)
  const sends = (one) => one.type === 'submit' && isSeen(one)
  const isMute = (one) => isSeen(one) && ![...one.elements].some(sends) && !isTold(one)
  const forms = [...document.forms].filter(isMute)
  return {
    heading: document.querySelector('h1')?.textContent ?? '',
    dead: [...buttons.filter(isDead), ...forms].map((one) => one.outerHTML.slice(0, 160)),
  }
})()`

/** One beside each browser of a client, as narrow as a telephone. */
const bareOf = new WeakMap<BrowserContext, Promise<Page>>()
const WIDTH = 360

async function bareBeside(page: Page): Promise<Page> {
  const context = page.context()
  const browser = context.browser()
  if (!browser) throw new Error('a page is in a browser')
  const locale = await page.evaluate<string>('navigator.language')
  const viewport = { width: WIDTH, height: 640 }
  const options = { javaScriptEnabled: false, locale, viewport }
  const open = async () => await (await browser.newContext(options)).newPage()
  const bare = bareOf.get(context) ?? open()
  bareOf.set(context, bare)
  return await bare
}

const NO_SCRIPT = 'common.phone.noscript'

/** Where a page has been shown for the last time, such as a card of codes. */
const GONE = 410

/**
 * What is missing where the same page is opened with the same cookies and without JavaScript. The
 * phone app, which is a program, says that it needs it.
 */
export async function bareFaultsOn(page: Page): Promise<readonly string[]> {
  const heading = await page.evaluate<string>("document.querySelector('h1')?.textContent ?? ''")
  const twin = await bareBeside(page)
  await twin.context().clearCookies()
  await twin.context().addCookies(await page.context().cookies())
  const answer = await twin.goto(page.url())
  if (answer?.status() === GONE) return []
  if (new URL(page.url()).pathname === '/phone') {
    const says = await twin.locator('main').innerText()
    const isSaid = (['en', 'fr'] as const).some((one) => says === words(one)(NO_SCRIPT))
    return isSaid ? [] : [`says without JavaScript: ${says}`]
  }
  const bare = await twin.evaluate<Bare>(BARE)
  const { broken, width } = await shownOn(twin)
  return [
    ...(bare.heading === heading ? [] : [`is without JavaScript: ${bare.heading}`]),
    ...bare.dead.map((one) => `does nothing without JavaScript: ${one}`),
    ...broken.map((line) => `breaks ${line} without JavaScript`),
    ...(width > WIDTH ? [`is ${width} wide at ${WIDTH} without JavaScript`] : []),
  ]
}
