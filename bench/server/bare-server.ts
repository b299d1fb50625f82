import { createServer, type IncomingMessage } from 'node:http'
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { quietHashThreads } from '#cli/hash-threads.ts'
import { createHasher } from '#methods/password/hasher.ts'
import { openDatabase } from '#store/database/open.ts'
import { any } from '#store/queries/writes.ts'
import { PASSWORD } from './population.ts'

/**
 * The least that can be called a login server: it answers the five requests of a login with fixed
 * pages, hashes the password, commits three times, and does nothing else. What it leaves of the raw
 * hashes is all that any server with these requests and commits could leave on this machine.
 *
 *   bare-server.ts <url of the database>
 */

const [, , url = ''] = process.argv
const random = (length: number) => randomBytes(length)
const hasher = await createHasher({ pepper: random(32), random })
const stored = await hasher.hash(PASSWORD)
quietHashThreads()
/** Nothing is sealed here. */
const NO_KEYS = { current: 1, root: new Map() }
const db = await openDatabase({ url, keys: NO_KEYS, random })

const PAGE = Buffer.from('x'.repeat(6_000))
/** About as long as an event of a login. */
const BODY = 'x'.repeat(300)
const BESIDE_THE_LOGIN = 2

async function commit(): Promise<void> {
  const event = { at_ms: 0, kind: 'bare', subscriber_id: null, login_id: null, body: BODY }
  const write = any(db.write.insertInto('audit_event').values(event))
  await db.commit(Array.from({ length: 1 + BESIDE_THE_LOGIN }, () => write))
}

/** Where each request of a login leads; `null` for a page. */
async function answered({ method, url: path }: IncomingMessage): Promise<string | null> {
  if (method !== 'POST') return null
  if (path === '/login') {
    await commit()
    if (!(await hasher.verify(stored, PASSWORD))) throw new Error('the right password is wrong')
  }
  await commit()
  return path === '/login' ? '/challenge' : '/portal'
}

const server = createServer((request, response) => {
  void (async () => {
    await text(request)
    const location = await answered(request)
    if (location) response.writeHead(303, { location }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })()
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit(0))
