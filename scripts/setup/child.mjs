import { spawn } from 'node:child_process'
import { ROOT } from './places.mjs'

/** Runs a command in the clone, quietly, and returns how it ended and what it said. */
export function quietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      ...options,
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => resolve({ code, output: output.trim() }))
    child.on('error', reject)
  })
}
