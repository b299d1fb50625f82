import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gathering, type Measure } from './run.ts'
import { residentBytes, settingsFor } from '../server/server-process.ts'

const COMMAND = fileURLToPath(new URL('../../bin/countersign', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const REST_MS = 2_000
/** What `serve` and the demo print once they answer. */
const READY = /"msg":"ready"|is running/
const START_MS_MAX = 30_000
const SETUP_MS_MAX = 10 * 60_000

/**
 * `countersign serve` as an operator types it, with a new database; then what it holds when at
 * rest.
 */
export const measureStart: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  for (let run = 0; run < extent.runs; run += 1) {
    tell(`cold start, run ${run + 1} of ${extent.runs}`)
    const folder = mkdtempSync(join(place.folder, 'start-'))
    const { issuer, ports, keys, database } = await settingsFor(
      join(folder, 'keys.json'),
      `sqlite:${join(folder, 'new.db')}`,
    )
    const variables = {
      COUNTERSIGN_ISSUER: issuer,
      COUNTERSIGN_PORTS_PUBLIC: String(ports.public),
      COUNTERSIGN_PORTS_DESK: String(ports.desk),
      COUNTERSIGN_PORTS_MANAGEMENT: String(ports.management),
      COUNTERSIGN_DATABASE_URL: database.url,
      COUNTERSIGN_KEYS_FILE: keys.file,
    }
    const started = await readyAfter([process.execPath, COMMAND, 'serve'], {
      folder,
      variables,
      maxMs: START_MS_MAX,
    })
    gathered.add('start.cold', 'sqlite', started.ms / 1_000)
    if (bench.wants('memory.rest')) {
      await pause(REST_MS)
      gathered.add('memory.rest', 'sqlite', residentBytes(started.pid) / 1e6)
    }
    await started.stop()
  }
  return gathered.measured()
}

/**
 * From an empty clone, packages and all, to the demo. Only when it is asked for: it needs the
 * network.
 */
export const measureSetup: Measure = async ({ place, tell }) => {
  const gathered = gathering()
  const folder = mkdtempSync(join(place.folder, 'setup-'))
  tell('an empty clone, made ready and started')
  const { ports } = await settingsFor('', '')
  const variables = {
    COUNTERSIGN_PORTS_PUBLIC: String(ports.public),
    COUNTERSIGN_PORTS_DESK: String(ports.desk),
    COUNTERSIGN_PORTS_MANAGEMENT: String(ports.management),
  }
  const cloned = spawn('git', ['clone', '--quiet', ROOT, folder], { stdio: 'inherit' })
  await once(cloned, 'exit')
  const started = await readyAfter(['npm', 'start'], { folder, variables, maxMs: SETUP_MS_MAX })
  gathered.add('start.setup', 'sqlite', started.ms / 1_000)
  await started.stop()
  rmSync(folder, { recursive: true, force: true })
  return gathered.measured()
}

interface Started {
  readonly ms: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a program and waits for the line that says that it is ready. */
async function readyAfter(
  [command = '', ...args]: readonly string[],
  {
    folder,
    variables,
    maxMs,
  }: {
    readonly folder: string
    readonly variables: Readonly<Record<string, string>>
    readonly maxMs: number
  },
): Promise<Started> {
  const startedAt = performance.now()
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own: npm does not hand signals on.
    detached: true,
  })
  const pid = child.pid ?? 0
  const end = () => process.kill(-pid, 'SIGTERM')
  const tooLate = setTimeout(end, maxMs)
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!READY.test(line)) continue
      const ms = performance.now() - startedAt
      child.stdout.resume()
      return {
        ms,
        pid,
        async stop() {
          const gone = once(child, 'exit')
          end()
          await gone
        },
      }
    }
    throw new Error(`${command} ended before it was ready`)
  } finally {
    clearTimeout(tooLate)
  }
}
