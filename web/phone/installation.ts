/** What the server wrote into the page: whose app this is. */
export interface Installation {
  readonly issuer: string
  /** The brokerage, as pages call it. */
  readonly name: string
  readonly accent: string
  /** The telephone number to call. */
  readonly help: string
}

export function installation(): Installation {
  const meta = document.querySelector<HTMLMetaElement>('meta[name=countersign]')
  const written = JSON.parse(meta?.content ?? '{}') as Partial<Installation>
  const { issuer = location.origin, name = '', accent = '', help = '' } = written
  return { issuer, name, accent, help }
}
