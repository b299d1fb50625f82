import type { Language } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import type { Delivery } from '#methods/delivery.ts'
import { CHANNELS, MAIL, type Way } from '#methods/sms-code/ways.ts'
import type { Words } from '#methods/words.ts'

const KEY = 'method.sms-code.message'

export interface Message {
  readonly way: Way
  readonly number: string
  readonly code: string
  /**
   * What it is for, in the words that it begins with: a stranger cannot pass one off as the other.
   */
  readonly purpose: 'login' | 'task' | 'bind' | 'enrol'
  readonly until: Instant
  readonly language: Language
  readonly brand: string
  readonly issuer: string
}

/** What a carrier is given: the words of a text, or the digits that a call reads out. */
export function deliveryOf(message: Message, words: Words): Delivery {
  const { way, number: address, code: digits, purpose, language, brand } = message
  const payload =
    way === 'call'
      ? { digits, language, brand }
      : { text: textOf(message, words), language, name: purpose === 'bind' ? 'task' : purpose }
  return { channel: CHANNELS[way], address, payload }
}

/**
 * The same code by mail. It tells what the text tells, and holds no link; without the line that
 * phones read, which mail programs would make a link of.
 */
export function mailOf(message: Message, address: string, words: Words): Delivery {
  const { way, code, purpose, until, language, brand } = message
  const values = { code, brand, time: words.time(language, until), zone: words.zone }
  const text = (key: string) => words.text(language, `${KEY}.${key}`, values)
  const paragraphs = [text(purpose), text(`mail.${way}`), text('mail.not-you'), text('mail.end')]
  const payload = { subject: text('mail.subject'), text: paragraphs.join('\n\n') }
  return { channel: MAIL, address, payload, beside: true }
}

/**
 * The text. Its last line binds the code to our address: a phone that knows the form offers the
 * code there, and nowhere else.
 *
 * @see https://wicg.github.io/sms-one-time-codes/ "Origin-bound one-time codes delivered via SMS"
 */
export function textOf(message: Omit<Message, 'way' | 'number'>, words: Words): string {
  const { code, purpose, until, language, brand, issuer } = message
  const time = words.time(language, until)
  const values = { code, brand, time, zone: words.zone }
  const said = words.text(language, `${KEY}.${purpose}`, values)
  return `${said}\n\n@${new URL(issuer).hostname} #${code}`
}
