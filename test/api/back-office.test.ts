import assert from 'node:assert/strict'
import test from 'node:test'
import { after, days, hours, instant, minutes, seconds } from '#core/time/time.ts'
import { samplePdf } from '#cli/demo/sample-pdf.ts'
import { BEHALF_TABLE, isBehalfDeed } from '#core/desk/programs/behalf.ts'
import { STATEMENT_LENGTH_BYTES_MAX } from '#core/documents/statement.ts'
import { describeApi } from '#edges/api/routes.ts'
import { shelfOf } from '#engine/sessions/relying-parties.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { findClaimant } from '#store/login/claimant.ts'
import { any } from '#store/queries/writes.ts'
import { purge } from '#store/server/purge.ts'
import { SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import { deliver } from '../support/clients/card.ts'
import { inPortal, ordered, sentTo, wealthy } from '../support/clients/orders.ts'
import { auditOf } from '../support/audit.ts'
import { listed } from '../support/desk/behalf.ts'
import { applicant, proven, waiting } from '../support/documents/reviewing.ts'
import { type Office, openOffice, tokenOf } from '../support/server/back-office.ts'
import { BACK_OFFICE_SECRET, CLIENT_SECRET, type Site } from '../support/server/site.ts'

/** The interface of the back office, over a real server, with real tokens. */

const PASSWORD = 'fifteen or more letters'
const GOOD = {
  userName: 'newcomer',
  password: PASSWORD,
  language: 'fr',
  accounts: [{ number: 'U1000001', environment: 'live', jurisdiction: 'hk', residence: 'HK' }],
}

const byValue = (one: { value: string }, other: { value: string }) =>
  one.value < other.value ? -1 : 1

const kindsOf = async ({ world }: Site, userName: string): Promise<readonly string[]> => {
  const asked = { nameKey: userName, browserHash: null, method: 'password' }
  const { subscriber } = await findClaimant(world.db, asked)
  assert.ok(subscriber)
  const events = await listSubscriberEvents(world.db, subscriber.id, { limit: 100 })
  return events.map(({ event }) => event.kind).toReversed()
}

test('a client is made, approved, opened, moved and closed, and each is on record once', async (t) => {
  const office = await openOffice(t)
  const { ask, named, world } = office
  // A Thursday at noon in New York: the doors of the provider read the machine’s clock, these read
  // the world’s.
  world.setClock(instant(Date.parse('2027-03-11T17:00:00Z')))
  const { access_token: token } = await tokenOf(office)
  const again = async (method: string, path: string, body?: unknown) => {
    const first = await ask(method, path, body, token)
    const second = await ask(method, path, body, token)
    assert.ok(first.status < 300 && second.status < 300, `${path} ${JSON.stringify(second.json)}`)
    assert.deepEqual(second.json, first.json, path)
    return first
  }
  const made = await again('POST', '/subscribers', GOOD)
  assert.equal(made.status, 201)
  await again('POST', '/subscribers/newcomer/accounts', { number: 'DU1', environment: 'paper' })
  await again('PATCH', '/subscribers/newcomer', { language: 'en' })
  const approved = await again('POST', '/accounts/U1000001/approve', {})
  assert.equal(approved.json['tradesFrom'], '2027-03-11T17:00:00.000Z')
  await again('POST', '/accounts/U1000001/open', {})
  const residence = { jurisdiction: 'eu', residence: 'FR' }
  // Its rules become less strict.
  const two = { body: residence, 'approved-by': 'sam', authorization: `Bearer ${token}` }
  const path = '/accounts/U1000001/residence'
  assert.equal((await named('PUT', path, two)).status, 200)
  await again('PUT', path, residence)
  const closed = await again('POST', '/accounts/U1000001/close', { by: 'client' })
  assert.equal(closed.json.status, 'closed-by-client')
  assert.equal(closed.json.version, 5)
  assert.deepEqual(await kindsOf(office, 'newcomer'), [
    'subscriber.created',
    'account.created',
    'account.created',
    'subscriber.language-set',
    'account.approved',
    'account.opened',
    'desk.acted-together',
    'account.relocated',
    'account.rules-changed',
    'account.closed',
    // With it goes the account whose rules were stricter.
    'account.rules-changed',
  ])
})

test('a client is called what the back office says, in the database only sealed', async (t) => {
  const office = await openOffice(t)
  const { ask, world } = office
  const made = await ask('POST', '/subscribers', { ...GOOD, fullName: '  Zoë \t Example ' })
  assert.deepEqual([made.status, made.json['fullName']], [201, 'Zoë Example'])
  const { full_name: stored } = await world.db.read
    .selectFrom('subscriber')
    .select('full_name')
    .executeTakeFirstOrThrow()
  assert.ok(stored)
  assert.equal(Buffer.from(stored).includes('Example'), false)
  const path = '/subscribers/newcomer'
  const both = { fullName: 'Zoë Sample', language: 'en' }
  for (const body of [both, both]) {
    const { json } = await ask('PATCH', path, body)
    assert.deepEqual([json['fullName'], json['language']], ['Zoë Sample', 'en'])
  }
  for (const [body, code] of [
    [{ fullName: 'two\nlines' }, 'subscriber.full-name'],
    [{ fullName: 'x'.repeat(81) }, 'subscriber.full-name'],
    [{ fullName: '' }, 'request.malformed'],
    [{}, 'request.malformed'],
  ] as const)
    assert.equal((await ask('PATCH', path, body)).json.code, code)
  const other = { ...GOOD, userName: 'another', accounts: [], fullName: 'a\u202eb' }
  assert.equal((await ask('POST', '/subscribers', other)).json.code, 'subscriber.full-name')
  assert.equal((await ask('GET', path)).json['fullName'], 'Zoë Sample')
  assert.deepEqual(await kindsOf(office, 'newcomer'), [
    'subscriber.created',
    'account.created',
    'subscriber.name-set',
    'subscriber.language-set',
  ])
})

test('R068: the papers of a client are recorded and never shown again', async (t) => {
  const office = await openOffice(t)
  const { ask } = office
  assert.equal((await ask('POST', '/subscribers', GOOD)).status, 201)
  const path = '/subscribers/newcomer/identity'
  const body = { birthDate: '1984-02-29', documents: ['X0471-9926'] }
  for (const one of [body, body]) {
    const { status, json } = await ask('PUT', path, one)
    assert.equal(status, 200)
    assert.deepEqual(json['identity'], { hasBirthDate: true, documents: 1 })
    assert.equal(/1984|9926/.test(JSON.stringify(json['identity'])), false)
  }
  for (const [wrong, code] of [
    [{ ...body, birthDate: '1983-02-29' }, 'request.malformed'],
    [{ ...body, birthDate: '2999-01-01' }, 'subscriber.identity'],
    [{ ...body, documents: ['-'] }, 'subscriber.identity'],
    [{ ...body, documents: Array.from({ length: 11 }, () => 'X1') }, 'request.malformed'],
    [{ birthDate: null }, 'request.malformed'],
    [{ ...body, name: 'x' }, 'request.malformed'],
  ] as const)
    assert.equal((await ask('PUT', path, wrong)).json.code, code)
  const nobody = await ask('PUT', '/subscribers/nobody-here/identity', body)
  assert.deepEqual([nobody.status, nobody.json.code], [404, 'subscriber.not-found'])
  assert.deepEqual((await kindsOf(office, 'newcomer')).slice(-1), ['subscriber.identity-set'])
})

test('R132: the residence decides whose rules apply, and other rules need a reason, which is shown', async (t) => {
  const { ask, named } = await openOffice(t)
  const made = await ask('POST', '/subscribers', {
    ...GOOD,
    accounts: [{ number: 'U1', environment: 'live', residence: 'HK' }],
  })
  assert.equal(made.status, 201)
  const put = async (body: object) => {
    const { status, json } = await named('PUT', '/accounts/U1/residence', {
      body,
      'approved-by': 'sam',
    })
    return status === 200
      ? [json['residence'], json['jurisdiction'], json['overrideReason']]
      : [status, json.code]
  }
  const seen = (await ask('GET', '/accounts/U1')).json
  assert.deepEqual([seen['jurisdiction'], seen['overrideReason']], ['hk', null])
  const reason = 'Held with the branch in London'
  const rows = [
    [{ residence: 'HK', jurisdiction: 'default' }, [400, 'account.override-without-reason']],
    [{ residence: 'HK', jurisdiction: 'mars', reason }, [400, 'account.unknown-jurisdiction']],
    [{ residence: 'HK', jurisdiction: 'uk', reason }, ['HK', 'uk', reason]],
    [{ residence: 'HK' }, ['HK', 'uk', reason]],
    [{ residence: 'FR', jurisdiction: 'eu' }, ['FR', 'eu', null]],
    [{ residence: null }, [400, 'account.laxer-without-reason']],
    [{ residence: null, reason }, [null, 'default', null]],
    [{ residence: null }, [null, 'default', null]],
    [{ residence: 'UK' }, [400, 'request.malformed']],
    [{ residence: 'HK', jurisdiction: 'uk', reason: 'two\nlines' }, [400, 'request.malformed']],
    [{ residence: 'HK', jurisdiction: 'uk', reason: ' ' }, [400, 'request.malformed']],
  ] as const
  for (const [body, expected] of rows)
    assert.deepEqual(await put(body), expected, JSON.stringify(body))
  const second = { number: 'U2', environment: 'live', residence: 'IN', jurisdiction: 'default' }
  const bare = await ask('POST', '/subscribers/newcomer/accounts', second)
  assert.deepEqual([bare.status, bare.json.code], [400, 'account.override-without-reason'])
  const other = await ask('POST', '/subscribers/newcomer/accounts', { ...second, reason })
  assert.deepEqual([other.json['jurisdiction'], other.json['overrideReason']], ['default', reason])
  const person = { ...GOOD, userName: 'another', accounts: [{ ...second, number: 'U3' }] }
  const refused = await ask('POST', '/subscribers', person)
  assert.deepEqual([refused.status, refused.json.code], [400, 'account.override-without-reason'])
  assert.equal((await ask('GET', '/subscribers/another')).status, 404)
})

test('R132: rules that are set when an account is made are on record, with who has set them and why', async (t) => {
  const { ask, world } = await openOffice(t)
  const reason = 'Asked for by Anna Example'
  const set = { environment: 'live', residence: 'HK', jurisdiction: 'default', reason } as const
  const accounts = [
    { ...set, number: 'U1' },
    { number: 'U2', environment: 'live', residence: 'FR' },
  ]
  assert.equal((await ask('POST', '/subscribers', { ...GOOD, accounts })).status, 201)
  const further = { ...set, number: 'U3' }
  assert.equal((await ask('POST', '/subscribers/newcomer/accounts', further)).status, 200)
  await ask('PUT', '/accounts/U2/residence', { residence: 'FR', jurisdiction: 'uk', reason })
  const placed = async (number: string) => {
    const { json } = await ask('GET', `/accounts/${number}/placings`)
    const placings = json['placings'] as readonly Readonly<Record<string, unknown>>[]
    return placings.map((one) =>
      ['by', 'residence', 'jurisdiction', 'isOverride', 'reason', 'words'].map((name) => one[name]),
    )
  }
  const by = 'back-office:ledger'
  const overridden = [[by, 'HK', 'default', true, reason, 'as-given']]
  assert.deepEqual([await placed('U1'), await placed('U3')], [overridden, overridden])
  assert.deepEqual(await placed('U2'), [
    [by, 'FR', 'eu', false, null, 'none'],
    [by, 'FR', 'uk', true, reason, 'as-given'],
  ])
  assert.equal((await ask('GET', '/accounts/U9/placings')).json.code, 'account.not-found')
  // The words may name a person: the log, which cannot be changed, holds their digest alone.
  const bodies = await world.db.read.selectFrom('audit_event').select('body').execute()
  assert.equal(JSON.stringify(bodies).includes('Anna Example'), false)
  const { write } = world.db
  const told = write.updateTable('placing_reason').set({ words: 'Asked for by the client' })
  await world.db.commit([any(told)])
  assert.deepEqual((await placed('U1'))[0]?.slice(-2), ['Asked for by the client', 'changed'])
  await world.db.commit([any(write.deleteFrom('placing_reason'))])
  assert.deepEqual((await placed('U1'))[0]?.slice(-2), [null, 'erased'])
})

test('R027: one second past the cut-off the account waits for the next business day', async (t) => {
  const office = await openOffice(t)
  const { ask, world } = office
  await ask('POST', '/subscribers', { ...GOOD, accounts: [] })
  const add = (number: string) =>
    ask('POST', '/subscribers/newcomer/accounts', { number, environment: 'live' })
  // Friday before the clocks go forward, and a day after it.
  const rows = [
    ['U1', '2027-03-12T22:00:00Z', '2027-03-12T22:00:00.000Z'],
    ['U2', '2027-03-12T22:00:01Z', '2027-03-15T04:00:00.000Z'],
    ['U3', '2027-03-15T21:00:00Z', '2027-03-15T21:00:00.000Z'],
    ['U4', '2027-03-15T21:00:01Z', '2027-03-16T04:00:00.000Z'],
  ] as const
  for (const [number, at, from] of rows) {
    await add(number)
    world.setClock(instant(Date.parse(at)))
    const { access_token: token } = await tokenOf(office)
    await ask('POST', '/subscribers/newcomer/accounts', { number, environment: 'live' }, token)
    const { json } = await ask('POST', `/accounts/${number}/approve`, {}, token)
    assert.equal(json['tradesFrom'], from, number)
    const later = await ask('POST', `/accounts/${number}/open`, {}, token)
    assert.equal(later.json['tradesFrom'], from, 'opening goes round nothing')
  }
})

test('a step that cannot be taken is refused, and nothing changes', async (t) => {
  const office = await openOffice(t)
  const { ask } = office
  await ask('POST', '/subscribers', GOOD)
  const before = await ask('GET', '/subscribers/newcomer')
  const rows: readonly (readonly [string, string, unknown, string])[] = [
    ['POST', '/accounts/U1000001/open', {}, 'account.not-approved'],
    ['POST', '/accounts/U9/approve', {}, 'account.not-found'],
    ['GET', '/accounts/U9', undefined, 'account.not-found'],
    ['POST', '/accounts/U1000001/approve', { version: 2 }, 'account.conflict'],
    ['GET', '/subscribers/nobody', undefined, 'subscriber.not-found'],
    ['PATCH', '/subscribers/nobody', { language: 'en' }, 'subscriber.not-found'],
    [
      'PUT',
      '/subscribers/nobody/contacts/email',
      { value: 'a@example.com' },
      'subscriber.not-found',
    ],
    ['POST', '/subscribers/nobody/accounts', GOOD.accounts[0], 'subscriber.not-found'],
    ['POST', '/subscribers', { ...GOOD, userName: 'other' }, 'subscriber.taken'],
    ['POST', '/subscribers', { ...GOOD, userName: 'a\u200bb' }, 'subscriber.malformed'],
    [
      'POST',
      '/subscribers',
      { ...GOOD, userName: 'x', password: 'short' },
      'subscriber.weak-password',
    ],
    ['DELETE', '/subscribers/newcomer/holds/hld_1', undefined, 'subscriber.not-found'],
  ]
  for (const [method, path, body, code] of rows) {
    const { json } = await ask(method, path, body)
    assert.equal(json.code, code, `${method} ${path}`)
  }
  assert.deepEqual((await ask('GET', '/subscribers/newcomer')).json, before.json)
})

test('an account that one side has closed cannot be closed by the other, nor opened again', async (t) => {
  const { ask } = await openOffice(t)
  await ask('POST', '/subscribers', GOOD)
  await ask('POST', '/accounts/U1000001/close', { by: 'broker' })
  for (const [path, body] of [
    ['close', { by: 'client' }],
    ['approve', {}],
    ['open', {}],
  ] as const) {
    const { json, status } = await ask('POST', `/accounts/U1000001/${path}`, body)
    assert.deepEqual([status, json.code], [403, 'account.closed'], path)
  }
  const { json } = await ask('GET', '/accounts/U1000001')
  assert.equal(json.status, 'closed-by-broker')
})

test('R028 S106 a statement is put before a client, listed, sent twice and taken away', async (t) => {
  const office = await openOffice(t)
  const { ask } = office
  await ask('POST', '/subscribers', GOOD)
  const path = '/subscribers/newcomer/statements'
  const file = Buffer.from(samplePdf({ title: 'Relevé', lines: [] })).toString('base64')
  const facts = { kind: 'tax', name: 'Relevé fiscal 2025', day: '2025-12-31' }
  const added = await ask('POST', path, { ...facts, file })
  assert.deepEqual([added.status, added.json['name']], [200, facts.name])
  assert.deepEqual((await ask('POST', path, { ...facts, file })).json, added.json)
  assert.deepEqual((await ask('GET', path)).json['statements'], [added.json])
  const long = Buffer.alloc(STATEMENT_LENGTH_BYTES_MAX + 1, '%PDF-1.7').toString('base64')
  const rows: readonly (readonly [unknown, number, string])[] = [
    [{ ...facts, day: '2025-12-30', file }, 409, 'statement.taken'],
    [{ ...facts, file: Buffer.from('<html>').toString('base64') }, 415, 'statement.not-a-pdf'],
    [{ ...facts, file: long }, 413, 'statement.too-large'],
    [{ ...facts, file: `${long}${long}` }, 413, 'request.too-large'],
    [{ ...facts, file: '%PDF' }, 400, 'request.malformed'],
    [{ ...facts, file, kind: 'news' }, 400, 'request.malformed'],
    [{ ...facts, file, day: '2025-02-30' }, 400, 'request.malformed'],
    [{ ...facts, file, name: 'two\nlines' }, 400, 'statement.malformed'],
    [{ ...facts, file, day: '2027-01-01' }, 400, 'statement.malformed'],
  ]
  for (const [body, status, code] of rows) {
    const { json, status: told } = await ask('POST', path, body)
    assert.deepEqual([told, json.code], [status, code])
  }
  const other = await ask('POST', '/subscribers/nobody/statements', { ...facts, file })
  assert.equal(other.json.code, 'subscriber.not-found')
  const address = `/statements/${String(added.json['id'])}`
  assert.equal((await ask('DELETE', address)).status, 200)
  assert.equal((await ask('DELETE', address)).json.code, 'statement.not-found')
  const kinds = (await kindsOf(office, 'newcomer')).filter((kind) => kind.startsWith('statement'))
  assert.deepEqual(kinds.toSorted(), ['statement.added', 'statement.removed'])
})

test('R013 documents are listed, seen and decided by the rules of the desk, and each once', async (t) => {
  const { ask, world, issuer, token } = await openOffice(t)
  const id = await waiting(world, await applicant(world))
  const { json: listed } = await ask('GET', '/submissions')
  const [one] = listed['submissions'] as readonly Readonly<Record<string, unknown>>[]
  assert.deepEqual([one?.['id'], one?.['userName'], one?.['state']], [id, 'emil', 'checking'])
  assert.deepEqual((await ask('GET', `/submissions/${id}`)).json, one)
  const page = async (query: string) =>
    await fetch(`${issuer}/api/back-office/submissions/${id}/pages/${query}`, {
      headers: { authorization: `Bearer ${token}`, 'on-behalf-of': 'dora', reason: 'routine' },
    })
  const seen = await page('1')
  assert.equal(seen.headers.get('content-type'), 'image/jpeg')
  assert.deepEqual([...new Uint8Array(await seen.arrayBuffer()).subarray(0, 2)], [255, 216])
  assert.deepEqual([(await page('0')).status, (await page('2')).status], [400, 404])
  const { verdict, checks } = proven('address')
  const date = new Date(world.now()).toISOString().slice(0, 10)
  const said = { verdict, checks, date }
  const path = `/submissions/${id}/verdict`
  const rows: readonly (readonly [object, number, string])[] = [
    [{ ...said, checks: [] }, 400, 'submission.unchecked'],
    [{ ...said, date: undefined }, 400, 'submission.date'],
    [{ ...said, agent: 'olga' }, 400, 'request.malformed'],
    [{ ...said, verdict: 'clear' }, 409, 'submission.not-waiting'],
    [{ ...said, verdict: 'reject' }, 400, 'desk.reason'],
    [{ ...said, verdict: 'approve' }, 400, 'request.malformed'],
  ]
  for (const [body, status, code] of rows) {
    const { json, status: told } = await ask('POST', path, body)
    assert.deepEqual([told, json.code], [status, code])
  }
  const done = await ask('POST', path, said)
  assert.deepEqual([done.status, done.json['state']], [200, 'accepted'])
  assert.deepEqual((await ask('POST', path, said)).json, done.json)
  const late = await ask('POST', path, { ...said, verdict: 'suspect' })
  assert.equal(late.json.code, 'submission.not-waiting')
  const kinds = (await auditOf(world)).filter(
    ({ behalf }) => behalf?.program === 'back-office:ledger',
  )
  assert.deepEqual(
    kinds.map(({ kind, actor }) => `${kind} ${actor ?? ''}`),
    ['submission.seen staff:dora', 'submission.accepted staff:dora', 'contact.verified staff:dora'],
  )
})

test('A13 A35 no deed without a member of staff who may do it, and none for what is theirs', async (t) => {
  const { ask, named, world } = await openOffice(t)
  await listed(world, 'zoe', { role: 'supervisor', own: { email: 'zoe@example.com' } })
  await ask('POST', '/subscribers', { ...GOOD, accounts: [] })
  const before = (await auditOf(world)).length
  const path = '/subscribers/newcomer/contacts/email'
  const body = { value: 'anna@example.com' }
  const put = async (more: Readonly<Record<string, unknown>>) =>
    (await named('PUT', path, { body, ...more })).json.code
  assert.equal(await put({ 'on-behalf-of': undefined }), 'desk.not-an-agent')
  assert.equal(await put({ 'on-behalf-of': 'Sue Example' }), 'desk.not-an-agent')
  assert.equal(await put({ 'on-behalf-of': 'not-hired' }), 'desk.not-on-behalf')
  assert.equal(await put({ 'on-behalf-of': 'fay' }), 'desk.not-this-role')
  assert.equal(await put({ reason: undefined }), 'desk.reason')
  assert.equal(await put({ reason: 'client-request' }), 'desk.more-proof')
  assert.equal(await put({ 'approved-by': 'sue' }), 'desk.second-person')
  assert.equal(await put({ 'approved-by': 'not-hired' }), 'desk.not-on-behalf')
  // An address of theirs for a client would be a way in.
  const theirs = { body: { value: 'Zoe@example.com' } }
  assert.equal(await put({ ...theirs, 'on-behalf-of': 'zoe' }), 'desk.not-allowed')
  assert.equal(await put({ ...theirs, 'on-behalf-of': 'amy' }), 'desk.not-allowed')
  assert.equal(await put({ ...theirs, 'approved-by': 'zoe' }), 'desk.not-allowed')
  assert.equal((await auditOf(world)).length, before)
  const said = { reason: 'client-request', verified: 'document', reference: 'CRM-1' }
  assert.equal(await put({ ...said, 'on-behalf-of': 'amy' }), undefined)
  const event = (await auditOf(world)).at(-1)
  assert.deepEqual(
    [event?.kind, event?.actor, event?.verified],
    ['contact.set', 'staff:amy', 'document'],
  )
})

test('A13 each request that does something is refused without a member of staff', async (t) => {
  const { named } = await openOffice(t)
  const { paths } = (await describeApi()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>
  }
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
  )
  const deeds = all.filter(({ operationId }) => isBehalfDeed(operationId))
  assert.equal(deeds.length, Object.keys(BEHALF_TABLE).length)
  for (const { path, method } of deeds) {
    const at = path.replace('/api/back-office', '').replaceAll(/\{[^}]+\}/g, '1')
    const { status, json } = await named(method.toUpperCase(), at, { 'on-behalf-of': undefined })
    assert.deepEqual([status, json.code], [400, 'desk.not-an-agent'], path)
  }
  const office = all.filter(({ path }) => path.startsWith('/api/back-office'))
  const rest = office.filter(({ operationId }) => !isBehalfDeed(operationId))
  assert.ok(rest.every(({ method }) => method === 'get'))
})

test('a hold is lifted by two, and is there until then', async (t) => {
  const { ask, named, world } = await openOffice(t)
  await ask('POST', '/subscribers', { ...GOOD, accounts: [] })
  const until = new Date(after(world.now(), days(1))).toISOString()
  const path = '/subscribers/newcomer/holds'
  const held = await ask('POST', path, { kind: 'review', forbids: ['trading'], until })
  const one = `${path}/${String(held.json['id'])}`
  assert.equal((await ask('DELETE', one)).json.code, 'desk.second-person')
  const holds = async () => (await ask('GET', '/subscribers/newcomer')).json['holds'] as unknown[]
  assert.equal((await holds()).length, 1)
  assert.equal((await named('DELETE', one, { 'approved-by': 'sam' })).status, 204)
  assert.equal((await holds()).length, 0)
  assert.equal((await ask('DELETE', one)).status, 204, 'once more')
})

test('A31: whatever does not belong in a request is refused', async (t) => {
  const { ask } = await openOffice(t)
  await ask('POST', '/subscribers', GOOD)
  const rows: readonly (readonly [string, string, unknown])[] = [
    ['POST', '/subscribers', { ...GOOD, admin: true }],
    ['POST', '/subscribers', { ...GOOD, accounts: [{ ...GOOD.accounts[0], status: 'open' }] }],
    [
      'POST',
      '/subscribers',
      { ...GOOD, accounts: Array.from({ length: 21 }, () => GOOD.accounts[0]) },
    ],
    ['POST', '/accounts/U1000001/approve', { tradesFrom: '2020-01-01T00:00:00Z' }],
    ['POST', '/accounts/U1000001/close', { by: 'nobody' }],
    ['POST', '/accounts/u1/approve', {}],
    ['PUT', '/accounts/U1000001/residence', { jurisdiction: 'MARS', residence: 'HK' }],
    ['PUT', '/accounts/U1000001/residence', { jurisdiction: 'hk', residence: 'Hong Kong' }],
    ['PUT', '/subscribers/newcomer/contacts/email', { value: 'nobody' }],
    ['PUT', '/subscribers/newcomer/contacts/email', { value: 'a@example.com,b@example.com' }],
    ['PUT', '/subscribers/newcomer/contacts/email', { value: '"a"@example.com' }],
    ['PUT', '/subscribers/newcomer/contacts/mobile', { value: '555 0100' }],
    ['PUT', '/subscribers/newcomer/contacts/postal', { value: ' ' }],
    ['PUT', '/subscribers/newcomer/contacts/postal', { value: 'a\u0000b' }],
    ['PUT', '/subscribers/newcomer/contacts/postal', { value: '1 Example\u202eStreet' }],
    ['PUT', '/subscribers/newcomer/contacts/postal', { value: 'a\u0301\u0301\u0301' }],
    ['PUT', '/subscribers/newcomer/contacts/postal', { value: '\n\u3164\n' }],
    [
      'POST',
      '/subscribers/newcomer/holds',
      { kind: 'x', forbids: [], until: '2100-01-01T00:00:00Z' },
    ],
    [
      'POST',
      '/subscribers/newcomer/holds',
      { kind: 'x', forbids: ['trading'], until: '2001-01-01T00:00:00Z' },
    ],
  ]
  for (const [method, path, body] of rows) {
    const { status, json } = await ask(method, path, body)
    assert.deepEqual(
      [status, json.code],
      [400, 'request.malformed'],
      `${path} ${JSON.stringify(body)}`,
    )
  }
})

test('A35 A10: only a program of the back office comes in, with a token of its own that is still good', async (t) => {
  const office = await openOffice(t)
  const { ask, world, token } = office
  await ask('POST', '/subscribers', GOOD)
  const refused = async (bearer: string, why: string) => {
    const { status, json } = await ask('GET', '/subscribers/newcomer', undefined, bearer)
    assert.deepEqual([status, json.code], [401, 'session.missing'], why)
  }
  await refused('', 'no token')
  await refused('x'.repeat(43), 'a token that was never issued')
  await refused(BACK_OFFICE_SECRET, 'the secret itself')
  // A platform asks for tokens to report with, and for none of the back office.
  const platform = await tokenOf(office, {}, ['trade', CLIENT_SECRET])
  assert.deepEqual([platform.error, platform.access_token], ['invalid_scope', undefined])
  // Without the scope a token opens nothing.
  const { access_token: plain = '' } = await tokenOf(office, { scope: '' })
  await refused(plain, 'no scope')
  assert.equal((await ask('GET', '/subscribers/newcomer')).status, 200)
  world.advance(hours(1))
  await refused(token, 'an hour old')
})

test('A35: a token of another scope, of another program, or bound to a key opens nothing', async (t) => {
  const { ask, world } = await openOffice(t)
  await ask('POST', '/subscribers', GOOD)
  const good = { kind: 'ClientCredentials', clientId: 'ledger', scope: 'back-office' }
  const rows = [
    [good, 200],
    [{ ...good, scope: 'openid back-office' }, 200],
    [{ ...good, scope: 'openid' }, 401],
    [{ ...good, scope: 'back-office-2' }, 401],
    [{ kind: good.kind, clientId: good.clientId }, 401],
    [{ ...good, clientId: 'other' }, 401],
    [{ ...good, jkt: 'the thumbprint of a key' }, 401],
  ] as const
  for (const [index, [payload, status]] of rows.entries()) {
    const token = String(index).padStart(43, 'a')
    const about = { expiresIn: minutes(5) }
    await shelfOf(world, 'ClientCredentials').put(token, payload, about)
    const found = await ask('GET', '/subscribers/newcomer', undefined, token)
    assert.equal(found.status, status, JSON.stringify(payload))
  }
})

test('A35 A10: a program that the configuration no longer names is out at once', async (t) => {
  const office = await openOffice(t)
  const named = office.world.settings.backOffice as string[]
  const kept = named.splice(0)
  t.after(() => named.push(...kept))
  assert.equal((await office.ask('GET', '/subscribers/newcomer')).status, 401)
})

test('addresses of record: the one before is kept for thirty days, and none is readable in the database', async (t) => {
  const office = await openOffice(t)
  const { ask, named, world } = office
  await ask('POST', '/subscribers', GOOD)
  const set = (kind: string, value: string) =>
    ask('PUT', `/subscribers/newcomer/contacts/${kind}`, { value })
  await set('email', 'old@example.com')
  await set('mobile', '+12125550100')
  await set('postal', '1 Example Street\nExampletown')
  await set('email', 'old@example.com')
  // The same domain in other letters is the same address.
  await set('email', 'old@EXAMPLE.com')
  const body = { value: 'new@example.com' }
  const path = '/subscribers/newcomer/contacts/email'
  assert.equal((await ask('PUT', path, body)).json.code, 'desk.second-person')
  assert.equal((await named('PUT', path, { body, 'approved-by': 'sam' })).status, 200)
  const shown = async () => {
    const { access_token: token } = await tokenOf(office)
    const { json } = await ask('GET', '/subscribers/newcomer', undefined, token)
    const contacts = json['contacts'] as {
      kind: string
      value: string
      replacedAt: string | null
    }[]
    return contacts
      .toSorted(byValue)
      .map(({ value, replacedAt }) => `${value}${replacedAt === null ? '' : ' before'}`)
  }
  assert.deepEqual(await shown(), [
    '+12125550100',
    '1 Example Street\nExampletown',
    'new@example.com',
    'old@example.com before',
  ])
  const rows = await world.db.read.selectFrom('contact').select('value').execute()
  for (const { value } of rows) assert.ok(!Buffer.from(value).includes('example'))
  await purge(world.db, world.now())
  assert.equal((await shown()).length, 4)
  await purge(world.db, after(world.now(), days(31)))
  assert.deepEqual(await shown(), [
    '+12125550100',
    '1 Example Street\nExampletown',
    'new@example.com',
  ])
})

test('two programs that set one address at once leave one that counts', async (t) => {
  const { ask } = await openOffice(t)
  await ask('POST', '/subscribers', { ...GOOD, accounts: [] })
  const both = Array.from({ length: 6 }, (_, index) =>
    ask('PUT', '/subscribers/newcomer/contacts/email', { value: `a${index}@example.com` }),
  )
  const answers = await Promise.all(both)
  assert.ok(answers.every(({ status }) => [200, 403, 409].includes(status)))
  const { json } = await ask('GET', '/subscribers/newcomer')
  const contacts = json['contacts'] as { replacedAt: string | null }[]
  assert.equal(contacts.filter(({ replacedAt }) => replacedAt === null).length, 1)
})

test('S69 letters are listed, printed one by one, and posted once; their addresses stand on the sheet alone', async (t) => {
  const { ask, world, issuer, token } = await openOffice(t)
  await ask('POST', '/subscribers', GOOD)
  assert.deepEqual((await ask('GET', '/letters')).json, { letters: [] })
  await noticeDue(world)
  const value = '1 <Example> Street\nExampletown'
  await ask('PUT', '/subscribers/newcomer/contacts/postal', { value })
  await noticeDue(world)
  const { json } = await ask('GET', '/letters')
  const [letter] = json['letters'] as { id: string; postedAt: string | null; language: string }[]
  assert.ok(letter)
  assert.equal(letter.language, 'fr')
  assert.doesNotMatch(JSON.stringify(json), /Street/)
  const sheetOf = async (id: string) =>
    await fetch(`${issuer}/api/back-office/letters/${id}/sheet`, {
      headers: { authorization: `Bearer ${token}` },
    })
  const sheet = await sheetOf(letter.id)
  const html = await sheet.text()
  assert.match(sheet.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(
    sheet.headers.get('content-disposition') ?? '',
    /^attachment; filename="N-\d+\.html"$/,
  )
  assert.match(html, /<html lang="fr">/)
  assert.match(html, /1 &lt;Example&gt; Street<br>Exampletown/)
  assert.doesNotMatch(html, /<script|<link|https?:|src=/)
  for (let count = 0; count < 2; count += 1) {
    const posted = await ask('POST', `/letters/${letter.id}/posted`)
    assert.equal(posted.status, 200)
    assert.ok(posted.json['postedAt'])
  }
  assert.deepEqual((await ask('GET', '/letters')).json, { letters: [] })
  assert.equal((await ask('GET', `/letters?after=${letter.id}`)).status, 200)
  for (const bad of ['x', '%00', 'ltr_1']) {
    assert.equal((await ask('GET', `/letters?after=${bad}`)).status, 400)
    assert.equal((await ask('POST', `/letters/${bad}/posted`)).status, 404)
    assert.equal((await sheetOf(bad)).status, 404)
  }
  assert.equal((await ask('GET', '/letters', undefined, 'x'.repeat(43))).status, 401)
})

test('an account gets another user, who sees it and has none of their own; what cannot be is refused', async (t) => {
  const { ask: plainly, named } = await openOffice(t)
  // Hong Kong: it takes two.
  const ask: Office['ask'] = async (method, path, body) =>
    await (path.endsWith('/primary')
      ? named(method, path, { body, 'approved-by': 'sam' })
      : plainly(method, path, body))
  await ask('POST', '/subscribers', GOOD)
  await ask('POST', '/subscribers', { ...GOOD, userName: 'clerk', accounts: [] })
  const primary = { userName: 'newcomer', name: 'The chief' }
  const set = await ask('PUT', '/subscribers/clerk/primary', primary)
  assert.equal(set.status, 200)
  assert.deepEqual(set.json['primary'], primary)
  const [account] = set.json['accounts'] as readonly Record<string, unknown>[]
  assert.deepEqual([account?.['number'], account?.['userName']], ['U1000001', 'newcomer'])
  assert.deepEqual(await ask('PUT', '/subscribers/clerk/primary', primary), set, 'again')
  const spaced = { ...primary, name: ' The\u00a0 chief' }
  const folded = await ask('PUT', '/subscribers/clerk/primary', spaced)
  assert.deepEqual(folded.json['primary'], primary, 'as a page shows it')
  const rows = [
    ['PUT', '/subscribers/nobody/primary', primary, 404, 'subscriber.not-found'],
    [
      'PUT',
      '/subscribers/clerk/primary',
      { ...primary, userName: 'nobody' },
      404,
      'subscriber.not-found',
    ],
    [
      'PUT',
      '/subscribers/newcomer/primary',
      { ...primary, userName: 'clerk' },
      409,
      'subscriber.not-a-primary-user',
    ],
    [
      'PUT',
      '/subscribers/clerk/primary',
      { ...primary, userName: 'clerk' },
      409,
      'subscriber.not-a-primary-user',
    ],
    ['PUT', '/subscribers/clerk/primary', { userName: 'newcomer' }, 400, 'request.malformed'],
    ['PUT', '/subscribers/clerk/primary', { ...primary, name: '' }, 400, 'request.malformed'],
    ...['c\u0301\u0301\u0301', 'The\u2800chief', 'The\u3164chief'].map(
      (name) =>
        [
          'PUT',
          '/subscribers/clerk/primary',
          { ...primary, name },
          400,
          'request.malformed',
        ] as const,
    ),
    [
      'PUT',
      '/subscribers/clerk/primary',
      { ...primary, name: 'two\nlines' },
      400,
      'request.malformed',
    ],
    [
      'PUT',
      '/subscribers/clerk/primary',
      { ...primary, name: '\u202eevil' },
      400,
      'request.malformed',
    ],
    [
      'PUT',
      '/subscribers/clerk/primary',
      { ...primary, name: 'n'.repeat(81) },
      400,
      'request.malformed',
    ],
    ['PUT', '/subscribers/clerk/primary', { ...primary, leave: true }, 400, 'request.malformed'],
  ] as const
  for (const [method, path, body, status, code] of rows) {
    const { status: said, json } = await ask(method, path, body)
    assert.deepEqual([said, json.code], [status, code], JSON.stringify(body))
  }
  const own = await ask('POST', '/subscribers/clerk/accounts', {
    number: 'U2',
    environment: 'live',
  })
  assert.equal(own.json.code, 'subscriber.not-a-primary-user')
  const unset = await ask('DELETE', '/subscribers/clerk/primary')
  assert.deepEqual([unset.status, unset.json['primary'], unset.json['accounts']], [200, null, []])
})

test('R012 R118 a card is ordered, sent, printed for and taken back over the interface, each twice', async (t) => {
  const office = await openOffice(t)
  const { ask, world } = office
  const anna = await wealthy(world)
  const order = await ordered(world, await inPortal(world, anna))
  await deliver(world, new Map([['CARD-C', sampleCard('c')]]))
  const listed = await ask('GET', '/orders')
  const [first] = listed.json.orders as { id: string; userName: string; state: string }[]
  assert.deepEqual([first?.id, first?.userName, first?.state], [order.id, 'anna', 'ordered'])
  assert.ok(!JSON.stringify(listed.json).includes(SAMPLE_PIN))
  assert.equal((await ask('GET', `/orders/${order.id}/sheet`)).json.code, 'order.not-sent')
  for (const [serial, code] of [
    ['CARD-X', 'token.not-found'],
    ['', 'request.malformed'],
    [7, 'request.malformed'],
  ] as const) {
    const said = await ask('POST', `/orders/${order.id}/sent`, { serial })
    assert.equal(said.json.code, code)
  }
  const sent = await ask('POST', `/orders/${order.id}/sent`, { serial: 'card-c' })
  assert.equal(sent.status, 200, JSON.stringify(sent.json))
  assert.deepEqual(await ask('POST', `/orders/${order.id}/sent`, { serial: 'CARD-C' }), sent)
  assert.deepEqual(await ask('GET', `/orders/${order.id}`), sent)
  const relabel = async (body: object) => await ask('POST', `/orders/${order.id}/relabelled`, body)
  assert.equal((await relabel({ tracking: '8R 002' })).json.code, 'order.no-label')
  const label = { carrier: 'La Poste', tracking: '8r 002' }
  const put = await relabel(label)
  const { carrier, tracking } = put.json as Record<string, unknown>
  assert.deepEqual([put.status, carrier, tracking], [200, 'La Poste', '8R 002'])
  assert.deepEqual(await relabel(label), put)
  assert.deepEqual(await ask('GET', `/orders/${order.id}`), put)
  assert.deepEqual((await ask('GET', '/orders?state=ordered')).json, { orders: [] })
  assert.equal((await ask('GET', '/orders?after=ord_1')).json.code, 'request.malformed')
  assert.equal((await ask('GET', '/orders/ord_1')).json.code, 'order.not-found')
  const sheet = await fetch(`${office.issuer}/api/back-office/orders/${order.id}/sheet`, {
    headers: { authorization: `Bearer ${office.token}` },
  })
  assert.match(await sheet.text(), /17 Invented Street/)
  const off = async (why: unknown, serial = 'CARD-C') =>
    (await ask('POST', `/tokens/${serial}/written-off`, { why })).json.code
  assert.equal(await off('rust'), 'request.malformed')
  assert.equal(await off('lost'), 'token.not-out')
  assert.equal(await off('lost', 'CARD-X'), 'token.not-found')
  const back = await ask('POST', '/tokens/CARD-C/returned')
  assert.equal(back.status, 200, JSON.stringify(back.json))
  const released = back.json.order as { state: string; deposit: { releasedAt: string | null } }
  assert.equal(released.state, 'returned')
  assert.ok(released.deposit.releasedAt)
  assert.deepEqual(await ask('POST', '/tokens/CARD-C/returned'), back)
  assert.equal(await off('lost'), 'token.revoked')
})

test('R012 the stock is counted, one device is seen, and destroyed once', async (t) => {
  const { ask, world } = await openOffice(t)
  const order = await ordered(world, await inPortal(world, await wealthy(world)))
  await sentTo(world, order)
  const counts = { free: 0, ordered: 1, out: 0, back: 0, destroyed: 0, writtenOff: 0 }
  const row = { method: 'security-card', place: 'main', ...counts }
  const stock = async () => (await ask('GET', '/stock')).json
  assert.deepEqual(await stock(), { rows: [row], low: ['security-card'] })
  assert.equal((await ask('GET', '/tokens/CARD-X')).json.code, 'token.not-found')
  assert.equal((await ask('POST', '/tokens/CARD-C/destroyed')).json.code, 'token.given')
  assert.equal((await ask('POST', '/tokens/CARD-C/returned')).status, 200)
  const gone = await ask('POST', '/tokens/CARD-C/destroyed')
  assert.ok(gone.json['destroyedAt'])
  world.advance(seconds(61))
  assert.deepEqual(await ask('POST', '/tokens/card-c/destroyed'), gone)
  assert.deepEqual(await ask('GET', '/tokens/CARD-C'), gone)
  assert.deepEqual(await stock(), {
    rows: [{ ...row, ordered: 0, destroyed: 1 }],
    low: ['security-card'],
  })
})

test('R117 the ledger is read page by page with a scope of its own, and nothing else is', async (t) => {
  const office = await openOffice(t)
  const { ask, world } = office
  const { access_token: books = '' } = await tokenOf(office, { scope: 'ledger' })
  const read = async (query = '', bearer = books) =>
    await ask('GET', `/ledger${query}`, undefined, bearer)
  assert.deepEqual((await read()).json, { entries: [], next: '0' })
  const anna = await wealthy(world)
  const order = await ordered(world, await inPortal(world, anna))
  const reserved = async () => {
    const { json } = await ask('GET', '/subscribers/anna')
    return (json['accounts'] as { readonly reservedUsd: number }[])[0]?.reservedUsd
  }
  assert.equal(await reserved(), 20)
  await sentTo(world, order)
  world.advance(seconds(61))
  assert.equal((await ask('POST', '/tokens/CARD-C/returned')).status, 200)
  world.advance(seconds(61))
  const { entries, next } = (await read()).json as { entries: { id: string }[]; next: string }
  const about = { account: 'U-anna', userName: 'anna', orderId: order.id, usd: 20, at: null }
  const device = 'security-card'
  assert.deepEqual(
    entries.map((entry) => ({ ...entry, at: null })),
    [
      { id: `${order.id}.reserve`, kind: 'reserve', why: 'ordered', ...about, device },
      { id: `${order.id}.release`, kind: 'release', why: 'returned', ...about, device },
    ],
  )
  assert.deepEqual((await read(`?after=${next}`)).json, { entries: [], next })
  assert.equal(await reserved(), 0)
  for (const query of ['?after=-1', '?after=x', `?after=${'9'.repeat(16)}`, '?after=', '?from=1']) {
    assert.equal((await read(query)).json.code, 'request.malformed', query)
  }
  assert.equal((await read('', office.token)).status, 401)
  assert.equal((await ask('GET', '/subscribers/anna', undefined, books)).status, 401)
})

test('R119 what is in an account is said over the interface, and is on record once', async (t) => {
  const { ask, world } = await openOffice(t)
  await world.add({
    userName: 'anna',
    password: PASSWORD,
    accounts: [{ number: 'U1', environment: 'live' }],
  })
  const said = await ask('PUT', '/accounts/U1/equity', { equityUsd: 1_250_000 })
  assert.equal(said.json.equityUsd, 1_250_000)
  assert.deepEqual(await ask('PUT', '/accounts/U1/equity', { equityUsd: 1_250_000 }), said)
  for (const equityUsd of [1.5, '1250000', null, 10 ** 13]) {
    const refused = await ask('PUT', '/accounts/U1/equity', { equityUsd })
    assert.equal(refused.json.code, 'request.malformed')
  }
  const stale = await ask('PUT', '/accounts/U1/equity', { equityUsd: 1, version: 1 })
  assert.equal(stale.json.code, 'account.conflict')
  const events = await world.db.read.selectFrom('audit_event').selectAll().execute()
  assert.equal(events.filter(({ kind }) => kind === 'account.valued').length, 1)
  // The log need not know what a client has.
  assert.ok(!JSON.stringify(events).includes('1250000'))
})
