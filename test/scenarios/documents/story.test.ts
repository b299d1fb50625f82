import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { findAccount } from '#engine/subscribers/accounts.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import type { SubmissionReason } from '#core/documents/submission.ts'
import { waitingMails } from '#engine/documents/mails.ts'
import {
  type MailVerdict,
  seeMail,
  settleMail,
  touchOfMail,
} from '#engine/documents/review/mails.ts'
import { takeNext } from '#engine/documents/review/queue.ts'
import { auditOf } from '../../support/audit.ts'
import { hired, touched } from '../../support/desk/staff.ts'
import { mailOffice } from '../../support/documents/mail-office.ts'
import { NO_SANDBOX } from '../../support/documents/pictures.ts'
import { proven, says, takes } from '../../support/documents/reviewing.ts'

const FRIDAY_AFTER_THE_CUT_OFF = instant(Date.parse('2026-11-20T22:00:01Z'))
const MONDAY = instant(Date.parse('2026-11-23T05:00:00Z'))

test('R013 R027 photographs by mail are asked for again, accepted, and open an account on Monday', {
  skip: NO_SANDBOX,
}, async (t) => {
  const office = await mailOffice(t, 'sqlite')
  const { world, subscriberId, post, openPages, work, sentTo } = office
  world.setClock(FRIDAY_AFTER_THE_CUT_OFF)
  await setFullName(world, { id: subscriberId, name: 'Anna Example', by: 'operator' })
  const value = '1 Example Street\n10001 New York'
  await setContact(world, { subscriberId, kind: 'postal', value, by: 'operator' })
  const olga = await hired(world, 'olga', { role: 'documents' })
  const said = async (purpose: 'address' | 'identity', reason: SubmissionReason | null) => {
    const { submission, print } = await takes(world, olga)
    assert.equal(submission.purpose, purpose)
    const accept = { ...proven(purpose), id: submission.id, print }
    const verdict = reason ? ({ ...accept, verdict: 'ask-again', reason } as const) : accept
    assert.ok((await says(world, olga, verdict)).ok)
  }
  await post({ subject: 'U1234567 PoRes' })
  await openPages()
  await said('address', 'unreadable')
  await post({ subject: 'PoRes U1234567 again' })
  await post({ subject: 'PID U1234567' })
  await openPages()
  await said('address', null)
  assert.equal((await findAccount(world, 'U1234567'))?.value.status, 'applied')
  await said('identity', null)
  await work()
  const account = (await findAccount(world, 'U1234567'))?.value
  assert.deepEqual([account?.status, account?.tradesFrom], ['approved', MONDAY])
  const told = sentTo('anna@example.com').filter(({ text }) => !/Your message|contact/.test(text))
  const asked = told.find(({ subject }) => subject === 'We need another document')
  assert.match(asked?.text ?? '', /We cannot read it\. Please send new photos\./)
  const subjects = told.map(({ subject }) => subject)
  assert.equal(subjects.filter((one) => one === 'We accepted your document').length, 2)
  for (const { text } of told) assert.doesNotMatch(text, /https?:|www\./)
})

test('R146 a mail that names no client stands in the same queue, and is assigned or dismissed', {
  skip: NO_SANDBOX,
}, async (t) => {
  const { world, post, sent, received } = await mailOffice(t, 'sqlite')
  const olga = await hired(world, 'olga', { role: 'documents' })
  const next = async () => {
    const taken = await takeNext(world, olga.open)
    assert.ok(taken.ok, 'problem' in taken ? taken.problem : '')
    const seen = await seeMail(world, olga.open, taken.id)
    assert.ok(seen.ok, 'problem' in seen ? seen.problem : '')
    return seen
  }
  const settles = async (verdict: MailVerdict) => {
    const touch = await touched(world, olga, touchOfMail(verdict))
    return await settleMail(world, olga.open, { ...verdict, touch })
  }
  await post({ subject: 'my passport' })
  await post({ subject: 'cheap pills' })
  const first = await next()
  assert.equal(first.mail.read?.subject, 'my passport')
  const assign = { id: first.mail.id, version: first.version, purpose: 'identity' } as const
  const wrong = { ...assign, verdict: 'assign', account: 'U0000000' } as const
  assert.deepEqual(await settles(wrong), { ok: false, problem: 'submission.account' })
  const stale = { ...wrong, account: 'U1234567', version: first.version + 1 }
  assert.deepEqual(await settles(stale), { ok: false, problem: 'submission.outdated' })
  const before = received().length
  assert.ok((await settles({ ...wrong, account: ' U1234567 ' })).ok)
  const [submission] = await sent()
  assert.deepEqual([submission?.account, submission?.purpose], ['U1234567', 'identity'])
  assert.equal(received().length, before, 'its sender hears nothing of it')
  const second = await next()
  const dismiss = { id: second.mail.id, version: second.version, verdict: 'dismiss' } as const
  assert.ok((await settles({ ...dismiss, account: '', purpose: '' })).ok)
  assert.deepEqual(await waitingMails(world), [])
  const again = await settles({ ...dismiss, account: '', purpose: '' })
  assert.deepEqual(again, { ok: false, problem: 'submission.not-before-you' })
  const kinds = (await auditOf(world)).flatMap(({ kind, actor }) =>
    String(actor) === 'staff:olga' ? [kind] : [],
  )
  assert.deepEqual(
    kinds.filter((kind) => /mail/.test(kind)),
    [
      ...['mail.handed-out', 'mail.shown', 'submission.mailed'],
      ...['mail.handed-out', 'mail.shown', 'mail.dismissed'],
    ],
  )
})
