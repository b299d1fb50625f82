/**
 * The JSON forms of WebAuthn. Browsers of today read and write them; for those that do not, and for
 * password managers that stand in between and get it wrong, here is the same by hand.
 *
 * @see WebAuthn level 3, sections 5.1 and 5.10
 */

export type CreationJson = PublicKeyCredentialCreationOptionsJSON
export type RequestJson = PublicKeyCredentialRequestOptionsJSON

export function creationOptions(json: CreationJson): PublicKeyCredentialCreationOptions {
  return (
    native(() => PublicKeyCredential.parseCreationOptionsFromJSON(json)) ??
    ({
      ...json,
      challenge: bytesOf(json.challenge),
      user: { ...json.user, id: bytesOf(json.user.id) },
      excludeCredentials: (json.excludeCredentials ?? []).map(descriptor),
      // The one extension that we ask for has the same JSON form.
    } as unknown as PublicKeyCredentialCreationOptions)
  )
}

export function requestOptions(json: RequestJson): PublicKeyCredentialRequestOptions {
  return (
    native(() => PublicKeyCredential.parseRequestOptionsFromJSON(json)) ??
    ({
      ...json,
      challenge: bytesOf(json.challenge),
      allowCredentials: (json.allowCredentials ?? []).map(descriptor),
    } as unknown as PublicKeyCredentialRequestOptions)
  )
}

/** What was made, as it is sent; `null` when nothing was. */
export function registrationJson(credential: Credential | null): object | null {
  if (!isPublicKey(credential)) return null
  const response = credential.response as AuthenticatorAttestationResponse
  return (
    native(() => credential.toJSON()) ?? {
      ...about(credential),
      clientExtensionResults: native(() => credential.getClientExtensionResults()) ?? {},
      response: {
        clientDataJSON: textOf(response.clientDataJSON),
        attestationObject: textOf(response.attestationObject),
        transports: native(() => response.getTransports()) ?? [],
      },
    }
  )
}

/** What was answered, as it is sent; `null` when nothing was. */
export function assertionJson(credential: Credential | null): object | null {
  if (!isPublicKey(credential)) return null
  const response = credential.response as AuthenticatorAssertionResponse
  return (
    native(() => credential.toJSON()) ?? {
      ...about(credential),
      response: {
        clientDataJSON: textOf(response.clientDataJSON),
        authenticatorData: textOf(response.authenticatorData),
        signature: textOf(response.signature),
        ...(response.userHandle && { userHandle: textOf(response.userHandle) }),
      },
    }
  )
}

const isPublicKey = (credential: Credential | null): credential is PublicKeyCredential =>
  credential?.type === 'public-key'

const about = ({ id, type, authenticatorAttachment }: PublicKeyCredential) => ({
  id,
  rawId: id,
  type,
  authenticatorAttachment,
  clientExtensionResults: {},
})

const descriptor = ({ id, type, transports }: PublicKeyCredentialDescriptorJSON) => ({
  id: bytesOf(id),
  type,
  transports,
})

/** What the browser itself can do, or `null` where it cannot. */
function native<T>(ask: () => T): T | null {
  try {
    return ask()
  } catch {
    return null
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

function textOf(bytes: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
