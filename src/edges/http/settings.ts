/** What the doors need of the configuration. */
export interface HttpSettings {
  /** The address of this installation, without a slash at the end. */
  readonly issuer: string
  readonly name: string
  /** The telephone number of the desk. */
  readonly helpLine: string
  /** The one brand colour, as `#0a5c4a`. */
  readonly accent: string
  readonly timeZone: string
  /** Addresses or networks whose X-Forwarded-For is believed (A29). */
  readonly trustedProxies: readonly string[]
  readonly log: { readonly level: string }
}
