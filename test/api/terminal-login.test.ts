import assert from 'node:assert/strict'
import test from 'node:test'
import { apiAt, Refused } from '../../examples/terminal-login/api.ts'
import { logIn, type Terminal } from '../../examples/terminal-login/login.ts'
import { givenPasscode } from '../support/clients/printed.ts'
import { openSite, personAt } from '../support/server/site.ts'
import { PASSWORD, requestsOf, sendAnswer } from '../support/clients/engine-story.ts'

/** The terminal client of `examples/`, against a running server. */

const LIVE = { platform: 'trade', environment: 'live', language: 'en' } as const

interface Typist extends Terminal {
  readonly said: string[]
}

/** A client at a keyboard; `response` is called when the response of the phone is asked for. */
function typist(response: (number: string) => Promise<string | null>, password = PASSWORD): Typist {
  const said: string[] = []
  const numberShown = () =>
    said
      .join('\n')
      .match(/\d{3} \d{3}/g)
      ?.at(-1)
      ?.replace(' ', '') ?? ''
  return {
    said,
    say: (line) => void said.push(line),
    ask: async (question) => (question === 'User name: ' ? 'anna' : await response(numberShown())),
    askSecretly: async () => password,
  }
}

test('R037: a client who types the response of the phone is in', async (t) => {
  const site = await openSite(t)
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD })
  const typed = typist(async (number) => await phone.respond(number, site.world.now()))
  const session = await logIn(apiAt(site.issuer), typed, LIVE)
  assert.equal(session.userName, 'anna')
  assert.equal(session.rights.trading, true)
})

test('R021: a client who approves on the phone is in, without typing anything', async (t) => {
  const site = await openSite(t)
  const { world } = site
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD })
  const typed = typist(async (number) => {
    const [request] = await requestsOf(world, phone)
    assert.ok(request)
    const signed = await phone.approve(request, { now: world.now(), number })
    await sendAnswer(world, request, signed)
    return null
  })
  const session = await logIn(apiAt(site.issuer), typed, LIVE)
  assert.equal(session.acr, 'urn:countersign:acr:3')
})

test('a wrong response is told, and a new number shown', async (t) => {
  const site = await openSite(t)
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD })
  const numbers: string[] = []
  const typed = typist(async (number) => {
    numbers.push(number)
    const response = await phone.respond(number, site.world.now())
    return numbers.length === 1 ? String((Number(response) + 1) % 1e8).padStart(8, '0') : response
  })
  await logIn(apiAt(site.issuer), typed, LIVE)
  assert.equal(new Set(numbers).size, 2)
})

test('what another method asks for is typed under the name that the server gives it', async (t) => {
  const site = await openSite(t)
  await personAt(site, { userName: 'anna', password: PASSWORD })
  const passcode = await givenPasscode(site.world, 'anna')
  const typed = typist(async () => passcode)
  const session = await logIn(apiAt(site.issuer), typed, LIVE)
  assert.equal(session.acr, 'urn:countersign:acr:2t')
})

test('the steps are told in order, without the marks of a page', async (t) => {
  const site = await openSite(t)
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD })
  const typed = typist(async (number) => await phone.respond(number, site.world.now()))
  await logIn(apiAt(site.issuer), typed, LIVE)
  assert.ok(typed.said.includes('1. In the Authenticator on your phone, open Response.'))
  assert.ok(typed.said.every((line) => !line.includes('undefined')))
})

test('a denial and a wrong password end it with the words of the server', async (t) => {
  const site = await openSite(t)
  const { world } = site
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD })
  const denied = typist(async () => {
    const [request] = await requestsOf(world, phone)
    assert.ok(request)
    const signed = await phone.decide(request, { now: world.now(), decision: 'deny' })
    await sendAnswer(world, request, signed)
    return null
  })
  await assert.rejects(logIn(apiAt(site.issuer), denied, LIVE), Refused)
  const wrong = typist(async () => null, 'wrong')
  await assert.rejects(logIn(apiAt(site.issuer), wrong, LIVE), Refused)
})
