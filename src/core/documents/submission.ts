import type { Legibility } from '#core/documents/legibility.ts'
import type { Opening, PictureKind, Unopened } from '#core/documents/picture.ts'
import type { EventActor } from '#core/events/event.ts'
import type { FileId, MailId, MemberId, SubmissionId, SubscriberId } from '#core/ids.ts'
import { after, days, type Instant, type Millis } from '#core/time/time.ts'

/**
 * What a client sends to prove an address or an identity (R140, R145): pages, in files of their
 * own.
 *
 *   received ──every page was opened──▶ checking ──a person, or two──▶ accepted
 *      │                                  │ ├────────────────▶ more-needed
 *      └──no page could be opened─────────┼─┼──▶ more-needed
 *                                         │ └──▶ rejected
 *                                         └──▶ suspicious ──compliance──▶ checking, rejected
 *
 * A client reads of one that is suspicious that it is being checked, and no more.
 */
export interface Submission {
  readonly id: SubmissionId
  readonly subscriberId: SubscriberId
  readonly purpose: Purpose
  /** The number of the account that it is for. */
  readonly account: string
  readonly receivedAt: Instant
  readonly pages: readonly SubmittedPage[]
  readonly status: SubmissionStatus
  /** The new address that its client has asked for, and that it is to show; else that on record. */
  readonly movesTo?: string
  /** Where it came by mail. */
  readonly mail?: {
    readonly id: MailId
    /**
     * Whether it came from an address that the client has proven. A sender can name any address, so
     * this is advice to those who judge it, and decides nothing.
     */
    readonly isFromOwnAddress: boolean
  }
}

/** PoRes and PID, as mails name them (R143). */
export const PURPOSES = ['address', 'identity'] as const
export type Purpose = (typeof PURPOSES)[number]

export type SubmissionStatus =
  | { readonly state: 'received' }
  | {
      readonly state: 'checking'
      /** Who has accepted it, where two people have to. */
      readonly first?: Acceptance
    }
  | { readonly state: 'suspicious'; readonly at: Instant }
  | {
      readonly state: 'accepted'
      readonly at: Instant
      /** How long the rules of where its client lives keep it at least (`documentsKept`). */
      readonly keptYears?: number
    }
  | {
      readonly state: 'more-needed' | 'rejected'
      readonly at: Instant
      readonly reason: SubmissionReason
    }
export type SubmissionState = SubmissionStatus['state']
export const SUBMISSION_STATES = [
  ...(['received', 'checking', 'suspicious', 'accepted', 'more-needed', 'rejected'] as const),
] as const satisfies readonly SubmissionState[]

/** One person has said that it proves what it was sent for. */
export interface Acceptance {
  readonly actor: EventActor
  /** Where that was at the desk, and not at the command line or a program. */
  readonly memberId: MemberId | null
  readonly at: Instant
  readonly checks: readonly Check[]
  /** Names what was on record of the client then: where that is another, it counts no more. */
  readonly on: string
}

/** What a person has looked at in a proof before it is accepted. */
export const CHECKS = {
  address: ['legible', 'whole', 'name', 'address', 'recent'],
  identity: ['legible', 'whole', 'name', 'valid'],
} as const satisfies Readonly<Record<Purpose, readonly string[]>>
export type Check = (typeof CHECKS)[Purpose][number]

/** Why more is needed, or why it was rejected; each has its words in `locales/`. */
export const SUBMISSION_REASONS = [
  ...(['unreadable', 'cut-off', 'other-name', 'other-address', 'too-old', 'expired'] as const),
  ...(['wrong-kind', 'pages-missing'] as const),
] as const
export type SubmissionReason = (typeof SUBMISSION_REASONS)[number]

export interface SubmittedPage {
  /** As it came. */
  readonly original: FileId
  readonly kind: PictureKind
  readonly lengthBytes: number
  /** What came of opening it; `null` as long as that has not been done. */
  readonly opened: OpenedPage | null
}

export type OpenedPage =
  | (Opening & {
      readonly ok: true
      readonly clean: FileId
      /** How well it can be read; absent where that was not measured. */
      readonly legibility?: Legibility
    })
  | (Opening & { readonly ok: false })

/** Of one submission: both sides of a card, and the pages of a contract. */
export const SUBMITTED_PAGES_MAX = 10
/** All pages of one submission together: 25 MiB. */
export const SUBMISSION_LENGTH_BYTES_MAX = 25 * 1_024 * 1_024
/** Of one client in one day. */
export const SUBMISSIONS_A_DAY_MAX = 10

/** The page at `index` was opened, or could not be. */
export function pageOpened(
  submission: Submission,
  {
    index,
    opened,
    now,
  }: { readonly index: number; readonly opened: OpenedPage; readonly now: Instant },
): Submission {
  const pages = submission.pages.map((page, at) => (at === index ? { ...page, opened } : page))
  return { ...submission, pages, status: statusOf(pages, now) }
}

function statusOf(pages: readonly SubmittedPage[], now: Instant): SubmissionStatus {
  if (pages.some(({ opened }) => opened === null)) return { state: 'received' }
  return pages.some(({ opened }) => opened?.ok)
    ? { state: 'checking' }
    : { state: 'more-needed', at: now, reason: 'unreadable' }
}

/** How long an accepted proof is kept, by what it proves. */
export const ACCEPTED_KEPT: Readonly<Record<Purpose, Millis>> = {
  address: days(5 * 365),
  identity: days(10 * 365),
}
/** What proves nothing, and what no decision was ever made on. */
export const UNPROVEN_KEPT = days(90)

/** With its part of a leap day: a year of the rules is never shorter than one of the calendar. */
const YEAR_DAYS = 365.25

const longer = (one: Millis, other: Millis): Millis => (one > other ? one : other)

/** The same for as long as the rules ask for now, where that is longer than before. */
export function keptFor(submission: Submission, years: number | null): Submission {
  const { status } = submission
  if (status.state !== 'accepted' || years === null) return submission
  const keptYears = Math.max(years, status.keptYears ?? 0)
  return { ...submission, status: { ...status, keptYears } }
}

/** When a submission and its files are deleted for good. */
export function keptUntil({ status, purpose, receivedAt }: Submission): Instant {
  if (status.state === 'accepted') {
    const { at, keptYears = 0 } = status
    return after(at, longer(ACCEPTED_KEPT[purpose], days(Math.ceil(keptYears * YEAR_DAYS))))
  }
  return after('at' in status ? status.at : receivedAt, UNPROVEN_KEPT)
}

/** Every file that lies for it. */
export const filesOf = ({ pages }: Submission): readonly FileId[] =>
  pages.flatMap(({ original, opened }) => (opened?.ok ? [original, opened.clean] : [original]))

/**
 * What its client reads of a page, as a key of `locales/`: why it could not be opened, or what to
 * do better. `null` for one that can be read, and for one that has not been opened yet.
 */
export function faultOf({
  kind,
  opened,
}: Pick<SubmittedPage, 'kind'> & { readonly opened: Unread | null }): string | null {
  if (opened?.ok === false) {
    const isNamed = opened.why === 'not-a-picture' && kind !== 'other'
    return `unopened.${isNamed ? kind : opened.why}`
  }
  const advice = opened?.legibility?.advice
  return advice ? `better.${advice}` : null
}

/** What came of opening a page, as far as its client hears of it. */
type Unread =
  | { readonly ok: false; readonly why: Unopened }
  | { readonly ok: true; readonly legibility?: Legibility | null }
