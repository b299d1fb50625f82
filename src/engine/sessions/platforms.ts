import type { Acr, Platform, Purpose } from '#core/assurance.ts'

/** The portal is the one platform that every installation has. */
const PORTAL: Platform = {
  id: 'portal',
  name: { en: 'Client Portal', fr: 'Portail client' },
  needs: '2t',
  purpose: 'portal',
  startUri: null,
}

/** A relying party as the configuration names it. */
export interface ConfiguredParty {
  readonly id: string
  readonly name: { readonly en: string; readonly fr: string }
  readonly needs: Acr
  readonly purpose: Exclude<Purpose, 'portal'>
  readonly startUri: string | null
}

/** Everything that a login can lead to. */
export function platformsOf(parties: readonly ConfiguredParty[]): ReadonlyMap<string, Platform> {
  const configured = parties.map(({ id, name, needs, purpose, startUri }) => ({
    id,
    name,
    needs,
    purpose,
    startUri,
  }))
  return new Map([PORTAL, ...configured].map((platform: Platform) => [platform.id, platform]))
}
