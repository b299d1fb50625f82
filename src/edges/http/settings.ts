/** What the doors need of the configuration. */
export interface HttpSettings {
  /** The address of this installation, without a slash at the end. */
  readonly issuer: string
  readonly name: string
  /** The telephone number of the desk. */
  readonly helpLine: string
  /** Its other numbers, by country (ISO 3166-1). */
  readonly helpLines: Readonly<Record<string, string>>
  /** The number of the technical desk (R115); `null` where the desk helps with that too. */
  readonly technicalLine: string | null
  /** The one brand colour, as `#0a5c4a`. */
  readonly accent: string
  readonly brand: BrandSettings
  readonly timeZone: string
  /** Addresses or networks whose X-Forwarded-For is believed (A29). */
  readonly trustedProxies: readonly string[]
  readonly log: { readonly level: string }
  readonly gateway: {
    readonly ports: readonly number[]
    readonly host: string | null
    /** Where the streams of the trading platform are; `null` for none. */
    readonly upstream?: string | null | undefined
  }
  readonly portal: {
    /** Paths of the portal before this one, and the page where each leads. */
    readonly formerAddresses: Readonly<Record<string, FormerPage>>
  }
}

type FormerPage =
  | ('overview' | 'ways' | 'devices' | 'contact' | 'sessions')
  | ('password' | 'activity' | 'documents')

interface BrandSettings {
  /** Files. */
  readonly logo: { readonly light: string | null; readonly dark: string | null }
  /** The colour on dark pages, where it is not a shade of the accent. */
  readonly accentDark: string | null
  /** Lines at the foot of every page. */
  readonly legal: readonly { readonly en: string; readonly fr: string }[]
}
