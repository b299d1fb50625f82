import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newId } from '#core/ids.ts'
import { tokenReturned } from '#engine/orders/fulfilment.ts'
import { orderSent } from '#engine/orders/sending.ts'
import { letterPosted, waitingLetters } from '#engine/notices/letters.ts'
import {
  issueTemporaryPasscode,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import { startReset } from '#engine/password/reset.ts'
import { giveToken } from '#engine/inventory/hardware-tokens.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { cardOf } from '../../support/clients/card.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { testWorld } from '../../support/server/world.ts'

const NO_AGENTS = [
  '',
  ' ',
  'Jane Doe <script>',
  'Jane',
  'agent 7',
  'agent-7\n',
  'a\u0000b',
  'a\u202eb',
  'a\u200bb',
  '\u0430gent',
  'x'.repeat(41),
  'x'.repeat(10_000),
] as const

const REFUSED = { ok: false, problem: 'desk.not-an-agent' }

for (const database of DATABASES) {
  suite(`The agent of an event, on ${database}`, () => {
    test('is an id at every use case; anything else is refused and stands nowhere', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
      await cardOf(world, subscriberId)
      const value = '1 Example Street\nExampletown'
      await setContact(world, { subscriberId, kind: 'postal', value, by: 'operator' })
      await noticeDue(world)
      const [letter] = await waitingLetters(world, null)
      const id = letter?.id ?? assert.fail('no letter')
      const before = await auditOf(world)
      const { length } = await waitingLetters(world, null)
      const by = 'operator' as const
      const uses: Readonly<Record<string, (agent: string) => Promise<object>>> = {
        startReset: (agent) => startReset(world, { subscriberId, by: agent }),
        issue: (agent) =>
          issueTemporaryPasscode(world, { subscriberId, by: agent, reason: 'lost' }),
        approve: (agent) =>
          issueTemporaryPasscode(world, {
            subscriberId,
            by: 'agent-1',
            approvedBy: agent,
            reason: 'lost',
          }),
        release: (agent) => releaseTemporaryPasscode(world, { subscriberId, by: agent }),
        revoke: (agent) => revokeTemporaryPasscode(world, { subscriberId, by: agent }),
        posted: (agent) => letterPosted(world, { id, by, agent }),
        sent: (agent) => {
          const order = newId('ord', world.now(), world.random)
          return orderSent(world, { id: order, serial: 'CARD-C', by, agent })
        },
        returned: (agent) => tokenReturned(world, { serial: 'CARD-C', by, agent }),
        given: (agent) =>
          giveToken(world, {
            serial: 'CARD-C',
            subscriberId,
            wishes: { pin: SAMPLE_PIN },
            by: agent,
          }),
      }
      for (const [name, use] of Object.entries(uses))
        for (const agent of NO_AGENTS)
          assert.deepEqual(await use(agent), REFUSED, `${name} by ${JSON.stringify(agent)}`)
      assert.deepEqual(await auditOf(world), before)
      assert.equal((await waitingLetters(world, null)).length, length)
      assert.ok((await letterPosted(world, { id, by, agent: 'agent-7' })).ok)
    })
  })
}
