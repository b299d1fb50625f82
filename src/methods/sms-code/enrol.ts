import { z } from 'zod'
import type { Problem } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import { after, type Instant, instant, minutes } from '#core/time/time.ts'
import type { Bound, EnrolBy, EnrolDrawn, Enrolling, EnrolView } from '#methods/enrol.ts'
import { drawCode, isSameCode, TypedCode } from '#methods/six-digits.ts'
import { bindingTakesOf, waitsUntil } from '#methods/sms-code/caps.ts'
import { deliveryOf } from '#methods/sms-code/message.ts'
import {
  E164,
  endingOf,
  type ParsedNumber,
  parseNumber,
  type TelephoneRules,
} from '#methods/telephone-number.ts'
import { FIELD, wayOf } from '#methods/sms-code/prompt.ts'
import { Sent, State } from '#methods/sms-code/state.ts'
import { WAYS, type Way, waysOf } from '#methods/sms-code/ways.ts'
import { NumberRequest } from '#methods/sms-code/wire.ts'
import type { Words } from '#methods/words.ts'

const KEY = 'method.sms-code.enrol'

/**
 * The code lasts as long as the page: a client who waits for a slow text is not sent back to the
 * start (R083).
 */
const LIFETIME = minutes(10)

/** What was drawn: the code, for which number, and until when. */
const Expected = z.strictObject({
  number: E164,
  written: z.string(),
  code: z.string(),
  sent: Sent,
  until: z.number().int(),
})
type Expected = z.infer<typeof Expected>

/** What the page shows. */
interface Prompt {
  readonly way: Way
  readonly ways: readonly Way[]
  readonly written: string
  readonly sent: Expected['sent']
}

interface Tools {
  readonly words: Words
  readonly rules: TelephoneRules
}

/**
 * A number is bound when its holder types the code that was sent to it: the number is verified from
 * then on (R081, R084), and it is how they log in (R085). Two clients may have the same number;
 * each of them proves it for themselves.
 *
 * @see NIST SP 800-63B-4, "Use of the Public Switched Telephone Network" (S26)
 */
export const enrolment = (tools: Tools): EnrolBy<State> => ({
  asks: {
    title: `${KEY}.title`,
    lead: `${KEY}.lead`,
    field: {
      name: 'number',
      label: `${KEY}.number.label`,
      hint: `${KEY}.number.hint`,
      button: `${KEY}.number.button`,
      kind: 'telephone',
      length: 16,
    },
    notice: 'method.sms-code.risk',
    known: { text: `${KEY}.known.text`, button: `${KEY}.known.button` },
  },

  read(request) {
    const read = numberIn(request, tools.rules)
    return read.ok ? { ok: true, address: read.number, written: read.written } : read
  },

  known(number, { held, language }) {
    const same = sentTo(number, held)
    return { ...bound(labelOf(tools, number, language), { number, sent: same, pending: null }) }
  },

  begin(request, enrolling) {
    const asked = enrolling.before
      ? askedAgain(Expected.parse(enrolling.before.expected))
      : askedFirst(request, enrolling, tools.rules)
    return 'problem' in asked
      ? { ok: false, problem: asked.problem }
      : sent(asked, enrolling, tools)
  },

  complete: async (answer, { expected, language }) => {
    const { number, code, sent: before } = Expected.parse(expected)
    const typed = TypedCode.safeParse(answer)
    if (!typed.success) return { ok: false, problem: 'login.malformed-answer' }
    if (!isSameCode(typed.data, code)) return { wrong: true }
    const label = labelOf(tools, number, language)
    return { ...bound(label, { number, sent: before, pending: null }), address: number }
  },

  describe,
})

const bound = (
  label: string,
  state: State,
): Omit<Extract<Bound, { ok: true }>, 'state'> & { readonly state: State } => ({
  ok: true,
  label,
  state,
})

type Asked = Omit<Expected, 'code'>

function askedAgain(sent: Expected): Asked {
  const { code: _, ...asked } = sent
  return asked
}

/** A number that was texted for a login a moment ago is not texted again (R082). */
function askedFirst(
  request: unknown,
  { now, held }: Enrolling,
  rules: TelephoneRules,
): Asked | { readonly problem: Problem } {
  const parsed = numberIn(request, rules)
  if (!parsed.ok) return parsed
  const { number, written } = parsed
  const sent = sentTo(number, held)
  return { number, written, sent, until: after(now, LIFETIME) }
}

/** When it was sent something last, by what is held of it. */
const sentTo = (number: string, held: Enrolling['held']): State['sent'] => {
  const same = held.map(({ state }) => State.parse(state)).find((one) => one.number === number)
  return same?.sent ?? { text: null, call: null }
}

const labelOf = ({ words }: Tools, number: string, language: Language): string =>
  words.text(language, 'method.sms-code.label', { ending: endingOf(number) })

function numberIn(request: unknown, rules: TelephoneRules): ParsedNumber {
  const typed = NumberRequest.safeParse(request)
  return typed.success
    ? parseNumber(typed.data.number, rules)
    : { ok: false, problem: 'telephone.malformed' }
}

function sent(asked: Asked, enrolling: Enrolling, { words, rules }: Tools): EnrolDrawn {
  const { now, issuer, brand, subscriber, network } = enrolling
  const ways = waysOf(enrolling.channels)
  const way = WAYS.find((one) => one === enrolling.way && ways.includes(one)) ?? ways[0]
  if (way === undefined) return { ok: false, problem: 'telephone.off' }
  const wait = waitsUntil(asked.sent[way], now)
  if (wait !== null) return { ok: false, problem: 'telephone.too-soon', until: wait }
  const code = drawCode(enrolling.random)
  const { number, written } = asked
  const expected: Expected = { ...asked, code, sent: { ...asked.sent, [way]: now } }
  const message = {
    way,
    number,
    code,
    purpose: 'enrol' as const,
    issuer,
    brand,
    until: instant(asked.until),
    language: subscriber.language,
  }
  return {
    ok: true,
    prompt: { way, ways: [...ways], written, sent: expected.sent },
    expected,
    validFor: LIFETIME,
    deliver: [deliveryOf(message, words)],
    takes: bindingTakesOf(way, { number, network, subscriber: subscriber.id, rules }),
  }
}

function describe(
  { way, ways, written, sent }: Prompt,
  { openedAt }: { readonly openedAt: Instant },
): readonly [EnrolView] {
  return [
    {
      name: way,
      title: `${KEY}.code.title`,
      lead: { key: `${KEY}.code.${way}`, values: { number: written.replaceAll(' ', '\u00a0') } },
      field: { ...FIELD, button: `${KEY}.code.button` },
      ways: ways.map((one) => wayOf(one, { sent, openedAt })),
      stuck: `${KEY}.stuck`,
    },
  ]
}
