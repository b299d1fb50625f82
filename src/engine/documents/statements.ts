import { isAgentId } from '#core/agent.ts'
import {
  describedAs,
  isPdf,
  type Statement,
  STATEMENT_LENGTH_BYTES_MAX,
  STATEMENTS_MAX,
} from '#core/documents/statement.ts'
import type { Actor } from '#core/events/event.ts'
import { isId, newId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { minutes } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { refusal, type World } from '#engine/world.ts'
import {
  addStatement as writeStatement,
  contentHashOf,
  deleteStatement,
  findOwnStatement,
  findStatement,
  listStatements,
  readStatement,
  recordDownload,
  type StoredStatement,
} from '#store/documents/statements.ts'

/**
 * Statements for clients: the back office puts them here and takes them away, their client takes
 * copies.
 */

export type FoundStatement = { readonly ok: true; readonly statement: Statement } | Refusal

/** Who of the back office does it. */
interface Doing {
  readonly by: Actor
  readonly agent?: string
}

export interface NewStatement extends Doing, Pick<Statement, 'subscriberId' | 'kind'> {
  readonly name: string
  readonly day: string
  readonly bytes: Uint8Array
}

/** Puts a file before its client. Sent twice, the second finds done what the first one did. */
export async function addStatement(world: World, given: NewStatement): Promise<FoundStatement> {
  const { subscriberId, kind, bytes, agent } = given
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  if (bytes.length > STATEMENT_LENGTH_BYTES_MAX) return refusal('statement.too-large')
  if (!isPdf(bytes)) return refusal('statement.not-a-pdf')
  const said = describedAs(given, world.now())
  if (!said) return refusal('statement.malformed')
  const facts = { kind, ...said, lengthBytes: bytes.length }
  const contentHash = contentHashOf(world.db, { subscriberId, bytes })
  return await retryStale<FoundStatement>('statement.conflict', async () => {
    const held = await listStatements(world.db, subscriberId)
    const same = held.find((one) => one.contentHash === contentHash)
    if (same) return isSaid(same, facts) ? found(same) : refusal('statement.taken')
    const slot = freeSlot(held)
    if (slot === null) return refusal('statement.too-many')
    const addedAt = world.now()
    const id = newId('stm', addedAt, world.random)
    const statement = { id, subscriberId, ...facts, addedAt, slot, contentHash }
    const about = { ...aboutOf(statement, given), contentHash }
    const event = { kind: 'statement.added', subscriberId, ...about } as const
    const done = await writeStatement(world.db, { statement, bytes, event })
    return done ? found(statement) : 'stale'
  })
}

/** What a reader sees of it: not where it lies. */
function found(stored: StoredStatement): FoundStatement {
  const { slot: _, contentHash: __, ...statement } = stored
  return { ok: true, statement }
}

const isSaid = (held: Statement, said: Pick<Statement, 'kind' | 'name' | 'day'>): boolean =>
  held.kind === said.kind && held.name === said.name && held.day === said.day

function freeSlot(held: readonly StoredStatement[]): number | null {
  const taken = new Set(held.map(({ slot }) => slot))
  for (let slot = 1; slot <= STATEMENTS_MAX; slot += 1) if (!taken.has(slot)) return slot
  return null
}

const aboutOf = ({ id, kind }: Pick<Statement, 'id' | 'kind'>, { by, agent }: Doing) => ({
  statementId: id,
  statement: kind,
  by,
  ...(agent !== undefined && isAgentId(agent) && { agent }),
})

/** All statements of a client, the latest first. */
export async function statementsOf(
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly Statement[]> {
  const held = await listStatements(world.db, subscriberId)
  return held.toSorted(
    (one, other) =>
      order(other.day, one.day) || order(one.kind, other.kind) || order(one.id, other.id),
  )
}

const order = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

/** Takes a statement away from its client, for good. */
export async function removeStatement(
  world: World,
  { id, ...doing }: Doing & { readonly id: string },
): Promise<FoundStatement> {
  if (doing.agent !== undefined && !isAgentId(doing.agent)) return refusal('desk.not-an-agent')
  const held = isId('stm', id) ? await findStatement(world.db, id) : null
  if (!held) return refusal('statement.not-found')
  const { subscriberId } = held
  const event = { kind: 'statement.removed', subscriberId, ...aboutOf(held, doing) } as const
  const done = await deleteStatement(world.db, { id: held.id, now: world.now(), event })
  return done ? found(held) : refusal('statement.not-found')
}

export type TakenStatement =
  | { readonly ok: true; readonly statement: Statement; readonly bytes: Uint8Array }
  | Refusal

/** Every month of five years at once. */
const DOWNLOADS = { name: 'statement-download', count: 60, per: minutes(10) } as const

/**
 * A copy for the client whose session asks. One of another client, and one that is not there, are
 * answered alike.
 */
export async function takeStatement(
  world: World,
  session: Pick<Session, 'id' | 'subscriberId'>,
  id: string,
): Promise<TakenStatement> {
  const { subscriberId, id: within } = session
  const taken = await world.limits.take(DOWNLOADS, subscriberId)
  if (!taken.ok) return { ...taken, problem: 'request.too-many' }
  const held = isId('stm', id) ? await findOwnStatement(world.db, { id, subscriberId }) : null
  if (!held) return refusal('statement.not-found')
  const bytes = await readStatement(world.db, held)
  if (!bytes) return refusal('statement.not-found')
  const about = { statementId: held.id, statement: held.kind }
  const event = { kind: 'statement.downloaded', subscriberId, within, ...about } as const
  const done = await recordDownload(world.db, { id: held.id, within, now: world.now(), event })
  if (done) return { ok: true, statement: held, bytes }
  const isThere = (await findOwnStatement(world.db, held)) !== null
  return refusal(isThere ? 'session.missing' : 'statement.not-found')
}
