import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { fileOf } from '#channels/checkpoints/file.ts'
import { httpOf, postText } from '#channels/checkpoints/http.ts'
import { NotKept, type Place } from '#channels/checkpoints/place.ts'
import { syslogOf } from '#channels/checkpoints/syslog.ts'
import { minutes, seconds } from '#core/time/time.ts'
import { checkpointNow, logSigner } from '#engine/audit/checkpoints.ts'
import { noteOf, notesIn } from '#engine/audit/note.ts'
import { outsideIn } from '#engine/audit/outside.ts'
import { publisher } from '#engine/audit/publish.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { isOfLog } from '#engine/audit/tree-head.ts'
import { keepLog } from '#engine/operation/jobs.ts'
import { asOwner, writeEvents } from '../../support/audit.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/** A checkpoint over one event more; @returns its note. */
async function signed(world: TestWorld): Promise<string> {
  await writeEvents(world, 1)
  await sequenceNow(world)
  return (await checkpointNow(world))?.note ?? assert.fail()
}

const at = new Date('2026-11-29T12:00:00.000Z')
const NOTE = 'localhost:4600/audit\n1\nAAAA=\n\n— localhost:4600/audit BBBB\n'
/** What one line of RFC 5424 looks like, and the note in it. */
const LINE =
  /^<109>1 2026-11-29T12:00:00\.000Z [!-~]+ countersign \d+ checkpoint - \ufeff(\{"note":.*\})$/u

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'countersign-places-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** An HTTP server that answers with these, one after the other, and the last one from then on. */
async function answering(t: TestContext, statuses: readonly number[]) {
  const asked: { readonly body: string; readonly type: string | undefined; key: unknown }[] = []
  const server = createHttpServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { 'content-type': type, 'x-key': key } = request.headers
      asked.push({ body, type, key })
      const status = statuses[asked.length - 1] ?? statuses.at(-1) ?? 500
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

suite('A place outside that keeps checkpoints', () => {
  test('A22 a file gets one after the other, and none twice', async (t) => {
    const path = join(folder(t), 'checkpoints.txt')
    const place = fileOf(path)
    for (const note of [NOTE, NOTE, NOTE.replace('\n1\n', '\n2\n')]) await place.keep({ at, note })
    await fileOf(path).keep({ at, note: NOTE.replace('\n1\n', '\n2\n') })
    const text = readFileSync(path, 'utf8')
    assert.deepEqual(notesIn(text), [NOTE, NOTE.replace('\n1\n', '\n2\n')])
    await assert.rejects(fileOf(join(path, 'below')).keep({ at, note: NOTE }))
  })

  test('A22 a file that ends with half a checkpoint gets the next ones whole', async (t) => {
    const world = await testWorld(t)
    const [first, second] = [await signed(world), await signed(world)]
    const key = logSigner(world).verifier
    const path = join(folder(t), 'checkpoints.txt')
    const place = fileOf(path)
    /** What is in the file, and whether something in it is half. */
    const read = () => {
      const { checkpoints, unreadable } = outsideIn(readFileSync(path, 'utf8'), [key])
      const isWhole = unreadable.length === 0 && checkpoints.every((note) => isOfLog(note, [key]))
      return { notes: checkpoints.map(noteOf), isWhole }
    }
    const bytes = Buffer.from(second)
    // Every ninth byte, around each end of a line, and within the dash.
    const cuts = [...bytes.keys()].filter((at) => {
      const beside = [bytes[at - 1] ?? 0, bytes[at] ?? 0]
      return at % 9 === 0 || beside.some((byte) => byte === 10 || byte > 127)
    })
    for (const cut of cuts) {
      writeFileSync(path, Buffer.concat([Buffer.from(first), bytes.subarray(0, cut)]))
      // The last line is whole where only its line break is missing.
      const isWhole = cut === 0 || cut === bytes.length - 1
      assert.equal(read().isWhole, isWhole, `cut at ${cut}`)
      await place.keep({ at, note: second })
      const { notes } = read()
      assert.deepEqual([notes.at(0), notes.at(-1)], [first, second], `cut at ${cut}`)
      assert.equal(read().isWhole, isWhole, `cut at ${cut}`)
    }
  })

  test('A22 what others write to a syslog server is left out, and counted', async (t) => {
    const world = await testWorld(t)
    const note = await signed(world)
    const key = logSigner(world).verifier
    const lines = (...notes: readonly string[]) => [
      'Nov 29 12:00:00 host other: something else',
      ...notes.map(
        (one) => `<109>1 - host countersign 1 checkpoint - ${JSON.stringify({ note: one })}`,
      ),
      String.raw`{"note":"\x"}`,
    ]
    const read = outsideIn(
      lines(note, 'nonsense', note.replace(key.name, 'example.com/x')).join('\n'),
      [key],
    )
    assert.deepEqual([read.checkpoints.map(noteOf), read.skipped], [[note], 3])
    // One of this log with another signature is not left out: it is a finding.
    const forged = note.replace('\n1\n', '\n2\n')
    assert.equal(outsideIn(lines(forged).join('\n'), [key]).checkpoints.length, 1)
  })

  test('A22 a syslog server gets a line of RFC 5424, by UDP', async (t) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    t.after(() => socket.close())
    const { port } = socket.address()
    const heard = once(socket, 'message') as Promise<[Buffer]>
    await syslogOf({ host: '127.0.0.1', port, transport: 'udp' }).keep({ at, note: NOTE })
    const [, json = ''] = LINE.exec((await heard)[0].toString()) ?? []
    assert.deepEqual(JSON.parse(json), { note: NOTE })
  })

  test('A22 a syslog server gets it by TCP with its length, and one that is away does not', async () => {
    const heard: Buffer[] = []
    const server = createServer((socket) => socket.on('data', (data) => heard.push(data)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const place = syslogOf({ host: '127.0.0.1', port, transport: 'tcp' })
    await place.keep({ at, note: NOTE })
    const all = Buffer.concat(heard)
    const [length = ''] = /^\d+/.exec(all.toString('latin1')) ?? []
    const message = all.subarray(length.length + 1)
    assert.equal(message.length, Number(length))
    assert.match(message.toString(), LINE)
    server.close()
    await once(server, 'close')
    await assert.rejects(place.keep({ at, note: NOTE }), /ECONNREFUSED/)
  })

  test('A22 A20 an address gets it as it is, and follows no redirection', async (t) => {
    const { asked, url } = await answering(t, [201, 500, 302])
    const place = httpOf({ url, headers: { 'x-key': 'a' }, fetch })
    await place.keep({ at, note: NOTE })
    assert.deepEqual(asked, [{ body: NOTE, type: 'text/plain; charset=utf-8', key: 'a' }])
    await assert.rejects(place.keep({ at, note: NOTE }), /status 500/)
    await assert.rejects(place.keep({ at, note: NOTE }), /status 302/)
  })
})

suite('What a place answers', () => {
  test('A22 is read up to a length, and is waited for no longer than a place has patience', async () => {
    const signals: unknown[] = []
    const posted = async (length: number) => {
      const answer: typeof fetch = (_, options) => {
        signals.push(options?.signal)
        return Promise.resolve(new Response('x'.repeat(length)))
      }
      return await postText({ url: 'http://localhost/', headers: {}, body: '', fetch: answer })
    }
    for (const length of [0, 65_535, 65_536])
      assert.equal((await posted(length)).text.length, length)
    await assert.rejects(posted(65_537), /the answer is too long/)
    assert.ok(signals.length === 4 && signals.every((signal) => signal instanceof AbortSignal))
  })
})

suite('What was signed is told outside', () => {
  test('A22 each new checkpoint once, to every place', async (t) => {
    const world = await testWorld(t)
    const path = join(folder(t), 'checkpoints.txt')
    const { asked, url } = await answering(t, [200])
    const places = [fileOf(path), httpOf({ url, headers: {}, fetch })]
    const problems: string[] = []
    const publish = publisher(world, places, ({ problem }) => problems.push(problem))
    await publish()
    const first = await signed(world)
    await publish()
    await publish()
    const second = await signed(world)
    await publish()
    assert.deepEqual(notesIn(readFileSync(path, 'utf8')), [first, second])
    assert.deepEqual(
      asked.map(({ body }) => body),
      [first, second],
    )
    assert.deepEqual(problems, [])
  })

  test('A22 one that goes on failing is asked every minute, and no less', async (t) => {
    const world = await testWorld(t)
    let tries = 0
    const keep: Place['keep'] = async () => {
      tries += 1
      await Promise.reject(new NotKept('away'))
    }
    await signed(world)
    const publish = publisher(world, [{ name: 'place', keep }], () => undefined)
    for (let passed = 1; passed <= 20; passed += 1) {
      await publish()
      assert.equal(tries, passed)
      world.advance(minutes(1))
    }
  })

  test('A22 also when the log gives no places any more', async (t) => {
    const world = await testWorld(t)
    const note = await signed(world)
    await asOwner(world, ['insert into audit_batch values (1, zeroblob(40))'])
    await writeEvents(world, 1)
    const told: string[] = []
    const problems: string[] = []
    const place: Place = { name: 'place', keep: async (kept) => void told.push(kept.note) }
    const report = ({ problem }: { readonly problem: string }) => void problems.push(problem)
    await keepLog(world, { places: [place], report })(new AbortController().signal)
    assert.deepEqual([told, problems], [[note], ['AuditTreeBlocked']])
  })

  test('A22 one that fails is told of, is tried again with growing waits, and holds up no other', async (t) => {
    const world = await testWorld(t)
    const path = join(folder(t), 'checkpoints.txt')
    const { asked, url } = await answering(t, [500, 500, 200])
    const away: Place = syslogOf({ host: '127.0.0.1', port: 1, transport: 'tcp' })
    const problems: string[] = []
    const places = [away, httpOf({ url, headers: {}, fetch }), fileOf(path)]
    const publish = publisher(world, places, ({ problem }) => problems.push(problem))
    const note = await signed(world)
    await publish()
    assert.equal(readFileSync(path, 'utf8'), note)
    assert.deepEqual(problems, ['syslog: ECONNREFUSED', 'http: status 500'])
    const tries = async () => {
      await publish()
      return asked.length
    }
    assert.equal(await tries(), 1)
    world.advance(seconds(1))
    assert.equal(await tries(), 2)
    world.advance(seconds(1))
    assert.equal(await tries(), 2)
    world.advance(seconds(1))
    assert.equal(await tries(), 3)
    world.advance(seconds(100))
    assert.equal(await tries(), 3)
  })
})
