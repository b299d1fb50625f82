import type { FastifyInstance } from 'fastify'
import { PHONE_POLICY } from '#edges/http/headers.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { appIcon } from '#edges/pages/phone/app-icon.ts'
import { signFile } from '#edges/pages/frame/icons.ts'
import { styleLinks } from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The frame of the phone app; everything in it is drawn by the app itself. */
function phonePage({ site, texts: { text, language } }: PageContext): Html {
  const { issuer, name, accent, helpLine: help, helpLines } = site.settings
  const script = site.assets.built('web/phone/main.tsx')
  const noscript = text('common.phone.noscript')
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${text('common.phone.title', { name })}</title>
<meta name="countersign" content="${JSON.stringify({ issuer, name, accent, help, helpLines })}">
<link rel="manifest" href="/phone/manifest.webmanifest">
<link rel="icon" href="/phone/icon.svg" type="image/svg+xml">
<link rel="apple-touch-icon" href="/phone/icon-192.png">
${styleLinks(site, ['core', 'confirm', 'phone'])}
${script ? html`<script type="module" src="${script}"></script>` : NOTHING}
</head>
<body class="phone"><div id="app"></div><noscript><main><p>${noscript}</p></main></noscript></body>
</html>
`
}

/** @see W3C, "Web Application Manifest" */
function manifest({ texts: { text } }: PageContext): string {
  const name = text('common.phone.name')
  const png = (size: number, purpose: string) =>
    ({
      src: `/phone/icon-${size}.png`,
      type: 'image/png',
      sizes: `${size}x${size}`,
      purpose,
    }) as const
  return JSON.stringify({
    id: '/phone',
    start_url: '/phone',
    scope: '/',
    display: 'standalone',
    name,
    short_name: name,
    background_color: '#ffffff',
    theme_color: '#ffffff',
    icons: [
      { src: '/phone/icon.svg', type: 'image/svg+xml', sizes: 'any', purpose: 'any' },
      png(192, 'any'),
      png(512, 'any'),
      png(512, 'maskable'),
    ],
    shortcuts: [
      { name: text('phone.places.code'), url: '/phone#code' },
      { name: text('phone.places.requests'), url: '/phone#requests' },
    ],
  })
}

/** The phone app as a browser finds and installs it. Its questions go to `/phone/api`. */
export function phonePageRoutes(app: FastifyInstance): void {
  const { site } = app
  const { accent } = site.settings
  app.get('/phone', { helmet: PHONE_POLICY }, async (_request, reply) =>
    reply.html(phonePage(reply.page('/phone'))),
  )

  app.get('/phone/manifest.webmanifest', async (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .type('application/manifest+json')
      .send(manifest(reply.page('/phone'))),
  )

  const icons = [
    ['/icon.svg', 'image/svg+xml', () => Buffer.from(signFile(accent))],
    ['/phone/icon.svg', 'image/svg+xml', () => Buffer.from(signFile(accent))],
    ['/phone/icon-192.png', 'image/png', () => appIcon(192, accent)],
    ['/phone/icon-512.png', 'image/png', () => appIcon(512, accent)],
  ] as const
  for (const [address, type, draw] of icons) {
    // Drawn when it is first asked for: a start does not wait for a picture.
    let bytes: Buffer | null = null
    app.get(address, { logLevel: 'silent' }, async (_request, reply) => {
      bytes ??= draw()
      return reply.header('cache-control', 'public, max-age=86400').type(type).send(bytes)
    })
  }
}
