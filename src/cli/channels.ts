import type { Channel, NoteReceipt, NoteTextedBack, Report } from '#channels/channel.ts'
import { email } from '#channels/email/channel.ts'
import { smsOverHttp } from '#channels/sms-http/templated.ts'
import { smsOverTwilio } from '#channels/sms-http/twilio.ts'
import { smsOverSmpp } from '#channels/sms-smpp/channel.ts'
import { KEYS } from '#channels/voice/script.ts'
import { voice, type VoiceOptions } from '#channels/voice/channel.ts'
import { plainDialect, twilioDialect } from '#channels/voice/dialect.ts'
import { webPush } from '#channels/web-push/channel.ts'
import type { Settings } from '#config/settings.ts'
import type { SenderOf } from '#core/contact/sender.ts'
import type { Json } from '#core/json.ts'
import { shownOf } from '#edges/phone/shown.ts'
import { texts } from '#edges/texts/texts.ts'
import { noteCarrierReceipt } from '#engine/delivery/receipts.ts'
import { noteTextedBack as noteTexted } from '#engine/contact/text-opt-out.ts'
import { isCallAwaited, noteCallBack } from '#engine/desk/cases/call-back.ts'
import type { World } from '#engine/world.ts'
import { countryOf } from '#methods/telephone-number.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'

/** The channels that the settings name, by the name that methods ask for. */
export function openChannels(
  world: World,
  settings: Settings,
  report: Report,
): ReadonlyMap<string, Channel> {
  const note: NoteReceipt = (receipt) => noteCarrierReceipt(world, receipt)
  const noteTextedBack: NoteTextedBack = (texted) => noteTexted(world, texted)
  const parts = { world, note, noteTextedBack, report }
  const all = [
    webPush({
      vapidOf: world.serverKeys.vapidOf,
      subject: settings.push.subject,
      shown: (payload) => shownOf(payload, settings.issuer),
      now: world.now,
      report,
      fetch,
    }),
    textsOf(settings, parts),
    callsOf(settings, parts),
    mailOf(settings),
  ]
  return new Map(all.filter((one) => one !== null).map((channel) => [channel.name, channel]))
}

interface Parts {
  readonly world: World
  readonly note: NoteReceipt
  readonly noteTextedBack: NoteTextedBack
  readonly report: Report
}

const callbackOf = ({ issuer }: Settings, channel: string): string =>
  `${issuer}/carriers/${channel}`

const accountOf = ({ twilio }: Settings) => ({ ...twilio, token: twilio.token ?? '' })

function textsOf(settings: Settings, { note, noteTextedBack, report }: Parts): Channel | null {
  const { sms } = settings
  const { smpp, http } = sms
  const senderOf = senderIn(settings)
  const callback = callbackOf(settings, 'sms')
  switch (sms.provider) {
    case 'none':
      return null
    case 'smpp':
      return smsOverSmpp({
        ...smpp,
        host: smpp.host ?? '',
        password: smpp.password ?? '',
        senderOf,
        note,
        noteTextedBack,
        report,
      })
    case 'twilio':
      return smsOverTwilio({
        ...accountOf(settings),
        senderOf,
        callback,
        note,
        noteTextedBack,
        fetch,
      })
    case 'http': {
      const { url, method, headers, body, idAt, successAt, successIs, receiptSecret } = http
      const receipts =
        receiptSecret === null ? null : { ...receiptsOf(http), secret: receiptSecret }
      return smsOverHttp({
        template: { url: url ?? '', method, headers, body },
        idAt,
        senderOf,
        callback,
        success: successAt === null ? null : { at: successAt, is: successIs },
        receipts,
        note,
        noteTextedBack,
        report,
        fetch,
      })
    }
  }
}

/** Of each country, whom its carriers let through (R091). */
const senderIn =
  ({ sms: { from, senders } }: Settings): SenderOf =>
  (number) => {
    const own = senders[countryOf(number) ?? '']
    return { from: own?.from ?? from, registration: own?.registration ?? null }
  }

const receiptsOf = (http: Settings['sms']['http']) => ({
  header: http.receiptHeader,
  idAt: http.receiptIdAt,
  statusAt: http.receiptStatusAt,
  fromAt: http.replyFromAt,
  textAt: http.replyTextAt,
  delivered: http.delivered,
  failed: http.failed,
})

function callsOf(settings: Settings, { world, note }: Parts): Channel | null {
  const { provider, from, http } = settings.voice
  if (provider === 'none') return null
  const { url, method, headers, body, idAt, secret, header } = http
  const dialect =
    provider === 'twilio'
      ? twilioDialect(accountOf(settings))
      : plainDialect({
          template: { url: url ?? '', method, headers, body },
          idAt,
          secret: secret ?? '',
          header,
        })
  return voice({
    dialect,
    from,
    callback: callbackOf(settings, 'voice'),
    note,
    fetch,
    now: world.now,
    words: callWords,
    drawKey: () => KEYS[(world.random(1)[0] ?? 0) % KEYS.length] ?? KEYS[0],
    noteBack: async (about, came) => await noteCallBack(world, about, came),
    isAwaited: async (about) => await isCallAwaited(world, about),
    seal: (value) => Buffer.from(sealed(world.db, SCRIPT, value)).toString('base64url'),
    open: (text) => opened(world, text),
  })
}

/** No row of a table: what is sealed for this place leaves the server and comes back. */
const SCRIPT = { table: 'voice', column: 'script', row: '' }

function opened({ db }: World, text: string): Json | null {
  try {
    return unsealed(db, SCRIPT, Buffer.from(text, 'base64url'))
  } catch {
    // An address that was made up does not open.
    return null
  }
}

function callWords({ language, brand, key, denies, of }: Parameters<VoiceOptions['words']>[0]) {
  const { text } = texts(language)
  const kind = denies === undefined ? 'call' : 'call.back'
  const what = of === undefined ? '' : text(`call.back.of.${of}`)
  return {
    greeting: text(`${kind}.greeting`, { brand, key, what }),
    code: text('call.code'),
    again: text('call.again', { key }),
    nobody: text(`${kind}.nobody`),
    goodbye: text('call.goodbye'),
    denied: text('call.back.denied'),
  }
}

function mailOf({ email: settings, name: fromName }: Settings): Channel | null {
  const { host, port, tls, name, password, from } = settings
  if (host === null) return null
  const login = name === null ? null : { name, password: password ?? '' }
  return email({ host, port, tls, login, from, fromName })
}
