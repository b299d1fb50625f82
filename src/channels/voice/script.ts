import type { DeedClass } from '#core/desk/deeds.ts'
import type { Language } from '#core/subscribers/account.ts'

/** What a call is about; it travels in the address that the provider asks, sealed. */
export interface Call {
  readonly digits: string
  readonly language: Language
  readonly brand: string
  /** How often the provider has asked already. */
  readonly turn: number
  /** Which key lets the digits be heard: another one for each call. */
  readonly key: string
  /** Whether the digits have been said. */
  readonly isHeard: boolean
  /**
   * The call of a client to the desk that this one is about: the digits are told to the agent, and
   * a client who is not on the telephone with us says so with a key.
   */
  readonly denies?: string
  /** What the digits open then. */
  readonly of?: DeedClass
}

/** The words of a call, in the language of the client who is called. */
export interface CallWords {
  /** Who calls, why, and which key to press. */
  readonly greeting: string
  readonly code: string
  /** Which key to press to hear it again. */
  readonly again: string
  /** That the brokerage will never ask for it. */
  readonly nobody: string
  readonly goodbye: string
  /** What follows when the client is not on the telephone with us. */
  readonly denied: string
}

/** One thing to say, and how long to be silent after it. */
export interface Said {
  readonly text: string
  readonly pauseS: number
}

export interface Turn {
  readonly say: readonly Said[]
  /** The client is not on the telephone with us. */
  readonly isDenied?: true
  /** What the call is from now on, when it goes on and waits for a key; `null`: it ends. */
  readonly next: Call | null
}

/** What a call may ask for: any key but that of the denial, and none that is hard to find. */
export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8'] as const
const DENY_KEY = '9'
/** A client who is still there by then has heard it often enough, or it is a machine. */
export const TURNS_MAX = 6
const TIMES = 3

/**
 * What to say next.
 *
 *   greeting ──key──▶ the digits, three times ──key──▶ the digits again
 *      └─ another key, or none ─▶ once more, then good-bye
 *
 * Of a client who is told to be on the telephone with us, 9 ends that at any time.
 *
 * The digits are said only after the key was pressed that this greeting names: an answering machine
 * hears no code, also one on which an attacker has recorded the tone of a key.
 */
export function turnOf(call: Call, key: string | null, words: CallWords): Turn {
  const next = { ...call, turn: call.turn + 1 }
  const isOver = next.turn >= TURNS_MAX
  if (key === DENY_KEY && call.denies !== undefined && call.turn > 0)
    return { say: [{ text: words.denied, pauseS: 1 }], next: null, isDenied: true }
  if (key === call.key && call.turn > 0) {
    const say = [...spoken(call.digits, words), { text: words.nobody, pauseS: 1 }]
    if (isOver) return { say: [...say, goodbye(words)], next: null }
    return { say: [...say, { text: words.again, pauseS: 0 }], next: { ...next, isHeard: true } }
  }
  if (call.isHeard || call.turn > GREETINGS || isOver) return { say: [goodbye(words)], next: null }
  return { say: [{ text: words.greeting, pauseS: 0 }], next }
}

/** How often the greeting is said again while no key is pressed. */
const GREETINGS = 1

const goodbye = ({ goodbye: text }: CallWords): Said => ({ text, pauseS: 0 })

/** One digit after the other, each with a silence behind it to write it down. */
function spoken(digits: string, { code }: CallWords): readonly Said[] {
  const once = [...digits].map((digit) => ({ text: digit, pauseS: 1 }))
  return Array.from({ length: TIMES }, () => [{ text: code, pauseS: 1 }, ...once]).flat()
}
