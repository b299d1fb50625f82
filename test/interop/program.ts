import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Page } from './browser.ts'
import type { RelyingParty, Told } from './walk.ts'

/**
 * Where a client is installed: a temporary folder with its sources in it, gone when the test is
 * over.
 */
export function workshop(t: TestContext, client: string): string {
  const folder = mkdtempSync(join(tmpdir(), `countersign-interop-`))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  cpSync(join(import.meta.dirname, 'clients', client), folder, { recursive: true })
  return folder
}

/** A registry that is far away is given so long. */
const INSTALL_MS_MAX = 5 * 60_000

/** Runs a command of the installation. @returns why it did not work, or `null` */
export function missing(
  folder: string,
  [command = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): string | null {
  const env = { ...process.env, ...environment }
  const done = spawnSync(command, args, { cwd: folder, env, timeout: INSTALL_MS_MAX })
  if (done.error) return `${command}: ${done.error.message}`
  const said = done.stderr.toString().trim().split('\n').at(-1)
  return done.status === 0 ? null : `${command} ${args[0] ?? ''}: ${said ?? ''}`
}

/** Starts a client and waits until it answers at this address. */
export async function start(
  t: TestContext,
  { folder, command, environment, address }: Starting,
): Promise<void> {
  const [program = '', ...args] = command
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-8_000)
    })
  }
  t.after(() => stopped(child))
  t.after(() => {
    if (process.env['TEST_LOG'] !== undefined) t.diagnostic(said)
  })
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`)
    if (await fetch(address).catch(() => null)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${program} does not answer: ${said}`)
}

interface Starting {
  readonly folder: string
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly address: string
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(impatient)
}

/** A client with the addresses that those of this folder have, which answers in JSON. */
export const plainParty = (address: string): RelyingParty => ({
  address,
  logIn: (acr) => `${address}/login${acr === undefined ? '' : `?acr=${acr}`}`,
  me: `${address}/me`,
  refresh: `${address}/refresh`,
  logOut: `${address}/logout`,
  told: toldIn,
})

function toldIn({ status, headers, body }: Page): Told | null {
  if (status !== 200 || !(headers.get('content-type') ?? '').includes('json')) return null
  const {
    sub,
    acr,
    access_token: accessToken,
  } = JSON.parse(body) as Readonly<Record<string, string>>
  return sub === undefined ? null : { sub, acr: acr ?? '', accessToken: accessToken ?? '' }
}
