import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { type AuthenticatorId, newId, type SubscriberId } from '#core/ids.ts'
import { after, hours, minutes } from '#core/time/time.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { setOptedOut } from '#engine/subscribers/opting-out.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { tokenReturned } from '#engine/orders/fulfilment.ts'
import { orderSent } from '#engine/orders/sending.ts'
import { startIdentified } from '#engine/login/identify.ts'
import { offerLogin } from '#engine/login/passkey-offer.ts'
import { answerArrival, beginArrival } from '#engine/orders/arrival.ts'
import { withdrawOrder } from '#engine/orders/orders.ts'
import { revokeTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { choosePassword } from '#engine/password/change.ts'
import { giveLeave, setPrimary } from '#engine/subscribers/primary-user.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { revokeAuthenticator, setSeamless, suspendAuthenticator } from '#engine/devices/overview.ts'
import { endOtherSessions, endSession } from '#engine/sessions/sessions.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { setLanguage } from '#engine/subscribers/subscribers.ts'
import { stopSuccessor } from '#engine/devices/migration.ts'
import { sampleCard, SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { deliver } from '../../support/clients/card.ts'
import {
  bindingWrites,
  commitAuthenticators,
  findAuthenticator,
} from '#store/devices/authenticators.ts'
import { findStamp } from '#store/security-stamp.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { interrupted, outrun } from '../../support/models/interrupted.ts'
import { askedOnArrival, inPortal, ordered, sentTo, wealthy } from '../../support/clients/orders.ts'
import {
  authenticatorOf,
  begin,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
} from '../../support/clients/engine-story.ts'
import { givenPasscode } from '../../support/clients/printed.ts'
import { personWithPasskey } from '../../support/clients/passkey.ts'
import { browser, ISSUER, type TestWorld, testWorld } from '../../support/server/world.ts'

/**
 * Steps that were overtaken between what they read and what they wrote: what they say, and what
 * they cost.
 */

const problemOf = (result: { readonly ok: boolean } & object): string =>
  'problem' in result ? String(result.problem) : 'ok'

async function buyer(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const session = await inPortal(world, await wealthy(world))
  return { world, session, order: await ordered(world, session) }
}

interface About {
  readonly session: OpenSession
  readonly phone: AuthenticatorId
}

interface ActOfSession {
  readonly name: string
  readonly conflict: string
  /** It is decided anew until it is written. */
  readonly looksAgain?: true
  prepare?(world: TestWorld, about: About): Promise<unknown>
  act(world: TestWorld, about: About): Promise<{ readonly ok: boolean } & object>
}

/** It depends on nothing but its session. */
const PREFERENCE = 'a preference'

const phoneOf = async ({ db }: TestWorld, { phone }: About) =>
  (await findAuthenticator(db, phone)) ?? assert.fail('no phone')

const ACTS_OF_SESSIONS: readonly ActOfSession[] = [
  {
    name: PREFERENCE,
    conflict: 'subscriber.conflict',
    act: async (world, { session }) => await setSeamless(world, session, false),
  },
  {
    name: 'opting out',
    conflict: 'account.conflict',
    looksAgain: true,
    act: async (world, { session }) => await setOptedOut(world, session, true),
  },
  {
    name: 'stopping a device',
    conflict: 'authenticator.conflict',
    looksAgain: true,
    act: async (world, { session, phone: id }) =>
      await suspendAuthenticator(world, session, { id }),
  },
  {
    name: 'removing a device',
    conflict: 'authenticator.conflict',
    act: async (world, { session, phone: id }) => await revokeAuthenticator(world, session, { id }),
  },
  {
    name: 'bringing a device back',
    conflict: 'authenticator.conflict',
    async prepare(world, about) {
      const { value, version } = await phoneOf(world, about)
      const changed = [{ value: { ...value, lifecycle: 'suspended' as const }, version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
    },
    act: async (world, { session, phone: id }) =>
      await reactivateAuthenticator(world, session, { id, from: 'loss' }),
  },
  {
    name: 'stopping a phone that waits',
    conflict: 'authenticator.conflict',
    async prepare(world, about) {
      const { value } = await phoneOf(world, about)
      const now = world.now()
      const next = { ...value, id: newId('aut', now, world.random), pendingUntil: now }
      const waits = bindingWrites(world.db, next, [about.session.subscriberId])
      assert.ok(await world.db.commit(waits))
    },
    act: async (world, { session: { id: spare, subscriberId } }) =>
      await stopSuccessor(world, { subscriberId, by: 'session', spare }),
  },
]

for (const database of DATABASES) {
  suite(`An order that was changed meanwhile, on ${database}`, () => {
    test('says so itself: its devices are not what was changed', async (t) => {
      const { world, session, order } = await buyer(t, database)
      const late = outrun(world, 'device_order')
      assert.equal(problemOf(await withdrawOrder(late, session, order.id)), 'order.conflict')
      await deliver(world, new Map([['CARD-D', sampleCard('d')]]))
      const sending = { id: order.id, serial: 'CARD-D', by: 'operator' } as const
      assert.equal(problemOf(await orderSent(late, sending)), 'order.conflict')
      const { card, serial } = await sentTo(world, order)
      assert.equal(problemOf(await beginArrival(late, session, order.id)), 'order.conflict')
      const number = await askedOnArrival(world, session, order)
      for (const pin of ['9876', SAMPLE_PIN]) {
        const proof = { id: order.id, answer: { response: card.press(pin, number) } }
        assert.equal(problemOf(await answerArrival(late, session, proof)), 'order.conflict')
      }
      const back = await tokenReturned(late, { serial, by: 'operator' })
      assert.equal(problemOf(back), 'token.conflict')
      // Nothing of it was done: what is asked now is as it was.
      assert.equal(problemOf(await beginArrival(world, session, order.id)), 'ok')
    })
  })

  suite(`A client who was changed meanwhile, on ${database}`, () => {
    test('is told apart from their account and from their devices', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const clerk = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
      const session = await firstSession(world, 'anna')
      const late = outrun(world, 'subscriber')
      const by = 'operator' as const
      const primary = { id: clerk, primary: { id, name: 'Anna' }, by }
      const said = async (steps: readonly Promise<{ readonly ok: boolean } & object>[]) =>
        (await Promise.all(steps)).map(problemOf)
      assert.deepEqual(await said([setLanguage(late, { id, language: 'fr', by })]), CONFLICT)
      assert.deepEqual(await said([setSeamless(late, session, false)]), CONFLICT)
      assert.deepEqual(await said([setPrimary(late, primary)]), CONFLICT)
      assert.deepEqual(await said([setPrimary(world, primary)]), ['ok'])
      assert.deepEqual(await said([giveLeave(late, session, clerk)]), CONFLICT)
      assert.deepEqual(await said([passwordOf(outrun(world, 'authenticator'), id)]), CONFLICT)
      assert.deepEqual(await said([contactOf(world, id)]), CONFLICT)
      assert.deepEqual(await said([passwordOf(moving(world, id), id)]), CONFLICT)
      await givenPasscode(world, 'anna')
      const revoking = { subscriberId: id, by: 'agent-1' }
      const revoked = revokeTemporaryPasscode(moving(world, id), revoking)
      assert.deepEqual(await said([revoked]), ['desk.conflict'])
      assert.deepEqual(await said([revokeTemporaryPasscode(world, revoking)]), ['ok'])
    })
  })

  suite(`A password that is changed while it is judged, on ${database}`, () => {
    test('A9 S85 opens nothing, though it was right when it was read', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      let isChanged = false
      const late = interrupted(world, async () => {
        if (isChanged) return
        isChanged = true
        assert.equal(problemOf(await passwordOf(world, id)), 'ok')
      })
      const client = browser()
      const came = await begin(late, client, { userName: 'anna', platform: 'portal' })
      assert.equal(problemOf(came), 'login.wrong-credentials')
      assert.ok(isChanged)
    })
  })

  suite(`A login that comes on record while all of them end, on ${database}`, () => {
    test('S12 A28 does not go on with a password that was read before, and the next one does', async (t) => {
      const world = await testWorld(t, { database })
      const owners = await inPortal(world, await wealthy(world))
      const once = (act: () => Promise<unknown>) => {
        let isDone = false
        return interrupted(world, async () => {
          if (isDone) return
          isDone = true
          await act()
        })
      }
      const claim = { userName: 'anna', platform: 'portal' }
      const ends = once(async () => await endOtherSessions(world, owners))
      assert.equal(problemOf(await begin(ends, browser(), claim)), 'login.conflict')
      assert.equal(problemOf(await begin(world, browser(), claim)), 'ok')
      const until = after(world.now(), hours(1))
      const hold = { kind: 'review', forbids: ['withdrawals'], until, by: 'operator' } as const
      const { subscriberId } = owners
      const holds = once(async () => await startHold(world, { subscriberId, ...hold }))
      assert.equal(problemOf(await begin(holds, browser(), claim)), 'ok', 'a hold ends no login')
    })
  })

  suite(`An act whose session ends, or whose client’s state moves, at that moment, on ${database}`, () => {
    for (const { name, conflict, looksAgain = false, prepare, act } of ACTS_OF_SESSIONS) {
      test(`A9 S12 is not done: ${name}`, async (t) => {
        const world = await testWorld(t, { database })
        const anna = await wealthy(world)
        const [theirs, owners] = [await inPortal(world, anna), await inPortal(world, anna)]
        const about = { session: theirs, phone: authenticatorOf(anna.phone) }
        await prepare?.(world, about)
        const times = looksAgain ? Number.POSITIVE_INFINITY : 1
        const moved = moving(world, theirs.subscriberId, times)
        if (name !== PREFERENCE) assert.equal(problemOf(await act(moved, about)), conflict)
        const end = async () => await endSession(world, owners, { id: theirs.id, by: 'holder' })
        assert.equal(problemOf(await act(interrupted(world, end), about)), conflict)
        const mine = { ...about, session: owners }
        assert.equal(problemOf(await act(world, mine)), 'ok')
      })
    }
  })

  suite(`What a login took of the tries of its address, on ${database}`, () => {
    test('S10 is given back when the login is written, and not when it was lost', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      const phone = await personWithPhone(world, 'boris')
      const { key } = await personWithPasskey(world, 'carla')
      const doors: Readonly<Record<string, (node: TestWorld) => Promise<string>>> = {
        'a password alone': async (node) =>
          problemOf(await begin(node, browser(), { userName: 'anna', platform: 'portal' })),
        'a response': async (node) => {
          const client = browser()
          const login = await begun(world, client, 'boris')
          const number = await numberOn(world, login.id, client)
          const answer = { response: await phone.respond(number, world.now()) }
          return problemOf(await answerLogin(node, { id: login.id, holder: client.holder, answer }))
        },
        'a passkey': async (node) => {
          const client = browser()
          const offer = offerLogin(world, client.holder) ?? assert.fail('nothing is offered')
          const typed = key.assert(offer.script.data, { origin: ISSUER })
          const claim = {
            offer: offer.sealed,
            typed,
            environment: 'live',
            platform: 'trade',
          } as const
          return problemOf(await startIdentified(node, { ...claim, client }))
        },
      }
      for (const [door, comesIn] of Object.entries(doors)) {
        const late = counting(outrun(outrun(world, 'authenticator'), 'login'))
        assert.equal(await comesIn(late.world), 'login.conflict', door)
        assert.equal(late.given(), 0, door)
        const first = counting(world)
        assert.equal(await comesIn(first.world), 'ok', door)
        // Of the address, and of its neighbourhood.
        assert.equal(first.given(), 2, door)
        world.advance(minutes(1))
      }
    })

    test('A28 does not keep out a client who has a password alone while others guess at it', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      let guesses = 0
      const busy = interrupted(world, async () => {
        guesses += 1
        if (guesses !== 2) return
        await begin(world, browser(), { userName: 'anna', password: 'a guess of a stranger' })
      })
      const came = await begin(busy, browser(), { userName: 'anna', platform: 'portal' })
      assert.equal(problemOf(came), 'ok')
      assert.ok(guesses >= 2)
    })
  })
}

const CONFLICT = ['subscriber.conflict']

/** The state of this client moves between what a step reads and what it writes, so many times. */
function moving(world: TestWorld, subscriberId: SubscriberId, times = 1): TestWorld {
  const until = after(world.now(), hours(1))
  const forbids = ['withdrawals'] as const
  const hold = { subscriberId, kind: 'review', forbids, until, by: 'operator' } as const
  let left = times
  return interrupted(world, async () => {
    left -= 1
    if (left >= 0) await startHold(world, hold)
  })
}

async function passwordOf(world: TestWorld, subscriberId: SubscriberId) {
  const stamp = await findStamp(world.db, subscriberId)
  return await choosePassword(world, { subscriberId, password: 'violet harbour lantern' }, () => ({
    stamp,
    spare: null,
    by: 'holder',
    events: [],
  }))
}

/** Whatever is written, another address is on record by then. */
async function contactOf(world: TestWorld, subscriberId: SubscriberId) {
  const about = { subscriberId, kind: 'email', by: 'operator' } as const
  let others = 0
  const late = interrupted(world, async () => {
    others += 1
    await setContact(world, { ...about, value: `other-${others}@example.com` })
  })
  return await setContact(late, { ...about, value: 'anna@example.com' })
}

/** How often something is given back. */
function counting(world: TestWorld) {
  let given = 0
  const limits: TestWorld['limits'] = {
    ...world.limits,
    giveBack: async (...taken) => {
      given += 1
      await world.limits.giveBack(...taken)
    },
  }
  return { world: { ...world, limits }, given: () => given }
}
