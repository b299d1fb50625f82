/**
 * The demo, restarted when a source file changes, and the browser parts, built again when one of
 * theirs does: `npm run dev`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

const started = [
  start('node_modules/vite/bin/vite.js', 'build', '--watch', '--configLoader=native'),
  start(
    '--watch',
    '--watch-preserve-output',
    ...['src', 'locales', 'dist/.vite'].map((path) => `--watch-path=${path}`),
    '--disable-warning=ExperimentalWarning',
    'src/main.ts',
    'demo',
  ),
]

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop(signal))
}
for (const child of started) child.once('exit', () => stop('SIGTERM'))

function start(...args: readonly string[]): ChildProcess {
  const env = { UV_THREADPOOL_SIZE: String(availableParallelism()), ...process.env }
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
}

function stop(signal: NodeJS.Signals): void {
  for (const child of started) child.kill(signal)
}
