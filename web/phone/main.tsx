import { render } from 'preact'
import { App, held, type Held } from './app.tsx'
import { setting } from './server/bindings.ts'
import { installation } from './delivery/installation.ts'
import { watchKeyboard } from './layout/page.tsx'
import { registered } from './delivery/worker.ts'
import { Shut } from './views/shut.tsx'
import { type Language, speak } from './words/words.ts'

/** The authenticator: what it keeps is in `bindings.ts`, how the key rests in `vault.ts`. */
async function start(): Promise<void> {
  const root = document.getElementById('app')
  if (!root) throw new Error('the page has no place for the app')
  watchKeyboard(document.documentElement)
  const page = installation()
  if (page.accent) document.documentElement.style.setProperty('--accent', page.accent)

  const kept = isSecureContext ? await keptBefore() : null
  await speak(kept?.language ?? languageOfPage())
  if (!kept) return render(<Shut because={isSecureContext ? 'failed' : 'insecure'} />, root)
  return render(<App installation={page} held={kept.held} registered={registered()} />, root)
}

interface Kept {
  readonly held: Held
  readonly language: Language | undefined
}

/** @returns `null` where the browser keeps nothing, as in a private window. */
async function keptBefore(): Promise<Kept | null> {
  try {
    const [current, language] = await Promise.all([setting('current'), setting('language')])
    return { held: await held(current), language }
  } catch {
    return null
  }
}

const languageOfPage = (): Language =>
  document.documentElement.lang.startsWith('fr') ? 'fr' : 'en'

void start()
