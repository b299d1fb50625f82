import { buildPushPayload, type PushSubscription } from '@block65/webcrypto-web-push'
import { type Channel, PUSH_RETRIES, type Report } from '#channels/channel.ts'
import { outcomeOf } from '#channels/web-push/answers.ts'
import type { Json } from '#core/json.ts'
import { days, type Instant, millis, seconds } from '#core/time/time.ts'

/**
 * Notifications to phones. The message holds the transaction, the platform and of a task its kind;
 * what else it is about, the phone fetches itself over its own signed channel.
 *
 * @see RFC 8030, "Generic Event Delivery Using HTTP Push"; RFC 8291 (encryption); RFC 8292 (VAPID)
 */
export interface WebPushOptions {
  /** The key that a subscription was made with; `null` for one that is retired. */
  readonly vapidOf: (key: number) => Vapid | null
  readonly subject: string
  /** What a platform shows that does not ask the app. */
  readonly shown: (payload: Payload) => Shown
  readonly now: () => Instant
  /** Hears of a push service that refuses our messages. */
  readonly report: Report
  /** The HTTP client; a test gives its own. */
  readonly fetch: typeof fetch
}

/** As the app would show it. */
export interface Shown {
  readonly title: string
  readonly body: string
  readonly tag: string
  readonly language: 'en' | 'fr'
  /** Where a tap leads. */
  readonly navigate: string
}

interface Vapid {
  readonly publicKey: string
  readonly privateKey: string
}

/** As long as a phone may approve: later it would only confuse. @see RFC 8030, section 5.2 */
const REQUEST = { life: seconds(90), urgency: 'high' } as const
/** News is still news on the day after; it wakes no phone that saves its battery. */
const NEWS = { life: days(1), urgency: 'low' } as const
const TIMEOUT_MS = 5_000

/** @see "Declarative Web Push": a message that the platform can show by itself has this number */
const DECLARATIVE = 8030

interface Subscribed extends PushSubscription {
  /** Whether the app shows alerts (R018). */
  readonly alerts?: boolean
  readonly key?: number
  /** Tells apart those who share this address. */
  readonly mark?: string
}

type Payload = { readonly [name: string]: Json }

export const webPush = (options: WebPushOptions): Channel => ({
  name: 'web-push',
  retries: PUSH_RETRIES,
  async deliver({ address, payload: given, age = millis(0) }) {
    if (address === null) return { outcome: 'gone' }
    // Written by our own phone door, which has parsed it.
    const { endpoint, keys, alerts, key = 1, mark = '' } = address as unknown as Subscribed
    const payload = given as Payload
    const isNews = 'alert' in payload
    // An app from before alerts would show it as a request. It is told by mail all the same.
    if (isNews && !alerts) return { outcome: 'sent' }
    const vapid = options.vapidOf(key)
    if (!vapid) return { outcome: 'gone' }
    const { life, urgency } = isNews ? NEWS : REQUEST
    const lifeLeft = millis(life - age)
    // A second at least: a message that lives for less is not kept for a phone that is away.
    if (lifeLeft < seconds(1)) return { outcome: 'failed', reason: 'expired' }
    const message = {
      data: declared(payload, options.shown(payload)) as never,
      options: {
        ttl: Math.floor(lifeLeft / seconds(1)),
        urgency,
        topic: topicOf(mark, payload),
      },
    }
    try {
      const { subject } = options
      const request = await buildPushPayload(
        message,
        { endpoint, keys, expirationTime: null },
        { publicKey: vapid.publicKey, privateKey: vapid.privateKey, subject },
      )
      const response = await options.fetch(endpoint, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        // A push service that redirects us is not the one that was allowed (A20).
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      const { status, headers } = response
      const answer = { status, retryAfter: headers.get('retry-after') }
      const outcome = outcomeOf(answer, { now: options.now(), lifeLeft })
      if (outcome.outcome === 'failed' && outcome.reason === 'rejected')
        options.report(`${new URL(endpoint).hostname} answers ${status}`)
      return outcome
    } catch (error) {
      return { outcome: 'later', reason: error instanceof Error ? error.name : 'unknown' }
    }
  },
})

/**
 * Of what waits for a phone that is away, only the newest of its kind is brought: an older request
 * has been replaced. Never more than the 32 letters of base64url that it may have.
 *
 * @see RFC 8030, section 5.4
 */
const topicOf = (mark: string, { alert, test }: Payload): string =>
  `${mark}-${typeof alert === 'string' ? alert : test === undefined ? 'request' : 'test'}`

/**
 * The message twice: for the app, and for a platform that shows it by itself where the app does not
 * run. Where it does, it gets the last word (`mutable`), and finds our message in `data`.
 */
const declared = (payload: Payload, { tag, language, navigate, ...said }: Shown): Payload => ({
  ...payload,
  web_push: DECLARATIVE,
  mutable: true,
  notification: { ...said, lang: language, navigate, tag, data: payload },
})
