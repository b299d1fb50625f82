import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Channel, Delivered, Delivery } from '#channels/channel.ts'
import { FINDING_CODES, findingsOf } from '#core/delivery/phone-check.ts'
import { minutes, seconds } from '#core/time/time.ts'
import {
  keepExamination,
  noteTested,
  sendTest,
  sendTestFromPortal,
  serverSideOf,
  standingOf,
} from '#engine/delivery/phone-check.ts'
import { setSeamless } from '#engine/devices/overview.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { savePush } from '#engine/devices/phone-approval.ts'
import { commitPhoneCheck, findPhoneCheck } from '#store/delivery/phone-checks.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { findPush } from '#store/devices/phone-channels.ts'
import { auditOf } from '../../support/audit.ts'
import {
  activate,
  authenticatorOf,
  begun,
  firstSession,
  PASSWORD,
  requestsOf,
} from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const ADDRESS = 'https://push.example.com/send/abc'
const KEYS = { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) }

/** A phone that has told where it is reached, and a push service that answers as it is told to. */
async function phoneIn(world: TestWorld, answers: () => Delivered) {
  await world.add({ userName: 'anna', password: PASSWORD })
  const session = await firstSession(world, 'anna')
  const phone = await activate(world, session)
  const id = authenticatorOf(phone)
  const sent: Delivery[] = []
  const channel: Channel = {
    name: 'web-push',
    retries: [],
    deliver: async (delivery) => {
      sent.push(delivery)
      return answers()
    },
  }
  world.channels.set(channel.name, channel)
  const subscribe = async () => {
    const subscription = { endpoint: ADDRESS, keys: KEYS }
    assert.ok((await savePush(world, id, { subscription, permission: 'granted' })).ok)
  }
  await subscribe()
  const { subscriberIds } = (await findAuthenticator(world.db, id)) ?? assert.fail()
  return { phone, session, id, sent, subscribe, holders: { id, subscriberIds } }
}

for (const database of DATABASES) {
  suite(`the check of notifications, on ${database}`, () => {
    test('R044 a test is followed from end to end, and asks for nothing', async (t) => {
      const world = await testWorld(t, { database })
      const { phone, id, sent, holders } = await phoneIn(world, () => ({ outcome: 'sent' }))
      const { test: first } = await tested(world, holders)
      assert.deepEqual(
        sent.map(({ payload }) => payload),
        [{ test: first.id, language: 'en' }],
      )
      assert.equal(first.taken, 'taken')
      world.advance(seconds(1))
      assert.ok((await noteTested(world, id, { test: first.id, stage: 'received' })).ok)
      world.advance(seconds(1))
      assert.ok((await noteTested(world, id, { test: first.id, stage: 'opened' })).ok)
      const { test: ended } = await serverSideOf(world, holders)
      assert.deepEqual(
        [ended?.receivedAt, ended?.shownAt, ended?.openedAt].map((at) => (at ?? 0) - first.sentAt),
        [1_000, 2_000, 2_000],
      )
      // Nothing waits on the phone, and the next login asks it as if there had been none.
      assert.deepEqual(await requestsOf(world, phone), [])
      for (let count = 0; count < 4; count += 1) await tested(world, holders)
      await begun(world, browser(), 'anna')
      assert.equal((await requestsOf(world, phone)).length, 1)
    })

    test('R044 what a push service says of a test is told, and a forgotten phone is not kept', async (t) => {
      const world = await testWorld(t, { database })
      let answer: Delivered = { outcome: 'sent' }
      const { id, subscribe, holders } = await phoneIn(world, () => answer)
      const rows = [
        [{ outcome: 'failed', reason: 'rejected' }, 'refused', 'test-refused'],
        [{ outcome: 'later', reason: 'status 503' }, 'later', 'test-later'],
        // It asked us to wait for longer than the message lives.
        [{ outcome: 'failed', reason: 'expired' }, 'later', 'test-later'],
        [{ outcome: 'gone' }, 'gone', 'test-gone'],
      ] as const
      for (const [said, taken, finding] of rows) {
        answer = said
        await subscribe()
        assert.equal((await tested(world, holders)).test.taken, taken)
        const { facts } = (await standingOf(world, id)) ?? assert.fail()
        assert.ok(findingsOf(facts).includes(finding), finding)
      }
      assert.equal((await findPush(world.db, id))?.subscription, null)
      assert.equal((await tested(world, holders)).test.taken, 'none')
    })

    test('a phone is tested five times in ten minutes, and a test of another is none of its own', async (t) => {
      const world = await testWorld(t, { database })
      const { id, holders } = await phoneIn(world, () => ({ outcome: 'sent' }))
      for (let count = 0; count < 5; count += 1) await tested(world, holders)
      const sixth = await sendTest(world, holders)
      assert.equal('problem' in sixth && sixth.problem, 'phone.too-many')
      const other = await noteTested(world, id, { test: 'another', stage: 'shown' })
      assert.equal('problem' in other && other.problem, 'phone.request-not-found')
      world.advance(minutes(11))
      assert.ok((await sendTest(world, holders)).ok)
    })

    test('R044 the portal rings its own phone, three times in ten minutes, and takes none of the phone’s tests', async (t) => {
      const world = await testWorld(t, { database })
      const { id, session, sent, holders } = await phoneIn(world, () => ({ outcome: 'sent' }))
      await world.add({ userName: 'bea', password: PASSWORD })
      const other = await firstSession(world, 'bea')
      const foreign = await sendTestFromPortal(world, other, id)
      assert.equal('problem' in foreign && foreign.problem, 'authenticator.not-found')
      for (let count = 0; count < 3; count += 1)
        assert.ok((await sendTestFromPortal(world, session, id)).ok)
      const fourth = await sendTestFromPortal(world, session, id)
      assert.equal('problem' in fourth && fourth.problem, 'phone.too-many')
      assert.equal(sent.length, 3)
      for (let count = 0; count < 5; count += 1) await tested(world, holders)
      // A session that is over rings nothing, however it was read before.
      world.advance(minutes(11))
      const ended = await endSession(world, session, { id: session.id, by: 'log-out' })
      assert.ok(ended.ok)
      const late = await sendTestFromPortal(world, session, id)
      assert.ok(!late.ok)
      assert.equal(sent.length, 8)
    })

    test('R038 R040 the server says what it knows: the switch, the address, and no more', async (t) => {
      const world = await testWorld(t, { database })
      const { id, session, holders } = await phoneIn(world, () => ({ outcome: 'sent' }))
      const hash = createHash('sha256').update(ADDRESS).digest('base64url')
      const known = await serverSideOf(world, holders)
      assert.deepEqual(known, { seamless: true, subscription: hash, test: null })
      assert.ok((await setSeamless(world, session, false)).ok)
      const { facts } = (await standingOf(world, id)) ?? assert.fail()
      assert.deepEqual(findingsOf(facts), ['switched-off'])
      // Of several holders it does not say which of them has chosen what.
      const shared = { id, subscriberIds: [...holders.subscriberIds, ...holders.subscriberIds] }
      assert.equal((await serverSideOf(world, shared)).seamless, null)
    })

    test('what a phone has found is kept for the desk, and written down', async (t) => {
      const world = await testWorld(t, { database })
      const { id, holders } = await phoneIn(world, () => ({ outcome: 'sent' }))
      const found = {
        findings: FINDING_CODES.slice(0, 2),
        system: 'android',
        isInstalled: true,
      } as const
      assert.ok((await keepExamination(world, holders, found)).ok)
      const { examination } = (await standingOf(world, id)) ?? assert.fail()
      assert.deepEqual(examination, { ...found, at: world.now() })
      const written = (await auditOf(world)).flatMap((event) =>
        event.kind === 'authenticator.examined' ? [event.findings] : [],
      )
      assert.deepEqual(written, [found.findings])
      for (let count = 1; count < 10; count += 1)
        assert.ok((await keepExamination(world, holders, found)).ok)
      const another = await keepExamination(world, holders, found)
      assert.equal('problem' in another && another.problem, 'phone.too-many')
    })

    test('a phone that its holder has stopped shows the desk nothing, and rings no more', async (t) => {
      const world = await testWorld(t, { database })
      const { id, sent, holders } = await phoneIn(world, () => ({ outcome: 'sent' }))
      const found = { findings: [], system: 'android', isInstalled: true } as const
      const { value, version } = (await findAuthenticator(world.db, id)) ?? assert.fail()
      const changed = [{ value: { ...value, lifecycle: 'suspended' as const }, version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
      for (const refused of [
        await keepExamination(world, holders, found),
        await sendTest(world, holders),
      ])
        assert.equal('problem' in refused && refused.problem, 'phone.revoked')
      // And not when it stops at the same moment.
      const commit = {
        within: null,
        checked: await findPhoneCheck(world.db, id),
        events: [],
        now: world.now(),
      }
      assert.equal(await commitPhoneCheck(world.db, id, commit), false)
      assert.deepEqual(sent, [])
      assert.deepEqual(
        (await auditOf(world)).filter(({ kind }) => /[.](tested|examined)$/.test(kind)),
        [],
      )
    })

    test('R039 a new address is kept when the push service no longer knows the one before', async (t) => {
      const world = await testWorld(t, { database })
      const fresh = { endpoint: `${ADDRESS}d`, keys: KEYS }
      let renew = async () => {}
      const { id, holders } = await phoneIn(world, () => ({ outcome: 'gone' }))
      const channel = world.channels.get('web-push') ?? assert.fail()
      world.channels.set('web-push', {
        ...channel,
        async deliver(delivery) {
          await renew()
          return await channel.deliver(delivery)
        },
      })
      renew = async () => {
        // In the same millisecond, too.
        const push = { subscription: fresh, permission: 'granted' } as const
        assert.ok((await savePush(world, id, push)).ok)
      }
      const kept = async () =>
        ((await findPush(world.db, id))?.subscription as { endpoint?: string } | null)?.endpoint
      await tested(world, holders)
      assert.equal(await kept(), fresh.endpoint)
    })
  })
}

async function tested(world: TestWorld, holders: Parameters<typeof sendTest>[1]) {
  const sent = await sendTest(world, holders)
  assert.ok(sent.ok, 'problem' in sent ? sent.problem : '')
  return sent
}
