import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#core/ids.ts'
import { after, millis, minutes } from '#core/time/time.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'
import { findFacts } from '#store/subscribers/session-facts.ts'
import { newcomer, NOW, overBothDatabases, random } from '#store/contract/store.contract.ts'

overBothDatabases('facts', (nodes) => {
  test('a hold counts until it is over, to the millisecond', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const until = after(NOW, minutes(1))
    const hold = { kind: 'test', forbids: ['trading' as const], until }
    const about = { id: newId('hld', NOW, random), subscriberId: subscriber.id, hold }
    await commitAuthenticators(nodes.db, { now: NOW, changed: [], hold: about, events: [] })
    const asked = {
      firstFactor: 'password',
      resetFactor: 'reset-code',
      subscriberId: subscriber.id,
    }
    const heldAt = async (now: typeof NOW) =>
      (await findFacts(nodes.other, { ...asked, now })).holds
    assert.deepEqual(await heldAt(after(NOW, millis(59_999))), [hold])
    assert.deepEqual(await heldAt(until), [])
  })
})
