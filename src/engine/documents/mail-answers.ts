import type { Mail } from '#core/documents/kept-mail.ts'
import { exampleOf, MAIL_LIMITS } from '#core/documents/mail.ts'
import type { MailAnswer } from '#core/documents/mail-rules.ts'
import { SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'
import type { Effect } from '#core/login/state.ts'
import type { World } from '#engine/world.ts'

/** What a mail is answered. */
export interface Answered {
  readonly kind: MailAnswer
  /** What is to be better about its photographs, by their places in the mail (R144). */
  readonly faults: readonly PageFault[]
}

export interface PageFault {
  /** From 1. */
  readonly page: number
  /** As a key of `locales/`. */
  readonly fault: string
}

/**
 * The answer to a mail, in the language of its mailbox. It goes by the mail alone: who owns an
 * account, and whether there is one, changes no letter of it (A19).
 */
export function mailAnswer(
  { words, settings }: Pick<World, 'words' | 'settings'>,
  { sender, mailbox, read }: Mail,
  { kind, faults }: Answered,
): Effect {
  const { name, helpLine, mailIntake } = settings
  const { language } = mailIntake.mailboxes[mailbox]
  const values = {
    brand: name,
    help: helpLine,
    european: mailIntake.mailboxes.european.address,
    other: mailIntake.mailboxes.other.address,
    number: exampleOf(mailIntake),
    pages: String(SUBMITTED_PAGES_MAX),
    size: String(MAIL_LIMITS.lengthBytes / 1_024 ** 2),
  }
  const text = (key: string) => words.text(language, `mail-answer.${key}`, values)
  const better = faults.map(({ page, fault }) =>
    words.text(language, `submissions.${fault}`, { page: String(page) }),
  )
  const photos = better.length === 0 ? [] : [[text('better'), ...better].join('\n')]
  const paragraphs = ['subject-line', 'photos', 'mailboxes', 'portal'].map(text)
  return {
    kind: 'deliver',
    channel: 'email',
    to: null,
    address: sender,
    payload: {
      subject: text('subject'),
      text: [text(`because.${kind}`), ...photos, ...paragraphs, text('end')].join('\n\n'),
      answers: { messageId: read?.messageId ?? '' },
    },
  }
}
