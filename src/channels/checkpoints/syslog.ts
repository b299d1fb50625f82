import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { PLACE_PATIENCE_MS, type Kept, type Place } from '#channels/checkpoints/place.ts'

export interface SyslogOptions {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
}

/**
 * A syslog server. By UDP a message is gone once it is sent; by TCP it is known to have reached the
 * other machine.
 */
export const syslogOf = ({ host, port, transport }: SyslogOptions): Place => ({
  name: 'syslog',
  async keep(checkpoint) {
    const message = messageOf(checkpoint)
    await (transport === 'udp' ? byUdp : byTcp)(message, { host, port })
  },
})

type To = Pick<SyslogOptions, 'host' | 'port'>

async function byUdp(message: Buffer, { host, port }: To): Promise<void> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.send(message, port, host, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

/** One connection for each: there is one a minute. @see RFC 6587, section 3.4.1 (octet counting) */
async function byTcp(message: Buffer, { host, port }: To): Promise<void> {
  const signal = AbortSignal.timeout(PLACE_PATIENCE_MS)
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal })
    socket.end(Buffer.concat([Buffer.from(`${message.length} `), message]))
    socket.resume()
    // The other side has taken all of it when it closes, too.
    await once(socket, 'close', { signal })
  } finally {
    socket.destroy()
  }
}

/** Facility 13 (log audit), severity 5 (notice). @see RFC 5424, section 6.2.1 */
const PRIORITY = 13 * 8 + 5
/** Says that the text is UTF-8. @see RFC 5424, section 6.4 */
const MARK = '\ufeff'

/**
 * The note stands in JSON, because a message is one line; `audit verify` reads it from there.
 *
 * @see RFC 5424, "The Syslog Protocol", section 6
 */
function messageOf({ at, note }: Kept): Buffer {
  const head = [at.toISOString(), name(hostname(), HOST_MAX), 'countersign', process.pid]
  const text = JSON.stringify({ note })
  return Buffer.from(`<${PRIORITY}>1 ${head.join(' ')} checkpoint - ${MARK}${text}`)
}

const HOST_MAX = 255

/** Printable ASCII, or nothing. */
const name = (text: string, length: number): string =>
  text.replaceAll(/[^!-~]/g, '').slice(0, length) || '-'
