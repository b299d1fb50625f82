import assert from 'node:assert/strict'
import type { AuditEvent } from '#core/audit/audit.ts'
import { days, after } from '#core/time/time.ts'
import { type Ending, extentOf, type UnderWay } from '#core/sessions/under-way.ts'
import { changeAccount, startHold } from '#engine/subscribers/accounts.ts'
import { answerRequest, proveDevice } from '#engine/devices/phone-approval.ts'
import { activateDue } from '#engine/orders/fulfilment.ts'
import { answerChange, beginChange, viewChange } from '#engine/devices/change-pin.ts'
import { completeActivation } from '#engine/devices/enrolment.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { answerArrival } from '#engine/orders/arrival.ts'
import { placeOrder } from '#engine/orders/orders.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { issueTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { changePassword } from '#engine/password/change.ts'
import { beginReset, completeReset } from '#engine/password/reset.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { endAllSessions, endOtherSessions, endSession } from '#engine/sessions/sessions.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { succeedDue } from '#engine/devices/migration.ts'
import { bindingTask } from '#engine/login/task-approval.ts'
import { useLogin } from '#engine/tasks/by-login.ts'
import { useTask } from '#engine/tasks/tasks.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import { SAMPLE_PIN, sampleCard } from '#methods/security-card/sample.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { TOTP_DEFAULT, timeStep } from '#oath/totp.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { findLogin } from '#store/login/logins.ts'
import { findOrder } from '#store/orders/orders.ts'
import { one } from '#store/queries/writes.ts'
import { deliver } from '../clients/card.ts'
import { askedOnArrival, chosen, ordered, sentTo } from '../clients/orders.ts'
import { authenticatorOf, requestsOf, typed } from '../clients/engine-story.ts'
import { begunTask, opened, withdrawal } from '../clients/task.ts'
import { agent, called } from '../desk/calls.ts'
import { pebble } from '../sample-method.ts'
import { browser, type TestWorld } from '../server/world.ts'
import {
  approved,
  type Cast,
  codeOf,
  halfDone,
  invited,
  NEW_PASSWORD,
  type Opening,
  phoneAsked,
  resetBegun,
  rewritten,
} from './under-way-clients.ts'

/**
 * Every thing that can be under way and every act that ends it (`core/sessions/under-way`): one
 * client begins the thing in one session, and the act comes from another, from the desk or from the
 * back office.
 */

/** Done at a node; `yes`, or why not. */
export type Completion = (node: TestWorld) => Promise<string>

export interface Thing {
  readonly name: string
  readonly opening?: Opening
  readonly is: UnderWay
  begin(cast: Cast): Promise<Completion>
  /** What is written down when it was completed. */
  readonly trace: AuditEvent['kind']
}

export interface Act {
  readonly by: Ending
  prepare(cast: Cast): Promise<Completion>
  /** What is written down of it. */
  readonly trace: AuditEvent['kind']
}

type Told = { readonly ok: true } | { readonly ok: false; readonly problem: string }
const told = (answer: Told): string => (answer.ok ? 'yes' : answer.problem)

export const THINGS: readonly Thing[] = [
  {
    name: 'an invitation for a phone',
    is: 'enrolment',
    trace: 'authenticator.bound',
    async begin(cast) {
      const activating = await invited(cast, cast.theirs)
      return async (node) => told(await completeActivation(node, activating))
    },
  },
  {
    name: 'a binding on a page',
    is: 'enrolment',
    trace: 'authenticator.bound',
    async begin({ world, theirs }) {
      const started = await startOnPage(world, theirs, { method: 'totp', request: null })
      assert.ok(started.ok, JSON.stringify(started))
      const { id } = started.enrolment
      const found = await findEnrolment(world.db, id)
      const drawn = found?.value.drawn ?? assert.fail('nothing is drawn')
      const { key } = drawn.expected as { readonly key: string }
      const answer = codeAt(timeStep(TOTP_DEFAULT, world.now()), key)
      return async (node) => told(await answerOnPage(node, theirs, { id, answer }))
    },
  },
  {
    name: 'an approved task',
    is: 'task',
    trace: 'task.used',
    async begin(cast) {
      const { theirs, name } = cast
      const deed = withdrawal('100.00')
      const id = await approved(cast, theirs, deed)
      const using = { id, deed, usedFor: `${name} ${id}` }
      return async (node) => told(await useTask(node, theirs, using))
    },
  },
  {
    name: 'what a login confirms beside letting in',
    is: 'task',
    trace: 'task.used',
    opening: { binds: 'phone-key' },
    async begin({ world, theirs }) {
      const deed = bindingTask(world, theirs.subscriber.language, { method: 'phone-key' })
      const next = { to: '/portal/security/enrolments', fields: null, back: '/portal/security' }
      const login = await findLogin(world.db, theirs.loginId)
      const holders = [login?.value.holder ?? assert.fail('no login')]
      const wish = { deed, platform: 'portal', next, holders } as const
      return async (node) => ((await useLogin(node, theirs, wish)) ? 'yes' : 'no')
    },
  },
  {
    name: 'an order that is not placed',
    is: 'draft',
    trace: 'order.placed',
    async begin({ world, theirs }) {
      const summary = await chosen(world, theirs)
      return async (node) => told(await placeOrder(node, theirs, summary))
    },
  },
  {
    name: 'an order whose day has come',
    is: 'order',
    trace: 'order.activated',
    async begin({ world, theirs, name }) {
      const { id } = await ordered(world, theirs)
      await sentTo(world, { id }, `${name}-due`)
      const comes = world.db.write
        .updateTable('device_order')
        .set({ activates_at_ms: world.now() })
        .where('id', '=', id)
      assert.ok(await world.db.commit([one(comes)]))
      return async (node) => {
        await activateDue(node)
        return (await findOrder(node.db, id))?.value.state === 'active' ? 'yes' : 'waits'
      }
    },
  },
  {
    name: 'a new PIN of a card',
    is: 'change',
    trace: 'authenticator.changed',
    async begin({ world, theirs, own: { id, card } }) {
      const begun = await beginChange(world, theirs, { id, request: { pin: '7193' } })
      assert.ok(begun.ok, JSON.stringify(begun))
      const viewed = await viewChange(world, theirs, { id })
      assert.ok(viewed.ok && viewed.open)
      const number = viewed.open.view.number?.digits ?? assert.fail('no number')
      const answer = { response: card.press('7193', number) }
      return async (node) => told(await answerChange(node, theirs, { id, answer }))
    },
  },
  {
    name: 'a phone that waits',
    is: 'successor',
    trace: 'authenticator.bound',
    opening: { isWeak: true },
    async begin(cast) {
      const { world, subscriberId, theirs } = cast
      const activating = await invited(cast, theirs)
      const bound = await completeActivation(world, activating)
      assert.ok(bound.ok, JSON.stringify(bound))
      const { id } = bound.authenticator
      assert.ok(bound.authenticator.pendingUntil !== null, 'it does not wait')
      await rewritten(world, subscriberId, id, { pendingUntil: world.now() })
      return async (node) => {
        await succeedDue(node)
        const all = await listAuthenticators(node.db, subscriberId)
        const one = all.find(({ value }) => value.id === id)?.value
        return one?.lifecycle === 'active' && one.pendingUntil === null ? 'yes' : 'gone'
      }
    },
  },
  {
    name: 'a code of the desk',
    is: 'reset-code',
    trace: 'login.password-accepted',
    async begin(cast) {
      const code = await codeOf(cast)
      const { userName } = cast.client
      return async (node) => told(await beginReset(node, { userName, code, client: browser() }))
    },
  },
  {
    name: 'a reset that is proven',
    is: 'login',
    trace: 'password.changed',
    async begin(cast) {
      const login = await resetBegun(cast, await codeOf(cast))
      const password = 'seventeen orange forks of snow'
      return async (node) => told(await completeReset(node, { ...login, password }))
    },
  },
  {
    name: 'a login that is half done',
    is: 'login',
    trace: 'session.opened',
    async begin(cast) {
      const { login, client, response } = await halfDone(cast.world, cast.client)
      return async (node) => told(await typed(node, login, { client, response }))
    },
  },
]

const act = (
  by: Ending,
  trace: AuditEvent['kind'],
  prepare: (cast: Cast) => Promise<Completion> | Completion,
): Act => ({ by, trace, prepare: async (cast) => await prepare(cast) })

const ended = (count: number): string => (count >= 0 ? 'yes' : 'none')

/** Each issues one only: an agent is limited, too. */
let agents = 0

export const ACTS: readonly Act[] = [
  act('log-out', 'session.ended', ({ theirs }) => {
    return async (node) => told(await endSession(node, theirs, { id: theirs.id, by: 'log-out' }))
  }),
  act('session-ended', 'session.ended', ({ theirs, owners }) => {
    return async (node) => told(await endSession(node, owners, { id: theirs.id, by: 'holder' }))
  }),
  act('others-ended', 'session.ended', ({ owners }) => {
    return async (node) => told(await endOtherSessions(node, owners))
  }),
  act('all-ended', 'session.ended', ({ owners }) => {
    return async (node) => ended(await endAllSessions(node, owners))
  }),
  act('password-changed', 'password.changed', async (cast) => {
    const { owners } = cast
    const task = await approved(cast, owners, { kind: 'password', facts: {} })
    return async (node) =>
      told(await changePassword(node, owners, { task, password: NEW_PASSWORD }))
  }),
  act('password-reset', 'password.changed', async (cast) => {
    const login = await resetBegun(cast, await codeOf(cast))
    return async (node) => told(await completeReset(node, { ...login, password: NEW_PASSWORD }))
  }),
  act('passcode-issued', 'authenticator.issued', ({ subscriberId }) => {
    agents += 1
    const issue = { subscriberId, by: `agent-${agents}`, reason: 'stolen' } as const
    return async (node) => told(await issueTemporaryPasscode(node, issue))
  }),
  act('device-stopped', 'authenticator.suspended', ({ owners, spare: { id } }) => {
    return async (node) => told(await suspendAuthenticator(node, owners, { id }))
  }),
  act('device-removed', 'authenticator.revoked', ({ owners, client: { phone } }) => {
    const id = authenticatorOf(phone)
    return async (node) => told(await revokeAuthenticator(node, owners, { id }))
  }),
  act('device-returned', 'authenticator.reactivated', async (cast) => {
    const { id } = cast.spare
    await rewritten(cast.world, cast.subscriberId, id, { lifecycle: 'suspended' })
    return async (node) =>
      told(await reactivateAuthenticator(node, cast.owners, { id, from: 'loss' }))
  }),
  act('device-bound', 'order.activated', async ({ world, owners, name }) => {
    const order = await ordered(world, owners)
    const { card } = await sentTo(world, order, name)
    const number = await askedOnArrival(world, owners, order)
    const answer = { response: card.press(SAMPLE_PIN, number) }
    return async (node) => told(await answerArrival(node, owners, { id: order.id, answer }))
  }),
  act('device-given', 'token.given', async ({ world, subscriberId, name }) => {
    const serial = `GIVEN-${name}`
    await deliver(world, new Map([[serial, sampleCard('g')]]))
    const giving = { serial, subscriberId, wishes: { pin: SAMPLE_PIN }, by: 'test' }
    return async (node) => told(await giveToken(node, giving))
  }),
  act('not-me', 'browser.blocked', async (cast) => {
    const { world, theirs, client } = cast
    const id = await opened(world, theirs, withdrawal('7.00'))
    const elsewhere = browser()
    const login = await begunTask(world, theirs, { id, client: elsewhere })
    await phoneAsked(world, { login, client: elsewhere }, null)
    const request = (await requestsOf(world, client.phone)).find(
      ({ transaction }) => transaction === login.id,
    )
    assert.ok(request, 'the phone is not asked')
    const { transaction } = request
    const signed = await client.phone.decide(request, { now: world.now(), decision: 'not-me' })
    const authenticatorId = client.phone.self.authenticator
    return async (node) => {
      const call = await proveDevice(node, { authenticatorId, signed, act: 'answer' })
      return told(call.ok ? await answerRequest(node, call, { transaction, signed }) : call)
    }
  }),
  act('held', 'hold.started', ({ world, subscriberId }) => {
    const until = after(world.now(), days(1))
    const hold = { kind: 'review', forbids: ['withdrawals'], until } as const
    return async (node) =>
      (await startHold(node, { subscriberId, by: 'operator', ...hold })) && 'yes'
  }),
  act('binding-held', 'hold.started', ({ world, subscriberId }) => {
    const until = after(world.now(), days(1))
    const hold = { kind: 'review', forbids: ['binding'], until } as const
    return async (node) =>
      (await startHold(node, { subscriberId, by: 'operator', ...hold })) && 'yes'
  }),
  act('call-denied', 'desk.call-denied', async ({ world, owners, name }) => {
    const { open } = await agent(world, `agent-${name}`)
    const { id } = await called(world, open, { userName: name })
    return async (node) => told(await denyCall(node, owners, id))
  }),
  act('account-closed', 'account.closed', ({ name }) => {
    const change = { kind: 'close', by: 'broker' } as const
    return async (node) =>
      told(await changeAccount(node, { number: `U-${name}`, change, by: 'operator' }))
  }),
  act('account-moved', 'account.relocated', ({ name }) => {
    const change = { kind: 'relocate', residence: 'CH' } as const
    return async (node) =>
      told(await changeAccount(node, { number: `U-${name}`, change, by: 'operator' }))
  }),
  act('rules-tightened', 'account.relocated', ({ name }) => {
    const change = { kind: 'relocate', residence: 'IN' } as const
    return async (node) =>
      told(await changeAccount(node, { number: `U-${name}`, change, by: 'operator' }))
  }),
]

/** A task is asked on the phone, where its holder can say that it is not theirs. */
export const HOUSE = { methods: [pebble] } as const

/**
 * Acts that need a story of their own; `test/scenarios/sessions/under-way.test.ts` has each of
 * them.
 */
export const TOLD_APART: readonly Ending[] = [
  ...(['passcode-revoked', 'device-replaced', 'successor-stopped', 'user-changed'] as const),
  // Their own file: `test/scenarios/devices/lift.test.ts`.
  ...(['device-waiting', 'session-lifted'] as const),
]

/**
 * Both are ready. A phone that begins to wait is there first: it ends what the act is to be
 * confirmed with.
 */
export async function bothOf(
  cast: Cast,
  { thing, act }: { readonly thing: Thing; readonly act: Act },
): Promise<{ readonly acts: Completion; readonly completes: Completion }> {
  if (thing.is === 'successor') {
    const completes = await thing.begin(cast)
    return { acts: await act.prepare(cast), completes }
  }
  const acts = await act.prepare(cast)
  return { acts, completes: await thing.begin(cast) }
}

/** Whether the thing ends with the act: the session that began it is one of those that end. */
export const endsWith = ({ by }: Act, { is }: Thing): boolean => extentOf(by, is) !== 'none'

/** What the act was to leave as it was, and other rules forbid all the same. */
const FORBIDDEN: readonly (readonly [Ending, string])[] = [
  // One may be on its way at a time.
  ['device-bound', 'an order that is not placed'],
  ['device-bound', 'an order whose day has come'],
  // It waits as long as the hold does, and is accepted after it.
  ['binding-held', 'an order whose day has come'],
]

export const isPossible = ({ by }: Act, { name }: Thing): boolean =>
  !FORBIDDEN.some(([act, thing]) => act === by && thing === name)
