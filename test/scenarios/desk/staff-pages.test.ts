import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { minutes, seconds } from '#core/time/time.ts'
import { staffOf, suspendMember } from '#engine/desk/staff.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { inside } from '../../support/clients/login-story.ts'
import { answered, comesIn, openDesk, touches } from '../../support/desk/door.ts'
import { CONSOLE, hired, invited } from '../../support/desk/staff.ts'
import { DESK } from '../../support/server/world.ts'

const NINA = {
  name: 'Nina Example',
  agentId: 'nina',
  role: 'agent',
  email: 'nina@example.com',
}

suite('The desk of the staff', () => {
  test('a new member opens the address, makes a passkey, and is in; the address is used up', async (t) => {
    const door = await openDesk(t)
    const { path } = await invited(door.world, 'olga', { role: 'operator' })
    const browser = door.visit()
    const welcome = await browser.open(path)
    assert.equal(welcome.heading, 'Welcome, Olga Example')
    assert.match(welcome.words, /Operator.*olga/)
    const key = softKey('o')
    const home = await answered(browser, path, (asked) => key.register(asked, { origin: DESK }))
    assert.deepEqual([home.address, home.heading], ['/', 'Olga Example'])
    assert.match(home.words, /You have one passkey/)
    assert.ok(browser.cookies.has('desk-session'))
    const again = await door.visit().open(path)
    assert.equal(again.status, 410)
    assert.match(again.heading, /not valid/)
  })

  test('logging in asks for nothing but a passkey, and a wrong one hears one sentence', async (t) => {
    const door = await openDesk(t)
    const key = softKey('o')
    await comesIn(door, { agentId: 'olga', role: 'agent', key })
    const browser = door.visit()
    const form = await browser.open('/')
    assert.equal(form.address, '/login')
    assert.doesNotMatch(form.html, /type="(text|password|email)"/)
    const stranger = await touches(browser, softKey('s'))
    assert.equal(stranger.status, 401)
    const suspended = await hired(door.world, 'bert')
    await suspendMember(door.world, CONSOLE, suspended.member.id)
    const left = await touches(browser, suspended.key)
    assert.deepEqual([left.status, left.words], [401, stranger.words])
    const home = await touches(browser, key)
    assert.equal(home.address, '/')
    const out = await browser.submit('/log-out')
    assert.equal(out.address, '/login')
    assert.equal((await browser.open('/')).address, '/login')
  })

  test('no route is reached without a member, but the login, the invitation and the picture of the tab', async (t) => {
    const { desk } = await openDesk(t)
    const open = new Set(['/login', '/log-out', '/join/:token', '/icon.svg'])
    const routes = desk.routeList.filter(
      ({ url, method }) => method !== 'HEAD' && !/^\/(assets|accent|phone)/.test(url),
    )
    assert.ok(routes.length > 15)
    for (const { method, url } of routes) {
      if (open.has(url)) continue
      const id = 'mem_00000000000000000000000000'
      const address = url.replace(
        ':id',
        url.startsWith('/passkeys') ? id.replace('mem', 'aut') : id,
      )
      const answer = await desk.inject({
        method: method as 'GET',
        url: address,
        headers: { origin: DESK, 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.deepEqual([url, answer.statusCode, answer.headers.location], [url, 303, '/login'])
    }
  })

  test('a page that listens hears that its session is over, and is given no login page', async (t) => {
    const { desk } = await openDesk(t)
    const streams = desk.routeList.filter(
      ({ url, method }) => method === 'GET' && url.endsWith('/events'),
    )
    assert.ok(streams.length > 0)
    for (const { url } of streams) {
      const { statusCode, headers, payload } = await desk.inject({
        url: url.replace(':id', 'cas_00000000000000000000000000'),
        headers: { accept: 'text/event-stream' },
      })
      assert.deepEqual([url, statusCode, headers['set-cookie']], [url, 200, undefined])
      assert.match(payload, /^event: ended$/m)
    }
  })

  test('a route of the staff is 403 for a role that does not change it', async (t) => {
    const door = await openDesk(t)
    for (const [role, list, invite] of [
      ['agent', 403, 403],
      ['supervisor', 403, 403],
      ['fulfilment', 403, 403],
      ['documents', 403, 403],
      ['compliance', 200, 403],
      ['operator', 200, 200],
    ] as const) {
      const browser = await comesIn(door, { agentId: `an.${role}`, role, key: softKey(role) })
      assert.deepEqual([role, (await browser.open('/staff')).status], [role, list])
      assert.deepEqual([role, (await browser.open('/staff/invite')).status], [role, invite])
    }
  })

  test('a session of a client opens no page of the desk, and one of staff no page of the portal', async (t) => {
    const client = await inside(t)
    const door = await openDesk(t)
    const browser = door.visit()
    browser.cookies.set('session', client.browser.cookies.get('session') ?? '')
    browser.cookies.set('desk-session', client.browser.cookies.get('session') ?? '')
    assert.equal((await browser.open('/')).address, '/login')
    const staff = await comesIn(door, { agentId: 'olga', role: 'agent', key: softKey('o') })
    const token = staff.cookies.get('desk-session') ?? ''
    const portal = await door.clients.inject({ url: '/portal', cookies: { session: token } })
    assert.equal(portal.statusCode, 303)
  })

  test('its pages run under a policy of their own', async (t) => {
    const { desk } = await openDesk(t)
    const { headers } = await desk.inject('/login')
    const policy = String(headers['content-security-policy'])
    for (const part of ["default-src 'none'", "require-trusted-types-for 'script'"]) {
      assert.ok(policy.includes(part), part)
    }
    assert.match(policy, /worker-src 'none'/)
    assert.match(policy, /manifest-src 'none'/)
  })

  test('an operator invites, changes a role and suspends, each with a touch; what was typed is not lost', async (t) => {
    const door = await openDesk(t)
    const key = softKey('o')
    const browser = await comesIn(door, { agentId: 'olga', role: 'operator', key })
    await browser.open('/staff/invite')
    const wrong = await browser.submit('/staff/invite', {
      ...NINA,
      name: 'Nina <b>Example</b>',
      agentId: 'Nina',
    })
    assert.equal(wrong.status, 400)
    assert.match(wrong.html, /value="Nina &lt;b&gt;Example&lt;\/b&gt;"/)
    assert.match(wrong.html, /value="nina@example.com"/)
    const national = { ...NINA, telephone: '079 123 45 67' }
    const unknown = await browser.submit('/staff/invite', national)
    assert.equal(unknown.status, 400)
    assert.match(unknown.words, /Start with \+ and the country code/)
    assert.match(unknown.html, /value="079 123 45 67"/)
    const confirm = await browser.submit('/staff/invite', NINA)
    assert.match(confirm.words, /Invite Nina Example\?.*nina.*Agent.*nina@example\.com/)
    const refused = await touches(browser, softKey('s'))
    assert.equal(refused.status, 401)
    assert.match(refused.words, /Nothing was changed.*Invite Nina Example\?/)
    const told = await touches(browser, key)
    const address = /http:\/\/localhost:4601(\/join\/[\w-]{43})/.exec(told.html)?.[1] ?? ''
    assert.equal((await door.visit().open(address)).heading, 'Welcome, Nina Example')
    const nina = (await staffOf(door.world)).find(({ member }) => member.agentId === 'nina')?.member
    assert.ok(nina)
    assert.equal(nina.ties.length, 1)
    assert.doesNotMatch(JSON.stringify(nina.ties), /example/)

    await browser.open(`/staff/${nina.id}/role?role=supervisor`)
    const changed = await touches(browser, key)
    assert.match(changed.words, /The role was changed.*Supervisor/)
    await browser.open(`/staff/${nina.id}/suspend`)
    const gone = await touches(browser, key)
    assert.match(gone.words, /suspended/)
    assert.equal((await door.visit().open(address)).status, 410)
    await browser.open(`/staff/${nina.id}/again`)
    const anew = await touches(browser, key)
    assert.match(anew.html, /localhost:4601\/join\//)
  })

  test('an operator finds no way to change themselves', async (t) => {
    const door = await openDesk(t)
    const browser = await comesIn(door, { agentId: 'olga', role: 'operator', key: softKey('o') })
    const [own] = await staffOf(door.world)
    for (const path of ['suspend', 'role?role=agent', 'again']) {
      assert.equal((await browser.open(`/staff/${own?.member.id}/${path}`)).status, 403)
    }
    assert.match((await browser.open(`/staff/${own?.member.id}`)).words, /Another operator can/)
  })

  test('a form is taken from this browser and this origin alone', async (t) => {
    const door = await openDesk(t)
    const browser = await comesIn(door, { agentId: 'olga', role: 'agent', key: softKey('o') })
    const send = async (origin: string, form: string) =>
      await browser.ask({
        method: 'POST',
        url: '/log-out',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ form }).toString(),
      })
    const token = /name="form" value="([^"]+)"/.exec(browser.page().html)?.[1] ?? ''
    assert.equal((await send('http://localhost:4600', token)).statusCode, 403)
    assert.equal((await send(DESK, 'forged')).statusCode, 403)
    assert.equal((await browser.open('/')).address, '/')
    assert.equal((await send(DESK, token)).statusCode, 303)
  })

  test('a page that waits keeps no session alive', async (t) => {
    const door = await openDesk(t)
    const browser = await comesIn(door, { agentId: 'olga', role: 'agent', key: softKey('o') })
    await door.desk.listen({ port: 0, host: '127.0.0.1' })
    const { port } = door.desk.server.address() as { readonly port: number }
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    door.world.advance(minutes(10))
    const stream = await fetch(`http://127.0.0.1:${port}/session/events`, { headers: { cookie } })
    assert.equal(stream.status, 200)
    door.world.advance(minutes(5))
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      heard += value ?? ''
      if (done || heard.includes('event: ended')) break
    }
    assert.match(heard, /event: ended/)
    assert.equal((await browser.open('/')).address, '/login')
  })
})

suite('The passkeys of a member', () => {
  test('a second one is made with the first, in one commit with its touch', async (t) => {
    const door = await openDesk(t)
    const [key, second] = [softKey('o'), softKey('p')]
    const browser = await comesIn(door, { agentId: 'olga', role: 'agent', key })
    await browser.open('/passkeys/new')
    await touches(browser, key)
    const made = await answered(browser, '/passkeys/new/made', (asked) =>
      second.register(asked, { origin: DESK }),
    )
    assert.match(made.words, /The passkey was added/)
    assert.doesNotMatch((await browser.open('/')).words, /You have one passkey/)
    const other = door.visit()
    await other.open('/login')
    assert.equal((await touches(other, second)).address, '/')
  })

  test('without a touch of the first no second one is made', async (t) => {
    const door = await openDesk(t)
    const key = softKey('o')
    const browser = await comesIn(door, { agentId: 'olga', role: 'agent', key })
    await browser.open('/passkeys/new')
    const wrong = await touches(browser, softKey('s'))
    assert.equal(wrong.status, 401)
    assert.doesNotMatch(wrong.html, /passkeys\/new\/made/)
    assert.equal((await staffOf(door.world))[0]?.passkeys, 1)
  })

  test('the last one cannot be removed, and one of two can: what it opened ends', async (t) => {
    const door = await openDesk(t)
    const [key, second] = [softKey('o'), softKey('p')]
    const browser = await comesIn(door, { agentId: 'olga', role: 'agent', key })
    const list = await browser.open('/passkeys')
    assert.doesNotMatch(list.html, /\/remove"/)
    // The list is by age.
    door.world.advance(seconds(1))
    await browser.open('/passkeys/new')
    await touches(browser, key)
    await answered(browser, '/passkeys/new/made', (asked) =>
      second.register(asked, { origin: DESK }),
    )
    const other = door.visit()
    await other.open('/login')
    await touches(other, second)
    const paths = [...browser.page().html.matchAll(/href="(\/passkeys\/aut_\w+\/remove)"/g)]
    const [first, last] = paths.map(([, path]) => path ?? '')
    assert.ok(first && last)
    assert.match((await browser.open(first)).words, /It opened this session too/)
    assert.doesNotMatch((await browser.open(last)).words, /this session/)
    assert.match((await touches(browser, key)).words, /The passkey was removed/)
    assert.equal((await other.open('/')).address, '/login')
    assert.equal((await browser.open(first)).status, 409)
    await other.open('/login')
    assert.equal((await touches(other, second)).status, 401)
  })

  test('the one that opened the session is removed, and its holder logs in with the other', async (t) => {
    const door = await openDesk(t)
    const [key, second] = [softKey('o'), softKey('p')]
    const browser = await comesIn(door, { agentId: 'olga', role: 'agent', key })
    await browser.open('/passkeys/new')
    await touches(browser, key)
    const list = await answered(browser, '/passkeys/new/made', (asked) =>
      second.register(asked, { origin: DESK }),
    )
    const [, own = ''] =
      /This session[\s\S]*?href="(\/passkeys\/aut_\w+\/remove)"/.exec(list.html) ?? []
    await browser.open(own)
    assert.equal((await touches(browser, second)).address, '/login')
    assert.equal((await touches(browser, second)).address, '/')
  })
})
