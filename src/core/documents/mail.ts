import type { Purpose } from '#core/documents/submission.ts'
import type { Language } from '#core/subscribers/account.ts'
import { hours } from '#core/time/time.ts'

/** What is known of a mail when it has been opened. */
export interface ReadMail {
  readonly subject: string
  /** As its sender's program has called it; empty for none. */
  readonly messageId: string
  /** Files in it that are photographs or documents by their first bytes. */
  readonly pages: number
}

/** Two mailboxes by where clients live (R141). */
export const MAILBOXES = ['european', 'other'] as const
export type MailboxName = (typeof MAILBOXES)[number]

export interface Mailbox {
  readonly address: string
  /** Of the answers to what is sent there. */
  readonly language: Language
}

/** What the operator decides about documents by mail. */
export interface MailIntake {
  /** Whether a door for mail is open. */
  readonly isOpen: boolean
  readonly mailboxes: Readonly<Record<MailboxName, Mailbox>>
  /** Who writes to the European one, by ISO 3166-1. */
  readonly europe: readonly string[]
  /** How account numbers look: `#` stands for a digit, all else for itself (R142). */
  readonly accountNumber: string
}

/** An account number for an example: `U1234567` of `U#######`. */
export function exampleOf({ accountNumber }: Pick<MailIntake, 'accountNumber'>): string {
  let digit = 0
  return accountNumber.replaceAll('#', () => String((digit += 1) % 10))
}

/** The mailbox of an address that a sender has named, in whatever case; `null` for no other. */
export const mailboxOf = (
  { mailboxes }: Pick<MailIntake, 'mailboxes'>,
  address: string,
): MailboxName | null =>
  MAILBOXES.find((name) => mailboxes[name].address.toLowerCase() === address.toLowerCase()) ?? null

/** The mailbox of those who live there; `null` where that is not recorded, and either is right. */
export const mailboxFor = (
  { europe }: Pick<MailIntake, 'europe'>,
  residence: string | null,
): MailboxName | null =>
  residence === null ? null : europe.includes(residence) ? 'european' : 'other'

/** What is read of a mail before its sender hears that we have it. */
export const MAIL_LIMITS = {
  lengthBytes: 25 * 1_024 * 1_024,
  parts: 20,
  nesting: 3,
  headers: 100,
  /** Without its line break. @see RFC 5322, section 2.1.1 */
  lineBytes: 998,
  /** Of 64 characters or more, as files are written, 25 MB have fewer. */
  lines: 400_000,
} as const

/** Of one sender in one day. */
export const MAILS_A_DAY_MAX = 20
/** Submissions that mails bring about for one client in one day, beside those of the portal. */
export const MAILED_A_DAY_MAX = 10
/** A sender who writes more often gets no second answer. */
export const ANSWERS_APART = hours(1)
/**
 * Answers to all senders together in that time. A sender can be forged, so every answer may reach a
 * stranger who has written nothing; a client whose mail is not answered finds it in the portal.
 */
export const ANSWERS_MAX = 100

/**
 * Whom an answer reaches, as far as it can be told: most servers bring `anna+1@` and `an.na@` where
 * they bring `anna@`, and one mailbox would be written to under a thousand names.
 */
export function answeredAs(sender: string): string {
  const at = Math.max(sender.lastIndexOf('@'), 0)
  const [name = ''] = sender.slice(0, at).split('+', 1)
  return `${name.replaceAll('.', '')}${sender.slice(at)}`.toLowerCase()
}

/** Of headers, in lower case: who writes them is a program, a list or a mail server. */
const OF_LISTS = /^list-/
const OF_PROGRAMS = new Set(['x-auto-response-suppress', 'x-autoreply', 'x-autorespond'])
const BULK = new Set(['bulk', 'list', 'junk', 'auto_reply'])

/**
 * Whether a header says that no person waits for an answer.
 *
 * @see RFC 3834, "Recommendations for Automatic Responses", section 2; RFC 2919; RFC 2369
 */
export function isOfProgram(name: string, value: string): boolean {
  const [lower, word] = [name.toLowerCase(), value.trim().toLowerCase()]
  if (lower === 'auto-submitted') return word.split(/[\s;(]/, 1)[0] !== 'no'
  if (lower === 'precedence') return BULK.has(word)
  // Exchange asks others to suppress their answers; it says nothing of its own mail.
  if (lower === 'x-auto-response-suppress') return /\b(all|oof|autoreply)\b/.test(word)
  return OF_LISTS.test(lower) || OF_PROGRAMS.has(lower)
}

/** What a mail was sent for, as its subject says. */
export interface ReadSubject {
  readonly purposes: readonly Purpose[]
  /** Account numbers, in their one spelling. */
  readonly numbers: readonly string[]
  /** What else may be a user name. */
  readonly names: readonly string[]
}

/** Addresses that programs write from. @see RFC 3834, section 2; RFC 2142, section 4 */
const OF_SERVERS =
  /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-(?:request|bounces?|owner))$/i

export const isOfServer = (address: string): boolean =>
  OF_SERVERS.test(address.slice(0, Math.max(address.lastIndexOf('@'), 0)).split('+', 1)[0] ?? '')
