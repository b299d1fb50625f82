import type { Settings } from '#config/settings.ts'
import { type Finding, well, wrong } from '#cli/doctor/finding.ts'
import { certificateOf, http2Of } from '#cli/doctor/tls.ts'
import { answerAt, arrivalsOf, isReached, OK, type Target } from '#cli/doctor/reach.ts'
import { EVENTS, eventsFinding, PATHS, TEXT_SENT } from '#core/connectivity/diagnosis.ts'
import { gatewayOf } from '#edges/gateway/address.ts'

/** What the doctor finds around the server: proxy, ports and carriers. */

/** As clients reach it: through the proxy, by its name. */
export async function serverOf({ issuer }: Settings): Promise<Finding> {
  try {
    const { status, text } = await answerAt(issuer + PATHS.text)
    if (status === OK && text === TEXT_SENT) return well(`${issuer} answers.`)
    return wrong(`Something else answers at ${issuer}, with status ${status}.`)
  } catch {
    return wrong(`${issuer} does not answer. Is the server running, and does the proxy know it?`)
  }
}

/** Whether a proxy between holds answers back, or hides where clients come from. */
export async function proxyOf({ issuer, trustedProxies }: Settings): Promise<Finding> {
  const arrivals = await arrivalsOf(issuer + PATHS.events)
  if (arrivals === null) return null
  const events = eventsFinding(arrivals)
  if (events === 'late')
    return wrong('The proxy buffers event streams: turn buffering off for them.')
  if (events === 'blocked')
    return wrong(`Of ${EVENTS.count} events not all came: a proxy cuts them off.`)
  if (!issuer.startsWith('https:')) return well('Event streams arrive as they are sent.')
  const { headers } = await answerAt(issuer + PATHS.text)
  if (!headers.has('strict-transport-security'))
    return wrong('The proxy takes Strict-Transport-Security out of answers.')
  return trustedProxies.length === 0
    ? wrong('trustedProxies is empty, and https needs a proxy: every client has its address.')
    : well('Event streams arrive as they are sent, and headers too.')
}

/** What browsers are shown, where the proxy speaks TLS. */
export async function tlsOf({ issuer }: Settings): Promise<Finding> {
  const { protocol, hostname, port } = new URL(issuer)
  if (protocol !== 'https:') return null
  const at = port === '' ? HTTPS_PORT : Number(port)
  const shown = await certificateOf(hostname, at)
  return shown?.isWell ? ((await http2Of(hostname, at)) ?? shown) : shown
}

export async function portsOf(settings: Settings): Promise<Finding> {
  return await reached(gatewayOf(settings), 'port of the gateway')
}

/** Whether each takes a connection. */
async function reached(targets: readonly Target[], what: string): Promise<Finding> {
  if (targets.length === 0) return null
  const open = await Promise.all(targets.map(isReached))
  const closed = targets.filter((_target, index) => !open[index])
  const names = closed.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (closed.length > 0) return wrong(`Not reached, as ${what}: ${names}.`)
  return well(`Reached: ${targets.map(({ host, port }) => `${host}:${port}`).join(', ')}.`)
}

const HTTPS_PORT = 443
const HTTP_PORT = 80

export async function carriersOf(settings: Settings): Promise<Finding> {
  return await reached(carrierTargets(settings), 'carrier')
}

function carrierTargets({ sms, voice, email, twilio }: Settings): readonly Target[] {
  const isTwilio = sms.provider === 'twilio' || voice.provider === 'twilio'
  const addresses = [
    sms.provider === 'http' ? sms.http.url : null,
    voice.provider === 'http' ? voice.http.url : null,
    isTwilio ? twilio.url : null,
  ].filter((address) => address !== null)
  const hosts = [sms.provider === 'smpp' ? sms.smpp : null, email].flatMap((one) =>
    one && one.host !== null ? [{ host: one.host, port: one.port }] : [],
  )
  return [...hosts, ...addresses.map(targetOf)]
}

/** Of an address with place holders its host stands fast (see the settings). */
function targetOf(address: string): Target {
  const { hostname, port, protocol } = new URL(address.replaceAll(/\{\{\w+\}\}/g, 'x'))
  const usual = protocol === 'https:' ? HTTPS_PORT : HTTP_PORT
  return { host: hostname, port: port === '' ? usual : Number(port) }
}
