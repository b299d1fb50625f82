import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PictureKind } from '#core/text/picture.ts'
import { PHONE_POLICY } from '#edges/http/headers.ts'

/** A file as it is sent; its name changes with its content, so a browser may keep it for ever. */
export interface Asset {
  readonly type: string
  readonly bytes: Buffer
  readonly br: Buffer | null
  readonly gzip: Buffer | null
  readonly etag: string
}

/**
 * Everything that the build has made, by address. A request chooses among these and reaches no
 * file.
 */
export interface Assets {
  readonly files: ReadonlyMap<string, Asset>
  /**
   * The address of what was built from a source, such as `web/style/core.css`; `null` when it was
   * not.
   */
  built(source: string): string | null
}

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

export function loadAssets(folder: string = DIST): Assets {
  const read = (file: string) => (existsSync(file) ? readFileSync(file) : null)
  const files = globSync('**/*', { cwd: folder })
    .filter((name) => TYPES[extname(name)] !== undefined)
    .map((name): [string, Asset] => {
      const file = join(folder, name)
      const bytes = readFileSync(file)
      const type = TYPES[extname(name)] ?? ''
      const asset = {
        type,
        bytes,
        br: read(`${file}.br`),
        gzip: read(`${file}.gz`),
        etag: etagOf(bytes),
      }
      return [`/${name.replaceAll('\\', '/')}`, asset]
    })
  const manifest = JSON.parse(
    read(join(folder, '.vite', 'manifest.json'))?.toString() ?? '{}',
  ) as Readonly<Record<string, { readonly file: string }>>
  const built = new Map(Object.entries(manifest).map(([source, { file }]) => [source, `/${file}`]))
  return { files: new Map(files), built: (source) => built.get(source) ?? null }
}

/** A picture that is in no build. */
export const pictureOf = (kind: PictureKind, bytes: Buffer): Asset => ({
  type: TYPES[`.${kind}`] ?? '',
  bytes,
  br: null,
  gzip: null,
  etag: etagOf(bytes),
})

/** What is made once while a server runs, such as a list for the phone. */
export function packed(type: string, text: string): Asset {
  const bytes = Buffer.from(text)
  return { type, bytes, br: null, gzip: gzipSync(bytes), etag: etagOf(bytes) }
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`
}

/** Of what has another address once it is something else. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

/** One route for all of them: what is not in the map is not found. */
export function assetRoutes(app: FastifyInstance, assets: Assets): void {
  const send = (request: FastifyRequest, reply: FastifyReply) => {
    const asset = assets.files.get(request.url.split('?', 1)[0] ?? '')
    if (!asset) return reply.callNotFound()
    reply.header('cache-control', IMMUTABLE)
    return sendAsset(request, reply, asset)
  }
  app.get('/assets/*', { logLevel: 'silent' }, send)
  // A worker is known by its address, so its name cannot change with its content.
  const worker = { logLevel: 'silent', helmet: PHONE_POLICY } as const
  app.get('/phone/service-worker.js', worker, (request, reply) => {
    const asset = assets.files.get('/phone/service-worker.js')
    if (!asset) return reply.callNotFound()
    reply.headers({ 'cache-control': 'no-cache', 'service-worker-allowed': '/phone' })
    return sendAsset(request, reply, asset)
  })
}

export function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
): FastifyReply {
  const accepted = request.headers['accept-encoding'] ?? ''
  const encoding = asset.br && /\bbr\b/.test(accepted) ? 'br' : 'gzip'
  const packed = encoding === 'br' ? asset.br : /\bgzip\b/.test(accepted) ? asset.gzip : null
  reply.headers({ 'content-type': asset.type, etag: asset.etag, vary: 'accept-encoding' })
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
  if (!packed) return reply.send(asset.bytes)
  return reply.header('content-encoding', encoding).send(packed)
}
