import type { Acr, Platform } from '#core/assurance.ts'

/** The portal is the one platform that every installation has. */
const PORTAL: Platform = {
  id: 'portal',
  name: { en: 'Client Portal', fr: 'Portail client' },
  needs: '2t',
  opensForFirstBinding: true,
}

/** A relying party as the configuration names it. */
export interface ConfiguredParty {
  readonly id: string
  readonly name: { readonly en: string; readonly fr: string }
  readonly needs: Acr
}

/** Everything that a login can lead to. */
export function platformsOf(parties: readonly ConfiguredParty[]): ReadonlyMap<string, Platform> {
  const configured = parties.map(({ id, name, needs }) => ({
    ...{ id, name, needs },
    opensForFirstBinding: false,
  }))
  return new Map([PORTAL, ...configured].map((platform) => [platform.id, platform]))
}
