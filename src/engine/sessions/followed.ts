import type { SubscriberId } from '#core/ids.ts'
import { seconds } from '#core/time/time.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { listStirred, STIRRED_MAX } from '#store/audit/tail.ts'
import { findLastSeq } from '#store/audit/tree.ts'

/**
 * Tells that something has happened to a client, on whichever node it happened.
 *
 * Wake-ups reach another node by Redis only, and none of them is certain. What must end within a
 * second reads the log besides: no right changes without an event in the same commit.
 */
export interface Followed {
  /** @returns how to stop following. */
  follow(id: SubscriberId, listener: () => void): () => void
  close(): void
}

/** While a client is followed, the log is read so often. */
const READ_EVERY = seconds(0.5)
/** Behind a number that was read may come one that was drawn before it (decision 0044). */
const SETTLES = seconds(5)

/** @param report is told the name of an error; what was not read then is read the next time. */
export function followClients(world: World, report: (problem: string) => void): Followed {
  const listeners = new Map<SubscriberId, Set<() => void>>()
  let timer: NodeJS.Timeout | null = null
  const start = () => {
    const tail = tailOf(world)
    let isReading = false
    const read = async () => {
      if (isReading) return
      isReading = true
      try {
        const stirred = await tail()
        const ids = stirred === 'all' ? [...listeners.keys()] : stirred
        for (const id of ids) for (const listener of listeners.get(id) ?? []) listener()
      } catch (error) {
        report((error as Error).name)
      } finally {
        isReading = false
      }
    }
    timer = setInterval(() => void read(), READ_EVERY)
    timer.unref()
    void read()
  }
  const stop = () => {
    if (timer) clearInterval(timer)
    timer = null
  }
  return {
    follow(id, listener) {
      const theirs = listeners.get(id) ?? new Set()
      listeners.set(id, theirs.add(listener))
      const unsubscribe = world.wakeUps.subscribe(topicOfClient(id), listener)
      if (!timer) start()
      return () => {
        unsubscribe()
        theirs.delete(listener)
        if (theirs.size === 0 && listeners.get(id) === theirs) listeners.delete(id)
        if (listeners.size === 0) stop()
      }
    },
    close: stop,
  }
}

/**
 * Reads what was written since it was asked before. The first time it can only say where it begins:
 * all may have been told of nothing until then.
 */
function tailOf({ db, now }: World): () => Promise<ReadonlySet<SubscriberId> | 'all'> {
  let from: number | null = null
  const readAt = new Map<number, number>()
  return async () => {
    if (from === null) {
      from = await findLastSeq(db)
      return 'all'
    }
    const stirred = new Set<SubscriberId>()
    const at = now()
    let after = from
    for (;;) {
      const rows = await listStirred(db, after)
      for (const { seq, subscriberId } of rows) {
        if (readAt.has(seq)) continue
        readAt.set(seq, at)
        if (subscriberId !== null) stirred.add(subscriberId)
      }
      if (rows.length < STIRRED_MAX) break
      after = rows.at(-1)?.seq ?? after
    }
    for (const [seq, when] of readAt) {
      if (at - when <= SETTLES) continue
      readAt.delete(seq)
      from = Math.max(from, seq)
    }
    return stirred
  }
}
