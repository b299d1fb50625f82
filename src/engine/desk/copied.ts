import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuthenticatorId, MemberId } from '#core/ids.ts'
import { tellCallers } from '#engine/desk/callers.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfMember } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { listMemberPasskeys } from '#store/desk/member-passkeys.ts'

interface Copied {
  readonly id: AuthenticatorId
  readonly memberId: MemberId
  /** How it was found out. */
  readonly events: readonly AuditEvent[]
}

/**
 * There is a copy of a passkey: neither works any more, nor what they have opened. Its holder, or
 * the thief, may be using it at this moment, so it is stopped as it is by now.
 */
export async function stopCopied(world: World, { id, memberId, events }: Copied): Promise<void> {
  const done = await retryStale(
    'desk.conflict',
    async () => {
      const held = await listMemberPasskeys(world.db, memberId)
      const found = held.find(({ value }) => value.id === id)
      const now = world.now()
      const written = await commitStaff(world.db, {
        now,
        ...(found && { passkey: { ...found, value: { ...found.value, revokedAt: now } } }),
        ended: { passkeyId: id, memberId },
        events,
      })
      return written ? 'stopped' : 'stale'
    },
    TRIES,
  )
  if (done !== 'stopped') throw new Error('a passkey is used faster than it can be stopped')
  world.wakeUps.publish(topicOfMember(memberId))
  await tellCallers(world, memberId)
}

/** Each of them loses against one use of the passkey, which a person or a device has to confirm. */
const TRIES = 20
