import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { suite, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { Mail } from '#core/documents/kept-mail.ts'
import { MAIL_LIMITS } from '#core/documents/mail.ts'
import { openMailDoor } from '#edges/mail/server.ts'
import { openDueMails } from '#engine/documents/mail-openings.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { filesBeside } from '#store/database/files.ts'
import { listMailsIn } from '#store/documents/mails.ts'
import { findFile, readFile } from '#store/documents/files.ts'
import {
  composedMail,
  dialogue,
  mailed,
  untilData,
} from '../../../test/support/documents/mailing.ts'
import { NO_SANDBOX, photograph } from '../../../test/support/documents/pictures.ts'
import { testWorld, type TestWorld } from '../../../test/support/server/world.ts'

const PLAIN = { port: 0, certificateFile: null, keyFile: null }

async function opened(t: TestContext, changes: (world: TestWorld) => void = () => {}) {
  const world = await testWorld(t)
  changes(world)
  const door = await openMailDoor(world, { listen: '127.0.0.1', mail: PLAIN })
  t.after(() => door.close())
  return { world, port: door.port ?? 0 }
}

const kept = async ({ db }: TestWorld) => await listMailsIn(db, 'received')

/** How many pieces lie, of whatever. */
async function lying({ files }: TestWorld): Promise<number> {
  const { read } = await files.connection()
  return (await read.selectFrom('file_piece').select('piece').execute()).length
}

/** A mail as it lies. */
async function textOf(world: TestWorld, { original }: Mail): Promise<string> {
  const file = await findFile(world.db, original)
  assert.ok(file)
  const bytes: Buffer[] = []
  for await (const piece of readFile(world.files, file)) bytes.push(piece)
  return Buffer.concat(bytes).toString()
}

/** Waits until something is so, without a time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn()
}

suite('The door for mails with documents', { skip: NO_SANDBOX }, () => {
  test('R141 takes mail for two mailboxes, and for no other', async (t) => {
    const { port } = await opened(t)
    const talk = await dialogue(port)
    const greeting = await talk.say('EHLO phone.example.com')
    assert.match(greeting, new RegExp(`SIZE ${MAIL_LIMITS.lengthBytes}\n`))
    assert.doesNotMatch(greeting, /AUTH|STARTTLS|XCLIENT/)
    await talk.say('MAIL FROM:<anna@example.com>')
    const others = ['anna@example.com', 'documents@example.org', 'postmaster@example.com']
    for (const other of others) assert.match(await talk.say(`RCPT TO:<${other}>`), /^550 /)
    assert.match(await talk.say('DATA'), /^503 /)
    assert.match(await talk.say('RCPT TO:<Documents@Example.com>'), /^250 /)
    assert.match(await talk.say('RCPT TO:<europe@example.com>'), /^452 /)
    for (const command of ['VRFY anna', 'EXPN anna', 'XCLIENT ADDR=1.2.3.4', 'AUTH PLAIN x'])
      assert.match(await talk.say(command), /^50\d /, command)
    talk.end()
  })

  test('A19 one mail goes in as one, or is refused: no end but CR LF . CR LF ends it', async (t) => {
    const { world, port } = await opened(t)
    const endings = [
      '\n.\n',
      '\n.\r\n',
      '\r\n.\n',
      '\r.\r',
      '\r\n.\r',
      '\r.\r\n',
      '\n\n.\r\n',
      '\r\n\0.\r\n',
    ]
    const second = [
      'MAIL FROM:<ceo@example.com>',
      'RCPT TO:<documents@example.com>',
      'DATA',
      'Subject: smuggled',
      '',
      'x',
      '.',
      '',
    ].join('\r\n')
    for (const ending of endings) {
      const talk = await untilData(port)
      talk.send(`Subject: first\r\n\r\nx${ending}${second}`)
      const reply = await talk.reply()
      assert.match(reply, /^554 /, JSON.stringify(ending))
      assert.match(await talk.say('QUIT'), /^221 /, JSON.stringify(ending))
      talk.end()
    }
    assert.deepEqual(await kept(world), [])
    assert.equal(await lying(world), 0)
    // With the end that is one, two mails are two, and a dot that was doubled is one again.
    const talk = await untilData(port)
    talk.send(`Subject: first\r\n\r\n..\r\nx\r\n.\r\n${second}`)
    for (const code of [250, 250, 250, 354, 250])
      assert.match(await talk.reply(), new RegExp(`^${code} `))
    talk.end()
    const texts = await Promise.all((await kept(world)).map((one) => textOf(world, one)))
    assert.ok(texts.includes('Subject: first\r\n\r\n.\r\nx\r\n'))
  })

  test('A19 a client that talks before it is greeted, or speaks HTTP, is cut off', async (t) => {
    const { world, port } = await opened(t)
    const early = await dialogue(port, { isEarly: true })
    early.send('EHLO x\r\nMAIL FROM:<a@example.com>\r\n')
    assert.match(await early.reply(), /^421 /)
    assert.equal(await early.reply(), '')
    const web = await dialogue(port)
    web.send('POST / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.match(await web.reply(), /^421 /)
    assert.equal(await web.reply(), '')
    assert.deepEqual(await kept(world), [])
  })

  test('A18 what breaks a limit is refused at the end of the mail, and nothing of it is left', async (t) => {
    const { world, port } = await opened(t)
    const line = `${'x'.repeat(998)}\r\n`
    const large = `Subject: x\r\n\r\n${line.repeat(Math.ceil(MAIL_LIMITS.lengthBytes / 1_000))}`
    assert.match(await mailed(port, large), /^552 /)
    assert.match(await mailed(port, `Subject: x\r\n\r\n${'x'.repeat(999)}\r\n`), /^554 .*998/)
    assert.match(await mailed(port, `${'A: x\r\n'.repeat(101)}\r\n`), /^554 .*100/)
    assert.match(await mailed(port, 'Subject: x\r\n\r\n\0\r\n'), /^554 /)
    const talk = await dialogue(port)
    await talk.say('EHLO x')
    const size = MAIL_LIMITS.lengthBytes + 1
    assert.match(await talk.say(`MAIL FROM:<a@example.com> SIZE=${size}`), /^552 /)
    talk.end()
    assert.deepEqual(await kept(world), [])
    assert.equal(await lying(world), 0)
  })

  test('A19 a client that never ends a mail that was refused is cut off', async (t) => {
    const { world, port } = await opened(t)
    const talk = await untilData(port)
    talk.send('Subject: x\r\n\r\n\0\r\n')
    const piece = Buffer.alloc(1_024 * 1_024, 'x')
    const isOver = once(talk.socket, 'close').then(() => true)
    let sent = 0
    for (; !talk.socket.destroyed && talk.socket.writable && sent < 200; sent += 1) {
      if (!talk.socket.write(piece))
        await Promise.race([once(talk.socket, 'drain').catch(() => {}), isOver])
    }
    assert.ok(sent < 200)
    assert.deepEqual(await kept(world), [])
  })

  test('A19 a flood of connections holds two hundred files of the server and no more', async (t) => {
    const { port } = await opened(t)
    const open = { port, host: '127.0.0.1', allowHalfOpen: true }
    const sockets = Array.from({ length: 300 }, () => connect(open).on('error', () => {}))
    const heard = sockets.map(async (socket) => {
      const first = Promise.race([once(socket, 'data'), once(socket, 'close'), once(socket, 'end')])
      const [told] = await first.catch(() => [])
      return told instanceof Buffer ? told.toString('latin1', 0, 3) : ''
    })
    const counts = Map.groupBy(await Promise.all(heard), (code) => code)
    for (const socket of sockets) socket.destroy()
    assert.equal(counts.get('220')?.length, 100)
    assert.equal(counts.get('421')?.length, 100)
  })

  test('a client that hangs up in the middle has sent nothing', async (t) => {
    const { world, port } = await opened(t)
    const talk = await untilData(port)
    talk.send(`Subject: x\r\n\r\n${`${'x'.repeat(900)}\r\n`.repeat(1_000)}`)
    await until(async () => (await lying(world)) > 0)
    talk.end()
    await until(async () => (await lying(world)) === 0)
    assert.deepEqual(await kept(world), [])
  })

  test('A19 where the disk is full it says 452, before and within a mail', async (t) => {
    let isFull = false
    const { world, port } = await opened(t, (one) => {
      const { files } = one
      Object.assign(one, {
        files: {
          ...files,
          hasRoom: async (times?: number) => !isFull && (await files.hasRoom(times)),
        },
      })
    })
    const talk = await dialogue(port)
    for (const line of ['EHLO x', 'MAIL FROM:<a@example.com>', 'RCPT TO:<documents@example.com>'])
      assert.match(await talk.say(line), /^250/m)
    isFull = true
    assert.match(await talk.say('DATA'), /^354 /)
    talk.send(`${composedMail()}.\r\n`)
    assert.match(await talk.reply(), /^452 /)
    assert.match(await talk.say('MAIL FROM:<a@example.com>'), /^452 /)
    isFull = false
    assert.match(await talk.say('MAIL FROM:<a@example.com>'), /^250 /)
    talk.end()
    assert.deepEqual(await kept(world), [])
  })

  test('A19 mails that fill the disk leave room for clients who send through the portal', async (t) => {
    const { bavail, bsize } = await statfs(tmpdir())
    const place = mkdtempSync(join(tmpdir(), 'countersign-mail-'))
    t.after(() => rmSync(place, { recursive: true }))
    const random = (length: number) => Buffer.alloc(length)
    const keptFreeBytes = Math.floor(bavail * bsize * 0.7)
    const files = filesBeside({ url: `sqlite:${place}/a.db`, random, keptFreeBytes })
    t.after(async () => await files.close())
    const { port } = await opened(t, (world) => Object.assign(world, { files }))
    assert.ok(await files.hasRoom())
    await assert.rejects(mailed(port, composedMail()), /MAIL FROM.*452 no room/)
  })

  test('what a sender calls itself steers no terminal of the staff', async (t) => {
    const { world, port } = await opened(t)
    const mail = 'Subject: x\r\n\r\nx\r\n'
    // A CSI of eight bits, which stands for ESC [, written as a domain; and marks that turn a line.
    const hostile = ['a@xn--a31m-5da.example.com', 'a\u202Eb@[127.0.0.1]']
    for (const from of hostile) assert.match(await mailed(port, mail, { from }), /^250 /)
    const senders = (await kept(world)).map(({ sender }) => sender)
    assert.equal(senders.length, hostile.length)
    for (const sender of senders) assert.doesNotMatch(sender, /\p{C}/u)
  })

  test('with a certificate of its own it speaks TLS, and forgets what was said before', {
    skip: spawnSync('openssl', ['version']).status !== 0 && 'there is no openssl here',
  }, async (t) => {
    const place = mkdtempSync(join(tmpdir(), 'countersign-mail-'))
    t.after(() => rmSync(place, { recursive: true }))
    const [keyFile, certificateFile] = [join(place, 'key.pem'), join(place, 'crt.pem')]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const files = ['-keyout', keyFile, '-out', certificateFile, '-subj', '/CN=example.com']
    assert.equal(spawnSync('openssl', [...made, ...files], { stdio: 'ignore' }).status, 0)
    const world = await testWorld(t)
    const mail = { port: 0, certificateFile, keyFile }
    const door = await openMailDoor(world, { listen: '127.0.0.1', mail })
    t.after(() => door.close())
    const talk = await dialogue(door.port ?? 0)
    assert.match(await talk.say('EHLO x'), /STARTTLS/)
    await talk.say('MAIL FROM:<before@example.com>')
    talk.send('STARTTLS\r\nRCPT TO:<documents@example.com>\r\n')
    assert.match(await talk.reply(), /^220 /)
    talk.socket.removeAllListeners('data')
    const secured = connectTls({
      socket: talk.socket,
      ca: readFileSync(certificateFile),
      servername: 'example.com',
    })
    await once(secured, 'secureConnect')
    secured.write('EHLO x\r\n')
    const [greeting] = (await once(secured, 'data')) as [Buffer]
    assert.doesNotMatch(String(greeting), /STARTTLS/)
    secured.write('RCPT TO:<documents@example.com>\r\n')
    const [refused] = (await once(secured, 'data')) as [Buffer]
    assert.match(String(refused), /^503 /)
    secured.destroy()
  })

  test('where the sandbox cannot run no mail is taken', async (t) => {
    const { port } = await opened(t, (world) =>
      Object.assign(world, { sandbox: bubblewrapSandbox({ bubblewrap: '/nowhere/bwrap' }) }),
    )
    await assert.rejects(mailed(port, composedMail()), /MAIL FROM.*451 documents cannot be taken/)
  })

  test('a mail of a stranger that is made to break readers ends as one, and the next is read', async (t) => {
    const { world, port } = await opened(t)
    const signal = new AbortController().signal
    const photo = await photograph()
    const bomb = (line: string, count: number) => `${line}\r\n`.repeat(count)
    const hostile = [
      'Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\r\n\r\n' +
        bomb('--ab\r\n\r\nx', 5_000),
      'Content-Type: message/rfc822\r\n\r\n' + bomb('Content-Type: message/rfc822\r\n', 5_000),
      'Content-Type: multipart/mixed; boundary=""\r\n\r\n' + bomb('--\r\n\r\n', 5_000),
      'Content-Transfer-Encoding: base64\r\nContent-Type: image/jpeg\r\n\r\n' + bomb('=!=!', 5_000),
      'Content-Type: text/html; charset=utf-7\r\n\r\n' + bomb('+ADw-script+AD4- <b', 5_000),
      `Subject: ${'=?utf-8?B?'.repeat(90)}\r\nMessage-ID: <a@b>\t <c@d>\r\n\r\n`,
      'Subject: =?utf-8?Q?U1234567_PoRes=0D=0ABcc:_evil@example.com?=\r\n\r\nx\r\n',
      composedMail({ subject: '=?x-unknown?Z?zzz?=', files: [photo.subarray(0, 300)] }),
      composedMail({
        files: [photo],
        fileHeaders: ['Content-Type: image/jpeg; name="=?utf-8?Q?a=0D=0AX-Evil:_1=00.jpg?="'],
      }),
      '\r\n',
      ': \r\n:\r\n\r\n',
    ]
    for (const mail of hostile) {
      const reply = await mailed(port, mail.endsWith('\r\n') ? mail : `${mail}\r\n`)
      assert.match(reply, /^(250|554) /, mail.slice(0, 60))
    }
    await openDueMails(world, signal)
    assert.deepEqual(await kept(world), [])
    const waiting = await listMailsIn(world.db, 'waiting')
    assert.ok(waiting.length > 5)
    for (const { read } of waiting)
      assert.doesNotMatch(JSON.stringify(read) ?? '', /\\[rnt]|\\u0000/)
  })

  test('A18 25 MB go in and are opened while the others wait less than a blink', async (t) => {
    const { world, port } = await opened(t)
    const photo = await photograph()
    const large = Buffer.concat([photo, Buffer.alloc(6 * 1_024 ** 2, 1)])
    const mail = Buffer.from(composedMail({ subject: 'PoRes nemo', files: [large, large, large] }))
    assert.ok(mail.length > 24 * 1_024 ** 2 && mail.length < MAIL_LIMITS.lengthBytes)
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    assert.match(await mailed(port, mail), /^250 /)
    await openDueMails(world, new AbortController().signal)
    delay.disable()
    t.diagnostic(`the loop waited ${Math.round(delay.max / 1e6)} ms at most`)
    const [waits] = await listMailsIn(world.db, 'waiting')
    assert.equal(waits?.read?.pages, 3)
  })
})
