import { createTransport, type Transporter } from 'nodemailer'
import { type Channel, type Delivered, type Delivery, NOTICE_RETRIES } from '#channels/channel.ts'
import { escapeXml } from '#channels/http-request.ts'
import { isMailAddress } from '#core/contact/mail-address.ts'

/** Mail over the operator's own mail server. */
export interface EmailOptions {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly tls: 'implicit' | 'required' | 'none'
  readonly login: { readonly name: string; readonly password: string } | null
  /** Whom mail comes from: one address. */
  readonly from: string
  readonly fromName: string
  /** For one step of the conversation; tests use a shorter time. */
  readonly patienceMs?: number
}

export interface Mail {
  readonly subject: string
  /** Paragraphs stand apart by an empty line. */
  readonly text: string
  /** It answers a mail, perhaps one without a name. */
  readonly answers?: { readonly messageId: string }
}

const STEP_PATIENCE_MS = 6_000
const SUBJECT_LENGTH_MAX = 200

/**
 * Plain text first, and the same words as HTML: no picture, no link, no button.
 *
 * The id of the delivery is the id of the mail, so that a mailbox that gets it twice can tell.
 */
export function email(options: EmailOptions): Channel {
  const transport = transportOf(options)
  const host = options.from.slice(options.from.lastIndexOf('@') + 1)
  return {
    name: 'email',
    retries: NOTICE_RETRIES,
    async deliver({ id, address, payload }: Delivery): Promise<Delivered> {
      // Written by the use case that asked for it.
      const mail = payload as unknown as Mail
      if (!isAddress(address) || !isOneLine(mail.subject))
        return { outcome: 'failed', reason: 'rejected' }
      try {
        await transport.sendMail({
          from: { name: options.fromName, address: options.from },
          to: { name: '', address },
          subject: mail.subject,
          messageId: `<${id}@${host}>`,
          text: mail.text,
          html: htmlOf(mail),
          ...(mail.answers ? answering(mail.answers, address) : GENERATED),
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        return { outcome: 'sent' }
      } catch (error) {
        return outcomeOf(error as { readonly responseCode?: number; readonly code?: string })
      }
    },
    close() {
      transport.close()
      return Promise.resolve()
    },
  }
}

function transportOf({ host, port, tls, login, patienceMs }: EmailOptions): Transporter {
  const step = patienceMs ?? STEP_PATIENCE_MS
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    ...(login && { auth: { user: login.name, pass: login.password } }),
    connectionTimeout: step,
    greetingTimeout: step,
    socketTimeout: step,
    dnsTimeout: step,
  })
}

/** Automatic replies are suppressed. @see RFC 3834, section 5 */
const GENERATED = { headers: { 'Auto-Submitted': 'auto-generated' } }

/**
 * With an empty sender, so that an answer which cannot be delivered is not answered in turn.
 *
 * @see RFC 3834, sections 3.1.5, 3.3 and 5
 */
const answering = ({ messageId }: { readonly messageId: string }, address: string) => ({
  headers: { 'Auto-Submitted': 'auto-replied' },
  envelope: { from: '', to: [address] },
  ...(MESSAGE_ID.test(messageId) && { inReplyTo: messageId, references: messageId }),
})

/** What can stand in a header as it is. @see RFC 5322, section 3.6.4 */
const MESSAGE_ID = /^<[\w!#$%&'*+/=?^`{|}~.-]{1,200}@[\w.-]{1,200}>$/

/** One address and nothing else, whether a client typed it or a program sent it. */
export const isAddress = (address: unknown): address is string =>
  typeof address === 'string' && isMailAddress(address)

/** A line break in a subject would begin another header. */
const isOneLine = (subject: string): boolean =>
  subject.length <= SUBJECT_LENGTH_MAX && !/[\p{Cc}\u2028\u2029]/u.test(subject)

const PARAGRAPH = 'margin:0 0 1em;font:16px/1.5 system-ui,sans-serif;color:#16191b'

function htmlOf({ text }: Mail): string {
  const paragraphs = text
    .split(/\n{2,}/)
    .map((words) => escapeXml(words.trim()).replaceAll('\n', '<br>'))
    .map((words) => `<p style="${PARAGRAPH}">${words}</p>`)
  const body = `<div style="max-width:36rem">${paragraphs.join('')}</div>`
  return `<!doctype html><html><body style="background:#fff">${body}</body></html>`
}

/**
 * A mail, or its address, that was refused for good is not tried again. A refusal of us, such as an
 * unknown login, is corrected by the operator, and then the mail still goes.
 *
 * @see RFC 5321, section 4.2.1
 */
function outcomeOf({
  responseCode: code,
  code: name,
}: {
  readonly responseCode?: number
  readonly code?: string
}): Delivered {
  const isAboutMail = name === 'EENVELOPE' || name === 'EMESSAGE'
  if (isAboutMail && code !== undefined && code >= 500)
    return { outcome: 'failed', reason: 'rejected' }
  return { outcome: 'later', reason: code === undefined ? (name ?? 'unknown') : `status ${code}` }
}
