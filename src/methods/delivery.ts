import type { Json } from '#core/json.ts'
import type { Alert } from '#core/notices/alerts.ts'
import type { Problem } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import type { Millis } from '#core/time/time.ts'

/** Something to send after the commit that it belongs to. */
export interface Delivery {
  readonly channel: string
  readonly payload: Json
  /** Where to; without it the channel knows where to reach this authenticator. */
  readonly address?: Json
  /** It carries the same as another one: that it fails ends nothing. */
  readonly beside?: true
}

/** How a code goes by mail besides the number, where the rules of its holder want it (R129). */
export interface Mailing {
  /** Where to; left out, it goes to the number alone. */
  readonly mail?: string
  /**
   * Whether a browser that is new to us must not hear if a mail was sent: strangers are led on to
   * the same page just now, and it would tell them where a client lives (A1).
   */
  readonly hidesMail?: boolean
}

/** The message that brings news to an authenticator (R018). */
export type Alerting = (alert: Alert, language: Language) => Delivery

/** One use out of what is allowed in a time: a cap by number, by address, by installation (A23). */
export interface Take {
  readonly name: string
  readonly count: number
  readonly per: Millis
  readonly key: string
  readonly problem: Problem
  /**
   * A cap of one: the next use is possible when `per` has passed since the last.
   */
  readonly apart?: true
}
