import type { Mail } from '#core/documents/kept-mail.ts'
import { HANDED_OUT_FOR, isSame, judgesDocuments } from '#core/documents/review/review.ts'
import type { Submission } from '#core/documents/submission.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { isId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { after, type Instant } from '#core/time/time.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import { aboutOf, doerAtDesk } from '#engine/documents/review/facts.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { findMember, memberStandingWrites } from '#store/desk/members.ts'
import { findMail, listMailsIn, mailStays } from '#store/documents/mails.ts'
import {
  handedOutEnds,
  handedOutStays,
  handOut,
  listHandedOut,
  type ReviewedId,
} from '#store/documents/reviews.ts'
import { findSubmission, listSubmissionsIn, submissionStays } from '#store/documents/submissions.ts'

/**
 * What waits for a person: documents, and mails that became none. The queue hands out the oldest,
 * one at a time: an agent who could choose could choose a friend's.
 */

export type Waiting =
  | { readonly of: 'submission'; readonly at: Instant; readonly submission: Submission }
  | { readonly of: 'mail'; readonly at: Instant; readonly mail: Mail }

export interface Queue {
  /** The oldest first. */
  readonly waiting: readonly Waiting[]
  /** Those that are before a member now. */
  readonly handedOut: ReadonlySet<string>
  /** What this member has before them; `null` for nothing. */
  readonly own: ReviewedId | null
}

export async function queueFor(world: World, { member }: OpenMemberSession): Promise<Queue> {
  const [submissions, mails, out] = await Promise.all([
    listSubmissionsIn(world.db, 'checking'),
    listMailsIn(world.db, 'waiting'),
    listHandedOut(world.db, world.now()),
  ])
  const all: readonly Waiting[] = [
    ...submissions.map(
      (one) => ({ of: 'submission', at: one.receivedAt, submission: one }) as const,
    ),
    ...mails.map((mail) => ({ of: 'mail', at: mail.receivedAt, mail }) as const),
  ]
  const waiting = all.toSorted((one, other) => one.at - other.at)
  const theirs = out.find((one) => one.memberId === member.id && isThere(waiting, one.id))
  return { waiting, handedOut: new Set(out.map(({ id }) => id)), own: theirs?.id ?? null }
}

const isThere = (waiting: readonly Waiting[], id: string): boolean =>
  waiting.some((one) => idOf(one) === id)

export const idOf = (one: Waiting): ReviewedId =>
  one.of === 'mail' ? one.mail.id : one.submission.id

/** What compliance looks at, the oldest first. */
export const suspiciousOnes = async (world: World): Promise<readonly Submission[]> =>
  await listSubmissionsIn(world.db, 'suspicious')

export type Taken = { readonly ok: true; readonly id: ReviewedId } | Refusal

/** Hands out the oldest that no other member has before them; what this one has, first of all. */
export async function takeNext(world: World, open: OpenMemberSession): Promise<Taken> {
  if (!judgesDocuments(open.member.role)) return refusal('desk.not-this-role')
  const { waiting, handedOut, own } = await queueFor(world, open)
  if (own !== null) return { ok: true, id: own }
  for (const one of waiting) {
    if (handedOut.has(idOf(one)) || !(await isFor(world, open.member, one))) continue
    if (await handedTo(world, open, one)) return { ok: true, id: idOf(one) }
  }
  return refusal('submission.none-left')
}

/** Not of a client who has something in common with the staff, and not twice the same person. */
async function isFor(world: World, member: Member, one: Waiting): Promise<boolean> {
  if (one.of === 'mail') return true
  return await mayJudge(world, member, one.submission)
}

export async function mayJudge(
  world: World,
  member: Member,
  { subscriberId, status }: Submission,
): Promise<boolean> {
  const first = status.state === 'checking' ? status.first : undefined
  if (first && isSame(first, { actor: staffActor(member), memberId: member.id })) return false
  if (first?.memberId) {
    const other = await findMember(world.db, first.memberId)
    const isTied = other?.value.ties.some(({ print }) =>
      member.ties.some((tie) => tie.print === print),
    )
    if (isTied) return false
  }
  return (await tieToStaff(world, subscriberId)) === null
}

/** @returns `false` when another member was faster, or it waits no more. */
async function handedTo(world: World, open: OpenMemberSession, one: Waiting): Promise<boolean> {
  const now = world.now()
  const { member } = open
  const writes = [
    ...memberStandingWrites(world.db, standingOf(open)),
    handOut(world.db, {
      id: idOf(one),
      memberId: member.id,
      until: after(now, HANDED_OUT_FOR),
      now,
    }),
  ]
  if (one.of === 'mail') {
    const held = await findMail(world.db, one.mail.id)
    if (held?.value.status.state !== 'waiting') return false
    const about = { subscriberId: null, actor: staffActor(member), mailId: one.mail.id }
    const events = [{ kind: 'mail.handed-out', ...about, agent: member.agentId } as const]
    return await commitDesk(world.db, {
      now,
      writes: [...writes, mailStays(world.db, held)],
      events,
    })
  }
  const held = await findSubmission(world.db, one.submission.id)
  if (held?.value.status.state !== 'checking') return false
  if (!(await mayJudge(world, member, held.value))) return false
  const event = {
    kind: 'submission.handed-out',
    ...aboutOf(held.value, doerAtDesk(member)),
  } as const
  const all = [...writes, submissionStays(world.db, held)]
  return await commitDesk(world.db, { now, writes: all, events: [event] })
}

/** Gives it back undecided: the next member gets it. */
export async function putBack(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<{ readonly ok: true } | Refusal> {
  const { member } = open
  const now = world.now()
  const held = isId('sbm', id) ? await findSubmission(world.db, id) : null
  const mail = isId('mai', id) ? await findMail(world.db, id) : null
  const one = held?.value.id ?? mail?.value.id
  if (!one) return refusal('submission.not-found')
  const event = held
    ? ({ kind: 'submission.put-back', ...aboutOf(held.value, doerAtDesk(member)) } as const)
    : ({
        kind: 'mail.put-back',
        subscriberId: null,
        actor: staffActor(member),
        mailId: one as Mail['id'],
        agent: member.agentId,
      } as const)
  const writes = [
    ...memberStandingWrites(world.db, standingOf(open)),
    handedOutEnds(world.db, { id: one, memberId: member.id, now }),
  ]
  const done = await commitDesk(world.db, { now, writes, events: [event] })
  return done ? { ok: true } : refusal('submission.not-before-you')
}

/**
 * What a look or a deed of this member on it rests on: they are at work, and have it before them
 * from now on for as long again.
 */
export function beforeThem(
  { db }: World,
  open: OpenMemberSession,
  { id, now }: { readonly id: ReviewedId; readonly now: Instant },
) {
  const { id: memberId } = open.member
  const until = after(now, HANDED_OUT_FOR)
  return [
    ...memberStandingWrites(db, standingOf(open)),
    handedOutStays(db, { id, memberId, until, now }),
  ]
}

/** Whether it is before this member now. */
export async function isBefore(
  world: World,
  { member }: OpenMemberSession,
  id: string,
): Promise<boolean> {
  const out = await listHandedOut(world.db, world.now())
  return out.some((one) => one.id === id && one.memberId === member.id)
}
