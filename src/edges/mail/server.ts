import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { PassThrough, Readable } from 'node:stream'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { MAIL_LIMITS, type MailIntake, mailboxOf } from '#core/documents/mail.ts'
import { keepMail, type MailWorld, type NotTaken, obstacleToMail } from '#engine/documents/mails.ts'
import { type MailFault, strictMail } from '#edges/mail/strict.ts'
import { turnsOf } from '#edges/mail/turns.ts'

/** Where mails with documents come in. */
export interface MailDoorSettings {
  readonly listen: string
  readonly mail: {
    /** `null` for none. */
    readonly port: number | null
    readonly certificateFile: string | null
    readonly keyFile: string | null
  }
}

export interface MailDoor {
  /** `null` where it is not open. */
  readonly port: number | null
  close(): Promise<void>
}

/** Connections at once. All come from the mail server before this door, so none is told apart. */
const CLIENTS_MAX = 100
/** With those that hear that it is full; beyond, a connection ends before it costs anything. */
const CONNECTIONS_MAX = 2 * CLIENTS_MAX
/** Between two lines of a client. */
const PATIENCE_MS = 60_000
/** From the first to the last: a client that sends a byte a minute does not stay for ever. */
const LIFETIME_MS = 600_000
const CLOSE_PATIENCE_MS = 3_000
/** What is read and thrown away of a mail that is refused, before the client is cut off. */
const DRAINED_BYTES_MAX = MAIL_LIMITS.lengthBytes
const COMMAND_LENGTH_MAX = 2_048

/**
 * Takes mails with documents (R013, R141, A19): for two mailboxes and no other, within limits, and
 * says that a mail was taken only when it is on disk.
 *
 * @see RFC 5321, "Simple Mail Transfer Protocol"
 */
export async function openMailDoor(
  world: MailWorld,
  { listen, mail }: MailDoorSettings,
): Promise<MailDoor> {
  if (mail.port === null) return { port: null, close: async () => {} }
  const { mailIntake } = world.settings
  const lifetimes = new Map<string, NodeJS.Timeout>()
  const server = new SMTPServer({
    ...tlsOf(mail),
    name: domainOf(mailIntake),
    size: MAIL_LIMITS.lengthBytes,
    authOptional: true,
    disableReverseLookup: true,
    // A mail for both mailboxes comes twice, and becomes one case.
    maxRecipients: 1,
    maxClients: CLIENTS_MAX,
    maxCommandLength: COMMAND_LENGTH_MAX,
    socketTimeout: PATIENCE_MS,
    closeTimeout: CLOSE_PATIENCE_MS,
    logger: false,
    onConnect({ id }, done) {
      const end = setTimeout(() => cut(server, id), LIFETIME_MS)
      end.unref()
      lifetimes.set(id, end)
      done()
    },
    onClose({ id }) {
      clearTimeout(lifetimes.get(id))
      lifetimes.delete(id)
    },
    onMailFrom({ address }, _session, done) {
      void told(done, async () => {
        const why = await obstacleToMail(world, address)
        return why && refused(...NOT_TAKEN[why])
      })
    },
    onRcptTo({ address }, _session, done) {
      done(mailboxOf(mailIntake, address) ? null : refused(550, 'no such mailbox here'))
    },
    onData(stream, session, done) {
      void told(done, async () => {
        try {
          return await received(world, stream, session)
        } catch (error) {
          if (error instanceof TooMuch) cut(server, session.id)
          throw error
        }
      })
    },
  })
  // One client that breaks off is no matter of the others.
  server.on('error', () => {})
  // The library says "421" to each and keeps it for seconds: logins would run out of files.
  server.server.maxConnections = CONNECTIONS_MAX
  server.server.listen(mail.port, listen)
  await once(server.server, 'listening')
  const bound = server.server.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : mail.port,
    close: async () => await new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Says what came of it; what went wrong in us may be tried again. */
async function told(
  done: (problem?: Error | null) => void,
  step: () => Promise<Error | null>,
): Promise<void> {
  let problem: Error | null = LATER
  try {
    problem = await step()
  } catch {
    // Told below.
  }
  done(problem)
}

/** Takes one mail. @returns why not; `null` when it is on disk. */
async function received(
  world: MailWorld,
  stream: PassThrough,
  { envelope }: SMTPServerSession,
): Promise<Error | null> {
  const [to] = envelope.rcptTo
  const mailbox = to ? mailboxOf(world.settings.mailIntake, to.address) : null
  if (!mailbox) return refused(550, 'no such mailbox here')
  const sender = envelope.mailFrom ? envelope.mailFrom.address : ''
  const strict = strictMail()
  // What is wrong with a mail is said at its end, because its sender listens no earlier.
  const chunks = stream.iterator({ destroyOnReturn: false })
  try {
    const source = checked(chunks, strict)
    const isAutomatic = () => strict.isAutomatic()
    const taken = await keepMail(world, { sender, mailbox, source, isAutomatic })
    if (taken.ok) return null
    await drained(stream)
    return refused(...NOT_TAKEN[taken.why])
  } catch (error) {
    if (error instanceof TooMuch) throw error
    await drained(stream)
    return error instanceof Fault ? refused(...FAULTS[error.fault]) : LATER
  }
}

class Fault extends Error {
  readonly fault: MailFault
  constructor(fault: MailFault) {
    super(fault)
    this.fault = fault
  }
}

class TooMuch extends Error {}

const inTurns = turnsOf()

async function* checked(
  chunks: AsyncIterable<Buffer>,
  strict: ReturnType<typeof strictMail>,
): AsyncGenerator<Buffer> {
  for await (const chunk of inTurns(chunks)) {
    const fault = strict.look(chunk)
    if (fault) throw new Fault(fault)
    yield chunk
  }
  const fault = strict.end()
  if (fault) throw new Fault(fault)
}

/** Reads the rest of a mail that is not taken, up to a limit. */
async function drained(stream: Readable): Promise<void> {
  let left = DRAINED_BYTES_MAX
  if (stream.readableEnded || stream.destroyed) return
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) throw new TooMuch('a mail that is refused does not end')
  }
}

function cut({ connections }: SMTPServer, id: string): void {
  for (const connection of connections) if (connection.id === id) connection.close()
}

const refused = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode })

const LATER = refused(451, 'not now; try again')

const NOT_TAKEN: Readonly<Record<NotTaken, readonly [number, string]>> = {
  off: [451, 'documents cannot be taken at the moment'],
  'no-room': [452, 'no room at the moment'],
  'too-many': [452, 'too many mails from this sender today'],
  'too-long': [552, 'a mail may have 25 MB'],
}

const FAULTS: Readonly<Record<MailFault, readonly [number, string]>> = {
  'too-long': [552, 'a mail may have 25 MB'],
  'bare-cr': [554, 'a line ends with CR and LF together'],
  'bare-lf': [554, 'a line ends with CR and LF together'],
  nul: [554, 'a mail has no character NUL'],
  'long-line': [554, 'a line may have 998 characters'],
  lines: [554, 'a mail may have 400000 lines'],
  headers: [554, 'a mail may have 100 header fields'],
  parts: [554, 'a mail may have 20 parts'],
  nesting: [554, 'parts may lie 3 deep in each other'],
}

/** Without a certificate STARTTLS is not offered: the one of the library is known to all. */
function tlsOf({ certificateFile, keyFile }: MailDoorSettings['mail']) {
  const off = ['AUTH', 'VRFY', 'EXPN', 'HELP', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD']
  if (certificateFile === null || keyFile === null)
    return { disabledCommands: [...off, 'STARTTLS'], hideSTARTTLS: true }
  return {
    disabledCommands: off,
    cert: readFileSync(certificateFile),
    key: readFileSync(keyFile),
    minVersion: 'TLSv1.2' as const,
  }
}

/** How we call ourselves; the name of the machine is no matter of strangers. */
const domainOf = ({ mailboxes }: MailIntake): string =>
  mailboxes.other.address.slice(mailboxes.other.address.lastIndexOf('@') + 1)
