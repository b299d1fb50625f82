import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { minutes } from '#core/time/time.ts'
import { arePhonesInstead } from '#engine/contact/texts-after-phone.ts'
import { obstacleToAddress, provableAddress } from '#engine/devices/address-proof.ts'
import { bindingBy } from '#engine/devices/may-bind.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { any } from '#store/queries/writes.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { methodNamed } from '#engine/world.ts'
import { listAuthenticators, listHoldings } from '#store/devices/authenticators.ts'
import { auditOf } from '../../support/audit.ts'
import {
  activate,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  requestsOf,
  sendAnswer,
} from '../../support/clients/engine-story.ts'
import { withNumber } from '../../support/clients/texts.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, testWorld } from '../../support/server/world.ts'

/** A client with a phone that has confirmed nothing yet, and a number for texts. */
async function personWithBoth(
  t: TestContext,
  { database, after }: { readonly database: DatabaseKind; readonly after: 'keep' | 'end' },
) {
  const world = await testWorld(t, { database, settings: { textsAfterPhone: after } })
  const id = await world.add({ userName: 'anna', password: PASSWORD })
  const phone = await activate(world, await firstSession(world, 'anna'))
  await withNumber(world, id)
  const texts = async () =>
    (await listAuthenticators(world.db, id)).find(({ value }) => value.method === 'sms-code')?.value
  const isOffered = async () =>
    !arePhonesInstead(world, 'sms-code', await listHoldings(world.db, id))
  /** Answers on the phone, and takes the session where it was right. */
  const confirm = async ({ wrongPin }: { readonly wrongPin: boolean }) => {
    // What was asked before is over.
    world.advance(minutes(11))
    const client = browser()
    const login = await begun(world, client, 'anna')
    const [request] = await requestsOf(world, phone)
    assert.ok(request)
    const answer = { now: world.now(), number: await numberOn(world, login.id, client), wrongPin }
    await sendAnswer(world, request, await phone.approve(request, answer))
    const claimed = await claimLogin(world, { id: login.id, holder: client.holder })
    return claimed.ok && claimed.token ? await findOpenSession(world, claimed.token) : null
  }
  return { world, texts, isOffered, confirm }
}

for (const database of DATABASES) {
  suite(`texts where a phone confirms, on ${database}`, () => {
    test('R074 where the operator wants it, a phone is set up with a verified number alone', async (t) => {
      for (const before of ['any', 'verified'] as const) {
        const world = await testWorld(t, { database, settings: { numberBeforePhone: before } })
        const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
        const session = await firstSession(world, 'anna')
        const obstacle = async () => {
          const found = await bindingBy(world, session, methodNamed(world, 'phone-key'))
          return found.ok ? null : found.problem
        }
        assert.equal(await obstacle(), before === 'any' ? null : 'enrolment.number-first')
        const number = { subscriberId, kind: 'mobile', value: '+12025550147' } as const
        assert.ok((await setContact(world, { ...number, by: 'operator' })).ok)
        assert.equal(await obstacle(), before === 'any' ? null : 'enrolment.number-first')
        const verified = world.db.write.updateTable('contact').set({ verified_at_ms: world.now() })
        assert.ok(await world.db.commit([any(verified)]))
        assert.equal(await obstacle(), null)
        // Texts themselves, and addresses, are what verifies it.
        const others = await bindingBy(world, session, methodNamed(world, 'totp'))
        assert.ok(others.ok)
      }
    })

    test('R087 they end with the first answer of the phone that is right, and are not set up again', async (t) => {
      const { world, texts, isOffered, confirm } = await personWithBoth(t, {
        database,
        after: 'end',
      })
      assert.equal(await isOffered(), true)
      assert.equal(
        (await texts())?.lifecycle,
        'active',
        'a phone that only was set up ends nothing',
      )
      assert.equal(await confirm({ wrongPin: true }), null)
      assert.equal((await texts())?.lifecycle, 'active')
      const session = await confirm({ wrongPin: false })
      assert.ok(session, 'the login itself goes on')
      const held = await texts()
      assert.equal(held?.lifecycle ?? 'revoked', 'revoked')
      const ended = (await auditOf(world)).flatMap((event) =>
        event.kind === 'authenticator.revoked' ? [event.by] : [],
      )
      assert.deepEqual(ended, ['phone'])
      const again = await bindingBy(world, session, methodNamed(world, 'sms-code'))
      assert.equal('problem' in again && again.problem, 'enrolment.phone-instead')
      assert.ok((await bindingBy(world, session, methodNamed(world, 'totp'))).ok)
      // The number is where notices go, too: who confirms with a phone moves it all the same.
      const address = provableAddress(world, 'mobile') ?? assert.fail('no way to prove a number')
      assert.equal(await obstacleToAddress(world, session, address), null)
      assert.ok(await confirm({ wrongPin: false }), 'nothing is left to end')
    })

    test('R087 they stay where the operator keeps them', async (t) => {
      const { world, texts, confirm } = await personWithBoth(t, { database, after: 'keep' })
      const session = await confirm({ wrongPin: false })
      assert.ok(session)
      assert.equal((await texts())?.lifecycle, 'active')
      assert.ok((await bindingBy(world, session, methodNamed(world, 'sms-code'))).ok)
    })
  })
}
