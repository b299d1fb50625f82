import type { AuditEvent, SessionEnd } from '#core/audit.ts'
import type { SessionId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { isOpen, SEEN_GRAIN, type Session } from '#core/session.ts'
import { after, type Instant } from '#core/time.ts'
import { secretHash } from '#engine/secrets.ts'
import { factsAsked, type OpenSession, withRights } from '#engine/rights.ts'
import { topicOfSession } from '#engine/topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { findHeldSession, type HeldSession } from '#store/facts.ts'
import { endSessions, findSessionById, listSessions, touchSession } from '#store/sessions.ts'

/**
 * The open session that this token belongs to, with what it may do now, or `null`. Being asked for keeps it
 * alive.
 */
export async function findOpenSession(world: World, token: string): Promise<OpenSession | null> {
  if (token.length > TOKEN_LENGTH_MAX) return null
  const now = world.now()
  const tokenHash = secretHash(token)
  const session = opened(await findHeldSession(world.db, { ...factsAsked(world), tokenHash }), now)
  if (!session || now < after(session.seenAt, SEEN_GRAIN)) return session
  await touchSession(world.db, session.id, now)
  return { ...session, seenAt: now }
}

const TOKEN_LENGTH_MAX = 64

/** The session of this id while it is open; for relying parties, which know no token. */
export async function findLiveSession(world: Rooms, id: SessionId): Promise<OpenSession | null> {
  return opened(await findHeldSession(world.db, { ...factsAsked(world), id }), world.now())
}

/** Calls back when a session may have ended, or what it may do may have changed: a hint to look again. */
export function watchSession(world: World, id: SessionId, listener: () => void): () => void {
  return world.wakeUps.subscribe(topicOfSession(id), listener)
}

/** With what it may do, while it is open: the rules of the account may end it earlier than those of everybody. */
function opened(held: HeldSession | null, now: Instant): OpenSession | null {
  const session = held && withRights(held, now)
  return session && isOpen(session, now, session.idle) ? session : null
}

type Rooms = Pick<World, 'db' | 'firstFactor' | 'methods' | 'now'>

async function listOpenSessions(world: World, session: Session): Promise<readonly Session[]> {
  const now = world.now()
  const all = await listSessions(world.db, session.subscriberId, now)
  return all.filter((one) => isOpen(one, now))
}

/** Ends one session of the same subscriber: this one, or another. Somebody else's does not exist. */
export async function endSession(
  world: World,
  session: Session,
  { id, by }: { readonly id: SessionId; readonly by: SessionEnd },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findSessionById(world.db, id)
  if (found?.subscriberId !== session.subscriberId) return refusal('session.not-found')
  await end(world, [found], { by, within: session.id })
  return { ok: true }
}

/** Ends every other session of the subscriber; says how many. */
export async function endOtherSessions(world: World, session: Session): Promise<number> {
  return await endEvery(world, session, ({ id }) => id !== session.id)
}

/** Ends every session of the subscriber, this one among them; says how many. */
export async function endAllSessions(world: World, session: Session): Promise<number> {
  return await endEvery(world, session, () => true)
}

/** A list is limited, and a login may be completed while it is read: looks until nothing is left. */
async function endEvery(
  world: World,
  session: Session,
  isMeant: (one: Session) => boolean,
): Promise<number> {
  let count = 0
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const open = (await listOpenSessions(world, session)).filter(isMeant)
    if (open.length === 0) break
    count += await end(world, open, { by: 'holder', within: session.id })
  }
  return count
}

/** Of a hundred sessions each: more than anybody has. */
const ROUNDS_MAX = 10

async function end(
  world: World,
  sessions: readonly Session[],
  how: { readonly by: SessionEnd; readonly within: SessionId },
): Promise<number> {
  if (sessions.length === 0) return 0
  const events = sessions.map(
    ({ id, subscriberId }): AuditEvent => ({
      ...{ kind: 'session.ended', subscriberId, sessionId: id, ...how },
    }),
  )
  const ids = sessions.map(({ id }) => id)
  const ended = await endSessions(world.db, { ids, now: world.now(), events })
  for (const id of ids) world.wakeUps.publish(topicOfSession(id))
  return ended
}
