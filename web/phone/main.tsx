import { render } from 'preact'
import { App, held, type Held } from './app.tsx'
import { setting } from './bindings.ts'
import { installation } from './installation.ts'
import { watchKeyboard } from './page.tsx'
import { Shut } from './views/shut.tsx'
import { type Language, speak } from './words.ts'

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

/** @returns `null` where there are no service workers: the app then needs its connection. */
async function registered(): Promise<ServiceWorkerRegistration | null> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  try {
    return (await workers?.register(worker(), { scope: '/phone', updateViaCache: 'none' })) ?? null
  } catch {
    return null
  }
}

const WORKER = '/phone/service-worker.js'

/**
 * The page forbids scripts from addresses that were put together; this policy allows exactly one.
 */
function worker(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('countersign', {
    createScriptURL(address) {
      if (address !== WORKER) throw new TypeError('not a script of this app')
      return address
    },
  })
  // The library types `register` for strings only; a browser with trusted types wants its own.
  return (policy?.createScriptURL(WORKER) as string | undefined) ?? WORKER
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL: (address: string) => unknown }
}

void start()
