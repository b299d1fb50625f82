import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CONTACT_KINDS } from '#core/contact/address.ts'
import { DEEDS, isFree } from '#core/desk/deeds.ts'
import { days } from '#core/time/time.ts'
import { staffActor } from '#core/desk/member.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { answerCallBack } from '#engine/desk/cases/call-back.ts'
import { notePressure, openCase } from '#engine/desk/cases/cases.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import type { AskedDeed } from '#engine/desk/cases/permit.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { viewRecord } from '#engine/desk/record/record.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { auditOf } from '../../../support/audit.ts'
import { acted, agent, called, caller, eventsAbout, guessed } from '../../../support/desk/calls.ts'
import { handsetOf, proveNumber, ringing } from '../../../support/desk/call-back.ts'
import { DATABASES } from '../../../support/databases/databases.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { HONEST, testWorld, type TestWorld } from '../../../support/server/world.ts'

/**
 * The scripts of three cases from elsewhere, against this desk. Each of them succeeded where help
 * was given on what a caller says, or where an agent saw and gave out what no second person saw.
 */

/** Every deed that takes a proof, with what it is done to. */
const TAKING_A_PROOF = (
  phoneId: Extract<AskedDeed, { authenticatorId: unknown }>['authenticatorId'],
) =>
  DEEDS.filter((deed) => !isFree(deed) && deed !== 'unmask').map((deed): AskedDeed => {
    if (deed === 'block-device' || deed === 'replace-device')
      return { deed, authenticatorId: phoneId }
    if (deed === 'issue-passcode') return { deed, reason: 'lost' }
    return { deed } as AskedDeed
  })

/** What lets a person in. */
const WAYS_IN = [
  'authenticator.issued',
  'password.reset-started',
  'authenticator.released',
] as const

for (const database of DATABASES) {
  suite(`What went wrong elsewhere, on ${database}`, () => {
    test('A13 2023: a password and a second factor on one sentence: a deceived agent gives neither', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const anna = await caller(world, 'anna')
      const jane = await agent(world, 'jane')
      // "I do not have a password, so I cannot connect. Reset the second factor, and the number."
      const { id: caseId } = await called(world, jane.open, anna)
      for (const asked of TAKING_A_PROOF(anna.phoneId)) {
        const done = await acted(world, jane.open, { caseId, warrantId: null, asked })
        assert.equal(problemOf(done), 'desk.more-proof', asked.deed)
      }
      assert.ok((await notePressure(world, jane.open, { id: caseId, pressure: 'important' })).ok)
      for (const kind of WAYS_IN) assert.deepEqual(await eventsAbout(world, anna, kind), [])
      assert.equal((await eventsAbout(world, anna, 'desk.case-opened')).length, 1, 'she reads it')
    })

    test('A13 2023: with a stolen SIM as well the caller gets one thing, from two people, and no other for a day', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const handset = handsetOf(world)
      const anna = await caller(world, 'anna')
      await proveNumber(world, anna)
      world.advance(days(40))
      const jane = await agent(world, 'jane')
      const one = await called(world, jane.open, anna)
      const told = async () => {
        const id = await ringing(world, { open: jane.open, case: one, of: 'password' })
        const code = await handset.press('1')
        return await answerCallBack(world, jane.open, { caseId: one.id, id, code, cells: '' })
      }
      const proven = await told()
      assert.ok(proven.ok)
      const reset = { deed: 'reset-password' } as const
      const asking = { caseId: one.id, warrantId: proven.warrant.id, asked: reset }
      assert.equal(problemOf(await acted(world, jane.open, asking)), 'desk.second-person')
      const device = { open: jane.open, case: one, of: 'device' } as const
      await assert.rejects(ringing(world, device), /desk\.one-change/)
      for (const kind of WAYS_IN) assert.deepEqual(await eventsAbout(world, anna, kind), [])
    })

    test('A13 2024: a bribed agent sees one client at a time, hidden, and is found before the hour is over', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const anna = await caller(world, 'anna')
      await withAddresses(world, anna.subscriberId)
      const mallory = await agent(world, 'mallory')
      const search = { by: 'user-name', typed: 'anna', reason: 'question' } as const
      for (const typed of ['an', 'ann%', '*', 'anna '.repeat(2)])
        assert.equal(problemOf(await openCase(world, mallory.open, { ...search, typed })), NONE)
      const one = await called(world, mallory.open, anna)
      assert.ok(!(await seenBy(world, mallory.open, one.id)).includes('anna'))
      let refused = ''
      for (let searched = 5; searched < 61 && refused === ''; searched += 1) {
        const opened = await openCase(world, mallory.open, search)
        if (!opened.ok) refused = `${searched} ${opened.problem}`
      }
      assert.equal(refused, '60 desk.too-many-searches')
      const alarms = (await auditOf(world)).filter(
        ({ kind, actor }) =>
          kind === 'desk.searched-too-often' && actor === staffActor(mallory.member),
      )
      assert.equal(alarms.length, 1)
    })

    test('A13 2024: of five hidden fields a day the sixth takes a second person', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const anna = await caller(world, 'anna')
      await withAddresses(world, anna.subscriberId)
      const mallory = await agent(world, 'mallory')
      const said: string[] = []
      for (let seen = 0; seen < 6; seen += 1) {
        const { id: caseId } = await called(world, mallory.open, anna)
        const [contact] = await listContacts(world.db, anna.subscriberId)
        assert.ok(contact)
        const { id: contactId, kind: field } = contact
        const asked = { deed: 'unmask', contactId, field } as const
        const look = { caseId, warrantId: null, asked, reason: 'The client asks.' }
        said.push(problemOf(await acted(world, mallory.open, look)))
      }
      assert.deepEqual(said, ['yes', 'yes', 'yes', 'yes', 'yes', 'desk.second-person'])
      assert.equal((await eventsAbout(world, anna, 'desk.unmasked')).length, 5, 'she hears of each')
    })

    test('A13 R126 2025: a caller who learns the steps in several calls has three tries, over all agents', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      const handset = handsetOf(world)
      const anna = await caller(world, 'anna')
      await proveNumber(world, anna)
      world.advance(days(40))
      const heard: string[] = []
      for (const name of ['jane', 'olga', 'bob']) {
        const { open } = await agent(world, name)
        const one = await called(world, open, anna)
        // What the caller has learnt in the call before is no proof, whatever is asked for.
        for (const asked of TAKING_A_PROOF(anna.phoneId))
          heard.push(
            problemOf(await acted(world, open, { caseId: one.id, warrantId: null, asked })),
          )
        heard.push(await guessed(world, anna, { open, case: one, of: 'device' }))
      }
      assert.deepEqual([...new Set(heard)], ['desk.more-proof', 'desk.not-proven'])
      // The fourth agent hears a right answer, of the SIM that was stolen meanwhile.
      const eve = await agent(world, 'eve')
      const last = {
        open: eve.open,
        case: await called(world, eve.open, anna),
        of: 'device',
      } as const
      await assert.rejects(ringing(world, last), /desk\.calls-stopped/)
      assert.equal(handset.calls.length, 0)
      assert.equal((await eventsAbout(world, anna, 'desk.calls-stopped')).length, 1, 'she is told')
      for (const kind of WAYS_IN) assert.deepEqual(await eventsAbout(world, anna, kind), [])
    })
  })
}

const NONE = 'desk.no-such-client'

async function withAddresses(world: TestWorld, subscriberId: Parameters<typeof listContacts>[1]) {
  const VALUES = { email: 'anna@example.com', mobile: '+12125550188', postal: '1 Anna Street' }
  for (const kind of CONTACT_KINDS)
    assert.ok(
      (await setContact(world, { subscriberId, kind, value: VALUES[kind], by: 'operator' })).ok,
    )
}

/** All that an agent sees of a client before the proof. */
async function seenBy(
  world: TestWorld,
  open: OpenMemberSession,
  id: Parameters<typeof viewCase>[2],
) {
  const [view, record] = [await viewCase(world, open, id), await viewRecord(world, open, id)]
  assert.ok(view.ok && record.ok)
  const { client, devices } = view
  const { logins, orders, documents } = record
  return JSON.stringify([client, devices, logins, orders, documents]).toLowerCase()
}
