import { isId, type Random, type SessionId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { obstacleAt } from '#core/sessions/rights.ts'
import { isOpen, SEEN_GRAIN, type Session } from '#core/sessions/session.ts'
import type { Task } from '#core/tasks/task.ts'
import { after, type Millis } from '#core/time/time.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { newSecret } from '#engine/secrets.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import {
  consumeOidc,
  destroyOidc,
  findOidc,
  findOidcByUid,
  findOidcByUserCode,
  type OidcPayload,
  type OidcUpsert,
  revokeGrant,
  upsertOidc,
} from '#store/sessions/oidc-payloads.ts'
import { touchSession } from '#store/sessions/sessions.ts'
import { findTaskUsedFor } from '#store/tasks/tasks.ts'

/**
 * What relying parties hold of a session: codes, grants and tokens.
 *
 * A grant bears the name of the session that gave it, and is found only while that session is open.
 * Every token is looked at together with its grant, so a session that ends takes everything back at
 * once, whichever node ended it and however: there is no second truth to keep in step (S95). The
 * same look asks what the session may do now, so a right that ends takes back what it had opened.
 */

/** A relying party asks about a client who is active there: their session goes on. */
export async function noteUse(world: World, session: Session): Promise<void> {
  const now = world.now()
  if (!isOpen(session, now) || now < after(session.seenAt, SEEN_GRAIN)) return
  await touchSession(world.db, session.id, now)
}

/** The name of a new grant: 256 random bits, after the session that gives it. */
export const newGrantId = (random: Random, session: Pick<Session, 'id'>): string =>
  `${session.id}.${newSecret(random)}`

/**
 * The name of a grant that a task is used for; it says so, for tokens are asked about all the time.
 */
export const newTaskGrantId = (random: Random, session: Pick<Session, 'id'>): string =>
  `${newGrantId(random, session)}${OF_TASK}`

const OF_TASK = '.task'

export const isOfTask = (grantId: string | undefined): boolean =>
  grantId?.endsWith(OF_TASK) ?? false

/** The task that a grant was given for, or `null` for one that only says who the client is. */
export const findTaskOfGrant = async (world: World, grantId: string): Promise<Task | null> =>
  isOfTask(grantId) ? await findTaskUsedFor(world.db, grantId) : null

/** The session that gave a grant, or `null` for what is no name of a grant. */
export function sessionOfGrant(grantId: string): SessionId | null {
  const [id = ''] = grantId.split('.', 1)
  return isId('ses', id) ? id : null
}

/** The model whose rows are grants; every other one names the grant it belongs to. */
const GRANT = 'Grant'

/** Where one kind of what relying parties hold is kept. */
export interface Shelf {
  /**
   * @returns `false` for what may not be written any more: it is there, was used, or was decided.
   */
  put(id: string, payload: Json, about: About): Promise<boolean>
  find(id: string): Promise<OidcPayload | null>
  findByUid(uid: string): Promise<OidcPayload | null>
  findByUserCode(userCode: string): Promise<OidcPayload | null>
  /** @returns `false` for the second use, which has revoked all that the first one gave (S95). */
  consume(id: string): Promise<boolean>
  /** As `consume`, for what has given nothing that a second use could take back. */
  take(id: string): Promise<boolean>
  destroy(id: string): Promise<void>
  revoke(grantId: string): Promise<void>
}

export interface About extends Pick<OidcUpsert, 'written' | 'step'> {
  readonly expiresIn: Millis | null
  readonly grantId?: string
  readonly uid?: string
  readonly userCode?: string
}

export function shelfOf({ db, now, ...world }: World, model: string): Shelf {
  return {
    async put(id, payload, { expiresIn, ...about }) {
      const expiresAt = expiresIn === null ? null : after(now(), expiresIn)
      const upsert = { model, id, payload, expiresAt, ...about }
      if (model !== GRANT) return await upsertOidc(db, upsert, now())
      const sessionId = sessionOfGrant(id)
      if (!sessionId) throw new Error('a grant that no session gave')
      return await upsertOidc(db, { ...upsert, grantId: id, givenBy: sessionId }, now())
    },
    async find(id) {
      const found = await findOidc(db, { model, id }, now())
      if (!found || model !== GRANT) return found
      const sessionId = sessionOfGrant(id)
      const session = sessionId && (await findLiveSession({ db, now, ...world }, sessionId))
      return session && isAdmitted(world, session, found.payload) ? found : null
    },
    findByUid: (uid) => findOidcByUid(db, { model, uid }, now()),
    findByUserCode: (userCode) => findOidcByUserCode(db, { model, userCode }, now()),
    async consume(id) {
      if (await consumeOidc(db, { model, id }, now())) return true
      const found = await findOidc(db, { model, id }, now())
      const grantId = grantOf(found?.payload ?? null)
      if (grantId !== null) await revokeGrant(db, grantId)
      return false
    },
    take: (id) => consumeOidc(db, { model, id }, now()),
    destroy: (id) => destroyOidc(db, { model, id }),
    revoke: (grantId) => revokeGrant(db, grantId),
  }
}

/** A grant is not valid while its session may not come in where it leads (R026 to R028). */
function isAdmitted(
  { platforms }: Pick<World, 'platforms'>,
  { decision }: OpenSession,
  payload: Json,
): boolean {
  const platform = platforms.get(textIn(payload, 'clientId') ?? '')
  return platform !== undefined && obstacleAt(platform, decision) === null
}

const grantOf = (payload: Json): string | null => textIn(payload, 'grantId')

function textIn(payload: Json, name: string): string | null {
  const { [name]: value } = membersOf(payload)
  return typeof value === 'string' ? value : null
}

/** Of what is kept; none where it is no object. */
export const membersOf = (payload: Json): { readonly [name: string]: Json | undefined } =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload)
    ? (payload as { readonly [name: string]: Json })
    : {}
