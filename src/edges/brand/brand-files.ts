import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { pictureKind } from '#core/text/picture.ts'
import { type Asset, IMMUTABLE, pictureOf, sendAsset } from '#edges/http/assets.ts'
import type { HttpSettings } from '#edges/http/settings.ts'

/** A file of the brand under an address that changes with its content. */
interface BrandFile {
  readonly address: string
  readonly asset: Asset
}

/** What an installation has in place of the sign and the colour of the product. */
export interface BrandFiles {
  readonly logo: { readonly light: BrandFile; readonly dark: BrandFile | null } | null
  /** The colours as a style sheet, when they are not those of the tokens. */
  readonly colours: { readonly address: string; readonly css: string } | null
}

/** The colour that stands in `web/style/tokens.css`. */
const ACCENT_OF_TOKENS = '#0a5c4a'

/** Reads the files that the settings name; that they can be read was seen when settings were. */
export function brandFiles({ accent, brand }: HttpSettings): BrandFiles {
  const { light, dark } = brand.logo
  const isOwn = accent.toLowerCase() !== ACCENT_OF_TOKENS || brand.accentDark !== null
  return {
    logo: light === null ? null : { light: read(light), dark: dark === null ? null : read(dark) },
    colours: isOwn ? coloursOf(accent, brand.accentDark) : null,
  }
}

function coloursOf(accent: string, dark: string | null): BrandFiles['colours'] {
  const name = [accent, dark].flatMap((colour) => colour?.slice(1) ?? []).join('-')
  const onDark = dark === null ? '' : `;--accent-dark:${dark}`
  return { address: `/accent-${name}.css`, css: `:root{--accent:${accent}${onDark}}` }
}

function read(path: string): BrandFile {
  const bytes = readFileSync(path)
  const kind = pictureKind(bytes)
  if (kind === null) throw new Error(`${path} is no longer a picture`)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  return { address: `/brand/logo-${hash}.${kind}`, asset: pictureOf(kind, bytes) }
}

/** The colours and the logo: pages hold no styles and no pictures of their own. */
export function brandRoutes(app: FastifyInstance, { logo, colours }: BrandFiles): void {
  const silent = { logLevel: 'silent' } as const
  if (colours) {
    const { address, css } = colours
    app.get(address, silent, async (_request, reply) =>
      reply.header('cache-control', IMMUTABLE).type('text/css; charset=utf-8').send(css),
    )
  }
  const files = new Map(
    [logo?.light, logo?.dark].flatMap((file) => (file ? [[file.address, file.asset]] : [])),
  )
  for (const [address, asset] of files) {
    app.get(address, silent, async (request, reply) => {
      reply.header('cache-control', IMMUTABLE)
      return sendAsset(request, reply, asset)
    })
  }
}
