import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

/** What a person does who has no mouse: Tab, the arrows, Enter, and letters. */

/** More than any page has. */
const PRESSES_MAX = 120

/** Goes on with Tab until it has the focus. */
export async function reach(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    if (await target.evaluate((one) => one.matches(':focus'))) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab does not reach ${String(target)}`)
}

export async function press(page: Page, target: Locator): Promise<void> {
  await reach(page, target)
  await page.keyboard.press('Enter')
}

export async function type(page: Page, target: Locator, text: string): Promise<void> {
  await reach(page, target)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(text)
}

/** Of a list, the one so far down. */
export async function choose(page: Page, target: Locator, value: string): Promise<void> {
  await reach(page, target)
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    if ((await target.inputValue()) === value) return
    await page.keyboard.press('ArrowDown')
  }
  assert.fail(`the arrows do not reach ${value}`)
}
