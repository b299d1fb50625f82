import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isOfProgram, isOfServer, mailboxFor, mailboxOf } from '#core/documents/mail.ts'
import {
  answerTo,
  brokenRule,
  MAIL_RULES,
  type MailFacts,
  rulesShown,
} from '#core/documents/mail-rules.ts'

const READ = { subject: 'U1234567 PoRes', messageId: '<1@example.com>', pages: 1 }
const SUBJECT = { purposes: ['address'], numbers: ['U1234567'], names: [] } as const
const GOOD: MailFacts = {
  sender: 'anna@example.com',
  isAutomatic: false,
  mailbox: 'other',
  read: READ,
  subject: SUBJECT,
  isAgain: false,
  clients: 1,
  accounts: 1,
  isForeign: false,
  belongsTo: 'other',
  hasRoom: true,
}

suite('The rules for a mail', () => {
  const broken: readonly (readonly [string, string | null, Partial<MailFacts>])[] = [
    ['person', null, { isAutomatic: true }],
    ['person', null, { sender: '' }],
    ['readable', 'readable', { read: null }],
    ['purpose', 'purpose', { subject: { ...SUBJECT, purposes: [] } }],
    ['purpose', 'purpose', { subject: { ...SUBJECT, purposes: ['address', 'identity'] } }],
    ['name', 'name', { subject: { ...SUBJECT, numbers: [] } }],
    ['name', 'name', { subject: { ...SUBJECT, numbers: ['U1234567', 'U7654321'] } }],
    ['pages', 'pages', { read: { ...READ, pages: 0 } }],
    ['few-pages', 'few-pages', { read: { ...READ, pages: 11 } }],
    ['new', 'received', { isAgain: true }],
    ['client', 'received', { clients: 0 }],
    ['client', 'received', { clients: 2 }],
    ['account', 'received', { accounts: 0 }],
    ['account', 'received', { accounts: 2 }],
    ['sender', 'received', { isForeign: true }],
    ['mailbox', 'received', { belongsTo: 'european' }],
    ['room', 'received', { hasRoom: false }],
  ]

  test('R146 say the first that does not hold, and what its sender may be told', () => {
    for (const [rule, answer, change] of broken) {
      const one = brokenRule({ ...GOOD, ...change })
      assert.deepEqual([one?.rule, answerTo(one)], [rule, answer])
    }
    const tried = new Set(broken.map(([rule]) => rule))
    assert.deepEqual(
      [...tried],
      MAIL_RULES.map(({ rule }) => rule),
    )
  })

  test('hold for a mail with up to ten photos, a name, and a mailbox that is right', () => {
    for (const change of [
      {},
      { read: { ...READ, pages: 10 } },
      { subject: { ...SUBJECT, numbers: [], names: ['emil'] } },
      { belongsTo: null },
    ])
      assert.equal(brokenRule({ ...GOOD, ...change }), null)
    assert.ok(rulesShown(GOOD).every(({ holds }) => holds))
  })

  test('A19 answer what depends on our clients in the words for a mail that was filed', () => {
    const told = (change: Partial<MailFacts>) => answerTo(brokenRule({ ...GOOD, ...change }))
    const known = told({})
    for (const change of [{ clients: 0 }, { accounts: 0 }, { belongsTo: 'european' } as const])
      assert.equal(told(change), known)
  })
})

suite('A mail of a program', () => {
  test('R146 is told by its header (RFC 3834)', () => {
    const programs: readonly (readonly [string, string])[] = [
      ['Auto-Submitted', 'auto-replied'],
      ['auto-submitted', ' auto-generated; x=y'],
      ['Precedence', 'bulk'],
      ['PRECEDENCE', ' List '],
      ['Precedence', 'junk'],
      ['List-Id', '<news.example.com>'],
      ['List-Unsubscribe', '<mailto:x@example.com>'],
      ['X-Auto-Response-Suppress', 'All'],
      ['X-Autoreply', 'yes'],
    ]
    for (const [name, value] of programs) assert.ok(isOfProgram(name, value), name)
    const people: readonly (readonly [string, string])[] = [
      ['Auto-Submitted', 'no'],
      ['Auto-Submitted', ' No (a person)'],
      ['Precedence', 'first-class'],
      ['X-Auto-Response-Suppress', 'DR, RN'],
      ['Subject', 'Auto-Submitted: auto-replied'],
      ['X-List-Id', 'x'],
    ]
    for (const [name, value] of people) assert.ok(!isOfProgram(name, value), name)
  })

  test('is told by whom it comes from', () => {
    for (const name of [
      'MAILER-DAEMON',
      'postmaster',
      'no-reply',
      'noreply',
      'owner-news',
      'news-request',
      'bounce+1',
    ])
      assert.ok(isOfServer(`${name}@example.com`), name)
    for (const name of ['anna', 'postmasters', 'requester'])
      assert.ok(!isOfServer(`${name}@example.com`))
  })
})

suite('A mailbox', () => {
  const intake = {
    isOpen: true,
    mailboxes: {
      european: { address: 'Europe@example.com', language: 'en' },
      other: { address: 'documents@example.com', language: 'en' },
    },
    europe: ['FR', 'GB'],
  } as const

  test('R141 is that of the place where a client lives, whatever the case it is written in', () => {
    assert.equal(mailboxFor(intake, 'FR'), 'european')
    assert.equal(mailboxFor(intake, 'GB'), 'european')
    assert.equal(mailboxFor(intake, 'US'), 'other')
    assert.equal(mailboxFor(intake, null), null)
    assert.equal(mailboxOf(intake, 'EUROPE@example.com'), 'european')
    assert.equal(mailboxOf(intake, 'documents@EXAMPLE.com'), 'other')
    for (const other of ['', 'documents@example.org', 'documents+x@example.com', 'x@example.com'])
      assert.equal(mailboxOf(intake, other), null)
  })
})
