import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Readable } from 'node:stream'
import { suite, test } from 'node:test'
import { instant } from '#core/time/time.ts'
import { clamd, scanned } from '#engine/documents/antivirus.ts'
import type { World } from '#engine/world.ts'
import type { SealedFile } from '#store/documents/files.ts'
import { EICAR, scanner } from '../../../test/support/documents/scanner.ts'

const file = (...parts: readonly (string | Uint8Array)[]) =>
  Readable.from(parts.map((part) => Buffer.from(part)))

suite('clamd', () => {
  test('is told a whole file, in pieces, and says what it knows', async (t) => {
    const daemon = await scanner(t)
    const { look, isReady } = clamd({ path: daemon.path })
    assert.equal(await isReady(), true)
    assert.deepEqual(await look(file()), { isInfected: false })
    assert.deepEqual(await look(file('a', EICAR, 'b')), { isInfected: true })
    // Across the edge of two pieces, and longer than one.
    const [head, tail] = [EICAR.slice(0, 30), EICAR.slice(30)]
    const large = Buffer.alloc(3_000_000, 'x')
    assert.deepEqual(await look(file(large, head, tail, large)), { isInfected: true })
    assert.deepEqual(daemon.seen, { files: 3, bytes: 2 * EICAR.length + 2 + 2 * large.length })
  })

  test('that gives no answer has said nothing about a file', async (t) => {
    const daemon = await scanner(t)
    const { look, isReady } = clamd({ path: daemon.path })
    const answers = [
      'INSTREAM size limit exceeded. ERROR\0',
      'stream: Can\u2019t allocate memory ERROR\0',
      'stream: OK',
      'stream: OK, and more\0',
      'x'.repeat(5_000),
      '',
    ]
    for (const answer of answers) {
      daemon.answers = answer
      assert.equal(await look(file('a')), null, answer.slice(0, 40))
    }
    await daemon.stop()
    assert.deepEqual([await look(file('a')), await isReady()], [null, false])
    await daemon.start()
    daemon.answers = null
    assert.deepEqual([await look(file('a')), await isReady()], [{ isInfected: false }, true])
  })

  test('that takes a file and says nothing is not waited for without end', async (t) => {
    const server = createServer((socket) => socket.resume().on('error', () => {}))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const { look, isReady } = clamd({ host: '127.0.0.1', port }, { fileMs: 50, pingMs: 50 })
    assert.deepEqual([await look(file('a')), await isReady()], [null, false])
  })

  test('is told no half of a file: one that cannot be read is said to be so', async (t) => {
    const daemon = await scanner(t)
    async function* half() {
      yield Buffer.from('a')
      throw new Error('a piece is missing')
    }
    await assert.rejects(clamd({ path: daemon.path }).look(half()), /a piece is missing/)
    assert.equal(daemon.seen.files, 0)
  })
})

test('A18 a file of which a daemon that works says nothing waits longer each time', async () => {
  let [at, looks] = [0, 0]
  let isReady = true
  const antivirus = {
    look: async () => {
      looks += 1
      return await Promise.resolve(null)
    },
    isReady: async () => await Promise.resolve(isReady),
  }
  const world = { antivirus, files: {} as World['files'], now: () => instant(at) }
  const stubborn = { id: 'fil_1' } as unknown as SealedFile
  for (; at < 180 * 60_000; at += 20_000) assert.equal(await scanned(world, stubborn), null)
  // After 0, 1, 3, 7, 15, 31, 63 and 123 minutes.
  assert.equal(looks, 8)
  assert.equal(await scanned(world, { id: 'fil_2' } as unknown as SealedFile), null)
  assert.equal(looks, 9, 'another file is looked at at once')
  // A daemon that is away says nothing of the file: it is asked as soon as it may be back.
  isReady = false
  at += 60 * 60_000
  for (const count of [10, 11]) {
    assert.equal(await scanned(world, stubborn), null)
    assert.equal(looks, count)
  }
})
