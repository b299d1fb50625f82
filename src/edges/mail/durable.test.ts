import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { suite, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { after, minutes } from '#core/time/time.ts'
import { sweepAll, UNFINISHED_KEPT } from '#engine/documents/files.ts'
import { folder, NOW } from '#store/contract/store.contract.ts'
import { filesBeside } from '#store/database/files.ts'
import { openDatabase } from '#store/database/open.ts'
import { findFile, readFile } from '#store/documents/files.ts'
import { listMailsIn } from '#store/documents/mails.ts'
import { mailed, untilData } from '../../../test/support/documents/mailing.ts'
import { NO_SANDBOX } from '../../../test/support/documents/pictures.ts'

const FIXTURE = fileURLToPath(new URL('door.fixture.ts', import.meta.url))

interface Node {
  readonly child: ChildProcess
  readonly port: number
}

async function started(t: TestContext, [program, ...rest]: readonly string[]): Promise<Node> {
  assert.ok(program)
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout }))
    return { child, port: Number(line) }
  throw new Error('it never said its port')
}

const random = (length: number) => randomBytes(length)
const KEYS = { current: 1, root: new Map([[1, createSecretKey(Buffer.alloc(32, 1))]]) }

/** The mails that are on disk, each as it can be read. */
async function mailsIn(url: string): Promise<readonly string[]> {
  const db = await openDatabase({ url, keys: KEYS, random })
  const files = filesBeside({ url, random })
  try {
    await sweepAll({ db, files, now: () => after(NOW, (UNFINISHED_KEPT + minutes(1)) as never) })
    const texts: string[] = []
    let pieces = 0
    for (const { original } of await listMailsIn(db, 'received')) {
      const file = await findFile(db, original)
      assert.ok(file)
      const all: Buffer[] = []
      for await (const piece of readFile(files, file)) all.push(piece)
      texts.push(Buffer.concat(all).toString())
      pieces += all.length
    }
    const { read } = await files.connection()
    const lying = await read.selectFrom('file_piece').select('piece').execute()
    assert.equal(lying.length, pieces)
    return texts
  } finally {
    await db.close()
    await files.close()
  }
}

const text = (name: string) => `Subject: ${name}\r\n\r\n${`${'x'.repeat(900)}\r\n`.repeat(400)}`

suite('A mail that was taken', { skip: NO_SANDBOX }, () => {
  test('is on disk when its sender hears so, whenever the process is killed', async (t) => {
    const place = folder()
    t.after(() => place.remove())
    const heard: string[] = []
    const sent = new Set<string>()
    // In the middle of the mail, then a hundred turns after its end, then when it was heard of.
    for (const turns of [null, 100, 'heard'] as const) {
      const { child, port } = await started(t, [process.execPath, FIXTURE, place.url])
      const mail = text(String(turns))
      const talk = await untilData(port)
      talk.send(turns === null ? mail.slice(0, -1) : `${mail}.\r\n`)
      sent.add(mail)
      const reply = talk.reply()
      if (turns === 'heard') await reply
      else for (let count = 0; count < (turns ?? 40); count += 1) await turn()
      child.kill('SIGKILL')
      await once(child, 'exit')
      if ((await reply).startsWith('250')) heard.push(mail)
      talk.end()
      const lying = await mailsIn(place.url)
      for (const one of heard) assert.ok(lying.includes(one), 'one that was heard of is lost')
      for (const one of lying) assert.ok(sent.has(one), 'one is half there')
      assert.equal(new Set(lying).size, lying.length)
      assert.ok(!lying.includes(text('null')))
    }
    assert.ok(heard.includes(text('heard')))
  })

  test('is told of only when the database has it: while that waits, its sender waits', async (t) => {
    const place = folder()
    t.after(() => place.remove())
    const { child, port } = await started(t, [process.execPath, FIXTURE, place.url])
    const blocker = new DatabaseSync(place.path)
    t.after(() => blocker.close())
    blocker.exec('begin immediate')
    const talk = await untilData(port)
    let reply = ''
    const heard = talk.reply().then((said) => (reply = said))
    talk.send(`${text('blocked')}.\r\n`)
    const files = filesBeside({ url: place.url, random })
    const { read } = await files.connection()
    const pieces = async () =>
      (await read.selectFrom('file_piece').select('piece').execute()).length
    while ((await pieces()) < 2) await turn()
    await files.close()
    // It has all of the mail; a server that answers too early does so in these turns.
    for (let count = 0; count < 2_000; count += 1) await turn()
    assert.equal(reply, '')
    child.kill('SIGKILL')
    await heard
    assert.equal(reply, '')
    blocker.exec('rollback')
    assert.deepEqual(await mailsIn(place.url), [])
  })

  test('A19 is refused with 452 on a disk that is full, and taken once there is room', {
    skip: spawnSync('unshare', ['-Urm', 'true']).status !== 0 && 'no disk can be mounted here',
  }, async (t) => {
    const disk = 'mount -t tmpfs -o size=12m none /mnt && head -c 6000000 /dev/zero > /mnt/full'
    const script = `${disk} && exec ${process.execPath} ${FIXTURE} sqlite:/mnt/a.db`
    const { child, port } = await started(t, ['unshare', '-Urm', 'sh', '-c', script])
    const large = `${text('large')}${`${'y'.repeat(990)}\r\n`.repeat(8_000)}`
    assert.match(await mailed(port, large), /^452 /)
    rmSync(`/proc/${child.pid}/root/mnt/full`)
    assert.match(await mailed(port, text('small')), /^250 /)
    child.kill('SIGKILL')
  })
})
