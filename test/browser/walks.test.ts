import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { desktop, handset, noBrowser, stage } from './support.ts'
import { STORIES } from './walks.ts'
import { words } from './words.ts'

/** A page of pictures is looked at in a minute. */
const PICTURES_MAX = 8

async function walk(s: TestContext, name: string): Promise<void> {
  const story = STORIES.find((one) => one.name === name)
  assert.ok(story, name)
  const set = await stage(s)
  const seen: string[] = []
  await story.walk({
    issuer: set.where.issuer,
    t: words('en'),
    desktop: async () => await desktop(set),
    handset: async () => await handset(set),
    async shot(page, picture) {
      const heading = await page.locator('h1').first().innerText()
      assert.notEqual(heading.trim(), '', picture)
      seen.push(picture)
    },
  })
  assert.equal(new Set(seen).size, seen.length, 'every picture has a name of its own')
  assert.ok(seen.length > 0 && seen.length <= PICTURES_MAX, name)
}

suite('A client who has never been here gets to the end', { skip: noBrowser }, () => {
  test('R104 R110 R160 from a phone at the bottom of the sea to trading with a printed card', async (s) => {
    await walk(s, 'lost-phone')
  })

  test('from a password alone to trading with a phone', async (s) => {
    await walk(s, 'first-phone')
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

  test('R008 R116 R163 R165 from the order of a security card to a login with it', async (s) => {
    await walk(s, 'security-card')
  })
})
