import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { strengthOf } from '#core/assurance.ts'
import { minutes } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { startIdentified } from '#engine/login/identify.ts'
import type { Client } from '#engine/login/view.ts'
import { noticeDue, passOver } from '#engine/notices/notices.ts'
import { offerLogin } from '#engine/login/passkey-offer.ts'
import { revokeAuthenticator } from '#engine/devices/overview.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { FLAGS, type SoftKey, softKey, type Use } from '#methods/passkey/sample.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { listNotices } from '#store/notices/notices.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { auditOf } from '../../support/audit.ts'
import { personWithPasskey } from '../../support/clients/passkey.ts'
import { begin, begun } from '../../support/clients/engine-story.ts'
import { browser, ISSUER, type TestWorld, testWorld } from '../../support/server/world.ts'

interface Arrival extends Partial<Use> {
  readonly client?: Client
  readonly environment?: 'live' | 'paper'
  readonly node?: TestWorld
}

/** A passkey answers what the login page offers. */
async function arrives(world: TestWorld, key: SoftKey, arrival: Arrival = {}) {
  const { client = browser(), environment = 'live', node = world, ...use } = arrival
  const claim = offered(world, key, { client, use })
  return await startIdentified(node, { ...claim, environment, platform: 'trade', client })
}

function offered(
  world: TestWorld,
  key: SoftKey,
  { client, use = {} }: { readonly client: Client; readonly use?: Partial<Use> },
) {
  const offer = offerLogin(world, client.holder) ?? assert.fail('nothing is offered')
  const assertion = key.assert(offer.script.data, { origin: ISSUER, ...use })
  return { offer: offer.sealed, typed: assertion }
}

/** One that cannot leave its device. */
const ALONE = FLAGS.present | FLAGS.verified

const passkeysOf = async (world: TestWorld, id: SubscriberId) =>
  (await listAuthenticators(world.db, id))
    .map(({ value }) => value)
    .filter(({ method }) => method === 'passkey')

const problemOf = (outcome: Awaited<ReturnType<typeof arrives>>) =>
  'problem' in outcome ? outcome.problem : 'none'

const loginsOf = async ({ db }: TestWorld, id: SubscriberId): Promise<number> => {
  const rows = db.read.selectFrom('login').select('id').where('subscriber_id', '=', id)
  return (await rows.execute()).length
}

for (const database of DATABASES) {
  suite(`A passkey by itself, on ${database}`, () => {
    test('C12 S50 logs in without name and password, and says what it proves', async (t) => {
      const world = await testWorld(t, { database })
      const { id, key } = await personWithPasskey(world, 'anna')
      const client = browser()
      const arrived = await arrives(world, key, { client })
      assert.ok(arrived.ok && arrived.token && arrived.browserCookie)
      const session = await findOpenSession(world, arrived.token)
      assert.ok(session)
      assert.equal(session.subscriberId, id)
      assert.equal(strengthOf(session.proofs), '4')
      assert.deepEqual(session.proofs[0]?.amr, ['swk', 'user', 'pop'])
      const kinds = (await auditOf(world, arrived.login.id)).map(({ kind }) => kind)
      const told = ['login.started', 'login.completed', 'session.opened', 'browser.recognised']
      assert.deepEqual(kinds, told)
      const [passkey] = await passkeysOf(world, id)
      assert.ok(passkey?.usedAt)

      const again = browser({ browserCookie: arrived.browserCookie })
      const known = await arrives(world, key, { client: again })
      assert.ok(known.ok && known.browserCookie === null)
      assert.ok(known.login.origin.browserId)
    })

    test('A28 logs in while strangers have locked the password', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await personWithPasskey(world, 'anna')
      for (let guess = 0; guess < 60; guess += 1) {
        const client = browser({ address: `2001:db8:${guess}::1` })
        await begin(world, client, { userName: 'anna', password: `guess ${guess}` })
        world.advance(minutes(1))
      }
      const owner = await begin(world, browser(), { userName: 'anna' })
      assert.equal('problem' in owner && owner.problem, 'login.locked')
      assert.ok((await arrives(world, key)).ok)
    })

    test('A7 two nodes let one answer in once', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      const { id, key } = await personWithPasskey(one, 'anna')
      const before = await loginsOf(one, id)
      for (let round = 0; round < 10; round += 1) {
        const client = browser()
        const claim = offered(one, key, { client })
        const rest = { environment: 'live', platform: 'trade', client } as const
        const arrived = await Promise.all(
          [one, other, one, other].map((node) => startIdentified(node, { ...claim, ...rest })),
        )
        assert.equal(arrived.filter(({ ok }) => ok).length, 1, `round ${round}`)
        const late = await startIdentified(other, { ...claim, ...rest })
        assert.equal(problemOf(late), 'login.conflict')
        one.advance(minutes(10))
      }
      assert.equal((await loginsOf(one, id)) - before, 10)
    })

    test('S51 is too late after five minutes, and nothing for another browser', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await personWithPasskey(world, 'anna')
      const client = browser()
      const rest = { environment: 'live', platform: 'trade' } as const
      const early = offered(world, key, { client })
      world.advance(minutes(5))
      assert.equal(
        problemOf(await startIdentified(world, { ...early, ...rest, client })),
        'login.too-late',
      )
      const stolen = offered(world, key, { client })
      const thief = await startIdentified(world, { ...stolen, ...rest, client: browser() })
      assert.equal(problemOf(thief), 'request.form-expired')
      for (const offer of ['', '.', 'x.y', `${stolen.offer}x`, stolen.offer.replace('.', 'x.')]) {
        const forged = await startIdentified(world, { ...stolen, ...rest, offer, client })
        assert.equal(problemOf(forged), 'request.form-expired', offer)
      }
      assert.ok((await startIdentified(world, { ...stolen, ...rest, client })).ok)
    })

    test('A1 A6 what is wrong hears one sentence, for every client and for none', async (t) => {
      const world = await testWorld(t, { database })
      const { id, key } = await personWithPasskey(world, 'anna')
      const stranger = softKey('z')
      const speaking = (of: string) => ({ userHandle: Buffer.from(of).toString('base64url') })
      const attempts: readonly (readonly [SoftKey, Partial<Use>, string])[] = [
        [stranger, speaking('sub_00000000000000000000000000'), 'unknown'],
        [stranger, speaking(id), 'unknown'],
        [stranger, speaking('sub_\0'), 'unknown'],
        [stranger, speaking('x'.repeat(60)), 'unknown'],
        [stranger, { ...speaking(id), id: key.credentialId }, 'not-verified'],
        [key, speaking('sub_00000000000000000000000000'), 'unknown'],
        [key, { origin: 'https://evil.example.com' }, 'foreign-origin'],
        [key, { flags: 0x01 }, 'not-verified'],
      ]
      for (const [who, use, reason] of attempts) {
        const client = browser()
        const outcome = await arrives(world, who, { ...use, client })
        assert.deepEqual(outcome, { ok: false, problem: 'login.not-identified' }, reason)
        const [told] = (await auditOf(world)).slice(-1)
        assert.ok(told?.kind === 'login.identity-refused')
        assert.equal(told.reason, reason)
      }
      const [passkey] = await passkeysOf(world, id)
      assert.equal(passkey?.failures, 0)
      assert.ok((await arrives(world, key)).ok)
    })

    test('S52 a count that goes back disables it, and both copies stay out', async (t) => {
      const world = await testWorld(t, { database })
      const { id, key } = await personWithPasskey(world, 'anna', { flags: ALONE })
      assert.ok((await arrives(world, key, { flags: ALONE, counter: 9 })).ok)
      const copy = await arrives(world, key, { flags: ALONE, counter: 5 })
      assert.equal(problemOf(copy), 'login.authenticator-locked')
      assert.equal(
        problemOf(await arrives(world, key, { flags: ALONE, counter: 10 })),
        'login.authenticator-locked',
      )
      const [passkey] = await passkeysOf(world, id)
      assert.equal(passkey?.lifecycle, 'disabled')
      const refused = (await auditOf(world)).find(({ kind }) => kind === 'login.identity-refused')
      assert.ok(refused?.kind === 'login.identity-refused')
      assert.deepEqual([refused.disabled, refused.reason], [true, 'counter-went-back'])
    })

    test('S52 a synced passkey whose count goes back lets its holder in, in one commit with what is noted, and they are told', async (t) => {
      const world = await testWorld(t, { database })
      const { id, key } = await personWithPasskey(world, 'anna')
      await passOver(world)
      for (const counter of [9, 5, 6, 0, 0]) {
        assert.ok((await arrives(world, key, { counter })).ok, `${counter}`)
      }
      // Beside the login too: it is asked there after a password.
      const client = browser()
      const login = await begun(world, client, 'anna')
      const prompt = login.state === 'challenged' ? login.challenge.prompt : null
      const flagged = await answerLogin(world, {
        id: login.id,
        holder: client.holder,
        answer: { assertion: key.assert(prompt, { origin: ISSUER, counter: 3 }) },
      })
      assert.ok(flagged.ok)
      assert.ok((await arrives(world, key, { counter: 1 })).ok)
      const [passkey] = await passkeysOf(world, id)
      assert.equal(passkey?.lifecycle, 'active')
      const noted = (await auditOf(world)).flatMap((event) =>
        event.kind === 'authenticator.copy-suspected' ? [event.authenticatorId] : [],
      )
      assert.deepEqual(noted, Array(3).fill(passkey?.id))
      await noticeDue(world)
      const told = (await listNotices(world.db, id, 20)).map(({ kind }) => kind)
      assert.equal(told.filter((kind) => kind === 'device-copy-suspected').length, 3)
    })

    test('S52 a passkey that may be copied otherwise than before is refused with what to do, to its holder alone', async (t) => {
      const world = await testWorld(t, { database })
      const { id, key } = await personWithPasskey(world, 'anna')
      const other = await arrives(world, key, { flags: ALONE })
      assert.equal(problemOf(other), 'login.passkey-changed')
      const forged = await arrives(world, key, { flags: ALONE, challenge: 'AAAA' })
      assert.equal(problemOf(forged), 'login.not-identified')
      const client = browser()
      const login = await begun(world, client, 'anna')
      const prompt = login.state === 'challenged' ? login.challenge.prompt : null
      const answer = { assertion: key.assert(prompt, { origin: ISSUER, flags: ALONE }) }
      const refused = await answerLogin(world, { id: login.id, holder: client.holder, answer })
      assert.equal(problemOf(refused), 'login.passkey-changed')
      // It is what it was, and lets in as it did.
      assert.deepEqual(
        (await passkeysOf(world, id)).map(({ lifecycle, failures }) => [lifecycle, failures]),
        [['active', 0]],
      )
      assert.ok((await arrives(world, key)).ok)
    })

    test('R017 R029 the account that was chosen must be theirs', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await personWithPasskey(world, 'anna')
      assert.equal(problemOf(await arrives(world, key, { environment: 'paper' })), 'login.use-live')
    })

    test('a passkey that its holder has stopped does not log in', async (t) => {
      const world = await testWorld(t, { database })
      const { id, key } = await personWithPasskey(world, 'anna')
      const arrived = await arrives(world, key)
      assert.ok(arrived.ok && arrived.token)
      const session = await findOpenSession(world, arrived.token)
      const [passkey] = await passkeysOf(world, id)
      assert.ok(session && passkey)
      assert.ok((await revokeAuthenticator(world, session, { id: passkey.id })).ok)
      assert.equal(problemOf(await arrives(world, key)), 'login.not-identified')
    })

    test('A4 many answers from one address have to wait', async (t) => {
      const world = await testWorld(t, { database })
      const stranger = softKey('z')
      const problems: string[] = []
      for (let count = 0; count < 32; count += 1)
        problems.push(problemOf(await arrives(world, stranger, { userHandle: 'c3Vi' })))
      assert.equal(problems.filter((problem) => problem === 'login.not-identified').length, 30)
      assert.equal(problems.at(-1), 'request.too-many')
    })

    test('an answer that no browser makes is told so, and nothing is written', async (t) => {
      const world = await testWorld(t, { database })
      const client = browser()
      const offer = offerLogin(world, client.holder)
      assert.ok(offer)
      const rest = { environment: 'live', platform: 'trade', client, offer: offer.sealed } as const
      for (const typed of ['', '{}', 'null', '[1]', 'text']) {
        const outcome = await startIdentified(world, { ...rest, typed })
        assert.equal(problemOf(outcome), 'login.malformed-answer')
      }
      assert.deepEqual(await auditOf(world), [])
    })
  })
}
