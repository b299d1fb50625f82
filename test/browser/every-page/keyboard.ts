import type { Page } from 'playwright-core'

/** What had the focus after a press of Tab. */
interface Focused {
  /** Which of what can be reached it is; -1 for none. */
  readonly at: number
  readonly hasRing: boolean
  readonly isInWindow: boolean
}

/** Beyond what there is: where the first press begins is not known. */
const PRESSES_MORE = 6

/**
 * Lists all that can be pressed, chosen or typed into, and notes what gets the focus from then on.
 * Radio buttons of one question are one: the arrows choose among them. The ring of one is drawn
 * around the words beside it.
 */
const LISTEN = `(() => {
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetWidth > 0
  const isOpen = (one) => !one.disabled && isSeen(one)
  const nameOf = (one) => (one.type === 'radio' ? 'radio ' + one.name : one)
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  const reachable = [...new Set(all.filter(isOpen).map(nameOf))]
  const isDrawn = (one) => one && getComputedStyle(one).outlineStyle !== 'none'
  const focused = []
  const note = ({ target: one }) => {
    const { top, bottom } = one.getBoundingClientRect()
    focused.push({
      at: reachable.indexOf(nameOf(one)),
      hasRing: [one, one.closest('label'), one.nextElementSibling].some(isDrawn),
      isInWindow: bottom > 0 && top < innerHeight,
    })
  }
  addEventListener('focusin', note)
  globalThis.focusHeard = () => {
    removeEventListener('focusin', note)
    document.activeElement.blur()
    scrollTo(0, 0)
    return focused
  }
  return reachable.map((one) => (typeof one === 'string' ? one : one.outerHTML.slice(0, 120)))
})()`

/** What a client who goes by keyboard does not reach, or reaches and does not see. */
export async function keyboardFaultsOn(page: Page): Promise<readonly string[]> {
  const all = await page.evaluate<readonly string[]>(LISTEN)
  // Sent together: they arrive one after the other.
  await Promise.all(
    Array.from({ length: all.length + PRESSES_MORE }, () => page.keyboard.press('Tab')),
  )
  const heard = await page.evaluate<readonly Focused[]>('focusHeard()')
  const faults = heard.flatMap(({ at, hasRing, isInWindow }) => [
    ...(at < 0 || hasRing ? [] : [`shows no focus on ${all[at]}`]),
    ...(at < 0 || isInWindow ? [] : [`shows the focus outside the window, on ${all[at]}`]),
  ])
  const reached = new Set(heard.map(({ at }) => at))
  const left = all.filter((_one, at) => !reached.has(at))
  return [...new Set(faults), ...left.map((one) => `is not reached by keyboard: ${one}`)]
}
