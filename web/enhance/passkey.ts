import {
  assertionJson,
  creationOptions,
  registrationJson,
  requestOptions,
} from './parts/webauthn.ts'
import type { CreationJson, RequestJson } from './parts/webauthn.ts'

/**
 * Answers with a passkey: one is made, one is used, or those that are here are offered with the
 * user name.
 */

type Asked =
  | { readonly act: 'create'; readonly publicKey: CreationJson }
  | { readonly act: 'get' | 'offer'; readonly publicKey: RequestJson }

const form = document.querySelector<HTMLFormElement>('form[data-script="passkey"]')
if (form) void enhance(form)

async function enhance(here: HTMLFormElement): Promise<void> {
  const asked = JSON.parse(here.dataset.asked ?? '') as Asked
  const isOffer = asked.act === 'offer'
  if (typeof PublicKeyCredential === 'undefined') {
    // A client who can type a password is not told what this browser cannot do.
    if (!isOffer) say(here, here.dataset.unable)
    return
  }
  const button = here.querySelector('button')
  if (button) button.hidden = false
  let waiting = new AbortController()
  let tries = 0
  here.addEventListener('submit', (event) => {
    event.preventDefault()
    // Only one dialogue can be open; the one that waits at the user name gives way.
    waiting.abort()
    waiting = new AbortController()
    tries += 1
    const { signal } = waiting
    void answer(here, () => ask(asked, { signal, isDiagnosis: tries % 2 === 0 }))
  })
  if (isOffer && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    const { signal } = waiting
    await answer(here, () => ask(asked, { signal, mediation: 'conditional' }), signal)
  }
}

/** Sends what comes of a dialogue; says so where nothing comes, unless it was we who ended it. */
async function answer(
  here: HTMLFormElement,
  make: () => Promise<object | null>,
  signal?: AbortSignal,
): Promise<void> {
  say(here, undefined)
  try {
    const made = await make()
    if (made) return send(here, made)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') {
      return say(here, here.dataset.known)
    }
    // Closed, timed out, or no key that would do: the browser does not tell these apart for a
    // reason.
  }
  if (!signal) say(here, here.dataset.failed)
}

interface Dialogue {
  readonly signal: AbortSignal
  readonly mediation?: CredentialMediationRequirement
  /**
   * After a passkey could not be made: a security key that cannot verify its holder is let through,
   * so that the server can say that this is what it lacks. It is refused there all the same.
   */
  readonly isDiagnosis?: boolean
}

async function ask(
  asked: Asked,
  { isDiagnosis = false, ...dialogue }: Dialogue,
): Promise<object | null> {
  if (asked.act === 'create') {
    const publicKey = creationOptions(isDiagnosis ? lenient(asked.publicKey) : asked.publicKey)
    const { signal } = dialogue
    return registrationJson(await navigator.credentials.create({ publicKey, signal }))
  }
  const publicKey = requestOptions(asked.publicKey)
  return assertionJson(await navigator.credentials.get({ publicKey, ...dialogue }))
}

const lenient = ({ authenticatorSelection, ...asked }: CreationJson): CreationJson => ({
  ...asked,
  authenticatorSelection: { ...authenticatorSelection, userVerification: 'preferred' },
})

function send(here: HTMLFormElement, made: object): void {
  const field = here.querySelector<HTMLInputElement>('input[name="answer"]')
  if (field) field.value = JSON.stringify(made)
  const environment = here.querySelector<HTMLInputElement>('input[name="environment"]')
  const chosen = document.querySelector<HTMLInputElement>('input[name="environment"]:checked')
  if (environment && chosen) environment.value = chosen.value
  here.submit()
}

function say(here: HTMLFormElement, words: string | undefined): void {
  const said = here.querySelector<HTMLElement>('[data-said]')
  const place = said?.querySelector('p')
  if (!said || !place) return
  place.textContent = words ?? ''
  said.hidden = words === undefined
}
