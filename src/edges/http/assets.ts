import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The built files. Addresses come from a map that is made at the start, never from a request. */
export interface Assets {
  /** The address of a source file, such as `web/style/core.css`; throws for one that was not built. */
  addressOf(source: string): string
  /** The stylesheet with the one brand colour. */
  readonly brand: string
  register(app: FastifyInstance): void
}

interface File {
  readonly type: string
  readonly plain: Buffer
  readonly packed: readonly { readonly encoding: 'br' | 'gzip'; readonly body: Buffer }[]
  readonly cache: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
}

const FOR_EVER = 'public, max-age=31536000, immutable'
const EACH_TIME = 'no-cache'

export function loadAssets(folder: string, accent: string): Assets {
  const files = new Map(builtFiles(folder))
  const brandCss = Buffer.from(`:root{--accent:${accent}}`)
  const brand = `/assets/brand-${createHash('sha256').update(brandCss).digest('hex').slice(0, 8)}.css`
  files.set(brand, { type: TYPES['.css'] ?? '', plain: brandCss, packed: [], cache: FOR_EVER })
  const sources = manifestOf(folder)
  return {
    brand,
    addressOf(source) {
      const built = sources.get(source)
      if (!built) throw new Error(`${source} is not built: npm start builds it`)
      return `/${built}`
    },
    register(app) {
      for (const [path, file] of files) {
        app.get(path, (request, reply) => send(request, reply, file))
      }
    },
  }
}

function* builtFiles(folder: string): Generator<[string, File]> {
  if (!existsSync(folder)) return
  for (const name of globSync('**/*', { cwd: folder })) {
    const type = TYPES[extname(name)]
    if (!type || name.startsWith('.vite')) continue
    const path = join(folder, name)
    const packed = [
      ...(existsSync(`${path}.br`)
        ? [{ encoding: 'br' as const, body: readFileSync(`${path}.br`) }]
        : []),
      ...(existsSync(`${path}.gz`)
        ? [{ encoding: 'gzip' as const, body: readFileSync(`${path}.gz`) }]
        : []),
    ]
    // Only what bears the hash of its content may be kept for ever.
    const cache = /^assets\/.*-[\w-]{8}\.\w+$/.test(name) ? FOR_EVER : EACH_TIME
    yield [`/${name}`, { type, plain: readFileSync(path), packed, cache }]
  }
}

function manifestOf(folder: string): ReadonlyMap<string, string> {
  const path = join(folder, '.vite/manifest.json')
  if (!existsSync(path)) return new Map()
  // Written by our own build.
  const entries = JSON.parse(readFileSync(path, 'utf8')) as Record<string, { file: string }>
  return new Map(Object.entries(entries).map(([source, { file }]) => [source, file]))
}

function send(request: FastifyRequest, reply: FastifyReply, { type, plain, packed, cache }: File) {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const best = packed.find(({ encoding }) => accepted.includes(encoding))
  reply.type(type).header('cache-control', cache).header('vary', 'accept-encoding')
  return best ? reply.header('content-encoding', best.encoding).send(best.body) : reply.send(plain)
}
