import { z } from 'zod'
import { after, type Instant } from '#core/time/time.ts'
import {
  type Asking,
  defineMethod,
  type DrawnBy,
  type Method,
  type VerdictBy,
} from '#methods/method.ts'
import { drawCode, isSameCode } from '#methods/six-digits.ts'
import {
  CODE_LIFETIME,
  deskTakesOf,
  takesOf,
  TRIES_PER_CODE,
  waitsUntil,
} from '#methods/sms-code/caps.ts'
import { enrolment } from '#methods/sms-code/enrol.ts'
import { deliveryOf, mailOf } from '#methods/sms-code/message.ts'
import { numberOfNobody, numberProblem, type TelephoneRules } from '#methods/telephone-number.ts'
import { describe, type Prompt, promptOf } from '#methods/sms-code/prompt.ts'
import { State } from '#methods/sms-code/state.ts'
import { CHANNELS, MAIL, REFERENCES, WAYS, type Way, waysOf } from '#methods/sms-code/ways.ts'
import { CodeAnswer } from '#methods/sms-code/wire.ts'
import type { Words } from '#methods/words.ts'

/** `null` while the number has to wait: then nothing is right. */
const Expected = z.strictObject({ code: z.string().nullable(), transaction: z.string() })
type Expected = z.infer<typeof Expected>

export interface SmsTools {
  readonly words: Words
  readonly telephone: TelephoneRules
}

type Drawn = DrawnBy<State, Expected>

/**
 * A code that is sent to the client’s number as a text, or read out by a call.
 *
 * One code counts for a number at a time, for the one login that asked for it. A claimant who asks
 * again within two minutes is sent nothing: in the same login the code that is under way still
 * counts, and in another one the page says when the next may be sent (R082).
 *
 * The telephone network is a restricted channel: a text can be read or redirected on its way.
 *
 * @see NIST SP 800-63B-4, "Out-of-Band Devices" and "Use of the Public Switched Telephone Network"
 */
export function smsCode({ words, telephone: rules }: SmsTools): Method {
  return defineMethod<State, Expected, CodeAnswer>({
    name: 'sms-code',
    icon: 'text',
    acr: '2s',
    amr: [REFERENCES.text, 'otp'],
    // Over all codes, texts, calls and logins: a new code is no new chance (C8, S23).
    hardCap: 10,
    secondFactor: true,
    telling: true,
    onPhone: 'always',
    onePerSubscriber: true,
    bindsFrom: '2s',
    channels: Object.values(CHANNELS),
    restricted: true,
    byMail: true,
    verifies: 'mobile',
    state: State,
    expected: Expected,
    answer: CodeAnswer,
    describe,

    challenge(state, asking) {
      const problem = numberProblem(state.number, rules)
      if (problem) return { ok: false, problem }
      const ways = waysOf(asking.channels)
      const [first] = ways
      if (first === undefined) return { ok: false, problem: 'telephone.off' }
      const wanted = WAYS.find((way) => way === asking.way && ways.includes(way))
      const own = pendingFor(state, asking)
      const asked = { ways, hidesMail: asking.hidesMail ?? false }
      if (own && wanted === undefined) return repeated(state, own, asked)
      const way = wanted ?? first
      if (waitsUntil(state.sent[way], asking.now) === null)
        return sent(state, asking, { way, ways, rules, words })
      return own ? repeated(state, own, asked) : waiting(state, asking, { way, ways })
    },

    verify,

    decoy: (random) => ({
      number: numberOfNobody(random),
      sent: { text: null, call: null },
      pending: null,
    }),

    enrol: enrolment({ words, rules }),

    callBack: {
      problem: (number) => numberProblem(number, rules),
      call: ({ number, digits, denies, of, language, brand, subscriber, network }) => ({
        deliver: {
          channel: CHANNELS.call,
          address: number,
          payload: { digits, language, brand, denies, of },
        },
        takes: deskTakesOf({ number, network, subscriber, rules }),
      }),
    },
  })
}

type Pending = NonNullable<State['pending']>

/** The code that is under way for this very login, while it lasts. */
function pendingFor({ pending }: State, { transaction, now }: Asking): Pending | null {
  const counts =
    pending !== null &&
    pending.transaction === transaction &&
    now < after(pending.at as Instant, CODE_LIFETIME)
  return counts ? pending : null
}

interface Sending {
  readonly way: Way
  readonly ways: readonly Way[]
  readonly rules: TelephoneRules
  readonly words: Words
}

/** A new code; the one before it is not valid from now on. */
function sent(state: State, asking: Asking, { way, ways, rules, words }: Sending): Drawn {
  const { now, transaction, network, subscriber, issuer, brand } = asking
  const { number } = state
  const code = drawCode(asking.random)
  // A code that is read out goes by mail as well: the call stands for a text that does not arrive.
  const mail = asking.channels.includes(MAIL) ? asking.mail : undefined
  const mailed = mail === undefined ? {} : ({ mailed: true } as const)
  const next: State = {
    number,
    sent: { ...state.sent, [way]: now },
    pending: { code, way, transaction, at: now, wrong: 0, ...mailed },
  }
  const message = {
    way,
    number,
    code,
    issuer,
    brand,
    purpose: purposeOf(asking),
    until: after(now, CODE_LIFETIME),
    language: asking.holderLanguage,
  }
  return {
    ok: true,
    state: next,
    validFor: CODE_LIFETIME,
    prompt: promptOf(next, {
      way,
      ways,
      isWaiting: false,
      isMailed: mail !== undefined,
      hidesMail: asking.hidesMail ?? false,
    }),
    expected: { code, transaction },
    deliver: [
      deliveryOf(message, words),
      ...(mail === undefined ? [] : [mailOf(message, mail, words)]),
    ],
    takes: takesOf({ number, network, subscriber, rules }),
  }
}

/** A task that sets up a device is named: its code is what a thief asks a client for. */
function purposeOf({ purpose, context }: Asking): 'login' | 'task' | 'bind' {
  if (purpose === 'login') return 'login'
  return SettingUp.safeParse(context).success ? 'bind' : 'task'
}

const SettingUp = z.object({ task: z.object({ kind: z.literal('bind') }) })

/** The same question as before: nothing is sent, and it ends when it would have ended. */
function repeated(
  state: State,
  { code, transaction, way, at, mailed }: Pending,
  asked: Pick<Prompt, 'ways' | 'hidesMail'>,
): Drawn {
  return {
    ok: true,
    state,
    validFor: CODE_LIFETIME,
    askedAt: at as Instant,
    prompt: promptOf(state, { ...asked, way, isMailed: mailed ?? false, isWaiting: false }),
    expected: { code, transaction },
    deliver: [],
  }
}

/**
 * The number was sent a code for another login a moment ago. Nothing can be typed; the page says
 * what can be done.
 */
function waiting(
  state: State,
  { transaction }: Asking,
  { way, ways }: Pick<Sending, 'way' | 'ways'>,
): Drawn {
  return {
    ok: true,
    state,
    validFor: CODE_LIFETIME,
    prompt: promptOf(state, { way, ways, isWaiting: true, isMailed: false, hidesMail: false }),
    expected: { code: null, transaction },
    deliver: [],
  }
}

function verify(
  state: State,
  { expected, answer }: { readonly expected: Expected; readonly answer: CodeAnswer },
): VerdictBy<State> {
  const { pending } = state
  if (expected.code === null) return { outcome: 'malformed' }
  const counts =
    pending !== null &&
    pending.transaction === expected.transaction &&
    isSameCode(pending.code, expected.code)
  // Another login of the same number has asked since: its code is the one that counts now (S35).
  if (!counts) return { outcome: 'rejected', reason: 'overwritten', open: true }
  if (isSameCode(answer.code, pending.code)) {
    const { way, mailed } = pending
    // Rated by the weaker of the two, whichever way it came: no reference names mail (S28, C13).
    const amr = [REFERENCES[way], 'otp']
    const carried = [CHANNELS[way], ...(mailed ? [MAIL] : [])]
    return { outcome: 'accepted', state: { ...state, pending: null }, amr, carried }
  }
  const wrong = pending.wrong + 1
  const open = wrong < TRIES_PER_CODE
  return {
    outcome: 'rejected',
    reason: 'wrong-code',
    open,
    state: { ...state, pending: open ? { ...pending, wrong } : null },
  }
}
