import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Session } from '#core/sessions/session.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { issueTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { endOtherSessions } from '#engine/sessions/sessions.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import {
  authenticatorOf,
  begun,
  numberOn,
  personWithPhone,
  requestsOf,
  sendAnswer,
} from '../../support/clients/engine-story.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import { sessionBy } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** Approved on the phone, by a browser that takes its time. */
async function approvedNotTaken(world: TestWorld, phone: TestPhone) {
  const client = browser()
  const login = await begun(world, client, 'anna')
  const number = await numberOn(world, login.id, client)
  const [request] = await requestsOf(world, phone)
  assert.ok(request)
  const signed = await phone.approve(request, { now: world.now(), number })
  assert.ok((await sendAnswer(world, request, signed)).ok)
  return { id: login.id, holder: client.holder }
}

const open = async (world: TestWorld, { subscriberId }: Session) =>
  (await listSessions(world.db, subscriberId, world.now()))
    .filter(({ endedAt }) => endedAt === null)
    .map(({ id }) => id)

for (const database of DATABASES) {
  suite(`a login that is complete and waits for its browser, over ${database}`, () => {
    const ENDINGS = {
      'is stopped': suspendAuthenticator,
      'is taken away': revokeAuthenticator,
    } as const
    for (const [how, end] of Object.entries(ENDINGS)) {
      test(`A9 S85 opens nothing when the phone that approved it ${how}`, async (t) => {
        const world = await testWorld(t, { database })
        const phone = await personWithPhone(world, 'anna')
        const session = await sessionBy(world, phone, 'anna')
        const held = await approvedNotTaken(world, phone)
        assert.ok((await end(world, session, { id: authenticatorOf(phone) })).ok)
        const claimed = await claimLogin(world, held)
        assert.equal(claimed.ok ? 'ok' : claimed.problem, 'login.expired')
      })
    }

    test('A9 S85 opens nothing when every other session is ended, though its phone still counts', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const session = await sessionBy(world, phone, 'anna')
      const held = await approvedNotTaken(world, phone)
      await endOtherSessions(world, session)
      const claimed = await claimLogin(world, held)
      assert.equal(claimed.ok ? 'ok' : claimed.problem, 'login.expired')
      assert.deepEqual(await open(world, session), [session.id])
    })

    test('A9 R099 opens nothing when the desk has replaced the phone', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const { subscriberId } = await sessionBy(world, phone, 'anna')
      const held = await approvedNotTaken(world, phone)
      const issued = await issueTemporaryPasscode(world, {
        subscriberId,
        by: 'agent-7',
        reason: 'stolen',
      })
      assert.ok(issued.ok)
      const claimed = await claimLogin(world, held)
      assert.equal(claimed.ok ? 'ok' : claimed.problem, 'login.expired')
    })
  })
}
