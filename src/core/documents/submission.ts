import type { Legibility } from '#core/documents/legibility.ts'
import type { Opening, PictureKind } from '#core/documents/picture.ts'
import type { FileId, MailId, SubmissionId, SubscriberId } from '#core/ids.ts'
import { after, days, type Instant, type Millis } from '#core/time/time.ts'

/**
 * What a client sends to prove an address or an identity (R140, R145): pages, in files of their
 * own.
 *
 *   received ──every page was opened──▶ checking ──a person──▶ accepted
 *      │                                   ├────────────────▶ more-needed
 *      └──no page could be opened──────────┼──▶ more-needed
 *                                          └──▶ rejected
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
  | { readonly state: 'received' | 'checking' }
  | { readonly state: 'accepted'; readonly at: Instant }
  | {
      readonly state: 'more-needed' | 'rejected'
      readonly at: Instant
      readonly reason: SubmissionReason
    }
export type SubmissionState = SubmissionStatus['state']

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

export type Verdict =
  | { readonly verdict: 'accept' }
  | { readonly verdict: 'ask-again' | 'reject'; readonly reason: SubmissionReason }

/** What a person has decided; `null` where nothing waits for a decision. */
export function decided(submission: Submission, verdict: Verdict, now: Instant): Submission | null {
  if (submission.status.state !== 'checking') return null
  return { ...submission, status: statusAfter(verdict, now) }
}

function statusAfter(verdict: Verdict, at: Instant): SubmissionStatus {
  if (verdict.verdict === 'accept') return { state: 'accepted', at }
  const state = verdict.verdict === 'reject' ? 'rejected' : 'more-needed'
  return { state, at, reason: verdict.reason }
}

/** How long an accepted proof is kept, by what it proves. */
export const ACCEPTED_KEPT: Readonly<Record<Purpose, Millis>> = {
  address: days(5 * 365),
  identity: days(10 * 365),
}
/** What proves nothing, and what no decision was ever made on. */
export const UNPROVEN_KEPT = days(90)

/** When a submission and its files are deleted for good. */
export function keptUntil({ status, purpose, receivedAt }: Submission): Instant {
  if (status.state === 'accepted') return after(status.at, ACCEPTED_KEPT[purpose])
  return after('at' in status ? status.at : receivedAt, UNPROVEN_KEPT)
}

/** Every file that lies for it. */
export const filesOf = ({ pages }: Submission): readonly FileId[] =>
  pages.flatMap(({ original, opened }) => (opened?.ok ? [original, opened.clean] : [original]))
