import { Console } from 'node:console'
import { Readable, Writable } from 'node:stream'
import { setTimeout as after } from 'node:timers/promises'
import { runProgram } from '#cli/commands/program.ts'
import { openWorld, startServer } from '../../../src/main.ts'
import type { Asked, Ended } from './command.ts'
import type { Advance } from './kept.ts'

/**
 * Runs commands one after another, each as `bin/countersign` would: in its folder, with its
 * environment and its input. It answers when the process of a command would have ended.
 */
const LEFT_OPEN_MS = 30_000
const POLLED_EVERY_MS = 2

/** Of the machine and of the test together: a test moves the clock of a server that runs here. */
const machine = Date.now
let ahead = 0
Date.now = () => machine() + ahead

process.on('message', (told: Asked | Advance | 'stop') => {
  if (told === 'stop') void stop()
  else if ('advance' in told) ahead += told.advance
  else void endOf(told).then((ended) => process.send?.(ended))
})
process.once('disconnect', () => process.exit(0))

/** A server that has just said that it is ready may not listen for signals yet. */
async function stop(): Promise<void> {
  while (!process.emit('SIGTERM')) await after(POLLED_EVERY_MS)
}

async function endOf({ folder, environment, args, input }: Asked): Promise<Ended> {
  ahead = 0
  process.chdir(folder)
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, environment)
  const stdout = collector()
  const stderr = collector()
  const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)])
  Object.defineProperties(process, {
    stdin: { value: stdin, configurable: true },
    stdout: { value: stdout.stream, configurable: true },
    stderr: { value: stderr.stream, configurable: true },
  })
  globalThis.console = new Console(stdout.stream, stderr.stream)
  const before = process.getActiveResourcesInfo()
  const code = await runProgram(args, { openWorld, startServer })
  await nothingMoreThan(before)
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

function collector() {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

/** What a command leaves open would keep its process alive. */
async function nothingMoreThan(before: readonly string[]): Promise<void> {
  const until = performance.now() + LEFT_OPEN_MS
  for (;;) {
    const left = [...process.getActiveResourcesInfo()]
    for (const resource of before) {
      const at = left.indexOf(resource)
      if (at !== -1) left.splice(at, 1)
    }
    if (left.length === 0) return
    if (performance.now() > until) throw new Error(`left open: ${left.join(', ')}`)
    await after(POLLED_EVERY_MS)
  }
}
