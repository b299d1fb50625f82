import { isAgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import { isId, type LetterId } from '#core/ids.ts'
import type { Letter } from '#core/notices/letter.ts'
import type { Refusal } from '#core/problems.ts'
import { type Millis, millis } from '#core/time/time.ts'
import { refusal, type World } from '#engine/world.ts'
import {
  countWaitingLetters,
  findLetter,
  listWaitingLetters,
  markPosted,
} from '#store/notices/letters.ts'

/**
 * Notices that go by post: the operator asks for what waits, prints it, and reports what was
 * posted.
 */

/** A stack that one person prints and folds at a time. */
export const LETTERS_MAX = 100

export async function waitingLetters(
  world: World,
  after: LetterId | null,
): Promise<readonly Letter[]> {
  return await listWaitingLetters(world.db, { after, limit: LETTERS_MAX })
}

/** How many letters wait to be posted, and for how long the oldest has. */
export interface Backlog {
  readonly count: number
  readonly oldestFor: Millis
}

/** What the operator's monitoring is told. */
export async function letterBacklog(world: World): Promise<Backlog> {
  const { count, oldest } = await countWaitingLetters(world.db)
  return { count, oldestFor: millis(oldest === null ? 0 : Math.max(0, world.now() - oldest)) }
}

type Found = { readonly ok: true; readonly letter: Letter } | Refusal

/** A letter, posted or not: a spoilt sheet is printed once more. */
export async function getLetter(world: World, id: string): Promise<Found> {
  const letter = isId('ltr', id) ? await findLetter(world.db, id) : null
  return letter ? { ok: true, letter } : refusal('letter.not-found')
}

/** It was posted. Said twice, the first time counts. */
export async function letterPosted(
  world: World,
  { id, by, agent }: { readonly id: string; readonly by: Actor; readonly agent?: string },
): Promise<Found> {
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  const found = await getLetter(world, id)
  if (!found.ok || found.letter.postedAt !== null) return found
  const { subscriberId, id: letterId } = found.letter
  const fact = { letterId, by, ...(agent !== undefined && { agent }) }
  const event = { kind: 'letter.posted', subscriberId, ...fact } as const
  await markPosted(world.db, { id: letterId, now: world.now(), event })
  return await getLetter(world, id)
}
