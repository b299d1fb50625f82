/** What the page of a proof is given. */
export interface CheckedProof {
  readonly leaf: string
  readonly position: number
  readonly path: readonly string[]
  readonly note: string
  /** Of the log, and of witnesses. */
  readonly key: string
  readonly witnesses: readonly string[]
}

export interface Checked {
  /** The event leads to the root that stands in the note. */
  readonly isInTree: boolean
  /** The note is signed by the log. */
  readonly isSigned: boolean
  /** Witnesses that have signed it, with the time in seconds. */
  readonly confirmed: readonly { readonly name: string; readonly time: number }[]
}

/**
 * Checks a proof with nothing but what it is given: this function stands in the page as it is
 * written here, and runs in the browser of an auditor. So it uses nothing from outside itself but
 * WebCrypto.
 *
 * @throws where the browser knows no Ed25519.
 * @see RFC 9162, section 2.1.3.2; C2SP, "tlog-cosignature"
 */
export async function checkProof(proof: CheckedProof): Promise<Checked> {
  type Bytes = Uint8Array<ArrayBuffer>
  const utf8 = (text: string): Bytes => new TextEncoder().encode(text)
  const bytes = (base64: string): Bytes =>
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const joined = (...parts: readonly Bytes[]): Bytes =>
    Uint8Array.from(parts.flatMap((part) => [...part]))
  const sha256 = async (...parts: readonly Bytes[]): Promise<Bytes> =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)))
  const node = async (left: Bytes, right: Bytes): Promise<Bytes> =>
    await sha256(Uint8Array.of(1), left, right)
  const isSame = (one: Bytes, other: Bytes): boolean => String(one) === String(other)
  const split = proof.note.lastIndexOf('\n\n')
  const text = proof.note.slice(0, split + 1)
  const [origin = '', size = '', root = ''] = text.split('\n')

  const isIncluded = async (): Promise<boolean> => {
    let first = proof.position
    let last = Number(size) - 1
    if (first > last) return false
    let hash = await sha256(Uint8Array.of(0), utf8(proof.leaf))
    for (const sibling of proof.path.map(bytes)) {
      if (last === 0) return false
      if (first % 2 === 1 || first === last) {
        hash = await node(sibling, hash)
        while (first % 2 === 0 && first !== 0) [first, last] = [first / 2, Math.floor(last / 2)]
      } else {
        hash = await node(hash, sibling)
      }
      ;[first, last] = [Math.floor(first / 2), Math.floor(last / 2)]
    }
    return last === 0 && isSame(hash, bytes(root))
  }

  /** The signature of a key, if it is its own; with a time where the key is that of a witness. */
  const signature = async (verifier: string): Promise<{ name: string; time: number } | null> => {
    const [name = '', id = '', ...encoded] = verifier.split('+')
    const typed = bytes(encoded.join('+'))
    const key = await crypto.subtle.importKey('raw', typed.slice(1), 'Ed25519', false, ['verify'])
    for (const line of proof.note.slice(split + 2).split('\n')) {
      const [, signer, base64 = ''] = line.split(' ')
      const signed = signer === name ? bytes(base64) : new Uint8Array()
      const own = [...signed.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      if (own !== id) continue
      const isWitness = typed[0] === 4
      const start = isWitness ? 12 : 4
      const time = isWitness ? Number(new DataView(signed.buffer).getBigUint64(4)) : 0
      const message = utf8(isWitness ? `cosignature/v1\ntime ${time}\n${text}` : text)
      if (await crypto.subtle.verify('Ed25519', key, signed.slice(start), message))
        return { name, time }
    }
    return null
  }

  const log = await signature(proof.key)
  const confirmed = await Promise.all(proof.witnesses.map(signature))
  return {
    isInTree: await isIncluded(),
    isSigned: log !== null && log.name === origin,
    confirmed: confirmed.filter((one) => one !== null),
  }
}
