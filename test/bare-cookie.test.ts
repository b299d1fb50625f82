import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel } from '#channels/channel.ts'
import { setContact } from '#engine/contact/addresses.ts'
import type { Json } from '#core/json.ts'
import { days } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { codeIn, SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { inside, logIn, PASSWORD, type Story } from './support/clients/login-story.ts'
import { DATABASES, type DatabaseKind } from './support/databases/databases.ts'
import { type Door, openDoor, type Visitor, visitor } from './support/server/door.ts'
import { givenPasscode, subscriberOf } from './support/clients/printed.ts'

/**
 * A9: a thief has the cookie of a session, and nothing else: no password, no device. Every route
 * of the portal that changes something is tried with it.
 */

/** What is looked at before and after. */
type Part =
  | 'devices'
  | 'names'
  | 'contacts'
  | 'accounts'
  | 'orders'
  | 'holds'
  | 'leave'
  | 'preferences'
  | 'sessions'
  | 'browsers'
  | 'invitations'

/**
 * What a session alone may do, and why: it takes away, or it is a matter of taste. Nothing here
 * adds a way in, ends one for good, or moves an address.
 */
const MAY: Readonly<Record<string, { readonly why: string; readonly changes: readonly Part[] }>> = {
  '/portal/log-out': { why: 'it ends itself', changes: ['sessions'] },
  '/portal/language': { why: 'a preference', changes: ['preferences'] },
  '/portal/security/seamless': { why: 'a preference (R038)', changes: ['preferences'] },
  '/portal/security/asked-first': { why: 'a preference among equals', changes: ['preferences'] },
  // Whatever it is, every other address is told of it at once (R131).
  '/portal/security/trade-notices': { why: 'told at once', changes: ['preferences'] },
  // Orders are told by mail all the same; the other alerts cannot be turned off.
  '/portal/security/alerts': { why: 'a preference (R018)', changes: ['preferences'] },
  '/portal/security/devices/:id/name': { why: 'a preference', changes: ['names'] },
  '/portal/security/sessions/:id/end': { why: 'narrows', changes: ['sessions'] },
  '/portal/security/sessions/end-others': { why: 'narrows', changes: ['sessions'] },
  '/portal/security/sessions/end-all': { why: 'narrows', changes: ['sessions'] },
  '/portal/security/browsers/forget': { why: 'narrows', changes: ['browsers'] },
  '/portal/security/browsers/:id/forget': { why: 'narrows', changes: ['browsers'] },
  '/portal/security/users/:id/take-leave': { why: 'narrows', changes: ['leave'] },
  // To say that something is lost takes one factor; it comes back when that is confirmed (S70).
  '/portal/security/devices/:id/stop': { why: 'S70', changes: ['devices', 'sessions'] },
  '/portal/security/successor/stop': { why: 'S70', changes: ['devices', 'sessions', 'holds'] },
}

/** Stands for a device that is held. */
const DEVICE = ':device'

/** What each route is sent; a route that is missing here is not tried. */
const FORMS: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  '/portal/log-out': [{}],
  // It holds what an agent has looked at, and nothing else.
  '/portal/activity/:seq/did-not-call': [{}],
  // Of files alone; what it takes in, a person judges (`scenarios/documents/submissions.test.ts`).
  '/portal/documents/send': [{ purpose: 'address', account: 'U-anna' }],
  '/portal/language': [{ language: 'fr', to: '/portal' }],
  '/portal/security/seamless': [{ seamless: 'off' }],
  '/portal/security/asked-first': [
    { device: 'aut_01ABCDEFGHJKMNPQRSTVWXYZ12' },
    { device: DEVICE },
  ],
  '/portal/security/texts/resume': [{}],
  '/portal/security/successor/stop': [{}],
  '/portal/security/trading': [{ 'second-factor': 'off' }, { 'second-factor': 'on' }],
  '/portal/security/trade-notices': [
    { every: 'each', channel: 'email' },
    { every: 'never', channel: 'mobile' },
  ],
  '/portal/security/alerts': [{ every: 'never' }, { every: 'each' }],
  '/portal/security/trading/networks': [{ network: '203.0.113.7' }],
  '/portal/security/trading/networks/remove': [{ network: '203.0.113.7' }],
  '/portal/security/password': [
    { task: 'tsk_01ABCDEFGHJKMNPQRSTVWXYZ12', password: 'nineteen violet spoons' },
  ],
  '/portal/security/password/begin': [{}],
  '/portal/security/contact/:kind': [
    { answer: '+1 202 555 0147' },
    { answer: 'thief@example.com' },
  ],
  '/portal/security/contact/postal': [
    { street: '2 New Street', more: '', town: '10002 New York', country: 'US' },
  ],
  '/portal/security/contact/postal/cancel': [{}],
  '/portal/security/enrolments': [
    { method: 'phone-key' },
    { method: 'totp' },
    { method: 'passkey' },
    { method: 'code-card' },
    { method: 'sms-code' },
    { method: 'sms-code', answer: '+1 202 555 0147' },
    { method: 'security-card' },
    { method: 'password' },
  ],
  '/portal/security/enrolments/:id': [{ code: 'ABCDEFGH', token: 'ABCDEFGHJKMNPQRSTVWXYZ0123' }],
  '/portal/security/enrolments/:id/cancel': [{}],
  '/portal/security/enrolments/:id/answer': [{ answer: '123456', view: 'proof' }],
  '/portal/security/enrolments/:id/again': [{ way: 'voice' }],
  '/portal/security/devices/:id/name': [{ label: 'Another name' }],
  '/portal/security/devices/:id/test': [{}],
  '/portal/security/devices/:id/stop': [{}],
  '/portal/security/devices/:id/remove': [{}],
  '/portal/security/devices/:id/reactivate': [{}],
  '/portal/security/devices/:id/bring-back': [{}],
  '/portal/security/devices/:id/return': [{}],
  '/portal/security/devices/:id/change': [{ answer: '7193' }],
  '/portal/security/devices/:id/change/answer': [{ answer: '12345678' }],
  '/portal/security/sessions/:id/end': [{}],
  '/portal/security/sessions/end-others': [{}],
  '/portal/security/sessions/end-all': [{}],
  '/portal/security/browsers/forget': [{}],
  '/portal/security/browsers/:id/forget': [{}],
  '/portal/security/users/:id/give-leave': [{}],
  '/portal/security/users/:id/take-leave': [{}],
  // What is asked for there adds nothing: the owner of the device confirms it.
  '/portal/security/sharing': [{ name: 'anna2' }],
  '/portal/security/sharing/:id/agree': [{}],
  '/portal/security/sharing/:id/decline': [{}],
  '/portal/security/sharing/:id/withdraw': [{}],
  '/portal/security/order': [{}, { order: 'x', draft: 'none' }],
  '/portal/security/order/pin': [{ pin: '7193', again: '7193', draft: 'none', showing: 'x' }],
  '/portal/security/order/account': [{ account: 'U-anna', draft: 'none', showing: 'x' }],
  '/portal/security/orders/:id/withdraw': [{}],
  '/portal/security/orders/:id/arrival': [{}],
  '/portal/security/orders/:id/arrival/answer': [{ answer: '12345678' }],
  '/tasks/:id': [
    { userName: 'anna', password: '' },
    { userName: 'anna', password: 'a guess' },
  ],
  '/tasks/:id/cancel': [{}],
}

const isOfClients = (url: string): boolean => url.startsWith('/portal') || url.startsWith('/tasks')

async function stateOf({ world }: Door): Promise<Readonly<Record<Part, unknown>>> {
  const { read } = world.db
  const all = async <T>(query: { execute(): Promise<T[]> }) => JSON.stringify(await query.execute())
  const held = read
    .selectFrom('authenticator')
    .innerJoin('binding', 'binding.authenticator_id', 'authenticator.id')
    .orderBy('authenticator.id')
    .orderBy('binding.subscriber_id')
  return {
    devices: await all(
      held.select(['authenticator.id', 'subscriber_id', 'lifecycle', 'pending_until_ms']),
    ),
    names: await all(held.select(['authenticator.id', 'authenticator.label'])),
    contacts: await all(
      read.selectFrom('contact').select(['id', 'replaced_at_ms', 'verified_at_ms']).orderBy('id'),
    ),
    accounts: await all(
      read
        .selectFrom('account')
        .select(['id', 'status', 'opted_out', 'trading_networks'])
        .orderBy('id'),
    ),
    orders: await all(read.selectFrom('device_order').select(['id', 'state']).orderBy('id')),
    holds: await all(read.selectFrom('hold').select(['id', 'kind']).orderBy('id')),
    leave: await all(
      read.selectFrom('subscriber').select(['id', 'primary_id', 'leave_until_ms']).orderBy('id'),
    ),
    preferences: await all(
      read
        .selectFrom('subscriber')
        .leftJoin('trade_choice', 'trade_choice.subscriber_id', 'subscriber.id')
        .leftJoin('alert_choice', 'alert_choice.subscriber_id', 'subscriber.id')
        .select(['id', 'language', 'seamless', 'asked_first', 'trade_choice.every'])
        .select('alert_choice.every as alerts')
        .orderBy('id'),
    ),
    sessions: await all(read.selectFrom('session').select(['id', 'ended_at_ms']).orderBy('id')),
    invitations: await all(read.selectFrom('enrolment').select('id').orderBy('id')),
    browsers: await all(read.selectFrom('browser').select(['id', 'blocked_at_ms']).orderBy('id')),
  }
}

/** Ids of everything that a route could be about. */
async function namesIn(url: string, { world }: Door): Promise<readonly string[]> {
  const { read } = world.db
  if (url.includes(':kind')) return [url.replace(':kind', 'mobile'), url.replace(':kind', 'email')]
  if (url.includes(':seq')) {
    const events = await read.selectFrom('audit_event').select('seq').execute()
    return events.map(({ seq }) => url.replace(':seq', String(seq)))
  }
  const [, things] = /\/(\w+)\/:id/.exec(url) ?? []
  if (!things) return [url]
  const ids: Readonly<Record<string, () => Promise<readonly { readonly id: string }[]>>> = {
    devices: async () => await read.selectFrom('authenticator').select('id').execute(),
    sessions: async () => await read.selectFrom('session').select('id').execute(),
    browsers: async () => await read.selectFrom('browser').select('id').execute(),
    users: async () => await read.selectFrom('subscriber').select('id').execute(),
    orders: async () => await read.selectFrom('device_order').select('id').execute(),
    enrolments: async () => await read.selectFrom('enrolment').select('id').execute(),
    sharing: async () => await read.selectFrom('share_request').select('id').execute(),
    tasks: async () => await read.selectFrom('task').select('id').execute(),
  }
  const rows = (await ids[things]?.()) ?? assert.fail(`what are ${things}?`)
  return rows.map(({ id }) => url.replace(':id', id))
}

/** A browser of a thief: the one cookie, and what any page gives to every visitor. */
async function thiefOf(door: Door, owner: Visitor): Promise<Visitor> {
  const thief = visitor(door)
  thief.cookies.set('session', owner.cookies.get('session') ?? assert.fail('no session'))
  await thief.open('/portal')
  return thief
}

/** In with a text, beside a phone that is not at hand. */
async function byText(door: Story, texts: Json[]): Promise<Visitor> {
  const { world } = door
  const session = await sessionOf(door, door.browser)
  const request = { number: SAMPLE_NUMBER }
  const started = await startOnPage(world, session, { method: 'sms-code', request })
  assert.ok(started.ok, JSON.stringify(started))
  await deliverDue(world)
  const { id } = started.enrolment
  const answer = { code: codeIn(texts[0] ?? null) }
  const bound = await answerOnPage(world, session, { id, answer: answer.code })
  assert.ok(bound.ok, JSON.stringify(bound))
  return visitor(door)
}

async function byTextAgain(door: Story, browser: Visitor, texts: Json[]): Promise<void> {
  const asked = await logIn(browser)
  const [, id = ''] = /value="(aut_[^"]+)">(?:(?!<button)[\s\S])*[Tt]ext/.exec(asked.html) ?? []
  await browser.submit(/\/challenge$/, { authenticator: id })
  await deliverDue(door.world)
  const inside = await browser.submit(/\/answer$/, { answer: codeIn(texts[0] ?? null) })
  assert.match(inside.address, /^\/portal/, inside.words)
}

async function sessionOf({ world }: Door, owner: Visitor) {
  const found = await findOpenSession(world, owner.cookies.get('session') ?? '')
  return found ?? assert.fail('no session')
}

async function sweep(door: Door, owner: Visitor): Promise<number> {
  let tried = 0
  const routes = door.app.routeList.filter(
    ({ method, url }) => method === 'POST' && isOfClients(url),
  )
  // What may be done comes last, and what ends the session at the very end.
  const ends = ['/portal/log-out', '/portal/security/sessions/end-all']
  const rank = ({ url }: { readonly url: string }) =>
    ends.includes(url) || url.includes('sessions/:id') ? 2 : Number(Object.hasOwn(MAY, url))
  for (const { url } of routes.toSorted((one, other) => rank(one) - rank(other))) {
    const forms = FORMS[url]
    assert.ok(forms, `${url} changes something and is not tried`)
    for (const address of await namesIn(url, door)) {
      for (const fields of forms) await attempt(door, owner, { url, address, fields })
      tried += forms.length
    }
  }
  return tried
}

interface Attempt {
  readonly url: string
  readonly address: string
  readonly fields: Readonly<Record<string, string>>
}

async function attempt(door: Door, owner: Visitor, { url, address, fields }: Attempt) {
  const thief = await thiefOf(door, owner)
  const form = /name="form" value="([^"]+)"/.exec(thief.page().html)?.[1] ?? ''
  const before = await stateOf(door)
  const [held] = await door.world.db.read.selectFrom('authenticator').select('id').execute()
  const sent = Object.entries(fields).map(([name, value]): [string, string] => [
    name,
    value === DEVICE ? (held?.id ?? value) : value,
  ])
  const { statusCode } = await thief.ask({
    method: 'POST',
    url: address,
    headers: {
      origin: door.settings.issuer,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams([...sent, ['form', form]]).toString(),
  })
  const after = await stateOf(door)
  const about = `${address} ${JSON.stringify(fields)}: ${statusCode}`
  assert.ok(statusCode < 500, about)
  const allowed = MAY[url]?.changes ?? []
  for (const part of Object.keys(before) as Part[]) {
    if (!allowed.includes(part)) assert.deepEqual(after[part], before[part], `${about}: ${part}`)
  }
}

const silent = (name: string): Channel => ({
  name,
  retries: [],
  deliver: () => Promise.resolve({ outcome: 'sent' as const }),
})

/** A phone and addresses; everything can be delivered. */
async function withPhone(t: TestContext, database: DatabaseKind): Promise<Story> {
  const door = await inside(t, { database })
  for (const name of ['sms', 'voice', 'email']) door.world.channels.set(name, silent(name))
  const subscriberId = await subscriberOf(door.world, 'anna')
  for (const [kind, value] of [
    ['email', 'anna@example.com'],
    ['postal', '17 Invented Street\nSpringfield'],
  ] as const) {
    await setContact(door.world, { subscriberId, kind, value, by: 'operator' })
  }
  return door
}

for (const database of DATABASES) {
  suite(`A9 a stolen cookie of a session, over ${database}`, () => {
    test('adds, removes and changes nothing where a phone is held', async (t) => {
      const door = await withPhone(t, database)
      assert.ok((await sweep(door, door.browser)) > 40)
    })

    test('adds nothing where nothing is held yet', async (t) => {
      const door = await openDoor(t, { database })
      await door.world.add({ userName: 'anna', password: PASSWORD })
      const browser = visitor(door)
      await logIn(browser)
      assert.ok((await sweep(door, browser)) > 20)
      const id = await subscriberOf(door.world, 'anna')
      assert.equal((await listSessions(door.world.db, id, door.world.now())).length, 0)
    })

    test('A12 sets up no phone in the place of another with what a text has opened', async (t) => {
      const door = await withPhone(t, database)
      const texts: Json[] = []
      const deliver: Channel['deliver'] = async ({ payload }) => {
        texts.unshift(payload)
        return { outcome: 'sent' }
      }
      door.world.channels.set('sms', { ...silent('sms'), deliver })
      const browser = await byText(door, texts)
      door.world.advance(days(1))
      await byTextAgain(door, browser, texts)
      assert.ok((await sweep(door, browser)) > 40)
    })

    test('brings nothing back where a phone rests, once its login confirms nothing besides', async (t) => {
      const door = await withPhone(t, database)
      const passcode = await givenPasscode(door.world, 'anna')
      const browser = visitor(door)
      await logIn(browser)
      await browser.submit(/\/answer$/, { answer: passcode })
      assert.ok((await sweep(door, browser)) > 40)
    })
  })
}
