import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userNameKey } from '#core/subscribers/account.ts'
import { codeRefused, type Enrolment, opened, used } from '#core/devices/enrolment.ts'
import { newId } from '#core/ids.ts'
import { findAuthenticator, listAuthenticators } from '#store/devices/authenticators.ts'
import {
  commitEnrolment,
  findEnrolment,
  findEnrolmentByToken,
  findOpenEnrolment,
} from '#store/devices/enrolments.ts'
import {
  authenticator,
  contents,
  type Newcomer,
  newcomer,
  NOW,
  overBothDatabases,
  random,
  winners,
} from '#store/contract/store.contract.ts'

overBothDatabases('enrolments', (nodes) => {
  test('an enrolment is found by its id, its long code and the user name', async () => {
    const person = await newcomer(nodes.db)
    const value = await begun(person)
    const found = { value, version: 1 }
    assert.deepEqual(await findEnrolment(nodes.db, value.id), found)
    assert.deepEqual(await findEnrolmentByToken(nodes.other, value.tokenHash), found)
    assert.deepEqual(await findOpenEnrolment(nodes.db, nameKey(person)), found)
    assert.equal(await findOpenEnrolment(nodes.db, 'nobody'), null)
  })

  test('an enrolment loses nothing that comes to it later', async () => {
    const person = await newcomer(nodes.db)
    const value = { ...fresh(person), comesLater: 7 }
    const commit = { now: NOW, enrolment: { value, version: null }, events: [] }
    assert.ok(await commitEnrolment(nodes.db, commit))
    assert.deepEqual(await findEnrolment(nodes.other, value.id), { value, version: 1 })
    const next = { ...codeRefused(value), comesLater: 8 }
    assert.ok(
      await commitEnrolment(nodes.db, { ...commit, enrolment: { value: next, version: 1 } }),
    )
    assert.deepEqual((await findEnrolment(nodes.db, value.id))?.value, next)
  })

  test('a newer one cancels the one that was open', async () => {
    const person = await newcomer(nodes.db)
    const [first, second] = [await begun(person), await begun(person)]
    assert.equal((await findEnrolment(nodes.db, first.id))?.value.state, 'cancelled')
    assert.equal((await findOpenEnrolment(nodes.db, nameKey(person)))?.value.id, second.id)
    // A request that read the first while it was open comes too late.
    const late = { now: NOW, enrolment: { value: codeRefused(first), version: 1 }, events: [] }
    assert.equal(await commitEnrolment(nodes.db, late), false)
  })

  test('of two that are begun at once, at most one is open', async () => {
    const person = await newcomer(nodes.db)
    for (let race = 0; race < 20; race += 1) {
      const enrolments = [fresh(person), fresh(person)]
      const written = await Promise.all(
        enrolments.map((value, index) =>
          commitEnrolment(index === 0 ? nodes.db : nodes.other, {
            now: NOW,
            enrolment: { value, version: null },
            events: [],
          }),
        ),
      )
      assert.ok(written.includes(true))
      const states = await Promise.all(enrolments.map(({ id }) => findEnrolment(nodes.db, id)))
      assert.equal(states.filter((found) => found?.value.state === 'open').length, 1)
    }
  })

  test('a wrong code is counted over the version that was read', async () => {
    const value = codeRefused(await begun(await newcomer(nodes.db)))
    const commit = { now: NOW, enrolment: { value, version: 1 }, events: [] }
    assert.equal(await commitEnrolment(nodes.db, commit), true)
    assert.equal(await commitEnrolment(nodes.other, commit), false)
    assert.equal((await findEnrolment(nodes.db, value.id))?.value.wrongCodes, 1)
  })

  test('it binds once, and takes the place of what was bound', async () => {
    const person = await newcomer(nodes.db)
    const { subscriber, phone } = person
    const open = await begun(person)
    const bindings = [authenticator('phone-key'), authenticator('phone-key')].map((one) => ({
      now: NOW,
      enrolment: { value: used(open, one.id), version: 1 },
      bind: { authenticator: one, subscriberIds: [subscriber.id] },
      revoke: [{ value: { ...phone, lifecycle: 'revoked' as const }, version: 1 }],
      endSessionsOf: { subscriberId: subscriber.id },
      events: [],
    }))
    const written = await Promise.all(
      bindings.map((commit, index) =>
        commitEnrolment(index === 0 ? nodes.db : nodes.other, commit),
      ),
    )
    assert.equal(winners(written), 1)
    const held = await listAuthenticators(nodes.db, subscriber.id)
    const active = held.filter(
      ({ value }) => value.method === 'phone-key' && value.lifecycle === 'active',
    )
    assert.equal(active.length, 1)
    const { value: done } = (await findEnrolment(nodes.db, open.id)) ?? {}
    assert.equal(done?.state, 'used')
    assert.equal(done.bound, active[0]?.value.id)
  })

  test('a shared device serves every client it was bound to', async () => {
    const [one, other] = [await newcomer(nodes.db), await newcomer(nodes.db)]
    const open = await begun(one)
    const shared = authenticator('phone-key')
    const subscriberIds = [one.subscriber.id, other.subscriber.id]
    const enrolment = { value: used(open, shared.id), version: 1 }
    const bind = { authenticator: shared, subscriberIds }
    assert.equal(await commitEnrolment(nodes.db, { now: NOW, enrolment, bind, events: [] }), true)
    const bound = await findAuthenticator(nodes.db, shared.id)
    assert.deepEqual(bound?.subscriberIds.toSorted(), subscriberIds.toSorted())
  })

  test('what is bound to no existing client is not written at all', async () => {
    const open = await begun(await newcomer(nodes.db))
    const before = await contents(nodes.db)
    const one = authenticator('phone-key')
    const bind = { authenticator: one, subscriberIds: [newId('sub', NOW, random)] }
    const enrolment = { value: used(open, one.id), version: 1 }
    await assert.rejects(
      commitEnrolment(nodes.db, { now: NOW, enrolment, bind, events: [] }),
      /foreign key/i,
    )
    assert.deepEqual(await contents(nodes.db), before)
  })

  const fresh = ({ subscriber }: Newcomer): Enrolment =>
    opened(
      {
        id: newId('enr', NOW, random),
        subscriberId: subscriber.id,
        method: 'phone-key',
        codeHash: 'hash of the short code',
        tokenHash: newId('enr', NOW, random),
        sessionId: newId('ses', NOW, random),
        drawn: null,
        waits: false,
        stamp: 0,
        confirmed: null,
        confirmedIn: null,
      },
      NOW,
    )

  async function begun(person: Newcomer): Promise<Enrolment> {
    const value = fresh(person)
    const commit = { now: NOW, enrolment: { value, version: null }, events: [] }
    assert.equal(await commitEnrolment(nodes.db, commit), true)
    return value
  }

  const nameKey = ({ subscriber }: Newcomer) => userNameKey(subscriber.userName) ?? ''
})
