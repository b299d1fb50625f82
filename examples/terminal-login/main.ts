/**
 * Logs in from a terminal, as a platform that is a program would:
 *
 *   npx node examples/terminal-login/main.ts [server] [--paper] [--platform trade] [--language fr]
 */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { apiAt, Refused } from './api.ts'
import { logIn, type Terminal } from './login.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    paper: { type: 'boolean', default: false },
    platform: { type: 'string', default: 'trade' },
    language: { type: 'string', default: 'en' },
  },
})
const [server = 'http://localhost:4600'] = positionals

/** What is typed is shown; a password is not. */
let isSecret = false
const output = new Writable({
  write(chunk: Buffer, _encoding, done) {
    if (!isSecret) process.stdout.write(chunk)
    done()
  },
})
const input = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY })
const lines = input[Symbol.asyncIterator]()
let waiting: Promise<string | null> | null = null

/** The next line, or `null` when `signal` ends the wait or nothing more can be typed. */
async function typedLine(signal?: AbortSignal): Promise<string | null> {
  waiting ??= lines.next().then(({ done, value }) => (done ? null : value))
  const ended = new Promise<'ended'>((resolve) => {
    signal?.addEventListener('abort', () => resolve('ended'), { once: true })
  })
  const line = await Promise.race([waiting, ended])
  if (line === 'ended') return null
  waiting = null
  return line
}

const terminal: Terminal = {
  say: (line) => console.log(line),
  async ask(question, signal) {
    process.stdout.write(question)
    return await typedLine(signal)
  },
  async askSecretly(question) {
    process.stdout.write(question)
    isSecret = true
    const typed = await typedLine()
    isSecret = false
    console.log()
    return typed ?? ''
  },
}

const language = values.language === 'fr' ? 'fr' : 'en'
try {
  const session = await logIn(apiAt(server, language), terminal, {
    platform: values.platform,
    environment: values.paper ? 'paper' : 'live',
    language,
  })
  const { userName, account, environment, acr, rights, expiresAt } = session
  terminal.say(`\nLogged in: ${userName}, ${account ?? 'no account'} (${environment}), ${acr}.`)
  terminal.say(`Trading: ${rights.trading ? 'yes' : 'no'}. Open until ${expiresAt}.`)
} catch (error) {
  if (!(error instanceof Refused || error instanceof TypeError)) throw error
  const away = `${server} does not answer.`
  terminal.say(`\n${error instanceof Refused ? error.message : away}`)
  process.exitCode = 1
} finally {
  input.close()
}
