import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { World } from '#engine/world.ts'
import { requireMember } from '#edges/desk/frame/session.ts'
import { caseRoutes } from '#edges/desk/cases/case-routes.ts'
import { connectivityRoutes } from '#edges/desk/cases/connectivity-routes.ts'
import { deedRoutes } from '#edges/desk/cases/deed-routes.ts'
import { proofRoutes } from '#edges/desk/cases/proof-routes.ts'
import { secondRoutes } from '#edges/desk/cases/second-routes.ts'
import { unmaskRoutes } from '#edges/desk/cases/unmask-routes.ts'
import { auditRoutes } from '#edges/desk/compliance/audit-routes.ts'
import { documentRoutes } from '#edges/desk/documents/routes.ts'
import { exportRoutes } from '#edges/desk/compliance/export-routes.ts'
import { figureRoutes } from '#edges/desk/compliance/figure-routes.ts'
import { rereadRoutes } from '#edges/desk/compliance/reread-routes.ts'
import { queueRoutes } from '#edges/desk/queue/queue-routes.ts'
import { recordRoutes } from '#edges/desk/record/record-routes.ts'
import { homeRoutes } from '#edges/desk/staff/home-routes.ts'
import { inviteRoutes } from '#edges/desk/staff/invite-routes.ts'
import { orderRoutes } from '#edges/desk/orders/order-routes.ts'
import { stockRoutes } from '#edges/desk/orders/stock-routes.ts'
import { joinRoutes } from '#edges/desk/staff/join-routes.ts'
import { memberLoginRoutes } from '#edges/desk/staff/login-routes.ts'
import { passkeyRoutes } from '#edges/desk/staff/passkeys-routes.ts'
import { staffRoutes } from '#edges/desk/staff/staff-routes.ts'
import { signFile } from '#edges/pages/frame/icons.ts'

/** Every page that the staff sees. No route is reached without a member, unless it says so. */
export const deskRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.decorateRequest('memberSession', null)
    app.addHook('onRequest', requireMember(world))
    await app.register(memberLoginRoutes(world))
    await app.register(joinRoutes(world))
    await app.register(homeRoutes(world))
    await app.register(caseRoutes(world))
    await app.register(proofRoutes(world))
    await app.register(deedRoutes(world))
    await app.register(secondRoutes(world))
    await app.register(unmaskRoutes(world))
    await app.register(connectivityRoutes(world))
    await app.register(recordRoutes(world))
    await app.register(queueRoutes(world))
    await app.register(orderRoutes(world))
    await app.register(stockRoutes(world))
    await app.register(documentRoutes(world))
    await app.register(auditRoutes(world))
    await app.register(exportRoutes(world))
    await app.register(figureRoutes(world))
    await app.register(rereadRoutes(world))
    await app.register(passkeyRoutes(world))
    await app.register(staffRoutes(world))
    await app.register(inviteRoutes(world))
    const config = { isOpenToAll: true }
    app.get('/icon.svg', { config, logLevel: 'silent' }, async (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=86400')
        .type('image/svg+xml')
        .send(signFile(app.site.settings.accent)),
    )
  }
