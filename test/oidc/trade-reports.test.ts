import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { reporter } from '../../examples/trading-platform/reporter.ts'
import { readOrder, type Trade } from '../../examples/trading-platform/trades.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { noticeDue, passOver } from '#engine/notices/notices.ts'
import { gatherDue } from '#engine/notices/reports.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { auditOf } from '../support/audit.ts'
import {
  annaAt,
  type AtHome,
  hiddenFields,
  loggedInAt,
  type Page,
  signIn,
} from '../support/server/site.ts'

/** An order on the sample platform, from the form to the mail that tells of it. */

const titleOf = ({ body }: Page): string => /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? ''
const ORDER = { instrument: 'ALDM', side: 'buy', quantity: '1 000' }

interface Trading extends AtHome {
  /** The mails that tell of trades, once the platform has reported so many in all. */
  mails(reports: number): Promise<readonly string[]>
}

/** Anna lives there, and has logged in with her phone. */
async function trading(t: TestContext, residence: string): Promise<Trading> {
  const story = await annaAt(t)
  const { world } = story
  const change = { kind: 'relocate', residence } as const
  assert.ok((await changeAccount(world, { number: 'U0000001', change, by: 'operator' })).ok)
  const subscriberId = (await findSubscriberByName(world, 'anna')) ?? assert.fail('no anna')
  const mail = { subscriberId, kind: 'email', value: 'anna@example.com', by: 'operator' } as const
  await setContact(world, mail)
  await passOver(world)
  const sent: string[] = []
  world.channels.set('email', {
    name: 'email',
    retries: [],
    deliver: async ({ payload }) => {
      sent.push((payload as { readonly text: string }).text)
      return { outcome: 'sent' }
    },
  })
  const mails = async (reports: number) => {
    const count = async () =>
      (await auditOf(world)).filter(({ kind }) => kind === 'trade.executed').length
    // The client does not wait for the report, so a test has to.
    for (let looks = 0; (await count()) < reports && looks < 200; looks += 1) await wait(10)
    assert.equal(await count(), reports)
    await gatherDue(world)
    await noticeDue(world)
    await deliverDue(world)
    return sent.filter((text) => text.startsWith('These trades'))
  }
  return { ...story, mails }
}

async function logsIn(story: AtHome): Promise<void> {
  await signIn(story)
  await story.anna.follow(await story.anna.get('/trade/login?environment=live'))
}

async function orders({ anna }: AtHome, typed: Readonly<Record<string, string>> = ORDER) {
  const form = await anna.get('/trade/order')
  const fields = { ...hiddenFields(form), ...typed }
  return { fields, page: await anna.follow(await anna.post('/trade/order', fields)) }
}

test('R131 SFC 27 October 2017, 1.3: an order on the sample platform is reported, and its client of Hong Kong told by mail', async (t) => {
  const story = await trading(t, 'HK')
  await logsIn(story)
  const own = await findOpenSession(story.world, story.anna.cookies.get('session')?.value ?? '')
  const { fields, page } = await orders(story)
  assert.equal(titleOf(page), 'Your order was executed')
  assert.match(page.body, /Bought 1,000 Aldermoor Mills \(ALDM\)/)
  const [mail = ''] = await story.mails(1)
  assert.match(mail, /account U0000001, .*: bought 1,000 ALDM at USD\u00a041\.20/)
  // Sent twice, as a browser does that goes back, it is one order.
  const again = await story.anna.follow(await story.anna.post('/trade/order', fields))
  assert.equal(again.address, page.address)
  await orders(story, { ...ORDER, side: 'sell', quantity: '5' })
  const mails = await story.mails(2)
  assert.equal(mails.length, 2)
  assert.match(mails[1] ?? '', /: sold 5 ALDM at /)
  const [event] = (await auditOf(story.world)).filter(({ kind }) => kind === 'trade.executed')
  assert.equal(event?.within, own?.id)
})

test('R131 elsewhere the report makes no notice before its client asks for one', async (t) => {
  const story = await trading(t, 'US')
  await logsIn(story)
  await orders(story)
  assert.deepEqual(await story.mails(1), [])
})

test('an order that makes no sense, or that another page has written, executes nothing', async (t) => {
  const story = await trading(t, 'HK')
  await logsIn(story)
  const wrong = [
    { ...ORDER, quantity: '0' },
    { ...ORDER, quantity: '1.5' },
    { ...ORDER, quantity: '1000001' },
    { ...ORDER, quantity: '' },
    { ...ORDER, side: 'steal' },
    { ...ORDER, instrument: 'NONE' },
  ]
  for (const typed of wrong) {
    const { page } = await orders(story, typed)
    assert.equal(page.status, 400, JSON.stringify(typed))
    assert.match(page.body, /class="error"/)
  }
  const { page } = await orders(story, { ...ORDER, token: 'x' })
  assert.equal(page.address, `${story.issuer}/trade`)
  const foreign = await story.anna.follow(await story.anna.get('/trade/trades/T-1'))
  assert.equal(foreign.address, `${story.issuer}/trade`)
  await story.mails(0)
  assert.equal(readOrder({ ...ORDER, instrument: 'GRWM', order: 'k' }, false).ok, false)
  assert.equal(readOrder({ ...ORDER, instrument: 'GRWM', order: 'k' }, true).ok, true)
})

test('an order with simulated money is executed and not reported', async (t) => {
  const story = await trading(t, 'HK')
  const paper = { userName: 'anna', environment: 'paper' } as const
  const token = await loggedInAt(story, story.phone, paper)
  story.anna.cookies.set('session', { value: token, path: '/' })
  await story.anna.follow(await story.anna.get('/trade/login?environment=paper'))
  const { page } = await orders(story)
  assert.equal(titleOf(page), 'Your order was executed')
  assert.match(page.body, /This was simulated money/)
  await wait(100)
  await story.mails(0)
})

test('a report is sent again while the login server is away, and no more once it is refused', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const answers = ['away', 'away', 'taken', 'refused', 'away', 'away', 'away', 'away'] as const
  let asked = 0
  const server = { report: async () => answers[asked++] ?? assert.fail('asked too often') }
  const { tell, close } = reporter(server, [10, 20])
  const passes = async (ms: number) => {
    for (let turns = 0; turns < 10; turns += 1) await Promise.resolve()
    t.mock.timers.tick(ms)
    for (let turns = 0; turns < 10; turns += 1) await Promise.resolve()
  }
  // Nothing else of it is looked at here.
  const trade = { environment: 'live' } as Trade
  tell(trade)
  await passes(9)
  assert.equal(asked, 1)
  await passes(1)
  assert.equal(asked, 2)
  await passes(20)
  assert.equal(asked, 3)
  await passes(1_000)
  assert.equal(asked, 3, 'it was taken')
  tell(trade)
  await passes(1_000)
  assert.equal(asked, 4, 'it was refused')
  tell(trade)
  await passes(10)
  await passes(20)
  await passes(1_000)
  assert.equal(asked, 7, 'the waits are used up')
  tell(trade)
  await passes(0)
  close()
  await passes(1_000)
  assert.equal(asked, 8)
  tell({ ...trade, environment: 'paper' })
  await passes(0)
  assert.equal(asked, 8, 'simulated money is not reported')
})
