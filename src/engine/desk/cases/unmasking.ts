import type { Case } from '#core/desk/case.ts'
import type { Member } from '#core/desk/member.ts'
import { unmaskedLeft, type Unmasking } from '#core/desk/unmasking.ts'
import type { ContactId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { AskedDeed } from '#engine/desk/cases/permit.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import type { OnCase } from '#engine/on-case.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { listUnmaskingsBy, listUnmaskingsOn, unmaskingInsert } from '#store/desk/unmaskings.ts'
import { listWarrants } from '#store/desk/warrants.ts'

interface Unmask {
  readonly value: Case
  readonly open: OpenMemberSession
  readonly asked: Extract<AskedDeed, { deed: 'unmask' }>
  /** The second person, from the sixth in a day on. */
  readonly second: Member | null
  readonly why: string | null
  readonly onCase: OnCase
}

/**
 * Shows the agent one hidden field. How many they were shown is read with the number that this one
 * takes, and the number is given once: two nodes that show a fifth at the same moment show one.
 */
export async function unmask(
  world: World,
  { value, open, asked, second, why, onCase }: Unmask,
): Promise<{ readonly ok: true } | Refusal> {
  if (why === null) return refusal('desk.reason')
  const { member, session } = open
  const { contactId, field } = asked
  const [contacts, warrants, shown, last] = await Promise.all([
    listContacts(world.db, value.subscriberId),
    listWarrants(world.db, value.id),
    unmaskedIn(world, open, value),
    listUnmaskingsBy(world.db, member.id),
  ])
  const contact = contacts.find(({ id }) => id === contactId)
  const isHidden =
    contact?.kind === field &&
    contact.replacedAt === null &&
    !shown.has(contactId) &&
    !warrants.some(({ level }) => level !== 'none')
  if (!isHidden) return refusal('desk.nothing-to-do')
  const now = world.now()
  if (!second && unmaskedLeft(last, now) === 0) return refusal('desk.second-person')
  const one: Unmasking = {
    memberId: member.id,
    seq: (last[0]?.seq ?? 0) + 1,
    caseId: value.id,
    contactId,
    field,
    sessionId: session.id,
    at: now,
    reason: why,
  }
  const writes = [...onCase.uses(now), unmaskingInsert(world.db, one)]
  const written = await commitDesk(world.db, { now, writes, events: [onCase.told] })
  if (!written) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfClient(value.subscriberId))
  return { ok: true }
}

/** What this session of the agent was shown on this case: another session sees nothing of it. */
export async function unmaskedIn(
  world: World,
  { session }: OpenMemberSession,
  { id }: Pick<Case, 'id'>,
): Promise<ReadonlySet<ContactId>> {
  const all = await listUnmaskingsOn(world.db, [id])
  return new Set(
    all.filter(({ sessionId }) => sessionId === session.id).map(({ contactId }) => contactId),
  )
}
