import { headerIn, openConnection, type Reply } from '../load/http.ts'
import { gathering, type Measure, POPULATION, sqliteOf, withServer } from './run.ts'
import type { Server } from '../server/server-process.ts'

/** What a browser that comes for the first time loads, as it is sent. */
export const measureBytes: Measure = async (bench) => {
  const gathered = gathering()
  bench.tell('bytes of the pages')
  const url = sqliteOf(await bench.place.populated(POPULATION))
  await withServer(bench, url, async (server) => {
    const page = await loadedBytes(server, { path: '/login', encodings: 'br, gzip' })
    const app = await loadedBytes(server, { path: '/phone', encodings: 'gzip' })
    gathered.add('page.login.bytes', null, page)
    gathered.add('app.phone.bytes', null, app)
  })
  return gathered.measured()
}

interface Loading {
  readonly path: string
  readonly encodings: string
}

/** The page and everything that it names, and that those name, each once. */
async function loadedBytes(server: Server, { path, encodings }: Loading): Promise<number> {
  const connection = openConnection(server.port)
  const headers = `host: 127.0.0.1:${server.port}\r\naccept-encoding: ${encodings}\r\n`
  const plain = `host: 127.0.0.1:${server.port}\r\n`
  const seen = new Set([path])
  let bytes = 0
  for (const each of seen) {
    const sent = await connection.ask({ method: 'GET', path: each, headers })
    if (sent.status !== 200) throw new Error(`${each} is not there: ${sent.status}`)
    bytes += sent.body.length
    const read = await connection.ask({ method: 'GET', path: each, headers: plain })
    for (const name of namesIn(read)) seen.add(new URL(name, new URL(each, server.issuer)).pathname)
  }
  connection.close()
  return bytes
}

/** What a page or a script loads by itself. What a script loads when it is needed is not of it. */
function namesIn({ head, body }: Reply): readonly string[] {
  const type = headerIn(head, 'content-type') ?? ''
  const text = body.toString()
  if (type.startsWith('text/html'))
    return named(text, /<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)
  if (type.startsWith('text/javascript')) return named(text, /\b(?:import|from)\s*"(\.[^"]+)"/g)
  return type.startsWith('text/css') ? named(text, /url\(["']?([^"')]+)/g) : []
}

const named = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('data:'))
