import type { DeliveredKey, KeyRefusal } from '#core/inventory/hardware-token.ts'

/**
 * What a reader of key files hands on, one at a time and in the order of the file: a key, a key
 * that it had to refuse, or, as the last, that the file as a whole can not be read.
 */
export type Item =
  | { readonly line: number; readonly key: DeliveredKey }
  | { readonly line: number; readonly serial: string | null; readonly refused: KeyRefusal }
  | { readonly line: number; readonly unreadable: FileRefusal }

/** Why nothing of a file is taken. */
export const FILE_REFUSALS = [
  'malformed',
  'not-utf-8',
  'doctype',
  'too-large',
  'too-many-keys',
  'structure',
  'version',
  'empty',
  'needs-key',
  'needs-password',
  'unexpected-key',
  'wrong-key',
  'key-transport',
  'key-derivation',
  'cipher',
  'triple-des',
  'no-mac',
  'mac-algorithm',
  'header',
] as const

export type FileRefusal = (typeof FILE_REFUSALS)[number]

/** What opens an encrypted file: the key that was agreed on, or the password it is derived from. */
export type Opening = { readonly preShared: Uint8Array } | { readonly password: string }

/** More than any manufacturer ships in one file; what is read is never held as a whole. */
export const KEYS_MAX = 200_000
const FILE_BYTES_MAX = 1_024 ** 3

/**
 * A file that can not be read, and the line at which that was seen; caught by the reader itself.
 */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly reason: FileRefusal
  constructor(reason: FileRefusal, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}

/** A key that is refused; caught by the reader itself. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly reason: KeyRefusal
  constructor(reason: KeyRefusal) {
    super(reason)
    this.reason = reason
  }
}

/**
 * The text of a file, piece by piece. @throws Unreadable when it is not UTF-8, or larger than a
 * file may be.
 */
export async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let length = 0
  try {
    for await (const chunk of bytes) {
      length += chunk.length
      if (length > FILE_BYTES_MAX) throw new Unreadable('too-large')
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new Unreadable('not-utf-8', { cause: error })
    throw error
  }
}
