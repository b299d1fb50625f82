import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Ended {
  readonly ok: boolean
  readonly output: string
}

/** Runs a program of node_modules/.bin, or Node itself, and returns what it said. */
export async function tool(name: string, ...args: readonly string[]): Promise<Ended> {
  const program = name === 'node' ? [] : [join('node_modules', '.bin', name)]
  const child = spawn(process.execPath, [...program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ok: code === 0, output: output.trim() }))
  })
}
