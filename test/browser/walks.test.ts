import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, suite, test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { criticOf, LOOKED_AT } from './every-page/every-page.ts'
import { countSteps, type Step, stepsPage } from './steps.ts'
import { desktop, handset, noBrowser, stage } from './support.ts'
import { STORIES } from './walks.ts'
import { words } from './words.ts'

/** A page of pictures is looked at in a minute. */
const PICTURES_MAX = 8

const STEPS_PAGE = 'docs/steps.md'
/** Of the stories that promise how many they take. */
const counted = new Map<string, readonly Step[]>()

async function walk(s: TestContext, name: string, language: 'en' | 'fr' = 'en'): Promise<void> {
  const story = STORIES.find((one) => one.name === name)
  assert.ok(story, name)
  const set = await stage(s)
  const critic = LOOKED_AT.includes(name) ? await criticOf(s, name) : null
  const seen: string[] = []
  const steps: Step[] = []
  let isCounting = false
  const counting = async (page: Page) => {
    await countSteps(page.context(), (step) => isCounting && steps.push(step))
    return page
  }
  await story.walk({
    issuer: set.where.issuer,
    language,
    t: words(language),
    desktop: async () => await counting(await desktop(set, { language })),
    handset: async () => await counting(await handset(set, { language })),
    advance: set.advance,
    count(part) {
      isCounting = part === 'from here'
    },
    async shot(page, picture) {
      const heading = await page.locator('h1').first().innerText()
      assert.notEqual(heading.trim(), '', picture)
      seen.push(picture)
      await critic?.look(page, `${name}: ${picture}`)
    },
  })
  critic?.atEnd()
  assert.equal(new Set(seen).size, seen.length, 'every picture has a name of its own')
  assert.ok(seen.length > 0 && seen.length <= PICTURES_MAX, name)
  assert.equal(steps.length > 0, story.steps !== undefined, 'what is promised is counted')
  if (!story.steps) return
  counted.set(name, steps)
  const told = steps.map(({ what, at }) => `${what} (${at})`).join('\n')
  assert.ok(steps.length <= story.steps.max, `${name}:\n${told}`)
}

suite('A client who has never been here gets to the end', { skip: noBrowser }, () => {
  after(() => {
    const promised = STORIES.filter(({ steps }) => steps)
    // A run of one test counts one story: the page is of all.
    if (promised.some(({ name }) => !counted.has(name))) return
    const page = stepsPage(promised, counted)
    if (process.execArgv.includes('--test-update-snapshots')) writeFileSync(STEPS_PAGE, page)
    assert.equal(
      readFileSync(STEPS_PAGE, 'utf8'),
      page,
      'the steps have changed: npm test -- walks --update',
    )
  })

  test('R104 R110 R160 from a phone at the bottom of the sea to trading with a printed card', async (s) => {
    await walk(s, 'lost-phone')
  })

  test('A13 R123 from a call about a phone at the bottom of the sea to trading, by keyboard alone', async (s) => {
    await walk(s, 'jonah-calls')
  })

  test('from a password alone to trading with a phone', async (s) => {
    await walk(s, 'first-phone')
  })

  test('to the platform with the phone, as every day', async (s) => {
    await walk(s, 'daily-login')
  })

  test('T-MIG-2 R061 R062 from the old phone to the new one, at once', async (s) => {
    await walk(s, 'new-phone')
  })

  test('R058 to trading on one phone with the key of another, in flight mode', async (s) => {
    await walk(s, 'two-phones')
  })

  test('R023 to a withdrawal that was approved once more', async (s) => {
    await walk(s, 'withdrawal')
  })

  test('to another e-mail address', async (s) => {
    await walk(s, 'contact-data')
  })

  test('R002 R028 to the statements of an open account, and of a closed one', async (s) => {
    await walk(s, 'statements')
  })

  test('R008 R116 R163 R165 from the order of a security card to a login with it', async (s) => {
    await walk(s, 'security-card')
  })

  for (const language of ['en', 'fr'] as const) {
    test(`R110 R116 R165 from a lost card to the one that takes its place, in ${language}`, async (s) => {
      await walk(s, 'lost-card', language)
    })

    test(`R117 R118 R170 from a card that is sent back to one written off, in ${language}`, async (s) => {
      await walk(s, 'returned-card', language)
    })
  }
})
