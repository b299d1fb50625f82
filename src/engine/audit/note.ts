import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/**
 * Signed notes: a text with a line for each signature. Checkpoints of the audit log have this form,
 * so that programs of others can read them.
 *
 * @see C2SP, "signed-note", https://c2sp.org/signed-note
 */
export interface Note {
  /** With its last line break. */
  readonly text: string
  readonly signatures: readonly Signature[]
}

export interface Signature {
  readonly name: string
  /** Of the key, in hexadecimal. */
  readonly id: string
  readonly bytes: Uint8Array
}

/** Ed25519 over the text, and over the text with the time before it (a cosignature). */
export const ED25519 = 1
export const COSIGNATURE = 4
type Kind = typeof ED25519 | typeof COSIGNATURE

/** Whose signatures count. */
export interface VerifierKey {
  readonly name: string
  readonly id: string
  readonly kind: Kind
  readonly key: KeyObject
  readonly publicKey: Uint8Array
}

const SIGNATURES_MAX = 100
export const NOTE_LENGTH_MAX = 64 * 1024
const DASH = '\u2014'
/** No white space of any alphabet, and no plus. */
const NAME = /^[^\s+\p{Cc}]+$/u

/** @returns `null` for what is no note. */
export function parseNote(note: string): Note | null {
  if (note.length > NOTE_LENGTH_MAX || !note.isWellFormed()) return null
  // oxlint-disable-next-line no-control-regex -- they are what is forbidden
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.endsWith('\n')) return null
  const end = note.lastIndexOf('\n\n')
  if (end <= 0) return null
  const lines = note.slice(end + 2, -1).split('\n')
  const signatures = lines.map(signatureIn)
  const isWhole = signatures.every((signature) => signature !== null)
  if (!isWhole || signatures.length > SIGNATURES_MAX) return null
  return { text: note.slice(0, end + 1), signatures }
}

/** The notes of a file that they were appended to one after the other. */
export function notesIn(text: string): readonly string[] {
  const notes: string[] = []
  let part: 'text' | 'signatures' = 'text'
  let note = ''
  const lines = text.split('\n')
  // What comes behind the last line break was cut off.
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    if (part === 'signatures' && !line.startsWith(`${DASH} `)) {
      notes.push(note)
      ;[part, note] = ['text', '']
    }
    if (part === 'text' && line === '') part = 'signatures'
    note += `${line}\n`
  }
  return [...notes, note].filter((one) => one.trim() !== '')
}

/** @returns `null` for a line that is no signature. */
export function signatureIn(line: string): Signature | null {
  const [dash, name = '', encoded = '', ...more] = line.split(' ')
  const bytes = bytesIn(encoded)
  if (dash !== DASH || more.length > 0 || !NAME.test(name)) return null
  if (bytes === null || bytes.length <= ID_LENGTH_BYTES) return null
  const id = Buffer.from(bytes.subarray(0, ID_LENGTH_BYTES)).toString('hex')
  return { name, id, bytes: bytes.subarray(ID_LENGTH_BYTES) }
}

const ID_LENGTH_BYTES = 4

/** The line of a signature, without its line break. */
export const lineOf = ({ name, id, bytes }: Signature): string =>
  `${DASH} ${name} ${Buffer.concat([Buffer.from(id, 'hex'), bytes]).toString('base64')}`

/** The note as it is kept and sent. */
export const noteOf = ({ text, signatures }: Note): string =>
  `${text}\n${signatures.map((signature) => `${lineOf(signature)}\n`).join('')}`

/** Base64 in its one form, or `null`. */
export function bytesIn(encoded: string): Buffer | null {
  const bytes = Buffer.from(encoded, 'base64')
  return bytes.toString('base64') === encoded ? bytes : null
}

/** The key of a name: `<name>+<id>+<base64 of kind and key>`. */
export function verifierKey(name: string, kind: Kind, publicKey: Uint8Array): VerifierKey {
  if (!NAME.test(name)) throw new Error(`${name} cannot be the name of a key`)
  const typed = Buffer.concat([Buffer.of(kind), publicKey])
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8)
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return { name, id, kind, key, publicKey }
}

/** The same key by another name; `null` where no key can have it. */
export const renamed = ({ kind, publicKey }: VerifierKey, name: string): VerifierKey | null =>
  NAME.test(name) ? verifierKey(name, kind, publicKey) : null

export const verifierText = ({ name, id, kind, publicKey }: VerifierKey): string =>
  `${name}+${id}+${Buffer.concat([Buffer.of(kind), publicKey]).toString('base64')}`

/** @returns `null` for what is no key of Ed25519. */
export function parseVerifier(text: string): VerifierKey | null {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? []
  const typed = bytesIn(encoded)
  if (!NAME.test(name) || typed === null || typed.length !== 1 + KEY_LENGTH_BYTES) return null
  const kind = typed[0]
  if (kind !== ED25519 && kind !== COSIGNATURE) return null
  const made = verifierKey(name, kind, typed.subarray(1))
  return made.id === id ? made : null
}

const KEY_LENGTH_BYTES = 32

/** What signs in a name. */
export interface Signer {
  readonly verifier: VerifierKey
  readonly sign: (message: Uint8Array) => Uint8Array
}

export function signatureOf({ verifier, sign }: Signer, text: string): Signature {
  const { name, id } = verifier
  return { name, id, bytes: sign(Buffer.from(text)) }
}

/** A cosignature: the witness has seen this text, at this time. @see C2SP, "tlog-cosignature" */
export function cosignatureOf({ verifier, sign }: Signer, text: string, at: Date): Signature {
  const { name, id } = verifier
  const time = Math.floor(at.getTime() / 1_000)
  const stamp = Buffer.alloc(STAMP_LENGTH_BYTES)
  stamp.writeBigUInt64BE(BigInt(time))
  return { name, id, bytes: Buffer.concat([stamp, sign(cosigned(text, String(time)))]) }
}

const STAMP_LENGTH_BYTES = 8

const cosigned = (text: string, time: string): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)

/** Who of these has signed a note, each once; `wrong`: a signature by their name is not theirs. */
export function signersOf(
  { text, signatures }: Note,
  keys: readonly VerifierKey[],
): { readonly right: readonly VerifierKey[]; readonly wrong: readonly VerifierKey[] } {
  const known = signatures.flatMap((signature) =>
    keys
      .filter(({ name, id }) => name === signature.name && id === signature.id)
      .map((key) => ({ key, isRight: isSignedBy(key, text, signature) })),
  )
  const keysThat = (isRight: boolean) =>
    keys.filter((key) => known.some((one) => one.key === key && one.isRight === isRight))
  return { right: keysThat(true), wrong: keysThat(false) }
}

function isSignedBy({ kind, key }: VerifierKey, text: string, { bytes }: Signature): boolean {
  if (kind === ED25519) return verify(null, Buffer.from(text), key, bytes)
  if (bytes.length <= STAMP_LENGTH_BYTES) return false
  const time = Buffer.from(bytes.subarray(0, STAMP_LENGTH_BYTES)).readBigUInt64BE()
  return verify(null, cosigned(text, String(time)), key, bytes.subarray(STAMP_LENGTH_BYTES))
}

/** When a witness has signed, in seconds. */
export const timeOf = ({ bytes }: Signature): number =>
  Number(Buffer.from(bytes.subarray(0, STAMP_LENGTH_BYTES)).readBigUInt64BE())
