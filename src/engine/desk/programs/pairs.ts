import type { Member } from '#core/desk/member.ts'
import { PAIR_MAX, PAIR_WITHIN } from '#core/desk/second-person.ts'
import { before } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { countJointDeeds } from '#store/audit/looks.ts'
import { listOfPair } from '#store/desk/second-requests.ts'

/** The same two act together three times in a day: at the desk, in programs and commands. */
export async function isPairFree(
  world: World,
  [member, second]: readonly [Member, Member],
): Promise<boolean> {
  const since = before(world.now(), PAIR_WITHIN)
  const [atDesk, elsewhere] = await Promise.all([
    // Any deed but a look counts for the same pair.
    listOfPair(world.db, [member.id, second.id], 'issue-passcode'),
    countJointDeeds(world.db, [member.agentId, second.agentId], since),
  ])
  const recent = atDesk.filter(({ askedAt }) => askedAt > since).length
  return recent + elsewhere < PAIR_MAX
}
