import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type SubscriberId } from '#core/ids.ts'
import { SEEN_GRAIN, type Session, SESSION_ABSOLUTE, SESSION_IDLE } from '#core/sessions/session.ts'
import { after, before, type Instant, millis, minutes } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { commitLogin } from '#store/login/logins.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'
import type { Ended } from '#store/endings.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSessionById, listSessions, touchSession } from '#store/sessions/sessions.ts'
import { HISTORY, purge } from '#store/server/purge.ts'
import { findHeldSession } from '#store/subscribers/session-facts.ts'
import {
  beginning,
  newcomer,
  NOW,
  overBothDatabases,
  random,
} from '#store/contract/store.contract.ts'
import { findThrottle, sessionThrottle } from '#store/login/throttles.ts'

overBothDatabases('sessions', (nodes) => {
  test('a session is found by the hash of its token', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const { session, tokenHash } = await opened(nodes.db, subscriber.id)
    const asked = { firstFactor: 'password', resetFactor: 'reset-code', now: NOW }
    const found = await findHeldSession(nodes.other, { ...asked, tokenHash })
    assert.deepEqual(found?.session, session)
    assert.deepEqual(found?.subscriber, subscriber)
    assert.deepEqual(await findHeldSession(nodes.other, { ...asked, id: session.id }), found)
    assert.deepEqual(await findSessionById(nodes.other, session.id), session)
    assert.equal(await findHeldSession(nodes.db, { ...asked, tokenHash: random(32) }), null)
  })

  test('it is noted at most once a minute that it was seen, and never backwards', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const { session } = await opened(nodes.db, subscriber.id)
    const seenAfter = async (at: Instant) => {
      await touchSession(nodes.db, session.id, at)
      return (await findSessionById(nodes.db, session.id))?.seenAt
    }
    const once = after(NOW, SEEN_GRAIN)
    assert.equal(await seenAfter(before(once, millis(1))), NOW)
    assert.equal(await seenAfter(once), once)
    assert.equal(await seenAfter(NOW), once)
  })

  test('open sessions are listed until they have been idle too long, or open too long', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const { session } = await opened(nodes.db, subscriber.id)
    const listed = async (now: Instant) => (await listSessions(nodes.db, subscriber.id, now)).length
    const idle = after(NOW, SESSION_IDLE)
    assert.deepEqual([await listed(before(idle, millis(1))), await listed(idle)], [1, 0])
    const over = after(NOW, SESSION_ABSOLUTE)
    await touchSession(nodes.db, session.id, before(over, minutes(1)))
    assert.deepEqual([await listed(before(over, millis(1))), await listed(over)], [1, 0])
  })

  test('sessions end by name, or all of a subscriber but one, and end once', async () => {
    const [one, other] = [await newcomer(nodes.db), await newcomer(nodes.db)]
    const all = []
    for (let index = 0; index < 4; index += 1) all.push(await opened(nodes.db, one.subscriber.id))
    const untouched = await opened(nodes.db, other.subscriber.id)
    const ids = all.map(({ session }) => session.id)
    const [first, keep] = ids
    assert.ok(first && keep)
    const now = after(NOW, minutes(5))
    const { id: subscriberId } = one.subscriber
    const end = (ended: Omit<Ended, 'subscriberId'>) =>
      commitAuthenticators(nodes.db, {
        now,
        changed: [],
        events: [],
        ended: { subscriberId, ...ended },
      })
    const open = async () =>
      (await listSessions(nodes.db, subscriberId, now)).map(({ id }) => id).toSorted()
    const left = ids.filter((id) => id !== first).toSorted()
    assert.ok(await end({ by: 'session-ended', sessions: [first] }))
    assert.ok(await end({ by: 'session-ended', sessions: [first] }))
    assert.ok(await end({ by: 'session-ended', sessions: [] }))
    assert.deepEqual(await open(), left)
    assert.equal(await end({ by: 'device-stopped', within: first }), false, 'its session is over')
    assert.deepEqual(await open(), left)
    assert.ok(await end({ by: 'device-stopped', within: keep }))
    assert.deepEqual(await open(), [keep])
    const stamp = await findStamp(nodes.db, subscriberId)
    assert.equal(await end({ by: 'passcode-issued', stamp: stamp - 1 }), false, 'another state')
    assert.deepEqual(await open(), [keep])
    assert.ok(await end({ by: 'passcode-issued', stamp }))
    assert.equal(await findStamp(nodes.db, subscriberId), stamp + 1)
    assert.equal((await findSessionById(nodes.db, untouched.session.id))?.endedAt, null)
    assert.equal((await findSessionById(nodes.db, keep))?.endedAt, now)
  })

  test('what was guessed within a session is forgotten with it, and not before', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const { session } = await opened(nodes.db, subscriber.id)
    const key = sessionThrottle(session.id)
    const counted = { key, value: { failures: 1, lastFailedAt: NOW }, version: null }
    const login = { value: beginning(subscriber.id), version: null }
    const commit = { now: NOW, login, throttles: [counted], effects: [], events: [] }
    assert.ok(await commitLogin(nodes.db, commit))
    await purge(nodes.db, after(NOW, HISTORY))
    assert.ok(await findThrottle(nodes.db, key))
    await purge(nodes.db, after(after(NOW, HISTORY), minutes(1)))
    assert.equal(await findThrottle(nodes.other, key), null)
    assert.equal(await findSessionById(nodes.db, session.id), null)
  })

  test('an ended session is not seen any more', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const { session } = await opened(nodes.db, subscriber.id)
    const ended = { by: 'log-out', subscriberId: subscriber.id, sessions: [session.id] } as const
    await commitAuthenticators(nodes.db, { now: NOW, changed: [], ended, events: [] })
    await touchSession(nodes.db, session.id, after(NOW, minutes(5)))
    assert.equal((await findSessionById(nodes.db, session.id))?.seenAt, NOW)
  })
})

async function opened(db: Db, subscriberId: SubscriberId) {
  const value = beginning(subscriberId)
  const session: Session = {
    id: newId('ses', NOW, random),
    subscriberId,
    loginId: value.id,
    platform: 'portal',
    environment: 'live',
    proofs: [{ method: 'password', acr: '1', amr: ['pwd'] }],
    origin: { browserId: null, browser: 'Firefox, Linux', place: 'Somewhere' },
    openedAt: NOW,
    seenAt: NOW,
    endedAt: null,
  }
  const tokenHash = random(32)
  const opening = { session: { value: session, tokenHash }, effects: [], events: [] }
  const written = await commitLogin(db, { ...opening, now: NOW, login: { value, version: null } })
  assert.equal(written, true)
  return { session, tokenHash }
}
