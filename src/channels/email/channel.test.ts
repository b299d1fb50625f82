import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { domainToASCII } from 'node:url'
import { mailSink } from '../../../examples/simulators/mail-sink.ts'
import { email, isAddress } from '#channels/email/channel.ts'

async function mailbox(t: TestContext) {
  const sink = await mailSink()
  const channel = email({
    host: '127.0.0.1',
    port: sink.port,
    tls: 'none',
    login: null,
    patienceMs: 2_000,
    from: 'no-reply@example.com',
    fromName: 'Example Brokerage',
  })
  t.after(async () => {
    await channel.close?.()
    await sink.close()
  })
  const send = (address: unknown, subject = 'New phone', text = 'One.\n\nTwo.') =>
    channel.deliver({ id: 'out_1', address: address as string, payload: { subject, text } })
  return { sink, send }
}

suite('mail', () => {
  test('says the same words as text and as HTML, and nothing else', async (t) => {
    const { sink, send } = await mailbox(t)
    const text = 'Le téléphone <b>« neuf »</b> & l’ancien\nune ligne.\n\nCe n’était pas vous ?'
    assert.deepEqual(await send('anna@example.com', 'Nouveau téléphone', text), { outcome: 'sent' })
    const [mail] = sink.mails
    assert.equal(mail?.to, 'anna@example.com')
    assert.equal(mail?.from, 'no-reply@example.com')
    assert.equal(mail?.subject, 'Nouveau téléphone')
    assert.equal(mail?.text.replaceAll('\r\n', '\n'), text)
    assert.match(
      mail?.html ?? '',
      /&#60;b&#62;« neuf »&#60;\/b&#62; &#38; l&#39;|l’ancien<br>une ligne/,
    )
    assert.doesNotMatch(mail?.html ?? '', /<a |<img|<b>|http/)
  })

  test('carries the id of the delivery, so that a mailbox that gets it twice can tell', async (t) => {
    const { sink, send } = await mailbox(t)
    await send('anna@example.com')
    await send('anna@example.com')
    assert.deepEqual(
      sink.mails.map(({ id }) => id),
      Array(2).fill('<out_1@example.com>'),
    )
  })

  const SUBJECTS = [
    'New\r\nBcc: evil@example.com',
    'New\nphone',
    'a\u0000b',
    'a\u2028b',
    'x'.repeat(201),
  ]
  for (const subject of SUBJECTS) {
    test(`a subject like ${JSON.stringify(subject.slice(0, 20))} is refused and not sent`, async (t) => {
      const { sink, send } = await mailbox(t)
      const refused = { outcome: 'failed', reason: 'rejected' }
      assert.deepEqual(await send('anna@example.com', subject), refused)
      assert.equal(sink.mails.length, 0)
    })
  }

  const ADDRESSES = [
    '',
    'anna',
    'anna@',
    '@example.com',
    'anna@localhost',
    'a b@example.com',
    null,
    5,
    {},
    'anna@example.com, evil@example.com',
    'anna@example.com\r\nRCPT TO:<evil@example.com>',
    '<anna@example.com>',
    'Anna <anna@example.com>',
    'anna(comment)@example.com',
    '"anna evil"@example.com',
    `${'a'.repeat(65)}@example.com`,
    'anna@exa mple.com',
    `a@${'b'.repeat(250)}.com`,
    'evil@example.com>SIZE=1',
    'group: a@example.com;',
  ]
  test('an address is one address: nothing else reaches the mail server', async (t) => {
    const { sink, send } = await mailbox(t)
    for (const address of ADDRESSES) {
      assert.equal(isAddress(address), false, JSON.stringify(address))
      assert.equal((await send(address)).outcome, 'failed', JSON.stringify(address))
    }
    assert.equal(sink.mails.length, 0)
  })

  test('an address of the real world reaches the mail server as it is, in the envelope and in the mail', async (t) => {
    const { sink, send } = await mailbox(t)
    const addresses = [
      'anna@example.com',
      "o'neill+login@mail.example.co.uk",
      'r&d@example.com',
      'tom/jerry@example.com',
      'a=b@example.com',
      "!#$%&'*+-/=?^_`{|}~@example.com",
      'anna@xn--mnchen-3ya.example',
      'anna@xn--e1afmkfd.xn--p1ai',
    ]
    for (const address of addresses) assert.equal((await send(address)).outcome, 'sent', address)
    assert.deepEqual(
      // The sink reads the envelope out in the letters of the domain.
      sink.mails.map(({ to, toWritten }) => [
        to.replace(/[^@]+$/, (domain) => domainToASCII(domain)),
        toWritten,
      ]),
      addresses.map((address) => [address, [address]]),
    )
  })

  test('a name that is not ASCII is sent where the mail server takes one', async (t) => {
    const { sink, send } = await mailbox(t)
    assert.equal((await send('зоя@example.com')).outcome, 'sent')
    assert.equal(sink.mails[0]?.to, 'зоя@example.com')
  })

  test('what the server refuses for now is tried later, what it refuses for good is not', async (t) => {
    const { sink, send } = await mailbox(t)
    sink.fault = 'later'
    assert.deepEqual(await send('anna@example.com'), { outcome: 'later', reason: 'status 451' })
    sink.fault = 'refuse'
    const refused = { outcome: 'failed', reason: 'rejected' }
    assert.deepEqual(await send('anna@example.com'), refused)
    sink.fault = 'never'
    assert.equal((await send('anna@example.com')).outcome, 'later')
    await sink.close()
    assert.equal((await send('anna@example.com')).outcome, 'later')
  })

  test('without TLS nothing is said to a server that was to have it', async (t) => {
    const sink = await mailSink()
    t.after(() => sink.close())
    const channel = email({
      host: '127.0.0.1',
      port: sink.port,
      tls: 'required',
      login: null,
      patienceMs: 2_000,
      from: 'no-reply@example.com',
      fromName: 'Example Brokerage',
    })
    const payload = { subject: 'New phone', text: 'One.' }
    const sent = await channel.deliver({ id: 'out_1', address: 'anna@example.com', payload })
    assert.equal(sent.outcome, 'later')
    assert.equal(sink.mails.length, 0)
    await channel.close?.()
  })
})
