import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** What scanners take for a virus; in two pieces, so that none takes this file for one. */
export const EICAR = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR',
  'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('-')

export interface Scanner {
  readonly path: string
  /** How many files it was given to the end, and how many bytes of them. */
  readonly seen: { files: number; bytes: number }
  /** What it answers to a file instead; with the connection ended where that is empty. */
  answers: string | null
  stop(): Promise<void>
  start(): Promise<void>
}

/** Speaks as clamd does: PING, INSTREAM and its chunks; it finds EICAR and nothing else. */
export async function scanner(t: TestContext): Promise<Scanner> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-scanner-'))
  const path = join(folder, 'clamd.ctl')
  const open = new Set<Socket>()
  const seen = { files: 0, bytes: 0 }
  const made = () =>
    createServer((socket) => {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => open.delete(socket))
      serve(socket).catch(() => socket.destroy())
    })
  let server = made()
  const the: Scanner = {
    path,
    seen,
    answers: null,
    async start() {
      server = made()
      await once(server.listen(path), 'listening')
    },
    async stop() {
      for (const socket of open) socket.destroy()
      if (server.listening) await new Promise((done) => server.close(done))
    },
  }
  async function serve(socket: Socket) {
    let held = Buffer.alloc(0)
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    const take = async (length: number) => {
      while (held.length < length) {
        const next = await chunks.next()
        if (next.done === true) throw new Error('it hung up')
        held = Buffer.concat([held, next.value])
      }
      const taken = held.subarray(0, length)
      held = held.subarray(length)
      return taken
    }
    let command = ''
    while (!command.endsWith('\0')) command += (await take(1)).toString('latin1')
    if (command === 'zPING\0') return void socket.end('PONG\0')
    if (command !== 'zINSTREAM\0') return void socket.end('UNKNOWN COMMAND\0')
    const parts: Buffer[] = []
    for (;;) {
      const length = (await take(4)).readUInt32BE()
      if (length === 0) break
      parts.push(await take(length))
    }
    const file = Buffer.concat(parts)
    seen.files += 1
    seen.bytes += file.length
    const found = file.includes(EICAR) ? 'Eicar-Test-Signature FOUND' : 'OK'
    socket.end(the.answers ?? `stream: ${found}\0`)
  }
  await the.start()
  t.after(async () => {
    await the.stop()
    rmSync(folder, { recursive: true })
  })
  return the
}
