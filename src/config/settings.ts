import { isIP } from 'node:net'
import { z } from 'zod'
import { Audit } from '#config/audit.ts'
import { Brand, colourOn, HelpLines } from '#config/brand.ts'
import { BackOffice, Calendar, clientSecret, Orders } from '#config/broker.ts'
import { Documents } from '#config/doors/documents.ts'
import { Gateway } from '#config/doors/gateway.ts'
import { Email, Sms, Twilio, Voice } from '#config/carriers.ts'
import { JurisdictionSettings } from '#config/jurisdictions.ts'
import { Keys } from '#config/keys.ts'
import { Portal } from '#config/portal.ts'
import { Pins } from '#config/limits/pins.ts'
import { Withdrawals } from '#config/limits/withdrawals.ts'
import { port } from '#config/doors/port.ts'
import { lineOf } from '#core/text/line.ts'

/**
 * Every setting there is. From this schema come the reference page, the JSON schema, the names of
 * the environment variables and the answer of `countersign config explain`.
 */
const TEXT_LENGTH_MAX = 200
/** A name that pages show and phones sign. */
const text = z
  .string()
  .min(1)
  .max(TEXT_LENGTH_MAX)
  .refine(
    (name) => lineOf(name, TEXT_LENGTH_MAX) !== null,
    'must be one line, without characters that cannot be seen',
  )
  .overwrite((name) => lineOf(name, TEXT_LENGTH_MAX) ?? name)
const inBothLanguages = z.strictObject({ en: text, fr: text })

/** https, or http on this machine alone: passwords never cross a network in the clear. */
const address = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: 'must be an address, such as https://login.example.com',
  })
  .refine((url) => URL.canParse(url) && isSafe(new URL(url)), 'must be https, or http on localhost')
  .refine(
    (url) => URL.canParse(url) && url === new URL(url).origin,
    'must be an origin: no path, no slash at the end',
  )

const isSafe = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url)

const isLoopback = ({ hostname }: URL): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/**
 * Where a browser may be sent with a code: encrypted, to this machine, or to an app of its own
 * scheme (RFC 8252).
 */
const returnAddress = z
  .string()
  .max(1_000)
  .refine(
    isReturnAddress,
    'must be https, http on localhost, or a scheme of an app such as com.example.app:/, ' +
      'in ASCII, without spaces and without a fragment',
  )

function isReturnAddress(text: string): boolean {
  if (!URL.canParse(text) || !/^[!-~]+$/.test(text) || text.includes('#')) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return false
  return isSafe(url) || /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(url.protocol)
}

/** An address, a network, or one of the names that stand for networks. */
const network = z
  .string()
  .max(50)
  .refine(isNetwork, 'must be an address or a network, such as 10.0.0.5 or 10.0.0.0/8')

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

const RelyingParty = z.strictObject({
  id: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,40}$/,
      'must be small letters, digits and hyphens, and begin with a letter',
    )
    .refine((id) => id !== 'portal', 'portal is the Client Portal; choose another')
    .describe('Its client id'),
  name: inBothLanguages.describe('What pages and phones call it'),
  secret: clientSecret
    .nullable()
    .default(null)
    .describe('Its client secret; without one it is a public client, which PKCE protects'),
  applicationType: z
    .enum(['web', 'native'])
    .default('web')
    .describe(
      'native for an app: its addresses are of its own scheme, ' +
        'or http on its machine with any port (RFC 8252)',
    ),
  redirectUris: z
    .array(returnAddress)
    .max(20)
    .default([])
    .describe('Where logins return to, compared exactly'),
  postLogoutRedirectUris: z
    .array(returnAddress)
    .max(20)
    .default([])
    .describe('Where logouts return to'),
  needs: z
    .enum(['2t', '2s', '2c', '3', '3c', '4'])
    .default('2t')
    .describe('The least strength that opens it'),
  purpose: z
    .enum(['trading', 'statements', 'other'])
    .default('trading')
    .describe(
      'Who comes in: clients who may trade now, who may read statements, or who have logged in',
    ),
  startUri: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('Where its logins begin, for links that lead there (initiate_login_uri)'),
  idTokenSignedResponseAlg: z
    .enum(['RS256', 'PS256', 'ES256'])
    .default('RS256')
    .describe('What its ID tokens are signed with'),
  pkce: z
    .enum(['required', 'optional'])
    .default('required')
    .describe(
      'Whether it has to send a code_challenge; ' +
        'optional, for a client with a secret that sends a nonce instead',
    ),
})
export type RelyingParty = z.infer<typeof RelyingParty>

const All = z.strictObject({
  issuer: address.default('http://localhost:4600').describe('The address of this installation'),
  name: text.default('Example Brokerage').describe('The brokerage, as pages call it'),
  helpLine: text.default('+1 212 555 0100').describe('The telephone number of the desk'),
  helpLines: HelpLines.describe('Its numbers by country, such as { FR: "+33 1 99 00 00 00" }'),
  technicalLine: text
    .nullable()
    .default(null)
    .describe('The telephone number of the technical desk; without one it is that of the desk'),
  accent: colourOn('light').default('#0a5c4a').describe('The one brand colour'),
  brand: Brand,
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone')
    .default('America/New_York')
    .describe('The time zone of the brokerage'),
  calendar: Calendar,
  listen: z.string().max(100).default('127.0.0.1').describe('The network address to listen on'),
  ports: z
    .strictObject({
      public: port.default(4600).describe('Login pages, portal, phone, OpenID Connect and API'),
      desk: port.default(4601).describe('The desk of the staff; open it to their network alone'),
      management: port.default(4602).describe('Health and metrics; never open it to the outside'),
    })
    .refine((ports) => new Set(Object.values(ports)).size === 3, 'must be different ports')
    .prefault({}),
  gateway: Gateway,
  documents: Documents,
  desk: z
    .strictObject({
      origin: address
        .default('http://localhost:4601')
        .describe('The address of the desk: staff open it, and their passkeys belong to its host'),
    })
    .prefault({}),
  database: z
    .strictObject({
      url: z
        .string()
        .regex(/^(sqlite:.|postgres(ql)?:\/\/)/, 'must begin with sqlite: or postgres://')
        .default('sqlite:var/countersign.db')
        .describe('sqlite:<file> or postgres://…'),
      poolSize: z.int().min(1).max(200).default(10).describe('Connections to PostgreSQL'),
    })
    .prefault({}),
  redis: z
    .strictObject({
      url: z
        .url({ protocol: /^rediss?$/, error: 'must begin with redis:// or rediss://' })
        .nullable()
        .default(null)
        .describe('For several nodes: wake-ups and counts of rates'),
    })
    .prefault({}),
  keys: Keys,
  trustedProxies: z
    .array(network)
    .max(50)
    .default([])
    .describe('Addresses or networks whose X-Forwarded-For is believed'),
  login: z
    .strictObject({
      decoy: z
        .enum(['never', 'under-attack', 'always'])
        .default('under-attack')
        .describe('When a wrong password is led on to a second step that leads nowhere'),
    })
    .prefault({}),
  passkeys: z
    .strictObject({
      domain: z
        .string()
        .max(253)
        .regex(
          /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
          'must be a domain, such as example.com',
        )
        .nullable()
        .default(null)
        .describe(
          'The domain that passkeys belong to: the host of issuer, or a domain above it; ' +
            'without it, that host',
        ),
    })
    .prefault({}),
  phones: z
    .strictObject({
      integrity: z
        .enum(['off', 'refuse'])
        .default('off')
        .describe(
          'refuse: a phone that says it is emulated or steered by a program confirms nothing; ' +
            'a rooted phone can hide that',
        ),
    })
    .prefault({}),
  push: z
    .strictObject({
      transfer: z
        .enum(['new-browser', 'always', 'never'])
        .default('new-browser')
        .describe('When the phone asks for the number on the page'),
      hosts: z
        .array(z.string().regex(/^(\*\.)?[a-z0-9.-]+$/))
        .max(50)
        .default([
          'fcm.googleapis.com',
          'updates.push.services.mozilla.com',
          'web.push.apple.com',
          '*.notify.windows.com',
        ])
        .describe('Push services that notifications may go to'),
      subject: z
        .string()
        .regex(/^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/)
        .default('mailto:operator@example.com')
        .describe(
          'Whom push services may write to (RFC 8292); Apple refuses an address that is not real',
        ),
    })
    .prefault({}),
  sms: Sms,
  voice: Voice,
  twilio: Twilio,
  email: Email,
  tasks: z
    .strictObject({
      approval: z
        .enum(['phone-or-response', 'response'])
        .default('phone-or-response')
        .describe(
          'How a phone confirms a sensitive task: by signing what it shows, or by a response ' +
            'that is typed; or only by a response (R023)',
        ),
    })
    .prefault({}),
  relyingParties: z
    .array(
      RelyingParty.refine(({ pkce, secret }) => pkce === 'required' || secret !== null, {
        path: ['pkce'],
        message: 'can be optional only for a client with a secret',
      }),
    )
    .max(100)
    .default([])
    .describe('Platforms that log in through this server'),
  orders: Orders,
  portal: Portal,
  jurisdictions: JurisdictionSettings,
  withdrawals: Withdrawals,
  pins: Pins,
  backOffice: BackOffice,
  audit: Audit,
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('How much is logged'),
    })
    .prefault({}),
})
/** A client id is one of a platform or of a program, never of both. */
export const Settings = All.refine(
  ({ relyingParties, backOffice }) => {
    const ids = [...relyingParties, ...backOffice].map(({ id }) => id)
    return new Set(ids).size === ids.length
  },
  { path: ['relyingParties'], message: 'a client id can be given once, here and in backOffice' },
)
  .refine(({ issuer, passkeys: { domain } }) => domain === null || isAbove(domain, issuer), {
    path: ['passkeys', 'domain'],
    message: 'must be the host of issuer, or a domain above it',
  })
  .refine(({ issuer, desk }) => desk.origin !== issuer, {
    path: ['desk', 'origin'],
    message: 'must be another address than issuer: staff and clients share nothing',
  })
  .superRefine(({ relyingParties }, context) => {
    for (const [index, party] of relyingParties.entries()) {
      for (const name of ['redirectUris', 'postLogoutRedirectUris'] as const) {
        for (const [at, uri] of party[name].entries()) {
          const url = URL.parse(uri)
          const message = url && mismatchOf(party.applicationType, url)
          const path = ['relyingParties', index, name, at]
          if (message) context.addIssue({ code: 'custom', path, message })
        }
      }
    }
  })
export type Settings = z.infer<typeof Settings>

/** @see RFC 8252, "OAuth 2.0 for Native Apps", sections 7.1 to 7.3 */
function mismatchOf(type: RelyingParty['applicationType'], url: URL): string | null {
  const isOfWeb = url.protocol === 'https:' || url.protocol === 'http:'
  if (type === 'web') return isOfWeb ? null : 'a scheme of an app needs applicationType: native'
  const isOnDevice = url.protocol === 'https:' && isLoopback(url)
  return isOnDevice ? 'an app is reached on its own machine by http, not by https' : null
}

/**
 * Browsers make passkeys for no other domain. @see WebAuthn level 3, "Relying Party Identifier",
 * section 4
 */
function isAbove(domain: string, issuer: string): boolean {
  const { hostname } = new URL(issuer)
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
