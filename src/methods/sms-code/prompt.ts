import { after, type Instant, instant } from '#core/time/time.ts'
import type { PromptContext, PromptField, PromptView, Text } from '#methods/prompt.ts'
import { RESEND } from '#methods/sms-code/caps.ts'
import { CODE_LENGTH } from '#methods/six-digits.ts'
import { endingOf } from '#methods/telephone-number.ts'
import type { State } from '#methods/sms-code/state.ts'
import type { Sent, Way } from '#methods/sms-code/ways.ts'

/** What the page is made of; see `challenge` in `method.ts`. */
export interface Prompt {
  readonly way: Way
  readonly ways: readonly Way[]
  readonly ending: string
  readonly sent: Sent
  /** Nothing was sent for this login yet. */
  readonly isWaiting: boolean
  /** The same code went by mail (R129). */
  readonly isMailed: boolean
  /** A browser that is new to us does not hear whether it did. */
  readonly hidesMail: boolean
}

export const promptOf = (
  { number, sent }: Pick<State, 'number' | 'sent'>,
  asked: Pick<Prompt, 'way' | 'ways' | 'isWaiting' | 'isMailed' | 'hidesMail'>,
) => ({ ...asked, ways: [...asked.ways], ending: endingOf(number), sent })

const KEY = 'method.sms-code'

export const FIELD: PromptField = {
  name: 'code',
  label: `${KEY}.code.label`,
  hint: `${KEY}.code.hint`,
  button: `${KEY}.code.button`,
  kind: 'digits',
  length: CODE_LENGTH,
}

const DELIVERY: Readonly<Record<Way, NonNullable<PromptView['delivery']>>> = {
  text: {
    sent: `${KEY}.delivery.text.sent`,
    delivered: `${KEY}.delivery.text.delivered`,
    failed: `${KEY}.delivery.text.failed`,
  },
  call: {
    sent: `${KEY}.delivery.call.sent`,
    delivered: `${KEY}.delivery.call.delivered`,
    failed: `${KEY}.delivery.call.failed`,
  },
}

const BESIDE = { failed: `${KEY}.delivery.mail.failed`, left: `${KEY}.delivery.mail.left` }

/**
 * One view: it is named like its channel, so that a claimant who asks again stays in the same one.
 */
export function describe(
  { way, ways, ending, sent, isWaiting, isMailed = false, hidesMail = false }: Asked,
  { label, openedAt }: PromptContext,
): readonly [PromptView] {
  const shared = {
    ways: ways.map((one) => wayOf(one, { sent, openedAt })),
    stuck: `${KEY}.stuck.${isWaiting ? 'waiting' : way}`,
    overdue: `${KEY}.overdue`,
    aside: [
      {
        strong: `${KEY}.aside-title`,
        text: way === 'call' ? `${KEY}.aside-call` : `${KEY}.aside`,
        link: {
          to: '/help#texts',
          text: way === 'call' ? `${KEY}.aside-call-link` : `${KEY}.aside-link`,
        },
      },
    ],
  }
  const named = { ending: label === null ? null : ending }
  if (isWaiting)
    return [
      {
        name: 'wait',
        title: `${KEY}.waiting.title`,
        lead: { key: `${KEY}.waiting.lead.${way}` },
        ...shared,
      },
    ]
  return [
    {
      name: way,
      title: `${KEY}.${way}.title`,
      lead: leadOf(`${KEY}.${way}.${leadFor({ isMailed, hidesMail }, label)}`, named.ending),
      field: FIELD,
      delivery: { ...DELIVERY[way], ...(isMailed && { beside: BESIDE }) },
      ...shared,
    },
  ]
}

/** One that was drawn before an upgrade says nothing of mail. */
type Asked = Omit<Prompt, 'isMailed' | 'hidesMail'> & Partial<Prompt>

/** Where the code went, in words; where strangers see the same page, the same for every client. */
const leadFor = (
  { isMailed, hidesMail }: Pick<Prompt, 'isMailed' | 'hidesMail'>,
  label: string | null,
): string => (label === null && hidesMail ? 'lead-anywhere' : isMailed ? 'lead-mailed' : 'lead')

/** From when on a way sends something; one that was never used, at once. */
export function wayOf(
  way: Way,
  { sent, openedAt }: { readonly sent: Sent; readonly openedAt: Instant },
): NonNullable<PromptView['ways']>[number] {
  const last = sent[way]
  const from = last === null ? openedAt : after(instant(last), RESEND)
  return { way, link: `${KEY}.ways.${way}`, from, hint: `${KEY}.ways.${way}-hint` }
}

/** A browser that is new to us does not hear a digit of the number. */
const leadOf = (key: string, ending: string | null): Text =>
  ending === null ? { key: `${key}.kind` } : { key: `${key}.named`, values: { ending } }
