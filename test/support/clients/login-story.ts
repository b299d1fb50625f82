import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { PhoneContext, PhoneRequest } from '#methods/phone-key/wire.ts'
import {
  type Door,
  openDoor,
  type DoorOptions,
  type Shown,
  type Visitor,
  visitor,
} from '../server/door.ts'
import { listIn, type TestPhone, testPhone } from './phone.ts'

/** Stories of Anna, who logs in with a browser and a phone, told through the doors. */

export const PASSWORD = 'correct horse battery'
export const ANNA = { userName: 'anna', password: PASSWORD, environment: 'live' }
export const LABEL = 'Test phone'

export interface Story extends Door {
  readonly browser: Visitor
  readonly phone: TestPhone
}

/** Anna has a phone, and a browser that has never been used for her. */
export async function story(t: TestContext, options: DoorOptions = {}): Promise<Story> {
  const door = await openDoor(t, options)
  await door.world.add({ userName: 'anna', password: PASSWORD })
  const phone = await testPhone(door.settings.issuer)
  const other = visitor(door)
  await other.open('/login')
  await other.submit('/login', ANNA)
  await addFirst(other, { method: 'phone-key' })
  const code =
    /<p class="number">(.*?)<\/p>/.exec(other.page().html)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''
  const activation = { userName: 'anna', code }
  const offer = await post<{ enrolment: string }>(door, 'activation/open', { activation })
  const now = door.world.now()
  const request = await phone.activation(activation, { enrolment: offer.enrolment, now })
  const bound = await post<{ authenticator: string }>(door, 'activation/complete', request)
  phone.self.authenticator = bound.authenticator
  return { ...door, phone, browser: visitor(door) }
}

export async function post<T>({ app }: Door, path: string, body: object): Promise<T> {
  const response = await app.inject({ method: 'POST', url: `/phone/api/${path}`, payload: body })
  return response.json<T>()
}

/** What the phone is asked now. */
export async function asked(door: Door, phone: TestPhone): Promise<PhoneRequest<PhoneContext>> {
  const { jws } = await post<{ jws: string }>(door, 'list', {
    jws: await phone.sign('list', {}, door.world.now()),
  })
  const [request] = listIn(jws).requests
  assert.ok(request, 'the phone is asked nothing')
  // The desk asks nothing in these stories.
  return request as PhoneRequest<PhoneContext>
}

export const numberOn = ({ html }: Shown): string =>
  /<p class="number"><span class="hidden">([\d ]+)</.exec(html)?.[1]?.replaceAll(' ', '') ?? ''

export async function approve(door: Story, number?: string): Promise<void> {
  const now = door.world.now()
  const request = await asked(door, door.phone)
  const jws = await door.phone.approve(request, { now, ...(number !== undefined && { number }) })
  await post(door, 'answer', { jws })
}

export async function logIn(browser: Visitor, fields: Partial<typeof ANNA> = {}): Promise<Shown> {
  await browser.open('/login')
  return await browser.submit('/login', { ...ANNA, ...fields })
}

/** Logs in, types the response, and is inside: from then on this browser is known. */
export async function getKnown(door: Story): Promise<void> {
  await logIn(door.browser)
  await typeResponse(door)
  await door.browser.submit('/portal/log-out')
}

export async function typeResponse({ browser, phone, world }: Story): Promise<Shown> {
  const shown = await browser.open(`${browser.page().address.split('?')[0]}?view=response`)
  const response = await phone.respond(numberOn(shown), world.now())
  return await browser.submit(/answer$/, { answer: `${response.slice(0, 4)} ${response.slice(4)}` })
}

/** Anna is in the portal, in a browser that was new. */
export async function inside(t: TestContext, options: DoorOptions = {}): Promise<Story> {
  const door = await story(t, options)
  await logIn(door.browser)
  await typeResponse(door)
  return door
}

/** The authenticator that a page offers. */
export const authenticatorIn = ({ html }: Shown): string =>
  /value="(aut_\w{26})"/.exec(html)?.[1] ?? ''

/** Waits for something that happens by itself. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise(setImmediate)
}

/**
 * Sets up the very first way in: its client confirms it with the password, because there is nothing
 * else yet.
 */
export async function addFirst(
  browser: Visitor,
  fields: Readonly<Record<string, string>>,
): Promise<Shown> {
  await browser.submit('/portal/security/enrolments', fields)
  await browser.submit(/^\/tasks\/tsk_\w{26}$/, { password: PASSWORD })
  return await browser.submit('/portal/security/enrolments')
}

/** Confirms the task that is shown: the password again, then the response of the phone, then on. */
export async function confirmTask(door: Story): Promise<Shown> {
  await door.browser.submit(/^\/tasks\/tsk_\w{26}$/, { password: PASSWORD })
  return await typeResponse(door)
}
