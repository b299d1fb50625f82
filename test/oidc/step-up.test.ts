import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import * as oidc from 'openid-client'
import { TASK_LIFETIME } from '#core/tasks/task.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { pebble } from '../support/sample-method.ts'
import {
  annaAt,
  type AtHome,
  discovered,
  hiddenFields,
  type Page,
  signIn,
  type Visitor,
  visitor,
} from '../support/server/site.ts'
import { any } from '#store/queries/writes.ts'
import { begin, PASSWORD } from '../support/clients/engine-story.ts'
import { browser, type TestWorldOptions } from '../support/server/world.ts'

/**
 * What relying parties get beyond a login: more strength (RFC 9470), and one task approved (RFC
 * 9396).
 */

const CALLBACK = 'https://rp.example.com/callback'
const DETAIL = {
  type: 'withdrawal',
  amount: '12500.00',
  currency: 'USD',
  payee: 'Client A',
  payee_account: 'Demo Bank 4471',
}

interface Story extends AtHome {
  readonly config: oidc.Configuration
}

async function openStory(t: TestContext, options: TestWorldOptions = {}): Promise<Story> {
  const home = await annaAt(t, options)
  await signIn(home)
  return { ...home, config: await discovered(home) }
}

async function ask(
  { config }: Pick<Story, 'config'>,
  who: Visitor,
  changes: Readonly<Record<string, string>>,
) {
  const verifier = oidc.randomPKCECodeVerifier()
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'st',
    ...changes,
  })
  return { page: await who.follow(await who.get(address.href)), verifier }
}

const details = (detail: object = DETAIL) => ({ authorization_details: JSON.stringify([detail]) })

const answerOf = ({ leadsTo, status, address }: Page): URL => {
  assert.ok(leadsTo?.startsWith(CALLBACK), `not answered: ${status} ${address}`)
  return new URL(leadsTo ?? '')
}
const errorIn = (page: Page): string | null => answerOf(page).searchParams.get('error')

const pathOf = ({ address }: Page): string => new URL(address).pathname

/** Types the password on the page of the task, and asks for a response to type. */
async function typePassword(who: Visitor, page: Page): Promise<Page> {
  const asked = await who.follow(
    await who.post(pathOf(page), { ...hiddenFields(page), userName: 'anna', password: PASSWORD }),
  )
  return await who.follow(await who.get(`${pathOf(asked)}?view=response`))
}

/**
 * Turns the number of the page into a response, and types it; the site’s clock may have moved on.
 */
async function typeResponse({ phone, world }: Story, who: Visitor, page: Page): Promise<Page> {
  const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(page.body)?.[1] ?? ''
  const answer = await phone.respond(shown.replaceAll(' ', ''), world.now())
  const id = /\/login\/log_\w{26}/.exec(page.body)?.[0] ?? ''
  return await who.follow(await who.post(`${id}/answer`, { ...hiddenFields(page), answer }))
}

async function approve(story: Story, who: Visitor, page: Page): Promise<Page> {
  return await typeResponse(story, who, await typePassword(who, page))
}

async function exchange({ config }: Story, page: Page, verifier: string) {
  return await oidc.authorizationCodeGrant(config, answerOf(page), {
    pkceCodeVerifier: verifier,
    expectedState: 'st',
    idTokenExpected: true,
  })
}

suite('A relying party that asks for a task', () => {
  test('S87 R023 has it shown, confirmed, and told back in the token', async (t) => {
    const story = await openStory(t)
    const { page, verifier } = await ask(story, story.anna, details())
    assert.match(pathOf(page), /^\/tasks\/tsk_/)
    for (const text of [
      'USD\u00a012,500.00',
      'Client A',
      'Demo Bank 4471',
      'USD\u00a01,000,000.00',
    ]) {
      assert.ok(page.body.includes(text), text)
    }
    const asked = await typePassword(story.anna, page)
    assert.ok(asked.body.includes('Approve USD\u00a012,500.00</button>'))
    const back = await typeResponse(story, story.anna, asked)
    const granted = await exchange(story, back, verifier)
    const claims = granted.claims()
    assert.ok(claims)
    const [detail, ...others] = claims['authorization_details'] as readonly unknown[]
    const { task, approved_at: at, ...rest } = detail as { readonly [name: string]: unknown }
    assert.deepEqual(rest, { ...DETAIL, acr: 'urn:countersign:acr:3' })
    assert.match(String(task), /^tsk_/)
    assert.equal(typeof at, 'number')
    assert.deepEqual(others, [])
    assert.deepEqual(granted.authorization_details, [detail], 'RFC 9396, section 7')
    const { access_token: token } = granted
    const looked = await oidc.tokenIntrospection(story.config, token)
    assert.deepEqual(looked['authorization_details'], [detail])
    const info = await oidc.fetchUserInfo(story.config, token, granted.claims()?.sub ?? '')
    assert.deepEqual(info['authorization_details'], [detail])
  })

  test('A8 hears nothing of it in a login that only says who the client is', async (t) => {
    const story = await openStory(t)
    const first = await ask(story, story.anna, details())
    await exchange(story, await approve(story, story.anna, first.page), first.verifier)
    const plain = await ask(story, story.anna, {})
    const granted = await exchange(story, plain.page, plain.verifier)
    assert.equal(granted.claims()?.['authorization_details'], undefined)
    assert.equal(granted.authorization_details, undefined)
  })

  test('A8 gets one code for one proof: the way back works once', async (t) => {
    const story = await openStory(t)
    const { page } = await ask(story, story.anna, details())
    const asked = await typePassword(story.anna, page)
    const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(asked.body)?.[1] ?? ''
    const answer = await story.phone.respond(shown.replaceAll(' ', ''), story.world.now())
    const login = /\/login\/log_\w{26}/.exec(asked.body)?.[0] ?? ''
    await story.anna.post(`${login}/answer`, { ...hiddenFields(asked), answer })
    const done = await story.anna.follow(await story.anna.get(pathOf(page)))
    answerOf(done)
    const again = await story.anna.follow(await story.anna.get(pathOf(page)))
    assert.equal(again.status, 409)
    assert.match(again.body, /This approval was already used/)
  })

  test('A8 a proof for one request is not valid for another, whatever the address says', async (t) => {
    const story = await openStory(t)
    const one = await ask(story, story.anna, details())
    const other = await ask(story, story.anna, details({ ...DETAIL, amount: '99999.00' }))
    const task = /tsk_\w{26}/.exec(one.page.address)?.[0] ?? ''
    const asked = await typePassword(story.anna, one.page)
    const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(asked.body)?.[1] ?? ''
    const answer = await story.phone.respond(shown.replaceAll(' ', ''), story.world.now())
    const login = /\/login\/log_\w{26}/.exec(asked.body)?.[0] ?? ''
    await story.anna.post(`${login}/answer`, { ...hiddenFields(asked), answer })
    const uid = [...story.anna.cookies.keys()]
      .flatMap((name) => /\/oidc\/continue\/([\w-]+)/.exec(name)?.[1] ?? [])
      .at(-1)
    const stolen = await story.anna.follow(
      await story.anna.get(`/oidc/continue/${uid}?task=${task}`),
    )
    assert.match(pathOf(stolen), /^\/tasks\/tsk_/, 'its own task is asked for')
    assert.ok(stolen.body.includes('99,999.00'))
    assert.equal(stolen.address, other.page.address, 'the one that waits for it')
  })

  test('that is loaded again leads to the task that waits, and to another once that is over', async (t) => {
    const story = await openStory(t)
    const { anna, world } = story
    const { page } = await ask(story, anna, details())
    const [uid] = [...anna.cookies.keys()].flatMap(
      (name) => /\/oidc\/continue\/([\w-]+)/.exec(name)?.[1] ?? [],
    )
    const again = async () => await anna.follow(await anna.get(`/oidc/continue/${uid}`))
    assert.deepEqual(
      [(await again()).address, (await again()).address],
      [page.address, page.address],
    )
    const count = async () => (await world.db.read.selectFrom('task').select('id').execute()).length
    assert.equal(await count(), 1)
    world.advance(TASK_LIFETIME)
    const later = await again()
    assert.match(pathOf(later), /^\/tasks\/tsk_/)
    assert.notEqual(later.address, page.address)
    assert.deepEqual([(await again()).address, await count()], [later.address, 2])
  })

  test('that asks for what is not one whole task hears why, and the client is not asked', async (t) => {
    const story = await openStory(t)
    const wrong: readonly unknown[] = [
      [],
      {},
      null,
      'withdrawal',
      [DETAIL, DETAIL],
      [null],
      [[DETAIL]],
      [{ ...DETAIL, type: 'bind' }],
      [{ ...DETAIL, type: '__proto__' }],
      ...['0', '0.00', '-5', '1e308', '1.001', '1,000', 5].map((amount) => [{ ...DETAIL, amount }]),
      [{ ...DETAIL, currency: 'EUR' }],
      ...[
        'Client\u202eA',
        'Client\u3164A',
        'Client\u2800A',
        'Client\nA',
        'Clientx\u0301\u0301\u0301 A',
      ].map((payee) => [{ ...DETAIL, payee }]),
      [{ ...DETAIL, payee: 'x'.repeat(5_000) }],
      [{ ...DETAIL, note: 'one more' }],
    ]
    for (const value of wrong) {
      const text = JSON.stringify(value)
      const { page } = await ask(story, story.anna, { authorization_details: text })
      assert.equal(errorIn(page), 'invalid_authorization_details', text)
    }
    const { page } = await ask(story, story.anna, { authorization_details: '{' })
    assert.equal(errorIn(page), 'invalid_authorization_details')
  })

  test('S104 with prompt=none hears that the client must be asked', async (t) => {
    const story = await openStory(t)
    const { page } = await ask(story, story.anna, { ...details(), prompt: 'none' })
    assert.equal(errorIn(page), 'interaction_required')
  })

  test('hears access_denied when the client does not send', async (t) => {
    const story = await openStory(t)
    const { page } = await ask(story, story.anna, details())
    const form = /action="(\/tasks\/tsk_\w{26}\/cancel)"/.exec(page.body)?.[1]
    const back = await story.anna.follow(
      await story.anna.post(form ?? '', { form: hiddenFields(page)['form'] ?? '' }),
    )
    assert.equal(errorIn(back), 'access_denied')
  })

  test('R121 beyond the limit nothing is asked: the limit, what is left, and what would raise it', async (t) => {
    const story = await openStory(t)
    const { page } = await ask(story, story.anna, details({ ...DETAIL, amount: '1000000.01' }))
    assert.equal(page.status, 403)
    assert.match(page.body, /This is more than your limit/)
    assert.ok(page.body.includes('USD\u00a01,000,000.00 left today with: Phone.'))
    assert.match(page.body, /Another device has no limit: (?:Security card|Passkey)\./)
    assert.doesNotMatch(page.body, /type="password"/)
  })

  test('R117 what is kept back for a card stays in the account, and the page says so', async (t) => {
    const story = await openStory(t)
    const { db } = story.world
    const kept = { equity_usd: 1_000, reserved_usd: 20 }
    assert.ok(await db.commit([any(db.write.updateTable('account').set(kept))]))
    const { page } = await ask(story, story.anna, details({ ...DETAIL, amount: '980.01' }))
    assert.equal(page.status, 403)
    assert.ok(page.body.includes('USD\u00a0980.00 left today with: Phone.'), page.body)
    assert.match(page.body, /USD.20 stays in the account as the deposit for a card/)
    assert.doesNotMatch(page.body, /Another device/)
    const right = await ask(story, story.anna, details({ ...DETAIL, amount: '980.00' }))
    assert.equal(right.page.status, 200)
    assert.match(right.page.body, /USD.20 stays in the account/)
  })

  test('A9 without a session the client logs in first, and confirms then', async (t) => {
    const story = await openStory(t)
    const stranger = visitor(story.issuer)
    const { page } = await ask(story, stranger, details())
    assert.equal(pathOf(page), '/login')
    assert.doesNotMatch(page.body, /12,500/, 'nothing is told to who has proven nothing')
  })

  test('A8 an approval that waits too long is not valid', async (t) => {
    const story = await openStory(t)
    const { page } = await ask(story, story.anna, details())
    const asked = await typePassword(story.anna, page)
    const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(asked.body)?.[1] ?? ''
    const answer = await story.phone.respond(shown.replaceAll(' ', ''), story.world.now())
    const login = /\/login\/log_\w{26}/.exec(asked.body)?.[0] ?? ''
    await story.anna.post(`${login}/answer`, { ...hiddenFields(asked), answer })
    story.world.advance(minutes(5))
    const late = await story.anna.follow(await story.anna.get(pathOf(page)))
    assert.equal(late.status, 410)
    assert.match(late.body, /This task has expired/)
  })
})

const urn = (level: string) => ({ acr_values: `urn:countersign:acr:${level}` })

/** Anna has a phone and a pebble, and came in with the pebble, which proves less. */
async function withPebble(t: TestContext): Promise<Story> {
  const story = await openStory(t, { methods: [pebble] })
  const { world, anna } = story
  const session = await findOpenSession(world, anna.cookies.get('session')?.value ?? '')
  assert.ok(session)
  const invited = await startOnPage(world, session, { method: 'pebble', request: null })
  assert.ok(invited.ok)
  const { id, drawn } = invited.enrolment
  assert.ok(drawn)
  const { word } = drawn.prompt as { readonly word: string }
  assert.ok((await answerOnPage(world, session, { id, answer: word })).ok)
  const client = browser()
  const held = { holder: client.holder }
  const begun = await begin(world, client, { userName: 'anna' })
  assert.ok(begun.ok)
  const view = await viewLogin(world, { id: begun.login.id, ...held })
  const choice = view.ok ? view.choices.find(({ method }) => method === 'pebble') : undefined
  assert.ok(choice)
  const asked = { id: begun.login.id, ...held, authenticatorId: choice.id, way: null }
  assert.ok((await openChallenge(world, asked)).ok)
  const answered = await answerLogin(world, { id: begun.login.id, ...held, answer: { word } })
  assert.ok(answered.ok && answered.token !== null)
  anna.cookies.set('session', { value: answered.token, path: '/' })
  return story
}

suite('A relying party that asks for more strength (RFC 9470)', () => {
  test('S104 steps a weak session up: only what is enough is asked, and the token says so', async (t) => {
    const story = await withPebble(t)
    const { anna } = story
    const weak = await ask(story, anna, urn('2c'))
    assert.equal(
      (await exchange(story, weak.page, weak.verifier)).claims()?.['acr'],
      urn('2c').acr_values,
    )
    const { page, verifier } = await ask(story, anna, urn('3'))
    assert.equal(pathOf(page), '/login')
    story.world.advance(seconds(1))
    const fields = { userName: 'anna', password: PASSWORD, environment: 'live' }
    const asked = await anna.follow(await anna.post('/login', { ...hiddenFields(page), ...fields }))
    assert.match(asked.body, /Open the notification|Open the Authenticator/, 'the phone at once')
    const login = /\/login\/log_\w{26}/.exec(asked.address)?.[0] ?? ''
    const picker = await anna.follow(await anna.get(`${login}?view=choose`))
    assert.match(picker.body, /disabled>[\s\S]*Not enough for this/)
    const response = await anna.follow(await anna.get(`${login}?view=response`))
    const back = await typeResponse(story, anna, response)
    const granted = await exchange(story, back, verifier)
    assert.equal(granted.claims()?.['acr'], urn('3').acr_values)
  })

  test('S104 a client who holds nothing so strong is not kept: the platform hears it', async (t) => {
    const story = await withPebble(t)
    const { anna } = story
    const { page } = await ask(story, anna, urn('4'))
    story.world.advance(seconds(1))
    const fields = { userName: 'anna', password: PASSWORD, environment: 'live' }
    const asked = await anna.follow(await anna.post('/login', { ...hiddenFields(page), ...fields }))
    // The pebble was used last, and the phone is stronger.
    assert.match(asked.body, /Open the notification|Open the Authenticator/, 'the phone at once')
    const login = /\/login\/log_\w{26}/.exec(asked.address)?.[0] ?? ''
    const response = await anna.follow(await anna.get(`${login}?view=response`))
    const back = await typeResponse(story, anna, response)
    assert.equal(errorIn(back), 'unmet_authentication_requirements')
  })
})

test('S104 the API of the platform says what is enough when a login is too old (RFC 9470)', async (t) => {
  const story = await openStory(t)
  const { page, verifier } = await ask(story, story.anna, {})
  const { access_token: token } = await exchange(story, page, verifier)
  const limits = async () =>
    await fetch(`${story.issuer}/trade/api/limits`, {
      headers: { authorization: `Bearer ${token}` },
    })
  const fresh = await limits()
  assert.equal(fresh.status, 200)
  assert.equal(((await fresh.json()) as { account: string }).account, 'U0000001')
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + minutes(5) + seconds(2) })
  const old = await limits()
  assert.equal(old.status, 401)
  const challenge = old.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /^Bearer error="insufficient_user_authentication"/)
  assert.match(challenge, /acr_values="urn:countersign:acr:3", max_age=300/)
})
