import type { Mail } from '#core/documents/kept-mail.ts'
import { HANDED_OUT_FOR, judgesDocuments } from '#core/documents/review/review.ts'
import type { Submission } from '#core/documents/submission.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { isId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { after, type Instant } from '#core/time/time.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import { aboutOf, doerAtDesk } from '#engine/documents/review/facts.ts'
import { isDrawnFor, mayBeSecond } from '#engine/documents/review/second-reader.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { findMail, listMailsIn, mailStays } from '#store/documents/mails.ts'
import {
  countTaken,
  type HandedOut,
  handedOutEnds,
  handedOutStays,
  handOut,
  listHandedOut,
  type ReviewedId,
  takenOnceMore,
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
  const handedOut = new Set(out.map(({ id }) => id))
  return { waiting, handedOut, own: await ownOf(world, member, out) }
}

/** What this member has before them and waits still. */
async function ownOf(
  { db }: World,
  { id: memberId }: Member,
  out: readonly HandedOut[],
): Promise<ReviewedId | null> {
  for (const { id } of out.filter((one) => one.memberId === memberId)) {
    const held = isId('sbm', id) ? await findSubmission(db, id) : null
    const mail = isId('mai', id) ? await findMail(db, id) : null
    if (held?.value.status.state === 'checking' || mail?.value.status.state === 'waiting') return id
  }
  return null
}

export const idOf = (one: Waiting): ReviewedId =>
  one.of === 'mail' ? one.mail.id : one.submission.id

/** What compliance looks at, the oldest first. */
export const suspiciousOnes = async (world: World): Promise<readonly Submission[]> =>
  await listSubmissionsIn(world.db, 'suspicious')

export type Taken = { readonly ok: true; readonly id: ReviewedId } | Refusal

/**
 * Of so many that a member takes, one came by mail where others wait: anyone sends mails under any
 * name, and thousands of them keep no client waiting who has logged in and sent through the portal.
 */
const MAIL_OF_TAKEN = 4

/** Hands out the oldest that no other member has before them; what this one has, first of all. */
export async function takeNext(world: World, open: OpenMemberSession): Promise<Taken> {
  const { member } = open
  if (!judgesDocuments(member.role)) return refusal('desk.not-this-role')
  // Read before what they have: where they take another meanwhile, this one is not handed out.
  const count = await countTaken(world.db, member.id)
  const out = await listHandedOut(world.db, world.now())
  const own = await ownOf(world, member, out)
  if (own !== null) return { ok: true, id: own }
  const handedOut = new Set(out.map(({ id }) => id))
  const ways = [ofPortal, ofMail]
  for (const way of count % MAIL_OF_TAKEN === MAIL_OF_TAKEN - 1 ? ways.toReversed() : ways) {
    for await (const one of way(world)) {
      if (handedOut.has(idOf(one)) || !(await isFor(world, member, one))) continue
      if (await handedTo(world, open, { one, count })) return { ok: true, id: idOf(one) }
      if ((await countTaken(world.db, member.id)) !== count) return await ownAfter(world, member)
    }
  }
  return refusal('submission.none-left')
}

/** What they have got at the same moment. */
async function ownAfter(world: World, member: Member): Promise<Taken> {
  const own = await ownOf(world, member, await listHandedOut(world.db, world.now()))
  return own === null ? refusal('submission.conflict') : { ok: true, id: own }
}

/** What clients have sent who were logged in, the oldest first. */
async function* ofPortal(world: World): AsyncGenerator<Waiting> {
  for await (const one of checking(world)) if (!one.mail) yield waitingOf(one)
}

/** What came by mail, the oldest first. */
async function* ofMail(world: World): AsyncGenerator<Waiting> {
  const documents = checking(world)
  let next = await mailed(documents)
  for await (const mail of waitingMails(world)) {
    for (; next && next.receivedAt < mail.receivedAt; next = await mailed(documents))
      yield waitingOf(next)
    yield { of: 'mail', at: mail.receivedAt, mail }
  }
  for (; next; next = await mailed(documents)) yield waitingOf(next)
}

const waitingOf = (submission: Submission): Waiting => ({
  of: 'submission',
  at: submission.receivedAt,
  submission,
})

async function mailed(documents: AsyncGenerator<Submission>): Promise<Submission | null> {
  for (;;) {
    const next = await documents.next()
    if (next.done === true) return null
    if (next.value.mail) return next.value
  }
}

async function* checking({ db }: World): AsyncGenerator<Submission> {
  let page = await listSubmissionsIn(db, 'checking')
  while (page.length > 0) {
    yield* page
    page = await listSubmissionsIn(db, 'checking', page.at(-1)?.id)
  }
}

async function* waitingMails({ db }: World): AsyncGenerator<Mail> {
  let page = await listMailsIn(db, 'waiting')
  while (page.length > 0) {
    yield* page
    page = await listMailsIn(db, 'waiting', page.at(-1)?.id)
  }
}

/**
 * Not of a client who has something in common with the staff, not twice the same person, and as the
 * second only for the one who is drawn.
 */
async function isFor(world: World, member: Member, one: Waiting): Promise<boolean> {
  if (one.of === 'mail') return true
  const { submission } = one
  return (
    (await mayJudge(world, member, submission)) && (await isDrawnFor(world, member, submission))
  )
}

export async function mayJudge(
  world: World,
  member: Member,
  { subscriberId, status }: Submission,
): Promise<boolean> {
  const first = status.state === 'checking' ? status.first : undefined
  if (first && !(await mayBeSecond(world, member, first))) return false
  return (await tieToStaff(world, subscriberId)) === null
}

/** @returns `false` when another member was faster, or it waits no more. */
async function handedTo(
  world: World,
  open: OpenMemberSession,
  { one, count }: { readonly one: Waiting; readonly count: number },
): Promise<boolean> {
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
    takenOnceMore(world.db, { memberId: member.id, count }),
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
  if (!(await isFor(world, member, waitingOf(held.value)))) return false
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
