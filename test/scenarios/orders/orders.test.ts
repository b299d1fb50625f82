import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { equityOf } from '#core/subscribers/account.ts'
import type { Order } from '#core/orders/order.ts'
import { type AuthenticatorId, newId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, days, millis, minutes, seconds } from '#core/time/time.ts'
import {
  activateDue,
  enclosureOf,
  ordersIn,
  sendBack,
  tokenReturned,
  viewReturn,
} from '#engine/orders/fulfilment.ts'
import { orderSent } from '#engine/orders/sending.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import { changeAccount, startHold } from '#engine/subscribers/accounts.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { choicesOf } from '#engine/login/choices.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { answerArrival, viewArrival } from '#engine/orders/arrival.ts'
import {
  beginOrder,
  chooseAccount,
  chooseWishes,
  draftMark,
  isEntitled,
  orderSummary,
  placeOrder,
  withdrawOrder,
} from '#engine/orders/orders.ts'
import { cancellingTask, orderTask, orderDigest } from '#engine/orders/order-tasks.ts'
import { changePassword, PASSWORD_TASK } from '#engine/password/change.ts'
import { giveLeave, setPrimary } from '#engine/subscribers/primary-user.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import {
  endAllSessions,
  endOtherSessions,
  endSession,
  findLiveSession,
} from '#engine/sessions/sessions.ts'
import { taskDigest, useTask } from '#engine/tasks/tasks.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import { sampleCard, SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { findAuthenticator, listHoldings } from '#store/devices/authenticators.ts'
import { findDraft, findOrder } from '#store/orders/orders.ts'
import { purge } from '#store/server/purge.ts'
import { sealed } from '#store/database/sealed.ts'
import { commitStopped, findToken } from '#store/inventory/hardware-tokens.ts'
import { one } from '#store/queries/writes.ts'
import { auditOf } from '../../support/audit.ts'
import { deliver } from '../../support/clients/card.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import {
  ADDRESS,
  askedOnArrival,
  chosen,
  type Client,
  inPortal,
  ordered,
  pinChosen,
  proved,
  sentTo,
  setEquity,
  wealthy,
  withCard,
} from '../../support/clients/orders.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import {
  activate,
  authenticatorOf,
  begin,
  firstSession,
  numberOn,
  PASSWORD,
  typed,
} from '../../support/clients/engine-story.ts'
import { approvedTask } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const problemOf = (result: { readonly ok: boolean } & object): string =>
  'problem' in result ? String(result.problem) : 'ok'

const lastKind = async (world: TestWorld, back = 1) => (await auditOf(world)).at(-back)?.kind

const stateOf = async (world: TestWorld, { id }: Pick<Order, 'id'>) =>
  (await findOrder(world.db, id))?.value ?? assert.fail('no order')

/** In again by the desk. */
async function withPasscode(world: TestWorld, { userName }: Client): Promise<OpenSession> {
  const passcode = await givenPasscode(world, userName, { by: 'agent-2', approvedBy: 'agent-3' })
  const { session } = await inWithPasscode(world, { userName }, passcode)
  return (await findLiveSession(world, session.id)) ?? assert.fail('no session')
}

type Disowning = (
  world: TestWorld,
  client: Client,
  thief: OpenSession,
) => Promise<OpenSession | null>

/**
 * What the owner does about a session that has ordered; the session in which they go on, where one
 * is left.
 */
const DISOWNED: Readonly<Record<string, Disowning>> = {
  async 'a passcode'(world, { userName }) {
    await givenPasscode(world, userName, { reason: 'stolen' })
    return null
  },
  async 'a log-out everywhere'(world, client) {
    assert.ok((await endAllSessions(world, await inPortal(world, client))) > 0)
    return await inPortal(world, client)
  },
  async 'the end of all other sessions'(world, client) {
    const own = await inPortal(world, client)
    const ended = await endOtherSessions(world, own)
    assert.ok(ended.ok && ended.count > 0)
    return own
  },
  async 'the end of that session'(world, client, { id }) {
    const own = await inPortal(world, client)
    assert.ok((await endSession(world, own, { id, by: 'holder' })).ok)
    return own
  },
  async 'a new password'(world, client) {
    const own = await inPortal(world, client)
    const task = await approvedTask(world, own, { deed: PASSWORD_TASK, phone: client.phone })
    const password = 'nineteen violet spoons of rain'
    assert.ok((await changePassword(world, own, { task, password })).ok)
    return own
  },
  async 'a stolen phone'(world, client) {
    const own = await inPortal(world, client)
    assert.ok((await suspendAuthenticator(world, own, { id: authenticatorOf(client.phone) })).ok)
    return own
  },
}

/** A form that was shown before anything was chosen. */
const FORM = { shown: 'none', showing: 'first' } as const

for (const database of DATABASES) {
  suite(`A card is ordered, on ${database}`, () => {
    test('R119 by a client with a million in open accounts, and not by one with a dollar less', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      for (const [usd, expected] of [
        [1_000_000, 'ok'],
        [999_999, 'order.not-entitled'],
        [-5, 'order.not-entitled'],
      ] as const) {
        await setEquity(world, 'U-anna', usd)
        const session = await inPortal(world, anna)
        assert.equal(problemOf(await beginOrder(world, session)), expected, `${usd}`)
        assert.equal(isEntitled(world, session), expected === 'ok')
      }
    })

    test('R119 an account of unknown value counts as nothing, and simulated money as none', async (t) => {
      const world = await testWorld(t, { database })
      const rich = { environment: 'paper', equityUsd: 5_000_000 } as const
      const accounts = [
        { number: 'U-1', environment: 'live' as const },
        { number: 'DU-1', ...rich },
      ]
      await world.add({ userName: 'anna', password: PASSWORD, accounts })
      const held = await world.db.read.selectFrom('account').selectAll().orderBy('number').execute()
      assert.deepEqual(
        held.map((row) => row.equity_usd),
        [5_000_000, null],
      )
      const all = await listAccounts(world.db, held[0]?.subscriber_id as never)
      assert.equal(equityOf(all), 0)
    })

    test('R112 R116 to the address of record, with a PIN, an account and a deposit, in one commit with its event', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const summary = await chosen(world, session)
      // Friday noon: it leaves on Monday, and is there on Wednesday.
      assert.equal(new Date(summary.leavesAt).toISOString(), '2026-11-23T05:00:00.000Z')
      assert.equal(summary.arrivesAt, after(summary.leavesAt, days(2)))
      assert.deepEqual(orderTask(world, session, summary).facts, {
        device: 'Security card',
        account: 'U-anna',
        deposit: 'USD 20',
        address: ADDRESS.replaceAll('\n', ', '),
      })
      const placed = await placeOrder(world, session, summary)
      assert.ok(placed.ok)
      const order = await stateOf(world, placed.order)
      assert.equal(order.state, 'ordered')
      const { account, usd, releasedAt } = order.deposit
      assert.deepEqual(
        { account, usd, releasedAt },
        { account: 'U-anna', usd: 20, releasedAt: null },
      )
      assert.equal(order.address, ADDRESS)
      assert.equal(await lastKind(world, 2), 'order.placed')
      // What was chosen on the way is gone.
      assert.equal(await findDraft(world.db, session.id), null)
    })

    test('R056 R068 with a PIN that is typed twice, and is none that a thief tries first', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const mobile = { kind: 'mobile', value: '+12125550199', by: 'operator' } as const
      await setContact(world, { ...mobile, subscriberId: session.subscriberId })
      for (const [pin, again, expected] of [
        ['0000', '0000', 'authenticator.pin-guessable'],
        ['1234', '1234', 'authenticator.pin-guessable'],
        ['1212', '1212', 'authenticator.pin-guessable'],
        // From the telephone number.
        ['5501', '5501', 'authenticator.pin-known'],
        ['258', '258', 'authenticator.pin-form'],
        ['25800', '25800', 'authenticator.pin-form'],
        ['', '', 'authenticator.pin-form'],
        ['2580', '2581', 'authenticator.pin-differs'],
        ['2580', '', 'authenticator.pin-differs'],
      ] as const) {
        const refused = await chooseWishes(world, session, {
          ...FORM,
          request: { pin, again },
        })
        assert.equal(problemOf(refused), expected, pin)
        assert.equal(await findDraft(world.db, session.id), null)
      }
      for (const request of [null, 7, [], {}, { pin: 2580, again: 2580 }, { pin: ['2580'] }]) {
        const refused = await chooseWishes(world, session, { ...FORM, request })
        assert.equal(problemOf(refused), 'authenticator.pin-form')
      }
      const request = { pin: '2580', again: '25 80' }
      assert.ok((await chooseWishes(world, session, { ...FORM, request })).ok)
      // What is typed differently the second time is a guess as well.
      const differs = { ...FORM, request: { pin: '2580', again: '2581' } }
      const guesses: unknown[] = []
      for (let turn = 0; turn < 10; turn += 1)
        guesses.push(problemOf(await chooseWishes(world, session, differs)))
      assert.equal(guesses.at(-1), 'authenticator.pin-tries')
      // It comes on record before the order is placed: the client chooses another.
      const { subscriberId: id } = session
      const facts = { birthDate: null, documents: ['D-25801'] }
      assert.ok((await setIdentity(world, { id, facts, by: 'operator' })).ok)
      const begun = await beginOrder(world, session)
      assert.ok(begun.ok)
      assert.equal(begun.draft, null)
    })

    test('the PIN stands nowhere in the open, and in no event', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      await chosen(world, session, '7391')
      const drafts = await world.db.read.selectFrom('order_draft').selectAll().execute()
      assert.equal(drafts.length, 1)
      const order = await ordered(world, session)
      const rows = await world.db.read.selectFrom('device_order').selectAll().execute()
      for (const { body } of [...drafts, ...rows]) {
        assert.ok(!Buffer.from(body).toString('latin1').includes('7391'))
        assert.ok(!Buffer.from(body).toString('latin1').includes('Invented'))
      }
      const audit = JSON.stringify(await auditOf(world))
      assert.ok(!audit.includes('"7391"') && !audit.includes('Invented'))
      // When the card is packed, the PIN is in the card, and no longer beside it.
      await sentTo(world, order)
      assert.ok(!('wishes' in (await stateOf(world, order))))
    })

    test('R116 not without an address, nor with an account that is none', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const account = async (shown: string, number: string) =>
        problemOf(await chooseAccount(world, session, { ...FORM, shown, number }))
      assert.equal(await account('none', 'U-anna'), 'order.begin-again')
      const shown = await pinChosen(world, session, SAMPLE_PIN)
      assert.equal(problemOf(await orderSummary(world, session, shown)), 'order.begin-again')
      assert.equal(await account(shown, 'U-boris'), 'order.no-account')
      const boris = await wealthy(world, 'boris')
      await world.db.commit([
        {
          sql: "update contact set replaced_at_ms = 1 where kind = 'postal'",
          parameters: [],
          rows: null,
        },
      ])
      const other = await inPortal(world, boris)
      assert.equal(problemOf(await beginOrder(world, other)), 'order.no-address')
    })

    test('S66 not in a session that could not bind one, nor while binding is on hold', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const weak = { ...session, proofs: session.proofs.slice(0, 1) }
      assert.equal(problemOf(await beginOrder(world, weak)), 'session.insufficient')
      const until = after(world.now(), days(1))
      const { subscriberId } = session
      const hold = { kind: 'review', forbids: ['binding'], until, subscriberId } as const
      await startHold(world, { ...hold, by: 'operator' })
      assert.equal(problemOf(await beginOrder(world, session)), 'account.on-hold')
    })

    test('R032 R119 not by another user of the account, unless its primary user gives leave', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await inPortal(world, await wealthy(world))
      const id = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
      const primary = { id: anna.subscriberId, name: 'The chief' }
      assert.ok((await setPrimary(world, { id, primary, by: 'operator' })).ok)
      const phone = await activate(world, await firstSession(world, 'clerk'))
      const clerk = await inPortal(world, { userName: 'clerk', phone })
      assert.equal(problemOf(await beginOrder(world, clerk)), 'subscriber.primary-user-only')
      assert.ok((await giveLeave(world, anna, id)).ok)
      // Now they are asked where it goes: what belongs to the primary user is not theirs.
      assert.equal(problemOf(await beginOrder(world, clerk)), 'order.no-address')
    })

    test('R119 not when the money has left meanwhile', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const { draft } = await chosen(world, await inPortal(world, anna))
      await setEquity(world, 'U-anna', 10)
      const later = await inPortal(world, anna)
      const summary = await orderSummary(world, later, draftMark(draft))
      assert.equal(problemOf(summary), 'order.not-entitled')
    })

    test('R116 once: twice from one page, and from two browsers at once', async (t) => {
      const world = await testWorld(t, { database })
      const beside = await testWorld(t, { database, beside: world })
      const anna = await wealthy(world)
      const one = await inPortal(world, anna)
      const other = await inPortal(world, anna)
      const summaries = [await chosen(world, one), await chosen(beside, other)] as const
      const placed = await Promise.all([
        placeOrder(world, one, summaries[0]),
        placeOrder(beside, other, summaries[1]),
      ])
      assert.deepEqual(placed.map(problemOf).toSorted(), ['ok', 'order.open'])
      assert.equal(problemOf(await placeOrder(world, one, summaries[0])), 'order.open')
      assert.equal(problemOf(await beginOrder(world, one)), 'order.open')
      const events = (await auditOf(world)).filter(({ kind }) => kind === 'order.placed')
      assert.equal(events.length, 1)
    })

    test('what was chosen half an hour ago is chosen again, and does not lie about', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const shown = draftMark((await chosen(world, session)).draft)
      world.advance(minutes(30))
      assert.equal(problemOf(await orderSummary(world, session, shown)), 'order.begin-again')
      world.advance(seconds(1))
      await purge(world.db, world.now())
      assert.equal(await findDraft(world.db, session.id), null)
      // The page of the PIN was left open all the while.
      const request = { pin: SAMPLE_PIN, again: SAMPLE_PIN }
      assert.equal(problemOf(await chooseWishes(world, session, { ...FORM, shown, request })), 'ok')
    })

    test('S12 S85 what was chosen before the client’s state moved is chosen again', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const shown = draftMark((await chosen(world, session)).draft)
      const { subscriberId } = session
      const until = after(world.now(), days(1))
      const forbids = ['withdrawals'] as const
      await startHold(world, { subscriberId, kind: 'review', forbids, until, by: 'operator' })
      assert.equal(problemOf(await orderSummary(world, session, shown)), 'order.begin-again')
      const number = session.accounts[0]?.number ?? ''
      const late = await chooseAccount(world, session, { ...FORM, shown, number })
      assert.equal(problemOf(late), 'order.begin-again')
      await chosen(world, session)
    })

    test('R116 is placed as it was read: not with the PIN that was chosen before another', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const read = await chosen(world, session)
      const now = await chosen(world, session, '7193')
      assert.equal(problemOf(await placeOrder(world, session, read)), 'order.changed')
      assert.equal(problemOf(await placeOrder(world, session, now)), 'ok')
    })

    test('A8 R056 in steps that were each shown the step before: none goes on with the choice of another window', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const number = 'U-anna'
      const request = { pin: '7193', again: '7193' }
      const shown = await pinChosen(world, session, SAMPLE_PIN)
      // A form that was shown no draft yet writes over none.
      const blind = await chooseWishes(world, session, { ...FORM, request })
      assert.equal(problemOf(blind), 'order.changed')
      assert.deepEqual((await findDraft(world.db, session.id))?.wishes, { pin: SAMPLE_PIN })
      // An attacker with the same cookie chooses another PIN on a page of their own.
      const theirs = await chooseWishes(world, session, { shown, showing: 'theirs', request })
      assert.ok(theirs.ok)
      const late = await chooseAccount(world, session, { ...FORM, shown, number })
      assert.equal(problemOf(late), 'order.changed')
      assert.equal(problemOf(await orderSummary(world, session, shown)), 'order.changed')
      // Begun again, it is the client's; and the attacker hears no.
      const own = await pinChosen(world, session, SAMPLE_PIN)
      const outrun = await chooseAccount(world, session, { ...FORM, shown: theirs.draft, number })
      assert.equal(problemOf(outrun), 'order.changed')
      const account = await chooseAccount(world, session, { ...FORM, shown: own, number })
      assert.ok(account.ok)
      assert.equal(problemOf(await orderSummary(world, session, own)), 'order.changed')
      const summary = await orderSummary(world, session, account.draft)
      assert.ok(summary.ok)
      const placed = await placeOrder(world, session, summary)
      assert.ok(placed.ok && placed.order.state === 'ordered')
      assert.deepEqual(placed.order.wishes, { pin: SAMPLE_PIN })
    })

    test('R116 a choice that is sent twice, or again after a step back, is the client’s own', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const wishes = (pin: string, showing: string) =>
        chooseWishes(world, session, { ...FORM, showing, request: { pin, again: pin } })
      const twice = await Promise.all([wishes(SAMPLE_PIN, 'pin'), wishes(SAMPLE_PIN, 'pin')])
      assert.deepEqual(twice.map(problemOf), ['ok', 'ok'])
      const shown = draftMark(await findDraft(world.db, session.id))
      const account = () =>
        chooseAccount(world, session, { shown, showing: 'account', number: 'U-anna' })
      const accounts = await Promise.all([account(), account()])
      assert.deepEqual(accounts.map(problemOf), ['ok', 'ok'])
      // Two pages back, and another PIN.
      const other = await wishes('7193', 'pin')
      assert.ok(other.ok)
      const draft = await findDraft(world.db, session.id)
      assert.deepEqual([draft?.wishes, draft?.account], [{ pin: '7193' }, 'U-anna'])
      // The page of the account was shown with the PIN before.
      assert.equal(problemOf(await account()), 'order.changed')
      // Another window has chosen since: neither page goes on from that.
      assert.equal(problemOf(await wishes('9173', 'theirs')), 'order.changed')
      const theirs = { shown: other.draft, showing: 'theirs' }
      const request = { pin: '9173', again: '9173' }
      assert.ok((await chooseWishes(world, session, { ...theirs, request })).ok)
      assert.equal(problemOf(await wishes(SAMPLE_PIN, 'pin')), 'order.changed')
      assert.equal(problemOf(await account()), 'order.changed')
    })

    test('A8 and what is chosen between the look and the write is not lost', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      /** The PIN is chosen in another window while the step is about to write. */
      const meanwhile = (pin: string) => {
        let isDone = false
        return interrupted(world, async () => {
          if (isDone) return
          isDone = true
          await pinChosen(world, session, pin)
        })
      }
      const wishes = async () => (await findDraft(world.db, session.id))?.wishes
      const request = { pin: '7193', again: '7193' }
      const first = await chooseWishes(meanwhile('7391'), session, { ...FORM, request })
      assert.equal(problemOf(first), 'order.changed')
      assert.deepEqual(await wishes(), { pin: '7391' })
      const shown = draftMark(await findDraft(world.db, session.id))
      const second = await chooseWishes(meanwhile('9173'), session, { ...FORM, shown, request })
      assert.equal(problemOf(second), 'order.changed')
      assert.deepEqual(await wishes(), { pin: '9173' })
      const now = draftMark(await findDraft(world.db, session.id))
      const account = { ...FORM, shown: now, number: 'U-anna' }
      const third = await chooseAccount(meanwhile(SAMPLE_PIN), session, account)
      assert.equal(problemOf(third), 'order.changed')
      assert.deepEqual(await wishes(), { pin: SAMPLE_PIN })
    })

    test('A8 R170 what was confirmed in one language is done in another, and nothing else is', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const speaking = (language: 'en' | 'fr'): OpenSession => ({
        ...session,
        subscriber: { ...session.subscriber, language },
      })
      const summary = await chosen(world, session)
      const orderIn = (language: 'en' | 'fr') => orderTask(world, speaking(language), summary)
      const first = await approvedTask(world, session, { deed: orderIn('fr'), phone: anna.phone })
      const use = async (id: typeof first, deed: ReturnType<typeof orderIn>) =>
        problemOf(await useTask(world, session, { id, deed, usedFor: `portal ${id}` }))
      const cut = { ...summary, address: `${'x'.repeat(200)}1` }
      const [one, two] = [cut, { ...cut, address: `${'x'.repeat(200)}2` }]
      assert.deepEqual(
        orderTask(world, session, one).facts,
        orderTask(world, session, two).facts,
        'as much of it as is shown',
      )
      assert.notEqual(
        taskDigest(world, orderTask(world, session, one)),
        taskDigest(world, orderTask(world, session, two)),
      )
      assert.equal(await use(first, orderTask(world, session, one)), 'task.changed')
      assert.equal(await use(first, orderIn('en')), 'ok')
      const order = await ordered(world, session)
      assert.ok(order.state === 'ordered')
      const deed = cancellingTask(world, speaking('en'), order)
      const second = await approvedTask(world, session, { deed, phone: anna.phone })
      const other = { ...order, id: 'ord_other' as typeof order.id }
      assert.equal(await use(second, cancellingTask(world, session, other)), 'task.changed')
      assert.equal(await use(second, cancellingTask(world, speaking('fr'), order)), 'ok')
    })

    test('the mark of a draft does not tell what is in it', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const digest = async (pin: string) => {
        const session = await inPortal(world, anna)
        return orderDigest(world, await chosen(world, session, pin))
      }
      assert.equal(await digest('7193'), await digest('7391'))
    })

    test('S12 is not withdrawn by a session that ends at the same moment', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const owners = await inPortal(world, anna)
      const order = await ordered(world, session)
      const late = interrupted(world, async () => await endOtherSessions(world, owners))
      assert.equal(problemOf(await withdrawOrder(late, session, order.id)), 'order.conflict')
      assert.equal((await stateOf(world, order)).state, 'ordered')
    })

    test('R116 is withdrawn until it has left, and not after; the deposit is free with it', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const boris = await wealthy(world, 'boris')
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      const stranger = await inPortal(world, boris)
      assert.equal(problemOf(await withdrawOrder(world, stranger, order.id)), 'order.not-found')
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      const events = (await auditOf(world)).filter(({ kind }) => kind === 'order.withdrawn')
      assert.equal(events.length, 1)
      const withdrawn = await stateOf(world, order)
      assert.equal(withdrawn.deposit.releasedAt, world.now())
      assert.ok(!('wishes' in withdrawn))
      await deliver(world, new Map([['CARD-X', sampleCard('x')]]))
      const late = await orderSent(world, { id: order.id, serial: 'CARD-X', by: 'operator' })
      assert.equal(problemOf(late), 'order.withdrawn')
      const again = await ordered(world, session)
      await sentTo(world, again)
      assert.equal(problemOf(await withdrawOrder(world, session, again.id)), 'order.left')
    })
  })

  suite(`A card is sent, on ${database}`, () => {
    test('with the serial number of a card in stock; said twice, it is said once', async (t) => {
      const world = await testWorld(t, { database })
      const order = await ordered(world, await inPortal(world, await wealthy(world)))
      assert.deepEqual(
        (await ordersIn(world, { state: 'ordered', after: null })).map(({ id }) => id),
        [order.id],
      )
      const { serial } = await sentTo(world, order)
      const sent = await stateOf(world, order)
      assert.ok(sent.state === 'sent')
      assert.equal(sent.expectedAt, after(world.now(), days(2)))
      assert.equal(sent.activatesAt, after(world.now(), days(14)))
      world.advance(days(1))
      const again = await orderSent(world, {
        id: order.id,
        serial: ` ${serial.toLowerCase()}`,
        by: 'operator',
      })
      assert.ok(again.ok)
      assert.deepEqual(again.order, sent)
      const events = (await auditOf(world)).filter(({ kind }) => kind === 'order.sent')
      assert.equal(events.length, 1)
      assert.deepEqual(await ordersIn(world, { state: 'ordered', after: null }), [])
    })

    test('R116 for an order that was cancelled: the caller hears it, and no client gets that card', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const { subscriberId } = session
      const order = await ordered(world, session)
      const boris = await ordered(world, await inPortal(world, await wealthy(world, 'boris')))
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      await deliver(world, new Map([['CARD-L', sampleCard('l')]]))
      const say = async (id: string, serial: string) =>
        problemOf(await orderSent(world, { id, serial, by: 'operator', agent: 'agent-7' }))
      const told = async () =>
        (await auditOf(world)).filter(({ kind }) => kind === 'order.sent-late')
      // What is not in the inventory, or has a holder, stays what it is.
      const { serial: taken } = await sentTo(world, boris, 'b')
      for (const other of ['CARD-X', '', taken]) {
        assert.equal(await say(order.id, other), 'order.withdrawn')
      }
      assert.equal((await findToken(world.db, taken))?.returnedAt, null)
      assert.deepEqual(await told(), [])
      for (const spelled of ['CARD-L', ' card-l ']) {
        assert.equal(await say(order.id, spelled), 'order.withdrawn')
      }
      assert.deepEqual(await told(), [
        {
          kind: 'order.sent-late',
          subscriberId,
          orderId: order.id,
          method: order.method,
          serial: 'CARD-L',
          by: 'operator',
          agent: 'agent-7',
        },
      ])
      assert.equal((await stateOf(world, order)).state, 'withdrawn')
      const again = await ordered(world, session)
      assert.equal(await say(again.id, 'CARD-L'), 'token.revoked')
      const wishes = { pin: SAMPLE_PIN }
      const given = await giveToken(world, { serial: 'CARD-L', subscriberId, wishes, by: 'desk' })
      assert.equal(problemOf(given), 'token.revoked')
      assert.ok((await tokenReturned(world, { serial: 'CARD-L', by: 'operator' })).ok)
    })

    test('R116 a card that leaves for one order at the moment it is named for a cancelled one is stopped or sent', async (t) => {
      const world = await testWorld(t, { database })
      const beside = await testWorld(t, { database, beside: world })
      const session = await inPortal(world, await wealthy(world))
      const order = await ordered(world, session)
      const boris = await ordered(world, await inPortal(world, await wealthy(world, 'boris')))
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      await deliver(world, new Map([['CARD-M', sampleCard('m')]]))
      // Both have read that it is free.
      const late = { now: world.now(), serial: 'CARD-M', events: [] }
      assert.ok((await orderSent(beside, { id: boris.id, serial: 'CARD-M', by: 'operator' })).ok)
      assert.equal(await commitStopped(world.db, late), false)
      assert.equal((await findToken(world.db, 'CARD-M'))?.returnedAt, null)
    })

    test('A31 a number that does not exist, that is taken, or another one, is told as such', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await ordered(world, await inPortal(world, await wealthy(world)))
      const boris = await ordered(world, await inPortal(world, await wealthy(world, 'boris')))
      const say = async (id: string, serial: string) =>
        problemOf(await orderSent(world, { id, serial, by: 'operator' }))
      assert.equal(await say(anna.id, 'CARD-C'), 'token.not-found')
      assert.equal(await say(anna.id, ''), 'token.not-found')
      assert.equal(await say(anna.id, '\u0000'), 'token.not-found')
      assert.equal(await say('ord_nothing', 'CARD-C'), 'order.not-found')
      await sentTo(world, anna, 'c')
      assert.equal(await say(boris.id, 'CARD-C'), 'token.given')
      await deliver(world, new Map([['CARD-D', sampleCard('d')]]))
      assert.equal(await say(anna.id, 'CARD-D'), 'order.left')
      // The desk does not give it away either, while it is in the post.
      const { subscriberId } = boris
      const wishes = { pin: SAMPLE_PIN }
      const giving = { serial: 'CARD-C', subscriberId, wishes, by: 'desk' }
      assert.equal(problemOf(await giveToken(world, giving)), 'token.given')
    })

    test('one card for two orders on two nodes at once: one wins', async (t) => {
      const world = await testWorld(t, { database })
      const beside = await testWorld(t, { database, beside: world })
      const anna = await ordered(world, await inPortal(world, await wealthy(world)))
      const boris = await ordered(world, await inPortal(world, await wealthy(world, 'boris')))
      await deliver(world, new Map([['CARD-C', sampleCard('c')]]))
      const said = await Promise.all([
        orderSent(world, { id: anna.id, serial: 'CARD-C', by: 'operator' }),
        orderSent(beside, { id: boris.id, serial: 'CARD-C', by: 'operator' }),
        giveToken(beside, {
          serial: 'CARD-C',
          subscriberId: boris.subscriberId,
          wishes: { pin: SAMPLE_PIN },
          by: 'desk',
        }),
      ])
      assert.equal(said.filter(({ ok }) => ok).length, 1, JSON.stringify(said))
      const token = await findToken(world.db, 'CARD-C')
      const kept = token?.orderId ? await findOrder(world.db, token.orderId) : null
      // One that is given by hand has an order, too: what is kept back for it stands there.
      assert.equal(kept?.value.byHand === true, said[2]?.ok, 'the order is that of who has won')
      assert.equal(token?.authenticatorId !== null, said[2]?.ok)
    })

    test('R114 the sheet beside it says what to do, and when it works by itself', async (t) => {
      const world = await testWorld(t, { database })
      const order = await ordered(world, await inPortal(world, await wealthy(world)))
      assert.equal(problemOf(await enclosureOf(world, order.id)), 'order.not-sent')
      await sentTo(world, order)
      const sheet = await enclosureOf(world, order.id)
      assert.ok(sheet.ok)
      assert.equal(sheet.letter.address, ADDRESS)
      assert.match(sheet.letter.paragraphs.join('\n'), /4 December 2026/)
      assert.match(sheet.letter.paragraphs.join('\n'), /log in at .* PIN>.* CHALLNG>.* on the page/)
      assert.ok(!sheet.letter.paragraphs.join('\n').includes(SAMPLE_PIN))
      assert.match(sheet.letter.paragraphs.join('\n'), /technical desk: \+1 202 555 0100/)
      // Where the desk has a number in the country of the client, it is that one.
      const settings = { ...world.settings, helpLines: { US: '+1 202 555 0177' } }
      const near = await enclosureOf({ ...world, settings }, order.id)
      assert.ok(near.ok)
      assert.match(near.letter.paragraphs.join('\n'), /technical desk: \+1 202 555 0177/)
      const technical = { ...settings, technicalLine: '+1 202 555 0188' }
      const own = await enclosureOf({ ...world, settings: technical }, order.id)
      assert.ok(own.ok)
      assert.match(own.letter.paragraphs.join('\n'), /technical desk: \+1 202 555 0188/, 'R115')
    })
  })

  suite(`A card is on its way, on ${database}`, () => {
    test('R163 a client without another device hears since when and until when, after the password alone', async (t) => {
      const world = await testWorld(t, { database, settings: { decoy: 'never' } })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      await sentTo(world, order)
      const sentAt = world.now()
      const withPhone = await begin(world, browser(), { userName: 'anna' })
      assert.ok(withPhone.ok, 'who has something else is asked for it')
      const lost = await suspendAuthenticator(world, session, { id: authenticatorOf(anna.phone) })
      assert.ok(lost.ok)
      const wrong = await begin(world, browser(), { userName: 'anna', password: 'wrong' })
      assert.deepEqual(wrong, { ok: false, problem: 'login.wrong-credentials' })
      const right = await begin(world, browser(), { userName: 'anna' })
      assert.deepEqual(right, {
        ok: false,
        problem: 'login.in-the-post',
        since: sentAt,
        until: after(sentAt, days(2)),
      })
      // No login asks for a card that is in an envelope.
      assert.deepEqual(
        (await listHoldings(world.db, session.subscriberId)).map(({ method }) => method).toSorted(),
        ['password', 'phone-key'],
      )
    })

    test('R163 one that has not left yet is no reason', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      await ordered(world, session)
      await suspendAuthenticator(world, session, { id: authenticatorOf(anna.phone) })
      const right = await begin(world, browser(), { userName: 'anna' })
      assert.equal(problemOf(right), 'login.authenticator-locked')
    })
  })

  suite(`A card has come, on ${database}`, () => {
    test('R165 R122 one response with the PIN that was chosen, and it stands beside what there is', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      const { card } = await sentTo(world, order)
      assert.equal(await proved(world, session, { order, card }), 'ok')
      const active = await stateOf(world, order)
      assert.ok(active.state === 'active')
      const held = await listHoldings(world.db, session.subscriberId)
      const methods = held
        .filter(({ lifecycle }) => lifecycle === 'active')
        .map((one) => one.method)
      assert.deepEqual(methods.toSorted(), ['password', 'phone-key', 'security-card'])
      const kinds = (await auditOf(world)).map(({ kind }) => kind)
      assert.deepEqual(kinds.slice(-2), ['order.activated', 'authenticator.bound'])
      // It is accepted at the next login, from where its counter stands.
      const id = active.authenticatorId
      assert.equal(await logInWith(world, { card, id, pin: SAMPLE_PIN }), 'ok')
    })

    test('A7 R165 a wrong PIN, another card, an old answer and an answer to nothing bind nothing', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      const { card } = await sentTo(world, order)
      const { id } = order
      const unasked = await answerArrival(world, session, { id, answer: { response: '12345678' } })
      assert.equal(problemOf(unasked), 'login.too-late')
      assert.equal(
        await proved(world, session, { order, card, pin: '2581' }),
        'authenticator.not-proven',
      )
      const other = { order, card: sampleCard('z') }
      assert.equal(await proved(world, session, other), 'authenticator.not-proven')
      for (const answer of [null, 7, {}, { response: 'abc' }, { response: ['12345678'] }]) {
        world.advance(minutes(15))
        await askedOnArrival(world, session, order)
        const refused = await answerArrival(world, session, { id, answer })
        assert.equal(problemOf(refused), 'login.malformed-answer')
      }
      const number = await askedOnArrival(world, session, order)
      const response = card.press(SAMPLE_PIN, number)
      world.advance(minutes(3))
      const late = await answerArrival(world, session, { id, answer: { response } })
      assert.equal(problemOf(late), 'login.too-late')
      const sent = await stateOf(world, order)
      assert.ok(sent.state === 'delivered' && sent.held.failures === 2)
      assert.equal((await viewArrival(world, session, id)).ok, true)
    })

    test('S1 A28 the twentieth wrong answer is not looked at, and what was counted stays on its day', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      const { card } = await sentTo(world, order)
      let last = session
      for (let wrong = 1; wrong <= 20; wrong += 1) {
        world.advance(minutes(13))
        // Each session has three tries.
        last = wrong % 3 === 1 ? await inPortal(world, anna) : last
        const said = await proved(world, last, { order, card, pin: '2581' })
        const expected = wrong === 20 ? 'authenticator.tries-used' : 'authenticator.not-proven'
        assert.equal(said, expected, `${wrong}`)
      }
      world.advance(days(14))
      await activateDue(world)
      const active = await stateOf(world, order)
      assert.ok(active.state === 'active')
      const held = await findAuthenticator(world.db, active.authenticatorId)
      assert.deepEqual([held?.value.lifecycle, held?.value.failures], ['active', 19])
    })

    test('A28 an attacker with only the cookie has three tries at it, and its owner proves it all the same', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      const { card } = await sentTo(world, order)
      const answers: string[] = []
      for (let count = 0; count < 5; count += 1) {
        answers.push(await proved(world, session, { order, card, pin: '2581' }))
        world.advance(minutes(15))
      }
      const [wrong, waits] = ['authenticator.not-proven', 'authenticator.tries-used']
      assert.deepEqual(answers, [wrong, wrong, wrong, waits, waits])
      assert.equal(await proved(world, session, { order, card }), waits, 'not even the right one')
      const own = await inPortal(world, anna)
      assert.equal(await proved(world, own, { order, card }), 'ok')
    })

    test('R165 what belongs to another client is not there, and what was proven is proven once', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const stranger = await inPortal(world, await wealthy(world, 'boris'))
      const order = await ordered(world, session)
      assert.equal(problemOf(await viewArrival(world, session, order.id)), 'order.not-sent')
      const { card } = await sentTo(world, order)
      assert.equal(problemOf(await viewArrival(world, stranger, order.id)), 'order.not-found')
      const number = await askedOnArrival(world, session, order)
      const answer = { response: card.press(SAMPLE_PIN, number) }
      const said = await Promise.all([
        answerArrival(world, session, { id: order.id, answer }),
        answerArrival(world, session, { id: order.id, answer }),
        activateDue(world),
      ])
      assert.equal(said.filter((one) => one && 'ok' in one && one.ok).length, 1)
      const held = await listHoldings(world.db, session.subscriberId)
      assert.equal(held.filter(({ method }) => method === 'security-card').length, 1)
      assert.equal(problemOf(await viewArrival(world, session, order.id)), 'order.active')
    })

    test('S66 S12 is shown to have come by no session that could not bind it, nor while binding is on hold', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const order = await ordered(world, session)
      await sentTo(world, order)
      const weak = { ...session, proofs: session.proofs.slice(0, 1) }
      assert.equal(problemOf(await viewArrival(world, weak, order.id)), 'session.insufficient')
      const until = after(world.now(), days(1))
      const { subscriberId } = session
      const hold = { kind: 'review', forbids: ['binding'], until, subscriberId } as const
      await startHold(world, { ...hold, by: 'operator' })
      assert.equal(problemOf(await viewArrival(world, session, order.id)), 'account.on-hold')
    })

    test('S12 R113 the calendar accepts none while binding is on hold, and the day after', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const order = await ordered(world, session)
      await sentTo(world, order)
      const sent = await stateOf(world, order)
      assert.ok(sent.state === 'sent')
      world.setClock(sent.activatesAt)
      const until = after(world.now(), days(1))
      const { subscriberId } = session
      const hold = { kind: 'review', forbids: ['binding'], until, subscriberId } as const
      const start = async () => await startHold(world, { ...hold, by: 'operator' })
      await activateDue(interrupted(world, start))
      assert.equal((await stateOf(world, order)).state, 'sent', 'held at the same moment')
      await activateDue(world)
      assert.equal((await stateOf(world, order)).state, 'sent')
      world.setClock(until)
      await activateDue(world)
      assert.equal((await stateOf(world, order)).state, 'active')
    })

    test('R113 R165 on the day of the table it is accepted without having been proven, and not a moment before', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      const { card } = await sentTo(world, order)
      world.advance(millis(days(14) - seconds(1)))
      await activateDue(world)
      assert.equal((await stateOf(world, order)).state, 'sent')
      world.advance(seconds(1))
      const beside = await testWorld(t, { database, beside: world })
      await Promise.all([activateDue(world), activateDue(beside)])
      const active = await stateOf(world, order)
      assert.ok(active.state === 'active')
      const events = (await auditOf(world)).filter(({ kind }) => kind === 'order.activated')
      assert.equal(events.length, 1)
      const id = active.authenticatorId
      assert.equal(await logInWith(world, { card, id, pin: '2581' }), 'login.wrong-answer')
      assert.equal(await logInWith(world, { card, id, pin: SAMPLE_PIN }), 'ok')
    })

    for (const [act, disowned] of Object.entries(DISOWNED)) {
      test(`A8 R113 after ${act} no day accepts what was ordered before, and a response does`, async (t) => {
        const world = await testWorld(t, { database })
        for (const isPacked of [true, false]) {
          const letter = isPacked ? 'c' : 'd'
          const client = await wealthy(world, isPacked ? 'anna' : 'boris')
          const thief = await inPortal(world, client)
          const order = await ordered(world, thief)
          const packed = isPacked ? await sentTo(world, order, letter) : null
          const owner = await disowned(world, client, thief)
          const { card } = packed ?? (await sentTo(world, order, letter))
          const sheet = await enclosureOf(world, order.id)
          assert.ok(sheet.ok)
          assert.doesNotMatch(sheet.letter.paragraphs.join(' '), /by itself/)
          world.advance(days(15))
          await activateDue(world)
          const waits = await stateOf(world, order)
          assert.ok(waits.state === 'sent' && waits.mustBeProven)
          const held = await listHoldings(world.db, waits.subscriberId)
          assert.ok(!held.some(({ method }) => method === 'security-card'))
          const session = owner ?? (await withPasscode(world, client))
          assert.equal(await proved(world, session, { order, card }), 'ok')
          assert.equal((await stateOf(world, order)).state, 'active')
        }
      })
    }

    for (const [left, leaves] of [
      ['has logged out', 'log-out'],
      ['is idle', 'idle'],
    ] as const) {
      test(`A8 R113 nor what was ordered in a session that ${left} before its client ends all others`, async (t) => {
        const world = await testWorld(t, { database })
        const anna = await wealthy(world)
        const theirs = await inPortal(world, anna)
        const order = await ordered(world, theirs)
        await sentTo(world, order)
        if (leaves === 'idle') world.advance(minutes(31))
        else assert.ok((await endSession(world, theirs, { id: theirs.id, by: 'log-out' })).ok)
        assert.ok((await endOtherSessions(world, await inPortal(world, anna))).ok)
        world.advance(days(15))
        await activateDue(world)
        assert.equal((await stateOf(world, order)).state, 'sent')
      })
    }

    test('A8 R113 a session that is disowned, or a passcode, at the moment of that day is not too late', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const owners = await inPortal(world, anna)
      const thief = await inPortal(world, anna)
      const order = await ordered(world, thief)
      await sentTo(world, order)
      world.advance(days(15))
      const ends = interrupted(world, async () => {
        await endSession(world, owners, { id: thief.id, by: 'holder' })
      })
      await activateDue(ends)
      assert.equal((await stateOf(world, order)).state, 'sent')
      const boris = await wealthy(world, 'boris')
      const other = await ordered(world, await inPortal(world, boris))
      await sentTo(world, other, 'd')
      world.advance(days(15))
      const issues = interrupted(world, async () => {
        await givenPasscode(world, 'boris', { reason: 'stolen' })
      })
      await activateDue(issues)
      assert.equal((await stateOf(world, other)).state, 'sent')
    })

    test('A28 R113 a hundred whose day waits for a hold keep no other from being accepted', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const order = await ordered(world, session)
      await sentTo(world, order)
      const { id: _, subscriberId: __, ...body } = await stateOf(world, order)
      const until = after(world.now(), days(300))
      for (let count = 0; count < 100; count += 1) {
        const id = newId('ord', world.now(), world.random)
        const subscriberId = await world.add({ userName: `held-${count}`, password: PASSWORD })
        const at = { table: 'device_order', column: 'body', row: id }
        const sealedBody = sealed(world.db, at, body as unknown as Json)
        const row = { id, subscriber_id: subscriberId, version: 1, state: 'sent' }
        const due = { ...row, activates_at_ms: world.now(), body: sealedBody }
        assert.ok(
          await world.db.commit([one(world.db.write.insertInto('device_order').values(due))]),
        )
        const hold = { kind: 'review', forbids: ['binding'], until, by: 'operator' } as const
        await startHold(world, { subscriberId, ...hold })
      }
      world.advance(days(15))
      await activateDue(world)
      assert.equal((await stateOf(world, order)).state, 'active')
    })

    test('A8 R113 the end of all others at the moment of that day is not too late for a session that is over', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const theirs = await inPortal(world, anna)
      const order = await ordered(world, theirs)
      await sentTo(world, order)
      assert.ok((await endSession(world, theirs, { id: theirs.id, by: 'log-out' })).ok)
      world.advance(days(15))
      const owners = await inPortal(world, anna)
      const ends = interrupted(world, async () => {
        await endOtherSessions(world, owners)
      })
      await activateDue(ends)
      assert.equal((await stateOf(world, order)).state, 'sent')
    })

    test('R113 what is ordered after that is accepted on its day', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const owners = await inPortal(world, anna)
      const first = await ordered(world, await inPortal(world, anna))
      await endOtherSessions(world, owners)
      assert.ok((await withdrawOrder(world, owners, first.id)).ok)
      await givenPasscode(world, 'anna')
      const order = await ordered(world, await withPasscode(world, anna))
      await sentTo(world, order)
      world.advance(days(14))
      await activateDue(world)
      assert.equal((await stateOf(world, order)).state, 'active')
    })

    test('R113 a log-out is none of that, and an order whose session is kept no longer is not accepted', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      assert.ok((await endSession(world, session, { id: session.id, by: 'log-out' })).ok)
      assert.equal((await stateOf(world, order)).mustBeProven, false)
      world.advance(days(91))
      await sentTo(world, order)
      await purge(world.db, world.now())
      world.advance(days(15))
      await activateDue(world)
      const waits = await stateOf(world, order)
      assert.ok(waits.state === 'sent' && waits.mustBeProven)
    })

    test('R111 R112 R113 elsewhere it is three weeks, and two in the post', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const to = { kind: 'relocate', residence: null } as const
      assert.ok((await changeAccount(world, { number: 'U-anna', change: to, by: 'operator' })).ok)
      const order = await ordered(world, await inPortal(world, anna))
      await sentTo(world, order)
      const sent = await stateOf(world, order)
      assert.ok(sent.state === 'sent')
      assert.equal(sent.expectedAt, after(world.now(), days(14)))
      assert.equal(sent.activatesAt, after(world.now(), days(21)))
    })
  })

  suite(`A card goes back, on ${database}`, () => {
    test('R118 its holder sends it back: from then on it answers nothing', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, serial, order } = await withCard(world)
      const viewed = await viewReturn(world, session, id)
      assert.ok(viewed.ok, JSON.stringify(viewed))
      assert.equal(viewed.serial, serial)
      // Friday: three business days are Wednesday, five the Friday after.
      assert.equal(new Date(viewed.showsFrom).toISOString().slice(0, 10), '2026-11-25')
      assert.equal(new Date(viewed.showsBy).toISOString().slice(0, 10), '2026-11-27')
      assert.ok((await sendBack(world, session, id)).ok)
      assert.equal(await lastKind(world, 2), 'token.returning')
      assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'revoked')
      assert.equal(problemOf(await sendBack(world, session, id)), 'authenticator.not-found')
      assert.equal((await stateOf(world, order)).deposit.releasedAt, null)
    })

    test('R118 R117 when it is back the deposit is free, and it is never given out again', async (t) => {
      const world = await testWorld(t, { database })
      const { anna, session, id, serial, order } = await withCard(world)
      assert.ok((await sendBack(world, session, id)).ok)
      world.advance(days(3))
      const back = await tokenReturned(world, { serial, by: 'operator' })
      assert.ok(back.ok)
      const released = await stateOf(world, order)
      assert.equal(released.state, 'returned')
      assert.equal(released.deposit.releasedAt, world.now())
      assert.equal(await lastKind(world, 2), 'token.returned')
      world.advance(days(1))
      assert.deepEqual(await tokenReturned(world, { serial, by: 'operator' }), back)
      const events = (await auditOf(world)).filter(({ kind }) => kind === 'token.returned')
      assert.equal(events.length, 1)
      const wishes = { pin: SAMPLE_PIN }
      const { subscriberId } = session
      const given = await giveToken(world, { serial, subscriberId, wishes, by: 'desk' })
      assert.equal(problemOf(given), 'token.revoked')
      const again = await ordered(world, await inPortal(world, anna))
      const resent = await orderSent(world, { id: again.id, serial, by: 'operator' })
      assert.equal(problemOf(resent), 'token.revoked')
    })

    test('R118 one that comes back unopened, or without a word, is stopped where it lies', async (t) => {
      const world = await testWorld(t, { database })
      const { anna, id, serial, session } = await withCard(world)
      assert.ok((await tokenReturned(world, { serial, by: 'operator' })).ok)
      assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'revoked')
      // What may have been opened with it ends with it.
      assert.equal(await findLiveSession(world, session.id), null)
      const next = await ordered(world, await inPortal(world, anna))
      const { serial: second } = await sentTo(world, next, 'd')
      assert.ok((await tokenReturned(world, { serial: second, by: 'operator' })).ok)
      const returned = await stateOf(world, next)
      assert.ok(returned.state === 'returned' && returned.deposit.releasedAt !== null)
      assert.equal(problemOf(await viewArrival(world, session, next.id)), 'order.returned')
      world.advance(days(30))
      await activateDue(world)
      assert.equal((await stateOf(world, next)).state, 'returned')
    })

    test('A31 what was never out, or is not there, cannot come back', async (t) => {
      const world = await testWorld(t, { database })
      await deliver(world, new Map([['CARD-N', sampleCard('n')]]))
      const say = async (serial: string) =>
        problemOf(await tokenReturned(world, { serial, by: 'operator' }))
      assert.equal(await say('CARD-N'), 'token.not-out')
      assert.equal(await say('CARD-X'), 'token.not-found')
      assert.equal(await say(''), 'token.not-found')
    })

    test('A12 R118 a weaker session does not take it away, and one that others use stays', async (t) => {
      const world = await testWorld(t, { database })
      const { anna, session, id, serial } = await withCard(world)
      const weak = { ...session, proofs: session.proofs.slice(0, 1) }
      assert.equal(problemOf(await sendBack(world, weak, id)), 'authenticator.stronger')
      const boris = await inPortal(world, await wealthy(world, 'boris'))
      assert.equal(problemOf(await sendBack(world, boris, id)), 'authenticator.not-found')
      const recorded = new Map(
        [session.subscriberId, boris.subscriberId].map((one) => [
          one,
          { entity: 'E', identity: null },
        ]),
      )
      const giving = { serial, subscriberId: boris.subscriberId, wishes: {}, by: 'desk', recorded }
      assert.ok((await giveToken(world, giving)).ok)
      assert.equal(problemOf(await sendBack(world, session, id)), 'token.shared')
      const phone = authenticatorOf(anna.phone)
      assert.equal(problemOf(await viewReturn(world, session, phone)), 'authenticator.not-found')
    })
  })
}

/** Logs in with the card; `ok`, or why not. */
async function logInWith(
  world: TestWorld,
  {
    card,
    id,
    pin,
  }: {
    readonly card: ReturnType<typeof sampleCard>
    readonly id: AuthenticatorId
    readonly pin: string
  },
): Promise<string> {
  const client = browser()
  const started = await begin(world, client, { userName: 'anna' })
  assert.ok(started.ok)
  const choice = (await choicesOf(world, started.login)).find(
    ({ method }) => method === 'security-card',
  )
  assert.ok(choice, `${id} is not offered`)
  const held = { id: started.login.id, holder: client.holder }
  const opened = await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
  assert.ok(opened.ok, JSON.stringify(opened))
  const number = await numberOn(world, started.login.id, client)
  const answered = await typed(world, started.login, { client, response: card.press(pin, number) })
  return problemOf(answered)
}
