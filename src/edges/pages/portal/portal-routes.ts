import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { STRENGTHS } from '#core/assurance.ts'
import { answers } from '#core/devices/authenticator.ts'
import { isId } from '#core/ids.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import {
  forgetBrowsers,
  type Security,
  overviewOf,
  securityOf,
  setSeamless,
} from '#engine/devices/overview.ts'
import { bindingsBy } from '#engine/devices/may-bind.ts'
import { returnsOf, showing } from '#engine/orders/fulfilment.ts'
import { isEntitled, ordersOf } from '#engine/orders/orders.ts'
import { lossPreviewIn } from '#engine/devices/loss-preview.ts'
import { type OpenSession, rightsByStrength } from '#engine/sessions/rights.ts'
import { endAllSessions, endOtherSessions, endSession } from '#engine/sessions/sessions.ts'
import { setLanguage } from '#engine/subscribers/subscribers.ts'
import { destinationOf } from '#engine/login/same-browser.ts'
import { resumeTexts } from '#engine/contact/text-opt-out.ts'
import { stopSuccessor } from '#engine/devices/migration.ts'
import { isReachable, type World } from '#engine/world.ts'
import { clearCookie, setCookie } from '#edges/http/client/cookies.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { firstPage } from '#edges/pages/devices/enrolment-pages.ts'
import { everywhereOutPage } from '#edges/pages/login/login-endings.ts'
import type { OrderingFacts } from '#edges/pages/orders/order-status.ts'
import {
  BINDING,
  EVERY_SESSION,
  LEAVING,
  openSession,
  requireSession,
  seenBy,
} from '#edges/pages/sessions/require-session.ts'
import { overviewPage } from '#edges/pages/portal/overview-page.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { scopePage } from '#edges/pages/sessions/scope-page.ts'
import { securityPage } from '#edges/pages/portal/security-page.ts'
import { type Rung } from '#edges/pages/devices/rung.ts'

const SessionAddress = z.object({ id: z.string().refine((text) => isId('ses', text)) })
const BrowserAddress = z.object({ id: z.string().refine((text) => isId('brw', text)) })
const Empty = z.strictObject({})
const Seamless = z.strictObject({ seamless: z.enum(['on', 'off']) })
const DONE = [
  'renamed',
  'removed',
  'stopped',
  'reactivated',
  'bound',
  'ended',
  'ended-others',
  'forgotten',
  'forgotten-one',
  'cancelled',
  'saved',
  'changed',
  'opted-out',
  'opted-in',
  'successor-stopped',
  'password',
  'contact-mobile',
  'contact-email',
  'leave-given',
  'leave-taken',
  'texts-resumed',
  'returning',
] as const
const Shown = z.object({ done: z.enum(DONE).optional().catch(undefined) })

/** A session that may do one thing: bind a second factor. */
const isFirstBinding = ({ decision }: OpenSession): boolean =>
  decision.rights.portal === 'first-binding'

/** The client portal: who is logged in, and how. */
export const portalRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    app.get('/portal', { config: EVERY_SESSION }, async (request, reply) => {
      const session = openSession(request)
      if (isFirstBinding(session)) {
        return await sendFirst(world, reply, await securityOf(world, session))
      }
      if (session.decision.rights.portal !== 'full') return sendScope(world, reply)
      const overview = await overviewOf(world, session)
      const printable = await printableBy(world, session)
      const facts = { ...overview, printable }
      return reply.html(overviewPage(reply.page('/portal'), seenBy(world, reply), facts))
    })

    const shown = { config: BINDING, schema: { querystring: Shown } }
    app.get('/portal/security', shown, async (request, reply) => {
      const session = openSession(request)
      const security = await securityOf(world, session)
      if (isFirstBinding(session)) return await sendFirst(world, reply, security)
      if (session.decision.rights.portal !== 'full') return sendScope(world, reply)
      const page = reply.page('/portal/security')
      const named = (id: string) => platformName(world, id, page.texts.language)
      const { done = null } = request.query
      const rungs = await rungsOf(world, session, security)
      const rightsBy = await rightsByStrength(world, session)
      const lossPreview = lossPreviewIn(world, security)
      const ordering = await orderingOf(world, session)
      const seen = { security, rungs, lossPreview, ordering, rightsBy }
      const facts = { ...seen, platformName: named, done }
      return reply.html(securityPage(page, { ...seenBy(world, reply), ...facts }))
    })

    app.post(
      '/portal/log-out',
      { config: LEAVING, schema: { body: Empty } },
      async (request, reply) => {
        const session = openSession(request)
        await endSession(world, session, { id: session.id, by: 'log-out' })
        clearCookie(reply, 'session')
        return reply.redirect('/login?platform=portal', 303)
      },
    )

    await app.register(languageRoutes(world))
    await app.register(sessionRoutes(world))
    await app.register(pressRoutes(world))
  }

/** Pages of a session, and nothing else: a client who switches comes back to where they were. */
const HERE = /^\/(?:portal|tasks)[\w/-]*(?:\?[\w=&-]*)?$/
const Spoken = z.strictObject({
  language: z.enum(LANGUAGES),
  to: z.string().max(200).regex(HERE).catch('/portal'),
})

/** In which language we speak to a client, here and everywhere else (R170). */
const languageRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/portal/language',
      { config: LEAVING, schema: { body: Spoken } },
      async (request, reply) => {
        const { subscriber, id: within } = openSession(request)
        const { language, to } = request.body
        const set = await setLanguage(world, { id: subscriber.id, language, by: 'holder', within })
        if (!set.ok) return sendRefusal(reply, set)
        setCookie(reply, 'language', language)
        return reply.redirect(to, 303)
      },
    )
  }

/** Sessions: ending one, all others, or all. */
const sessionRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/portal/security/sessions/:id/end',
      { schema: { params: SessionAddress, body: Empty } },
      async (request, reply) => {
        const id = request.params.id
        const ended = await endSession(world, openSession(request), { id, by: 'holder' })
        if (!ended.ok) return sendRefusal(reply, ended)
        return reply.redirect('/portal/security?done=ended', 303)
      },
    )

    app.post(
      '/portal/security/sessions/end-others',
      { schema: { body: Empty } },
      async (request, reply) => {
        const ended = await endOtherSessions(world, openSession(request))
        if (!ended.ok) return sendRefusal(reply, ended)
        return reply.redirect('/portal/security?done=ended-others', 303)
      },
    )

    // A page and no redirection: only the client who has just done this reads that it was done.
    app.post(
      '/portal/security/sessions/end-all',
      { schema: { body: Empty } },
      async (request, reply) => {
        await endAllSessions(world, openSession(request))
        clearCookie(reply, 'session')
        return reply.html(everywhereOutPage(reply.page('/portal')))
      },
    )
  }

/**
 * What else is switched or ended with one press: the question of a known device, a phone that
 * waits, browsers.
 */
const pressRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/portal/security/seamless',
      { schema: { body: Seamless } },
      async (request, reply) => {
        const wanted = request.body.seamless === 'on'
        const set = await setSeamless(world, openSession(request), wanted)
        if (!set.ok) return sendRefusal(reply, set)
        return reply.redirect('/portal/security?done=saved', 303)
      },
    )

    // A client who logged in with two factors may stop a phone that waits, and to stop is never
    // dangerous (S70).
    app.post(
      '/portal/security/successor/stop',
      { schema: { body: Empty } },
      async (request, reply) => {
        const { subscriberId, id } = openSession(request)
        const stopped = await stopSuccessor(world, { subscriberId, by: 'session', spare: id })
        if (!stopped.ok) return sendRefusal(reply, stopped)
        return reply.redirect('/portal/security?done=successor-stopped', 303)
      },
    )

    app.post(
      '/portal/security/texts/resume',
      { schema: { body: Empty } },
      async (request, reply) => {
        const resumed = await resumeTexts(world, openSession(request))
        if (!resumed.ok) return sendRefusal(reply, resumed)
        return reply.redirect('/portal/security?done=texts-resumed', 303)
      },
    )

    app.post(
      '/portal/security/browsers/forget',
      { schema: { body: Empty } },
      async (request, reply) => {
        await forgetBrowsers(world, openSession(request))
        clearCookie(reply, 'browser')
        return reply.redirect('/portal/security?done=forgotten', 303)
      },
    )

    app.post(
      '/portal/security/browsers/:id/forget',
      { schema: { params: BrowserAddress, body: Empty } },
      async (request, reply) => {
        const session = openSession(request)
        const { id } = request.params
        await forgetBrowsers(world, session, id)
        if (session.origin.browserId === id) clearCookie(reply, 'browser')
        return reply.redirect('/portal/security?done=forgotten-one', 303)
      },
    )
  }

/** Every second factor that this client has or may have, the strongest first. */
async function rungsOf(
  world: World,
  session: OpenSession,
  { authenticators, subscriber }: Security,
): Promise<readonly Rung[]> {
  const all = [...world.methods.values()].filter(({ secondFactor }) => secondFactor)
  const bindings = await bindingsBy(world, session, all)
  const refusedOf = (name: string) => {
    const binding = bindings.get(name)
    return binding && !binding.ok ? binding : null
  }
  const held = new Set(authenticators.map(({ method }) => method))
  // Something beside what they hold is for the primary user to allow.
  const isFree = held.size === 0 || mayChangeSettings(subscriber, world.now())
  return all
    .map((method) => ({
      method: method.name,
      acr: method.acr,
      isRestricted: method.restricted ?? false,
      verifies: method.verifies !== undefined,
      standsIn: method.standsIn ?? false,
      isAsked: method.device !== undefined,
      canBeAdded:
        isReachable(world, method) &&
        (method.bind !== undefined || method.enrol !== undefined) &&
        (isFree || held.has(method.name)),
      refused: refusedOf(method.name),
      isThere: isReachable(world, method) || held.has(method.name),
    }))
    .filter(({ isThere }) => isThere)
    .sort((one, other) => STRENGTHS.indexOf(other.acr) - STRENGTHS.indexOf(one.acr))
}

const printedMethods = ({ methods }: World): readonly string[] =>
  [...methods.values()].flatMap(({ name, printed }) => (printed ? [name] : []))

/** What was ordered, what goes back, and whether another is offered. */
async function orderingOf(world: World, session: OpenSession): Promise<OrderingFacts> {
  const [orders, tokens] = await Promise.all([ordersOf(world, session), returnsOf(world, session)])
  const returns = tokens.map((token) => ({
    ...token,
    ...showing(world, token.returningAt ?? world.now()),
  }))
  return { orders, returns, isEntitled: isEntitled(world, session) }
}

/** What this session could print, and its holder has not. */
async function printableBy(world: World, session: OpenSession): Promise<readonly string[]> {
  // Only temporary access ends before it is printed.
  if (session.proofs.every(({ phases }) => phases === undefined)) return []
  const now = world.now()
  const { authenticators } = await securityOf(world, session)
  const held = authenticators.filter((one) => answers(one, now)).map(({ method }) => method)
  return printedMethods(world).filter((method) => !held.includes(method))
}

/** The portal of a client who may not see all of it. */
function sendScope(world: World, reply: FastifyReply): FastifyReply {
  const seen = seenBy(world, reply)
  const statements = [...world.platforms.values()].filter(({ purpose }) => purpose === 'statements')
  const printed = printedMethods(world)
  return reply.html(scopePage(reply.page('/portal'), { ...seen, statements, printed }))
}

async function sendFirst(
  world: World,
  reply: FastifyReply,
  security: Security,
): Promise<FastifyReply> {
  const seen = seenBy(world, reply)
  const all = await rungsOf(world, openSession(reply.request), security)
  // What stands in for a permanent one is not what a first one is; with a password alone there is
  // nothing it could stand in for.
  const isProven = seen.session.proofs.length > 1
  const rungs = all.filter(({ canBeAdded, standsIn }) => canBeAdded && (isProven || !standsIn))
  const standIns = new Set(all.flatMap(({ method, standsIn }) => (standsIn ? [method] : [])))
  const isBound = security.authenticators.some(
    ({ lifecycle, method }) => lifecycle === 'active' && !standIns.has(method),
  )
  const waiting = (await destinationOf(world, seen.session))?.afterSetUp
  const page = reply.page('/portal')
  const goesOnTo = waiting === undefined ? null : platformName(world, waiting, page.texts.language)
  return reply.html(firstPage(page, { ...seen, rungs, isBound, goesOnTo }))
}
