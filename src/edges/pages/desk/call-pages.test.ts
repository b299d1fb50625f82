import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { closeCase } from '#engine/desk/cases/cases.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { listOpenCasesBy } from '#store/desk/cases.ts'
import { personWithPasskey } from '../../../../test/support/clients/passkey.ts'
import {
  askedOn,
  answered,
  comesIn,
  type DeskDoor,
  openDesk,
} from '../../../../test/support/desk/door.ts'
import { codeFor } from '../../../../test/support/desk/call-page.ts'
import { agent, called } from '../../../../test/support/desk/calls.ts'
import { type Shown, type Visitor, visitor } from '../../../../test/support/server/door.ts'
import { ISSUER } from '../../../../test/support/server/world.ts'

const clientOf = ({ clients, world }: DeskDoor): Visitor =>
  visitor({ app: clients, settings: { issuer: world.settings.issuer } as never })

const key = softKey('a')

/** Types the code and shows the passkey. */
const shows = async (browser: Visitor, code: string, by = key): Promise<Shown> =>
  await browser.submit('/call', {
    code,
    answer: by.assert(askedOn(browser.page()), { origin: ISSUER }),
  })

const confirms = async (browser: Visitor, by = key): Promise<Shown> =>
  await answered(browser, '/call/confirm', (asked) => by.assert(asked, { origin: ISSUER }))

const codeOn = ({ html }: Shown): string =>
  (/class="number"><span class="hidden">([\d ]+)/.exec(html)?.[1] ?? '').replaceAll(' ', '')

/** Anna, who has a passkey, is on the telephone with Jane, and has opened the page of her call. */
async function onCall(t: TestContext) {
  const door = await openDesk(t)
  await personWithPasskey(door.world, 'anna', { key })
  const jane = await agent(door.world, 'jane')
  const one = await called(door.world, jane.open, { userName: 'anna' })
  const browser = clientOf(door)
  await browser.open('/call')
  return { door, jane, one, browser }
}

suite('The page of a call', () => {
  test('R124 agent and client see the same call on their pages, and it opens the deed', async (t) => {
    const door = await openDesk(t)
    await personWithPasskey(door.world, 'anna', { key })
    const desk = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
    await desk.open('/cases')
    const found = await desk.submit('/cases', {
      by: 'user-name',
      typed: 'anna',
      reason: 'lost-device',
    })
    assert.match(found.html, /name="way" value="page"/)
    assert.doesNotMatch(found.html, /name="way" value="response"/, 'there is nothing to ask with')
    const asking = await desk.submit(/\/ask$/, { of: 'access', way: 'page' })
    assert.match(asking.words, /The client opens localhost:4600\/call and types it/)
    assert.match(asking.words, /Waiting for the client/)
    assert.match(asking.html, /data-stream="[^"?]*\/events"/)

    const browser = clientOf(door)
    const form = await browser.open('/call')
    assert.match(form.html, /<noscript><p>[^<]*JavaScript is off\. Tell the person on the phone/)
    assert.match(form.words, /hang up and call us/)
    const question = await shows(browser, codeOn(asking))
    assert.match(question.address, /^\/call\/question\?by=/)
    assert.equal(question.heading, 'Jane of Client Services asks.')
    assert.match(question.words, /You lost a device/)
    assert.match(question.words, /Unlocking your user name/)
    assert.match(question.words, /User name anna/)
    assert.match(question.html, /data-stream="\/call\/question\/events\?by=/)
    const fr = await browser.open(`${question.address}&language=fr`)
    assert.equal(fr.heading, 'Jane, du service client, vous le demande.')
    assert.match(fr.html, /<noscript><p>[^<]*JavaScript est désactivé/)

    const address = asking.address.replace(/\/ask$/, '')
    const seen = await desk.open(address)
    assert.match(seen.words, /The client reads the page and has yet to confirm/)
    assert.match(seen.html, /events\?opened=yes"/)
    const done = await confirms(browser)
    assert.equal(done.address, '/call/confirmed')
    const proven = await desk.open(address)
    assert.match(proven.words, /Unlock the user name, or read it out: open until .*\(L3\)/)
    const again = await browser.open(question.address)
    assert.equal(again.status, 410)
    assert.match(again.words, /Cette demande est terminée/)
    assert.match(again.words, /Code à 6 chiffres/, 'another one can be typed')
  })

  test('A1 what opens no call is one answer, with the code still in its field', async (t) => {
    const door = await openDesk(t)
    await personWithPasskey(door.world, 'anna', { key })
    const other = softKey('b')
    await personWithPasskey(door.world, 'bert', { key: other })
    const jane = await agent(door.world, 'jane')
    const one = await called(door.world, jane.open, { userName: 'anna' })
    const code = await codeFor(door.world, jane.open, one)
    const pages: string[] = []
    for (const [typed, by] of [
      [code, other],
      ['912345', other],
      ['912345', key],
    ] as const) {
      const browser = clientOf(door)
      await browser.open('/call')
      const { status, words, html } = await shows(browser, typed, by)
      assert.match(html, new RegExp(`name="code" value="${typed}"|value="${typed}"`))
      pages.push(`${status} ${words}`)
    }
    assert.equal(new Set(pages).size, 1)
    assert.match(pages[0] ?? '', /^404 .*do not open a call/)
  })

  test('an empty code, a browser without a passkey and an address that was made up are told what to do', async (t) => {
    const door = await openDesk(t)
    const browser = clientOf(door)
    await browser.open('/call')
    const none = await browser.submit('/call', { code: '', answer: '{}' })
    assert.equal(none.status, 400)
    assert.match(none.html, /href="#code"/)
    await browser.open('/call')
    const scriptless = await browser.submit('/call', { code: '912345', answer: '' })
    assert.match(scriptless.words, /Your browser sent no passkey/)
    const made = await browser.open('/call/question?by=made.up.0.x')
    assert.equal(made.status, 410)
    const events = await browser.ask({ method: 'GET', url: '/call/question/events?by=made.up' })
    assert.equal(events.statusCode, 410)
  })

  test('A13 a client who is not calling says so on the page, and the agent’s case is closed', async (t) => {
    const { door, jane, one, browser } = await onCall(t)
    await shows(browser, await codeFor(door.world, jane.open, one))
    const denied = await browser.submit('/call/deny')
    assert.equal(denied.address, '/call/denied')
    assert.match(denied.words, /no money leaves your account/)
    assert.deepEqual(await listOpenCasesBy(door.world.db, jane.member.id), [])
  })

  test('a call that ends while it is read is over for its page, whatever is pressed', async (t) => {
    const { door, jane, one, browser } = await onCall(t)
    const question = await shows(browser, await codeFor(door.world, jane.open, one))
    const wrong = await browser.submit('/call/confirm', { answer: '{}' })
    assert.equal(wrong.status, 400)
    assert.equal(wrong.heading, question.heading, 'it can be tried again')
    await closeCase(door.world, jane.open, one.id)
    assert.equal((await confirms(browser)).status, 410)
  })
})
