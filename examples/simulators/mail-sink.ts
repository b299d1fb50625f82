import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import postalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'

/** A mail that has reached a mailbox. */
export interface Mail {
  readonly id: string
  readonly to: string
  /** Whom the mail itself names, which need not be who got it. */
  readonly toWritten: readonly string[]
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: number
}

/** What can go wrong: it refuses for now, or for good, or never answers. */
export type MailFault = (typeof MAIL_FAULTS)[number]

export const MAIL_FAULTS = ['later', 'refuse', 'never'] as const

export interface MailSink {
  readonly port: number
  /** All that have arrived, the oldest first. */
  readonly mails: readonly Mail[]
  fault: MailFault | null
  close(): Promise<void>
}

/** What the sink remembers; older mail is forgotten. */
const MAILS_MAX = 200
const MAIL_BYTES_MAX = 1_048_576

/** A mail server that accepts mail to every address and delivers none. */
export async function mailSink({
  onMail,
}: {
  readonly onMail?: (mail: Mail) => void
} = {}): Promise<MailSink> {
  const mails: Mail[] = []
  const sink = { fault: null as MailFault | null }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAIL_BYTES_MAX,
    onRcptTo(_address, _session, done) {
      if (sink.fault === 'later') return done(refusal(451, 'not now'))
      if (sink.fault === 'refuse') return done(refusal(550, 'no such mailbox'))
      if (sink.fault !== 'never') done()
    },
    onData(stream, { envelope }, done) {
      const to = envelope.rcptTo[0]?.address ?? ''
      const keep = async () => {
        try {
          const mail = await readMail(await buffer(stream), to)
          mails.push(mail)
          if (mails.length > MAILS_MAX) mails.shift()
          onMail?.(mail)
          done()
        } catch {
          done(refusal(554, 'this cannot be read'))
        }
      }
      void keep()
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    mails,
    get fault() {
      return sink.fault
    },
    set fault(fault) {
      sink.fault = fault
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function readMail(bytes: Buffer, to: string): Promise<Mail> {
  const parsed = await postalMime.parse(bytes)
  const { subject = '', text = '', html = '', from, to: written, messageId = '' } = parsed
  const address = from && 'address' in from ? (from.address ?? '') : ''
  const toWritten = (written ?? []).map((one) => one.address ?? '')
  return {
    id: messageId,
    to,
    toWritten,
    from: address,
    subject,
    text: text.trim(),
    html,
    at: Date.now(),
  }
}

const refusal = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode })
