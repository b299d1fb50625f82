import { z } from 'zod'
import { isMailAddress } from '#core/contact/mail-address.ts'
import type { ScannerAddress } from '#core/documents/antivirus.ts'
import type { MailIntake } from '#core/documents/mail.ts'
import type { ReviewRules } from '#core/documents/review/review.ts'
import { PURPOSES } from '#core/documents/submission.ts'
import { isCountry } from '#core/subscribers/country.ts'

/** The European Economic Area, the United Kingdom, Switzerland, and the small states. */
const EUROPE = (
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK ' +
  'IS LI NO GB CH AD GG GI IM JE MC SM VA'
).split(' ')

const COUNTRIES_MAX = 250
const NUMBER_LENGTH_MAX = 20

const mailbox = (address: string, language: 'en' | 'fr') =>
  z
    .strictObject({
      address: z
        .string()
        .max(254)
        .refine(isMailAddress, 'must be one mail address, with its domain in ASCII')
        .default(address)
        .describe('Its address'),
      language: z.enum(['en', 'fr']).default(language).describe('The language of its answers'),
    })
    .prefault({})

const file = (what: string) => z.string().min(1).max(500).nullable().default(null).describe(what)

/** Documents that clients send by mail, and how an account is named there (R141, R142). */
export const Documents = z
  .strictObject({
    accountNumber: z
      .string()
      .max(NUMBER_LENGTH_MAX)
      .regex(/^[\p{L}\p{N}._-]*#{3,}[\p{L}\p{N}._#-]*$/u, 'must have three # or more, for digits')
      .default('U#######')
      .describe('How account numbers look in the subject of a mail: # stands for a digit'),
    antivirus: z
      .string()
      .max(200)
      .regex(/^(?:\/\S+|[^/:\s]+:\d{1,5})$/, 'must be the path of a socket, or a host and a port')
      .nullable()
      .default(null)
      .describe('Where clamd listens, such as /run/clamav/clamd.ctl or 127.0.0.1:3310'),
    review: z
      .strictObject({
        months: z
          .int()
          .min(1)
          .max(24)
          .default(3)
          .describe('How many months old a proof of an address may be'),
        approves: z
          .array(z.enum(PURPOSES))
          .max(PURPOSES.length)
          .default([...PURPOSES])
          .describe('What has to be accepted for an account to be approved by it; [] for never'),
      })
      .prefault({}),
    mail: z
      .strictObject({
        port: z
          .int()
          .min(0)
          .max(65_535)
          .default(0)
          .describe('Where mail comes in, such as 2525; 0 for none'),
        certificateFile: file('Its certificate, for STARTTLS'),
        keyFile: file('The key of its certificate'),
        european: mailbox('documents.europe@example.com', 'en'),
        other: mailbox('documents@example.com', 'en'),
        europe: z
          .array(z.string().refine(isCountry, 'must be two letters of ISO 3166-1'))
          .max(COUNTRIES_MAX)
          .default(EUROPE)
          .describe('Who lives there writes to the European mailbox'),
      })
      .refine(({ certificateFile, keyFile }) => (certificateFile === null) === (keyFile === null), {
        path: ['keyFile'],
        message: 'is needed with a certificate, and a certificate with it',
      })
      .refine(
        ({ european, other }) => european.address.toLowerCase() !== other.address.toLowerCase(),
        { path: ['other'], message: 'must be another address than the European one' },
      )
      .prefault({}),
  })
  .prefault({})

interface WithDocuments {
  readonly documents: z.infer<typeof Documents>
}

/** As the door goes by it. */
export function mailDoorOf({ documents: { mail } }: WithDocuments) {
  const { port, certificateFile, keyFile } = mail
  return { port: port === 0 ? null : port, certificateFile, keyFile }
}

/** As use cases go by it. */
export function mailIntakeOf({ documents: { accountNumber, mail } }: WithDocuments): MailIntake {
  const { european, other, europe } = mail
  return { isOpen: mail.port !== 0, mailboxes: { european, other }, europe, accountNumber }
}

/** What looks at files before they are opened; `null` for none. */
export function antivirusOf({ documents: { antivirus } }: WithDocuments): ScannerAddress | null {
  if (antivirus === null) return null
  if (antivirus.startsWith('/')) return { path: antivirus }
  const [host = '', port = ''] = antivirus.split(':')
  return { host, port: Number(port) }
}

/** As people who judge them go by it. */
export const reviewRulesOf = ({ documents: { review } }: WithDocuments): ReviewRules => review
