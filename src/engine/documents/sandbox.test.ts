import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite, test, type TestContext } from 'node:test'
import { deflateSync, crc32 } from 'node:zlib'
import sharp from 'sharp'
import { PICTURE_PIXELS_MAX } from '#core/documents/picture.ts'
import type { Sandbox } from '#core/documents/sandbox.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { cardPhoto, jpegOf } from '../../../test/support/documents/papers.ts'
import { CANARY, NO_SANDBOX, photograph } from '../../../test/support/documents/pictures.ts'

const NOTHING = { exif: undefined, icc: undefined, xmp: undefined, iptc: undefined }

const sandbox = bubblewrapSandbox()

async function open(bytes: Uint8Array, inside: Sandbox = sandbox) {
  const opened = await inside.open(Readable.from([bytes]))
  if (!opened?.ok) return opened
  const all: Uint8Array[] = []
  for await (const part of opened.page) all.push(part)
  return { ...opened, page: Buffer.concat(all) }
}

const chunk = (type: string, body: Uint8Array) => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)]
  head.writeUInt32BE(body.length)
  tail.writeUInt32BE(crc32(named))
  return Buffer.concat([head, named, tail])
}

/** A PNG whose header says how large it is, with one line of it. */
function claimed(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1')
  const lines = chunk('IDAT', deflateSync(Buffer.alloc(1 + width)))
  return Buffer.concat([signature, chunk('IHDR', header), lines, chunk('IEND', Buffer.alloc(0))])
}

/** Another worker in the same walls. */
function instead(t: TestContext, program: string): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-worker-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const worker = join(folder, 'worker.ts')
  writeFileSync(worker, program)
  return bubblewrapSandbox({ worker })
}

/** Answers with a word, as the line of a page that is not there. */
const says = (word: string) => `
  const line = Buffer.from(JSON.stringify({ ok: true, width: 1, height: 1, lengthBytes: 200 }))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(line.length)
  const word = Buffer.alloc(200, ' ')
  word.write(String(${word}))
  process.stdin.resume()
  process.stdin.on('end', () => process.stdout.write(Buffer.concat([head, line, word])))
`

suite('The sandbox', { skip: NO_SANDBOX }, () => {
  test('S106 S112 makes a clean page of a photograph, without anything but its pixels', async () => {
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const bytes = await photograph({ format })
      assert.ok(bytes.includes(CANARY), format)
      const opened = await open(bytes)
      assert.ok(opened?.ok, format)
      const { page } = opened
      assert.ok(!page.includes(CANARY) && !page.includes('Exif') && !page.includes('http'), format)
      const { exif, icc, xmp, iptc, format: made } = await sharp(page).metadata()
      assert.equal(made, 'jpeg')
      assert.deepEqual({ exif, icc, xmp, iptc }, NOTHING, format)
    }
  })

  test('R144 says how well a page can be read, as the camera was held', async () => {
    const opened = await open(await jpegOf(await cardPhoto({ blur: 4.5 }), { orientation: 6 }))
    assert.ok(opened?.ok)
    assert.deepEqual([opened.width, opened.height], [1_200, 900])
    assert.equal(opened.legibility?.advice, 'blurred')
    assert.ok(opened.legibility.measures.dpi > 240 && opened.legibility.measures.dpi < 330)
  })

  test('turns the page as the camera was held', async () => {
    const opened = await open(await photograph({ orientation: 6 }))
    assert.ok(opened?.ok)
    assert.deepEqual([opened.width, opened.height], [40, 60])
  })

  test('S108 believes a header that says too much, and decodes nothing', async () => {
    const [width, height] = [10_000, PICTURE_PIXELS_MAX / 10_000]
    assert.deepEqual(await open(claimed(width, height + 1)), { ok: false, why: 'too-many-pixels' })
    assert.deepEqual(await open(claimed(65_535, 65_535)), { ok: false, why: 'too-many-pixels' })
    // At the limit it is opened; there is only one line of it.
    assert.deepEqual(await open(claimed(width, height)), { ok: false, why: 'damaged' })
  })

  test('S106 opens what is a photograph by its bytes, and names what is not', async () => {
    const jpeg = await photograph()
    const others = [
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      Buffer.from('%PDF-1.7\n'),
      Buffer.from('GIF89a'),
      await sharp(jpeg).tiff().toBuffer(),
      await sharp(jpeg).gif().toBuffer(),
      Buffer.alloc(0),
    ]
    for (const bytes of others)
      assert.deepEqual(await open(bytes), { ok: false, why: 'not-a-picture' })
    const large = await sharp(jpeg).resize(600, 400).jpeg().toBuffer()
    const cut = large.subarray(0, large.length / 2)
    assert.deepEqual(await open(cut), { ok: false, why: 'damaged' })
  })

  test('A18 has no network, no file of ours, no process to see, and nothing to write to', async (t) => {
    const tries = {
      network: `Object.keys((await import('node:os')).networkInterfaces()).length`,
      secrets: `(await import('node:fs')).existsSync('/etc/passwd')`,
      processes: `(await import('node:fs')).existsSync('/proc/1')`,
      environment: `Object.keys(process.env).sort().join()`,
      written: `(() => { try { require('node:fs').writeFileSync('/app/x', 'x'); return 'written' }
        catch (error) { return error.code } })()`,
    }
    const found: Record<string, string> = {}
    for (const [name, program] of Object.entries(tries)) {
      const required = `import { createRequire } from 'node:module'
        const require = createRequire(import.meta.url)`
      const opened = await open(Buffer.alloc(1), instead(t, `${required}\n${says(program)}`))
      assert.ok(opened?.ok, name)
      found[name] = opened.page.toString().trim()
    }
    const { network, written, ...rest } = found
    assert.ok(Number(network) <= 1, 'the loopback alone')
    assert.ok(['EROFS', 'EACCES', 'EFBIG', 'EPERM'].includes(written ?? ''), written)
    assert.deepEqual(rest, {
      secrets: 'false',
      processes: 'false',
      environment: 'MALLOC_ARENA_MAX,PWD,UV_THREADPOOL_SIZE',
    })
  })

  test('A18 is killed when it takes too much memory, and the next file is opened', async (t) => {
    // Half a gigabyte is taken, and two and a half are not.
    const taking = (blocks: number) => `const all = []
      for (let count = 0; count < ${blocks}; count += 1) all.push(Buffer.alloc(2 ** 26, 1))
      ${says('all.length')}`
    assert.equal(await open(Buffer.alloc(1), instead(t, taking(40))), null)
    assert.ok((await open(Buffer.alloc(1), instead(t, taking(8))))?.ok)
    assert.ok((await open(await photograph()))?.ok)
  })

  test('what it says is believed as little as what it reads', async (t) => {
    const lies = [
      `process.stdout.write(Buffer.from([255, 255, 255, 255]))`,
      `process.stdout.write(Buffer.from([0, 0, 0, 2, 123, 125]))`,
      `process.stdout.write(Buffer.from('\\0\\0\\0\\x1d{"ok":false,"why":"<script>"}  '))`,
      `process.exit(0)`,
    ]
    for (const lie of lies) assert.equal(await open(Buffer.alloc(1), instead(t, lie)), null, lie)
    const longer = says(`'x'`).replace(
      'Buffer.concat([head, line, word])',
      'Buffer.concat([head, line, word, word])',
    )
    await assert.rejects(open(Buffer.alloc(1), instead(t, longer)))
    const shorter = says(`'x'`).replace('[head, line, word]', '[head, line]')
    await assert.rejects(open(Buffer.alloc(1), instead(t, shorter)))
  })
})

test('A machine without bubblewrap opens nothing', async () => {
  const none = bubblewrapSandbox({ bubblewrap: '/nowhere/bwrap' })
  assert.equal(await none.isReady(), false)
  assert.equal(await none.open(Readable.from([Buffer.alloc(1)])), null)
})
