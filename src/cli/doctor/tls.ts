import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { type Finding, well, wrong } from '#cli/doctor/finding.ts'
import { bare, PATIENCE_MS } from '#cli/doctor/reach.ts'

/** What the doctor finds of TLS: who stands there, and which HTTP they speak. */

/** A certificate is replaced before that. */
const DAYS_LEFT_MIN = 7
const DAY_MS = 86_400_000
const NAME_LENGTH_MAX = 80

/** What another party has written is printed to a terminal. */
const plain = (text: string): string =>
  text.slice(0, NAME_LENGTH_MAX).replaceAll(/[^\x20-\x7e\u00a1-\u024f]/g, '?')

/** What the other side shows; whether it is trusted is what is asked. */
async function shakenHands(named: string, port: number) {
  const host = bare(named)
  const socket = connect({
    host,
    port,
    // An address is no name of a server (RFC 6066, section 3).
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['h2', 'http/1.1'],
    // The connection carries nothing: one that is not trusted is named.
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    const { issuer, valid_to: until } = socket.getPeerCertificate()
    return {
      protocol: socket.alpnProtocol,
      isTrusted: socket.authorized,
      why: String(socket.authorizationError),
      issuer: plain([issuer.O, issuer.CN].flat().filter(Boolean).join(', ')),
      daysLeft: Math.floor((Date.parse(until) - Date.now()) / DAY_MS),
    }
  } catch {
    return null
  } finally {
    socket.destroy()
  }
}

export async function certificateOf(host: string, port: number): Promise<Finding> {
  const shown = await shakenHands(host, port)
  return shown ? judged(shown) : wrong(`No TLS connection to ${host} at tcp/${port}.`)
}

interface Shown {
  readonly isTrusted: boolean
  readonly why: string
  readonly issuer: string
  readonly daysLeft: number
}

export function judged({ isTrusted, why, issuer, daysLeft }: Shown): Finding {
  const sentence = `The certificate is issued by ${issuer}, for ${daysLeft} more days.`
  if (!isTrusted)
    return wrong(`${sentence} It is not trusted here (${why}): a proxy may read what passes.`)
  return daysLeft < DAYS_LEFT_MIN ? wrong(`${sentence} Renew it.`) : well(sentence)
}

export async function http2Of(host: string, port: number): Promise<Finding> {
  const shown = await shakenHands(host, port)
  if (shown === null) return null
  return shown.protocol === 'h2'
    ? well('Pages come by HTTP/2.')
    : wrong('Pages come by HTTP/1.1: a browser opens few connections, and live updates take them.')
}
