import { readMrz } from '#core/documents/review/mrz.ts'
import {
  type Acceptance,
  type Check,
  CHECKS,
  type Purpose,
  type Submission,
  type SubmissionReason,
  type SubmissionState,
  type SubmissionStatus,
} from '#core/documents/submission.ts'
import type { Role } from '#core/desk/role.ts'
import type { EventActor } from '#core/events/event.ts'
import type { MemberId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import { after, before, days, hours, type Instant, minutes } from '#core/time/time.ts'

/**
 * What a person says of a proof, who may, and when two people have to. One table decides;
 * `docs/desk-rights.md` is written from it.
 *
 * @see security A13, A19; requirements R013, R144
 */
export const VERDICTS = ['accept', 'ask-again', 'reject', 'suspect', 'clear'] as const
/** The one who is drawn to read it as the second has a shift for it; then one is drawn anew. */
export const SECOND_DRAWN_FOR = hours(8)

export type Verdict = (typeof VERDICTS)[number]

/** What is unusual about the client of a proof. */
export const REVIEW_SIGNALS = ['contact-changed', 'strict-rules', 'large-account'] as const
export type ReviewSignal = (typeof REVIEW_SIGNALS)[number]

interface Row {
  readonly verdict: Verdict
  readonly in: SubmissionState
  readonly by: Role
  /** With one of these, two people have to say it. */
  readonly two: readonly ReviewSignal[]
}

export const REVIEW_TABLE: readonly Row[] = [
  { verdict: 'accept', in: 'checking', by: 'documents', two: REVIEW_SIGNALS },
  { verdict: 'ask-again', in: 'checking', by: 'documents', two: [] },
  { verdict: 'reject', in: 'checking', by: 'documents', two: [] },
  { verdict: 'suspect', in: 'checking', by: 'documents', two: [] },
  // Back to the queue, where all of it is looked at once more.
  { verdict: 'clear', in: 'suspicious', by: 'compliance', two: [] },
  { verdict: 'reject', in: 'suspicious', by: 'compliance', two: [] },
]

/** Roles that judge what waits in the queue. */
export const judgesDocuments = (role: Role): boolean =>
  REVIEW_TABLE.some((row) => row.in === 'checking' && row.by === role)

/** Roles that look at documents: those who judge, and compliance, which sees all of a client. */
export const readsDocuments = (role: Role): boolean => REVIEW_TABLE.some((row) => row.by === role)

/** Whether this role sees files as they came: what is in them was made by a stranger. */
export const readsOriginals = (role: Role): boolean =>
  REVIEW_TABLE.some((row) => row.in === 'suspicious' && row.by === role)

/** Who says something of a proof. */
export interface Reviewer {
  readonly actor: EventActor
  /** Where that is at the desk. */
  readonly memberId: MemberId | null
  /** `null` at the command line and in programs, where the operator decides who does what. */
  readonly role: Role | null
}

/** What is said, as it was read. */
export type Said =
  | { readonly verdict: 'accept'; readonly checks: readonly Check[] }
  | { readonly verdict: 'ask-again' | 'reject'; readonly reason: SubmissionReason }
  | { readonly verdict: 'suspect' | 'clear' }

export type Judged =
  | { readonly ok: true; readonly next: Submission }
  | { readonly ok: false; readonly problem: Problem }

/** What comes of it: where two people have to accept, the first of them leaves it in the queue. */
export function judged(submission: Submission, said: Said, judging: Judging): Judged {
  const { by, on, signals, now } = judging
  const { status } = submission
  const rows = REVIEW_TABLE.filter((one) => one.verdict === said.verdict && one.in === status.state)
  if (rows.length === 0) return { ok: false, problem: 'submission.not-waiting' }
  const row = rows.find((one) => by.role === null || one.by === by.role)
  if (!row) return { ok: false, problem: 'desk.not-this-role' }
  if (said.verdict !== 'accept')
    return { ok: true, next: { ...submission, status: saidOf(said, now) } }
  const first = firstOn(submission, on)
  if (first && isSame(first, by)) return { ok: false, problem: 'submission.own-acceptance' }
  const isDone = first !== null || !row.two.some((signal) => signals.includes(signal))
  const acceptance = { actor: by.actor, memberId: by.memberId, at: now, checks: said.checks, on }
  const next: SubmissionStatus = isDone
    ? { state: 'accepted', at: now }
    : { state: 'checking', first: acceptance }
  return { ok: true, next: { ...submission, status: next } }
}

/** Who has accepted it on what is on record now; `null` for no one, or on something else. */
export const firstOn = ({ status }: Pick<Submission, 'status'>, on: string): Acceptance | null =>
  status.state === 'checking' && status.first?.on === on ? status.first : null

interface Judging {
  readonly by: Reviewer
  /** Names what is on record of the client, which the proof was compared with. */
  readonly on: string
  readonly signals: readonly ReviewSignal[]
  readonly now: Instant
}

function saidOf(said: Exclude<Said, { verdict: 'accept' }>, at: Instant): SubmissionStatus {
  switch (said.verdict) {
    case 'ask-again':
      return { state: 'more-needed', at, reason: said.reason }
    case 'reject':
      return { state: 'rejected', at, reason: said.reason }
    case 'suspect':
      return { state: 'suspicious', at }
    case 'clear':
      return { state: 'checking' }
  }
}

/** Two people are two, whatever door they come through; a program is one. */
export const isSame = (first: Acceptance, { actor, memberId }: Omit<Reviewer, 'role'>): boolean =>
  nameIn(first.actor) === nameIn(actor) || (memberId !== null && first.memberId === memberId)

/** Of `staff:olga` and `operator:olga`, the same. */
export const nameIn = (actor: EventActor): string => actor.slice(actor.indexOf(':') + 1)

/** What is typed with an acceptance. */
export interface Typed {
  readonly checks: readonly string[]
  /** The day that stands on it: when it was written, or until when it is valid. */
  readonly date: string
  /** The lines for machines, where it has any; else empty. */
  readonly mrz: string
}

export type ReadTyped =
  | { readonly ok: true; readonly checks: readonly Check[]; readonly isMrzRead: boolean }
  | { readonly ok: false; readonly problem: Problem }

/** What the operator decides about documents. */
export interface ReviewRules {
  /** How old a proof of an address may be. */
  readonly months: number
  /**
   * What has to be accepted of a client for an account that they have applied for to be approved by
   * it; nothing where only the back office approves.
   */
  readonly approves: readonly Purpose[]
}

interface Limits extends Pick<ReviewRules, 'months'> {
  readonly now: Instant
}

/** Reads what was checked, and checks what a machine can. */
export function readTyped(
  purpose: Purpose,
  { checks: given, date, mrz }: Typed,
  limits: Limits,
): ReadTyped {
  const asked: readonly Check[] = CHECKS[purpose]
  const checks = asked.filter((one) => given.includes(one))
  if (checks.length < asked.length || given.some((one) => !asked.some((two) => two === one)))
    return { ok: false, problem: 'submission.unchecked' }
  const at = startOf(date)
  if (at === null) return { ok: false, problem: 'submission.date' }
  const problem = purpose === 'address' ? obstacleToAge(at, limits) : obstacleToExpiry(at, limits)
  if (problem) return { ok: false, problem }
  const isMrzRead = purpose === 'identity' && mrz.trim() !== ''
  if (!isMrzRead) return { ok: true, checks, isMrzRead }
  const read = readMrz(mrz)
  if (!read.ok) return { ok: false, problem: 'submission.mrz' }
  return read.expires === date
    ? { ok: true, checks, isMrzRead }
    : { ok: false, problem: 'submission.mrz-date' }
}

function obstacleToAge(at: Instant, { now, months }: Limits): Problem | null {
  if (at > after(now, days(1))) return 'submission.date'
  return at < monthsBefore(now, months) ? 'submission.too-old' : null
}

/** It is valid through the whole of that day, wherever the client is. */
const obstacleToExpiry = (at: Instant, { now }: Limits): Problem | null =>
  at < before(now, days(2)) ? 'submission.expired' : null

/** The same day of an earlier month, or the last one that it has. */
function monthsBefore(now: Instant, months: number): Instant {
  const today = new Date(now)
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth() - months]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(today.getUTCDate(), last)) as Instant
}

/** A day of the calendar; `null` for none. */
function startOf(day: string): Instant | null {
  if (!/^(?:19|20)\d\d-\d\d-\d\d$/.test(day)) return null
  const at = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day
    ? null
    : (at as Instant)
}

/**
 * How long one person has a document before them and no other gets it. Each look at a page begins
 * it anew.
 */
export const HANDED_OUT_FOR = minutes(15)
