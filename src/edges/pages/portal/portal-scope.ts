import type { FastifyReply } from 'fastify'
import { STRENGTHS } from '#core/assurance.ts'
import { answers } from '#core/devices/authenticator.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import { bindingsBy } from '#engine/devices/may-bind.ts'
import { type Security, securityOf } from '#engine/devices/overview.ts'
import { statementsOf } from '#engine/documents/statements.ts'
import { destinationOf } from '#engine/login/same-browser.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { isReachable, type World } from '#engine/world.ts'
import { firstPage } from '#edges/pages/devices/enrolment-pages.ts'
import { statementsOfYear } from '#edges/pages/documents/document-pages.ts'
import { type Rung } from '#edges/pages/devices/rung.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { openSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { scopePage } from '#edges/pages/sessions/scope-page.ts'

/** A session that may do one thing: bind a second factor. */
export const isFirstBinding = ({ decision }: OpenSession): boolean =>
  decision.rights.portal === 'first-binding'

/** Every second factor that this client has or may have, the strongest first. */
export async function rungsOf(
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
      icon: method.icon,
      isAsked: method.device !== undefined,
      canBeAdded:
        isReachable(world, method) &&
        (method.bind !== undefined || method.enrol !== undefined) &&
        (isFree || held.has(method.name)),
      refused: refusedOf(method.name),
      isThere:
        held.has(method.name) || (isReachable(world, method) && method.successor === undefined),
    }))
    .filter(({ isThere }) => isThere)
    .sort((one, other) => STRENGTHS.indexOf(other.acr) - STRENGTHS.indexOf(one.acr))
}

const printedMethods = ({ methods }: World): readonly string[] =>
  [...methods.values()].flatMap(({ name, printed }) => (printed ? [name] : []))

/** What this session could print, and its holder has not. */
export async function printableBy(world: World, session: OpenSession): Promise<readonly string[]> {
  // Only temporary access ends before it is printed.
  if (session.proofs.every(({ phases }) => phases === undefined)) return []
  const now = world.now()
  const { authenticators } = await securityOf(world, session)
  const held = authenticators.filter((one) => answers(one, now)).map(({ method }) => method)
  return printedMethods(world).filter((method) => !held.includes(method))
}

/** The portal of a client who may not see all of it. */
export async function sendScope(world: World, reply: FastifyReply): Promise<FastifyReply> {
  const seen = seenBy(world, reply)
  const platforms = [...world.platforms.values()].filter(({ purpose }) => purpose === 'statements')
  const isForStatements = seen.session.decision.rights.portal === 'statements'
  const held = isForStatements ? await statementsOf(world, seen.session.subscriberId) : []
  const page = reply.page('/portal')
  const statements = held.length > 0 ? statementsOfYear(page, held, null) : null
  const printed = printedMethods(world)
  return reply.html(scopePage(page, { ...seen, platforms, statements, printed }))
}

export async function sendFirst(
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
