import type { FastifyPluginAsync } from 'fastify'
import type { HttpSettings } from '#edges/http/settings.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'

/** The pages of the portal to which an address of the portal before it can lead. */
const PAGES: Readonly<Record<HttpSettings['portal']['formerAddresses'][string], string>> = {
  ...SECURITY_PAGES,
  overview: '/portal',
  password: '/portal/security/password',
  activity: '/portal/activity',
  documents: '/portal/documents',
}

/**
 * A bookmark or a letter from before leads to where its setting is now (R019). What else the
 * address carried was meant for another server, and stays behind.
 */
export const formerAddresses =
  ({ portal }: Pick<HttpSettings, 'portal'>): FastifyPluginAsync =>
  async (app) => {
    for (const [path, page] of Object.entries(portal.formerAddresses))
      app.get(path, async (_request, reply) => reply.redirect(PAGES[page], 303))
  }
