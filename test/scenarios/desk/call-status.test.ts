import assert from 'node:assert/strict'
import { request } from 'node:http'
import { suite, test, type TestContext } from 'node:test'
import { CASE_LIFETIME } from '#core/desk/case.ts'
import { after, before, days, type Instant, minutes, seconds } from '#core/time/time.ts'
import { closeCase } from '#engine/desk/cases/cases.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { MEMBER_SESSION_IDLE } from '#core/desk/member.ts'
import { endMemberSession, findOpenMemberSession } from '#engine/desk/sessions.ts'
import { ongoingCall, ongoingCallOn } from '#engine/desk/ongoing-call.ts'
import { suspendMember } from '#engine/desk/staff.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { listIn } from '../../support/clients/phone.ts'
import { inside, post, type Story } from '../../support/clients/login-story.ts'
import { subscriberOf } from '../../support/clients/printed.ts'
import { agent, called, caller, sessionOf } from '../../support/desk/calls.ts'
import { CONSOLE, memberLogIn } from '../../support/desk/staff.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { HONEST, testWorld } from '../../support/server/world.ts'

async function desk(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, settings: HONEST })
  const anna = await caller(world, 'anna')
  const jane = await agent(world, 'jane')
  const now = async () => await ongoingCall(world, anna.subscriberId)
  return { world, anna, jane, now }
}

for (const database of DATABASES) {
  suite(`Who of us talks to a client now, on ${database}`, () => {
    test('A13 a client is told the first name and since when, and nothing else of the agent', async (t) => {
      const { world, anna, jane, now } = await desk(t, database)
      assert.equal(await now(), null)
      const one = await called(world, jane.open, anna)
      const until = after(one.openedAt, CASE_LIFETIME)
      assert.deepEqual(await now(), { agent: 'Jane', since: one.openedAt, until })
      const bert = await caller(world, 'bert')
      assert.equal(await ongoingCall(world, bert.subscriberId), null)
    })

    test('it ends with the case: closed, denied by the client, or left open for two hours', async (t) => {
      const { world, anna, jane, now } = await desk(t, database)
      const closed = await called(world, jane.open, anna)
      assert.ok((await closeCase(world, jane.open, closed.id)).ok)
      assert.equal(await now(), null)
      const denied = await called(world, jane.open, anna)
      const session = await sessionOf(world, anna)
      assert.ok((await denyCall(world, session, denied.id)).ok)
      assert.equal(await now(), null)
      world.advance(seconds(1))
      const here = await memberLogIn(world, jane.key)
      assert.ok(here.ok)
      const left = await called(world, jane.open, anna)
      const over = after(left.openedAt, CASE_LIFETIME)
      for (let count = 0; count < 11; count += 1) {
        world.advance(minutes(10))
        assert.ok(await findOpenMemberSession(world, here.token))
      }
      world.setClock(before(over, seconds(1)))
      assert.notEqual(await now(), null)
      world.setClock(over)
      assert.equal(await now(), null)
    })

    test('A13 an agent talks to one client at a time: the next call ends the one before', async (t) => {
      const { world, anna, jane, now } = await desk(t, database)
      const bert = await caller(world, 'bert')
      await called(world, jane.open, anna)
      world.advance(seconds(1))
      const next = await called(world, jane.open, bert)
      assert.equal(await now(), null)
      assert.notEqual(await ongoingCall(world, bert.subscriberId), null)
      await closeCase(world, jane.open, next.id)
      world.advance(seconds(1))
      assert.equal(await now(), null, 'a case that was forgotten is no call again')
      const bob = await agent(world, 'bob')
      await called(world, jane.open, anna)
      world.advance(seconds(1))
      await called(world, bob.open, anna)
      assert.equal((await now())?.agent, 'Bob', 'a second agent has taken over')
    })

    test('A13 an agent who has logged out, or is away, talks to no client, and not again by logging in', async (t) => {
      const { world, anna, jane, now } = await desk(t, database)
      await called(world, jane.open, anna)
      await endMemberSession(world, jane.open)
      assert.equal(await now(), null)
      world.advance(seconds(1))
      const here = await memberLogIn(world, jane.key)
      assert.ok(here.ok)
      assert.equal(await now(), null, 'the call was before')
      const open = (await findOpenMemberSession(world, here.token)) ?? assert.fail()
      await called(world, open, anna)
      assert.equal((await now())?.agent, 'Jane')
      world.advance(MEMBER_SESSION_IDLE)
      assert.equal(await now(), null, 'away')
    })

    test('a member who leaves talks to no client any more', async (t) => {
      const { world, anna, jane, now } = await desk(t, database)
      await called(world, jane.open, anna)
      assert.ok((await suspendMember(world, CONSOLE, jane.member.id)).ok)
      assert.equal(await now(), null)
    })

    test('every beginning and end wakes the pages and phones of the client', async (t) => {
      const { world, anna, jane } = await desk(t, database)
      const bert = await caller(world, 'bert')
      let woken = 0
      world.wakeUps.subscribe(topicOfClient(anna.subscriberId), () => (woken += 1))
      const wakes = async (act: () => Promise<unknown>) => {
        const before = woken
        await act()
        return woken > before
      }
      const one = await called(world, jane.open, anna)
      assert.ok(woken > 0, 'opened')
      assert.ok(await wakes(() => closeCase(world, jane.open, one.id)), 'closed')
      await called(world, jane.open, anna)
      assert.ok(await wakes(() => called(world, jane.open, bert)), 'another call')
      await called(world, jane.open, anna)
      assert.ok(await wakes(() => suspendMember(world, CONSOLE, jane.member.id)), 'suspended')
      const bob = await agent(world, 'bob')
      await called(world, bob.open, anna)
      assert.ok(await wakes(() => endMemberSession(world, bob.open)), 'logged out')
    })

    test('a phone that waits, was stopped or is shared tells no call', async (t) => {
      const { world, anna, jane } = await desk(t, database)
      await called(world, jane.open, anna)
      const { subscriberId } = anna
      const usual = { lifecycle: 'active', expiresAt: null, pendingUntil: null } as const
      const on = async (
        changed: Partial<{ lifecycle: 'suspended'; pendingUntil: Instant }>,
        subscriberIds = [subscriberId],
      ) => await ongoingCallOn(world, { authenticator: { ...usual, ...changed }, subscriberIds })
      assert.equal((await on({}))?.agent, 'Jane')
      assert.equal(await on({ lifecycle: 'suspended' }), undefined)
      assert.equal(await on({ pendingUntil: after(world.now(), minutes(1)) }), undefined)
      const bert = await caller(world, 'bert')
      assert.equal(await on({}, [subscriberId, bert.subscriberId]), undefined)
      assert.equal(await on({}, []), undefined)
    })
  })
}

/** The list that a phone is answered with. */
async function listOf(door: Story) {
  const jws = await door.phone.sign('list', {}, door.world.now())
  return listIn((await post<{ jws: string }>(door, 'list', { jws })).jws)
}

async function annaCalls({ world }: Story) {
  const jane = await agent(world, 'jane')
  const anna = { userName: 'anna', subscriberId: await subscriberOf(world, 'anna') }
  return { jane, anna, case: await called(world, jane.open, anna) }
}

const NONE = 'No one from Client Services is on the phone with you now.'
const ON = /Jane of Client Services is on a call in your name, since \d\d:\d\d\. If you did/

suite('The call, where its client looks', () => {
  test('overview and devices say who talks to the client, in both languages, without a script', async (t) => {
    const door = await inside(t)
    const { browser, world } = door
    for (const address of ['/portal', '/portal/security/devices']) {
      assert.ok((await browser.open(address)).words.includes(NONE), address)
    }
    const { jane, case: one } = await annaCalls(door)
    for (const address of ['/portal', '/portal/security/devices']) {
      const { words, html } = await browser.open(address)
      assert.match(words, ON, address)
      assert.doesNotMatch(html, /Jane Example|jane|mem_|cas_/, 'the first name, and no more')
    }
    await browser.submit('/portal/language', { language: 'fr' })
    assert.match(
      (await browser.open('/portal')).words,
      /Jane, de notre service client, est au téléphone en votre nom depuis/,
    )
    await closeCase(world, jane.open, one.id)
    assert.doesNotMatch((await browser.open('/portal')).words, /Jane/)
  })

  test('the phone says it in its signed list, until the case is closed', async (t) => {
    const door = await inside(t)
    assert.equal((await listOf(door)).call, null)
    const { jane, case: one } = await annaCalls(door)
    const { call } = await listOf(door)
    assert.deepEqual(Object.keys(call ?? {}).toSorted(), ['agent', 'since', 'until'])
    assert.equal(call?.agent, 'Jane')
    await closeCase(door.world, jane.open, one.id)
    assert.equal((await listOf(door)).call, null)
  })

  test('a phone that was reported lost is not told', async (t) => {
    const door = await inside(t)
    const { browser, world, phone } = door
    await annaCalls(door)
    const device = `/portal/security/devices/${phone.self.authenticator}`
    await browser.open(`${device}/stop`)
    await browser.submit(`${device}/stop`)
    const jws = await phone.sign('list', {}, world.now())
    const said = await door.app.inject({
      method: 'POST',
      url: '/phone/api/list',
      payload: { jws },
    })
    assert.equal(said.json<{ code: string }>().code, 'phone.revoked')
    assert.doesNotMatch(said.payload, /Jane/)
  })

  test('a page that is open hears of it, keeps no session alive, and hears nothing after its end', async (t) => {
    const door = await inside(t)
    const { app, browser, world } = door
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as { readonly port: number }
    const address = `http://127.0.0.1:${port}/portal/call/events`
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const stranger = await fetch(address, { redirect: 'manual' })
    assert.equal(stranger.status, 303, 'a stranger logs in first')
    const stream = await fetch(address, { headers: { cookie } })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    const hears = async (what: RegExp) => {
      while (!what.test(heard)) {
        const { value, done } = (await reader?.read()) ?? { done: true }
        assert.ok(!done, heard)
        heard += value
      }
      heard = ''
    }
    await hears(/event: call\ndata: .*"isOn":false/)
    // A page that comes back again and again is no client who uses it.
    const seen = async () =>
      (await listSessions(world.db, await subscriberOf(world, 'anna'), world.now())).map(
        ({ seenAt }) => seenAt,
      )
    const before = await seen()
    world.advance(minutes(2))
    await new Promise<void>((resolve) => {
      const asked = request(address, { headers: { cookie }, agent: false }, () => resolve())
      asked.on('response', () => asked.destroy()).on('error', () => {})
      asked.end()
    })
    assert.deepEqual(await seen(), before)
    const { jane, case: one } = await annaCalls(door)
    await hears(/event: call\ndata: .*Jane of .*"isOn":true/)
    await closeCase(world, jane.open, one.id)
    await hears(/"isOn":false/)
    world.advance(days(1))
    world.wakeUps.publish(topicOfClient(await subscriberOf(world, 'anna')))
    await hears(/event: ended/)
  })
})
