import type { MailboxName, ReadMail } from '#core/documents/mail.ts'
import type { MailRule } from '#core/documents/mail-rules.ts'
import type { FileId, MailId, SubmissionId } from '#core/ids.ts'
import { after, days, type Instant } from '#core/time/time.ts'

/**
 * A mail with documents (R013). It is kept sealed as it came, then opened in the sandbox, then
 * judged by rules.
 *
 *   received ──all rules hold──▶ filed (it became a submission)
 *      ├──one does not──▶ waiting (for a person; its sender gets instructions)
 *      └──it came from a program, or came before──▶ ignored
 */
export interface Mail {
  readonly id: MailId
  readonly receivedAt: Instant
  /** Whom the envelope names, and who gets an answer; empty for a notice of a mail server. */
  readonly sender: string
  readonly mailbox: MailboxName
  /** As it came. */
  readonly original: FileId
  readonly lengthBytes: number
  /** Its header says that a program has sent it. */
  readonly isAutomatic: boolean
  /** What the sandbox has read of it; `null` before, and for one that cannot be read. */
  readonly read: ReadMail | null
  readonly status: MailStatus
}

export type MailStatus =
  | { readonly state: 'received' }
  | { readonly state: 'filed'; readonly at: Instant; readonly submissionId: SubmissionId }
  | {
      readonly state: 'waiting' | 'ignored'
      readonly at: Instant
      /** The first rule that did not hold. */
      readonly rule: MailRule
    }
export type MailState = MailStatus['state']

/** How long a mail is kept as it came. */
export const MAIL_KEPT = days(90)

export const mailKeptUntil = ({ receivedAt }: Pick<Mail, 'receivedAt'>): Instant =>
  after(receivedAt, MAIL_KEPT)
