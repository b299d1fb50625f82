import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import { NOTES_MAX, noteOf } from '#core/desk/case.ts'
import { DEEDS, takesProof } from '#core/desk/deeds.ts'
import type { Json } from '#core/json.ts'
import { days, minutes } from '#core/time/time.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { memberCalled, setRole } from '#engine/desk/staff.ts'
import { messageWrite } from '#store/delivery/carrier-messages.ts'
import { caseWrite, findCase } from '#store/desk/cases.ts'
import { decide } from '#engine/documents/review/decisions.ts'
import { orderRelabelled } from '#engine/orders/sending.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { begun, numberOn as askedOn, typed } from '../../support/clients/engine-story.ts'
import { inside } from '../../support/clients/login-story.ts'
import { inPortal, ordered, sentTo, wealthy } from '../../support/clients/orders.ts'
import { listIn } from '../../support/clients/phone.ts'
import {
  agent,
  called,
  type Caller,
  caller,
  eventsAbout,
  knownBrowser,
} from '../../support/desk/calls.ts'
import { handsetOf, settledNumber } from '../../support/desk/call-back.ts'
import { comesIn, type DeskDoor, openDesk, touches } from '../../support/desk/door.ts'
import { CONSOLE } from '../../support/desk/staff.ts'
import { proven as ofDocument, waiting } from '../../support/documents/reviewing.ts'
import type { Shown, Visitor } from '../../support/server/door.ts'
import { browser as aBrowser, DESK } from '../../support/server/world.ts'

async function atTheDesk(door: DeskDoor) {
  const anna = await caller(door.world, 'anna')
  await knownBrowser(door.world, anna)
  const key = softKey('j')
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key })
  return { anna, key, browser }
}

async function found(browser: Visitor, typed = 'anna'): Promise<Shown> {
  await browser.open('/cases')
  return await browser.submit('/cases', { by: 'user-name', typed, reason: 'lost-device' })
}

const numberOn = ({ html }: Shown): string =>
  (/class="number"><span class="hidden">([\d ]+)/.exec(html)?.[1] ?? '').replaceAll(' ', '')

/** The caller reads back what their phone makes of the number. */
async function verified(
  { world }: DeskDoor,
  browser: Visitor,
  { anna, of }: { readonly anna: Caller; readonly of: string },
): Promise<Shown> {
  const { address } = browser.page()
  const at = address.replace(/\?.*/, '')
  const asked = await browser.submit(`${at}/ask`, { device: anna.phoneId, of })
  const response = await anna.phone.respond(numberOn(asked), world.now())
  return await browser.submit(`${at}/answer`, { response })
}

/** Every kind of opening tag of a page, with its attributes, each once. */
const tagsIn = (html: string): readonly string[] =>
  [...new Set(html.match(/<[a-z!][^>]*>/gi) ?? [])].toSorted()

/** Ways to have a page do something, in three hundred notes that an agent could type. */
const PAYLOADS: readonly string[] = [
  ...(['<b onclick=x{}>', '"><i id=x{}>', "'><u on=x{}>", '</p><s x{}>', '<!--x{}-->'] as const),
  ...(['<a href=//x{}>', '&lt;q x{}&gt;', '${x{}}', '<%x{}%>', 'javascript:x{}()'] as const),
].flatMap((form) => Array.from({ length: 30 }, (_, index) => form.replace('{}', String(index))))

suite('A call on the pages of the desk', () => {
  test('A17 300 payloads in notes are words on the page: no tag, no attribute, no script of theirs', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { anna, browser } = await atTheDesk(door)
    const shown = await found(browser)
    const before = tagsIn(shown.html)
    const [event] = await eventsAbout(world, anna, 'desk.case-opened')
    const held = event?.caseId && (await findCase(world.db, event.caseId))
    assert.ok(held)
    assert.equal(PAYLOADS.length, 300)
    const notes = Array.from({ length: NOTES_MAX }, (_, index) => {
      const text = noteOf(PAYLOADS.slice(index * 15, (index + 1) * 15).join(' '))
      assert.ok(text, 'the desk takes it')
      return { at: world.now(), text }
    })
    const { value, version } = held
    assert.ok(await world.db.commit([caseWrite(world.db, { value: { ...value, notes }, version })]))
    const after = await browser.open(shown.address)
    for (const payload of PAYLOADS) assert.ok(after.words.includes(payload), payload)
    const added = tagsIn(after.html).filter((tag) => !before.includes(tag))
    assert.deepEqual(added, ['<ol class="track" role="list">', '<time>'])
  })

  test('A13 R166 R167 each login has its reason and its next step, masked until the caller is proven', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { anna, browser } = await atTheDesk(door)
    const client = aBrowser()
    const login = await begun(world, client, 'anna')
    await askedOn(world, login.id, client)
    const answered = await typed(world, login, { client, response: '00000000' })
    assert.ok(!answered.ok)
    const about = { loginId: login.id, openedAt: world.now() }
    const text = {
      channel: 'sms',
      message: 'text-1',
      about,
      at: world.now(),
      state: 'sent',
    } as const
    assert.ok(await world.db.commit([messageWrite(world.db, text)]))
    const account = 'U-sent-for'
    const id = await waiting(world, anna.subscriberId, { account })
    const suspect = { ...ofDocument('address'), id, verdict: 'suspect' } as const
    assert.ok((await decide(world, { at: 'command-line', agent: 'agent-7' }, suspect)).ok)
    world.advance(minutes(11))
    const shown = await found(browser)
    const at = shown.address
    const record = await browser.open(`${at}/record`)
    assert.equal(record.status, 200)
    assert.match(record.words, /Not logged in/)
    const hidden = /Test phone|anna|Reason in the log|Message handed over|U-sent-for|near 203/
    assert.match(record.words, /•••for/)
    assert.match(record.words, /Being checked/, 'what is suspicious, too')
    assert.doesNotMatch(record.words, hidden, 'masked')
    const read = await eventsAbout(world, anna, 'desk.record-read')
    assert.equal(read.length, 1)
    assert.equal(read[0]?.actor, 'staff:jane')
    await browser.open(at)
    const proven = await verified(door, browser, { anna, of: 'device' })
    const after = await browser.open(`${proven.address.replace(/\?.*/, '')}/record`)
    assert.match(after.words, /Test phone/)
    assert.match(after.words, /Reason in the log/)
    assert.match(after.words, /Message handed over/)
    assert.match(after.words, /U-sent-for/)
    // It is the case of one agent, and over with it.
    const other = await comesIn(door, { agentId: 'olga', role: 'agent', key: softKey('o') })
    assert.equal((await other.open(`${at}/record`)).status, 404)
    await browser.open(at)
    await browser.submit(`${at}/close`, {})
    assert.equal((await browser.open(`${at}/record`)).status, 409)
    assert.equal((await eventsAbout(world, anna, 'desk.record-read')).length, 2)
    const boris = await wealthy(world, 'boris')
    const order = await ordered(world, await inPortal(world, boris))
    await sentTo(world, order)
    const label = { id: order.id, carrier: 'Example Post', tracking: 'EX 204 417 663' } as const
    assert.ok((await orderRelabelled(world, { ...label, by: 'operator' })).ok)
    const { address } = await found(browser, 'boris')
    const { words } = await browser.open(`${address}/record`)
    assert.match(words, /Security card/)
    assert.match(words, /•••663/)
    assert.doesNotMatch(words, /17 Invented Street|204 417/)
  })

  test('R011 R109 R123 R125 an agent finds the client, verifies the caller and gives a passcode with a touch', async (t) => {
    const door = await openDesk(t)
    const { anna, key, browser } = await atTheDesk(door)
    const none = await found(browser, 'ann')
    assert.equal(none.status, 404)
    assert.match(none.words, /No client has exactly that/)
    const shown = await found(browser)
    assert.match(shown.address, /^\/cases\/cas_/)
    assert.match(shown.words, /Not verified/)
    assert.doesNotMatch(shown.words, /anna|Test phone/, 'A13 masked')
    assert.doesNotMatch(shown.html, /deeds\/issue-passcode/, 'nothing to press yet')
    const proven = await verified(door, browser, { anna, of: 'device' })
    assert.match(proven.words, /Verified/)
    assert.match(proven.words, /Status of the permanent device/)
    const warrant = /name="warrant" value="(war_\w+)"/.exec(proven.html)?.[1] ?? ''
    const at = proven.address.replace(/\?.*/, '')
    const deed = `${at}/deeds/issue-passcode`
    await browser.open(`${deed}?warrant=${warrant}&status=lost`)
    const spoken = await touches(browser, key)
    const passcode = /class="number">([0-9A-Z]{8})</.exec(spoken.html)?.[1] ?? ''
    assert.match(passcode, /^[0-9A-HJKMNP-TV-Z]{8}$/)
    const back = await browser.open(at)
    assert.ok(!back.html.includes(passcode), 'it is shown once')
    const [issued] = await eventsAbout(door.world, anna, 'authenticator.issued')
    assert.ok(issued?.kind === 'authenticator.issued')
    assert.equal(issued.actor, 'staff:jane')
    assert.equal(issued.reason, 'lost')
  })

  test('A13 the phone is asked on the page, which goes on by itself when it has answered', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { anna, browser } = await atTheDesk(door)
    const { address: at } = await found(browser)
    const asked = await browser.submit(`${at}/ask`, {
      device: anna.phoneId,
      of: 'device',
      way: 'phone',
    })
    assert.match(asked.words, /Waiting for the phone/)
    const [, every, to] =
      /<noscript><meta http-equiv="refresh" content="(\d);url=([^"]+)">/.exec(asked.html) ?? []
    assert.deepEqual([every, to], ['5', at], 'without a script it looks by itself')
    assert.doesNotMatch(asked.html, /name="note"|name="reason"/, 'nothing is typed that could go')

    const [, events = ''] = /<body class="desk" data-stream="([^"]+)"/.exec(asked.html) ?? []
    await door.desk.listen({ port: 0, host: '127.0.0.1' })
    const { port } = door.desk.server.address() as { readonly port: number }
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const stream = await fetch(`http://127.0.0.1:${port}${events}`, { headers: { cookie } })
    const send = async (act: string, jws: string) =>
      await door.clients.inject({ method: 'POST', url: `/phone/api/${act}`, payload: { jws } })
    const listed = await send('list', await anna.phone.sign('list', {}, world.now()))
    const [request] = listIn(listed.json<{ jws: string }>().jws).requests
    assert.ok(request)
    const { transaction } = request
    for (const kind of ['received', 'opened']) {
      const told = await anna.phone.sign(kind, { transaction }, world.now())
      assert.equal((await send(kind, told)).statusCode, 200)
    }
    const number = numberOn(asked)
    const signed = await anna.phone.approve(request, { now: world.now(), number })
    assert.deepEqual((await send('call', signed)).json(), { outcome: 'approved' })
    assert.match(await stream.text(), /event: moved/)
    const { words, html } = await browser.open(at)
    assert.match(words, /Verified/)
    assert.match(words, /once \(L3\)/)
    assert.doesNotMatch(html, /http-equiv="refresh"/)
  })

  test('A13 the client is called back on the page, which goes on when the code was heard', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const handset = handsetOf(world)
    const anna = await caller(world, 'anna')
    await settledNumber(world, anna)
    await knownBrowser(world, anna)
    const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
    const { address: at } = await found(browser)
    const rings = await browser.submit(`${at}/ask`, { of: 'device', way: 'call-back' })
    assert.match(rings.words, /We call [^ ]*42.*It rings\./s)
    assert.doesNotMatch(rings.html, /name="response"|name="note"/, 'nothing is typed that could go')
    const [, events = ''] = /<body class="desk" data-stream="([^"]+)"/.exec(rings.html) ?? []
    assert.match(events, /\/proofs\/vrf_\w+\/events$/)
    const code = await handset.press('1')
    const heard = await browser.open(at)
    assert.match(heard.words, /The client has heard the code/)
    assert.doesNotMatch(heard.html, /http-equiv="refresh"/, 'and stays while it is typed')
    assert.doesNotMatch(heard.html, /name="cells"/, 'there is no card')
    const mistyped = await browser.submit(`${at}/answer`, { response: '9' })
    assert.equal(mistyped.status, 400)
    const proven = await browser.submit(`${at}/answer`, { response: code })
    assert.match(proven.words, /Verified.*once \(L1\).*Needs a second person/s)

    const sue = await comesIn(door, { agentId: 'sue', role: 'supervisor', key: softKey('s') })
    const ask = { status: 'lost', reason: 'The phone fell into the sea.' }
    await browser.submit(`${at}/second/issue-passcode`, ask)
    const [, path = ''] = /href="(\/second\/sec_\w+)"/.exec((await sue.open('/')).html) ?? []
    const { words } = await sue.open(path)
    assert.match(words, /Why it takes two The caller was verified in a weaker way .* \(L1\)/)
  })

  test('A13 no deed that takes a proof is done without one, on no address and by no role', async (t) => {
    const door = await openDesk(t)
    const { anna } = await atTheDesk(door)
    for (const role of ['agent', 'supervisor'] as const) {
      const key = softKey(role[0] ?? 'x')
      const browser = await comesIn(door, { agentId: `one-${role}`, role, key })
      const { address } = await found(browser)
      for (const deed of DEEDS.filter(takesProof)) {
        await browser.open(`${address}/deeds/${deed}?status=lost&device=${anna.phoneId}`)
        const refused = await touches(browser, key)
        assert.equal(refused.status, 403, deed)
      }
    }
    assert.deepEqual(await eventsAbout(door.world, anna, 'desk.acted'), [])
  })

  test('R030 R123 a forgotten user name is spelt on a page of its own, with what to say beside it', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const anna = await caller(world, 'Anna.o_1')
    await knownBrowser(world, anna)
    const key = softKey('j')
    const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key })
    await browser.open('/cases')
    const typed = { by: 'account', typed: 'U-Anna.o_1', reason: 'forgotten-user-name' }
    const shown = await browser.submit('/cases', typed)
    assert.match(shown.words, /You need no user name for this/)
    assert.doesNotMatch(shown.html, /deeds\/tell-user-name/, 'nothing to press yet')
    const ready = await verified(door, browser, { anna, of: 'access' })
    assert.match(ready.words, /I now read you your user name/)
    assert.doesNotMatch(ready.words, /(?<!U-)Anna\.o_1/, 'not even now')
    const [, warrant = ''] = /name="warrant" value="(war_\w+)"/.exec(ready.html) ?? []
    const at = ready.address.replace(/\?.*/, '')
    await browser.open(`${at}/deeds/tell-user-name?warrant=${warrant}`)
    const spoken = await touches(browser, key)
    assert.match(spoken.html, /class="number">Anna\.o_1</)
    assert.match(spoken.words, /A Alfa.*n November.*\. Dot.*o Oscar.*_ Underscore.*1/s)
    assert.match(spoken.words, /We never send it by mail or text/)
    assert.doesNotMatch(spoken.words, /Valid until/)
    const back = await browser.open(at)
    assert.doesNotMatch(back.words, /Is this really Anna/)
  })

  test('S70 A28 a device is blocked for a verified caller, and not without a touch', async (t) => {
    const door = await openDesk(t)
    const { anna, key, browser } = await atTheDesk(door)
    const unproven = await found(browser)
    assert.doesNotMatch(unproven.html, /deeds\/block-device/)
    assert.match(unproven.html, /deeds\/freeze/)
    const shown = await verified(door, browser, { anna, of: 'stop' })
    const [, warrant = ''] = /name="warrant" value="(war_\w+)"/.exec(shown.html) ?? []
    const at = shown.address.replace(/\?.*/, '')
    const deed = `${at}/deeds/block-device?warrant=${warrant}&device=${anna.phoneId}`
    await browser.open(deed)
    const stranger = await touches(browser, softKey('s'))
    assert.equal(stranger.status, 401)
    const caseId = at.replace('/cases/', '')
    const refused = (await auditOf(door.world)).flatMap((event) =>
      event.kind === 'desk.touch-refused' ? [[event.deed, event.caseId, event.reason]] : [],
    )
    assert.deepEqual(refused, [['case.block-device', caseId, 'another-passkey']])
    assert.deepEqual(await eventsAbout(door.world, anna, 'desk.acted'), [])
    await browser.open(deed)
    const done = await touches(browser, key)
    assert.match(done.words, /Done\. The client is told\./)
    assert.equal((await eventsAbout(door.world, anna, 'authenticator.suspended')).length, 1)
  })

  test('R098 A13 a deed that takes two people is asked, agreed to by another member and then done', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { anna, key, browser } = await atTheDesk(door)
    const change = { kind: 'value', equityUsd: 1_000_000 } as const
    await changeAccount(world, { number: 'U-anna', change, by: 'operator' })
    const sueKey = softKey('s')
    const sue = await comesIn(door, { agentId: 'sue', role: 'supervisor', key: sueKey })
    assert.doesNotMatch((await sue.open('/')).words, /Waiting for you/)
    await found(browser)
    const shown = await verified(door, browser, { anna, of: 'device' })
    assert.match(shown.words, /Needs a second person/)
    assert.match(shown.html, /id="why-issue-passcode" name="reason"/)
    const at = shown.address.replace(/\?.*/, '')
    const ask = `${at}/second/issue-passcode`
    const wrong = await browser.submit(ask, { status: 'lost', reason: ' ' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.words, /Give a reason/)
    const reason = 'The phone <b>fell</b> into the sea.'
    const asked = await browser.submit(ask, { status: 'lost', reason })
    assert.match(asked.words, /Sue Example was asked/)
    assert.doesNotMatch(asked.html, /deeds\/issue-passcode/)

    const home = await sue.open('/')
    assert.match(home.words, /Waiting for you.*Give a temporary passcode.*Jane Example asks/s)
    const [, path = ''] = /href="(\/second\/sec_\w+)"/.exec(home.html) ?? []
    const request = await sue.open(path)
    assert.ok(request.words.includes(reason) && !request.html.includes('<b>fell'))
    assert.match(request.words, /The account is large/)
    assert.doesNotMatch(request.words, /anna/, 'A13 the client is not named')
    const stranger = await touches(sue, key)
    assert.equal(stranger.status, 401)
    const agreed = await touches(sue, sueKey)
    assert.match(agreed.words, /You have agreed/)
    assert.equal((await browser.open(path)).status, 403, 'an agent is no second person')

    const ready = await browser.open(at)
    assert.match(ready.words, /Sue Example has agreed/)
    const [, id = ''] = /name="request" value="(sec_\w+)"/.exec(ready.html) ?? []
    await browser.open(`${at}/deeds/issue-passcode?request=${id}&status=lost`)
    const spoken = await touches(browser, key)
    assert.match(spoken.html, /class="number">[0-9A-Z]{8}</)
    const [issued] = await eventsAbout(world, anna, 'authenticator.issued')
    assert.ok(issued?.kind === 'authenticator.issued')
    assert.equal(issued.approvedBy, 'sue')
  })

  test('R044 A13 what a phone has found is on the case for a day, in the words of the phone', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { anna, browser } = await atTheDesk(door)
    const send = async (members: Readonly<Record<string, Json>>, act = 'examined') => {
      const jws = await anna.phone.sign(act, members, world.now())
      const url = '/phone/api/examined'
      return (await door.clients.inject({ method: 'POST', url, payload: { jws } })).statusCode
    }
    const shown = { system: 'android', isInstalled: false }
    const { address: at, words: before } = await found(browser)
    assert.doesNotMatch(before, /Notifications on the phone/)
    assert.equal(await send({ ...shown, findings: ['made-up'] }), 400)
    assert.equal(await send({ ...shown, findings: Array(99).fill('denied') }), 400)
    assert.equal(await send({ ...shown, findings: ['denied'] }, 'check'), 401)
    assert.equal(await send({ ...shown, findings: ['denied', 'switched-off', 'denied'] }), 200)
    const { words } = await browser.open(at)
    assert.match(words, /Notifications on the phone phone Shown by the client, Today/i)
    assert.match(words, /Notifications are not allowed on this phone\. Allow them in the settings/)
    assert.equal(words.split('Notifications are not allowed').length, 2, 'each once')
    world.advance(days(1))
    const other = await comesIn(door, { agentId: 'olga', role: 'agent', key: softKey('o') })
    const later = await found(other)
    assert.match(later.words, /Not verified/)
    assert.doesNotMatch(later.words, /Notifications on the phone/)
  })

  test('A17 a note with markup is shown as it was typed, and runs nothing', async (t) => {
    const door = await openDesk(t)
    const { browser } = await atTheDesk(door)
    const { address } = await found(browser)
    const note = '<img src=x onerror=alert(1)>'
    const shown = await browser.submit(`${address}/note`, { note })
    assert.ok(!shown.html.includes(note))
    assert.match(shown.html, /&lt;img src=x onerror=alert\(1\)&gt;/)
    const over = await browser.submit(`${address}/close`)
    assert.equal(over.address, '/cases')
  })

  test('A13 an agent who was given another role reads, asks, answers and notes nothing more', async (t) => {
    const door = await openDesk(t)
    const { browser } = await atTheDesk(door)
    const { address } = await found(browser)
    const jane = await memberCalled(door.world, 'jane' as AgentId)
    assert.ok(jane)
    const { id } = jane
    assert.ok((await setRole(door.world, CONSOLE, { id, role: 'fulfilment' })).ok)
    const before = (await auditOf(door.world)).length
    const ofCases = door.desk.routeList.filter(
      ({ url, method }) => url.startsWith('/cases') && method !== 'HEAD',
    )
    assert.ok(ofCases.length >= 9)
    for (const { url, method } of ofCases) {
      const asked = url.replace('/cases/:id', address).replace(':deed', 'freeze')
      const { payload, statusCode } = await browser.ask({
        method: method as 'GET' | 'POST',
        url: asked,
        headers: { origin: DESK, 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(statusCode, 403, `${method} ${url}`)
      assert.match(payload, /Your role does not allow this/, `${method} ${url}`)
    }
    assert.equal((await auditOf(door.world)).length, before)
  })

  test('other roles come to no call', async (t) => {
    const door = await openDesk(t)
    for (const role of ['fulfilment', 'documents', 'compliance', 'operator'] as const) {
      const browser = await comesIn(door, { agentId: `a-${role}`, role, key: softKey(role) })
      assert.equal((await browser.open('/cases')).status, 403, role)
    }
  })
})

test('A13 the client reads of a call in the activity, and says there that they did not call', async (t) => {
  const story = await inside(t)
  const { world, browser } = story
  const { open } = await agent(world, 'jane')
  const { number } = await called(world, open, { userName: 'anna' })
  const shown = await browser.open('/portal/activity')
  const line = `We looked at your devices, case ${number}, because you called.`
  assert.ok(shown.words.includes(line))
  const [, seq = ''] = /href="\/portal\/activity\/(\d+)"/.exec(shown.html) ?? []
  await browser.open(`/portal/activity/${seq}`)
  const done = await browser.submit(`/portal/activity/${seq}/did-not-call`)
  assert.match(done.words, /You said that you did not call, case \d{6}/)
})

test('each act of a case and of the queue has a letter of its own, whatever is proven', async (t) => {
  const door = await openDesk(t)
  handsetOf(door.world)
  const anna = await caller(door.world, 'anna')
  await settledNumber(door.world, anna)
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
  const pages = [await found(browser)]
  const at = pages[0]?.address ?? ''
  pages.push(await verified(door, browser, { anna, of: 'device' }))
  await browser.submit(`${at}/call-backs`, {})
  pages.push(await browser.open('/call-backs'))
  const [, take = ''] = /action="([^"]*take)"/.exec(browser.page().html) ?? []
  await browser.submit(take, {})
  pages.push(await browser.open('/call-backs'))
  const letters = new Set<string>()
  for (const { html } of pages) {
    const acts = [...html.matchAll(/<button(?! class="link")[^>]*>/g)].map(([tag]) => tag)
    assert.ok(acts.length > (html.includes('/call-backs/cbk_') ? 0 : 5))
    assert.deepEqual(
      acts.filter((tag) => !/ accesskey="[a-z0-9]"/.test(tag)),
      [],
    )
    const given = [...html.matchAll(/ accesskey="(.)"/g)].map(([, letter]) => letter)
    assert.deepEqual(given, [...new Set(given)], 'one letter stands for two things')
    for (const letter of given) letters.add(letter ?? '')
  }
  assert.ok(letters.size > 12)
})

test('A13 R127 no route of a case is open to another agent: all of the router', async (t) => {
  const door = await openDesk(t)
  const { anna, browser: jane } = await atTheDesk(door)
  const at = (await found(jane)).address.replace('/cases/', '')
  const before = await eventsAbout(door.world, anna, 'desk.acted')
  // What each of them takes: one that is new has to be named here.
  const touch = { answer: '{}', sealed: 'x' }
  const about = { device: anna.phoneId, status: 'lost' }
  const sends: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    note: { note: 'A note.' },
    pressed: { said: 'hurry' },
    close: {},
    'call-backs': {},
    connectivity: { code: 'ABCD2345' },
    ask: { of: 'device', device: anna.phoneId },
    answer: { proof: `vrf_${'0'.repeat(26)}`, response: '12345678' },
    'deeds/:deed': { ...touch, ...about },
    'second/:deed': { ...about, reason: 'It lies in the sea.' },
    'contacts/:contact': { ...touch, reason: 'To see it.' },
    'contacts/:contact/second': { reason: 'To see it.' },
  }
  const routes = door.desk.routeList.filter(
    ({ url, method }) => url.startsWith('/cases/:id') && method !== 'HEAD',
  )
  const posted = routes.filter(({ method }) => method === 'POST').map(({ url }) => url.slice(11))
  assert.deepEqual(posted.toSorted(), Object.keys(sends).toSorted())
  const NONE = `cas_${'0'.repeat(26)}`
  type Route = (typeof routes)[number]
  const asks = async (
    browser: Visitor,
    { url, method }: Route,
    { deed, id = at }: { readonly deed: string; readonly id?: string },
  ) => {
    const page = await browser.open('/')
    const token = /name="form" value="([^"]*)"/.exec(page.html)?.[1] ?? assert.fail('no form')
    const address = url
      .replace(':id', id)
      .replace(':deed', deed)
      .replace(':contact', `con_${'0'.repeat(26)}`)
      .replace(':proof', `vrf_${'0'.repeat(26)}`)
    const body = new URLSearchParams({ form: token, ...sends[url.slice(11)] }).toString()
    const headers = { origin: DESK, 'content-type': 'application/x-www-form-urlencoded' }
    const sent = method === 'POST' ? { payload: body, headers } : {}
    const asked = url.includes(':deed') ? `?${new URLSearchParams(about).toString()}` : ''
    return await browser.ask({ method: method as 'GET', url: address + asked, ...sent })
  }
  const other = await comesIn(door, { agentId: 'tom', role: 'supervisor', key: softKey('t') })
  for (const route of routes) {
    const isStream = route.url.endsWith('/events')
    for (const deed of route.url.includes(':deed') ? DEEDS.filter(takesProof) : ['none']) {
      const { statusCode, payload } = await asks(other, route, { deed })
      // A colleague learns no more than of a case that is not there.
      if (isStream) assert.equal(payload, (await asks(other, route, { deed, id: NONE })).payload)
      else assert.equal(statusCode, 404, `${route.method} ${route.url} ${deed}`)
    }
  }
  assert.deepEqual(await eventsAbout(door.world, anna, 'desk.acted'), before)
})
