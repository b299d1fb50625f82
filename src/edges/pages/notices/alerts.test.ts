import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { auditOf } from '../../../../test/support/audit.ts'
import { inside } from '../../../../test/support/clients/login-story.ts'

const PAGE = '/portal/security/alerts'
const SAVE = /security\/alerts$/

suite('News on the phone, in the portal', () => {
  test('R018 says what is always shown, and what is chosen', async (t) => {
    const { browser } = await inside(t)
    const settings = await browser.open('/portal/security')
    assert.match(settings.words, /News on your phone Orders: at most once a day/)
    const page = await browser.open(PAGE)
    assert.match(page.words, /Always shown .*Login from a new browser.*Your password was changed/)
    assert.match(page.words, /These cannot be turned off/)
    assert.match(page.html, /value="day" checked/)
    const saved = await browser.submit(SAVE, { every: 'never' })
    assert.match(saved.words, /Your choice for news on your phone is saved/)
    assert.match(saved.words, /News on your phone No news about orders/)
    assert.match((await browser.open(PAGE)).html, /value="never" checked/)
    const activity = await browser.open('/portal/activity')
    assert.match(activity.words, /The news about orders on your phone was changed/)
  })

  test('takes only what the page offers', async (t) => {
    const { browser, world } = await inside(t)
    for (const fields of [{ every: 'always' }, { every: '' }, { every: 'each', device: 'off' }]) {
      await browser.open(PAGE)
      assert.equal((await browser.submit(SAVE, fields)).status, 400)
    }
    assert.ok(!(await auditOf(world)).some(({ kind }) => kind === 'alerts.set'))
  })
})
