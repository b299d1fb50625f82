import assert from 'node:assert/strict'
import type { SubscriberId } from '#core/ids.ts'
import { closeCase, openCase } from '#engine/desk/cases/cases.ts'
import { join } from '#engine/desk/invitation.ts'
import { findOpenMemberSession } from '#engine/desk/sessions.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { deskBrowser, invited, joining } from '../../test/support/desk/staff.ts'
import { userNameOf } from './population.ts'

/** Agents of the desk, each of whom has come in with a passkey. */
export interface Agents {
  /** The tokens of their sessions. */
  hire(count: number): Promise<readonly string[]>
  /** A call that this agent takes, and ends at once. */
  call(taken: Taken): Promise<number>
}

export interface Taken {
  readonly token: string
  readonly index: number
}

/** Each bench that runs over one database hires others. */
const chanceName = () => `agent-${crypto.randomUUID().slice(0, 8)}`

export function agentsOf(real: World): Agents {
  const commits = new Map<string, number>()
  const world = noting(real, commits)
  const { deskOrigin: origin } = real.settings
  return {
    async hire(count) {
      const tokens: string[] = []
      for (let at = 0; at < count; at += 1) {
        const { token } = await invited(world, chanceName())
        const key = softKey('b')
        const sent = await joining(world, token, { key, client: deskBrowser(), origin })
        const came = await join(world, sent)
        assert.ok(came.ok, 'problem' in came ? came.problem : '')
        tokens.push(came.token)
      }
      return tokens
    },
    async call({ token, index }) {
      const open = await findOpenMemberSession(world, token)
      assert.ok(open, 'the session of an agent is over')
      const typed = userNameOf(index)
      const opened = await openCase(world, open, { by: 'user-name', typed, reason: 'question' })
      assert.ok(opened.ok, 'problem' in opened ? opened.problem : '')
      const { id, subscriberId } = opened.case
      const committedAt = commits.get(topicOfClient(subscriberId))
      assert.ok(committedAt !== undefined, 'the client was told nothing')
      // An agent talks to one client at a time.
      assert.ok((await closeCase(world, open, id)).ok)
      commits.clear()
      return committedAt
    },
  }
}

/** The same world, which notes when a client is told; by the clock that all processes share. */
function noting(world: World, commits: Map<string, number>): World {
  const wakeUps: World['wakeUps'] = {
    ...world.wakeUps,
    publish(topic) {
      if (topic.startsWith(CLIENTS)) commits.set(topic, Number(process.hrtime.bigint()) / 1e6)
      world.wakeUps.publish(topic)
    },
  }
  return { ...world, wakeUps }
}

const CLIENTS = topicOfClient('' as SubscriberId)
