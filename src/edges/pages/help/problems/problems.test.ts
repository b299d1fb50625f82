import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { type Problem, PROBLEMS } from '#core/problems.ts'
import { ACTS, HEARERS, REASONS } from '#core/reasons.ts'
import { ARTICLE_ON, articleFor } from '#edges/pages/help/problems/problem-articles.ts'
import { placeOf } from '#edges/pages/help/problems/next-step.ts'
import { problemPage } from '#edges/pages/help/problems/problem-page.ts'
import { pageContext } from '#edges/pages/frame/site.ts'
import { problemsPage } from '../../../../../scripts/help/problems-page.ts'
import { openDoor } from '../../../../../test/support/server/door.ts'

const CODES = Object.keys(PROBLEMS) as readonly Problem[]

suite('What stands behind a problem', () => {
  test('R172 is listed in docs/problems.md: `node scripts/help.ts` writes it', () => {
    assert.equal(readFileSync('docs/problems.md', 'utf8'), problemsPage())
  })

  test('R172 has an article for a client, and none for staff and programs', () => {
    for (const code of CODES) {
      const { hearer, act } = REASONS[code]
      const on: string = Object.hasOwn(ARTICLE_ON, code)
        ? ((ARTICLE_ON as Readonly<Record<string, string>>)[code] ?? '')
        : 'staff'
      const meant = { staff: 'staff', operator: 'program' }[hearer as string]
      if (meant) assert.equal(on, meant, code)
      else assert.ok(on === 'help' || articleFor(code) !== null, code)
      assert.equal(act === 'at-the-desk', hearer === 'staff', code)
      assert.equal(act === 'mend', hearer === 'operator', code)
    }
    for (const hearer of HEARERS) assert.ok(CODES.some((code) => REASONS[code].hearer === hearer))
    for (const act of ACTS)
      assert.ok(
        CODES.some((code) => REASONS[code].act === act),
        act,
      )
  })

  test('is timed, where a refusal is given the time at which it ends', () => {
    const sources = globSync('src/{core,engine,methods}/**/*.ts').filter(
      (file) => !file.endsWith('.test.ts'),
    )
    const given = sources.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /refusal\('([a-z.-]+)', |problem: '([a-z.-]+)',(?: until\b| \.\.\.drawn)/g,
        ),
      ].map(([, one, other]) => one ?? other),
    )
    assert.ok(given.length > 15, given.join())
    for (const code of given) assert.ok(REASONS[code as Problem].isTimed, code)
  })

  test('R172 is one button on its page: to call, or to the place where it is done', async (t) => {
    const { app } = await openDoor(t)
    const context = pageContext(app.site, 'en', '/')
    const nothing = { until: null, since: null, reference: null, primary: null }
    for (const problem of CODES) {
      const page = String(problemPage(context, { problem, ...nothing, wayOut: null }))
      const buttons = [...page.matchAll(/<a class="button" href="([^"]+)"/g)].map(([, to]) => to)
      const { act } = REASONS[problem]
      const confirm = act === 'confirm' ? '/login?platform=portal' : null
      const place = act === 'call' ? 'tel:+12125550100' : placeOf(problem)
      assert.deepEqual(buttons, [place ?? confirm ?? '/login'], problem)
    }
    const back = String(
      problemPage(context, { problem: 'network.not-found', ...nothing, wayOut: '/portal/x' }),
    )
    assert.match(back, /<a class="button" href="\/portal\/x"/)
  })
})
