import type { CarrierCall, CarrierReply } from '#channels/channel.ts'
import {
  escapeXml,
  filled,
  type HttpRequest,
  mentions,
  nameAt,
  parsed,
  type RequestTemplate,
} from '#channels/http-request.ts'
import { isSigned } from '#channels/signature.ts'
import { signedForm, type TwilioAccount, twilioRequest } from '#channels/twilio.ts'
import type { Said } from '#channels/voice/script.ts'
import type { Language } from '#core/subscribers/account.ts'

/** The protocol of one kind of provider. */
export interface Dialect {
  /** The request that starts a call; `null` when it cannot be written. */
  start(call: Starting): HttpRequest | null
  /** Where in a good answer stands the name of the call. */
  readonly idAt: string
  /** Whether the provider knows a repetition by its id. */
  readonly isIdempotent: boolean
  /** What a request of the provider says; `null` when it is not from there. */
  read(call: CarrierCall, address: string): Told | null
  /** What to say, and where to ask next; it waits for a key until then. */
  reply(
    turn: { readonly say: readonly Said[]; readonly next: string | null },
    language: Language,
  ): CarrierReply
}

/** Who is called, and where the provider asks what to say and reports how it ended. */
export interface Starting {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly say: string
  readonly status: string
}

export interface Told {
  readonly call: string | null
  readonly key: string | null
  readonly status: string | null
}

/** How long the client may take to find the key. */
const KEY_WAIT_S = 8

export interface PlainProvider {
  readonly template: RequestTemplate
  readonly idAt: string
  readonly secret: string
  readonly header: string
}

/**
 * Our own small protocol, for a gateway of the operator's own.
 *
 *   it asks   POST …/say/<sealed>   {"call": "its name", "key": "1" or null}
 *   we say    {"language": "en", "say": [{"text": "5", "pause_s": 1}, …],
 *              "ask": {"url": "…/say/<sealed>", "wait_s": 8}}, or "ask": null to hang up
 *   it tells  POST …/status         {"call": "its name", "status": "completed" | "busy" | "no-answer" | …}
 *
 * What it sends is signed: hexadecimal HMAC-SHA256 of the body.
 */
export const plainDialect = ({ template, idAt, secret, header }: PlainProvider): Dialect => ({
  start: (call) => filled(template, { ...call }),
  idAt,
  isIdempotent: mentions(template, 'id'),
  read(call) {
    if (!isSigned(call, { secret, header })) return null
    const told = parsed(call.body)
    return {
      call: nameAt(told, '/call'),
      key: nameAt(told, '/key'),
      status: nameAt(told, '/status'),
    }
  },
  reply({ say, next }, language) {
    const said = say.map(({ text, pauseS }) => ({ text, pause_s: pauseS }))
    const ask = next === null ? null : { url: next, wait_s: KEY_WAIT_S }
    const body = JSON.stringify({ language, say: said, ask })
    return { status: 200, type: 'application/json', body }
  },
})

/** Languages as providers name the voices that speak them. */
const VOICES: Readonly<Record<Language, string>> = { en: 'en-US', fr: 'fr-FR' }

const EVENTS = { StatusCallbackEvent: 'completed', StatusCallbackMethod: 'POST', Method: 'POST' }
/** How long it rings, in seconds: about six times. */
const RINGING_S = '30'

/** Twilio, and compatible providers. @see Twilio, "TwiML for Programmable Voice" */
export const twilioDialect = (account: TwilioAccount): Dialect => ({
  start({ to, from, say, status }) {
    const whom = { To: to, From: from, Url: say, StatusCallback: status, Timeout: RINGING_S }
    return twilioRequest(account, 'Calls', { ...whom, ...EVENTS })
  },
  idAt: '/sid',
  isIdempotent: false,
  read(call, address) {
    const form = signedForm(call, { token: account.token, address })
    if (!form) return null
    return { call: form.get('CallSid'), key: form.get('Digits'), status: form.get('CallStatus') }
  },
  reply({ say, next }, language) {
    const said = say.map(({ text, pauseS }) => {
      const pause = pauseS > 0 ? `<Pause length="${pauseS}"/>` : ''
      return `<Say language="${VOICES[language]}">${escapeXml(text)}</Say>${pause}`
    })
    const address = next === null ? '' : escapeXml(next)
    const key = `numDigits="1" timeout="${KEY_WAIT_S}" method="POST" action="${address}"`
    // If no key is pressed, the provider asks at the same address, without a key.
    const body =
      next === null
        ? `${said.join('')}<Hangup/>`
        : `<Gather ${key}>${said.join('')}</Gather><Redirect method="POST">${address}</Redirect>`
    const xml = `<?xml version="1.0" encoding="UTF-8"?><Response>${body}</Response>`
    return { status: 200, type: 'text/xml; charset=utf-8', body: xml }
  },
})
