import { KEPT_FORM, type KeptHelp } from '#core/help/kept.ts'
import type { Finding } from '#core/help/search.ts'
import type { Language } from '../words/words.ts'
import { post } from './server.ts'

/**
 * The help in one language: from the server, or as the service worker has kept it; `null` where
 * there is neither.
 */
export async function keptHelp(language: Language): Promise<KeptHelp | null> {
  try {
    const response = await fetch(`/phone/help/${language}`, { credentials: 'omit' })
    const help = response.ok ? ((await response.json()) as KeptHelp) : null
    // A server of tomorrow may write it in another form: the app is renewed first.
    return help?.form === KEPT_FORM ? help : null
  } catch {
    return null
  }
}

/** Counted where there is a connection; no word of it leaves the phone. */
export const tellSearched = (language: Language, found: Finding): void =>
  void post('/phone/api/searched', { language, found })
