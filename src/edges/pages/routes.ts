import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { World } from '#engine/world.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import { formerAddresses } from '#edges/pages/former-addresses.ts'
import { activityRoutes } from '#edges/pages/portal/activity-routes.ts'
import { bindingRoutes } from '#edges/pages/devices/binding-routes.ts'
import { documentRoutes } from '#edges/pages/documents/document-routes.ts'
import { submissionRoutes } from '#edges/pages/documents/submission-routes.ts'
import { callPageRoutes } from '#edges/pages/desk/call-page-routes.ts'
import { callRoutes } from '#edges/pages/desk/call-routes.ts'
import { connectivityRoutes } from '#edges/pages/connectivity/connectivity-routes.ts'
import { addressChangeRoutes } from '#edges/pages/contact/address-change-routes.ts'
import { contactRoutes } from '#edges/pages/contact/contact-routes.ts'
import { changeRoutes } from '#edges/pages/devices/change-routes.ts'
import { deviceRoutes } from '#edges/pages/devices/device-routes.ts'
import { enrolmentRoutes } from '#edges/pages/devices/enrolment-routes.ts'
import { helpRoutes } from '#edges/pages/help/help-routes.ts'
import { keptRoutes } from '#edges/pages/help/offline/kept-routes.ts'
import { searchRoutes } from '#edges/pages/help/search/search-routes.ts'
import { formRoutes } from '#edges/pages/login/password-routes.ts'
import { networksRoutes } from '#edges/pages/subscribers/networks-routes.ts'
import { optOutRoutes } from '#edges/pages/subscribers/opt-out-routes.ts'
import { usersRoutes } from '#edges/pages/subscribers/users-routes.ts'
import { orderRoutes } from '#edges/pages/orders/order-routes.ts'
import { passwordRoutes } from '#edges/pages/password/password-routes.ts'
import { phonePageRoutes } from '#edges/pages/phone/phone-page.ts'
import { portalRoutes } from '#edges/pages/portal/portal-routes.ts'
import { securityRoutes } from '#edges/pages/portal/security-routes.ts'
import { sessionRoutes } from '#edges/pages/portal/session-routes.ts'
import { returnRoutes } from '#edges/pages/orders/return-routes.ts'
import { resetRoutes } from '#edges/pages/password/reset-routes.ts'
import { statusRoutes } from '#edges/pages/status/status-routes.ts'
import { sharingRoutes } from '#edges/pages/inventory/sharing-routes.ts'
import { stepRoutes } from '#edges/pages/login/challenge-routes.ts'
import { alertsRoutes } from '#edges/pages/notices/alerts-routes.ts'
import { tradeNoticesRoutes } from '#edges/pages/notices/trade-notices-routes.ts'
import { taskRoutes } from '#edges/pages/tasks/task-routes.ts'

/** Every page that a client of the brokerage sees. */
export const pageRoutes =
  (world: World, settings: HttpSettings): FastifyPluginAsyncZod =>
  async (app) => {
    app.decorateRequest('session', null)
    app.decorateRequest('task', null)
    await app.register(formRoutes(world))
    await app.register(stepRoutes(world))
    await app.register(portalRoutes(world))
    await app.register(callRoutes(world))
    await app.register(callPageRoutes(world))
    await app.register(securityRoutes(world))
    await app.register(sessionRoutes(world))
    await app.register(activityRoutes(world))
    await app.register(documentRoutes(world))
    await app.register(submissionRoutes(world))
    await app.register(deviceRoutes(world))
    await app.register(bindingRoutes(world))
    await app.register(changeRoutes(world))
    await app.register(contactRoutes(world))
    await app.register(addressChangeRoutes(world))
    await app.register(enrolmentRoutes(world))
    await app.register(taskRoutes(world))
    await app.register(optOutRoutes(world))
    await app.register(networksRoutes(world))
    await app.register(tradeNoticesRoutes(world))
    await app.register(alertsRoutes(world))
    await app.register(usersRoutes(world))
    await app.register(sharingRoutes(world))
    await app.register(orderRoutes(world))
    await app.register(returnRoutes(world))
    await app.register(passwordRoutes(world))
    await app.register(resetRoutes(world))
    phonePageRoutes(app)
    app.get('/', async (_request, reply) => reply.redirect('/login', 303))
    await app.register(helpRoutes(world))
    await app.register(searchRoutes(world))
    await app.register(keptRoutes)
    await app.register(connectivityRoutes(world))
    await app.register(statusRoutes(world))
    await app.register(formerAddresses(settings))
  }
