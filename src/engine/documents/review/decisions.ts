import { isAgentId } from '#core/agent.ts'
import type { Member } from '#core/desk/member.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import {
  firstOn,
  isSame,
  judged,
  readTyped,
  type Said,
  type Typed,
  type Verdict,
} from '#core/documents/review/review.ts'
import { keptFor, SUBMISSION_REASONS, type Submission } from '#core/documents/submission.ts'
import { onEnvelope } from '#core/contact/address-change.ts'
import type { Contact } from '#core/contact/address.ts'
import type { ProgramActor } from '#core/events/event.ts'
import { isId, newId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { type Account, approved } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import { type Deed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import {
  aboutOf,
  type Doer,
  doerAtDesk,
  type HeldRecord,
  type OnRecord,
  printOf,
  recordOf,
  recordPrintOf,
} from '#engine/documents/review/facts.ts'
import { hasSeenAll } from '#engine/documents/review/looks.ts'
import { mayJudge } from '#engine/documents/review/queue.ts'
import { retryStale } from '#engine/retry.ts'
import { holdsOf } from '#engine/sessions/rights.ts'
import { written } from '#engine/subscribers/accounts.ts'
import { refusal, type World } from '#engine/world.ts'
import { addressChangeEnds } from '#store/contact/address-changes.ts'
import { contactCounts, contactStays, contactWrites } from '#store/contact/addresses.ts'
import type { Write } from '#store/database/connection.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { type AnsweredChallenge, answeredWrites } from '#store/desk/member-passkeys.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { handedOutEnds } from '#store/documents/reviews.ts'
import { findSubmission, listSubmissions, submissionWrite } from '#store/documents/submissions.ts'
import { clientWrite } from '#store/security-stamp.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What a person says of a document, and all that follows from it, in one commit: at the desk, at
 * the command line and in the back office by the same rules.
 */

/** What is said, as it was typed. */
export interface Verdicted extends Typed {
  readonly id: string
  readonly verdict: Verdict
  readonly reason: string
}

/** Who says it, and what it rests on. */
export type Judging =
  | {
      readonly at: 'desk'
      readonly open: OpenMemberSession
      readonly touch: GivenTouch
      readonly print: string
    }
  | { readonly at: 'command-line'; readonly agent: string }
  | {
      readonly at: 'back-office'
      readonly by: ProgramActor
      /** For whom. */
      readonly member: Member
    }

export type Decided = { readonly ok: true; readonly submission: Submission } | Refusal

/** What a member confirms with the passkey: all that was said, and what it was said on. */
export const touchOfVerdict = (said: Verdicted, print: string): Deed => {
  const { id, verdict, reason, checks, date, mrz } = said
  const facts = { submission: id, print, reason, checks: [...checks], date, mrz }
  return { kind: `document.${verdict}`, facts }
}

/** What is wrong with what was typed, before anything is asked of a passkey; `null` for nothing. */
export async function obstacleTo(
  world: World,
  open: OpenMemberSession,
  said: Verdicted,
): Promise<Refusal | null> {
  const held = isId('sbm', said.id) ? await findSubmission(world.db, said.id) : null
  if (!held) return refusal('submission.not-found')
  const read = readSaid(world, held.value, said)
  if (!read.ok) return read
  return said.verdict === 'accept' && !(await hasSeenAll(world, open, held.value))
    ? refusal('submission.unseen')
    : null
}

type ReadSaid = { readonly ok: true; readonly said: Said; readonly isMrzRead: boolean } | Refusal

function readSaid(
  world: Pick<World, 'now' | 'settings'>,
  { purpose }: Submission,
  { verdict, reason, ...typed }: Verdicted,
): ReadSaid {
  if (verdict === 'accept') {
    const { months } = world.settings.review
    const read = readTyped(purpose, typed, { now: world.now(), months })
    if (!read.ok) return refusal(read.problem)
    return { ok: true, said: { verdict, checks: read.checks }, isMrzRead: read.isMrzRead }
  }
  if (verdict === 'suspect' || verdict === 'clear')
    return { ok: true, said: { verdict }, isMrzRead: false }
  const why = SUBMISSION_REASONS.find((one) => one === reason)
  return why
    ? { ok: true, said: { verdict, reason: why }, isMrzRead: false }
    : refusal('desk.reason')
}

export async function decide(
  world: World,
  judging: Judging,
  verdicted: Verdicted,
): Promise<Decided> {
  const doer = doerOf(judging)
  if (!doer) return refusal('desk.not-an-agent')
  const { id } = verdicted
  const touched =
    judging.at === 'desk'
      ? await judgeTouch(world, judging.open, {
          deed: touchOfVerdict(verdicted, judging.print),
          touch: judging.touch,
        })
      : null
  if (touched && !touched.ok) return touched
  return await retryStale<Decided>('submission.conflict', async () => {
    const held = isId('sbm', id) ? await findSubmission(world.db, id) : null
    if (!held) return refusal('submission.not-found')
    const record = await recordOf(world, held.value)
    const on = recordPrintOf(record)
    if (judging.at === 'back-office' && isSaid(held.value, verdicted, { doer, on }))
      return { ok: true, submission: held.value }
    const seen = judging.at === 'desk' ? judging.print : null
    if (seen !== null && seen !== printOf(held, record)) return refusal('submission.outdated')
    const obstacle = await obstacleOf(world, judging, held.value)
    if (obstacle) return obstacle
    const read = readSaid(world, held.value, verdicted)
    if (!read.ok) return read
    const kept =
      verdicted.verdict === 'accept'
        ? await obstacleToAccepting(world, judging, {
            ...held.value,
            ...record,
          })
        : null
    if (kept) return refusal(kept)
    const now = world.now()
    const { signals } = record
    const step = judged(held.value, read.said, { by: doer, on, signals, now })
    if (!step.ok) return refusal(step.problem)
    if (judging.at === 'desk' && verdicted.verdict === 'accept')
      if (!(await hasSeenAll(world, judging.open, held.value))) return refusal('submission.unseen')
    const next = keptFor(step.next, record.rules.documentsKept)
    const moved = next.status.state === 'accepted' ? movedTo(world, record, now) : null
    const deciding = { held, record, next, read, doer, now, moved }
    const rests =
      judging.at === 'desk' && touched
        ? deskWrites(world, judging.open, {
            id: held.value.id,
            answered: touched.answered,
            now,
            isHandedOut: held.value.status.state === 'checking',
          })
        : []
    const isDone = await writtenVerdict(world, deciding, rests)
    return isDone ? { ok: true, submission: next } : 'stale'
  })
}

/** A program sends each request until it is answered: the second finds done what the first did. */
function isSaid(
  submission: Submission,
  { verdict, reason }: Verdicted,
  { doer, on }: { readonly doer: Doer; readonly on: string },
): boolean {
  const { status } = submission
  if (verdict === 'accept') {
    const first = firstOn(submission, on)
    return status.state === 'accepted' || (first !== null && isSame(first, doer))
  }
  if (verdict === 'suspect') return status.state === 'suspicious'
  const state = verdict === 'reject' ? 'rejected' : 'more-needed'
  return verdict !== 'clear' && status.state === state && status.reason === reason
}

/** @returns `null` for what is no id of a person. A program does it for a member. */
function doerOf(judging: Judging): Doer | null {
  if (judging.at === 'desk') return doerAtDesk(judging.open.member)
  if (judging.at === 'back-office') return { ...doerAtDesk(judging.member), by: judging.by }
  const { agent } = judging
  const who = { memberId: null, role: null, by: 'operator' } as const
  return isAgentId(agent) ? { ...who, agent, actor: `operator:${agent}` } : null
}

/** Why this person says nothing of it: their own, a friend's, or the first of two themselves. */
async function obstacleOf(
  world: World,
  judging: Judging,
  submission: Submission,
): Promise<Refusal | null> {
  if (judging.at !== 'desk') return null
  const { member } = judging.open
  if (submission.status.state === 'suspicious')
    return (await tieToStaff(world, submission.subscriberId)) ? refusal('desk.not-allowed') : null
  return (await mayJudge(world, member, submission)) ? null : refusal('desk.not-allowed')
}

/** What keeps it from being accepted, whatever was checked. */
async function obstacleToAccepting(
  world: World,
  { at }: Judging,
  {
    subscriberId,
    purpose,
    account,
    movesTo,
    fullName,
    compared,
  }: Pick<Submission, 'subscriberId' | 'purpose' | 'movesTo'> & OnRecord,
): Promise<Problem | null> {
  if (!account || account.status.startsWith('closed')) return 'submission.account'
  const isMissing = fullName === null || (purpose === 'address' && compared === null)
  // A client who does not move any more has shown where they do not live.
  const isOver = movesTo !== undefined && compared === null
  // At the other doors it is compared with what the broker has, and not with our record.
  if (isOver || (at === 'desk' && isMissing)) return 'submission.nothing-recorded'
  const holds = await holdsOf(world, subscriberId)
  return holds.some(({ forbids }) => forbids.includes('trading')) ? 'submission.held' : null
}

interface AtDesk {
  readonly id: Submission['id']
  readonly answered: AnsweredChallenge
  readonly now: Instant
  /** It has to be before them. */
  readonly isHandedOut: boolean
}

const deskWrites = (
  world: World,
  open: OpenMemberSession,
  { id, answered, now, isHandedOut }: AtDesk,
): readonly Write[] => [
  ...memberStandingWrites(world.db, standingOf(open)),
  ...answeredWrites(world.db, answered, now),
  ...(isHandedOut ? [handedOutEnds(world.db, { id, memberId: open.member.id, now })] : []),
]

interface Deciding {
  readonly held: Versioned<Submission>
  readonly record: HeldRecord
  readonly next: Submission
  readonly read: Extract<ReadSaid, { readonly ok: true }>
  readonly doer: Doer
  readonly now: Instant
  /** Where the client has moved to, proven with this document. */
  readonly moved: Contact | null
}

/** The address of a client who moves, as it counts once the document is accepted. */
function movedTo(
  world: World,
  { move, fullName, address: before }: HeldRecord,
  now: Instant,
): Contact | null {
  if (!move) return null
  const { subscriberId, address } = move.value
  const value = onEnvelope(address, { fullName, before: before && before.value })
  const times = { since: now, verifiedAt: now, replacedAt: null }
  return { id: newId('con', now, world.random), subscriberId, kind: 'postal', value, ...times }
}

/** @returns `false` when something that it was decided on is another by now. */
async function writtenVerdict(
  world: World,
  deciding: Deciding,
  rests: readonly Write[],
): Promise<boolean> {
  const { held, record, next, now } = deciding
  const { version } = held
  const isAccepted = next.status.state === 'accepted'
  const approval = isAccepted ? await approvalBy(world, deciding) : null
  const besides = [
    ...rests,
    submissionWrite(world.db, { next, version, dueAt: null }),
    // Of two that are accepted at once, the later one is decided anew and sees the other.
    clientWrite(world.db, { ...record, subscriberId: next.subscriberId, moves: isAccepted }),
    ...(isAccepted ? addressWrites(world, deciding) : []),
    ...(isAccepted ? contactsCount(world, deciding) : []),
  ]
  const events = [eventOf(deciding), ...(isAccepted ? addressEvents(deciding) : [])]
  if (!approval) return await commitDesk(world.db, { now, writes: besides, events })
  return await written(world, {
    subscriberId: next.subscriberId,
    changed: [approval.changed],
    events: [...events, approval.event],
    ending: null,
    besides,
  })
}

/** Where the client lives is proven from now on: at the address that was compared. */
function addressWrites(world: World, deciding: Deciding): readonly Write[] {
  const {
    next,
    record: { address, move },
    moved,
    now,
  } = deciding
  if (move && moved)
    return [
      addressChangeEnds(world.db, move),
      ...contactWrites(world.db, { contact: moved, replaced: address?.id ?? null }),
    ]
  if (!address) return []
  const { id, verifiedAt } = address
  // An account may be approved by it, too, where another proof is accepted.
  if (verifiedAt !== null) return [contactStays(world.db, id, verifiedAt)]
  if (next.purpose !== 'address') return [contactCounts(world.db, id)]
  return contactWrites(world.db, { verified: id, at: now })
}

/** Each statement of a commit is about a row of its own: that address is held by another. */
const contactsCount = (
  { db }: World,
  { record: { address, counting } }: Deciding,
): readonly Write[] =>
  counting.filter(({ id }) => id !== address?.id).map(({ id }) => contactCounts(db, id))

function addressEvents({
  next,
  record: { address },
  moved,
  doer,
}: Deciding): readonly AuditEvent[] {
  if (moved) {
    const { subscriberId, id: contactId } = moved
    const about = { contactId, contact: 'postal', replaced: address?.id ?? null } as const
    return [{ kind: 'contact.set', subscriberId, ...about, by: doer.by, actor: doer.actor }]
  }
  if (next.purpose !== 'address' || address?.verifiedAt !== null) return []
  const { subscriberId } = next
  const about = {
    subscriberId,
    contactId: address.id,
    contact: 'postal',
    actor: doer.actor,
  } as const
  return [{ kind: 'contact.verified', ...about }]
}

/** They live elsewhere by now than at the address that was proven. */
const isUnproven = ({ next, record: { address } }: Deciding): boolean =>
  next.purpose !== 'address' && address?.verifiedAt === null

interface Approval {
  readonly changed: Versioned<Account>
  readonly event: AuditEvent
}

/** The account that was applied for, where all that the operator asks for is accepted by now. */
async function approvalBy(world: World, deciding: Deciding): Promise<Approval | null> {
  const { next, record, doer, now } = deciding
  const { account, accountVersion } = record
  const { subscriberId } = next
  const { approves } = world.settings.review
  // What another user of an account has sent says nothing of its holder.
  if (account?.status !== 'applied' || account.subscriberId !== subscriberId) return null
  const sent = await listSubmissions(world.db, subscriberId)
  const proven = new Set(
    [next, ...sent].flatMap(({ status, purpose }) =>
      status.state === 'accepted' ? [purpose] : [],
    ),
  )
  if (approves.length === 0 || !approves.every((one) => proven.has(one))) return null
  if (approves.includes('address') && isUnproven(deciding)) return null
  const step = approved(account, now, world.settings.calendar)
  if (!step.ok) return null
  const { id: accountId, status, tradesFrom } = step.account
  const { by, actor } = doer
  const about = { subscriberId, accountId, by, actor }
  return {
    changed: { value: step.account, version: accountVersion },
    event: { kind: 'account.approved', ...about, status, tradesFrom },
  }
}

function eventOf({ held, record, next, read: { said, isMrzRead }, doer }: Deciding): AuditEvent {
  const about = aboutOf(next, doer)
  if (said.verdict === 'accept') {
    const first = firstOn(held.value, recordPrintOf(record))?.actor
    return {
      kind: next.status.state === 'accepted' ? 'submission.accepted' : 'submission.accepted-first',
      ...about,
      purpose: next.purpose,
      account: next.account,
      checks: said.checks,
      isMrzRead,
      ...(first && { first }),
    }
  }
  if (!('reason' in said)) {
    const kind = said.verdict === 'clear' ? 'submission.cleared' : 'submission.suspected'
    return { kind, ...about }
  }
  const kind = said.verdict === 'reject' ? 'submission.rejected' : 'submission.asked-again'
  return { kind, ...about, reason: said.reason }
}
