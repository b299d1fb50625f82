import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { readMailAddress } from '#core/contact/mail-address.ts'
import { after, days, hours, type Instant, instant, minutes, seconds } from '#core/time/time.ts'
import type { Delivery, Take } from '#methods/delivery.ts'
import type { AddressProof, EnrolDrawn, Enrolling, ReadAddress } from '#methods/enrol.ts'
import { CODE_LENGTH, drawCode, isSameCode, TypedCode } from '#methods/six-digits.ts'
import type { Words } from '#methods/words.ts'

const KEY = 'contact.email'
const CHANNEL = 'email'

/** As long as the page. */
const LIFETIME = minutes(10)
/** From one mail to the next. */
const RESEND = seconds(120)

/**
 * The owner of an address is not flooded, and no client makes us send bulk mail to strangers (A23).
 */
const PER_ACCOUNT_DAY = 10
const PER_ADDRESS_HOUR = 5
const PER_NETWORK_HOUR = 10

const Request = z.strictObject({ address: z.string().max(1_000) })

const Expected = z.strictObject({
  address: z.string(),
  code: z.string(),
  sentAt: z.number().int(),
  until: z.number().int(),
})
type Expected = z.infer<typeof Expected>

/**
 * An address of electronic mail is proven by the code that was sent there. It gets notices from
 * then on and never logs a client in (S28).
 */
export const emailAddress = (words: Words): AddressProof => ({
  asks: {
    title: `${KEY}.title`,
    lead: `${KEY}.lead`,
    field: {
      name: 'address',
      label: `${KEY}.address.label`,
      hint: `${KEY}.address.hint`,
      button: `${KEY}.address.button`,
      kind: 'email',
      length: 40,
    },
  },

  read,

  begin(request, enrolling) {
    const { before, now } = enrolling
    if (before) {
      const { address, sentAt, until } = Expected.parse(before.expected)
      const next = after(instant(sentAt), RESEND)
      if (now < next) return { ok: false, problem: 'email.too-soon', until: next }
      return sent({ address, until: instant(until) }, enrolling, words)
    }
    const asked = read(request)
    if (!asked.ok) return asked
    return sent({ address: asked.address, until: after(now, LIFETIME) }, enrolling, words)
  },

  complete: async (answer, { expected }) => {
    const { address, code } = Expected.parse(expected)
    const typed = TypedCode.safeParse(answer)
    if (!typed.success) return { ok: false, problem: 'login.malformed-answer' }
    return isSameCode(typed.data, code) ? { ok: true, address } : { wrong: true }
  },

  describe: ({ address, sentAt }: Pick<Expected, 'address' | 'sentAt'>) => [
    {
      name: 'mail',
      title: `${KEY}.code.title`,
      lead: { key: `${KEY}.code.lead`, values: { address } },
      field: {
        name: 'code',
        label: `${KEY}.code.label`,
        hint: `${KEY}.code.hint`,
        button: `${KEY}.code.button`,
        kind: 'digits',
        length: CODE_LENGTH,
      },
      ways: [
        {
          way: 'mail',
          link: `${KEY}.ways.mail`,
          hint: `${KEY}.ways.mail-hint`,
          from: after(instant(sentAt), RESEND),
        },
      ],
      stuck: `${KEY}.stuck`,
    },
  ],
})

function read(request: unknown): ReadAddress {
  const typed = Request.safeParse(request)
  const found = readMailAddress(typed.data?.address ?? '', domainToASCII)
  return found.ok ? { ...found, written: found.address } : found
}

interface Sending {
  readonly address: string
  readonly until: Instant
}

function sent({ address, until }: Sending, enrolling: Enrolling, words: Words): EnrolDrawn {
  const { now, channels } = enrolling
  if (!channels.includes(CHANNEL)) return { ok: false, problem: 'contact.off' }
  const code = drawCode(enrolling.random)
  return {
    ok: true,
    prompt: { address, sentAt: now },
    expected: { address, code, sentAt: now, until },
    validFor: LIFETIME,
    deliver: [mailOf({ address, until, code }, enrolling, words)],
    takes: takesOf(address, enrolling),
  }
}

/** It says nothing of who asked: the address may be a stranger's. */
function mailOf(
  { address, until, code }: Sending & { readonly code: string },
  { brand, subscriber: { language } }: Enrolling,
  words: Words,
): Delivery {
  const values = { brand, code, time: words.time(language, until), zone: words.zone }
  const [subject, text] = ['subject', 'text'].map((part) =>
    words.text(language, `${KEY}.mail.${part}`, values),
  )
  return { channel: CHANNEL, address, payload: { subject: subject ?? '', text: text ?? '' } }
}

function takesOf(address: string, { network, subscriber }: Enrolling): readonly Take[] {
  const problem = 'email.too-many'
  const key = address.toLowerCase()
  const hour = hours(1)
  return [
    { name: 'email-network', count: PER_NETWORK_HOUR, per: hour, key: network, problem },
    { name: 'email-hour', count: PER_ADDRESS_HOUR, per: hour, key, problem },
    { name: 'email-account', count: PER_ACCOUNT_DAY, per: days(1), key: subscriber.id, problem },
    // Last, because it cannot be given back: a request that is refused for another reason does not
    // take it (A28).
    { name: 'email-apart', count: 1, per: RESEND, key, apart: true, problem: 'email.too-soon' },
  ]
}
