import type { SessionId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import { obstacleAt } from '#core/sessions/rights.ts'
import { expiryOf } from '#core/sessions/session.ts'
import { after, earlier, type Instant, seconds } from '#core/time/time.ts'
import { newSecret } from '#engine/secrets.ts'
import { membersOf, type Shelf, sessionOfGrant, shelfOf } from '#engine/sessions/relying-parties.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findLiveSession, seeSession } from '#engine/sessions/sessions.ts'
import { refusal, type World } from '#engine/world.ts'

/**
 * Who comes in at the gateway of the trading platforms, and until when (R158).
 *
 * A program shows what it holds: the token of its session, or the access token of a platform. A
 * page in a browser shows a ticket, which its platform has fetched for it: so the token that opens
 * more stays with the platform.
 */

/** How long a ticket waits to be used. */
const TICKET_LIFETIME = seconds(30)

/** The longest of what is shown here. */
const SHOWN_LENGTH_MAX = 64
const SHOWN = /^[\w-]+$/

/** The model under which the provider keeps the access tokens of platforms. */
const ACCESS_TOKEN = 'AccessToken'
const TICKET = 'GatewayTicket'

/** What may come in now. */
export interface Admitted {
  readonly ok: true
  readonly session: OpenSession
  /** When to look again without being told. */
  readonly until: Instant
}

export interface NotAdmitted {
  readonly ok: false
  readonly problem: Problem
}

export interface Ticket {
  readonly ok: true
  readonly ticket: string
  readonly expiresAt: Instant
}

/** A ticket for the session that this token belongs to; it is used once, within half a minute. */
export async function makeTicket(
  world: World,
  token: string,
  address?: string,
): Promise<Ticket | NotAdmitted> {
  const shown = await admitToken(world, token, address)
  if (!shown.ok) return shown
  const ticket = newSecret(world.random)
  const expiresAt = after(world.now(), TICKET_LIFETIME)
  const about = { expiresIn: TICKET_LIFETIME }
  const isKept = await tickets(world).put(ticket, { sessionId: shown.session.id }, about)
  return isKept ? { ok: true, ticket, expiresAt } : refusal('session.conflict')
}

/** Uses up a ticket: a second showing is refused, also where both come at once. */
export async function admitTicket(
  world: World,
  ticket: string,
  address: string,
): Promise<Admitted | NotAdmitted> {
  if (!isShown(ticket)) return refusal('session.missing')
  const found = await tickets(world).find(ticket)
  if (!found || !(await tickets(world).take(ticket))) return refusal('session.missing')
  const { sessionId } = found.payload as { readonly sessionId: SessionId }
  return await admitSession(world, sessionId, address)
}

/** The session of a program, or the one that has given this access token. */
export async function admitToken(
  world: World,
  token: string,
  address?: string,
): Promise<Admitted | NotAdmitted> {
  if (!isShown(token)) return refusal('session.missing')
  const own = await seeSession(world, token, { address })
  if (own) return isTrading(world, own.platform) ? admitted(own) : refusal('session.missing')
  const id = await sessionOfAccess(world, token)
  return id ? await admitSession(world, id, address) : refusal('session.missing')
}

/** The same session, looked at again while it is connected. */
export async function admitSession(
  world: World,
  id: SessionId,
  address?: string,
): Promise<Admitted | NotAdmitted> {
  const session = await findLiveSession(world, id, address)
  return session ? admitted(session) : refusal('session.missing')
}

function admitted(session: OpenSession): Admitted | NotAdmitted {
  const obstacle = obstacleAt({ purpose: 'trading' }, session.decision)
  if (obstacle) return refusal(obstacle.problem)
  const { until } = session.decision
  const ends = expiryOf(session, session.idle)
  return { ok: true, session, until: until === null ? ends : earlier(until, ends) }
}

/**
 * A token that is bound to a key is not valid without a proof of that key, and none is asked for
 * here (RFC 9449, section 7.1). Its grant is looked at as well: it ends with the session.
 */
async function sessionOfAccess(world: World, token: string): Promise<SessionId | null> {
  const found = await shelfOf(world, ACCESS_TOKEN).find(token)
  const { grantId, clientId, jkt } = membersOf(found?.payload ?? null)
  if (typeof grantId !== 'string' || typeof clientId !== 'string' || jkt !== undefined) return null
  if (!isTrading(world, clientId)) return null
  const grant = await shelfOf(world, 'Grant').find(grantId)
  return grant && sessionOfGrant(grantId)
}

/** What was given for the portal, or for statements, opens no trading. */
const isTrading = ({ platforms }: World, id: string): boolean =>
  platforms.get(id)?.purpose === 'trading'

const tickets = (world: World): Shelf => shelfOf(world, TICKET)

const isShown = (text: string): boolean => text.length <= SHOWN_LENGTH_MAX && SHOWN.test(text)
