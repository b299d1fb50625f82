import { type Bytes, lockWithPrf, type PrfLock, randomBytes, unlockWithPrf } from './vault.ts'

/**
 * The lock with a finger or a face: the platform authenticator computes 32 bytes from a salt, after
 * it has verified its holder, and for no other person.
 *
 * Nothing is verified here by signature: the credential opens nothing but this phone's own key, so
 * a forged answer yields other bytes, and those open nothing.
 *
 * @see WebAuthn level 3, "Pseudo-random function extension (prf)"
 */
const PRF_SALT_BYTES = 32
const TIMEOUT_MS = 60_000

/** Why a finger or a face did not open the key. */
export type Refused = 'cancelled' | 'unsupported'

/** Whether it makes sense to offer it; whether it works is known when the credential is made. */
export async function canLockWithPrf(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined') return false
  try {
    if (!(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return false
    const capabilities = await PublicKeyCredential.getClientCapabilities?.()
    return capabilities?.['extension:prf'] !== false
  } catch {
    return false
  }
}

/**
 * Makes the credential and wraps the key; asks the holder once or, where the platform insists,
 * twice.
 */
export async function makePrfLock(
  ocraKey: Bytes,
  names: { readonly userName: string; readonly issuerName: string },
): Promise<PrfLock | Refused> {
  const salt = randomBytes(PRF_SALT_BYTES)
  const created = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: names.issuerName },
        user: { id: randomBytes(16), name: names.userName, displayName: names.userName },
        challenge: randomBytes(32),
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
        ],
        authenticatorSelection: {
          authenticatorAttachment: 'platform',
          // Android computes a PRF only for discoverable credentials, so 'discouraged' would lose
          // it.
          residentKey: 'preferred',
          userVerification: 'required',
        },
        extensions: { prf: { eval: { first: salt } } },
        timeout: TIMEOUT_MS,
      },
    }),
  )
  if (!created) return 'cancelled'
  const credentialId = new Uint8Array(created.rawId)
  const { prf } = created.getClientExtensionResults()
  if (!prf?.enabled && !prf?.results) return 'unsupported'
  const output = prf.results ? bytesOf(prf.results.first) : await computed({ credentialId, salt })
  if (!output) return 'cancelled'
  return lockWithPrf(ocraKey, { credentialId, salt, prf: output })
}

/** Unwraps the key; the holder is asked for a finger or a face. */
export async function openPrfLock(lock: PrfLock): Promise<Bytes | Refused> {
  const output = await computed(lock)
  if (!output) return 'cancelled'
  return (await unlockWithPrf(lock, output)) ?? 'unsupported'
}

async function computed(lock: Pick<PrfLock, 'credentialId' | 'salt'>): Promise<Bytes | null> {
  const got = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: [{ type: 'public-key', id: lock.credentialId, transports: ['internal'] }],
        userVerification: 'required',
        extensions: { prf: { eval: { first: lock.salt } } },
        timeout: TIMEOUT_MS,
      },
    }),
  )
  const first = got?.getClientExtensionResults().prf?.results?.first
  return first ? bytesOf(first) : null
}

/**
 * @returns `null` when the holder said no, took too long, or the credential is gone: browsers do
 *   not tell which.
 */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await ask()) as PublicKeyCredential | null
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

function bytesOf(source: BufferSource): Bytes {
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
}
