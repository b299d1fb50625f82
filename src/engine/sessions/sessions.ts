import type { AuditEvent } from '#core/audit/audit.ts'
import type { SessionEnd } from '#core/sessions/events.ts'
import type { SessionId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { isOpen, SEEN_GRAIN, type Session, SESSION_ABSOLUTE } from '#core/sessions/session.ts'
import { after, type Instant } from '#core/time/time.ts'
import type { Ending } from '#core/sessions/under-way.ts'
import { retryStale } from '#engine/retry.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { tooManyEnded } from '#engine/rate-limits.ts'
import { secretHash } from '#engine/secrets.ts'
import { factsAsked, type OpenSession, withRights } from '#engine/sessions/rights.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'
import { findHeldSession, type HeldSession } from '#store/subscribers/session-facts.ts'
import { findSessionById, listSessions, touchSession } from '#store/sessions/sessions.ts'

/**
 * The open session that this token belongs to, with what it may do now, or `null`. Being asked for
 * keeps it alive.
 *
 * @param address where its holder is now, for a caller who knows; otherwise where it was opened
 *   decides whether it may trade from there (R130).
 */
export async function findOpenSession(
  world: World,
  token: string,
  address?: string,
): Promise<OpenSession | null> {
  const now = world.now()
  const session = await seeSession(world, token, { now, address })
  if (!session || now < after(session.seenAt, SEEN_GRAIN)) return session
  await touchSession(world.db, session.id, now)
  return { ...session, seenAt: now }
}

/** The same for a page that waits, and not its holder, asks: it keeps no session alive. */
export async function seeSession(
  world: World,
  token: string,
  { now = world.now(), address }: { readonly now?: Instant; readonly address?: string | undefined },
): Promise<OpenSession | null> {
  if (token.length > TOKEN_LENGTH_MAX) return null
  const tokenHash = secretHash(token)
  const held = await findHeldSession(world.db, { ...factsAsked(world), tokenHash })
  return opened(world, held, { now, address })
}

const TOKEN_LENGTH_MAX = 64

/** The session of this id while it is open; for relying parties, which know no token. */
export async function findLiveSession(
  world: Rooms,
  id: SessionId,
  address?: string,
): Promise<OpenSession | null> {
  const held = await findHeldSession(world.db, { ...factsAsked(world), id })
  return opened(world, held, { now: world.now(), address })
}

/**
 * The session of this id until it is ended or as old as any may be, however long it was not used:
 * for what it has asked for and its client completes elsewhere, such as on a phone.
 */
export async function findLastingSession(world: Rooms, id: SessionId): Promise<OpenSession | null> {
  const held = await findHeldSession(world.db, { ...factsAsked(world), id })
  if (!held) return null
  const now = world.now()
  const { endedAt, openedAt } = held.session
  return endedAt === null && now < after(openedAt, SESSION_ABSOLUTE)
    ? withRights(world, held, { now })
    : null
}

/**
 * Calls back when a session may have ended, or what it may do may have changed: a hint to look
 * again.
 */
export function watchSession(
  world: World,
  { subscriberId }: Pick<Session, 'subscriberId'>,
  listener: () => void,
): () => void {
  return world.wakeUps.subscribe(topicOfClient(subscriberId), listener)
}

/**
 * With what it may do, while it is open: the rules that apply to its client may end it earlier than
 * the general ones.
 */
function opened(
  world: Pick<World, 'settings'>,
  held: HeldSession | null,
  looking: Parameters<typeof withRights>[2],
): OpenSession | null {
  const session = held && withRights(world, held, looking)
  return session && isOpen(session, looking.now, session.idle) ? session : null
}

type Rooms = Pick<World, 'db' | 'firstFactor' | 'methods' | 'now' | 'settings'>

async function listOpenSessions(world: World, session: Session): Promise<readonly Session[]> {
  const now = world.now()
  const all = await listSessions(world.db, session.subscriberId, now)
  return all.filter((one) => isOpen(one, now))
}

/**
 * Ends one session of the same subscriber: this one, or another. One of another client does not
 * exist.
 */
export async function endSession(
  world: World,
  session: Session,
  { id, by }: { readonly id: SessionId; readonly by: SessionEnd },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findSessionById(world.db, id)
  if (found?.subscriberId !== session.subscriberId) return refusal('session.not-found')
  const waits = id === session.id ? null : await tooManyEnded(world, session.id)
  if (waits) return waits
  const act = by === 'log-out' ? 'log-out' : 'session-ended'
  return await end(world, [found], { act, by, asking: session })
}

/**
 * Ends every other session of the subscriber, and what is half begun; says how many.
 * `session.conflict` where this session was ended at the same moment: then it ends no other.
 */
export async function endOtherSessions(
  world: World,
  session: Session,
): Promise<{ readonly ok: true; readonly count: number } | Refusal> {
  const waits = await tooManyEnded(world, session.id)
  if (waits) return waits
  const count = await endEvery(world, session, 'others-ended')
  return count === 'over' ? refusal('session.conflict') : { ok: true, count }
}

/**
 * Ends every session of the subscriber; says how many. It is never refused: this one is among them.
 */
export async function endAllSessions(world: World, session: Session): Promise<number> {
  const count = await endEvery(world, session, 'all-ended')
  return count === 'over' ? 0 : count
}

/**
 * A list is limited, and a login may be completed while it is read: looks until nothing is left.
 *
 * @returns `over` when the session that asks has ended, and the act rests on it.
 */
async function endEvery(
  world: World,
  session: Session,
  act: 'others-ended' | 'all-ended',
): Promise<number | 'over'> {
  let count = 0
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const all = await listOpenSessions(world, session)
    const open = all.filter(({ id }) => act === 'all-ended' || id !== session.id)
    // The first time it is done whatever there is: what is half begun ends as well.
    if (open.length === 0 && round > 0) break
    const ended = await end(world, open, { act, by: 'holder', asking: session })
    if (ended.ok) count += open.length
    else if (act === 'others-ended' && (await isOver(world, session.id))) return 'over'
    else if (round === ROUNDS_MAX - 1) throw new Error('sessions that could not be ended')
  }
  return count
}

const isOver = async ({ db }: World, id: SessionId): Promise<boolean> =>
  (await findSessionById(db, id))?.endedAt !== null

/** Of a hundred sessions each: more than a client has. */
const ROUNDS_MAX = 10

interface EndingSessions {
  /** What ends beside the sessions follows from it. */
  readonly act: Extract<Ending, 'log-out' | 'session-ended' | 'others-ended' | 'all-ended'>
  readonly by: SessionEnd
  readonly asking: Session
}

async function end(
  world: World,
  sessions: readonly Session[],
  { act, by, asking: { id: within, subscriberId } }: EndingSessions,
): Promise<{ readonly ok: true } | Refusal> {
  const ids = sessions.map(({ id }) => id)
  const done = await retryStale<{ readonly ok: true } | Refusal>('session.conflict', async () => {
    const devices = await devicesEndedBy(world, {
      by: act,
      subscriberId,
      actor: 'session',
      within,
      isOf: (id) => (act === 'others-ended' ? id !== within : ids.includes(id)),
    })
    const events = ids.map(
      (sessionId): AuditEvent => ({ kind: 'session.ended', subscriberId, sessionId, by, within }),
    )
    const written = await commitAuthenticators(world.db, {
      now: world.now(),
      changed: devices.changed,
      ended: {
        by: act,
        subscriberId,
        sessions: ids,
        stamp: devices.stamp,
        ...(act === 'others-ended' && { within }),
      },
      events: [...events, ...devices.events],
    })
    if (!written) return 'stale'
    return { ok: true }
  })
  world.wakeUps.publish(topicOfClient(subscriberId))
  return done
}
