import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel, Delivered, Delivery } from '#channels/channel.ts'
import { strengthOf } from '#core/assurance.ts'
import type { LoginId, SubscriberId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { provenContact, setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { wantedAddress } from '#engine/devices/address-proof.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { securityOf } from '#engine/devices/overview.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { PASSWORD_TASK } from '#engine/password/change.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { beginReset, startReset } from '#engine/password/reset.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { codeIn, sample } from '#methods/sms-code/sample.ts'
import { changeContact } from '#store/contact/addresses.ts'
import { begin, begun, PASSWORD } from '../../support/clients/engine-story.ts'
import { begunTask, opened } from '../../support/clients/task.ts'
import { pebble } from '../../support/sample-method.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import {
  browser,
  type TestWorld,
  testWorld,
  type TestWorldOptions,
} from '../../support/server/world.ts'
import { chanceOf } from '../../support/simulation/chance.ts'

/**
 * NSE, circular of 14 June 2022 on two-factor authentication: each login session is confirmed, by
 * biometrics or a device where there is one, and a code goes to the mobile and to the mail.
 */

const MAIL = 'anna@example.com'
const HOLDS = [{ method: 'sms-code', state: sample.state }]

interface Post extends Pick<Delivery, 'address'> {
  readonly channel: string
  readonly payload: { readonly text?: string; readonly subject?: string; readonly digits?: string }
}

/** A broker whose carriers do what they are told to. */
async function house(t: TestContext, options: TestWorldOptions) {
  const world = await testWorld(t, options)
  const posts: Post[] = []
  const fates = new Map<string, Delivered>()
  for (const name of ['sms', 'voice', 'email']) {
    const carrier: Channel = {
      name,
      retries: [minutes(5), minutes(60)],
      deliver: async ({ id, address, payload }) => {
        posts.push({ channel: name, address, payload: payload as unknown as Post['payload'] })
        return fates.get(name) ?? { outcome: 'sent', messages: [id] }
      },
    }
    world.channels.set(name, carrier)
  }
  return { world, posts, fates }
}

type House = Awaited<ReturnType<typeof house>>

async function proves(world: TestWorld, subscriberId: SubscriberId, value = MAIL): Promise<void> {
  const proven = await provenContact(world, { subscriberId, kind: 'email', value })
  const { change, event } = proven ?? assert.fail('it was proven')
  assert.ok(await changeContact(world.db, { change, events: [event], now: world.now() }))
}

/** In the portal, with the session that a text alone has opened. */
async function provesOnPage({ world, posts }: House, session: Session): Promise<void> {
  const address = { kind: 'email', typed: MAIL } as const
  const wanted = await wantedAddress(world, session, address)
  assert.ok(wanted.ok, 'problem' in wanted ? wanted.problem : '')
  const { name: method, request } = wanted
  const started = await startOnPage(world, session, { method, request, address: 'email' })
  assert.ok(started.ok, 'problem' in started ? started.problem : '')
  await deliverDue(world)
  const mail = posts.findLast(({ channel }) => channel === 'email')?.payload.text ?? ''
  const answer = /^\d{6}/.exec(mail)?.[0] ?? assert.fail('no code came by mail')
  const proven = await answerOnPage(world, session, { id: started.enrolment.id, answer })
  assert.ok(proven.ok, 'problem' in proven ? proven.problem : '')
}

interface Living extends TestWorldOptions {
  readonly residence?: string
  /** Of another account. */
  readonly other?: string
  readonly mail?: 'proven' | 'unproven' | 'none'
  readonly holds?: readonly { readonly method: string; readonly state: never }[]
}

/** A client whose second step is a text, with an account of this residence. */
async function living(
  t: TestContext,
  database: DatabaseKind,
  { residence = 'IN', other, mail = 'proven', holds = [], ...options }: Living = {},
) {
  const set = await house(t, { database, ...options })
  const subscriberId = await set.world.add({
    userName: 'anna',
    password: PASSWORD,
    accounts: [residence, ...(other ? [other] : [])].map((one, index) => ({
      number: `U-${index + 1}`,
      environment: 'live',
      residence: one,
    })),
    holds: [...HOLDS, ...holds],
  })
  const by = 'operator' as const
  if (mail === 'unproven')
    await setContact(set.world, { subscriberId, kind: 'email', value: MAIL, by })
  if (mail === 'proven') await proves(set.world, subscriberId)
  return { ...set, subscriberId }
}

interface Asked {
  readonly id: LoginId
  readonly client: Client
}

async function comes({ world, posts }: House, cookie: string | null = null): Promise<Asked> {
  world.advance(minutes(3))
  posts.length = 0
  const client = browser({ browserCookie: cookie, address: `203.0.113.${(callers += 1)}` })
  const { id } = await begun(world, client, 'anna')
  await deliverDue(world)
  return { id, client }
}
let callers = 0

const held = ({ id, client }: Asked) => ({ id, holder: client.holder })

const codeBy = ({ posts }: House, channel: string): string => {
  const { payload } = posts.findLast((one) => one.channel === channel) ?? assert.fail(channel)
  return channel === 'email'
    ? (/\b\d{6}\b/.exec(payload.text ?? '')?.[0] ?? assert.fail('no code in the mail'))
    : codeIn(payload)
}

const types = async ({ world }: House, login: Asked, code: string) =>
  await answerLogin(world, { ...held(login), answer: { code } })

async function comesIn(set: House, login: Asked, channel = 'sms') {
  const answered = await types(set, login, codeBy(set, channel))
  assert.ok(answered.ok && answered.token !== null, 'problem' in answered ? answered.problem : '')
  const session = (await findOpenSession(set.world, answered.token)) ?? assert.fail('no session')
  return { session, cookie: answered.browserCookie }
}

async function shown({ world }: House, login: Asked) {
  const view = await viewLogin(world, held(login))
  assert.ok(view.ok && view.views[0])
  return { ...view, page: view.views[0] }
}

const channels = ({ posts }: House) => posts.map(({ channel }) => channel).toSorted()

async function again({ world }: House, login: Asked, way: string | null) {
  const { choices } = await shown({ world } as House, login)
  const [choice = assert.fail('nothing to choose')] = choices
  const opened = await openChallenge(world, { ...held(login), authenticatorId: choice.id, way })
  await deliverDue(world)
  return opened
}

for (const database of DATABASES) {
  suite(`A login of a client of India, on ${database}`, () => {
    for (const way of ['sms', 'email'] as const)
      test(`R129 NSE 14 June 2022: one code goes by text and by mail, and by ${way} it opens one session, as strong as a text`, async (t) => {
        const set = await living(t, database)
        const login = await comes(set)
        assert.deepEqual(channels(set), ['email', 'sms'])
        assert.equal(codeBy(set, 'sms'), codeBy(set, 'email'))
        assert.equal(set.posts.find(({ channel }) => channel === 'email')?.address, MAIL)
        const code = codeBy(set, way)
        const { session } = await comesIn(set, login, way)
        const [, proof] = session.proofs
        assert.deepEqual([proof?.acr, proof?.amr], ['2s', ['sms', 'otp']])
        assert.equal(strengthOf(session.proofs), '2s')
        assert.ok(session.decision.rights.trading)
        const second = await types(set, login, code)
        assert.deepEqual(second, { ok: false, problem: 'login.not-challenged' })
      })

    test('R129 NSE 14 June 2022: elsewhere the code goes by text alone, and trades', async (t) => {
      for (const residence of ['US', 'HK', 'FR']) {
        const set = await living(t, database, { residence })
        const login = await comes(set)
        assert.deepEqual(channels(set), ['sms'], residence)
        assert.ok((await comesIn(set, login)).session.decision.rights.trading, residence)
      }
    })

    test('R129 the mail says what the text says, and holds no link', async (t) => {
      const set = await living(t, database)
      await comes(set)
      const [text, mail] = ['sms', 'email'].map(
        (name) => set.posts.find(({ channel }) => channel === name)?.payload,
      )
      const [said = ''] = text?.text?.split('\n') ?? []
      assert.match(said, /login code is \d{6}\. It expires at/)
      assert.ok(mail?.text?.startsWith(said))
      assert.doesNotMatch(mail?.text ?? '', /http|www\.|localhost|@|#/)
      assert.equal(mail?.subject, 'Your login code')
    })

    test('R129 a client without a proven address comes in by text, trades not, and proves one', async (t) => {
      for (const mail of ['none', 'unproven'] as const) {
        const set = await living(t, database, { mail })
        const first = await comes(set)
        assert.deepEqual(channels(set), ['sms'])
        const { session } = await comesIn(set, first)
        const { row, rights } = session.decision
        assert.deepEqual([row, rights.portal, rights.trading], ['code-one-way', 'full', false])
        assert.deepEqual([rights.withdrawalPerDayUsd, rights.bind], [0, true])
        await provesOnPage(set, session)
        const next = await comes(set)
        assert.deepEqual(channels(set), ['email', 'sms'])
        assert.ok((await comesIn(set, next)).session.decision.rights.trading)
      }
    })

    test('R129 where no mail can be sent, the text opens the portal and no trading', async (t) => {
      const set = await living(t, database)
      set.world.channels.delete('email')
      const { session } = await comesIn(set, await comes(set))
      assert.deepEqual(channels(set), ['sms'])
      assert.equal(session.decision.row, 'code-one-way')
    })

    test('R129 an address that was replaced is not written to, and one of the back office neither', async (t) => {
      const set = await living(t, database)
      await proves(set.world, set.subscriberId, 'new@example.com')
      await comes(set)
      const mails = set.posts.filter(({ channel }) => channel === 'email')
      assert.deepEqual(
        mails.map(({ address }) => address),
        ['new@example.com'],
      )
      const { world, subscriberId } = set
      const theirs = { subscriberId, kind: 'email', value: 'typed@example.com' } as const
      await setContact(world, { ...theirs, by: 'operator' })
      await comes(set)
      assert.deepEqual(channels(set), ['sms'])
    })

    test('R129 when the text fails, the page says so, and the code of the mail opens the session', async (t) => {
      const set = await living(t, database)
      set.fates.set('sms', { outcome: 'failed', reason: 'unreachable' })
      const login = await comes(set)
      const { receipts, page } = await shown(set, login)
      assert.deepEqual(
        receipts.map(({ kind }) => kind),
        ['failed'],
      )
      assert.equal(page.delivery?.beside?.left, 'method.sms-code.delivery.mail.left')
      assert.ok((await comesIn(set, login, 'email')).session.decision.rights.trading)
    })

    test('R129 when the mail fails, it is tried for a minute only, the page says so, and the text opens it', async (t) => {
      const set = await living(t, database)
      set.fates.set('email', { outcome: 'later', reason: 'status 451' })
      const login = await comes(set)
      assert.deepEqual(
        (await shown(set, login)).receipts.map(({ kind }) => kind),
        ['sent'],
      )
      for (const wait of [2, 10, 30]) {
        set.world.advance(seconds(wait))
        await deliverDue(set.world)
      }
      assert.equal(set.posts.filter(({ channel }) => channel === 'email').length, 4)
      const kinds = (await shown(set, login)).receipts.map(({ kind }) => kind)
      assert.deepEqual(kinds, ['sent', 'beside-failed'])
      await comesIn(set, login)
      set.world.advance(minutes(60))
      await deliverDue(set.world)
      assert.equal(set.posts.filter(({ channel }) => channel === 'email').length, 4)
    })

    test('R129 asked again, both are sent anew, they count once, and the code before counts no more', async (t) => {
      const set = await living(t, database)
      const login = await comes(set)
      const before = codeBy(set, 'email')
      assert.ok((await again(set, login, null)).ok)
      assert.deepEqual(channels(set), ['email', 'sms'])
      set.world.advance(seconds(120))
      assert.ok((await again(set, login, 'text')).ok)
      assert.deepEqual(channels(set), ['email', 'email', 'sms', 'sms'])
      const now = codeBy(set, 'email')
      assert.equal(now, codeBy(set, 'sms'))
      if (before !== now) assert.equal((await types(set, login, before)).ok, false)
      // A call reads out a code that is in the mail as well.
      assert.ok((await again(set, login, 'call')).ok)
      assert.equal(codeBy(set, 'voice'), codeBy(set, 'email'))
      const { session } = await comesIn(set, login, 'email')
      assert.deepEqual(session.proofs[1]?.amr, ['tel', 'otp'])
      assert.ok(session.decision.rights.trading)
    })

    test('A23 R129 the mails of an hour are as many as its texts', async (t) => {
      const set = await living(t, database)
      let [texts, mails] = [0, 0]
      for (let asked = 0; asked < 9; asked += 1) {
        await comes(set)
        texts += set.posts.filter(({ channel }) => channel === 'sms').length
        mails += set.posts.filter(({ channel }) => channel === 'email').length
      }
      assert.equal(mails, texts)
      assert.equal(texts, 5)
    })

    test('R129 what confirms a task or chooses a password goes to the number alone', async (t) => {
      const set = await living(t, database)
      const { world, posts, subscriberId } = set
      const { session } = await comesIn(set, await comes(set))
      world.advance(minutes(3))
      posts.length = 0
      const id = await opened(world, session, PASSWORD_TASK)
      await begunTask(world, session, { id, client: browser() })
      await deliverDue(world)
      assert.deepEqual(channels(set), ['sms'])
      world.advance(minutes(3))
      const given = await startReset(world, { subscriberId, by: 'agent-7' })
      assert.ok(given.ok)
      await deliverDue(world)
      posts.length = 0
      const reset = await beginReset(world, {
        userName: 'anna',
        code: given.code,
        client: browser(),
      })
      assert.ok(reset.ok)
      await deliverDue(world)
      assert.deepEqual(channels(set), ['sms'])
      world.advance(minutes(3))
      posts.length = 0
      const client = browser()
      const begins = await begin(world, client, {
        userName: 'anna',
        password: PASSWORD,
        binds: 'phone-key',
      })
      assert.ok(begins.ok)
      await deliverDue(world)
      assert.deepEqual(channels(set), ['sms'])
    })

    test('R129 NSE 14 June 2022: a device is asked before the text that was used last, and is first in the list', async (t) => {
      const rock = { ...pebble, name: 'rock', acr: '3' as const }
      for (const [residence, first] of [
        ['IN', 'rock'],
        ['US', 'sms-code'],
      ] as const) {
        const holds = [{ method: 'rock', state: { word: 'hello' } as never }]
        const set = await living(t, database, { residence, holds, methods: [rock] })
        const { world } = set
        const login = await comes(set)
        const { choices } = await shown(set, login)
        const text = choices.find(({ method }) => method === 'sms-code') ?? assert.fail()
        const asked = { ...held(login), authenticatorId: text.id, way: null }
        assert.ok((await openChallenge(world, asked)).ok)
        await deliverDue(world)
        const { session } = await comesIn(set, login)
        const next = await comes(set)
        const view = await shown(set, next)
        assert.ok(view.login.state === 'challenged')
        assert.equal(view.login.challenge.method, first, residence)
        assert.equal(view.choices[0]?.method, first, residence)
        const { askedFirst, authenticators } = await securityOf(world, session)
        const named = authenticators.find(({ id }) => id === askedFirst.id)
        assert.equal(named?.method, first, residence)
      }
    })

    test('R131 R129 of one with an account in Hong Kong as well, who used both ways, a letter tells', async (t) => {
      const set = await living(t, database, { other: 'HK' })
      const { world, subscriberId } = set
      const home = { subscriberId, kind: 'postal', value: '1 Example Street' } as const
      await setContact(world, { ...home, by: 'operator' })
      const { cookie } = await comesIn(set, await comes(set))
      await noticeDue(world)
      const before = (await waitingLetters(world, null)).length
      await comesIn(set, await comes(set, cookie))
      await noticeDue(world)
      const letters = await waitingLetters(world, null)
      assert.equal(letters.length, before + 1)
      assert.match(letters.at(-1)?.subject ?? '', /^Login to your account$/)
    })

    test('R129 the page says where the code went; no letter of the address and no digit is shown to a new browser', async (t) => {
      const set = await living(t, database)
      const login = await comes(set)
      const { page } = await shown(set, login)
      assert.deepEqual(page.lead, { key: 'method.sms-code.text.lead-mailed.kind' })
      const { cookie } = await comesIn(set, login)
      const known = await shown(set, await comes(set, cookie))
      assert.deepEqual(known.page.lead, {
        key: 'method.sms-code.text.lead-mailed.named',
        values: { ending: '42' },
      })
    })

    test('A1 R129 while strangers are led on, a new browser reads the same for every name', async (t) => {
      // Names have kinds of their own by the root key: with this one some are asked for a text.
      const random = chanceOf(1, 'root key').bytes
      const set = await living(t, database, { settings: { decoy: 'always' }, random })
      const { world, posts } = set
      await world.add({ userName: 'berta', password: PASSWORD, holds: HOLDS })
      const leads = async (claim: { userName: string; password: string }) => {
        world.advance(minutes(3))
        const client = browser({ address: `203.0.113.${(callers += 1)}` })
        const started = await begin(world, client, claim)
        assert.ok(started.ok)
        await deliverDue(world)
        const { page, receipts } = await shown(set, { id: started.login.id, client })
        return [page.name, page.lead, page.title, receipts.map(({ kind }) => kind)]
      }
      const right = await leads({ userName: 'anna', password: PASSWORD })
      assert.deepEqual(channels(set), ['email', 'sms'])
      assert.deepEqual(right[1], { key: 'method.sms-code.text.lead-anywhere.kind' })
      posts.length = 0
      const others = [
        await leads({ userName: 'anna', password: 'wrong' }),
        await leads({ userName: 'berta', password: 'wrong' }),
      ]
      assert.deepEqual(channels(set), [])
      others.push(await leads({ userName: 'berta', password: PASSWORD }))
      for (const other of others) assert.deepEqual(other.slice(0, 3), right.slice(0, 3))
      // Of unknown names some are asked for a text, and read the same.
      const strangers = new Set<unknown>()
      for (let count = 0; count < 40; count += 1) {
        const client = browser({ address: `2001:db8:${count}::1` })
        const started = await begin(world, client, { userName: `x-${count}`, password: 'wrong' })
        if (!started.ok || started.login.state !== 'challenged') continue
        if (started.login.challenge.method !== 'sms-code') continue
        const { page } = await shown(set, { id: started.login.id, client })
        strangers.add(JSON.stringify(page.lead))
      }
      assert.deepEqual([...strangers], [JSON.stringify(right[1])])
    })
  })

  suite(`A code by text and mail on two nodes over one ${database}`, () => {
    test('R129 A7 of forty who type it at once, half from the mail, one comes in', async (t) => {
      const set = await living(t, database)
      const other = await testWorld(t, { database, beside: set.world })
      for (const [name, channel] of set.world.channels) other.channels.set(name, channel)
      const login = await comes(set)
      const [text, mail] = [codeBy(set, 'sms'), codeBy(set, 'email')]
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          answerLogin(index % 4 < 2 ? set.world : other, {
            ...held(login),
            answer: { code: index % 2 === 0 ? text : mail },
          }),
        ),
      )
      assert.equal(answers.filter(({ ok }) => ok).length, 1)
      await deliverDue(other)
      assert.deepEqual(channels(set), ['email', 'sms'])
    })
  })
}
