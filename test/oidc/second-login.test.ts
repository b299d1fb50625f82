import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds } from '#core/time/time.ts'
import {
  annaAt,
  type AtHome,
  type Page,
  personAt,
  loggedInAt,
  signIn,
} from '../support/server/site.ts'
import { PASSWORD } from '../support/clients/engine-story.ts'

/**
 * One browser, several logins, one after the other and beside one another: the last one answers.
 */

const CALLBACK = 'https://rp.example.com/callback'
/** The example of RFC 7636, appendix B. */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

async function ask(
  { anna }: Pick<AtHome, 'anna'>,
  changes: Readonly<Record<string, string>>,
): Promise<Page> {
  const asked = new URLSearchParams({
    client_id: 'trade',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  })
  return await anna.get(`/oidc/auth?${asked.toString()}`)
}

/** `code`, or where the browser is. */
function reached({ leadsTo, address, status }: Page): string {
  if (leadsTo?.startsWith(CALLBACK) && new URL(leadsTo).searchParams.has('code')) return 'code'
  return `${status} ${new URL(address).pathname}`
}

const followed = async (home: AtHome, changes: Readonly<Record<string, string>>) =>
  await home.anna.follow(await ask(home, changes))

/** The request for which this login form stands goes on at its own address. */
async function goneOn({ anna }: AtHome, { address }: Page): Promise<Page> {
  const uid = new URL(address).searchParams.get('interaction') ?? ''
  return await anna.follow(await anna.get(`/oidc/continue/${uid}`))
}

const TASK = JSON.stringify([
  {
    type: 'withdrawal',
    amount: '100.00',
    currency: 'USD',
    payee: 'Client A',
    payee_account: 'Demo Bank 4471',
  },
])

async function loginAgain(home: AtHome): Promise<void> {
  home.world.advance(seconds(1))
  await signIn(home)
}

test('after a second login in one browser, consent is answered and a task is asked for', async (t) => {
  const home = await annaAt(t)
  await signIn(home)
  assert.equal(reached(await followed(home, {})), 'code')
  for (let again = 0; again < 3; again += 1) {
    const asked = await followed(home, { prompt: 'login' })
    assert.equal(reached(asked), '200 /login')
    await loginAgain(home)
    assert.equal(reached(await goneOn(home, asked)), 'code')
    assert.equal(reached(await followed(home, { prompt: 'consent' })), 'code')
    const task = await followed(home, { authorization_details: TASK })
    assert.match(reached(task), /^200 \/tasks\/tsk_/)
  }
})

test('a request that waited is answered by the client who is logged in when it goes on', async (t) => {
  const home = await annaAt(t)
  const phone = await personAt(home, { userName: 'ben', password: PASSWORD })
  const waits = await followed(home, { prompt: 'consent' })
  assert.equal(reached(waits), '200 /login')
  home.world.advance(seconds(1))
  const token = await loggedInAt(home, phone, { userName: 'ben' })
  home.anna.cookies.set('session', { value: token, path: '/' })
  assert.equal(reached(await followed(home, {})), 'code')
  assert.equal(reached(await goneOn(home, waits)), 'code')
})

test('requests in two tabs are both answered, whichever goes on first', async (t) => {
  const home = await annaAt(t)
  const wishes = [{ prompt: 'consent' }, { prompt: 'consent' }, { prompt: 'consent' }]
  const tabs: Page[] = []
  for (const wish of wishes) tabs.push(await followed(home, wish))
  await loginAgain(home)
  assert.equal(reached(await followed(home, {})), 'code')
  for (const tab of tabs.toReversed()) {
    assert.equal(reached(await goneOn(home, tab)), 'code')
  }
})

test('the provider leaves no session with a browser', async (t) => {
  const home = await annaAt(t)
  await signIn(home)
  assert.equal(reached(await followed(home, { prompt: 'consent' })), 'code')
  await home.anna.get('/oidc/logout')
  assert.deepEqual(
    [...home.anna.cookies.keys()].filter((name) => name.startsWith('countersign-provider')),
    [],
  )
  const kept = await home.world.db.read
    .selectFrom('oidc_payload')
    .select('model')
    .where('model', '=', 'Session')
    .execute()
  assert.deepEqual(kept, [])
})
