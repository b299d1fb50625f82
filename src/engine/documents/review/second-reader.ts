import { isSame, judgesDocuments, SECOND_DRAWN_FOR } from '#core/documents/review/review.ts'
import type { Acceptance, Submission } from '#core/documents/submission.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import type { MemberId } from '#core/ids.ts'
import { keyedHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import { findMember, listMembers } from '#store/desk/members.ts'

/**
 * Who reads a document that one person has accepted (A13). The one who asks next may be a friend
 * who waits for it, so the second is drawn: by a hash with a key of ours over the document and the
 * time since it came. No agent can compute it, and it is the same however often it is asked.
 */

/** Whether this member may be the second: another, with nothing in common with the first. */
export const mayBeSecond = async (
  world: World,
  member: Member,
  first: Acceptance,
): Promise<boolean> => (await secondsFor(world, first))(member)

async function secondsFor({ db }: World, first: Acceptance): Promise<(one: Member) => boolean> {
  const held = first.memberId && (await findMember(db, first.memberId))
  const other = held ? held.value : null
  return (one) =>
    !isSame(first, { actor: staffActor(one), memberId: one.id }) && !(other && isTied(other, one))
}

const isTied = (one: Member, other: Member): boolean =>
  one.ties.some(({ print }) => other.ties.some((tie) => tie.print === print))

/**
 * Whether the queue hands it to this member: where one person has accepted it, to the one who is
 * drawn for now. What is before a member already stays with them.
 */
export async function isDrawnFor(
  world: World,
  member: Member,
  submission: Submission,
): Promise<boolean> {
  const { status } = submission
  if (status.state !== 'checking' || !status.first) return true
  // Also where the record has changed since: a client who helps an agent could change it and back.
  return (await secondOf(world, submission, status.first)) === member.id
}

async function secondOf(
  world: World,
  { id, receivedAt }: Submission,
  first: Acceptance,
): Promise<MemberId | null> {
  const may = await secondsFor(world, first)
  const all = (await listMembers(world.db)).map(({ value }) => value)
  const staff = all.filter((one) => one.state === 'active' && judgesDocuments(one.role) && may(one))
  const shift = Math.floor((world.now() - receivedAt) / SECOND_DRAWN_FOR)
  // Each has a number of their own: who comes or goes moves no other's.
  const numbered = staff.map((one) => ({
    id: one.id,
    number: keyedHash(world.keys, 'documents/second', `${id} ${shift} ${one.id}`),
  }))
  const [drawn] = numbered.toSorted((one, other) => (one.number < other.number ? -1 : 1))
  return drawn?.id ?? null
}
