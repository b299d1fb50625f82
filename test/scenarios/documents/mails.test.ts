import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MAIL_KEPT } from '#core/documents/kept-mail.ts'
import {
  ANSWERS_APART,
  ANSWERS_MAX,
  MAILED_A_DAY_MAX,
  MAILS_A_DAY_MAX,
} from '#core/documents/mail.ts'
import type { Submission } from '#core/documents/submission.ts'
import { days, millis } from '#core/time/time.ts'
import { assignMail } from '#engine/documents/mail-assignments.ts'
import { shredOutlivedMails, waitingMails, whyMail } from '#engine/documents/mails.ts'
import { seePage, submissionsOf } from '#engine/documents/submissions.ts'
import type { NewAccount } from '#engine/subscribers/subscribers.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listMailsIn } from '#store/documents/mails.ts'
import { ANNA, mailOffice } from '../../support/documents/mail-office.ts'
import { cardPhoto, jpegOf } from '../../support/documents/papers.ts'
import { CANARY, NO_SANDBOX, photograph } from '../../support/documents/pictures.ts'
import {
  type Composed,
  composedMail,
  type Envelope,
  mailed,
} from '../../support/documents/mailing.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import type { TestWorld } from '../../support/server/world.ts'

const PASSWORD = 'correct horse battery'
const HEIC = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0')

/** How many pieces lie, of whatever. */
async function lying({ files }: TestWorld): Promise<number> {
  const { read } = await files.connection()
  return (await read.selectFrom('file_piece').select('piece').execute()).length
}

const stranger = { from: 'stranger@example.com' } as const
const NOTICE = 'We received a document for your account'
const ANSWER = 'Your mail with documents'

for (const database of DATABASES) {
  suite(`A client mails a proof, on ${database}`, { skip: NO_SANDBOX }, () => {
    test('R013 R142 R143 photographs become a case like those of the portal', async (t) => {
      const { world, post, sent, photo, sentTo, subscriberId, openPages } = await mailOffice(
        t,
        database,
      )
      const png = await photograph({ format: 'png' })
      assert.match(await post({ files: [photo, png, HEIC] }), /^250 /)
      await openPages()
      const [one, ...more] = await sent()
      assert.ok(one)
      assert.equal(more.length, 0)
      assert.deepEqual(
        [one.purpose, one.account, one.status.state, one.mail?.isFromOwnAddress],
        ['address', 'U1234567', 'checking', false],
      )
      assert.deepEqual(
        one.pages.map(({ kind, opened: page }) => [kind, page?.ok]),
        [
          ['jpeg', true],
          ['png', true],
          ['heic', false],
        ],
      )
      const seen = await seePage(world, { id: one.id, page: 1, by: 'operator', agent: 'agent-7' })
      assert.ok(seen.ok)
      const bytes: Uint8Array[] = []
      for await (const part of seen.page) bytes.push(part)
      assert.ok(!Buffer.concat(bytes).includes(CANARY))
      const events = await listSubscriberEvents(world.db, subscriberId, { limit: 10 })
      assert.ok(events.some(({ event }) => event.kind === 'submission.mailed'))
      assert.deepEqual(
        sentTo('anna@example.com')
          .map(({ subject }) => subject)
          .toSorted(),
        [NOTICE, ANSWER],
      )
      assert.equal(await lying(world), 6)
    })

    test('the same mail twice is one case, also at once, and one sent again is another', async (t) => {
      const { post, sent, world, port, photo, work } = await mailOffice(t, database)
      const id = '<same@phone.example.com>'
      await post({ id })
      await post({ id })
      assert.equal((await sent()).length, 1)
      const copies = Array.from({ length: 3 }, () =>
        mailed(port, composedMail({ id: '<other@phone.example.com>', files: [photo] })),
      )
      for (const reply of await Promise.all(copies)) assert.match(reply, /^250/)
      await Promise.all([work(), work(), work()])
      world.advance(millis(300_000))
      await work()
      assert.equal((await sent()).length, 2)
      await post({ id, files: [await photograph({ format: 'webp' })] })
      assert.equal((await sent()).length, 3)
      const again = await listMailsIn(world.db, 'ignored')
      assert.ok(again.every(({ status }) => 'rule' in status && status.rule === 'new'))
    })

    test('A19 where the client has proven an address, a mail from another one waits for a person', async (t) => {
      const { post, sent, broken, world, subscriberId } = await mailOffice(t, database)
      await post({ subject: 'U1234567 PoRes' }, stranger)
      const proven = { verified_at_ms: world.now() }
      await world.db.commit([
        {
          ...world.db.write
            .updateTable('contact')
            .set(proven)
            .where('subscriber_id', '=', subscriberId)
            .compile(),
          rows: 1,
        },
      ])
      await post({ subject: 'U1234567 PID' }, { from: 'Anna@example.com' })
      const others = { from: 'slip@example.com' }
      await post({ subject: 'U1234567 PoRes' }, others)
      assert.equal(await broken(), 'sender')
      const own = ({ purpose, mail }: Submission) => [purpose, mail?.isFromOwnAddress]
      assert.deepEqual((await sent()).map(own), [
        ['identity', true],
        ['address', false],
      ])
    })

    test('A19 a sender is taken twenty times a day, also at once, and more the next day', async (t) => {
      const { world, port } = await mailOffice(t, database)
      const from = (count: number) => (count % 2 === 0 ? stranger.from : 'STRANGER@example.com')
      const send = async (_: unknown, count: number) =>
        await mailed(port, composedMail(), { from: from(count) }).catch(String)
      const all = await Promise.all(Array.from({ length: MAILS_A_DAY_MAX + 3 }, send))
      const replies = Map.groupBy(all, (reply) => reply.slice(0, 3))
      assert.equal(replies.get('250')?.length, MAILS_A_DAY_MAX, String(all))
      await assert.rejects(mailed(port, composedMail(), stranger), /MAIL FROM.*452 too many mails/)
      assert.match(await mailed(port, composedMail(), { from: 'other@example.com' }), /^250/)
      world.advance(days(1))
      assert.match(await mailed(port, composedMail(), stranger), /^250/)
      assert.equal(await lying(world), MAILS_A_DAY_MAX + 2)
    })

    test('an account that closes while the mail is judged is sent nothing', async (t) => {
      const { world, port, photo, work, sent, broken } = await mailOffice(t, database)
      await mailed(port, composedMail({ files: [photo] }))
      const { db } = world
      const change = { kind: 'close', by: 'client' } as const
      let closed = 0
      /** Between what was read and what is written. */
      const commit: typeof db.commit = async (writes) => {
        const isFiling = writes.some(({ sql }) => sql.startsWith('insert into "submission"'))
        if (isFiling && closed++ === 0)
          await changeAccount({ ...world, db }, { number: 'U1234567', change, by: 'operator' })
        return await db.commit(writes)
      }
      Object.assign(world, { db: { ...db, commit } })
      await work()
      assert.equal(closed, 1)
      assert.equal((await sent()).length, 0)
      assert.equal(await broken(), 'account')
      assert.equal(await lying(world), 1)
    })

    test('R146 a person gives a mail that waits to an account, once', async (t) => {
      const { world, post, sent, broken, sentTo } = await mailOffice(t, database)
      await post({ subject: 'my bill' })
      assert.equal(await broken(), 'purpose')
      const [mail] = await waitingMails(world)
      const id = mail?.id ?? ''
      const right = { id, account: 'U1234567', purpose: 'address', agent: 'agent-7' }
      const wrong: readonly [string, Partial<typeof right>][] = [
        ['submission.account', { account: 'U0000000' }],
        ['submission.purpose', { purpose: 'PoRes' }],
        ['submission.not-found', { id: 'mai_nothing' }],
        ['desk.not-an-agent', { agent: '' }],
      ]
      for (const [problem, change] of wrong)
        assert.deepEqual(await assignMail(world, { ...right, ...change }), { ok: false, problem })
      assert.equal(await lying(world), 1)
      const both = await Promise.all([assignMail(world, right), assignMail(world, right)])
      assert.equal(both.filter(({ ok }) => ok).length, 1)
      assert.equal((await sent()).length, 1)
      assert.equal(await lying(world), 2)
      const again = await assignMail(world, right)
      assert.deepEqual(again, { ok: false, problem: 'submission.not-waiting' })
      const [event] = await listSubscriberEvents(
        world.db,
        (await sent())[0]?.subscriberId as never,
        { limit: 1 },
      )
      assert.equal(event?.event.actor, 'operator:agent-7')
      // Its sender was answered before, and the hour goes on.
      await post({ subject: 'my other bill' })
      assert.equal(sentTo('anna@example.com').filter(({ subject }) => subject === ANSWER).length, 1)
    })

    test('a mail is deleted after ninety days, and what it became stays', async (t) => {
      const { post, world, sent } = await mailOffice(t, database)
      await post()
      assert.equal(await lying(world), 2)
      world.advance(millis(MAIL_KEPT - 1))
      await shredOutlivedMails(world)
      assert.equal(await lying(world), 2)
      world.advance(millis(1))
      await shredOutlivedMails(world)
      assert.equal(await lying(world), 1)
      assert.equal((await sent()).length, 1)
    })
  })
}

suite('What becomes of a mail', { skip: NO_SANDBOX }, () => {
  test('R142 a user name does as well, and the account that waits for proofs is meant', async (t) => {
    const open: NewAccount = { number: 'U7654321', environment: 'live', status: 'open' }
    const paper: NewAccount = { number: 'U9999999', environment: 'paper', status: 'open' }
    const { post, sent, broken, world, subscriberId } = await mailOffice(t, 'sqlite', [
      open,
      ANNA,
      paper,
    ])
    await post({ subject: 'Re: PID anna' })
    assert.deepEqual(
      (await sent()).map(({ purpose, account }) => [purpose, account]),
      [['identity', 'U1234567']],
    )
    await changeAccount(world, {
      number: 'U1234567',
      change: { kind: 'approve' },
      by: 'operator',
    })
    await post({ subject: 'PID anna' })
    assert.equal(await broken(), 'account')
    await post({ subject: 'PID U7654321' })
    await post({ subject: '=?utf-8?Q?Fwd=3A_U7654321_justificatif_de_domicile?=' })
    const accounts = (await submissionsOf(world, subscriberId)).map(({ account }) => account)
    assert.deepEqual(accounts, ['U7654321', 'U7654321', 'U1234567'])
  })

  test('R141 the mailbox is that of the residence, and the other one files nothing', async (t) => {
    const french = { ...ANNA, residence: 'FR' }
    const { post, sent, broken } = await mailOffice(t, 'sqlite', [french])
    await post()
    assert.equal((await sent()).length, 0)
    assert.equal(await broken(), 'mailbox')
    await post({}, { to: 'Europe@Example.com' })
    assert.equal((await sent()).length, 1)
  })

  test('R144 A19 a mail is answered with what its photos lack, whomever it names', async (t) => {
    const { post, sentTo, sent } = await mailOffice(t, 'sqlite')
    const dark = await jpegOf(await cardPhoto({ exposure: 0.12 }))
    const good = await jpegOf(await cardPhoto())
    const subjects = ['U1234567 PoRes', 'U7777777 PoRes']
    for (const [index, subject] of subjects.entries())
      await post({ subject, files: [good, dark, HEIC] }, { from: `s${index}@example.com` })
    const [one, other] = subjects.map((_, index) => sentTo(`s${index}@example.com`)[0]?.text)
    assert.match(one ?? '', /better photos.*\nPage 2 is too dark\. .*\nPage 3 is a HEIC file\./)
    assert.doesNotMatch(one ?? '', /Page 1|https?:/)
    assert.equal(one, other)
    assert.equal((await sent()).length, 1)
    await post({ files: [good], id: '<good@phone.example.com>' }, { from: 's3@example.com' })
    assert.doesNotMatch(sentTo('s3@example.com')[0]?.text ?? 'better', /better/)
  })

  test('R146 what is missing is answered with instructions, and waits for a person', async (t) => {
    const { post, broken, sentTo, photo, world } = await mailOffice(t, 'sqlite')
    const wrong: readonly [string, RegExp, Composed][] = [
      ['purpose', /does not say what the document proves/, { subject: 'U1234567' }],
      ['name', /no account number and no user name/, { subject: 'PoRes' }],
      ['pages', /no photo in your mail/, { files: [Buffer.from('hello')] }],
      ['few-pages', /more than 10 photos/, { files: Array.from({ length: 11 }, () => photo) }],
      ['client', /We have your mail/, { subject: 'U0000000 PoRes' }],
    ]
    for (const [index, [rule, words, composed]] of wrong.entries()) {
      const from = `sender-${index}@example.com`
      await post(composed, { from })
      assert.equal(await broken(), rule)
      const [answer, ...more] = sentTo(from)
      assert.match(answer?.text ?? '', words)
      assert.match(answer?.text ?? '', /U1234567 PoRes/)
      assert.match(answer?.text ?? '', /Europe\? Write to europe@example\.com/)
      assert.equal(more.length, 0)
    }
    assert.equal((await waitingMails(world)).length, wrong.length)
    assert.equal(await lying(world), wrong.length)
  })

  test('A19 a sender reads the same of an account that is there and of one that is not', async (t) => {
    const { post, sent, sentTo, world } = await mailOffice(t, 'sqlite')
    const closed: NewAccount = {
      number: 'U2222222',
      environment: 'live',
      status: 'closed-by-client',
    }
    await world.add({ userName: 'benoit', password: PASSWORD, accounts: [closed] })
    await world.add({
      userName: 'chloe',
      password: PASSWORD,
      accounts: [{ number: 'U3333333', environment: 'live', residence: 'FR' }],
    })
    const subjects = [
      'U1234567 PID',
      'U0000000 PID',
      'anna PID',
      'nemo PID',
      'U2222222 PID',
      'U3333333 PID',
    ]
    for (const [index, subject] of subjects.entries())
      await post({ subject }, { from: `s${index}@example.com` })
    const answers = subjects.map((_, index) => sentTo(`s${index}@example.com`))
    assert.deepEqual(
      answers.map(({ length }) => length),
      [1, 1, 1, 1, 1, 1],
    )
    const texts = new Set(answers.map(([one]) => `${one?.subject}\n${one?.text}\n${one?.html}`))
    assert.equal(texts.size, 1)
    assert.equal((await sent()).length, 2)
    assert.ok((await sent()).every(({ mail }) => mail?.isFromOwnAddress === false))
    const told = sentTo('anna@example.com').map(({ subject }) => subject)
    assert.deepEqual(told, [NOTICE])
  })

  test('R146 programs, lists and mail servers are never answered, and a person once an hour', async (t) => {
    const { post, received, sentTo, world } = await mailOffice(t, 'sqlite')
    const programs: readonly [Composed, Envelope][] = [
      [{ headers: ['Auto-Submitted: auto-replied'] }, stranger],
      [{}, { from: '' }],
      [{}, { from: 'MAILER-DAEMON@example.com' }],
      [{}, { from: 'documents@example.com' }],
    ]
    for (const [composed, envelope] of programs)
      assert.match(await post({ subject: 'hello', ...composed }, envelope), /^250/)
    assert.deepEqual(received(), [])
    assert.equal((await listMailsIn(world.db, 'ignored')).length, programs.length)
    await post({ subject: 'hello' }, stranger)
    await post({ subject: 'again' }, stranger)
    // Each post takes a millisecond.
    world.advance(millis(ANSWERS_APART - 3))
    await post({ subject: 'and again' }, stranger)
    assert.equal(sentTo(stranger.from).length, 1)
    await post({ subject: 'the last' }, stranger)
    assert.equal(sentTo(stranger.from).length, 2)
  })

  test('A19 forged senders make it write to one mailbox once, and to strangers a hundred times', async (t) => {
    const { post, received, sentTo, world } = await mailOffice(t, 'sqlite')
    const names = ['victim', 'Victim+1+2', 'vic.tim']
    for (const name of names) await post({ subject: 'hello' }, { from: `${name}@example.com` })
    assert.equal(received().length, 1)
    const rows = Array.from({ length: ANSWERS_MAX - 2 }, (_, index) => ({
      ...({ id: `mai_${index}`, sender_hash: `${index}`, day_slot: `${index}` } as const),
      ...({ message_hash: null, filed_as: null, answer_slot: `${index}` } as const),
      ...({ answered_at_ms: world.now(), state: 'ignored', due_at_ms: null } as const),
      ...({ keep_until_ms: world.now() + days(1), version: 1, body: Buffer.alloc(1) } as const),
    }))
    const { db } = world
    const insert = db.write.insertInto('mail').values(rows).compile()
    assert.ok(await db.commit([{ ...insert, rows: rows.length }]))
    for (const name of ['one', 'two'])
      await post({ subject: 'hi' }, { from: `${name}@example.com` })
    assert.equal(sentTo('one@example.com').length, 1)
    assert.equal(sentTo('two@example.com').length, 0)
    world.advance(ANSWERS_APART)
    await post({ subject: 'hi' }, { from: 'two@example.com' })
    assert.equal(sentTo('two@example.com').length, 1)
  })

  test('A19 strangers use up neither the portal of a client nor the notices', async (t) => {
    const { port, photo, work, sent, broken, sentTo, ...more } = await mailOffice(t, 'sqlite')
    for (let count = 0; count < MAILED_A_DAY_MAX + 1; count += 1)
      await mailed(port, composedMail({ files: [photo] }), { from: `s${count}@example.com` })
    await work()
    assert.equal((await sent()).length, MAILED_A_DAY_MAX)
    assert.equal(await broken(), 'room')
    assert.equal(sentTo('anna@example.com').length, 1)
    const { db } = more.world
    const proven = db.write.updateTable('contact').set({ verified_at_ms: more.world.now() })
    const own = proven.where('subscriber_id', '=', more.subscriberId).compile()
    await db.commit([{ ...own, rows: 1 }])
    await more.post({ subject: 'U1234567 PID' })
    assert.equal((await sent()).length, MAILED_A_DAY_MAX + 1)
  })

  test('why it became no document is said rule by rule, by its id or its Message-ID', async (t) => {
    const { post, world } = await mailOffice(t, 'sqlite')
    await post(
      { subject: 'PoRes anna', id: '<why@phone.example.com>' },
      { to: 'europe@example.com' },
    )
    await post({ subject: 'PoRes nemo', id: '<nemo@phone.example.com>' })
    const filed = await whyMail(world, 'why@phone.example.com')
    assert.equal(filed?.mail.status.state, 'filed')
    assert.ok(filed.rules.every(({ holds }) => holds))
    const waits = await whyMail(world, '<nemo@phone.example.com>')
    const broken = waits?.rules.filter(({ holds }) => !holds).map(({ rule }) => rule)
    assert.deepEqual(broken, ['client', 'account'])
    assert.equal((await whyMail(world, waits?.mail.id ?? ''))?.mail.id, waits?.mail.id)
    for (const none of ['', 'mai_nothing', '<none@example.com>', '%'])
      assert.equal(await whyMail(world, none), null)
  })
})
