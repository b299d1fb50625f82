import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { submissionNamed } from '#engine/documents/submissions.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { comesIn, openDesk, touches } from '../../support/desk/door.ts'
import { applicant, waiting } from '../../support/documents/reviewing.ts'

suite('Documents on the pages of the desk', () => {
  test('S110 a page is compared with what is on record, and accepted with a touch', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const emil = await applicant(world)
    const id = await waiting(world, emil)
    const key = softKey('o')
    const browser = await comesIn(door, { agentId: 'olga', role: 'documents', key })
    const queue = await browser.open('/documents')
    assert.match(queue.words, /Document of address Waits/)
    assert.doesNotMatch(queue.words, /Emil|emil/, 'whose it is stands on its own page')
    const page = await browser.submit('/documents/next')
    assert.equal(page.address, `/documents/${id}`)
    assert.match(page.words, /Name Emil Example Address 1 Example Street 10001 New York/)
    assert.match(page.words, /Application received/)
    assert.match(page.html, /href="[^"]*page=1&amp;zoom=150&amp;turn=0#sheet"/)
    const turned = await browser.open(`/documents/${id}?page=9&zoom=200&turn=90`)
    assert.match(turned.html, /class="sheet zoom-200 turn-90"/)
    const silly = await browser.open(`/documents/${id}?page=x&zoom=1&turn=45`)
    assert.match(silly.html, /class="sheet zoom-100 turn-0"/)

    const picture = await browser.ask({ method: 'GET', url: `/documents/${id}/pages/1` })
    assert.equal(picture.headers['content-type'], 'image/jpeg')
    assert.equal(picture.headers['content-security-policy'], "sandbox; default-src 'none'")
    assert.equal(picture.headers['x-content-type-options'], 'nosniff')
    assert.equal(picture.headers['cache-control'], 'no-store')
    assert.deepEqual([...picture.rawPayload.subarray(0, 3)], [255, 216, 255])
    for (const url of [`/documents/${id}/pages/2`, `/documents/${id}/originals/1`])
      assert.ok((await browser.ask({ method: 'GET', url })).statusCode >= 403, url)

    const at = `/documents/${id}/verdict`
    const none = await browser.submit(at, { date: '2026-11-02' })
    assert.deepEqual([none.status, none.title.startsWith('Error')], [400, true])
    const half = await browser.submit(at, { verdict: 'accept', checks: 'name', date: '2026-11-02' })
    assert.equal(half.status, 400)
    assert.match(half.words, /Check everything in the list/)
    assert.match(half.html, /value="name" checked/)
    assert.match(half.html, /value="2026-11-02"/)
    const checks = ['legible', 'whole', 'name', 'address', 'recent']
    const asked = await browser.submit(at, { verdict: 'accept', date: '2026-11-02', checks })
    assert.match(asked.words, /It then counts for what stands here/)
    assert.match(asked.words, /Name Emil Example Address 1 Example Street 10001 New York/)
    const done = await touches(browser, key)
    assert.match(done.words, /Accepted\. The client reads it/)
    const found = await submissionNamed(world, id)
    assert.equal(found.ok && found.submission.status.state, 'accepted')
    const seen = (await auditOf(world)).filter(({ kind }) => kind === 'submission.seen')
    assert.equal(seen.length, 1)
    const left = await browser.ask({ method: 'GET', url: `/documents/${id}/pages/1` })
    assert.equal(left.statusCode, 409, 'it is before them no more')
  })
})
