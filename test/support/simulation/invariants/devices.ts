import { Broken } from '../trace.ts'
import type { Commit, Looking } from './commit.ts'

/**
 * I4: a client has at most one phone that counts, and one at all times once there was one, unless
 * an event says that it ended.
 */
const ENDING: readonly string[] = [
  ...(['authenticator.revoked', 'authenticator.suspended', 'authenticator.copied'] as const),
]

interface Row {
  readonly id: string
  readonly subscriber_id: string
}

export function phonesHeld({ storage }: Looking): (commit: Commit) => void {
  let before = full()
  function full(): ReadonlyMap<string, string> {
    const rows = storage.rows(
      `select a.id, b.subscriber_id from authenticator a join binding b on b.authenticator_id = a.id
        where a.method = 'phone-key' and a.lifecycle = 'active' and a.pending_until_ms is null`,
    ) as readonly Row[]
    const counted = new Map<string, string>()
    for (const { id, subscriber_id } of rows) {
      const other = counted.get(subscriber_id)
      if (other !== undefined) throw new Broken('I4', `${other} and ${id} both count`)
      counted.set(subscriber_id, id)
    }
    return counted
  }
  return ({ tables, events }) => {
    if (!tables.has('authenticator') && !tables.has('binding')) return
    const now = full()
    const isEnded = events.some(
      ({ kind, said }) => ENDING.includes(kind) || said.disabled === true || said.notMe === true,
    )
    for (const [subscriberId, id] of before)
      if (!now.has(subscriberId) && !isEnded) throw new Broken('I4', `${id} was the last`)
    before = now
  }
}
