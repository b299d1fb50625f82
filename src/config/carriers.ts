import { z } from 'zod'
import { isMailAddress } from '#core/contact/mail-address.ts'
import { NUMBERS_ONLY, REGISTERED_SIGN } from '#core/contact/sender.ts'

/**
 * Settings of the carriers: who takes texts, calls and mail to the clients. Without any there are
 * none.
 */

const port = z.int().min(1).max(65_535)
const secret = (what: string) => z.string().max(500).nullable().default(null).describe(what)
const optional = (what: string) =>
  z.string().min(1).max(500).nullable().default(null).describe(what)

/** https, or http on this machine alone; where it leads must not depend on what is put in. */
const requestAddress = (what: string) =>
  z
    .string()
    .max(1_000)
    .nullable()
    .default(null)
    .refine((url) => url === null || isRequestAddress(url), 'must be https, or http on localhost')
    .describe(what)

function isRequestAddress(template: string): boolean {
  const origins = ['a', 'b'].map((value) => {
    const url = template.replaceAll(/\{\{\w+\}\}/g, value)
    return URL.canParse(url) ? new URL(url) : null
  })
  const [one, other] = origins
  if (!one || !other || one.origin !== other.origin || one.username !== '') return false
  return one.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(one.hostname)
}

const method = z.enum(['POST', 'PUT', 'GET']).default('POST').describe('How it is asked')
const headers = z
  .record(z.string().regex(/^[\w-]{1,60}$/), z.string().max(1_000))
  .default({ 'content-type': 'application/json' })
  .describe('Headers of the request; they may hold {{id}} and secrets')

const pointer = (what: string, fallback: string) =>
  z
    .string()
    .regex(/^(\/[^/]*)*$/, 'must be a JSON pointer, such as /id')
    .max(200)
    .default(fallback)
    .describe(what)

const sender = z
  .string()
  .regex(
    /^(\+?\d{3,15}|#?[A-Za-z0-9 ]{1,11}|MG[0-9a-f]{32})?$/,
    'must be a number, or up to eleven letters',
  )
  .refine((from) => from.length <= 11 || !from.startsWith('#'), 'must have ten letters after #')
  .default('')
  .describe('Whom texts come from: a number, up to eleven letters, or a messaging service')

const registered = (what: string) =>
  z
    .string()
    .regex(/^[0-9]{1,30}$/, 'must be digits')
    .describe(what)

/** Of one country; what is left out is as for all of them. */
const SenderOfCountry = z
  .strictObject({
    from: sender.optional(),
    registration: z
      .strictObject({
        entity: registered('The id of the one who sends (DLT: principal entity)'),
        templates: z
          .record(
            z.string().regex(/^(?:login|task|enrol|notice\.[a-z-]{1,40})(?:\.(?:en|fr))?$/),
            registered('The id of its words'),
          )
          .default({})
          .describe('By the name of a text, such as login, login.fr or notice.device-bound'),
      })
      .nullable()
      .default(null)
      .describe('Where senders and words are registered, as in India'),
  })
  .describe('Whom texts to this country come from')

const count = (fallback: number, what: string) =>
  z.int().min(1).max(1_000_000).default(fallback).describe(what)

const Smpp = z
  .strictObject({
    host: optional('The message centre'),
    port: port.default(2775).describe('Its port; 3550 is usual with TLS'),
    tls: z.boolean().default(true).describe('Whether the connection is encrypted'),
    systemId: z.string().max(15).default('').describe('Our name there'),
    password: secret('Our password there'),
    systemType: z
      .string()
      .max(12)
      .default('')
      .describe('What kind of system we are, where it asks'),
    window: count(10, 'Texts that may wait for its answer at once'),
    perSecond: count(20, 'Texts a second that it takes'),
    receiptIds: z
      .enum(['same', 'decimal', 'hexadecimal'])
      .default('same')
      .describe(
        'How receipts write ids: same; decimal, where answers write hexadecimal; or the reverse',
      ),
  })
  .prefault({})

const TextOverHttp = z
  .strictObject({
    url: requestAddress(
      'Where texts are handed in; may hold ' +
        '{{to}} {{from}} {{text}} {{id}} {{status}} {{entity}} {{template}}',
    ),
    method,
    headers,
    body: z
      .string()
      .max(5_000)
      .default('{"to":"{{to}}","from":"{{from}}","text":"{{text}}","id":"{{id}}"}')
      .describe('The request, with {{names}} where values go'),
    idAt: pointer('Where its answer has the name of the message', '/id'),
    successAt: optional('Where its answer says that it took the text, when the status does not'),
    successIs: z.string().max(100).default('true').describe('What stands there then, as JSON'),
    receiptSecret: secret('Signs its receipts; without it there are none'),
    receiptHeader: z
      .string()
      .max(60)
      .default('x-signature')
      .describe('Which header the signature is in'),
    receiptIdAt: pointer('Where a receipt has the name of the message', '/id'),
    receiptStatusAt: pointer('Where a receipt says what became of it', '/status'),
    replyFromAt: pointer('Where an answer to a text has the number that it came from', '/from'),
    replyTextAt: pointer('Where it has its words, such as STOP', '/text'),
    delivered: z
      .array(z.string().max(60))
      .max(20)
      .default(['delivered'])
      .describe('It has arrived'),
    failed: z
      .array(z.string().max(60))
      .max(50)
      .default(['failed', 'undelivered', 'rejected', 'expired', 'blocked'])
      .describe('It never will'),
  })
  .prefault({})

const Limits = z
  .strictObject({
    perNumberHour: count(
      5,
      'To one number, in an hour. All of these are for logins and tasks; ' +
        'codes that verify a number have half of each on top',
    ),
    perNumberDay: count(10, 'To one number, in a day'),
    perAccountDay: count(10, 'For one client, in a day'),
    perAddressHour: count(
      10,
      'Asked for from one network address (of IPv6 from one /64), in an hour',
    ),
    perBlockHour: count(30, 'To numbers that differ in the last four digits only, in an hour'),
    houseHour: count(2_000, 'All together, in an hour: then the breaker falls'),
    houseDay: count(10_000, 'All together, in a day'),
  })
  .prefault({})

export const Sms = z
  .strictObject({
    provider: z
      .enum(['none', 'smpp', 'http', 'twilio'])
      .default('none')
      .describe('Who carries texts; none: codes by text are not offered'),
    from: sender,
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/))
      .max(250)
      .default([])
      .describe(
        'Countries whose numbers may be sent to, such as ["CH","FR"]; all others are refused',
      ),
    afterPhone: z
      .enum(['keep', 'end'])
      .default('keep')
      .describe('Whether codes by text stay a way in, or end once a phone has confirmed'),
    beforePhone: z
      .enum(['any', 'verified'])
      .default('any')
      .describe('Whether a phone is set up only where a mobile number is verified'),
    senders: z
      .record(z.string().regex(/^[A-Z]{2}$/), SenderOfCountry)
      .default({})
      .describe('Of single countries, whom their texts come from and where that is registered'),
    smpp: Smpp,
    http: TextOverHttp,
    limits: Limits,
  })
  .superRefine(({ provider, countries, senders, smpp, http, from, beforePhone }, context) => {
    const missing = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    if (provider === 'none' && beforePhone === 'verified')
      missing(['beforePhone'], 'needs a provider: without texts no number can be verified')
    if (provider === 'none') return
    if (countries.length === 0)
      missing(['countries'], 'must name the countries that may be sent to')
    if (from === '') missing(['from'], 'must say whom texts come from')
    for (const country of countries.filter((one) => NUMBERS_ONLY.includes(one))) {
      if (!/^(?:\+?\d+|MG[0-9a-f]{32}|)$/.test(senders[country]?.from ?? from))
        missing(['senders', country], 'must have a number in from: carriers there show no letters')
    }
    for (const country of countries.filter((one) => REGISTERED_SIGN.includes(one))) {
      if (!(senders[country]?.from ?? from).startsWith('#'))
        missing(['senders', country], 'must have a from that begins with # and is registered there')
    }
    const others = countries.filter((one) => !REGISTERED_SIGN.includes(one))
    for (const country of others) {
      if ((senders[country]?.from ?? from).startsWith('#'))
        missing(['senders', country], 'must have no # in from: it is for Hong Kong alone')
    }
    for (const country of Object.keys(senders).filter((one) => !countries.includes(one)))
      missing(['senders', country], 'is no country that may be sent to')
    if (provider === 'smpp' && smpp.host === null) missing(['smpp', 'host'], 'is needed for smpp')
    if (provider === 'http' && http.url === null) missing(['http', 'url'], 'is needed for http')
  })
  .prefault({})

export const Voice = z
  .strictObject({
    provider: z
      .enum(['none', 'http', 'twilio'])
      .default('none')
      .describe('Who makes calls; none: codes by call are not offered'),
    from: z.string().max(20).default('').describe('The number that calls come from'),
    http: z
      .strictObject({
        url: requestAddress(
          'Where calls are asked for; may hold {{to}} {{from}} {{id}} {{say}} {{status}}',
        ),
        method,
        headers,
        body: z
          .string()
          .max(5_000)
          .default(
            '{"to":"{{to}}","from":"{{from}}","id":"{{id}}","say":"{{say}}","status":"{{status}}"}',
          )
          .describe('The request, with {{names}} where values go'),
        idAt: pointer('Where its answer has the name of the call', '/id'),
        secret: secret('Signs what the provider asks and reports'),
        header: z
          .string()
          .max(60)
          .default('x-signature')
          .describe('Which header the signature is in'),
      })
      .prefault({}),
  })
  .superRefine(({ provider, from, http }, context) => {
    const missing = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    if (provider === 'none') return
    if (from === '') missing(['from'], 'must say which number calls')
    if (provider !== 'http') return
    if (http.url === null) missing(['http', 'url'], 'is needed for http')
    if ((http.secret ?? '').length < 16)
      missing(['http', 'secret'], 'must have 16 characters or more')
  })
  .prefault({})

export const Twilio = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .refine(
        (url) => isRequestAddress(url) && url === new URL(url).origin,
        'must be an https origin',
      )
      .default('https://api.twilio.com')
      .describe('Where it is: Twilio, or a provider that speaks like it'),
    account: z.string().max(100).default('').describe('Our account there'),
    token: secret('Its secret; it also signs what the provider reports'),
  })
  .prefault({})

export const Email = z
  .strictObject({
    host: optional('The mail server that takes our mail; without it none is sent'),
    port: port.default(587).describe('Its port'),
    tls: z
      .enum(['required', 'implicit', 'none'])
      .default('required')
      .describe(
        'required: STARTTLS; implicit: TLS from the first byte, port 465; none: on this machine',
      ),
    name: optional('Our name there'),
    password: secret('Our password there'),
    from: z
      .string()
      .max(254)
      .refine(isMailAddress, 'must be one mail address, with its domain in ASCII')
      .default('no-reply@example.com')
      .describe('Whom mail comes from'),
  })
  .prefault({})
