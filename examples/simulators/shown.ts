import type { Handset } from './hands.ts'
import type { Text } from './message-centre.ts'
import { type Language, wordsIn } from './texts.ts'

/**
 * A handset as it is drawn: by the server as HTML, and again by the script whenever something
 * comes.
 */
export interface ShownHandset {
  readonly texts: readonly ShownText[]
  readonly call: ShownCall | null
}

export interface ShownText {
  readonly id: string
  readonly paragraphs: readonly string[]
  /** The line that binds the code to an address, as phones read it. */
  readonly bound: string | null
  readonly code: string | null
  readonly when: string
}

export interface ShownCall {
  readonly id: string
  readonly state: 'ringing' | 'answered'
  readonly title: string
  /** What is said, to be read and to be heard. */
  readonly say: readonly { readonly text: string; readonly pause_s: number }[]
  readonly words: string
  /** The key that the voice has named. */
  readonly key: string
  readonly language: string
}

export function shownHandset(
  { texts, call }: Handset,
  {
    language,
    zone,
    brand,
  }: { readonly language: Language; readonly zone: string; readonly brand: string },
): ShownHandset {
  const t = wordsIn(language)
  return {
    texts: texts.map((text) => shownText(text, whenOf(text.at, { language, zone }))),
    call: call && {
      id: call.id,
      say: call.say,
      language: call.language,
      state: call.state === 'ringing' ? 'ringing' : 'answered',
      title: t(call.state === 'ringing' ? 'calls' : 'on-the-line', { brand }),
      words: spokenWords(call.say.map(({ text }) => text)),
      key: keyIn(call.say.map(({ text }) => text).join(' ')),
    },
  }
}

/**
 * @see https://wicg.github.io/sms-one-time-codes/ "Origin-bound one-time codes delivered via SMS"
 */
const BOUND = /^@\S+ #(\S+)$/

function shownText({ id, text }: Text, when: string): ShownText {
  const lines = text.split('\n')
  const last = lines.at(-1) ?? ''
  const bound = BOUND.test(last) ? last : null
  const body = (bound === null ? lines : lines.slice(0, -1)).join('\n')
  return {
    id,
    bound,
    when,
    code: BOUND.exec(last)?.[1] ?? null,
    paragraphs: body.split(/\n{2,}/).filter((paragraph) => paragraph.trim() !== ''),
  }
}

/** Which key the voice names, in the words of either language; none while it rings. */
const keyIn = (words: string): string => /(?:press|appuyez sur) (\d)/.exec(words)?.[1] ?? ''

/**
 * A sentence a line; digits that are said one by one stand together behind theirs: `5 5 1 9 0 8`.
 */
function spokenWords(said: readonly string[]): string {
  return said.reduce((all, text) => {
    const isDigit = /^\d$/.test(text)
    return all === '' ? text : `${all}${isDigit ? '\u00a0' : '\n'}${text}`
  }, '')
}

export function whenOf(
  at: number,
  { language, zone }: { readonly language: Language; readonly zone: string },
): string {
  const locale = language === 'en' ? 'en-GB' : 'fr-FR'
  const day = new Intl.DateTimeFormat(locale, { timeZone: zone, day: 'numeric', month: 'long' })
  const time = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const isToday = day.format(at) === day.format(Date.now())
  return `${isToday ? wordsIn(language)('today') : day.format(at)}, ${time.format(at)}`
}
