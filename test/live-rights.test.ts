import assert from 'node:assert/strict'
import test from 'node:test'
import { after, hours, minutes } from '#core/time/time.ts'
import { changeAccount, liftHold, startHold } from '#engine/subscribers/accounts.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import {
  annaAt,
  type AtHome,
  hiddenFields,
  loggedInAt,
  type Page,
  type Visitor,
} from './support/server/site.ts'
import { PASSWORD, requestsOf, sendAnswer } from './support/clients/engine-story.ts'

/** A right that ends is gone within a second, on the page that is open and at the next click. */

const SECOND_MS = 1_000

const titleOf = ({ body }: Page): string => /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? ''

/** Anna at the trading platform, over the login pages and with the phone. */
async function trading({ world, phone, anna }: AtHome): Promise<Page> {
  const form = await anna.follow(await anna.get('/trade/login?environment=live'))
  const fields = { ...hiddenFields(form), userName: 'anna', password: PASSWORD }
  const waiting = await anna.follow(await anna.post('/login', { ...fields, environment: 'live' }))
  const [request] = await requestsOf(world, phone)
  assert.ok(request)
  const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(waiting.body)?.[1]
  const number = shown?.replaceAll(' ', '') ?? request.number ?? ''
  const signed = await phone.approve(request, { now: world.now(), number })
  assert.ok((await sendAnswer(world, request, signed)).ok)
  return await anna.follow(await anna.get(waiting.address))
}

/** Listens to a stream until it says `event`; how long that took. */
async function until(
  address: string,
  headers: Readonly<Record<string, string>>,
  event: string,
): Promise<{ readonly done: Promise<number> }> {
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(10_000) })
  assert.equal(response.status, 200)
  const reader = response.body?.getReader()
  assert.ok(reader)
  const first = Buffer.from((await reader.read()).value ?? []).toString()
  const done = (async () => {
    let text = first
    while (!text.includes(`event: ${event}`)) {
      const { value, done: isDone } = await reader.read()
      if (isDone) throw new Error(`it ended without a word: ${text}`)
      text += Buffer.from(value).toString()
    }
    const at = Date.now()
    await reader.cancel()
    return at
  })()
  return { done }
}

const cookiesOf = ({ cookies }: Visitor): Readonly<Record<string, string>> => ({
  cookie: [...cookies].map(([name, { value }]) => `${name.split('/', 1)[0]}=${value}`).join('; '),
})

const close = async (world: AtHome['world']) => {
  const change = { kind: 'close', by: 'client' } as const
  assert.ok((await changeAccount(world, { number: 'U0000001', change, by: 'operator' })).ok)
}

test('R028 an account that closes ends the open page of the trading platform within a second or so', async (t) => {
  const story = await annaAt(t)
  const { anna, world, issuer } = story
  assert.equal(titleOf(await trading(story)), 'Live trading')
  const page = await until(`${issuer}/trade/events`, cookiesOf(anna), 'ended')
  await close(world)
  const closedAt = Date.now()
  const took = (await page.done) - closedAt
  assert.ok(took < 2 * SECOND_MS, `${took} ms`)
  assert.equal(titleOf(await anna.get('/trade')), 'You were logged out')
})

test('the open page does not keep its session alive, and ends with it', async (t) => {
  const story = await annaAt(t)
  const { anna, world, issuer } = story
  await trading(story)
  const token = anna.cookies.get('session')?.value ?? ''
  const session = await findOpenSession(world, token)
  assert.ok(session)
  const page = await until(`${issuer}/trade/events`, cookiesOf(anna), 'ended')
  world.advance(minutes(5))
  await endSession(world, session, { id: session.id, by: 'holder' })
  await page.done
  const kept = world.db.read.selectFrom('session').select('seen_at_ms').where('id', '=', session.id)
  const [row] = await kept.execute()
  assert.equal(row?.seen_at_ms, session.seenAt)
  const stranger = await fetch(`${issuer}/trade/events`)
  assert.equal(stranger.status, 204)
})

test('R028 a session that was opened at the portal falls back to statements, and its trading ends', async (t) => {
  const story = await annaAt(t)
  const { anna, world } = story
  await trading(story)
  // One session for both: as if it had been opened at the portal.
  const token = anna.cookies.get('session')?.value ?? ''
  const held = await findOpenSession(world, token)
  assert.ok(held)
  const body = JSON.stringify({ ...held, platform: 'portal' })
  const moved = world.db.write.updateTable('session').set({ body }).where('id', '=', held.id)
  await world.db.commit([{ ...moved.compile(), rows: 1 }])
  assert.equal(titleOf(await anna.get('/trade')), 'Live trading')
  await close(world)
  assert.equal(titleOf(await anna.get('/portal')), 'Your account is closed')
  assert.equal(titleOf(await anna.get('/trade')), 'You were logged out')
  const shut = await anna.follow(await anna.get('/trade/login?environment=live'))
  assert.deepEqual([shut.status, titleOf(shut)], [403, 'Your account is closed'])
  for (const address of ['/portal/security', '/portal/security/devices/x']) {
    const page = await anna.get(address)
    assert.equal(page.status, 403, address)
  }
})

test('a program is told of a hold, of its end, and of the end of its session', async (t) => {
  const story = await annaAt(t)
  const { world, phone, issuer } = story
  const token = await loggedInAt(story, phone, { userName: 'anna' })
  const session = await findOpenSession(world, token)
  assert.ok(session)
  const { subscriberId } = session
  const headers = { authorization: `Bearer ${token}` }
  const address = `${issuer}/api/session/events`
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(10_000) })
  const reader = response.body?.getReader()
  assert.ok(reader)
  let text = ''
  const saysSoon = async (pattern: RegExp) => {
    const start = Date.now()
    while (!pattern.test(text)) text += Buffer.from((await reader.read()).value ?? []).toString()
    assert.ok(Date.now() - start < SECOND_MS, `${pattern} came after ${Date.now() - start} ms`)
    text = ''
  }
  await saysSoon(/event: session\ndata: .*"trading":true/)
  const until = after(world.now(), hours(1))
  const hold = { kind: 'review', forbids: ['trading'] as const, until, subscriberId }
  const id = await startHold(world, { ...hold, by: 'operator' })
  await saysSoon(/"trading":false.*hold-trading/)
  assert.ok(await liftHold(world, { subscriberId, id, by: 'operator' }))
  await saysSoon(/"trading":true/)
  await endSession(world, session, { id: session.id, by: 'holder' })
  await saysSoon(/event: ended/)
  assert.equal((await fetch(address, { headers })).status, 401)
  const nobody = await fetch(address, { headers: { authorization: `Bearer ${'x'.repeat(43)}` } })
  assert.equal(nobody.status, 401)
})

test('S85 logging out everywhere ends the page, the program and the tokens within a second', async (t) => {
  const story = await annaAt(t)
  const { anna, phone, issuer } = story
  await trading(story)
  const token = await loggedInAt(story, phone, { userName: 'anna' })
  const headers = { authorization: `Bearer ${token}` }
  const page = await until(`${issuer}/trade/events`, cookiesOf(anna), 'ended')
  const program = await until(`${issuer}/api/session/events`, headers, 'ended')
  const own = anna.cookies.get('session')?.value ?? ''
  const security = await anna.get('/portal/security/sessions')
  const fields = hiddenFields(security)
  const out = await anna.post('/portal/security/sessions/end-all', fields)
  const endedAt = Date.now()
  assert.equal(titleOf(out), 'You are logged out everywhere')
  assert.equal(anna.cookies.has('session'), false)
  for (const ended of [page, program]) {
    const took = (await ended.done) - endedAt
    assert.ok(took < SECOND_MS, `${took} ms`)
  }
  assert.equal((await fetch(`${issuer}/api/session`, { headers })).status, 401)
  assert.equal(titleOf(await anna.get('/trade')), 'You were logged out')
  anna.cookies.set('session', { value: own, path: '/' })
  assert.match((await anna.follow(await anna.get('/portal'))).address, /\/login\?/)
})

test('a hold on trading ends what a platform holds of a session, and the next view says so', async (t) => {
  const story = await annaAt(t)
  const { anna, world } = story
  assert.equal(titleOf(await trading(story)), 'Live trading')
  const session = await findOpenSession(world, anna.cookies.get('session')?.value ?? '')
  assert.ok(session)
  const until = after(world.now(), hours(1))
  const hold = { kind: 'review', forbids: ['trading'] as const, until }
  await startHold(world, { ...hold, subscriberId: session.subscriberId, by: 'operator' })
  assert.equal(titleOf(await anna.get('/trade')), 'You were logged out')
  const again = await anna.follow(await anna.get('/trade/login?environment=live'))
  assert.equal(titleOf(again), 'This is on hold for a while')
  assert.equal(again.status, 403)
  assert.match(again.body, /Opens: .* \(New York time\)/)
  assert.match(again.body, /href="\/portal"/)
})
