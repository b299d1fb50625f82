import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What is gone in a minute is neither kept, copied nor tidied. */
const FLEETING = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  // A statement of a test runs a few times at most: planned for each, it takes longer than it runs.
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
}
const START_MS_MAX = 30_000
const SUPERUSER = 'countersign'
/** The name of a socket must fit into 107 bytes, folder and all. */
const SOCKET_FOLDER_LENGTH_MAX = 80

type Server = ChildProcessByStdio<null, null, Readable>

export interface Postgres {
  readonly url: string
  readonly version: string
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL of our own: a new cluster in a temporary folder, reached through a Unix
 * socket that only this user can open, deleted when it is stopped.
 *
 * `durable` waits for the disk at every commit, as in production; a test need not. `root` is the
 * folder in which the new one is made: that of temporary files, unless said otherwise.
 *
 * @returns null where no PostgreSQL server is installed.
 */
export async function startPostgres({
  durable = false,
  root = tmpdir(),
} = {}): Promise<Postgres | null> {
  const bin = installedServer()
  if (!bin) return null
  const folder = mkdtempSync(join(socketRoot(root), 'countersign-pg-'))
  const identity = unprivileged()
  if (identity) chownSync(folder, identity.uid, identity.gid)
  const as = { ...identity, cwd: folder, env: { ...process.env, LC_ALL: 'C' } }
  const data = join(folder, 'data')

  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...as, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)

  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: '400',
    ...(durable ? {} : FLEETING),
  }
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)],
    { ...as, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const stop = stopper(server, folder)
  try {
    await untilReady(server)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: urlOf(folder), version: versionOf(bin), stop }
}

async function untilReady(server: Server): Promise<void> {
  const said: string[] = []
  const tooLate = setTimeout(() => server.kill('SIGQUIT'), START_MS_MAX)
  try {
    for await (const line of createInterface({ input: server.stderr })) {
      if (line.includes('ready to accept connections')) return
      said.push(line)
    }
    throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`)
  } finally {
    clearTimeout(tooLate)
    server.stderr.resume()
  }
}

/** Nothing in the cluster is worth a clean shutdown. It also ends when this process does. */
function stopper(server: Server, folder: string): () => Promise<void> {
  const end = () => {
    server.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', end)
  return async () => {
    if (server.exitCode === null && server.kill('SIGQUIT')) await once(server, 'exit')
    process.off('exit', end)
    end()
  }
}

function urlOf(folder: string): string {
  return `postgres://${SUPERUSER}@localhost/postgres?host=${encodeURIComponent(folder)}`
}

/** The folder of the server programs: Debian keeps them off the PATH, others do not. */
function installedServer(): string | undefined {
  const newest = globSync('/usr/lib/postgresql/*/bin').sort(byVersion).reverse()
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  return [...newest, ...onPath].find((folder) =>
    ['postgres', 'initdb'].every((name) => existsSync(join(folder, name))),
  )
}

const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

/** PostgreSQL refuses to run as root, so root lends it another identity. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((what) => spawnSync('id', [what, name]).stdout?.toString())
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody')
}

function socketRoot(root: string): string {
  return root.length <= SOCKET_FOLDER_LENGTH_MAX ? root : '/tmp'
}

function versionOf(bin: string): string {
  const { stdout } = spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })
  return /\d+(\.\d+)*/.exec(stdout)?.[0] ?? 'of unknown version'
}
