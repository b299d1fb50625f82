import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { loadKeys } from '#channels/root-keys/file.ts'
import { DeviceKey } from '#methods/phone-key/wire.ts'
import type { Keys } from '#store/database/keys.ts'
import { startPostgres } from '../../scripts/postgres.ts'
import type { DatabaseKind } from '../report/figures.ts'
import { seed } from './seed.ts'

/** Where everything of one run lies; gone when it is over. */
export interface Place {
  readonly folder: string
  readonly keysFile: string
  /** The private key of all phones. */
  readonly phoneKey: KeyObject
  /** The databases that there are on this machine. */
  readonly kinds: readonly DatabaseKind[]
  /** The version of PostgreSQL, where there is one. */
  readonly postgres: string | null
  /** A database of each kind with so many clients in it; made when it is asked for first. */
  populated(count: number): Promise<Urls>
  close(): Promise<void>
}

/** Addresses of databases, in the order of `kinds`. */
export type Urls = readonly (readonly [DatabaseKind, string])[]

export async function openPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', remove)
  const postgres = await startPostgres({ durable: true })
  const keysFile = join(folder, 'keys.json')
  const keys: Keys = loadKeys(keysFile, (length) => randomBytes(length))
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const deviceKey = DeviceKey.parse({ kty, crv, x, y })
  const made = new Map<number, Promise<Urls>>()
  const populate = async (count: number): Promise<Urls> => {
    const urls: [DatabaseKind, string][] = [['sqlite', `sqlite:${join(folder, `${count}.db`)}`]]
    if (postgres) urls.push(['postgres', await createDatabase(postgres.url, `clients_${count}`)])
    const addresses = urls.map(([, url]) => url)
    await seed(addresses, { keys, deviceKey, count })
    return urls
  }
  return {
    folder,
    keysFile,
    phoneKey: privateKey,
    postgres: postgres?.version ?? null,
    kinds: postgres ? ['sqlite', 'postgres'] : ['sqlite'],
    populated(count) {
      const urls = made.get(count) ?? populate(count)
      made.set(count, urls)
      return urls
    },
    async close() {
      await postgres?.stop()
      process.off('exit', remove)
      remove()
    },
  }
}

async function createDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
