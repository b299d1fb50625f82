import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { HowOften } from '#core/notices/trade-choice.ts'
import { days, hours, millis, minutes } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import { alertDue, alertsOf, chooseAlerts } from '#engine/notices/alerts.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { alertChoiceWrite, findAlertChoice } from '#store/notices/alert-choices.ts'
import { listNotices } from '#store/notices/notices.ts'
import { savePush } from '#store/devices/phone-channels.ts'
import { auditOf } from '../../support/audit.ts'
import {
  activate,
  authenticatorOf,
  firstSession,
  PASSWORD,
} from '../../support/clients/engine-story.ts'
import { inPortal } from '../../support/clients/orders.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { testWorld } from '../../support/server/world.ts'

/** News on the phone of a client (R018). */

const ABOUT = { orderId: 'ord_01ABCDEFGHJKMNPQRSTVWXYZ12' as never, method: 'security-card' }
const MOVED_ON = { kind: 'order.withdrawn', ...ABOUT, by: 'holder' } as const
const ORDER = { alert: 'order', language: 'fr' }

async function reached(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, language: 'fr' })
  const phone = await activate(world, await firstSession(world, 'anna'))
  const id = authenticatorOf(phone)
  const subscription = { endpoint: 'https://push.example.com/x', keys: {}, alerts: true }
  await savePush(world.db, id, { subscription, permission: 'granted', seenAt: world.now() })
  world.advance(minutes(20))
  const session = await inPortal(world, { userName: 'anna', phone })
  const shown: unknown[] = []
  const deliver = async ({ payload }: { readonly payload: unknown }) => {
    shown.push(payload)
    return { outcome: 'sent' } as const
  }
  world.channels.set('web-push', { name: 'web-push', retries: [], deliver })
  /** What the phone is told after these. */
  const told = async (...events: readonly object[]) => {
    const all = events.map((event) => ({ ...event, subscriberId }) as AuditEvent)
    for (const event of all)
      assert.ok(await world.db.commit(eventWrites(world.db, [event], world.now())))
    // Two nodes look at once.
    await Promise.all([noticeDue(world), noticeDue(world)])
    await Promise.all([alertDue(world), alertDue(world)])
    shown.length = 0
    await deliverDue(world)
    return [...shown]
  }
  const choose = async (every: HowOften) => await chooseAlerts(world, session, every)
  await told()
  return { world, subscriberId, session, id, told, choose }
}

for (const database of DATABASES) {
  suite(`News on the phone, on ${database}`, () => {
    test('S69 is told by mail also where what is chosen changes in the moment in which a notice is written', async (t) => {
      const { world, subscriberId, choose } = await reached(t, database)
      const event = { ...MOVED_ON, subscriberId }
      assert.ok(await world.db.commit(eventWrites(world.db, [event], world.now())))
      // After an outage it is looked at once.
      world.advance(minutes(2))
      await noticeDue(overtaken(world, async () => assert.ok((await choose('each')).ok)))
      await noticeDue(world)
      const told = (await listNotices(world.db, subscriberId, 50)).map(({ kind }) => kind)
      assert.equal(told.filter((kind) => kind === 'order-withdrawn').length, 1)
    })

    test('R018 says what it is about in the language of its client, once, and nothing else', async (t) => {
      const { world, subscriberId, told } = await reached(t, database)
      const value = 'anna.new@example.com'
      await setContact(world, { subscriberId, kind: 'email', value, by: 'operator' })
      assert.deepEqual(await told(), [{ alert: 'contact', language: 'fr' }])
      assert.deepEqual(await told(), [])
      const withdrawn = { kind: 'authenticator.copy-suspected', method: 'totp' } as const
      const other = { authenticatorId: 'aut_01ABCDEFGHJKMNPQRSTVWXYZ12' }
      assert.deepEqual(await told({ ...withdrawn, ...other }), [
        { alert: 'device', language: 'fr' },
      ])
    })

    test('R018 tells a phone nothing that its client has done there', async (t) => {
      const { world, session, id, told } = await reached(t, database)
      const browserId = 'brw_01ABCDEFGHJKMNPQRSTVWXYZ12'
      const recognised = { kind: 'browser.recognised', browserId } as const
      assert.deepEqual(await told({ ...recognised, loginId: session.loginId }), [])
      assert.deepEqual(await told(recognised), [{ alert: 'browser', language: 'fr' }])
      const changed = { kind: 'authenticator.changed', authenticatorId: id, method: 'phone-key' }
      assert.deepEqual(await told(changed), [])
      // A blocked phone is told nothing: an attacker may hold it.
      assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      assert.deepEqual(await told(recognised), [])
    })

    test('R018 gathers news of orders into one a day, to the millisecond, however many nodes look', async (t) => {
      const { world, told } = await reached(t, database)
      assert.deepEqual(await told(MOVED_ON), [ORDER])
      world.advance(hours(1))
      assert.deepEqual(await told(MOVED_ON), [])
      world.advance(hours(1))
      assert.deepEqual(await told(MOVED_ON), [])
      world.advance(millis(days(1) - hours(2) - 1))
      assert.deepEqual(await told(), [])
      world.advance(millis(1))
      assert.deepEqual(await told(), [ORDER])
      world.advance(days(2))
      assert.deepEqual(await told(), [])
      assert.deepEqual(await told(MOVED_ON), [ORDER])
    })

    test('R018 is chosen for orders, and never turned off for what concerns the login', async (t) => {
      const { world, session, told, choose } = await reached(t, database)
      assert.deepEqual(await alertsOf(world, session), { every: 'day', isHeld: true })
      assert.ok((await choose('each')).ok)
      assert.deepEqual(await told(MOVED_ON, MOVED_ON), [ORDER, ORDER])
      assert.ok((await choose('day')).ok)
      assert.deepEqual(await told(MOVED_ON), [])
      // What waits is let go.
      assert.ok((await choose('never')).ok)
      world.advance(days(2))
      assert.deepEqual(await told(MOVED_ON), [])
      assert.deepEqual(await told({ ...MOVED_ON, kind: 'order.placed' }), [
        { alert: 'device', language: 'fr' },
      ])
      const optedOut = { kind: 'account.opted-out', accountId: 'acc_01ABCDEFGHJKMNPQRSTVWXYZ12' }
      assert.deepEqual(
        await told({ ...optedOut, status: 'open', tradesFrom: null, by: 'holder' }),
        [{ alert: 'settings', language: 'fr' }],
      )
      // The same once more is not written.
      assert.ok((await choose('never')).ok)
      const set = (await auditOf(world)).filter(({ kind }) => kind === 'alerts.set')
      assert.equal(set.length, 3)
    })

    test('R018 a choice that was made meanwhile is not overwritten', async (t) => {
      const { world, subscriberId, choose } = await reached(t, database)
      assert.ok((await choose('each')).ok)
      const read = await findAlertChoice(world.db, subscriberId)
      assert.ok((await choose('never')).ok)
      const late = alertChoiceWrite(world.db, subscriberId, read)
      assert.equal(await world.db.commit([late]), false)
    })

    test('R018 is chosen by no session that sees statements alone', async (t) => {
      const { world, session } = await reached(t, database)
      const rights = { ...session.decision.rights, portal: 'statements' } as const
      const partial = { ...session, decision: { ...session.decision, rights } }
      const chosen = await chooseAlerts(world, partial, 'never')
      assert.equal('problem' in chosen && chosen.problem, 'session.insufficient')
    })

    test('R018 S12 is chosen by no session that has ended meanwhile', async (t) => {
      const { world, session, choose } = await reached(t, database)
      assert.ok(await endSession(world, session, { id: session.id, by: 'holder' }))
      assert.equal((await choose('never')).ok, false)
      assert.equal((await alertsOf(world, session)).every, 'day')
    })
  })
}
