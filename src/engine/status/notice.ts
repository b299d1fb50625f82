import type { AgentId } from '#core/agent.ts'
import {
  type NoticeProblem,
  readNotice,
  readReason,
  type StatusNotice,
  type Typed,
} from '#core/status/notice.ts'
import { after } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import * as store from '#store/status/status.ts'

type Refused = { readonly ok: false; readonly problem: NoticeProblem | 'none' }

/** Tells all clients something on the login page, in place of what was told before. */
export async function tellClients(
  world: World,
  typed: Typed & { readonly by: AgentId },
): Promise<{ readonly ok: true; readonly notice: StatusNotice } | Refused> {
  const read = readNotice(typed)
  if (!read.ok) return read
  const { db } = world
  const { by } = typed
  const now = world.now()
  const until = after(now, read.lasts)
  const notice = { words: read.words, by, setAt: now, until }
  const event = {
    kind: 'status.notice-set',
    subscriberId: null,
    actor: `operator:${by}`,
    why: read.reason,
    until,
    agent: by,
  } as const
  await store.setNotice(db, notice, { now, event })
  return { ok: true, notice }
}

export async function tellNothing(
  world: World,
  { by, reason }: { readonly by: AgentId; readonly reason: string },
): Promise<{ readonly ok: true } | Refused> {
  const why = readReason(reason)
  if (why === null) return { ok: false, problem: 'reason' }
  const now = world.now()
  const event = {
    kind: 'status.notice-removed',
    subscriberId: null,
    actor: `operator:${by}`,
    why,
    agent: by,
  } as const
  const isDone = await store.removeNotice(world.db, { now, event })
  return isDone ? { ok: true } : { ok: false, problem: 'none' }
}
