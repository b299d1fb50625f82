import { buildPushPayload, type PushSubscription } from '@block65/webcrypto-web-push'
import { type Channel, type Delivered, PUSH_RETRIES } from '#channels/channel.ts'

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
  /** The HTTP client; a test gives its own. */
  readonly fetch: typeof fetch
}

interface Vapid {
  readonly publicKey: string
  readonly privateKey: string
}

/** As long as a phone may approve: later it would only confuse. @see RFC 8030, section 5.2 */
const REQUEST = { ttl: 90, urgency: 'high' } as const
/** News is still news on the day after; it wakes no phone that saves its battery. */
const NEWS = { ttl: 86_400, urgency: 'low' } as const
const TIMEOUT_MS = 5_000

interface Subscribed extends PushSubscription {
  /** Whether the app shows alerts (R018). */
  readonly alerts?: boolean
  readonly key?: number
}

export const webPush = ({ vapidOf, subject, fetch }: WebPushOptions): Channel => ({
  name: 'web-push',
  retries: PUSH_RETRIES,
  async deliver({ address, payload }) {
    if (address === null) return { outcome: 'gone' }
    // Written by our own phone door, which has parsed it.
    const { endpoint, keys, alerts, key = 1 } = address as unknown as Subscribed
    const isNews = 'alert' in Object(payload)
    // An app from before alerts would show it as a request. It is told by mail all the same.
    if (isNews && !alerts) return { outcome: 'sent' }
    const vapid = vapidOf(key)
    if (!vapid) return { outcome: 'gone' }
    const message = { data: payload as never, options: isNews ? NEWS : REQUEST }
    try {
      const request = await buildPushPayload(
        message,
        { endpoint, keys, expirationTime: null },
        { publicKey: vapid.publicKey, privateKey: vapid.privateKey, subject },
      )
      const response = await fetch(endpoint, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        // A push service that redirects us is not the one that was allowed (A20).
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      return outcomeOf(response.status)
    } catch (error) {
      return { outcome: 'later', reason: error instanceof Error ? error.name : 'unknown' }
    }
  },
})

/** @see RFC 8030, sections 5 and 7.3 */
function outcomeOf(status: number): Delivered {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  if (status === 404 || status === 410) return { outcome: 'gone' }
  return { outcome: 'later', reason: `status ${status}` }
}
