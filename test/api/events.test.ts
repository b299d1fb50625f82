import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { gatherDue } from '#engine/notices/reports.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { BACK_OFFICE_SECRET, CLIENT_SECRET, openSite, type Site } from '../support/server/site.ts'

/** What platforms report, over a real server, with real tokens. */

const TRADE = {
  id: 'T-1',
  kind: 'trade',
  account: 'U0000001',
  side: 'sell',
  quantity: '10',
  instrument: 'SAMP',
  price: '12.30',
  currency: 'USD',
} as const
const TRANSFER = {
  id: 'T-2',
  kind: 'transfer',
  account: 'U0000001',
  amount: '2500.00',
  currency: 'USD',
  payee: 'Client B',
  payeeAccount: 'Demo Bank 4471',
} as const

async function tokenOf({ issuer }: Site, scope: string, [id, secret] = ['trade', CLIENT_SECRET]) {
  const response = await fetch(`${issuer}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  })
  return (await response.json()) as { readonly access_token?: string; readonly error?: string }
}

async function openPlatform(t: TestContext) {
  const site = await openSite(t)
  const { world, issuer } = site
  const mails: string[] = []
  world.channels.set('email', {
    name: 'email',
    retries: [],
    deliver: async ({ payload }) => {
      mails.push((payload as { readonly text: string }).text)
      return { outcome: 'sent' }
    },
  })
  const subscriberId = await world.add({
    userName: 'anna',
    password: 'correct horse battery',
    accounts: [{ number: 'U0000001', environment: 'live', residence: 'HK' }],
  })
  const mail = { subscriberId, kind: 'email', value: 'anna@example.com', by: 'operator' } as const
  await setContact(world, mail)
  const told = async () => {
    mails.length = 0
    await gatherDue(world)
    await noticeDue(world)
    await deliverDue(world)
    return [...mails]
  }
  await told()
  const { access_token: token = '' } = await tokenOf(site, 'events')
  const send = async (body: unknown, bearer: string | null = token, type = 'application/json') => {
    const response = await fetch(`${issuer}/api/events`, {
      method: 'POST',
      headers: {
        'content-type': type,
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const json = (await response.json()) as Readonly<Record<string, unknown>>
    return { status: response.status, json, headers: response.headers }
  }
  const at = () => new Date(world.now()).toISOString()
  return { site, world, told, send, at, token }
}

test('R131 a platform reports a trade and a transfer with its own token, and the client is told of each once', async (t) => {
  const { send, told, at } = await openPlatform(t)
  const trade = { ...TRADE, at: at() }
  for (const isNew of [true, false]) {
    const { status, json } = await send(trade)
    assert.deepEqual([status, json['id'], json['isNew']], [200, 'T-1', isNew])
  }
  assert.equal((await send({ ...TRANSFER, at: at() })).status, 200)
  const mails = await told()
  assert.equal(mails.length, 2)
  assert.match(mails.join('\n'), /sold 10 SAMP at USD\u00a012\.30/)
  assert.match(mails.join('\n'), /USD\u00a02,500\.00 .* to “Client B”/)
  const other = await send({ ...trade, quantity: '11' })
  assert.deepEqual([other.status, other.json['code']], [409, 'event.conflict'])
  assert.deepEqual(await told(), [])
})

test('R131 a report is taken from no program but a platform that has proven who it is', async (t) => {
  const { site, send, told, at, token } = await openPlatform(t)
  const trade = { ...TRADE, at: at() }
  const office = await tokenOf(site, 'back-office', ['ledger', BACK_OFFICE_SECRET])
  const unscoped = await tokenOf(site, 'openid')
  for (const bearer of [
    null,
    '',
    'x'.repeat(43),
    `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    office.access_token ?? '',
    unscoped.access_token ?? '',
  ]) {
    const { status, json, headers } = await send(trade, bearer)
    assert.deepEqual([status, json['code']], [401, 'session.missing'])
    assert.equal(headers.get('www-authenticate'), 'Bearer scope="events"')
  }
  assert.deepEqual(await told(), [])
  // Neither with another secret, nor without one, nor for the scope of another.
  assert.equal((await tokenOf(site, 'events', ['trade', 'x'.repeat(43)])).error, 'invalid_client')
  assert.ok((await tokenOf(site, 'events', ['other', ''])).error)
  assert.ok((await tokenOf(site, 'events', ['ledger', BACK_OFFICE_SECRET])).error)
  assert.ok((await tokenOf(site, 'back-office')).error)
  // What a platform holds opens nothing of the back office.
  const answer = await fetch(`${site.issuer}/api/back-office/accounts/U0000001`, {
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(answer.status, 401)
})

test('R131 a report that is malformed, late or of no account is refused, and tells no client', async (t) => {
  const { send, told, at, world } = await openPlatform(t)
  const trade = { ...TRADE, at: at() }
  const bad: readonly unknown[] = [
    '',
    '{',
    '[]',
    {},
    { ...trade, id: '' },
    { ...trade, id: 'x'.repeat(65) },
    { ...trade, id: 'a b' },
    { ...trade, kind: 'dividend' },
    { ...trade, at: 'yesterday' },
    { ...trade, at: '2026-02-30T00:00:00Z' },
    { ...trade, quantity: 10 },
    { ...trade, quantity: '-10' },
    { ...trade, quantity: '1e3' },
    { ...trade, price: '1,000' },
    { ...trade, price: '9'.repeat(16) },
    { ...trade, currency: 'usd' },
    { ...trade, side: 'short' },
    { ...trade, instrument: '' },
    { ...trade, instrument: 'x'.repeat(41) },
    { ...trade, instrument: 'a\u202eb' },
    { ...trade, account: 'U 1' },
    { ...trade, more: true },
    { ...TRANSFER, at: at(), payee: undefined },
    { ...TRANSFER, at: at(), side: 'buy' },
  ]
  for (const body of bad) {
    const { status, json } = await send(body)
    assert.deepEqual([status, json['code']], [400, 'request.malformed'], JSON.stringify(body))
  }
  const form = await send('id=T-1', undefined, 'application/x-www-form-urlencoded')
  assert.equal(form.status, 415)
  const day = 86_400_000
  const iso = (ms: number) => new Date(world.now() + ms).toISOString()
  for (const [change, code] of [
    [{ at: iso(-8 * day) }, 'event.too-old'],
    [{ at: iso(day) }, 'event.too-early'],
    [{ account: 'U9999999' }, 'account.not-found'],
    [{ session: 'ses_01ABCDEFGHJKMNPQRSTVWXYZ12' }, 'event.other-session'],
  ] as const)
    assert.equal((await send({ ...trade, ...change })).json['code'], code)
  assert.deepEqual(await told(), [])
})
