import type { MailboxName, ReadMail, ReadSubject } from '#core/documents/mail.ts'
import { SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'

/**
 * Why a mail becomes documents, or why not: rules in an order, of which the first that does not
 * hold decides. `countersign document why` shows them all (R146).
 */

/** What the rules go by. */
export interface MailFacts {
  readonly sender: string
  readonly isAutomatic: boolean
  readonly mailbox: MailboxName
  /** `null` for one that cannot be read. */
  readonly read: ReadMail | null
  readonly subject: ReadSubject
  /** The same mail has become documents before. */
  readonly isAgain: boolean
  /** Whom the subject names: none, one, or more than one. */
  readonly clients: number
  /** What of theirs a document can be sent for. */
  readonly accounts: number
  /** They have proven an address, and it came from another one. */
  readonly isForeign: boolean
  /** Where it has to go; `null` where either mailbox is right, or no client is known. */
  readonly belongsTo: MailboxName | null
  /** They have not had too many today. */
  readonly hasRoom: boolean
}

interface Rule {
  readonly rule: string
  /** What happens to a mail for which it does not hold. */
  readonly otherwise: 'ignored' | 'waiting'
  /**
   * What its sender reads; `null` for nothing. What is wrong with the mail itself is told. Whatever
   * depends on what we know is answered in the words for a mail that was filed, so that no answer
   * tells whether an account exists (A19).
   */
  readonly answer: string | null
  readonly holds: (facts: MailFacts) => boolean
}

export const MAIL_RULES = [
  {
    rule: 'person',
    otherwise: 'ignored',
    answer: null,
    holds: ({ isAutomatic, sender }: MailFacts) => !isAutomatic && sender !== '',
  },
  told('readable', ({ read }) => read !== null),
  told('purpose', ({ subject }) => subject.purposes.length === 1),
  told('name', ({ subject: { numbers, names } }) =>
    numbers.length === 0 ? names.length > 0 : numbers.length === 1,
  ),
  told('pages', ({ read }) => (read?.pages ?? 0) > 0),
  told('few-pages', ({ read }) => (read?.pages ?? 0) <= SUBMITTED_PAGES_MAX),
  {
    rule: 'new',
    otherwise: 'ignored',
    answer: 'received',
    holds: ({ isAgain }: MailFacts) => !isAgain,
  },
  hidden('client', ({ clients }) => clients === 1),
  hidden('account', ({ accounts }) => accounts === 1),
  // A slip in the number names another client: a person looks before it lies with them.
  hidden('sender', ({ isForeign }) => !isForeign),
  hidden('mailbox', ({ mailbox, belongsTo }) => belongsTo === null || belongsTo === mailbox),
  hidden('room', ({ hasRoom }) => hasRoom),
] as const satisfies readonly Rule[]
export type MailRule = (typeof MAIL_RULES)[number]['rule']

function told<const Name extends string>(name: Name, holds: Rule['holds']) {
  return { rule: name, otherwise: 'waiting', answer: name, holds } as const
}

function hidden<const Name extends string>(name: Name, holds: Rule['holds']) {
  return { rule: name, otherwise: 'waiting', answer: 'received', holds } as const
}

/** The first rule that does not hold; `null` for a mail that becomes documents. */
export const brokenRule = (facts: MailFacts): (typeof MAIL_RULES)[number] | null =>
  MAIL_RULES.find(({ holds }) => !holds(facts)) ?? null

export interface RuleShown {
  readonly rule: MailRule
  readonly holds: boolean
}

/** Every rule with whether it holds, in their order. */
export const rulesShown = (facts: MailFacts): readonly RuleShown[] =>
  MAIL_RULES.map(({ rule: name, holds }) => ({ rule: name, holds: holds(facts) }))

/** What a sender reads: what is wrong with the mail itself, or that it was received. */
export type MailAnswer = NonNullable<(typeof MAIL_RULES)[number]['answer']>

/** @returns `null` for a mail that is not answered. */
export const answerTo = (broken: (typeof MAIL_RULES)[number] | null): MailAnswer | null =>
  broken === null ? 'received' : broken.answer
