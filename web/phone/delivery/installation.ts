/** What the server wrote into the page: whose app this is. */
export interface Installation {
  readonly issuer: string
  /** The brokerage, as pages call it. */
  readonly name: string
  readonly accent: string
  /** The telephone number to call. */
  readonly help: string
  /** Others, by country (ISO 3166-1). */
  readonly helpLines: Readonly<Record<string, string>>
}

export function installation(): Installation {
  const meta = document.querySelector<HTMLMetaElement>('meta[name=countersign]')
  const written = JSON.parse(meta?.content ?? '{}') as Partial<Installation>
  const { issuer = location.origin, name = '', accent = '', help = '', helpLines = {} } = written
  return { issuer, name, accent, help, helpLines }
}
