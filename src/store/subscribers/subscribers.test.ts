import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NEW_ACCOUNT, userNameKey } from '#core/subscribers/account.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { NO_FAILURES, type Throttle } from '#core/login/throttle.ts'
import { after, minutes } from '#core/time/time.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { forgetBrowsers, listBrowsers } from '#store/login/browsers.ts'
import type { Db } from '#store/database/open.ts'
import { commitLogin, type LoginCommit } from '#store/login/logins.ts'
import {
  authenticator,
  beginning,
  contents,
  type Newcomer,
  newcomer,
  NOW,
  overBothDatabases,
  random,
} from '#store/contract/store.contract.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import {
  createSubscriber,
  findSubscriber,
  updateSubscriber,
} from '#store/subscribers/subscribers.ts'
import { findClaimant } from '#store/login/claimant.ts'
import { browserThrottle, findThrottle, nameThrottle } from '#store/login/throttles.ts'

overBothDatabases('subscribers', (nodes) => {
  test('a subscriber is found by name, with what the first step of a login needs', async () => {
    const person = await newcomer(nodes.db)
    const { subscriber, account, password } = person
    assert.deepEqual(await claimant(nodes.db, person), {
      subscriber,
      standing: { subscriberId: subscriber.id, loginStamp: 0 },
      accounts: [account],
      password: { value: password, version: 1 },
      throttle: null,
      browser: null,
      browserThrottle: null,
    })
    assert.deepEqual(await findSubscriber(nodes.db, subscriber.id), {
      value: subscriber,
      version: 1,
    })
    assert.deepEqual(await listAccounts(nodes.db, subscriber.id), [account])
  })

  test('an unknown name is a claimant of whom nothing is known but the guesses', async () => {
    const nothing = {
      subscriber: null,
      standing: null,
      accounts: [],
      password: null,
      browser: null,
      browserThrottle: null,
    }
    const claim = { nameKey: 'nobody at all', browserHash: random(32), method: 'password' }
    assert.deepEqual(await findClaimant(nodes.db, claim), { ...nothing, throttle: null })
    const throttle = { failures: 1, lastFailedAt: NOW }
    await count(nodes.db, {
      key: nameThrottle(nodes.db, claim.nameKey),
      value: throttle,
      version: null,
    })
    const found = await findClaimant(nodes.db, claim)
    assert.deepEqual(found, { ...nothing, throttle: { value: throttle, version: 1 } })
  })

  test('a browser is recognised for the subscriber who used it, and for no other', async () => {
    const [one, other] = [await newcomer(nodes.db), await newcomer(nodes.db)]
    const cookieHash = random(32)
    const browser = await recognised(nodes.db, one, cookieHash)
    const counted = { failures: 3, lastFailedAt: NOW }
    const key = browserThrottle(browser.id)
    await count(nodes.db, { key, value: counted, version: null })
    const theirs = await claimant(nodes.db, one, cookieHash)
    assert.deepEqual(theirs.browser, { value: browser, version: 1 })
    assert.deepEqual(theirs.browserThrottle, { value: counted, version: 1 })
    assert.equal((await claimant(nodes.db, other, cookieHash)).browser, null)
    assert.equal((await claimant(nodes.db, one, random(32))).browser, null)
    const blocked = { ...browser, blockedAt: NOW }
    const block = (version: number) =>
      commitLogin(nodes.db, {
        now: NOW,
        login: { value: beginning(one.subscriber.id), version: null },
        browser: { value: blocked, version },
        effects: [],
        events: [],
      })
    assert.deepEqual([await block(2), await block(1), await block(1)], [false, true, false])
    assert.deepEqual((await claimant(nodes.db, one, cookieHash)).browser?.value, blocked)
    // Two who share a browser have a record each.
    const shared = await recognised(nodes.db, other, cookieHash)
    assert.deepEqual((await claimant(nodes.db, other, cookieHash)).browser?.value, shared)
  })

  test('several accounts and passwords come once each, and only the active password', async () => {
    const subscriber = { ...(await newcomer(nodes.db)).subscriber, id: newId('sub', NOW, random) }
    const person = { ...subscriber, userName: 'Several@Example.com' }
    const accounts = ['live', 'paper', 'live'].map((environment) => ({
      ...NEW_ACCOUNT,
      id: newId('acc', NOW, random),
      subscriberId: person.id,
      number: newId('acc', NOW, random),
      environment: environment as 'live' | 'paper',
      status: 'open' as const,
    }))
    const active = authenticator('password')
    const revoked = { ...authenticator('password'), lifecycle: 'revoked' as const }
    const authenticators = [active, revoked, authenticator('phone-key')]
    await createSubscriber(nodes.db, {
      now: NOW,
      subscriber: person,
      accounts,
      authenticators,
      events: [],
    })
    const claim = { nameKey: 'several@example.com', browserHash: null, method: 'password' }
    const found = await findClaimant(nodes.db, claim)
    assert.deepEqual(found.accounts, accounts)
    assert.deepEqual(found.password?.value, active)
  })

  test('a name or an account number that is taken stays with its client', async () => {
    const { subscriber, account } = await newcomer(nodes.db, 'Taken')
    const before = await contents(nodes.db)
    const id = newId('sub', NOW, random)
    const fresh = { ...account, id: newId('acc', NOW, random), subscriberId: id }
    const taken = [
      { subscriber: { ...subscriber, id, userName: 'TAKEN' }, accounts: [] },
      { subscriber: { ...subscriber, id, userName: 'free' }, accounts: [fresh] },
    ]
    for (const one of taken) {
      const person = { ...one, now: NOW, authenticators: [authenticator('password')], events: [] }
      assert.equal(await createSubscriber(nodes.db, person), false)
    }
    assert.deepEqual(await contents(nodes.db), before)
  })

  test('language and ways change over the version that was read, and only then', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const value = { ...subscriber, language: 'fr', seamless: false } as const
    const commit = { now: NOW, subscriber: { value, version: 1 }, events: [] }
    assert.equal(await updateSubscriber(nodes.db, commit), true)
    assert.equal(await updateSubscriber(nodes.other, commit), false)
    assert.deepEqual(await findSubscriber(nodes.db, subscriber.id), { value, version: 2 })
  })

  test('an authenticator knows whom it serves, and is listed last used first', async () => {
    const { subscriber, password, phone } = await newcomer(nodes.db)
    const used = { ...password, usedAt: after(NOW, minutes(1)), label: 'used' }
    const changed = [{ value: used, version: 1 }]
    assert.equal(await commitAuthenticators(nodes.db, { now: NOW, changed, events: [] }), true)
    assert.equal(await commitAuthenticators(nodes.db, { now: NOW, changed, events: [] }), false)
    const listed = await listAuthenticators(nodes.db, subscriber.id)
    assert.deepEqual(listed, [
      { value: used, version: 2 },
      { value: phone, version: 1 },
    ])
    const bound = await findAuthenticator(nodes.db, phone.id)
    assert.deepEqual(bound, { value: phone, version: 1, subscriberIds: [subscriber.id] })
  })

  test('the right password forgets the guesses, and a stale count is not written', async () => {
    const key = nameThrottle(nodes.db, 'guessed at')
    const guess = (failures: number) => ({ failures, lastFailedAt: NOW })
    assert.equal(await count(nodes.db, { key, value: guess(1), version: null }), true)
    assert.equal(await count(nodes.db, { key, value: guess(1), version: null }), false)
    assert.equal(await count(nodes.db, { key, value: guess(2), version: 1 }), true)
    assert.equal(await count(nodes.db, { key, value: guess(2), version: 1 }), false)
    assert.deepEqual(await findThrottle(nodes.db, key), { value: guess(2), version: 2 })
    assert.equal(await count(nodes.db, { key, value: NO_FAILURES, version: 1 }), false)
    assert.equal(await count(nodes.db, { key, value: NO_FAILURES, version: 2 }), true)
    assert.equal(await findThrottle(nodes.db, key), null)
    assert.equal(await count(nodes.db, { key, value: NO_FAILURES, version: null }), true)
  })

  test('of fifty guesses at once, each that is evaluated was counted first (A4)', async () => {
    const key = nameThrottle(nodes.db, 'guessed at by fifty')
    const guesses = Array.from({ length: 50 }, async (_, index) => {
      const db = index % 2 === 0 ? nodes.db : nodes.other
      const read = await findThrottle(db, key)
      const value = { failures: (read?.value.failures ?? 0) + 1, lastFailedAt: NOW }
      return count(db, { key, value, version: read?.version ?? null })
    })
    const counted = (await Promise.all(guesses)).filter(Boolean).length
    assert.equal((await findThrottle(nodes.db, key))?.value.failures, counted)
  })

  test('browsers are forgotten one by one or together, with what was counted against them', async () => {
    const person = await newcomer(nodes.db)
    const other = await newcomer(nodes.db)
    const browsers = []
    for (let index = 0; index < 3; index += 1) {
      const browser = await recognised(nodes.db, person, random(32))
      browsers.push(browser)
      const value = { failures: 1, lastFailedAt: NOW }
      await count(
        nodes.db,
        { key: browserThrottle(browser.id), value, version: null },
        person.subscriber.id,
      )
    }
    const [first] = browsers
    assert.ok(first)
    const subscriberId = person.subscriber.id
    const forget = { now: NOW, events: [] }
    const ids = [first.id]
    const stranger = { ...forget, ids, subscriberId: other.subscriber.id }
    assert.equal(await forgetBrowsers(nodes.db, stranger), 0)
    assert.equal(await forgetBrowsers(nodes.db, { ...forget, subscriberId, ids: [] }), 0)
    assert.equal(await forgetBrowsers(nodes.db, { ...forget, subscriberId, ids }), 1)
    assert.equal(await findThrottle(nodes.db, browserThrottle(first.id)), null)
    assert.equal((await listBrowsers(nodes.db, subscriberId)).length, 2)
    const left = browsers.map(({ id }) => id)
    assert.equal(await forgetBrowsers(nodes.db, { ...forget, subscriberId, ids: left }), 2)
    assert.deepEqual(await listBrowsers(nodes.db, subscriberId), [])
  })
})

const claimant = (db: Db, { subscriber }: Newcomer, browserHash: Uint8Array | null = null) =>
  findClaimant(db, {
    nameKey: userNameKey(subscriber.userName) ?? '',
    browserHash,
    method: 'password',
  })

/** Writes a count as a login does. */
function count(
  db: Db,
  throttle: { readonly key: string; readonly value: Throttle; readonly version: number | null },
  subscriberId: SubscriberId | null = null,
): Promise<boolean> {
  const login = { value: beginning(subscriberId), version: null }
  return commitLogin(db, { now: NOW, login, throttles: [throttle], effects: [], events: [] })
}

async function recognised(db: Db, { subscriber }: Newcomer, cookieHash: Uint8Array) {
  const value = {
    id: newId('brw', NOW, random),
    subscriberId: subscriber.id,
    label: 'Firefox, Linux',
    createdAt: NOW,
    seenAt: NOW,
    blockedAt: null,
    namedAt: NOW,
  }
  const login = { value: beginning(subscriber.id), version: null }
  const browser = { value, version: null, cookieHash }
  const commit: LoginCommit = { now: NOW, login, browser, effects: [], events: [] }
  assert.equal(await commitLogin(db, commit), true)
  return value
}
