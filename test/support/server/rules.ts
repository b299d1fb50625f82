import { DEFAULT, DEFAULT_RULES, type Rules } from '#core/subscribers/jurisdiction.ts'
import type { World } from '#engine/world.ts'

/** The same world under a file of rules that asks this of clients without a place of their own. */
export function withRules<W extends World>(world: W, asked: Partial<Rules>): W {
  const { jurisdictions } = world.settings
  const name = { en: 'Elsewhere', fr: 'Ailleurs' }
  const rules = { ...DEFAULT_RULES, ...asked }
  const place = { id: DEFAULT, name, rules, sources: {}, everywhere: [] }
  const profiles = new Map([...jurisdictions.profiles, [DEFAULT, place]])
  return {
    ...world,
    settings: { ...world.settings, jurisdictions: { ...jurisdictions, profiles } },
  }
}
