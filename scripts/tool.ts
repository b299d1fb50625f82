import { spawn } from 'node:child_process'
import { join } from 'node:path'

/**
 * The whole check takes less than a minute; what takes five hangs, even on a machine that is busy.
 */
const TOOL_MS_MAX = 5 * 60_000

export interface Ended {
  readonly ok: boolean
  readonly output: string
}

const running = new Set<number>()
process.once('exit', () => running.forEach(killAll))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** Runs a program of node_modules/.bin, or Node itself, and returns what it said. */
export async function tool(name: string, ...args: readonly string[]): Promise<Ended> {
  const program = name === 'node' ? [] : [join('node_modules', '.bin', name)]
  const child = spawn(process.execPath, [...program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
    detached: true,
  })
  const { pid = 0 } = child
  running.add(pid)
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const impatience = setTimeout(() => {
    output += `\n${name} was stopped after ${TOOL_MS_MAX / 60_000} minutes.`
    killAll(pid)
  }, TOOL_MS_MAX)
  return new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ok: code === 0, output: output.trim() }))
  }).finally(() => {
    clearTimeout(impatience)
    running.delete(pid)
  })
}

/** The program and all it has started: a test that loops for ever hears no milder signal. */
function killAll(pid: number): void {
  process.kill(-pid, 'SIGKILL')
}
