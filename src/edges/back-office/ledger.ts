import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { config, ledger as security, problems } from '#edges/api/access/bearer.ts'
import * as said from '#edges/back-office/schemas.ts'
import { entryView } from '#edges/back-office/view.ts'
import { ENTRIES_MAX, ledgerAfter } from '#engine/orders/deposits.ts'
import type { World } from '#engine/world.ts'

/** What is kept back for devices, and charged: for the books of the broker. */
export const ledgerRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const list = {
      operationId: 'listLedger',
      summary: 'Read what was kept back, released, charged and refunded for devices',
      description:
        `The oldest first, up to ${ENTRIES_MAX}; \`after\` is the \`next\` of the page before. ` +
        'An entry appears a minute after it was made, never changes, and is never missed.',
      security,
      querystring: said.EntriesAfter,
      response: { 200: said.Ledger, ...problems },
    }
    app.get('/ledger', { config, schema: list }, async ({ query }) => {
      const { after = '0' } = query
      const entries = await ledgerAfter(world, Number(after))
      const next = entries.at(-1)?.number ?? after
      return { entries: entries.map(entryView), next: `${next}` }
    })
  }
