import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { addStatement, type NewStatement, removeStatement } from '#engine/documents/statements.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import {
  addFirst,
  inside,
  logIn,
  PASSWORD,
  type Story,
  story,
} from '../../../../test/support/clients/login-story.ts'
import { type Door, openDoor, visitor } from '../../../../test/support/server/door.ts'

/** The pages on which a client reads statements. */

const pdf = (title: string): Uint8Array =>
  Buffer.from(`%PDF-1.4\n% ${title}\nstartxref\n0\n%%EOF\n`)

const idOf = async ({ world }: Door, userName: string) => {
  const id = await findSubscriberByName(world, userName)
  assert.ok(id)
  return id
}

async function put(door: Door, userName: string, changes: Partial<NewStatement> = {}) {
  const added = await addStatement(door.world, {
    subscriberId: await idOf(door, userName),
    kind: 'activity',
    name: 'Activity 2025',
    day: '2025-12-31',
    bytes: pdf(`${userName} ${changes.name}`),
    by: 'operator',
    ...changes,
  })
  assert.ok(added.ok)
  return added.statement
}

const downloadsOf = async (door: Door) => {
  const events = await listSubscriberEvents(door.world.db, await idOf(door, 'anna'), { limit: 50 })
  return events.filter(({ event }) => event.kind === 'statement.downloaded').length
}

const close = async ({ world }: Story) => {
  const change = { kind: 'close', by: 'client' } as const
  await changeAccount(world, { number: 'U-anna', change, by: 'operator' })
}

suite('The documents of a client', () => {
  test('R002 stand in the portal by year, with kind, day and size', async (t) => {
    const door = await inside(t)
    assert.match((await door.browser.open('/portal/documents')).words, /No documents yet/)
    await put(door, 'anna')
    const only = await door.browser.open('/portal/documents')
    assert.match(only.html, /<strong>Statements of 2025<\/strong>/)
    await put(door, 'anna', { kind: 'tax', name: 'Tax statement 2025' })
    await put(door, 'anna', { name: 'Year of 2024', day: '2024-12-31' })
    const page = await door.browser.open('/portal/documents')
    assert.equal(page.heading, 'Documents')
    assert.match(page.html, /<a href="\/portal\/documents" aria-current="page">Documents<\/a>/)
    assert.match(page.words, /Activity 2025 Activity 31 December 2025 PDF,\s1\sKB/)
    assert.match(page.words, /Tax statement 2025 Tax 31 December 2025/)
    assert.doesNotMatch(page.words, /Year of 2024/)
    const before = await door.browser.open('/portal/documents?year=2024')
    assert.match(before.words, /Year of 2024/)
    assert.doesNotMatch(before.words, /Tax statement 2025/)
    for (const odd of ['1999', '<b>', '', '2024&year=2025'])
      assert.match((await door.browser.open(`/portal/documents?year=${odd}`)).words, /Tax state/)
    const spoken = await door.browser.submit('/portal/language', { language: 'fr' })
    assert.equal(spoken.address, '/portal/documents?year=2024&year=2025')
    const french = await door.browser.open('/portal/documents')
    assert.match(french.words, /Relevé fiscal 31 décembre 2025 PDF, 1\sko/)
  })

  test('are saved as the file that was put there, and each download is recorded', async (t) => {
    const door = await inside(t)
    const bytes = pdf('Relevé')
    const { id } = await put(door, 'anna', { name: 'Relevé 2025"; x=', bytes })
    const answer = await door.browser.ask({ method: 'GET', url: `/portal/documents/${id}` })
    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.rawPayload, Buffer.from(bytes))
    const { headers } = answer
    assert.equal(headers['content-type'], 'application/pdf')
    const saved = 'attachment; filename="2025-12-31-Releve-2025-x.pdf"'
    assert.equal(headers['content-disposition'], saved)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-length'], String(bytes.length))
    assert.equal(await downloadsOf(door), 1)
    const head = await door.app.inject({
      method: 'HEAD',
      url: `/portal/documents/${id}`,
      headers: { cookie: [...door.browser.cookies].map((pair) => pair.join('=')).join('; ') },
    })
    assert.equal(head.statusCode, 405)
    assert.equal(await downloadsOf(door), 1)
    const { words } = await door.browser.open('/portal/activity')
    assert.match(words, /You downloaded a statement\./)
    assert.match(words, /A statement was added to your documents\./)
  })

  test('of another client, removed, or never there are the same 404', async (t) => {
    const door = await inside(t)
    await door.world.add({ userName: 'benoit', password: PASSWORD })
    const other = await put(door, 'benoit')
    const removed = await put(door, 'anna')
    assert.ok((await removeStatement(door.world, { id: removed.id, by: 'operator' })).ok)
    for (const id of [other.id, removed.id, 'stm_nothing', '..%2f..%2fetc']) {
      const { status, heading } = await door.browser.open(`/portal/documents/${id}`)
      assert.deepEqual([status, heading], [404, 'There is no such statement'], id)
    }
    assert.equal(await downloadsOf(door), 0)
  })

  test('are handed to no browser that is not logged in', async (t) => {
    const door = await inside(t)
    const { id } = await put(door, 'anna')
    const stranger = visitor(door)
    assert.match((await stranger.open(`/portal/documents/${id}`)).address, /^\/login/)
    await door.browser.submit('/portal/log-out')
    assert.match((await door.browser.open(`/portal/documents/${id}`)).address, /^\/login/)
    assert.equal(await downloadsOf(door), 0)
  })

  test('R028 are on the first page of a closed account, and open with the password', async (t) => {
    const door = await openDoor(t)
    const accounts = [{ number: 'U1', environment: 'live', status: 'closed-by-client' }] as const
    await door.world.add({ userName: 'anna', password: PASSWORD, accounts })
    const { id } = await put(door, 'anna', { kind: 'tax', name: 'Tax statement 2025' })
    await put(door, 'anna', { name: 'Activity 2024', day: '2024-12-31' })
    const browser = visitor(door)
    const page = await logIn(browser)
    assert.equal(page.heading, 'Your account is closed')
    assert.match(page.words, /2025 2024 .*Tax statement 2025 Tax 31 December 2025/)
    const answer = await browser.ask({ method: 'GET', url: `/portal/documents/${id}` })
    assert.equal(answer.headers['content-type'], 'application/pdf')
    const before = await browser.open('/portal/documents?year=2024')
    assert.match(before.words, /Activity 2024/)
    assert.doesNotMatch(before.html, /class="tabs"/)
    assert.match(before.html, /<a href="\/portal">Overview<\/a>/)
    assert.equal((await browser.open('/portal/activity')).status, 403)
  })

  test('R028 stay open to a client whose account is closed while they are inside', async (t) => {
    const door = await inside(t)
    const { id } = await put(door, 'anna')
    await close(door)
    const answer = await door.browser.ask({ method: 'GET', url: `/portal/documents/${id}` })
    assert.equal(answer.statusCode, 200)
  })

  test('are shut to a session that may only set up its first second step', async (t) => {
    const door = await openDoor(t)
    await door.world.add({ userName: 'anna', password: PASSWORD })
    const { id } = await put(door, 'anna')
    const browser = visitor(door)
    await logIn(browser)
    for (const address of ['/portal/documents', `/portal/documents/${id}`])
      assert.equal((await browser.open(address)).heading, 'Set up a second step')
    await addFirst(browser, { method: 'totp' })
    assert.equal(await downloadsOf(door), 0)
  })

  test('are shut to a password that has a phone beside it', async (t) => {
    const door = await story(t)
    const { id } = await put(door, 'anna')
    await close(door)
    await logIn(door.browser)
    assert.match((await door.browser.open(`/portal/documents/${id}`)).address, /^\/login/)
    assert.equal(await downloadsOf(door), 0)
  })
})
