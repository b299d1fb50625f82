import { type ChildProcess, spawn } from 'node:child_process'
import { z } from 'zod'
import { RootKeyFailed, type RootKeys } from '#channels/root-keys/provider.ts'

/**
 * A program of the operator that keeps the root key, in a module or a service of theirs. It is
 * started for each key, reads one line of JSON from its standard input, writes one to its standard
 * output, and ends with 0:
 *
 *   {"do":"wrap","key":"<base64>"}          {"wrapped":"<base64>"}
 *   {"do":"unwrap","wrapped":"<base64>"}    {"key":"<base64>"}
 *
 * A key stands in no argument and in no variable, where other users of the machine could read it.
 */
export interface ProgramOptions {
  /** The program, and its arguments: no shell reads them. */
  readonly command: readonly string[]
  readonly patience_ms?: number
}

const PATIENCE_MS = 10_000
/** Longer than any wrapped key. */
const ANSWER_BYTES_MAX = 64 * 1024

const Text = z.base64().min(1).max(ANSWER_BYTES_MAX)
const WrapAnswer = z.strictObject({ wrapped: Text })
const UnwrapAnswer = z.strictObject({ key: Text })

export const rootKeyProgram = (options: ProgramOptions): RootKeys => ({
  name: 'exec',
  // A node may have it in another folder.
  place: 'exec',
  async wrap(key) {
    const asked = { do: 'wrap', key: Buffer.from(key).toString('base64') }
    const { wrapped } = await ask(options, asked, WrapAnswer)
    return { bytes: Buffer.from(wrapped, 'base64'), by: 'exec' }
  },
  async unwrap({ bytes }) {
    const asked = { do: 'unwrap', wrapped: Buffer.from(bytes).toString('base64') }
    const { key } = await ask(options, asked, UnwrapAnswer)
    return Buffer.from(key, 'base64')
  },
})

async function ask<T>(options: ProgramOptions, asked: object, answer: z.ZodType<T>): Promise<T> {
  const text = await run(options, `${JSON.stringify(asked)}\n`)
  try {
    return answer.parse(JSON.parse(text))
  } catch {
    // What it has answered is not repeated: it may be a key.
    throw new RootKeyFailed('the program of keys.exec has answered something else than a key.')
  }
}

function run({ command, patience_ms = PATIENCE_MS }: ProgramOptions, input: string) {
  const [program = '', ...parameters] = command
  return new Promise<string>((resolve, reject) => {
    // What it says on standard error is for its operator, and goes nowhere: it may name a key. It
    // leads a group of its own, so that what it has started ends with it.
    const child: ChildProcess = spawn(program, parameters, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: surroundings(),
      detached: true,
    })
    const fail = (what: string) => {
      clearTimeout(timer)
      end(child)
      reject(new RootKeyFailed(`the program of keys.exec ${what}.`))
    }
    const timer = setTimeout(() => fail('did not answer in time'), patience_ms)
    const parts: Buffer[] = []
    let length = 0
    child.once('error', ({ code }: NodeJS.ErrnoException) =>
      fail(`could not be started (${code ?? 'unknown'})`),
    )
    // Where no file descriptor is left there are no pipes, and `error` says so.
    child.stdout?.on('data', (part: Buffer) => {
      length += part.length
      if (length > ANSWER_BYTES_MAX) fail('has answered too much')
      else parts.push(part)
    })
    child.once('close', (code) => {
      if (code !== 0) return fail(`ended with ${code ?? 'a signal'}`)
      clearTimeout(timer)
      resolve(Buffer.concat(parts).toString('utf8'))
    })
    // One that ends before it has read is told apart by its code.
    child.stdin?.once('error', () => {})
    child.stdin?.end(input)
  })
}

/** Settings of the server may hold secrets; the rest may be what the program needs. */
const surroundings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_')),
  )

function end({ pid, stdout }: ChildProcess): void {
  stdout?.destroy()
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
