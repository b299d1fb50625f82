import { browserParts } from './browser-parts.mjs'
import { chromium } from './chromium.mjs'
import { whileLocked } from './lock.mjs'
import { packages } from './packages.mjs'
import { shown } from './progress.mjs'
import { refusalFor } from './refusal.mjs'

/** Each step knows when it has nothing to do: `isFresh()`, `title`, `run()`. */
const always = [packages, browserParts]
const beforeTests = [...always, chromium]

/** Brings the clone up to date, or throws a refusal that says what the person can do. */
export async function setUp({ forTests }) {
  const steps = forTests ? beforeTests : always
  if (steps.every((step) => step.isFresh())) return
  try {
    await whileLocked(async () => {
      for (const step of steps) {
        if (!step.isFresh()) await shown(step.title, step.run)
      }
    })
  } catch (error) {
    throw refusalFor(error)
  }
}
