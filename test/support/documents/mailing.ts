import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** What a test says to a mail server, line by line, as no library would. */

export interface Dialogue {
  readonly socket: Socket
  /** Sends bytes as they are. */
  send(bytes: string | Uint8Array): void
  /** The next reply, all its lines; empty when the server has hung up. */
  reply(): Promise<string>
  /** Sends a line, and waits for its reply. */
  say(line: string): Promise<string>
  end(): void
}

/** Connects, and waits for the greeting unless it is to be early. */
export async function dialogue(port: number, { isEarly = false } = {}): Promise<Dialogue> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const reply = async () => {
    let all = ''
    for (;;) {
      // A server that was killed has hung up as well.
      const next = await lines.next().catch(() => ({ done: true }) as const)
      if (next.done === true) return all
      all += `${next.value}\n`
      if (/^\d{3} /.test(next.value)) return all
    }
  }
  const send = (bytes: string | Uint8Array) => void socket.write(bytes)
  if (!isEarly) await reply()
  const say = async (line: string) => {
    send(`${line}\r\n`)
    return await reply()
  }
  return { socket, send, reply, say, end: () => socket.destroy() }
}

export interface Envelope {
  readonly from?: string
  readonly to?: string
}

/** As far as the server asks for the mail itself. */
export async function untilData(
  port: number,
  { from = 'anna@example.com', to = 'documents@example.com' }: Envelope = {},
): Promise<Dialogue> {
  const talk = await dialogue(port)
  await talk.say('EHLO phone.example.com')
  for (const line of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']) {
    const reply = await talk.say(line)
    if (!/^[23]/.test(reply)) throw new Error(`${line}: ${reply}`)
  }
  return talk
}

/** Sends a mail. @returns the last reply. */
export async function mailed(
  port: number,
  mail: string | Uint8Array,
  envelope: Envelope = {},
): Promise<string> {
  const talk = await untilData(port, envelope)
  talk.send(mail)
  talk.send('.\r\n')
  const reply = await talk.reply()
  talk.end()
  return reply
}

export interface Composed {
  readonly subject?: string
  readonly id?: string
  readonly headers?: readonly string[]
  readonly files?: readonly Uint8Array[]
  /** How a file is called and what it is said to be. */
  readonly fileHeaders?: readonly string[]
}

let composed = 0

/** A mail as a phone writes it, with photographs. */
export function composedMail({
  subject = 'U1234567 PoRes',
  id,
  headers = [],
  files = [],
  fileHeaders = ['Content-Type: image/jpeg; name="IMG_0001.jpeg"', 'Content-Disposition: inline'],
}: Composed = {}): string {
  composed += 1
  const lines = [
    'From: Anna <anna@example.com>',
    'To: documents@example.com',
    `Subject: ${subject}`,
    `Message-ID: ${id ?? `<${composed}@phone.example.com>`}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="Apple-Mail-1"',
    ...headers,
    '',
    '--Apple-Mail-1',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'Sent from my phone',
    ...files.flatMap((file) => [
      '--Apple-Mail-1',
      ...fileHeaders,
      'Content-Transfer-Encoding: base64',
      '',
      ...(Buffer.from(file)
        .toString('base64')
        .match(/.{1,76}/g) ?? []),
    ]),
    '--Apple-Mail-1--',
    '',
  ]
  return lines.join('\r\n')
}
