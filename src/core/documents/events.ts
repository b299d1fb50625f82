import type { AgentId } from '#core/agent.ts'
import type { StatementKind } from '#core/documents/statement.ts'
import type { Actor, EventActor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { Check, Purpose, SubmissionReason } from '#core/documents/submission.ts'
import type { MailboxName } from '#core/documents/mail.ts'
import type { MailRule } from '#core/documents/mail-rules.ts'
import type { MailId, StatementId, SubmissionId } from '#core/ids.ts'

/** What is written down about documents. */
export type DocumentsEvent =
  | {
      /** A statement for a client: put there, or taken away for good. */
      readonly kind: 'statement.added' | 'statement.removed'
      readonly statementId: StatementId
      readonly statement: StatementKind
      /** Of the file that was put there: keyed, so that the log cannot be searched for a file. */
      readonly contentHash?: string
      readonly by: Actor
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      /** Its client has taken a copy. */
      readonly kind: 'statement.downloaded'
      readonly statementId: StatementId
      readonly statement: StatementKind
    }
  | {
      /** A client has sent a proof. */
      readonly kind: 'submission.received'
      readonly submissionId: SubmissionId
      readonly purpose: Purpose
      readonly account: string
      readonly pages: number
    }
  | {
      /** A mail with documents was kept; nothing of it has been looked at. */
      readonly kind: 'mail.received'
      readonly mailId: MailId
      readonly mailbox: MailboxName
      readonly lengthBytes: number
    }
  | {
      /** It was given to a person, was given back, was shown, or is no document for a person. */
      readonly kind: 'mail.handed-out' | 'mail.put-back' | 'mail.shown' | 'mail.dismissed'
      readonly mailId: MailId
      readonly agent: AgentId
    }
  | {
      /** It became no documents, for the first rule that did not hold. */
      readonly kind: 'mail.waiting' | 'mail.ignored'
      readonly mailId: MailId
      readonly rule: MailRule
      /** Whether its sender was written to. */
      readonly isAnswered: boolean
    }
  | {
      /** Its time was over: the key of its file was deleted. */
      readonly kind: 'mail.shredded'
      readonly mailId: MailId
    }
  | {
      /** A proof came by mail for this client, from whatever address. */
      readonly kind: 'submission.mailed'
      readonly submissionId: SubmissionId
      readonly mailId: MailId
      readonly purpose: Purpose
      readonly account: string
      readonly pages: number
      readonly isFromOwnAddress: boolean
      readonly isAnswered: boolean
    }
  | {
      /** Its pages were opened in the sandbox. */
      readonly kind: 'submission.opened'
      readonly submissionId: SubmissionId
      readonly pages: number
      /** Those of which there is a clean page. */
      readonly clean: number
      /** Those that the antivirus has stopped, where there are some. */
      readonly infected?: number
    }
  | {
      /** A person has seen a clean page of it. */
      readonly kind: 'submission.seen'
      readonly submissionId: SubmissionId
      readonly page: number
      readonly by: Actor
      /** Not where a program says it. */
      readonly agent?: AgentId
    }
  | {
      /** It was given to a person to judge, was given back, or what is on record was shown. */
      readonly kind: 'submission.handed-out' | 'submission.put-back' | 'submission.shown'
      readonly submissionId: SubmissionId
      readonly by: Actor
      /** Not where a program says it. */
      readonly agent?: AgentId
    }
  | {
      /** Compliance has taken a copy of a file as it came. */
      readonly kind: 'submission.original-read'
      readonly submissionId: SubmissionId
      readonly page: number
      readonly by: Actor
      /** Not where a program says it. */
      readonly agent?: AgentId
    }
  | {
      /** A person has decided: with the first of two it waits for another. */
      readonly kind: 'submission.accepted' | 'submission.accepted-first'
      readonly submissionId: SubmissionId
      readonly purpose: Purpose
      readonly account: string
      readonly checks: readonly Check[]
      /** The check digits of its lines for machines were right. */
      readonly isMrzRead: boolean
      /** Who had accepted it before, where it took two. */
      readonly first?: EventActor
      readonly by: Actor
      /** Not where a program says it. */
      readonly agent?: AgentId
    }
  | {
      /** It may be a forgery: compliance looks at it, or has found nothing. */
      readonly kind: 'submission.suspected' | 'submission.cleared'
      readonly submissionId: SubmissionId
      readonly by: Actor
      /** Not where a program says it. */
      readonly agent?: AgentId
    }
  | {
      readonly kind: 'submission.asked-again' | 'submission.rejected'
      readonly submissionId: SubmissionId
      readonly reason: SubmissionReason
      readonly by: Actor
      /** Not where a program says it. */
      readonly agent?: AgentId
    }
  | {
      /** Its time was over: the keys of its files were deleted. */
      readonly kind: 'submission.shredded'
      readonly submissionId: SubmissionId
    }

/** A step within the house: what came of it is told. */
const OF_QUEUE = { activity: null, notice: null, desk: false, counted: true } as const

/** Who hears of what. An event that is not decided here does not compile. */
export const DOCUMENTS_EVENTS: Hearings<DocumentsEvent> = {
  'statement.added': {
    activity: 'statement-added',
    // It waits in the portal; nothing is to be done about it.
    notice: null,
    desk: true,
    counted: true,
  },
  'statement.removed': {
    activity: 'statement-removed',
    notice: null,
    desk: true,
    counted: true,
  },
  'statement.downloaded': {
    activity: 'statement-downloaded',
    notice: null,
    desk: true,
    counted: true,
  },
  'submission.received': {
    activity: 'submission-received',
    // The page that it was sent from says so.
    notice: null,
    desk: true,
    counted: true,
  },
  'submission.mailed': {
    activity: 'submission-mailed',
    // From whatever address it came, the client hears of it at those on record alone.
    notice: 'submission-mailed',
    desk: true,
    counted: true,
  },
  'mail.received': { activity: null, notice: null, desk: false, counted: true },
  'mail.waiting': { activity: null, notice: null, desk: false, counted: true },
  'mail.ignored': { activity: null, notice: null, desk: false, counted: true },
  'mail.handed-out': OF_QUEUE,
  'mail.put-back': OF_QUEUE,
  'mail.shown': OF_QUEUE,
  'mail.dismissed': OF_QUEUE,
  'mail.shredded': { activity: null, notice: null, desk: false, counted: true },
  'submission.opened': { activity: null, notice: null, desk: true, counted: true },
  'submission.seen': { activity: null, notice: null, desk: true, counted: true },
  'submission.handed-out': OF_QUEUE,
  'submission.put-back': OF_QUEUE,
  'submission.shown': OF_QUEUE,
  'submission.original-read': OF_QUEUE,
  'submission.accepted-first': OF_QUEUE,
  // An agent on the telephone who knew of a suspicion could warn the caller.
  'submission.suspected': OF_QUEUE,
  'submission.cleared': OF_QUEUE,
  'submission.accepted': {
    activity: 'submission-accepted',
    notice: 'submission-accepted',
    desk: true,
    counted: true,
  },
  'submission.asked-again': {
    activity: 'submission-asked-again',
    notice: 'submission-asked-again',
    desk: true,
    counted: true,
  },
  'submission.rejected': {
    activity: 'submission-rejected',
    notice: 'submission-rejected',
    desk: true,
    counted: true,
  },
  'submission.shredded': { activity: null, notice: null, desk: true, counted: true },
}
