import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { ENVIRONMENTS, LANGUAGES, USER_NAME_LENGTH_MAX } from '#core/subscribers/account.ts'
import { CONTACT_KINDS, type ContactKind } from '#core/contact/address.ts'
import { MRZ_LENGTH_MAX } from '#core/documents/review/mrz.ts'
import { VERDICTS } from '#core/documents/review/review.ts'
import { STATEMENT_KINDS, STATEMENT_NAME_LENGTH_MAX } from '#core/documents/statement.ts'
import {
  PURPOSES,
  SUBMISSION_REASONS,
  SUBMISSION_STATES,
  SUBMITTED_PAGES_MAX,
} from '#core/documents/submission.ts'
import { LOSSES } from '#core/orders/fees.ts'
import { ENTRY_KINDS, ENTRY_REASONS } from '#core/orders/ledger.ts'
import { FAULTS, ORDER_STATES } from '#core/orders/order.ts'
import { isCountry } from '#core/subscribers/country.ts'
import { OVERRIDE_REASON_LENGTH_MAX } from '#core/subscribers/jurisdiction.ts'
import { lineOf, linesOf } from '#core/text/line.ts'
import { readMailAddress } from '#core/contact/mail-address.ts'
import { PRIMARY_NAME_LENGTH_MAX } from '#core/subscribers/primary-user.ts'
import { FULL_NAME_LENGTH_MAX } from '#core/subscribers/full-name.ts'
import { FORBIDDEN } from '#core/sessions/rights.ts'

/** The messages of the back-office interface. */

/** More than any client has; sums stay exact. */
const EQUITY_MAX = 1_000_000_000_000

/** What a list that is read page by page says of itself. */
export const oldestFirst = (most: number): string =>
  `The oldest first, up to ${most}; \`after\` is the last one of the page before.`

const moment = z.iso.datetime().describe('RFC 3339, UTC')
const number = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{0,31}$/)
  .describe('Such as `U0000001`')
const residence = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .refine(isCountry, 'a country of ISO 3166-1, such as GB for the United Kingdom')
  .nullable()
  .describe('Where the holder lives: ISO 3166-1, two letters. It decides whose rules apply')
const jurisdiction = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/)
  .optional()
  .describe(
    'Whose rules apply, where it is not the residence that decides; docs/rights.md lists them',
  )
const reason = z
  .string()
  .refine((line) => lineOf(line, OVERRIDE_REASON_LENGTH_MAX) !== null, 'one line of words')
  .overwrite((line) => lineOf(line, OVERRIDE_REASON_LENGTH_MAX) ?? line)
  .optional()
  .describe('Why other rules apply than those of the residence, in one line')
const version = z
  .int()
  .min(1)
  .optional()
  .describe('As it was read: if it was changed since, nothing happens but `account.conflict`')

export const UserName = z.strictObject({
  userName: z
    .string()
    .min(1)
    .max(USER_NAME_LENGTH_MAX * 4),
})
export const AccountNumber = z.strictObject({ number })
export const HoldId = UserName.extend({ id: z.string().max(40) })

export const NewAccount = z
  .strictObject({
    number,
    environment: z.enum(ENVIRONMENTS),
    residence: residence.default(null),
    jurisdiction,
    reason,
  })
  .meta({ id: 'NewAccount' })

const fullName = z
  .string()
  .min(1)
  .max(FULL_NAME_LENGTH_MAX * 4)
  .describe('What the client is called, in one line of up to 80 characters; the portal greets so')

export const NewSubscriber = z
  .strictObject({
    userName: z
      .string()
      .min(1)
      .max(USER_NAME_LENGTH_MAX * 4),
    fullName: fullName.optional(),
    password: z.string().min(1).max(1_024).describe('Good enough to stand alone: 15 characters'),
    language: z.enum(LANGUAGES).default('en'),
    accounts: z.array(NewAccount).max(20).default([]),
  })
  .meta({ id: 'NewSubscriber' })

export const ChangedSubscriber = z
  .strictObject({ language: z.enum(LANGUAGES).optional(), fullName: fullName.optional() })
  .refine(
    ({ language, fullName }) => language !== undefined || fullName !== undefined,
    'nothing to change',
  )
  .meta({ id: 'ChangedSubscriber' })

export const PrimaryUser = z
  .strictObject({
    userName: z
      .string()
      .min(1)
      .max(USER_NAME_LENGTH_MAX * 4)
      .describe('Whose account they use'),
    name: z
      .string()
      .refine((name) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(name), 'one line of text')
      .trim()
      .min(1)
      .max(PRIMARY_NAME_LENGTH_MAX)
      .refine((name) => lineOf(name, PRIMARY_NAME_LENGTH_MAX) !== null, 'one line of text')
      .overwrite((name) => lineOf(name, PRIMARY_NAME_LENGTH_MAX) ?? name)
      .describe(
        'What that person is called to them, in one line of visible characters: ' +
          'they read it, so never the user name',
      ),
  })
  .meta({ id: 'PrimaryUser' })

export const Step = z.strictObject({ version }).meta({ id: 'AccountStep' })
export const Close = z
  .strictObject({ by: z.enum(['client', 'broker']), version })
  .meta({ id: 'CloseAccount' })
export const Relocate = z
  .strictObject({ residence, jurisdiction, reason, version })
  .meta({ id: 'RelocateAccount' })

export const Placings = z
  .object({
    placings: z.array(
      z.object({
        at: moment,
        by: z.string().describe('Who has said it: `operator`, or `back-office:` and the program'),
        residence: z.string().nullable(),
        jurisdiction: z.string(),
        isOverride: z.boolean(),
        reason: z.string().nullable(),
        words: z
          .enum(['none', 'as-given', 'changed', 'erased'])
          .describe('What has become of the reason since: the audit log holds a digest of it'),
      }),
    ),
  })
  .meta({ id: 'Placings' })

export const Value = z
  .strictObject({
    equityUsd: z
      .int()
      .min(-EQUITY_MAX)
      .max(EQUITY_MAX)
      .describe('What is in it, in whole US dollars, rounded down'),
    version,
  })
  .meta({ id: 'ValueAccount' })

/** The longest postal address, in code points. */
const ADDRESS_LENGTH_MAX = 500

/** One address of each kind. A number is taken as it is: it is not proven yet. */
export const CONTACT_VALUES: Readonly<Record<ContactKind, z.ZodType<string>>> = {
  email: z
    .string()
    .max(1_000)
    .transform((typed, context) => {
      const read = readMailAddress(typed, domainToASCII)
      if (read.ok) return read.address
      context.addIssue({ code: 'custom', message: 'one address of electronic mail' })
      return z.NEVER
    })
    .describe('One address; its domain is kept in small letters and in ASCII'),
  mobile: z.e164(),
  postal: z
    .string()
    .refine((lines) => !/[^\P{Cc}\n]/u.test(lines), 'lines of text')
    .trim()
    .min(1)
    .max(ADDRESS_LENGTH_MAX)
    .refine((address) => linesOf(address, ADDRESS_LENGTH_MAX) !== null, 'lines of text')
    .overwrite((address) => linesOf(address, ADDRESS_LENGTH_MAX) ?? address)
    .describe('As on an envelope, line by line, without control characters'),
}

export const StartHold = z
  .strictObject({
    kind: z
      .string()
      .regex(/^[a-z][a-z-]{0,30}$/)
      .describe('Why, such as `review`'),
    forbids: z.array(z.enum(FORBIDDEN)).min(1).max(FORBIDDEN.length),
    until: moment,
  })
  .meta({ id: 'StartHold' })

export const Account = z
  .object({
    number: z.string(),
    version: z.int(),
    userName: z.string(),
    environment: z.enum(ENVIRONMENTS),
    status: z.enum(['applied', 'approved', 'open', 'closed-by-client', 'closed-by-broker']),
    approvedAt: moment.nullable(),
    tradesFrom: moment
      .nullable()
      .describe('Approved after the cut-off, it trades from then on; `null` for no wait'),
    residence: z.string().nullable(),
    jurisdiction: z.string().describe('Whose rules apply; docs/rights.md lists them'),
    overrideReason: z
      .string()
      .nullable()
      .describe('Why these rules apply and not those of the residence; `null` where it decides'),
    optedOut: z.boolean().describe('Its holder trades with a password alone'),
    networks: z
      .array(z.string())
      .describe('The networks that such a holder trades from; empty for all of them'),
    equityUsd: z.int().nullable().describe('In whole US dollars; `null` when it is not recorded'),
    reservedUsd: z.int().describe('Kept back in it for devices, in whole US dollars'),
  })
  .meta({ id: 'Account' })

export const Subscriber = z
  .object({
    id: z.string(),
    userName: z.string(),
    fullName: z.string().nullable().describe('`null` where it is not recorded'),
    identity: z
      .object({ hasBirthDate: z.boolean(), documents: z.int() })
      .describe('What is recorded of the papers: whether, and how many, and never what'),
    language: z.enum(LANGUAGES),
    primary: z
      .object({ userName: z.string(), name: z.string() })
      .nullable()
      .describe('Whose account they use; `null` where it is their own'),
    accounts: z.array(Account),
    contacts: z
      .array(
        z.object({
          kind: z.enum(CONTACT_KINDS),
          value: z.string(),
          since: moment,
          verifiedAt: moment
            .nullable()
            .describe('When its holder typed the code that was sent there'),
          replacedAt: moment.nullable().describe('`null` for the one that counts'),
        }),
      )
      .describe('What was replaced in the last 30 days is still there: notices go to it as well'),
    holds: z.array(
      z.object({ kind: z.string(), forbids: z.array(z.enum(FORBIDDEN)), until: moment }),
    ),
  })
  .meta({ id: 'Subscriber' })

export const Held = z.object({ id: z.string().describe('To lift it with') }).meta({ id: 'Hold' })

export const LetterId = z.strictObject({ id: z.string().max(40) })
export const LettersAfter = z.strictObject({ after: z.string().max(40).optional() })

export const Letter = z
  .object({
    id: z.string(),
    reference: z.string().describe('Stands on the sheet, and in the notices of other addresses'),
    language: z.enum(LANGUAGES),
    subject: z.string(),
    writtenAt: moment,
    postedAt: moment.nullable().describe('`null` while it waits'),
  })
  .meta({ id: 'Letter' })

export const Letters = z.object({ letters: z.array(Letter) }).meta({ id: 'Letters' })

export const StatementId = z.strictObject({ id: z.string().max(40) })

const statementFacts = {
  kind: z.enum(STATEMENT_KINDS),
  name: z
    .string()
    .min(1)
    .max(STATEMENT_NAME_LENGTH_MAX * 4)
    .describe('As the client reads it, in the client’s language: one line of up to 80 characters'),
  day: z.iso.date().describe('Up to which it reports'),
}

export const NewStatement = z
  .strictObject({
    ...statementFacts,
    file: z
      .string()
      .min(1)
      .refine((text) => text.length % 4 === 0 && !/[^A-Za-z0-9+/=]/.test(text), 'Base64')
      .describe('A PDF of up to 5 MiB, in Base64 (RFC 4648, section 4)'),
  })
  .meta({ id: 'NewStatement' })

export const Statement = z
  .object({ id: z.string(), ...statementFacts, lengthBytes: z.int(), addedAt: moment })
  .meta({ id: 'Statement' })

export const Statements = z.object({ statements: z.array(Statement) }).meta({ id: 'Statements' })

export const SubmissionId = z.strictObject({ id: z.string().max(40) })
export const SubmissionPage = SubmissionId.extend({
  page: z.coerce.number().int().min(1).max(SUBMITTED_PAGES_MAX),
})
export const SubmissionsIn = z.strictObject({
  state: z.enum(SUBMISSION_STATES).default('checking'),
})

export const Submission = z
  .object({
    id: z.string(),
    userName: z.string(),
    purpose: z.enum(PURPOSES),
    account: z.string(),
    receivedAt: moment,
    state: z.enum(SUBMISSION_STATES),
    reason: z.enum(SUBMISSION_REASONS).nullable(),
    isAcceptedOnce: z.boolean().describe('One person or program has accepted it, of two'),
    movesTo: z
      .string()
      .nullable()
      .describe('The new postal address that it is to show; null for the one on record'),
    pages: z.array(
      z.object({
        kind: z.string(),
        lengthBytes: z.int(),
        isOpened: z.boolean().describe('Whether there is a page that can be shown'),
      }),
    ),
  })
  .meta({ id: 'Submission' })

export const Submissions = z
  .object({ submissions: z.array(Submission) })
  .meta({ id: 'Submissions' })

export const SubmissionVerdict = z
  .strictObject({
    verdict: z.enum(VERDICTS),
    reason: z.enum(SUBMISSION_REASONS).optional().describe('With `ask-again` and `reject`'),
    checks: z.array(z.string().max(40)).max(10).default([]).describe('With `accept`: all of them'),
    date: z.iso.date().optional().describe('With `accept`: the day that stands on it'),
    mrz: z.string().max(MRZ_LENGTH_MAX).default('').describe('The lines for machines, if any'),
  })
  .meta({ id: 'SubmissionVerdict' })

export const OrderId = z.strictObject({ id: z.string().max(40) })
export const Serial = z.strictObject({
  serial: z
    .string()
    .min(1)
    .max(100)
    .describe('As it is printed on the device, however it is typed'),
})

const orderState = z.enum(ORDER_STATES)
export const OrdersAfter = z.strictObject({
  state: orderState.default('ordered'),
  after: z.string().max(40).optional(),
})

export const Order = z
  .object({
    id: z.string(),
    userName: z.string(),
    method: z.string().describe('What is ordered, such as `security-card`'),
    state: orderState,
    address: z
      .string()
      .describe('Where it goes, line by line; empty for a device that was given by hand'),
    byHand: z.boolean().describe('No client has ordered it: it was given by hand'),
    country: z.string().nullable(),
    deposit: z.object({
      account: z.string(),
      usd: z.int(),
      dueAt: moment
        .nullable()
        .describe('When it is charged, where the device must be back by then'),
      releasedAt: moment.nullable().describe('When it was free again'),
      chargedAt: moment.nullable().describe('When the device was lost, or had not come back'),
      refundedAt: moment.nullable().describe('When a device came back that was charged for'),
    }),
    orderedAt: moment,
    serial: z.string().nullable().describe('Named when it was packed, or left'),
    packedAt: moment.nullable().describe('While it lies in an envelope that has not left'),
    sentAt: moment.nullable(),
    carrier: z.string().nullable().describe('Who carries it; `null` for a plain letter'),
    tracking: z.string().nullable().describe('Its number at the carrier'),
    expectedAt: moment.nullable(),
    lateness: z
      .enum(['in-time', 'late', 'missing'])
      .nullable()
      .describe('While it is on its way: `missing` a few days behind its day; look after it'),
    deliveredAt: moment.nullable(),
    deliveredBy: z
      .enum(['carrier', 'holder'])
      .nullable()
      .describe('Who says that it is there; neither proves it'),
    lostAt: moment.nullable().describe('When it was given up as lost in the post'),
    replaces: z.string().nullable().describe('The device that ends when this one is proven'),
    fault: z
      .enum(FAULTS)
      .nullable()
      .describe('What is wrong with that one, by the word of its holder'),
    activatesAt: moment
      .nullable()
      .describe(
        'When it is accepted without having been proven; ' +
          '`null` before it has left, and where it is never',
      ),
  })
  .meta({ id: 'Order' })

export const Label = z.strictObject({
  carrier: z.string().max(100).optional().describe('Such as the post; without, a plain letter'),
  tracking: z.string().max(100).optional().describe('Its number at the carrier'),
})
export const Sent = Serial.extend(Label.shape)

export const EntriesAfter = z.strictObject({
  after: z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .optional()
    .describe('The `next` of the page before; without, from the beginning'),
})

export const LedgerEntry = z
  .object({
    id: z.string().describe('Stays the same, whenever it is read: enter it once'),
    kind: z
      .enum(ENTRY_KINDS)
      .describe(
        '`reserve` keeps back, `release` and `charge` end that; `charge` takes the money, ' +
          'and `refund` owes it back',
      ),
    why: z.enum(ENTRY_REASONS),
    account: z.string(),
    userName: z.string(),
    orderId: z.string(),
    device: z.string().describe('The kind of device, such as `security-card`'),
    usd: z.int().min(1).describe('Whole US dollars'),
    at: moment,
  })
  .meta({ id: 'LedgerEntry' })

export const Ledger = z
  .object({
    entries: z.array(LedgerEntry),
    next: z.string().describe('To be asked for next, also when there was nothing new'),
  })
  .meta({ id: 'Ledger' })

export const Orders = z.object({ orders: z.array(Order) }).meta({ id: 'Orders' })

export const Loss = z.strictObject({
  why: z
    .enum(LOSSES)
    .describe(
      'An empty battery costs nothing, nor does a key at its end or a fault within the warranty',
    ),
})

export const WrittenOffToken = z
  .object({
    serial: z.string(),
    order: Order.nullable().describe('The order that it came with, where there was one'),
  })
  .meta({ id: 'WrittenOffToken' })

export const ReturnedToken = z
  .object({
    serial: z.string(),
    returnedAt: moment,
    order: Order.nullable().describe('The order that it was sent for, where there was one'),
  })
  .meta({ id: 'ReturnedToken' })
