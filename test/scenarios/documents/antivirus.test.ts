import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { seconds } from '#core/time/time.ts'
import { clamd } from '#engine/documents/antivirus.ts'
import { submissionsOf } from '#engine/documents/submissions.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { buildManagementServer } from '#edges/server/management.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { auditOf } from '../../support/audit.ts'
import { inside } from '../../support/clients/login-story.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { comesIn, openDesk } from '../../support/desk/door.ts'
import { mailOffice } from '../../support/documents/mail-office.ts'
import { NO_SANDBOX, photograph } from '../../support/documents/pictures.ts'
import { EICAR, scanner } from '../../support/documents/scanner.ts'
import { filled, files, openAll, SEND, sendParts } from '../../support/documents/sending.ts'

const infected = async () => Buffer.concat([await photograph(), Buffer.from(EICAR)])

for (const database of DATABASES) {
  suite(`An antivirus, on ${database}`, { skip: NO_SANDBOX }, () => {
    test('A18 what a client sends waits while it is away, and a virus is not opened', async (t) => {
      const daemon = await scanner(t)
      const door = await inside(t, { database })
      const world = Object.assign(door.world, { antivirus: clamd({ path: daemon.path }) })
      const anna = (await findSubscriberByName(world, 'anna')) ?? assert.fail()
      await daemon.stop()
      await door.browser.open(SEND)
      const parts = filled(door.browser, ...files(await infected(), await photograph()))
      assert.equal((await sendParts(door, door.browser, parts)).statusCode, 303)
      const latest = async () => (await submissionsOf(world, anna))[0] ?? assert.fail()
      // However often: a file whose process is killed has two tries, and this is none.
      for (let count = 0; count < 4; count += 1) {
        await openAll(door)
        const { status, pages } = await latest()
        assert.deepEqual([status.state, pages[0]?.opened], ['received', null])
        world.advance(seconds(30))
      }
      await daemon.start()
      await openAll(door)
      const { status, pages } = await latest()
      assert.equal(status.state, 'checking')
      assert.deepEqual(pages[0]?.opened, { ok: false, why: 'infected' })
      assert.equal(pages[1]?.opened?.ok, true)
      const event = (await auditOf(world)).find(({ kind }) => kind === 'submission.opened')
      assert.deepEqual(
        event?.kind === 'submission.opened' && [event.pages, event.clean, event.infected],
        [2, 1, 1],
      )
      const page = await door.browser.open(SEND)
      assert.match(page.words, /Page 1 is a file that our antivirus has stopped/)
    })

    test('A18 a mail waits while it is away, and one with a virus becomes no document', async (t) => {
      const daemon = await scanner(t)
      const office = await mailOffice(t, database)
      const world = Object.assign(office.world, { antivirus: clamd({ path: daemon.path }) })
      await daemon.stop()
      await office.post()
      assert.deepEqual(await office.sent(), [])
      assert.equal(office.received().length, 0, 'nothing is said of it yet')
      await daemon.start()
      world.advance(seconds(30))
      await office.work()
      assert.equal((await office.sent()).length, 1)
      // As it comes: the daemon looks into a mail by itself.
      await office.post({ headers: [`X-Virus: ${EICAR}`] })
      assert.equal((await office.sent()).length, 1)
      assert.equal(await office.broken(), 'readable')
    })
  })
}

test('the desk and the operator are told that the antivirus is away', async (t) => {
  const daemon = await scanner(t)
  const door = await openDesk(t)
  Object.assign(door.world, { antivirus: clamd({ path: daemon.path }) })
  const management = await buildManagementServer(door.world)
  t.after(async () => await management.close())
  const browser = await comesIn(door, { agentId: 'olga', role: 'documents', key: softKey('o') })
  const said = async () => {
    const { words } = await browser.open('/documents')
    const ready: { documents: string } = (await management.inject('/readyz')).json()
    return [/The antivirus does not answer/.test(words), ready.documents.split(':')[0]]
  }
  assert.deepEqual(await said(), [false, NO_SANDBOX === false ? 'taken' : 'off'])
  await daemon.stop()
  assert.deepEqual(await said(), [true, NO_SANDBOX === false ? 'waiting' : 'off'])
})
