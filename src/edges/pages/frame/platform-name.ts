import type { Language } from '#core/subscribers/account.ts'
import type { World } from '#engine/world.ts'

/** What a platform is called; one that was taken out of the configuration keeps its id. */
export const platformName = (world: World, id: string, language: Language): string =>
  world.platforms.get(id)?.name[language] ?? id
