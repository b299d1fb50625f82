import type { FastifyInstance } from 'fastify'
import { after, days } from '#core/time/time.ts'

/** What programs look for at well-known addresses. */
export function wellKnownRoutes(app: FastifyInstance): void {
  const { site } = app
  const { issuer, helpLine } = site.settings

  /** @see W3C, "A Well-Known URL for Changing Passwords" */
  app.get('/.well-known/change-password', async (_request, reply) =>
    reply.redirect('/portal/security/password', 303),
  )

  /**
   * Where a passkey is made and looked after. @see W3C, "A Well-Known URL for Passkey Endpoints"
   */
  const devices = `${issuer}/portal/security/devices`
  const endpoints = { enroll: devices, manage: devices }
  app.get('/.well-known/passkey-endpoints', async (_request, reply) => reply.send(endpoints))

  /** @see RFC 9116, "A File Format to Aid in Security Vulnerability Disclosure" */
  app.get('/.well-known/security.txt', async (_request, reply) => {
    const expires = new Date(after(site.now(), days(180))).toISOString()
    const lines = [
      `Contact: tel:${helpLine.replaceAll(/[^+\d]/g, '')}`,
      `Expires: ${expires}`,
      'Preferred-Languages: en, fr',
      `Canonical: ${issuer}/.well-known/security.txt`,
    ]
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`)
  })

  app.get('/robots.txt', async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('User-agent: *\nDisallow: /\n'),
  )
}
