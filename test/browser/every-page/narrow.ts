import type { Page } from 'playwright-core'

/** What a page shows at the width of a window: what breaks, and how wide it is itself. */
export interface Shown {
  readonly broken: readonly string[]
  /** Words that begin in one line and end in the next. */
  readonly torn: readonly string[]
  readonly width: number
}

/** What is to stay in one line: navigations and mastheads, also of the phone app and the desk. */
const LINES = 'nav.tabs ul, .bar > .split, header.split, nav.places, .side nav ul'

/**
 * A navigation, or the masthead, is broken where what stands in it does not stand beside each other
 * or a link takes two lines. A word is torn where its letters stand in two lines: one with a hyphen
 * may break there, and an address, a code or a number wherever it must.
 */
const SHOWN = `(() => {
  const lines = [...document.querySelectorAll('${LINES}')]
  const isSeen = (one) => one.offsetWidth > 0
  const middle = (one) => {
    const { top, bottom } = one.getBoundingClientRect()
    return (top + bottom) / 2
  }
  const sizeOf = (one) => parseFloat(getComputedStyle(one).fontSize)
  const isBroken = (line) => {
    const middles = [...line.children].filter(isSeen).map(middle)
    const links = [...line.querySelectorAll('a, button')].filter(isSeen)
    const isTwoLines = (link) => {
      const texts = [...link.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE)
      return texts.some((text) => {
        const range = document.createRange()
        range.selectNodeContents(text)
        return range.getBoundingClientRect().height > 2 * sizeOf(link)
      })
    }
    return Math.max(...middles) - Math.min(...middles) > 4 || links.some(isTwoLines)
  }
  const broken = lines.filter(isSeen).filter(isBroken).map((line) => line.textContent.trim())
  const torn = []
  const [before, after] = ['(?<![^\\\\s(«“])', '(?![^\\\\s.,:;)»”!?])']
  const wholeWord = new RegExp(before + "\\\\p{L}[\\\\p{L}’']{3,}" + after, 'gu')
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    if (text.parentElement.closest('.hidden, script, style, pre, textarea, noscript')) continue
    for (const { 0: word, index } of text.data.matchAll(wholeWord)) {
      const range = document.createRange()
      range.setStart(text, index)
      range.setEnd(text, index + word.length)
      const tops = [...range.getClientRects()].map(({ top }) => Math.round(top))
      if (tops.length > 0 && Math.max(...tops) - Math.min(...tops) > 4) torn.push(word)
    }
  }
  return { broken, torn, width: document.documentElement.scrollWidth }
})()`

export const shownOn = async (page: Page): Promise<Shown> => await page.evaluate<Shown>(SHOWN)

/** The narrowest width that WCAG asks for, and that of common telephones. */
const WIDTHS = [320, 360] as const

/** On a telephone nothing stands outside the window, and the navigation is one line. */
export async function narrowFaultsOn(page: Page): Promise<readonly string[]> {
  const before = page.viewportSize()
  const faults: string[] = []
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 640 })
    const shown = await shownOn(page)
    if (shown.width > width) faults.push(`is ${shown.width} wide at ${width}`)
    // Two lines are allowed to the narrowest.
    if (width === WIDTHS[0]) continue
    faults.push(...shown.broken.map((line) => `breaks ${line} at ${width}`))
    faults.push(...shown.torn.map((word) => `tears ${word} at ${width}`))
  }
  if (before) await page.setViewportSize(before)
  return faults
}
