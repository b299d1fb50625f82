import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hours, minutes } from '#core/time/time.ts'
import { answerPhonePinChange, beginPhonePinChange } from '#engine/devices/change-phone-pin.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { auditOf } from '../../support/audit.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import {
  authenticatorOf,
  begun,
  numberOn,
  personWithPhone,
  typed,
} from '../../support/clients/engine-story.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** The number that the phone is asked before its PIN is changed. */
async function asked(world: TestWorld, phone: TestPhone): Promise<string> {
  const drawn = await beginPhonePinChange(world, authenticatorOf(phone))
  assert.ok(drawn.ok, `nothing was asked: ${'problem' in drawn && drawn.problem}`)
  return drawn.number
}

/** What the phone answers: by the right PIN, or by another one, which it cannot tell. */
async function answers(
  world: TestWorld,
  phone: TestPhone,
  { number, wrongPin = false }: { readonly number: string; readonly wrongPin?: boolean },
): Promise<string> {
  const right = await phone.respond(number, world.now())
  const response = wrongPin ? String((Number(right) + 1) % 10 ** 8).padStart(8, '0') : right
  const answered = await answerPhonePinChange(world, authenticatorOf(phone), { response })
  return answered.ok ? 'proven' : answered.problem
}

const heldBy = async (world: TestWorld, phone: TestPhone) =>
  (await findAuthenticator(world.db, authenticatorOf(phone)))?.value ?? assert.fail('no phone')

const kindsOf = async (world: TestWorld) => (await auditOf(world)).map(({ kind }) => kind)

for (const database of DATABASES) {
  suite(`The PIN of a phone is changed, on ${database}`, () => {
    test('R075 once the key has answered a number that was asked for that', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const number = await asked(world, phone)
      assert.equal(await answers(world, phone, { number }), 'proven')
      assert.equal((await kindsOf(world)).at(-1), 'authenticator.changed')
      // The same answer proves nothing a second time.
      assert.equal(await answers(world, phone, { number }), 'login.malformed-answer')
    })

    test('R075 A16 a wrong PIN is counted, and the fifth locks the phone', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      for (let tries = 1; tries <= 4; tries += 1) {
        const number = await asked(world, phone)
        const said = await answers(world, phone, { number, wrongPin: true })
        assert.equal(said, 'authenticator.not-proven')
        assert.equal((await heldBy(world, phone)).failures, tries)
        // Its number is gone: no other PIN is tried at the same one.
        assert.equal(await answers(world, phone, { number }), 'login.malformed-answer')
      }
      const number = await asked(world, phone)
      const said = await answers(world, phone, { number, wrongPin: true })
      assert.equal(said, 'login.authenticator-locked')
      assert.equal((await heldBy(world, phone)).lifecycle, 'disabled')
      const refused = await beginPhonePinChange(world, authenticatorOf(phone))
      assert.equal(refused.ok ? null : refused.problem, 'phone.revoked')
      assert.equal(await answers(world, phone, { number }), 'phone.revoked')
    })

    test('S5 wrong PINs at a login and at a change are counted together', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      for (let tries = 1; tries <= 3; tries += 1) {
        const number = await asked(world, phone)
        await answers(world, phone, { number, wrongPin: true })
      }
      assert.equal((await heldBy(world, phone)).failures, 3)
      assert.equal(await answers(world, phone, { number: await asked(world, phone) }), 'proven')
      assert.equal((await heldBy(world, phone)).failures, 0)
    })

    test('A8 the answer opens no login, and that of a login changes no PIN', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const client = browser()
      const login = await begun(world, client, 'anna')
      const shown = await numberOn(world, login.id, client)
      const number = await asked(world, phone)
      assert.notEqual(number, shown)
      const ofLogin = await phone.respond(shown, world.now())
      const refused = await answerPhonePinChange(world, authenticatorOf(phone), {
        response: ofLogin,
      })
      assert.equal(refused.ok ? null : refused.problem, 'authenticator.not-proven')
      const response = await phone.respond(number, world.now())
      const entered = await typed(world, login, { client, response })
      assert.equal(entered.ok ? null : entered.problem, 'login.wrong-answer')
    })

    test('S59 the number is good for three minutes, and ten are drawn in an hour', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const number = await asked(world, phone)
      world.advance(minutes(3))
      assert.equal(await answers(world, phone, { number }), 'login.too-late')
      for (let drawn = 2; drawn <= 10; drawn += 1) await asked(world, phone)
      const refused = await beginPhonePinChange(world, authenticatorOf(phone))
      assert.equal(refused.ok ? null : refused.problem, 'login.too-many-challenges')
      assert.equal((await heldBy(world, phone)).failures, 0)
      world.advance(hours(1))
      assert.equal(await answers(world, phone, { number: await asked(world, phone) }), 'proven')
    })

    test('A31 what is no response is no answer, and costs nothing', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const number = await asked(world, phone)
      for (const answer of [null, 1, {}, { response: '1234567' }, { response: 12345678 }]) {
        const said = await answerPhonePinChange(world, authenticatorOf(phone), answer)
        assert.equal(said.ok ? null : said.problem, 'login.malformed-answer')
      }
      assert.equal(await answers(world, phone, { number }), 'proven')
    })

    test('S70 a phone that was reported lost proves nothing', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const number = await asked(world, phone)
      const held = await findAuthenticator(world.db, authenticatorOf(phone))
      assert.ok(held)
      const suspended = { ...held.value, lifecycle: 'suspended' as const }
      const changed = [{ value: suspended, version: held.version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
      assert.equal(await answers(world, phone, { number }), 'phone.revoked')
    })

    test('S12 fifty wrong PINs at once count as one each number, and never pass the limit', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const number = await asked(world, phone)
      const said = await Promise.all(
        Array.from({ length: 50 }, () => answers(world, phone, { number, wrongPin: true })),
      )
      assert.equal(said.filter((one) => one === 'authenticator.not-proven').length, 1)
      assert.equal((await heldBy(world, phone)).failures, 1)
    })
  })
}
